//! What a word is made of: classes of words by their ending or by list, for the detector that puts
//! findings and parts of the body together ([`crate::detect::compose`]).
//!
//! Data: `rules/heads.toml`. A class holds for all inflected forms of a word. An ending counts only
//! where the text prints its last vowel as the ending does: `-ite` is not `-ité`.

use serde::{Deserialize, Serialize};

use crate::compile::{Builder, OriginId, Proof, RuleDoc, RuleError};
use crate::strings::Str;

/// Bits of a word's classes.
pub(crate) mod class {
    /// The adjective belongs to the finding it follows.
    pub(crate) const RELATIONAL: u32 = 1;
    /// Ending of a disorder, a sign, a procedure.
    pub(crate) const DISORDER: u32 = 1 << 1;
    pub(crate) const SYMPTOM: u32 = 1 << 2;
    pub(crate) const PROCEDURE: u32 = 1 << 3;
    /// The class was told by an ending whose last letter has no accent.
    pub(crate) const PLAIN: u32 = 1 << 4;
    /// A finding only with what follows.
    pub(crate) const NEEDS: u32 = 1 << 5;
    /// Takes the part of the body that follows with "de".
    pub(crate) const OF_BODY: u32 = 1 << 6;
    /// Part of a part of the body.
    pub(crate) const PART: u32 = 1 << 7;
    /// Side or position.
    pub(crate) const PLACE: u32 = 1 << 8;
    /// "de" and its forms.
    pub(crate) const LINK: u32 = 1 << 9;
    /// Determiners.
    pub(crate) const ARTICLE: u32 = 1 << 10;
    /// Functions and quantities of the body.
    pub(crate) const OBJECT: u32 = 1 << 11;
    /// A part of the body with an adjective.
    pub(crate) const REGION: u32 = 1 << 12;
    /// Takes a proper name.
    pub(crate) const EPONYMIC: u32 = 1 << 13;
    /// Prefix written apart.
    pub(crate) const PREFIX: u32 = 1 << 14;
    /// An adjective of the list, whatever its ending.
    pub(crate) const LISTED: u32 = 1 << 15;
    /// What makes a finding, a procedure or a place of its own with what follows.
    pub(crate) const HEADS: u32 = DISORDER | SYMPTOM | PROCEDURE | NEEDS | REGION | EPONYMIC;
}

const CLASSES: [(&str, u32); 15] = [
    ("relational", class::RELATIONAL),
    ("disorder", class::DISORDER),
    ("symptom", class::SYMPTOM),
    ("procedure", class::PROCEDURE),
    ("neutral", 0),
    ("needs", class::NEEDS),
    ("of_body", class::OF_BODY),
    ("part", class::PART),
    ("place", class::PLACE),
    ("link", class::LINK),
    ("article", class::ARTICLE),
    ("object", class::OBJECT),
    ("region", class::REGION),
    ("eponymic", class::EPONYMIC),
    ("prefix", class::PREFIX),
];

/// What the detector needs beside the classes: the origins of what it makes, the labels it extends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Heads {
    pub(crate) disorder: OriginId,
    pub(crate) symptom: OriginId,
    pub(crate) procedure: OriginId,
    pub(crate) needs: OriginId,
    pub(crate) region: OriginId,
    pub(crate) disorder_label: Str,
    pub(crate) symptom_label: Str,
    pub(crate) body_label: Str,
    pub(crate) procedure_label: Str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFile {
    class: Vec<ClassRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassRule {
    code: String,
    class: String,
    why: String,
    source: String,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    endings: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    matches: Vec<String>,
    #[serde(default)]
    rejects: Vec<String>,
}

/// Adds the classes of a file.
pub(crate) fn compile(name: &str, file: &str, b: &mut Builder) -> Result<(), RuleError> {
    let parsed: HeadFile = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    b.heads.disorder_label = b.str("disorder");
    b.heads.symptom_label = b.str("symptom");
    b.heads.body_label = b.str("body_part");
    b.heads.procedure_label = b.str("procedure");
    for rule in parsed.class {
        let Some((_, bit)) = CLASSES.iter().find(|(n, _)| *n == rule.class) else {
            return Err(RuleError::new(name, format!("classe inconnue : {}", rule.class)));
        };
        if !b.keeps(&rule.code) {
            continue;
        }
        for word in &rule.words {
            if word.contains([' ', '-']) {
                return Err(RuleError::new(name, format!("« {word} » : un seul mot")));
            }
            let listed = if *bit == class::RELATIONAL { class::LISTED } else { 0 };
            b.class(word, bit | listed);
        }
        for ending in &rule.endings {
            let plain = ending.chars().next_back().is_some_and(|c| c.is_ascii());
            let accented = ending.ends_with("ée");
            let check = if plain && !accented { class::PLAIN } else { 0 };
            b.ending(ending, bit | check);
        }
        rule.except.iter().for_each(|w| b.spare(w));
        match *bit {
            class::DISORDER => b.heads.disorder = b.plain_origin("disorder", "", &rule.code),
            class::SYMPTOM => b.heads.symptom = b.plain_origin("symptom", "", &rule.code),
            class::PROCEDURE => b.heads.procedure = b.plain_origin("procedure", "", &rule.code),
            class::NEEDS => b.heads.needs = b.plain_origin("symptom", "", &rule.code),
            class::REGION => b.heads.region = b.plain_origin("body_part", "", &rule.code),
            _ => {}
        }
        b.document(RuleDoc {
            code: rule.code,
            why: rule.why,
            source: rule.source,
            matches: rule.matches,
            rejects: rule.rejects,
            proof: Proof::Span,
            ..RuleDoc::default()
        });
    }
    Ok(())
}
