//! Shipped rules that a site switches off, in a file of its own: `disable`, a list of codes as
//! entities name them (`NEG003`, `lexicon/atc`, the kind of a section, the name of a list), and `why`.
//!
//! Each family leaves out the rules that [`Builder::keeps`] refuses. A code that no file has is an
//! error: it is a slip, or a rule that is no longer shipped.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Builder, RuleDoc, RuleError};

/// Codes switched off: the file that says so, and whether a rule has it.
pub(crate) type Off = BTreeMap<String, (String, bool)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    disable: Vec<String>,
    why: String,
    #[serde(default)]
    source: String,
}

/// Takes the codes of a file.
pub(crate) fn compile(name: &str, text: &str, b: &mut Builder) -> Result<(), RuleError> {
    let file: File = toml::from_str(text).map_err(|e| RuleError::toml(name, &e))?;
    if file.why.trim().is_empty() {
        return Err(RuleError::new(name, "`why` est vide : pourquoi couper ces règles ?"));
    }
    // One chapter of the page of rules, whatever a site calls its file.
    b.file = "disable".to_owned();
    for code in file.disable {
        let why = format!("Règle coupée par le site : {}", file.why);
        let source = match file.source.is_empty() {
            true => "Décision du site.".to_owned(),
            false => file.source.clone(),
        };
        b.off.insert(code.clone(), (name.to_owned(), false));
        b.document(RuleDoc { code, why, source, ..RuleDoc::default() });
    }
    Ok(())
}

/// An error for a code that no rule has.
pub(crate) fn all_met(b: &Builder) -> Result<(), RuleError> {
    match b.off.iter().find(|(_, (_, met))| !met) {
        Some((code, (file, _))) => Err(RuleError::new(file, format!("règle inconnue : {code}"))),
        None => Ok(()),
    }
}

impl Builder {
    /// Whether the rule of this code is to be compiled.
    pub(crate) fn keeps(&mut self, code: &str) -> bool {
        match self.off.get_mut(code) {
            Some((_, met)) => {
                *met = true;
                false
            }
            None => true,
        }
    }
}
