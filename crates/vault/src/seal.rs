//! Sealing: authenticated encryption in chunks of 64 KiB, the same for blobs and for columns.
//!
//! Construction: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over XChaCha20-Poly1305, so that
//! chunks can be neither reordered, dropped nor cut off; a value larger than memory streams.
//! Shape: one version byte, a random 19-byte nonce prefix, then the chunks, each 64 KiB of content
//! (the last one shorter, possibly empty) and a 16-byte tag. Every chunk is bound to a context,
//! `tenant / table / row / column`, so that a sealed value moved elsewhere does not open.
//!
//! Keys: every document, blob and patient has a data key of its own, wrapped (sealed) by the key
//! encryption key. Destroying the wrapped key destroys what it sealed.

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::aead::{KeyInit, Payload};
use zeroize::Zeroizing;

use crate::error::Result;
use crate::key::{Secret, fill_random};

/// Bytes of content in a chunk.
pub(crate) const CHUNK: usize = 64 << 10;
/// Bytes that a tag adds to a chunk.
pub(crate) const TAG: usize = 16;
/// Bytes before the first chunk.
pub(crate) const PREFIX: usize = 1 + 19;
const VERSION: u8 = 1;

/// Where a sealed value lives; part of what its tags authenticate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) table: &'a str,
    pub(crate) row: &'a str,
    pub(crate) column: &'a str,
}

impl Place<'_> {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for part in [self.tenant, self.table, self.row, self.column] {
            out.extend((part.len() as u32).to_be_bytes());
            out.extend(part.as_bytes());
        }
        out
    }
}

/// Seals chunk after chunk.
pub(crate) struct Sealer {
    stream: EncryptorBE32<XChaCha20Poly1305>,
    aad: Vec<u8>,
}

impl Sealer {
    /// A sealer, and the bytes that go before the first chunk.
    pub(crate) fn new(key: &Secret, place: Place<'_>) -> Result<(Sealer, [u8; PREFIX])> {
        let mut prefix = [0; PREFIX];
        fill_random(&mut prefix[1..])?;
        prefix[0] = VERSION;
        let cipher = XChaCha20Poly1305::new(key.bytes().into());
        let stream = EncryptorBE32::from_aead(cipher, prefix[1..].into());
        Ok((Sealer { stream, aad: place.bytes() }, prefix))
    }

    /// A chunk that is not the last. `None` after 2³² chunks (256 TiB).
    pub(crate) fn next(&mut self, chunk: &[u8]) -> Option<Vec<u8>> {
        self.stream.encrypt_next(Payload { msg: chunk, aad: &self.aad }).ok()
    }

    /// The last chunk.
    pub(crate) fn last(self, chunk: &[u8]) -> Option<Vec<u8>> {
        self.stream.encrypt_last(Payload { msg: chunk, aad: &self.aad }).ok()
    }
}

/// Opens chunk after chunk.
pub(crate) struct Opener {
    stream: DecryptorBE32<XChaCha20Poly1305>,
    aad: Vec<u8>,
}

impl Opener {
    /// An opener for what follows `prefix`, or `None` when the prefix is not one of ours.
    pub(crate) fn new(key: &Secret, place: Place<'_>, prefix: &[u8]) -> Option<Opener> {
        let (version, nonce) = prefix.split_first()?;
        if *version != VERSION || prefix.len() != PREFIX {
            return None;
        }
        let cipher = XChaCha20Poly1305::new(key.bytes().into());
        Some(Opener { stream: DecryptorBE32::from_aead(cipher, nonce.into()), aad: place.bytes() })
    }

    /// The content of a chunk that is not the last, or `None` when it is not what was sealed.
    pub(crate) fn next(&mut self, chunk: &[u8]) -> Option<Vec<u8>> {
        self.stream.decrypt_next(Payload { msg: chunk, aad: &self.aad }).ok()
    }

    /// The content of the last chunk.
    pub(crate) fn last(self, chunk: &[u8]) -> Option<Vec<u8>> {
        self.stream.decrypt_last(Payload { msg: chunk, aad: &self.aad }).ok()
    }
}

/// `content` sealed in memory.
pub(crate) fn seal(key: &Secret, place: Place<'_>, content: &[u8]) -> Result<Vec<u8>> {
    let (mut sealer, prefix) = Sealer::new(key, place)?;
    let mut out = Vec::with_capacity(PREFIX + content.len() + (content.len() / CHUNK + 1) * TAG);
    out.extend(prefix);
    let mut rest = content;
    while rest.len() > CHUNK {
        let (chunk, after) = rest.split_at(CHUNK);
        out.extend(sealer.next(chunk).ok_or_else(too_long)?);
        rest = after;
    }
    out.extend(sealer.last(rest).ok_or_else(too_long)?);
    Ok(out)
}

/// The content of a sealed value, or `None` when a byte of it, its key or its place is wrong.
pub(crate) fn open(key: &Secret, place: Place<'_>, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (prefix, mut rest) = sealed.split_at_checked(PREFIX)?;
    let mut opener = Opener::new(key, place, prefix)?;
    // Sized for everything at once: a growing vector would leave unwiped copies behind.
    let mut out = Zeroizing::new(Vec::with_capacity(sealed.len()));
    while rest.len() > CHUNK + TAG {
        let (chunk, after) = rest.split_at(CHUNK + TAG);
        out.extend_from_slice(&Zeroizing::new(opener.next(chunk)?));
        rest = after;
    }
    out.extend_from_slice(&Zeroizing::new(opener.last(rest)?));
    Some(out)
}

fn too_long() -> crate::VaultError {
    crate::VaultError::Limit { what: "a sealed value", max: u64::from(u32::MAX) * CHUNK as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: Place<'static> = Place { tenant: "t", table: "document", row: "1", column: "x" };

    #[test]
    fn a_value_moved_elsewhere_does_not_open() {
        let key = Secret::random().unwrap();
        let sealed = seal(&key, HERE, b"content").unwrap();
        assert_eq!(open(&key, HERE, &sealed).unwrap().as_slice(), b"content");
        for place in [
            Place { tenant: "u", ..HERE },
            Place { table: "decision", ..HERE },
            Place { row: "2", ..HERE },
            Place { column: "y", ..HERE },
            // Lengths are part of the context: parts cannot slide into each other.
            Place { row: "1x", column: "", ..HERE },
        ] {
            assert!(open(&key, place, &sealed).is_none(), "{place:?}");
        }
        assert!(open(&Secret::random().unwrap(), HERE, &sealed).is_none());
    }

    #[test]
    fn chunks_cannot_be_dropped_or_swapped() {
        let key = Secret::random().unwrap();
        let content: Vec<u8> = (0..CHUNK * 2 + 5).map(|i| (i % 251) as u8).collect();
        let sealed = seal(&key, HERE, &content).unwrap();
        let (a, b) = (PREFIX, PREFIX + CHUNK + TAG);
        let cut = &sealed[..b];
        assert!(open(&key, HERE, cut).is_none(), "cut at a chunk border");
        let mut dropped = sealed[..a].to_vec();
        dropped.extend(&sealed[b..]);
        assert!(open(&key, HERE, &dropped).is_none(), "first chunk dropped");
        let mut swapped = sealed[..a].to_vec();
        swapped.extend(&sealed[b..b + CHUNK + TAG]);
        swapped.extend(&sealed[a..b]);
        swapped.extend(&sealed[b + CHUNK + TAG..]);
        assert!(open(&key, HERE, &swapped).is_none(), "chunks swapped");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn round_trip_around_chunk_borders(chunks in 0usize..3, off in -3i64..=3, flip: prop::sample::Index) {
            let size = usize::try_from((chunks * CHUNK) as i64 + off).unwrap_or(0);
            let content: Vec<u8> = (0..size).map(|i| (i % 253) as u8).collect();
            let key = Secret::random().unwrap();
            let mut sealed = seal(&key, HERE, &content).unwrap();
            let opened = open(&key, HERE, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), content.as_slice());
            let at = flip.index(sealed.len());
            sealed[at] ^= 1;
            prop_assert!(open(&key, HERE, &sealed).is_none());
        }
    }
}
