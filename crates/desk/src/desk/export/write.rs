//! Write: a named person's decision on exactly one version, then the archive: the documents, a line
//! for each in `report.jsonl`, and a signed proof of the whole. Objections are compared once more
//! before the decision is taken and before the archive is written. What is written must be, byte for
//! byte, what the second reading saw: else nothing is, and the export is looked at again.
//!
//! Documents are named by a digest and sorted by it: neither name nor order says anything of the
//! source. The archive unpacks to a folder that `relu verify` verifies; it
//! is a sealed blob of the vault until somebody downloads it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use relu_record::{Actor, DocumentId, Role, Sha256Hex};
use relu_vault::{Event, EventKind, ExportChange, ExportId, ExportState, Job};
use relu_wire::{DeidLine, DeidPolicy, DeidReason, DeidStatus};

use super::content::{Approval, DocumentContent, ExportContent, Written};
use super::review::included;
use super::work::JOB_WRITE;
use super::{OPERATION, Opened, allow, exporter, queue, rules, sealed, show};
use crate::deid::{Deid, lines_of, name_of, proof};
use crate::desk::{Desk, Result};
use crate::texts::{text, text_with};
use crate::{DeskError, ErrorKind};

/// A document on its way into the archive.
struct Page {
    bytes: Vec<u8>,
    line: DeidLine,
}

impl Desk {
    /// Decides to export exactly that version: every document looked at, or a sample that holds, and
    /// nothing left for sure. The archive is written in the background.
    pub async fn export_now(&self, who: &Actor, id: &ExportId, version: &str) -> Result<()> {
        exporter(who)?;
        let opened = self.export_opened(id).await?;
        let conflict = |cause: &str| DeskError::new(ErrorKind::Conflict, OPERATION, cause);
        match opened.export.state {
            ExportState::Ready => {}
            ExportState::Blocked => {
                return Err(conflict("la seconde lecture trouve encore une identité")
                    .hint("masquez ce qui est montré en rouge, puis recommencez"));
            }
            ExportState::Writing => return Err(conflict("l'archive est déjà en cours d'écriture")),
            _ => {
                return Err(conflict("tous les documents ne sont pas relus")
                    .hint("relisez-les, ou tirez un échantillon et relisez-le en entier"));
            }
        }
        if !self.still_unopposed(who, &opened).await? {
            return Err(conflict(
                "une personne s'est opposée depuis : ses documents ont été retirés",
            )
            .hint("attendez la fin de la préparation, puis décidez à nouveau"));
        }
        if version.is_empty() || self.version_of(&opened).await? != version {
            return Err(conflict("l'export a changé depuis que cette page a été ouverte")
                .hint("rechargez la page et décidez à nouveau"));
        }
        let name = self.names().await?.of(who);
        let decision = Approval {
            by: who.id.clone(),
            name: name.into(),
            at: self.now(),
            version: version.to_owned(),
        };
        let content =
            ExportContent { decision: Some(decision), problem: None, ..opened.content.clone() };
        let change = ExportChange {
            state: Some(ExportState::Writing),
            content: Some(sealed(&content)?),
            archive: None,
        };
        let mut tx = self.begin(who).await?;
        tx.change_export(&opened.export, change, EventKind::ExportChanged, "").await?;
        queue(&mut tx, JOB_WRITE, id, None).await?;
        tx.commit().await?;
        self.export_moved();
        Ok(())
    }

    /// The archive, with its file name.
    pub async fn export_archive(&self, who: &Actor, id: &ExportId) -> Result<(Vec<u8>, String)> {
        exporter(who)?;
        let export = self.vault().export(id).await?;
        let none = || DeskError::new(ErrorKind::NotFound, OPERATION, "rien n'a encore été exporté");
        let blob = self.vault().blob(&export.archive.ok_or_else(none)?).await?;
        let most = rules().max_archive_bytes;
        let read = tokio::task::spawn_blocking(move || blob.read(most)).await;
        let bytes = read
            .map_err(|_| DeskError::new(ErrorKind::Internal, OPERATION, "lecture interrompue"))??;
        let mut tx = self.begin(who).await?;
        let event = Event::new(EventKind::Sent).subject(id.0.clone()).detail("export-download");
        tx.append(event).await?;
        tx.commit().await?;
        let short = id.0.rsplit('-').next().unwrap_or_default();
        Ok((bytes, format!("export-{short}.zip")))
    }

    /// Destroys the key of the stand-ins and what was found in each document.
    pub async fn destroy_export_key(&self, who: &Actor, id: &ExportId) -> Result<()> {
        let may = who.role.is_some_and(Role::may_follow_exports);
        allow(may, "réservé au médecin et à l'administrateur")?;
        let export = self.vault().export(id).await?;
        if export.state == ExportState::Writing {
            let cause = "l'archive est en cours d'écriture";
            return Err(DeskError::new(ErrorKind::Conflict, OPERATION, cause));
        }
        let mut tx = self.begin(who).await?;
        tx.destroy_export_key(id).await?;
        Ok(tx.commit().await?)
    }

    /// Hash of everything a decision is taken on; empty while there is nothing to decide.
    pub(super) async fn version_of(&self, opened: &Opened) -> Result<String> {
        if !matches!(opened.export.state, ExportState::Ready | ExportState::Writing) {
            return Ok(String::new());
        }
        let mut documents = Vec::new();
        for (id, content) in self.to_write(&opened.export.id).await? {
            let check = content.check.unwrap_or_default();
            documents.push((id.0, content.sha256_in, check.of, check.sha256_out));
        }
        let export = &opened.export;
        let all = (&export.policy, &export.policy_version, &opened.content.project, documents);
        Ok(Sha256Hex::of(&serde_json::to_vec(&all).unwrap_or_default()).0)
    }

    async fn to_write(&self, id: &ExportId) -> Result<Vec<(DocumentId, DocumentContent)>> {
        let mut out = Vec::new();
        for row in self.vault().export_documents(id).await? {
            if included(row.state) {
                let full = self.vault().export_document(id, &row.document).await?;
                out.push((row.document, show::parse(&full.content)?));
            }
        }
        Ok(out)
    }

    /// The job that writes. What cannot be written puts the export back into review, with why.
    pub(super) async fn write_export(&self, job: &Job, id: &ExportId) -> Result<()> {
        let opened = self.export_opened(id).await?;
        if opened.export.state != ExportState::Writing {
            return self.finish_export_job(job).await;
        }
        let system = Actor::system("export");
        match self.archive(&opened).await? {
            Ok((bytes, written)) => {
                let blobs = self.vault().blobs().clone();
                let most = rules().max_archive_bytes;
                let put =
                    tokio::task::spawn_blocking(move || blobs.put(bytes.as_slice(), most)).await;
                let put = put.map_err(|_| {
                    DeskError::new(ErrorKind::Internal, OPERATION, "écriture interrompue")
                })??;
                let mut content = opened.content.clone();
                content.written.push(written);
                let change = ExportChange {
                    state: Some(ExportState::Exported),
                    content: Some(sealed(&content)?),
                    archive: Some(put),
                };
                let mut tx = self.begin(&system).await?;
                tx.change_export(&opened.export, change, EventKind::Exported, "").await?;
                tx.finish_job(job).await?;
                tx.commit().await?;
            }
            Err(why) => {
                let content = ExportContent {
                    problem: Some(why),
                    decision: None,
                    working: true,
                    ..opened.content.clone()
                };
                let change = ExportChange {
                    state: Some(ExportState::InReview),
                    content: Some(sealed(&content)?),
                    archive: None,
                };
                let mut tx = self.begin(&system).await?;
                tx.change_export(&opened.export, change, EventKind::ExportChanged, "").await?;
                queue(&mut tx, super::JOB_CHECK, id, None).await?;
                tx.finish_job(job).await?;
                tx.commit().await?;
            }
        }
        self.export_moved();
        Ok(())
    }

    /// The bytes of the archive; `Err` inside: why there is none, a sentence.
    async fn archive(
        &self,
        opened: &Opened,
    ) -> Result<std::result::Result<(Vec<u8>, Written), String>> {
        let id = &opened.export.id;
        let Some(decision) = opened.content.decision.clone() else {
            return Ok(Err(text("export-problem", "undecided")));
        };
        if self.version_of(opened).await? != decision.version {
            return Ok(Err(text("export-problem", "changed")));
        }
        let rows = self.vault().export_documents(id).await?;
        let persons: BTreeSet<_> =
            rows.iter().filter(|r| included(r.state)).filter_map(|r| r.patient.clone()).collect();
        if self.anybody_objects(persons.iter()).await? {
            return Ok(Err(text("export-problem", "opposed")));
        }
        let mut pages = Vec::new();
        let (mut total, most) = (0, rules().max_archive_bytes);
        for (document, content) in self.to_write(id).await? {
            let here = self.export_document_opened(id, &document).await?;
            let made = match self.make(opened, &here).await? {
                Ok(made) => made,
                Err(why) => return Ok(Err(text_with("export-problem", "refused", &why))),
            };
            let out = Sha256Hex::of(&made.bytes);
            let checked = content.check.as_ref().map(|c| c.sha256_out.as_str());
            if checked != Some(out.0.as_str()) || made.left.iter().any(|l| l.sure) {
                return Ok(Err(text("export-problem", "other-bytes")));
            }
            total += made.bytes.len() as u64;
            if total > most {
                return Ok(Err(text("export-problem", "too-large")));
            }
            let media = here.reading.media_type.as_str();
            pages.push(page(opened, &document, media, &content, made, &out));
        }
        pages.sort_by(|a, b| a.line.output.cmp(&b.line.output));
        let mut lines: Vec<DeidLine> = pages.iter().map(|p| p.line.clone()).collect();
        // How many were left out is told, who they are is not.
        lines.extend((0..opened.content.left_out.documents).map(|_| {
            let mut line = DeidLine::of(DeidStatus::LeftOut);
            let message = text("export-problem", "left-out");
            line.reason = Some(DeidReason { code: "opposition".to_owned(), message });
            line
        }));
        let report = lines_of(&lines);
        let proof = proof::make(&proof::Parts {
            policy: &super::engine::policy(&opened.export.policy, &opened.export.policy_version)?,
            functions: Deid::functions(),
            made_at: decision.at,
            reviewer: Some(&decision.name),
            opposed: Some(self.objections().await?.len()),
            key: true,
            lines: &lines,
            report: &report,
        });
        let signature = proof::sign(&proof, &self.proof_key())?;
        let documents = pages.len();
        let zip = zipped(pages, &report, &proof, &signature)
            .ok_or_else(|| DeskError::new(ErrorKind::Internal, OPERATION, "archive impossible"))?;
        let written = Written {
            at: self.now(),
            by: decision.by,
            version: decision.version,
            persons: persons.len(),
            documents,
            sha256: Sha256Hex::of(&zip).0,
            bytes: zip.len() as u64,
        };
        Ok(Ok((zip, written)))
    }

    /// Whether one of these patients objects, or might.
    async fn anybody_objects(
        &self,
        patients: impl Iterator<Item = &relu_vault::PatientId>,
    ) -> Result<bool> {
        use relu_pipeline::deidentify::opposition::Standing;
        Ok(self.standings(patients).await?.values().any(|s| *s != Standing::Clear))
    }

    /// The key that signs proofs: beside the master key, made when it is first needed, with its public
    /// half for those who verify.
    fn proof_key(&self) -> PathBuf {
        let master = &self.inner.settings.key_file;
        let mut name = master.file_stem().unwrap_or_default().to_owned();
        name.push(".proof.jwk");
        master.with_file_name(name)
    }
}

fn page(
    opened: &Opened,
    document: &DocumentId,
    media: &str,
    content: &DocumentContent,
    made: super::engine::Made,
    out: &Sha256Hex,
) -> Page {
    let mut line = DeidLine::of(DeidStatus::Written);
    line.sha256 = Some(content.sha256_in.clone());
    line.sha256_out = Some(out.0.clone());
    let from = Sha256Hex(content.sha256_in.clone());
    line.output = Some(name_of(&from, &document.0, media));
    line.counts = made.counts;
    line.policy = Some(DeidPolicy {
        name: opened.export.policy.clone(),
        version: opened.export.policy_version.clone(),
    });
    line.functions = Deid::functions();
    Page { bytes: made.bytes, line }
}

fn zipped(pages: Vec<Page>, report: &[u8], proof: &[u8], signature: &str) -> Option<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    // No time of day in the archive: the same version gives the same bytes.
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let mut put = |name: &str, bytes: &[u8]| -> Option<()> {
        zip.start_file(name, options).ok()?;
        zip.write_all(bytes).ok()
    };
    let mut last = None;
    for page in pages {
        // Two documents that come out the same are one file.
        if page.line.output != last {
            put(page.line.output.as_deref().unwrap_or_default(), &page.bytes)?;
        }
        last = page.line.output;
    }
    put("report.jsonl", report)?;
    put(proof::PROOF, proof)?;
    put(proof::SIGNATURE, signature.as_bytes())?;
    Some(zip.finish().ok()?.into_inner())
}
