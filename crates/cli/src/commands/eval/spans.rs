//! Spans found against spans marked: counts, the table of a label with its interval, and the words of
//! an error. Intervals of F1 at 95 % by bootstrap over documents.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::Eval;
use super::gold::GoldLine;
use super::statistics::bootstrap;
use crate::output::{Done, print};

/// What was found and what was marked, of one kind, in one document.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) found: usize,
    pub(super) marked: usize,
    /// Found that are right, and marked that are found: the same number when exact.
    pub(super) right: usize,
    pub(super) met: usize,
}

impl Counts {
    pub(super) fn add(self, o: &Counts) -> Counts {
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
pub(super) struct Judged {
    pub(super) groups: Vec<String>,
    pub(super) counts: Vec<Counts>,
}

/// A line of the table: a label, exact or by overlap, or an attribute.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) how: &'static str,
}

/// Prints the tables: of all the documents and of each group.
pub(super) fn report(eval: &Eval, mapping: &str, rows: &[Row], judged: &[Judged]) -> Done {
    let mut names: Vec<&String> = judged.iter().flat_map(|j| &j.groups).collect();
    names.sort();
    names.dedup();
    let mut tables = BTreeMap::new();
    for group in names {
        let of_group: Vec<&Judged> = judged.iter().filter(|j| j.groups.contains(group)).collect();
        tables.insert(group.clone(), table(rows, &of_group));
    }
    if eval.json {
        let report = json!({
            "mapping": mapping, "documents": judged.len(), "tables": tables, "unreviewed": true,
        });
        print(&report.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    for (group, table) in &tables {
        let documents = judged.iter().filter(|j| j.groups.contains(group)).count();
        print(&format!("{group} : {documents} documents, correspondance {mapping}"))?;
        for figures in table {
            print(&shown(figures))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The groups a document counts in: all, and that of its field.
pub(super) fn groups(line: &GoldLine, by: Option<&str>) -> Vec<String> {
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

/// In order, each once.
pub(super) fn sorted(spans: impl Iterator<Item = [usize; 2]>) -> Vec<[usize; 2]> {
    let mut spans: Vec<[usize; 2]> = spans.collect();
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// Spans that are the same.
pub(super) fn exact(ours: &[[usize; 2]], marked: &[[usize; 2]]) -> Counts {
    let right = ours.iter().filter(|s| marked.binary_search(s).is_ok()).count();
    Counts { found: ours.len(), marked: marked.len(), right, met: right }
}

/// Spans that meet.
pub(super) fn overlapping(ours: &[[usize; 2]], marked: &[[usize; 2]]) -> Counts {
    let meets = |a: &[usize; 2], all: &[[usize; 2]]| all.iter().any(|b| a[0] < b[1] && b[0] < a[1]);
    Counts {
        found: ours.len(),
        marked: marked.len(),
        right: ours.iter().filter(|s| meets(s, marked)).count(),
        met: marked.iter().filter(|s| meets(s, ours)).count(),
    }
}

// The words of a span with a little of what stands around, on one line.
pub(super) fn quoted(text: &[char], [start, end]: [usize; 2]) -> String {
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
