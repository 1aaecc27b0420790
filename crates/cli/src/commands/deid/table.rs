//! CSV files, column by column: `--columns FILE.toml` says what each column holds, the policy what becomes
//! of it.
//!
//! ```toml
//! [column.Nom]
//! what = "NOM"            # a label: the policy's action on it
//! patient = "birth_name"  # and part of the identity of the row's patient
//! [column."Compte rendu"]
//! what = "text"           # free text: what is found in it is replaced
//! [column.Service]
//! what = "keep"           # or "remove"
//! ```
//!
//! Every column must be told and every column told must be there: nothing passes by omission. The
//! header, the separator, the quotes and the line ends of what does not change stay (RFC 4180). UTF-8,
//! or Windows-1252 read as Latin-1. The rows of persons who object are left out.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use relu_pipeline::deidentify::{Known, Label};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::work::{Made, Plan, Worker, known};
use super::{Count, setup};
use crate::output::Failure;

const MAX_COLUMNS_FILE: u64 = 1 << 20;
const MAX_TABLE: u64 = 2 << 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    column: BTreeMap<String, Column>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    what: String,
    patient: Option<String>,
}

// What becomes of a column.
#[derive(Clone, Debug, PartialEq)]
enum What {
    Label(Label),
    Text,
    Keep,
    Remove,
}

struct Told {
    what: What,
    patient: Option<String>,
}

/// Reads `input` and writes `output`, by what `columns` says.
pub(crate) fn run(
    plan: &Plan,
    columns: &Path,
    input: &Path,
    output: &Path,
) -> Result<Count, Failure> {
    let file = setup::read(columns, MAX_COLUMNS_FILE, "lecture des colonnes")?;
    let bytes = setup::read(input, MAX_TABLE, "lecture du tableau")?;
    let (text, latin) = match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(e) => (e.as_bytes().iter().map(|b| char::from(*b)).collect(), true),
    };
    let mut part = output.as_os_str().to_owned();
    part.push(".part");
    let part = std::path::PathBuf::from(part);
    let about =
        |e: std::io::Error| Failure::refused(format!("écriture de {} : {e}", output.display()));
    let mut worker = Worker::new(plan).map_err(|e| Failure::usage(e.to_string()))?;
    let told = parse(&String::from_utf8_lossy(&file)).map_err(Failure::usage)?;
    let mut table = Table::open(&text, told).map_err(Failure::usage)?;
    let mut out = BufWriter::new(std::fs::File::create(&part).map_err(about)?);
    let done = table.write(&mut worker, &mut |line| {
        if latin {
            // What Latin-1 cannot write is a stand-in of ours, and none has such a letter.
            let bytes: Vec<u8> = line.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
            out.write_all(&bytes)
        } else {
            out.write_all(line.as_bytes())
        }
    });
    let count = done.and_then(|count| out.flush().map(|()| count));
    match count.and_then(|count| std::fs::rename(&part, output).map(|()| count)) {
        Ok(count) => Ok(count),
        Err(e) => {
            // Half a table is of no use.
            let _ = std::fs::remove_file(&part);
            Err(about(e))
        }
    }
}

fn parse(file: &str) -> Result<BTreeMap<String, Told>, String> {
    let file: File =
        toml::from_str(file).map_err(|e| format!("colonnes illisibles : {}", e.message()))?;
    let told = |(name, column): (String, Column)| {
        let what = match column.what.as_str() {
            "text" => What::Text,
            "keep" => What::Keep,
            "remove" => What::Remove,
            other => What::Label(Label::named(other).ok_or_else(|| {
                format!(
                    "colonne « {name} » : what vaut « {other} » ; mettez text, keep, remove ou une \
                         étiquette (NOM, DATE, IPP…)"
                )
            })?),
        };
        Ok((name, Told { what, patient: column.patient }))
    };
    file.column.into_iter().map(told).collect()
}

// A table whose first line was read.
struct Table<'t> {
    rest: &'t str,
    header: Vec<&'t str>,
    end: &'t str,
    separator: char,
    told: Vec<Told>,
}

impl<'t> Table<'t> {
    fn open(text: &'t str, mut told: BTreeMap<String, Told>) -> Result<Table<'t>, String> {
        let first = text.lines().next().unwrap_or("");
        let count = |c: char| first.matches(c).count();
        let separators = [';', ',', '\t'].into_iter();
        let separator = separators.max_by_key(|c| (count(*c), *c == ';')).unwrap_or(';');
        let (header, end, rest) = row(text, separator).ok_or("tableau vide")?;
        let columns = header.iter().map(|raw| {
            let name = value(raw.trim_start_matches('\u{feff}'));
            let name = name.trim();
            told.remove(name).ok_or_else(|| {
                format!("colonne « {name} » : rien n'est dit d'elle ; ajoutez [column.\"{name}\"] avec what")
            })
        });
        let columns: Vec<Told> = columns.collect::<Result<_, String>>()?;
        if let Some(missing) = told.keys().next() {
            return Err(format!("colonne « {missing} » : elle n'est pas dans le tableau"));
        }
        Ok(Table { rest, header, end, separator, told: columns })
    }

    fn write(
        &mut self,
        worker: &mut Worker<'_>,
        out: &mut dyn FnMut(&str) -> std::io::Result<()>,
    ) -> std::io::Result<Count> {
        let mut count = Count::default();
        let header: Vec<String> = self.header.iter().map(|c| (*c).to_owned()).collect();
        out(&self.line(&header, self.end))?;
        while let Some((cells, end, rest)) = row(self.rest, self.separator) {
            self.rest = rest;
            count.documents += 1;
            match self.row(worker, &cells, &count.documents.to_string(), &mut count.residue) {
                Row::Written(made) => out(&self.line(&made, end))?,
                Row::Opposed => count.opposed += 1,
                Row::Refused => count.refused += 1,
            }
        }
        Ok(count)
    }

    // The cells that stay, with the separator between.
    fn line(&self, cells: &[String], end: &str) -> String {
        let kept = cells.iter().zip(&self.told).filter(|(_, t)| t.what != What::Remove);
        let mut line = String::new();
        for (n, (cell, _)) in kept.enumerate() {
            if n > 0 {
                line.push(self.separator);
            }
            line.push_str(cell);
        }
        line + end
    }

    fn row(&self, worker: &mut Worker<'_>, cells: &[&str], id: &str, residue: &mut usize) -> Row {
        if cells.iter().all(|c| c.is_empty()) {
            return Row::Written(cells.iter().map(|c| (*c).to_owned()).collect());
        }
        if cells.len() != self.told.len() {
            return Row::Refused;
        }
        let patient = self.patient(cells);
        let identity = patient.as_ref().map(known).unwrap_or_default();
        match worker.standing(patient.as_ref(), &Known::default(), "") {
            Made::Opposed => return Row::Opposed,
            Made::Unknown => return Row::Refused,
            _ => {}
        }
        let person = worker.person(&identity, id);
        let mut made = Vec::with_capacity(cells.len());
        for (cell, told) in cells.iter().zip(&self.told) {
            let old = value(cell);
            let new = match &told.what {
                What::Keep | What::Remove => None,
                _ if old.trim().is_empty() => None,
                What::Label(label) => Some(worker.cell(*label, &old, &person)),
                What::Text => match worker.document(&old, patient.as_ref(), &[], id) {
                    Made::Text(text) => {
                        *residue += text.residue.iter().filter(|r| r.sure).count();
                        Some(text.text)
                    }
                    _ => return Row::Refused,
                },
            };
            made.push(match new {
                Some(new) if new != old => self.quoted(&new, cell),
                _ => (*cell).to_owned(),
            });
        }
        Row::Written(made)
    }

    // The identity that the columns of a row give.
    fn patient(&self, cells: &[&str]) -> Option<Value> {
        let mut fields = Map::new();
        for (cell, told) in cells.iter().zip(&self.told) {
            let text = value(cell);
            if let Some(field) = told.patient.as_ref().filter(|_| !text.trim().is_empty()) {
                fields.insert(field.clone(), Value::String(text.trim().to_owned()));
            }
        }
        (!fields.is_empty()).then_some(Value::Object(fields))
    }

    // Quoted where it must be, or where the old value was.
    fn quoted(&self, new: &str, old: &str) -> String {
        if old.starts_with('"') || new.contains([self.separator, '"', '\n', '\r']) {
            format!("\"{}\"", new.replace('"', "\"\""))
        } else {
            new.to_owned()
        }
    }
}

enum Row {
    Written(Vec<String>),
    Opposed,
    Refused,
}

// The cells of the first row as they are written, its line end and what follows.
fn row(text: &str, separator: char) -> Option<(Vec<&str>, &str, &str)> {
    if text.is_empty() {
        return None;
    }
    let mut cells = Vec::new();
    let (mut from, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                cells.push(text.get(from..at)?);
                from = at + c.len_utf8();
            }
            '\n' if !quoted => {
                let last = text.get(from..at)?;
                let cell = last.strip_suffix('\r').unwrap_or(last);
                cells.push(cell);
                let end = from + cell.len();
                return Some((cells, text.get(end..=at)?, text.get(at + 1..)?));
            }
            _ => {}
        }
    }
    cells.push(text.get(from..)?);
    Some((cells, "", ""))
}

fn value(raw: &str) -> String {
    match raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => raw.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use relu_pipeline::deidentify::opposition::OppositionList;
    use relu_pipeline::deidentify::{Deidentifier, Key, Policy};

    use super::super::work::Task;
    use super::*;

    const COLUMNS: &str = "[column.Nom]\nwhat = \"NOM\"\npatient = \"birth_name\"\n[column.\"Prénom\"]\nwhat = \"PRENOM\"\npatient = \"first_name\"\n\
        [column.\"Né\"]\nwhat = \"DATE_NAISSANCE\"\npatient = \"birth_date\"\n[column.Note]\nwhat = \"text\"\n[column.CP]\nwhat = \"ZIP\"\n\
        [column.IPP]\nwhat = \"remove\"\n[column.Code]\nwhat = \"keep\"\n";
    const TABLE: &str = "\u{feff}Nom;\"Prénom\";Né;Note;CP;IPP;Code\r\n\
        DUPONT;Jean;1950-03-12;\"M. Dupont; vu le 12/04/2019, \"\"calme\"\"\";75015;123456;\"A\"\"1\"\r\n\
        KERVRAN;Anne;1971-08-30;;29000;;B2\r\n";

    fn write(list: Option<&str>) -> (String, Count) {
        let plan = Plan {
            deidentifier: Deidentifier::shipped().unwrap(),
            task: Task::Rewrite {
                policy: Box::new(Policy::named("substitution").unwrap()),
                key: Key::from_material(&[4; 32]),
            },
            review: false,
            opposed: list.map(|l| OppositionList::parse(l.as_bytes()).unwrap()),
            allow_unknown: false,
        };
        let mut table = Table::open(TABLE, parse(COLUMNS).unwrap()).unwrap();
        let mut out = String::new();
        let count = table
            .write(&mut Worker::new(&plan).unwrap(), &mut |line| {
                out.push_str(line);
                Ok(())
            })
            .unwrap();
        (out, count)
    }

    #[test]
    fn columns_follow_the_policy_and_the_rest_stays() {
        let (out, count) = write(None);
        let lines: Vec<&str> = out.split("\r\n").collect();
        assert_eq!(lines[0], "\u{feff}Nom;\"Prénom\";Né;Note;CP;Code");
        assert!(
            lines[1].ends_with(";75000;\"A\"\"1\"") && lines[2].ends_with(";;29000;B2"),
            "{out}"
        );
        assert!(lines[1].contains("\"\"calme\"\""));
        for gone in ["DUPONT", "Dupont", "Jean", "1950-03-12", "12/04/2019", "123456", "KERVRAN"] {
            assert!(!out.contains(gone), "{gone} in {out}");
        }
        // The name in the note is the one of its column.
        let name = lines[1].split(';').next().unwrap();
        assert!(lines[1].to_uppercase().matches(name).count() == 2, "{out}");
        assert_eq!((count.documents, count.refused), (2, 0));
        let (out, count) = write(Some("nom;prenom;date_naissance\nDupont;Jean;12/03/1950\n"));
        assert_eq!((out.lines().count(), count.opposed), (2, 1));
    }

    #[test]
    fn nothing_passes_by_omission() {
        let without = COLUMNS.replace("[column.Code]\nwhat = \"keep\"\n", "");
        assert!(Table::open(TABLE, parse(&without).unwrap()).err().unwrap().contains("« Code »"));
        let more = format!("{COLUMNS}[column.Autre]\nwhat = \"keep\"\n");
        assert!(Table::open(TABLE, parse(&more).unwrap()).err().unwrap().contains("« Autre »"));
        assert!(parse("[column.a]\nwhat = \"NON\"\n").err().unwrap().contains("étiquette"));
    }
}
