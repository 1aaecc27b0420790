//! `relu annotate`: what the text engine finds in notes, one JSON line a document or one row.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use relu_text::Engine;
use relu_wire::{AnnotateRequest, LineError, Marks, NoteParts, Output, write_error, write_note};

use crate::annotate::columns;
use crate::annotate::lines::{LineReader, Lines, MAX_LINE};
use crate::annotate::overlay;
use crate::annotate::pool::{self, Piece};
use crate::annotate::reader::{NoteRead, NoteReader};
use crate::output::{Done, Failure, Progress};

/// Annotate notes: sentences, sections, entities and their context
///
/// Reads lines {"id", "text", "spans"?, "context"?} and writes a line for each, in the same order.
/// A line that cannot be used gives {"id", "error"} in its place, and the exit code is 1.
#[derive(Args)]
pub(crate) struct Annotate {
    /// Files of lines; - or none: standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["input", "output"])]
    files: Vec<PathBuf>,
    /// Parquet file to read: columns id, text and, when there, spans and context
    #[arg(long, value_name = "PARQUET", requires = "output")]
    input: Option<PathBuf>,
    /// Parquet file to write: a row for each row read, in the same order
    #[arg(long, value_name = "PARQUET", requires = "input")]
    output: Option<PathBuf>,
    /// A site's own lexicons (.tsv) or rules (.toml), over the shipped ones
    #[arg(long, value_name = "FILE")]
    overlay: Vec<PathBuf>,
    /// Threads; the output is the same whatever their number [default: number of processors]
    #[arg(long)]
    jobs: Option<usize>,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
}

// What a thread hands to the output.
struct Written {
    bytes: Vec<u8>,
    documents: usize,
    refused: usize,
}

impl Piece for Lines {
    fn weight(&self) -> usize {
        self.bytes.len()
    }
}

impl Annotate {
    pub(crate) fn run(self) -> Done {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.unwrap_or_else(processors).clamp(1, 256);
        let engine = overlay::engine(&self.overlay)?;
        let mut progress = Progress::open(self.quiet);
        let refused = match (&self.input, &self.output) {
            (Some(input), Some(output)) => {
                columns::annotate(&engine, input, output, jobs, &mut progress)?
            }
            _ => annotate_lines(&engine, self.files, jobs, &mut progress)?,
        };
        progress.finish();
        Ok(if refused > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

// Lines in, lines out; how many were refused.
fn annotate_lines(
    engine: &Engine,
    files: Vec<PathBuf>,
    jobs: usize,
    progress: &mut Progress,
) -> Result<usize, Failure> {
    let mut lines = LineReader::new(files)
        .map_err(|e| Failure::usage(format!("ouverture des fichiers : {e}")))?;
    let mut out = std::io::stdout().lock();
    let mut refused = 0;
    pool::ordered(
        jobs,
        || lines.next(Vec::new()),
        || {
            let mut thread = Thread::new(engine);
            move |batch: Lines, give: &mut dyn FnMut(Written)| thread.annotate(&batch, give)
        },
        |written: Written| {
            refused += written.refused;
            progress.advance(written.documents);
            out.write_all(&written.bytes)
        },
    )?;
    out.flush()?;
    Ok(refused)
}

// What a thread reuses from batch to batch.
struct Thread<'e> {
    reader: NoteReader<'e>,
    marks: Marks,
}

impl<'e> Thread<'e> {
    fn new(engine: &'e Engine) -> Thread<'e> {
        Thread { reader: NoteReader::new(engine), marks: Marks::default() }
    }

    fn annotate(&mut self, batch: &Lines, give: &mut dyn FnMut(Written)) {
        let (mut documents, mut refused, mut first) = (0, 0, batch.first);
        let mut full = |bytes: &mut Vec<u8>| {
            give(Written { bytes: std::mem::take(bytes), documents: 0, refused: 0 });
        };
        let mut out = Output::new(Vec::new(), &mut full);
        if batch.too_long {
            write_error(&mut out, first, &LineError::too_long(MAX_LINE));
            (documents, refused) = (1, 1);
        }
        for line in batch.iter() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            documents += 1;
            let first = std::mem::take(&mut first);
            if let Err(error) = self.line(line, first, &mut out) {
                refused += 1;
                write_error(&mut out, first, &error);
            }
        }
        out.finish();
        give(Written { bytes: Vec::new(), documents, refused });
    }

    fn line<'a>(
        &mut self,
        line: &'a [u8],
        first: bool,
        out: &mut Output<'_>,
    ) -> Result<(), LineError<'a>> {
        let request = AnnotateRequest::parse(line)?;
        let note = self.reader.read(&request)?;
        write_line(out, &mut self.marks, first, &request, &note);
        Ok(())
    }
}

/// The line of a note.
pub(crate) fn write_line(
    out: &mut Output<'_>,
    marks: &mut Marks,
    first: bool,
    request: &AnnotateRequest<'_>,
    note: &NoteRead<'_>,
) {
    write_note(
        out,
        marks,
        first,
        NoteParts {
            id: &request.id,
            text: &request.text,
            sentences: note.sentences(),
            sections: note.sections(),
            entities: note.entities(),
            spans: request.spans.is_some().then(|| note.spans()),
        },
    );
}
