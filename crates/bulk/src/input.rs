//! Files of notes: columns `id`, `text`, and when there `spans` and `context`.
//!
//! `id` is a text or an integer; `spans` a list of `{start, end, within?}`; `context` a struct with
//! `note_date` and `birth_date`, texts or dates. Other columns are not read.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray, StructArray};
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use relu_record::PartialDate;

use crate::BulkError;

// Rows of a batch: a few weigh little whatever their length, and none is too small to be worth
// handing to a thread.
const ROWS: usize = 64;

/// A file of notes, opened.
pub struct NoteFile {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    id: DataType,
}

/// The batches of a file, in order.
pub struct NoteBatches {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

/// Some rows of a file.
pub struct NoteBatch {
    ids: ArrayRef,
    text: StringArray,
    spans: Option<ListArray>,
    context: Option<StructArray>,
    patient: Option<ArrayRef>,
    stand_ins: Option<ListArray>,
}

/// The known identity of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatientCells<'a> {
    /// An object in JSON.
    Json(&'a str),
    /// Fields with their values, as texts.
    Fields(Vec<(String, String)>),
}

/// Id of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowId<'a> {
    /// Null.
    Absent,
    /// A text.
    Text(&'a str),
    /// A whole number.
    Integer(i128),
}

/// A span to qualify, as the row gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanCells {
    /// First code point; the largest number when the cell is no offset.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Whether a cue inside the span counts.
    pub within: bool,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteRow<'a> {
    /// Id of the document.
    pub id: RowId<'a>,
    /// Its text.
    pub text: Option<&'a str>,
    /// Spans to qualify; absent is not the same as none.
    pub spans: Option<Vec<SpanCells>>,
    /// Date of the note.
    pub note_date: Option<Cow<'a, str>>,
    /// Birth date of the patient.
    pub birth_date: Option<Cow<'a, str>>,
}

const COLUMNS: [&str; 4] = ["id", "text", "spans", "context"];
const IDENTITY_COLUMNS: [&str; 4] = ["id", "text", "patient", "stand_ins"];

impl NoteFile {
    /// Opens a file and looks at its columns.
    pub fn open(path: &Path) -> Result<NoteFile, BulkError> {
        NoteFile::open_columns(path, &COLUMNS)
    }

    /// Opens a file of texts with, when there, the identity of the patient (`patient`, a struct of texts
    /// or an object in JSON) and the stand-ins of an earlier run (`stand_ins`).
    pub fn open_with_identities(path: &Path) -> Result<NoteFile, BulkError> {
        NoteFile::open_columns(path, &IDENTITY_COLUMNS)
    }

    fn open_columns(path: &Path, columns: &[&str]) -> Result<NoteFile, BulkError> {
        let file =
            File::open(path).map_err(|why| BulkError::Open { path: path.to_owned(), why })?;
        // The types of the file itself, not those of the program that wrote it: one kind of text
        // and of list instead of three.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
            .map_err(|e| BulkError::read(path, e))?;
        let id = check(path, builder.schema(), columns)?;
        let wanted: Vec<usize> = builder
            .schema()
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, f)| columns.contains(&f.name().as_str()))
            .map(|(i, _)| i)
            .collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
        let reader = builder
            .with_projection(mask)
            .with_batch_size(ROWS)
            .build()
            .map_err(|e| BulkError::read(path, e))?;
        Ok(NoteFile { path: path.to_owned(), reader, id })
    }

    /// Type of the ids, for the answer.
    pub fn id_type(&self) -> &DataType {
        &self.id
    }

    /// The rows, batch after batch.
    pub fn batches(self) -> NoteBatches {
        NoteBatches { path: self.path, reader: self.reader }
    }
}

// The columns that are read, and the type of the ids.
fn check(path: &Path, schema: &SchemaRef, columns: &[&str]) -> Result<DataType, BulkError> {
    let wrong = |column, wanted| BulkError::Column { path: path.to_owned(), column, wanted };
    let of = |name: &str| {
        let field = schema.field_with_name(name).ok().filter(|_| columns.contains(&name));
        field.map(|f| f.data_type().clone())
    };
    let id = of("id").filter(|t| *t == DataType::Utf8 || t.is_integer());
    let id = id.ok_or_else(|| wrong("id", "présente, en texte ou en nombre entier"))?;
    if of("text") != Some(DataType::Utf8) {
        return Err(wrong("text", "présente, en texte"));
    }
    let spans_fit = |name: &str| match of(name) {
        None => true,
        Some(DataType::List(item)) => match item.data_type() {
            DataType::Struct(fields) => ["start", "end"]
                .iter()
                .all(|n| fields.find(n).is_some_and(|(_, f)| f.data_type().is_integer())),
            _ => false,
        },
        Some(_) => false,
    };
    if !spans_fit("spans") {
        return Err(wrong("spans", "une liste de structures {start, end, within}"));
    }
    if !spans_fit("stand_ins") {
        return Err(wrong("stand_ins", "une liste de structures {start, end}"));
    }
    if !matches!(of("patient"), None | Some(DataType::Utf8 | DataType::Struct(_))) {
        return Err(wrong("patient", "une structure de textes, ou un objet JSON en texte"));
    }
    let context_fits = match of("context") {
        None => true,
        Some(DataType::Struct(fields)) => ["note_date", "birth_date"].iter().all(|n| {
            let is_date = |t: &DataType| matches!(t, DataType::Utf8 | DataType::Date32);
            fields.find(n).is_none_or(|(_, f)| is_date(f.data_type()))
        }),
        Some(_) => false,
    };
    if !context_fits {
        let wanted = "une structure {note_date, birth_date}, en texte ou en dates";
        return Err(wrong("context", wanted));
    }
    Ok(id)
}

impl Iterator for NoteBatches {
    type Item = Result<NoteBatch, BulkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|e| BulkError::read(&self.path, e)).and_then(|b| {
            NoteBatch::of(&b).ok_or_else(|| BulkError::read(&self.path, "colonnes inattendues"))
        }))
    }
}

impl NoteBatch {
    fn of(batch: &RecordBatch) -> Option<NoteBatch> {
        let column = |name: &str| batch.column_by_name(name);
        Some(NoteBatch {
            ids: column("id")?.clone(),
            text: column("text")?.as_string_opt::<i32>()?.clone(),
            spans: column("spans").and_then(|c| c.as_list_opt::<i32>()).cloned(),
            context: column("context").and_then(|c| c.as_struct_opt()).cloned(),
            patient: column("patient").cloned(),
            stand_ins: column("stand_ins").and_then(|c| c.as_list_opt::<i32>()).cloned(),
        })
    }

    /// The ids, as they came.
    pub fn ids(&self) -> &ArrayRef {
        &self.ids
    }

    /// Bytes of text.
    pub fn weight(&self) -> usize {
        self.text.get_array_memory_size()
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = NoteRow<'_>> {
        (0..self.text.len()).map(|row| NoteRow {
            id: id_at(&self.ids, row),
            text: self.text.is_valid(row).then(|| self.text.value(row)),
            spans: self.spans.as_ref().filter(|s| s.is_valid(row)).map(|s| spans_at(s, row)),
            note_date: self.date_at("note_date", row),
            birth_date: self.date_at("birth_date", row),
        })
    }

    /// The known identity of a row.
    pub fn patient(&self, row: usize) -> Option<PatientCells<'_>> {
        let cells = self.patient.as_ref().filter(|p| p.is_valid(row))?;
        if let Some(texts) = cells.as_string_opt::<i32>() {
            return Some(PatientCells::Json(texts.value(row)));
        }
        let mut fields = Vec::new();
        for (name, column) in
            cells.as_struct_opt()?.fields().iter().zip(cells.as_struct_opt()?.columns())
        {
            cell_texts(name.name(), column, row, &mut fields);
        }
        Some(PatientCells::Fields(fields))
    }

    /// The stand-ins of an earlier run in a row, in code points.
    pub fn stand_ins(&self, row: usize) -> Vec<[usize; 2]> {
        let spans = self.stand_ins.as_ref().filter(|s| s.is_valid(row));
        spans.map_or_else(Vec::new, |s| spans_at(s, row).iter().map(|s| [s.start, s.end]).collect())
    }

    fn date_at(&self, name: &str, row: usize) -> Option<Cow<'_, str>> {
        let context = self.context.as_ref().filter(|c| c.is_valid(row))?;
        let dates = context.column_by_name(name).filter(|d| d.is_valid(row))?;
        if let Some(texts) = dates.as_string_opt::<i32>() {
            return Some(Cow::Borrowed(texts.value(row)));
        }
        let days = dates.as_primitive_opt::<Date32Type>()?.value(row);
        let date = relu_record::Instant(i64::from(days) * 86_400_000).date();
        Some(Cow::Owned(PartialDate::to_string(&date)))
    }
}

// A cell as texts under the name of its field: a text, a whole number, a date, each of a list, and of a
// structure its field `value`.
fn cell_texts(name: &str, column: &ArrayRef, row: usize, out: &mut Vec<(String, String)>) {
    if column.is_null(row) {
        return;
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        out.push((name.to_owned(), texts.value(row).to_owned()));
    } else if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        let date = relu_record::Instant(i64::from(days.value(row)) * 86_400_000).date();
        out.push((name.to_owned(), date.to_string()));
    } else if let Some(n) = integer_at(column, row) {
        out.push((name.to_owned(), n.to_string()));
    } else if let Some(list) = column.as_list_opt::<i32>() {
        let items = list.value(row);
        (0..items.len()).for_each(|i| cell_texts(name, &items, i, out));
    } else if let Some(value) = column.as_struct_opt().and_then(|s| s.column_by_name("value")) {
        cell_texts(name, value, row, out);
    }
}

fn id_at(ids: &ArrayRef, row: usize) -> RowId<'_> {
    if ids.is_null(row) {
        return RowId::Absent;
    }
    match ids.as_string_opt::<i32>() {
        Some(texts) => RowId::Text(texts.value(row)),
        None => integer_at(ids, row).map_or(RowId::Absent, RowId::Integer),
    }
}

fn spans_at(spans: &ListArray, row: usize) -> Vec<SpanCells> {
    let items = spans.value(row);
    let Some(items) = items.as_struct_opt() else { return Vec::new() };
    let offset = |name: &str, i: usize| {
        let cell = items.column_by_name(name).and_then(|c| integer_at(c, i));
        cell.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)
    };
    let within = items.column_by_name("within").and_then(|c| c.as_boolean_opt());
    (0..items.len())
        .map(|i| SpanCells {
            start: offset("start", i),
            end: offset("end", i),
            within: within.is_some_and(|w| w.is_valid(i) && w.value(i)),
        })
        .collect()
}

// An integer of whatever width.
fn integer_at(array: &ArrayRef, row: usize) -> Option<i128> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Int8 => array.as_primitive_opt::<Int8Type>()?.value(row).into(),
        DataType::Int16 => array.as_primitive_opt::<Int16Type>()?.value(row).into(),
        DataType::Int32 => array.as_primitive_opt::<Int32Type>()?.value(row).into(),
        DataType::Int64 => array.as_primitive_opt::<Int64Type>()?.value(row).into(),
        DataType::UInt8 => array.as_primitive_opt::<UInt8Type>()?.value(row).into(),
        DataType::UInt16 => array.as_primitive_opt::<UInt16Type>()?.value(row).into(),
        DataType::UInt32 => array.as_primitive_opt::<UInt32Type>()?.value(row).into(),
        DataType::UInt64 => array.as_primitive_opt::<UInt64Type>()?.value(row).into(),
        _ => return None,
    })
}
