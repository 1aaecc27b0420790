//! `relu deid`: lines in, lines out, without the words that say who.
//!
//! Lines are read and handed to the threads as `relu annotate` does; what is found comes from
//! `relu_pipeline::deidentify`. A line with `"patient"` carries the known identity, every variant of
//! which goes too. With `--mode mask` the line written carries the text with `[NOM]` and the like.

use std::borrow::Cow;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use relu_pipeline::deidentify::{Deidentifier, Known, Workspace, mask};
use relu_wire::{CodePoints, LineError};
use serde::Deserialize;
use serde_json::Value;

use crate::annotate::lines::{LineReader, Lines, MAX_LINE};
use crate::annotate::pool;
use crate::output::{Done, Failure, Progress};

/// De-identify notes: names, dates, numbers, addresses
///
/// Reads lines {"id", "text", "patient"?} and writes a line for each, in the same order: where the
/// identifiers are, or the text without them. A line that cannot be used gives {"id", "error"} in
/// its place, and the exit code is 1. Nothing is certain: a person reads again before texts leave.
#[derive(Args)]
pub(crate) struct Deid {
    /// Files of lines; - or none: standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Mode::Annotate)]
    mode: Mode,
    /// Add how sure each finding is, which source found it, and what was nearly found
    #[arg(long)]
    review: bool,
    /// Threads; the output is the same whatever their number [default: number of processors]
    #[arg(long)]
    jobs: Option<usize>,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Where the identifiers are
    Annotate,
    /// The text with [NOM] and the like in their place
    Mask,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(default)]
    patient: Option<Value>,
}

// Borrowed from the line unless it carries an escape.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

// What a thread hands to the output.
struct Written {
    bytes: Vec<u8>,
    documents: usize,
    refused: usize,
}

impl Deid {
    pub(crate) fn run(self) -> Done {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.unwrap_or_else(processors).clamp(1, 256);
        let deidentifier = Deidentifier::shipped()
            .map_err(|e| Failure::usage(format!("modèle de dé-identification : {e}")))?;
        let mut lines = LineReader::new(self.files)
            .map_err(|e| Failure::usage(format!("ouverture des fichiers : {e}")))?;
        let mut progress = Progress::open(self.quiet);
        let mut out = std::io::stdout().lock();
        let mut refused = 0;
        let (mode, review) = (self.mode, self.review);
        pool::ordered(
            jobs,
            || lines.next(Vec::new()),
            || {
                let mut thread = Thread {
                    deidentifier: &deidentifier,
                    work: Workspace::default(),
                    mode,
                    review,
                };
                move |batch: Lines, give: &mut dyn FnMut(Written)| give(thread.batch(&batch))
            },
            |written: Written| {
                refused += written.refused;
                progress.advance(written.documents);
                out.write_all(&written.bytes)
            },
        )?;
        out.flush()?;
        progress.finish();
        Ok(if refused > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

// What a thread reuses from line to line.
struct Thread<'d> {
    deidentifier: &'d Deidentifier,
    work: Workspace,
    mode: Mode,
    review: bool,
}

impl Thread<'_> {
    fn batch(&mut self, batch: &Lines) -> Written {
        let mut written = Written { bytes: Vec::new(), documents: 0, refused: 0 };
        let mut first = batch.first;
        if batch.too_long {
            error(&mut written, &mut first, &Value::Null, &LineError::too_long(MAX_LINE));
        }
        for line in batch.bytes.split_inclusive(|b| *b == b'\n') {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<Request<'_>>(line) {
                Ok(Request { id, text: Some(text), patient }) => {
                    let known = patient.as_ref().map(known).unwrap_or_default();
                    self.deidentifier.read(&text.0, &known, &mut self.work);
                    self.write(&id, &text.0, std::mem::take(&mut first), &mut written.bytes);
                    written.documents += 1;
                }
                Ok(Request { id, .. }) => {
                    let message = "document sans texte : donnez le champ \"text\"";
                    let e = LineError::new(Default::default(), "missing-text", message);
                    error(&mut written, &mut first, &id, &e);
                }
                Err(_) => {
                    let message = "JSON invalide : un objet par ligne, avec \"id\" et \"text\"";
                    let e = LineError::new(Default::default(), "invalid-json", message);
                    error(&mut written, &mut first, &Value::Null, &e);
                }
            }
        }
        written
    }

    fn write(&self, id: &Value, text: &str, first: bool, out: &mut Vec<u8>) {
        begin(out, id, first);
        // Writing into a buffer does not fail.
        let _ = match self.mode {
            Mode::Mask => {
                let masked = Value::String(mask(text, self.work.found()));
                writeln!(out, ",\"text\":{masked}}}")
            }
            Mode::Annotate => self.entities(text, out),
        };
    }

    fn entities(&self, text: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
        let points = CodePoints::new(text);
        let list = |out: &mut Vec<u8>, found: &[relu_pipeline::deidentify::Identifier]| {
            for (i, f) in found.iter().enumerate() {
                let [start, end] = points.span(f.span);
                let comma = if i > 0 { "," } else { "" };
                let label = f.label.name();
                write!(out, "{comma}{{\"start\":{start},\"end\":{end},\"label\":\"{label}\"")?;
                if self.review {
                    let source = f.source.name();
                    write!(out, ",\"certainty\":{:.3},\"source\":\"{source}\"", f.certainty)?;
                }
                out.push(b'}');
            }
            Ok::<(), std::io::Error>(())
        };
        write!(out, ",\"entities\":[")?;
        list(out, self.work.found())?;
        out.push(b']');
        if self.review {
            write!(out, ",\"doubts\":[")?;
            list(out, self.work.doubts())?;
            out.push(b']');
        }
        writeln!(out, "}}")
    }
}

// The beginning of a line: its id as it came, and on the first line that nobody has reviewed it.
fn begin(out: &mut Vec<u8>, id: &Value, first: bool) {
    // Writing into a buffer does not fail.
    let _ = write!(out, "{{\"id\":{id}");
    if first {
        out.extend_from_slice(b",\"unreviewed\":true");
    }
}

fn error(written: &mut Written, first: &mut bool, id: &Value, e: &LineError<'_>) {
    begin(&mut written.bytes, id, std::mem::take(first));
    let message = Value::String(e.message.to_string());
    let code = e.code;
    // Writing into a buffer does not fail.
    let _ = writeln!(written.bytes, ",\"error\":{{\"code\":\"{code}\",\"message\":{message}}}}}");
    written.documents += 1;
    written.refused += 1;
}

// Every text of the identity, with the name of its field.
fn known(patient: &Value) -> Known {
    fn walk(key: &str, value: &Value, known: &mut Known) {
        match value {
            Value::String(text) => known.add(key, text),
            Value::Array(values) => values.iter().for_each(|v| walk(key, v, known)),
            Value::Object(fields) => fields.iter().for_each(|(k, v)| walk(k, v, known)),
            Value::Number(n) => known.add(key, &n.to_string()),
            _ => {}
        }
    }
    let mut known = Known::default();
    walk("", patient, &mut known);
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(mode: Mode, lines: &str) -> (String, usize) {
        let deidentifier = Deidentifier::shipped().unwrap();
        let mut thread =
            Thread { deidentifier: &deidentifier, work: Workspace::default(), mode, review: false };
        let batch = Lines { bytes: lines.as_bytes().to_vec(), first: true, too_long: false };
        let written = thread.batch(&batch);
        (String::from_utf8(written.bytes).unwrap(), written.refused)
    }

    #[test]
    fn lines_come_back_masked_or_refused() {
        let lines = concat!(
            r#"{"id":7,"text":"Vu le 12/04/2015 par téléphone au 01 42 34 56 78."}"#,
            "\n",
            r#"{"id":"b"}"#,
            "\n",
            "nonsense\n",
            r#"{"id":"c","text":"zorvane est calme","patient":{"birth_name":"Zorvané"}}"#,
            "\n",
        );
        let (masked, refused) = run(Mode::Mask, lines);
        let lines_out: Vec<&str> = masked.lines().collect();
        assert_eq!(refused, 2);
        assert_eq!(
            lines_out[0],
            r#"{"id":7,"unreviewed":true,"text":"Vu le [DATE] par téléphone au [TEL]."}"#
        );
        assert!(lines_out[1].starts_with(r#"{"id":"b","error":{"code":"missing-text""#));
        assert!(lines_out[2].starts_with(r#"{"id":null,"error":{"code":"invalid-json""#));
        assert_eq!(lines_out[3], r#"{"id":"c","text":"[NOM] est calme"}"#);
        let (annotated, _) = run(Mode::Annotate, lines);
        assert!(annotated.contains(r#"{"start":6,"end":16,"label":"DATE"}"#), "{annotated}");
    }
}
