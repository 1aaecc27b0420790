//! A JWS beside what it signs: compact serialisation with its middle part empty (RFC 7515, section
//! 3.1 and appendix F). Any other program verifies it by putting the content, in base64url, back
//! between the two points. The algorithm is `EdDSA` (RFC 8037) and no other is accepted: a signature
//! that could name its own algorithm could name none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde::{Deserialize, Serialize};

use crate::{SealError, SigningKey, VerifyingKey};

/// Longest signature file read.
pub const MAX_BYTES: usize = 16 << 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    alg: String,
    kid: String,
    typ: String,
}

const ALGORITHM: &str = "EdDSA";
const KIND: &str = "relu-proof";

/// Signs `content`; what comes back is to be kept in a file beside it.
pub fn sign(content: &[u8], key: &SigningKey) -> String {
    let head =
        Head { alg: ALGORITHM.to_owned(), kid: key.public().thumbprint(), typ: KIND.to_owned() };
    let head = B64.encode(serde_json::to_vec(&head).unwrap_or_default());
    let signature = key.sign(signed(&head, content).as_bytes());
    format!("{head}..{}", B64.encode(signature))
}

/// Verifies that `signature` was made over `content` with the private half of `key`.
pub fn verify(signature: &str, content: &[u8], key: &VerifyingKey) -> Result<(), SealError> {
    let (head, bytes) = parts(signature)?;
    if read_head(head)?.kid != key.thumbprint() {
        return Err(SealError::OtherKey);
    }
    key.verify(signed(head, content).as_bytes(), &bytes).then_some(()).ok_or(SealError::Changed)
}

/// The fingerprint of the key that a signature says it was made with.
pub fn key_named(signature: &str) -> Result<String, SealError> {
    let (head, _) = parts(signature)?;
    Ok(read_head(head)?.kid)
}

fn parts(signature: &str) -> Result<(&str, [u8; 64]), SealError> {
    let trimmed = signature.trim();
    if trimmed.len() > MAX_BYTES {
        return Err(SealError::NotASignature);
    }
    let (head, encoded) = trimmed.split_once("..").ok_or(SealError::NotASignature)?;
    let mut bytes = [0; 64];
    match B64.decode_slice(encoded, &mut bytes) {
        Ok(64) => Ok((head, bytes)),
        _ => Err(SealError::NotASignature),
    }
}

fn read_head(head: &str) -> Result<Head, SealError> {
    let bytes = B64.decode(head).map_err(|_| SealError::NotASignature)?;
    let head: Head = serde_json::from_slice(&bytes).map_err(|_| SealError::NotASignature)?;
    let right = head.alg == ALGORITHM && head.typ == KIND;
    right.then_some(head).ok_or(SealError::NotASignature)
}

fn signed(head: &str, content: &[u8]) -> String {
    format!("{head}.{}", B64.encode(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(dir: &tempfile::TempDir, name: &str) -> SigningKey {
        SigningKey::open_or_create(&dir.path().join(name)).unwrap()
    }

    #[test]
    fn a_signature_holds_for_its_content_and_its_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, other) = (key(&dir, "a"), key(&dir, "b"));
        let content = b"{\"count\":197}";
        let signature = sign(content, &mine);
        verify(&signature, content, &mine.public()).unwrap();
        assert_eq!(key_named(&signature).unwrap(), mine.public().thumbprint());
        for at in 0..content.len() {
            let mut changed = content.to_vec();
            changed[at] ^= 1;
            let told = verify(&signature, &changed, &mine.public());
            assert!(matches!(told, Err(SealError::Changed)), "byte {at}");
        }
        assert!(matches!(verify(&signature, content, &other.public()), Err(SealError::OtherKey)));
        // The name of the key changed to that of another: the signature no longer holds.
        let (_, tail) = signature.split_once("..").unwrap();
        let (head, _) = sign(content, &other)
            .split_once("..")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let forged = format!("{head}..{tail}");
        assert!(matches!(verify(&forged, content, &other.public()), Err(SealError::Changed)));
    }

    #[test]
    fn another_algorithm_is_no_signature() {
        let dir = tempfile::tempdir().unwrap();
        let mine = key(&dir, "a");
        let signature = sign(b"x", &mine);
        let (_, tail) = signature.split_once("..").unwrap();
        for head in [r#"{"alg":"none","kid":"a","typ":"relu-proof"}"#, r#"{"alg":"HS256"}"#, "x"] {
            let forged = format!("{}..{tail}", B64.encode(head));
            let told = verify(&forged, b"x", &mine.public());
            assert!(matches!(told, Err(SealError::NotASignature)), "{head}");
        }
        for text in ["", "..", "a.b.c", "a..b"] {
            assert!(matches!(key_named(text), Err(SealError::NotASignature)), "{text}");
        }
    }
}
