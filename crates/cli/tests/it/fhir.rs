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
