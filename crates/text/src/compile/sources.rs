//! The data files, in order: of two entries with the same words and label, the first one wins.

use super::RuleError;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Terms with label and code (`lexicons/*/*.tsv`).
    Lexicon,
    /// Word lists (`rules/lists/*.toml`).
    Lists,
    /// Classes of words (`rules/heads.toml`).
    Heads,
    /// Units (`rules/units.toml`).
    Units,
    /// Names of measures (`rules/measures.toml`).
    Measures,
    /// Tests and what they say in a word (`rules/findings.toml`).
    Findings,
    /// Rules of time (`rules/dates.toml`).
    Time,
    /// Cues and scopes of the context (`rules/context.toml`).
    Context,
    /// Titles (`rules/sections.toml`).
    Sections,
    /// Groups of disorders, behaviours, states.
    Conditions,
    /// Scores (`rules/scores.toml`).
    Scores,
    /// Codes written in a text (`rules/codes.toml`).
    Codes,
    /// Shipped rules that a site switches off.
    Disable,
}

// The keys of a rule file that tell what it holds. `words` is in several.
const TELLING: &[(&str, Kind)] = &[
    ("list", Kind::Lists),
    ("class", Kind::Heads),
    ("prefix", Kind::Units),
    ("unit", Kind::Units),
    ("kind", Kind::Units),
    ("rename", Kind::Units),
    ("also", Kind::Units),
    ("measure", Kind::Measures),
    ("test", Kind::Findings),
    ("value", Kind::Findings),
    ("time", Kind::Time),
    ("cue", Kind::Context),
    ("scope", Kind::Context),
    ("end", Kind::Context),
    ("sets", Kind::Context),
    ("section", Kind::Sections),
    ("rule", Kind::Conditions),
    ("set", Kind::Conditions),
    ("score", Kind::Scores),
    ("code", Kind::Codes),
    ("disable", Kind::Disable),
];

impl Kind {
    /// What a rule file holds, told by its lists.
    pub fn of_rules(name: &str, text: &str) -> Result<Kind, RuleError> {
        let table: toml::Table = toml::from_str(text).map_err(|e| RuleError::toml(name, &e))?;
        let mut kinds: Vec<Kind> =
            TELLING.iter().filter(|(key, _)| table.contains_key(*key)).map(|(_, k)| *k).collect();
        kinds.dedup();
        match kinds.as_slice() {
            [kind] => Ok(*kind),
            [] => {
                let known: Vec<&str> = TELLING.iter().map(|(key, _)| *key).collect();
                let cause = format!("aucune liste connue ; attendu : {}", known.join(", "));
                Err(RuleError::new(name, cause))
            }
            _ => Err(RuleError::new(name, "plusieurs sortes de règles : une par fichier")),
        }
    }
}

/// A data file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'f> {
    /// What it holds.
    pub kind: Kind,
    /// Name: for a lexicon, that of its folder.
    pub name: &'f str,
    /// Content.
    pub text: &'f str,
}

macro_rules! file {
    ($kind:ident, $name:literal, $path:literal) => {
        Source {
            kind: Kind::$kind,
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)),
        }
    };
}

/// The files shipped in this program.
pub(crate) const SHIPPED: &[Source<'static>] = &[
    file!(Lists, "time", "rules/lists/time.toml"),
    file!(Units, "units", "rules/units.toml"),
    file!(Measures, "measures", "rules/measures.toml"),
    file!(Findings, "findings", "rules/findings.toml"),
    file!(Time, "dates", "rules/dates.toml"),
    file!(Lists, "dosage", "rules/lists/dosage.toml"),
    file!(Lists, "sentences", "rules/lists/sentences.toml"),
    file!(Context, "context", "rules/context.toml"),
    file!(Sections, "sections", "rules/sections.toml"),
    file!(Conditions, "comorbidities", "rules/comorbidities.toml"),
    file!(Conditions, "behaviours", "rules/behaviours.toml"),
    file!(Conditions, "covid", "rules/covid.toml"),
    file!(Conditions, "suicide_attempt", "rules/suicide_attempt.toml"),
    file!(Conditions, "status", "rules/status.toml"),
    file!(Scores, "scores", "rules/scores.toml"),
    file!(Codes, "codes", "rules/codes.toml"),
    file!(Lexicon, "drugs", "lexicons/drugs/drugs.tsv"),
    file!(Lexicon, "atc", "lexicons/atc/atc.tsv"),
    file!(Lexicon, "behaviours", "lexicons/behaviours/behaviours.tsv"),
    file!(Lexicon, "disorders", "lexicons/disorders/disorders.tsv"),
    file!(Lexicon, "symptoms", "lexicons/symptoms/symptoms.tsv"),
    file!(Lexicon, "cim10", "lexicons/cim10/cim10.tsv"),
    file!(Lexicon, "body_parts", "lexicons/body_parts/body_parts.tsv"),
    file!(Lexicon, "procedures", "lexicons/procedures/procedures.tsv"),
    file!(Lexicon, "devices", "lexicons/devices/devices.tsv"),
    file!(Lexicon, "vaccines", "lexicons/vaccines/vaccines.tsv"),
    file!(Lexicon, "lookalikes", "lexicons/lookalikes/lookalikes.tsv"),
    file!(Heads, "heads", "rules/heads.toml"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_tells_what_it_holds() {
        for f in SHIPPED.iter().filter(|f| !matches!(f.kind, Kind::Lexicon)) {
            assert_eq!(Kind::of_rules(f.name, f.text), Ok(f.kind), "{}", f.name);
        }
        for wrong in ["", "[[cues]]\ncode = 'X'", "[[cue]]\n[[section]]", "[[cue]"] {
            assert!(Kind::of_rules("x", wrong).is_err(), "{wrong}");
        }
    }
}
