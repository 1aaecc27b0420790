//! HPRIM, as French laboratories send it: HPRIM Médecin (letters and results as text) and HPRIM
//! Santé (delimited segments).
//!
//! Reading: the header with the line (`ligne 2`) or field (`P 8.6`) of each value; the
//! laboratory's text as it stands, columns kept; an entry per `RES` line or `OBX`. A file that
//! holds several messages gives the text of all and each message as a part, so that each can be
//! filed on its own. The social security number is for billing: never an INS.
//!
//! Findings: `several-patients`, `hprim-nonconformant`, `hprim-outside-text`,
//! `birth-year-two-digits`, `result-unvalidated`… Refusals: `damaged`, `work-limit`.
//! Source: `interop-fr` fact sheet §6b (H.PR.I.M. Médecins 3.0; HPRIM Santé 2.1 to 2.5).

mod dates;
mod medecin;
mod sante;

use relu_record::{Budget, Reading, Refusal};

use crate::{Input, charset, notes, sniff};

const MEDIA_TYPE: &str = "text/x-hprim";

/// Reads either of the two formats.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    budget.output(input.bytes.len() as u64).map_err(notes::spent)?;
    let wide = input.bytes.starts_with(b"\xff\xfe") || input.bytes.starts_with(b"\xfe\xff");
    let narrow = wide.then(|| charset::decode(input.bytes).text.into_bytes());
    let bytes = narrow.as_deref().unwrap_or(input.bytes);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head = bytes.get(..400).unwrap_or(bytes);
    if sniff::is_hprim_sante(charset::decode(head).text.trim_start()) {
        sante::read(bytes, budget)
    } else {
        medecin::read(bytes, budget)
    }
}
