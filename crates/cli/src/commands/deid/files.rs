//! `relu deid FILES… --out DIR`: files come back in their own format, with a report and a proof.
//!
//! The work is `relu_desk::deid`: here are the arguments, and what is told on standard error.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use relu_desk::batch;
use relu_desk::deid::{Deid, Export, ExportReport, ExportSettings, Settings};
use relu_desk::reader::DocumentReader;
use relu_pipeline::deidentify::{Key, Policy};
use relu_record::Sha256Hex;

use super::setup;
use crate::commands::common::{ReadingArguments, now, runtime};
use crate::output::{Done, Failure, Progress, say};

/// What only files need.
#[derive(Args)]
pub(crate) struct FilesArguments {
    /// Folder of the result: files and folders come back in their own format, with report.jsonl (keep
    /// it: it says which came from which) and proof.json. Run again over it to go on or to refresh
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Identity of the patient of all the files (JSON), every variant of which goes
    #[arg(long, value_name = "FILE", requires = "out")]
    patient: Option<PathBuf>,
    /// Key that signs the proof (Ed25519, JWK); made, with FILE.pub beside it, when there is none
    #[arg(long, value_name = "FILE", requires = "out")]
    sign_key: Option<PathBuf>,
    /// Do not recognise characters in pictures; what is only a picture is then refused
    #[arg(long, requires = "out")]
    no_ocr: bool,
    /// Largest file read, in megabytes
    #[arg(long, default_value_t = 200, requires = "out")]
    max_mb: u64,
}

/// What lines and files share.
pub(super) struct Shared<'s> {
    pub(super) policy: Policy,
    pub(super) key: Option<Key>,
    pub(super) key_file: Option<&'s Path>,
    pub(super) opposed: Option<&'s Path>,
    pub(super) allow_unknown_person: bool,
    pub(super) jobs: usize,
    pub(super) quiet: bool,
}

// Identities are small.
const MAX_PATIENT: u64 = 1 << 20;

impl FilesArguments {
    pub(super) fn run(self, inputs: &[PathBuf], shared: Shared<'_>) -> Done {
        let Some(out) = self.out.clone() else {
            return Err(Failure::usage("--out manque"));
        };
        let files = batch::list_inputs(inputs)
            .map_err(|e| Failure::usage(format!("liste des fichiers : {e}")))?;
        let reading = ReadingArguments::of(shared.jobs, self.no_ocr, self.max_mb).settings()?;
        // A page that cannot be recognised is refused: whether it can be is part of the recipe.
        let recipe =
            format!("{} {} {}", key_print(&shared)?, reading.tesseract.is_some(), self.max_mb);
        let settings = Settings {
            patient: self.patient.as_deref().map(patient).transpose()?,
            opposed: shared.opposed.map(setup::opposed).transpose()?,
            received: now().date(),
            policy: shared.policy,
            key: shared.key,
        };
        let deid = Deid::new(Arc::new(DocumentReader::new(reading)), settings)?;
        let export = Export::open(
            deid,
            ExportSettings {
                out: out.clone(),
                allow_unknown_person: shared.allow_unknown_person,
                list_digest: shared.opposed.map(digest).transpose()?,
                made_with: recipe,
                sign_key: self.sign_key,
                now: now(),
            },
        )?;
        let mut progress = Progress::new(files.len(), shared.quiet);
        let report = runtime()?.block_on(export.run(files, || progress.step()))?;
        progress.finish();
        if !shared.quiet {
            say(&told(&report, &out));
        }
        // Who objects is left out as asked: nothing was refused.
        let refused = report.blocked + report.refused > 0;
        Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

fn told(r: &ExportReport, out: &Path) -> String {
    format!(
        "pseudonymisé, non relu : {} écrits (dont {} déjà faits), {} bloqués, {} refusés, {} laissés de côté : {}",
        r.written,
        r.reused,
        r.blocked,
        r.refused,
        r.left_out,
        out.join("report.jsonl").display()
    )
}

fn patient(path: &Path) -> Result<serde_json::Value, Failure> {
    let bytes = setup::read(path, MAX_PATIENT, "lecture de l'identité")?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| {
        Failure::usage(
            "--patient : un objet JSON est attendu (birth_name, first_name, birth_date, ins…)",
        )
    })?;
    if !value.is_object() {
        return Err(Failure::usage("--patient : un objet JSON est attendu"));
    }
    Ok(value)
}

/// Tells one key from another, and too little to find it.
fn key_print(shared: &Shared<'_>) -> Result<String, Failure> {
    match shared.key_file.filter(|_| shared.key.is_some()) {
        Some(path) => Ok(digest(path)?.chars().take(8).collect()),
        None => Ok(String::new()),
    }
}

fn digest(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|e| Failure::usage(format!("lecture de {} : {e}", path.display())))?;
    Ok(Sha256Hex::of(&bytes).0.chars().take(16).collect())
}
