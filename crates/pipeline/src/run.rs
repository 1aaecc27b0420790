//! The pipeline: the functions in their fixed order, run on one document.

use relu_record::{
    Annotations, FunctionRef, Outcome, ProposalSet, Reading, Sha256Hex, Sheet, TextVersion,
};

use crate::classify::Classify;
use crate::contradict::Contradict;
use crate::deidentify;
use crate::extract::Extract;
use crate::function::{Context, Function, reference};
use crate::identify::Identify;
use crate::route::Route;
use crate::screen::Screen;
use crate::split::Split;
use crate::summarise::Summarise;

/// The functions shipped in this program, rules compiled.
pub struct Pipeline {
    functions: Vec<Box<dyn Function + Send + Sync>>,
    // In the register, but run on demand under a policy: it proposes a text, not values.
    deidentify: Sheet,
    // In the register, but run on what people decided too, with the installation's own rules.
    route: Route,
    // In the register, but run on the facts of several documents.
    contradict: Contradict,
}

impl Pipeline {
    /// Compiles the rules of every function.
    pub fn embedded() -> Pipeline {
        Pipeline {
            functions: vec![
                Box::new(Identify::embedded()),
                Box::new(Classify::embedded()),
                Box::new(Extract::embedded()),
                Box::new(Summarise::embedded()),
                Box::new(Screen::embedded()),
                Box::new(Split::embedded()),
            ],
            deidentify: deidentify::sheet(),
            route: Route::default(),
            contradict: Contradict::embedded(),
        }
    }

    /// The functions, in the order they run.
    pub fn functions(&self) -> &[Box<dyn Function + Send + Sync>] {
        &self.functions
    }

    /// Their sheets, in the same order, then those of routing, which runs with the installation's
    /// rules, of what documents say differently, and of de-identification, which runs on demand.
    pub fn sheets(&self) -> Vec<&Sheet> {
        self.functions
            .iter()
            .map(|f| f.sheet())
            .chain([self.route.sheet(), self.contradict.sheet(), &self.deidentify])
            .collect()
    }

    /// The function that routes, run by whoever has the rules.
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// The function that compares documents, run by whoever has their facts.
    pub fn contradict(&self) -> &Contradict {
        &self.contradict
    }

    /// The sheet of one function.
    pub fn sheet(&self, id: &str) -> Option<&Sheet> {
        self.sheets().into_iter().find(|s| s.id == id)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use relu_record::{Format, PartialDate, Private, ValueKind};
    use relu_text::{Engine, NoteContext};

    use super::*;

    #[test]
    fn every_sheet_is_complete_and_known_once() {
        let pipeline = Pipeline::embedded();
        let mut ids = BTreeSet::new();
        for s in pipeline.sheets() {
            assert!(ids.insert(s.id.clone()), "{}", s.id);
            for text in [
                &s.name,
                &s.version,
                &s.purpose,
                &s.excluded,
                &s.class_reason,
                &s.technique,
                &s.evaluation,
                &s.limits,
            ] {
                assert!(!text.is_empty(), "{}", s.id);
            }
            assert!(!s.inputs.is_empty() && !s.outputs.is_empty(), "{}", s.id);
        }
        let want = [
            "classify",
            "contradict",
            "deidentify",
            "extract",
            "identify",
            "route",
            "screen",
            "split",
            "summarise",
        ];
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), want);
    }

    #[test]
    fn a_set_is_the_same_every_time_and_an_inactive_function_is_silent() {
        let pipeline = Pipeline::embedded();
        let text =
            "ORDONNANCE\nPatient : DUPONT Jeanne née le 12/03/1950\nRamipril 5 mg 1 cp le matin";
        let mut reading = Reading::new(Format::Text, "text/plain");
        reading.text = Private::from(text);
        let notes = Engine::embedded().annotate(text, &NoteContext::default());
        let context = Context::received(PartialDate::ymd(2024, 6, 15).unwrap());
        let sha = Sha256Hex::of(text.as_bytes());
        let all = pipeline.run(&sha, &reading, &notes, &context, &|_| true).value;
        let again = Pipeline::embedded().run(&sha, &reading, &notes, &context, &|_| true).value;
        assert_eq!(all.hash(), again.hash());
        let kinds: BTreeSet<ValueKind> = all.proposals.iter().map(|p| p.value.kind()).collect();
        for kind in [ValueKind::Patient, ValueKind::DocumentType, ValueKind::Fact] {
            assert!(kinds.contains(&kind), "{kind:?}");
        }
        let without = pipeline.run(&sha, &reading, &notes, &context, &|id| id != "extract").value;
        assert!(without.proposals.iter().all(|p| p.function.id != "extract"));
        assert!(without.functions.iter().all(|f| f.id != "extract"));
        let off = pipeline.run(&sha, &reading, &notes, &context, &|_| false).value;
        assert!(off.proposals.is_empty() && off.functions.is_empty());
    }
}
