//! A plan of masking on its way to the reader process. The bytes of the documents inside stay behind:
//! the reader takes them out of the document again, so that nothing travels twice.

use std::collections::BTreeMap;

use relu_formats::Input;
use relu_formats::mask::{Counts, HeaderPolicy, MaskPlan, Masked, Replacement, mask};
use relu_record::{Budget, Finding, Private, Reading, Refusal, Span};
use serde::{Deserialize, Serialize};

/// What to hide in one document, and in those inside.
#[derive(Serialize, Deserialize)]
pub struct PlanFrame {
    /// The reading that the spans point into; its parts are left out.
    pub reading: Box<Reading>,
    /// Whether the document holds others.
    pub parted: bool,
    /// Passages, and what is written in their place.
    pub replacements: Vec<(Span, String)>,
    /// Words that must be nowhere.
    pub words: Vec<Private>,
    /// What is written in place of the identity elements of a structured header, by what they are;
    /// `None` leaves the header as it is.
    pub values: Option<BTreeMap<String, String>>,
    /// Plans of the documents inside, by their path in this one. One without a plan is removed.
    pub parts: BTreeMap<String, PlanFrame>,
}

impl std::fmt::Debug for PlanFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlanFrame({} passages)", self.replacements.len())
    }
}

/// What was done; the bytes travel beside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MaskedFrame {
    /// How much was done.
    pub counts: Counts,
    /// What is still there. Not empty: the document must not be handed out.
    pub residue: Vec<Finding>,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

impl PlanFrame {
    /// Masks `bytes`: the child's side.
    pub(super) fn mask(self, bytes: &[u8], budget: &Budget) -> Result<Masked, Refusal> {
        let plan = self.unpack(bytes, budget)?;
        mask(bytes, &plan, budget)
    }

    fn unpack(self, bytes: &[u8], budget: &Budget) -> Result<MaskPlan, Refusal> {
        let replacements =
            self.replacements.into_iter().map(|(span, with)| Replacement { span, with });
        let mut plan = MaskPlan::new(*self.reading, replacements.collect());
        plan.words = self.words;
        plan.header = match self.values {
            Some(values) => HeaderPolicy::Replace { values },
            None => HeaderPolicy::Keep,
        };
        if self.parted {
            let input = Input { bytes, name: None, media_type: None };
            plan.reading.parts = relu_formats::read(&input, budget)?.parts;
        }
        let mut inside = self.parts;
        for part in &plan.reading.parts {
            if let Some(inner) = inside.remove(&part.path) {
                plan.parts.insert(part.path.clone(), inner.unpack(&part.bytes, budget)?);
            }
        }
        Ok(plan)
    }
}
