//! `relu run`: the main job without a server.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use relu_desk::batch;
use relu_desk::reader::{DocumentReader, ReadDocument};
use relu_desk::worker::ProposeArgs;
use relu_wire::{RunInput, RunLine, bundle};

use super::common::{ReadingArguments, now, runtime};
use super::read::write_line;
use crate::output::{Done, Failure, Progress, say};

/// Read, propose and write a report: one line a document, one FHIR bundle each
#[derive(Args)]
pub(crate) struct Run {
    /// Files or folders
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Folder of the report
    #[arg(long)]
    out: PathBuf,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
    /// Functions left out, by id
    #[arg(long, value_name = "FUNCTION")]
    without: Vec<String>,
    #[command(flatten)]
    reading: ReadingArguments,
}

impl Run {
    pub(crate) fn run(self) -> Done {
        let files = batch::list_inputs(&self.inputs)
            .map_err(|e| Failure::usage(format!("liste des fichiers : {e}")))?;
        std::fs::create_dir_all(&self.out)
            .map_err(|e| Failure::usage(format!("création de {} : {e}", self.out.display())))?;
        let mut report = Report {
            out: BufWriter::new(File::create(self.out.join("report.jsonl"))?),
            dir: self.out.clone(),
            first: true,
            proposed: 0,
            quarantined: 0,
        };
        let args = ProposeArgs {
            received: now().date(),
            active: relu_desk::shipped_functions()
                .into_iter()
                .filter(|s| s.on_by_default && !self.without.contains(&s.id))
                .map(|s| s.id)
                .collect(),
        };
        let reader = Arc::new(DocumentReader::new(self.reading.settings()?));
        let mut progress = Progress::new(files.len(), self.quiet);
        let mut broken = None;
        runtime()?.block_on(batch::run(reader, files, Some(args), |done| {
            progress.step();
            let source = done.source.to_string_lossy().into_owned();
            for d in &done.documents {
                broken = broken.take().or(report.add(&source, d).err());
            }
        }));
        progress.finish();
        if let Some(e) = broken.or(report.out.flush().err()) {
            return Err(e.into());
        }
        if !self.quiet {
            say(&format!(
                "{} documents proposés, {} en quarantaine : {}",
                report.proposed,
                report.quarantined,
                self.out.join("report.jsonl").display()
            ));
        }
        Ok(if report.quarantined > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

struct Report {
    out: BufWriter<File>,
    dir: PathBuf,
    first: bool,
    proposed: usize,
    quarantined: usize,
}

impl Report {
    fn add(&mut self, source: &str, d: &ReadDocument) -> std::io::Result<()> {
        let line = match &d.outcome {
            Err(refusal) => {
                self.quarantined += 1;
                RunLine::quarantined(source, d.part.as_deref(), &d.sha256, refusal)
            }
            Ok(o) => {
                self.proposed += 1;
                let none = relu_record::ProposalSet {
                    text_version: relu_record::TextVersion::of(&d.sha256, &o.reading.text),
                    functions: Vec::new(),
                    proposals: Vec::new(),
                };
                let set = o.proposals.as_ref().unwrap_or(&none);
                let input = RunInput { reading: &o.reading, set };
                write_bundle(&self.dir, d, input)?;
                RunLine::proposed(source, d.part.as_deref(), &d.sha256, input)
            }
        };
        let line = if std::mem::take(&mut self.first) { line.first() } else { line };
        write_line(&mut self.out, &line)
    }
}

fn write_bundle(dir: &Path, d: &ReadDocument, input: RunInput<'_>) -> std::io::Result<()> {
    let file = File::create(dir.join(format!("{}.fhir.json", d.sha256.0)))?;
    let mut out = BufWriter::new(file);
    serde_json::to_writer(&mut out, &bundle(&d.sha256, input, now()))?;
    out.flush()
}
