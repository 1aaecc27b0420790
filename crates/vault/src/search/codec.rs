//! Numbers in as few bytes as they need, and the places of a term in its documents.
//!
//! Of a term: for each document its number after the one before, how often, the bytes of the places,
//! the places each after the one before. Reading stops at what is cut: it never fails.

pub(super) fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Reads what was put.
pub(super) struct Reader<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(n);
            }
        }
        None
    }

    pub(super) fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    pub(super) fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(head)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let n = usize::try_from(self.number()?).ok()?;
        std::str::from_utf8(self.bytes(n)?).ok()
    }
}

/// One document of a term.
pub(super) struct Posting<'a> {
    pub(super) doc: u32,
    pub(super) count: u32,
    pub(super) places: &'a [u8],
}

impl Posting<'_> {
    /// The places, in order.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> {
        let mut reader = Reader { rest: self.places };
        let mut last = 0u32;
        std::iter::from_fn(move || {
            last = last.wrapping_add(reader.small()?);
            Some(last)
        })
    }
}

/// The documents of a term, in order.
pub(super) struct Postings<'a> {
    reader: Reader<'a>,
    doc: u32,
}

impl<'a> Postings<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Postings<'a> {
        Postings { reader: Reader { rest: bytes }, doc: 0 }
    }
}

impl<'a> Iterator for Postings<'a> {
    type Item = Posting<'a>;

    fn next(&mut self) -> Option<Posting<'a>> {
        self.doc = self.doc.wrapping_add(self.reader.small()?);
        let count = self.reader.small()?;
        let length = self.reader.small()? as usize;
        Some(Posting { doc: self.doc, count, places: self.reader.bytes(length)? })
    }
}

/// Writes the documents of a term, in order.
#[derive(Default)]
pub(super) struct PostingsWriter {
    pub(super) bytes: Vec<u8>,
    pub(super) documents: u32,
    last: u32,
}

impl PostingsWriter {
    pub(super) fn push(&mut self, doc: u32, count: u32, places: &[u8]) {
        put(&mut self.bytes, doc.wrapping_sub(self.last).into());
        put(&mut self.bytes, count.into());
        put(&mut self.bytes, places.len() as u64);
        self.bytes.extend_from_slice(places);
        self.last = doc;
        self.documents += 1;
    }
}

/// Places as they are written.
pub(super) fn places(all: &[u32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(all.len() * 2);
    let mut last = 0;
    for place in all {
        put(&mut out, place.wrapping_sub(last).into());
        last = *place;
    }
    out
}
