//! The patient and the type, on documents with a truth beside them.
//!
//! Answered, right, incomplete, wrong and left open are counted apart: *not sure* is an answer, a
//! wrong patient is not the same as no patient, nor as the right one without a birth date. Intervals are Wilson's at 95 %.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use relu_desk::batch;
use relu_desk::reader::{DocumentReader, ReadDocument};
use relu_desk::worker::ProposeArgs;
use relu_record::{PatientIdentity, ProposalValue};
use relu_synth::Truth;

use super::statistics::wilson;
use super::{Eval, Measured};
use crate::commands::common::{now, runtime};
use crate::commands::synth::TruthLine;
use crate::output::{Done, Failure, Progress, print};

/// What became of one document.
#[derive(Clone, Copy, PartialEq)]
enum Judged {
    Right,
    /// Nothing wrong, but a trait that the document states is not proposed.
    Partial,
    Wrong,
    Open,
}

#[derive(Default)]
struct Tally {
    right: usize,
    partial: usize,
    wrong: usize,
    open: usize,
}

pub(super) fn run(eval: Eval) -> Done {
    eval.run_documents()
}

impl Eval {
    fn run_documents(self) -> Done {
        let gold = std::fs::read_to_string(&self.gold)
            .map_err(|e| Failure::usage(format!("lecture de {} : {e}", self.gold.display())))?;
        let folder = self.gold.parent().map(PathBuf::from).unwrap_or_default();
        let truths: Vec<TruthLine> = gold
            .lines()
            .filter(|l| !l.trim().is_empty())
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(|e| Failure::usage(format!("{} : {e}", self.gold.display())))?;
        let files: Vec<PathBuf> = truths.iter().map(|t| folder.join(&t.file)).collect();
        let args = ProposeArgs {
            received: now().date(),
            active: relu_desk::shipped_functions().into_iter().map(|s| s.id).collect(),
        };
        let reader = Arc::new(DocumentReader::new(self.reading.settings()?));
        let mut progress = Progress::new(files.len(), self.quiet);
        let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
        let mut waiting = truths.iter();
        let mut lines = Vec::new();
        runtime()?.block_on(batch::run(reader, files, Some(args), |done| {
            progress.step();
            let Some(line) = waiting.next() else {
                return;
            };
            let Some((result, got)) = self.judge(&line.truth, &done.documents) else {
                return;
            };
            if self.show && result != Judged::Right {
                lines.push(format!("{} {} : {got}", line.file, line.truth.layout));
            }
            for group in groups(&line.truth) {
                tallies.entry(group).or_default().add(result);
            }
        }));
        progress.finish();
        for line in lines {
            print(&line)?;
        }
        for (group, tally) in &tallies {
            print(&tally.line(group))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What was proposed for a document and whether it is right; `None` when the truth does not say.
    fn judge(&self, truth: &Truth, documents: &[ReadDocument]) -> Option<(Judged, String)> {
        let values = || {
            documents
                .iter()
                .filter_map(|d| d.outcome.as_ref().ok()?.proposals.as_ref())
                .flat_map(|set| set.proposals.iter().map(|p| &p.value))
        };
        match self.function {
            Measured::Identify => {
                let wanted = truth.patient.as_ref()?;
                let found: Vec<&PatientIdentity> = values()
                    .filter_map(|v| match v {
                        ProposalValue::Patient(p) => Some(p),
                        _ => None,
                    })
                    .collect();
                let first = match found.first() {
                    None => return Some((Judged::Open, "aucun patient proposé".into())),
                    Some(p) => *p,
                };
                let all = |f: fn(&PatientIdentity, &relu_synth::PatientTruth) -> bool| {
                    found.iter().all(|p| f(p, wanted))
                };
                let judged = match (all(has_names), all(has_date)) {
                    (true, true) => Judged::Right,
                    (true, false) if found.iter().all(|p| p.birth_date.is_none()) => {
                        Judged::Partial
                    }
                    _ => Judged::Wrong,
                };
                let traits = [
                    first.birth_name.as_ref().map(|v| v.0.clone()),
                    first.used_name.as_ref().map(|v| v.0.clone()),
                    first
                        .first_name
                        .as_ref()
                        .or(first.used_first_name.as_ref())
                        .map(|v| v.0.clone()),
                    first.birth_date.as_ref().map(|d| d.to_string()),
                ];
                let got = format!(
                    "{traits:?} au lieu de {} {} {}",
                    wanted.birth_name, wanted.first_name, wanted.birth_date
                );
                Some((judged, got))
            }
            Measured::Classify
            | Measured::Attach
            | Measured::Split
            | Measured::Deid
            | Measured::Annotate => {
                if truth.type_code.is_empty() {
                    return None;
                }
                // A container may carry the document: any of its documents may say the type.
                let found: Vec<&str> = values()
                    .filter_map(|v| match v {
                        ProposalValue::DocumentType(c) => Some(c.code.as_str()),
                        _ => None,
                    })
                    .collect();
                let result = match found.as_slice() {
                    [] => Judged::Open,
                    all if all.contains(&truth.type_code.as_str()) => Judged::Right,
                    _ => Judged::Wrong,
                };
                Some((result, format!("{found:?} au lieu de {}", truth.type_code)))
            }
        }
    }
}

/// Same names by what both say, folded; a used name is accepted where the document prints no birth
/// name, and further given names after the first.
fn has_names(found: &PatientIdentity, wanted: &relu_synth::PatientTruth) -> bool {
    let folded = |v: &Option<relu_record::Private>| v.as_ref().map(|v| fold(v));
    let surnames = [folded(&found.birth_name), folded(&found.used_name)];
    let given = [folded(&found.first_name), folded(&found.used_first_name)];
    let surname_right = surnames.iter().flatten().any(|n| {
        *n == fold(&wanted.birth_name) || wanted.used_name.as_ref().is_some_and(|u| *n == fold(u))
    });
    let given_right = given.iter().flatten().any(|n| {
        let first = fold(&wanted.first_name);
        *n == first || n.split(' ').next() == Some(first.as_str())
    });
    surname_right && given_right
}

/// Same birth date, when the document states it.
fn has_date(found: &PatientIdentity, wanted: &relu_synth::PatientTruth) -> bool {
    match &found.birth_date {
        Some(d) => d.to_string() == wanted.birth_date,
        None => !wanted.stated.iter().any(|s| s == "birth_date"),
    }
}

fn fold(name: &str) -> String {
    relu_text::fold(name).text().replace(['-', '\''], " ")
}

fn groups(truth: &Truth) -> Vec<String> {
    let mut groups = vec!["tous".to_owned(), format!("format {}", truth.format.as_str())];
    groups.push(format!("type {}", truth.type_code));
    groups.push(if truth.scan { "numérisés" } else { "non numérisés" }.to_owned());
    groups
}

impl Tally {
    fn add(&mut self, result: Judged) {
        match result {
            Judged::Right => self.right += 1,
            Judged::Partial => self.partial += 1,
            Judged::Wrong => self.wrong += 1,
            Judged::Open => self.open += 1,
        }
    }

    fn line(&self, group: &str) -> String {
        let answered = self.right + self.partial + self.wrong;
        let all = answered + self.open;
        let (low, high) = wilson(self.right, answered);
        let (wrong_low, wrong_high) = wilson(self.wrong, all);
        format!(
            "{group:<24} {all:>4} documents, {answered:>4} répondus, justes {:>3} = {:.1} % [{:.1} ; {:.1}] des répondus, incomplets {}, faux {} [{:.1} ; {:.1}] %, laissés ouverts {}",
            self.right,
            percent(self.right, answered),
            100.0 * low,
            100.0 * high,
            self.partial,
            self.wrong,
            100.0 * wrong_low,
            100.0 * wrong_high,
            self.open
        )
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}
