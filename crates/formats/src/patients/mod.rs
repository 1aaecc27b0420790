//! Lists of patients that another software gives: a table (CSV) or FHIR Patients (a bundle, one
//! resource, or NDJSON), to the same events as messages of a feed.
//!
//! Shape: bytes, the name of the software that gave them, a budget in; a [`Row`] a patient out, each
//! with its line or place. A row that says too little is a row with the code of its reason, never
//! left out. Which heading means what is data: `columns.toml`. Nothing raises an INS status: one that
//! the list says is kept, and an INS whose key is wrong is left out and said.
//! Refusals: `damaged`, `work-limit`, `unknown-format` when no column of the table is known.
//! Sources: RFC 4180; HL7 FHIR R4, FR Core Patient; RNIV.

mod fhir;
mod table;

use relu_record::{Budget, PatientEvent, Refusal, RefusalCode};

use crate::{charset, notes};

/// Most patients in one list.
pub const MAX_ROWS: usize = 200_000;

/// One patient of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Line of the file, or place in the bundle, from 1.
    pub line: usize,
    /// What it tells, or the code of why it cannot be used: `no-number`, `no-name`, `bad-date`.
    pub event: Result<PatientEvent, &'static str>,
    /// What was left out of it: `ins-left-out`.
    pub note: Option<&'static str>,
}

/// Reads a list; `source` is the system in which its numbers are unique.
pub fn read(bytes: &[u8], source: &str, budget: &Budget) -> Result<Vec<Row>, Refusal> {
    budget.step(bytes.len() as u64 * 4).map_err(notes::spent)?;
    budget.output(bytes.len() as u64).map_err(notes::spent)?;
    let text = charset::decode(bytes).text;
    let text = text.trim_start_matches('\u{feff}');
    let rows = match text.trim_start().starts_with('{') {
        true => fhir::read(text, source, budget)?,
        false => table::read(text, source)?,
    };
    match rows.len() {
        0..=MAX_ROWS => Ok(rows),
        _ => Err(Refusal::new(
            RefusalCode::TooLarge,
            "La liste compte trop de patients. Découpez-la en plusieurs fichiers.",
        )),
    }
}
