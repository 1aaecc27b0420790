//! Identifiers against a gold: each label, exact and by overlap; all together, exact and with the
//! labels that are often taken for one another joined; and in characters, what a reader of the masked
//! text would still see.
//!
//! Joined: surname and given name are a person, a birth date is a date. *Laissé*: characters of
//! identifiers that are not masked; *en trop*: characters masked that are none, both in per cent of
//! the characters of identifiers, blanks left out; *propre*: documents of which nothing is left.

use relu_pipeline::deidentify::{Deidentifier, Known, Workspace};
use relu_wire::CodePoints;
use serde_json::json;

use super::Eval;
use super::gold::{self, GoldLine};
use super::spans::{Counts, Judged, Row, exact, groups, overlapping, quoted, report};
use super::statistics::wilson;
use crate::output::{Done, Failure, Progress, print};

type Found<'l> = Vec<(&'l str, [usize; 2])>;

/// Characters of one document.
#[derive(Clone, Copy, Default)]
struct Characters {
    marked: usize,
    left: usize,
    excess: usize,
}

pub(super) fn run(eval: &Eval) -> Done {
    let gold = gold::read(&eval.gold)?;
    let deidentifier = Deidentifier::shipped()
        .map_err(|e| Failure::usage(format!("modèle de dé-identification : {e}")))?;
    let mut labels: Vec<&str> =
        gold.iter().flat_map(|l| &l.entities).map(|e| e.label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    let (mut work, mut progress) = (Workspace::default(), Progress::new(gold.len(), eval.quiet));
    let mut judged = Vec::with_capacity(gold.len());
    let (mut characters, mut clean) = (Characters::default(), 0);
    for line in &gold {
        progress.step();
        deidentifier.read(&line.text, &Known::default(), &mut work);
        let points = CodePoints::new(&line.text);
        let found: Found<'_> =
            work.found().iter().map(|f| (f.label.name(), points.span(f.span))).collect();
        let marked: Found<'_> =
            line.entities.iter().map(|e| (e.label.as_str(), [e.start, e.end])).collect();
        let seen = count_characters(&line.text, &found, &marked);
        characters.marked += seen.marked;
        characters.left += seen.left;
        characters.excess += seen.excess;
        clean += usize::from(seen.left == 0);
        if eval.show {
            show(line, &found, &marked)?;
        }
        let counts = counts(&labels, &found, &marked);
        judged.push(Judged { groups: groups(line, eval.by.as_deref()), counts });
    }
    progress.finish();
    report(eval, "relu", &rows(&labels), &judged)?;
    sum_up(eval.json, &characters, clean, gold.len())
}

fn rows(labels: &[&str]) -> Vec<Row> {
    let each = labels.iter().flat_map(|l| ["exact", "overlap"].map(|how| ((*l).to_owned(), how)));
    let all = [("ensemble".to_owned(), "exact"), ("ensemble, joints".to_owned(), "exact")];
    each.chain(all).map(|(name, how)| Row { name, how }).collect()
}

fn counts(labels: &[&str], found: &Found<'_>, marked: &Found<'_>) -> Vec<Counts> {
    let mut counts = Vec::with_capacity(labels.len() * 2 + 2);
    let (mut all, mut joined) = (Counts::default(), Counts::default());
    let of = |spans: &Found<'_>, keep: &dyn Fn(&str) -> bool| {
        super::spans::sorted(spans.iter().filter(|(l, _)| keep(l)).map(|(_, s)| *s))
    };
    for label in labels {
        let (ours, theirs) = (of(found, &|l| l == *label), of(marked, &|l| l == *label));
        counts.extend([exact(&ours, &theirs), overlapping(&ours, &theirs)]);
    }
    // Labels that the gold never uses count as well: what is found under them is too much.
    let mut every: Vec<&str> = found.iter().chain(marked).map(|(l, _)| *l).collect();
    every.sort_unstable();
    every.dedup();
    for label in &every {
        all = all.add(&exact(&of(found, &|l| l == *label), &of(marked, &|l| l == *label)));
    }
    let mut kinds: Vec<&str> = every.into_iter().map(joint).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let (ours, theirs) = (of(found, &|l| joint(l) == kind), of(marked, &|l| joint(l) == kind));
        joined = joined.add(&exact(&ours, &theirs));
    }
    counts.extend([all, joined]);
    counts
}

// Kinds that are often taken for one another.
fn joint(label: &str) -> &str {
    match label {
        "NOM" | "PRENOM" => "PERSONNE",
        "DATE_NAISSANCE" => "DATE",
        other => other,
    }
}

fn count_characters(text: &str, found: &Found<'_>, marked: &Found<'_>) -> Characters {
    let covers = |spans: &Found<'_>, at: usize| spans.iter().any(|(_, [a, b])| *a <= at && at < *b);
    let mut seen = Characters::default();
    for (at, _) in text.chars().enumerate().filter(|(_, c)| !c.is_whitespace()) {
        let (ours, theirs) = (covers(found, at), covers(marked, at));
        seen.marked += usize::from(theirs);
        seen.left += usize::from(theirs && !ours);
        seen.excess += usize::from(ours && !theirs);
    }
    seen
}

fn show(line: &GoldLine, found: &Found<'_>, marked: &Found<'_>) -> Result<(), Failure> {
    let text: Vec<char> = line.text.chars().collect();
    let missing = marked.iter().filter(|m| !found.contains(m)).map(|m| ("manque", m));
    let extra = found.iter().filter(|f| !marked.contains(f)).map(|f| ("en trop", f));
    for (what, (label, span)) in missing.chain(extra) {
        print(&format!("{} {label} {what} : {}", line.id, quoted(&text, *span)))?;
    }
    Ok(())
}

fn sum_up(as_json: bool, characters: &Characters, clean: usize, documents: usize) -> Done {
    let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
    let (left, excess) = (
        percent(characters.left, characters.marked),
        percent(characters.excess, characters.marked),
    );
    let (low, high) = wilson(clean, documents);
    if as_json {
        let report = json!({
            "characters_left_percent": left, "characters_excess_percent": excess,
            "clean_percent": percent(clean, documents),
            "clean_interval": [100.0 * low, 100.0 * high], "unreviewed": true,
        });
        print(&report.to_string())?;
    } else {
        print(&format!(
            "caractères laissés {left:.2} %, en trop {excess:.2} % ; documents propres {:.1} % [{:.1} ; {:.1}]",
            percent(clean, documents),
            100.0 * low,
            100.0 * high
        ))?;
    }
    Ok(std::process::ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_joined_kinds_of_a_worked_example() {
        let text = "Mme Anne Zorvane le 3 mai";
        let marked: Found<'_> = vec![("PRENOM", [4, 8]), ("NOM", [9, 16]), ("DATE", [20, 25])];
        let found: Found<'_> = vec![("NOM", [4, 8]), ("NOM", [9, 15]), ("VILLE", [0, 3])];
        let seen = count_characters(text, &found, &marked);
        assert_eq!((seen.marked, seen.left, seen.excess), (15, 5, 3));
        let counts = counts(&["NOM"], &found, &marked);
        assert_eq!((counts[0].found, counts[0].marked, counts[0].right), (2, 1, 0));
        assert_eq!(counts[1].met, 1);
        let (all, joined) = (counts[2], counts[3]);
        assert_eq!((all.found, all.marked, all.right), (3, 3, 0));
        assert_eq!((joined.found, joined.marked, joined.right), (3, 3, 1));
    }
}
