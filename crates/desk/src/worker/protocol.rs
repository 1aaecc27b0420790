//! Frames between the desk and its reader processes. Private to one build of one program: both
//! ends are the same binary, so the shapes may change freely.

use std::io::{self, Read, Write};

use relu_record::{Format, Header, PartialDate, ProposalSet, Reading, Refusal, Sha256Hex};
use serde::{Deserialize, Serialize};

use super::plan::{MaskedFrame, PlanFrame};

/// Which functions run, and what they are told beside the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProposeArgs {
    /// Day the document came in.
    pub received: PartialDate,
    /// Ids of the functions that are switched on.
    pub active: Vec<String>,
}

/// One page as Tesseract answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OcrPage {
    /// Page, from 0.
    pub page: u32,
    /// How the page image maps to the page; handed back untouched.
    pub geometry: serde_json::Value,
    /// The TSV answer.
    pub tsv: String,
}

/// What a reader process is asked. The document's bytes travel beside, as the first byte string.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Read a document and, unless characters must be recognised first, propose.
    Read {
        /// File name.
        name: Option<String>,
        /// Media type as declared.
        media_type: Option<String>,
        /// What the container says about it.
        inherit: Option<Box<Header>>,
        /// Hash of the bytes.
        sha256: Sha256Hex,
        /// Run the functions too.
        propose: Option<ProposeArgs>,
    },
    /// Put recognised pages into a reading, then propose.
    Recognised {
        /// The reading so far.
        reading: Box<Reading>,
        /// Answers, by page.
        pages: Vec<OcrPage>,
        /// Hash of the bytes.
        sha256: Sha256Hex,
        /// Run the functions too.
        propose: Option<ProposeArgs>,
    },
    /// Draw a page for the screen.
    Render {
        /// What the bytes are.
        format: Format,
        /// Page, from 0.
        page: u32,
        /// Greatest width in pixels.
        width: u32,
    },
    /// Mask a document by a plan, the documents inside by theirs.
    Mask {
        /// What to hide.
        plan: Box<PlanFrame>,
    },
    /// Take some pages out, each list as a file of its own.
    Extract {
        /// What the bytes are.
        format: Format,
        /// Pages of each file, from 0.
        files: Vec<Vec<u32>>,
    },
    /// Propose on a reading made before.
    Propose {
        /// The reading.
        reading: Box<Reading>,
        /// Hash of the bytes.
        sha256: Sha256Hex,
        /// Which functions.
        propose: ProposeArgs,
    },
    /// Prepare a page for character recognition.
    OcrPrepare {
        /// What the bytes are.
        format: Format,
        /// Page, from 0.
        page: u32,
        /// The other way up than its lines seem to say.
        over: bool,
    },
}

impl Request {
    /// How much more than reading it may cost: masking reads, redraws what cannot be edited, and
    /// reads again.
    pub(super) fn weight(&self) -> u32 {
        if matches!(self, Request::Mask { .. }) { 4 } else { 1 }
    }
}

/// What a reader process answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// A reading; the bytes of its parts travel beside, in order.
    Reading {
        /// What was read, parts without their bytes.
        reading: Box<Reading>,
        /// What is proposed, when asked for and possible already.
        proposals: Option<ProposalSet>,
    },
    /// The files taken out; their bytes travel beside, in order.
    Extracted,
    /// A masked document; its bytes travel beside.
    Masked(MaskedFrame),
    /// An image; its bytes travel beside.
    Image {
        /// How it maps to the page, for pages to recognise.
        geometry: serde_json::Value,
        /// Dots per inch, for pages to recognise.
        dpi: u16,
    },
    /// No usable reading.
    Refused(Refusal),
}

/// A header and its byte strings.
pub(super) struct Frame<T> {
    pub(super) header: T,
    pub(super) blobs: Vec<Vec<u8>>,
}

/// Most bytes one frame may carry; beyond, the other end is not to be believed.
pub(super) const MAX_FRAME: u64 = 3 << 30;

/// Bytes of a frame, to be written in one go.
pub(super) fn encode<T: Serialize>(header: &T, blobs: &[&[u8]]) -> io::Result<Vec<u8>> {
    let head = serde_json::to_vec(header).map_err(io::Error::other)?;
    let total: usize = blobs.iter().map(|b| b.len() + 8).sum();
    let mut out = Vec::with_capacity(head.len() + total + 16);
    out.extend_from_slice(&(head.len() as u64).to_le_bytes());
    out.extend_from_slice(&(blobs.len() as u64).to_le_bytes());
    for b in blobs {
        out.extend_from_slice(&(b.len() as u64).to_le_bytes());
    }
    out.extend_from_slice(&head);
    for b in blobs {
        out.extend_from_slice(b);
    }
    Ok(out)
}

/// Lengths of what follows the fixed part of a frame.
pub(super) struct Lengths {
    pub(super) head: usize,
    pub(super) blobs: Vec<usize>,
}

/// Reads a frame; `None` at the end of the stream.
pub(super) fn read<T: for<'de> Deserialize<'de>>(
    from: &mut impl Read,
) -> io::Result<Option<Frame<T>>> {
    let mut fixed = [0u8; 16];
    match from.read(&mut fixed[..1])? {
        0 => return Ok(None),
        _ => from.read_exact(&mut fixed[1..])?,
    }
    let count = blob_count(&fixed)?;
    let mut sizes = vec![0u8; count * 8];
    from.read_exact(&mut sizes)?;
    let lengths = lengths(&fixed, &sizes)?;
    let mut take = |n: usize| -> io::Result<Vec<u8>> {
        let mut buffer = vec![0u8; n];
        from.read_exact(&mut buffer)?;
        Ok(buffer)
    };
    let head = take(lengths.head)?;
    let blobs = lengths.blobs.into_iter().map(take).collect::<io::Result<_>>()?;
    let header = serde_json::from_slice(&head).map_err(io::Error::other)?;
    Ok(Some(Frame { header, blobs }))
}

/// Number of byte strings a frame announces, within reason.
pub(super) fn blob_count(fixed: &[u8; 16]) -> io::Result<usize> {
    let n = number(fixed, 8);
    if n > 100_000 { Err(io::Error::other("frame out of bounds")) } else { Ok(n as usize) }
}

/// Checks what a frame announces against [`MAX_FRAME`].
pub(super) fn lengths(fixed: &[u8; 16], sizes: &[u8]) -> io::Result<Lengths> {
    let head = number(fixed, 0);
    let blobs: Vec<u64> = (0..sizes.len() / 8).map(|i| number(sizes, i * 8)).collect();
    let total = blobs.iter().fold(head, |sum, n| sum.saturating_add(*n));
    if total > MAX_FRAME {
        return Err(io::Error::other("frame out of bounds"));
    }
    Ok(Lengths { head: head as usize, blobs: blobs.into_iter().map(|n| n as usize).collect() })
}

fn number(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(u64::MAX, u64::from_le_bytes)
}

/// Writes a whole frame and flushes.
pub(super) fn write<T: Serialize>(
    to: &mut impl Write,
    header: &T,
    blobs: &[&[u8]],
) -> io::Result<()> {
    to.write_all(&encode(header, blobs)?)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_as_it_went() {
        let bytes = encode(&vec!["a", "é"], &[b"one", b""]).unwrap();
        let mut from = bytes.as_slice();
        let frame: Frame<Vec<String>> = read(&mut from).unwrap().unwrap();
        assert_eq!(frame.header, ["a", "é"]);
        assert_eq!(frame.blobs, [b"one".to_vec(), Vec::new()]);
        assert!(read::<Vec<String>>(&mut from).unwrap().is_none());
    }

    #[test]
    fn lies_about_lengths_are_refused() {
        let mut bytes = encode(&"x", &[b"y"]).unwrap();
        bytes[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(read::<String>(&mut bytes.as_slice()).is_err());
        assert!(read::<String>(&mut [1u8, 2, 3].as_slice()).is_err());
    }
}
