//! Documents attached to a PDF: the name tree of embedded files, attachment annotations, associated
//! files.
//!
//! Shapes: an open PDF in, [`Part`]s named `pièce jointe N` out. What the budget does not allow is
//! left out with the finding `attachment-left-out`; a stream that does not decode is a part with a
//! refusal. Source: ISO 32000-2, 7.7.4 (name dictionary), 7.11.4 (embedded files), 12.5.6.15.

use std::collections::BTreeSet;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use relu_record::{Budget, Finding, Part, Private, Refusal, RefusalCode, Severity};

use super::open::decode_text;

/// Nodes of a name tree visited at most.
const MAX_NODES: usize = 10_000;

/// The attached documents, in the order of the name tree, then of the pages.
pub(super) fn read(pdf: &Pdf, budget: &Budget, findings: &mut Vec<Finding>) -> Vec<Part> {
    let mut specs = Vec::new();
    let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()).unwrap_or_default();
    if let Some(tree) = catalog.get::<Dict<'_>>("Names").and_then(|n| n.get("EmbeddedFiles")) {
        name_tree(tree, &mut specs);
    }
    associated(&catalog, &mut specs);
    for page in pdf.pages().iter() {
        associated(page.raw(), &mut specs);
        let annotations = page.raw().get::<Array<'_>>("Annots").unwrap_or_default();
        for annotation in annotations.iter::<Dict<'_>>().take(MAX_NODES) {
            let kind = annotation.get::<Name<'_>>("Subtype");
            if kind.is_some_and(|k| k.as_ref() == b"FileAttachment") {
                specs.extend(annotation.get::<Dict<'_>>("FS"));
            }
        }
    }

    let mut parts = Vec::new();
    let mut seen = BTreeSet::new();
    for spec in specs {
        let Some(stream) = embedded(&spec) else { continue };
        let id = stream.obj_id();
        if !seen.insert((id.obj_number, id.gen_number)) {
            continue;
        }
        if parts.len() >= budget.max_parts {
            findings.push(left_out());
            break;
        }
        let path = format!("pièce jointe {}", parts.len() + 1);
        parts.push(part(&path, &spec, &stream, budget));
    }
    parts
}

fn left_out() -> Finding {
    Finding::new(
        "attachment-left-out",
        Severity::Warning,
        "Le document contient trop de pièces jointes : les dernières n'ont pas été lues.",
    )
}

fn part(path: &str, spec: &Dict<'_>, stream: &Stream<'_>, budget: &Budget) -> Part {
    let name = ["UF", "F"].iter().find_map(|key| spec.get::<PdfString<'_>>(key));
    let decoded = decode(stream, budget);
    let (bytes, refusal) = match decoded {
        Ok(bytes) => (bytes, None),
        Err(refusal) => (Vec::new(), Some(refusal)),
    };
    Part {
        path: path.to_owned(),
        name: name.map(|n| Private(decode_text(n.as_bytes()))),
        media_type: stream.dict().get::<Name<'_>>("Subtype").map(|n| n.as_str().to_owned()),
        bytes,
        header: None,
        refusal,
    }
}

fn decode(stream: &Stream<'_>, budget: &Budget) -> Result<Vec<u8>, Refusal> {
    let packed = stream.raw_data().len() as u64;
    // The declared size is a hint; when it is already too much, nothing is unpacked.
    let declared = stream.dict().get::<Dict<'_>>("Params").and_then(|p| p.get::<u32>("Size"));
    let too_large = || {
        Refusal::new(RefusalCode::TooLarge, "La pièce jointe est trop volumineuse pour être lue.")
    };
    if declared.is_some_and(|size| u64::from(size) > budget.output_left())
        || packed > budget.output_left()
    {
        return Err(too_large());
    }
    let bytes = stream.decoded().map_err(|_| {
        Refusal::new(
            RefusalCode::Damaged,
            "La pièce jointe est endommagée et n'a pas pu être extraite.",
        )
    })?;
    let size = bytes.len() as u64;
    if size > packed.saturating_mul(budget.max_ratio).max(1 << 20) {
        return Err(Refusal::new(
            RefusalCode::ArchiveBomb,
            "La pièce jointe se déplie de façon anormale et n'a pas été lue.",
        ));
    }
    budget.output(size).map_err(|_| too_large())?;
    Ok(bytes.into_owned())
}

/// The stream that a file specification holds.
fn embedded<'a>(spec: &Dict<'a>) -> Option<Stream<'a>> {
    let files = spec.get::<Dict<'_>>("EF")?;
    ["UF", "F"].iter().find_map(|key| files.get::<Stream<'_>>(key))
}

fn associated<'a>(holder: &Dict<'a>, specs: &mut Vec<Dict<'a>>) {
    if let Some(array) = holder.get::<Array<'_>>("AF") {
        specs.extend(array.iter::<Dict<'_>>().take(MAX_NODES));
    }
}

/// Leaves of a name tree, without recursion: a tree that contains itself ends with the count.
fn name_tree<'a>(root: Dict<'a>, specs: &mut Vec<Dict<'a>>) {
    let mut todo = vec![root];
    let mut visited = 0;
    while let Some(node) = todo.pop() {
        visited += 1;
        if visited > MAX_NODES {
            return;
        }
        if let Some(names) = node.get::<Array<'_>>("Names") {
            specs.extend(
                names.iter::<Object<'_>>().take(2 * MAX_NODES).filter_map(Object::into_dict),
            );
        }
        if let Some(kids) = node.get::<Array<'_>>("Kids") {
            let mut kids: Vec<Dict<'_>> = kids.iter::<Dict<'_>>().take(MAX_NODES).collect();
            kids.reverse();
            todo.extend(kids);
        }
    }
}
