//! The CapabilityStatement, made from the same table that answers: it says what works.

use serde_json::{Value, json};

use super::json::Json;
use super::table::{Kind, Type, types};

/// What this server can do, at `base`.
pub fn statement(base: &str, date: &str) -> Json {
    let resources: Vec<Value> = types().values().map(resource).collect();
    Json::from(json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Relu", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "Dossier FHIR de Relu", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{
            "mode": "server",
            "security": {
                "description": "Sign in at /api/session; send the token as Authorization: Bearer.",
            },
            "resource": resources,
            "interaction": [{"code": "transaction"}, {"code": "batch"}],
            "searchParam": common(),
        }],
    }))
}

fn resource(kind: &Type) -> Value {
    let mut interactions = vec![
        "read",
        "vread",
        "update",
        "create",
        "search-type",
        "history-instance",
        "history-type",
    ];
    if kind.name != "Patient" {
        interactions.push("delete");
    }
    let codes: Vec<Value> = interactions.iter().map(|c| json!({"code": c})).collect();
    let params: Vec<Value> =
        kind.params.iter().map(|p| json!({"name": p.name, "type": p.kind.as_str()})).collect();
    let references = |k: &Type| {
        let mine = k.params.iter().filter(|p| p.kind == Kind::Reference);
        mine.map(|p| format!("{}:{}", k.name, p.name)).collect::<Vec<_>>()
    };
    let points_here = |p: &super::table::Param| {
        p.kind == Kind::Reference && (p.targets.is_empty() || p.targets.contains(&kind.name))
    };
    let reverse: Vec<String> = types()
        .values()
        .flat_map(|k| {
            k.params.iter().filter(|p| points_here(p)).map(|p| format!("{}:{}", k.name, p.name))
        })
        .collect();
    let mut out = json!({
        "type": kind.name,
        "interaction": codes,
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalCreate": true,
        "conditionalRead": "not-match",
        "conditionalUpdate": true,
        "conditionalDelete": if kind.name == "Patient" { "not-supported" } else { "single" },
        "referencePolicy": ["literal", "local"],
        "searchInclude": references(kind),
        "searchRevInclude": reverse,
        "searchParam": params,
    });
    if let Value::Object(members) = &mut out {
        // An empty list is no valid element.
        members.retain(|_, v| v.as_array().is_none_or(|a| !a.is_empty()));
        if kind.name == "Patient" {
            members.insert(
                "operation".into(),
                json!([{
                    "name": "everything",
                    "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
                }]),
            );
        }
    }
    out
}

fn common() -> Value {
    json!([
        {"name": "_id", "type": "token"},
        {"name": "_lastUpdated", "type": "date"},
    ])
}
