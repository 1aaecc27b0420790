//! Rules of the groups of chronic diseases: compiled form and data file (`rules/groups.toml`). Used
//! by [`crate::detect::groups`].

use serde::{Deserialize, Serialize};

use crate::compile::{Builder, Origin, OriginId, RuleDoc, RuleError};
use crate::phrases::{Meaning, Print};
use crate::strings::Str;

/// What a word of a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Role {
    /// The mention.
    Of,
    /// Wanted near it.
    Needs,
    /// Not wanted near it.
    Except,
    /// Changes the status.
    StatusIf,
    /// Denies what changes the status.
    StatusUnless,
    /// Denies the mention.
    NegatedIf,
    /// Unit of its value.
    Unit,
    /// Test whose number must be under the limit.
    Below,
}

/// A compiled rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) kind: Str,
    pub(crate) status: Str,
    pub(crate) status_then: Str,
    pub(crate) unit: Str,
    /// Reach in tokens.
    pub(crate) before: u32,
    pub(crate) after: u32,
    pub(crate) status_before: u32,
    pub(crate) status_after: u32,
    /// Whether the reach crosses the ends of sentences.
    pub(crate) across: bool,
    /// Whether something is needed.
    pub(crate) needs: bool,
    pub(crate) makes: bool,
    pub(crate) below: f64,
    /// Origin of a mention that the rule makes, and of one whose group it takes away.
    pub(crate) made: OriginId,
    pub(crate) bare: OriginId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    group: Vec<GroupRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupRule {
    code: String,
    kind: String,
    of: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    needs_below: Option<Below>,
    #[serde(default)]
    except: Vec<String>,
    before: u32,
    after: u32,
    #[serde(default)]
    across: bool,
    #[serde(default)]
    makes: bool,
    #[serde(default)]
    status: String,
    #[serde(default)]
    status_if: Vec<String>,
    #[serde(default)]
    status_unless: Vec<String>,
    #[serde(default)]
    status_then: String,
    #[serde(default)]
    status_before: u32,
    #[serde(default)]
    status_after: u32,
    #[serde(default)]
    negated_if: Vec<String>,
    unit: Option<Unit>,
    why: String,
    source: String,
    matches: Vec<String>,
    rejects: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Below {
    names: Vec<String>,
    limit: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unit {
    names: Vec<String>,
    unit: String,
}

/// Adds the rules of a file.
pub(crate) fn compile(name: &str, file: &str, b: &mut Builder) -> Result<(), RuleError> {
    let parsed: GroupFile = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    for rule in parsed.group {
        let number = u16::try_from(b.groups.len())
            .map_err(|_| RuleError::new(name, "trop de règles de groupe"))?;
        let behaviour = matches!(rule.kind.as_str(), "tobacco" | "alcohol");
        let label = if behaviour { "behaviour" } else { "disorder" };
        let made = b.plain_origin(label, &rule.kind, &rule.code);
        let (label, system, code) = (b.str(label), b.str("cim10"), b.str(&rule.code));
        let bare = b.origin(Origin { label, system, rule: code, ..Origin::default() });
        let none = Vec::new();
        let lists = [
            (Role::Of, &rule.of),
            (Role::Needs, &rule.needs),
            (Role::Except, &rule.except),
            (Role::StatusIf, &rule.status_if),
            (Role::StatusUnless, &rule.status_unless),
            (Role::NegatedIf, &rule.negated_if),
            (Role::Unit, rule.unit.as_ref().map_or(&none, |u| &u.names)),
            (Role::Below, rule.needs_below.as_ref().map_or(&none, |u| &u.names)),
        ];
        for (role, terms) in lists {
            for term in terms {
                let acronym = crate::lexicon::is_acronym(term);
                let print = if acronym { Print::Capitals } else { Print::Any };
                b.term(term, Meaning::Group(number, role), print, !acronym);
            }
        }
        let group = Group {
            kind: b.str(&rule.kind),
            status: b.str(&rule.status),
            status_then: b.str(&rule.status_then),
            unit: b.str(rule.unit.as_ref().map_or("", |u| &u.unit)),
            before: rule.before,
            after: rule.after,
            status_before: rule.status_before,
            status_after: rule.status_after,
            across: rule.across,
            needs: !rule.needs.is_empty() || rule.needs_below.is_some(),
            makes: rule.makes,
            below: rule.needs_below.as_ref().map_or(0.0, |n| n.limit),
            made,
            bare,
        };
        b.groups.push(group);
        b.document(RuleDoc {
            code: rule.code,
            why: rule.why,
            source: rule.source,
            matches: rule.matches,
            rejects: rule.rejects,
            ..RuleDoc::default()
        });
    }
    Ok(())
}
