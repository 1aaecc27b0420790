//! The use cases: receive, read, propose, decide, act. Everything a person or a connector can do
//! goes through [`Desk`]; the pages, the interfaces and the command line are its clients.
//!
//! Shapes: views are plain data ready to be shown ([`view`]); errors are [`DeskError`], whose kinds
//! map once to an exit code and an HTTP status. Decoders run in child processes with limits on
//! memory and time ([`worker`]), so that a hostile file costs one document.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)
)]

pub mod batch;
pub mod deid;
mod desk;
mod error;
mod handover;
mod present;
pub mod reader;
mod settings;
mod texts;
pub mod view;
pub mod worker;

pub use desk::fhir;
pub use desk::{
    BulkAct, BulkDone, BulkLine, BulkSeen, BulkTarget, Desk, MOST_OF_A_LOT, NEW_PATIENT, SplitPlan,
    default_key_file, ledger_head, route_lists, shipped_functions, status, verify_ledger,
};
pub use error::{DeskError, ErrorKind};
pub use handover::{Destination, DestinationError, Destinations, Kind, When};
pub use relu_vault::{DeliveryState, ExportId};
pub use settings::{PatientPolicy, ReadingSettings, Settings, TimeLimit};
