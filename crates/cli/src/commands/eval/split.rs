//! Where each letter of a stack begins: cuts proposed against `stacks.jsonl` of `relu synth --stacks`.
//!
//! A cut counts when it stands on exactly the right page. The first page is nobody's cut. A stack is
//! right when every letter begins where it should and nowhere else, pages left out included.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use relu_desk::batch;
use relu_desk::reader::{DocumentReader, ReadDocument};
use relu_desk::worker::ProposeArgs;
use relu_record::{Cut, ProposalValue};

use super::Eval;
use super::statistics::wilson;
use crate::commands::common::{now, runtime};
use crate::commands::synth::StackLine;
use crate::output::{Done, Failure, Progress, print};

#[derive(Default)]
struct Tally {
    stacks: usize,
    whole: usize,
    flagged: usize,
    right: usize,
    wrong: usize,
    missed: usize,
    left_out: usize,
    left_out_wrong: usize,
    left_in: usize,
}

pub(super) fn run(eval: &Eval) -> Done {
    let gold = std::fs::read_to_string(&eval.gold)
        .map_err(|e| Failure::usage(format!("lecture de {} : {e}", eval.gold.display())))?;
    let folder = eval.gold.parent().map(PathBuf::from).unwrap_or_default();
    let lines: Vec<StackLine> = gold
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|e| Failure::usage(format!("{} : {e}", eval.gold.display())))?;
    let files = lines.iter().map(|l| folder.join(&l.file)).collect();
    let args = ProposeArgs { received: now().date(), active: vec!["split".to_owned()] };
    let reader = Arc::new(DocumentReader::new(eval.reading.settings()?));
    let mut progress = Progress::new(lines.len(), eval.quiet);
    let (mut tally, mut waiting, mut shown) = (Tally::default(), lines.iter(), Vec::new());
    runtime()?.block_on(batch::run(reader, files, Some(args), |done| {
        progress.step();
        let Some(line) = waiting.next() else { return };
        let (cuts, flagged) = proposed(&done.documents);
        tally.add(line, &cuts, flagged, &mut shown);
    }));
    progress.finish();
    for line in shown.iter().filter(|_| eval.show) {
        print(line)?;
    }
    print(&tally.line())?;
    Ok(ExitCode::SUCCESS)
}

fn proposed(documents: &[ReadDocument]) -> (Vec<Cut>, bool) {
    let set = documents.first().and_then(|d| d.outcome.as_ref().ok()?.proposals.as_ref());
    let values = || set.iter().flat_map(|s| &s.proposals).map(|p| &p.value);
    let cuts = values().filter_map(|v| match v {
        ProposalValue::Cut(c) => Some(*c),
        _ => None,
    });
    let flagged =
        values().any(|v| matches!(v, ProposalValue::Check(c) if c.code == "several-documents"));
    (cuts.collect(), flagged)
}

impl Tally {
    fn add(&mut self, line: &StackLine, cuts: &[Cut], flagged: bool, shown: &mut Vec<String>) {
        let truth = &line.truth;
        let wanted: Vec<u32> = truth.starts.iter().copied().filter(|p| *p > 0).collect();
        let found: Vec<u32> = cuts.iter().filter(|c| !c.leave_out).map(|c| c.page).collect();
        // After pages left out, the next page begins a document whether or not it is said.
        let begins = |page: u32| {
            found.contains(&page)
                || page > 0
                    && cuts.iter().any(|c| {
                        c.leave_out && c.page + 1 == page && truth.between.contains(&c.page)
                    })
        };
        let missed: Vec<u32> = wanted.iter().copied().filter(|p| !begins(*p)).collect();
        let wrong: Vec<u32> = found.iter().copied().filter(|p| !wanted.contains(p)).collect();
        let out: Vec<u32> = cuts.iter().filter(|c| c.leave_out).map(|c| c.page).collect();
        self.stacks += 1;
        self.flagged += usize::from(flagged);
        self.right += wanted.len() - missed.len();
        self.missed += missed.len();
        self.wrong += wrong.len();
        self.left_out += out.iter().filter(|p| truth.between.contains(p)).count();
        self.left_out_wrong += out.iter().filter(|p| !truth.between.contains(p)).count();
        self.left_in += truth.between.iter().filter(|p| !out.contains(p)).count();
        self.whole += usize::from(missed.is_empty() && wrong.is_empty());
        let layout = |page: &u32| {
            let at = truth.starts.partition_point(|s| s <= page).saturating_sub(1);
            let name = truth.layouts.get(at).map_or("", String::as_str);
            format!("page {} ({name})", page + 1)
        };
        for page in &missed {
            shown.push(format!("{} : coupe manquée, {}", line.file, layout(page)));
        }
        for page in &wrong {
            shown.push(format!("{} : coupe en trop, {}", line.file, layout(page)));
        }
    }

    fn line(&self) -> String {
        let share = |part: usize, of: usize| {
            let (low, high) = wilson(part, of);
            let percent = 100.0 * part as f64 / of.max(1) as f64;
            format!("{percent:.1} % [{:.1} ; {:.1}]", 100.0 * low, 100.0 * high)
        };
        format!(
            "{} piles · coupes : précision {}, rappel {} ({} justes, {} en trop, {} manquées) · piles sans faute {} · signalées à séparer {} · pages écartées {} justes, {} à tort, {} gardées à tort",
            self.stacks,
            share(self.right, self.right + self.wrong),
            share(self.right, self.right + self.missed),
            self.right,
            self.wrong,
            self.missed,
            self.whole,
            self.flagged,
            self.left_out,
            self.left_out_wrong,
            self.left_in,
        )
    }
}
