//! Handing documents to the software that masters the record: destinations as settings declared once
//! ([`settings`]), one file a kind of connector ([`kinds`]), and the two ways to carry what they make:
//! an exchange folder ([`exchange`]) or a connection ([`mllp`]). What is queued, retried and shown is in
//! `desk/handover`.
//!
//! ```text
//! item ──encode──▶ parcel ──stage──▶ (committed: prepared) ──carry──▶ receipt | refused | later
//!      (kinds, pure)      (exchange: hidden files; mllp: connected)
//! ```
//!
//! Exactly once in effect: a delivery has one id for ever (in the file's name, MSH-10, the
//! DocumentReference's identifier); what was staged is carried on, never made anew, so that a kill at
//! any moment leaves either nothing or one.

pub(crate) mod exchange;
pub(crate) mod kinds;
pub(crate) mod mllp;
pub(crate) mod pattern;
pub(crate) mod settings;

use relu_formats::write::Outgoing;

pub use settings::{Destination, DestinationError, Destinations, Kind, When};

/// One kind of connector: what a delivery looks like for it.
pub(crate) trait Connector: Send + Sync {
    /// What is handed over, or why this format cannot say it. The same item gives the same bytes.
    fn encode(&self, to: &Destination, item: &Outgoing<'_>) -> Result<Parcel, Reason>;
}

/// What is handed over: one message, or files of which the last announces the others.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parcel(pub(crate) Vec<Piece>);

/// A file of a parcel.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its name at the destination.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Piece {
    pub(crate) fn new(name: String, bytes: Vec<u8>) -> Piece {
        Piece { name, bytes }
    }
}

/// What came of carrying a parcel.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The other side has it.
    Receipt,
    /// It will not be taken like this: a person must look.
    Refused(Reason),
    /// Not now: to be tried again.
    Later(Reason),
}

/// Why something was not handed over: a stable code with a sentence in `texts/fr.toml`
/// (`delivery-reason`), and the words of the other side, which may be about the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) code: &'static str,
    pub(crate) words: relu_record::Private,
}

impl Reason {
    pub(crate) fn new(code: &'static str) -> Reason {
        Reason { code, words: relu_record::Private::default() }
    }
}
