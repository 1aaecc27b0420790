//! Entities as the `annotate` verb writes them, inside the report of `relu run`.

use relu_record::{Entity, Measure, Number, TextValue};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::CodePoints;
use crate::json::number_value;

/// A span in code points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpanLine {
    /// First code point.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// One entity, in the shape of the contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntityLine {
    start: usize,
    end: usize,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    attributes: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    norm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modality: Option<String>,
    rule: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cues: Vec<[usize; 2]>,
}

/// Entities of one text, offsets in code points.
pub fn entities<'e>(
    found: impl IntoIterator<Item = &'e Entity>,
    at: &CodePoints<'_>,
) -> Vec<EntityLine> {
    found.into_iter().map(|e| entity(e, at)).collect()
}

fn entity(e: &Entity, at: &CodePoints<'_>) -> EntityLine {
    let [start, end] = at.span(e.span);
    let a = e.attributes;
    EntityLine {
        start,
        end,
        label: e.label.clone(),
        kind: e.kind.clone(),
        attributes: json!({
            "negated": a.negated,
            "hypothesis": a.hypothesis,
            "family": a.family,
            "history": a.history,
            "reported_speech": a.reported_speech,
        }),
        norm: e.norm.clone(),
        days: e.days,
        value: e.value.as_ref().map(value),
        code: e.code.as_ref().map(|c| {
            let mut code = Map::new();
            code.insert("system".into(), json!(c.system));
            code.insert("code".into(), json!(c.code));
            if let Some(d) = &c.display {
                code.insert("display".into(), json!(d));
            }
            Value::Object(code)
        }),
        status: e.status.clone(),
        modality: e.modality.clone(),
        rule: e.rule.clone(),
        cues: e.cues.iter().map(|c| at.span(*c)).collect(),
    }
}

fn value(v: &TextValue) -> Value {
    match v {
        TextValue::Measure(m) => measure(m),
        TextValue::Dosage { dose, frequency, route, duration } => {
            let parts = [
                ("dose", dose),
                ("frequency", frequency),
                ("route", route),
                ("duration", duration),
            ];
            Value::Object(
                parts
                    .into_iter()
                    .filter_map(|(k, v)| Some((k.to_owned(), json!(v.as_ref()?))))
                    .collect(),
            )
        }
        TextValue::Text(t) => json!(t.0),
    }
}

fn measure(m: &Measure) -> Value {
    let mut out = Map::new();
    match m.number {
        Number::Number(n) => out.insert("number".into(), number_value(n)),
        Number::Range(r) => out.insert("range".into(), r.map(number_value).to_vec().into()),
    };
    for (key, text) in [
        ("unit", &m.unit),
        ("operator", &m.operator),
        ("reference_range", &m.range),
        ("flag", &m.flag),
    ] {
        if let Some(text) = text {
            out.insert(key.into(), json!(text));
        }
    }
    if let Some((number, unit)) = &m.canonical {
        out.insert("canonical".into(), json!({"number": number_value(*number), "unit": unit}));
    }
    Value::Object(out)
}
