//! `relu patients`: lists of patients from the software that masters them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use relu_desk::Desk;
use relu_desk::view::ImportOutcome;
use relu_record::Actor;

use super::common::{DataArguments, ReadingArguments, runtime};
use crate::output::{Done, Failure, print, say};

/// Import patients from a list of another software
#[derive(Args)]
pub(crate) struct Patients {
    #[command(subcommand)]
    verb: PatientsVerb,
}

#[derive(Subcommand)]
enum PatientsVerb {
    /// Import a list (CSV, FHIR Patient bundle or NDJSON); a line of JSON says what became of each
    Import {
        /// The list
        file: PathBuf,
        /// The software that made it: its numbers are unique there; always give the same name
        #[arg(long, default_value = "liste")]
        source: String,
        /// Show what would happen and keep nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        data: DataArguments,
    },
}

impl Patients {
    pub(crate) fn run(self) -> Done {
        let PatientsVerb::Import { file, source, dry_run, data } = self.verb;
        let bytes = std::fs::read(&file)
            .map_err(|e| Failure::usage(format!("lecture de {} : {e}", file.display())))?;
        // No document is read meanwhile: one reader is enough, and it has nothing to do.
        let reading = ReadingArguments::of(1, true, 200).settings()?;
        let settings = data.settings(false, reading, Vec::new())?;
        let report = runtime()?.block_on(async {
            let desk = Desk::open(settings).await?;
            let who = Actor::system("import");
            let report = desk.import_patients(&who, &source, &bytes, dry_run).await;
            desk.close().await;
            report
        })?;
        for line in &report.lines {
            // Names stay out of what is printed: the number of the line leads to them.
            let said = serde_json::json!({
                "line": line.line, "outcome": line.outcome.as_str(), "reason": line.code,
            });
            print(&said.to_string())?;
        }
        let of = |outcome| report.count(outcome);
        let tried = if dry_run { "essai, rien n'est gardé : " } else { "" };
        say(&format!(
            "{tried}{} nouveaux, {} modifiés, {} inchangés, {} refusés",
            of(ImportOutcome::New),
            of(ImportOutcome::Changed),
            of(ImportOutcome::Same),
            of(ImportOutcome::Refused),
        ));
        let refused = of(ImportOutcome::Refused) > 0;
        Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}
