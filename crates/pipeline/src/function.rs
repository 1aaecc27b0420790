//! What every function of the pipeline is: one sheet, one signature.

use relu_record::{
    Annotations, Confidence, Evidence, Finding, FunctionRef, Outcome, PartialDate, Private,
    Proposal, ProposalValue, Reading, Sheet,
};

/// What is known of a document beside its reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The day it was received; nothing in a document may be dated after it.
    pub received: PartialDate,
    /// Name of the file or part, which may hint at the type; never at the patient.
    pub file_name: Option<Private>,
}

impl Context {
    /// A document received that day, of which nothing else is known.
    pub fn received(day: PartialDate) -> Context {
        Context { received: day, file_name: None }
    }
}

/// A function: reads a document and its annotations, proposes. Pure: same input, same output.
pub trait Function {
    /// Its sheet in the register.
    fn sheet(&self) -> &Sheet;

    /// What it proposes, in a fixed order. Evidence spans lie in `reading.text`.
    fn propose(
        &self,
        reading: &Reading,
        notes: &Annotations,
        context: &Context,
    ) -> Outcome<Vec<Proposal>>;
}

/// The reference of a sheet's function and version.
pub(crate) fn reference(sheet: &Sheet) -> FunctionRef {
    FunctionRef { id: sheet.id.clone(), version: sheet.version.clone() }
}

/// Collects the proposals of one function.
pub(crate) struct Draft {
    function: FunctionRef,
    proposals: Vec<Proposal>,
    findings: Vec<Finding>,
}

impl Draft {
    /// An empty draft in the name of the sheet's function.
    pub(crate) fn of(sheet: &Sheet) -> Draft {
        Draft { function: reference(sheet), proposals: Vec::new(), findings: Vec::new() }
    }

    /// Adds a proposal, unless it has no evidence.
    pub(crate) fn add(
        &mut self,
        value: ProposalValue,
        evidence: Vec<Evidence>,
        confidence: f32,
        rule: &str,
    ) {
        let made =
            Proposal::new(value, evidence, self.function.clone(), Confidence::new(confidence));
        self.proposals.extend(made.map(|p| p.by_rule(rule)));
    }

    /// What was collected.
    pub(crate) fn finish(self) -> Outcome<Vec<Proposal>> {
        Outcome { value: self.proposals, findings: self.findings }
    }
}
