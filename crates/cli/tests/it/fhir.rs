//! The record through other people's programs: a client library, a validator, a whole population.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use relu_desk::{Desk, ReadingSettings, Settings};
use relu_record::{Actor, Role};
use relu_server::{ServerSettings, hash_password};

use crate::support::*;

const PASSWORD: &str = "un mot de passe long";
const BASE: &str = "http://localhost/fhir";

async fn desk(folder: &Path) -> (Desk, Actor) {
    let desk = Desk::open(Settings::new(
        folder.join("data"),
        folder.join("key"),
        ReadingSettings::standard("/nonexistent/reader".into(), 0),
    ))
    .await
    .unwrap();
    let hash = hash_password(PASSWORD).unwrap();
    let admin = desk.create_account(None, "admin", "A", Role::Administrateur, &hash).await.unwrap();
    let by = admin.actor();
    let doctor = desk.create_account(Some(&by), "dr", "Dr", Role::Medecin, &hash).await.unwrap();
    (desk, doctor.actor())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_library_does_its_work() {
    let there = Command::new("python3").args(["-c", "import fhirpy"]).output();
    if !there.is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: fhirpy (PyPI) is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (desk, _) = desk(folder.path()).await;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let wait = async {
        let _ = stopped.await;
    };
    let server =
        tokio::spawn(relu_server::serve_on(listener, desk, ServerSettings::new(address), wait));
    let work = tokio::task::spawn_blocking(move || {
        let sign_in = format!(
            "import json, sys, urllib.request as u\n\
             r = u.Request('http://{address}/api/session', json.dumps({{'login': 'dr', 'password': '{PASSWORD}'}}).encode(), {{'content-type': 'application/json'}})\n\
             print(json.load(u.urlopen(r))['token'])"
        );
        let token = Command::new("python3").args(["-c", &sign_in]).output().unwrap();
        let token = String::from_utf8(token.stdout).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fhir_client.py");
        let base = format!("http://{address}/fhir");
        Command::new("python3").arg(script).args([&base, token.trim()]).output().unwrap()
    });
    let done = work.await.unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
    let _ = stop.send(());
    server.await.unwrap().unwrap();
}

/// The synthetic population goes in by transaction and comes out complete, and valid.
#[tokio::test(flavor = "multi_thread")]
async fn a_population_goes_in_and_comes_out_valid() {
    let Some(data) = test_data("fhir-population") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (desk, doctor) = desk(folder.path()).await;
    let mut files: Vec<PathBuf> = std::fs::read_dir(data)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    for (i, file) in files.iter().step_by(15).enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let sent: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let mut request = relu_desk::fhir::Request::get("", "", BASE);
        (request.method, request.body) = (relu_desk::fhir::Method::Post, bytes);
        let answer = desk.fhir(&doctor, request).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let entries = told["entry"].as_array().unwrap();
        let sent = sent["entry"].as_array().unwrap();
        assert_eq!(entries.len(), sent.len());
        let place = sent.iter().position(|e| e["resource"]["resourceType"] == "Patient").unwrap();
        let location = entries[place]["response"]["location"].as_str().unwrap();
        let id = location.split('/').nth(1).unwrap();
        let all = relu_desk::fhir::Request::get(&format!("Patient/{id}/$everything"), "", BASE);
        let all = desk.fhir(&doctor, all).await;
        let bundle: serde_json::Value = serde_json::from_slice(&all.body).unwrap();
        // Everything but who did it and where, which belong to nobody's file.
        let shared = ["Practitioner", "Organization"];
        let own = sent
            .iter()
            .filter(|e| !shared.contains(&e["resource"]["resourceType"].as_str().unwrap()));
        assert_eq!(bundle["total"], own.count(), "{}", file.display());
        let text = String::from_utf8(all.body).unwrap();
        assert!(!text.contains("urn:uuid:"), "a reference was not rewritten");
        // A bundle of a search has links that the validator's walk does not need.
        std::fs::write(out.join(format!("{i}.json")), text).unwrap();
    }
    desk.close().await;
    validate(&out);
}

fn validate(folder: &Path) {
    let Some(tools) = std::env::var_os("RELU_TEST_TOOLS").map(PathBuf::from) else {
        eprintln!("skipped: RELU_TEST_TOOLS is not set");
        return;
    };
    if std::env::var_os("NODE_MODULES_FROM").is_none() {
        eprintln!("skipped: the packages of the FHIR validator are not there");
        return;
    }
    let script = tools.join("validate-fhir/validate_fhir.mjs");
    let answer = Command::new("node").arg(script).arg(folder).output().unwrap();
    let told = String::from_utf8_lossy(&answer.stdout);
    assert!(answer.status.success(), "{told}{}", String::from_utf8_lossy(&answer.stderr));
    eprintln!("{}", told.lines().last().unwrap_or_default());
}

const LETTER: &str = "Dr Hélène AUBRAC\nCardiologue\nLille, le 03/02/2026\n\nPatient\nNom de naissance : ÉPREUVE\n\
    Prénom : Jeanne\nDate de naissance : 12/03/1950\nSexe : F\n\nCOMPTE RENDU DE CONSULTATION\n\nAntécédents : \
    diabète de type 2.\n\nExamen : tension artérielle à 132/78 mmHg, poids 72 kg. Elle ne se plaint pas de \
    dyspnée.\n\nTraitement : bisoprolol 2,5 mg le matin.\n\nConclusion : hypertension artérielle équilibrée.\n";

/// What a doctor decided is in the record with its words; what they take back leaves it.
#[tokio::test(flavor = "multi_thread")]
async fn decided_facts_are_resources_with_their_words() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(Settings {
        data_dir: folder.path().join("data"),
        key_file: folder.path().join("key"),
        database_url: None,
        watched_folders: Vec::new(),
        patients: relu_desk::PatientPolicy::default(),
        destinations: relu_desk::Destinations::default(),
        reading: ReadingSettings {
            tesseract: None,
            ..ReadingSettings::standard(env!("CARGO_BIN_EXE_relu").into(), 1)
        },
    })
    .await
    .unwrap();
    let doctor =
        Actor { id: "m".into(), kind: relu_record::ActorKind::Person, role: Some(Role::Medecin) };
    let id =
        desk.receive(&doctor, "lettre.txt", LETTER.as_bytes().to_vec()).await.unwrap().document;
    for _ in 0..600 {
        let state = desk.document(&doctor, &id).await.unwrap().item.state;
        if state != relu_record::DocumentState::Recu {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let get = async |path: &str, query: &str| -> serde_json::Value {
        let answer = desk.fhir(&doctor, relu_desk::fhir::Request::get(path, query, BASE)).await;
        serde_json::from_slice(&answer.body).unwrap()
    };
    assert_eq!(get("DocumentReference", "").await["total"], 0, "nothing is filed yet");
    desk.file(&doctor, &id, None).await.unwrap();
    let filed = get("DocumentReference", "_include=DocumentReference:subject").await;
    assert_eq!(filed["total"], 1);
    let patient = filed["entry"][1]["resource"]["id"].as_str().unwrap().to_owned();
    assert_eq!(filed["entry"][1]["resource"]["name"][0]["family"], "ÉPREUVE");
    let all = |body: &serde_json::Value| body["total"].as_u64().unwrap();
    let before = all(&get(&format!("Patient/{patient}/$everything"), "").await);
    assert_eq!(before, 2, "what nobody decided is no resource");

    let view = desk.document(&doctor, &id).await.unwrap();
    let text = view.text.clone();
    let mut acts = 0;
    for section in &view.facts {
        let decided = desk.decide_section(&doctor, &id, &section.key, true, None).await.unwrap();
        acts += usize::from(decided > 0);
    }
    let own = format!("patient={patient}");
    let conditions = get("Condition", &own).await;
    let pressure = get("Observation", &format!("{own}&code=http://loinc.org|85354-9")).await;
    let drugs = get("MedicationStatement", &own).await;
    assert!(all(&conditions) >= 1, "{conditions}");
    assert_eq!(all(&pressure), 1, "{pressure}");
    assert_eq!(all(&drugs), 1);
    // The Provenance leads to the exact words.
    let fact = &drugs["entry"][0]["resource"];
    let target = format!("target=MedicationStatement/{}", fact["id"].as_str().unwrap());
    let origins = get("Provenance", &target).await;
    let entries = origins["entry"].as_array().unwrap();
    let words = entries
        .iter()
        .find_map(|e| e["resource"]["entity"][0]["extension"][0]["extension"].as_array())
        .unwrap();
    let at = |i: usize| usize::try_from(words[i]["valueUnsignedInt"].as_u64().unwrap()).unwrap();
    let quoted: String = text.chars().skip(at(1)).take(at(2) - at(1)).collect();
    assert!(quoted.to_lowercase().contains("bisoprolol"), "{quoted}");

    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    for (name, path) in
        [("all", format!("Patient/{patient}/$everything")), ("why", "Provenance".into())]
    {
        std::fs::write(out.join(format!("{name}.json")), get(&path, "").await.to_string()).unwrap();
    }
    validate(&out);

    // Undone section by section, the facts leave and their history stays; the filing too.
    let path = format!("MedicationStatement/{}", fact["id"].as_str().unwrap());
    for _ in 0..acts {
        desk.undo(&doctor, &id).await.unwrap();
    }
    assert_eq!(get(&path, "").await["issue"][0]["code"], "deleted");
    assert_eq!(get(&format!("{path}/_history"), "").await["entry"].as_array().unwrap().len(), 2);
    assert_eq!(all(&get(&format!("Patient/{patient}/$everything"), "").await), before);
    desk.undo(&doctor, &id).await.unwrap();
    assert_eq!(get("DocumentReference", "").await["total"], 0);
    assert_eq!(get("Provenance", "").await["total"], 0);
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}
