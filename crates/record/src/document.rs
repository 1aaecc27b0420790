//! A document: its bytes by hash, what a decoder read in it, and the states it goes through.

use serde::{Deserialize, Serialize};

use crate::{
    Coding, Finding, Identifier, Moment, Organization, PatientEvent, PatientIdentity, Practitioner,
    Private, Recipient, Section, Span,
};

/// Lower-case hexadecimal SHA-256 of received bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sha256Hex(pub String);

impl Sha256Hex {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Sha256Hex {
        use sha2::Digest;
        use std::fmt::Write;
        let mut hex = String::with_capacity(64);
        for b in sha2::Sha256::digest(bytes) {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{b:02x}");
        }
        Sha256Hex(hex)
    }
}

/// Name of stored bytes: a keyed hash, so that the name tells nobody what the content is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(pub String);

/// Identifier of a document in one installation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentId(pub String);

/// Which text spans point into: the hash of the bytes read together with the reader's version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextVersion(pub String);

impl TextVersion {
    /// The version of `text` as read from the part with that hash.
    pub fn of(part: &Sha256Hex, text: &str) -> TextVersion {
        TextVersion(
            Sha256Hex::of(format!("{}\n{}", part.0, Sha256Hex::of(text.as_bytes()).0).as_bytes()).0,
        )
    }
}

/// What kind of file the bytes are, decided on the bytes and not on the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// PDF.
    Pdf,
    /// CDA R2 level 1: a header and one embedded body.
    CdaN1,
    /// CDA R2 level 3: a header and a structured body.
    CdaN3,
    /// HL7 version 2 in ER7.
    Hl7v2,
    /// HPRIM Médecin or HPRIM Santé.
    Hprim,
    /// FHIR R4 JSON.
    Fhir,
    /// Word (OOXML).
    Docx,
    /// Plain text.
    Text,
    /// Mail (RFC 5322).
    Mail,
    /// IHE XDM archive.
    Xdm,
    /// PNG, JPEG or TIFF.
    Image,
    /// DICOM.
    Dicom,
    /// None of these.
    Unknown,
}

impl Format {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Pdf => "pdf",
            Format::CdaN1 => "cda-n1",
            Format::CdaN3 => "cda-n3",
            Format::Hl7v2 => "hl7v2",
            Format::Hprim => "hprim",
            Format::Fhir => "fhir",
            Format::Docx => "docx",
            Format::Text => "text",
            Format::Mail => "mail",
            Format::Xdm => "xdm",
            Format::Image => "image",
            Format::Dicom => "dicom",
            Format::Unknown => "unknown",
        }
    }
}

/// Size of a page in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
}

/// A rectangle on a page, in points, origin at the top left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Left.
    pub x0: f32,
    /// Top.
    pub y0: f32,
    /// Right.
    pub x1: f32,
    /// Bottom.
    pub y1: f32,
}

/// Where a word of the text stands on a page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word in the reading's text.
    pub span: Span,
    /// Page number, from 0.
    pub page: u32,
    /// Its rectangle.
    #[serde(rename = "box")]
    pub bbox: BoundingBox,
    /// Confidence of the character recognition, 0 to 100; absent for printed text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidence: Option<u8>,
}

/// A two-dimensional code printed on a page: what it says, and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageCode {
    /// Page number, from 0.
    pub page: u32,
    /// Its rectangle.
    #[serde(rename = "box")]
    pub bbox: BoundingBox,
    /// What it says, as it stands.
    pub text: Private,
}

/// A region of a page that looks like a two-dimensional code which nobody could read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnreadCode {
    /// Page number, from 0.
    pub page: u32,
    /// Its rectangle.
    #[serde(rename = "box")]
    pub bbox: BoundingBox,
}

/// What the code of a separator page says. No other code begins so.
pub const SEPARATOR_CODE: &str = "RELU-SEPARATEUR";

impl PageCode {
    /// Whether it is the code of a separator page. Any other may say of whom the document is: what an
    /// unknown code says is not for us to judge.
    pub fn is_separator(&self) -> bool {
        self.text.starts_with(SEPARATOR_CODE)
    }
}

/// A value together with the place of the header it was read from (`recordTarget/patientRole/id`,
/// `PID-5`, `ligne 2`), which is its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it stood.
    pub path: String,
}

impl<T> Sourced<T> {
    /// A value with the place it was read from.
    pub fn new(value: T, path: &str) -> Sourced<T> {
        Sourced { value, path: path.to_owned() }
    }
}

/// What a format says about a document outside its text, as structured values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// Patients, in order; more than one means that the file is to be split.
    pub patients: Vec<Sourced<PatientIdentity>>,
    /// Authors.
    pub authors: Vec<Sourced<Practitioner>>,
    /// The structure that answers for the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Sourced<Organization>>,
    /// To whom it is addressed.
    pub recipients: Vec<Sourced<Recipient>>,
    /// Type, as the source codes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_type: Option<Sourced<Coding>>,
    /// Title or subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Sourced<Private>>,
    /// Date of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Sourced<Moment>>,
    /// Date of the act the document reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act_date: Option<Sourced<Moment>>,
    /// The source's own identifiers of the document and of the message that carried it.
    pub document_ids: Vec<Identifier>,
    /// Identifier common to all versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_id: Option<String>,
    /// Version number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Identifiers of the documents that this one replaces.
    pub replaces: Vec<String>,
    /// Confidentiality, and the French masking codes (MASQUE_PS, INVISIBLE_PATIENT…).
    pub confidentiality: Vec<Coding>,
    /// Identifier of the stay or visit (NDA).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<Identifier>,
    /// Message type of the carrier (`ORU^R01`, `MDM^T02`, `ADT^A01`), for HL7v2 and HPRIM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
}

/// Codes by which a source masks a document from professionals (JDV_J08; CI-SIS, transport of
/// laboratory results, for the secret act).
const MASKED_FROM_PROFESSIONALS: [&str; 2] = ["MASQUE_PS", "CONNEXION_SECRETE"];

impl Header {
    /// Whether the source masks the document from professionals other than who received it.
    pub fn is_masked(&self) -> bool {
        let mut codes = self.confidentiality.iter().map(|c| c.code.as_str());
        codes.any(|c| MASKED_FROM_PROFESSIONALS.contains(&c))
    }
}

/// One coded statement of a structured body (a CDA entry, an OBX, a RES line, a FHIR resource).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Where it stands in the source (`component[2]/section/entry[1]`, `OBX[3]`).
    pub path: String,
    /// Kind, as the source's structure says: `observation`, `medication`, `problem`, `procedure`,
    /// `allergy`, `immunization`, `other`.
    pub kind: String,
    /// What is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Coding>,
    /// Its label as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Private>,
    /// Its value as printed, without unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Private>,
    /// Unit as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Reference range as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// Abnormal flag as printed (`H`, `L`, `N`…).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Moment>,
    /// Whether the source says that it is absent.
    pub negated: bool,
    /// The words in the reading's text that say the same, when the source links them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// A document found inside another: an attachment, an OBX-5 payload, an archive entry, a
/// `nonXMLBody`. It is read in turn.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Where it was (`OBX[3]`, `SUBSET01/DOC0001.XML`, `pièce jointe 2`), unique in its parent.
    pub path: String,
    /// File name given by the container.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Private>,
    /// Media type given by the container.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub media_type: Option<String>,
    /// The bytes, decoded. Empty when `refusal` says why they could not be had.
    pub bytes: Vec<u8>,
    /// What the container says about this part (XDM metadata), to complete the part's own header.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub header: Option<Box<Header>>,
    /// Why the bytes could not be had (damaged base64, missing file…).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refusal: Option<Refusal>,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Part({}, {} bytes)", self.path, self.bytes.len())
    }
}

/// What a decoder read in one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What kind of file it is.
    pub format: Format,
    /// Its media type.
    pub media_type: String,
    /// The text, in reading order. Never edited afterwards.
    pub text: Private,
    /// Whether the text comes from character recognition.
    pub ocr: bool,
    /// Pages, for formats that have some.
    pub pages: Vec<Page>,
    /// Where the words stand, in text order; empty for formats without pages.
    pub words: Vec<Word>,
    /// Two-dimensional codes printed on its pages.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub codes: Vec<PageCode>,
    /// Regions of its pages that look like a code nobody could read: hidden when it is masked.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unread_codes: Vec<UnreadCode>,
    /// What the format says outside the text.
    pub header: Header,
    /// Coded statements.
    pub entries: Vec<Entry>,
    /// Documents inside.
    pub parts: Vec<Part>,
    /// What the software that masters patients tells by this message, which is then no document.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub patient_events: Vec<PatientEvent>,
    /// Sections of the text, once the text engine has read it; decoders leave this empty.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sections: Vec<Section>,
    /// Pages (from 0) that hold pictures and no usable text: character recognition is wanted.
    pub pages_to_recognise: Vec<u32>,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

impl Reading {
    /// An empty reading of that kind.
    pub fn new(format: Format, media_type: &str) -> Reading {
        Reading {
            format,
            media_type: media_type.to_owned(),
            text: Private::default(),
            ocr: false,
            pages: Vec::new(),
            words: Vec::new(),
            codes: Vec::new(),
            unread_codes: Vec::new(),
            header: Header::default(),
            entries: Vec::new(),
            parts: Vec::new(),
            patient_events: Vec::new(),
            sections: Vec::new(),
            pages_to_recognise: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// Why no usable reading exists: the document goes to *quarantaine* with this code and sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}")]
pub struct Refusal {
    /// Stable code.
    pub code: RefusalCode,
    /// What happened and what to do, in French, without text of the document.
    pub message: String,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(code: RefusalCode, message: &str) -> Refusal {
        Refusal { code, message: message.to_owned() }
    }
}

/// The closed list of reasons for quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalCode {
    /// No byte.
    Empty,
    /// Protected by a password.
    Encrypted,
    /// Cut off or broken beyond reading.
    Damaged,
    /// Larger than what is accepted.
    TooLarge,
    /// More pages than what is accepted.
    TooManyPages,
    /// An archive that unpacks out of proportion.
    ArchiveBomb,
    /// XML with a document type definition or entities.
    XmlDtd,
    /// Nested deeper than what is accepted.
    TooDeep,
    /// Reading took too much work, memory or time and was stopped.
    WorkLimit,
    /// The reader stopped unexpectedly.
    ReaderCrashed,
    /// Not a format this program reads.
    UnknownFormat,
    /// Pictures only, and character recognition is not installed.
    OcrUnavailable,
    /// Nothing to read: blank pages, or no text at all.
    NoText,
    /// A base64 or charset that does not decode.
    BadEncoding,
    /// A part that the container names but does not hold.
    MissingPart,
    /// The file could not be opened.
    Unreadable,
    /// A message about a patient that could not be applied as it stands.
    PatientMessage,
}

impl RefusalCode {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            RefusalCode::Empty => "empty",
            RefusalCode::Encrypted => "encrypted",
            RefusalCode::Damaged => "damaged",
            RefusalCode::TooLarge => "too-large",
            RefusalCode::TooManyPages => "too-many-pages",
            RefusalCode::ArchiveBomb => "archive-bomb",
            RefusalCode::XmlDtd => "xml-dtd",
            RefusalCode::TooDeep => "too-deep",
            RefusalCode::WorkLimit => "work-limit",
            RefusalCode::ReaderCrashed => "reader-crashed",
            RefusalCode::UnknownFormat => "unknown-format",
            RefusalCode::OcrUnavailable => "ocr-unavailable",
            RefusalCode::NoText => "no-text",
            RefusalCode::BadEncoding => "bad-encoding",
            RefusalCode::MissingPart => "missing-part",
            RefusalCode::Unreadable => "unreadable",
            RefusalCode::PatientMessage => "patient-message",
        }
    }
}

impl std::fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a document stands. The names on the screen are those of the design: *reçu, à rattacher,
/// à séparer, quarantaine, classé, à viser, vu, action, clos*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentState {
    /// Received, not read yet.
    Recu,
    /// No usable reading.
    Quarantaine,
    /// Read and proposed; waits for a person to decide the filing.
    AClasser,
    /// Read, but the patient is not sure.
    ARattacher,
    /// Several patients or documents in one file.
    ASeparer,
    /// Filed; nobody has to see it.
    Classe,
    /// Filed; waits for the doctor's visa.
    AViser,
    /// The doctor has seen it.
    Vu,
    /// The doctor has seen it and asks for an action.
    Action,
    /// Finished.
    Clos,
}

/// A move that a document cannot make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a document cannot go from {from:?} to {to:?}")]
pub struct TransitionError {
    /// State before.
    pub from: DocumentState,
    /// State asked for.
    pub to: DocumentState,
}

impl DocumentState {
    /// Every state, in the order of a document's life.
    pub const ALL: [DocumentState; 10] = [
        DocumentState::Recu,
        DocumentState::Quarantaine,
        DocumentState::AClasser,
        DocumentState::ARattacher,
        DocumentState::ASeparer,
        DocumentState::Classe,
        DocumentState::AViser,
        DocumentState::Vu,
        DocumentState::Action,
        DocumentState::Clos,
    ];

    /// The name used in tables and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            DocumentState::Recu => "recu",
            DocumentState::Quarantaine => "quarantaine",
            DocumentState::AClasser => "a-classer",
            DocumentState::ARattacher => "a-rattacher",
            DocumentState::ASeparer => "a-separer",
            DocumentState::Classe => "classe",
            DocumentState::AViser => "a-viser",
            DocumentState::Vu => "vu",
            DocumentState::Action => "action",
            DocumentState::Clos => "clos",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<DocumentState> {
        DocumentState::ALL.into_iter().find(|s| s.as_str() == name)
    }

    /// Goes forward to `to`, when a document may. Undo goes back through a compensating event and
    /// does not ask here.
    pub fn advance(self, to: DocumentState) -> Result<DocumentState, TransitionError> {
        use DocumentState::*;
        let allowed = match self {
            // An envelope whose documents are filed apart has nothing left to decide.
            Recu => matches!(to, Quarantaine | AClasser | ARattacher | ASeparer | Clos),
            // A retry reads again; a person may also close what cannot be read.
            Quarantaine => matches!(to, Recu | Clos),
            AClasser => matches!(to, Classe | AViser | ARattacher | ASeparer | Clos),
            ARattacher => matches!(to, AClasser | Classe | AViser | ASeparer | Clos),
            ASeparer => matches!(to, AClasser | ARattacher | Classe | AViser | Clos),
            Classe => matches!(to, AViser | Clos),
            AViser => matches!(to, Vu | Action),
            Vu => matches!(to, Action | Clos),
            Action => matches!(to, Vu | Clos),
            Clos => false,
        };
        if allowed { Ok(to) } else { Err(TransitionError { from: self, to }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_closed_is_final() {
        for s in DocumentState::ALL {
            assert_eq!(DocumentState::parse(s.as_str()), Some(s));
            assert!(DocumentState::Clos.advance(s).is_err());
        }
        assert!(DocumentState::Recu.advance(DocumentState::Classe).is_err());
    }
}
