//! What every function of the pipeline is: one sheet, one signature.

use relu_record::{
    Annotations, Check, Confidence, Evidence, FunctionClass, FunctionRef, Outcome, PartialDate,
    Private, Proposal, ProposalValue, Reading, Severity, Sheet,
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

/// The sheet written in `file`. One that does not parse becomes a sheet without id that is off; the
/// test of all sheets fails in that case.
pub(crate) fn sheet(file: &str) -> Sheet {
    toml::from_str(file).unwrap_or_else(|_| Sheet {
        id: String::new(),
        name: String::new(),
        version: String::new(),
        purpose: String::new(),
        excluded: String::new(),
        class: FunctionClass::Organisational,
        class_reason: String::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        technique: String::new(),
        evaluation: String::new(),
        limits: String::new(),
        on_by_default: false,
    })
}

/// A check as a proposal value.
pub(crate) fn check(code: &str, severity: Severity, message: &str) -> ProposalValue {
    ProposalValue::Check(Check { code: code.to_owned(), severity, message: message.to_owned() })
}

/// Collects the proposals of one function.
pub(crate) struct Draft {
    function: FunctionRef,
    proposals: Vec<Proposal>,
}

impl Draft {
    /// An empty draft in the name of the sheet's function.
    pub(crate) fn of(sheet: &Sheet) -> Draft {
        Draft { function: reference(sheet), proposals: Vec::new() }
    }

    /// An empty draft in the name of that function.
    pub(crate) fn new(function: FunctionRef) -> Draft {
        Draft { function, proposals: Vec::new() }
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
        Outcome::clean(self.proposals)
    }
}
