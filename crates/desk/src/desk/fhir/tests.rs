//! Whatever is searched, what is found is what a look at every resource finds.

use relu_record::{Actor, ActorKind, Role};

use super::json::Json;
use super::{Method, Request, pairs, query, table};
use crate::{Desk, ReadingSettings, Settings};

pub(super) const BASE: &str = "http://localhost/fhir";

pub(super) fn doctor() -> Actor {
    Actor { id: "doctor".into(), kind: ActorKind::Person, role: Some(Role::Medecin) }
}

pub(super) async fn desk(folder: &std::path::Path) -> Desk {
    Desk::open(Settings::new(
        folder.join("data"),
        folder.join("key"),
        ReadingSettings::standard("/nonexistent/reader".into(), 0),
    ))
    .await
    .unwrap()
}

/// A fixed pseudo-random walk.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

const SYSTEMS: [&str; 3] = ["http://loinc.org", "http://other", ""];
const CODES: [&str; 4] = ["8302-2", "29463-7", "a,b", "x"];
const DATES: [&str; 9] = [
    "2019",
    "2019-03",
    "2019-03-04",
    "2019-03-04T10:00:00+01:00",
    "2018-12-31T23:30:00-05:00",
    "2021-07-01",
    "1950-01-01",
    "2019-12-31",
    "2020-02-29T00:00:00.500Z",
];

fn observation(dice: &mut Dice, patients: &[&str]) -> Json {
    let mut coding = vec![("code", Json::text(dice.one(&CODES)))];
    let system = dice.one(&SYSTEMS);
    if !system.is_empty() {
        coding.push(("system", Json::text(system)));
    }
    let coding = Json::Object(coding.into_iter().map(|(k, v)| (k.into(), v)).collect());
    let mut body = Json::object([
        ("resourceType", Json::text("Observation")),
        ("status", Json::text(dice.one(&["final", "amended", "preliminary"]))),
        ("code", Json::object([("coding", Json::List(vec![coding]))])),
    ]);
    if dice.roll(4) > 0 {
        let to = format!("Patient/{}", dice.one(patients));
        body.set("subject", Json::object([("reference", Json::text(to))]));
    }
    match dice.roll(4) {
        0 => {}
        1 => {
            let mut edges = vec![("start", dice.one(&DATES))];
            if dice.roll(2) == 0 {
                edges = vec![("start", "2018"), ("end", dice.one(&DATES[4..]))];
            }
            let members = edges.into_iter().map(|(k, v)| (k.into(), Json::text(v))).collect();
            body.set("effectivePeriod", Json::Object(members));
        }
        _ => body.set("effectiveDateTime", Json::text(dice.one(&DATES))),
    }
    body
}

fn question(dice: &mut Dice, patients: &[&str]) -> String {
    let mut parts = Vec::new();
    for _ in 0..=dice.roll(3) {
        let date = dice.one(&DATES).replace('+', "%2B");
        let how = dice.one(&["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]);
        let code = dice.one(&CODES).replace(',', "\\,");
        let system = dice.one(&SYSTEMS);
        parts.push(match dice.roll(12) {
            0 => format!("code={code}"),
            1 => format!("code={system}|{code}"),
            2 => format!("code={system}|"),
            3 => format!("code:not={system}|{code}"),
            4 => format!("code={code},29463-7"),
            5 => format!("subject=Patient/{}", dice.one(patients)),
            6 => format!("patient={}", dice.one(patients)),
            7 => format!("status={}", dice.one(&["final", "amended,final", "none"])),
            8 => format!("subject:missing={}", dice.one(&["true", "false"])),
            9 => format!("status:not={}", dice.one(&["final", "amended"])),
            _ => format!("date={how}{date}"),
        });
    }
    parts.join("&")
}

fn bundle_ids(body: &[u8]) -> Vec<String> {
    let bundle = Json::parse(body).unwrap();
    let entries = bundle.get("entry").map_or(&[][..], Json::list).to_vec();
    entries.iter().map(|e| e.get("resource").unwrap().str("id").unwrap().to_owned()).collect()
}

pub(super) async fn send(desk: &Desk, method: Method, path: &str, body: &Json) -> super::Response {
    let mut request = Request::get(path, "", BASE);
    (request.method, request.body) = (method, body.to_bytes());
    desk.fhir(&doctor(), request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_a_look_at_everything_finds() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path()).await;
    let mut dice = Dice(42);
    let patients = ["p1", "p2", "p3"];
    for id in patients {
        let name = format!(r#"{{"resourceType":"Patient","name":[{{"family":"N{id}"}}]}}"#);
        let body = Json::parse(name.as_bytes()).unwrap();
        assert_eq!(send(&desk, Method::Put, &format!("Patient/{id}"), &body).await.status, 201);
    }
    let mut stored: Vec<(String, Json)> = Vec::new();
    for i in 0..120 {
        let (id, body) = (format!("o{i}"), observation(&mut dice, &patients));
        let answer = send(&desk, Method::Put, &format!("Observation/{id}"), &body).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        stored.push((id, body));
    }
    // Some change, some go: tokens of former versions must lead nowhere.
    for i in (0..120).step_by(5) {
        let body = observation(&mut dice, &patients);
        send(&desk, Method::Put, &format!("Observation/o{i}"), &body).await;
        stored.retain(|(id, _)| *id != format!("o{i}"));
        stored.push((format!("o{i}"), body));
    }
    for i in (1..120).step_by(9) {
        send(&desk, Method::Delete, &format!("Observation/o{i}"), &Json::Null).await;
        stored.retain(|(id, _)| *id != format!("o{i}"));
    }
    let kind = table::find("Observation").unwrap();
    let (mut nonempty, mut pages) = (0, 0);
    for _ in 0..600 {
        let asked = question(&mut dice, &patients);
        let naive = query::parse(kind, &pairs(&asked), BASE).unwrap();
        let expected: Vec<&str> = stored
            .iter()
            .filter(|(_, body)| naive.criteria.iter().all(|c| c.holds(body)))
            .map(|(id, _)| id.as_str())
            .collect();
        nonempty += usize::from(!expected.is_empty());
        let count = [3, 50, 1000][dice.roll(3)];
        let mut found = Vec::new();
        let mut next = Some(format!("{asked}&_count={count}"));
        while let Some(query) = next.take() {
            let answer = desk.fhir(&doctor(), Request::get("Observation", &query, BASE)).await;
            assert_eq!(answer.status, 200, "{asked}");
            found.extend(bundle_ids(&answer.body));
            let text = String::from_utf8(answer.body).unwrap();
            let link = text.split("\"relation\":\"next\"").nth(1);
            next = link
                .and_then(|l| l.split("_page=").nth(1))
                .map(|name| format!("_page={}", name.split('"').next().unwrap()));
            pages += usize::from(next.is_some());
        }
        assert_eq!(found, expected, "{asked}");
        let counted = Request::get("Observation", &format!("{asked}&_summary=count"), BASE);
        let body = desk.fhir(&doctor(), counted).await.body;
        let total = format!("\"total\":{}", expected.len());
        assert!(String::from_utf8(body).unwrap().contains(&total), "{asked}");
        // Any order brings the same ones.
        let sorted =
            Request::get("Observation", &format!("{asked}&_sort=-date,status&_count=1000"), BASE);
        let mut all = bundle_ids(&desk.fhir(&doctor(), sorted).await.body);
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        all.sort();
        expected.sort();
        assert_eq!(all, expected, "{asked}");
    }
    assert!(nonempty > 200 && pages > 100, "{nonempty} {pages}: the questions show nothing");
    desk.close().await;
}

pub(super) fn parsed(answer: &super::Response) -> serde_json::Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

pub(super) async fn get(desk: &Desk, path: &str, query: &str) -> serde_json::Value {
    parsed(&desk.fhir(&doctor(), Request::get(path, query, BASE)).await)
}

pub(super) fn json(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}

/// A merge takes the file along and says so in both Patients; a split gives everything back.
#[tokio::test(flavor = "multi_thread")]
async fn the_file_follows_a_merge_and_returns_with_its_undo() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(
        folder.path().join("data"),
        folder.path().join("key"),
        ReadingSettings::standard("/nonexistent/reader".into(), 0),
    );
    settings.patients.local_merging = true;
    let desk = Desk::open(settings).await.unwrap();
    let put = async |path: &str, text: &str| send(&desk, Method::Put, path, &json(text)).await;
    for (id, active, number) in [("a", r#""active":true,"#, "1001"), ("b", "", "1002")] {
        let body = format!(
            r#"{{"resourceType":"Patient",{active}"name":[{{"use":"official","family":"FUSION"}}],"identifier":[{{"system":"urn:oid:1.2.3","value":"{number}"}}],"link":[{{"other":{{"reference":"Patient/elsewhere"}},"type":"seealso"}}]}}"#
        );
        assert_eq!(put(&format!("Patient/{id}"), &body).await.status, 201);
    }
    let observation = |of: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/{of}"}},"performer":[{{"reference":"Patient/a"}}]}}"#
        )
    };
    for (id, of) in [("o1", "a"), ("o2", "b")] {
        assert_eq!(put(&format!("Observation/{id}"), &observation(of)).await.status, 201);
    }
    let allergy = r#"{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/a"}}"#;
    put("AllergyIntolerance/l1", allergy).await;
    let before = get(&desk, "Patient/a", "").await;

    desk.merge_patients(&doctor(), "a", "b").await.unwrap();
    let (a, b) = (get(&desk, "Patient/a", "").await, get(&desk, "Patient/b", "").await);
    assert_eq!(a["active"], false);
    assert_eq!(a["link"][0]["type"], "seealso");
    assert_eq!(a["link"][1]["type"], "replaced-by");
    assert_eq!(a["link"][1]["other"]["reference"], "Patient/b");
    assert_eq!(b["link"][1]["type"], "replaces");
    assert_eq!(b["link"][1]["other"]["reference"], "Patient/a");
    assert!(b.get("active").is_none());
    let standing = get(&desk, "Patient", "family=fusion&active:not=false").await;
    assert_eq!(standing["total"], 1, "the merged one can be left out");
    assert_eq!(get(&desk, "Observation", "patient=a").await["total"], 0);
    assert_eq!(get(&desk, "Observation", "patient=b").await["total"], 2);
    let moved = get(&desk, "Observation/o1", "").await;
    assert_eq!(moved["subject"]["reference"], "Patient/b");
    assert_eq!(moved["performer"][0]["reference"], "Patient/a", "only the file changes");
    assert_eq!(
        get(&desk, "Observation/o1/_history", "").await["entry"].as_array().unwrap().len(),
        2
    );
    assert_eq!(get(&desk, "Patient/b/$everything", "").await["total"], 4);
    // What comes for the merged record goes to the one that stands; the merged one is not written.
    let late = put("Observation/o3", &observation("a")).await;
    assert_eq!(parsed(&late)["subject"]["reference"], "Patient/b");
    let refused = put("Patient/a", r#"{"resourceType":"Patient","name":[{"family":"X"}]}"#).await;
    assert_eq!(refused.status, 409);

    let merge = desk.vault().merges(1).await.unwrap().remove(0);
    desk.split_patients(&doctor(), &merge.id.0).await.unwrap();
    let after = get(&desk, "Patient/a", "").await;
    for element in ["active", "link", "name", "identifier"] {
        assert_eq!(after[element], before[element], "{element}");
    }
    assert_eq!(get(&desk, "Patient/b", "").await["link"].as_array().unwrap().len(), 1);
    for (id, of) in [("o1", "a"), ("o2", "b"), ("o3", "b")] {
        let now = get(&desk, &format!("Observation/{id}"), "").await;
        assert_eq!(now["subject"]["reference"], format!("Patient/{of}"), "{id}");
    }
    assert_eq!(get(&desk, "AllergyIntolerance", "patient=a").await["total"], 1);
    assert!(desk.verify_ledger().await.unwrap().ok);
}
