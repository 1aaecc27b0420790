//! What any bytes do at the doors of the record, without a store: the body is read, checked, written
//! again and indexed, the search read and compared. The drill of `fuzz/` and a short form of it with
//! the tests share this.
//!
//! An input is a search (`Observation?code=x`), the end of a line, and a body; or a body alone.

use super::json::Json;
use super::outcome::Result;
use super::{bundle, check, follow, patient, query, shown, table, values, write};

const BASE: &str = "http://localhost/fhir";
/// As many as a resource has terms, and a little more: beyond, some were left out.
const MANY_TERMS: usize = 590;

/// Whether the bytes were a body that is kept here; an invariant that does not hold is an error.
pub fn stand(bytes: &[u8]) -> std::result::Result<bool, &'static str> {
    let (search, body) = match bytes.iter().position(|b| *b == b'\n') {
        Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default()),
        None => (&[][..], bytes),
    };
    let asked = asked(&String::from_utf8_lossy(search));
    let Ok(json) = Json::parse(body) else { return Ok(false) };
    let written = json.to_bytes();
    match Json::parse(&written) {
        Ok(again) if again == json && again.to_bytes() == written => {}
        _ => return Err("what was read is not written again as it was"),
    }
    let _ = bundle::look(&json);
    let Ok(kind) = check::kind_of(&json) else { return Ok(false) };
    if check::resource(kind, &json).is_err() {
        return Ok(false);
    }
    let kept = shown::bare(&kind.name, json);
    if check::resource(kind, &kept).is_err() {
        return Err("what is kept would not be accepted");
    }
    let _ = (write::is_masked(&kept), patient::identity(&kept, None));
    let (from, to) = (relu_vault::PatientId("a".into()), relu_vault::PatientId("b".into()));
    let mut moved = kept.clone();
    if follow::rename(kind, &mut moved, &from, &to) && follow::rename(kind, &mut moved, &from, &to)
    {
        return Err("a file that was moved is still where it was");
    }
    if let Some(Ok((of, asked))) = asked
        && of.name == kind.name
    {
        found(kind, &kept, &asked)?;
    }
    Ok(true)
}

fn asked(search: &str) -> Option<Result<(&'static table::Type, query::Asked)>> {
    let (name, query) = search.split_once('?')?;
    let kind = table::find(name)?;
    let asked = query::parse(kind, &super::pairs(query), BASE);
    Some(asked.map(|a| (kind, a)))
}

// A search brings everything for which it holds: no clause of tokens leaves it out.
fn found(
    kind: &'static table::Type,
    body: &Json,
    asked: &query::Asked,
) -> std::result::Result<(), &'static str> {
    let terms = values::terms(kind, body);
    // Of several dates of one element no single one need satisfy all that is asked.
    let several = |c: &query::Criterion| {
        c.param.kind == table::Kind::Date && values::found(body, c.param).len() > 1
    };
    let all = asked.criteria.iter().all(|c| c.holds(body));
    if !all || terms.len() >= MANY_TERMS || asked.criteria.iter().any(several) {
        return Ok(());
    }
    let brings = query::clauses(&asked.criteria)
        .iter()
        .all(|clause| clause.any.iter().any(|t| terms.contains(t)) != clause.none);
    if brings { Ok(()) } else { Err("a search leaves out what it asks for") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Unless `RELU_REPLAY_ROUNDS` says otherwise.
    const ROUNDS: u64 = 40_000;
    const WORDS: &[&str] = &[
        "\"",
        "\\",
        "\\u00e9",
        "\\ud83d",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "true",
        "-0.0e9",
        "\n",
        "?",
        "&",
        "=",
        "%",
        "%2",
        "%00",
        "|",
        "\\,",
        "$",
        ":not",
        ":missing=true",
        ":exact",
        ":contains",
        "eq",
        "ne2019",
        "ap",
        "2019-02-29",
        "2019-03-04T10:00:00+14:00",
        "9999",
        "0000",
        "T24:00:00Z",
        "\"reference\":\"Patient/a\"",
        "\"reference\":\"#x\"",
        "\"status\":\"final\"",
        "Patient/",
        "_id=",
        "_sort=-date",
        "_include=Observation:subject",
        "_count=99999999999",
        "\u{301}",
        "é",
        "ﬁ",
    ];

    fn seeds() -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/record");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        files.iter().map(|f| std::fs::read(f).unwrap()).collect()
    }

    // The `n`-th mutation depends on the seeds and on `n` alone.
    fn mutated(seeds: &[Vec<u8>], n: u64) -> Vec<u8> {
        let mut state = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut roll = |of: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap() % of.max(1)
        };
        let mut bytes = seeds[roll(seeds.len())].clone();
        for _ in 0..=roll(3) {
            let at = roll(bytes.len() + 1);
            let end = (at + roll(9)).min(bytes.len());
            match roll(5) {
                0 => bytes.truncate(at),
                1 => _ = bytes.drain(at..end),
                2 => {
                    let word = WORDS[roll(WORDS.len())];
                    bytes.splice(at..at, word.bytes());
                }
                3 => {
                    let word = WORDS[roll(WORDS.len())];
                    bytes.splice(at..end, word.bytes());
                }
                _ => {
                    // A piece of another seed.
                    let other = &seeds[roll(seeds.len())];
                    let from = roll(other.len() + 1);
                    let to = (from + roll(60)).min(other.len());
                    bytes.splice(at..end, other[from..to].to_vec());
                }
            }
        }
        bytes
    }

    #[test]
    fn the_doors_of_the_record_stand_any_bytes() {
        let seeds = seeds();
        let rounds = std::env::var("RELU_REPLAY_ROUNDS").map_or(ROUNDS, |n| n.parse().unwrap());
        let mut kept = 0;
        for (i, seed) in seeds.iter().enumerate() {
            assert_eq!(stand(seed).map(|_| ()), Ok(()), "seed {i}");
        }
        for n in 0..rounds {
            let bytes = mutated(&seeds, n);
            match stand(&bytes) {
                Ok(read) => kept += u64::from(read),
                Err(why) => panic!("mutation {n}: {why}: {}", String::from_utf8_lossy(&bytes)),
            }
        }
        // Mutations that are all refused at the door would show nothing.
        assert!(kept * 20 > rounds, "{kept} of {rounds} were kept");
    }
}
