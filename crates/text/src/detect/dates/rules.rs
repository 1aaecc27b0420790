//! The rules of time, as `rules/dates.toml` tells them: one origin each.

use serde::{Deserialize, Serialize};

use crate::compile::{Builder, OriginId, Proof, RuleDoc, RuleError};

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Rule { $($(#[$doc])* $name,)* }

        const CODES: &[&str] = &[$($code,)*];
    };
}

rules! {
    /// `12/03/2019`.
    Figures = "DAT001",
    /// `11 janvier 2017`.
    Letters = "DAT002",
    /// `décembre 2004`, `en août`, `03/2019`.
    Month = "DAT003",
    /// `2019`.
    Year = "DAT004",
    /// `le 09/08`.
    DayMonth = "DAT005",
    /// `il y a 3 mois`.
    Counted = "DAT006",
    /// `hier`, `cette semaine`.
    Named = "DAT007",
    /// `J3`, `le lendemain`, `3 jours plus tard`.
    FromEvent = "DAT008",
    /// `pendant 10 jours`.
    During = "DUR001",
    /// `un recul de 8 ans`.
    Length = "DUR002",
    /// `38 SA`.
    Pregnancy = "DUR003",
    /// `3 fois par jour`.
    Times = "FRQ001",
    /// `toutes les 8 heures`.
    Every = "FRQ002",
    /// `hebdomadaire`.
    Frequency = "FRQ003",
    /// `du 5 juin au 6 juillet`.
    Period = "PER001",
    /// `post-opératoire`.
    AroundEvent = "PER002",
    /// `Consultation du 12/03/2019`.
    Consultation = "CON001",
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    time: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    label: String,
    #[serde(default)]
    kind: String,
    why: String,
    source: String,
    #[serde(default)]
    matches: Vec<String>,
    #[serde(default)]
    rejects: Vec<String>,
}

/// Compiled rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TimeRules {
    origins: Vec<OriginId>,
}

impl TimeRules {
    /// The origin of what `rule` finds.
    pub(crate) fn origin(&self, rule: Rule) -> OriginId {
        self.origins.get(rule as usize).copied().unwrap_or_default()
    }
}

/// Reads a file. The first one has every rule; another one replaces some.
pub(crate) fn compile(
    name: &str,
    text: &str,
    b: &mut Builder,
    to: &mut TimeRules,
) -> Result<(), RuleError> {
    let file: File = toml::from_str(text).map_err(|e| RuleError::toml(name, &e))?;
    if to.origins.is_empty() {
        if let Some(code) = CODES.iter().find(|c| file.time.iter().all(|e| e.code != **c)) {
            return Err(RuleError::new(name, format!("règle manquante : {code}")));
        }
        to.origins.resize(CODES.len(), OriginId::default());
    }
    for e in file.time {
        let place = CODES.iter().position(|c| *c == e.code).and_then(|i| to.origins.get_mut(i));
        let Some(place) = place else {
            return Err(RuleError::new(name, format!("règle inconnue : {}", e.code)));
        };
        if !b.keeps(&e.code) {
            continue;
        }
        *place = b.plain_origin(&e.label, &e.kind, &e.code);
        b.document(RuleDoc {
            code: e.code,
            why: e.why,
            source: e.source,
            matches: e.matches,
            rejects: e.rejects,
            proof: Proof::Entity,
            ..RuleDoc::default()
        });
    }
    Ok(())
}
