//! Entities against a gold: precision, recall and F1 for each label, exact and by overlap, and for
//! each attribute on the gold's own spans. Intervals of F1 at 95 % by bootstrap over documents.

use std::collections::BTreeMap;
use std::process::ExitCode;

use relu_text::Engine;
use relu_wire::{AnnotateRequest, Cursor, Id, Marks, SpanToQualify};
use serde_json::{Value, json};

use super::Eval;
use super::gold::{self, GoldLine, Mapping};
use super::statistics::bootstrap;
use crate::annotate::reader::NoteReader;
use crate::output::{Done, Failure, Progress, print};

/// What was found and what was marked, of one kind, in one document.
#[derive(Clone, Copy, Default)]
struct Counts {
    found: usize,
    marked: usize,
    /// Found that are right, and marked that are found: the same number when exact.
    right: usize,
    met: usize,
}

impl Counts {
    fn add(self, o: &Counts) -> Counts {
        Counts {
            found: self.found + o.found,
            marked: self.marked + o.marked,
            right: self.right + o.right,
            met: self.met + o.met,
        }
    }

    fn precision(&self) -> f64 {
        share(self.right, self.found)
    }

    fn recall(&self) -> f64 {
        share(self.met, self.marked)
    }

    fn f1(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Counts of one document, one for each line of the table.
struct Judged {
    groups: Vec<String>,
    counts: Vec<Counts>,
}

/// A line of the table: a label, exact or by overlap, or an attribute.
struct Row {
    name: String,
    how: &'static str,
}

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
    let mut names: Vec<&String> = judged.iter().flat_map(|j| &j.groups).collect();
    names.sort();
    names.dedup();
    let mut tables = BTreeMap::new();
    for group in names {
        let of_group: Vec<&Judged> = judged.iter().filter(|j| j.groups.contains(group)).collect();
        tables.insert(group.clone(), table(&rows, &of_group));
    }
    if eval.json {
        let report = json!({
            "mapping": mapping.name, "documents": gold.len(), "tables": tables, "unreviewed": true,
        });
        print(&report.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    for (group, table) in &tables {
        let documents = judged.iter().filter(|j| j.groups.contains(group)).count();
        print(&format!("{group} : {documents} documents, correspondance {}", mapping.name))?;
        for figures in table {
            print(&shown(figures))?;
        }
    }
    Ok(ExitCode::SUCCESS)
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

fn groups(line: &GoldLine, by: Option<&str>) -> Vec<String> {
    let mut groups = vec!["tous".to_owned()];
    if let Some(field) = by {
        let value = match line.more.get(field) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "-".to_owned(),
        };
        groups.push(format!("{field} = {value}"));
    }
    groups
}

// One object for each row that has something to say.
fn table(rows: &[Row], judged: &[&Judged]) -> Vec<Value> {
    let percent = |x: f64| (1000.0 * x).round() / 10.0;
    let lines = rows.iter().enumerate().map(|(i, row)| {
        let counts: Vec<Counts> = judged.iter().filter_map(|j| j.counts.get(i).copied()).collect();
        let total = counts.iter().fold(Counts::default(), Counts::add);
        if total.found + total.marked == 0 {
            return None;
        }
        let (low, high) =
            bootstrap(&counts, |drawn| drawn.fold(Counts::default(), |sum, c| sum.add(c)).f1());
        Some(json!({
            "name": row.name, "how": row.how, "marked": total.marked, "found": total.found,
            "precision": percent(total.precision()), "recall": percent(total.recall()),
            "f1": percent(total.f1()), "f1_interval": [percent(low), percent(high)],
        }))
    });
    lines.flatten().collect()
}

fn shown(row: &Value) -> String {
    let text = |k: &str| row[k].as_str().unwrap_or("").to_owned();
    let number = |k: &str| row[k].as_f64().unwrap_or(0.0);
    let how = match row["how"].as_str() {
        Some("exact") => "exact",
        Some("overlap") => "recouvrement",
        _ => "attribut",
    };
    format!(
        "  {:<20} {how:<13} {:>5} marqués {:>5} trouvés  P {:>5.1}  R {:>5.1}  F1 {:>5.1} [{:.1} ; {:.1}]",
        text("name"),
        number("marked"),
        number("found"),
        number("precision"),
        number("recall"),
        number("f1"),
        row["f1_interval"][0].as_f64().unwrap_or(0.0),
        row["f1_interval"][1].as_f64().unwrap_or(0.0),
    )
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

fn sorted(spans: impl Iterator<Item = [usize; 2]>) -> Vec<[usize; 2]> {
    let mut spans: Vec<[usize; 2]> = spans.collect();
    spans.sort_unstable();
    spans.dedup();
    spans
}

fn exact(ours: &[[usize; 2]], marked: &[[usize; 2]]) -> Counts {
    let right = ours.iter().filter(|s| marked.binary_search(s).is_ok()).count();
    Counts { found: ours.len(), marked: marked.len(), right, met: right }
}

fn overlapping(ours: &[[usize; 2]], marked: &[[usize; 2]]) -> Counts {
    let meets = |a: &[usize; 2], all: &[[usize; 2]]| all.iter().any(|b| a[0] < b[1] && b[0] < a[1]);
    Counts {
        found: ours.len(),
        marked: marked.len(),
        right: ours.iter().filter(|s| meets(s, marked)).count(),
        met: marked.iter().filter(|s| meets(s, ours)).count(),
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

// The words of a span with a little of what stands around, on one line.
fn quoted(text: &[char], [start, end]: [usize; 2]) -> String {
    let piece = |from: usize, to: usize| -> String {
        let chars = text.get(from.min(text.len())..to.min(text.len())).unwrap_or_default();
        chars.iter().map(|c| if c.is_control() { ' ' } else { *c }).collect()
    };
    let (before, after) = (piece(start.saturating_sub(30), start), piece(end, end + 30));
    format!("…{before}[{}]{after}…", piece(start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_a_worked_example() {
        let (ours, marked) = ([[0, 4], [10, 12], [20, 25]], [[0, 4], [11, 15], [40, 44], [50, 51]]);
        let c = exact(&ours, &marked);
        assert_eq!((c.found, c.marked, c.right), (3, 4, 1));
        let c = overlapping(&ours, &marked);
        assert_eq!((c.right, c.met), (2, 2));
        assert!((c.precision() - 2.0 / 3.0).abs() < 1e-9 && (c.recall() - 0.5).abs() < 1e-9);
        assert!((c.f1() - 4.0 / 7.0).abs() < 1e-9);
        assert_eq!(Counts::default().f1(), 0.0);
    }
}
