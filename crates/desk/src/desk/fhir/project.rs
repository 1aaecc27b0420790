//! What people decided of documents, as resources: filed, a document is a DocumentReference in its
//! patient's file, and each fact that a clinician has decided is a resource with a Provenance that
//! names who decided it and the exact words it rests on.
//!
//! The record follows the desk: whenever a document has changed (a decision, an undo, another
//! patient, a merge), what it should show is worked out again and compared with what it shows; the
//! differences are written as one act, what no longer holds is deleted, and every version stays in
//! the history. Ids come from the document and the proposal, so that a fact keeps its own. What nobody
//! decided makes no resource.

use relu_record::{
    Actor, Coding, Decision, DocumentId, ProposalId, ProposalSet, ProposalValue, Section,
    Sha256Hex, Span, Verdict,
};
use relu_vault::{Filing, Former, NewResource, PatientId, Tx};
use relu_wire::{CodePoints, coding, date_time};
use serde_json::{Value, json};

use super::decided::{FactPlace, decided};
use super::json::Json;
use super::outcome::{FhirError, Result};
use super::{shown, table, values, write};
use crate::Desk;
use crate::desk::effective::Standing;
use crate::desk::look::Opened;

/// Documents brought up to date at once.
const BATCH: u32 = 100;
/// Types of documents that are reports too: code of JDV_J07 and category of HL7 table 0074.
const REPORTS: [(&str, &str); 3] = [("11502-2", "LAB"), ("18748-4", "RAD"), ("60568-3", "PAT")];
const WORDS: &str = "urn:relu:words";

/// A resource that a document should show.
struct Wanted {
    kind: &'static str,
    id: String,
    body: Value,
}

impl Desk {
    /// Brings the record up to date with what was decided of documents.
    pub(super) async fn show_documents(&self) -> Result<()> {
        loop {
            let changed = self.vault().documents_to_show(BATCH).await?;
            if changed.is_empty() {
                return Ok(());
            }
            let mut shown = Vec::new();
            for (id, version, filed) in changed {
                let opened = if filed {
                    Some(self.opened(&Actor::system(write::SHOWS), &id).await?)
                } else {
                    None
                };
                // What changes while this is worked out is shown by the next round.
                let version = opened.as_ref().map_or(version, |o| o.document.version);
                shown.push((id, version, opened.as_ref().and_then(wanted)));
            }
            let mut tx = self.vault().begin(&Actor::system(write::SHOWS), self.now()).await?;
            tx.alone().await?;
            let mut writes = Vec::new();
            for (id, version, wanted) in shown {
                writes.extend(differences(&mut tx, &id, wanted).await?);
                tx.document_shown(&id, version).await?;
            }
            tx.write_resources("documents", writes).await?;
            tx.commit().await?;
        }
    }
}

/// The patient, and everything that a filed document should show.
fn wanted(opened: &Opened) -> Option<(PatientId, bool, Vec<Wanted>)> {
    let document = &opened.document;
    let filing = document.filing.as_ref()?;
    let patient = filing.patient.clone()?;
    let reference = format!("Patient/{}", patient.0);
    let mut all = vec![Wanted {
        kind: "DocumentReference",
        id: document.id.0.clone(),
        body: document_reference(opened, filing, &reference),
    }];
    let masked = all.first().is_some_and(|w| write::is_masked(&Json::from(w.body.clone())));
    let mut observations = Vec::new();
    if let (Some(set), Some(reading)) = (&opened.set, &opened.reading) {
        let standing = Standing::of(&opened.decisions);
        let points = CodePoints::new(&reading.text);
        let mut vaccines: Vec<Span> = Vec::new();
        for (proposal, found) in set.with_ids() {
            let Some(decision) = standing.get(&proposal) else { continue };
            let Some(ProposalValue::Fact(fact)) = standing.value(&proposal, found) else {
                continue;
            };
            let section = Section::at(&reading.sections, fact.span.start);
            let place = FactPlace {
                text: &reading.text,
                section: section.map(|s| s.kind.as_str()),
                patient: &reference,
                date: filing.date.as_ref(),
                vaccination: vaccination(set, &reading.text, fact.span),
            };
            let Some(body) = decided(fact, place) else { continue };
            let Some(kind) = kind_of(&body) else { continue };
            // The same words may be a drug and a vaccine: they are one vaccination.
            if kind == "Immunization" && !fact.span.is_empty() {
                if vaccines.iter().any(|v| v.overlaps(fact.span)) {
                    continue;
                }
                vaccines.push(fact.span);
            }
            let id = fact_id(&document.id, &proposal);
            if kind == "Observation" {
                observations.push(json!({"reference": format!("Observation/{id}")}));
            }
            let words = (!fact.span.is_empty()).then(|| points.span(fact.span));
            let version = &set.text_version.0;
            let function = format!("{} {}", found.function.id, found.function.version);
            let target = format!("{kind}/{id}");
            let provenance = provenance(&target, decision, document, words, version, &function);
            all.push(Wanted { kind: "Provenance", id: format!("{id}-p"), body: provenance });
            all.push(Wanted { kind, id, body });
        }
    }
    if let Some(body) = report(filing, &document.id, &reference, observations) {
        let id = format!("{}-r", document.id.0);
        all.push(Wanted { kind: "DiagnosticReport", id, body });
    }
    Some((patient, masked, all))
}

// What the nearest words before, on the same line, say of vaccination.
fn vaccination<'a>(set: &'a ProposalSet, text: &str, vaccine: Span) -> Option<&'a str> {
    let facts = set.proposals.iter().filter_map(|p| match &p.value {
        ProposalValue::Fact(f) if f.label == "vaccination" => Some(f),
        _ => None,
    });
    let near = facts.filter(|f| {
        let between = text.get(f.span.start..vaccine.start);
        between.is_some_and(|b| !b.contains('\n'))
    });
    near.max_by_key(|f| f.span.start)?.status.as_deref()
}

// The kind as the table writes it.
fn kind_of(body: &Value) -> Option<&'static str> {
    table::find(body.get("resourceType")?.as_str()?).map(|k| k.name.as_str())
}

// 32 hexadecimal digits: the same fact of the same document has the same id every time.
fn fact_id(document: &DocumentId, proposal: &ProposalId) -> String {
    let hash = Sha256Hex::of(format!("{}/{}", document.0, proposal.0).as_bytes()).0;
    hash.chars().take(32).collect()
}

fn document_reference(opened: &Opened, filing: &Filing, patient: &str) -> Value {
    let document = &opened.document;
    let typed = filing.document_type.as_ref().map(|t: &Coding| json!({"coding": [coding(t)]}));
    let author = filing.author.as_ref().map(|a| json!([{"display": a.name.full()}]));
    let custodian = filing.organization.as_ref().filter(|o| !o.name.is_empty());
    let labels: Vec<Value> = opened
        .reading
        .iter()
        .flat_map(|r| &r.header.confidentiality)
        .map(|c| json!({"coding": [coding(c)]}))
        .collect();
    let title = filing.title.as_ref().map(|t| t.0.clone()).filter(|t| !t.is_empty());
    without_nulls(json!({
        "resourceType": "DocumentReference",
        "identifier": [{"system": "urn:relu:document", "value": document.id.0}],
        "status": "current",
        "docStatus": "final",
        "type": typed,
        "subject": {"reference": patient},
        "date": shown::instant(document.received_at),
        "author": author,
        "custodian": custodian.map(|o| json!({"display": o.name})),
        "securityLabel": (!labels.is_empty()).then_some(labels),
        "content": [{"attachment": without_nulls(json!({
            "contentType": document.media_type,
            "title": title,
            "url": format!("/documents/{}", document.id.0),
        }))}],
        "context": filing.date.as_ref().map(|d| json!({"period": {"start": date_time(d)}})),
    }))
}

fn report(
    filing: &Filing,
    document: &DocumentId,
    patient: &str,
    observations: Vec<Value>,
) -> Option<Value> {
    let typed = filing.document_type.as_ref()?;
    let (_, category) = REPORTS.iter().find(|(code, _)| *code == typed.code)?;
    Some(without_nulls(json!({
        "resourceType": "DiagnosticReport",
        "status": "final",
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": category,
        }]}],
        "code": {"coding": [coding(typed)]},
        "subject": {"reference": patient},
        "effectiveDateTime": filing.date.as_ref().map(date_time),
        "result": (!observations.is_empty()).then_some(observations),
        "presentedForm": [{"url": format!("/documents/{}", document.0)}],
    })))
}

// Who decided, which function had proposed, and the exact words: the document, the version of its
// text, and the place in code points.
fn provenance(
    target: &str,
    decision: &Decision,
    document: &relu_vault::Document,
    words: Option<[usize; 2]>,
    version: &str,
    function: &str,
) -> Value {
    let activity = match decision.verdict {
        Verdict::Edited(_) => "UPDATE",
        _ => "CREATE",
    };
    let agent = |kind: &str, who: Value| {
        json!({
            "type": {"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
                "code": kind,
            }]},
            "who": who,
        })
    };
    json!({
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "recorded": shown::instant(decision.at),
        "activity": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": activity,
        }]},
        "agent": [
            agent("verifier", json!({"identifier": {"system": "urn:relu:account", "value": decision.actor.id}})),
            agent("assembler", json!({"display": format!("relu {function}")})),
        ],
        "entity": [without_nulls(json!({
            "role": "source",
            "what": {"reference": format!("DocumentReference/{}", document.id.0)},
            // A coded entry may have no words.
            "extension": words.map(|[start, end]| json!([{
                "url": WORDS,
                "extension": [
                    {"url": "text", "valueString": version},
                    {"url": "start", "valueUnsignedInt": start},
                    {"url": "end", "valueUnsignedInt": end},
                ],
            }])),
        }))],
    })
}

/// What must be written for a document to show what it should, and nothing else.
async fn differences(
    tx: &mut Tx,
    document: &DocumentId,
    wanted: Option<(PatientId, bool, Vec<Wanted>)>,
) -> Result<Vec<NewResource>> {
    // The list of what it shows lies in a Provenance of its own.
    let list = format!("{}-list", document.0);
    let before = tx.resource("Provenance", &list).await?.filter(|r| r.content.is_some());
    let shows: Vec<String> = before.iter().map(shown::body).flat_map(|b| targets(&b)).collect();
    let mut writes = Vec::new();
    let Some((patient, masked, mut all)) = wanted else {
        for reference in shows.iter().chain(before.iter().map(|_| &list)) {
            let (kind, id) = reference.split_once('/').unwrap_or(("Provenance", reference));
            writes.extend(change(tx, kind, id, None, None, false).await?);
        }
        return Ok(writes);
    };
    let named: Vec<String> = all.iter().map(|w| format!("{}/{}", w.kind, w.id)).collect();
    for gone in shows.iter().filter(|s| !named.contains(s)) {
        let Some((kind, id)) = gone.split_once('/') else { continue };
        writes.extend(change(tx, kind, id, None, Some(&patient), masked).await?);
    }
    let targets: Vec<Value> = named.iter().map(|n| json!({"reference": n})).collect();
    let recorded = before.as_ref().and_then(|b| shown::body(b).str("recorded").map(str::to_owned));
    all.push(Wanted {
        kind: "Provenance",
        id: list,
        body: json!({
            "resourceType": "Provenance",
            "target": targets,
            "recorded": recorded.unwrap_or_else(|| shown::instant(tx.now())),
            "agent": [{"who": {"display": "relu"}}],
            "entity": [{
                "role": "source",
                "what": {"reference": format!("DocumentReference/{}", document.0)},
            }],
        }),
    });
    for w in all {
        writes.extend(change(tx, w.kind, &w.id, Some(w.body), Some(&patient), masked).await?);
    }
    Ok(writes)
}

fn targets(provenance: &Json) -> Vec<String> {
    let all = provenance.get("target").map_or(&[][..], Json::list);
    all.iter().filter_map(|t| t.str("reference")).map(str::to_owned).collect()
}

// One version to write, unless the resource says so already.
async fn change(
    tx: &mut Tx,
    kind: &str,
    id: &str,
    body: Option<Value>,
    patient: Option<&PatientId>,
    masked: bool,
) -> Result<Option<NewResource>> {
    let kind = table::find(kind).ok_or_else(FhirError::unknown)?;
    let former = tx.resource(&kind.name, id).await?;
    let body = body.map(|b| shown::bare(&kind.name, Json::from(b)));
    let content = body.as_ref().map(Json::to_bytes);
    let same = match &former {
        None => content.is_none(),
        Some(f) => {
            f.content.as_ref().map(|c| c.as_slice()) == content.as_deref()
                && f.masked == masked
                && (content.is_none() || f.patient.as_ref() == patient)
        }
    };
    if same {
        return Ok(None);
    }
    let patient = patient.cloned().or_else(|| former.as_ref().and_then(|f| f.patient.clone()));
    Ok(Some(NewResource {
        kind: &kind.name,
        id: id.to_owned(),
        patient,
        masked,
        author: None,
        terms: body.as_ref().map(|b| values::terms(kind, b)).unwrap_or_default(),
        content,
        former: former.map(|f| Former {
            num: f.num,
            version: f.version,
            terms: match f.content {
                Some(_) => values::terms(kind, &shown::body(&f)),
                None => Vec::new(),
            },
        }),
    }))
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, v)| !v.is_null()).collect())
        }
        other => other,
    }
}
