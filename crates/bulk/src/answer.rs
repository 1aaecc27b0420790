//! Files of answers: written beside their name, and renamed when they are whole.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::{BulkError, schema};

// Bytes of encoded rows after which a row group ends: what the writer holds in memory.
const ROW_GROUP: usize = 64 << 20;

/// A file under way. Dropped before [`finish`](AnswerFile::finish), it leaves nothing behind.
pub struct AnswerFile {
    path: PathBuf,
    part: PathBuf,
    writer: Option<ArrowWriter<File>>,
}

impl AnswerFile {
    /// Begins a file whose ids are of the type given. Its metadata says that nobody has re-read it.
    pub fn create(path: &Path, id: &DataType) -> Result<AnswerFile, BulkError> {
        AnswerFile::of(path, schema::answer(id.clone()))
    }

    /// The same for de-identified texts: identifiers when `found`, else texts.
    pub fn create_identities(
        path: &Path,
        id: &DataType,
        found: bool,
    ) -> Result<AnswerFile, BulkError> {
        AnswerFile::of(path, schema::identities(id.clone(), found))
    }

    fn of(path: &Path, schema: Schema) -> Result<AnswerFile, BulkError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|e| BulkError::write(path, e))?;
        let unreviewed = KeyValue::new("relu.unreviewed".to_owned(), "true".to_owned());
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(vec![unreviewed]))
            .build();
        let schema = Arc::new(schema);
        let writer = ArrowWriter::try_new(file, schema, Some(properties))
            .map_err(|e| BulkError::write(path, e))?;
        Ok(AnswerFile { path: path.to_owned(), part, writer: Some(writer) })
    }

    /// Adds rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), BulkError> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let written = writer.write(batch).and_then(|()| {
            if writer.in_progress_size() >= ROW_GROUP { writer.flush() } else { Ok(()) }
        });
        written.map_err(|e| BulkError::write(&self.path, e))
    }

    /// Ends the file and gives it its name.
    pub fn finish(mut self) -> Result<(), BulkError> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        writer.close().map_err(|e| BulkError::write(&self.path, e))?;
        std::fs::rename(&self.part, &self.path).map_err(|e| BulkError::write(&self.path, e))
    }
}

impl Drop for AnswerFile {
    fn drop(&mut self) {
        // After `finish` there is nothing of that name; before, half a file is of no use.
        let _ = std::fs::remove_file(&self.part);
    }
}
