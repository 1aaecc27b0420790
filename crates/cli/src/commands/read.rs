//! `relu read`: what the program reads in each file, and in each document inside.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use relu_desk::batch;
use relu_desk::reader::DocumentReader;
use relu_wire::ReadLine;

use super::common::{ReadingArguments, runtime};
use crate::output::{Done, Failure, Progress};

/// Print what is read in files and folders, one JSON line a document
#[derive(Args)]
pub(crate) struct Read {
    /// Files or folders
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Also print where each word stands on its page
    #[arg(long)]
    boxes: bool,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    reading: ReadingArguments,
}

impl Read {
    pub(crate) fn run(self) -> Done {
        let files = batch::list_inputs(&self.inputs)
            .map_err(|e| Failure::usage(format!("liste des fichiers : {e}")))?;
        let reader = Arc::new(DocumentReader::new(self.reading.settings()?));
        let mut progress = Progress::new(files.len(), self.quiet);
        let mut out = BufWriter::new(std::io::stdout().lock());
        let (mut refused, mut first) = (false, true);
        let mut broken = None;
        runtime()?.block_on(batch::run(reader, files, None, |done| {
            let source = done.source.to_string_lossy().into_owned();
            progress.step();
            for d in done.documents {
                let part = d.part.as_deref();
                let line = match &d.outcome {
                    Ok(o) => ReadLine::read(&source, part, &d.sha256, &o.reading, self.boxes),
                    Err(refusal) => {
                        refused = true;
                        ReadLine::refused(
                            &source,
                            part,
                            &d.sha256,
                            d.media_type.as_deref(),
                            refusal,
                        )
                    }
                };
                let line = if std::mem::take(&mut first) { line.first() } else { line };
                broken = broken.take().or(write_line(&mut out, &line).err());
            }
        }));
        progress.finish();
        if let Some(e) = broken.or(out.flush().err()) {
            return Err(e.into());
        }
        Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

pub(crate) fn write_line(
    out: &mut impl Write,
    line: &impl serde::Serialize,
) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
