//! Plain text, as software without letterheads exports it: UTF-8 or ISO 8859-1.

use crate::compose::Composed;
use crate::words;

/// The document as UTF-8 text with line feeds.
pub(crate) fn utf8(doc: &Composed) -> Vec<u8> {
    doc.text().into_bytes()
}

/// The document in Latin-1 (Windows-1252 for the few letters beyond) with CRLF.
pub(crate) fn latin1(doc: &Composed) -> Vec<u8> {
    words::windows_1252(&doc.text().replace('\n', "\r\n"))
}
