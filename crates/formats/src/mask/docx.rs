//! Word documents: texts by the plan, run by run; everything else cleaned or emptied.
//!
//! - Text of runs (`w:t`) of the body, headers, footers and notes follows the plan, however it is cut
//!   into runs. Deleted and moved-away revisions go; who made the others, and when, goes.
//! - Comments are emptied. Field codes, alternative texts, bookmarks, targets of links lose the hidden
//!   words; addresses of mail and files go.
//! - Properties (core, application, custom), people and custom XML become empty ones; revision
//!   identifiers, document variables, data bindings and the template's path go.
//! - Pictures without a plan become a blank one; embedded objects, macros and thumbnails become empty.
//!
//! Source: ECMA-376 part 1, §17 (WordprocessingML), part 2 (packages).

use std::io::{Cursor, Write};

use relu_record::{Budget, Refusal};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::policy::{Family, Policy};
use super::xmlmask::{self, Dialect, Fate};
use super::{Done, HeaderPolicy, Work, needles};
use crate::{archive, notes, xml};

const MAX_ENTRIES: usize = 5_000;

/// Elements that go with all they hold.
const OUT: &[&str] = &[
    "del",
    "moveFrom",
    "rsids",
    "docVars",
    "dataBinding",
    "proofErr",
    "smartTagPr",
    "attachedTemplate",
    "pPrChange",
    "rPrChange",
    "sectPrChange",
    "tblPrChange",
    "trPrChange",
    "tcPrChange",
    "numberingChange",
];

/// Masks a Word document.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let mut archive = archive::open(bytes, MAX_ENTRIES)?;
    let entries = archive.entries();
    let mut done = Done::default();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for entry in entries.iter().filter(|e| e.is_safe()) {
        let content = archive.read(entry.index, budget)?;
        let masked = member(&entry.name, &content, work, &mut done, budget)?;
        let written = zip.start_file(entry.name.clone(), options);
        written.map_err(|_| notes::DAMAGED_DOCX.refusal())?;
        zip.write_all(&masked).map_err(|_| notes::DAMAGED_DOCX.refusal())?;
    }
    done.bytes = zip.finish().map_err(|_| notes::DAMAGED_DOCX.refusal())?.into_inner();
    done.counts.passages = work.replacements.len();
    Ok(done)
}

/// One member of the package.
fn member(
    name: &str,
    content: &[u8],
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let empty = |done: &mut Done, with: &str| {
        done.counts.removed += 1;
        Ok(with.as_bytes().to_vec())
    };
    match name {
        "docProps/core.xml" => return empty(done, CORE),
        "docProps/app.xml" => return empty(done, APP),
        "docProps/custom.xml" => return empty(done, CUSTOM),
        "word/people.xml" => return empty(done, PEOPLE),
        "[Content_Types].xml" => return Ok(content.to_vec()),
        _ => {}
    }
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("customxml/item") && !lower.contains("props") {
        return empty(done, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><empty/>");
    }
    if lower.ends_with(".xml") || lower.ends_with(".rels") {
        return xml_part(name, content, work, done, budget);
    }
    if lower.contains("/media/") || lower.starts_with("docprops/thumbnail") {
        if let Some(masked) = super::part(name, content, work, done, budget) {
            return Ok(masked);
        }
        return Ok(blank(&lower));
    }
    if lower.contains("/fonts/") {
        return Ok(content.to_vec());
    }
    // Embedded objects, macros, printer settings.
    done.counts.removed += 1;
    Ok(Vec::new())
}

fn xml_part(
    name: &str,
    content: &[u8],
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let decoded = xml::decode(content);
    xml::parse(&decoded.text, budget)?;
    let file = name.rsplit('/').next().unwrap_or(name);
    let read = name.starts_with("word/")
        && (file == "document.xml"
            || ["header", "footer", "footnotes", "endnotes"].iter().any(|k| file.starts_with(k)));
    let comments = file.starts_with("comments");
    let rels = name.ends_with(".rels");
    let shown = |path: &[&str]| read && path.last() == Some(&"t");
    let element = |path: &[&str]| {
        let last = path.last().copied().unwrap_or("");
        // A paragraph mark deleted or inserted is a property, and its element an empty one.
        let mark = path.ends_with(&["rPr", last]) || path.ends_with(&["trPr", last]);
        if OUT.contains(&last) && !mark {
            Fate::Remove
        } else if comments && last == "t" || last == "delText" {
            Fate::Empty
        } else {
            Fate::Keep
        }
    };
    let attribute = |path: &[&str], name: &str, value: &str| {
        let last = path.last().copied().unwrap_or("");
        let lower = value.trim().to_ascii_lowercase();
        match name {
            "author" | "userId" => Some(needles::MARK.to_owned()),
            "initials" => Some("X".to_owned()),
            "date" | "dateUtc" if last != "date" => Some(String::new()),
            "descr" if !value.is_empty() => Some(needles::MARK.to_owned()),
            _ if name.starts_with("rsid") || name == "paraId" || name == "textId" => {
                Some(String::new())
            }
            "Target" if rels && (lower.starts_with("mailto:") || lower.starts_with("tel:")) => {
                Some("http://exemple.invalid".to_owned())
            }
            "Target" if rels && (lower.starts_with("file:") || lower.starts_with("\\\\")) => {
                Some("about:blank".to_owned())
            }
            _ => None,
        }
    };
    let policy = Policy::of(Family::Cda, &HeaderPolicy::Keep);
    let dialect =
        Dialect { shown: &shown, element: &element, text: &|_, _| None, attribute: &attribute };
    xmlmask::mask(&decoded.text, &dialect, &policy, work, done, budget)
}

/// A picture with nothing on it.
fn blank(name: &str) -> Vec<u8> {
    let image = image::DynamicImage::new_luma8(1, 1);
    let format = if name.ends_with(".jpg") || name.ends_with(".jpeg") {
        image::ImageFormat::Jpeg
    } else {
        image::ImageFormat::Png
    };
    let mut out = Cursor::new(Vec::new());
    match image.write_to(&mut out, format) {
        Ok(()) => out.into_inner(),
        Err(_) => Vec::new(),
    }
}

const CORE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\"/>";
const APP: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"/>";
const CUSTOM: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\"/>";
const PEOPLE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w15:people xmlns:w15=\"http://schemas.microsoft.com/office/word/2012/wordml\"/>";
