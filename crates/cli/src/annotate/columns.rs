//! Notes of a Parquet file, annotated into the rows of another.

use std::borrow::Cow;
use std::path::Path;

use relu_bulk::{
    AnswerFile, BulkError, EntityRow, NoteBatch, NoteColumns, NoteFile, NoteRow, QualifiedRow,
    RecordBatch, RowId, SectionRow, ValueRow,
};
use relu_record::Number;
use relu_text::Engine;
use relu_wire::{
    AnnotateRequest, Cursor, EntityParts, Id, LineError, Marks, SpanToQualify, ValueParts,
};

use super::pool::{self, Piece};
use super::reader::NoteReader;
use crate::output::{Failure, Progress};

impl Piece for NoteBatch {
    fn weight(&self) -> usize {
        NoteBatch::weight(self)
    }
}

/// Annotates every row; how many were refused.
pub(crate) fn annotate(
    engine: &Engine,
    input: &Path,
    output: &Path,
    jobs: usize,
    progress: &mut Progress,
) -> Result<usize, Failure> {
    let notes = NoteFile::open(input).map_err(|e| Failure::usage(e.to_string()))?;
    let mut answer =
        AnswerFile::create(output, notes.id_type()).map_err(|e| Failure::usage(e.to_string()))?;
    let mut batches = notes.batches();
    let mut refused = 0;
    pool::ordered(
        jobs,
        || batches.next().transpose(),
        || {
            let mut thread = Thread { reader: NoteReader::new(engine), marks: Marks::default() };
            move |batch: NoteBatch, give: &mut dyn FnMut(Result<Answer, String>)| {
                give(thread.annotate(&batch));
            }
        },
        |done: Result<Answer, String>| {
            let done = done.map_err(|why| BulkError::Write { path: output.to_owned(), why })?;
            refused += done.refused;
            progress.advance(done.rows.num_rows());
            answer.write(&done.rows)
        },
    )
    .and_then(|()| answer.finish())
    .map_err(|e| Failure::refused(e.to_string()))?;
    Ok(refused)
}

struct Answer {
    rows: RecordBatch,
    refused: usize,
}

struct Thread<'e> {
    reader: NoteReader<'e>,
    marks: Marks,
}

impl Thread<'_> {
    fn annotate(&mut self, batch: &NoteBatch) -> Result<Answer, String> {
        let mut columns = NoteColumns::default();
        let mut refused = 0;
        for row in batch.rows() {
            if let Err(error) = self.row(row, &mut columns) {
                refused += 1;
                columns.end_refused(error.code, &error.message);
            }
        }
        let rows = columns.finish(batch.ids().clone()).map_err(|e| e.to_string())?;
        Ok(Answer { rows, refused })
    }

    fn row<'a>(
        &mut self,
        row: NoteRow<'a>,
        columns: &mut NoteColumns,
    ) -> Result<(), LineError<'a>> {
        let request = request(row)?;
        let note = self.reader.read(&request)?;
        let mut at = Cursor::new(&request.text, &mut self.marks);
        for sentence in note.sentences() {
            columns.sentence(at.span(*sentence));
        }
        for s in note.sections() {
            let title = s.title.and_then(|t| t.of(&request.text));
            let bounds = at.span(s.span);
            columns.section(&SectionRow { bounds, kind: s.kind, title, parent: s.parent });
        }
        for e in note.entities() {
            let row = entity(&e, at.span(e.span));
            columns.entity(&row, e.cues.iter().map(|c| at.span(*c)));
        }
        if request.spans.is_some() {
            for q in note.spans() {
                let bounds = at.span(q.span);
                let row = QualifiedRow { bounds, attributes: q.attributes, is_reason: q.is_reason };
                columns.qualified(&row, q.cues.iter().map(|c| at.span(*c)));
            }
        }
        columns.end_note(request.spans.is_some());
        Ok(())
    }
}

fn request(row: NoteRow<'_>) -> Result<AnnotateRequest<'_>, LineError<'_>> {
    // The answer carries the id column itself; here it only names the row.
    let id = match row.id {
        RowId::Text(text) => Id::Text(Cow::Borrowed(text)),
        RowId::Absent | RowId::Integer(_) => Id::Absent,
    };
    let spans = row.spans.map(|spans| {
        let asked = spans.iter();
        asked.map(|s| SpanToQualify { start: s.start, end: s.end, within: s.within }).collect()
    });
    AnnotateRequest::checked(
        id,
        row.text.map(Cow::Borrowed),
        spans,
        row.note_date.as_deref(),
        row.birth_date.as_deref(),
    )
}

fn entity<'a>(e: &EntityParts<'a>, bounds: [usize; 2]) -> EntityRow<'a, &'a str> {
    EntityRow {
        bounds,
        label: e.label,
        kind: e.kind,
        attributes: e.attributes,
        norm: e.norm,
        days: e.days,
        value: e.value.map(value),
        code: e.code.map(|c| (c.system, c.code, c.display)),
        status: e.status,
        modality: e.modality,
        rule: e.rule,
    }
}

fn value(v: ValueParts<'_>) -> ValueRow<'_> {
    match v {
        ValueParts::Text(text) => ValueRow { text: Some(text), ..ValueRow::default() },
        ValueParts::Dosage { dose, frequency, route, duration } => {
            ValueRow { dose, frequency, route, duration, ..ValueRow::default() }
        }
        ValueParts::Measure { number, unit, operator, canonical, reference_range, flag } => {
            let (number, range) = match number {
                Number::Number(n) => (Some(n), None),
                Number::Range(r) => (None, Some(r)),
            };
            ValueRow {
                number,
                range,
                canonical,
                unit,
                operator,
                reference_range,
                flag,
                ..ValueRow::default()
            }
        }
    }
}
