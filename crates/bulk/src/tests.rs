//! Columns in and out: a batch of notes read, annotated rows written, and what is refused.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray, UInt32Array,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use relu_record::Attributes;

use super::*;

fn write(path: &std::path::Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts(of: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(of.to_vec()))
}

#[test]
fn notes_come_with_their_spans_and_context() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.parquet");
    let item = Fields::from(vec![
        Field::new("start", DataType::Int64, true),
        Field::new("end", DataType::UInt32, true),
        Field::new("within", DataType::Boolean, true),
    ]);
    let items = StructArray::new(
        item.clone(),
        vec![
            Arc::new(Int64Array::from(vec![Some(0), Some(-1), None])),
            Arc::new(UInt32Array::from(vec![4, 2, 3])),
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        ],
        None,
    );
    let spans = ListArray::new(
        Arc::new(Field::new("item", DataType::Struct(item), true)),
        OffsetBuffer::from_lengths([3, 0, 0]),
        Arc::new(items),
        Some(vec![true, false, true].into()),
    );
    let context = StructArray::from(vec![
        (
            Arc::new(Field::new("note_date", DataType::Date32, true)),
            Arc::new(Date32Array::from(vec![Some(18_262), None, Some(-1)])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("birth_date", DataType::Utf8, true)),
            texts(&[Some("1950-05"), None, None]),
        ),
    ]);
    write(
        &path,
        vec![
            ("text", texts(&[Some("É toux"), None, Some("")])),
            ("other", texts(&[None, None, None])),
            ("id", Arc::new(Int64Array::from(vec![Some(7), Some(-8), None]))),
            ("spans", Arc::new(spans)),
            ("context", Arc::new(context)),
        ],
    );
    let file = NoteFile::open(&path).unwrap();
    assert_eq!(file.id_type(), &DataType::Int64);
    let batches: Vec<NoteBatch> = file.batches().map(Result::unwrap).collect();
    let rows: Vec<NoteRow<'_>> = batches.iter().flat_map(|b| b.rows()).collect();
    let ids: Vec<RowId<'_>> = rows.iter().map(|r| r.id).collect();
    assert_eq!(ids, [RowId::Integer(7), RowId::Integer(-8), RowId::Absent]);
    let read: Vec<Option<&str>> = rows.iter().map(|r| r.text).collect();
    assert_eq!(read, [Some("É toux"), None, Some("")]);
    let span = |start, end, within| SpanCells { start, end, within };
    let wanted = vec![span(0, 4, true), span(usize::MAX, 2, false), span(usize::MAX, 3, false)];
    assert_eq!(rows[0].spans, Some(wanted));
    assert_eq!((&rows[1].spans, &rows[2].spans), (&None, &Some(Vec::new())));
    assert_eq!(rows[0].note_date.as_deref(), Some("2020-01-01"));
    assert_eq!(rows[0].birth_date.as_deref(), Some("1950-05"));
    assert_eq!(rows[2].note_date.as_deref(), Some("1969-12-31"));
}

#[test]
fn a_file_that_does_not_fit_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.parquet");
    let opened = |columns: Vec<(&str, ArrayRef)>| {
        write(&path, columns);
        NoteFile::open(&path).err().unwrap().to_string()
    };
    let one = || texts(&[Some("x")]);
    assert!(opened(vec![("id", one())]).contains("text"));
    assert!(opened(vec![("text", one())]).contains("id"));
    assert!(
        opened(vec![("id", one()), ("text", Arc::new(Int64Array::from(vec![1])))]).contains("text")
    );
    assert!(opened(vec![("id", one()), ("text", one()), ("spans", one())]).contains("spans"));
    assert!(opened(vec![("id", one()), ("text", one()), ("context", one())]).contains("context"));
    std::fs::write(&path, "not parquet").unwrap();
    assert!(matches!(NoteFile::open(&path), Err(BulkError::Read { .. })));
    assert!(matches!(NoteFile::open(&dir.path().join("absent")), Err(BulkError::Open { .. })));
}

#[test]
fn an_answer_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("answer.parquet");
    let mut columns = NoteColumns::default();
    columns.sentence([0, 10]);
    columns.sentence([11, 20]);
    let value = ValueRow { range: Some([1.0, 2.5]), unit: Some("kg"), ..ValueRow::default() };
    let entity = EntityRow {
        bounds: [3, 9],
        label: "quantity",
        kind: Some("weight"),
        attributes: Attributes { negated: true, ..Attributes::default() },
        norm: Some(format_args!("{}-??", 2019)),
        days: Some(-3),
        value: Some(value),
        code: Some(("cim10", "R05", None)),
        status: None,
        modality: None,
        rule: "QTY001",
    };
    columns.entity(&entity, [[0, 2]].into_iter());
    columns.end_note(false);
    columns.end_refused("missing-text", "sans texte");
    let batch = columns.finish(texts(&[Some("a"), Some("b")])).unwrap();

    // Dropped half-way, nothing is left.
    let mut half = AnswerFile::create(&path, &DataType::Utf8).unwrap();
    half.write(&batch).unwrap();
    drop(half);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);

    let mut file = AnswerFile::create(&path, &DataType::Utf8).unwrap();
    file.write(&batch).unwrap();
    file.finish().unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path).unwrap()).unwrap();
    let said = builder.metadata().file_metadata().key_value_metadata().unwrap();
    assert!(said.iter().any(|k| k.key == "relu.unreviewed" && k.value.as_deref() == Some("true")));
    let read = builder.build().unwrap().next().unwrap().unwrap();
    assert_eq!(read, batch);
    let entities = read.column_by_name("entities").unwrap().as_list::<i32>();
    assert_eq!((entities.is_valid(0), entities.is_valid(1)), (true, false));
    let first = entities.value(0);
    let first = first.as_struct();
    let norm = first.column_by_name("norm").unwrap();
    assert_eq!(norm.as_string::<i32>().value(0), "2019-??");
    let cues = first.column_by_name("cues").unwrap().as_list::<i32>().value(0);
    let end = cues.as_struct().column_by_name("end").unwrap();
    assert_eq!(end.as_primitive::<Int32Type>().value(0), 2);
    assert!(read.column_by_name("spans").unwrap().is_null(0), "no spans were asked for");
    let error = read.column_by_name("error").unwrap();
    assert!(error.is_null(0) && error.is_valid(1));
}

#[test]
fn identities_come_with_texts_and_their_stand_ins_go_out() {
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join("in.parquet"), dir.path().join("out.parquet"));
    let ins = StructArray::from(vec![
        (Arc::new(Field::new("value", DataType::Utf8, true)), texts(&[Some("1"), None])),
        (Arc::new(Field::new("oid", DataType::Utf8, true)), texts(&[Some("1.2"), None])),
    ]);
    let patient = StructArray::from(vec![
        (Arc::new(Field::new("birth_name", DataType::Utf8, true)), texts(&[Some("DUPONT"), None])),
        (Arc::new(Field::new("ins", ins.data_type().clone(), true)), Arc::new(ins) as ArrayRef),
        (
            Arc::new(Field::new("birth_date", DataType::Date32, true)),
            Arc::new(Date32Array::from(vec![Some(-7_235), None])) as ArrayRef,
        ),
    ]);
    write(
        &path,
        vec![
            ("id", Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef),
            ("text", texts(&[Some("a"), Some("b")])),
            ("patient", Arc::new(patient) as ArrayRef),
        ],
    );
    let file = NoteFile::open_with_identities(&path).unwrap();
    let mut answer = AnswerFile::create_identities(&out, file.id_type(), false).unwrap();
    for batch in file.batches() {
        let batch = batch.unwrap();
        let field = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(
            batch.patient(0),
            Some(PatientCells::Fields(vec![
                field("birth_name", "DUPONT"),
                field("ins", "1"),
                field("birth_date", "1950-03-12"),
            ]))
        );
        assert!(batch.stand_ins(0).is_empty());
        let mut columns = IdentityColumns::new(false);
        // The first row is left out.
        columns.stand_in([0, 3]);
        columns.end(1, Some("xyz"));
        answer.write(&columns.finish(batch.ids()).unwrap()).unwrap();
    }
    answer.finish().unwrap();
    let read = std::fs::File::open(&out).unwrap();
    let mut rows = ParquetRecordBatchReaderBuilder::try_new(read).unwrap().build().unwrap();
    let rows = rows.next().unwrap().unwrap();
    assert_eq!(rows.num_rows(), 1);
    let ids = rows.column_by_name("id").unwrap();
    assert_eq!(ids.as_primitive::<arrow_array::types::Int64Type>().value(0), 8);
    assert_eq!(rows.column_by_name("text").unwrap().as_string::<i32>().value(0), "xyz");
}
