//! Layouts: how a letterhead, a patient block and a body are laid out and worded.
//!
//! Data: `layouts/{development,held_out}/<kind>_<n>.txt`: `key: value` lines, a line `---`, then a
//! body in a small markup (see `crates/synth/README.md`). The kind, taken from the file name, gives
//! the document type.
//!
//! The held-out layouts serve to measure: they were written on their own, without looking at the
//! rules of the pipeline, and must stay so.

use std::sync::LazyLock;

use relu_record::system;
use serde::Deserialize;

/// A kind of document: its name in file names and cases, and its type in JDV_J07.
pub(crate) struct Kind {
    pub name: &'static str,
    pub code: &'static str,
    pub system: &'static str,
    pub label: &'static str,
    /// Kinds of structures that write it, with `/` between them.
    pub structures: &'static str,
    /// Specialty of the author; empty when the case says it.
    pub specialty: &'static str,
}

const fn kind(
    name: &'static str,
    code: &'static str,
    label: &'static str,
    structures: &'static str,
    specialty: &'static str,
) -> Kind {
    Kind { name, code, system: system::LOINC, label, structures, specialty }
}

/// Every kind, most frequent first. Codes: `interop-fr` fact sheet §4 (JDV_J07).
pub(crate) const KINDS: &[Kind] = &[
    kind(
        "consultation",
        "11488-4",
        "CR ou fiche de consultation ou de visite",
        "cabinet/hopital/clinique",
        "",
    ),
    kind("labo", "11502-2", "CR d'examens biologiques", "labo", "biologie médicale"),
    kind("imagerie", "18748-4", "CR d'imagerie médicale", "imagerie", "radiologie"),
    kind(
        "liaison",
        "11490-0",
        "Lettre de liaison à la sortie d'un établissement de soins",
        "hopital/clinique",
        "",
    ),
    kind("sejour", "34112-3", "CR hospitalier (séjour)", "hopital/clinique", ""),
    kind("ordonnance", "57833-6", "Prescription de produits de santé", "cabinet", ""),
    kind("adressage", "96349-6", "Lettre d'adressage", "cabinet", "médecine générale"),
    kind(
        "demande_imagerie",
        "55115-0",
        "Demande d'actes d'imagerie",
        "cabinet/hopital",
        "médecine générale",
    ),
    kind("urgences", "15507-7", "CR de passage aux urgences", "hopital", "médecine d'urgence"),
    kind("operatoire", "34874-8", "CR opératoire", "clinique/hopital", ""),
    kind(
        "anapath",
        "60568-3",
        "CR d'anatomie et de cytologie pathologiques",
        "anapath",
        "anatomie pathologique",
    ),
    kind("certificat", "89601-9", "Certificat médical", "cabinet", "médecine générale"),
    Kind {
        name: "kine",
        code: "PRESC-KINE",
        system: system::TA_ASIP,
        label: "Prescription de kinésithérapie",
        structures: "cabinet/clinique",
        specialty: "",
    },
    Kind {
        name: "bio",
        code: "PRESC-BIO",
        system: system::TA_ASIP,
        label: "Prescription d'actes de biologie médicale",
        structures: "cabinet",
        specialty: "",
    },
];

/// Typeface family of a printed layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Helvetica,
    Times,
    Courier,
}

/// One layout.
pub(crate) struct Layout {
    /// `development/consultation_1`.
    pub name: &'static str,
    pub held_out: bool,
    pub kind: &'static Kind,
    pub face: Face,
    /// Size of body text in points.
    pub size: f32,
    /// Left and right margin in points.
    pub margin: f32,
    /// Whether everything is printed in upper case.
    pub upper: bool,
    /// Whether accents are left out.
    pub unaccented: bool,
    /// Running head and foot, templates.
    pub header: &'static str,
    pub footer: &'static str,
    /// Names of carriers it may travel in; empty means any.
    pub formats: Vec<&'static str>,
    /// Tags it gives to its documents.
    pub tags: Vec<&'static str>,
    /// Template of the body.
    pub body: &'static str,
}

macro_rules! layouts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../layouts/", $name, ".txt")))),*]
    };
}

include!("../layouts/list.rs");

/// Every layout that parses, in the order of the list.
pub(crate) fn all() -> &'static [Layout] {
    static ALL: LazyLock<Vec<Layout>> =
        LazyLock::new(|| FILES.iter().filter_map(|(n, t)| parse(n, t).ok()).collect());
    &ALL
}

/// A layout of a type that a practice seldom meets; kept aside for measuring, drawn apart from the
/// others so that their frequencies stay those of life.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RareLayout {
    name: String,
    code: String,
    #[serde(default)]
    system: Option<String>,
    structures: String,
    specialty: String,
    #[serde(default)]
    sex: Option<String>,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RareFile {
    layout: Vec<RareLayout>,
}

/// The layouts of rare types, with the sex of the patient where the document asks for one.
pub(crate) fn rare() -> &'static [(Layout, Option<&'static str>)] {
    static FILE: LazyLock<Vec<RareLayout>> = LazyLock::new(|| {
        let text = include_str!("../layouts/held_out_rare.toml");
        toml::from_str::<RareFile>(text).map(|f| f.layout).unwrap_or_default()
    });
    static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
        let kind = |l: &'static RareLayout| Kind {
            name: &l.name,
            code: &l.code,
            system: l.system.as_deref().unwrap_or(system::LOINC),
            // What software writes into a file's properties; it must not give the type away.
            label: "Document",
            structures: &l.structures,
            specialty: &l.specialty,
        };
        FILE.iter().map(kind).collect()
    });
    static ALL: LazyLock<Vec<(Layout, Option<&'static str>)>> = LazyLock::new(|| {
        let layout = |(l, kind): (&'static RareLayout, &'static Kind)| {
            let layout = Layout {
                name: &l.name,
                held_out: true,
                kind,
                face: Face::Helvetica,
                size: 10.5,
                margin: 60.0,
                upper: false,
                unaccented: false,
                header: "",
                footer: "",
                formats: vec!["pdf", "docx", "text", "scan"],
                tags: vec!["rare"],
                body: &l.body,
            };
            (layout, l.sex.as_deref())
        };
        FILE.iter().zip(KINDS.iter()).map(layout).collect()
    });
    &ALL
}

/// The kind of that name.
pub(crate) fn kind_named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.name == name)
}

fn parse(name: &'static str, text: &'static str) -> Result<Layout, String> {
    let (folder, file) = name.split_once('/').ok_or("no folder")?;
    let kind_name = file.rsplit_once('_').ok_or("no number")?.0;
    let kind = kind_named(kind_name).ok_or("unknown kind")?;
    let (front, body) = text.split_once("\n---\n").ok_or("no front matter")?;
    let mut layout = Layout {
        name,
        held_out: folder == "held_out",
        kind,
        face: Face::Helvetica,
        size: 10.0,
        margin: 56.0,
        upper: false,
        unaccented: false,
        header: "",
        footer: "",
        formats: Vec::new(),
        tags: Vec::new(),
        body,
    };
    for line in front.lines().filter(|l| !l.starts_with('#')) {
        let (key, value) = line.split_once(':').ok_or_else(|| format!("line {line}"))?;
        let value = value.trim();
        match key.trim() {
            "font" => {
                layout.face = match value {
                    "times" => Face::Times,
                    "courier" => Face::Courier,
                    "helvetica" => Face::Helvetica,
                    _ => return Err(format!("font {value}")),
                }
            }
            "size" => layout.size = value.parse().map_err(|_| "size")?,
            "margin" => layout.margin = value.parse().map_err(|_| "margin")?,
            "upper" => layout.upper = value == "yes",
            "unaccented" => layout.unaccented = value == "yes",
            "header" => layout.header = value,
            "footer" => layout.footer = value,
            "formats" => layout.formats = value.split_whitespace().collect(),
            "tags" => layout.tags = value.split_whitespace().collect(),
            other => return Err(format!("unknown key {other}")),
        }
    }
    Ok(layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_parses_and_every_file_is_listed() {
        for (name, text) in FILES {
            if let Err(e) = parse(name, text) {
                panic!("{name}: {e}");
            }
        }
        let mut on_disk = Vec::new();
        for folder in ["development", "held_out"] {
            let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("layouts").join(folder);
            for entry in std::fs::read_dir(dir).unwrap() {
                let file = entry.unwrap().file_name().into_string().unwrap();
                on_disk.push(format!("{folder}/{}", file.trim_end_matches(".txt")));
            }
        }
        on_disk.sort();
        let mut listed: Vec<_> = FILES.iter().map(|(n, _)| n.to_string()).collect();
        listed.sort();
        assert_eq!(on_disk, listed);
    }

    #[test]
    fn rare_types_parse_and_are_unlike_the_frequent_ones() {
        assert!(rare().len() >= 30, "{}", rare().len());
        let mut codes: Vec<_> = rare().iter().map(|(l, _)| l.kind.code).collect();
        assert!(codes.iter().all(|c| KINDS.iter().all(|k| k.code != *c)));
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), rare().len());
    }

    #[test]
    fn a_third_is_held_out_and_every_kind_is_on_both_sides() {
        let held_out = all().iter().filter(|l| l.held_out).count();
        assert!(held_out * 3 >= all().len(), "{held_out} of {}", all().len());
        for k in KINDS {
            for side in [false, true] {
                assert!(
                    all().iter().any(|l| l.held_out == side && l.kind.name == k.name),
                    "{} {side}",
                    k.name
                );
            }
        }
    }
}
