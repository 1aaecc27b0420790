//! The sheet that goes with a file into an exchange folder: a CSV of two lines or a small XML, with
//! the same names. Which of them a product reads is a setting.
//!
//! Dates are ISO 8601; `action` is `nouveau`, `remplacement` or `rappel`, `remplace` the id of the
//! delivery that is replaced.

use relu_record::{Private, Sex};

use super::{Encoding, Outgoing, one_line};

/// Which sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Shape {
    /// Comma-separated values, with semicolons as in France, each value between quotation marks.
    #[default]
    #[serde(rename = "csv")]
    Csv,
    /// XML.
    #[serde(rename = "xml")]
    Xml,
}

/// The sheet about the file of that name.
pub fn write(out: &Outgoing<'_>, shape: Shape, encoding: Encoding, file: &str) -> Vec<u8> {
    let fields = fields(out, file);
    let text = match shape {
        Shape::Csv => csv(&fields),
        Shape::Xml => xml(&fields, encoding),
    };
    encoding.encode(&text)
}

fn fields(out: &Outgoing<'_>, file: &str) -> Vec<(&'static str, String)> {
    let p = out.patient;
    let of = |v: &Option<Private>| v.as_ref().map(|v| one_line(v)).unwrap_or_default();
    let sex = p.sex.map_or("", |s| if s == Sex::F { "F" } else { "M" });
    let kind = out.document_type;
    let display = kind.and_then(|k| k.display.clone()).unwrap_or_default();
    vec![
        ("id", out.id.to_owned()),
        ("action", out.purpose.as_str().to_owned()),
        ("remplace", out.replaces.unwrap_or_default().to_owned()),
        ("ipp", out.patient_number.map(|id| one_line(&id.value)).unwrap_or_default()),
        ("ins", p.ins.as_ref().map(|i| i.value.0.clone()).unwrap_or_default()),
        ("nom_naissance", of(&p.birth_name)),
        ("prenom", of(&p.first_name)),
        ("nom_utilise", of(&p.used_name)),
        ("naissance", p.birth_date.as_ref().map(|d| d.to_string()).unwrap_or_default()),
        ("sexe", sex.to_owned()),
        ("type_code", kind.map(|k| k.code.clone()).unwrap_or_default()),
        ("type", one_line(&display)),
        ("titre", one_line(out.title)),
        ("date", out.date.map(|m| m.date.to_string()).unwrap_or_default()),
        ("auteur", out.author.map(|a| one_line(&a.name.full())).unwrap_or_default()),
        ("emetteur", out.organization.map(|o| one_line(&o.name)).unwrap_or_default()),
        ("fichier", file.to_owned()),
    ]
}

fn csv(fields: &[(&str, String)]) -> String {
    let line = |cells: Vec<String>| {
        let quoted: Vec<String> =
            cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
        quoted.join(";") + "\r\n"
    };
    let names = fields.iter().map(|(name, _)| (*name).to_owned()).collect();
    line(names) + &line(fields.iter().map(|(_, value)| value.clone()).collect())
}

fn xml(fields: &[(&str, String)], encoding: Encoding) -> String {
    let charset = match encoding {
        Encoding::Windows1252 => "windows-1252",
        Encoding::Latin1 => "ISO-8859-1",
        Encoding::Cp850 => "IBM850",
        Encoding::Utf8 => "UTF-8",
    };
    let mut text =
        format!("<?xml version=\"1.0\" encoding=\"{charset}\"?>\n<document version=\"1\">\n");
    for (name, value) in fields {
        let value = value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        text.push_str(&format!("  <{name}>{value}</{name}>\n"));
    }
    text.push_str("</document>\n");
    text
}
