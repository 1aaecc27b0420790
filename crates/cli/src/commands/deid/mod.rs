//! `relu deid`: lines in, lines out, or files in, files out, without the words that say who.
//!
//! `files` gives files back in their own format, `lines` reads and writes JSON, `columns` Parquet,
//! `table` CSV, `work` is what a thread does with one document, `setup` the policy, the key and the
//! list of persons who object. What is found, what stands in its place and what is left come from
//! `relu_pipeline::deidentify`.

mod columns;
mod files;
mod lines;
mod setup;
mod table;
#[cfg(test)]
mod tests;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use relu_pipeline::deidentify::Deidentifier;

use crate::output::{Done, Failure, Progress, say};
use work::{Plan, Task, Worker};

/// De-identify notes: names, dates, numbers, addresses
///
/// Reads lines {"id", "text", "patient"?, "stand_ins"?} and writes a line for each, in the same order:
/// where the identifiers are, or the text without them. A line that cannot be used gives
/// {"id", "error"} in its place, and the exit code is 1. Nothing is certain: a person reads again
/// before texts leave. The result is pseudonymised, never anonymous.
///
/// With --out DIR, the inputs are files and folders: PDF, DOCX, CDA, HL7 v2, FHIR, mail, pictures and
/// text come back in DIR in their own format, masked unless --policy or --mode says otherwise. What
/// may still say who blocks: it is not written, and DIR/report.jsonl says where.
#[derive(Args)]
pub(crate) struct Deid {
    /// Files of lines, - or none: standard input; with --out, files and folders of any format
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Parquet or, with --columns, CSV file to read; columns id, text and, when there, patient and stand_ins
    #[arg(long, value_name = "FILE", requires = "output", conflicts_with = "files")]
    input: Option<PathBuf>,
    /// File to write: a row for each row read, in the same order
    #[arg(long, value_name = "FILE", requires = "input")]
    output: Option<PathBuf>,
    /// What becomes of each column of a CSV file
    #[arg(long, value_name = "TOML", requires = "input")]
    columns: Option<PathBuf>,
    /// What to write [default: annotate, or what the policy says]
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// What becomes of each kind of identifier: masque, substitution, recherche, suppression, or a file
    #[arg(long, value_name = "NAME|FILE")]
    policy: Option<String>,
    /// Key of the stand-ins; made, for its owner alone, when the file does not exist
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Persons who object (CSV or JSON lines): their documents are left out
    #[arg(long, value_name = "FILE")]
    opposed: Option<PathBuf>,
    /// With --opposed, write the documents of persons who cannot be told
    #[arg(long, requires = "opposed")]
    allow_unknown_person: bool,
    #[command(flatten)]
    only_files: files::FilesArguments,
    /// Say how sure each finding is and what was nearly found; of a text, what a second reading finds
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
    /// The text with plausible values in their place, drawn from a key
    Surrogate,
}

/// What became of the documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Read, and answered by a line.
    documents: usize,
    /// Answered by an error.
    refused: usize,
    /// Left out: their person objects.
    opposed: usize,
    /// Residues of the second reading that would block an export.
    residue: usize,
}

impl Count {
    fn add(&mut self, other: &Count) {
        self.documents += other.documents;
        self.refused += other.refused;
        self.opposed += other.opposed;
        self.residue += other.residue;
    }
}

impl Deid {
    pub(crate) fn run(self) -> Done {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.unwrap_or_else(processors).clamp(1, 256);
        if self.only_files.out.is_some() {
            return self.files(jobs);
        }
        let plan = self.plan()?;
        // What a thread needs is tried once, so that its failure is told before anything is written.
        Worker::new(&plan).map_err(|e| Failure::usage(e.to_string()))?;
        let mut progress = Progress::open(self.quiet);
        let count = match (&self.input, &self.output, &self.columns) {
            (Some(input), Some(output), Some(columns)) => {
                table::run(&plan, columns, input, output)?
            }
            (Some(input), Some(output), None) => {
                columns::run(&plan, input, output, jobs, &mut progress)?
            }
            _ => lines::run(&plan, self.files, jobs, &mut progress)?,
        };
        progress.finish();
        report(&count, plan.opposed.is_some());
        Ok(if count.refused > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn files(self, jobs: usize) -> Done {
        if self.mode == Some(Mode::Annotate) {
            return Err(Failure::usage(
                "--out avec --mode annotate : des fichiers reviennent masqués ou substitués ; \
                 choisissez --mode mask, --mode surrogate ou --policy",
            ));
        }
        let by_mode = if self.mode == Some(Mode::Surrogate) { "substitution" } else { "masque" };
        let policy = setup::policy(self.policy.as_deref().unwrap_or(by_mode))?;
        let key_file = self.key_file.as_deref().filter(|_| policy.needs_key());
        let shared = files::Shared {
            key: key_file.map(setup::key).transpose()?,
            policy,
            key_file,
            opposed: self.opposed.as_deref(),
            allow_unknown_person: self.allow_unknown_person,
            jobs,
            quiet: self.quiet,
        };
        self.only_files.run(&self.files, shared)
    }

    fn plan(&self) -> Result<Plan, Failure> {
        let task = self.task()?;
        if self.columns.is_some() && matches!(task, Task::Annotate) {
            return Err(Failure::usage(
                "--columns : choisissez --mode mask, ou surrogate avec --key-file",
            ));
        }
        let opposed = self.opposed.as_deref().map(setup::opposed).transpose()?;
        let deidentifier = Deidentifier::shipped()
            .map_err(|e| Failure::usage(format!("modèle de dé-identification : {e}")))?;
        let (review, allow_unknown) = (self.review, self.allow_unknown_person);
        Ok(Plan { deidentifier, task, review, opposed, allow_unknown })
    }

    fn task(&self) -> Result<Task, Failure> {
        let named = match (self.mode, self.policy.as_deref()) {
            (None | Some(Mode::Annotate), None) => return Ok(Task::Annotate),
            (Some(Mode::Mask), None) => return Ok(Task::Mask),
            (Some(Mode::Surrogate), None) => "substitution",
            (Some(Mode::Annotate), Some(_)) => {
                return Err(Failure::usage(
                    "--policy avec --mode annotate : une politique réécrit le texte ; choisissez \
                     --mode mask ou surrogate",
                ));
            }
            (_, Some(name)) => name,
        };
        let policy = setup::policy(named)?;
        if self.mode == Some(Mode::Mask) && policy.needs_key() {
            return Err(Failure::usage(format!(
                "--mode mask avec la politique {} : elle remplace par des données tirées d'une clé ; \
                 choisissez --mode surrogate --key-file FICHIER",
                policy.name
            )));
        }
        if policy.needs_key() && self.key_file.is_none() {
            return Err(Failure::usage(format!(
                "politique {} : donnez --key-file FICHIER (il est créé s'il n'existe pas)",
                policy.name
            )));
        }
        let key = self.key_file.as_deref().filter(|_| policy.needs_key());
        let key = key.map(setup::key).transpose()?;
        Ok(Task::Rewrite { policy: Box::new(policy), key })
    }
}

// What is not in the lines: on standard error, numbers alone.
fn report(count: &Count, opposed: bool) {
    if opposed {
        say(&format!("documents de personnes opposées, laissés de côté : {}", count.opposed));
    }
    if count.residue > 0 {
        say(&format!("seconde lecture : {} passage(s) à relire avant tout envoi", count.residue));
    }
}
