//! What a hostile or unlucky sender could send.

use crate::truth::SynthDocument;

/// (being written)
pub fn bad_inputs() -> Vec<SynthDocument> {
    Vec::new()
}
