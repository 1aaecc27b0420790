//! Opening a PDF: which refusals there are, whether the file had to be repaired, page geometry and
//! the title.
//!
//! Shapes: bytes in, [`Opened`] or [`Refusal`] out. A file that only needs the empty user password
//! is opened. Refusals: `empty`, `encrypted`, `damaged`.
//! Source: ISO 32000-2, 7.5 (file structure), 7.6 (encryption), 7.9.2.3 (PDFDocEncoding).

use hayro::vello_cpu::kurbo::Affine;
use hayro_interpret::TransformExt;
use hayro_syntax::page::Page;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use relu_record::{Refusal, RefusalCode};

/// A PDF ready to be read.
pub(crate) struct Opened {
    pub pdf: Pdf,
    /// The cross-reference table was missing or wrong and was rebuilt.
    pub repaired: bool,
}

/// Opens a PDF, or says why it cannot be.
pub(crate) fn open(bytes: &[u8]) -> Result<Opened, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::new(RefusalCode::Empty, "Le fichier est vide."));
    }
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| refusal(error, bytes))?;
    if pdf.pages().is_empty() {
        return Err(damaged("Le fichier PDF est endommagé : aucune page n'y a été trouvée."));
    }
    Ok(Opened { pdf, repaired: !has_sound_end(bytes) })
}

fn refusal(error: LoadPdfError, bytes: &[u8]) -> Refusal {
    let encrypted = |message| Refusal::new(RefusalCode::Encrypted, message);
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => encrypted(
            "Le fichier PDF est protégé par un mot de passe. Demander une copie sans protection.",
        ),
        LoadPdfError::Decryption(_) => encrypted(
            "Le fichier PDF est chiffré par un procédé que ce programme n'ouvre pas. Demander une copie sans protection.",
        ),
        // The cross-reference table is broken too, but the password is what the sender can remove.
        LoadPdfError::Invalid if find(bytes, b"/Encrypt").is_some() => encrypted(
            "Le fichier PDF est protégé et endommagé. Demander une nouvelle copie, sans protection.",
        ),
        LoadPdfError::Invalid => {
            damaged("Le fichier PDF est tronqué ou endommagé. Demander un nouvel envoi.")
        }
    }
}

fn damaged(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Damaged, message)
}

/// The refusal of a file that asks for too much work.
pub(crate) fn work_limit() -> Refusal {
    Refusal::new(
        RefusalCode::WorkLimit,
        "La lecture du fichier demande trop de travail et a été arrêtée.",
    )
}

/// From the page's own coordinates to points from the top left of the page as shown.
pub(crate) fn page_transform(page: &Page<'_>) -> Affine {
    page.initial_transform(true).to_kurbo()
}

/// Whether the file ends as the standard wants: `startxref`, an offset where a cross-reference
/// table or stream begins, and `%%EOF`.
fn has_sound_end(bytes: &[u8]) -> bool {
    let tail_at = bytes.len().saturating_sub(2048);
    let tail = bytes.get(tail_at..).unwrap_or_default();
    let Some(at) = rfind(tail, b"startxref") else { return false };
    let after = tail.get(at + 9..).unwrap_or_default();
    let digits: String = after
        .iter()
        .skip_while(|b| b.is_ascii_whitespace())
        .take_while(|b| b.is_ascii_digit())
        .take(12)
        .map(|&b| b as char)
        .collect();
    let header = find(bytes.get(..1024.min(bytes.len())).unwrap_or_default(), b"%PDF").unwrap_or(0);
    let Ok(offset) = digits.parse::<usize>() else { return false };
    let sound = |offset: usize| {
        let target = bytes.get(offset..).unwrap_or_default();
        let target = target.get(..target.len().min(64)).unwrap_or_default();
        let start = target.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
        let target = target.get(start..).unwrap_or_default();
        target.starts_with(b"xref")
            || (target.first().is_some_and(u8::is_ascii_digit) && find(target, b"obj").is_some())
    };
    find(after, b"%%EOF").is_some() && (sound(offset) || sound(offset.saturating_add(header)))
}

/// First place of `needle`.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

fn rfind(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).rposition(|w| w == needle)
}

/// The title of the information dictionary, when an author wrote it: names of files and of the
/// program that printed are left out.
pub(crate) fn title(pdf: &Pdf) -> Option<String> {
    let raw = decode_text(pdf.metadata().title.as_deref()?).replace('\0', " ");
    let title: String = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = title.strip_prefix("Microsoft Word - ").unwrap_or(&title).trim();
    let lower = title.to_lowercase();
    let is_file =
        [".doc", ".docx", ".odt", ".rtf", ".pdf", ".tmp", ".tif", ".html", ".dvi", ".tex"]
            .iter()
            .any(|ext| lower.ends_with(ext));
    let is_default = [
        "untitled",
        "sans titre",
        "document",
        "sans nom",
        "about:blank",
        "image",
        "scan",
        "title",
        "titre",
    ]
    .iter()
    .any(|name| lower.starts_with(name) && lower.len() < name.len() + 5);
    let letters = title.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 4 && !is_file && !is_default && title.len() <= 400).then(|| title.to_owned())
}

/// A text string of a PDF: UTF-16 with its mark, UTF-8 with its mark, or PDFDocEncoding.
pub(crate) fn decode_text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into(),
        [0xff, 0xfe, rest @ ..] => encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0.into(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|&b| pdf_doc_char(b)).collect(),
    }
}

/// PDFDocEncoding differs from Latin-1 in 0x18-0x1f and 0x80-0xa0 (ISO 32000-2, table D.2).
fn pdf_doc_char(b: u8) -> char {
    const LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const HIGH: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    match b {
        0x18..=0x1f => LOW[usize::from(b - 0x18)],
        0x80..=0xa0 => HIGH[usize::from(b - 0x80)],
        _ => char::from(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_strings_of_each_encoding() {
        assert_eq!(decode_text(b"\xfe\xff\0C\0R\0 \x01\x53"), "CR œ");
        assert_eq!(decode_text(b"\xef\xbb\xbf\xc3\xa9t\xc3\xa9"), "été");
        assert_eq!(decode_text(b"\x9cdeme 5 \xa0 \xe9"), "œdeme 5 € é");
    }

    #[test]
    fn no_bytes_and_garbage_are_refused() {
        assert_eq!(open(b"").err().map(|r| r.code), Some(RefusalCode::Empty));
        assert_eq!(open(b"%PDF-1.4\nnothing").err().map(|r| r.code), Some(RefusalCode::Damaged));
    }
}
