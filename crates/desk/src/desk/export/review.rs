//! Review: a person masks, releases, relabels, adds, masks everywhere, takes back, and says when a
//! document was looked at; or draws a sample. Every act is one transaction with its ledger event,
//! which names candidates and never words. What was changed is read a second time at once.

use std::collections::BTreeSet;

use relu_pipeline::deidentify::Label;
use relu_record::{Actor, DocumentId, Private, Span};
use relu_vault::{EventKind, ExportChange, ExportDocumentState, ExportId, ExportState};

use super::content::{Act, Candidate, Everywhere, ExportContent, Sample, What, occurrences, words};
use super::work::JOB_CHECK;
use super::{
    OPERATION, Opened, OpenedDocument, TRIES, exporter, open_for_change, queue, raced, rules,
    sample, sealed,
};
use crate::desk::{Desk, Result};
use crate::view::CandidateVerdict;
use crate::{DeskError, ErrorKind};

/// Longest passage that a person adds at once, in characters.
const LONGEST_PASSAGE: usize = 300;
/// Most words that are masked everywhere in one export.
const MOST_EVERYWHERE: usize = 500;

/// What an act changes.
enum Change {
    /// Acts to add to the document, and what the ledger says.
    Acts(Vec<What>, String),
    /// Marks the document's act of that place as undone.
    Undo(usize),
}

impl Desk {
    /// Decides on one candidate.
    pub async fn decide_candidate(
        &self,
        who: &Actor,
        id: &ExportId,
        document: &DocumentId,
        candidate: &str,
        verdict: &CandidateVerdict,
    ) -> Result<()> {
        let known = match verdict {
            CandidateVerdict::Release => self.known_words(document).await?,
            _ => BTreeSet::new(),
        };
        self.act(who, id, document, |opened, export| {
            let standing = opened.content.standing(opened.text(), &export.everywhere);
            let found = standing.iter().find(|s| s.candidate.id == candidate);
            let found = found.ok_or_else(|| {
                DeskError::new(ErrorKind::NotFound, OPERATION, "ce mot n'est plus proposé")
            })?;
            let words = found.candidate.span.of(opened.text()).unwrap_or("");
            if relu_vault::fold(words).split(' ').any(|w| known.contains(w)) {
                let cause = "ce mot fait partie de l'identité connue du patient : il reste masqué";
                return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
            }
            let mut acts = Vec::new();
            // A word that is masked everywhere becomes a candidate of its own before it is decided.
            if found.candidate.source == "everywhere" {
                acts.push(What::Add(found.candidate.clone()));
            }
            let (act, detail) = match verdict {
                CandidateVerdict::Mask => (What::Mask(candidate.into()), "mask"),
                CandidateVerdict::Release => (What::Release(candidate.into()), "release"),
                CandidateVerdict::Label(name) => {
                    let label = Label::named(name).ok_or_else(unknown_label)?;
                    (What::Label(candidate.into(), label.name().into()), "label")
                }
            };
            acts.push(act);
            Ok(Change::Acts(acts, format!("{candidate}:{detail}")))
        })
        .await
    }

    /// Words of the names of the patient a document was filed to: they are nowhere in an export, and
    /// nobody can decide otherwise.
    async fn known_words(&self, document: &DocumentId) -> Result<BTreeSet<String>> {
        let stored = self.vault().document(document).await?;
        let Some(patient) = stored.filing.and_then(|f| f.patient) else {
            return Ok(BTreeSet::new());
        };
        let p = self.vault().patient(&patient).await?.identity;
        let names = [p.birth_name, p.used_name, p.first_name, p.used_first_name];
        let folded = names.iter().flatten().map(|n| relu_vault::fold(n)).collect::<Vec<_>>();
        let words = folded.iter().flat_map(|n| n.split(' '));
        Ok(words.filter(|w| w.chars().count() >= 3).map(str::to_owned).collect())
    }

    /// Adds a passage: the words as selected, at that place (byte) when it holds them, else wherever
    /// they stand in the document. Answers at how many places.
    pub async fn add_passage(
        &self,
        who: &Actor,
        id: &ExportId,
        document: &DocumentId,
        selected: &str,
        at: Option<usize>,
        label: &str,
    ) -> Result<usize> {
        let label = Label::named(label).ok_or_else(unknown_label)?;
        let selected = passage(selected)?;
        let mut places = 0;
        self.act(who, id, document, |opened, _| {
            let spans = spans_of(opened.text(), selected, at);
            if spans.is_empty() {
                let cause = "ces mots ne sont pas dans ce document";
                return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
            }
            places = spans.len();
            let first = opened.content.acts.len();
            let add = |(n, span): (usize, &Span)| {
                What::Add(Candidate {
                    id: format!("a{}", first + n),
                    span: *span,
                    label: label.name().to_owned(),
                    certainty: 1.0,
                    source: "person".to_owned(),
                    doubt: false,
                })
            };
            let acts = spans.iter().enumerate().map(add).collect();
            Ok(Change::Acts(acts, format!("a{first}:add:{}", spans.len())))
        })
        .await?;
        Ok(places)
    }

    /// Lets something stand that the second reading took for an identity by its context alone. What is
    /// known of the patient, masked elsewhere or has the form of an identifier cannot be let stand so.
    pub async fn let_stand(
        &self,
        who: &Actor,
        id: &ExportId,
        document: &DocumentId,
        at: usize,
    ) -> Result<()> {
        let known = self.known_words(document).await?;
        self.act(who, id, document, |opened, _| {
            let left = opened.content.check.as_ref().map(|c| c.left.as_slice()).unwrap_or_default();
            let found = left.iter().find(|l| l.span.is_some_and(|s| s.start == at));
            let found = found.and_then(|l| Some((l, l.span?)));
            let (left, span) = found.filter(|(l, _)| l.why == "context").ok_or_else(|| {
                let cause = "ce reste ne peut pas être laissé : masquez-le";
                DeskError::new(ErrorKind::Conflict, OPERATION, cause)
            })?;
            let words = relu_vault::fold(span.of(opened.text()).unwrap_or(""));
            if words.split(' ').any(|w| known.contains(w)) {
                let cause = "ce mot fait partie de l'identité connue du patient : masquez-le";
                return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
            }
            let name = format!("a{}", opened.content.acts.len());
            let candidate = Candidate {
                id: name.clone(),
                span,
                label: left.label.clone(),
                certainty: left.certainty,
                source: "context".to_owned(),
                doubt: true,
            };
            let detail = format!("{name}:let-stand");
            Ok(Change::Acts(vec![What::Add(candidate), What::Release(name)], detail))
        })
        .await
    }

    /// Says that a person has looked at a document.
    pub async fn review_export_document(
        &self,
        who: &Actor,
        id: &ExportId,
        document: &DocumentId,
    ) -> Result<()> {
        self.act(who, id, document, |opened, _| match opened.content.reviewed() {
            Some(_) => Ok(Change::Acts(Vec::new(), String::new())),
            None => Ok(Change::Acts(vec![What::Reviewed], "reviewed".to_owned())),
        })
        .await
    }

    /// Takes back the last act on that document, or the last word masked everywhere from it.
    pub async fn undo_in_export(
        &self,
        who: &Actor,
        id: &ExportId,
        document: &DocumentId,
    ) -> Result<()> {
        exporter(who)?;
        let opened = self.export_opened(id).await?;
        let here = self.export_document_opened(id, document).await?;
        let last = here.content.acts.iter().rposition(|a| !a.undone);
        let everywhere = opened.content.everywhere.iter();
        let wide = everywhere.clone().rposition(|e| !e.undone && e.from == document.0);
        let act_at = last.and_then(|n| here.content.acts.get(n)).map(|a| a.at);
        let wide_at = wide.and_then(|n| opened.content.everywhere.get(n)).map(|e| e.at);
        match (last, wide) {
            (None, None) => {
                Err(DeskError::new(ErrorKind::Conflict, OPERATION, "il n'y a rien à annuler"))
            }
            (_, Some(n)) if act_at <= wide_at => {
                self.change_everywhere(who, id, document, |content| {
                    if let Some(e) = content.everywhere.get_mut(n) {
                        e.undone = true;
                    }
                    Ok("everywhere-undone")
                })
                .await
            }
            (Some(n), _) => self.act(who, id, document, |_, _| Ok(Change::Undo(n))).await,
            (None, Some(_)) => Ok(()),
        }
    }

    /// Masks the words of a candidate, or given words, in every document of the export.
    pub async fn mask_everywhere(
        &self,
        who: &Actor,
        id: &ExportId,
        document: &DocumentId,
        candidate: Option<&str>,
        given: &str,
        label: &str,
    ) -> Result<()> {
        exporter(who)?;
        let opened = self.export_opened(id).await?;
        let here = self.export_document_opened(id, document).await?;
        let standing = here.content.standing(here.text(), &opened.content.everywhere);
        let found = candidate.and_then(|c| standing.iter().find(|s| s.candidate.id == c));
        let (text, label) = match found {
            Some(s) => (s.candidate.span.of(here.text()).unwrap_or(""), s.candidate.label.as_str()),
            None => (passage(given)?, label),
        };
        let label = Label::named(label).ok_or_else(unknown_label)?.name().to_owned();
        let folded = relu_vault::fold(text);
        if folded.chars().count() < 2 {
            let cause = "ce mot est trop court pour être masqué partout";
            return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
        }
        let everywhere = Everywhere {
            words: Private(folded),
            label,
            from: document.0.clone(),
            by: who.id.clone(),
            at: self.now(),
            leak: found.is_none_or(|s| s.candidate.doubt),
            undone: false,
        };
        self.change_everywhere(who, id, document, |content| {
            if content.everywhere.len() >= MOST_EVERYWHERE {
                let cause = "trop de mots masqués partout dans cet export";
                return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
            }
            content.everywhere.push(everywhere.clone());
            Ok("everywhere")
        })
        .await
    }

    /// Draws documents for quality control. The draw is recorded with its seed.
    pub async fn draw_sample(&self, who: &Actor, id: &ExportId, size: usize) -> Result<()> {
        exporter(who)?;
        let size = if size == 0 { rules().sampling.size } else { size.min(rules().max_documents) };
        let rows = self.vault().export_documents(id).await?;
        let ids: Vec<String> =
            rows.iter().filter(|r| included(r.state)).map(|r| r.document.0.clone()).collect();
        let opened = self.export_opened(id).await?;
        open_for_change(&opened)?;
        let now = self.now();
        // Nobody chooses the seed: it is drawn from the state of the ledger.
        let head = self.vault().ledger_head().await?;
        let seed = u64::from_str_radix(head.mac.get(..12).unwrap_or("0"), 16).unwrap_or(0);
        let mut content = opened.content.clone();
        let documents = sample::draw(&ids, size, seed);
        content.samples.push(Sample { seed, by: who.id.clone(), at: now, documents });
        let change = ExportChange { content: Some(sealed(&content)?), ..ExportChange::default() };
        let mut tx = self.begin(who).await?;
        let detail = format!("sample:{size}:{seed}");
        tx.change_export(&opened.export, change, EventKind::ExportChanged, &detail).await?;
        queue(&mut tx, JOB_CHECK, id, rows.first().map(|r| &r.document)).await?;
        tx.commit().await?;
        self.export_moved();
        Ok(())
    }

    /// One act on a document: tried again when the second reading wrote in between.
    async fn act(
        &self,
        who: &Actor,
        id: &ExportId,
        document: &DocumentId,
        mut change: impl FnMut(&OpenedDocument, &ExportContent) -> Result<Change>,
    ) -> Result<()> {
        exporter(who)?;
        for n in 0.. {
            let opened = self.export_opened(id).await?;
            open_for_change(&opened)?;
            let here = self.export_document_opened(id, document).await?;
            if !included(here.row.state) && here.row.state != ExportDocumentState::Refused {
                let cause = "ce document n'est plus dans l'export";
                return Err(DeskError::new(ErrorKind::Conflict, OPERATION, cause));
            }
            let change = change(&here, &opened.content)?;
            match self.store_act(who, &opened, &here, change).await {
                Err(e) if raced(&e) && n < TRIES => {}
                done => return done,
            }
        }
        Ok(())
    }

    async fn store_act(
        &self,
        who: &Actor,
        opened: &Opened,
        here: &OpenedDocument,
        change: Change,
    ) -> Result<()> {
        let (id, document) = (&opened.export.id, &here.row.document);
        let mut content = here.content.clone();
        let (kind, detail) = match change {
            Change::Acts(acts, _) if acts.is_empty() => return Ok(()),
            Change::Acts(acts, detail) => {
                let at = self.now();
                let reviewed = acts == [What::Reviewed];
                let act = |what| Act { what, by: who.id.clone(), at, undone: false };
                content.acts.extend(acts.into_iter().map(act));
                let decided = (EventKind::ExportDecided, detail.clone());
                if reviewed { (EventKind::ExportReviewed, detail) } else { decided }
            }
            Change::Undo(n) => {
                if let Some(act) = content.acts.get_mut(n) {
                    act.undone = true;
                }
                (EventKind::ExportDecided, format!("undone:{n}"))
            }
        };
        let state = super::work::state_of(
            &content,
            here.text(),
            &opened.content.everywhere,
            &opened.export,
        );
        let mut tx = self.begin(who).await?;
        let sealed_content = sealed(&content)?;
        tx.change_export_document(id, &here.row, state, &sealed_content, kind, &detail).await?;
        if !matches!(opened.export.state, ExportState::Draft | ExportState::InReview) {
            let back = ExportContent { decision: None, ..opened.content.clone() };
            let change = ExportChange {
                state: Some(ExportState::InReview),
                content: Some(sealed(&back)?),
                archive: None,
            };
            tx.change_export(&opened.export, change, EventKind::ExportChanged, "").await?;
        }
        queue(&mut tx, JOB_CHECK, id, Some(document)).await?;
        tx.commit().await?;
        self.export_moved();
        Ok(())
    }

    /// A change to the words masked everywhere: every document is read a second time.
    async fn change_everywhere(
        &self,
        who: &Actor,
        id: &ExportId,
        document: &DocumentId,
        change: impl Fn(&mut ExportContent) -> Result<&'static str>,
    ) -> Result<()> {
        for n in 0.. {
            let opened = self.export_opened(id).await?;
            open_for_change(&opened)?;
            let mut content = ExportContent { working: true, decision: None, ..opened.content };
            let detail = change(&mut content)?;
            let state = match opened.export.state {
                ExportState::Draft => ExportState::Draft,
                _ => ExportState::InReview,
            };
            let change = ExportChange {
                state: Some(state),
                content: Some(sealed(&content)?),
                archive: None,
            };
            let mut tx = self.begin(who).await?;
            let kind = EventKind::ExportChanged;
            match tx.change_export(&opened.export, change, kind, detail).await {
                Err(relu_vault::VaultError::Conflict { .. }) if n < TRIES => continue,
                done => done?,
            }
            // The page that asked shows its own document at once.
            queue(&mut tx, JOB_CHECK, id, Some(document)).await?;
            queue(&mut tx, JOB_CHECK, id, None).await?;
            tx.commit().await?;
            self.export_moved();
            return Ok(());
        }
        Ok(())
    }
}

/// Whether a document is to be written.
pub(super) fn included(state: ExportDocumentState) -> bool {
    !matches!(state, ExportDocumentState::Withdrawn | ExportDocumentState::Refused)
}

fn passage(selected: &str) -> Result<&str> {
    let selected = selected.trim();
    let fault = match selected.chars().count() {
        0 => "aucun mot n'est indiqué",
        n if n > LONGEST_PASSAGE => "ce passage est trop long : sélectionnez les mots à masquer",
        _ => return Ok(selected),
    };
    Err(DeskError::new(ErrorKind::User, OPERATION, fault))
}

fn spans_of(text: &str, selected: &str, at: Option<usize>) -> Vec<Span> {
    let there = at.and_then(|at| Some(Span::new(at, at.checked_add(selected.len())?)));
    if let Some(span) = there.filter(|s| s.of(text) == Some(selected)) {
        return vec![span];
    }
    let folded = relu_vault::fold(selected);
    let found = occurrences(&words(text), &folded);
    if !found.is_empty() {
        return found;
    }
    // Marks alone, or a part of a word.
    let parts = text.match_indices(selected);
    parts.map(|(at, part)| Span::new(at, at + part.len())).take(100).collect()
}

fn unknown_label() -> DeskError {
    DeskError::new(ErrorKind::User, OPERATION, "choisissez de quoi il s'agit dans la liste")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selected_passage_is_taken_where_it_was_selected() {
        let text = "Dupont vu. DUPONT revu. Du-pontage";
        assert_eq!(spans_of(text, "DUPONT", Some(11)), [Span::new(11, 17)]);
        assert_eq!(
            spans_of(text, "DUPONT", Some(5)).len(),
            2,
            "another place: wherever they stand"
        );
        assert_eq!(spans_of(text, "pontage", None), [Span::new(27, 34)]);
        assert_eq!(spans_of(text, "ontag", None), [Span::new(28, 33)]);
        assert!(spans_of(text, "Martin", Some(usize::MAX)).is_empty());
    }
}
