//! The type from the words alone: headers, titles given beside the text, coded entries and file
//! names are withheld, and what is proposed is compared with what the header or the truth says.
//!
//! `--gold` is a `truth.jsonl` of `relu synth`, or a folder of documents whose own header gives the
//! type (CDA). Answered, right, wrong and left open are counted apart, for each type too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use relu_desk::batch;
use relu_desk::reader::{DocumentReader, ReadDocument};
use relu_pipeline::{Context, Pipeline};
use relu_record::{Format, PartialDate, Private, ProposalValue, Reading};
use relu_text::{Engine, NoteContext};

use super::Eval;
use super::statistics::wilson;
use crate::commands::common::{now, runtime};
use crate::commands::synth::TruthLine;
use crate::output::{Done, Failure, Progress, print};

/// A file, and the type it has when something outside its text says so.
struct Wanted {
    file: PathBuf,
    code: Option<String>,
    layout: String,
}

#[derive(Default)]
struct Tally {
    right: usize,
    wrong: usize,
    open: usize,
}

pub(super) fn run(eval: &Eval) -> Done {
    let wanted = wanted(&eval.gold)?;
    let files = wanted.iter().map(|w| w.file.clone()).collect();
    let (engine, pipeline) = (Engine::embedded(), Pipeline::embedded());
    let day = now().date();
    let reader = Arc::new(DocumentReader::new(eval.reading.settings()?));
    let mut progress = Progress::new(wanted.len(), eval.quiet);
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut waiting, mut shown, mut without) = (wanted.iter(), Vec::new(), 0_usize);
    runtime()?.block_on(batch::run(reader, files, None, |done| {
        progress.step();
        let Some(w) = waiting.next() else { return };
        let code = w.code.clone().or_else(|| header_type(&done.documents));
        let (Some(code), Some(text)) = (code, longest_text(&done.documents)) else {
            without += 1;
            return;
        };
        let found = propose(&engine, &pipeline, text, day);
        let right = found.as_deref() == Some(code.as_str());
        if eval.show && !right {
            let name = w.file.file_name().map(|n| n.to_string_lossy().into_owned());
            let said = found.as_deref().unwrap_or("laissé ouvert");
            shown.push(format!(
                "{} {} : {said} au lieu de {code}",
                name.unwrap_or_default(),
                w.layout
            ));
        }
        for group in ["tous".to_owned(), format!("type {code}")] {
            let tally = tallies.entry(group).or_default();
            match &found {
                None => tally.open += 1,
                Some(_) if right => tally.right += 1,
                Some(_) => tally.wrong += 1,
            }
        }
    }));
    progress.finish();
    for line in shown {
        print(&line)?;
    }
    for (group, tally) in &tallies {
        print(&tally.line(group))?;
    }
    if without > 0 {
        print(&format!("{without} fichiers sans texte ou sans type de référence, non comptés"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn wanted(gold: &Path) -> Result<Vec<Wanted>, Failure> {
    let failed =
        |e: &dyn std::fmt::Display| Failure::usage(format!("lecture de {} : {e}", gold.display()));
    if gold.is_dir() {
        let files = batch::list_inputs(&[gold.to_owned()]).map_err(|e| failed(&e))?;
        let of = |file| Wanted { file, code: None, layout: String::new() };
        return Ok(files.into_iter().map(of).collect());
    }
    let folder = gold.parent().map(PathBuf::from).unwrap_or_default();
    let text = std::fs::read_to_string(gold).map_err(|e| failed(&e))?;
    text.lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| {
            let line: TruthLine = serde_json::from_str(l).map_err(|e| failed(&e))?;
            Ok(Wanted {
                file: folder.join(&line.file),
                code: Some(line.truth.type_code).filter(|c| !c.is_empty()),
                layout: line.truth.layout,
            })
        })
        .collect()
}

/// What the header of the outermost document says.
fn header_type(documents: &[ReadDocument]) -> Option<String> {
    let first = documents.first()?.outcome.as_ref().ok()?;
    Some(first.reading.header.document_type.as_ref()?.value.code.clone())
}

/// The text of a file, or of the longest document inside it, without the line that only repeats the
/// title element of its header.
fn longest_text(documents: &[ReadDocument]) -> Option<&str> {
    let read = documents.iter().filter_map(|d| d.outcome.as_ref().ok());
    let texts = read.map(|o| {
        let text = o.reading.text.trim();
        let title = o.reading.header.title.as_ref().map(|t| t.value.trim());
        title.and_then(|t| text.strip_prefix(t)).unwrap_or(text).trim()
    });
    texts.filter(|t| !t.is_empty()).max_by_key(|t| t.len())
}

/// The type that the words alone give.
fn propose(engine: &Engine, pipeline: &Pipeline, text: &str, day: PartialDate) -> Option<String> {
    let mut reading = Reading::new(Format::Text, "text/plain");
    reading.text = Private::from(text);
    let notes = engine.annotate(text, &NoteContext::default());
    let sha = relu_record::Sha256Hex::of(text.as_bytes());
    let only = |id: &str| id == "classify";
    let set = pipeline.run(&sha, &reading, &notes, &Context::received(day), &only).value;
    set.proposals.into_iter().find_map(|p| match p.value {
        ProposalValue::DocumentType(c) => Some(c.code),
        _ => None,
    })
}

impl Tally {
    fn line(&self, group: &str) -> String {
        let answered = self.right + self.wrong;
        let all = answered + self.open;
        let (low, high) = wilson(self.right, answered);
        let percent =
            |part: usize, of: usize| if of == 0 { 0.0 } else { 100.0 * part as f64 / of as f64 };
        format!(
            "{group:<24} {all:>4} documents, justes {:>4} sur {answered} répondus = {:.1} % [{:.1} ; {:.1}], laissés ouverts {} = {:.1} %",
            self.right,
            percent(self.right, answered),
            100.0 * low,
            100.0 * high,
            self.open,
            percent(self.open, all)
        )
    }
}
