//! The engine: rules and lexicons compiled once, then [`Engine::annotate`] for each text.

use relu_record::{
    Annotations, Attributes, Entity, FactCode, PartialDate, Section, Span, TextValue,
};

use crate::fold::{Folded, squeeze};
use crate::old::context::Cues;
use crate::old::lexicon::{self, Lexeme};
use crate::old::measures::Measures;
use crate::old::sections::Sections;
use crate::old::terms::{Hit, Matcher, Meaning, TermList, longest};
use crate::old::{dates, dosage, sentences};

/// What is known of a note beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteContext {
    /// Date of the note; relative dates count from it.
    pub note_date: Option<PartialDate>,
    /// Birth date of the patient, never reported as a date of care.
    pub birth_date: Option<PartialDate>,
}

/// A span whose context is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanRequest {
    /// The words.
    pub span: Span,
    /// Whether a cue inside the span counts.
    pub within: bool,
}

/// The context of a span that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualified {
    /// The words.
    pub span: Span,
    /// Their context.
    pub attributes: Attributes,
    /// Whether they are a reason of the stay or visit.
    pub is_reason: bool,
    /// Words that decided.
    pub cues: Vec<Span>,
}

/// A rule as its file tells it, for the page that explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleDoc<'e> {
    /// Code (`NEG001`) or, for titles, the kind of the section.
    pub code: &'e str,
    /// Why it is so.
    pub why: &'e str,
    /// On what it rests.
    pub source: &'e str,
    /// Examples it must find; square brackets mark what is meant.
    pub matches: &'e [String],
    /// Examples it must leave.
    pub rejects: &'e [String],
}

/// Compiled rules and lexicons.
pub struct Engine {
    matcher: Matcher,
    lexemes: Vec<Lexeme>,
    pub(crate) cues: Cues,
    pub(crate) measures: Measures,
    pub(crate) sections: Sections,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({} lexemes)", self.lexemes.len())
    }
}

// One text while it is annotated.
struct Work<'t> {
    text: &'t str,
    folded: Folded,
    hits: Vec<Hit>,
    cues: Vec<Hit>,
    sentences: Vec<Span>,
    sections: Vec<Section>,
}

impl Engine {
    /// The engine with the rules and lexicons shipped in this program. A rule file that does not
    /// parse gives no rules; the tests of this crate fail in that case.
    pub fn embedded() -> Engine {
        let mut terms = TermList::default();
        let lexemes = lexicon::load(&mut terms);
        let cues = Cues::compile(include_str!("data/context.toml"), &mut terms);
        let measures = Measures::compile(include_str!("data/measures.toml"), &mut terms);
        let sections = Sections::compile(include_str!("data/sections.toml"));
        Engine {
            matcher: terms.compile(),
            lexemes,
            cues: cues.unwrap_or_default(),
            measures: measures.unwrap_or_default(),
            sections: sections.unwrap_or_default(),
        }
    }

    /// Every rule with its reason, source and examples.
    pub fn rules(&self) -> Vec<RuleDoc<'_>> {
        let cues =
            self.cues.rules().iter().map(|r| (&r.code, &r.why, &r.source, &r.matches, &r.rejects));
        let measures = self
            .measures
            .rules()
            .iter()
            .map(|r| (&r.code, &r.why, &r.source, &r.matches, &r.rejects));
        let sections = self
            .sections
            .rules()
            .iter()
            .map(|r| (&r.kind, &r.why, &r.source, &r.matches, &r.rejects));
        cues.chain(measures)
            .chain(sections)
            .map(|(code, why, source, matches, rejects)| RuleDoc {
                code,
                why,
                source,
                matches,
                rejects,
            })
            .collect()
    }

    /// Everything the engine says about `text`.
    pub fn annotate(&self, text: &str, note: &NoteContext) -> Annotations {
        self.annotate_spans(text, note, &[]).0
    }

    /// The same, with the context of spans found by somebody else.
    pub fn annotate_spans(
        &self,
        text: &str,
        note: &NoteContext,
        spans: &[SpanRequest],
    ) -> (Annotations, Vec<Qualified>) {
        let work = self.prepare(text);
        let mut entities = self.terms(&work);
        entities.extend(self.measured(&work));
        entities.extend(dated(&work, note));
        entities.sort_by_key(|e| (e.span.start, e.span.end));
        let qualified = spans.iter().map(|s| self.qualify(&work, s.span, s.within)).collect();
        let Work { sentences, sections, .. } = work;
        (Annotations { sentences, sections, entities }, qualified)
    }

    fn prepare<'t>(&self, text: &'t str) -> Work<'t> {
        let folded = squeeze(text);
        let hits = self.matcher.find(folded.text());
        let cues = self.cues.visible(&hits);
        let sentences = sentences::sentences(text);
        let sections = self.sections.find(text);
        Work { text, folded, hits, cues, sentences, sections }
    }

    // Drugs, disorders and symptoms.
    fn terms(&self, work: &Work<'_>) -> Vec<Entity> {
        let lexemes = work.hits.iter().filter(|h| self.lexeme(h, work).is_some()).copied();
        let kept = longest(lexemes);
        let mut entities = Vec::with_capacity(kept.len());
        for (i, hit) in kept.iter().enumerate() {
            let Some(lexeme) = self.lexeme(hit, work) else { continue };
            let span = work.folded.original(hit.start, hit.end);
            let next = kept.get(i + 1).map_or(usize::MAX, |h| h.start);
            let mut e =
                self.entity(work, span, lexeme.label, &format!("lexicon/{}", lexeme.lexicon));
            e.kind = filled(lexeme.kind);
            e.status = filled(lexeme.status);
            e.code = Some(FactCode {
                system: lexeme.system.to_owned(),
                code: lexeme.code.to_owned(),
                display: Some(lexeme.display.to_owned()),
            });
            if lexeme.label == "drug" {
                e.value = dose_of(work, span, next);
            }
            entities.push(e);
        }
        entities
    }

    // The lexeme of a hit, unless it is an acronym that is not in capitals.
    fn lexeme(&self, hit: &Hit, work: &Work<'_>) -> Option<&Lexeme> {
        let Meaning::Lexeme(i) = hit.meaning else { return None };
        let lexeme = self.lexemes.get(i as usize)?;
        let printed = work.folded.original(hit.start, hit.end).of(work.text)?;
        (!lexeme.acronym || !printed.chars().any(char::is_lowercase)).then_some(lexeme)
    }

    fn measured(&self, work: &Work<'_>) -> Vec<Entity> {
        let found = self.measures.find(work.folded.text(), &work.hits);
        let made = found.into_iter().map(|f| {
            let span = work.folded.original(f.start, f.end);
            let mut e = plain_entity(span, &f.rule.label, &f.rule.code);
            e.kind = Some(f.rule.kind.clone());
            e.value = Some(TextValue::Measure(f.value));
            e
        });
        made.filter(|e| !e.span.is_empty()).collect()
    }

    fn entity(&self, work: &Work<'_>, span: Span, label: &str, rule: &str) -> Entity {
        let q = self.qualify(work, span, false);
        Entity { attributes: q.attributes, cues: q.cues, ..plain_entity(span, label, rule) }
    }

    // Context from the cues of the sentence, then from the section.
    fn qualify(&self, work: &Work<'_>, span: Span, within: bool) -> Qualified {
        let sentence = sentence_at(&work.sentences, span).unwrap_or(span);
        let bounds = |s: Span| (work.folded.folded(s.start), work.folded.folded(s.end));
        let (from, to) = bounds(sentence);
        let first = work.cues.partition_point(|c| c.start < from);
        let near: Vec<Hit> =
            work.cues.iter().skip(first).take_while(|c| c.start < to).copied().collect();
        let (mut attributes, cues) =
            self.cues.qualify(work.folded.text(), &near, bounds(span), within);
        let mut cues: Vec<Span> =
            cues.into_iter().map(|(a, b)| work.folded.original(a, b)).collect();
        let kind = section_at(&work.sections, span.start);
        if let Some(section) = kind {
            let decided = match section.kind.as_str() {
                "antecedents" => !std::mem::replace(&mut attributes.history, true),
                "antecedents_familiaux" => !std::mem::replace(&mut attributes.family, true),
                _ => false,
            };
            cues.extend(section.title.filter(|_| decided));
        }
        let is_reason = kind.is_some_and(|s| s.kind == "motif");
        Qualified { span, attributes, is_reason, cues }
    }
}

fn filled(s: &str) -> Option<String> {
    (!s.is_empty()).then(|| s.to_owned())
}

fn plain_entity(span: Span, label: &str, rule: &str) -> Entity {
    Entity {
        span,
        label: label.to_owned(),
        kind: None,
        attributes: Attributes::default(),
        norm: None,
        days: None,
        value: None,
        code: None,
        status: None,
        modality: None,
        rule: rule.to_owned(),
        cues: Vec::new(),
    }
}

fn sentence_at(sentences: &[Span], span: Span) -> Option<Span> {
    let i = sentences.partition_point(|s| s.end <= span.start);
    sentences.get(i).filter(|s| s.start < span.end).copied()
}

fn section_at(sections: &[Section], at: usize) -> Option<&Section> {
    let i = sections.partition_point(|s| s.span.end <= at);
    sections.get(i).filter(|s| s.span.start <= at)
}

// The dosage written after a drug, to the end of its line or sentence or to the next term.
fn dose_of(work: &Work<'_>, drug: Span, next: usize) -> Option<TextValue> {
    let line = work.text.get(drug.end..)?;
    let stop = line.find('\n').map_or(work.text.len(), |n| drug.end + n);
    let stop = sentence_at(&work.sentences, drug).map_or(stop, |s| s.end.max(stop));
    // A dosage may go on with the next line when that one does not begin a sentence.
    let (start, end) = (work.folded.folded(drug.end), work.folded.folded(stop).min(next));
    let d = dosage::read(work.folded.text(), start, end.max(start));
    let printed = |p: Option<(usize, usize)>| {
        p.and_then(|(a, b)| work.folded.original(a, b).of(work.text)).map(|t| t.trim().to_owned())
    };
    let value = TextValue::Dosage {
        dose: printed(d.dose),
        frequency: printed(d.frequency),
        route: printed(d.route),
        duration: printed(d.duration),
    };
    (d != dosage::Dosage::default()).then_some(value)
}

fn dated(work: &Work<'_>, note: &NoteContext) -> Vec<Entity> {
    let mut entities = Vec::new();
    for f in dates::find(work.folded.text()) {
        if f.date.is_some() && f.date == note.birth_date {
            continue;
        }
        let span = work.folded.original(f.start, f.end);
        let mut e = plain_entity(span, f.label, f.rule);
        e.norm = Some(f.norm);
        let note_days = note.note_date.and_then(PartialDate::days);
        e.days = f.offset.or_else(|| Some(f.date?.days()? - note_days?));
        if !span.is_empty() {
            entities.push(e);
        }
    }
    entities
}
