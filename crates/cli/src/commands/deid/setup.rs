//! The policy and the key of a run.

use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use relu_pipeline::deidentify::opposition::OppositionList;
use relu_pipeline::deidentify::{Key, Policy};

use crate::output::{Failure, say};

// A key file or a policy is small; a list of persons may be long.
const MAX_SMALL: u64 = 1 << 20;
const MAX_LIST: u64 = 1 << 30;
// Bytes of a key made here.
const FRESH: usize = 32;

/// A shipped policy by its name, or one from a file.
pub(crate) fn policy(named: &str) -> Result<Policy, Failure> {
    if let Some(policy) = Policy::named(named) {
        return Ok(policy);
    }
    let path = Path::new(named);
    if !path.exists() {
        let names: Vec<String> = Policy::shipped().into_iter().map(|p| p.name).collect();
        return Err(Failure::usage(format!(
            "politique {named} : ni un fichier ni une politique livrée ({})",
            names.join(", ")
        )));
    }
    let bytes = read(path, MAX_SMALL, "lecture de la politique")?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("politique {named} : le fichier doit être en UTF-8"))
    })?;
    Policy::parse(&text).map_err(|e| Failure::usage(e.to_string()))
}

/// The key of a file; a file that does not exist is made, with fresh random bytes.
pub(crate) fn key(path: &Path) -> Result<Key, Failure> {
    if !path.exists() {
        make(path)?;
    }
    let bytes = read(path, MAX_SMALL, "lecture de la clé")?;
    Key::from_material(&bytes).ok_or_else(|| {
        Failure::usage(format!(
            "clé {} : moins de {} octets ; donnez un fichier plus long, ou un nom qui n'existe pas \
             encore pour en tirer une",
            path.display(),
            Key::LEAST
        ))
    })
}

// Readable by its owner alone, and never over a file that another run has just made.
fn make(path: &Path) -> Result<(), Failure> {
    let mut fresh = [0; FRESH];
    getrandom::fill(&mut fresh).map_err(|e| Failure::refused(format!("tirage de la clé : {e}")))?;
    let about =
        |e: std::io::Error| Failure::usage(format!("création de la clé {} : {e}", path.display()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(about)?;
    file.write_all(&fresh).and_then(|()| file.sync_all()).map_err(about)?;
    say(&format!(
        "clé créée : {} (gardez-la à part ; qui l'a peut refaire les mêmes substitutions, qui la \
         détruit ne peut plus revenir en arrière)",
        path.display()
    ));
    Ok(())
}

/// The persons who object.
pub(crate) fn opposed(path: &Path) -> Result<OppositionList, Failure> {
    let bytes = read(path, MAX_LIST, "lecture de la liste d'opposition")?;
    OppositionList::parse(&bytes).map_err(|e| Failure::usage(e.to_string()))
}

/// A whole file, up to `most` bytes.
pub(crate) fn read(path: &Path, most: u64, what: &str) -> Result<Vec<u8>, Failure> {
    let about =
        |e: &dyn std::fmt::Display| Failure::usage(format!("{what} {} : {e}", path.display()));
    let file = std::fs::File::open(path).map_err(|e| about(&e))?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(|e| about(&e))?;
    if bytes.len() as u64 > most {
        return Err(about(&format!("plus de {} Mio", most >> 20)));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cle");
        key(&path).unwrap();
        let made = std::fs::read(&path).unwrap();
        assert_eq!(made.len(), FRESH);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        key(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), made);
        std::fs::write(&path, b"trop court").unwrap();
        assert!(key(&path).unwrap_err().message.contains("16 octets"));
    }

    #[test]
    fn policies_are_named_or_read() {
        assert_eq!(policy("recherche").unwrap().name, "recherche");
        assert!(policy("inconnue").unwrap_err().message.contains("substitution"));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.toml");
        std::fs::write(&path, "name = 3").unwrap();
        assert!(policy(path.to_str().unwrap()).unwrap_err().message.contains("illisible"));
    }
}
