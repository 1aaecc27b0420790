//! The child's side: read a request, do it, answer, until the parent closes the pipe.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use relu_formats::{Input, ocr, page};
use relu_pipeline::{Context, Pipeline};
use relu_record::{Budget, Header, ProposalSet, Reading, Refusal, RefusalCode, Sha256Hex};
use relu_text::{Engine, NoteContext};

use super::protocol::{self, Answer, ProposeArgs, Request};

/// Stack of the thread that decodes: deep documents are refused by depth limits, this is what is
/// left for recursion below those limits.
const STACK: usize = 64 << 20;

/// Serves requests on standard input until it is closed. `memory` limits the address space.
pub fn serve(memory: u64) -> io::Result<()> {
    limit(memory)?;
    // The default hook would print the panic's message, which may quote the document.
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::Builder::new().stack_size(STACK).spawn(answer_all)?.join().unwrap_or(Ok(()))
}

fn limit(memory: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let to = |n| Rlimit { current: Some(n), maximum: Some(n) };
    setrlimit(Resource::As, to(memory))?;
    // A core file would leave patient data on the disk in clear.
    setrlimit(Resource::Core, to(0))?;
    Ok(())
}

fn answer_all() -> io::Result<()> {
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    while let Some(frame) = protocol::read::<Request>(&mut from)? {
        let bytes = frame.blobs.first().map_or(&[][..], Vec::as_slice);
        let (answer, blobs) = catch_unwind(AssertUnwindSafe(|| answer(frame.header, bytes)))
            .unwrap_or_else(|_| {
                let why = "La lecture s'est arrêtée sur une erreur interne. L'original est gardé ; réessayez après une mise à jour ou demandez un autre envoi.";
                (Answer::Refused(Refusal::new(RefusalCode::ReaderCrashed, why)), Vec::new())
            });
        let blobs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
        protocol::write(&mut to, &answer, &blobs)?;
    }
    Ok(())
}

fn answer(request: Request, bytes: &[u8]) -> (Answer, Vec<Vec<u8>>) {
    let budget = Budget::standard();
    let done = match request {
        Request::Read { name, media_type, inherit, sha256, propose } => {
            let input = Input { bytes, name: name.as_deref(), media_type: media_type.as_deref() };
            relu_formats::read(&input, &budget).map(|mut reading| {
                if let Some(from) = inherit {
                    complete(&mut reading.header, *from);
                }
                let wait = !reading.pages_to_recognise.is_empty();
                let propose = propose.filter(|_| !wait);
                read_answer(reading, &sha256, propose.as_ref())
            })
        }
        Request::Recognised { mut reading, pages, sha256, propose } => {
            recognised(&mut reading, &pages)
                .map(|()| read_answer(*reading, &sha256, propose.as_ref()))
        }
        Request::Render { format, page, width } => {
            page::render(bytes, format, page, width, &budget).map(|image| {
                let answer = Answer::Image { geometry: serde_json::Value::Null, dpi: 0 };
                (answer, vec![image.png])
            })
        }
        Request::Mask { plan } => plan.mask(bytes, &budget).map(|masked| {
            let relu_formats::mask::Masked { bytes, counts, residue, findings } = masked;
            let frame = super::MaskedFrame { counts, residue, findings };
            (Answer::Masked(frame), vec![bytes])
        }),
        Request::Extract { format, files } => files
            .iter()
            .map(|pages| relu_formats::extract::pages(bytes, format, pages, &budget))
            .collect::<Result<Vec<_>, _>>()
            .map(|files| (Answer::Extracted, files)),
        Request::Propose { reading, sha256, propose } => {
            Ok(read_answer(*reading, &sha256, Some(&propose)))
        }
        Request::OcrPrepare { format, page, over } => {
            ocr::prepare(bytes, format, page, over, &budget).map(|image| {
                let geometry = serde_json::to_value(&image.geometry).unwrap_or_default();
                (Answer::Image { geometry, dpi: image.dpi }, vec![image.png_or_pgm])
            })
        }
    };
    done.unwrap_or_else(|refusal| (Answer::Refused(refusal), Vec::new()))
}

fn recognised(reading: &mut Reading, pages: &[protocol::OcrPage]) -> Result<(), Refusal> {
    let mut geometries = Vec::with_capacity(pages.len());
    for p in pages {
        geometries.push(serde_json::from_value(p.geometry.clone()).map_err(|_| {
            Refusal::new(
                RefusalCode::ReaderCrashed,
                "La page reconnue ne correspond pas à l'image.",
            )
        })?);
    }
    let answers: Vec<ocr::OcrAnswer<'_>> = pages
        .iter()
        .zip(&geometries)
        .map(|(p, image)| ocr::OcrAnswer { page: p.page, image, tsv: &p.tsv })
        .collect();
    ocr::merge(reading, &answers);
    Ok(())
}

fn read_answer(
    mut reading: Reading,
    sha256: &Sha256Hex,
    propose: Option<&ProposeArgs>,
) -> (Answer, Vec<Vec<u8>>) {
    let proposals = propose.map(|args| self::propose(&mut reading, sha256, args));
    let blobs = reading.parts.iter_mut().map(|p| std::mem::take(&mut p.bytes)).collect();
    (Answer::Reading { reading: Box::new(reading), proposals }, blobs)
}

/// Text engine and functions, built once per process. The sections stay with the reading, so that
/// whoever opens it need not read the text again.
fn propose(reading: &mut Reading, sha256: &Sha256Hex, args: &ProposeArgs) -> ProposalSet {
    static TOOLS: OnceLock<(Engine, Pipeline)> = OnceLock::new();
    let (engine, pipeline) = TOOLS.get_or_init(|| (Engine::embedded(), Pipeline::embedded()));
    let header = &reading.header;
    let note = NoteContext {
        note_date: header.date.as_ref().map(|d| d.value.date),
        birth_date: header.patients.first().and_then(|p| p.value.birth_date.as_ref()).map(|d| d.0),
    };
    let notes = engine.annotate(&reading.text, &note);
    reading.sections.clone_from(&notes.sections);
    let context = Context::received(args.received);
    let active = |id: &str| args.active.iter().any(|a| a == id);
    pipeline.run(sha256, reading, &notes, &context, &active).value
}

/// Fills what a document's own header leaves open with what its container says.
fn complete(own: &mut Header, container: Header) {
    fn list<T>(own: &mut Vec<T>, from: Vec<T>) {
        if own.is_empty() {
            *own = from;
        }
    }
    list(&mut own.patients, container.patients);
    list(&mut own.authors, container.authors);
    list(&mut own.recipients, container.recipients);
    list(&mut own.replaces, container.replaces);
    list(&mut own.document_ids, container.document_ids);
    if own.set_id.is_none() {
        own.set_id = container.set_id;
        own.version = own.version.take().or(container.version);
    }
    own.organization = own.organization.take().or(container.organization);
    own.document_type = own.document_type.take().or(container.document_type);
    own.title = own.title.take().or(container.title);
    own.date = own.date.take().or(container.date);
    own.act_date = own.act_date.take().or(container.act_date);
    own.encounter = own.encounter.take().or(container.encounter);
    // Masking adds up: a container never makes a document more visible.
    for code in container.confidentiality {
        if !own.confidentiality.contains(&code) {
            own.confidentiality.push(code);
        }
    }
}
