//! Codes written in a text: CIM-10, ADICAP, TNM, and gestity and parity (`G2P1`).
//!
//! Data: `rules/codes.toml` (words that announce a code, forms that need one, spans of codes that
//! look like something else). One loop over the tokens; a code begins at a word of a few letters in
//! capitals or with a digit glued to it.

mod adicap;
mod cim10;
mod obstetrics;
mod tnm;

use serde::{Deserialize, Serialize};

use crate::compile::{Builder, Origin, OriginId, Proof, RuleDoc, RuleError};
use crate::found::Sink;
use crate::lists::List;
use crate::phrases::{Meaning, Print};
use crate::strings::Str;
use crate::tokens::{Case, Gap, Token};
use crate::view::View;

/// Compiled rules of codes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Codes {
    pub(crate) adicap: OriginId,
    pub(crate) cim10: OriginId,
    pub(crate) tnm: OriginId,
    pub(crate) gestity: OriginId,
    pub(crate) parity: OriginId,
    /// First and last code of the spans that need a word to announce them.
    pub(crate) doubtful: Vec<(String, String)>,
    /// Forms read as a TNM that are something else, without blanks, in small letters; sorted.
    pub(crate) not_tnm: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    code: Vec<CodeText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeText {
    code: String,
    family: String,
    why: String,
    source: String,
    /// Words that announce such a code.
    #[serde(default)]
    announced: Vec<String>,
    #[serde(default)]
    doubtful: Vec<[String; 2]>,
    #[serde(default)]
    never: Vec<String>,
    #[serde(default)]
    matches: Vec<String>,
    #[serde(default)]
    rejects: Vec<String>,
}

const ADICAP: u32 = 0;
const CIM10: i32 = 1;

/// Adds the rules of a file.
pub(crate) fn compile(
    name: &str,
    file: &str,
    b: &mut Builder,
    to: &mut Codes,
) -> Result<(), RuleError> {
    let parsed: File = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    for text in parsed.code {
        if !b.keeps(&text.code) {
            continue;
        }
        let (label, kind, system) = match text.family.as_str() {
            "adicap" | "cim10" => (text.family.as_str(), "", text.family.as_str()),
            "tnm" => ("tnm", "", "tnm"),
            "gestity" | "parity" => ("pregnancy", text.family.as_str(), ""),
            other => return Err(RuleError::new(name, format!("famille inconnue : {other}"))),
        };
        let system = if system.is_empty() { Str::NONE } else { b.str(system) };
        let (label, kind, rule) = (b.str(label), b.str(kind), b.str(&text.code));
        let origin = b.origin(Origin { label, kind, system, rule, ..Origin::default() });
        let of = match text.family.as_str() {
            "adicap" => &mut to.adicap,
            "cim10" => &mut to.cim10,
            "gestity" => &mut to.gestity,
            "parity" => &mut to.parity,
            _ => &mut to.tnm,
        };
        // A site's words for a family add to those of the shipped rule.
        if *of == OriginId::default() {
            *of = origin;
        }
        for word in &text.announced {
            if text.family == "adicap" {
                b.term(word, Meaning::Announces(ADICAP), Print::Any, false);
            } else {
                b.listed(word, List::CodeWord, CIM10);
            }
        }
        to.doubtful.extend(text.doubtful.into_iter().map(|[a, z]| (a, z)));
        to.not_tnm.extend(text.never);
        to.not_tnm.sort();
        let CodeText { code, why, source, matches, rejects, .. } = text;
        let proof = Proof::Entity;
        b.document(RuleDoc { code, why, source, matches, rejects, proof, ..RuleDoc::default() });
    }
    Ok(())
}

/// Finds them.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    adicap::find(view, sink);
    let mut next = 0;
    for i in view.landmarks.odd.iter().map(|i| *i as usize) {
        let Some(t) = view.token(i) else { continue };
        // A word with capitals, or the one to which digits are glued.
        let small = |w: &Token| w.is_word() && w.case() == Case::Lower;
        let (i, t) = match i.checked_sub(1).and_then(|b| view.token(b)).filter(small) {
            Some(word) if t.is_digits() && t.gap() == Gap::Glued => (i - 1, word),
            _ => (i, t),
        };
        if i < next || !t.is_word() || t.len() > 8 {
            continue;
        }
        // Not inside a word ("HbA1c": the letter after a digit).
        if t.gap() == Gap::Glued && i.checked_sub(1).is_some_and(|p| !opens(view, p)) {
            continue;
        }
        next = tnm::at(view, i, sink)
            .or_else(|| if t.len() == 1 { cim10::at(view, i, sink) } else { None })
            .or_else(|| if t.len() == 1 { obstetrics::at(view, i, sink) } else { None })
            .unwrap_or(0);
    }
}

// Whether token `p` may stand right before a code.
fn opens(view: &View<'_>, p: usize) -> bool {
    view.token(p).is_some_and(|t| {
        !t.is_word() && !t.is_digits() && !t.is_mark(b'-') && !t.is_mark(b'.') && !t.is_mark(b'_')
    })
}
