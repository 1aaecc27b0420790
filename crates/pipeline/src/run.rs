//! The pipeline: the functions in their fixed order, run on one document.

use relu_record::{
    Annotations, FunctionRef, Outcome, ProposalSet, Reading, Sha256Hex, Sheet, TextVersion,
};

use crate::function::{Context, Function, reference};
use crate::identify::Identify;

/// The functions shipped in this program, rules compiled.
pub struct Pipeline {
    functions: Vec<Box<dyn Function + Send + Sync>>,
}

impl Pipeline {
    /// Compiles the rules of every function.
    pub fn embedded() -> Pipeline {
        Pipeline { functions: vec![Box::new(Identify::embedded())] }
    }

    /// The functions, in the order they run.
    pub fn functions(&self) -> &[Box<dyn Function + Send + Sync>] {
        &self.functions
    }

    /// Their sheets, in the same order.
    pub fn sheets(&self) -> Vec<&Sheet> {
        self.functions.iter().map(|f| f.sheet()).collect()
    }

    /// Runs the functions that `is_active` allows on one part and seals what they propose.
    pub fn run(
        &self,
        part_sha: &Sha256Hex,
        reading: &Reading,
        notes: &Annotations,
        context: &Context,
        is_active: &dyn Fn(&str) -> bool,
    ) -> Outcome<ProposalSet> {
        let mut functions: Vec<FunctionRef> = Vec::new();
        let (mut proposals, mut findings) = (Vec::new(), Vec::new());
        for f in self.functions.iter().filter(|f| is_active(&f.sheet().id)) {
            functions.push(reference(f.sheet()));
            let made = f.propose(reading, notes, context);
            proposals.extend(made.value);
            findings.extend(made.findings);
        }
        let text_version = TextVersion::of(part_sha, &reading.text);
        Outcome { value: ProposalSet { text_version, functions, proposals }, findings }
    }
}
