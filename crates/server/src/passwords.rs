//! Passwords: argon2id with the second recommended option of RFC 9106 (§4: 64 MiB, 3 passes,
//! 4 lanes), a fresh 128-bit salt each. An unknown sign-in name is verified against a stand-in
//! hash, so that it costs the same time as a wrong password.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::ServerError;

/// Shortest password accepted, in characters (CNIL 2022: 12 when nothing else is asked).
pub const MIN_PASSWORD: usize = 12;
/// Longest password read, in bytes; hashing must not be a way to make us work.
pub const MAX_PASSWORD: usize = 512;

/// Hashings at once; each takes 64 MiB.
static SLOTS: Semaphore = Semaphore::const_new(2);

/// Stands in for the hash of an account that does not exist. No password matches it: its text is
/// random and forgotten.
static STAND_IN: LazyLock<String> = LazyLock::new(|| {
    let mut secret = [0u8; 32];
    // Without randomness the stand-in is a fixed hash; it still opens nothing, there is no account.
    let _ = getrandom::fill(&mut secret);
    hash_password(&format!("{secret:?}")).unwrap_or_default()
});

/// The argon2id hash of a password, in PHC form.
pub fn hash_password(password: &str) -> Result<String, ServerError> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(|e| ServerError::Password(e.to_string()))?;
    let salt = SaltString::encode_b64(&salt).map_err(|e| ServerError::Password(e.to_string()))?;
    let hash = argon2id()?
        .hash_password(password.as_bytes(), &salt)
        .map_err(|e| ServerError::Password(e.to_string()))?;
    Ok(hash.to_string())
}

fn argon2id() -> Result<Argon2<'static>, ServerError> {
    let params =
        Params::new(64 * 1024, 3, 4, None).map_err(|e| ServerError::Password(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes away from the threads that answer requests.
pub async fn hash_in_background(password: String) -> Result<String, ServerError> {
    let _slot = SLOTS.acquire().await.map_err(|e| ServerError::Password(e.to_string()))?;
    tokio::task::spawn_blocking(move || hash_password(&password))
        .await
        .map_err(|e| ServerError::Password(e.to_string()))?
}

/// Whether the password matches; without an account, takes the same time and says no.
pub async fn verify(password: String, hash: Option<String>) -> bool {
    let Ok(_slot) = SLOTS.acquire().await else { return false };
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| STAND_IN.clone());
        // The parameters are those written in the hash.
        let matches = PasswordHash::new(&hash)
            .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok());
        known && matches
    })
    .await
    .unwrap_or(false)
}

/// Prepares the stand-in hash, so that the first unknown name does not take longer than the next.
pub fn prepare() {
    LazyLock::force(&STAND_IN);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn right_wrong_and_unknown() {
        let hash = hash_password("un mot de passe").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{hash}");
        assert!(verify("un mot de passe".into(), Some(hash.clone())).await);
        assert!(!verify("un autre".into(), Some(hash)).await);
        assert!(!verify("un mot de passe".into(), None).await);
    }
}
