//! *Type de document*: the type in JDV_J07, from the header's code or from titles, wording and
//! structure.
//!
//! Input: the reading and its annotations. Output: one type with the words that decided, or the check
//! `type-unsure`. The score is additive and can be explained: titles on short lines count most, then
//! turns of phrase, usual words, and the structure (results with units, drugs with dosages, sections
//! of an imaging report). Below a least score or margin the function abstains.
//!
//! Points and thresholds are `rules/weights.toml`; a turn of phrase that several types use counts for
//! each its share. Measured with `relu eval classify --text-only`.
//!
//! Source: JDV_J07 (ANS, 27 September 2024), all its codes.

mod cues;
mod headings;
mod shape;
#[cfg(test)]
mod tests;
mod weights;

use std::collections::{BTreeMap, BTreeSet};

use relu_record::{
    Annotations, Coding, Evidence, Outcome, Proposal, ProposalValue, Reading, Severity, Sheet,
    Span, TextValue,
};
use serde::Deserialize;

use self::cues::Cues;
use self::headings::Headings;
use self::weights::Weights;
use crate::function::{Context, Draft, Function, check, sheet};
use crate::page::{Page, Shape, words};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeFile {
    r#type: Vec<TypeRule>,
    /// Types that only a person or a header gives.
    #[serde(default)]
    other: Vec<OtherType>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherType {
    code: String,
    system: String,
    label: String,
}

/// The document types of JDV_J07 that a person can choose: code, system, label, in the order of the
/// rule file.
pub fn document_types() -> Vec<(String, String, String)> {
    let Ok(file) = toml::from_str::<TypeFile>(include_str!("rules/types.toml")) else {
        return Vec::new();
    };
    let ruled = file.r#type.into_iter().map(|t| (t.code, t.system, t.label));
    ruled.chain(file.other.into_iter().map(|t| (t.code, t.system, t.label))).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeRule {
    code: String,
    system: String,
    label: String,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    source: String,
    titles: Vec<String>,
    strong: Vec<String>,
    words: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    matches: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    rejects: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Title,
    Strong,
    Word,
    /// Words that follow each other in a sentence.
    Cue,
}

struct Phrase {
    words: Vec<String>,
    rule: usize,
    kind: Kind,
    /// One over the number of types that use it: what several types say tells little.
    share: f32,
}

/// Points of one type, and the words that gave them.
#[derive(Clone, Default)]
struct Score {
    points: f32,
    titled: bool,
    /// The part of the points that titles gave.
    titles: f32,
    title_spans: Vec<(f32, Span)>,
    spans: Vec<(f32, Span)>,
    seen: Vec<usize>,
}

/// The function with its compiled rules.
pub(crate) struct Classify {
    sheet: Sheet,
    rules: Vec<TypeRule>,
    phrases: Vec<Phrase>,
    by_first: BTreeMap<String, Vec<usize>>,
    headings: Headings,
    cues: Cues,
    weights: Weights,
}

// Lines at the top where a title counts in full.
const TOP_LINES: usize = 28;
// A longer line is prose.
const TITLE_WORDS: usize = 14;

impl Classify {
    /// Compiles the rules shipped with the program; a file that does not parse fails the tests.
    pub(crate) fn embedded() -> Classify {
        let file = toml::from_str::<TypeFile>(include_str!("rules/types.toml"));
        let rules = file.map(|f| f.r#type).unwrap_or_default();
        let mut phrases: Vec<Phrase> = Vec::new();
        for (rule, r) in rules.iter().enumerate() {
            for (list, kind) in
                [(&r.titles, Kind::Title), (&r.strong, Kind::Strong), (&r.words, Kind::Word)]
            {
                let phrase = |p: &String| Phrase { words: words(p), rule, kind, share: 1.0 };
                phrases.extend(list.iter().map(phrase));
            }
        }
        let mut users: BTreeMap<Vec<String>, BTreeSet<usize>> = BTreeMap::new();
        for p in phrases.iter().filter(|p| p.kind != Kind::Title) {
            users.entry(p.words.clone()).or_default().insert(p.rule);
        }
        for p in phrases.iter_mut().filter(|p| p.kind != Kind::Title) {
            p.share = users.get(&p.words).map_or(1.0, |u| 1.0 / u.len().max(1) as f32);
        }
        let mut by_first: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, p) in phrases.iter().enumerate() {
            if let Some(first) = p.words.first() {
                by_first.entry(first.clone()).or_default().push(i);
            }
        }
        for list in by_first.values_mut() {
            list.sort_by_key(|&i| (std::cmp::Reverse(phrases[i].words.len()), i));
        }
        let headings = Headings::compile(include_str!("rules/headings.toml")).unwrap_or_default();
        let cues = Cues::compile(include_str!("rules/cues.toml")).unwrap_or_default();
        Classify {
            sheet: sheet(include_str!("sheet.toml")),
            rules,
            phrases,
            by_first,
            headings,
            cues,
            weights: toml::from_str(include_str!("rules/weights.toml")).unwrap_or_default(),
        }
    }

    fn coding(&self, rule: usize) -> Option<Coding> {
        let r = self.rules.get(rule)?;
        Some(Coding::new(&r.system, &r.code, Some(&r.label)))
    }

    // The header's own code, with our label when it is one of the list.
    fn coded_by_header(&self, draft: &mut Draft, reading: &Reading) -> bool {
        let Some(coded) = &reading.header.document_type else { return false };
        let known = self.rules.iter().position(|r| r.code == coded.value.code);
        let mut coding = coded.value.clone();
        if let Some(rule) = known.and_then(|k| self.coding(k)) {
            coding = rule;
        }
        let jdv = known.is_some()
            || coding.system == relu_record::system::LOINC
            || coding.system == relu_record::system::TA_ASIP;
        if jdv && !coding.code.is_empty() {
            let at = vec![Evidence::Header(coded.path.clone())];
            draft.add(ProposalValue::DocumentType(coding), at, 0.97, "header-code");
        }
        jdv && !coded.value.code.is_empty()
    }

    fn scores(&self, reading: &Reading, notes: &Annotations, context: &Context) -> Vec<Score> {
        let mut scores = vec![Score::default(); self.rules.len()];
        let page = Page::of(&reading.text);
        self.read_words(&page, &mut scores);
        let aside = [
            &reading.header.title.as_ref().map(|t| t.value.0.clone()),
            &context.file_name.as_ref().map(|f| f.0.replace(['_', '-', '.'], " ")),
        ];
        for text in aside.into_iter().flatten() {
            self.read_aside(text, &mut scores);
        }
        self.read_cues(&page, &mut scores);
        self.read_headings(&page, &mut scores);
        self.read_structure(reading, notes, &page, &mut scores);
        self.read_asked(&page, notes, &mut scores);
        self.read_examined(&page, notes, &mut scores);
        self.read_stay(&page, notes, shape::is_letter(&page), &mut scores);
        self.weigh_sides(notes, &mut scores);
        self.weigh_shape(&page, notes, &mut scores);
        scores
    }

    fn read_words(&self, page: &Page<'_>, scores: &mut [Score]) {
        let mut i = 0;
        let capitals = all_in_capitals(page);
        while i < page.tokens.len() {
            let Some(t) = page.token(i) else { break };
            let mut taken = 0;
            for &p in self.by_first.get(&t.word).into_iter().flatten() {
                let Some(phrase) = self.phrases.get(p) else { continue };
                // A title inside a longer title of another type is that other type's.
                let inner = phrase.kind == Kind::Title && phrase.words.len() < taken;
                let Some(next) = page.phrase_at(i, &phrase.words).filter(|_| !inner) else {
                    continue;
                };
                let points = phrase.share
                    * match phrase.kind {
                        Kind::Title => title_points(page, i, next, capitals),
                        Kind::Strong if phrase.words.len() >= 4 => self.weights.phrases.long_turn,
                        Kind::Strong => self.weights.phrases.turn,
                        Kind::Word => self.weights.phrases.word,
                        Kind::Cue => 0.0,
                    };
                if points > 0.0 && phrase.kind == Kind::Title {
                    taken = taken.max(phrase.words.len());
                }
                if let (Some(score), Some((_, span))) =
                    (scores.get_mut(phrase.rule), page.printed(i, next - 1))
                {
                    score.add(p, points, span, phrase.kind);
                }
            }
            // Words of a title are not read again as another, shorter title.
            i += taken.max(1);
        }
    }

    // A title outside the text: the subject, or the name of the file.
    fn read_aside(&self, text: &str, scores: &mut [Score]) {
        let page = Page::of(text);
        if let Some(score) = self.heading_of(&page).and_then(|r| scores.get_mut(r)) {
            score.points += 3.0;
            return;
        }
        for i in 0..page.tokens.len() {
            let fits = |p: &&usize| {
                self.phrases
                    .get(**p)
                    .is_some_and(|f| f.kind == Kind::Title && page.phrase_at(i, &f.words).is_some())
            };
            let best = self.by_first.get(page.word(i)).and_then(|l| l.iter().find(fits));
            if let Some(score) = best.and_then(|p| scores.get_mut(self.phrases.get(*p)?.rule)) {
                score.points += 3.0;
                return;
            }
        }
    }

    fn read_structure(
        &self,
        reading: &Reading,
        notes: &Annotations,
        page: &Page<'_>,
        scores: &mut [Score],
    ) {
        let mut give = |code: &str, points: f32, spans: Vec<Span>| {
            if let Some(rule) = self.rules.iter().position(|r| r.code == code)
                && let Some(score) = scores.get_mut(rule)
                && points > 0.0
            {
                score.points += points;
                score.spans.extend(spans.into_iter().take(3).map(|s| (points / 3.0, s)));
            }
        };
        let lines = page.lines.iter().filter(|l| !l.is_empty()).count().max(1) as f32;
        let results: Vec<Span> =
            notes.entities.iter().filter(|e| e.label == "result").map(|e| e.span).collect();
        let ranged = notes
            .entities
            .iter()
            .filter(|e| matches!(&e.value, Some(TextValue::Measure(m)) if m.range.is_some()))
            .count();
        let coded = reading.entries.iter().filter(|e| e.kind == "observation").count();
        if results.len() >= 3 || ranged >= 2 {
            let dense = results.len() as f32 / lines;
            let points = (dense * 8.0).min(4.0) + (ranged as f32 * 0.8).min(4.0);
            give("11502-2", points, results);
        }
        if coded >= 2 {
            give("11502-2", 5.0, Vec::new());
        }
        let dosed: Vec<Span> = notes
            .entities
            .iter()
            .filter(|e| e.label == "drug" && matches!(&e.value, Some(TextValue::Dosage { .. })))
            .map(|e| e.span)
            .collect();
        if !dosed.is_empty() {
            let dense = dosed.len() as f32 / lines;
            give("57833-6", if dense > 0.08 { (dense * 14.0).min(4.0) } else { 0.0 }, dosed);
        }
        let has = |kind: &str| notes.sections.iter().any(|s| s.kind == kind);
        if has("technique") && (has("resultats") || has("conclusion")) {
            let titles = notes.sections.iter().filter_map(|s| s.title).collect();
            give("18748-4", 2.5, titles);
        }
        let stay = [
            "motif",
            "antecedents",
            "histoire",
            "evolution",
            "traitements_sortie",
            "examens_complementaires",
        ];
        let sections = stay.iter().filter(|k| has(k)).count();
        if sections >= 4 {
            give("34112-3", 1.5, Vec::new());
        }
    }
}

// What a title is worth where it stands.
fn title_points(page: &Page<'_>, first: usize, next: usize, capitals: bool) -> f32 {
    let Some(t) = page.token(first) else { return 0.0 };
    let start = page.tokens.partition_point(|x| x.line < t.line);
    let line: Vec<_> = page
        .tokens
        .get(start..)
        .unwrap_or_default()
        .iter()
        .take_while(|x| x.line == t.line)
        .collect();
    let count = line.iter().filter(|x| x.shape != Shape::Sign).count();
    let leads = (start..first).all(|i| page.token(i).is_some_and(|x| x.shape == Shape::Sign))
        || t.cell_start;
    // A line that goes on from a line of prose is prose.
    let from_above = t.line.checked_sub(1).and_then(|l| page.lines.get(l)).is_some_and(|l| {
        let above = l.of(page.text).unwrap_or("").trim_end();
        above.chars().count() >= 50
            && above
                .ends_with(|c: char| c.is_lowercase() || c == ',' || capitals && c.is_alphabetic())
    });
    if from_above && (count > 6 || capitals) {
        return 0.0;
    }
    let shouted = !capitals
        && page
            .tokens
            .get(first..next)
            .unwrap_or_default()
            .iter()
            .filter(|x| x.word.len() > 2)
            .all(|x| x.shape == Shape::Caps);
    // A row of a table is no title.
    let row = page.lines.get(t.line).and_then(|l| l.of(page.text)).is_some_and(|l| l.contains('|'));
    if row && first > start {
        return 0.0;
    }
    let base = |length: f32| {
        let base = if length >= 3.0 {
            5.5 + (length - 3.0).min(4.0) * 0.3
        } else if length >= 2.0 {
            4.5
        } else {
            3.0
        };
        if row { base * 0.3 } else { base }
    };
    let prose = count > TITLE_WORDS || t.shape == Shape::Lower && leads;
    let length = (next - first) as f32;
    // Longer titles say more: "compte rendu de passage aux urgences" against "urgences".
    let base = base(length);
    let top = t.line < TOP_LINES;
    let after = page.word(next);
    // "Consultation du 12/03", "Scanner :" announce a part of the document, lower down.
    let run_in = after == ":";
    let object = (start..first).any(|i| {
        ["objet", "titre", "type", "concerne", "nature", "concernant"].contains(&page.word(i))
    });
    // A line that ends with a full stop is a sentence.
    let sentence = count > 2 && line.last().is_some_and(|x| x.word == ".") && !shouted;
    match (leads, top) {
        (true, true) if sentence => base * 0.4,
        _ if sentence => 0.0,
        _ if object && top => base + 0.5,
        _ if prose && !shouted => 0.0,
        (true, true) if shouted => base + 1.0,
        (true, true) if run_in && length < 3.0 => base * 0.4,
        (true, true) => base * if count <= 8 { 1.0 } else { 0.7 },
        (true, false) if shouted && count <= 8 => base * 0.35,
        (true, false) => base * 0.2,
        (false, true) if shouted => base * 0.9,
        (false, true) if count <= 9 && length >= 2.0 => base * 0.6,
        _ => 0.0,
    }
}

// Whether the whole text is in capitals, so that capitals say nothing.
fn all_in_capitals(page: &Page<'_>) -> bool {
    let (mut lower, mut upper) = (0_usize, 0_usize);
    for c in page.text.chars().take(4_000) {
        lower += usize::from(c.is_lowercase());
        upper += usize::from(c.is_uppercase());
    }
    upper > 200 && lower * 4 < upper
}

impl Score {
    fn has_title_over(&self, span: Span) -> bool {
        self.title_spans.iter().any(|s| s.1.start <= span.start && span.end <= s.1.end && s.0 > 1.0)
    }

    /// Takes back the titles of this type that lie inside a longer title of another.
    fn without_titles_in(&mut self, span: Span) {
        let inside: f32 = self
            .title_spans
            .iter()
            .filter(|s| span.start <= s.1.start && s.1.end <= span.end)
            .map(|s| s.0)
            .sum();
        self.title_spans.retain(|s| !(span.start <= s.1.start && s.1.end <= span.end));
        self.points -= inside;
        self.titles -= inside;
    }

    fn add(&mut self, phrase: usize, points: f32, span: Span, kind: Kind) {
        if points <= 0.0 || self.seen.contains(&phrase) {
            return;
        }
        self.seen.push(phrase);
        // One title counts in full, others a little; turns and words have a ceiling.
        let counted = match kind {
            Kind::Title if self.titled => points * 0.25,
            Kind::Title | Kind::Cue => points,
            Kind::Strong | Kind::Word => {
                let given: f32 = self.spans.iter().filter(|s| s.0 <= 2.5).map(|s| s.0).sum();
                points
                    * if given >= 7.0 {
                        0.1
                    } else if given >= 4.0 {
                        0.5
                    } else {
                        1.0
                    }
            }
        };
        if kind == Kind::Title {
            self.titles += counted;
            self.title_spans.push((counted, span));
        }
        self.titled |= kind == Kind::Title && points >= 3.0;
        self.points += counted;
        self.spans.push((counted, span));
    }
}

impl Function for Classify {
    fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    fn propose(
        &self,
        reading: &Reading,
        notes: &Annotations,
        context: &Context,
    ) -> Outcome<Vec<Proposal>> {
        let mut draft = Draft::of(&self.sheet);
        if self.coded_by_header(&mut draft, reading) {
            return draft.finish();
        }
        let scores = self.scores(reading, notes, context);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        // Stable: at equal points the order of the file decides.
        order.sort_by(|&a, &b| scores[b].points.total_cmp(&scores[a].points));
        let best = order.first().copied().unwrap_or(0);
        let points = scores.get(best).map_or(0.0, |s| s.points);
        let second = order.get(1).and_then(|&i| scores.get(i)).map_or(0.0, |s| s.points);
        let margin = points - second;
        let least = &self.weights.abstain;
        let sure = points >= least.least_points
            && margin >= least.least_margin
            && margin >= points * least.least_share;
        let mut at: Vec<Evidence> = Vec::new();
        if let Some(score) = scores.get(best) {
            let mut spans = score.spans.clone();
            spans.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            at.extend(
                spans
                    .iter()
                    .filter(|s| s.1.is_valid_in(&reading.text))
                    .take(5)
                    .map(|s| Evidence::Words(s.1)),
            );
        }
        match self.coding(best).filter(|_| sure) {
            Some(coding) => {
                if at.is_empty() {
                    let path = if reading.entries.is_empty() { "title" } else { "entries" };
                    at.push(Evidence::Header(path.to_owned()));
                }
                // From 0.6 at the least margin to 0.96.
                let confidence = 0.55 + 0.41 * (1.0 - (-margin / 4.0).exp());
                draft.add(ProposalValue::DocumentType(coding), at, confidence, "score");
            }
            None => {
                let c = check(
                    "type-unsure",
                    Severity::Warning,
                    "Le type du document n'est pas sûr : à choisir par une personne.",
                );
                let absent =
                    Evidence::Absence("aucun titre ni tournure ne départage les types".to_owned());
                draft.add(c, vec![absent], 1.0, "type-unsure");
            }
        }
        draft.finish()
    }
}
