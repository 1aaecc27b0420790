//! Ed25519 keys as JSON Web Keys: `{"kty":"OKP","crv":"Ed25519","x":…,"d":…}`, `d` in the private one
//! alone. The private file is made with the rights of its owner only; the public one, `FILE.pub`, is
//! to be given to whoever verifies.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use ed25519_dalek::Signer;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::SealError;

/// Largest key file read.
const MAX_FILE: u64 = 64 << 10;

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<String>,
}

/// The private half: signs.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// The public half: verifies.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({})", self.thumbprint())
    }
}

impl SigningKey {
    /// The key of that file; made, with its public half beside it, when there is no such file.
    pub fn open_or_create(path: &Path) -> Result<SigningKey, SealError> {
        match SigningKey::create(path) {
            Err(SealError::Io(e)) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                SigningKey::read(path)
            }
            made => made,
        }
    }

    fn create(path: &Path) -> Result<SigningKey, SealError> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).map_err(|_| SealError::NoRandomness)?;
        let key = SigningKey(ed25519_dalek::SigningKey::from_bytes(&secret));
        let mut jwk = jwk(&key.0.verifying_key());
        jwk.d = Some(B64.encode(*secret));
        let text = Zeroizing::new(serde_json::to_string(&jwk).unwrap_or_default());
        jwk.d.zeroize();
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        key.public().write(&public_path(path))?;
        Ok(key)
    }

    fn read(path: &Path) -> Result<SigningKey, SealError> {
        if std::fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            return Err(SealError::Readable);
        }
        let mut jwk = parse(path)?;
        let d = Zeroizing::new(jwk.d.take().ok_or(SealError::NotAKey)?);
        let mut secret = Zeroizing::new([0; 32]);
        B64.decode_slice(d.as_bytes(), &mut *secret).map_err(|_| SealError::NotAKey)?;
        let key = SigningKey(ed25519_dalek::SigningKey::from_bytes(&secret));
        // A file whose halves do not belong together was damaged.
        (key.public() == public(&jwk)?).then_some(key).ok_or(SealError::NotAKey)
    }

    /// The half that verifies.
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

/// Where the public half of a key file lies.
fn public_path(private: &Path) -> PathBuf {
    let mut name = private.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

impl VerifyingKey {
    /// The key of a public file; a private one serves too.
    pub fn read(path: &Path) -> Result<VerifyingKey, SealError> {
        public(&parse(path)?)
    }

    fn write(&self, path: &Path) -> Result<(), SealError> {
        let text = serde_json::to_string(&jwk(&self.0)).unwrap_or_default();
        Ok(std::fs::write(path, text + "\n")?)
    }

    /// The fingerprint by which a signature names its key (RFC 7638, SHA-256, base64url).
    pub fn thumbprint(&self) -> String {
        // The members in the order and writing that the RFC demands.
        let x = B64.encode(self.0.as_bytes());
        let canonical = format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{x}\"}}");
        B64.encode(Sha256::digest(canonical))
    }

    pub(crate) fn verify(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        // Strict: a key of small order, or a signature written in another way, is refused.
        self.0.verify_strict(bytes, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }
}

fn jwk(key: &ed25519_dalek::VerifyingKey) -> Jwk {
    Jwk { kty: "OKP".to_owned(), crv: "Ed25519".to_owned(), x: B64.encode(key.as_bytes()), d: None }
}

fn parse(path: &Path) -> Result<Jwk, SealError> {
    if std::fs::metadata(path)?.len() > MAX_FILE {
        return Err(SealError::NotAKey);
    }
    let text = Zeroizing::new(std::fs::read(path)?);
    let jwk: Jwk = serde_json::from_slice(&text).map_err(|_| SealError::NotAKey)?;
    let right = jwk.kty == "OKP" && jwk.crv == "Ed25519";
    right.then_some(jwk).ok_or(SealError::NotAKey)
}

fn public(jwk: &Jwk) -> Result<VerifyingKey, SealError> {
    let mut bytes = [0; 32];
    let n = B64.decode_slice(&jwk.x, &mut bytes).map_err(|_| SealError::NotAKey)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| SealError::NotAKey)?;
    (n == bytes.len()).then_some(VerifyingKey(key)).ok_or(SealError::NotAKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        // RFC 8037, appendix A.2 and A.3.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        let published =
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        std::fs::write(&path, published).unwrap();
        let key = VerifyingKey::read(&path).unwrap();
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sceau.jwk");
        let made = SigningKey::open_or_create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = SigningKey::open_or_create(&path).unwrap();
        assert_eq!(made.public(), again.public());
        let public = dir.path().join("sceau.jwk.pub");
        assert_eq!(VerifyingKey::read(&public).unwrap(), made.public());
        assert!(!std::fs::read_to_string(&public).unwrap().contains("\"d\""));
        assert_eq!(format!("{made:?}"), "SigningKey");

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(SigningKey::open_or_create(&path), Err(SealError::Readable)));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        for text in [
            "",
            "{}",
            r#"{"kty":"RSA","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qY"}"#,
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(VerifyingKey::read(&path).is_err(), "{text}");
        }
    }
}
