//! The right patient: documents read, their patient compared with a base, against the truth.
//!
//! *Sûr* and right, *sûr* and wrong, to check (the right one among those shown or not), unknown and
//! known after all. A wrong patient has an interval of its own: 0 in n is "below 3/n".

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use relu_desk::batch;
use relu_desk::reader::{DocumentReader, ReadDocument};
use relu_desk::worker::ProposeArgs;
use relu_pipeline::attach::{Attach, Candidate, Given, Ranking, Zone, lookups};
use relu_record::{PatientIdentity, ProposalValue};

use super::Eval;
use super::statistics::wilson;
use crate::commands::common::{now, runtime};
use crate::commands::synth::{KnownLine, TruthLine};
use crate::output::{Done, Failure, Progress, print};

#[derive(Default)]
struct Tally {
    documents: usize,
    known: usize,
    sure: usize,
    wrong: usize,
    check: usize,
    shown: usize,
    unknown: usize,
    missed: usize,
    unread: usize,
}

pub(super) fn run(eval: &Eval) -> Done {
    let folder = eval.gold.parent().unwrap_or(Path::new("."));
    let truths: Vec<TruthLine> = lines(&eval.gold)?;
    let base: Vec<KnownLine> = lines(&folder.join("patients.jsonl"))?;
    let attach = Attach::embedded().map_err(|e| Failure::usage(format!("rattachement : {e}")))?;
    let files = truths.iter().map(|t| folder.join(&t.file)).collect();
    let args = ProposeArgs {
        received: now().date(),
        active: relu_desk::shipped_functions().into_iter().map(|s| s.id).collect(),
    };
    let reader = Arc::new(DocumentReader::new(eval.reading.settings()?));
    let mut progress = Progress::new(truths.len(), eval.quiet);
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut waiting, mut shown) = (truths.iter(), Vec::new());
    runtime()?.block_on(batch::run(reader, files, Some(args), |done| {
        progress.step();
        let Some(line) = waiting.next() else { return };
        let judged = judge(&attach, &base, &done.documents);
        let said = describe(line, &judged, &base);
        if eval.show && !said.starts_with("sûr, juste") {
            shown.push(format!("{} {} : {said}", line.file, line.truth.layout));
        }
        let source = if line.truth.scan { "numérisé" } else { "texte" };
        let group = line.group.as_deref().unwrap_or("plain");
        for name in ["tous", &format!("source:{source}"), &format!("groupe:{group}")] {
            let tally = tallies.entry(name.to_owned()).or_default();
            tally.add(line.person.as_deref(), &judged, &base);
        }
    }));
    progress.finish();
    for line in shown {
        print(&line)?;
    }
    for (name, tally) in &tallies {
        print(&tally.line(name))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn lines<T: serde::de::DeserializeOwned>(file: &Path) -> Result<Vec<T>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::usage(format!("lecture de {} : {e}", file.display())))?;
    let full = text.lines().filter(|l| !l.trim().is_empty());
    full.map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|e| Failure::usage(format!("{} : {e}", file.display())))
}

// The ranking, with the places in the base of those compared; none when no patient was read.
fn judge(
    attach: &Attach,
    base: &[KnownLine],
    documents: &[ReadDocument],
) -> Option<(Ranking, Vec<usize>)> {
    let mut read = documents.iter().filter_map(|d| {
        let outcome = d.outcome.as_ref().ok()?;
        let set = outcome.proposals.as_ref()?;
        set.proposals.iter().find_map(|p| match &p.value {
            ProposalValue::Patient(identity) => Some((identity, outcome.reading.ocr)),
            _ => None,
        })
    });
    let (identity, recognised) = read.next()?;
    let asked = lookups(identity);
    let finds = |k: &PatientIdentity| asked.iter().any(|keys| keys.iter().all(|key| key.finds(k)));
    let places: Vec<usize> =
        base.iter().enumerate().filter(|(_, k)| finds(&k.identity)).map(|(at, _)| at).collect();
    let candidates: Vec<Candidate<'_>> = places
        .iter()
        .filter_map(|at| base.get(*at))
        .map(|k| Candidate { identity: &k.identity, former: &[] })
        .collect();
    Some((attach.rank(Given { identity, recognised }, &candidates), places))
}

fn person<'b>(base: &'b [KnownLine], places: &[usize], candidate: usize) -> Option<&'b str> {
    Some(base.get(*places.get(candidate)?)?.id.as_str())
}

fn describe(
    line: &TruthLine,
    judged: &Option<(Ranking, Vec<usize>)>,
    base: &[KnownLine],
) -> String {
    let group = line.group.as_deref().unwrap_or("");
    let Some((ranking, places)) = judged else {
        return format!("aucun patient lu ({group})");
    };
    let first = ranking.matches.first();
    let right = first.and_then(|m| person(base, places, m.candidate)) == line.person.as_deref();
    let zone = match ranking.zone {
        Zone::Sure => "sûr",
        Zone::Check => "à vérifier",
        Zone::Unknown => "inconnu",
    };
    let verdict = if right { "juste" } else { "FAUX" };
    let obstacles = first.map(|m| m.obstacles.as_slice()).unwrap_or_default();
    format!(
        "{zone}, {verdict} ({group}) {} bits {obstacles:?}",
        first.map_or(0.0, |m| m.bits.round())
    )
}

impl Tally {
    fn add(
        &mut self,
        truth: Option<&str>,
        judged: &Option<(Ranking, Vec<usize>)>,
        base: &[KnownLine],
    ) {
        self.documents += 1;
        self.known += usize::from(truth.is_some());
        let Some((ranking, places)) = judged else {
            self.unread += 1;
            return;
        };
        let of = |m: &relu_pipeline::attach::Match| person(base, places, m.candidate);
        match ranking.zone {
            Zone::Sure => {
                self.sure += 1;
                self.wrong += usize::from(ranking.sure().and_then(of) != truth);
            }
            Zone::Check => {
                self.check += 1;
                self.shown += usize::from(ranking.matches.iter().any(|m| of(m) == truth));
            }
            Zone::Unknown => {
                self.unknown += 1;
                self.missed += usize::from(truth.is_some());
            }
        }
    }

    fn line(&self, name: &str) -> String {
        let percent = |k: usize, n: usize| 100.0 * k as f64 / n.max(1) as f64;
        let (low, high) = wilson(self.sure, self.known);
        let bound = match self.wrong {
            0 if self.sure > 0 => format!("moins de {:.2} %", 300.0 / self.sure as f64),
            _ => format!("{:.2} %", percent(self.wrong, self.sure)),
        };
        format!(
            "{name:<22} {:>5} documents, {} de patients connus · sûr {:.1} % [{:.1} ; {:.1}] · mauvais patient {} ({bound}) · à vérifier {} (le bon est montré {}) · inconnu {} (connu pourtant {}) · patient non lu {}",
            self.documents,
            self.known,
            percent(self.sure, self.known),
            100.0 * low,
            100.0 * high,
            self.wrong,
            self.check,
            self.shown,
            self.unknown,
            self.missed,
            self.unread,
        )
    }
}
