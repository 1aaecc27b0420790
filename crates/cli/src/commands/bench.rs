//! `relu bench`: documents and megabytes per CPU second, start-up and peak memory, measured on
//! whole processes by the operating system's own accounting, reader processes included.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::{Args, ValueEnum};
use nix::sys::resource::{UsageWho, getrusage};
use relu_desk::batch;

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
    /// One line per file extension
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

struct Cost {
    cpu: f64,
    wall: f64,
    peak_mb: f64,
}

impl Bench {
    pub(crate) fn run(self) -> Done {
        let files = batch::list_inputs(&self.inputs)
            .map_err(|e| Failure::usage(format!("liste des fichiers : {e}")))?;
        let scratch = std::env::temp_dir().join(format!("relu-bench-{}", std::process::id()));
        let done = self.measure(&files, &scratch);
        let _ = std::fs::remove_dir_all(&scratch);
        done?;
        Ok(ExitCode::SUCCESS)
    }

    fn measure(&self, files: &[PathBuf], scratch: &Path) -> Result<(), Failure> {
        let start = self.median(|| self.ours(&["--version".into()]))?;
        print(&format!("démarrage : {:.3} s, {:.0} Mo", start.wall, start.peak_mb))?;
        for (name, group) in self.groups(files) {
            let bytes: u64 =
                group.iter().filter_map(|f| std::fs::metadata(f).ok()).map(|m| m.len()).sum();
            let arguments = self.arguments(&group, scratch);
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..self.rounds.max(1) {
                ours.push(self.ours(&arguments)?);
                if let Some(peer) = &self.peer {
                    theirs.push(cost(
                        Command::new("sh")
                            .arg("-c")
                            .arg(format!("{peer} \"$@\""))
                            .arg("peer")
                            .args(&group),
                    )?);
                }
            }
            let c = middle(ours);
            print(&format!(
                "{name:<10} {:>5} fichiers {:>8.2} Mo : {:>8.1} documents et {:>7.2} Mo par seconde de processeur, {:.2} s, pic {:.0} Mo",
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
                    "{:<10} l'autre commande : {:.1} documents par seconde de processeur, rapport {:.1}",
                    "",
                    group.len() as f64 / p.cpu,
                    p.cpu / c.cpu
                ))?;
            }
        }
        Ok(())
    }

    fn groups(&self, files: &[PathBuf]) -> Vec<(String, Vec<PathBuf>)> {
        let mut groups: std::collections::BTreeMap<String, Vec<PathBuf>> = Default::default();
        for f in files {
            let extension = f.extension().map(|e| e.to_string_lossy().to_lowercase());
            let name = if self.by_format { extension.unwrap_or_default() } else { "tous".into() };
            groups.entry(name).or_default().push(f.clone());
        }
        groups.into_iter().collect()
    }

    fn arguments(&self, group: &[PathBuf], scratch: &Path) -> Vec<std::ffi::OsString> {
        let mut arguments: Vec<std::ffi::OsString> = match self.verb {
            Measured::Run => vec!["run".into(), "--out".into(), scratch.into()],
            Measured::Read => vec!["read".into()],
        };
        // One job: per CPU second, more of them only blur the figure.
        arguments.extend(["--quiet".into(), "--jobs".into(), "1".into(), "--".into()]);
        arguments.extend(group.iter().map(|f| f.clone().into_os_string()));
        arguments
    }

    fn ours(&self, arguments: &[std::ffi::OsString]) -> Result<Cost, Failure> {
        cost(Command::new(std::env::current_exe()?).args(arguments))
    }

    fn median(&self, once: impl Fn() -> Result<Cost, Failure>) -> Result<Cost, Failure> {
        Ok(middle((0..self.rounds.max(1)).map(|_| once()).collect::<Result<_, _>>()?))
    }
}

fn middle(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    costs.swap_remove(costs.len() / 2)
}

/// Runs a command to its end; CPU time covers its own children, once they have been waited for.
fn cost(command: &mut Command) -> Result<Cost, Failure> {
    let usage =
        || getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| Failure::refused(e.to_string()));
    let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
    let before = usage()?;
    let start = Instant::now();
    // Refused inputs are counted by exit code 1 and are part of the job.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let wall = start.elapsed().as_secs_f64();
    let after = usage()?;
    let cpu = seconds(after.user_time()) + seconds(after.system_time())
        - seconds(before.user_time())
        - seconds(before.system_time());
    Ok(Cost { cpu: cpu.max(1e-6), wall, peak_mb: after.max_rss() as f64 / 1024.0 })
}
