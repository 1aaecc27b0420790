//! A segment: some documents, their terms in order, and the places in blocks. In memory as it is, or in
//! a file of which every block, and the rest, is sealed under its own place.
//!
//! Shape of the file: the sealed blocks one after the other, the sealed list (documents, terms, where
//! each block lies), its length in eight bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use relu_record::DocumentId;
use zeroize::Zeroizing;

use super::codec::{Postings, PostingsWriter, Reader, places, put, put_text};
use super::{IndexDocument, IndexEntry};
use crate::error::{Result, VaultError, io};
use crate::vault::Vault;

/// A block is sealed once it is that large; a term's places are never cut.
const BLOCK: usize = 32 << 10;

/// A document of a segment.
pub(super) struct Held {
    pub(super) entry: IndexEntry,
    pub(super) alive: bool,
}

/// Where the places of a term are.
pub(super) struct TermPlace {
    pub(super) term: Box<str>,
    pub(super) documents: u32,
    block: u32,
    at: u32,
    length: u32,
}

enum Blocks {
    Memory(Vec<Vec<u8>>),
    File { vault: Vault, file: File, ends: Vec<u64> },
}

pub(super) struct Segment {
    /// Name of its file.
    pub(super) name: Option<String>,
    pub(super) docs: Vec<Held>,
    pub(super) terms: Vec<TermPlace>,
    blocks: Blocks,
}

impl Segment {
    pub(super) fn is_file(&self) -> bool {
        self.name.is_some()
    }

    /// A segment in memory.
    pub(super) fn of(documents: &[IndexDocument]) -> Result<Segment> {
        let mut all: BTreeMap<&str, PostingsWriter> = BTreeMap::new();
        for (doc, document) in (0u32..).zip(documents) {
            for (term, at) in &document.terms {
                let count = u32::try_from(at.len().max(1)).unwrap_or(u32::MAX);
                all.entry(term).or_default().push(doc, count, &places(at));
            }
        }
        let mut writer = Writer::memory();
        for (term, postings) in all {
            writer.term(term, &postings)?;
        }
        writer.finish(documents.iter().map(|d| d.entry.clone()).collect())
    }

    /// The living documents of several segments in one, in their order; in a file when it is named.
    pub(super) fn merge(
        vault: &Vault,
        folder: &Path,
        parts: &[&Segment],
        name: Option<String>,
    ) -> Result<Segment> {
        let mut entries = Vec::new();
        let mut renumbered: Vec<Vec<Option<u32>>> = Vec::new();
        for part in parts {
            let mut numbers = Vec::with_capacity(part.docs.len());
            for held in &part.docs {
                numbers.push(held.alive.then_some(entries.len() as u32));
                if held.alive {
                    entries.push(held.entry.clone());
                }
            }
            renumbered.push(numbers);
        }
        let mut terms: BTreeMap<&str, Vec<(usize, &TermPlace)>> = BTreeMap::new();
        for (n, part) in parts.iter().enumerate() {
            for place in &part.terms {
                terms.entry(&place.term).or_default().push((n, place));
            }
        }
        let mut writer = match name {
            Some(name) => Writer::file(vault, folder, name)?,
            None => Writer::memory(),
        };
        // Terms come in the order of the blocks: each block is opened once.
        let mut open: Vec<Option<(u32, Cow<'_, [u8]>)>> = parts.iter().map(|_| None).collect();
        for (term, found) in terms {
            let mut postings = PostingsWriter::default();
            for (n, place) in found {
                let (Some(part), Some(numbers), Some(held)) =
                    (parts.get(n), renumbered.get(n), open.get_mut(n))
                else {
                    continue;
                };
                if held.as_ref().is_none_or(|(block, _)| *block != place.block) {
                    *held = Some((place.block, part.block(place.block)?));
                }
                let Some((_, bytes)) = held else { continue };
                for posting in Postings::of(cut(bytes, place)) {
                    if let Some(Some(doc)) = numbers.get(posting.doc as usize) {
                        postings.push(*doc, posting.count, posting.places);
                    }
                }
            }
            if postings.documents > 0 {
                writer.term(term, &postings)?;
            }
        }
        writer.finish(entries)
    }

    /// The terms that begin so, or the one that is so.
    pub(super) fn range(&self, term: &str, prefix: bool) -> &[TermPlace] {
        let from = self.terms.partition_point(|t| &*t.term < term);
        let rest = self.terms.get(from..).unwrap_or_default();
        let n = if prefix {
            rest.partition_point(|t| t.term.starts_with(term))
        } else {
            usize::from(rest.first().is_some_and(|t| &*t.term == term))
        };
        rest.get(..n).unwrap_or_default()
    }

    /// The bytes of each term's places, handed to `read` in turn; a block that several share is opened
    /// once.
    pub(super) fn each(&self, places: &[TermPlace], mut read: impl FnMut(&[u8])) -> Result<()> {
        let mut open: Option<(u32, Cow<'_, [u8]>)> = None;
        for place in places {
            if open.as_ref().is_none_or(|(block, _)| *block != place.block) {
                open = Some((place.block, self.block(place.block)?));
            }
            if let Some((_, block)) = &open {
                read(cut(block, place));
            }
        }
        Ok(())
    }

    fn block(&self, n: u32) -> Result<Cow<'_, [u8]>> {
        match &self.blocks {
            Blocks::Memory(all) => {
                Ok(Cow::Borrowed(all.get(n as usize).map_or(&[][..], Vec::as_slice)))
            }
            Blocks::File { vault, file, ends } => {
                let end = ends.get(n as usize).copied().unwrap_or(0);
                let start =
                    n.checked_sub(1).and_then(|b| ends.get(b as usize)).copied().unwrap_or(0);
                let size = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
                let mut sealed = vec![0; size];
                file.read_exact_at(&mut sealed, start)
                    .map_err(io("read the index", Path::new("search")))?;
                let name = self.name.as_deref().unwrap_or_default();
                let plain = unseal(vault, name, &block_name(n), &sealed)?;
                Ok(Cow::Owned(plain.to_vec()))
            }
        }
    }

    /// Opens a file; nothing when it is not what was written.
    pub(super) fn open(vault: &Vault, folder: &Path, name: &str) -> Option<Segment> {
        let file = File::open(folder.join(name)).ok()?;
        let size = file.metadata().ok()?.len();
        let mut tail = [0; 8];
        let end = size.checked_sub(8)?;
        file.read_exact_at(&mut tail, end).ok()?;
        let length = u64::from_le_bytes(tail);
        let start = end.checked_sub(length)?;
        let mut sealed = vec![0; usize::try_from(length).ok()?];
        file.read_exact_at(&mut sealed, start).ok()?;
        let list = unseal(vault, name, "list", &sealed).ok()?;
        let (docs, terms, ends) = read_list(&list)?;
        let blocks = Blocks::File { vault: vault.clone(), file, ends };
        Some(Segment { name: Some(name.to_owned()), docs, terms, blocks })
    }
}

fn cut<'a>(block: &'a [u8], place: &TermPlace) -> &'a [u8] {
    let from = place.at as usize;
    block.get(from..from.saturating_add(place.length as usize)).unwrap_or_default()
}

fn block_name(n: u32) -> String {
    format!("block/{n}")
}

fn unseal(vault: &Vault, name: &str, what: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    vault.unseal(&vault.keys().house, ("search", name, what), sealed)
}

/// Writes terms in order.
struct Writer {
    terms: Vec<TermPlace>,
    block: Vec<u8>,
    blocks: u32,
    to: Sink,
}

enum Sink {
    Memory(Vec<Vec<u8>>),
    File {
        vault: Vault,
        name: String,
        path: std::path::PathBuf,
        out: BufWriter<File>,
        ends: Vec<u64>,
    },
}

impl Writer {
    fn memory() -> Writer {
        Writer { terms: Vec::new(), block: Vec::new(), blocks: 0, to: Sink::Memory(Vec::new()) }
    }

    fn file(vault: &Vault, folder: &Path, name: String) -> Result<Writer> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = folder.join(&name);
        let file = std::fs::OpenOptions::new()
            .write(true)
            .read(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(io("write the index", &path))?;
        let (vault, out, ends) = (vault.clone(), BufWriter::new(file), Vec::new());
        let to = Sink::File { vault, name, path, out, ends };
        Ok(Writer { terms: Vec::new(), block: Vec::new(), blocks: 0, to })
    }

    fn term(&mut self, term: &str, postings: &PostingsWriter) -> Result<()> {
        if !self.block.is_empty() && self.block.len() + postings.bytes.len() > BLOCK {
            self.end_block()?;
        }
        let too_large = || VaultError::Limit { what: "a block of the index", max: u32::MAX.into() };
        self.terms.push(TermPlace {
            term: term.into(),
            documents: postings.documents,
            block: self.blocks,
            at: u32::try_from(self.block.len()).map_err(|_| too_large())?,
            length: u32::try_from(postings.bytes.len()).map_err(|_| too_large())?,
        });
        self.block.extend_from_slice(&postings.bytes);
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        let block = std::mem::take(&mut self.block);
        match &mut self.to {
            Sink::Memory(all) => all.push(block),
            Sink::File { vault, name, path, out, ends } => {
                let place = ("search", name.as_str(), &*block_name(self.blocks));
                let sealed = vault.seal(&vault.keys().house, place, &block)?;
                out.write_all(&sealed).map_err(io("write the index", path))?;
                ends.push(ends.last().copied().unwrap_or(0) + sealed.len() as u64);
            }
        }
        self.blocks += 1;
        Ok(())
    }

    fn finish(mut self, entries: Vec<IndexEntry>) -> Result<Segment> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        let docs = entries.into_iter().map(|entry| Held { entry, alive: true }).collect();
        match self.to {
            Sink::Memory(all) => {
                Ok(Segment { name: None, docs, terms: self.terms, blocks: Blocks::Memory(all) })
            }
            Sink::File { vault, name, path, mut out, ends } => {
                let list = Zeroizing::new(write_list(&docs, &self.terms, &ends));
                let sealed = vault.seal(&vault.keys().house, ("search", &name, "list"), &list)?;
                let wrong = |e| io("write the index", &path)(e);
                out.write_all(&sealed).map_err(wrong)?;
                out.write_all(&(sealed.len() as u64).to_le_bytes()).map_err(wrong)?;
                let file = out.into_inner().map_err(|e| wrong(e.into_error()))?;
                file.sync_all().map_err(wrong)?;
                let blocks = Blocks::File { vault, file, ends };
                Ok(Segment { name: Some(name), docs, terms: self.terms, blocks })
            }
        }
    }
}

fn write_list(docs: &[Held], terms: &[TermPlace], ends: &[u64]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, docs.len() as u64);
    for Held { entry, .. } in docs {
        put_text(&mut out, &entry.document.0);
        put(&mut out, entry.version);
        // 0 for none; signs folded in.
        let day =
            entry.day.map_or(0, |d| (u64::from(d.unsigned_abs()) << 1 | u64::from(d < 0)) + 1);
        put(&mut out, day);
        put(&mut out, u64::from(entry.masked));
        put(&mut out, entry.words.into());
    }
    put(&mut out, terms.len() as u64);
    let mut before = "";
    for place in terms {
        let same = place.term.bytes().zip(before.bytes()).take_while(|(a, b)| a == b).count();
        let same = (0..=same).rev().find(|n| place.term.is_char_boundary(*n)).unwrap_or(0);
        put(&mut out, same as u64);
        put_text(&mut out, place.term.get(same..).unwrap_or_default());
        for n in [place.documents, place.block, place.at, place.length] {
            put(&mut out, n.into());
        }
        before = &place.term;
    }
    put(&mut out, ends.len() as u64);
    ends.iter().for_each(|end| put(&mut out, *end));
    out
}

type List = (Vec<Held>, Vec<TermPlace>, Vec<u64>);

fn read_list(bytes: &[u8]) -> Option<List> {
    let mut r = Reader { rest: bytes };
    let mut docs = Vec::new();
    for _ in 0..r.number()? {
        let document = DocumentId(r.text()?.to_owned());
        let version = r.number()?;
        let day = match r.number()? {
            0 => None,
            n => {
                let size = i32::try_from((n - 1) >> 1).ok()?;
                Some(if (n - 1) & 1 == 1 { -size } else { size })
            }
        };
        let (masked, words) = (r.number()? == 1, r.small()?);
        docs.push(Held {
            entry: IndexEntry { document, version, day, masked, words },
            alive: true,
        });
    }
    let mut terms = Vec::new();
    let mut before = String::new();
    for _ in 0..r.number()? {
        let same = usize::try_from(r.number()?).ok()?;
        if !before.is_char_boundary(same) || same > before.len() {
            return None;
        }
        before.truncate(same);
        before.push_str(r.text()?);
        let (documents, block, at, length) = (r.small()?, r.small()?, r.small()?, r.small()?);
        terms.push(TermPlace { term: before.as_str().into(), documents, block, at, length });
    }
    let mut ends = Vec::new();
    for _ in 0..r.number()? {
        ends.push(r.number()?);
    }
    Some((docs, terms, ends))
}

/// Writes a small file and makes it durable.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path).map_err(io("write the index", path))?;
    file.write_all(bytes).map_err(io("write the index", path))?;
    file.sync_all().map_err(io("write the index", path))
}
