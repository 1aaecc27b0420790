//! What a thread does with one document: find, replace, read again.

use relu_pipeline::deidentify::opposition::{OppositionList, Standing, Traits};
use relu_pipeline::deidentify::{
    Deidentifier, Given, Hidden, Identifier, Key, Known, Label, Passage, Person, Policy,
    PolicyError, Residue, Rewriter, Source, Workspace, mask, mask_settled, rewrite, second_reading,
};
use relu_record::Span;
use serde_json::Value;

/// What is done with the documents of a run.
pub(crate) struct Plan {
    pub(crate) deidentifier: Deidentifier,
    pub(crate) task: Task,
    pub(crate) review: bool,
    pub(crate) opposed: Option<OppositionList>,
    /// Documents of whom too little is known to compare with the list are written all the same.
    pub(crate) allow_unknown: bool,
}

/// What is written.
pub(crate) enum Task {
    /// Where the identifiers are.
    Annotate,
    /// The text with marks.
    Mask,
    /// The text under a policy.
    Rewrite { policy: Box<Policy>, key: Option<Key> },
}

/// What becomes of a document.
pub(crate) enum Made {
    /// Where the identifiers are: in [`Worker::found`] and [`Worker::doubts`].
    Entities,
    /// A text.
    Text(Text),
    /// Its person objects: nothing is written.
    Opposed,
    /// Whether its person objects cannot be told.
    Unknown,
}

/// A text without identifiers.
pub(crate) struct Text {
    pub(crate) text: String,
    /// Marks and stand-ins, where a policy made them.
    pub(crate) stand_ins: Option<Vec<Span>>,
    pub(crate) residue: Vec<Residue>,
}

/// One thread.
pub(crate) struct Worker<'p> {
    plan: &'p Plan,
    rewriter: Option<(Rewriter<'p>, Option<&'p Key>)>,
    work: Workspace,
    again: Workspace,
}

impl<'p> Worker<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Result<Worker<'p>, PolicyError> {
        let rewriter = match &plan.task {
            Task::Rewrite { policy, key } => {
                Some((Rewriter::new(policy, key.as_ref())?, key.as_ref()))
            }
            Task::Annotate | Task::Mask => None,
        };
        Ok(Worker { plan, rewriter, work: Workspace::default(), again: Workspace::default() })
    }

    /// What was found in the last document.
    pub(crate) fn found(&self) -> &[Identifier] {
        self.work.found()
    }

    /// What was nearly found in it.
    pub(crate) fn doubts(&self) -> &[Identifier] {
        self.work.doubts()
    }

    /// One document: `exempt` holds marks and stand-ins of an earlier run, `id` names it when nothing
    /// says who it is about.
    pub(crate) fn document(
        &mut self,
        text: &str,
        patient: Option<&Value>,
        exempt: &[Span],
        id: &str,
    ) -> Made {
        let known = patient.map(known).unwrap_or_default();
        let standing = self.standing(patient, &known, text);
        if matches!(standing, Made::Opposed | Made::Unknown) {
            return standing;
        }
        if let Some((rewriter, key)) = &self.rewriter {
            let given = Given { text, exempt, known: &known, id };
            let made = Passage::of(&self.plan.deidentifier, rewriter, *key, given, &mut self.work);
            let residue =
                self.read_again(&made.rewritten.text, &made.rewritten.spans, &known, &made.hidden);
            return Made::Text(Text {
                text: made.rewritten.text,
                stand_ins: Some(made.rewritten.spans),
                residue,
            });
        }
        let deidentifier = &self.plan.deidentifier;
        if matches!(self.plan.task, Task::Annotate) {
            deidentifier.read_again(text, exempt, &known, &mut self.work);
            return Made::Entities;
        }
        let mut hidden = Hidden::default();
        let gather = self.plan.review.then_some(&mut hidden);
        let masked = mask_settled(deidentifier, text, exempt, &known, &mut self.work, gather);
        let residue = self.read_again(&masked, &[], &known, &hidden);
        Made::Text(Text { text: masked, stand_ins: None, residue })
    }

    /// Whether the person of a document may be in the output: opposed, unknown, or else.
    pub(crate) fn standing(&mut self, patient: Option<&Value>, known: &Known, text: &str) -> Made {
        let Some(list) = &self.plan.opposed else { return Made::Entities };
        match list.standing(&self.traits(text, patient, known)) {
            Standing::Opposed => Made::Opposed,
            Standing::Unknown if !self.plan.allow_unknown => Made::Unknown,
            Standing::Unknown | Standing::Clear => Made::Entities,
        }
    }

    /// The person of a known identity, else of the row or document `id`.
    pub(crate) fn person(&self, known: &Known, id: &str) -> Person {
        let key = self.rewriter.as_ref().and_then(|(_, key)| *key);
        key.map_or_else(Person::nobody, |key| Person::settle(known, "", &[], id, key))
    }

    /// A value that is an identifier of that kind, under the policy; its mark without one.
    pub(crate) fn cell(&self, label: Label, value: &str, person: &Person) -> String {
        let span = Span::new(0, value.len());
        let whole = [Identifier { span, label, certainty: 1.0, source: Source::Known }];
        match &self.rewriter {
            Some((rewriter, _)) => {
                rewrite(value, &rewriter.replacements(value, &whole, person)).text
            }
            None => mask(value, &whole),
        }
    }

    fn read_again(
        &mut self,
        text: &str,
        exempt: &[Span],
        known: &Known,
        hidden: &Hidden,
    ) -> Vec<Residue> {
        if !self.plan.review {
            return Vec::new();
        }
        second_reading(&self.plan.deidentifier, text, exempt, known, hidden, &mut self.again)
    }

    // Who the document is about, for the list: the identity given, else the numbers of the text.
    fn traits(&mut self, text: &str, patient: Option<&Value>, known: &Known) -> Traits {
        if let Some(patient) = patient {
            return Traits::from_json(patient).unwrap_or_default();
        }
        self.plan.deidentifier.read(text, known, &mut self.work);
        let mut traits = Traits::default();
        for f in self.work.found() {
            let Some(written) = f.span.of(text) else { continue };
            match f.label {
                Label::Secu => traits.add("ins", written),
                Label::Ipp => traits.add("ipp", written),
                _ => false,
            };
        }
        traits
    }
}

/// Every text of an identity, with the name of its field.
pub(crate) fn known(patient: &Value) -> Known {
    fn walk(key: &str, value: &Value, known: &mut Known) {
        match value {
            Value::String(text) => known.add(key, text),
            Value::Array(values) => values.iter().for_each(|v| walk(key, v, known)),
            Value::Object(fields) => fields.iter().for_each(|(k, v)| walk(k, v, known)),
            Value::Number(n) => known.add(key, &n.to_string()),
            _ => {}
        }
    }
    let mut known = Known::default();
    walk("", patient, &mut known);
    known
}
