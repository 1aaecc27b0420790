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

pub(crate) mod dates;
pub(crate) mod medecin;
pub(crate) mod sante;

use std::borrow::Cow;

use relu_record::{Budget, Reading, Refusal};

use crate::{Input, charset, notes, sniff};

const MEDIA_TYPE: &str = "text/x-hprim";

/// Reads either of the two formats.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    budget.output(input.bytes.len() as u64).map_err(notes::spent)?;
    let content = Content::of(input.bytes);
    if content.is_sante() {
        sante::read(&content.bytes, budget)
    } else {
        medecin::read(&content.bytes, budget)
    }
}

/// The bytes of a file as they are read: without byte order mark, no wider than a byte a letter.
pub(crate) struct Content<'b> {
    pub bytes: Cow<'b, [u8]>,
    mark: &'b [u8],
    wide: Option<&'static str>,
}

impl<'b> Content<'b> {
    pub(crate) fn of(bytes: &'b [u8]) -> Content<'b> {
        let mark = |n: usize| bytes.split_at_checked(n).unwrap_or_default();
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            let decoded = charset::decode(bytes);
            let bytes = Cow::Owned(decoded.text.into_bytes());
            return Content { bytes, mark: mark(2).0, wide: Some(decoded.charset) };
        }
        let (mark, rest) =
            if bytes.starts_with(b"\xef\xbb\xbf") { mark(3) } else { (&[][..], bytes) };
        Content { bytes: Cow::Borrowed(rest), mark, wide: None }
    }

    pub(crate) fn is_sante(&self) -> bool {
        let head = self.bytes.get(..400).unwrap_or(&self.bytes);
        sniff::is_hprim_sante(charset::decode(head).text.trim_start())
    }

    /// Other bytes of the same kind, as the file had them.
    pub(crate) fn written(&self, bytes: Vec<u8>) -> Vec<u8> {
        let mut out = self.mark.to_vec();
        match self.wide {
            Some(charset) => {
                out.extend(charset::encode_like(&String::from_utf8_lossy(&bytes), charset));
            }
            None => out.extend(bytes),
        }
        out
    }
}
