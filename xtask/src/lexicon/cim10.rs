//! Diseases: of the ICD-10 in French, the short labels that reports write as they stand. A label is
//! kept unchanged or not at all.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::table::Row;
use super::{Terms, key, keys};
use crate::sh::{Failure, found};

/// What is kept.
#[derive(Deserialize)]
pub struct Filter {
    /// The manifest.
    #[serde(flatten)]
    pub terms: Terms,
    chapters: String,
    most_words: usize,
    reject: Vec<String>,
    drop: Vec<String>,
}

/// The rows of the table `cim10.csv` (code, type, two uses, short label, label), without labels of
/// `known`.
pub fn rows(csv: &[u8], filter: &Filter, known: &BTreeSet<String>) -> Result<Vec<Row>, Failure> {
    let text = std::str::from_utf8(csv)
        .map_err(|e| found(format!("cim10.csv of the package is not UTF-8: {e}")))?;
    let mut lines = text.lines();
    if lines.next() != Some("code,type,ssr,psy,short,long") {
        return Err(found("cim10.csv of the package has other columns than expected"));
    }
    let (reject, drop) = (keys(&filter.reject), keys(&filter.drop));
    let mut seen = known.clone();
    let mut rows = Vec::new();
    for line in lines {
        let cells = cells(line);
        let [code, .., label] = cells.as_slice() else { continue };
        let Some(code) = dotted(code, &filter.chapters) else { continue };
        let k = key(label);
        let words: Vec<&str> = k.split([' ', '\'', '-']).collect();
        let plain = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’');
        let usual = k.split(' ').count() <= filter.most_words
            && label.chars().all(plain)
            && k.chars().count() > 4
            && !words.iter().any(|w| reject.contains(*w))
            && !drop.contains(&k);
        if usual && seen.insert(k) {
            rows.push(Row { display: label.clone(), code, terms: vec![label.clone()] });
        }
    }
    Ok(rows)
}

// "A022" as "A02.2", for the chapters wanted and codes of at most four characters.
fn dotted(code: &str, chapters: &str) -> Option<String> {
    let shape = code.chars().skip(1).all(|c| c.is_ascii_digit());
    let wanted = code.chars().next().is_some_and(|c| chapters.contains(c));
    match (shape && wanted, code.len()) {
        (true, 3) => Some(code.to_owned()),
        (true, 4) => Some(format!("{}.{}", code.get(..3)?, code.get(3..)?)),
        _ => None,
    }
}

// The cells of a CSV line, quoted where they hold a comma (RFC 4180, without line feeds inside).
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_for_coders_stay_out() {
        let filter = super::super::filter().unwrap().cim10;
        let csv = "code,type,ssr,psy,short,long\n\
            A00,3,NNNN,3,CHOLERA,Choléra\n\
            A009,0,N,0,\"CHOLERA, SAI\",\"Choléra, sans précision\"\n\
            L290,0,N,0,PRURIT ANAL,Prurit anal\n\
            K65+1,0,N,0,X,Prurit nasal\n\
            Z000,0,N,0,X,Examen général\n\
            D59,3,N,0,X,Anémie connue\n";
        let known = BTreeSet::from(["anemie connue".to_owned()]);
        let rows = rows(csv.as_bytes(), &filter, &known).unwrap();
        let got: Vec<(&str, &str)> =
            rows.iter().map(|r| (r.code.as_str(), r.display.as_str())).collect();
        assert_eq!(got, [("A00", "Choléra"), ("L29.0", "Prurit anal")]);
    }
}
