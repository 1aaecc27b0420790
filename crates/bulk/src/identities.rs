//! The columns of de-identified texts while they are filled, row after row.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::ArrowError;

use crate::columns::{Errors, List, Pairs, built, structs};
use crate::schema;

/// Rows under way: either identifiers found, or texts with their stand-ins.
pub struct IdentityColumns {
    found: bool,
    rows: Vec<usize>,
    entities: List<Labelled>,
    text: StringBuilder,
    stand_ins: List<Pairs>,
    error: Errors,
}

impl IdentityColumns {
    /// For identifiers, when `found`, else for texts.
    pub fn new(found: bool) -> IdentityColumns {
        IdentityColumns {
            found,
            rows: Vec::new(),
            entities: List::default(),
            text: StringBuilder::default(),
            stand_ins: List::default(),
            error: Errors::default(),
        }
    }

    /// An identifier of the row.
    pub fn entity(&mut self, bounds: [usize; 2], label: &str) {
        self.entities.items.bounds.push(bounds);
        self.entities.items.label.append_value(label);
        self.entities.more();
    }

    /// A mark or stand-in of the row.
    pub fn stand_in(&mut self, bounds: [usize; 2]) {
        self.stand_ins.items.push(bounds);
        self.stand_ins.more();
    }

    /// Ends row `row` of the batch read, with its text where there is one.
    pub fn end(&mut self, row: usize, text: Option<&str>) {
        self.close(row, text, None);
    }

    /// Ends a row that could not be used.
    pub fn end_refused(&mut self, row: usize, code: &str, message: &str) {
        self.close(row, None, Some((code, message)));
    }

    fn close(&mut self, row: usize, text: Option<&str>, error: Option<(&str, &str)>) {
        self.rows.push(row);
        self.entities.end(error.is_none());
        self.stand_ins.end(error.is_none());
        self.text.append_option(text);
        self.error.push(error);
    }

    /// The rows ended so far, with their ids among those of the batch read; rows never ended are left
    /// out.
    pub fn finish(self, ids: &ArrayRef) -> Result<RecordBatch, ArrowError> {
        let schema = Arc::new(schema::identities(ids.data_type().clone(), self.found));
        let mut columns = vec![taken(ids, &self.rows)?];
        if self.found {
            columns.push(Arc::new(self.entities.finish(Labelled::finish)?));
        } else {
            columns.push(built(self.text));
            columns.push(Arc::new(self.stand_ins.finish(Pairs::finish)?));
        }
        columns.push(Arc::new(self.error.finish()?));
        RecordBatch::try_new(schema, columns)
    }
}

#[derive(Default)]
struct Labelled {
    bounds: Pairs,
    label: StringBuilder,
}

impl Labelled {
    fn finish(self) -> Result<StructArray, ArrowError> {
        let mut columns = self.bounds.columns();
        columns.push(built(self.label));
        structs(schema::labelled(), columns)
    }
}

// The ids of those rows, in order.
fn taken(ids: &ArrayRef, rows: &[usize]) -> Result<ArrayRef, ArrowError> {
    if rows.len() == ids.len() {
        return Ok(Arc::clone(ids));
    }
    let data = ids.to_data();
    let mut out = arrow_data::transform::MutableArrayData::new(vec![&data], false, rows.len());
    for row in rows.iter().filter(|r| **r < ids.len()) {
        out.try_extend(0, *row, *row + 1)?;
    }
    Ok(arrow_array::make_array(out.freeze()))
}
