//! Notes in columns: Parquet files of notes in, Parquet files of what was found out.
//!
//! Shapes: a file of notes has the columns `id` and `text` and may have `spans` and `context`
//! ([`NoteFile`]); the answer has a row for each row read, in the same order, with the columns `id`,
//! `sentences`, `sections`, `entities`, `spans` and `error` ([`NoteColumns`], [`AnswerFile`]), lists of
//! structs named as in the JSON lines. Units: offsets count Unicode code points, end exclusive, as
//! 32-bit integers. De-identified texts have columns of their own ([`IdentityColumns`]): `entities`, or `text`
//! and `stand_ins`. Files are read and written in record batches, so that memory follows the batch
//! and not the file. Compression is Snappy, the one that every reader of Parquet knows.
//!
//! Errors: [`BulkError`] names the file and what is wrong with it; a row that cannot be used is no
//! error here but a row with its `error` filled.
//!
//! Sources: Apache Parquet format 2.11; Arrow columnar format 1.5.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod columns;
mod identities;
mod input;
mod schema;
#[cfg(test)]
mod tests;

pub use answer::AnswerFile;
pub use arrow_array::RecordBatch;
pub use columns::{EntityRow, NoteColumns, QualifiedRow, SectionRow, ValueRow};
pub use identities::IdentityColumns;
pub use input::{NoteBatch, NoteBatches, NoteFile, NoteRow, PatientCells, RowId, SpanCells};

use std::path::{Path, PathBuf};

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The file does not open.
    #[error("ouverture de {} : {why}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// The file is no Parquet file, or a damaged one, or uses a codec that is not built in.
    #[error("lecture de {} : {why} (un fichier Parquet, sans compression ou en Snappy, est attendu)", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        why: String,
    },
    /// A column is missing or of another type.
    #[error("lecture de {} : la colonne {column} doit être {wanted}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// Its column.
        column: &'static str,
        /// What is expected.
        wanted: &'static str,
    },
    /// The answer cannot be written.
    #[error("écriture de {} : {why}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        why: String,
    },
}

impl BulkError {
    fn read(path: &Path, why: impl ToString) -> BulkError {
        BulkError::Read { path: path.to_owned(), why: why.to_string() }
    }

    fn write(path: &Path, why: impl ToString) -> BulkError {
        BulkError::Write { path: path.to_owned(), why: why.to_string() }
    }
}
