//! HPRIM Médecin: the text as `.hpr`, a PDF under the same name written before it. The format cannot
//! say that a document replaces another, is taken back or is masked: those go to a person.

use relu_formats::write::{Outgoing, hprim};
use relu_record::Purpose;

use crate::handover::{Connector, Destination, Parcel, Piece, Reason, pattern};

pub(super) struct Hprim;

impl Connector for Hprim {
    fn encode(&self, to: &Destination, item: &Outgoing<'_>) -> Result<Parcel, Reason> {
        match item.purpose {
            Purpose::New => {}
            Purpose::Replace => return Err(Reason::new("cannot-replace")),
            Purpose::Recall => return Err(Reason::new("cannot-recall")),
        }
        if !item.masks.is_empty() {
            return Err(Reason::new("cannot-mask"));
        }
        let p = item.patient;
        if p.birth_name.is_none() || p.first_name.is_none() || p.birth_date.is_none() {
            return Err(Reason::new("patient-incomplete"));
        }
        let stem = pattern::name(&to.file, item);
        let pdf = item.payload.filter(|p| p.media_type == "application/pdf");
        let mut pieces = Vec::new();
        pieces.extend(pdf.map(|pdf| Piece::new(format!("{stem}.pdf"), pdf.bytes.to_vec())));
        pieces.push(Piece::new(format!("{stem}.hpr"), hprim::write(item, to.encoding)));
        pieces.extend(super::flag(to, &stem));
        Ok(Parcel(pieces))
    }
}
