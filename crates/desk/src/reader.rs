//! From received bytes to readings and proposals: the document, what it holds, and what those hold,
//! each read in a child process, with character recognition by Tesseract where pages are pictures.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use relu_record::{
    Finding, Format, Header, ProposalSet, Reading, Refusal, RefusalCode, Severity, Sha256Hex,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::settings::ReadingSettings;
use crate::worker::{Answer, MaskedFrame, OcrPage, PlanFrame, Pool, ProposeArgs, Request};

/// One document of a received file: the file itself or something inside it.
pub struct ReadDocument {
    /// Place in the tree: the index of the document that holds it.
    pub parent: Option<usize>,
    /// Path from the received file (`OBX[3]/nonXMLBody`); absent for the file itself.
    pub part: Option<String>,
    /// File name, when there is one.
    pub name: Option<String>,
    /// Media type as declared.
    pub media_type: Option<String>,
    /// Hash of the bytes.
    pub sha256: Sha256Hex,
    /// The bytes.
    pub bytes: Arc<Vec<u8>>,
    /// What was read and proposed, or why nothing could be.
    pub outcome: Result<ReadOutcome, Refusal>,
}

/// A reading, parts taken out, with what is proposed on it.
pub struct ReadOutcome {
    /// What was read.
    pub reading: Reading,
    /// What is proposed; absent when only reading was asked for.
    pub proposals: Option<ProposalSet>,
    /// Whether it only carries other documents and says nothing itself.
    pub envelope: bool,
}

/// Reads files, with a pool of reader processes.
pub struct DocumentReader {
    pool: Pool,
    settings: ReadingSettings,
    ocr_permits: Semaphore,
}

/// Deepest nesting of documents, and most documents, in one received file.
const MAX_DEPTH: usize = 6;
const MAX_DOCUMENTS: usize = 500;
/// Characters below which the body of a mail with attachments only says what is attached.
const COVERING_WORDS: usize = 600;
/// Mean confidence under which a page may have been recognised the wrong way up. Upside down, pages
/// of print give 20 to 45; upright, bad faxes give 60 and more.
const BADLY_READ: f32 = 55.0;
/// How much better the other way up must be.
const CLEARLY_BETTER: f32 = 10.0;

impl DocumentReader {
    /// A reader with those limits.
    pub fn new(settings: ReadingSettings) -> DocumentReader {
        let ocr_permits = Semaphore::new(settings.jobs.max(1));
        DocumentReader { pool: Pool::new(settings.clone()), settings, ocr_permits }
    }

    /// The limits.
    pub fn settings(&self) -> &ReadingSettings {
        &self.settings
    }

    /// Ends the reader processes.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Reads a file of the disk; one that is too large is refused unread, its hash taken by parts.
    pub async fn read_file(
        &self,
        path: &Path,
        propose: Option<&ProposeArgs>,
    ) -> std::io::Result<Vec<ReadDocument>> {
        if path == Path::new("-") {
            // One byte more than is read, so that what is too large is told from what just fits.
            let most = self.settings.max_bytes + 1;
            let bytes = tokio::task::spawn_blocking(move || standard_input(most)).await??;
            if bytes.len() as u64 > self.settings.max_bytes {
                return Err(std::io::Error::other("l'entrée standard est trop longue"));
            }
            return Ok(self.read_tree(None, None, Arc::new(bytes), None, propose).await);
        }
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
        let size = tokio::fs::metadata(path).await?.len();
        if size > self.settings.max_bytes {
            let sha256 = hash_file(path).await?;
            return Ok(vec![ReadDocument {
                parent: None,
                part: None,
                name,
                media_type: None,
                sha256,
                bytes: Arc::new(Vec::new()),
                outcome: Err(too_large(self.settings.max_bytes)),
            }]);
        }
        let bytes = tokio::fs::read(path).await?;
        Ok(self.read_tree(name, None, Arc::new(bytes), None, propose).await)
    }

    /// Reads a document and all it holds, outermost first, in the order of the source.
    pub async fn read_tree(
        &self,
        name: Option<String>,
        media_type: Option<String>,
        bytes: Arc<Vec<u8>>,
        inherit: Option<Box<Header>>,
        propose: Option<&ProposeArgs>,
    ) -> Vec<ReadDocument> {
        let mut done: Vec<ReadDocument> = Vec::new();
        let mut queue = VecDeque::from([Waiting {
            parent: None,
            part: None,
            depth: 0,
            name,
            media_type,
            bytes,
            inherit,
            refusal: None,
        }]);
        while let Some(w) = queue.pop_front() {
            let sha256 = Sha256Hex::of(&w.bytes);
            let outcome = match w.refusal {
                Some(refusal) => Err(refusal),
                None if w.depth > MAX_DEPTH || done.len() >= MAX_DOCUMENTS => Err(Refusal::new(
                    RefusalCode::TooDeep,
                    "Ce document est emboîté trop profondément ou fait partie d'un envoi qui en contient trop. Demandez-le séparément.",
                )),
                None => {
                    self.read_one(
                        w.name.clone(),
                        w.media_type.clone(),
                        w.inherit,
                        &w.bytes,
                        &sha256,
                        propose,
                    )
                    .await
                }
            };
            let index = done.len();
            let outcome = outcome.map(|(mut reading, proposals)| {
                let parts = std::mem::take(&mut reading.parts);
                let envelope = !parts.is_empty() && is_envelope(&reading);
                // Children of this document come before what is already waiting, in order.
                for p in parts.into_iter().rev() {
                    let part = match &w.part {
                        Some(parent) => format!("{parent}/{}", p.path),
                        None => p.path,
                    };
                    queue.push_front(Waiting {
                        parent: Some(index),
                        part: Some(part),
                        depth: w.depth + 1,
                        name: p.name.map(|n| n.0),
                        media_type: p.media_type,
                        bytes: Arc::new(p.bytes),
                        inherit: inherited(&reading, p.header),
                        refusal: p.refusal,
                    });
                }
                ReadOutcome { reading, proposals, envelope }
            });
            done.push(ReadDocument {
                parent: w.parent,
                part: w.part,
                name: w.name,
                media_type: w.media_type,
                sha256,
                bytes: w.bytes,
                outcome,
            });
        }
        // What carries nothing that could be read is looked at for itself.
        for i in 0..done.len() {
            let carries = done.iter().any(|d| d.parent == Some(i) && d.outcome.is_ok());
            if let Some(Ok(o)) = done.get_mut(i).map(|d| &mut d.outcome) {
                o.envelope &= carries;
            }
        }
        done
    }

    /// A page for the screen, as PNG.
    pub async fn page_image(
        &self,
        bytes: &[u8],
        format: Format,
        page: u32,
        width: u32,
    ) -> Result<Vec<u8>, Refusal> {
        let request = Request::Render { format, page, width };
        let (_, blobs) = self.pool.call(&request, bytes).await?;
        Ok(blobs.into_iter().next().unwrap_or_default())
    }

    /// Takes pages out in a child process: each list of pages as a file of its own.
    pub async fn extract(
        &self,
        bytes: &[u8],
        format: Format,
        files: Vec<Vec<u32>>,
    ) -> Result<Vec<Vec<u8>>, Refusal> {
        let wanted = files.len();
        let (answer, files) = self.pool.call(&Request::Extract { format, files }, bytes).await?;
        match answer {
            Answer::Extracted if files.len() == wanted => Ok(files),
            Answer::Refused(refusal) => Err(refusal),
            _ => Err(Refusal::new(
                RefusalCode::ReaderCrashed,
                "Le lecteur n'a pas rendu toutes les pages. Réessayez.",
            )),
        }
    }

    /// Proposes on a reading that was made before, without reading the bytes again.
    pub async fn propose(
        &self,
        reading: Reading,
        sha256: &Sha256Hex,
        propose: ProposeArgs,
    ) -> Result<(Reading, Option<ProposalSet>), Refusal> {
        let request =
            Request::Propose { reading: Box::new(reading), sha256: sha256.clone(), propose };
        with_parts(self.pool.call(&request, &[]).await?)
    }

    /// Masks a document in a child process.
    pub async fn mask(
        &self,
        bytes: &[u8],
        plan: PlanFrame,
    ) -> Result<(Vec<u8>, MaskedFrame), Refusal> {
        let request = Request::Mask { plan: Box::new(plan) };
        let (answer, blobs) = self.pool.call(&request, bytes).await?;
        match (answer, blobs.into_iter().next()) {
            (Answer::Masked(frame), Some(bytes)) => Ok((bytes, frame)),
            _ => Err(Refusal::new(
                RefusalCode::ReaderCrashed,
                "Le lecteur a répondu autre chose qu'un document masqué. Réessayez.",
            )),
        }
    }

    async fn read_one(
        &self,
        name: Option<String>,
        media_type: Option<String>,
        inherit: Option<Box<Header>>,
        bytes: &[u8],
        sha256: &Sha256Hex,
        propose: Option<&ProposeArgs>,
    ) -> Result<(Reading, Option<ProposalSet>), Refusal> {
        let request = Request::Read {
            name,
            media_type,
            inherit,
            sha256: sha256.clone(),
            propose: propose.cloned(),
        };
        let answer = self.pool.call(&request, bytes).await?;
        let (mut reading, mut proposals) = with_parts(answer)?;
        if !reading.pages_to_recognise.is_empty() {
            (reading, proposals) = self.recognise(reading, bytes, sha256, propose).await?;
        }
        if reading.text.trim().is_empty()
            && reading.parts.is_empty()
            && reading.header.patients.is_empty()
            && reading.entries.is_empty()
        {
            return Err(Refusal::new(
                RefusalCode::NoText,
                "Rien à lire : les pages sont vides ou ne contiennent pas de texte reconnaissable. Vérifiez l'original.",
            ));
        }
        Ok((reading, proposals))
    }

    /// Recognises the characters of the pages that are pictures, then proposes.
    async fn recognise(
        &self,
        mut reading: Reading,
        bytes: &[u8],
        sha256: &Sha256Hex,
        propose: Option<&ProposeArgs>,
    ) -> Result<(Reading, Option<ProposalSet>), Refusal> {
        let wanted = std::mem::take(&mut reading.pages_to_recognise);
        let mut pages = Vec::new();
        let mut problem = None;
        for page in wanted.iter().copied().take(self.settings.max_ocr_pages) {
            match self.recognise_page(reading.format, bytes, page).await {
                Ok(answer) => pages.push(answer),
                Err(refusal) => {
                    let stop = refusal.code == RefusalCode::OcrUnavailable;
                    problem = Some(refusal);
                    if stop {
                        break;
                    }
                }
            }
        }
        if wanted.len() > self.settings.max_ocr_pages {
            reading.findings.push(Finding::new("ocr-pages", Severity::Warning, "Seules les premières pages ont été reconnues : le document en compte trop. Voyez l'original pour la suite."));
        }
        if let Some(refusal) = problem {
            if pages.is_empty() && reading.text.trim().is_empty() {
                return Err(refusal);
            }
            reading.findings.push(Finding::new("ocr-missing", Severity::Warning, &refusal.message));
        }
        let parts: Vec<Vec<u8>> =
            reading.parts.iter_mut().map(|p| std::mem::take(&mut p.bytes)).collect();
        let request = Request::Recognised {
            reading: Box::new(reading),
            pages,
            sha256: sha256.clone(),
            propose: propose.cloned(),
        };
        let (answer, _) = self.pool.call(&request, &[]).await?;
        with_parts((answer, parts))
    }

    /// A page that was read badly may have been taken the wrong way up: it is read the other way up
    /// too, and the better answer kept.
    async fn recognise_page(
        &self,
        format: Format,
        bytes: &[u8],
        page: u32,
    ) -> Result<OcrPage, Refusal> {
        let first = self.recognise_turned(format, bytes, page, false).await?;
        let sure = |answer: &OcrPage| relu_formats::ocr::confidence(&answer.tsv);
        let Some(low) = sure(&first).filter(|c| *c < BADLY_READ) else { return Ok(first) };
        match self.recognise_turned(format, bytes, page, true).await {
            Ok(over) if sure(&over).is_some_and(|c| c > low + CLEARLY_BETTER) => Ok(over),
            _ => Ok(first),
        }
    }

    async fn recognise_turned(
        &self,
        format: Format,
        bytes: &[u8],
        page: u32,
        over: bool,
    ) -> Result<OcrPage, Refusal> {
        let Some(tesseract) = &self.settings.tesseract else {
            return Err(ocr_unavailable());
        };
        let request = Request::OcrPrepare { format, page, over };
        let (answer, blobs) = self.pool.call(&request, bytes).await?;
        let Answer::Image { geometry, dpi } = answer else {
            return Err(ocr_unavailable());
        };
        let image = blobs.into_iter().next().unwrap_or_default();
        let _permit = self.ocr_permits.acquire().await.map_err(|_| ocr_unavailable())?;
        let tsv = run_tesseract(tesseract, &image, dpi, self.settings.ocr_time).await?;
        Ok(OcrPage { page, geometry, tsv })
    }
}

struct Waiting {
    parent: Option<usize>,
    part: Option<String>,
    depth: usize,
    name: Option<String>,
    media_type: Option<String>,
    bytes: Arc<Vec<u8>>,
    inherit: Option<Box<Header>>,
    refusal: Option<Refusal>,
}

fn with_parts(
    (answer, blobs): (Answer, Vec<Vec<u8>>),
) -> Result<(Reading, Option<ProposalSet>), Refusal> {
    let Answer::Reading { mut reading, proposals } = answer else {
        return Err(Refusal::new(
            RefusalCode::ReaderCrashed,
            "Le lecteur a répondu autre chose qu'une lecture. Réessayez.",
        ));
    };
    for (part, bytes) in reading.parts.iter_mut().zip(blobs) {
        part.bytes = bytes;
    }
    Ok((*reading, proposals))
}

/// What a document inside another learns from outside: what the container says about this part,
/// and, for messages that speak of one document, what the message says. A mail's date and sender
/// are not those of what is attached to it.
pub(crate) fn inherited(container: &Reading, part: Option<Box<Header>>) -> Option<Box<Header>> {
    match container.format {
        Format::Hl7v2 | Format::CdaN1 | Format::CdaN3 | Format::Hprim | Format::Fhir => {
            Some(part.unwrap_or_else(|| Box::new(container.header.clone())))
        }
        _ => part,
    }
}

/// Whether a reading has nothing to file itself once what it holds is read.
fn is_envelope(reading: &Reading) -> bool {
    match reading.format {
        // The body of a level 1 document is what it carries; its own text is its title.
        Format::Xdm | Format::CdaN1 => true,
        // A few words around an attachment; a longer message is read for itself.
        Format::Mail => reading.text.chars().count() < COVERING_WORDS,
        // Visit numbers and the like say nothing of the patient's health.
        _ => reading.text.trim().is_empty() && reading.entries.iter().all(|e| e.kind == "other"),
    }
}

async fn run_tesseract(
    program: &Path,
    image: &[u8],
    dpi: u16,
    time: std::time::Duration,
) -> Result<String, Refusal> {
    let mut child = Command::new(program)
        .args(relu_formats::ocr::tesseract_args(dpi))
        // One thread a page: pages run side by side, and threads inside a page cost more than they
        // bring.
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|_| ocr_unavailable())?;
    let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(ocr_unavailable());
    };
    let work = async {
        let feed = async {
            let _ = stdin.write_all(image).await;
            drop(stdin);
        };
        let mut tsv = Vec::new();
        let mut limited = (&mut stdout).take(64 << 20);
        let collect = limited.read_to_end(&mut tsv);
        let (_, collected) = tokio::join!(feed, collect);
        let status = child.wait().await;
        (collected.is_ok() && status.is_ok_and(|s| s.success())).then_some(tsv)
    };
    match tokio::time::timeout(time, work).await {
        Ok(Some(tsv)) => Ok(String::from_utf8_lossy(&tsv).into_owned()),
        Ok(None) => Err(Refusal::new(
            RefusalCode::OcrUnavailable,
            "La reconnaissance de caractères a échoué. Vérifiez que Tesseract et ses données françaises (tesseract-ocr-fra) sont installés, puis réessayez.",
        )),
        Err(_) => Err(Refusal::new(
            RefusalCode::WorkLimit,
            "La reconnaissance de caractères prenait trop de temps et a été arrêtée. Réessayez, ou demandez un document lisible.",
        )),
    }
}

fn ocr_unavailable() -> Refusal {
    Refusal::new(
        RefusalCode::OcrUnavailable,
        "Ce document est une image et la reconnaissance de caractères n'est pas installée. Installez les paquets tesseract-ocr et tesseract-ocr-fra, puis réessayez.",
    )
}

fn too_large(max: u64) -> Refusal {
    Refusal::new(
        RefusalCode::TooLarge,
        &format!(
            "Le fichier dépasse {} Mo et n'est pas lu. L'original est gardé ; demandez un envoi plus petit ou découpé.",
            max >> 20
        ),
    )
}

fn standard_input(most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(
        &mut std::io::Read::take(std::io::stdin().lock(), most),
        &mut bytes,
    )?;
    Ok(bytes)
}

async fn hash_file(path: &Path) -> std::io::Result<Sha256Hex> {
    use sha2::Digest;
    let mut file = tokio::fs::File::open(path).await?;
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let n = file.read(&mut buffer).await?;
        match buffer.get(..n) {
            Some(chunk) if n > 0 => hash.update(chunk),
            _ => break,
        }
    }
    Ok(Sha256Hex(hash.finalize().iter().map(|b| format!("{b:02x}")).collect()))
}
