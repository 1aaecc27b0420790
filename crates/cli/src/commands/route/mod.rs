//! `relu route`: rules of routing outside the pages: check sentences, try them on what was received,
//! measure how fast a try is.

mod bench;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use relu_record::{Instant, PartialDate};

use super::common::{DataArguments, ReadingArguments, runtime};
use crate::output::{Done, Failure, print, say};

/// Rules of routing: check sentences, try them on past documents
#[derive(Args)]
pub(crate) struct Route {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Check sentences, one a line (# begins a remark); exit code 1 when one is wrong
    Check(Check),
    /// Try sentences on the documents of a data folder that no server holds open (JSON)
    Replay(Replay),
    /// Measure a try of twenty sentences on made-up documents
    Bench(bench::Bench),
}

/// `relu route check`.
#[derive(Args)]
struct Check {
    /// File of sentences
    rules: PathBuf,
    /// Data folder whose queues and people the sentences name [default: the shipped queues]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// `relu route replay`.
#[derive(Args)]
struct Replay {
    /// File of sentences
    rules: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// First day, AAAA-MM-JJ [default: a month before the last]
    #[arg(long)]
    from: Option<String>,
    /// Last day, AAAA-MM-JJ [default: today]
    #[arg(long)]
    to: Option<String>,
}

impl Route {
    pub(crate) fn run(self) -> Done {
        match self.verb {
            Verb::Check(c) => c.run(),
            Verb::Replay(r) => r.run(),
            Verb::Bench(b) => b.run(),
        }
    }
}

/// The sentences of a file with the number of their line.
fn sentences(path: &Path) -> Result<Vec<(usize, String)>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::usage(format!("lecture des règles {} : {e}", path.display())))?;
    let lines = text.lines().enumerate().map(|(i, l)| (i + 1, l.trim().to_owned()));
    Ok(lines.filter(|(_, l)| !l.is_empty() && !l.starts_with('#')).collect())
}

impl Check {
    fn run(self) -> Done {
        let lists = match &self.data {
            Some(dir) => {
                let data = DataArguments::at(dir.clone());
                let settings =
                    data.settings(false, ReadingArguments::of(1, true, 1).settings()?, Vec::new())?;
                runtime()?.block_on(relu_desk::route_lists(Some(&settings)))?
            }
            None => runtime()?.block_on(relu_desk::route_lists(None))?,
        };
        let mut wrong = 0;
        for (line, sentence) in sentences(&self.rules)? {
            match relu_pipeline::route::parse(&sentence, &lists) {
                Ok(_) => print(&format!("{line} : bien"))?,
                Err(e) => {
                    wrong += 1;
                    print(&format!("{line}, caractère {} : {}", e.at, e.message()))?;
                }
            }
        }
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

impl Replay {
    fn run(self) -> Done {
        let day = |words: &Option<String>, after: i64| -> Result<Option<Instant>, Failure> {
            match words {
                None => Ok(None),
                Some(w) => {
                    let days = w.parse::<PartialDate>().ok().and_then(|d| d.days());
                    let days =
                        days.ok_or_else(|| Failure::usage(format!("date illisible : {w}")))?;
                    Ok(Some(Instant((days + after) * 86_400_000)))
                }
            }
        };
        let range = (day(&self.from, 0)?, day(&self.to, 1)?);
        let lines = sentences(&self.rules)?;
        let settings =
            self.data.settings(false, ReadingArguments::of(1, true, 1).settings()?, Vec::new())?;
        let sentences: Vec<String> = lines.into_iter().map(|(_, s)| s).collect();
        let view = runtime()?.block_on(async {
            let desk = relu_desk::Desk::open(settings).await?;
            let tried = desk.try_sentences(&sentences, range).await;
            desk.close().await;
            tried
        })?;
        say(&format!("{} documents, {} changeraient", view.documents, view.changed));
        let line = serde_json::to_string(&view)
            .map_err(|e| Failure::refused(format!("résultat de l'essai : {e}")))?;
        print(&line)?;
        Ok(ExitCode::SUCCESS)
    }
}
