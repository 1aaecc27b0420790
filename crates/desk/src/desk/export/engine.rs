//! What de-identifies one stored document: [`crate::deid`] under the export's policy and key, told who
//! the document was filed to. Only the document itself is written: what it holds beside is a document
//! of its own in the vault, exported when it was filed.
//!
//! What a person let stand is exempt from the second reading only when its context alone had made it
//! a candidate and its words are masked nowhere else in the document: a name that is known, or hidden
//! two lines above, is found again and blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use relu_pipeline::deidentify::{Key, Policy};
use relu_record::{PatientIdentity, Span};
use relu_vault::{Document, ExportId};
use serde_json::{Value, json};

use super::content::{Candidate, Left, Standing, label, occurrences, words};
use super::{OPERATION, Opened, OpenedDocument};
use crate::deid::{Decisions, Deid, Finished, Marks, Prepared, Settings};
use crate::desk::{Desk, Result};
use crate::{DeskError, ErrorKind};

/// Version of what stands between a decision and the bytes; part of every plan.
pub(super) const VERSION: &str = "1";

/// A document as it would be handed out.
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    pub(super) left: Vec<Left>,
    pub(super) counts: BTreeMap<String, usize>,
}

/// A document, read for its identities.
pub(super) struct Read {
    deid: Deid,
    prepared: Prepared,
}

impl Desk {
    /// Reads a document for its identities, knowing who it was filed to; the text with the candidates.
    pub(super) async fn find_identities(
        &self,
        opened: &Opened,
        document: &Document,
    ) -> Result<std::result::Result<(String, Vec<Candidate>), String>> {
        let read = self.read_for_export(opened, document).await?;
        let content = match read.prepared.root().map(|d| &d.content) {
            Some(Ok(content)) => content,
            Some(Err(refusal)) => return Ok(Err(refusal.message.clone())),
            None => return Err(stopped()),
        };
        let found = content.candidates.iter().map(|i| (i, false));
        let doubts = content.doubts.iter().map(|i| (i, true));
        let mut all: Vec<_> = found.chain(doubts).collect();
        all.sort_by_key(|(i, _)| (i.span.start, i.span.end));
        let candidates = all
            .into_iter()
            .enumerate()
            .map(|(n, (i, doubt))| Candidate {
                id: format!("c{n}"),
                span: i.span,
                label: i.label.name().to_owned(),
                certainty: i.certainty,
                source: i.source.name().to_owned(),
                doubt,
            })
            .collect();
        Ok(Ok((content.reading.text.0.clone(), candidates)))
    }

    /// Makes what would be handed out of a document, and reads it a second time. `Err` inside: why it
    /// cannot be made, a sentence.
    pub(super) async fn make(
        &self,
        opened: &Opened,
        here: &OpenedDocument,
    ) -> Result<std::result::Result<Made, String>> {
        let document = self.vault().document(&here.row.document).await?;
        let read = self.read_for_export(opened, &document).await?;
        let Some(Ok(content)) = read.prepared.root().map(|d| d.content.as_ref()) else {
            return Ok(Err("le document ne se lit plus".to_owned()));
        };
        let text = content.reading.text.0.clone();
        let standing = here.content.standing(&text, &opened.content.everywhere);
        let decisions = Decisions { documents: vec![marks(&text, &standing)] };
        Ok(match read.deid.finish(&read.prepared, &decisions).await {
            Ok(finished) => Ok(Made {
                left: left(&text, &standing, &finished),
                counts: finished.labels.iter().map(|(l, n)| ((*l).to_owned(), *n)).collect(),
                bytes: finished.bytes,
            }),
            Err(refusal) => Err(refusal.message),
        })
    }

    async fn read_for_export(&self, opened: &Opened, document: &Document) -> Result<Read> {
        let patient = document.filing.as_ref().and_then(|f| f.patient.clone());
        let patient = match patient {
            Some(id) => Some(identity(&self.vault().patient(&id).await?.identity)),
            None => None,
        };
        let settings = Settings {
            policy: policy(&opened.export.policy, &opened.export.policy_version)?,
            key: Some(self.stand_in_key(&opened.export.id).await?),
            patient,
            // Persons who object were left out before, by the store's own list.
            opposed: None,
            received: document.received_at.date(),
        };
        let deid = Deid::new(Arc::clone(&self.inner.reader), settings)?;
        let bytes = Arc::new(self.bytes(document).await?);
        let mut prepared = deid.prepare(None, document.media_type.clone(), bytes).await;
        prepared.documents.truncate(1);
        Ok(Read { deid, prepared })
    }

    async fn stand_in_key(&self, id: &ExportId) -> Result<Key> {
        let material = self.vault().export_stand_in_key(id).await?;
        Key::from_material(&material).ok_or_else(|| {
            DeskError::new(
                ErrorKind::Integrity,
                OPERATION,
                "la clé des pseudonymes est trop courte",
            )
        })
    }
}

/// The policy an export was begun under; another version is another policy.
pub(super) fn policy(name: &str, version: &str) -> Result<Policy> {
    Policy::named(name).filter(|p| p.version == version).ok_or_else(|| {
        let cause = format!("la politique {name} {version} n'est plus celle de ce programme");
        DeskError::new(ErrorKind::Conflict, OPERATION, cause)
            .hint("commencez un nouvel export avec la politique présente")
    })
}

fn stopped() -> DeskError {
    DeskError::new(ErrorKind::Internal, OPERATION, "la recherche des identités s'est arrêtée")
}

/// What a document is read with: what says who the patient is, and nothing else of the record.
fn identity(p: &PatientIdentity) -> Value {
    let name = |v: &Option<relu_record::Private>| v.as_ref().map(|v| v.0.clone());
    let identifiers: Vec<Value> =
        p.identifiers.iter().map(|i| json!({"system": i.system, "value": i.value.0})).collect();
    let mut out = json!({
        "birth_name": name(&p.birth_name),
        "used_name": name(&p.used_name),
        "first_name": name(&p.first_name),
        "birth_first_names": name(&p.birth_first_names),
        "used_first_name": name(&p.used_first_name),
        "birth_date": p.birth_date.as_ref().map(|d| d.0.to_string()),
        "ins": p.ins.as_ref().map(|i| i.value.0.clone()),
        "address": name(&p.address),
        "identifiers": identifiers,
        "phone": p.telecom.iter().filter(|t| !t.contains('@')).map(|t| &t.0).collect::<Vec<_>>(),
        "mail": p.telecom.iter().filter(|t| t.contains('@')).map(|t| &t.0).collect::<Vec<_>>(),
    });
    if let Some(fields) = out.as_object_mut() {
        fields.retain(|_, v| !v.is_null() && v.as_array().is_none_or(|a| !a.is_empty()));
    }
    out
}

fn marks(text: &str, standing: &[Standing]) -> Marks {
    let folded = |s: &Standing| relu_vault::fold(s.candidate.span.of(text).unwrap_or(""));
    let masked: BTreeSet<String> = standing
        .iter()
        .filter(|s| s.masked)
        .flat_map(|s| folded(s).split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let apart = |s: &&Standing| !folded(s).split(' ').any(|w| masked.contains(w));
    let by_context = |s: &&Standing| matches!(s.candidate.source.as_str(), "context" | "repeated");
    let kept = standing.iter().filter(|s| !s.masked && s.decided);
    Marks {
        hidden: standing
            .iter()
            .filter(|s| s.masked)
            .map(|s| (s.candidate.span, label(&s.candidate.label)))
            .collect(),
        released: kept.filter(by_context).filter(apart).map(|s| s.candidate.span).collect(),
    }
}

/// What is left, at its places in the text that was read: wherever its words stand unmasked. What
/// lies in no text (a header, metadata) has no place.
fn left(text: &str, standing: &[Standing], finished: &Finished) -> Vec<Left> {
    let result = finished.readings.first().map(|(_, r)| r.text.0.as_str()).unwrap_or("");
    let all = words(text);
    let hidden = |span: Span| standing.iter().any(|s| s.masked && s.candidate.span.overlaps(span));
    let mut out: Vec<Left> = Vec::new();
    for r in &finished.residue {
        let told = |span| Left {
            span,
            label: r.label.map_or("NOM", |l| l.name()).to_owned(),
            why: r.why.clone(),
            certainty: if r.sure { 1.0 } else { 0.5 },
            sure: r.sure,
        };
        let found = r.span.and_then(|s| s.of(result)).map(relu_vault::fold).unwrap_or_default();
        let places: Vec<Span> =
            occurrences(&all, &found).into_iter().filter(|s| !hidden(*s)).collect();
        if places.is_empty() && (r.sure || !found.is_empty()) {
            out.push(told(None));
        }
        out.extend(places.into_iter().map(|s| told(Some(s))));
    }
    // Words at two places were found twice at each.
    out.sort_by_key(|l| (l.span, std::cmp::Reverse(l.sure), l.why.clone()));
    out.dedup_by(|b, a| a.span == b.span && (a.span.is_some() || a.why == b.why));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(text: &str, words: &str, nth: usize, source: &str, masked: bool) -> Standing {
        let (at, found) = text.match_indices(words).nth(nth).unwrap();
        let candidate = Candidate {
            id: format!("c{at}"),
            span: Span::new(at, at + found.len()),
            label: "NOM".into(),
            certainty: 0.9,
            source: source.into(),
            doubt: false,
        };
        Standing { candidate, masked, decided: true }
    }

    #[test]
    fn what_a_person_lets_stand_is_exempt_only_when_nothing_else_speaks_against_it() {
        let text = "Signe de Babinski. DUPONT, vu par Dupont. MARTIN 0601020304";
        let all = [
            standing(text, "Babinski", 0, "context", false),
            standing(text, "DUPONT", 0, "context", true),
            standing(text, "Dupont", 0, "context", false),
            standing(text, "MARTIN", 0, "known", false),
            standing(text, "0601020304", 0, "form", false),
        ];
        let marks = marks(text, &all);
        let words = |s: &Span| s.of(text).unwrap().to_owned();
        assert_eq!(marks.released.iter().map(words).collect::<Vec<_>>(), ["Babinski"]);
        assert_eq!(marks.hidden.len(), 1);
    }

    #[test]
    fn only_what_tells_the_patient_goes_to_the_reader() {
        let p = PatientIdentity {
            birth_name: Some("QUELLEC".into()),
            sex: Some(relu_record::Sex::F),
            telecom: vec!["0601020304".into(), "m@example.org".into()],
            ..PatientIdentity::default()
        };
        let told = identity(&p);
        let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["birth_name", "mail", "phone"]);
    }
}
