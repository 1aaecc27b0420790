//! `relu bench`: documents and megabytes per CPU second, start-up and peak memory, measured on
//! whole processes by the operating system's own accounting, reader processes included.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};
use relu_desk::batch;

use super::measure::Cost;
use super::synth::TruthLine;
use crate::output::{Done, Failure, print};

/// Measure how fast a verb is
#[derive(Args)]
pub(crate) struct Bench {
    /// What to measure
    verb: Measured,
    /// Files or folders
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Times each measure is taken; the median is printed
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Another command, given the same files, measured in turns in the same run
    #[arg(long, value_name = "CMD")]
    peer: Option<String>,
    /// One line per format: what truth.jsonl beside the files says, else the extension
    #[arg(long)]
    by_format: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Measured {
    /// The main job: read, propose, report
    Run,
    /// Reading alone
    Read,
}

impl Bench {
    pub(crate) fn run(self) -> Done {
        let files = batch::list_inputs(&self.inputs)
            .map_err(|e| Failure::usage(format!("liste des fichiers : {e}")))?;
        let scratch = std::env::temp_dir().join(format!("relu-bench-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        let done = self.measure(&files, &scratch);
        let _ = std::fs::remove_dir_all(&scratch);
        done?;
        Ok(ExitCode::SUCCESS)
    }

    fn measure(&self, files: &[PathBuf], scratch: &Path) -> Result<(), Failure> {
        // Start-up as a person meets it: rules and lexicons loaded, one line of text read.
        let line = scratch.join("ligne.txt");
        std::fs::write(&line, "Vu ce jour en consultation.\n")?;
        let start = self.median(&self.arguments(&[line], scratch))?;
        print(&format!(
            "démarrage, une ligne de texte : {:.3} s, {:.0} Mo",
            start.wall, start.peak_mb
        ))?;
        for (name, group) in self.groups(files) {
            let bytes: u64 =
                group.iter().filter_map(|f| std::fs::metadata(f).ok()).map(|m| m.len()).sum();
            let arguments = self.arguments(&group, scratch);
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..self.rounds.max(1) {
                ours.push(ours_once(&arguments)?);
                if let Some(peer) = &self.peer {
                    theirs.push(peer_once(peer, &group)?);
                }
            }
            let c = middle(ours);
            print(&format!(
                "{name:<18} {:>4} fichiers {:>7.2} Mo : {:>7.1} documents et {:>6.2} Mo par seconde de processeur, {:.2} s, pic {:.0} Mo",
                group.len(),
                bytes as f64 / 1e6,
                group.len() as f64 / c.cpu,
                bytes as f64 / 1e6 / c.cpu,
                c.wall,
                c.peak_mb
            ))?;
            if !theirs.is_empty() {
                let p = middle(theirs);
                print(&format!(
                    "{:<18} l'autre commande : {:.1} documents par seconde de processeur, rapport {:.1}",
                    "",
                    group.len() as f64 / p.cpu,
                    p.cpu / c.cpu
                ))?;
            }
        }
        Ok(())
    }

    fn groups(&self, files: &[PathBuf]) -> BTreeMap<String, Vec<PathBuf>> {
        let truth = truth_beside(files);
        let mut groups: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for f in files.iter().filter(|f| f.file_name().is_none_or(|n| n != TRUTH)) {
            let name = match truth.get(f) {
                _ if !self.by_format => "tous".to_owned(),
                Some(known) => known.clone(),
                None => {
                    f.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
                }
            };
            groups.entry(name).or_default().push(f.clone());
        }
        groups
    }

    fn arguments(&self, group: &[PathBuf], scratch: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = match self.verb {
            Measured::Run => vec!["run".into(), "--out".into(), scratch.join("out").into()],
            Measured::Read => vec!["read".into()],
        };
        // One job: per CPU second, more of them only blur the figure.
        arguments.extend(["--quiet".into(), "--jobs".into(), "1".into(), "--".into()]);
        arguments.extend(group.iter().map(|f| f.clone().into_os_string()));
        arguments
    }

    fn median(&self, arguments: &[OsString]) -> Result<Cost, Failure> {
        Ok(middle((0..self.rounds.max(1)).map(|_| ours_once(arguments)).collect::<Result<_, _>>()?))
    }
}

const TRUTH: &str = "truth.jsonl";

/// Format, and whether it is a scan, of the files that a truth beside them tells of.
fn truth_beside(files: &[PathBuf]) -> BTreeMap<PathBuf, String> {
    let mut known = BTreeMap::new();
    for truth in files.iter().filter(|f| f.file_name().is_some_and(|n| n == TRUTH)) {
        let text = std::fs::read_to_string(truth).unwrap_or_default();
        for line in text.lines().filter_map(|l| serde_json::from_str::<TruthLine>(l).ok()) {
            let scan = if line.truth.scan { " numérisé" } else { "" };
            known.insert(
                truth.with_file_name(&line.file),
                format!("{}{scan}", line.truth.format.as_str()),
            );
        }
    }
    known
}

fn middle(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    costs.swap_remove(costs.len() / 2)
}

fn ours_once(arguments: &[OsString]) -> Result<Cost, Failure> {
    let program = std::env::current_exe()?;
    cost(std::iter::once(program.into_os_string()).chain(arguments.iter().cloned()))
}

fn peer_once(peer: &str, group: &[PathBuf]) -> Result<Cost, Failure> {
    let shell = ["sh".into(), "-c".into(), format!("{peer} \"$@\"").into(), "peer".into()];
    cost(shell.into_iter().chain(group.iter().map(|f| f.clone().into_os_string())))
}

fn cost(command: impl Iterator<Item = OsString>) -> Result<Cost, Failure> {
    let out = Command::new(std::env::current_exe()?).arg("measure").args(command).output()?;
    serde_json::from_slice(&out.stdout).map_err(|e| Failure::refused(format!("mesure : {e}")))
}
