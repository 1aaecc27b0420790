//! The master key: one small file, readable by its owner only, kept outside the data folder, and
//! the sub-keys derived from it with HKDF-SHA256 (RFC 5869), one per purpose.
//!
//! Shape of the file: the line `relu-key-1`, then 64 hexadecimal digits. Whoever copies the data
//! folder without this file has nothing; whoever loses this file has lost the data: keep a copy.

use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{Result, VaultError, io};

const HEADER: &str = "relu-key-1";

/// Where the key of a data folder lies unless the settings say otherwise: beside it, never in it
/// (`/srv/relu/data` → `/srv/relu/data.key`).
pub fn default_key_path(data_dir: &Path) -> PathBuf {
    let mut name = data_dir.file_name().unwrap_or("relu".as_ref()).to_owned();
    name.push(".key");
    data_dir.parent().unwrap_or(Path::new("")).join(name)
}

/// 32 secret bytes, wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// Fresh random bytes.
    pub(crate) fn random() -> Result<Secret> {
        let mut bytes = [0; 32];
        fill_random(&mut bytes)?;
        Ok(Secret(bytes))
    }

    /// The bytes of a slice that must be 32 long.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Secret> {
        Some(Secret(bytes.try_into().ok()?))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 of `parts`, each preceded by its length so that no two lists look alike.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.start_mac(parts).finalize().into_bytes().into()
    }

    /// Whether `tag` is the HMAC of `parts`, compared in constant time.
    pub(crate) fn mac_is(&self, parts: &[&[u8]], tag: &str) -> bool {
        unhex(tag).is_some_and(|t| self.start_mac(parts).verify_slice(&t).is_ok())
    }

    /// The same as [`Secret::mac`], of parts that come one after the other.
    pub(crate) fn running_mac(&self, parts: &[&[u8]]) -> RunningMac {
        RunningMac(self.start_mac(parts))
    }

    fn start_mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            // HMAC takes keys of any length.
            Err(_) => unreachable!("HMAC accepts a 32-byte key"),
        };
        parts.iter().for_each(|part| add(&mut mac, part));
        mac
    }
}

fn add(mac: &mut Hmac<Sha256>, part: &[u8]) {
    mac.update(&(part.len() as u64).to_be_bytes());
    mac.update(part);
}

/// A keyed hash being made.
pub(crate) struct RunningMac(Hmac<Sha256>);

impl RunningMac {
    /// Adds a part, preceded by its length.
    pub(crate) fn part(&mut self, part: &[u8]) {
        add(&mut self.0, part);
    }

    /// The hash of all parts, in hexadecimal.
    pub(crate) fn hex(self) -> String {
        hex(&self.0.finalize().into_bytes())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The sub-keys of one vault.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Wraps the data keys of documents, blobs and patients.
    pub(crate) kek: Secret,
    /// Names blobs.
    pub(crate) blob_name: Secret,
    /// Blind tokens of names, dates and numbers.
    pub(crate) blind: Secret,
    /// Fingerprints of texts, proposal sets, decisions and files.
    pub(crate) fingerprint: Secret,
    /// Chains the ledger.
    pub(crate) ledger: Secret,
    /// Seals rows that belong to the installation and not to a patient (accounts, switches).
    pub(crate) house: Secret,
    /// Proves that a database belongs to this key.
    pub(crate) check: Secret,
}

impl Keys {
    pub(crate) fn derive(master: &Secret) -> Keys {
        let hkdf = hkdf::Hkdf::<Sha256>::new(None, master.bytes());
        let derive = |purpose: &str| {
            let mut out = [0; 32];
            // 32 bytes is one HKDF block: expanding cannot fail.
            let _ = hkdf.expand(format!("relu/1/{purpose}").as_bytes(), &mut out);
            Secret(out)
        };
        Keys {
            kek: derive("kek"),
            blob_name: derive("blob-name"),
            blind: derive("blind-index"),
            fingerprint: derive("fingerprint"),
            ledger: derive("ledger"),
            house: derive("house"),
            check: derive("check"),
        }
    }
}

/// Reads the master key and refuses a file that others may read or that lies in the data folder.
pub(crate) fn read(path: &Path, data_dir: &Path) -> Result<Secret> {
    let wrong = |why| VaultError::Key { path: path.to_owned(), why };
    refuse_inside(path, data_dir)?;
    let mut file = std::fs::File::open(path).map_err(io("open the key file", path))?;
    let meta = file.metadata().map_err(io("look at the key file", path))?;
    if !meta.is_file() {
        return Err(wrong("is not a file"));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(wrong("may be read by others than its owner; run chmod 600 on it"));
    }
    let mut text = Zeroizing::new(String::new());
    let read = Read::by_ref(&mut file).take(200).read_to_string(&mut text);
    read.map_err(io("read the key file", path))?;
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(wrong("is not a key file of this program"));
    }
    let hex = lines.next().unwrap_or_default().trim();
    let bytes = unhex(hex).map(Zeroizing::new);
    bytes.and_then(|b| Secret::from_slice(&b)).ok_or_else(|| wrong("is damaged"))
}

/// Makes a new key file, readable by its owner only, durable before anything is sealed with it.
pub(crate) fn create(path: &Path, data_dir: &Path) -> Result<Secret> {
    refuse_inside(path, data_dir)?;
    let secret = Secret::random()?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(io("create the key file", path))?;
    let text = Zeroizing::new(format!("{HEADER}\n{}\n", hex(secret.bytes())));
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io("write the key file", path))?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync_dir(folder)?;
    Ok(secret)
}

// A key that travels with every copy of the data protects nothing.
fn refuse_inside(path: &Path, data_dir: &Path) -> Result<()> {
    let real = |p: &Path| p.canonicalize().or_else(|_| std::path::absolute(p));
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = real(folder).map_err(io("find the folder of the key file", path))?;
    let data = real(data_dir).map_err(io("find the data folder", data_dir))?;
    if folder.starts_with(data) {
        let why = "lies in the data folder; keep it elsewhere, so that a copy of the data is no \
                   copy of the key";
        return Err(VaultError::Key { path: path.to_owned(), why });
    }
    Ok(())
}

/// Makes a folder's entries durable (a rename is not, before this).
pub(crate) fn sync_dir(dir: &Path) -> Result<()> {
    std::fs::File::open(dir).and_then(|d| d.sync_all()).map_err(io("sync folder", dir))
}

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| VaultError::Io {
        op: "draw random bytes",
        path: PathBuf::new(),
        source: std::io::Error::other(e.to_string()),
    })
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n & 15)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect()
}

/// Bytes of a hexadecimal string, or `None` when it is none.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| d.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|p| p[0] << 4 | p[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_file_is_private_or_refused() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let path = default_key_path(&data);
        assert_eq!(path, dir.path().join("data.key"));
        let made = create(&path, &data).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(read(&path, &data).unwrap().bytes(), made.bytes());
        for open in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(open)).unwrap();
            assert!(matches!(read(&path, &data), Err(VaultError::Key { .. })), "{open:o}");
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        assert!(matches!(create(&path, &data), Err(VaultError::Io { .. })), "never overwritten");
    }

    #[test]
    fn a_key_inside_the_data_folder_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let inside = dir.path().join("key");
        assert!(matches!(create(&inside, dir.path()), Err(VaultError::Key { .. })));
    }

    #[test]
    fn damaged_key_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (data, path) = (dir.path().join("data"), dir.path().join("k"));
        for text in ["", "relu-key-1\n", "relu-key-1\nabcd\n", "other\n00", "relu-key-1\nzz"] {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
            assert!(matches!(read(&path, &data), Err(VaultError::Key { .. })), "{text:?}");
        }
    }

    #[test]
    fn hexadecimal_round_trips() {
        assert_eq!(unhex(&hex(&[0, 1, 0xab, 255])), Some(vec![0, 1, 0xab, 255]));
        assert_eq!(unhex("abc"), None);
        assert_eq!(unhex("é0"), None);
    }
}
