//! Lines of JSON in, lines of JSON out, in the same order whatever the number of threads.

use std::borrow::Cow;
use std::io::Write;
use std::path::PathBuf;

use relu_pipeline::deidentify::Identifier;
use relu_record::Span;
use relu_wire::{CodePoints, LineError, byte_spans};
use serde::Deserialize;
use serde_json::Value;

use super::Count;
use super::work::{Made, Plan, Text, Worker};
use crate::annotate::lines::{LineReader, Lines, MAX_LINE};
use crate::annotate::pool;
use crate::output::{Failure, Progress};

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow, default)]
    text: Option<Borrowed<'a>>,
    #[serde(default)]
    patient: Option<Value>,
    #[serde(default)]
    stand_ins: Option<Vec<[usize; 2]>>,
}

// Borrowed from the line unless it carries an escape.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

// What a thread hands to the output.
#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    // Where the id of the first line ends, for what the first line of all says.
    lead: usize,
    count: Count,
}

/// Reads lines of `files` and writes theirs.
pub(crate) fn run(
    plan: &Plan,
    files: Vec<PathBuf>,
    jobs: usize,
    progress: &mut Progress,
) -> Result<Count, Failure> {
    let mut lines = LineReader::new(files)
        .map_err(|e| Failure::usage(format!("ouverture des fichiers : {e}")))?;
    let mut out = std::io::stdout().lock();
    let mut count = Count::default();
    let mut begun = false;
    pool::ordered(
        jobs,
        || lines.next(Vec::new()),
        || {
            // The plan was tried before the threads began.
            let mut thread = Worker::new(plan).ok();
            move |batch: Lines, give: &mut dyn FnMut(Written)| {
                if let Some(thread) = &mut thread {
                    give(write_batch(thread, plan.review, &batch));
                }
            }
        },
        |written: Written| {
            count.add(&written.count);
            progress.advance(written.count.documents);
            write_out(&mut out, &written, &mut begun)
        },
    )?;
    out.flush()?;
    Ok(count)
}

/// The lines of one batch, as a test sees them.
#[cfg(test)]
pub(crate) fn batch(plan: &Plan, lines: &str) -> (String, Count) {
    let batch = Lines { bytes: lines.as_bytes().to_vec(), first: true, too_long: false };
    let written = write_batch(&mut Worker::new(plan).unwrap(), plan.review, &batch);
    let mut out = Vec::new();
    write_out(&mut out, &written, &mut false).unwrap();
    (String::from_utf8(out).unwrap(), written.count)
}

// The first line of all says that nobody has reviewed what is written.
fn write_out(out: &mut impl Write, written: &Written, begun: &mut bool) -> std::io::Result<()> {
    let (head, tail) = written.bytes.split_at_checked(written.lead).unwrap_or_default();
    if *begun || written.bytes.is_empty() {
        return out.write_all(&written.bytes);
    }
    *begun = true;
    out.write_all(head)?;
    out.write_all(b",\"unreviewed\":true")?;
    out.write_all(tail)
}

fn write_batch(thread: &mut Worker<'_>, review: bool, batch: &Lines) -> Written {
    let mut written = Written::default();
    if batch.too_long {
        error(&mut written, &Value::Null, &LineError::too_long(MAX_LINE));
    }
    for line in batch.bytes.split_inclusive(|b| *b == b'\n') {
        if !line.trim_ascii().is_empty() {
            write_line(thread, review, line, &mut written);
        }
    }
    written
}

fn write_line(thread: &mut Worker<'_>, review: bool, line: &[u8], written: &mut Written) {
    let refuse = |code, message| LineError::new(Default::default(), code, message);
    let Ok(request) = serde_json::from_slice::<Request<'_>>(line) else {
        let e =
            refuse("invalid-json", "JSON invalide : un objet par ligne, avec \"id\" et \"text\"");
        return error(written, &Value::Null, &e);
    };
    let Request { id, text, patient, stand_ins } = request;
    let Some(Borrowed(text)) = text else {
        let e = refuse("missing-text", "document sans texte : donnez le champ \"text\"");
        return error(written, &id, &e);
    };
    let mut exempt: Vec<Span> = Vec::new();
    if let Some(ranges) = &stand_ins
        && byte_spans(&text, ranges.iter().copied(), &mut exempt).is_none()
    {
        let message = "stand_ins : chaque [début, fin] doit être dans le texte, en caractères";
        return error(written, &id, &refuse("bad-span", message));
    }
    exempt.sort_unstable_by_key(|s| (s.start, s.end));
    let name = match &id {
        Value::String(s) => Cow::Borrowed(s.as_str()),
        other => Cow::Owned(other.to_string()),
    };
    match thread.document(&text, patient.as_ref(), &exempt, &name) {
        Made::Opposed => written.count.opposed += 1,
        Made::Unknown => {
            let message = "personne inconnue : avec une liste d'opposition, donnez \"patient\" (INS, IPP, \
                           ou nom, prénom et date de naissance)";
            error(written, &id, &refuse("unknown-person", message));
            return;
        }
        Made::Entities => {
            begin(written, &id);
            entities(thread, review, &text, &mut written.bytes);
        }
        Made::Text(made) => {
            begin(written, &id);
            written.count.residue += made.residue.iter().filter(|r| r.sure).count();
            rewritten(&made, review, &mut written.bytes);
        }
    }
    written.count.documents += 1;
}

fn entities(thread: &Worker<'_>, review: bool, text: &str, out: &mut Vec<u8>) {
    let points = CodePoints::new(text);
    out.extend_from_slice(b",\"entities\":[");
    list(&points, thread.found(), review, out);
    out.push(b']');
    if review {
        out.extend_from_slice(b",\"doubts\":[");
        list(&points, thread.doubts(), review, out);
        out.push(b']');
    }
    out.extend_from_slice(b"}\n");
}

// Writing into a buffer does not fail.
fn list(points: &CodePoints<'_>, found: &[Identifier], review: bool, out: &mut Vec<u8>) {
    for (i, f) in found.iter().enumerate() {
        let [start, end] = points.span(f.span);
        let comma = if i > 0 { "," } else { "" };
        let label = f.label.name();
        let _ = write!(out, "{comma}{{\"start\":{start},\"end\":{end},\"label\":\"{label}\"");
        if review {
            let source = f.source.name();
            let _ = write!(out, ",\"certainty\":{:.3},\"source\":\"{source}\"", f.certainty);
        }
        out.push(b'}');
    }
}

fn rewritten(made: &Text, review: bool, out: &mut Vec<u8>) {
    // Writing into a buffer does not fail.
    out.extend_from_slice(b",\"text\":");
    let _ = serde_json::to_writer(&mut *out, &made.text);
    if made.stand_ins.is_some() || review {
        let points = CodePoints::new(&made.text);
        if let Some(spans) = &made.stand_ins {
            out.extend_from_slice(b",\"stand_ins\":[");
            for (i, s) in spans.iter().enumerate() {
                let [start, end] = points.span(*s);
                let _ = write!(out, "{}[{start},{end}]", if i > 0 { "," } else { "" });
            }
            out.push(b']');
        }
        if review {
            out.extend_from_slice(b",\"residue\":[");
            for (i, r) in made.residue.iter().enumerate() {
                let [start, end] = points.span(r.span);
                let _ = write!(
                    out,
                    "{}{{\"start\":{start},\"end\":{end},\"label\":\"{}\",\"why\":\"{}\",\
                     \"certainty\":{:.3},\"sure\":{}}}",
                    if i > 0 { "," } else { "" },
                    r.label.name(),
                    r.why.name(),
                    r.certainty,
                    r.sure,
                );
            }
            out.push(b']');
        }
    }
    out.extend_from_slice(b"}\n");
}

// The beginning of a line: its id as it came.
fn begin(written: &mut Written, id: &Value) {
    // Writing into a buffer does not fail.
    let _ = write!(written.bytes, "{{\"id\":{id}");
    if written.lead == 0 {
        written.lead = written.bytes.len();
    }
}

fn error(written: &mut Written, id: &Value, e: &LineError<'_>) {
    begin(written, id);
    let message = Value::String(e.message.to_string());
    let code = e.code;
    // Writing into a buffer does not fail.
    let _ = writeln!(written.bytes, ",\"error\":{{\"code\":\"{code}\",\"message\":{message}}}}}");
    written.count.documents += 1;
    written.count.refused += 1;
}
