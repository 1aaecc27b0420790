//! The full-text index: sealed files beside the database, derived from it and rebuilt from it.
//!
//! The caller gives documents as terms with their places; what a term is, it alone knows. Documents
//! gather in small segments in memory, which [`SearchIndex::persist`] merges into a sealed file; the
//! file named `index` says which files count and up to which instant the database is in them. A document
//! given again takes the place of its former self. What is destroyed is written out of every file at
//! once ([`SearchIndex::remove`]): its words do not stay behind under the house's key.
//!
//! In memory are the list of documents and the list of terms, never the places: those are read, block by
//! block, as they are asked for. Anything unreadable is thrown away: the index is made anew.

mod codec;
mod find;
mod segment;

use std::collections::HashMap;
use std::path::PathBuf;

use relu_record::{DocumentId, Instant};
use serde::{Deserialize, Serialize};

use crate::error::{Result, io};
use crate::key::{fill_random, hex};
use crate::vault::Vault;

pub use find::{Found, FoundDocument, TermClause, TermPhrase};
use segment::Segment;

/// Most segments in memory before they are merged into one.
const MOST_IN_MEMORY: usize = 16;
/// Most files before the smallest are merged.
const MOST_FILES: usize = 8;
/// How many are merged then.
const MERGED: usize = 6;
const VERSION: u32 = 1;

/// What the index knows of a document beside its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// The document.
    pub document: DocumentId,
    /// The document's version that was indexed.
    pub version: u64,
    /// Days since 1970 of the document's date.
    pub day: Option<i32>,
    /// Whether its source masks it.
    pub masked: bool,
    /// How many words it has.
    pub words: u32,
}

/// A document to index: terms in order, each with the places where it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexDocument {
    /// What is known of it.
    pub entry: IndexEntry,
    /// Its terms.
    pub terms: std::collections::BTreeMap<String, Vec<u32>>,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    cursor: Instant,
    files: Vec<String>,
}

/// The index of one installation, as one process holds it.
pub struct SearchIndex {
    vault: Vault,
    folder: PathBuf,
    segments: Vec<Segment>,
    /// Where the newest self of each document is.
    live: HashMap<DocumentId, (usize, u32)>,
    cursor: Instant,
}

impl std::fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SearchIndex({} documents)", self.live.len())
    }
}

impl SearchIndex {
    /// Opens the index of a data folder; an empty one when there is none, or none that can be read.
    pub fn open(vault: &Vault) -> Result<SearchIndex> {
        let folder = vault.search_folder();
        std::fs::create_dir_all(&folder).map_err(io("create the index", &folder))?;
        let mut index = SearchIndex {
            vault: vault.clone(),
            folder,
            segments: Vec::new(),
            live: HashMap::new(),
            cursor: Instant(0),
        };
        if index.load().is_none() {
            index.segments.clear();
            index.cursor = Instant(0);
        }
        index.relive();
        index.sweep();
        Ok(index)
    }

    fn load(&mut self) -> Option<()> {
        let sealed = std::fs::read(self.folder.join("index")).ok()?;
        let key = &self.vault.keys().house;
        let manifest: Manifest =
            self.vault.unseal_json(key, ("search", "index", "manifest"), &sealed).ok()?;
        if manifest.version != VERSION {
            return None;
        }
        for name in &manifest.files {
            self.segments.push(Segment::open(&self.vault, &self.folder, name)?);
        }
        self.cursor = manifest.cursor;
        Some(())
    }

    /// Up to which instant the database's changes are in the files.
    pub fn cursor(&self) -> Instant {
        self.cursor
    }

    /// How many documents it holds.
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// How many documents are in memory alone.
    pub fn unwritten(&self) -> usize {
        self.segments.iter().filter(|s| !s.is_file()).map(|s| s.docs.len()).sum()
    }

    /// The version of a document that is indexed.
    pub fn version_of(&self, id: &DocumentId) -> Option<u64> {
        let (segment, doc) = self.live.get(id)?;
        self.segments.get(*segment)?.docs.get(*doc as usize).map(|d| d.entry.version)
    }

    /// Takes documents in, each in the place of its former self.
    pub fn add(&mut self, documents: &[IndexDocument]) -> Result<()> {
        if documents.is_empty() {
            return Ok(());
        }
        self.segments.push(Segment::of(documents)?);
        self.relive();
        let memory: Vec<usize> = self.places(|s| !s.is_file());
        if memory.len() > MOST_IN_MEMORY {
            self.merge(&memory, false)?;
        }
        Ok(())
    }

    /// Takes documents out, of the files too.
    pub fn remove(&mut self, ids: &[DocumentId]) -> Result<()> {
        let mut touched = Vec::new();
        for (n, segment) in self.segments.iter_mut().enumerate() {
            let mut here = false;
            for doc in segment.docs.iter_mut().filter(|d| ids.contains(&d.entry.document)) {
                (doc.alive, here) = (false, true);
            }
            if here {
                touched.push((n, segment.is_file()));
            }
        }
        // From the end, so that the numbers of those before stay.
        for (n, file) in touched.into_iter().rev() {
            self.merge(&[n], file)?;
        }
        self.relive();
        if !ids.is_empty() {
            self.write_manifest(self.cursor)?;
        }
        Ok(())
    }

    /// Writes what is in memory into a file, and notes up to which instant the database is in them.
    pub fn persist(&mut self, cursor: Instant) -> Result<()> {
        let memory = self.places(|s| !s.is_file());
        if !memory.is_empty() {
            self.merge(&memory, true)?;
        }
        let mut files = self.places(Segment::is_file);
        if files.len() > MOST_FILES {
            files.sort_by_key(|n| self.segments.get(*n).map_or(0, |s| s.docs.len()));
            files.truncate(MERGED);
            files.sort_unstable();
            self.merge(&files, true)?;
        }
        self.write_manifest(cursor)?;
        self.cursor = cursor;
        self.sweep();
        Ok(())
    }

    /// Forgets everything, files included.
    pub fn clear(&mut self) -> Result<()> {
        self.segments.clear();
        self.relive();
        self.persist(Instant(0))
    }

    fn places(&self, wanted: impl Fn(&Segment) -> bool) -> Vec<usize> {
        self.segments.iter().enumerate().filter(|(_, s)| wanted(s)).map(|(n, _)| n).collect()
    }

    /// Merges segments into one that takes the place of the last of them; what is dead is left out.
    fn merge(&mut self, which: &[usize], file: bool) -> Result<()> {
        let parts: Vec<&Segment> = which.iter().filter_map(|n| self.segments.get(*n)).collect();
        let name = if file { Some(random_name()?) } else { None };
        let merged = Segment::merge(&self.vault, &self.folder, &parts, name)?;
        let last = which.last().copied().unwrap_or(0);
        let mut kept = Vec::with_capacity(self.segments.len());
        let mut merged = Some(merged).filter(|m| !m.docs.is_empty());
        for (n, segment) in std::mem::take(&mut self.segments).into_iter().enumerate() {
            if !which.contains(&n) {
                kept.push(segment);
            } else if n == last {
                kept.extend(merged.take());
            }
        }
        self.segments = kept;
        self.relive();
        Ok(())
    }

    /// The newest self of a document is the one in the last segment that has it.
    fn relive(&mut self) {
        let mut live: HashMap<DocumentId, (usize, u32)> = HashMap::with_capacity(self.live.len());
        let mut dead = Vec::new();
        for (n, segment) in self.segments.iter().enumerate() {
            for (doc, held) in (0u32..).zip(&segment.docs) {
                if !held.alive {
                    continue;
                }
                if let Some(former) = live.insert(held.entry.document.clone(), (n, doc)) {
                    dead.push(former);
                }
            }
        }
        for (segment, doc) in dead {
            let held = self.segments.get_mut(segment).and_then(|s| s.docs.get_mut(doc as usize));
            if let Some(held) = held {
                held.alive = false;
            }
        }
        self.live = live;
    }

    fn write_manifest(&self, cursor: Instant) -> Result<()> {
        let files = self.segments.iter().filter_map(|s| s.name.clone()).collect();
        let manifest = Manifest { version: VERSION, cursor, files };
        let key = &self.vault.keys().house;
        let sealed = self.vault.seal_json(key, ("search", "index", "manifest"), &manifest)?;
        let (path, hidden) = (self.folder.join("index"), self.folder.join("index.tmp"));
        segment::write_file(&hidden, &sealed)?;
        std::fs::rename(&hidden, &path).map_err(io("write the index", &path))
    }

    /// Removes files that do not count any more.
    fn sweep(&self) {
        let Ok(inside) = std::fs::read_dir(&self.folder) else { return };
        for entry in inside.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let counts = self.segments.iter().any(|s| s.name.as_deref() == Some(&name));
            if name != "index" && !counts {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

fn random_name() -> Result<String> {
    let mut random = [0; 12];
    fill_random(&mut random)?;
    Ok(hex(&random))
}

#[cfg(test)]
mod tests;
