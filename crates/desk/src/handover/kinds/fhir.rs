//! FHIR DocumentReference with its content inline, as a file `.json`. This program has no HTTP client:
//! what posts it to a server is beside it.

use relu_formats::write::{Outgoing, fhir};

use crate::handover::{Connector, Destination, Parcel, Piece, Reason, pattern};

pub(super) struct Fhir;

impl Connector for Fhir {
    fn encode(&self, to: &Destination, item: &Outgoing<'_>) -> Result<Parcel, Reason> {
        let stem = pattern::name(&to.file, item);
        let mut pieces = vec![Piece::new(format!("{stem}.json"), fhir::write(item))];
        pieces.extend(super::flag(to, &stem));
        Ok(Parcel(pieces))
    }
}
