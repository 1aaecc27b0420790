//! Reading and the main job, on files of every format.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use relu_desk::batch;

use super::{Bench, Measured, middle, ours_once, peer_once};
use crate::commands::synth::TruthLine;
use crate::output::{Failure, print};

impl Bench {
    pub(super) fn documents(&self, scratch: &Path) -> Result<(), Failure> {
        let files = batch::list_inputs(&self.inputs)
            .map_err(|e| Failure::usage(format!("liste des fichiers : {e}")))?;
        self.measure(&files, scratch)
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
            Measured::Read
            | Measured::Annotate
            | Measured::Deid
            | Measured::Fhir
            | Measured::Search => {
                vec!["read".into()]
            }
        };
        // One job: per CPU second, more of them only blur the figure.
        arguments.extend(["--quiet".into(), "--jobs".into(), "1".into(), "--".into()]);
        arguments.extend(group.iter().map(|f| f.clone().into_os_string()));
        arguments
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
