//! Data files to compiled [`Rules`]: done when this crate is built, and again only for a site's own
//! rules.
//!
//! Entries are collected first and numbered afterwards, so that the forms of a word fall together
//! whatever the order of the files. Errors: [`RuleError`] names the file and what is wrong in it.

pub(crate) mod disable;
pub(crate) mod sources;

use serde::{Deserialize, Serialize};

use crate::detect::measures::{Measures, findings, names, unit_file};
use crate::lists::List;
use crate::morphology::Heads;
use crate::phrases::{Meaning, Phrases, PhrasesBuilder, Print, Root};
use crate::strings::{Str, Strings, StringsBuilder};
use crate::tokens::{Token, TokenKind};
use crate::vocabulary::{Vocabulary, VocabularyBuilder, WordId};
use sources::{Kind, Source};

/// A rule file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("règles « {file} » : {cause}")]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub cause: String,
}

impl RuleError {
    pub(crate) fn new(file: &str, cause: impl Into<String>) -> RuleError {
        RuleError { file: file.to_owned(), cause: cause.into() }
    }

    pub(crate) fn toml(file: &str, error: &toml::de::Error) -> RuleError {
        RuleError::new(file, error.to_string())
    }
}

/// What all entities of one rule or lexicon entry have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) label: Str,
    pub(crate) kind: Str,
    pub(crate) status: Str,
    pub(crate) modality: Str,
    pub(crate) system: Str,
    pub(crate) code: Str,
    pub(crate) display: Str,
    pub(crate) rule: Str,
    /// None of its words ends in "é": one printed so is another word ("fossé", "aîné").
    pub(crate) plain: bool,
}

/// Number of an [`Origin`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct OriginId(pub(crate) u32);

/// What the examples of a rule show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// Nothing that can be run (a word list, a pseudo-cue).
    #[default]
    None,
    /// The words between brackets get this attribute.
    Attribute(Attribute),
    /// The words between brackets are a reason of the stay.
    Reason,
    /// An entity with this rule code lies on the words between brackets, or anywhere when the
    /// example has none; a rejected example has no such entity.
    Entity,
    /// The words between brackets are an entity, whatever rule made it; in a rejected example they
    /// are none.
    Span,
    /// An entity with the label and kind of this rule lies on the words between brackets, or
    /// anywhere; a rejected example has none.
    Condition,
    /// A section of this kind begins in the example.
    Section,
}

/// An attribute of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Said to be absent.
    Negated,
    /// Supposed, to be excluded or planned.
    Hypothesis,
    /// About a relative.
    Family,
    /// Past.
    History,
    /// Said by somebody else than the author.
    ReportedSpeech,
}

impl Attribute {
    /// Whether `a` has it.
    pub fn of(self, a: &relu_record::Attributes) -> bool {
        match self {
            Attribute::Negated => a.negated,
            Attribute::Hypothesis => a.hypothesis,
            Attribute::Family => a.family,
            Attribute::History => a.history,
            Attribute::ReportedSpeech => a.reported_speech,
        }
    }
}

/// A rule as its file tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDoc {
    /// Code (`NEG001`), kind of section, name of list.
    pub code: String,
    /// Its file.
    pub file: String,
    /// Why it is so.
    pub why: String,
    /// On what it rests.
    pub source: String,
    /// Examples it must find; square brackets mark what is meant.
    pub matches: Vec<String>,
    /// Examples it must leave.
    pub rejects: Vec<String>,
    /// What the examples show.
    pub proof: Proof,
}

/// Everything the engine knows, compiled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rules {
    pub(crate) strings: Strings,
    pub(crate) origins: Vec<Origin>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) phrases: Phrases,
    pub(crate) heads: Heads,
    pub(crate) measures: Measures,
    pub(crate) time: crate::detect::dates::TimeRules,
    pub(crate) dosage: crate::detect::dosage::DosageRules,
    pub(crate) context: crate::context::ContextRules,
    pub(crate) sections: Vec<crate::sections::SectionKind>,
    pub(crate) conditions: crate::detect::conditions::rules::Conditions,
    pub(crate) scores: crate::detect::scores::Scores,
    pub(crate) codes: crate::detect::codes::Codes,
    /// Whether a site switched rules off: what an origin without label finds is dropped.
    pub(crate) muted: bool,
}

impl Rules {
    /// Compiles files.
    pub(crate) fn compile(files: &[Source<'_>]) -> Result<(Rules, Vec<RuleDoc>), RuleError> {
        let mut b = Builder::default();
        let mut rules = Rules::default();
        rules.measures.drug = b.str("drug");
        for s in files.iter().filter(|s| s.kind == Kind::Disable) {
            disable::compile(s.name, s.text, &mut b)?;
        }
        // Units are made of one another: those of a site are compiled with the shipped ones.
        let units: Vec<&Source<'_>> = files.iter().filter(|s| s.kind == Kind::Units).collect();
        rules.measures.units = unit_file::compile(&units, &mut b)?;
        for s in files {
            b.file = s.name.to_owned();
            match s.kind {
                Kind::Lexicon => crate::lexicon::compile(s.name, s.text, &mut b)?,
                Kind::Heads => crate::morphology::compile(s.name, s.text, &mut b)?,
                Kind::Lists => crate::lists::compile(s.name, s.text, &mut b)?,
                Kind::Disable | Kind::Units => {}
                Kind::Measures => names::compile(s.name, s.text, &mut b, &mut rules.measures)?,
                Kind::Findings => {
                    findings::compile(s.name, s.text, &mut b, &mut rules.measures.findings)?
                }
                Kind::Time => {
                    crate::detect::dates::compile(s.name, s.text, &mut b, &mut rules.time)?;
                    rules.dosage = crate::detect::dosage::compile(&mut b);
                }
                Kind::Context => {
                    crate::context::compile(s.name, s.text, &mut b, &mut rules.context)?
                }
                Kind::Sections => {
                    crate::sections::compile(s.name, s.text, &mut b, &mut rules.sections)?
                }
                Kind::Conditions => {
                    let to = &mut rules.conditions;
                    crate::detect::conditions::rules::compile(s.name, s.text, &mut b, to)?
                }
                Kind::Scores => {
                    crate::detect::scores::compile(s.name, s.text, &mut b, &mut rules.scores)?
                }
                Kind::Codes => {
                    crate::detect::codes::compile(s.name, s.text, &mut b, &mut rules.codes)?
                }
            }
        }
        disable::all_met(&b)?;
        rules.muted = !b.off.is_empty();
        Ok(b.finish(rules))
    }
}

// An entry before its words have numbers.
struct Entry {
    root: Root,
    words: Vec<String>,
    meaning: Meaning,
    print: Print,
    inflected: bool,
}

/// Rules under construction.
#[derive(Default)]
pub(crate) struct Builder {
    entries: Vec<Entry>,
    endings: Vec<(String, u32)>,
    classes: Vec<(String, u32)>,
    spared: Vec<String>,
    pub(crate) heads: Heads,
    strings: StringsBuilder,
    origins: Vec<Origin>,
    docs: Vec<RuleDoc>,
    /// The file at hand.
    pub(crate) file: String,
    /// Codes that a site switches off.
    pub(crate) off: disable::Off,
}

// Words that may be left out inside a term.
const SMALL: [&str; 16] = [
    "de", "d'", "du", "des", "la", "le", "les", "l'", "un", "une", "a", "au", "aux", "en", "et",
    "son",
];

impl Builder {
    /// Number of a string.
    pub(crate) fn str(&mut self, text: &str) -> Str {
        self.strings.add(text)
    }

    /// Number of an origin.
    pub(crate) fn origin(&mut self, origin: Origin) -> OriginId {
        if self.origins.is_empty() {
            // The first one is nobody's: what an unset number names.
            self.origins.push(Origin::default());
        }
        self.origins.push(origin);
        OriginId(self.origins.len() as u32 - 1)
    }

    /// An origin with a label, a kind and a rule alone.
    pub(crate) fn plain_origin(&mut self, label: &str, kind: &str, rule: &str) -> OriginId {
        let (label, kind, rule) = (self.str(label), self.str(kind), self.str(rule));
        self.origin(Origin { label, kind, rule, ..Origin::default() })
    }

    /// A term of a lexicon or the name of a measure. Its words are inflected when `inflected`.
    pub(crate) fn term(&mut self, term: &str, meaning: Meaning, print: Print, inflected: bool) {
        let mut words = pieces(term);
        let kept = |w: &String, i: usize| i == 0 || (w != "-" && !SMALL.contains(&w.as_str()));
        let last = words.len().saturating_sub(1);
        // A small word at either end belongs to the term ("vitamine A").
        let mut i = 0;
        words.retain(|w| {
            let keep = kept(w, i) || i == last;
            i += 1;
            keep
        });
        self.entries.push(Entry { root: Root::Terms, words, meaning, print, inflected });
    }

    /// A cue, to the letter.
    pub(crate) fn cue(&mut self, term: &str, meaning: Meaning) {
        let words = to_the_letter(term);
        let print = Print::Any;
        self.entries.push(Entry { root: Root::Cues, words, meaning, print, inflected: false });
    }

    /// An entry of a list.
    pub(crate) fn listed(&mut self, term: &str, list: List, value: i32) {
        let words = to_the_letter(term);
        let (meaning, print) = (Meaning::List(list as u16, value), Print::Any);
        self.entries.push(Entry { root: Root::Lists, words, meaning, print, inflected: false });
    }

    /// Puts a word, with its inflected forms, into a class.
    pub(crate) fn class(&mut self, word: &str, class: u32) {
        self.classes.push((crate::key(word), class));
    }

    /// Words with this ending are in a class.
    pub(crate) fn ending(&mut self, ending: &str, class: u32) {
        self.endings.push((crate::key(ending), class));
    }

    /// A word whose ending tells nothing.
    pub(crate) fn spare(&mut self, word: &str) {
        self.spared.push(crate::key(word));
    }

    /// The same, inflected.
    pub(crate) fn near(&mut self, term: &str, list: List, value: i32) {
        self.listed(term, list, value);
        if let Some(e) = self.entries.last_mut() {
            e.inflected = true;
        }
    }

    /// Keeps what the file says of a rule, for its page and its tests.
    pub(crate) fn document(&mut self, doc: RuleDoc) {
        self.docs.push(RuleDoc { file: self.file.clone(), ..doc });
    }

    // Numbers the words, shortest first so that a plural in one file falls together with the
    // singular in another, then builds the trie.
    fn finish(self, mut rules: Rules) -> (Rules, Vec<RuleDoc>) {
        let mut vocabulary = VocabularyBuilder::default();
        let mut inflected: Vec<&str> = self
            .entries
            .iter()
            .filter(|e| e.inflected)
            .flat_map(|e| e.words.iter().map(String::as_str))
            .chain(self.classes.iter().map(|(w, _)| w.as_str()))
            .chain(self.spared.iter().map(String::as_str))
            .filter(|w| mark_of(w).is_none())
            .collect();
        inflected.sort_by_key(|w| (w.len(), *w));
        inflected.dedup();
        for word in inflected {
            vocabulary.add(word, true);
        }
        for small in SMALL {
            let word = vocabulary.add(small, false);
            if let Some(info) = vocabulary.info(word) {
                info.small = true;
            }
        }
        for (ending, class) in &self.endings {
            let word = vocabulary.ending(ending);
            if let Some(info) = vocabulary.info(word) {
                info.known.class = *class;
            }
        }
        let mut phrases = PhrasesBuilder::default();
        let mut ids: Vec<WordId> = Vec::new();
        for e in &self.entries {
            ids.clear();
            ids.extend(e.words.iter().map(|w| match mark_of(w) {
                Some(mark) => mark,
                None => vocabulary.add(w, false),
            }));
            phrases.add(e.root, &ids, e.meaning, e.print, &mut vocabulary);
        }
        let spared = self.spared.iter().map(|w| vocabulary.add(w, false)).collect();
        vocabulary.classify(&spared);
        for (word, class) in &self.classes {
            let word = vocabulary.add(word, false);
            if let Some(info) = vocabulary.info(word) {
                info.known.class |= class;
            }
        }
        rules.heads = self.heads;
        rules.strings = self.strings.compile();
        rules.origins = self.origins;
        rules.phrases = phrases.compile();
        rules.vocabulary = vocabulary.compile();
        (rules, self.docs)
    }
}

// A mark is written in an entry's words as a NUL and its number.
fn mark_of(word: &str) -> Option<WordId> {
    word.strip_prefix('\0').and_then(|n| n.parse().ok()).map(WordId)
}

// The folded words of an entry, cut as the text is.
fn pieces(term: &str) -> Vec<String> {
    let mut tokens: Vec<Token> = Vec::new();
    crate::tokens::scan(term, &Vocabulary::default(), &mut tokens);
    tokens
        .iter()
        .map(|t| match t.kind() {
            TokenKind::Mark if t.is_mark(b'-') => "-".to_owned(),
            TokenKind::Mark => format!("\0{}", t.word.0),
            TokenKind::Digits => t.of(term).chars().map(crate::tokens::plain_digit).collect(),
            TokenKind::Word => crate::key(t.of(term)),
        })
        .collect()
}

// The same without the hyphens between words, which the walk steps over.
fn to_the_letter(term: &str) -> Vec<String> {
    let words = pieces(term);
    let inside = |i: usize| {
        let wordy = |j: Option<usize>| {
            j.and_then(|j| words.get(j)).is_some_and(|w| w != "-" && mark_of(w).is_none())
        };
        wordy(i.checked_sub(1)) && wordy(i.checked_add(1))
    };
    words
        .iter()
        .enumerate()
        .filter(|(i, w)| *w != "-" || !inside(*i))
        .map(|(_, w)| if w == "-" { format!("\0{}", u32::from(b'-')) } else { w.clone() })
        .collect()
}
