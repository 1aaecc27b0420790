//! Lines of `relu run`: what the program proposes for one document.

use relu_record::{
    Evidence, Owner, Proposal, ProposalSet, ProposalValue, Reading, Refusal, RouteAction, Severity,
    Sha256Hex,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::header::{Object, moment, organization, patient, practitioner, recipient};
use crate::{CodePoints, EntityLine, entities};

/// A document that was read and what is proposed for it.
#[derive(Clone, Copy)]
pub struct RunInput<'a> {
    /// What was read.
    pub reading: &'a Reading,
    /// What is proposed.
    pub set: &'a ProposalSet,
}

/// One line of `report.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunLine {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    sha256: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Value>,
    recipients: Vec<Value>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    document_type: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    summary: Vec<Value>,
    entities: Vec<EntityLine>,
    routes: Vec<Value>,
    checks: Vec<Value>,
    functions: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreviewed: Option<bool>,
}

impl RunLine {
    /// A document of which no usable reading exists.
    pub fn quarantined(
        source: &str,
        part: Option<&str>,
        sha256: &Sha256Hex,
        refusal: &Refusal,
    ) -> RunLine {
        RunLine {
            status: "quarantined",
            reason: Some(refusal.clone()),
            checks: vec![json!({
                "code": refusal.code.as_str(),
                "severity": Severity::Error,
                "message": refusal.message,
                "evidence": [],
            })],
            ..RunLine::empty(source, part, sha256)
        }
    }

    /// A document with its proposals.
    pub fn proposed(
        source: &str,
        part: Option<&str>,
        sha256: &Sha256Hex,
        input: RunInput<'_>,
    ) -> RunLine {
        let at = CodePoints::new(&input.reading.text);
        let mut line = RunLine::empty(source, part, sha256);
        line.functions =
            input.set.functions.iter().map(|f| json!({"id": f.id, "version": f.version})).collect();
        let mut facts = Vec::new();
        for p in &input.set.proposals {
            line.add(p, &at, &mut facts);
        }
        line.entities = entities(facts, &at);
        line
    }

    /// The same line, saying once for the whole report that nobody has re-read it.
    pub fn first(mut self) -> RunLine {
        self.unreviewed = Some(true);
        self
    }

    /// Whether the document is in quarantine.
    pub fn is_quarantined(&self) -> bool {
        self.reason.is_some()
    }

    fn empty(source: &str, part: Option<&str>, sha256: &Sha256Hex) -> RunLine {
        RunLine {
            source: source.to_owned(),
            part: part.map(str::to_owned),
            sha256: sha256.0.clone(),
            status: "proposed",
            reason: None,
            patient: None,
            author: None,
            organization: None,
            recipients: Vec::new(),
            document_type: None,
            date: None,
            summary: Vec::new(),
            entities: Vec::new(),
            routes: Vec::new(),
            checks: Vec::new(),
            functions: Vec::new(),
            unreviewed: None,
        }
    }

    fn add<'p>(
        &mut self,
        p: &'p Proposal,
        at: &CodePoints<'_>,
        facts: &mut Vec<&'p relu_record::Entity>,
    ) {
        let proof = evidence(p, at);
        let with_proof = |value: Value| {
            let mut value = value;
            if let Value::Object(fields) = &mut value {
                fields.insert("evidence".to_owned(), proof.clone());
            }
            value
        };
        match &p.value {
            // The first is the one proposed; further ones come with a `several-patients` check.
            ProposalValue::Patient(v) if self.patient.is_none() => {
                self.patient = Some(with_proof(patient(v)));
            }
            ProposalValue::Patient(_) => {}
            ProposalValue::Author(v) if self.author.is_none() => {
                self.author = Some(with_proof(practitioner(v)));
            }
            ProposalValue::Author(_) => {}
            ProposalValue::Organization(v) => self.organization = Some(with_proof(organization(v))),
            ProposalValue::Recipient(v) => self.recipients.push(with_proof(recipient(v))),
            ProposalValue::DocumentType(c) => {
                let mut t = Object::default();
                t.some("code", Some(json!(c.code)));
                t.some("system", Some(json!(c.system)));
                t.some("label", c.display.as_ref().map(|d| json!(d)));
                let rounded = (f64::from(p.confidence.get()) * 100.0).round() / 100.0;
                t.some("confidence", Some(json!(rounded)));
                self.document_type = Some(with_proof(t.finish()));
            }
            ProposalValue::DocumentDate(m) => self.date = Some(moment(m)),
            ProposalValue::SummaryLine(text) => {
                self.summary.push(json!({"text": text.0, "evidence": spans(p, at)}));
            }
            ProposalValue::Fact(e) => {
                // Facts of coded entries without a place in the text have no offsets to give.
                if !e.span.is_empty() {
                    facts.push(e);
                }
            }
            ProposalValue::Destination(to) => {
                self.routes.push(json!({"to": to, "because": proof}));
            }
            ProposalValue::Route(r) => {
                if let RouteAction::Assign(Owner::Queue(to)) = &r.action {
                    self.routes.push(json!({"to": to, "because": proof}));
                }
            }
            // A check says that the file holds several documents; where is for a screen with pages.
            ProposalValue::Cut(_) => {}
            // What documents say differently is told where their patient's record is known.
            ProposalValue::Contradiction(_) => {}
            ProposalValue::Check(c) => self.checks.push(json!({
                "code": c.code, "severity": c.severity, "message": c.message, "evidence": proof,
            })),
        }
    }
}

/// `{"header": path}` for a value of the document's own header, else the spans in the text.
fn evidence(p: &Proposal, at: &CodePoints<'_>) -> Value {
    let path = p.evidence().iter().find_map(|e| match e {
        Evidence::Header(path) => Some(json!({"header": path})),
        Evidence::Entry(path) => Some(json!({"entry": path})),
        _ => None,
    });
    path.unwrap_or_else(|| Value::Array(spans(p, at)))
}

fn spans(p: &Proposal, at: &CodePoints<'_>) -> Vec<Value> {
    p.evidence()
        .iter()
        .filter_map(|e| match e {
            Evidence::Words(span) => {
                let [start, end] = at.span(*span);
                Some(json!({"start": start, "end": end}))
            }
            Evidence::Absence(what) => Some(json!({"absence": what})),
            Evidence::Record(what) => Some(json!({"record": what})),
            _ => None,
        })
        .collect()
}
