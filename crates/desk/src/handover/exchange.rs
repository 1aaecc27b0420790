//! An exchange folder: files that other software picks up.
//!
//! [`stage`] writes every file under a hidden name beside its place and makes it durable, with a mark
//! of the delivery. Once that is committed, [`carry`] renames them in order, the announcing one last.
//! A hidden file that is gone was renamed, even when the other side has taken its file away since: that
//! is what makes a retry after a kill harmless. Only where the mark stands is that concluded: an empty
//! folder (a share that is not mounted) is never taken for success.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind as Io, Write};
use std::path::{Path, PathBuf};

use rustix::fs::RenameFlags;

use super::{Outcome, Parcel, Reason};

/// Hidden name of the `n`th file of a delivery.
fn hidden(folder: &Path, id: &str, n: usize) -> PathBuf {
    folder.join(format!(".relu-{id}-{n}.part"))
}

fn mark(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!(".relu-{id}.lot"))
}

/// Writes a parcel under hidden names. What an earlier try left is written over.
pub(crate) fn stage(folder: &Path, id: &str, parcel: &Parcel) -> Result<(), Reason> {
    for piece in &parcel.0 {
        // Somebody else's file is never written over, whatever it holds.
        if folder.join(&piece.name).exists() {
            return Err(Reason::new("name-taken"));
        }
    }
    for (n, piece) in parcel.0.iter().enumerate() {
        write(&hidden(folder, id, n), &piece.bytes).map_err(|e| reason(&e))?;
    }
    write(&mark(folder, id), b"").map_err(|e| reason(&e))?;
    sync(folder).map_err(|e| reason(&e))
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Renames what is staged and not yet in its place.
pub(crate) fn carry(folder: &Path, id: &str, names: &[String]) -> Outcome {
    if !mark(folder, id).exists() {
        let there = !names.is_empty() && names.iter().all(|name| folder.join(name).exists());
        return match (there, folder.is_dir()) {
            (true, _) => Outcome::Receipt,
            (false, true) => Outcome::Refused(Reason::new("stage-lost")),
            (false, false) => Outcome::Later(Reason::new("folder-missing")),
        };
    }
    for (n, name) in names.iter().enumerate() {
        match rename(&hidden(folder, id, n), &folder.join(name)) {
            Ok(()) => {}
            Err(e) if e.kind() == Io::NotFound => {}
            Err(e) if e.kind() == Io::AlreadyExists => {
                return Outcome::Refused(Reason::new("name-taken"));
            }
            Err(e) => return Outcome::Later(reason(&e)),
        }
    }
    match sync(folder) {
        Ok(()) => Outcome::Receipt,
        Err(e) => Outcome::Later(reason(&e)),
    }
}

/// Renames unless the name is taken. Some shares cannot do both at once: there it is looked up first.
fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    let here = rustix::fs::CWD;
    match rustix::fs::renameat_with(here, from, here, to, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            if to.exists() {
                return Err(Io::AlreadyExists.into());
            }
            std::fs::rename(from, to)
        }
        done => Ok(done?),
    }
}

/// Removes the mark once the end is committed, and what was staged in vain.
pub(crate) fn clear(folder: &Path, id: &str, pieces: usize) {
    for n in 0..pieces {
        let _ = std::fs::remove_file(hidden(folder, id, n));
    }
    let _ = std::fs::remove_file(mark(folder, id));
}

/// The deliveries that have something hidden in a folder: what a kill may have left.
pub(crate) fn left(folder: &Path) -> Vec<String> {
    let Ok(inside) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = inside.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    let mut ids: Vec<String> = names
        .filter_map(|name| {
            let rest = name.strip_prefix(".relu-")?;
            let id = rest
                .strip_suffix(".lot")
                .or_else(|| Some(rest.strip_suffix(".part")?.rsplit_once('-')?.0))?;
            Some(id.to_owned())
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

fn reason(e: &std::io::Error) -> Reason {
    Reason::new(match e.kind() {
        Io::NotFound | Io::NotADirectory => "folder-missing",
        Io::PermissionDenied | Io::ReadOnlyFilesystem => "folder-closed",
        Io::StorageFull | Io::QuotaExceeded => "folder-full",
        _ => "folder-failed",
    })
}

#[cfg(test)]
mod tests {
    use super::super::Piece;
    use super::*;

    fn parcel() -> Parcel {
        Parcel(vec![
            Piece::new("a.pdf".into(), b"pdf".to_vec()),
            Piece::new("a.hpr".into(), b"texte".to_vec()),
        ])
    }

    fn names() -> Vec<String> {
        parcel().0.into_iter().map(|p| p.name).collect()
    }

    fn visible(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|n| !n.starts_with('.'))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_kill_after_any_step_and_a_reader_that_takes_files_away_leave_one_of_each() {
        for killed_after in 0..=3 {
            let dir = tempfile::tempdir().unwrap();
            stage(dir.path(), "x", &parcel()).unwrap();
            assert!(visible(dir.path()).is_empty());
            let mut taken = Vec::new();
            // What was renamed before the kill, and taken away by the other side.
            for (n, name) in names().iter().enumerate().take(killed_after) {
                rename(&hidden(dir.path(), "x", n), &dir.path().join(name)).unwrap();
                std::fs::remove_file(dir.path().join(name)).unwrap();
                taken.push(name.clone());
            }
            assert!(matches!(carry(dir.path(), "x", &names()), Outcome::Receipt));
            taken.extend(visible(dir.path()));
            taken.sort();
            assert_eq!(taken, ["a.hpr", "a.pdf"], "killed after {killed_after}");
            assert!(matches!(carry(dir.path(), "x", &names()), Outcome::Receipt), "again");
            clear(dir.path(), "x", 2);
            assert!(left(dir.path()).is_empty());
        }
    }

    #[test]
    fn what_is_not_ours_stays_and_a_missing_share_is_no_success() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.hpr"), b"autre").unwrap();
        assert_eq!(stage(dir.path(), "x", &parcel()).unwrap_err().code, "name-taken");
        assert_eq!(std::fs::read(dir.path().join("a.hpr")).unwrap(), b"autre");
        std::fs::remove_file(dir.path().join("a.hpr")).unwrap();

        stage(dir.path(), "x", &parcel()).unwrap();
        assert_eq!(left(dir.path()), ["x"]);
        // Taken by somebody between staging and renaming.
        std::fs::write(dir.path().join("a.hpr"), b"autre").unwrap();
        assert!(
            matches!(carry(dir.path(), "x", &names()), Outcome::Refused(r) if r.code == "name-taken")
        );
        assert_eq!(std::fs::read(dir.path().join("a.hpr")).unwrap(), b"autre");

        let empty = tempfile::tempdir().unwrap();
        assert!(
            matches!(carry(empty.path(), "x", &names()), Outcome::Refused(r) if r.code == "stage-lost")
        );
        let gone = empty.path().join("absent");
        assert!(
            matches!(carry(&gone, "x", &names()), Outcome::Later(r) if r.code == "folder-missing")
        );
        assert_eq!(stage(&gone, "x", &parcel()).unwrap_err().code, "folder-missing");
    }
}
