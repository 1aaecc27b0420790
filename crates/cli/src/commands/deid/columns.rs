//! Texts of a Parquet file, de-identified into the rows of another.

use std::path::Path;

use relu_bulk::{
    AnswerFile, BulkError, IdentityColumns, NoteBatch, NoteFile, PatientCells, RecordBatch, RowId,
};
use relu_record::Span;
use relu_wire::{CodePoints, byte_spans};
use serde_json::{Map, Value};

use super::Count;
use super::work::{Made, Plan, Task, Worker};
use crate::annotate::pool;
use crate::output::{Failure, Progress};

struct Answer {
    rows: RecordBatch,
    count: Count,
}

/// Reads the rows of `input` and writes those of `output`.
pub(crate) fn run(
    plan: &Plan,
    input: &Path,
    output: &Path,
    jobs: usize,
    progress: &mut Progress,
) -> Result<Count, Failure> {
    let usage = |e: BulkError| Failure::usage(e.to_string());
    let found = matches!(plan.task, Task::Annotate);
    let texts = NoteFile::open_with_identities(input).map_err(usage)?;
    let mut answer =
        AnswerFile::create_identities(output, texts.id_type(), found).map_err(usage)?;
    let mut batches = texts.batches();
    let mut count = Count::default();
    pool::ordered(
        jobs,
        || batches.next().transpose(),
        || {
            // The plan was tried before the threads began.
            let mut thread = Worker::new(plan).map_err(|e| e.to_string());
            move |batch: NoteBatch, give: &mut dyn FnMut(Result<Answer, String>)| {
                give(match &mut thread {
                    Ok(thread) => rewrite(thread, found, &batch),
                    Err(e) => Err(e.clone()),
                });
            }
        },
        |done: Result<Answer, String>| {
            let done = done.map_err(|why| BulkError::Write { path: output.to_owned(), why })?;
            count.add(&done.count);
            progress.advance(done.count.documents);
            answer.write(&done.rows)
        },
    )
    .and_then(|()| answer.finish())
    .map_err(|e| Failure::refused(e.to_string()))?;
    Ok(count)
}

fn rewrite(thread: &mut Worker<'_>, found: bool, batch: &NoteBatch) -> Result<Answer, String> {
    let mut columns = IdentityColumns::new(found);
    let mut count = Count::default();
    for (n, row) in batch.rows().enumerate() {
        count.documents += 1;
        let refused = match row.text {
            Some(text) => {
                let id = match row.id {
                    RowId::Absent => String::new(),
                    RowId::Text(id) => id.to_owned(),
                    RowId::Integer(id) => id.to_string(),
                };
                one(thread, &mut columns, &mut count, batch, n, text, &id)
            }
            None => Err(("missing-text", "document sans texte")),
        };
        if let Err((code, message)) = refused {
            count.refused += 1;
            columns.end_refused(n, code, message);
        }
    }
    let rows = columns.finish(batch.ids()).map_err(|e| e.to_string())?;
    Ok(Answer { rows, count })
}

fn one(
    thread: &mut Worker<'_>,
    columns: &mut IdentityColumns,
    count: &mut Count,
    batch: &NoteBatch,
    row: usize,
    text: &str,
    id: &str,
) -> Result<(), (&'static str, &'static str)> {
    let patient = match batch.patient(row) {
        None => None,
        Some(PatientCells::Json(json)) => Some(
            serde_json::from_str(json)
                .map_err(|_| ("invalid-json", "patient : un objet JSON est attendu"))?,
        ),
        Some(PatientCells::Fields(fields)) => Some(object(fields)),
    };
    let ranges = batch.stand_ins(row);
    let mut exempt: Vec<Span> = Vec::new();
    byte_spans(text, ranges.into_iter(), &mut exempt)
        .ok_or(("bad-span", "stand_ins : chaque étendue doit être dans le texte, en caractères"))?;
    exempt.sort_unstable_by_key(|s| (s.start, s.end));
    match thread.document(text, patient.as_ref(), &exempt, id) {
        Made::Opposed => count.opposed += 1,
        Made::Unknown => return Err(("unknown-person", "personne inconnue : remplissez patient")),
        Made::Entities => {
            let points = CodePoints::new(text);
            for f in thread.found() {
                columns.entity(points.span(f.span), f.label.name());
            }
            columns.end(row, None);
        }
        Made::Text(made) => {
            let points = CodePoints::new(&made.text);
            for s in made.stand_ins.iter().flatten() {
                columns.stand_in(points.span(*s));
            }
            count.residue += made.residue.iter().filter(|r| r.sure).count();
            columns.end(row, Some(&made.text));
        }
    }
    Ok(())
}

// Fields of one name become a list.
fn object(fields: Vec<(String, String)>) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        match object.get_mut(&name) {
            None => {
                object.insert(name, Value::String(value));
            }
            Some(Value::Array(values)) => values.push(Value::String(value)),
            Some(one) => *one = Value::Array(vec![one.take(), Value::String(value)]),
        }
    }
    Value::Object(object)
}
