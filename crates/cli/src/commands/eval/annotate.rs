//! Entities against a gold: precision, recall and F1 for each label, exact and by overlap, and for
//! each attribute on the gold's own spans.

use relu_text::Engine;
use relu_wire::{AnnotateRequest, Cursor, Id, Marks, SpanToQualify};
use serde_json::Value;

use super::Eval;
use super::gold::{self, GoldLine, Mapping};
use super::spans::{Counts, Judged, Row, exact, groups, overlapping, quoted, report, sorted};
use crate::annotate::reader::NoteReader;
use crate::output::{Done, Failure, Progress, print};

pub(super) fn run(eval: &Eval) -> Done {
    let gold = gold::read(&eval.gold)?;
    let mapping = Mapping::choose(eval.mapping.as_deref(), &gold)?;
    let rows = rows(&mapping);
    let engine = Engine::embedded();
    let mut judge = Judge {
        reader: NoteReader::new(&engine),
        marks: Marks::default(),
        mapping: &mapping,
        show: eval.show,
    };
    let mut progress = Progress::new(gold.len(), eval.quiet);
    let mut judged = Vec::with_capacity(gold.len());
    for line in &gold {
        progress.step();
        let counts = judge.judge(line)?;
        judged.push(Judged { groups: groups(line, eval.by.as_deref()), counts });
    }
    progress.finish();
    report(eval, &mapping.name, &rows, &judged)
}

fn rows(mapping: &Mapping) -> Vec<Row> {
    let labels = mapping
        .label
        .iter()
        .flat_map(|l| ["exact", "overlap"].map(|how| Row { name: l.name.clone(), how }));
    let attributes =
        mapping.attribute.iter().map(|a| Row { name: a.name.clone(), how: "attribute" });
    labels.chain(attributes).collect()
}

struct Judge<'e> {
    reader: NoteReader<'e>,
    marks: Marks,
    mapping: &'e Mapping,
    show: bool,
}

impl Judge<'_> {
    // Counts in the order of `rows`.
    fn judge(&mut self, line: &GoldLine) -> Result<Vec<Counts>, Failure> {
        let asked =
            |e: &gold::GoldEntity| SpanToQualify { start: e.start, end: e.end, within: false };
        let request = AnnotateRequest::checked(
            Id::Absent,
            Some(line.text.as_str().into()),
            Some(line.entities.iter().map(asked).collect()),
            line.context.note_date.as_deref(),
            line.context.birth_date.as_deref(),
        );
        let about = |e: relu_wire::LineError<'_>| {
            Failure::usage(format!("document {} : {}", line.id, e.message))
        };
        let request = request.map_err(about)?;
        let note = self.reader.read(&request).map_err(about)?;
        let mut at = Cursor::new(&request.text, &mut self.marks);
        let found: Vec<(&str, [usize; 2])> =
            note.entities().map(|e| (e.label, at.span(e.span))).collect();
        let text: Vec<char> = line.text.chars().collect();
        let mapping = self.mapping;
        let mut counts = Vec::new();
        for label in &mapping.label {
            let core = |span| mapping.core(&text, span);
            let ours = sorted(
                found
                    .iter()
                    .filter(|(l, _)| label.ours.iter().any(|o| o == l))
                    .map(|(_, s)| core(*s)),
            );
            let marked = sorted(
                line.entities
                    .iter()
                    .filter(|e| label.gold.contains(&e.label))
                    .map(|e| core([e.start, e.end])),
            );
            if self.show {
                show(&line.id, &label.name, &text, &ours, &marked)?;
            }
            counts.extend([exact(&ours, &marked), overlapping(&ours, &marked)]);
        }
        for attribute in &mapping.attribute {
            let mut c = Counts::default();
            for (entity, q) in line.entities.iter().zip(note.spans()) {
                let Some(marked) = attribute.says(entity) else { continue };
                let a = q.attributes;
                let ours = match attribute.name.as_str() {
                    "negated" => a.negated,
                    "hypothesis" => a.hypothesis,
                    "family" => a.family,
                    "history" => a.history,
                    "reported_speech" => a.reported_speech,
                    _ => q.is_reason,
                };
                c.found += usize::from(ours);
                c.marked += usize::from(marked);
                c.right += usize::from(ours && marked);
                c.met += usize::from(ours && marked);
                if self.show && ours != marked {
                    let said = if ours { "en trop" } else { "manque" };
                    let words = quoted(&text, [entity.start, entity.end]);
                    print(&format!("{} {} {said} : {words}", line.id, attribute.name))?;
                }
            }
            counts.push(c);
        }
        Ok(counts)
    }
}

fn show(
    id: &Value,
    label: &str,
    text: &[char],
    ours: &[[usize; 2]],
    marked: &[[usize; 2]],
) -> Result<(), Failure> {
    let missing = marked.iter().filter(|s| ours.binary_search(s).is_err()).map(|s| ("manque", s));
    let extra = ours.iter().filter(|s| marked.binary_search(s).is_err()).map(|s| ("en trop", s));
    for (what, span) in missing.chain(extra) {
        print(&format!("{id} {label} {what} : {}", quoted(text, *span)))?;
    }
    Ok(())
}
