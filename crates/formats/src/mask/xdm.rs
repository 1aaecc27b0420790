//! XDM archives: documents by their own plans, metadata by the policy, with the hashes and sizes of
//! what is now there. Documents without a plan are replaced by a notice; index pages and notices of
//! the profile become empty; names of files lose the hidden words.
//! Source: IHE ITI TF-2 §3.32; IHE ITI TF-3, XDS metadata.

use std::cell::RefCell;
use std::io::{Cursor, Write};

use relu_record::{Budget, Refusal};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::policy::{Family, Policy};
use super::xmlmask::{self, Dialect, Fate};
use super::{Done, Work, needles};
use crate::xdm::sha1_hex;
use crate::{archive, notes, xml};

const MAX_ENTRIES: usize = 5_000;

/// A document as it was announced, and as it is now.
struct Changed {
    hash: String,
    size: String,
    new_hash: String,
    new_size: String,
}

/// Masks an archive.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let mut archive = archive::open(bytes, MAX_ENTRIES)?;
    let entries = archive.entries();
    let mut done = Done::default();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut metadata = Vec::new();
    let mut changed = Vec::new();
    for entry in entries.iter().filter(|e| e.is_safe()) {
        let content = archive.read(entry.index, budget)?;
        let file = entry.file_name().to_ascii_uppercase();
        if file == "METADATA.XML" {
            metadata.push(files.len());
            files.push((entry.name.clone(), content));
            continue;
        }
        let known = work.plan.reading.parts.iter().any(|p| p.path == entry.name);
        let masked = if known || work.plan.parts.contains_key(&entry.name) {
            let masked = super::part(&entry.name, &content, work, &mut done, budget);
            masked.unwrap_or_else(|| needles::MARK.as_bytes().to_vec())
        } else if file.ends_with(".XSL") || file.ends_with(".CSS") {
            content.clone()
        } else {
            done.counts.removed += 1;
            Vec::new()
        };
        changed.push(Changed {
            hash: sha1_hex(&content),
            size: content.len().to_string(),
            new_hash: sha1_hex(&masked),
            new_size: masked.len().to_string(),
        });
        files.push((entry.name.clone(), masked));
    }
    for at in metadata {
        if let Some((_, content)) = files.get_mut(at) {
            *content = describe(content, &changed, work, &mut done, budget)?;
        }
    }
    done.bytes = zipped(&files, work)?;
    Ok(done)
}

fn describe(
    content: &[u8],
    changed: &[Changed],
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let decoded = xml::decode(content);
    xml::parse(&decoded.text, budget)?;
    let policy = Policy::of(Family::Xds, &work.plan.header);
    let sizes: RefCell<Vec<usize>> = RefCell::new(Vec::new());
    let text = |path: &[&str], value: &str| {
        let value = value.trim();
        if path.ends_with(&["hash", "ValueList", "Value"]) {
            let lower = value.to_ascii_lowercase();
            return changed.iter().find(|c| c.hash == lower).map(|c| c.new_hash.clone());
        }
        if path.ends_with(&["size", "ValueList", "Value"]) {
            // Two documents of one size come in the order of the archive.
            let mut used = sizes.borrow_mut();
            let n = changed
                .iter()
                .enumerate()
                .position(|(n, c)| c.size == value && !used.contains(&n))?;
            used.push(n);
            return changed.get(n).map(|c| c.new_size.clone());
        }
        if path.ends_with(&["URI", "ValueList", "Value"]) {
            return work.hidden.cleaned(value).map(|(clean, _)| clean);
        }
        None
    };
    let dialect = Dialect {
        shown: &|_| false,
        element: &|_| Fate::Keep,
        text: &text,
        attribute: &|_, _, _| None,
    };
    xmlmask::mask(&decoded.text, &dialect, &policy, work, done, budget)
}

fn zipped(files: &[(String, Vec<u8>)], work: &Work<'_>) -> Result<Vec<u8>, Refusal> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for (name, content) in files {
        let name = work.hidden.cleaned(name).map_or(name.clone(), |(clean, _)| clean);
        zip.start_file(name, options).map_err(|_| notes::DAMAGED_ZIP.refusal())?;
        zip.write_all(content).map_err(|_| notes::DAMAGED_ZIP.refusal())?;
    }
    Ok(zip.finish().map_err(|_| notes::DAMAGED_ZIP.refusal())?.into_inner())
}
