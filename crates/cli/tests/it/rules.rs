//! Rules for people, a site's own lexicon, and the measures on annotated notes.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::support::{jsonl, relu};

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn run(arguments: &[&str]) -> Output {
    relu().args(arguments).output().unwrap()
}

fn annotated(notes: &Path, more: &[&str]) -> Vec<Value> {
    let output = relu().args(["annotate", "--quiet"]).args(more).arg(notes).output().unwrap();
    text(&output).lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn every_rule_is_listed_explained_and_on_the_page() {
    let list = text(&run(&["rules", "list"]));
    let codes: Vec<&str> = list.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(codes.len() > 10, "{list}");
    let page = text(&run(&["rules", "page"]));
    for code in &codes {
        assert!(page.contains(&format!("<code>{code}")), "{code} is not on the page");
    }
    assert!(!page.contains("<script") && page.contains("lang=\"fr\""));
    let explained = text(&run(&["rules", "explain", codes[0]]));
    assert!(explained.contains(codes[0]) && explained.contains("Pourquoi"), "{explained}");
    assert_eq!(run(&["rules", "explain", "AUCUNE999"]).status.code(), Some(2));
}

#[test]
fn a_site_adds_terms_checks_them_and_sees_what_changes() {
    let dir = tempfile::tempdir().unwrap();
    let official = dir.path().join("officiel.csv");
    std::fs::write(
        &official,
        "Code;Libelle;Autres\nZ99.9;\"Syndrome de Zorglub ; forme ancienne\";maladie de Zorglub|zorglubite\n;sans code;\n",
    )
    .unwrap();
    let site = dir.path().join("site");
    let added = relu()
        .args(["lexicon", "add", "--as", "disorders", "--code", "code", "--display", "Libelle"])
        .args(["--terms", "3", "--publisher", "Essai", "--release", "1", "--licence", "essai"])
        .arg("--out")
        .arg(&site)
        .arg(&official)
        .output()
        .unwrap();
    assert!(text(&added).contains("1 entrées, 1 lignes laissées"));
    let lexicon = site.join("disorders-site.tsv");
    let overlay = lexicon.to_str().unwrap();

    let notes = dir.path().join("notes.jsonl");
    let note = json!({"id": 1, "text": "Suivi pour une maladie de Zorglub."});
    std::fs::write(&notes, format!("{note}\n")).unwrap();
    let found = |lines: &[Value]| {
        lines[0]["entities"].as_array().unwrap().iter().any(|e| e["code"]["code"] == "Z99.9")
    };
    assert!(!found(&annotated(&notes, &[])));
    assert!(found(&annotated(&notes, &["--overlay", overlay])));

    let diff = run(&["rules", "diff", "--sample", notes.to_str().unwrap(), "--overlay", overlay]);
    let diff = text(&diff);
    assert!(diff.contains("+ disorder") && diff.contains("1 documents, 1 changés"), "{diff}");

    // A shipped rule is switched off: explained, counted and shown as such.
    let cut = dir.path().join("coupes.toml");
    std::fs::write(&cut, "disable = [\"NEG001\"]\nwhy = \"Nos modèles l'écrivent autrement.\"\n")
        .unwrap();
    let cut = cut.to_str().unwrap();
    let note = json!({"id": 2, "text": "Pas de fièvre."});
    std::fs::write(&notes, format!("{note}\n")).unwrap();
    let explained = text(&run(&["rules", "explain", "NEG001", "--overlay", cut]));
    assert!(explained.contains("coupée") && explained.contains("Nos modèles"), "{explained}");
    let page = text(&run(&["rules", "page", "--overlay", cut]));
    assert!(page.contains("Règles coupées par le site") && page.contains("Nos modèles"));
    let diff =
        text(&run(&["rules", "diff", "--sample", notes.to_str().unwrap(), "--overlay", cut]));
    assert!(diff.contains("- symptom") && diff.contains("nié"), "{diff}");
    let unknown = dir.path().join("inconnue.toml");
    std::fs::write(&unknown, "disable = [\"NEG999\"]\nwhy = \"x\"\n").unwrap();
    let checked = relu().args(["rules", "check"]).arg(&unknown).output().unwrap();
    assert!(String::from_utf8_lossy(&checked.stderr).contains("NEG999"));

    // A file that nobody can read is refused with its name.
    let broken = dir.path().join("measures.toml");
    std::fs::write(&broken, "not toml at all [").unwrap();
    let checked = relu().args(["rules", "check"]).arg(&broken).output().unwrap();
    assert_eq!(checked.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&checked.stderr).contains("measures"));
    let unknown = relu()
        .args(["lexicon", "add", "--as", "rien", "--code", "1", "--display", "2"])
        .args(["--publisher", "Essai", "--release", "1", "--licence", "essai", "--out"])
        .arg(&site)
        .arg(&official)
        .status()
        .unwrap();
    assert_eq!(unknown.code(), Some(2));
    assert!(!site.join("rien-site.tsv").exists());
}

#[test]
fn our_own_output_as_gold_is_right_and_a_changed_one_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let notes = dir.path().join("notes.jsonl");
    let texts =
        ["Douleur et fièvre, diabète de type 2.", "Toux sèche. Asthme ancien.", "Céphalées."];
    let lines: String = texts
        .iter()
        .enumerate()
        .map(|(i, t)| {
            format!("{}\n", json!({"id": i, "text": t, "ward": if i == 0 {"A"} else {"B"}}))
        })
        .collect();
    std::fs::write(&notes, lines).unwrap();
    let mut gold = annotated(&notes, &[]);
    for (line, note) in gold.iter_mut().zip(jsonl(&notes)) {
        line["text"] = note["text"].clone();
        line["ward"] = note["ward"].clone();
    }
    let path = dir.path().join("gold.jsonl");
    let figures = |gold: &[Value], more: &[&str]| -> Value {
        std::fs::write(&path, gold.iter().map(|l| format!("{l}\n")).collect::<String>()).unwrap();
        let output = relu()
            .args(["eval", "annotate", "--quiet", "--json"])
            .args(more)
            .arg("--gold")
            .arg(&path)
            .output()
            .unwrap();
        serde_json::from_str(&text(&output)).unwrap()
    };
    let all = figures(&gold, &["--by", "ward"]);
    let rows = all["tables"]["tous"].as_array().unwrap();
    assert!(rows.iter().any(|r| r["name"] == "symptom" && r["how"] == "exact"));
    assert!(rows.iter().all(|r| r["f1"] == 100.0), "{rows:?}");
    assert!(all["tables"]["ward = A"].is_array() && all["tables"]["ward = B"].is_array());

    // One mention more in the gold, which nobody finds: recall falls, precision does not.
    let marked = rows.iter().find(|r| r["name"] == "symptom" && r["how"] == "exact").unwrap();
    let marked = marked["marked"].as_u64().unwrap();
    gold[2]["entities"]
        .as_array_mut()
        .unwrap()
        .push(json!({"start": 0, "end": 2, "label": "symptom"}));
    let less = figures(&gold, &[]);
    let rows = less["tables"]["tous"].as_array().unwrap().clone();
    let row = rows.iter().find(|r| r["name"] == "symptom" && r["how"] == "exact").unwrap();
    assert_eq!(row["marked"], marked + 1);
    assert_eq!(row["precision"], 100.0);
    let wanted = (1000.0 * marked as f64 / (marked + 1) as f64).round() / 10.0;
    assert_eq!(row["recall"], wanted);
    assert!(row["f1_interval"][0].as_f64() <= row["f1"].as_f64());
}

#[test]
fn gold_in_the_shape_of_e3c_is_recognised() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gold.jsonl");
    let line = json!({"id": "x", "text": "Présence d'une toux.", "split": "dev", "relations": [], "entities": [
        {"eid": "T1", "start": 9, "end": 19, "label": "CLINENTITY", "attributes": {"entityID": "C1"}},
        {"eid": "T2", "start": 15, "end": 19, "label": "EVENT", "attributes": {"polarity": "POS"}},
    ]});
    std::fs::write(&path, format!("{line}\n")).unwrap();
    let output = relu()
        .args(["eval", "annotate", "--quiet", "--json", "--gold"])
        .arg(&path)
        .output()
        .unwrap();
    let report: Value = serde_json::from_str(&text(&output)).unwrap();
    assert_eq!(report["mapping"], "e3c");
    let rows = report["tables"]["tous"].as_array().unwrap();
    let exact = rows.iter().find(|r| r["name"] == "clinical_entities" && r["how"] == "exact");
    assert_eq!(exact.unwrap()["f1"], 100.0, "the determiner of the gold does not count");
}

#[test]
fn the_bench_measures_both_sides_and_the_stages() {
    let dir = tempfile::tempdir().unwrap();
    let notes = dir.path().join("notes.jsonl");
    let note = json!({"id": 1, "text": "Toux sèche, fièvre à 38,5 °C. ".repeat(50)});
    std::fs::write(&notes, format!("{note}\n").repeat(20)).unwrap();
    let output = relu()
        .args(["bench", "annotate", "--rounds", "1", "--megabytes", "1", "--peer", "cat"])
        .arg(&notes)
        .output()
        .unwrap();
    let said = text(&output);
    for part in [
        "démarrage",
        "par seconde de processeur",
        "rapport",
        "deux fils",
        "passe nue",
        "écriture du JSON",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}
