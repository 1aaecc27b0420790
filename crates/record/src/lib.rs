//! The vocabulary every other crate speaks: documents and their text, identities, clinical facts,
//! proposals with their evidence, decisions, and the states a document goes through.
//!
//! Shapes: plain data with `serde`; constructors validate. Units: spans are half-open UTF-8 byte
//! ranges on character boundaries ([`Span`]); page sizes and boxes are in points with the origin at
//! the top left; instants are milliseconds since 1970-01-01 UTC. Nothing here does I/O, reads a
//! clock, randomness or the environment: time and ids are arguments. Values that identify a person
//! are wrapped in [`Private`], whose `Debug` is redacted.
//!
//! Findings and errors: constructors return small precise errors ([`IdentityError`]); everything
//! that strange content can cause is a [`Finding`] beside a value, in an [`Outcome`].
//!
//! Sources: INS "référentiel national d'identitovigilance", CI-SIS minimal structure (header),
//! FHIR R4 names for statuses and codings.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod budget;
mod code;
pub mod datamatrix;
mod decision;
mod delivery;
mod document;
mod fact;
mod finding;
mod identity;
mod patient;
mod private;
mod proposal;
mod register;
mod route;
mod span;
mod time;

pub use budget::{Budget, BudgetSpent};
pub use code::{Coding, system};
pub use decision::{Actor, ActorKind, Decision, DecisionId, Role, TenantId, Verdict};
pub use delivery::Purpose;
pub use document::{
    BlobId, BoundingBox, DocumentId, DocumentState, Entry, Format, Header, Page, PageCode, Part,
    Reading, Refusal, RefusalCode, SEPARATOR_CODE, Sha256Hex, Sourced, TextVersion,
    TransitionError, UnreadCode, Word,
};
pub use fact::{Annotations, Attributes, Entity, FactCode, Measure, Number, Section, TextValue};
pub use finding::{Finding, Outcome, Severity};
pub use identity::{
    Adeli, Finess, HumanName, Identifier, IdentityError, Ins, InsStatus, Organization,
    PatientIdentity, Practitioner, Recipient, Rpps, Sex, Siren, Siret, luhn,
};
pub use patient::{Deceased, PatientAct, PatientEvent, Stay, Unit};
pub use private::Private;
pub use proposal::{
    Check, Confidence, Contradiction, Cut, Evidence, FunctionRef, Kept, Proposal, ProposalId,
    ProposalSet, ProposalValue, Statement, ValueKind,
};
pub use register::{FunctionClass, Sheet, SheetState};
pub use route::{Owner, Route, RouteAction};
pub use span::Span;
pub use time::{Instant, MONTHS, Moment, PartialDate, month_named};
