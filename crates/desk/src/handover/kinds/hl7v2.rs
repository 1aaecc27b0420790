//! HL7 v2 messages (MDM or ORU), each as a file `.hl7` or sent over MLLP.

use relu_formats::write::{Outgoing, hl7v2};

use crate::handover::{Connector, Destination, Parcel, Piece, Reason, pattern};

pub(super) struct Hl7v2;

impl Connector for Hl7v2 {
    fn encode(&self, to: &Destination, item: &Outgoing<'_>) -> Result<Parcel, Reason> {
        let stem = pattern::name(&to.file, item);
        let message = hl7v2::write(item, to.message);
        let mut pieces = vec![Piece::new(format!("{stem}.hl7"), message)];
        pieces.extend(super::flag(to, &stem));
        Ok(Parcel(pieces))
    }
}
