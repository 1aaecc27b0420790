//! What a site's own files change on its own documents: entities that come, go or are read otherwise.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use relu_text::{Engine, EntityView, NoteContext, Workspace};
use relu_wire::AnnotateRequest;

use crate::annotate::lines::LineReader;
use crate::annotate::overlay;
use crate::output::{Done, Failure, print};

// What makes an entity the same before and after.
type Seen = (usize, usize, String);

#[derive(Default)]
struct Changes {
    documents: usize,
    touched: usize,
    // Label and rule to how many come and go.
    by_rule: BTreeMap<(String, String), [usize; 2]>,
    lines: Vec<String>,
}

pub(super) fn run(sample: &Path, files: &[PathBuf], show: usize) -> Done {
    let (before, after) = (Engine::embedded(), overlay::engine(files)?);
    let about =
        |e: std::io::Error| Failure::usage(format!("lecture de {} : {e}", sample.display()));
    let mut reader = LineReader::new(vec![sample.to_owned()]).map_err(about)?;
    let mut changes = Changes::default();
    let (mut one, mut two) = (Workspace::new(), Workspace::new());
    while let Some(batch) = reader.next(Vec::new()).map_err(about)? {
        for line in batch.iter() {
            let Ok(r) = AnnotateRequest::parse(line) else { continue };
            let context = NoteContext { note_date: r.note_date, birth_date: r.birth_date };
            let had = entities(&before, &r.text, &context, &mut one);
            let has = entities(&after, &r.text, &context, &mut two);
            changes.compare(&r.text, &had, &has, show);
        }
    }
    for ((label, rule), [come, go]) in &changes.by_rule {
        print(&format!("{label:<16} {rule:<24} +{come} -{go}"))?;
    }
    for line in &changes.lines {
        print(line)?;
    }
    print(&format!("{} documents, {} changés", changes.documents, changes.touched))?;
    Ok(ExitCode::SUCCESS)
}

// What is said of each entity, in words, under what makes it the same.
fn entities(
    engine: &Engine,
    text: &str,
    context: &NoteContext,
    work: &mut Workspace,
) -> BTreeMap<Seen, (String, String)> {
    let note = engine.read(text, context, &[], work);
    note.entities().map(|e| ((e.span.start, e.span.end, e.label.to_owned()), said(&e))).collect()
}

fn said(e: &EntityView<'_>) -> (String, String) {
    let a = e.attributes;
    let marks = [
        (a.negated, "nié"),
        (a.hypothesis, "hypothèse"),
        (a.family, "famille"),
        (a.history, "passé"),
        (a.reported_speech, "rapporté"),
    ];
    let mut words: Vec<String> =
        marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned()).collect();
    words.extend(
        [e.kind, e.status, e.norm, e.code.map(|c| c.code)].into_iter().flatten().map(str::to_owned),
    );
    (e.rule.to_owned(), words.join(", "))
}

impl Changes {
    fn compare(
        &mut self,
        text: &str,
        had: &BTreeMap<Seen, (String, String)>,
        has: &BTreeMap<Seen, (String, String)>,
        show: usize,
    ) {
        self.documents += 1;
        let gone = had.iter().filter(|(k, v)| has.get(*k) != Some(*v)).map(|e| ('-', e));
        let come = has.iter().filter(|(k, v)| had.get(*k) != Some(*v)).map(|e| ('+', e));
        let mut all: Vec<_> = gone.chain(come).collect();
        all.sort_by_key(|(sign, (seen, _))| (seen.0, seen.1, *sign != '-'));
        self.touched += usize::from(!all.is_empty());
        for (sign, ((start, end, label), (rule, said))) in all {
            let counts = self.by_rule.entry((label.clone(), rule.clone())).or_default();
            if sign == '+' {
                counts[0] += 1
            } else {
                counts[1] += 1
            }
            if self.lines.len() < show {
                let words: String = around(text, *start, *end);
                self.lines.push(format!("{sign} {label} ({rule}) {said} : {words}"));
            }
        }
    }
}

// The words of an entity with a little of what stands around, on one line.
fn around(text: &str, start: usize, end: usize) -> String {
    let flat = |s: &str| s.split_whitespace().collect::<Vec<_>>().join(" ");
    let before: Vec<char> = text.get(..start).unwrap_or("").chars().rev().take(30).collect();
    let before: String = before.into_iter().rev().collect();
    let after: String = text.get(end..).unwrap_or("").chars().take(30).collect();
    format!("…{} [{}] {}…", flat(&before), flat(text.get(start..end).unwrap_or("")), flat(&after))
}
