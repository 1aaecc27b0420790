//! The cue rules: `rules/context.toml` to what is looked up while a text is read.
//!
//! Shapes: [`Cue`] is what a cue does, by its number in the automaton; [`Scope`] is how far the cues
//! of one effect reach; [`End`] is what kind of word a scope may end at. In the file, `{a|b}` writes
//! several terms at once (`exclu{|e|s|es}`), so that the forms of a verb stand on one line.
//!
//! Errors: [`RuleError`] for a file that does not parse or a set that is not closed.

use serde::{Deserialize, Serialize};

use crate::compile::{Attribute, Builder, Proof, RuleDoc, RuleError};
use crate::lists::List;
use crate::phrases::Meaning;

/// What a cue says of the mentions in its reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub(crate) enum Effect {
    /// Absent.
    Negated,
    /// Supposed, to be excluded or planned.
    Hypothesis,
    /// About a relative.
    Family,
    /// Past.
    History,
    /// Said by somebody else.
    ReportedSpeech,
    /// Reason of the stay or visit.
    Reason,
    /// Nothing: hides the cues it holds.
    None,
    /// Nothing: the answer "yes" of a form.
    Yes,
}

impl Effect {
    // Effects that mark something.
    pub(crate) const MARKING: usize = 6;

    fn attribute(self) -> Option<Attribute> {
        match self {
            Effect::Negated => Some(Attribute::Negated),
            Effect::Hypothesis => Some(Attribute::Hypothesis),
            Effect::Family => Some(Attribute::Family),
            Effect::History => Some(Attribute::History),
            Effect::ReportedSpeech => Some(Attribute::ReportedSpeech),
            Effect::Reason | Effect::None | Effect::Yes => None,
        }
    }
}

/// On which side of its mentions a cue stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// Before them.
    #[default]
    Before,
    /// After them.
    After,
    /// Either.
    Both,
}

/// What must stand beside a cue for it to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    /// Nothing.
    #[default]
    Always,
    /// The end of a line, of a cell or of a group of words.
    Alone,
    /// Something else than that.
    Followed,
    /// `ne` in the few words before (`n'a plus de`).
    AfterNe,
    /// `pas`, `jamais`, `aucun`… in the few words after: the reach is what lies between
    /// (`ne montre pas`).
    Particle,
    /// `pour`, `suite à`… in the words after: the reach begins there (`hospitalisé … pour`).
    Through,
    /// The start of a sentence or of a group of words.
    Opening,
    /// A verb that says that a thing was found, right after (`n'a pas été retrouvé`).
    Finding,
    /// An accent at its end: a past participle, not a present (`évoqué`, `évoque`).
    Participle,
}

/// What a cue does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cue {
    pub(crate) effect: Effect,
    pub(crate) side: Side,
    pub(crate) when: When,
    /// Words it reaches over; that of its scope when 0.
    pub(crate) words: u8,
    /// Whether an examination so named stands: it was done, its result is what is absent.
    pub(crate) tests_stand: bool,
}

/// Kinds of words at which a scope may end. The numbers are those of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub(crate) enum End {
    /// `mais`, `cependant`, `sauf`.
    Contrast,
    /// `car`, `en raison de`, `secondaire à`.
    Cause,
    /// `qui`, `dont`.
    Relative,
    /// `lors de`, `à la radiographie`.
    Place,
    /// `avec`.
    With,
    /// A conjugated verb.
    Verb,
    /// A pronoun, an article or a participle that begins a new statement after a comma.
    Subject,
    /// What says that a thing is present or normal.
    Affirm,
    /// `et`.
    And,
    /// `ou`.
    Or,
    /// `pas`, `sans`, `ni`: begins a negated group.
    Negator,
    /// `a`: verb without its accent, preposition with it.
    VerbOrPreposition,
}

impl End {
    pub(crate) fn of(value: i32) -> Option<End> {
        const ALL: [End; 12] = [
            End::Contrast,
            End::Cause,
            End::Relative,
            End::Place,
            End::With,
            End::Verb,
            End::Subject,
            End::Affirm,
            End::And,
            End::Or,
            End::Negator,
            End::VerbOrPreposition,
        ];
        ALL.get(usize::try_from(value).ok()?).copied()
    }

    pub(crate) fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// What a scope does at a comma, at `et`, at a colon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Passage {
    /// Ends.
    #[default]
    Stop,
    /// Goes on when what follows looks like the next item of a list.
    List,
    /// Goes on.
    Pass,
}

/// How far the cues of one effect reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scope {
    /// Bits of [`End`].
    pub(crate) ends: u16,
    pub(crate) comma: Passage,
    pub(crate) and: Passage,
    pub(crate) colon: Passage,
    pub(crate) words: u8,
}

/// Compiled cue rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ContextRules {
    pub(crate) cues: Vec<Cue>,
    pub(crate) scopes: [Scope; Effect::MARKING],
    /// Labels of entities whose words hide the cues they hold (`lymphome non hodgkinien`).
    pub(crate) whole: Vec<crate::strings::Str>,
    /// Labels of times, which have no context.
    pub(crate) times: Vec<crate::strings::Str>,
    /// Label of dates.
    pub(crate) date: crate::strings::Str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContextFile {
    #[serde(default)]
    sets: std::collections::BTreeMap<String, Vec<String>>,
    #[serde(default)]
    scope: Vec<ScopeRule>,
    #[serde(default)]
    end: Vec<EndRule>,
    #[serde(default)]
    cue: Vec<CueRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeRule {
    effect: Effect,
    why: String,
    source: String,
    ends: Vec<End>,
    comma: Passage,
    and: Passage,
    colon: Passage,
    words: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndRule {
    code: String,
    class: End,
    why: String,
    source: String,
    terms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CueRule {
    code: String,
    effect: Effect,
    #[serde(default)]
    side: Side,
    #[serde(default)]
    when: When,
    #[serde(default)]
    words: u8,
    #[serde(default)]
    tests_stand: bool,
    /// For a rule without effect: the attribute its examples are about.
    #[serde(default)]
    about: Option<Attribute>,
    why: String,
    source: String,
    terms: Vec<String>,
    matches: Vec<String>,
    rejects: Vec<String>,
}

/// Adds the cues of a file.
pub(crate) fn compile(
    name: &str,
    file: &str,
    b: &mut Builder,
    rules: &mut ContextRules,
) -> Result<(), RuleError> {
    let mut parsed: ContextFile = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    parsed.end.retain(|e| b.keeps(&e.code));
    parsed.cue.retain(|c| b.keeps(&c.code));
    let terms_of = |terms: &[String]| -> Result<Vec<String>, RuleError> {
        let mut all = Vec::new();
        for term in terms {
            expand(name, term, &parsed.sets, &mut all)?;
        }
        Ok(all)
    };
    for s in &parsed.scope {
        let Some(to) = rules.scopes.get_mut(s.effect as usize) else {
            return Err(RuleError::new(name, format!("portée sans effet : {:?}", s.effect)));
        };
        let ends = s.ends.iter().fold(0, |bits, e| bits | e.bit());
        let (comma, and, colon, words) = (s.comma, s.and, s.colon, s.words);
        *to = Scope { ends, comma, and, colon, words };
        let code = format!("portée/{:?}", s.effect);
        let (why, source) = (s.why.clone(), s.source.clone());
        b.document(RuleDoc { code, why, source, ..RuleDoc::default() });
    }
    let mut classes = std::collections::BTreeMap::new();
    for e in &parsed.end {
        for term in terms_of(&e.terms)? {
            if classes
                .insert(crate::key(&term), e.class as i32)
                .is_some_and(|c| c != e.class as i32)
            {
                return Err(RuleError::new(
                    name,
                    format!("« {term} » est dans deux fins de portée"),
                ));
            }
            b.listed(&term, List::ScopeEnd, e.class as i32);
        }
        let (code, why, source) = (e.code.clone(), e.why.clone(), e.source.clone());
        b.document(RuleDoc { code, why, source, ..RuleDoc::default() });
    }
    for c in &parsed.cue {
        let number = rules.cues.len() as u32;
        for term in terms_of(&c.terms)? {
            b.cue(&term, Meaning::Cue(number));
        }
        let (effect, side, when, words) = (c.effect, c.side, c.when, c.words);
        let tests_stand = c.tests_stand;
        rules.cues.push(Cue { effect, side, when, words, tests_stand });
        let shown = match c.effect {
            Effect::Reason => Proof::Reason,
            effect => effect.attribute().or(c.about).map_or(Proof::None, Proof::Attribute),
        };
        b.document(RuleDoc {
            code: c.code.clone(),
            why: c.why.clone(),
            source: c.source.clone(),
            matches: c.matches.clone(),
            rejects: c.rejects.clone(),
            proof: shown,
            ..RuleDoc::default()
        });
    }
    rules.whole = ["disorder", "symptom", "drug", "procedure", "body_part", "device"]
        .map(|l| b.str(l))
        .to_vec();
    rules.times =
        ["date", "duration", "frequency", "period", "consultation_date"].map(|l| b.str(l)).to_vec();
    rules.date = b.str("date");
    Ok(())
}

// Most terms that one line may stand for.
const MAX_TERMS: usize = 20_000;

// Every term that `{a|b}` and `{@set}` in `term` stand for.
fn expand(
    name: &str,
    term: &str,
    sets: &std::collections::BTreeMap<String, Vec<String>>,
    out: &mut Vec<String>,
) -> Result<(), RuleError> {
    let wrong = |what: &str| RuleError::new(name, format!("« {term} » : {what}"));
    let Some((head, rest)) = term.split_once('{') else {
        out.push(term.split_whitespace().collect::<Vec<_>>().join(" "));
        return if out.len() > MAX_TERMS { Err(wrong("trop de formes")) } else { Ok(()) };
    };
    let Some((inner, tail)) = rest.split_once('}') else { return Err(wrong("accolade ouverte")) };
    if let Some(set) = inner.strip_prefix('@') {
        let Some(words) = sets.get(set) else { return Err(wrong("ensemble inconnu")) };
        for word in words {
            expand(name, &format!("{head}{word}{tail}"), sets, out)?;
        }
        return Ok(());
    }
    for choice in inner.split('|') {
        expand(name, &format!("{head}{choice}{tail}"), sets, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stands_for_all_its_forms() {
        let sets = [("qui".to_owned(), vec!["il".to_owned(), "elle".to_owned()])].into();
        let mut out = Vec::new();
        expand("f", "{@qui} {|ne }di{t|sait}", &sets, &mut out).unwrap();
        assert_eq!(out.len(), 8);
        assert!(out.contains(&"elle ne disait".to_owned()) && out.contains(&"il dit".to_owned()));
        assert!(expand("f", "a{b", &sets, &mut out).is_err());
        assert!(expand("f", "{@x}", &sets, &mut out).is_err());
    }
}
