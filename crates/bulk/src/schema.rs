//! The columns of an answer, in one place: names as in the JSON lines.
//!
//! Three shapes differ from JSON, because a column has one type: a pair `[start, end]` is a struct
//! `{start, end}`; `value` is one struct with the fields of a measure, of a dosage and `text`, of
//! which only some are filled; its `range` is `{low, high}`.

use arrow_schema::{DataType, Field, Fields, Schema};

/// Bounds of a span.
pub(crate) fn bounds() -> Fields {
    Fields::from(vec![required("start", DataType::Int32), required("end", DataType::Int32)])
}

/// A list whose items are never null, called as Parquet calls them.
pub(crate) fn list_of(item: DataType) -> Field {
    Field::new("element", item, false)
}

pub(crate) fn pairs() -> DataType {
    DataType::List(list_of(DataType::Struct(bounds())).into())
}

pub(crate) fn texts() -> DataType {
    DataType::List(list_of(DataType::Utf8).into())
}

pub(crate) fn sections() -> Fields {
    let mut fields = bounds().to_vec();
    fields.push(required("kind", DataType::Utf8).into());
    fields.push(optional("title", DataType::Utf8).into());
    fields.push(optional("path", texts()).into());
    fields.into()
}

/// Context attributes; a span of the request also says whether it is a reason.
pub(crate) fn attributes(with_reason: bool) -> Fields {
    let names = ["negated", "hypothesis", "family", "history", "reported_speech"];
    let reason = with_reason.then_some("is_reason");
    names.into_iter().chain(reason).map(|n| required(n, DataType::Boolean)).collect()
}

pub(crate) fn canonical() -> Fields {
    Fields::from(vec![required("number", DataType::Float64), required("unit", DataType::Utf8)])
}

pub(crate) fn range() -> Fields {
    Fields::from(vec![required("low", DataType::Float64), required("high", DataType::Float64)])
}

/// Text fields of a value, in the order of [`crate::ValueRow::texts`].
pub(crate) const VALUE_TEXTS: [&str; 9] = [
    "unit",
    "operator",
    "reference_range",
    "flag",
    "dose",
    "frequency",
    "route",
    "duration",
    "text",
];

pub(crate) fn value() -> Fields {
    let mut fields = vec![
        optional("number", DataType::Float64),
        optional("range", DataType::Struct(range())),
        optional("canonical", DataType::Struct(canonical())),
    ];
    fields.extend(VALUE_TEXTS.map(|n| optional(n, DataType::Utf8)));
    fields.into()
}

pub(crate) fn code() -> Fields {
    Fields::from(vec![
        required("system", DataType::Utf8),
        required("code", DataType::Utf8),
        optional("display", DataType::Utf8),
    ])
}

pub(crate) fn entities() -> Fields {
    let mut fields = bounds().to_vec();
    let more = [
        required("label", DataType::Utf8),
        optional("kind", DataType::Utf8),
        required("attributes", DataType::Struct(attributes(false))),
        optional("norm", DataType::Utf8),
        optional("days", DataType::Int64),
        optional("value", DataType::Struct(value())),
        optional("code", DataType::Struct(code())),
        optional("status", DataType::Utf8),
        optional("modality", DataType::Utf8),
        required("rule", DataType::Utf8),
        optional("cues", pairs()),
    ];
    fields.extend(more.map(Into::into));
    fields.into()
}

pub(crate) fn qualified() -> Fields {
    let mut fields = bounds().to_vec();
    fields.push(required("attributes", DataType::Struct(attributes(true))).into());
    fields.push(required("cues", pairs()).into());
    fields.into()
}

pub(crate) fn error() -> Fields {
    Fields::from(vec![required("code", DataType::Utf8), required("message", DataType::Utf8)])
}

/// The whole answer; the id keeps the type that the notes gave it.
pub(crate) fn answer(id: DataType) -> Schema {
    let list = |fields: Fields| DataType::List(list_of(DataType::Struct(fields)).into());
    Schema::new(vec![
        optional("id", id),
        optional("sentences", pairs()),
        optional("sections", list(sections())),
        optional("entities", list(entities())),
        optional("spans", list(qualified())),
        optional("error", DataType::Struct(error())),
    ])
}

/// Identifiers found, or text with its stand-ins.
pub(crate) fn identities(id: DataType, found: bool) -> Schema {
    let mut fields = vec![optional("id", id)];
    if found {
        let list = DataType::List(list_of(DataType::Struct(labelled())).into());
        fields.push(optional("entities", list));
    } else {
        fields.push(optional("text", DataType::Utf8));
        fields.push(optional("stand_ins", pairs()));
    }
    fields.push(optional("error", DataType::Struct(error())));
    Schema::new(fields)
}

/// A span with its label.
pub(crate) fn labelled() -> Fields {
    let mut fields = bounds().to_vec();
    fields.push(required("label", DataType::Utf8).into());
    fields.into()
}

fn required(name: &str, of: DataType) -> Field {
    Field::new(name, of, false)
}

fn optional(name: &str, of: DataType) -> Field {
    Field::new(name, of, true)
}
