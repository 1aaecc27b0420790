//! The file itself (a PDF, an image, or its text) with a sheet beside it, written after it. The sheet
//! says whether it is new, a replacement or a recall; it cannot say that a document is masked.

use relu_formats::write::{Outgoing, Payload, index};
use relu_record::Purpose;

use crate::handover::{Connector, Destination, Parcel, Piece, Reason, pattern};

pub(super) struct Folder;

impl Connector for Folder {
    fn encode(&self, to: &Destination, item: &Outgoing<'_>) -> Result<Parcel, Reason> {
        if !item.masks.is_empty() {
            return Err(Reason::new("cannot-mask"));
        }
        let stem = pattern::name(&to.file, item);
        let text = to.encoding.encode(item.text);
        let payload = item.payload.unwrap_or(Payload { media_type: "text/plain", bytes: &text });
        if to.pdf_only && payload.media_type != "application/pdf" && item.purpose != Purpose::Recall
        {
            return Err(Reason::new("pdf-only"));
        }
        let mut pieces = Vec::new();
        let mut file = String::new();
        if item.purpose != Purpose::Recall {
            file = format!("{stem}.{}", super::extension(&payload));
            pieces.push(Piece::new(file.clone(), payload.bytes.to_vec()));
        }
        let (shape, extension) = match to.index {
            index::Shape::Csv => (index::Shape::Csv, "csv"),
            // The file itself may be XML.
            index::Shape::Xml => (index::Shape::Xml, "index.xml"),
        };
        let sheet = index::write(item, shape, to.encoding, &file);
        pieces.push(Piece::new(format!("{stem}.{extension}"), sheet));
        pieces.extend(super::flag(to, &stem));
        Ok(Parcel(pieces))
    }
}
