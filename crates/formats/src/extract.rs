//! Some pages of a file as a file of their own, for a stack that a person has cut.
//!
//! Shapes: bytes, their format and page numbers (from 0) in, bytes of the same format out. A PDF keeps
//! its text and pictures as they are; the strips of a TIFF are copied, not decoded. Nothing of the
//! other pages goes along. Refusals: `unknown-format` for what has no pages to take.
//! Sources: ISO 32000-2; TIFF 6.0, section 2.

use relu_record::{Budget, Format, Refusal, RefusalCode};

/// The pages `wanted`, in that order.
pub fn pages(
    bytes: &[u8],
    format: Format,
    wanted: &[u32],
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    match format {
        Format::Pdf => crate::mask::extract_pdf(bytes, wanted, budget),
        Format::Image => crate::picture::extract(bytes, wanted, budget),
        _ => Err(Refusal::new(
            RefusalCode::UnknownFormat,
            "Ce document n'a pas de pages qui se séparent. Demandez des documents séparés à l'expéditeur.",
        )),
    }
}
