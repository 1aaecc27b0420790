//! `relu deid FILES… --out DIR`: files come back in their own format, nobody who objects is among
//! them, what may be left blocks, and the proof finds every change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relu_synth::{Generator, Patient};
use serde_json::Value;

use super::support::{in_ci, jsonl, relu, test_data};

fn deid(out: &Path, inputs: &Path, arguments: &[&str]) -> Output {
    relu().args(["deid", "--quiet", "--out"]).arg(out).args(arguments).arg(inputs).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(out: &Path) -> Vec<Value> {
    jsonl(&out.join("report.jsonl"))
}

fn of_status<'l>(lines: &'l [Value], status: &str) -> Vec<&'l Value> {
    lines.iter().filter(|l| l["status"] == status && l["part"].is_null()).collect()
}

/// A short letter about a patient.
fn letter(p: &Patient) -> String {
    let born = p.birth_date.to_french();
    format!(
        "Centre hospitalier\n\nPatient : {} {}\nNé(e) le {born}\n\nMonsieur,\nJ'ai vu ce jour {} {} \
         pour une toux. L'examen est normal.\n\nBien cordialement.\n",
        p.birth_name.to_uppercase(),
        p.first_name,
        p.first_name,
        p.birth_name.to_uppercase()
    )
}

fn opposed(path: &Path, patients: &[&Patient]) {
    let mut csv = "nom;prenom;date_naissance\n".to_owned();
    for p in patients {
        csv += &format!("{};{};{}\n", p.birth_name, p.first_name, p.birth_date.to_french());
    }
    std::fs::write(path, csv).unwrap();
}

fn letters(folder: &Path, patients: &[Patient]) {
    std::fs::create_dir_all(folder).unwrap();
    for (n, p) in patients.iter().enumerate() {
        std::fs::write(folder.join(format!("lettre-{n:03}.txt")), letter(p)).unwrap();
    }
}

fn documents(out: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(out).unwrap().map(|e| e.unwrap().file_name());
    names.map(|n| n.into_string().unwrap()).filter(|n| n.ends_with(".txt")).collect()
}

/// Persons of the synthetic pool who differ by name.
fn persons(n: usize) -> Vec<Patient> {
    let mut seen = BTreeSet::new();
    let pool = Generator::new(11).patients(n * 6);
    let distinct = pool.into_iter().filter(|p| seen.insert(p.birth_name.to_uppercase()));
    distinct.take(n).collect()
}

#[test]
fn whoever_objects_is_left_out_at_a_refresh_too() {
    let dir = tempfile::tempdir().unwrap();
    let (docs, out, list) = (dir.path().join("in"), dir.path().join("out"), dir.path().join("l"));
    let patients = persons(200);
    assert_eq!(patients.len(), 200);
    letters(&docs, &patients);
    let list_at = list.to_str().unwrap();
    opposed(&list, &[&patients[3], &patients[77], &patients[140]]);
    let done = deid(&out, &docs, &["--opposed", list_at, "--jobs", "2"]);
    let lines = report(&out);
    let blocked: Vec<&Value> = of_status(&lines, "blocked");
    assert_eq!(code(&done), 0, "{} {blocked:?}", said(&done));
    assert_eq!(of_status(&lines, "written").len(), 197);
    let left = of_status(&lines, "left-out");
    assert_eq!(left.len(), 3);
    for line in left {
        // The count alone: neither the file, nor its hash, nor its place.
        assert!(line["source"].is_null() && line["sha256"].is_null() && line["output"].is_null());
    }
    let before = documents(&out);
    assert_eq!(before.len(), 197);
    let text = std::fs::read_to_string(out.join("report.jsonl")).unwrap();
    assert!(!text.contains("lettre-077.txt"), "the report names a file left out");
    let proof = std::fs::read_to_string(out.join("proof.json")).unwrap();
    assert!(proof.contains("\"left_out\": 3"), "{proof}");

    // A fourth objects: the file goes, the others are not made again.
    opposed(&list, &[&patients[3], &patients[77], &patients[140], &patients[9]]);
    let again = deid(&out, &docs, &["--opposed", list_at]);
    assert_eq!(code(&again), 0, "{}", said(&again));
    let after = documents(&out);
    assert_eq!(after.len(), 196);
    assert!(after.is_subset(&before));
    assert_eq!(of_status(&report(&out), "left-out").len(), 4);

    // The folder was made with a list: it is not refreshed without one.
    let without = deid(&out, &docs, &[]);
    assert_eq!(code(&without), 2);
    assert_eq!(documents(&out).len(), 196);
}

#[test]
fn a_person_who_cannot_be_told_blocks_when_there_is_a_list() {
    let dir = tempfile::tempdir().unwrap();
    let (docs, out, list) = (dir.path().join("in"), dir.path().join("out"), dir.path().join("l"));
    let patients = persons(2);
    letters(&docs, &patients[..1]);
    std::fs::write(docs.join("note.txt"), "Toux sèche depuis hier. Repos conseillé.\n").unwrap();
    opposed(&list, &[&patients[1]]);
    let list = list.to_str().unwrap();
    let done = deid(&out, &docs, &["--opposed", list]);
    assert_eq!(code(&done), 1);
    let lines = report(&out);
    let blocked = of_status(&lines, "blocked");
    assert_eq!(blocked.len(), 1);
    assert_eq!(blocked[0]["reason"]["code"], "unknown-person");
    assert!(blocked[0]["source"].as_str().unwrap().ends_with("note.txt"));
    assert_eq!(code(&deid(&out, &docs, &["--opposed", list, "--allow-unknown-person"])), 0);
    assert_eq!(of_status(&report(&out), "written").len(), 2);
}

#[test]
fn a_seeded_leak_blocks_and_the_report_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let (docs, out) = (dir.path().join("in"), dir.path().join("out"));
    std::fs::create_dir_all(&docs).unwrap();
    let text = "Patient : KERVADEC Maelle\nNée le 12/04/1961\n\nMadame KERVADEC va bien.\n\nÉcrit en \
                marge de la pancarte : K E R V A D E C\n";
    std::fs::write(docs.join("a.txt"), text).unwrap();
    let done = deid(&out, &docs, &[]);
    assert_eq!(code(&done), 1, "{}", said(&done));
    let lines = report(&out);
    let blocked = of_status(&lines, "blocked");
    assert_eq!(blocked[0]["reason"]["code"], "residue");
    let sure: Vec<&Value> =
        blocked[0]["residue"].as_array().unwrap().iter().filter(|r| r["sure"] == true).collect();
    assert_eq!(sure[0]["label"], "NOM");
    assert!(sure[0]["start"].as_u64().unwrap() > 20);
    assert!(documents(&out).is_empty(), "nothing is written");
    for name in ["report.jsonl", "proof.json"] {
        let told = std::fs::read_to_string(out.join(name)).unwrap().to_lowercase();
        assert!(!told.contains("kervadec") && !told.contains("k e r v"), "{name}");
    }
    assert!(!said(&done).to_lowercase().contains("kervadec"));
}

#[test]
fn what_is_done_is_not_done_again_and_the_order_is_that_of_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let docs = dir.path().join("in");
    let patients = persons(12);
    letters(&docs, &patients);
    std::fs::write(docs.join("zz.bin"), [0_u8, 1, 2, 3]).unwrap();
    let run = |name: &str, jobs: &str| {
        let out = dir.path().join(name);
        assert_eq!(code(&deid(&out, &docs, &["--jobs", jobs])), 1, "a file is refused");
        out
    };
    let (one, three) = (run("one", "1"), run("three", "3"));
    let text = |out: &Path| std::fs::read_to_string(out.join("report.jsonl")).unwrap();
    assert_eq!(text(&one), text(&three));
    let lines = report(&one);
    assert_eq!(lines[0]["unreviewed"], true);
    assert!(lines.iter().skip(1).all(|l| l["unreviewed"].is_null()));
    assert_eq!(of_status(&lines, "refused").len(), 1);

    // Cut after three files: the report under way is taken up, a file that was changed is made anew.
    let kept: Vec<String> = text(&one).lines().take(3).map(str::to_owned).collect();
    std::fs::remove_file(one.join("report.jsonl")).unwrap();
    std::fs::write(one.join("report.jsonl.part"), kept.join("\n") + "\n{\"sour").unwrap();
    let changed = lines[1]["output"].as_str().unwrap();
    std::fs::write(one.join(changed), "autre chose").unwrap();
    let output = relu().args(["deid", "--out"]).arg(&one).arg(&docs).output().unwrap();
    assert!(said(&output).contains("(dont 2 déjà faits)"), "{}", said(&output));
    assert_eq!(text(&one), text(&three));
    assert!(!one.join("report.jsonl.part").exists());

    // What is no longer given goes.
    std::fs::remove_file(docs.join("lettre-000.txt")).unwrap();
    deid(&one, &docs, &[]);
    assert_eq!(documents(&one).len(), 11);
}

#[test]
fn every_change_is_found_by_the_proof() {
    let dir = tempfile::tempdir().unwrap();
    let (docs, out, key) = (dir.path().join("in"), dir.path().join("out"), dir.path().join("k"));
    letters(&docs, &persons(3));
    let done = deid(&out, &docs, &["--sign-key", key.to_str().unwrap()]);
    assert_eq!(code(&done), 0, "{}", said(&done));
    let verify = |key: &str| {
        let output = relu()
            .arg("verify")
            .arg(out.join("proof.jws"))
            .arg("--key")
            .arg(dir.path().join(key))
            .output()
            .unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        (code(&output), found)
    };
    let (well, found) = verify("k.pub");
    assert_eq!((well, &found["signed"], &found["intact"]), (0, &true.into(), &true.into()));
    assert_eq!(found["files"], 3);
    let names: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in &names {
        let path = out.join(name);
        let whole = std::fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 2] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert_eq!(verify("k.pub").0, 1, "{name}, byte {at}");
        }
        std::fs::write(&path, &whole).unwrap();
    }
    let some = out.join(names.iter().find(|n| n.ends_with(".txt")).unwrap());
    let whole = std::fs::read(&some).unwrap();
    std::fs::remove_file(&some).unwrap();
    assert_eq!(verify("k.pub").1["problems"][0]["code"], "missing");
    std::fs::write(&some, whole).unwrap();
    std::fs::write(out.join("ajout.txt"), "x").unwrap();
    assert_eq!(verify("k.pub").1["problems"][0]["code"], "added");
    std::fs::remove_file(out.join("ajout.txt")).unwrap();
    // Another key.
    let other = dir.path().join("autre");
    let elsewhere = dir.path().join("out2");
    deid(&elsewhere, &docs, &["--sign-key", other.to_str().unwrap()]);
    assert_eq!(verify("autre.pub").1["problems"][0]["code"], "other-key");
    assert_eq!(verify("k.pub").0, 0);
    // The report stays behind when the files are handed on.
    std::fs::remove_file(out.join("report.jsonl")).unwrap();
    assert_eq!(verify("k.pub").0, 0);
}

/// What `relu run` proposes, by file.
fn proposed(dir: &Path, folder: &Path) -> BTreeMap<String, Value> {
    let out = dir.join("run");
    relu().args(["run", "--quiet", "--no-ocr", "--out"]).arg(&out).arg(folder).status().unwrap();
    let mut by_file: BTreeMap<String, Value> = BTreeMap::new();
    for line in jsonl(&out.join("report.jsonl")) {
        let file = Path::new(line["source"].as_str().unwrap()).file_name().unwrap();
        let file = file.to_string_lossy().into_owned();
        by_file.entry(file).or_insert(line);
    }
    by_file
}

fn days(date: &str) -> Option<i64> {
    date.get(..10)?.parse::<relu_record::PartialDate>().ok()?.days()
}

#[test]
fn one_person_has_one_stand_in_and_keeps_the_intervals_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let (docs, out) = (dir.path().join("in"), dir.path().join("out"));
    std::fs::create_dir_all(&docs).unwrap();
    let mut generator = Generator::new(5);
    let patient = generator
        .patients(60)
        .into_iter()
        .find(|p| p.used_name.is_none() && p.birth_name.chars().all(char::is_alphabetic))
        .unwrap();
    let documents = generator.about(&patient, 50);
    assert_eq!(documents.len(), 50);
    for d in &documents {
        std::fs::write(docs.join(&d.name), &d.bytes).unwrap();
    }
    let key = dir.path().join("key");
    std::fs::write(&key, "une clé de plus de seize octets").unwrap();
    let arguments = ["--policy", "substitution", "--no-ocr", "--key-file", key.to_str().unwrap()];
    let done = deid(&out, &docs, &arguments);
    let lines = report(&out);
    let written: BTreeMap<&str, &str> = of_status(&lines, "written")
        .into_iter()
        .map(|l| {
            let source = l["source"].as_str().unwrap().rsplit('/').next().unwrap();
            (source, l["output"].as_str().unwrap())
        })
        .collect();
    let why: Vec<String> = lines
        .iter()
        .filter(|l| l["status"] != "written")
        .map(|l| format!("{} {} {}", l["source"], l["reason"]["code"], l["residue"]))
        .collect();
    assert_eq!(written.len(), 50, "{} written, {}\n{}", written.len(), said(&done), why.join("\n"));
    let (before, after) = (proposed(dir.path(), &docs), proposed(dir.path(), &out));
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut shifts: BTreeMap<i64, usize> = BTreeMap::new();
    let mut formats = BTreeSet::new();
    for (source, output) in &written {
        let (b, a) = (&before[*source], &after[*output]);
        if let (Some(_), Some(name)) =
            (b["patient"]["birth_name"].as_str(), a["patient"]["birth_name"].as_str())
        {
            names.entry(name.to_uppercase()).or_default().push(output);
            formats.insert(source.rsplit('.').next().unwrap().to_owned());
        }
        let date = |l: &Value| l["date"].as_str().and_then(days);
        if let (Some(b), Some(a)) = (date(b), date(a)) {
            *shifts.entry(a - b).or_default() += 1;
        }
    }
    assert!(formats.len() >= 5, "{formats:?}");
    assert!(!names.contains_key(&patient.birth_name.to_uppercase()));
    let (one, with) = names.iter().max_by_key(|(_, with)| with.len()).unwrap();
    assert!(with.len() >= 40, "{names:?}");
    // Where another word is proposed as the name (stand-ins are in no list, and set apart on a page),
    // the one stand-in stands in the text all the same.
    for output in names.iter().filter(|(name, _)| *name != one).flat_map(|(_, with)| with) {
        let read = relu().args(["read", "--no-ocr"]).arg(out.join(output)).output().unwrap();
        let text = String::from_utf8_lossy(&read.stdout).to_uppercase();
        assert!(text.contains(one.as_str()), "{output} names somebody else: {names:?}");
    }
    assert!(shifts.len() == 1 && !shifts.contains_key(&0), "{shifts:?}");
    assert!(shifts.values().sum::<usize>() >= 40, "{shifts:?}");
}

/// The published examples come back as valid as they came, by the validators of other people.
#[test]
fn published_examples_stay_valid() {
    let Some(data) = test_data("interop") else { return };
    let Some(hprim) = test_data("hprim") else { return };
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    std::fs::write(&key, "une clé de plus de seize octets").unwrap();
    for policy in ["masque", "substitution"] {
        for folder in ["cda", "fhir", "hl7v2", "hprim"] {
            let out = dir.path().join(policy).join(folder);
            let arguments = ["--policy", policy, "--no-ocr", "--key-file", key.to_str().unwrap()];
            let from = if folder == "hprim" { hprim.clone() } else { data.join(folder) };
            let done = deid(&out, &from, &arguments);
            let lines = report(&out);
            let written = of_status(&lines, "written");
            let all = lines.iter().filter(|l| l["part"].is_null()).count();
            for l in lines.iter().filter(|l| l["status"] == "blocked" && l["part"].is_null()) {
                eprintln!("{policy} {} {} {}", l["source"], l["reason"]["code"], l["residue"]);
            }
            eprintln!("{policy} {folder}: {} of {all} written", written.len());
            assert!(written.len() * 4 > all * 3, "{}", said(&done));
            let pairs: Vec<(PathBuf, PathBuf)> = written
                .iter()
                .map(|l| {
                    let at = |k: &str| l[k].as_str().unwrap();
                    (PathBuf::from(at("source")), out.join(at("output")))
                })
                .collect();
            validate(folder, &pairs);
        }
    }
}

/// A laboratory's file of several patients: each has stand-ins and dates of their own, under any policy.
#[test]
fn a_file_of_several_messages_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (docs, key) = (dir.path().join("in"), dir.path().join("key"));
    std::fs::create_dir_all(&docs).unwrap();
    std::fs::write(&key, "une clé de plus de seize octets").unwrap();
    let file = relu_synth::bad_inputs().into_iter().find(|d| d.name == "resultats.hpr").unwrap();
    std::fs::write(docs.join(&file.name), &file.bytes).unwrap();
    for policy in ["masque", "substitution"] {
        let out = dir.path().join(policy);
        let arguments = ["--policy", policy, "--no-ocr", "--key-file", key.to_str().unwrap()];
        let done = deid(&out, &docs, &arguments);
        assert_eq!(code(&done), 0, "{policy} {} {:?}", said(&done), report(&out));
        let lines = report(&out);
        let made = out.join(of_status(&lines, "written")[0]["output"].as_str().unwrap());
        let read = relu().args(["read", "--no-ocr"]).arg(made).output().unwrap();
        let first = String::from_utf8_lossy(&read.stdout).lines().next().unwrap().to_owned();
        let patients: Value = serde_json::from_str(&first).unwrap();
        let names: BTreeSet<String> = patients["header"]["patients"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["birth_name"].to_string())
            .collect();
        assert_eq!(names.len(), if policy == "masque" { 1 } else { 2 }, "{names:?}");
    }
}

/// Every file that was valid before is valid after.
fn validate(folder: &str, pairs: &[(PathBuf, PathBuf)]) {
    if folder == "hprim" {
        let messages = pairs.iter().filter(|(b, _)| b.extension().is_some_and(|e| e == "hpr"));
        for (before, after) in messages.clone() {
            let read = |p: &PathBuf| {
                let output = relu().args(["read", "--no-ocr"]).arg(p).output().unwrap();
                let told = String::from_utf8_lossy(&output.stdout).into_owned();
                serde_json::from_str::<Value>(told.lines().next().unwrap()).unwrap()
            };
            let lines = |p: &PathBuf| std::fs::read(p).unwrap().split(|b| *b == b'\n').count();
            let (was, is) = (read(before), read(after));
            assert_eq!((&was["format"], lines(before)), (&is["format"], lines(after)));
            let patient = |v: &Value| v["header"]["patients"][0].clone();
            for field in ["birth_name", "first_name", "birth_date"] {
                let (was, is) = (&patient(&was)[field], &patient(&is)[field]);
                assert!(!was.is_null() && !is.is_null() && was != is, "{field} of {before:?}");
            }
        }
        assert!(messages.count() >= 13);
        return;
    }
    if folder == "hl7v2" {
        for (before, after) in pairs {
            let heads = |p: &PathBuf| {
                let bytes = std::fs::read(p).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                text.split(['\r', '\n'])
                    .map(|l| l.chars().take(3).collect())
                    .collect::<Vec<String>>()
            };
            assert_eq!(heads(before), heads(after), "{}", before.display());
        }
        return;
    }
    let Some(tools) = std::env::var_os("RELU_TEST_TOOLS").map(PathBuf::from) else {
        eprintln!("skipped: RELU_TEST_TOOLS is not set");
        return;
    };
    if !packages(folder) {
        eprintln!("skipped: the packages of the validator of {folder} are not there");
        return;
    }
    let mut command = match folder {
        "cda" => {
            let mut c = Command::new("python3");
            c.arg(tools.join("validate-cda/validate_cda.py"));
            c
        }
        _ => {
            let mut c = Command::new("node");
            c.arg(tools.join("validate-fhir/validate_fhir.mjs"));
            c
        }
    };
    // One run for all: compiling the rules takes longer than applying them.
    let answer = command.args(pairs.iter().flat_map(|(before, after)| [before, after])).output();
    // A fault of the tool on one file is said on its line; without lines it did not run.
    let ran = |o: &Output| String::from_utf8_lossy(&o.stdout).contains("PASS ");
    let Some(answer) = answer.ok().filter(ran) else {
        assert!(!in_ci(), "the validator of {folder} cannot be run");
        eprintln!("skipped: the validator of {folder} cannot be run");
        return;
    };
    let valid = valid(&answer);
    let told = String::from_utf8_lossy(&answer.stdout);
    let came_valid = pairs.iter().filter(|(p, _)| valid.contains(&name(p))).count();
    assert!(came_valid > 0, "{told}");
    eprintln!("{folder}: {came_valid} of {} came valid", pairs.len());
    let kept = |(p, o): &&(PathBuf, PathBuf)| valid.contains(&name(p)) && valid.contains(&name(o));
    let kept = pairs.iter().filter(kept).count();
    eprintln!("{folder}: {kept} of {came_valid} stay valid");
    assert!(kept == came_valid, "{kept} of {came_valid}\n{told}");
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Names of the files that a validator calls valid.
fn valid(output: &Output) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |l: &str| {
        let (verdict, rest) = l.trim().split_once(char::is_whitespace)?;
        let path = rest.trim().split_once("  ").map_or(rest.trim(), |(p, _)| p);
        let name = path.rsplit('/').next()?.trim_end_matches(':');
        ["PASS", "OK", "ok"].contains(&verdict.trim_end_matches(':')).then(|| name.to_owned())
    };
    text.lines().filter_map(line).collect()
}

/// Whether what the validator needs was installed: `cargo xtask test` does, where it can.
fn packages(folder: &str) -> bool {
    match folder {
        "cda" => Command::new("python3")
            .args(["-c", "import lxml, saxonche"])
            .output()
            .is_ok_and(|o| o.status.success()),
        _ => std::env::var_os("NODE_MODULES_FROM").is_some(),
    }
}
