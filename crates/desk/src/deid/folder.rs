//! The folder of a result: files put there whole or not at all, under names that tell nothing.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use relu_record::Sha256Hex;

/// Digits of the hash that name a file.
const NAME: usize = 32;

/// Makes the folder, and takes away what a run that was cut left half written.
pub(super) fn create(out: &Path) -> Result<()> {
    std::fs::create_dir_all(out)?;
    for entry in std::fs::read_dir(out)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".relu-") && name.ends_with(".tmp") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The name of what a file becomes: a digest of its hash and its own name, which tells nothing to
/// whoever does not hold the original, and the extension of its media type. Two letters that come
/// out the same remain two.
pub(crate) fn name_of(from: &Sha256Hex, source: &str, media_type: &str) -> String {
    let name = source.rsplit('/').next().unwrap_or(source);
    let digest = Sha256Hex::of(format!("relu-deid-name\0{}\0{name}", from.0).as_bytes());
    format!("{}.{}", digest.0.get(..NAME).unwrap_or_default(), extension(media_type))
}

/// Whether a name is one that [`name_of`] gives: nothing else is ever taken away.
pub(super) fn is_ours(name: &str) -> bool {
    let (digits, extension) = name.split_once('.').unwrap_or((name, ""));
    digits.len() == NAME
        && digits.bytes().all(|b| b.is_ascii_hexdigit())
        && !extension.is_empty()
        && extension.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn extension(media_type: &str) -> &'static str {
    let kind = media_type.split(';').next().unwrap_or("").trim();
    match kind {
        "application/pdf" => "pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/fhir+json" | "application/json" => "json",
        "text/html" | "application/xhtml+xml" => "html",
        "text/rtf" | "application/rtf" => "rtf",
        "text/csv" => "csv",
        "message/rfc822" => "eml",
        "application/zip" => "zip",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/tiff" => "tif",
        k if k.contains("hl7-v2") || k.contains("hl7v2") => "hl7",
        k if k.contains("hprim") => "hpr",
        k if k.ends_with("xml") => "xml",
        k if k.starts_with("text/") => "txt",
        _ => "bin",
    }
}

/// Puts a file there, whole.
pub(super) fn put(out: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    // The same document given twice has one name; each writes its own file first.
    let mut random = [0; 8];
    fill(&mut random);
    let rank: String = random.iter().map(|b| format!("{b:02x}")).collect();
    let half = out.join(format!(".relu-{rank}.tmp"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&half, out.join(name))?;
    File::open(out)?.sync_all()
}

/// A number that no other write of this process has.
fn fill(bytes: &mut [u8; 8]) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let [process @ .., a, b, c, d] = bytes;
    process.copy_from_slice(&std::process::id().to_be_bytes());
    [*a, *b, *c, *d] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
}

/// A file to be added to.
pub(super) fn append(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// Takes a file away, if it is there.
pub(super) fn remove(out: &Path, name: &str) -> Result<()> {
    match std::fs::remove_file(out.join(name)) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_nothing_and_are_known_again() {
        let hash = Sha256Hex::of(b"x");
        for media in ["application/pdf", "text/plain; charset=utf-8", "text/xml", "x/y"] {
            let name = name_of(&hash, "DUPONT.pdf", media);
            assert!(is_ours(&name) && !name.contains("DUPONT"), "{media}");
            assert_ne!(name, name_of(&hash, "MARTIN.pdf", media));
        }
        for name in ["report.jsonl", "proof.json", "0123.pdf", "../0123456789abcdef.pdf"] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn what_was_left_half_written_goes() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".relu-00.tmp"), b"half").unwrap();
        put(dir.path(), "a.txt", b"whole").unwrap();
        create(dir.path()).unwrap();
        let names: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, ["a.txt"]);
    }
}
