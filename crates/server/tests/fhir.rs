//! `/fhir` over the whole router: each interaction as a program would use it.
#![allow(clippy::unwrap_used)]

mod practice;

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use practice::PASSWORD;
use relu_record::Role;
use relu_server::{ServerSettings, router};
use serde_json::{Value, json};
use tower::ServiceExt;

struct Practice {
    router: Router,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    fn ids(&self) -> Vec<&str> {
        let entries = self.body["entry"].as_array().map_or(&[][..], Vec::as_slice);
        entries.iter().map(|e| e["resource"]["id"].as_str().unwrap_or("")).collect()
    }

    fn issue(&self) -> &str {
        self.body["issue"][0]["code"].as_str().unwrap_or("")
    }
}

/// A program that signed in.
struct Program<'a> {
    practice: &'a Practice,
    token: String,
}

impl Practice {
    async fn open() -> Practice {
        let folder = tempfile::tempdir().unwrap();
        let desk = practice::desk(folder.path(), 0).await;
        let people = [
            ("claire", "Claire", Role::Secretariat),
            ("durand", "Dr Durand", Role::Medecin),
            ("petit", "Dr Petit", Role::Medecin),
        ];
        practice::staff(&desk, &people).await;
        let settings = ServerSettings::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        Practice { router: router(desk, &settings), _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn sign_in(&self, login: &str) -> Program<'_> {
        let body = json!({"login": login, "password": PASSWORD}).to_string();
        let request =
            Request::post("/api/session").header(header::CONTENT_TYPE, "application/json");
        let answer = self.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, 200);
        Program { practice: self, token: answer.body["token"].as_str().unwrap().to_owned() }
    }
}

impl Program<'_> {
    async fn send(&self, method: &str, path: &str, body: &Value, more: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "relu.test")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/fhir+json");
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.practice.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &Value::Null, &[]).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body, &[]).await
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, body, &[]).await
    }
}

fn jeanne() -> Value {
    json!({"resourceType": "Patient", "identifier": [{"system": "urn:oid:1.2.3", "value": "42"}],
        "name": [{"use": "official", "family": "MARTINEAU", "given": ["Jeanne"]}],
        "gender": "female", "birthDate": "1950-03-12"})
}

fn height(patient: &str, cm: f64, day: &str) -> Value {
    json!({"resourceType": "Observation", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]},
        "subject": {"reference": format!("Patient/{patient}")}, "effectiveDateTime": day,
        "valueQuantity": {"value": cm, "unit": "cm", "system": "http://unitsofmeasure.org", "code": "cm"}})
}

#[tokio::test]
async fn create_read_update_conflict_history_delete() {
    let practice = Practice::open().await;
    let doctor = practice.sign_in("durand").await;
    let made = doctor.post("/fhir/Patient", &jeanne()).await;
    assert_eq!((made.status, made.header("etag")), (201, "W/\"1\""));
    let id = made.body["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("http://relu.test/fhir/Patient/{id}/_history/1"));
    let path = format!("/fhir/Patient/{id}");
    let read = doctor.get(&path).await;
    assert_eq!(read.body["name"], jeanne()["name"]);
    assert_eq!(read.header("content-type"), "application/fhir+json; charset=utf-8");
    assert_eq!(
        doctor.send("GET", &path, &Value::Null, &[("if-none-match", "W/\"1\"")]).await.status,
        304
    );

    let mut changed = read.body.clone();
    changed["birthDate"] = json!("1950-03-21");
    let first = doctor.send("PUT", &path, &changed, &[("if-match", "W/\"1\"")]).await;
    assert_eq!((first.status, first.header("etag")), (200, "W/\"2\""));
    let late = doctor.send("PUT", &path, &changed, &[("if-match", "W/\"1\"")]).await;
    assert_eq!((late.status, late.issue()), (412, "conflict"));
    let old = doctor.get(&format!("{path}/_history/1")).await;
    assert_eq!(old.body["birthDate"], "1950-03-12");
    let history = doctor.get(&format!("{path}/_history")).await;
    let versions: Vec<&str> = history.body["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["resource"]["meta"]["versionId"].as_str().unwrap())
        .collect();
    assert_eq!(versions, ["2", "1"]);
    // By what it says now, and no more by what it said.
    assert_eq!(doctor.get("/fhir/Patient?birthdate=1950-03-21").await.ids(), [id.as_str()]);
    assert!(doctor.get("/fhir/Patient?birthdate=1950-03-12").await.ids().is_empty());

    let observation = doctor.post("/fhir/Observation", &height(&id, 160.0, "2020-01-01")).await;
    let path = format!("/fhir/Observation/{}", observation.body["id"].as_str().unwrap());
    assert_eq!(doctor.send("DELETE", &path, &Value::Null, &[]).await.status, 204);
    let gone = doctor.get(&path).await;
    assert_eq!((gone.status, gone.issue()), (410, "deleted"));
    assert_eq!(doctor.get(&format!("{path}/_history/1")).await.status, 200);
    assert_eq!(doctor.get("/fhir/Observation/nobody").await.status, 404);
    assert_eq!(
        doctor.send("DELETE", &format!("/fhir/Patient/{id}"), &Value::Null, &[]).await.status,
        405
    );
}

#[tokio::test]
async fn searches_pages_includes_and_conditions() {
    let practice = Practice::open().await;
    let doctor = practice.sign_in("durand").await;
    let id = doctor.post("/fhir/Patient", &jeanne()).await.body["id"].as_str().unwrap().to_owned();
    for (cm, day) in [(160.0, "2018-05-04"), (161.0, "2020-05-04"), (159.5, "2019-05-04")] {
        assert_eq!(doctor.post("/fhir/Observation", &height(&id, cm, day)).await.status, 201);
    }
    let values = |a: &Answer| -> Vec<f64> {
        let entries = a.body["entry"].as_array().unwrap();
        entries.iter().filter_map(|e| e["resource"]["valueQuantity"]["value"].as_f64()).collect()
    };
    let own = format!("patient={id}&code=http://loinc.org%7C8302-2");
    let sorted = doctor.get(&format!("/fhir/Observation?{own}&_sort=-date")).await;
    assert_eq!(values(&sorted), [161.0, 159.5, 160.0]);
    assert_eq!(sorted.body["total"], 3);
    let page = doctor.get(&format!("/fhir/Observation?{own}&_sort=date&_count=2")).await;
    let next = page.body["link"][1]["url"].as_str().unwrap();
    assert!(!next.contains(&id), "an address of ours tells nothing: {next}");
    let rest = doctor.get(next.trim_start_matches("http://relu.test")).await;
    assert_eq!((values(&page), values(&rest)), (vec![160.0, 159.5], vec![161.0]));
    let with = doctor
        .get(&format!("/fhir/Observation?{own}&date=ge2020&_include=Observation:subject"))
        .await;
    assert_eq!(with.body["entry"][1]["resource"]["id"], id.as_str());
    assert_eq!(with.body["entry"][1]["search"]["mode"], "include");
    let reverse = doctor.get("/fhir/Patient?name=martin&_revinclude=Observation:patient").await;
    assert_eq!(reverse.body["entry"].as_array().unwrap().len(), 4);
    let posted = doctor.send("POST", "/fhir/Patient/_search", &Value::Null, &[]).await;
    assert_eq!(posted.body["total"], 1);

    // Nobody knows `colour`: said, or refused when the program asks for it.
    let lenient = doctor.get("/fhir/Patient?colour=blue").await;
    assert_eq!(lenient.body["entry"][1]["search"]["mode"], "outcome");
    let strict = doctor
        .send("GET", "/fhir/Patient?colour=blue", &Value::Null, &[("prefer", "handling=strict")])
        .await;
    assert_eq!((strict.status, strict.issue()), (400, "not-supported"));
    for (bad, status) in [
        ("Patient?birthdate=soon", 400),
        ("Patient?name:text=a", 400),
        ("Patient?_sort=link", 400),
        ("Unicorn", 404),
        ("Patient?_page=00", 400),
        ("Patient?_include=Patient:colour", 400),
    ] {
        assert_eq!(doctor.get(&format!("/fhir/{bad}")).await.status, status, "{bad}");
    }
    // The same person is created once.
    let condition = [("if-none-exist", "identifier=urn:oid:1.2.3|42")];
    let again = doctor.send("POST", "/fhir/Patient", &jeanne(), &condition).await;
    assert_eq!((again.status, again.body["id"].as_str()), (200, Some(id.as_str())));
    let all = doctor.get(&format!("/fhir/Patient/{id}/$everything")).await;
    assert_eq!(all.body["total"], 4);
    let updated = doctor.put("/fhir/Patient?identifier=urn:oid:1.2.3%7C42", &jeanne()).await;
    assert_eq!((updated.status, updated.body["id"].as_str()), (200, Some(id.as_str())));
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing() {
    let practice = Practice::open().await;
    let doctor = practice.sign_in("durand").await;
    let entry = |full: &str, resource: Value, method: &str, url: &str| json!({"fullUrl": full, "resource": resource, "request": {"method": method, "url": url}});
    let mut second = height("x", 170.0, "2020-01-01");
    second["subject"]["reference"] = json!("urn:uuid:11111111-1111-4111-8111-111111111111");
    let mut bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        entry("urn:uuid:22222222-2222-4222-8222-222222222222", second.clone(), "POST", "Observation"),
        entry("urn:uuid:11111111-1111-4111-8111-111111111111", jeanne(), "POST", "Patient"),
        {"request": {"method": "GET", "url": "Patient?identifier=urn:oid:1.2.3|42"}},
    ]});
    let done = doctor.post("/fhir", &bundle).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.body["type"], "transaction-response");
    let location = done.body["entry"][1]["response"]["location"].as_str().unwrap();
    let id = location.split('/').nth(1).unwrap();
    assert_eq!(done.body["entry"][0]["response"]["status"], "201 Created");
    assert_eq!(done.body["entry"][2]["resource"]["total"], 1);
    let found = doctor.get(&format!("/fhir/Observation?patient={id}")).await;
    assert_eq!(found.body["entry"][0]["resource"]["subject"]["reference"], format!("Patient/{id}"));

    // By a search instead of an address.
    second["subject"]["reference"] = json!("Patient?identifier=urn:oid:1.2.3|42");
    bundle["entry"] = json!([entry("urn:uuid:3", second.clone(), "POST", "Observation")]);
    assert_eq!(doctor.post("/fhir", &bundle).await.status, 200);
    assert_eq!(doctor.get(&format!("/fhir/Observation?patient={id}")).await.body["total"], 2);

    // One wrong entry, nothing done.
    let mut wrong = height(id, 170.0, "2020-01-01");
    wrong["status"] = json!("perhaps");
    bundle["entry"] = json!([
        entry("urn:uuid:4", height(id, 171.0, "2020-01-01"), "POST", "Observation"),
        entry("urn:uuid:5", wrong, "POST", "Observation"),
    ]);
    let refused = doctor.post("/fhir", &bundle).await;
    assert_eq!((refused.status, refused.issue()), (422, "code-invalid"));
    assert_eq!(doctor.get(&format!("/fhir/Observation?patient={id}")).await.body["total"], 2);
    bundle["type"] = json!("batch");
    let batch = doctor.post("/fhir", &bundle).await;
    assert_eq!(batch.body["entry"][0]["response"]["status"], "201");
    assert_eq!(batch.body["entry"][1]["response"]["status"], "422");
    for bad in [
        json!({"resourceType": "Bundle", "type": "document"}),
        json!({"resourceType": "Patient"}),
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "POST", "url": "Patient"}}]}),
    ] {
        assert_eq!(doctor.post("/fhir", &bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn who_may_read_and_write_what() {
    let practice = Practice::open().await;
    let (doctor, other) = (practice.sign_in("durand").await, practice.sign_in("petit").await);
    let (secretary, admin) = (practice.sign_in("claire").await, practice.sign_in("admin").await);
    let id =
        secretary.post("/fhir/Patient", &jeanne()).await.body["id"].as_str().unwrap().to_owned();
    let refused = secretary.post("/fhir/Observation", &height(&id, 160.0, "2020-01-01")).await;
    assert_eq!(
        (refused.status, refused.issue()),
        (403, "forbidden"),
        "clinical facts are a clinician's"
    );
    assert_eq!(admin.get(&format!("/fhir/Patient/{id}")).await.status, 403);
    let unsigned = Request::get("/fhir/Patient").body(Body::empty()).unwrap();
    let unsigned = practice.send(unsigned).await;
    assert_eq!((unsigned.status, unsigned.issue()), (401, "login"));
    let capability =
        practice.send(Request::get("/fhir/metadata").body(Body::empty()).unwrap()).await;
    assert_eq!((capability.status, &capability.body["fhirVersion"]), (200, &json!("4.0.1")));

    let mut hidden = height(&id, 160.0, "2020-01-01");
    hidden["meta"] =
        json!({"security": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "MASQUE_PS"}]});
    let made = doctor.post("/fhir/Observation", &hidden).await;
    let path = format!("/fhir/Observation/{}", made.body["id"].as_str().unwrap());
    let list = format!("/fhir/Observation?patient={id}");
    assert_eq!((doctor.get(&path).await.status, doctor.get(&list).await.ids().len()), (200, 1));
    for stranger in [&other, &secretary] {
        assert_eq!(stranger.get(&path).await.status, 404);
        assert_eq!(stranger.get(&format!("{path}/_history")).await.status, 404);
        assert_eq!(stranger.get(&list).await.body["total"], 0);
        assert_eq!(stranger.get(&format!("{list}&_summary=count")).await.body["total"], 0);
        assert_eq!(stranger.get(&format!("/fhir/Patient/{id}/$everything")).await.body["total"], 1);
        assert_eq!(
            stranger
                .get(&format!("/fhir/Patient?_id={id}&_revinclude=Observation:patient"))
                .await
                .ids()
                .len(),
            1
        );
    }
    assert_eq!(other.put(&path, &height(&id, 1.0, "2020-01-01")).await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_is_refused_without_its_words() {
    let practice = Practice::open().await;
    let doctor = practice.sign_in("durand").await;
    let id = doctor.post("/fhir/Patient", &jeanne()).await.body["id"].as_str().unwrap().to_owned();
    let with = |name: &str, value: Value| {
        let mut o = height(&id, 160.0, "2020-01-01");
        o[name] = value;
        o
    };
    for (body, status, issue) in [
        (with("status", Value::String("ZWINGEL".into())), 422, "code-invalid"),
        (with("effectiveDateTime", json!("ZWINGEL")), 422, "value"),
        (with("subject", json!({"reference": "ZWINGEL et alii"})), 422, "value"),
        (with("subject", json!({"reference": "Patient/ZWINGEL"})), 422, "business-rule"),
        (with("note", json!([])), 422, "value"),
        (with("resourceType", json!("Patient")), 400, "invalid"),
        (json!({"resourceType": "Observation", "status": "final"}), 422, "required"),
        (json!([1]), 400, "invalid"),
    ] {
        let refused = doctor.post("/fhir/Observation", &body).await;
        assert_eq!((refused.status, refused.issue()), (status, issue), "{}", refused.body);
        assert!(!refused.body.to_string().contains("ZWINGEL"));
    }
    let xml = doctor
        .send("GET", "/fhir/Patient", &Value::Null, &[("accept", "application/fhir+xml")])
        .await;
    assert_eq!(xml.status, 406);
    assert_eq!(
        doctor.send("PATCH", &format!("/fhir/Patient/{id}"), &json!([]), &[]).await.status,
        405
    );
}
