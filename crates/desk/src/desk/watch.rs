//! Watched folders: a file is received once it has stopped changing, and never twice. Files are
//! left where they are; what was received is remembered by a keyed hash of path, size and date.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use relu_record::Actor;

use super::Desk;

const EVERY: Duration = Duration::from_secs(1);
/// A file must look the same for that many rounds.
const STABLE_ROUNDS: u32 = 2;
const MAX_DEPTH: usize = 4;

/// What a file looked like, and for how many rounds.
struct Sight {
    size: u64,
    modified: Option<SystemTime>,
    rounds: u32,
}

/// Watches until the desk closes.
pub(super) async fn watch(desk: Desk) {
    let mut sights: BTreeMap<PathBuf, Sight> = BTreeMap::new();
    loop {
        let folders = desk.inner.settings.watched_folders.clone();
        let found = tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            for folder in &folders {
                list(folder, 0, &mut found);
            }
            found
        })
        .await
        .unwrap_or_default();
        let ready = settle(&mut sights, found);
        for (path, mark) in ready {
            if let Err(e) = take(&desk, &path, &mark).await {
                // Looked at afresh: it settles again and is tried again.
                sights.remove(&path);
                tracing::warn!(target: "relu", kind = ?e.kind, "dossier surveillé : un fichier n'a pas pu être reçu");
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn take(desk: &Desk, path: &Path, mark: &str) -> Result<(), crate::DeskError> {
    if !desk.vault().was_seen(mark).await? {
        desk.receive_file(&Actor::system("watch"), path, Some(mark)).await?;
    }
    Ok(())
}

/// Files that have just become stable, with the mark that tells each from its later versions.
fn settle(
    sights: &mut BTreeMap<PathBuf, Sight>,
    found: Vec<(PathBuf, u64, Option<SystemTime>)>,
) -> Vec<(PathBuf, String)> {
    let mut ready = Vec::new();
    let mut now = BTreeMap::new();
    for (path, size, modified) in found {
        let rounds = match sights.get(&path) {
            Some(s) if s.size == size && s.modified == modified => s.rounds.saturating_add(1),
            _ => 0,
        };
        if rounds == STABLE_ROUNDS {
            let at = modified.and_then(|m| m.duration_since(SystemTime::UNIX_EPOCH).ok());
            let at = at.unwrap_or_default().as_nanos();
            ready.push((path.clone(), format!("{}\n{size}\n{at}", path.display())));
        }
        now.insert(path, Sight { size, modified, rounds });
    }
    *sights = now;
    ready
}

fn list(folder: &Path, depth: usize, found: &mut Vec<(PathBuf, u64, Option<SystemTime>)>) {
    let Ok(inside) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in inside.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Names under which programs write before they rename.
        if name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part") {
            continue;
        }
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() && depth < MAX_DEPTH {
            list(&entry.path(), depth + 1, found);
        } else if meta.is_file() {
            found.push((entry.path(), meta.len(), meta.modified().ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_ready_once_and_only_when_it_stopped_growing() {
        let mut sights = BTreeMap::new();
        let at = |size| vec![(PathBuf::from("a.pdf"), size, Some(SystemTime::UNIX_EPOCH))];
        let rounds = [10, 20, 20, 20, 20, 20].map(|size| settle(&mut sights, at(size)).len());
        assert_eq!(rounds, [0, 0, 0, 1, 0, 0]);
    }
}
