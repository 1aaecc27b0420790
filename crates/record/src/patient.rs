//! What the software that masters patients says of them, beside their identity: what happened to
//! them there ([`PatientEvent`]), where they are ([`Stay`]), who their doctor is, whether they died.
//!
//! An event is what one message tells, decoded and not judged: whether it is applied is for the desk
//! to say. Times of events order the messages of one sender and are milliseconds since 1970.
//! Sources: HL7 v2.5 chapter 3; IHE ITI PAM with its French extension 2.11 (ZBE, roles of ROL-3).

use serde::{Deserialize, Serialize};

use crate::{Identifier, Instant, Moment, PartialDate, PatientIdentity, Practitioner, Private};

/// What a message of the identity or movement feed tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatientAct {
    /// Who the patient is.
    #[default]
    Identity,
    /// A stay begins, is announced or changes its kind.
    Admit,
    /// A stay goes on in another unit.
    Transfer,
    /// A stay ends.
    Discharge,
    /// A stay that was announced or begun is taken back.
    CancelAdmit,
    /// The end of a stay is taken back.
    CancelDischarge,
    /// Two records are of one person; the patient given is the one that stays.
    Merge,
    /// An identifier is replaced by another.
    Identifiers,
    /// Something that changes nothing this program keeps.
    Other,
    /// Something that a person must do here.
    ByHand,
}

/// A ward or medical unit (*unité fonctionnelle*).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unit {
    /// Its code in the hospital.
    pub code: String,
    /// Its name, when the source says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A stay or visit: the last one the feed told of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stay {
    /// Its number (NDA).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<Identifier>,
    /// Class in HL7 table 0004 (`I` inpatient, `O` outpatient, `E` emergency, `R` sessions,
    /// `P` announced…).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The unit that answers for the patient now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// When it ended; a stay without an end goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// The doctor in charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doctor: Option<Practitioner>,
}

/// That a patient died, and when if it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deceased {
    /// The day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Private<PartialDate>>,
}

/// What one message tells of one patient.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PatientEvent {
    /// What it tells.
    pub act: PatientAct,
    /// The source's own code of it (`A40`).
    pub trigger: String,
    /// Which system sent it.
    pub sender: String,
    /// When the sender recorded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// Whether the sender says that it is no test.
    pub production: bool,
    /// The patient, as the message gives them.
    pub patient: PatientIdentity,
    /// Whether the message says how sure the identity is (PID-32).
    pub status_said: bool,
    /// Identifiers that are no longer used: of the other record of a merge, or replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Identifier>,
    /// Death.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deceased: Option<Deceased>,
    /// Whether the message says that the patient is alive.
    pub alive: bool,
    /// The *médecin traitant*.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub general_practitioner: Option<Practitioner>,
    /// The stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<Stay>,
}
