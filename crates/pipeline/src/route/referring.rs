//! Who referred the patient or asked for the examination, told from the evidence of the recipients
//! that were read: the header field they stood in, or the label before them on their line. Fields and
//! labels are `rules/referring.toml`. Nothing is read anew, and nobody is taken for the referring
//! doctor because a letter is addressed to them.

use std::sync::LazyLock;

use relu_record::Evidence;
use serde::Deserialize;

use super::phrases::phrases;

/// How far before a name its label begins, in characters.
const NEAR: usize = 80;
/// Words between a label and a name that say nothing, beside titles.
const BETWEEN: [&str; 3] = ["le", "la", "l"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    path: String,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    #[allow(dead_code)]
    code: String,
    words: String,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
    #[cfg_attr(not(test), allow(dead_code))]
    matches: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    rejects: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferringFile {
    field: Vec<Field>,
    label: Vec<Label>,
}

/// The fields and labels, compiled once.
pub(super) struct Referring {
    fields: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    labels: Vec<Label>,
    folded: Vec<Vec<String>>,
}

/// Those shipped with the program. A file that does not parse gives none; a test refuses that.
pub(super) fn referring() -> &'static Referring {
    static REFERRING: LazyLock<Referring> = LazyLock::new(|| {
        let file: ReferringFile =
            toml::from_str(include_str!("rules/referring.toml")).unwrap_or_default();
        Referring {
            fields: file.field.into_iter().map(|f| f.path).collect(),
            folded: file.label.iter().map(|l| words(&l.words).collect()).collect(),
            labels: file.label,
        }
    });
    &REFERRING
}

impl Referring {
    /// Whether a recipient with that evidence is the one who referred or asked.
    pub(super) fn says(&self, evidence: &[Evidence], text: &str) -> bool {
        evidence.iter().any(|e| match e {
            Evidence::Header(path) => self.fields.contains(path),
            Evidence::Words(span) => {
                text.get(..span.start).is_some_and(|before| self.announced(before))
            }
            _ => false,
        })
    }

    /// Whether the end of this text, on its last line, is one of the labels.
    fn announced(&self, before: &str) -> bool {
        let line = before.rsplit('\n').next().unwrap_or_default();
        let start = line.char_indices().rev().nth(NEAR).map_or(0, |(at, _)| at);
        let near: Vec<String> = words(line.get(start..).unwrap_or_default()).collect();
        self.folded.iter().any(|label| !label.is_empty() && near.ends_with(label))
    }
}

/// Folded words without titles and articles.
fn words(text: &str) -> impl Iterator<Item = String> {
    let key = relu_text::key(text);
    let said = |w: &&str| !w.is_empty() && !phrases().titles.contains(*w) && !BETWEEN.contains(w);
    let words: Vec<String> =
        key.split(|c: char| !c.is_alphanumeric()).filter(said).map(str::to_owned).collect();
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use relu_record::Span;

    use super::*;

    const NAME: &str = "Paul MARTIN";

    #[test]
    fn every_label_keeps_its_examples() {
        let all = referring();
        assert!(!all.fields.is_empty() && !all.labels.is_empty());
        let says = |text: &str| {
            let at = text.find(NAME).unwrap_or_else(|| panic!("{text}"));
            let evidence = [Evidence::Words(Span::new(at, at + NAME.len()))];
            all.says(&evidence, text)
        };
        for label in &all.labels {
            for text in &label.matches {
                assert!(says(text), "{} : {text}", label.words);
                assert!(says(&format!("é\n{}{text}", "x ".repeat(90))), "{text}");
            }
            for text in &label.rejects {
                assert!(!says(text), "{} : {text}", label.words);
            }
        }
        // The line above announces nobody below it.
        assert!(!says("Adressé par :\nPaul MARTIN"));
        assert!(!all.says(&[Evidence::Header("OBR-28".into())], ""));
        assert!(!all.says(&[Evidence::Record("décision".into())], ""));
    }
}
