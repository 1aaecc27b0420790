//! Points and thresholds of the score, and the features of form that they weigh: a question put to a
//! colleague, analyses named without a result, what stands at the end of a stay.
//!
//! Data: `rules/weights.toml`, each number with its reason.

use relu_record::Annotations;
use serde::Deserialize;

use super::{Classify, Kind, Score};
use crate::page::{Page, Shape};

/// The rule file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    pub(super) abstain: Abstain,
    pub(super) phrases: Phrases,
    question: Question,
    asked: Asked,
    examined: Examined,
    stay: Stay,
    sides: Sides,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Abstain {
    #[allow(dead_code)]
    why: String,
    pub(super) least_points: f32,
    pub(super) least_margin: f32,
    pub(super) least_share: f32,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Phrases {
    #[allow(dead_code)]
    why: String,
    pub(super) turn: f32,
    pub(super) long_turn: f32,
    pub(super) word: f32,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Question {
    #[allow(dead_code)]
    why: String,
    r#type: String,
    points: f32,
    against: Vec<String>,
    against_points: f32,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[allow(dead_code)]
    why: String,
    r#type: String,
    least_lines: usize,
    points: f32,
    names: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Examined {
    #[allow(dead_code)]
    why: String,
    r#type: String,
    answer: String,
    most_said: f32,
    most_tokens: usize,
    points: f32,
    starts: Vec<String>,
    asks: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Stay {
    #[allow(dead_code)]
    why: String,
    most_days: i64,
    starts: Vec<String>,
    towards: Vec<String>,
    points: f32,
    against: String,
    against_points: f32,
    letter: String,
    letter_points: f32,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Sides {
    #[allow(dead_code)]
    why: String,
    letter: String,
    report: String,
    points: f32,
}

// A line of a list of analyses is short.
const LIST_WORDS: usize = 9;

impl Classify {
    fn score<'a>(&self, code: &str, scores: &'a mut [Score]) -> Option<&'a mut Score> {
        let rule = self.rules.iter().position(|r| r.code == code)?;
        scores.get_mut(rule)
    }

    /// A letter that asks is no answer.
    pub(super) fn read_question(&self, page: &Page<'_>, letter: bool, scores: &mut [Score]) {
        let rule = &self.weights.question;
        // Who asks for an examination asks nothing else.
        if self.score("55115-0", scores).is_some_and(|s| s.points >= 3.0) {
            return;
        }
        let asks = (1..page.tokens.len()).find(|&i| page.word(i) == "?" && page.word(i - 1) != "?");
        let Some(at) = asks.filter(|_| letter) else { return };
        let first = (at.saturating_sub(12)..at)
            .rev()
            .take_while(|&k| ![".", "?", "!", ":"].contains(&page.word(k)))
            .last()
            .unwrap_or(at);
        if let Some(score) = self.score(&rule.r#type, scores)
            && let Some((_, span)) = page.printed(first, at)
        {
            score.add(self.phrases.len() + page.tokens.len() + at, rule.points, span, Kind::Cue);
        }
        for code in &rule.against {
            if let Some(score) = self.score(code, scores) {
                score.points -= rule.against_points;
            }
        }
    }

    /// Analyses under one another, none with a result.
    pub(super) fn read_asked(&self, page: &Page<'_>, notes: &Annotations, scores: &mut [Score]) {
        let rule = &self.weights.asked;
        if notes.entities.iter().any(|e| e.label == "result") {
            return;
        }
        let mut lines: Vec<(usize, usize)> = Vec::new();
        let mut i = 0;
        while let Some(first) = page.token(i) {
            let line = first.line;
            let next = page.tokens.partition_point(|t| t.line <= line);
            let inside = page.tokens.get(i..next).unwrap_or_default();
            let words = inside.iter().filter(|t| t.shape != Shape::Sign).count();
            let named = inside.iter().filter(|t| rule.names.contains(&t.word)).count();
            let figures = inside.iter().filter(|t| t.shape == Shape::Number).count();
            if words <= LIST_WORDS && named > 0 && figures == 0 {
                lines.push((i, next.saturating_sub(1)));
            }
            i = next.max(i + 1);
        }
        if lines.len() < rule.least_lines {
            return;
        }
        let Some(score) = self.score(&rule.r#type, scores) else { return };
        let each = rule.points / lines.len().min(3) as f32;
        for (n, (first, last)) in lines.into_iter().take(3).enumerate() {
            if let Some((_, span)) = page.printed(first, last) {
                let number = self.phrases.len() + 2 * page.tokens.len() + n;
                score.add(number, each, span, Kind::Cue);
            }
        }
    }

    /// An imaging examination named, somebody asked, nothing found: it is to be done.
    pub(super) fn read_examined(&self, page: &Page<'_>, notes: &Annotations, scores: &mut [Score]) {
        let rule = &self.weights.examined;
        let answered =
            notes.sections.iter().any(|s| ["technique", "resultats"].contains(&s.kind.as_str()));
        let said = self.score(&rule.answer, scores).map_or(0.0, |s| s.points - s.titles);
        let long = page.tokens.len() > rule.most_tokens;
        if long || answered || said > rule.most_said {
            return;
        }
        let find = |list: &[String], whole: bool| {
            page.tokens.iter().position(|t| {
                let bare = t.word.rsplit(['\'', '’']).next().unwrap_or("");
                list.iter()
                    .any(|w| bare == w || !whole && w.len() > 5 && bare.starts_with(w.as_str()))
            })
        };
        let (Some(exam), Some(asked)) = (find(&rule.starts, false), find(&rule.asks, true)) else {
            return;
        };
        // A letter that asks for an opinion may tell of an examination.
        if self.score("96349-6", scores).is_some_and(|s| s.points >= 4.0) {
            return;
        }
        let Some(score) = self.score(&rule.r#type, scores) else { return };
        for (n, at) in [exam, asked].into_iter().enumerate() {
            if let Some((_, span)) = page.printed(at, at) {
                let number = self.phrases.len() + 3 * page.tokens.len() + n;
                score.add(number, rule.points / 2.0, span, Kind::Cue);
            }
        }
    }

    /// Two days of entry and exit make a stay, not a visit.
    pub(super) fn read_stay(
        &self,
        page: &Page<'_>,
        notes: &Annotations,
        letter: bool,
        scores: &mut [Score],
    ) {
        let rule = &self.weights.stay;
        let days: Vec<i64> = notes
            .entities
            .iter()
            .filter(|e| e.label == "date" || e.label == "period")
            .filter(|e| {
                let at = page.token_at(e.span.start);
                (at.saturating_sub(6)..at + 2)
                    .any(|k| rule.starts.iter().any(|s| page.word(k).starts_with(s.as_str())))
            })
            .filter_map(|e| days_of(e.norm.as_deref()?))
            .collect();
        let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else { return };
        if !(1..=rule.most_days).contains(&(last - first)) {
            return;
        }
        let titled = self.score("34112-3", scores).is_some_and(|s| s.titles >= 3.0);
        for code in &rule.towards {
            if let Some(score) = self.score(code, scores) {
                score.points += rule.points;
            }
        }
        if let Some(score) = self.score(&rule.against, scores) {
            score.points -= rule.against_points;
        }
        if letter
            && !titled
            && let Some(score) = self.score(&rule.letter, scores)
        {
            score.points += rule.letter_points;
        }
    }

    /// A stay told without an examination is a letter to the family doctor.
    pub(super) fn weigh_sides(&self, notes: &Annotations, scores: &mut [Score]) {
        let rule = &self.weights.sides;
        let examined = notes.sections.iter().any(|s| s.kind == "examen_clinique");
        let titled = self.score(&rule.report, scores).is_some_and(|s| s.titles > 0.0);
        if !examined
            && !titled
            && let Some(score) = self.score(&rule.letter, scores)
            && score.points > 0.0
        {
            score.points += rule.points;
        }
    }
}

// Days since a fixed one, of `2019-05-12`; nothing for a date with gaps.
fn days_of(norm: &str) -> Option<i64> {
    let mut parts = norm.get(..10)?.split('-').map(|p| p.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Good enough to tell a stay from a visit: months of 31 days keep the order.
    Some(year * 372 + month * 31 + day)
}
