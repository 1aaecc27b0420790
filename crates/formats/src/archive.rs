//! ZIP archives from outside: bounded in number of entries, size and ratio; names decoded and
//! checked; encrypted entries told apart from damaged ones.
//!
//! Refusals: `archive-bomb` (ratio, number, total size, overlapping entries), `encrypted`,
//! `damaged`. Sizes in the directory are never believed: what is unpacked is counted.
//! Source: PKWARE APPNOTE 6.3.

use std::io::{Cursor, Read};

use relu_record::{Budget, Refusal};
use zip::ZipArchive;

use crate::{charset, notes};

/// Below this many unpacked bytes a high ratio is no danger.
const HARMLESS: u64 = 1 << 20;

/// An open archive.
pub(crate) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

/// One file of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub index: usize,
    /// Path with `/`, as the archive gives it.
    pub name: String,
}

impl Entry {
    /// Whether the name stays inside the archive's own folder.
    pub(crate) fn is_safe(&self) -> bool {
        !self.name.starts_with('/')
            && !self.name.contains(':')
            && !self.name.contains('\0')
            && !self.name.split('/').any(|piece| piece == "..")
    }

    /// The last piece of the name.
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Opens an archive of at most `max_entries` entries.
pub(crate) fn open(bytes: &[u8], max_entries: usize) -> Result<Archive<'_>, Refusal> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| notes::DAMAGED_ZIP.refusal())?;
    if zip.len() > max_entries || matches!(zip.has_overlapping_files(), Ok(true)) {
        return Err(notes::BOMB.refusal());
    }
    Ok(Archive { zip })
}

impl Archive<'_> {
    /// The files, folders left out, in the order of the directory.
    pub(crate) fn entries(&mut self) -> Vec<Entry> {
        let mut out = Vec::new();
        for index in 0..self.zip.len() {
            let Ok(file) = self.zip.by_index_raw(index) else { continue };
            let raw = file.name_raw();
            let name = match std::str::from_utf8(raw) {
                Ok(name) => name.to_owned(),
                Err(_) => charset::decode_as(raw, "cp850").unwrap_or_default(),
            };
            let name = name.replace('\\', "/");
            if !name.ends_with('/') {
                out.push(Entry { index, name });
            }
        }
        out
    }

    /// Unpacks one file.
    pub(crate) fn read(&mut self, index: usize, budget: &Budget) -> Result<Vec<u8>, Refusal> {
        let packed = match self.zip.by_index_raw(index) {
            Ok(file) if file.encrypted() => return Err(notes::ENCRYPTED_ZIP.refusal()),
            Ok(file) => file.compressed_size(),
            Err(_) => return Err(notes::DAMAGED_ZIP.refusal()),
        };
        let file = self.zip.by_index(index).map_err(|_| notes::DAMAGED_ZIP.refusal())?;
        let limit = packed.saturating_mul(budget.max_ratio).max(HARMLESS).min(budget.output_left());
        let mut out = Vec::new();
        // One byte more than allowed tells "just fits" from "goes on".
        let copied = std::io::copy(&mut file.take(limit.saturating_add(1)), &mut out);
        if out.len() as u64 > limit {
            return Err(notes::BOMB.refusal());
        }
        copied.map_err(|_| notes::DAMAGED_ZIP.refusal())?;
        budget.output(out.len() as u64).map_err(|_| notes::BOMB.refusal())?;
        Ok(out)
    }
}
