//! Letters of composite fonts that name none: fonts without `ToUnicode` whose character identifiers
//! are themselves the codes of Latin letters, as some generators write them.
//!
//! Shapes: the fonts of a page in, glyph number to letter out. A font is believed only when its
//! identifiers look like text: a space, small letters, and nothing where control codes are.
//! Findings and errors: none. Source: ISO 32000-2, 9.7.4.2 (`CIDToGIDMap`).

use std::collections::BTreeMap;

use hayro_interpret::CacheKey;
use hayro_syntax::object::{Array, Dict, Stream};
use hayro_syntax::page::Resources;

/// Letters by glyph number, by font.
#[derive(Debug, Default)]
pub(super) struct Unnamed(BTreeMap<u128, BTreeMap<u32, char>>);

impl Unnamed {
    /// The fonts of a page that need it.
    pub(super) fn of(resources: &Resources<'_>) -> Unnamed {
        let mut fonts = BTreeMap::new();
        let mut level = Some(resources);
        while let Some(resources) = level {
            for name in resources.fonts.keys() {
                let Some(font) = resources.fonts.get::<Dict<'_>>(name.as_ref()) else { continue };
                if let Some(letters) = letters(&font) {
                    fonts.insert(font.cache_key(), letters);
                }
            }
            level = resources.parent();
        }
        Unnamed(fonts)
    }

    /// The letter of a glyph.
    pub(super) fn letter(&self, font: u128, glyph: u32) -> Option<char> {
        self.0.get(&font)?.get(&glyph).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn letters(font: &Dict<'_>) -> Option<BTreeMap<u32, char>> {
    let descendants = font.get::<Array<'_>>("DescendantFonts")?;
    if font.contains_key("ToUnicode") {
        return None;
    }
    let descendant = descendants.iter::<Dict<'_>>().next()?;
    let map = descendant.get::<Stream<'_>>("CIDToGIDMap")?.decoded().ok()?;
    let used: Vec<(u32, u32)> = (0u32..)
        .zip(map.chunks_exact(2))
        .map(|(cid, gid)| (cid, u32::from(u16::from_be_bytes([gid[0], gid[1]]))))
        .filter(|&(_, gid)| gid != 0)
        .collect();
    let small = used.iter().filter(|(cid, _)| (0x61..=0x7a).contains(cid)).count();
    let control = used.iter().any(|(cid, _)| *cid < 0x20 || (0x7f..0xa0).contains(cid));
    let space = used.iter().any(|(cid, _)| *cid == 0x20);
    if small < 3 || control || !space {
        return None;
    }
    Some(used.into_iter().filter_map(|(cid, gid)| Some((gid, char::from_u32(cid)?))).collect())
}
