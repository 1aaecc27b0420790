//! HPRIM: the header by the policy, the text by the plan, and what repeats the text (the coded lines)
//! without the hidden words. Lines, line ends, delimiters and the character set stay.
//!
//! Each message of a file of several is masked by its own plan. What no reading shows and no rule
//! names is taken out: nobody has looked at it. Source: as [`crate::hprim`].

mod medecin;
mod sante;

use relu_record::{Budget, Refusal};

use super::{Done, Work};
use crate::hprim::Content;
use crate::notes;

/// Masks a file of either of the two formats.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    budget.step(bytes.len() as u64).map_err(notes::spent)?;
    let content = Content::of(bytes);
    let mut done = if content.is_sante() {
        sante::mask(&content.bytes, work, budget)?
    } else {
        medecin::mask(&content.bytes, work, budget)?
    };
    done.bytes = content.written(done.bytes);
    Ok(done)
}

/// Text for a field: what the format reads as a sign of its own is taken out, since no stand-in needs
/// it.
fn tame(text: &str) -> String {
    let sign = |c: char| c.is_control() || "|^~\\&<".contains(c);
    text.chars().map(|c| if sign(c) { ' ' } else { c }).collect()
}

/// The letters of a text, without what a reader may write otherwise.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !super::leaf::skipped(*c)).collect()
}
