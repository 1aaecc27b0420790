//! The CapabilityStatement tells the truth: whatever it lists works, on every type and by every
//! parameter, and what it does not list is refused or passed over with a word.

use serde_json::{Value, json};

use super::json::Json;
use super::table::{Kind, Param, Type, find};
use super::tests::{BASE, desk, doctor, get, parsed, send};
use super::{Method, Request, Response};
use crate::Desk;

fn list<'a>(of: &'a Value, name: &str) -> Vec<&'a Value> {
    of[name].as_array().map_or(Vec::new(), |all| all.iter().collect())
}

fn codes(of: &Value, name: &str, member: &str) -> Vec<String> {
    list(of, name).iter().map(|i| i[member].as_str().unwrap().to_owned()).collect()
}

/// The least that a type takes.
fn least(kind: &Type) -> Value {
    let mut body = json!({"resourceType": kind.name});
    if kind.name == "Patient" {
        body["name"] = json!([{"family": "VRAI"}]);
    }
    for element in &kind.required {
        body[element.as_str()] = match element.as_str() {
            "status" => json!(kind.status[0]),
            "intent" => json!("order"),
            "lifecycleStatus" => json!("active"),
            "title" => json!("x"),
            "date" | "recorded" => json!("2019-03-04"),
            "agent" => json!([{"who": {"display": "x"}}]),
            "author" => json!([{"display": "x"}]),
            "target" => json!([{"reference": "Patient/p"}]),
            "content" => json!([{"attachment": {"title": "x"}}]),
            of if kind.patient.iter().any(|p| p == of) => json!({"reference": "Patient/p"}),
            _ => json!({"text": "x"}),
        };
    }
    body
}

fn as_json(body: &Value) -> Json {
    Json::from(body.clone())
}

async fn put(desk: &Desk, path: &str, body: &Value) -> Response {
    send(desk, Method::Put, path, &as_json(body)).await
}

async fn delete(desk: &Desk, path: &str) -> u16 {
    send(desk, Method::Delete, path, &Json::Null).await.status
}

async fn with(desk: &Desk, change: impl FnOnce(&mut Request)) -> Response {
    let mut request = Request::get("", "", BASE);
    change(&mut request);
    desk.fhir(&doctor(), request).await
}

/// What is listed and what is not, of one type.
async fn interactions(desk: &Desk, kind: &'static Type, told: &Value) {
    let name = kind.name.as_str();
    let listed = codes(told, "interaction", "code");
    for wanted in
        ["create", "read", "vread", "update", "search-type", "history-instance", "history-type"]
    {
        assert!(listed.iter().any(|l| l == wanted), "{name} {wanted} works and is not listed");
    }
    let body = least(kind);
    let made = send(desk, Method::Post, name, &as_json(&body)).await;
    assert_eq!(made.status, 201, "{name}: {}", String::from_utf8_lossy(&made.body));
    let id = parsed(&made)["id"].as_str().unwrap().to_owned();
    let place = format!("{name}/{id}");
    assert_eq!(get(desk, &place, "").await["id"], id.as_str());
    let mut second = body.clone();
    second["language"] = json!("fr");
    let updated = put(desk, &place, &second).await;
    assert_eq!((updated.status, updated.version), (200, Some(2)), "{name} update");
    let first = get(desk, &format!("{place}/_history/1"), "").await;
    assert!(first.get("language").is_none() && first["id"] == id.as_str(), "{name} vread");
    assert_eq!(
        list(&get(desk, &format!("{place}/_history"), "").await, "entry").len(),
        2,
        "{name}"
    );
    assert!(!list(&get(desk, &format!("{name}/_history"), "").await, "entry").is_empty(), "{name}");
    assert_eq!(get(desk, name, &format!("_id={id}")).await["total"], 1, "{name} search");

    assert_eq!(told["updateCreate"], true);
    assert_eq!(put(desk, &format!("{name}/mine"), &body).await.status, 201, "{name} update-create");
    assert_eq!(told["versioning"], "versioned-update");
    let late = with(desk, |r| {
        (r.method, r.path, r.body) = (Method::Put, place.clone(), as_json(&body).to_bytes());
        r.if_match = Some("W/\"1\"".into());
    });
    assert_eq!(late.await.status, 412, "{name} conflict");
    assert_eq!(told["conditionalCreate"], true);
    let again = with(desk, |r| {
        (r.method, r.path, r.body) = (Method::Post, name.into(), as_json(&body).to_bytes());
        r.if_none_exist = Some(format!("_id={id}"));
    });
    assert_eq!(again.await.status, 200, "{name} conditional create");
    assert_eq!(told["conditionalUpdate"], true);
    let where_ = with(desk, |r| {
        (r.method, r.path, r.body) = (Method::Put, name.into(), as_json(&body).to_bytes());
        r.query = format!("_id={id}");
    });
    assert_eq!(where_.await.version, Some(3), "{name} conditional update");

    let by_condition = |id: &str| {
        let query = format!("_id={id}");
        with(desk, move |r| (r.method, r.path, r.query) = (Method::Delete, name.into(), query))
    };
    if listed.iter().any(|l| l == "delete") {
        assert_eq!(told["conditionalDelete"], "single");
        assert_eq!(delete(desk, &place).await, 204, "{name} delete");
        assert_eq!(with(desk, |r| r.path = place.clone()).await.status, 410, "{name} deleted");
        assert_eq!(by_condition("mine").await.status, 204, "{name} conditional delete");
    } else {
        assert_eq!(told["conditionalDelete"], "not-supported");
        assert_eq!(delete(desk, &place).await, 405, "{name} delete");
        assert_eq!(by_condition("mine").await.status, 405, "{name} conditional delete");
    }
    let operations = codes(told, "operation", "name");
    let everything = with(desk, |r| r.path = format!("{name}/mine/$everything")).await;
    let works = if operations.iter().any(|o| o == "everything") { 200 } else { 404 };
    assert_eq!(everything.status, works, "{name} $everything");
}

/// A value that a parameter finds, put where it looks first; and how to ask for it and for another.
fn example(param: &Param) -> (Value, String, String) {
    let (value, asked, other) = match param.kind {
        Kind::Token if param.name == "status" => return (Value::Null, String::new(), "zz".into()),
        Kind::Token => (json!({"coding": [{"system": "urn:s", "code": "c1"}]}), "urn:s|c1", "c2"),
        Kind::String => (json!("Valeur"), "val", "autre"),
        Kind::Date => (json!("2019-03-04"), "ge2019-03&NAME=lt2019-04", "2020"),
        Kind::Reference => {
            let to = param.targets.first().map_or("Patient", String::as_str);
            let reference = format!("{to}/p");
            let other = format!("{to}/q");
            return (json!({"reference": reference}), reference, other);
        }
        Kind::Uri => (json!("urn:x"), "urn:x", "urn:y"),
    };
    (value, asked.replace("NAME", &param.name), other.to_owned())
}

fn put_at(body: &mut Value, path: &[String], value: Value) {
    match path {
        [] => *body = value,
        [name, rest @ ..] => {
            if !body.is_object() {
                *body = json!({});
            }
            put_at(&mut body[name.as_str()], rest, value);
        }
    }
}

async fn parameters(desk: &Desk, kind: &'static Type, told: &Value) {
    let name = kind.name.as_str();
    for listed in list(told, "searchParam") {
        let param = kind.param(listed["name"].as_str().unwrap()).unwrap();
        assert_eq!(listed["type"], param.kind.as_str());
        let what = format!("{name}?{}", param.name);
        let (value, mut asked, other) = example(param);
        let mut body = least(kind);
        match value {
            Value::Null => {
                body["status"] = json!(kind.status[0]);
                asked.clone_from(&kind.status[0]);
            }
            // The identity of a Patient wants its own shapes.
            value if name == "Patient" => match param.paths[0][0].as_str() {
                "identifier" => {
                    body["identifier"] = json!([{"system": "urn:oid:1.2.3", "value": "77"}]);
                    asked = "urn:oid:1.2.3|77".into();
                }
                "name" => {
                    body["name"] =
                        json!([{"use": "official", "family": "VALEUR", "given": ["Valeur"]}]);
                }
                "birthDate" => body["birthDate"] = json!("2019-03-04"),
                "gender" => {
                    body["gender"] = json!("female");
                    asked = "female".into();
                }
                _ => put_at(&mut body, &param.paths[0], value),
            },
            value => put_at(&mut body, &param.paths[0], value),
        }
        let id = format!("x-{}", param.name);
        let made = put(desk, &format!("{name}/{id}"), &body).await;
        assert_eq!(made.status, 201, "{what}: {}", String::from_utf8_lossy(&made.body));
        let total = async |query: String| -> u64 {
            let found = get(desk, name, &format!("{query}&_count=500")).await;
            let ids = list(&found, "entry").iter().filter(|e| e["resource"]["id"] == id).count();
            assert!(found["total"].is_u64(), "{what} {query}: {found}");
            ids as u64
        };
        let asked = asked.replace('|', "%7C");
        assert_eq!(total(format!("{}={asked}", param.name)).await, 1, "{what} finds");
        assert_eq!(total(format!("{}={other}", param.name)).await, 0, "{what} leaves out");
        assert_eq!(total(format!("{}:missing=true", param.name)).await, 0, "{what} is there");
        assert_eq!(total(format!("{}:missing=false", param.name)).await, 1, "{what} is there");
    }
    for include in list(told, "searchInclude") {
        let query = format!("_id=mine&_include={}", include.as_str().unwrap());
        assert!(get(desk, name, &query).await["total"].is_u64(), "{name} {query}");
    }
    for include in list(told, "searchRevInclude") {
        let query = format!("_id=mine&_revinclude={}", include.as_str().unwrap());
        assert!(get(desk, name, &query).await["total"].is_u64(), "{name} {query}");
    }
    let strict = with(desk, |r| {
        (r.path, r.query, r.prefer) = (name.into(), "nothing=1".into(), "handling=strict".into());
    });
    assert_eq!(strict.await.status, 400, "{name}: a parameter that is not listed");
    let lenient = get(desk, name, "nothing=1&_id=none").await;
    let warned = list(&lenient, "entry").iter().any(|e| e["search"]["mode"] == "outcome");
    assert!(warned, "{name}: what is passed over is told: {lenient}");
    let wrong =
        with(desk, |r| (r.path, r.query) = (name.into(), "_include=Patient:nothing".into()));
    assert_eq!(wrong.await.status, 400, "{name}: an include that is not listed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_statement_lists_works_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path()).await;
    let patient = json!({"resourceType": "Patient", "name": [{"family": "P"}]});
    assert_eq!(put(&desk, "Patient/p", &patient).await.status, 201);
    let statement = get(&desk, "metadata", "").await;
    let rest = &statement["rest"][0];
    let told = list(rest, "resource");
    assert_eq!(told.len(), super::table::types().len());
    for told in &told {
        let kind = find(told["type"].as_str().unwrap()).unwrap();
        interactions(&desk, kind, told).await;
        parameters(&desk, kind, told).await;
    }
    for common in codes(rest, "searchParam", "name") {
        let value = if common == "_id" { "none" } else { "gt2100-01-01" };
        let strict = with(&desk, |r| {
            (r.path, r.query) = ("Goal".into(), format!("{common}={value}"));
            r.prefer = "handling=strict".into();
        });
        assert_eq!(parsed(&strict.await)["total"], 0, "{common}");
    }
    // Of the whole system: bundles alone.
    assert_eq!(codes(rest, "interaction", "code"), ["transaction", "batch"]);
    for kind in ["transaction", "batch"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": [
            {"request": {"method": "GET", "url": "Patient/p"}}]});
        let answer = send(&desk, Method::Post, "", &as_json(&bundle)).await;
        assert_eq!(parsed(&answer)["type"], format!("{kind}-response"));
    }
    for path in ["", "_history", "Coverage", "Coverage/1", "$export", "Patient/$everything"] {
        assert_eq!(with(&desk, |r| r.path = path.into()).await.status, 404, "{path}");
    }
    assert!(desk.verify_ledger().await.unwrap().ok);
}
