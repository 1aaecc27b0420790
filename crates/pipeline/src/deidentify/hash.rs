//! Hashes of words and of features: small, fixed, the same on every machine.
//!
//! FNV-1a (Fowler, Noll, Vo) with a closing mix (MurmurHash3 finaliser, Appleby).

/// Folded bytes kept of a word.
pub(crate) const ROOM: usize = 40;

/// The hash of bytes, never 0.
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    let mut h = 0x811C_9DC5u32;
    for b in bytes {
        h = (h ^ u32::from(*b)).wrapping_mul(0x0100_0193);
    }
    mix(h)
}

/// The hash of a word, folded.
pub(crate) fn word_hash(word: &str) -> u32 {
    let mut folded = [0; ROOM];
    let n = relu_text::words::fold(word, &mut folded);
    hash(folded.get(..n).unwrap_or_default())
}

/// The hash of a chain of words that goes on with `word`.
pub(crate) fn chain(so_far: u32, word: u32) -> u32 {
    mix(so_far.wrapping_mul(0x9E37_79B1) ^ word ^ 0x5BD1_E995)
}

/// The hash of feature number `n` with two values.
#[inline]
pub(crate) fn feature(n: u32, a: u32, b: u32) -> u32 {
    mix(a ^ b.rotate_left(13).wrapping_mul(0x9E37_79B1) ^ n.wrapping_mul(0x85EB_CA77))
}

#[inline]
fn mix(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x85EB_CA6B);
    h ^= h >> 13;
    h = h.wrapping_mul(0xC2B2_AE35);
    h ^= h >> 16;
    h.max(1)
}
