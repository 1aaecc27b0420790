//! Signatures over what the program hands out: who made it, and that nobody changed it since.
//!
//! Shape: [`SigningKey`] is a file that its owner alone may read, with [`VerifyingKey`] beside it
//! for those who check; [`jws`] signs bytes and leaves them as they are. A signature tells which
//! key made it ([`VerifyingKey::thumbprint`]), never who a patient is.
//!
//! Sources: RFC 7515 (JWS) with appendix F (detached content), RFC 8037 (EdDSA, keys `OKP`),
//! RFC 7638 (thumbprint of a key), RFC 8032 (Ed25519). Signatures of PDF (PAdES), certificates and
//! time stamps belong here too, each in a module of its own.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod jws;
mod key;

pub use key::{SigningKey, VerifyingKey};

/// What is wrong with a key or a signature.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file cannot be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Not a key, or not one of Ed25519.
    #[error("ce fichier n'est pas une clé Ed25519 (JWK, RFC 8037)")]
    NotAKey,
    /// Others than its owner may read the private key.
    #[error("la clé privée est lisible par d'autres que son propriétaire : chmod 600")]
    Readable,
    /// Not a signature of the form this program writes.
    #[error("ce fichier n'est pas une signature JWS détachée en EdDSA")]
    NotASignature,
    /// Made with another key.
    #[error("la signature a été faite avec une autre clé")]
    OtherKey,
    /// The signature is not that of these bytes.
    #[error("la signature ne correspond pas au contenu : il a été modifié")]
    Changed,
    /// The system gives no randomness.
    #[error("le système ne donne pas d'aléa pour une clé")]
    NoRandomness,
}
