//! The table of types and search parameters (`data/fhir.toml`), read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// What a parameter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Codes, identifiers, flags.
    Token,
    /// Names, by the beginning of their words.
    String,
    /// Dates and periods.
    Date,
    /// Other resources.
    Reference,
    /// Addresses, exactly.
    Uri,
}

impl Kind {
    /// The code of FHIR (`search-param-type`).
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Token => "token",
            Kind::String => "string",
            Kind::Date => "date",
            Kind::Reference => "reference",
            Kind::Uri => "uri",
        }
    }
}

/// A search parameter of a type.
#[derive(Debug, PartialEq, Eq)]
pub struct Param {
    /// Name in the address.
    pub name: String,
    /// Name under which it is indexed: that of the parameter it is another name of.
    pub index: String,
    /// What it compares.
    pub kind: Kind,
    /// Elements, as member names from the resource.
    pub paths: Vec<Vec<String>>,
    /// Types a reference may point to; any when empty.
    pub targets: Vec<String>,
}

/// Who may write a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WrittenBy {
    /// Whoever decides the filing.
    Filing,
    /// Whoever decides clinical facts.
    Facts,
}

/// A type of resource.
#[derive(Debug)]
pub struct Type {
    /// Its name.
    pub name: String,
    /// Elements that name the patient.
    pub patient: Vec<String>,
    /// Who may write it.
    pub write: WrittenBy,
    /// Elements it must have.
    pub required: Vec<String>,
    /// Codes that `status` may hold.
    pub status: Vec<String>,
    /// Its search parameters.
    pub params: Vec<Param>,
}

impl Type {
    /// The parameter of that name.
    pub fn param(&'static self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|p| p.name == name)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[allow(dead_code)] // for whoever reviews the table
    title: String,
    patient: Vec<String>,
    write: WrittenBy,
    required: Vec<String>,
    status: Vec<String>,
    search: Vec<String>,
}

/// Every type, by name.
pub fn types() -> &'static BTreeMap<String, Type> {
    static TYPES: OnceLock<BTreeMap<String, Type>> = OnceLock::new();
    // The file is embedded and a test reads it.
    TYPES.get_or_init(|| read(include_str!("../../../data/fhir.toml")).unwrap_or_default())
}

/// The type of that name.
pub fn find(name: &str) -> Option<&'static Type> {
    types().get(name)
}

fn read(text: &str) -> Result<BTreeMap<String, Type>, String> {
    let rows: BTreeMap<String, Row> = toml::from_str(text).map_err(|e| e.to_string())?;
    let typed = |(name, row): (String, Row)| {
        let mut params = Vec::new();
        for line in &row.search {
            let param = param(line, &params).ok_or_else(|| format!("{name}: {line}"))?;
            params.push(param);
        }
        let Row { patient, write, required, status, .. } = row;
        Ok((name.clone(), Type { name, patient, write, required, status, params }))
    };
    rows.into_iter().map(typed).collect()
}

fn param(line: &str, before: &[Param]) -> Option<Param> {
    let mut words = line.split_whitespace();
    let (name, kind, what) = (words.next()?, words.next()?, words.next()?);
    if kind == "as" {
        let other = before.iter().find(|p| p.name == what)?;
        return Some(Param {
            name: name.to_owned(),
            index: other.index.clone(),
            kind: other.kind,
            paths: other.paths.clone(),
            targets: other.targets.clone(),
        });
    }
    let kind = match kind {
        "token" => Kind::Token,
        "string" => Kind::String,
        "date" => Kind::Date,
        "reference" => Kind::Reference,
        "uri" => Kind::Uri,
        _ => return None,
    };
    let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<String>>();
    Some(Param {
        name: name.to_owned(),
        index: name.to_owned(),
        kind,
        paths: list(what).iter().map(|p| p.split('.').map(str::to_owned).collect()).collect(),
        targets: words.next().map(list).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_points_to_itself() {
        let types = read(include_str!("../../../data/fhir.toml")).unwrap();
        for t in types.values() {
            for p in &t.params {
                for target in &p.targets {
                    assert!(types.contains_key(target), "{} {}: {target}", t.name, p.name);
                }
                let same = t.params.iter().filter(|q| q.name == p.name).count();
                assert_eq!(same, 1, "{} {}", t.name, p.name);
            }
            assert!(
                t.status.is_empty()
                    || t.params.iter().any(|p| p.name == "status")
                    || !t.required.contains(&"status".to_owned()),
                "{}",
                t.name
            );
        }
    }
}
