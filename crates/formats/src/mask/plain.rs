//! Text in all its forms: plain text, HTML, RTF, XML of no known kind. The character set stays.

use relu_record::{Budget, Refusal};

use super::leaf::{self, Leaf, Order};
use super::{Done, Work};
use crate::charset;

/// Masks a text.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let mut done = Done::default();
    let decoded = charset::decode(bytes);
    let leaves = [Leaf::plain(&decoded.text, 0, decoded.text.len(), true)];
    let splices = leaf::edits(&leaves, Order::Source, work, &mut done.counts, budget)?;
    let out = leaf::apply(decoded.text.as_bytes(), splices);
    let out = String::from_utf8_lossy(&out);
    done.bytes = charset::encode_like(&out, decoded.charset);
    Ok(done)
}
