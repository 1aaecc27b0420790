//! The same is found wherever the segments lie, and what is removed is gone.

use std::collections::BTreeMap;

use super::*;
use crate::vault::VaultSettings;

async fn vault(dir: &std::path::Path) -> Vault {
    let data_dir = dir.join("data");
    let key_file = crate::key::default_key_path(&data_dir);
    let settings = VaultSettings { data_dir, key_file, database_url: None, create: true };
    Vault::open(settings, Instant(1)).await.unwrap()
}

/// A document whose words are its terms.
fn document(id: &str, version: u64, text: &str) -> IndexDocument {
    let mut terms: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (word, place) in text.split(' ').zip(0..) {
        terms.entry(word.to_owned()).or_default().push(place);
    }
    let words = text.split(' ').count() as u32;
    let document = DocumentId(id.to_owned());
    let entry = IndexEntry { document, version, day: Some(-400), masked: id == "m", words };
    IndexDocument { entry, terms }
}

fn clause(words: &str) -> TermClause {
    let (negative, words) = words.strip_prefix('-').map_or((false, words), |w| (true, w));
    let any = words.split('|').map(|way| {
        let (ordered, way) = way.strip_prefix('"').map_or((false, way), |w| (true, w));
        let (prefix, way) = way.strip_suffix('*').map_or((false, way), |w| (true, w));
        let terms = way.split('+').zip(0..).map(|(w, n)| (w.to_owned(), n)).collect();
        TermPhrase { terms, ordered, prefix }
    });
    TermClause { any: any.collect(), negative }
}

fn found(index: &SearchIndex, line: &str) -> String {
    let clauses: Vec<TermClause> = line.split_whitespace().map(clause).collect();
    let all = index.find(&clauses, |_| true, 0, 50).unwrap();
    let mut ids: Vec<String> = all.best.into_iter().map(|d| d.entry.document.0).collect();
    assert_eq!(all.total, ids.len());
    ids.sort();
    ids.join("")
}

const TABLE: [(&str, &str); 12] = [
    ("toux", "ac"),
    ("toux fievre", "a"),
    ("toux -fievre", "c"),
    ("\"douleur+thoracique", "b"),
    ("douleur+thoracique", "bd"),
    ("tho*", "bd"),
    ("idm|\"infarctus+myocarde", "cd"),
    ("absent", ""),
    ("-toux", "bdm"),
    ("\"infarctus+myo*", "d"),
    ("toux absent", ""),
    ("secret", "m"),
];

fn corpus() -> Vec<IndexDocument> {
    vec![
        document("a", 1, "toux fievre toux"),
        document("b", 1, "douleur thoracique"),
        document("c", 1, "toux idm"),
        document("d", 1, "thoracique sans douleur infarctus myocarde"),
        document("m", 1, "secret"),
    ]
}

#[tokio::test]
async fn the_same_is_found_in_memory_in_files_merged_and_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path()).await;
    let check = |index: &SearchIndex, when: &str| {
        for (line, ids) in TABLE {
            assert_eq!(found(index, line), ids, "{line}: {when}");
        }
    };
    let mut index = SearchIndex::open(&vault).unwrap();
    index.add(&[document("a", 0, "absent"), document("b", 0, "absent toux")]).unwrap();
    for one in corpus() {
        index.add(&[one]).unwrap();
    }
    check(&index, "in memory");
    index.persist(Instant(7)).unwrap();
    assert_eq!((index.unwritten(), index.len(), index.cursor()), (0, 5, Instant(7)));
    check(&index, "in a file");
    drop(index);
    let mut index = SearchIndex::open(&vault).unwrap();
    assert_eq!((index.len(), index.cursor()), (5, Instant(7)));
    assert_eq!(index.version_of(&DocumentId("a".into())), Some(1));
    check(&index, "opened again");
    // Each written alone, over and over: files are merged, former selves are gone.
    for version in 2..14 {
        for one in corpus() {
            let entry = IndexEntry { version, ..one.entry };
            index.add(&[IndexDocument { entry, ..one }]).unwrap();
        }
        index.persist(Instant(8)).unwrap();
    }
    let files = std::fs::read_dir(vault.search_folder()).unwrap().count();
    assert!(files <= MOST_FILES + 1, "{files} files");
    check(&index, "merged");
    let masked = index.find(&[clause("secret")], |e| !e.masked, 0, 9).unwrap();
    assert_eq!(masked.total, 0, "what is not accepted is not counted");
}

#[tokio::test]
async fn what_is_removed_is_in_no_file_and_what_is_damaged_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path()).await;
    let mut index = SearchIndex::open(&vault).unwrap();
    index.add(&corpus()).unwrap();
    index.persist(Instant(9)).unwrap();
    let before: Vec<_> = std::fs::read_dir(vault.search_folder()).unwrap().flatten().collect();
    index.remove(&[DocumentId("m".into())]).unwrap();
    index.persist(Instant(9)).unwrap();
    assert_eq!(found(&index, "secret"), "");
    assert!(index.segments.iter().all(|s| s.range("secret", false).is_empty()), "the word is gone");
    for file in before.iter().filter(|f| f.file_name() != "index") {
        assert!(!file.path().exists(), "the former file is gone");
    }
    drop(index);
    let file = std::fs::read_dir(vault.search_folder()).unwrap().flatten();
    let file = file.map(|f| f.path()).find(|p| p.file_name().unwrap() != "index").unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() - 40;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let index = SearchIndex::open(&vault).unwrap();
    assert_eq!((index.len(), index.cursor()), (0, Instant(0)), "to be made anew");
}

#[tokio::test]
async fn the_rare_and_the_often_said_come_first() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault(dir.path()).await;
    let mut index = SearchIndex::open(&vault).unwrap();
    index
        .add(&[
            document("a", 1, "toux un deux trois quatre cinq six sept"),
            document("b", 1, "toux toux toux un deux trois quatre cinq"),
            document("c", 1, "toux"),
        ])
        .unwrap();
    let all = index.find(&[clause("toux")], |_| true, 0, 2).unwrap();
    let ids: Vec<&str> = all.best.iter().map(|d| d.entry.document.0.as_str()).collect();
    assert_eq!(
        (all.total, ids),
        (3, vec!["c", "b"]),
        "a short one, then the one that says it thrice"
    );
    let rest = index.find(&[clause("toux")], |_| true, 2, 2).unwrap();
    assert_eq!(rest.best[0].entry.document.0, "a");
}
