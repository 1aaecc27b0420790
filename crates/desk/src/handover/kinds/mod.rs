//! The connectors, one file each, all of one shape.

mod fhir;
mod folder;
mod hl7v2;
mod hprim;

use relu_formats::write::Payload;

use super::{Connector, Destination, Kind, Piece};

/// The connector of that kind.
pub(crate) fn of(kind: Kind) -> &'static dyn Connector {
    match kind {
        Kind::Hprim => &hprim::Hprim,
        Kind::Folder => &folder::Folder,
        Kind::Hl7v2 => &hl7v2::Hl7v2,
        Kind::Fhir => &fhir::Fhir,
    }
}

/// The empty file that says that the others are complete.
fn flag(to: &Destination, stem: &str) -> Option<Piece> {
    to.flag.as_ref().map(|extension| Piece::new(format!("{stem}.{extension}"), Vec::new()))
}

/// Extension of a file of that media type.
fn extension(payload: &Payload<'_>) -> &'static str {
    match payload.media_type {
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/tiff" => "tif",
        "text/xml" | "application/xml" => "xml",
        "application/fhir+json" => "json",
        t if t.starts_with("text/") => "txt",
        _ => "bin",
    }
}
