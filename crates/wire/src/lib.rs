//! The stable JSON that other programs rely on, converted explicitly from the domain types.
//!
//! Offsets on the wire count Unicode code points, end exclusive; [`CodePoints`] converts from byte
//! spans at this edge and nowhere else. Nothing here reads or decides anything: a field is on the
//! wire because a conversion in this crate puts it there. Sizes are in points, instants in RFC 3339.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod annotate;
mod deid;
mod fhir;
mod header;
mod json;
mod note;
mod offsets;
mod read;
mod request;
mod run;

pub use annotate::{EntityLine, SpanLine, entities};
pub use deid::{DeidLine, DeidPolicy, DeidReason, DeidResidue, DeidStatus};
pub use fhir::{bundle, coding, date_time, patient, terminology};
pub use header::HeaderLine;
pub use note::{
    CodeParts, EntityParts, NoteParts, Output, QualifiedParts, SectionParts, ValueParts,
    write_error, write_note,
};
pub use offsets::{CodePoints, Cursor, Marks, byte_spans};
pub use read::{FindingLine, ReadLine, WordLine};
pub use request::{AnnotateRequest, Id, LineError, SpanToQualify};
pub use run::{RunInput, RunLine};
