//! Reading a file and finding what says who, document by document.

use std::sync::Arc;

use relu_pipeline::deidentify::opposition::Standing;
use relu_pipeline::deidentify::{Hidden, Known, Source, Why, Workspace, second_reading};
use relu_record::{Format, PatientIdentity, Reading, Refusal, RefusalCode, Span};

use super::{Candidate, Content, Deid, Engine, Prepared, PreparedDocument, person};
use crate::reader::{ReadDocument, ReadOutcome};
use crate::worker::ProposeArgs;

impl Deid {
    /// Reads a file and finds what says who in it and in all it holds.
    pub async fn prepare(
        &self,
        name: Option<String>,
        media_type: Option<String>,
        bytes: Arc<Vec<u8>>,
    ) -> Prepared {
        let propose = self.identify();
        let read = self.reader.read_tree(name, media_type, bytes, None, Some(&propose)).await;
        self.find(read).await
    }

    /// What is asked of the reader: the text, and who it is about.
    pub(super) fn identify(&self) -> ProposeArgs {
        let received = self.engine.settings.received;
        ProposeArgs { received, active: vec!["identify".to_owned()] }
    }

    /// Finds what says who in documents that were read.
    pub(super) async fn find(&self, read: Vec<ReadDocument>) -> Prepared {
        let engine = self.engine.clone();
        let done = tokio::task::spawn_blocking(move || engine.find(read)).await;
        // A thread that dies is a mistake of ours; the file is refused, the others go on.
        done.unwrap_or_else(|_| Prepared {
            documents: Vec::new(),
            standing: Standing::Unknown,
            known: Known::default(),
        })
    }
}

impl Engine {
    fn find(&self, read: Vec<ReadDocument>) -> Prepared {
        let given = self.settings.patient.as_ref();
        let mut known = Known::default();
        let mut patients: Vec<Vec<PatientIdentity>> = Vec::with_capacity(read.len());
        for d in &read {
            let mut own = Vec::new();
            if let Ok(o) = &d.outcome {
                own = person::patients(&o.reading.header, o.proposals.as_ref());
                own.iter().for_each(|p| person::add_patient(&mut known, p));
                person::add_others(&mut known, &o.reading.header);
            }
            patients.push(own);
        }
        if let Some(given) = given {
            person::add_given(&mut known, "", given);
        }
        let everybody: Vec<PatientIdentity> = patients.iter().flatten().cloned().collect();
        let standing = self.standing(&everybody);
        let parents: Vec<usize> = read.iter().filter_map(|d| d.parent).collect();
        let mut workspace = Workspace::default();
        let mut documents: Vec<PreparedDocument> = read
            .into_iter()
            .zip(patients)
            .enumerate()
            .map(|(at, (d, own))| PreparedDocument {
                parent: d.parent,
                part: d.part,
                sha256: d.sha256,
                bytes: d.bytes,
                content: d.outcome.map(|o| {
                    // What carries a letter says who it is about as often as the letter does.
                    let patient = own.into_iter().next().or_else(|| everybody.first().cloned());
                    let parted = parents.contains(&at);
                    self.content(o, patient, parted, &known, &mut workspace)
                }),
            })
            .collect();
        self.everywhere(&mut documents, &known, &mut workspace);
        Prepared { documents, standing, known }
    }

    /// A word hidden once is hidden wherever it stands by itself, in every document of the file. What
    /// is written in another way (its letters apart) is left for the second reading to find.
    fn everywhere(
        &self,
        documents: &mut [PreparedDocument],
        known: &Known,
        workspace: &mut Workspace,
    ) {
        let mut hidden = Hidden::default();
        for content in documents.iter().filter_map(|d| d.content.as_ref().ok()) {
            hidden.add(&content.reading.text, &content.candidates);
        }
        for content in documents.iter_mut().filter_map(|d| d.content.as_mut().ok()) {
            let text: &str = &content.reading.text;
            let spans: Vec<Span> = content.candidates.iter().map(|c| c.span).collect();
            let left = second_reading(&self.deidentifier, text, &spans, known, &hidden, workspace);
            let again = left.iter().filter(|r| {
                let one_word =
                    |w: &str| w.chars().all(|c| c.is_alphanumeric() || "-'’".contains(c));
                r.sure && r.why == Why::Hidden && r.span.of(text).is_some_and(one_word)
            });
            let again: Vec<Candidate> = again
                .map(|r| Candidate {
                    span: r.span,
                    label: r.label,
                    certainty: r.certainty,
                    source: Source::Repeated,
                })
                .collect();
            content.doubts.retain(|d| !again.iter().any(|a| a.span.overlaps(d.span)));
            content.candidates.extend(again);
            content.candidates.sort_by_key(|c| c.span.start);
        }
    }

    fn content(
        &self,
        read: ReadOutcome,
        patient: Option<PatientIdentity>,
        parted: bool,
        known: &Known,
        workspace: &mut Workspace,
    ) -> Content {
        let mut about = Known::default();
        match &self.settings.patient {
            Some(given) => person::add_given(&mut about, "", given),
            None => patient.iter().for_each(|p| person::add_patient(&mut about, p)),
        }
        self.deidentifier.read(&read.reading.text, known, workspace);
        let from = written(&read.reading);
        let theirs = |all: &[Candidate]| -> Vec<Candidate> {
            all.iter().filter(|c| c.span.start >= from).copied().collect()
        };
        Content {
            candidates: theirs(workspace.found()),
            doubts: theirs(workspace.doubts()),
            reading: read.reading,
            patient,
            about,
            parted,
        }
    }

    /// The worst standing of all the persons of a file.
    fn standing(&self, patients: &[PatientIdentity]) -> Standing {
        let Some(list) = &self.settings.opposed else { return Standing::Clear };
        let traits = person::traits(patients, self.settings.patient.as_ref());
        if traits.is_empty() && !list.is_empty() {
            return Standing::Unknown;
        }
        traits.iter().map(|t| list.standing(t)).max().unwrap_or(Standing::Clear)
    }
}

/// Where the words begin that somebody wrote: before them a message says its kind, in our words,
/// which stand in no field of it (`Admission (ADT^A01)`).
fn written(reading: &Reading) -> usize {
    let line = reading.text.split('\n').next().unwrap_or("");
    let kind = line.strip_suffix(')').and_then(|l| l.rsplit_once(" (")).map_or("", |(_, k)| k);
    let ours = kind.len() == 7
        && kind.split('^').count() == 2
        && kind.chars().all(|c| c == '^' || c.is_ascii_uppercase() || c.is_ascii_digit());
    if reading.format == Format::Hl7v2 && ours { line.len() } else { 0 }
}

impl Prepared {
    /// Why the file as a whole cannot be masked, if so.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        match self.documents.first().map(|d| &d.content) {
            Some(Ok(_)) => None,
            Some(Err(refusal)) => Some(refusal.clone()),
            None => Some(Refusal::new(
                RefusalCode::ReaderCrashed,
                "La recherche des identités s'est arrêtée de façon inattendue. Réessayez.",
            )),
        }
    }
}
