//! `relu annotate` from Parquet to Parquet says what the JSON lines say.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Int32Array, ListArray, RecordBatch, StringArray};
use arrow_array::{Int64Array, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value, json};

use super::annotate::notes;
use super::support::relu;

#[test]
fn parquet_in_and_out_equals_the_lines() {
    let dir = tempfile::tempdir().unwrap();
    let mut notes = notes(700);
    for (n, note) in notes.iter_mut().enumerate() {
        note["id"] = format!("note-{n}").into();
    }
    notes[3].as_object_mut().unwrap().remove("text");
    notes[130]["spans"] = json!([{"start": 0, "end": 1_000_000}]);
    notes[131]["context"] = json!({"note_date": "hier"});
    let lines = dir.path().join("notes.jsonl");
    std::fs::write(&lines, notes.iter().map(|n| format!("{n}\n")).collect::<String>()).unwrap();
    let output = relu().args(["annotate", "--quiet"]).arg(&lines).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "three rows are refused");
    let wanted: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|l| {
            let mut line: Value = serde_json::from_str(l).unwrap();
            line.as_object_mut().unwrap().remove("unreviewed");
            line
        })
        .collect();

    let input = dir.path().join("notes.parquet");
    write(&input, &notes);
    let answers: Vec<Vec<u8>> = ["1", "3"]
        .into_iter()
        .map(|jobs| {
            let path = dir.path().join(format!("answer-{jobs}.parquet"));
            let status = relu()
                .args(["annotate", "--quiet", "--jobs", jobs, "--input"])
                .arg(&input)
                .arg("--output")
                .arg(&path)
                .status()
                .unwrap();
            assert_eq!(status.code(), Some(1));
            let got = read(&path);
            assert_eq!(got.len(), wanted.len());
            for (got, wanted) in got.iter().zip(&wanted) {
                assert_eq!(got, wanted);
            }
            std::fs::read(&path).unwrap()
        })
        .collect();
    assert!(answers[0] == answers[1], "the same bytes whatever the jobs");
    assert!(wanted.iter().any(|l| l["entities"].as_array().is_some_and(|e| !e.is_empty())));
}

#[test]
fn a_file_that_cannot_be_used_is_wrong_usage_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("notes.parquet");
    std::fs::write(&input, "not parquet").unwrap();
    let output = relu()
        .args(["annotate", "--input"])
        .arg(&input)
        .arg("--output")
        .arg(dir.path().join("answer.parquet"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("notes.parquet"));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

fn write(path: &Path, notes: &[Value]) {
    let texts = |of: &dyn Fn(&Value) -> Option<String>| -> ArrayRef {
        Arc::new(notes.iter().map(of).collect::<StringArray>())
    };
    let text = |v: &Value| v.as_str().map(str::to_owned);
    let item = Fields::from(vec![
        Field::new("start", DataType::Int32, false),
        Field::new("end", DataType::Int64, false),
        Field::new("within", DataType::Boolean, true),
    ]);
    let asked: Vec<&Value> =
        notes.iter().flat_map(|n| n["spans"].as_array().into_iter().flatten()).collect();
    let items = StructArray::new(
        item.clone(),
        vec![
            Arc::new(
                asked.iter().map(|s| s["start"].as_i64().unwrap() as i32).collect::<Int32Array>(),
            ),
            Arc::new(asked.iter().map(|s| s["end"].as_i64().unwrap()).collect::<Int64Array>()),
            Arc::new(asked.iter().map(|s| s["within"].as_bool()).collect::<BooleanArray>()),
        ],
        None,
    );
    let lengths = notes.iter().map(|n| n["spans"].as_array().map_or(0, Vec::len));
    let there: Vec<bool> = notes.iter().map(|n| n["spans"].is_array()).collect();
    let spans = ListArray::new(
        Arc::new(Field::new("item", DataType::Struct(item), false)),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(items),
        Some(there.into()),
    );
    let date = |name: &str| {
        let dates = texts(&|n| text(&n["context"][name]));
        (Arc::new(Field::new(name, DataType::Utf8, true)), dates)
    };
    let context = StructArray::from(vec![date("note_date"), date("birth_date")]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", texts(&|n| text(&n["id"]))),
        ("text", texts(&|n| text(&n["text"]))),
        ("spans", Arc::new(spans)),
        ("context", Arc::new(context)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn read(path: &Path) -> Vec<Value> {
    let file = std::fs::File::open(path).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    batches
        .flat_map(|batch| {
            let rows = StructArray::from(batch.unwrap());
            (0..rows.len()).map(|row| line(fields(&rows, row))).collect::<Vec<_>>()
        })
        .collect()
}

/// The line of a row: null columns are left out, as the lines do.
fn line(mut row: Map<String, Value>) -> Value {
    if row.contains_key("error") {
        row.retain(|k, _| k == "id" || k == "error");
    }
    Value::Object(row)
}

fn fields(of: &StructArray, row: usize) -> Map<String, Value> {
    let names = of.fields().iter().map(|f| f.name().clone());
    let values = of.columns().iter().map(|c| value(c, row));
    names.zip(values).filter_map(|(name, v)| Some((name, v?))).collect()
}

fn value(column: &ArrayRef, row: usize) -> Option<Value> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::Boolean => json!(column.as_boolean().value(row)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => {
            let n = column.as_primitive::<Float64Type>().value(row);
            if n.fract() == 0.0 { json!(n as i64) } else { json!(n) }
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|i| value(&items, i).unwrap()).collect()
        }
        DataType::Struct(_) => {
            let fields = fields(column.as_struct(), row);
            // What JSON writes as a pair.
            let pair = |a: &str, b: &str| {
                (fields.len() == 2).then(|| Some(json!([fields.get(a)?, fields.get(b)?])))?
            };
            pair("start", "end").or(pair("low", "high")).unwrap_or(Value::Object(fields))
        }
        other => panic!("{other}"),
    })
}
