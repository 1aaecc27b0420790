//! The record through other people's programs: a client library, a validator, a whole population.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use relu_desk::{Desk, ReadingSettings};
use relu_record::{Actor, Role};
use relu_server::{ServerSettings, hash_password};

use super::support::{desk, doctor, open_desk, receive, test_data};

const PASSWORD: &str = "un mot de passe long";
const BASE: &str = "http://localhost/fhir";

/// A desk that reads nothing, with a doctor who has an account.
async fn desk_of_a_doctor(folder: &Path) -> (Desk, Actor) {
    let reads_nothing = ReadingSettings::standard("/nonexistent/reader".into(), 0);
    let desk = open_desk(folder, |s| s.reading = reads_nothing).await;
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
    let (desk, _) = desk_of_a_doctor(folder.path()).await;
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
    let (desk, doctor) = desk_of_a_doctor(folder.path()).await;
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
    let desk = desk(folder.path()).await;
    let doctor = doctor();
    let id = receive(&desk, "lettre.txt", LETTER.as_bytes().to_vec()).await;
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

/// One person's papers: a letter, results, an imaging report, each with what becomes a resource.
const PAPERS: [&str; 3] = [
    "LABORATOIRE DES TROIS PONTS\n\nCOMPTE RENDU D'EXAMENS DE BIOLOGIE MÉDICALE\n\nPrélèvement du 05/02/2026\n\n\
     Patient\nNom de naissance : ÉPREUVE\nPrénom : Jeanne\nDate de naissance : 12/03/1950\nSexe : F\n\n\
     HÉMATOLOGIE\nHémoglobine : 10,2 g/dL (12,0 - 16,0)\nPlaquettes : 210 G/L (150 - 400)\n\n\
     BIOCHIMIE\nCréatinine : 82 µmol/L (45 - 84)\nPotassium : 4,1 mmol/L (3,5 - 5,0)\nCRP : < 5 mg/L\n",
    "Dr Luc FORESTIER\nMédecin généraliste\n\nLe 06/02/2026\n\nPatient\nNom de naissance : ÉPREUVE\nPrénom : Jeanne\n\
     Date de naissance : 12/03/1950\nSexe : F\n\nCOMPTE RENDU DE CONSULTATION\n\nAntécédents familiaux : père \
     décédé d'un infarctus du myocarde.\n\nAntécédents chirurgicaux : appendicectomie en 1972.\n\nAllergies : \
     allergie à l'amoxicilline. Pas d'allergie au latex.\n\nVaccins : Boostrixtetra.\n\nExamen : température 38,2 °C, fréquence \
     cardiaque 92/min, saturation 96 %, taille 162 cm.\n\nTraitement : bisoprolol 2,5 mg le matin, paracétamol 1 g \
     trois fois par jour si douleur. Arrêt de l'amiodarone.\n\nConclusion : bronchite aiguë, pas de pneumonie.\n",
    "CENTRE D'IMAGERIE DU PORT\n\nCOMPTE RENDU D'IMAGERIE MÉDICALE\n\nLe 07/02/2026\n\nPatient\nNom de naissance : \
     ÉPREUVE\nPrénom : Jeanne\nDate de naissance : 12/03/1950\nSexe : F\n\nRADIOGRAPHIE DU THORAX\n\nIndication : \
     toux fébrile.\n\nRésultat : pas d'épanchement pleural. Cardiomégalie.\n\nConclusion : pas de foyer.\n",
];

/// What filed documents yield is valid, follows a merge, returns, and leaves with its document.
#[tokio::test(flavor = "multi_thread")]
async fn what_documents_yield_is_valid_and_follows_the_patient() {
    let folder = tempfile::tempdir().unwrap();
    let desk = open_desk(folder.path(), |s| s.patients.local_merging = true).await;
    let doctor = doctor();
    let get = async |path: &str, query: &str| -> serde_json::Value {
        let answer = desk.fhir(&doctor, relu_desk::fhir::Request::get(path, query, BASE)).await;
        serde_json::from_slice(&answer.body).unwrap()
    };
    let mut ids = Vec::new();
    for (i, text) in [LETTER].iter().chain(&PAPERS).enumerate() {
        let id = receive(&desk, &format!("{i}.txt"), text.as_bytes().to_vec()).await;
        desk.file(&doctor, &id, None).await.unwrap();
        for section in desk.document(&doctor, &id).await.unwrap().facts {
            desk.decide_section(&doctor, &id, &section.key, true, None).await.unwrap();
        }
        ids.push(id);
    }
    let documents = get("DocumentReference", "").await;
    let references: Vec<&str> = documents["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["resource"]["subject"]["reference"].as_str().unwrap())
        .collect();
    assert_eq!(references.len(), 4);
    assert!(references.iter().all(|r| *r == references[0]), "one person: {references:?}");
    let patient = references[0].strip_prefix("Patient/").unwrap().to_owned();

    // Of every type that a document can yield there is one, and all are valid.
    let everything = get(&format!("Patient/{patient}/$everything"), "").await;
    let kinds = |bundle: &serde_json::Value| -> Vec<(String, String)> {
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        let text =
            |e: &serde_json::Value, name: &str| e["resource"][name].as_str().unwrap().to_owned();
        entries.iter().map(|e| (text(e, "resourceType"), text(e, "id"))).collect()
    };
    let before = kinds(&everything);
    for wanted in [
        "AllergyIntolerance",
        "Condition",
        "DiagnosticReport",
        "FamilyMemberHistory",
        "Immunization",
        "MedicationStatement",
        "Observation",
    ] {
        assert!(before.iter().any(|(k, _)| k == wanted), "no {wanted}: {before:?}");
    }
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("all.json"), everything.to_string()).unwrap();
    let why = get("Provenance", "_count=500").await;
    std::fs::write(out.join("why.json"), why.to_string()).unwrap();
    validate(&out);

    // Merged into another record, everything follows; taken back, everything returns.
    let mut other = relu_desk::fhir::Request::get("Patient/other", "", BASE);
    other.method = relu_desk::fhir::Method::Put;
    other.body =
        br#"{"resourceType":"Patient","name":[{"use":"official","family":"AUTRE"}]}"#.to_vec();
    assert_eq!(desk.fhir(&doctor, other).await.status, 201);
    assert_eq!(desk.merge_patients(&doctor, &patient, "other").await.unwrap(), 4);
    let followed = kinds(&get("Patient/other/$everything", "").await);
    let without = |all: &[(String, String)]| -> Vec<(String, String)> {
        let mut all: Vec<_> = all.iter().filter(|(k, _)| k != "Patient").cloned().collect();
        all.sort();
        all
    };
    assert_eq!(without(&followed), without(&before));
    assert_eq!(kinds(&get(&format!("Patient/{patient}/$everything"), "").await).len(), 1);
    // One new version each: what follows with the act is what the documents then ask for.
    let (kind, id) = without(&before).remove(0);
    let history = get(&format!("{kind}/{id}/_history"), "").await;
    assert_eq!(history["entry"].as_array().unwrap().len(), 2, "{kind}");
    let merges = desk.merges(&doctor).await.unwrap();
    desk.split_patients(&doctor, &merges[0].id).await.unwrap();
    let returned = kinds(&get(&format!("Patient/{patient}/$everything"), "").await);
    assert_eq!(without(&returned), without(&before));

    // Detached from the patient, a document takes its resources along, and no others.
    desk.detach(&doctor, &ids[1]).await.unwrap();
    assert_eq!(get("DiagnosticReport", "category=LAB").await["total"], 0);
    assert_eq!(
        get(&format!("DocumentReference/{}", ids[1].0), "").await["issue"][0]["code"],
        "deleted"
    );
    let left = kinds(&get(&format!("Patient/{patient}/$everything"), "").await);
    assert!(left.len() < before.len() && left.iter().any(|(k, _)| k == "AllergyIntolerance"));
    assert_eq!(get("Observation", "code=http://loinc.org|718-7").await["total"], 0);
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}
