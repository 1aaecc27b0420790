//! The key of an export: whoever has it can make the same stand-ins again; without it nobody can go
//! back. HMAC-SHA-256 (RFC 2104), with a domain string for each kind of thing, so that two kinds
//! share no value.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 32 secret bytes, wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// Least number of bytes that a key file holds.
    pub const LEAST: usize = 16;

    /// The key of the content of a key file; `None` when it holds fewer than 16 bytes.
    pub fn from_material(material: &[u8]) -> Option<Key> {
        if material.len() < Key::LEAST {
            return None;
        }
        let mut hash = Sha256::new();
        hash.update(b"relu stand-ins 1\0");
        hash.update(material);
        Some(Key(hash.finalize().into()))
    }

    /// What the key draws for `parts` in a domain; each part is preceded by its length, so that no two
    /// lists look alike.
    pub(crate) fn draw(&self, domain: &str, parts: &[&[u8]]) -> Draw {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            // HMAC takes keys of any length: this is never reached.
            return Draw { bytes: [0; 32], at: 0 };
        };
        for part in std::iter::once(&domain.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Draw { bytes: mac.finalize().into_bytes().into(), at: 0 }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// A stream of bytes drawn from the key.
#[derive(Clone)]
pub(crate) struct Draw {
    bytes: [u8; 32],
    at: usize,
}

impl Draw {
    /// The first 32 bytes.
    pub(crate) fn id(&self) -> [u8; 32] {
        self.bytes
    }

    /// A number below `n`; 0 when `n` is 0. The bias is below one in 10^4 for lists of this size.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if self.at + 4 > self.bytes.len() {
            self.bytes = Sha256::digest(self.bytes).into();
            self.at = 0;
        }
        let word = self.bytes.get(self.at..self.at + 4).unwrap_or_default();
        self.at += 4;
        let word = word.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
        word.checked_rem(n as u64).unwrap_or(0) as usize
    }

    /// One of a list; the empty string when there is none.
    pub(crate) fn pick<'a>(&mut self, list: &'a [String]) -> &'a str {
        list.get(self.below(list.len())).map_or("", String::as_str)
    }

    /// A digit.
    pub(crate) fn digit(&mut self) -> char {
        char::from(b'0' + self.below(10) as u8)
    }

    /// A small letter.
    pub(crate) fn letter(&mut self) -> char {
        char::from(b'a' + self.below(26) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_draws_the_same_and_another_key_something_else() {
        let (a, b) = (Key::from_material(&[1; 32]).unwrap(), Key::from_material(&[2; 32]).unwrap());
        assert_eq!(a.draw("x", &[b"y"]).id(), a.draw("x", &[b"y"]).id());
        assert_ne!(a.draw("x", &[b"y"]).id(), b.draw("x", &[b"y"]).id());
        assert_ne!(a.draw("x", &[b"y"]).id(), a.draw("y", &[b"y"]).id());
        assert_ne!(a.draw("x", &[b"ab", b"c"]).id(), a.draw("x", &[b"a", b"bc"]).id());
        assert!(Key::from_material(&[1; 15]).is_none());
        assert_eq!(format!("{a:?}"), "Key");
    }
}
