//! Glyphs of composite fonts that the interpreter finds no letter for, though the file tells:
//!
//! - fonts without `ToUnicode` whose character identifiers are themselves the codes of Latin letters,
//!   as some generators write them; a font is believed only when its identifiers look like text: a
//!   space, small letters, and nothing where control codes are;
//! - fonts whose `ToUnicode` gives a glyph no letters on purpose (`<03f2> <>`), because another glyph
//!   of the same word carries them all.
//!
//! Shapes: the fonts of a page in, glyph number to letters out. Findings and errors: none.
//! Sources: ISO 32000-2, 9.7.4.2 (`CIDToGIDMap`), 9.10.3 (`ToUnicode`).

use std::collections::{BTreeMap, BTreeSet};

use hayro_interpret::CacheKey;
use hayro_syntax::object::{Array, Dict, Stream};
use hayro_syntax::page::Resources;

/// What the fonts of a page tell beyond what the interpreter reads.
#[derive(Debug, Default)]
pub(super) struct Unnamed {
    /// Letters by glyph number, by font.
    letters: BTreeMap<u128, BTreeMap<u32, char>>,
    /// Fonts with glyphs that carry no letters on purpose.
    silent: BTreeSet<u128>,
}

/// A `ToUnicode` stream longer than this is not searched.
const MAX_MAP: usize = 1 << 20;

impl Unnamed {
    /// The fonts of a page that need it.
    pub(super) fn of(resources: &Resources<'_>) -> Unnamed {
        let mut found = Unnamed::default();
        let mut level = Some(resources);
        while let Some(resources) = level {
            for name in resources.fonts.keys() {
                let Some(font) = resources.fonts.get::<Dict<'_>>(name.as_ref()) else { continue };
                if let Some(letters) = letters(&font) {
                    found.letters.insert(font.cache_key(), letters);
                }
                if has_silent(&font) {
                    found.silent.insert(font.cache_key());
                }
            }
            level = resources.parent();
        }
        found
    }

    /// The letters of a glyph; none at all for one that is silent.
    pub(super) fn letters(&self, font: u128, glyph: u32) -> Option<String> {
        let letter = self.letters.get(&font).and_then(|f| f.get(&glyph)).map(char::to_string);
        letter.or_else(|| self.silent.contains(&font).then(String::new))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.silent.is_empty()
    }
}

/// Whether `<code> <>` stands in the font's `ToUnicode`.
fn has_silent(font: &Dict<'_>) -> bool {
    let map = font.get::<Stream<'_>>("ToUnicode").and_then(|s| s.decoded().ok());
    map.is_some_and(|map| map.len() < MAX_MAP && map.windows(4).any(|w| w == b"> <>"))
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
