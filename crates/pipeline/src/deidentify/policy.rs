//! Policies: what becomes of each kind of identifier, as data (`policies/*.toml`) that a data
//! protection officer can review: name, version, title, legal basis, an action with its reason for
//! every label and for every element of a structured header, the age cap, the bounds of the shift of
//! dates.
//!
//! Errors: [`PolicyError`], a sentence in French that names the line or the entry to mend.
//! Source: Règlement (UE) 2016/679, articles 4(5), 25 and 89.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Label;

/// What becomes of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The name of its kind: `[NOM]`.
    Mask,
    /// A plausible value drawn from the key, the same everywhere.
    StandIn,
    /// A date moves with all the dates of the person.
    Shift,
    /// A postal code keeps its department.
    Department,
    /// A date keeps its year.
    Year,
    /// An age over the cap becomes the cap and above.
    AgeBand,
    /// Nothing is left.
    Remove,
    /// It stays.
    Keep,
}

impl Action {
    /// Whether it draws from the key.
    pub fn needs_key(self) -> bool {
        matches!(self, Action::StandIn | Action::Shift)
    }

    // Whether it makes sense for a label.
    fn suits(self, label: Label) -> bool {
        match self {
            Action::Shift | Action::Year => matches!(label, Label::Date | Label::DateNaissance),
            Action::StandIn => {
                !matches!(label, Label::Date | Label::DateNaissance | Label::Age | Label::Zip)
            }
            Action::Department => label == Label::Zip,
            Action::AgeBand => label == Label::Age,
            Action::Mask | Action::Remove | Action::Keep => true,
        }
    }
}

/// An action and its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// What is done.
    pub action: Action,
    /// Why, in French.
    pub why: String,
}

/// Bounds of the shift of dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Least number of days.
    pub from: i32,
    /// Greatest number of days.
    pub to: i32,
    /// Why these bounds.
    pub why: String,
    /// Where they come from.
    pub source: String,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Short name, by which it is chosen.
    pub name: String,
    /// Version of the file.
    pub version: String,
    /// Title on the screen, in French.
    pub title: String,
    /// Legal basis and status of the result, in French.
    pub legal_basis: String,
    /// Ages over this one, in years, become a band.
    pub age_cap: u16,
    /// Bounds of the shift of dates; needed when a label shifts.
    #[serde(default)]
    pub shift: Option<Shift>,
    /// What becomes of each label, by its name on the wire.
    pub label: BTreeMap<String, Ruling>,
    /// What becomes of each element of a structured header, by what it is.
    pub header: BTreeMap<String, Ruling>,
}

/// Why a policy cannot be used: a sentence in French.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(pub String);

/// What elements of structured headers are, as `relu-formats` names them.
pub const HEADER_PARTS: [&str; 24] = [
    "address",
    "birth-date",
    "birth-place",
    "city",
    "death-date",
    "family-name",
    "given-name",
    "house-number",
    "organization-id",
    "organization-name",
    "patient-id",
    "patient-info",
    "photo",
    "postal-code",
    "professional-family-name",
    "professional-given-name",
    "professional-id",
    "professional-xcn",
    "recipient",
    "relative-id",
    "relative-name",
    "street-type",
    "telecom",
    "visit-id",
];

const SHIPPED: [&str; 4] = [
    include_str!("../../policies/masque.toml"),
    include_str!("../../policies/substitution.toml"),
    include_str!("../../policies/recherche.toml"),
    include_str!("../../policies/suppression.toml"),
];

// A shift of more than this many days would put care in another age of medicine.
const MOST_DAYS: i32 = 3653;

impl Policy {
    /// The shipped policies: `masque`, `substitution`, `recherche`, `suppression`.
    pub fn shipped() -> Vec<Policy> {
        SHIPPED.iter().filter_map(|file| Policy::parse(file).ok()).collect()
    }

    /// The shipped policy of that name.
    pub fn named(name: &str) -> Option<Policy> {
        Policy::shipped().into_iter().find(|p| p.name == name)
    }

    /// A policy from its file.
    pub fn parse(file: &str) -> Result<Policy, PolicyError> {
        let policy: Policy = toml::from_str(file).map_err(|e| {
            let line = e.span().map(|s| file.get(..s.start).unwrap_or("").lines().count().max(1));
            let at = line.map(|l| format!(" ligne {l}")).unwrap_or_default();
            PolicyError(format!("politique illisible{at} : {}", e.message()))
        })?;
        policy.check()?;
        Ok(policy)
    }

    /// What becomes of a label.
    pub fn action(&self, label: Label) -> Action {
        // `check` has seen that every label has its action.
        self.label.get(label.name()).map_or(Action::Mask, |r| r.action)
    }

    /// What becomes of an element of a structured header.
    pub fn header_action(&self, what: &str) -> Action {
        self.header.get(what).map_or(Action::Mask, |r| r.action)
    }

    /// Whether it draws stand-ins or shifts dates, and so cannot do without a key.
    pub fn needs_key(&self) -> bool {
        self.label.values().chain(self.header.values()).any(|r| r.action.needs_key())
    }

    fn check(&self) -> Result<(), PolicyError> {
        let refuse = |why: String| Err(PolicyError(why));
        for (what, value) in [
            ("name", &self.name),
            ("version", &self.version),
            ("title", &self.title),
            ("legal_basis", &self.legal_basis),
        ] {
            if value.trim().is_empty() {
                return refuse(format!("politique : « {what} » est vide ; donnez-en le texte"));
            }
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !self.name.chars().all(plain) || self.name.len() > 40 {
            return refuse(
                "politique : « name » ne prend que des minuscules sans accent, chiffres et tirets, \
                 40 au plus"
                    .to_owned(),
            );
        }
        if !(60..=120).contains(&self.age_cap) {
            return refuse(format!(
                "politique {} : age_cap vaut {}, il doit être entre 60 et 120 ans",
                self.name, self.age_cap
            ));
        }
        for label in Label::ALL {
            let Some(ruling) = self.label.get(label.name()) else {
                return refuse(format!(
                    "politique {} : rien n'est dit de {} ; ajoutez [label.{0}] avec action et why",
                    self.name,
                    label.name()
                )
                .replace("{0}", label.name()));
            };
            if !ruling.action.suits(label) {
                return refuse(format!(
                    "politique {} : l'action de {} ne convient pas à ce qu'il désigne",
                    self.name,
                    label.name()
                ));
            }
        }
        if let Some(odd) = self.label.keys().find(|k| Label::named(k).is_none()) {
            return refuse(format!("politique {} : étiquette inconnue « {odd} »", self.name));
        }
        if let Some(odd) = self.header.keys().find(|k| !HEADER_PARTS.contains(&k.as_str())) {
            return refuse(format!(
                "politique {} : élément d'en-tête inconnu « {odd} »",
                self.name
            ));
        }
        if let Some(part) = HEADER_PARTS.iter().find(|p| !self.header.contains_key(**p)) {
            return refuse(format!(
                "politique {} : rien n'est dit de l'élément d'en-tête « {part} » ; ajoutez \
                 [header.{part}] avec action et why",
                self.name
            ));
        }
        if let Some((name, _)) =
            self.label.iter().chain(&self.header).find(|(_, ruling)| ruling.why.trim().is_empty())
        {
            return refuse(format!(
                "politique {} : la raison (why) de « {name} » manque",
                self.name
            ));
        }
        self.check_shift()
    }

    fn check_shift(&self) -> Result<(), PolicyError> {
        let refuse = |why: &str| Err(PolicyError(format!("politique {} : {why}", self.name)));
        let shifts = self.label.values().any(|r| r.action == Action::Shift);
        let Some(shift) = &self.shift else {
            return if shifts {
                refuse("des dates sont décalées mais [shift] manque ; donnez from et to, en jours")
            } else {
                Ok(())
            };
        };
        if shift.from > shift.to {
            return refuse("dans [shift], from est plus grand que to");
        }
        if shift.from.abs() > MOST_DAYS || shift.to.abs() > MOST_DAYS {
            return refuse("dans [shift], plus de dix ans ; restez entre -3653 et 3653 jours");
        }
        let choices = shift.to - shift.from + 1 - i32::from((shift.from..=shift.to).contains(&0));
        if choices < 30 {
            return refuse("dans [shift], moins de 30 décalages possibles se devineraient");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policies_are_right() {
        let names: Vec<String> = Policy::shipped().into_iter().map(|p| p.name).collect();
        assert_eq!(names, ["masque", "substitution", "recherche", "suppression"]);
        for p in Policy::shipped() {
            let text = format!("{} {}", p.title, p.legal_basis).to_lowercase();
            assert!(text.contains("pseudonymisé") && !text.contains("anonymisé"), "{}", p.name);
        }
        assert!(!Policy::named("masque").unwrap().needs_key());
        assert!(Policy::named("substitution").unwrap().needs_key());
        assert!(Policy::named("inconnue").is_none());
    }

    #[test]
    fn a_bad_policy_is_refused_in_plain_french() {
        let good = SHIPPED[1];
        for (from, to, said) in [
            ("name = \"substitution\"", "name = \"Ma politique\"", "minuscules"),
            ("from = -365", "from = -5", "se devineraient"),
            ("from = -365", "from = 5", "plus grand"),
            ("from = -365", "from = -36500", "dix ans"),
            ("age_cap = 89", "age_cap = 9", "entre 60 et 120"),
            ("[label.NOM]", "[label.NON]", "rien n'est dit de NOM"),
            ("[header.photo]", "[header.image]", "en-tête inconnu « image »"),
            (
                "[label.ZIP]\naction = \"department\"",
                "[label.ZIP]\naction = \"shift\"",
                "convient pas",
            ),
            (
                "[label.ZIP]\naction = \"department\"",
                "[label.ZIP]\naction = \"perdre\"",
                "illisible ligne",
            ),
            ("[shift]", "[decalage]", "illisible"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Policy::parse(&good.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let (head, tail) = good.split_at(good.find("[shift]").unwrap());
        let without = format!("{head}{}", &tail[tail.find("[label.NOM]").unwrap()..]);
        assert!(Policy::parse(&without).unwrap_err().0.contains("[shift] manque"));
    }
}
