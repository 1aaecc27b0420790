//! The data files, in order: of two entries with the same words and label, the first one wins.

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Terms with label and code (`lexicons/*/*.tsv`).
    Lexicon,
    /// Word lists (`rules/lists/*.toml`).
    Lists,
    /// Classes of words (`rules/heads.toml`).
    Heads,
    /// Groups of chronic diseases (`rules/groups.toml`).
    Groups,
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
    file!(Groups, "groups", "rules/groups.toml"),
];
