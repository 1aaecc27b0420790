//! `relu lexicon`: a site's own terms, made from the official file of a terminology that may not be
//! shipped with the program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use relu_record::Sha256Hex;

use crate::annotate::overlay;
use crate::output::{Done, Failure, print};

/// Make a lexicon from the official file of a terminology
#[derive(Args)]
pub(crate) struct Lexicon {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Add(Add),
}

/// Write NAME.tsv and its manifest, to be given to `annotate --overlay`
///
/// The file is a table with a header line. Columns are named as in that line, or numbered from 1.
#[derive(Args)]
struct Add {
    /// The official file: CSV, TSV or fields between bars
    file: PathBuf,
    /// Lexicon it belongs to: drugs, disorders, symptoms, body_parts, procedures…
    #[arg(long = "as", value_name = "NAME")]
    name: String,
    /// Column of the codes
    #[arg(long, value_name = "COLUMN")]
    code: String,
    /// Column of the labels, which are also terms
    #[arg(long, value_name = "COLUMN")]
    display: String,
    /// Column of more terms, separated by semicolons or bars
    #[arg(long, value_name = "COLUMN")]
    terms: Option<String>,
    /// What separates the columns [default: the one of tab, ;, |, comma that the header has most]
    #[arg(long)]
    separator: Option<char>,
    /// Who publishes the terminology
    #[arg(long)]
    publisher: String,
    /// Its version
    #[arg(long)]
    release: String,
    /// Under what terms the site may use it
    #[arg(long)]
    licence: String,
    /// Folder of the site's rules
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Lexicon {
    pub(crate) fn run(self) -> Done {
        let What::Add(add) = self.what;
        add.run()
    }
}

// Code to label and terms.
type Entries = BTreeMap<(String, String), Vec<String>>;

impl Add {
    fn run(&self) -> Done {
        let bytes = std::fs::read(&self.file)
            .map_err(|e| Failure::usage(format!("lecture de {} : {e}", self.file.display())))?;
        let (entries, left) = self.entries(&decoded(&bytes))?;
        if entries.is_empty() {
            return Err(Failure::refused("aucune ligne avec un code et un libellé"));
        }
        let mut table = String::from("display\tcode\tkind\tstatus\tterms\n");
        for ((display, code), terms) in &entries {
            table += &format!("{display}\t{code}\t\t\t{}\n", terms.join(";"));
        }
        let about = |path: &Path, e: std::io::Error| {
            Failure::usage(format!("écriture de {} : {e}", path.display()))
        };
        std::fs::create_dir_all(&self.out).map_err(|e| about(&self.out, e))?;
        let path = self.out.join(format!("{}-site.tsv", self.name));
        std::fs::write(&path, &table).map_err(|e| about(&path, e))?;
        // Read as the engine will, so that a file that would be refused later is refused now.
        if let Err(e) = overlay::engine(std::slice::from_ref(&path)) {
            let _ = std::fs::remove_file(&path);
            return Err(e);
        }
        let manifest = self.out.join(format!("{}-site.manifest.toml", self.name));
        std::fs::write(&manifest, self.manifest(&table, entries.len(), &bytes))
            .map_err(|e| about(&manifest, e))?;
        print(&format!("{} entrées, {left} lignes laissées : {}", entries.len(), path.display()))?;
        Ok(ExitCode::SUCCESS)
    }

    fn entries(&self, text: &str) -> Result<(Entries, usize), Failure> {
        let mut lines = text.lines().filter(|l| !l.trim().is_empty());
        let header = lines.next().ok_or_else(|| Failure::refused("fichier vide"))?;
        let separator = self.separator.unwrap_or_else(|| separator_of(header));
        let names = cells(header, separator);
        let (code, display) = (column(&names, &self.code)?, column(&names, &self.display)?);
        let more = self.terms.as_deref().map(|t| column(&names, t)).transpose()?;
        let (mut entries, mut left) = (Entries::new(), 0);
        for line in lines {
            let row = cells(line, separator);
            let cell = |i: usize| row.get(i).map(|c| clean(c)).filter(|c| !c.is_empty());
            let (Some(code), Some(display)) = (cell(code), cell(display)) else {
                left += 1;
                continue;
            };
            let more = more.and_then(|i| row.get(i).cloned()).unwrap_or_default();
            let terms = std::iter::once(display.as_str()).chain(more.split([';', '|']));
            let known = entries.entry((display.clone(), code)).or_default();
            for term in terms.map(clean).filter(|t| t.chars().count() > 1) {
                if !known.contains(&term) {
                    known.push(term);
                }
            }
        }
        Ok((entries, left))
    }

    fn manifest(&self, table: &str, entries: usize, official: &[u8]) -> String {
        // A JSON string is a basic string of TOML.
        let quoted = |s: &str| serde_json::Value::from(s).to_string();
        let source = self.file.file_name().map(|n| n.to_string_lossy().into_owned());
        format!(
            "publisher = {}\nversion = {}\nlicence = {}\nsource = {}\nsource_sha256 = {}\nentries = {entries}\nsha256 = {}\n",
            quoted(&self.publisher),
            quoted(&self.release),
            quoted(&self.licence),
            quoted(&source.unwrap_or_default()),
            quoted(&Sha256Hex::of(official).0),
            quoted(&Sha256Hex::of(table.as_bytes()).0),
        )
    }
}

// UTF-8, with or without a mark, else Latin-1, which many official files still are.
fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}

fn separator_of(header: &str) -> char {
    let count = |c: &char| header.matches(*c).count();
    // Of equals the last wins: a tab before a comma.
    [',', '|', ';', '\t'].into_iter().max_by_key(count).unwrap_or(';')
}

// Cells of a line; a cell between quotation marks may hold the separator.
fn cells(line: &str, separator: char) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c == separator && !quoted => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    cells
}

fn column(names: &[String], wanted: &str) -> Result<usize, Failure> {
    let by_name = names.iter().position(|n| n.trim().eq_ignore_ascii_case(wanted.trim()));
    let by_number = wanted.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    by_name
        .or(by_number.filter(|n| *n < names.len()))
        .ok_or_else(|| Failure::usage(format!("aucune colonne {wanted} dans l'en-tête")))
}

// One line of words: a tab, a line end or a semicolon would end the cell or the term.
fn clean(cell: &str) -> String {
    cell.replace([';', '\t'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_every_kind_are_read() {
        assert_eq!(cells("a;\"b;c\";d", ';'), ["a", "b;c", "d"]);
        assert_eq!(separator_of("code|libelle|autres"), '|');
        assert_eq!(separator_of("code\tlibelle"), '\t');
        let names = cells("Code;Libellé", ';');
        assert_eq!(column(&names, "libellé").unwrap(), 1);
        assert_eq!(column(&names, "1").unwrap(), 0);
        assert!(column(&names, "3").is_err() && column(&names, "0").is_err());
        assert_eq!(decoded(b"\xE9t\xE9"), "été");
        assert_eq!(decoded("\u{feff}été".as_bytes()), "été");
    }
}
