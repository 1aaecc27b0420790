//! `relu annotate`: the lines other programs rely on.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::support::relu;

/// Runs `relu annotate` over lines given on standard input.
fn annotate(lines: &str, arguments: &[&str]) -> Output {
    let mut child = relu()
        .arg("annotate")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = lines.to_owned();
    let feeding = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    output
}

fn answers(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// Notes of every sort, long and short, with and without spans.
pub fn notes(count: usize) -> Vec<Value> {
    let texts = [
        "Motif : dyspnée d'effort.\nAntécédents : diabète de type 2, pas d'HTA.\n",
        "Œdème des membres inférieurs ; « TA 12/8 », poids 70,5 kg – 😀 pas de fièvre.",
        "",
        "Traitement : METFORMINE 1000 mg matin et soir, arrêt du Kardégic le 12/03/2019.\r\n",
        "Sa mère a eu un cancer du sein.\tPossible pneumopathie ?\n\n\nConclusion : toux.",
    ];
    (0..count)
        .map(|n| {
            let text = texts[n % texts.len()].repeat(1 + n % 7);
            let length = text.chars().count();
            let mut note = json!({"id": format!("note-{n}"), "text": text});
            if n % 3 == 0 {
                note["context"] = json!({"note_date": "2019-04-01", "birth_date": "1950-01-02"});
            }
            if n % 4 == 0 {
                let spans: Vec<Value> = (0..length / 9)
                    .rev()
                    .map(|i| json!({"start": i * 9, "end": i * 9 + 8, "within": i % 2 == 0}))
                    .collect();
                note["spans"] = spans.into();
            }
            if n % 11 == 5 {
                note["id"] = json!(n);
            }
            note
        })
        .collect()
}

fn lines_of(notes: &[Value]) -> String {
    notes.iter().map(|n| format!("{n}\n")).collect()
}

#[test]
fn offsets_count_code_points_and_quote_the_words() {
    let text = "Œdème 😀. Pas de toux, poids 70,5 kg.";
    let note = json!({
        "id": "a", "text": text,
        "spans": [{"start": 16, "end": 20}, {"start": 0, "end": 5, "within": true}],
    });
    let output = annotate(&format!("{note}\n"), &["--quiet"]);
    assert_eq!(output.status.code(), Some(0));
    let answer = answers(&output).remove(0);
    assert_eq!(answer["id"], "a");
    assert_eq!(answer["unreviewed"], true);
    let words = |e: &Value| -> String {
        let at = |k: &str| e[k].as_u64().unwrap() as usize;
        text.chars().skip(at("start")).take(at("end") - at("start")).collect()
    };
    let entities = answer["entities"].as_array().unwrap();
    let of = |label: &str| entities.iter().find(|e| e["label"] == label).unwrap();
    let cough = entities.iter().find(|e| words(e) == "toux").unwrap();
    assert_eq!(cough["label"], "symptom");
    assert_eq!(cough["attributes"]["negated"], true);
    let cue = &cough["cues"][0];
    assert_eq!(words(&json!({"start": cue[0], "end": cue[1]})).trim(), "Pas");
    assert_eq!(of("quantity")["kind"], "weight");
    assert_eq!(of("quantity")["value"]["number"], 70.5);
    assert_eq!(of("quantity")["value"]["unit"], "kg");
    let spans = answer["spans"].as_array().unwrap();
    assert_eq!((words(&spans[0]).as_str(), words(&spans[1]).as_str()), ("toux", "Œdème"));
    assert_eq!(spans[0]["attributes"]["negated"], true);
    assert_eq!(spans[1]["attributes"]["is_reason"], false);
    assert_eq!(answer["sentences"].as_array().unwrap().len(), 2);
}

#[test]
fn every_offset_lies_in_its_text() {
    let notes = notes(60);
    let output = annotate(&lines_of(&notes), &["--quiet"]);
    let answers = answers(&output);
    assert_eq!(answers.len(), notes.len());
    for (note, answer) in notes.iter().zip(&answers) {
        assert_eq!(note["id"], answer["id"]);
        let length = note["text"].as_str().unwrap().chars().count() as u64;
        let inside = |start: &Value, end: &Value| {
            start.as_u64().unwrap() <= end.as_u64().unwrap() && end.as_u64().unwrap() <= length
        };
        for key in ["sentences", "sections", "entities", "spans"] {
            for e in answer[key].as_array().into_iter().flatten() {
                match e {
                    Value::Array(pair) => assert!(inside(&pair[0], &pair[1])),
                    e => assert!(inside(&e["start"], &e["end"])),
                }
                for cue in e["cues"].as_array().into_iter().flatten() {
                    assert!(inside(&cue[0], &cue[1]));
                }
            }
        }
        let asked = note["spans"].as_array().map(|s| s.len());
        assert_eq!(answer["spans"].as_array().map(|s| s.len()), asked, "absent when not asked for");
    }
}

#[test]
fn the_output_is_the_same_whatever_the_number_of_jobs() {
    let mut notes = notes(3000);
    // One of a megabyte among small ones, and one without a space.
    notes[1500]["text"] = notes[4]["text"].as_str().unwrap().repeat(4000).into();
    notes[1501] = json!({"id": "plain", "text": "é".repeat(500_000)});
    let mut lines = lines_of(&notes);
    lines.push_str("not json\n\n{\"id\":\"last\",\"text\":\"toux\"}");
    let one = annotate(&lines, &["--quiet", "--jobs", "1"]);
    assert_eq!(one.status.code(), Some(1));
    assert_eq!(answers(&one).len(), 3002);
    assert_eq!(answers(&one).iter().filter(|a| a["unreviewed"] == true).count(), 1);
    for jobs in ["2", "5"] {
        let many = annotate(&lines, &["--quiet", "--jobs", jobs]);
        assert!(one.stdout == many.stdout, "{jobs} jobs");
    }
}

#[test]
fn what_cannot_be_used_has_its_line_and_the_others_go_on() {
    let lines = [
        r#"{"text":"toux"}"#,
        r#"{"id":"no-text"}"#,
        r#"{"id":"not-text","text":["toux Dupont"]}"#,
        r#"{"id":"cut","text":"toux Dupont"#,
        r#"["toux"]"#,
        r#"{"id":"far","text":"toux","spans":[{"start":2,"end":9}]}"#,
        r#"{"id":"back","text":"toux","spans":[{"start":2,"end":1}]}"#,
        r#"{"id":"date","text":"toux","context":{"note_date":"hier"}}"#,
        r#"{"id":"good","text":"toux","more":{"Dupont":[]}}"#,
    ];
    let output = annotate(&lines.join("\n"), &[]);
    assert_eq!(output.status.code(), Some(1), "some inputs are refused");
    let told: Vec<(String, String)> = answers(&output)
        .iter()
        .map(|a| (a["id"].to_string(), a["error"]["code"].as_str().unwrap_or("-").to_owned()))
        .collect();
    let wanted = [
        ("null", "-"),
        ("\"no-text\"", "missing-text"),
        ("\"not-text\"", "invalid-field"),
        ("\"cut\"", "invalid-json"),
        ("null", "invalid-json"),
        ("\"far\"", "span-out-of-bounds"),
        ("\"back\"", "span-out-of-bounds"),
        ("\"date\"", "invalid-date"),
        ("\"good\"", "-"),
    ];
    assert_eq!(told, wanted.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(!String::from_utf8(output.stdout).unwrap().contains("Dupont"), "errors quote nothing");
    assert!(output.stderr.is_empty(), "nothing to say");
}

#[test]
fn files_are_read_in_the_order_given() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).unwrap();
        dir.path().join(name)
    };
    let two = file("a", "{\"id\":2,\"text\":\"\"}");
    let one = file("b", "{\"id\":1,\"text\":\"\"}\n");
    let output = relu().args(["annotate", "--quiet"]).args([&one, &two]).output().unwrap();
    let ids: Vec<Value> = answers(&output).iter().map(|a| a["id"].clone()).collect();
    assert_eq!(ids, [json!(1), json!(2)]);
    // Wrong usage, before anything is written.
    let output = relu().arg("annotate").arg(&one).arg(dir.path().join("absent")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
