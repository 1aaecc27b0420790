//! What an earlier run over the same folder left: which file came from which, and made with what.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Result};
use std::path::Path;

use relu_record::Sha256Hex;
use relu_wire::{DeidLine, DeidStatus};

use super::folder;

/// Lines of earlier reports, by the file they speak of.
#[derive(Default)]
pub(super) struct Former {
    by_source: BTreeMap<String, Vec<DeidLine>>,
    compared: bool,
}

impl Former {
    /// Reads the reports of a folder, the newest last; a line cut short is passed over.
    pub(super) fn read(out: &Path, names: &[&str]) -> Result<Former> {
        let mut former = Former::default();
        for name in names {
            let file = match std::fs::File::open(out.join(name)) {
                Ok(file) => file,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e),
            };
            for line in BufReader::new(file).lines() {
                let Ok(line) = serde_json::from_str::<DeidLine>(&line?) else { continue };
                former.add(line);
            }
        }
        Ok(former)
    }

    fn add(&mut self, line: DeidLine) {
        let left_out = line.status == DeidStatus::LeftOut;
        self.compared |= left_out || line.opposition.is_some();
        let Some(source) = line.source.clone() else { return };
        let lines = self.by_source.entry(source).or_default();
        if line.part.is_none() {
            // A newer word on the same file; the old output is still to be taken away.
            lines.retain(|l| l.output.is_some() && l.part.is_none());
        }
        lines.push(line);
    }

    /// Whether it was compared with a list of persons who object.
    pub(super) fn was_compared(&self) -> bool {
        self.compared
    }

    /// The lines of a file that would come out the same, and whose result is still there.
    pub(super) fn lines(
        &self,
        source: &str,
        sha256: &Sha256Hex,
        made_with: &str,
        out: &Path,
    ) -> Option<Vec<DeidLine>> {
        let all = self.by_source.get(source)?;
        let at = all.iter().rposition(|l| l.part.is_none())?;
        let lines = all.get(at..)?;
        let first = lines.first()?;
        let same = first.status == DeidStatus::Written
            && first.sha256.as_deref() == Some(&sha256.0)
            && first.made_with.as_deref() == Some(made_with);
        let output = first.output.as_deref().filter(|o| same && folder::is_ours(o))?;
        let there = std::fs::read(out.join(output)).ok()?;
        let whole = first.sha256_out.as_deref() == Some(&Sha256Hex::of(&there).0);
        let mut lines = whole.then(|| lines.to_vec())?;
        for line in &mut lines {
            line.unreviewed = None;
        }
        Some(lines)
    }

    /// Takes away what was made of a file, unless another came out the same.
    pub(super) fn forget(&self, source: &str, out: &Path) -> Result<()> {
        let of_others: BTreeSet<&str> = self
            .by_source
            .iter()
            .filter(|(s, _)| *s != source)
            .flat_map(|(_, lines)| lines.iter().filter_map(|l| l.output.as_deref()))
            .collect();
        let own = self.by_source.get(source).into_iter().flatten();
        for output in own.filter_map(|l| l.output.as_deref()) {
            if folder::is_ours(output) && !of_others.contains(output) {
                folder::remove(out, output)?;
            }
        }
        Ok(())
    }

    /// Takes away every output of an earlier run that is not named any more.
    pub(super) fn clear(&self, out: &Path, named: &BTreeSet<&str>) -> Result<()> {
        for line in self.by_source.values().flatten() {
            if let Some(output) = line.output.as_deref()
                && folder::is_ours(output)
                && !named.contains(output)
            {
                folder::remove(out, output)?;
            }
        }
        Ok(())
    }
}
