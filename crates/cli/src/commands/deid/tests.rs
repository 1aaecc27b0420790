//! Lines in, lines out, as the contract says them.

use relu_pipeline::deidentify::opposition::OppositionList;
use relu_pipeline::deidentify::{Deidentifier, Key, Policy};
use serde_json::Value;

use super::lines::batch;
use super::work::{Plan, Task};

fn plan(task: Task) -> Plan {
    let deidentifier = Deidentifier::shipped().unwrap();
    Plan { deidentifier, task, review: false, opposed: None, allow_unknown: false }
}

fn surrogate(material: u8) -> Plan {
    let policy = Policy::named("substitution").unwrap();
    plan(Task::Rewrite { policy: Box::new(policy), key: Key::from_material(&[material; 32]) })
}

#[test]
fn lines_come_back_masked_or_refused() {
    let lines = concat!(
        r#"{"id":7,"text":"Vu le 12/04/2015 par téléphone au 01 42 34 56 78."}"#,
        "\n",
        r#"{"id":"b"}"#,
        "\n",
        "nonsense\n",
        r#"{"id":"c","text":"zorvane est calme","patient":{"birth_name":"Zorvané"}}"#,
        "\n",
        r#"{"id":"d","text":"abc","stand_ins":[[1,9]]}"#,
        "\n",
    );
    let (masked, count) = batch(&plan(Task::Mask), lines);
    let lines_out: Vec<&str> = masked.lines().collect();
    assert_eq!(count.refused, 3);
    assert_eq!(
        lines_out[0],
        r#"{"id":7,"unreviewed":true,"text":"Vu le [DATE] par téléphone au [TEL]."}"#
    );
    assert!(lines_out[1].starts_with(r#"{"id":"b","error":{"code":"missing-text""#));
    assert!(lines_out[2].starts_with(r#"{"id":null,"error":{"code":"invalid-json""#));
    assert_eq!(lines_out[3], r#"{"id":"c","text":"[NOM] est calme"}"#);
    assert!(lines_out[4].starts_with(r#"{"id":"d","error":{"code":"bad-span""#));
    let (annotated, _) = batch(&plan(Task::Annotate), lines);
    assert!(annotated.contains(r#"{"start":6,"end":16,"label":"DATE"}"#), "{annotated}");
}

#[test]
fn the_output_given_back_comes_out_unchanged() {
    let line = r#"{"id":1,"text":"Dr Claire LEFÈVRE\nTél. 01 42 34 56 78\nM. Jean DUPONT, né le 12/03/1950, 94 ans, vu le 3 mai 2019 à Rennes (35000). M. Dupont va bien.","patient":{"birth_name":"DUPONT","first_name":"Jean","birth_date":"1950-03-12"}}"#;
    let plan = surrogate(1);
    let (once, _) = batch(&plan, &format!("{line}\n"));
    let mut first: Value = serde_json::from_str(&once).unwrap();
    assert!(
        !once.contains("Dupont") && !once.contains("DUPONT") && !once.contains("01 42"),
        "{once}"
    );
    assert!(!first["stand_ins"].as_array().unwrap().is_empty());
    let (twice, _) = batch(&plan, &format!("{once}\n"));
    let second: Value = serde_json::from_str(&twice).unwrap();
    assert_eq!(first["text"], second["text"]);
    assert_eq!(first["stand_ins"], second["stand_ins"]);
    // Without its spans the stand-ins are names like others.
    first.as_object_mut().unwrap().remove("stand_ins");
    let (other, _) = batch(&plan, &format!("{first}\n"));
    assert_ne!(serde_json::from_str::<Value>(&other).unwrap()["text"], second["text"]);
}

#[test]
fn opposed_persons_are_left_out() {
    let opposed =
        OppositionList::parse(b"nom;prenom;date_naissance\nDupont;Jean;12/03/1950\n").unwrap();
    let plan = Plan { opposed: Some(opposed), ..plan(Task::Mask) };
    let lines = concat!(
        r#"{"id":1,"text":"bonjour","patient":{"birth_name":"DUPONT","first_name":"Jean","birth_date":"1950-03-12"}}"#,
        "\n",
        r#"{"id":2,"text":"bonsoir","patient":{"birth_name":"KERVRAN","first_name":"Anne","birth_date":"1971-08-30"}}"#,
        "\n",
        r#"{"id":3,"text":"sans identité"}"#,
        "\n",
    );
    let (out, count) = batch(&plan, lines);
    let ids: Vec<String> =
        out.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["id"].to_string()).collect();
    assert_eq!(ids, ["2", "3"]);
    assert!(out.lines().next().unwrap().starts_with(r#"{"id":2,"unreviewed":true"#), "{out}");
    assert!(out.contains("unknown-person"));
    assert_eq!((count.opposed, count.refused), (1, 1));
}
