//! The columns of an answer while they are filled, row after row.

use std::fmt::{Display, Write};
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, StringBuilder,
};
use arrow_array::{ArrayRef, ListArray, RecordBatch, StructArray};
use arrow_schema::{ArrowError, Fields};
use relu_record::Attributes;

use crate::schema;

/// A section.
#[derive(Clone, Copy, Debug)]
pub struct SectionRow<'a> {
    /// Title and body.
    pub bounds: [usize; 2],
    /// Kind.
    pub kind: &'a str,
    /// The title's words.
    pub title: Option<&'a str>,
    /// Kind of the enclosing title.
    pub parent: Option<&'a str>,
}

/// A value: the fields of a measure, of a dosage, or `text`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ValueRow<'a> {
    /// One number.
    pub number: Option<f64>,
    /// From, to.
    pub range: Option<[f64; 2]>,
    /// The same in the canonical unit.
    pub canonical: Option<(f64, &'a str)>,
    /// Unit.
    pub unit: Option<&'a str>,
    /// `<`, `<=`, `>`, `>=`, `~`.
    pub operator: Option<&'a str>,
    /// Reference range as printed.
    pub reference_range: Option<&'a str>,
    /// Abnormal flag as printed.
    pub flag: Option<&'a str>,
    /// Strength or dose.
    pub dose: Option<&'a str>,
    /// Frequency.
    pub frequency: Option<&'a str>,
    /// Route.
    pub route: Option<&'a str>,
    /// Duration.
    pub duration: Option<&'a str>,
    /// Any other value.
    pub text: Option<&'a str>,
}

impl<'a> ValueRow<'a> {
    // In the order of `schema::VALUE_TEXTS`.
    fn texts(&self) -> [Option<&'a str>; 9] {
        [
            self.unit,
            self.operator,
            self.reference_range,
            self.flag,
            self.dose,
            self.frequency,
            self.route,
            self.duration,
            self.text,
        ]
    }
}

/// An entity. `N` prints the normal form.
#[derive(Clone, Copy, Debug)]
pub struct EntityRow<'a, N> {
    /// The words.
    pub bounds: [usize; 2],
    /// Label.
    pub label: &'a str,
    /// Finer kind.
    pub kind: Option<&'a str>,
    /// Context.
    pub attributes: Attributes,
    /// Normal form.
    pub norm: Option<N>,
    /// Days from the date of the note.
    pub days: Option<i64>,
    /// Value.
    pub value: Option<ValueRow<'a>>,
    /// System, code and label.
    pub code: Option<(&'a str, &'a str, Option<&'a str>)>,
    /// Status.
    pub status: Option<&'a str>,
    /// Modality.
    pub modality: Option<&'a str>,
    /// Code of the rule or lexicon that made it.
    pub rule: &'a str,
}

/// A span of the request with its context.
#[derive(Clone, Copy, Debug)]
pub struct QualifiedRow {
    /// The words.
    pub bounds: [usize; 2],
    /// Context.
    pub attributes: Attributes,
    /// Whether they are a reason of the stay or visit.
    pub is_reason: bool,
}

/// Rows under way. Fill one with [`sentence`](NoteColumns::sentence), [`section`](NoteColumns::section),
/// [`entity`](NoteColumns::entity) and [`qualified`](NoteColumns::qualified), in any order, then end it
/// with [`end_note`](NoteColumns::end_note) or [`end_refused`](NoteColumns::end_refused).
#[derive(Default)]
pub struct NoteColumns {
    sentences: List<Pairs>,
    sections: List<Sections>,
    entities: List<Entities>,
    spans: List<Qualified>,
    error: Errors,
}

impl NoteColumns {
    /// A sentence of the row.
    pub fn sentence(&mut self, bounds: [usize; 2]) {
        self.sentences.items.push(bounds);
        self.sentences.more();
    }

    /// A section of the row.
    pub fn section(&mut self, row: &SectionRow<'_>) {
        self.sections.items.push(row);
        self.sections.more();
    }

    /// An entity of the row, with the bounds of its cues.
    pub fn entity<N: Display>(
        &mut self,
        row: &EntityRow<'_, N>,
        cues: impl Iterator<Item = [usize; 2]>,
    ) {
        self.entities.items.push(row, cues);
        self.entities.more();
    }

    /// A span of the request, with the bounds of its cues.
    pub fn qualified(&mut self, row: &QualifiedRow, cues: impl Iterator<Item = [usize; 2]>) {
        self.spans.items.push(row, cues);
        self.spans.more();
    }

    /// Ends a row; `asked`: its note had spans to qualify.
    pub fn end_note(&mut self, asked: bool) {
        self.end([true, true, true, asked], None);
    }

    /// Ends the row of a note that could not be used.
    pub fn end_refused(&mut self, code: &str, message: &str) {
        self.end([false; 4], Some((code, message)));
    }

    fn end(
        &mut self,
        [sentences, sections, entities, spans]: [bool; 4],
        error: Option<(&str, &str)>,
    ) {
        self.sentences.end(sentences);
        self.sections.end(sections);
        self.entities.end(entities);
        self.spans.end(spans);
        self.error.push(error);
    }

    /// The rows ended so far, under the ids given.
    pub fn finish(self, ids: ArrayRef) -> Result<RecordBatch, ArrowError> {
        let schema = Arc::new(schema::answer(ids.data_type().clone()));
        let columns: Vec<ArrayRef> = vec![
            ids,
            Arc::new(self.sentences.finish(Pairs::finish)?),
            Arc::new(self.sections.finish(Sections::finish)?),
            Arc::new(self.entities.finish(Entities::finish)?),
            Arc::new(self.spans.finish(Qualified::finish)?),
            Arc::new(self.error.finish()?),
        ];
        RecordBatch::try_new(schema, columns)
    }
}

// A list column: its items one after the other, and how many each row has.
#[derive(Default)]
pub(crate) struct List<T> {
    pub(crate) items: T,
    under_way: usize,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl<T> List<T> {
    pub(crate) fn more(&mut self) {
        self.under_way += 1;
    }

    pub(crate) fn end(&mut self, valid: bool) {
        self.lengths.push(std::mem::take(&mut self.under_way));
        self.valid.push(valid);
    }

    pub(crate) fn finish(
        self,
        items: impl FnOnce(T) -> Result<StructArray, ArrowError>,
    ) -> Result<ListArray, ArrowError> {
        let items = items(self.items)?;
        list(self.lengths, Some(self.valid), Arc::new(items))
    }
}

fn list(
    lengths: Vec<usize>,
    valid: Option<Vec<bool>>,
    items: ArrayRef,
) -> Result<ListArray, ArrowError> {
    let field = Arc::new(schema::list_of(items.data_type().clone()));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths(lengths);
    ListArray::try_new(field, offsets, items, valid.map(Into::into))
}

pub(crate) fn structs(fields: Fields, columns: Vec<ArrayRef>) -> Result<StructArray, ArrowError> {
    StructArray::try_new(fields, columns, None)
}

// A struct column of which some rows are null; the fields of those hold anything.
fn optional_structs(
    fields: Fields,
    columns: Vec<ArrayRef>,
    valid: Vec<bool>,
) -> Result<StructArray, ArrowError> {
    StructArray::try_new(fields, columns, Some(valid.into()))
}

fn offset(n: usize) -> i32 {
    // A text of one line has less than 2^29 code points.
    i32::try_from(n).unwrap_or(i32::MAX)
}

pub(crate) fn built(mut builder: impl arrow_array::builder::ArrayBuilder) -> ArrayRef {
    builder.finish()
}

#[derive(Default)]
pub(crate) struct Pairs {
    start: Int32Builder,
    end: Int32Builder,
}

impl Pairs {
    pub(crate) fn push(&mut self, [start, end]: [usize; 2]) {
        self.start.append_value(offset(start));
        self.end.append_value(offset(end));
    }

    pub(crate) fn columns(self) -> Vec<ArrayRef> {
        vec![built(self.start), built(self.end)]
    }

    pub(crate) fn finish(self) -> Result<StructArray, ArrowError> {
        structs(schema::bounds(), self.columns())
    }
}

// Cues of each item of a list: a list within.
#[derive(Default)]
struct Cues {
    pairs: Pairs,
    lengths: Vec<usize>,
}

impl Cues {
    fn push(&mut self, cues: impl Iterator<Item = [usize; 2]>) {
        let mut count = 0;
        for cue in cues {
            self.pairs.push(cue);
            count += 1;
        }
        self.lengths.push(count);
    }

    // `empty_is_null`: an item without cues has none, as the JSON lines leave the field out.
    fn finish(self, empty_is_null: bool) -> Result<ListArray, ArrowError> {
        let valid = empty_is_null.then(|| self.lengths.iter().map(|n| *n > 0).collect());
        list(self.lengths, valid, Arc::new(self.pairs.finish()?))
    }
}

#[derive(Default)]
struct Flags([BooleanBuilder; 6]);

impl Flags {
    fn push(&mut self, a: Attributes, is_reason: bool) {
        let flags = [a.negated, a.hypothesis, a.family, a.history, a.reported_speech, is_reason];
        for (column, flag) in self.0.iter_mut().zip(flags) {
            column.append_value(flag);
        }
    }

    fn finish(self, with_reason: bool) -> Result<StructArray, ArrowError> {
        let fields = schema::attributes(with_reason);
        let columns = self.0.into_iter().take(fields.len()).map(built).collect();
        structs(fields, columns)
    }
}

#[derive(Default)]
struct Sections {
    bounds: Pairs,
    kind: StringBuilder,
    title: StringBuilder,
    path: StringBuilder,
    paths: Vec<usize>,
}

impl Sections {
    fn push(&mut self, s: &SectionRow<'_>) {
        self.bounds.push(s.bounds);
        self.kind.append_value(s.kind);
        self.title.append_option(s.title);
        if let Some(parent) = s.parent {
            self.path.append_value(parent);
        }
        self.paths.push(usize::from(s.parent.is_some()));
    }

    fn finish(self) -> Result<StructArray, ArrowError> {
        let valid = self.paths.iter().map(|n| *n > 0).collect();
        let path = list(self.paths, Some(valid), built(self.path))?;
        let mut columns = self.bounds.columns();
        columns.extend([built(self.kind), built(self.title), Arc::new(path) as ArrayRef]);
        structs(schema::sections(), columns)
    }
}

#[derive(Default)]
struct Values {
    number: Float64Builder,
    range: [Float64Builder; 2],
    ranges: Vec<bool>,
    canonical: Float64Builder,
    canonical_unit: StringBuilder,
    canonicals: Vec<bool>,
    texts: [StringBuilder; schema::VALUE_TEXTS.len()],
    valid: Vec<bool>,
}

impl Values {
    fn push(&mut self, value: Option<&ValueRow<'_>>) {
        let none = ValueRow::default();
        self.valid.push(value.is_some());
        let v = value.unwrap_or(&none);
        self.number.append_option(v.number);
        for (column, n) in self.range.iter_mut().zip(v.range.unwrap_or_default()) {
            column.append_value(n);
        }
        self.ranges.push(v.range.is_some());
        let (number, unit) = v.canonical.unwrap_or_default();
        self.canonical.append_value(number);
        self.canonical_unit.append_value(unit);
        self.canonicals.push(v.canonical.is_some());
        for (column, text) in self.texts.iter_mut().zip(v.texts()) {
            column.append_option(text);
        }
    }

    fn finish(self) -> Result<StructArray, ArrowError> {
        let range = self.range.into_iter().map(built).collect();
        let range = optional_structs(schema::range(), range, self.ranges)?;
        let canonical = vec![built(self.canonical), built(self.canonical_unit)];
        let canonical = optional_structs(schema::canonical(), canonical, self.canonicals)?;
        let mut columns =
            vec![built(self.number), Arc::new(range) as ArrayRef, Arc::new(canonical) as ArrayRef];
        columns.extend(self.texts.into_iter().map(built));
        optional_structs(schema::value(), columns, self.valid)
    }
}

#[derive(Default)]
struct Codes {
    system: StringBuilder,
    code: StringBuilder,
    display: StringBuilder,
    valid: Vec<bool>,
}

impl Codes {
    fn push(&mut self, code: Option<(&str, &str, Option<&str>)>) {
        self.valid.push(code.is_some());
        let (system, code, display) = code.unwrap_or_default();
        self.system.append_value(system);
        self.code.append_value(code);
        self.display.append_option(display);
    }

    fn finish(self) -> Result<StructArray, ArrowError> {
        let columns = vec![built(self.system), built(self.code), built(self.display)];
        optional_structs(schema::code(), columns, self.valid)
    }
}

#[derive(Default)]
struct Entities {
    bounds: Pairs,
    label: StringBuilder,
    kind: StringBuilder,
    attributes: Flags,
    norm: StringBuilder,
    days: Int64Builder,
    value: Values,
    code: Codes,
    status: StringBuilder,
    modality: StringBuilder,
    rule: StringBuilder,
    cues: Cues,
}

impl Entities {
    fn push<N: Display>(&mut self, e: &EntityRow<'_, N>, cues: impl Iterator<Item = [usize; 2]>) {
        self.bounds.push(e.bounds);
        self.label.append_value(e.label);
        self.kind.append_option(e.kind);
        self.attributes.push(e.attributes, false);
        match &e.norm {
            // What is written goes straight into the column; the empty value ends it.
            Some(norm) => {
                let _ = write!(self.norm, "{norm}");
                self.norm.append_value("");
            }
            None => self.norm.append_null(),
        }
        self.days.append_option(e.days);
        self.value.push(e.value.as_ref());
        self.code.push(e.code);
        self.status.append_option(e.status);
        self.modality.append_option(e.modality);
        self.rule.append_value(e.rule);
        self.cues.push(cues);
    }

    fn finish(self) -> Result<StructArray, ArrowError> {
        let mut columns = self.bounds.columns();
        columns.extend([
            built(self.label),
            built(self.kind),
            Arc::new(self.attributes.finish(false)?) as ArrayRef,
            built(self.norm),
            built(self.days),
            Arc::new(self.value.finish()?) as ArrayRef,
            Arc::new(self.code.finish()?) as ArrayRef,
            built(self.status),
            built(self.modality),
            built(self.rule),
            Arc::new(self.cues.finish(true)?) as ArrayRef,
        ]);
        structs(schema::entities(), columns)
    }
}

#[derive(Default)]
struct Qualified {
    bounds: Pairs,
    attributes: Flags,
    cues: Cues,
}

impl Qualified {
    fn push(&mut self, q: &QualifiedRow, cues: impl Iterator<Item = [usize; 2]>) {
        self.bounds.push(q.bounds);
        self.attributes.push(q.attributes, q.is_reason);
        self.cues.push(cues);
    }

    fn finish(self) -> Result<StructArray, ArrowError> {
        let mut columns = self.bounds.columns();
        columns.push(Arc::new(self.attributes.finish(true)?));
        columns.push(Arc::new(self.cues.finish(false)?));
        structs(schema::qualified(), columns)
    }
}

#[derive(Default)]
pub(crate) struct Errors {
    code: StringBuilder,
    message: StringBuilder,
    valid: Vec<bool>,
}

impl Errors {
    pub(crate) fn push(&mut self, error: Option<(&str, &str)>) {
        self.valid.push(error.is_some());
        let (code, message) = error.unwrap_or_default();
        self.code.append_value(code);
        self.message.append_value(message);
    }

    pub(crate) fn finish(self) -> Result<StructArray, ArrowError> {
        let columns = vec![built(self.code), built(self.message)];
        optional_structs(schema::error(), columns, self.valid)
    }
}
