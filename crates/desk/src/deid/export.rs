//! A folder of files to a folder of files: each masked, none of a person who objects, with a report
//! that says what became of each and a proof that the result is what was made.
//!
//! Files of the result have names that say nothing about the source. The
//! report, which says which came from which, stays with whoever answers for the data; a document
//! left out is a line without name, hash or place in the order. A run over the same folder goes on
//! where the last one stopped: what would come out the same is not done again, what is no longer
//! wanted is taken away, and the list of persons who object is compared with everything again. The
//! folder always holds what the last run was given, and nothing of an older one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use relu_pipeline::deidentify::opposition::Standing;
use relu_record::{Instant, Refusal, RefusalCode, Sha256Hex};
use relu_wire::{DeidLine, DeidPolicy, DeidReason, DeidResidue, DeidStatus};
use sha2::{Digest, Sha256};

use super::former::Former;
use super::{Deid, Finished, Prepared, Residue, folder, proof};
use crate::error::{DeskError, ErrorKind};

/// What an export is told beside its files.
pub struct ExportSettings {
    /// The folder of the result.
    pub out: PathBuf,
    /// Files whose person cannot be told are written all the same.
    pub allow_unknown_person: bool,
    /// Digest of the list of persons who object.
    pub list_digest: Option<String>,
    /// Digest of whatever else the result depends on (key, limits on reading).
    pub made_with: String,
    /// Key that signs the proof.
    pub sign_key: Option<PathBuf>,
    /// The present instant.
    pub now: Instant,
}

/// An export under way.
pub struct Export {
    deid: Deid,
    settings: ExportSettings,
    made_with: String,
    former: Former,
}

/// What became of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Files written, or there already.
    pub written: usize,
    /// Of them, those that had not to be made again.
    pub reused: usize,
    /// Files not written because something may be left, or the person is not known.
    pub blocked: usize,
    /// Files that cannot be read or masked.
    pub refused: usize,
    /// Files of persons who object.
    pub left_out: usize,
}

/// What became of one file: its line, and those of the documents inside.
struct Outcome {
    lines: Vec<DeidLine>,
    /// What is to be written, unless it is there already.
    bytes: Option<Vec<u8>>,
    reused: bool,
}

const REPORT: &str = "report.jsonl";
const UNDER_WAY: &str = "report.jsonl.part";

impl Export {
    /// Opens the folder of the result, made when it is not there, and what an earlier run left.
    pub fn open(deid: Deid, settings: ExportSettings) -> Result<Export, DeskError> {
        folder::create(&settings.out).map_err(|e| failed("création du dossier", &e))?;
        let former = Former::read(&settings.out, &[REPORT, UNDER_WAY])
            .map_err(|e| failed("lecture du rapport précédent", &e))?;
        if former.was_compared() && settings.list_digest.is_none() {
            return Err(DeskError::new(
                ErrorKind::Config,
                "liste d'opposition",
                "ce dossier a été fait avec une liste de personnes opposées",
            )
            .hint("redonnez la liste à jour, même vide, ou choisissez un autre dossier"));
        }
        let made_with = made_with(&deid, &settings.made_with);
        Ok(Export { deid, settings, made_with, former })
    }

    /// Masks every file, `jobs` at once, and closes the report and the proof. `each` is called after
    /// each file, in order.
    pub async fn run(
        self,
        files: Vec<PathBuf>,
        mut each: impl FnMut(),
    ) -> Result<ExportReport, DeskError> {
        let out = std::path::absolute(&self.settings.out).unwrap_or_default();
        let inside = |p: &PathBuf| std::path::absolute(p).is_ok_and(|p| p.starts_with(&out));
        let mut files = files.into_iter().filter(|p| !inside(p));
        let window = self.deid.reader().settings().jobs * 2;
        let this = Arc::new(self);
        let mut book = Book::open(&this.settings.out)?;
        let mut running = VecDeque::new();
        loop {
            while running.len() < window
                && let Some(source) = files.next()
            {
                let this = this.clone();
                running.push_back(tokio::spawn(async move { this.file(&source).await }));
            }
            let Some(task) = running.pop_front() else { break };
            let outcome = task.await.map_err(|_| {
                DeskError::new(ErrorKind::Internal, "dé-identification", "interrompue")
            })?;
            book.add(outcome?)?;
            each();
        }
        this.deid.reader().close().await;
        this.close(book)
    }

    /// One file: read, compared with the list, masked, read again, written.
    async fn file(&self, source: &Path) -> Result<Outcome, DeskError> {
        let name = source.to_string_lossy().into_owned();
        let read = tokio::fs::metadata(source).await;
        let large = read.as_ref().is_ok_and(|m| m.len() > self.deid.reader().settings().max_bytes);
        let bytes = match tokio::fs::read(source).await {
            _ if large => Err(Refusal::new(
                RefusalCode::TooLarge,
                "Le fichier est trop grand et n'est pas lu. Découpez-le, ou relevez --max-mb.",
            )),
            Ok(bytes) => Ok(Arc::new(bytes)),
            Err(e) => Err(Refusal::new(
                RefusalCode::Unreadable,
                &format!("Le fichier n'a pas pu être ouvert ({}).", e.kind()),
            )),
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(refusal) => return Ok(Outcome::one(self.refused(&name, None, &refusal))),
        };
        let sha256 = Sha256Hex::of(&bytes);
        let before = self.former.lines(&name, &sha256, &self.made_with, &self.settings.out);
        let same_list = |l: &DeidLine| l.opposition == self.settings.list_digest;
        if let Some(lines) = before.clone().filter(|l| l.first().is_some_and(same_list)) {
            return Ok(Outcome::again(lines));
        }
        let file_name = source.file_name().map(|n| n.to_string_lossy().into_owned());
        let prepared = self.deid.prepare(file_name, None, bytes).await;
        if let Some(stopped) = self.stopped(&name, &prepared)? {
            return Ok(Outcome::one(stopped));
        }
        if let Some(mut lines) = before {
            // Compared with the list of today, and otherwise as it was.
            for line in &mut lines {
                line.opposition.clone_from(&self.settings.list_digest);
            }
            return Ok(Outcome::again(lines));
        }
        match self.deid.finish(&prepared, &prepared.proposed()).await {
            Err(refusal) => Ok(Outcome::one(self.refused(&name, Some(&sha256), &refusal))),
            Ok(finished) => Ok(self.made(&name, &prepared, finished)),
        }
    }

    /// The line of a file that goes no further: its person objects, or is not known.
    fn stopped(&self, name: &str, prepared: &Prepared) -> Result<Option<DeidLine>, DeskError> {
        if let Some(refusal) = prepared.refusal() {
            let sha256 = prepared.root().map(|r| &r.sha256);
            return Ok(Some(self.refused(name, sha256, &refusal)));
        }
        match prepared.standing {
            Standing::Opposed => {
                // At once, and not only when the run is over.
                self.former
                    .forget(name, &self.settings.out)
                    .map_err(|e| failed("retrait d'un fichier", &e))?;
                let mut line = DeidLine::of(DeidStatus::LeftOut);
                line.reason = Some(reason("opposition", "La personne s'oppose."));
                Ok(Some(line))
            }
            Standing::Unknown if !self.settings.allow_unknown_person => {
                self.former
                    .forget(name, &self.settings.out)
                    .map_err(|e| failed("retrait d'un fichier", &e))?;
                let mut line = self.line(DeidStatus::Blocked, name);
                line.sha256 = prepared.root().map(|r| r.sha256.0.clone());
                line.reason = Some(reason(
                    "unknown-person",
                    "On ne sait pas dire si la personne s'oppose : le document ne dit pas assez de qui il s'agit, ou elle ressemble à une personne de la liste. Vérifiez, donnez son identité avec --patient, ou acceptez-la avec --allow-unknown-person.",
                ));
                Ok(Some(line))
            }
            _ => Ok(None),
        }
    }

    fn line(&self, status: DeidStatus, name: &str) -> DeidLine {
        let policy = self.deid.policy();
        DeidLine {
            source: Some(name.to_owned()),
            policy: Some(DeidPolicy { name: policy.name.clone(), version: policy.version.clone() }),
            functions: Deid::functions(),
            ..DeidLine::of(status)
        }
    }

    fn refused(&self, name: &str, sha256: Option<&Sha256Hex>, refusal: &Refusal) -> DeidLine {
        let mut line = self.line(DeidStatus::Refused, name);
        line.sha256 = sha256.map(|s| s.0.clone());
        line.reason = Some(refusal.into());
        line
    }

    /// The lines of a file that was masked, and what is to be written.
    fn made(&self, name: &str, prepared: &Prepared, finished: Finished) -> Outcome {
        let blocked = finished.is_blocked();
        let status = if blocked { DeidStatus::Blocked } else { DeidStatus::Written };
        let mut line = self.line(status, name);
        line.sha256 = prepared.root().map(|r| r.sha256.0.clone());
        line.counts = finished.labels.iter().map(|(l, n)| ((*l).to_owned(), *n)).collect();
        line.residue = finished.residue.iter().map(residue).collect();
        line.findings.clone_from(&finished.findings);
        line.opposition.clone_from(&self.settings.list_digest);
        if blocked {
            line.reason = Some(reason(
                "residue",
                "La relecture trouve encore ce qui peut désigner une personne : rien n'est écrit. Les endroits sont dans residue ; masquez-les à l'écran de relecture.",
            ));
        } else {
            let media = prepared
                .root()
                .and_then(|r| r.content.as_ref().ok())
                .map_or("", |c| c.reading.media_type.as_str());
            let from = prepared.root().map_or(&finished.sha256, |r| &r.sha256);
            let output = folder::name_of(from, name, media);
            line.output = Some(output);
            line.sha256_out = Some(finished.sha256.0.clone());
            line.made_with = Some(self.made_with.clone());
        }
        let mut lines = vec![line];
        let inside = prepared.documents.iter().skip(1);
        lines.extend(inside.map(|d| self.inside(name, d, status, &finished)));
        Outcome { lines, bytes: (!blocked).then_some(finished.bytes), reused: false }
    }

    /// The line of a document inside: it is in the result, or was taken out.
    fn inside(
        &self,
        name: &str,
        document: &super::PreparedDocument,
        status: DeidStatus,
        finished: &Finished,
    ) -> DeidLine {
        let kept = document.part.as_ref().is_some_and(|p| finished.kept.contains(p));
        let mut line = DeidLine::of(if kept { status } else { DeidStatus::Refused });
        line.source = Some(name.to_owned());
        line.part.clone_from(&document.part);
        line.sha256 = Some(document.sha256.0.clone());
        line.reason = document.content.as_ref().err().map(DeidReason::from);
        if !kept && line.reason.is_none() {
            line.reason = Some(reason("removed", "Ce document joint a été retiré du résultat."));
        }
        line
    }

    /// Closes the report, takes away what no line names any more, and proves the rest.
    fn close(&self, book: Book) -> Result<ExportReport, DeskError> {
        let out = &self.settings.out;
        let Book { mut lines, report, .. } = book;
        let left_out = std::iter::repeat_n(
            {
                let mut line = DeidLine::of(DeidStatus::LeftOut);
                line.reason = Some(reason("opposition", "La personne s'oppose."));
                line
            },
            report.left_out,
        );
        lines.extend(left_out);
        if let Some(first) = lines.first_mut() {
            first.unreviewed = Some(true);
        }
        let text = lines_of(&lines);
        folder::put(out, REPORT, &text).map_err(|e| failed("écriture du rapport", &e))?;
        let named: BTreeSet<&str> = lines.iter().filter_map(|l| l.output.as_deref()).collect();
        self.former.clear(out, &named).map_err(|e| failed("retrait d'un fichier", &e))?;
        folder::remove(out, UNDER_WAY).map_err(|e| failed("fin du rapport", &e))?;
        let parts = proof::Parts {
            policy: self.deid.policy(),
            functions: Deid::functions(),
            made_at: self.settings.now,
            reviewer: None,
            opposed: self.deid.opposed(),
            key: self.deid.has_key(),
            lines: &lines,
            report: &text,
        };
        proof::write(out, &parts, self.settings.sign_key.as_deref())?;
        Ok(report)
    }
}

impl Outcome {
    fn one(line: DeidLine) -> Outcome {
        Outcome { lines: vec![line], bytes: None, reused: false }
    }

    fn again(lines: Vec<DeidLine>) -> Outcome {
        Outcome { lines, bytes: None, reused: true }
    }
}

/// The lines so far, on disk too, so that what was done is not done again after a cut.
struct Book {
    out: PathBuf,
    file: std::fs::File,
    lines: Vec<DeidLine>,
    report: ExportReport,
}

impl Book {
    fn open(out: &Path) -> Result<Book, DeskError> {
        let file =
            folder::append(&out.join(UNDER_WAY)).map_err(|e| failed("ouverture du rapport", &e))?;
        Ok(Book { out: out.to_owned(), file, lines: Vec::new(), report: ExportReport::default() })
    }

    fn add(&mut self, outcome: Outcome) -> Result<(), DeskError> {
        let Some(first) = outcome.lines.first() else { return Ok(()) };
        match first.status {
            DeidStatus::Written => self.report.written += 1,
            DeidStatus::Blocked => self.report.blocked += 1,
            DeidStatus::Refused => self.report.refused += 1,
            DeidStatus::LeftOut => {
                // Its line is written at the end, where its place says nothing.
                self.report.left_out += 1;
                return Ok(());
            }
        }
        self.report.reused += usize::from(outcome.reused);
        self.file
            .write_all(&lines_of(&outcome.lines))
            .and_then(|()| self.file.sync_data())
            .map_err(|e| failed("écriture du rapport", &e))?;
        // After its line: a file of which no line speaks could never be taken away.
        if let (Some(name), Some(bytes)) = (&first.output, &outcome.bytes) {
            folder::put(&self.out, name, bytes)
                .map_err(|e| failed("écriture d'un document", &e))?;
        }
        self.lines.extend(outcome.lines);
        Ok(())
    }
}

pub(crate) fn lines_of(lines: &[DeidLine]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        // A line of plain values always becomes JSON.
        out.extend(serde_json::to_vec(line).unwrap_or_default());
        out.push(b'\n');
    }
    out
}

/// Everything that the result of a file depends on beside its bytes.
fn made_with(deid: &Deid, rest: &str) -> String {
    let policy = serde_json::to_string(deid.policy()).unwrap_or_default();
    let functions = serde_json::to_string(&Deid::functions()).unwrap_or_default();
    let patient = deid.patient().map(ToString::to_string).unwrap_or_default();
    let mut hash = Sha256::new();
    let model = relu_pipeline::deidentify::model_digest().0;
    for part in [env!("CARGO_PKG_VERSION"), &policy, &functions, &model, &patient, rest] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn reason(code: &str, message: &str) -> DeidReason {
    DeidReason { code: code.to_owned(), message: message.to_owned() }
}

fn residue(r: &Residue) -> DeidResidue {
    DeidResidue {
        part: r.part.clone(),
        page: r.page.map(|p| p + 1),
        start: r.points.map(|p| p[0]),
        end: r.points.map(|p| p[1]),
        label: r.label.map(|l| l.name().to_owned()),
        why: r.why.clone(),
        sure: r.sure,
    }
}

pub(super) fn failed(operation: &'static str, e: &std::io::Error) -> DeskError {
    DeskError::new(ErrorKind::User, operation, e.to_string())
        .hint("vérifiez le dossier, ses droits et la place libre")
}

/// Counts by label of all lines.
pub(super) fn totals(lines: &[DeidLine]) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for (label, n) in
        lines.iter().filter(|l| l.status == DeidStatus::Written).flat_map(|l| &l.counts)
    {
        *out.entry(label.clone()).or_default() += n;
    }
    out
}
