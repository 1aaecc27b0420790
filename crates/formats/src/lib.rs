//! Bytes to [`Reading`]: one folder or file per format, all of one shape
//! (`read(input, budget) -> Result<Reading, Refusal>`), all pure, all with a work [`Budget`].
//!
//! [`read`] is the whole flow: recognise the format on the bytes, decode, say when the name lies.
//! Strange content is a finding of the reading; only what cannot be read at all is a refusal.
//! Documents inside (attachments, payloads, archive entries) come back as parts, undecoded: the
//! caller reads each in turn with the same budget.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout,
        clippy::print_stderr,
        clippy::disallowed_methods
    )
)]

// Shared by the decoders.
mod archive;
mod charset;
mod identity;
mod json;
mod lines;
mod notes;
mod payload;
mod sniff;
mod xml;

// Decoders.
pub mod cda;
pub mod docx;
pub mod extract;
pub mod fhir;
pub mod hl7v2;
pub mod hprim;
pub mod mail;
pub mod mask;
pub mod ocr;
pub mod page;
pub mod patients;
pub mod pdf;
pub mod picture;
pub mod text;
pub mod xdm;

// Encoders, for what is handed to other software.
pub mod write;

// Codes on pages, read and drawn.
pub mod code;

use relu_record::{Budget, Format, Reading, Refusal};

pub use sniff::sniff;

/// What a decoder is given: the bytes, and what the sender said about them (a hint, never trusted).
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The bytes as received.
    pub bytes: &'a [u8],
    /// File name, when there is one.
    pub name: Option<&'a str>,
    /// Media type as declared by the container or the upload.
    pub media_type: Option<&'a str>,
}

/// Reads one document. The format is decided on the bytes, never on the name.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    if input.bytes.is_empty() {
        return Err(notes::EMPTY.refusal());
    }
    let mut reading = decode(sniff(input), input, budget)?;
    if let Some(name) = input.name
        && sniff::extension_disagrees(name, reading.format, &reading.media_type)
    {
        reading.findings.push(notes::WRONG_EXTENSION.finding());
    }
    Ok(reading)
}

/// The decoder table.
fn decode(format: Format, input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    match format {
        Format::Pdf => pdf::read(input, budget),
        Format::CdaN1 | Format::CdaN3 => cda::read(input, budget),
        Format::Docx => docx::read(input, budget),
        Format::Xdm => xdm::read(input, budget),
        Format::Fhir => fhir::read(input, budget),
        Format::Hl7v2 => hl7v2::read(input, budget),
        Format::Hprim => hprim::read(input, budget),
        Format::Text => text::read(input, budget),
        Format::Mail => mail::read(input, budget),
        Format::Image => picture::read(input, budget),
        Format::Dicom => Err(notes::DICOM.refusal()),
        Format::Unknown => Err(unknown(input.bytes)),
    }
}

/// Why bytes of no known format are not read, as precisely as they allow.
fn unknown(bytes: &[u8]) -> Refusal {
    // Compound files: old Office formats, and new ones under a password.
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        let wide: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let encrypted = sniff::contains(bytes, &wide);
        return if encrypted {
            notes::ENCRYPTED_OFFICE.refusal()
        } else {
            notes::OLD_OFFICE.refusal()
        };
    }
    notes::UNKNOWN.refusal()
}
