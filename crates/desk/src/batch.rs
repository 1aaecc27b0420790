//! The main job without a server or a store: files in, one line a document out, in input order
//! whatever the number of jobs.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use relu_record::{Refusal, RefusalCode, Sha256Hex};

use crate::reader::{DocumentReader, ReadDocument};
use crate::worker::ProposeArgs;

/// One input file and what was read in it.
pub struct Batch {
    /// The file, as the person named it.
    pub source: PathBuf,
    /// The file itself first, then what it holds; a file that could not be opened is a refusal.
    pub documents: Vec<ReadDocument>,
}

/// Every file named or found below the folders named, each folder in name order, so that the same
/// folder gives the same report. Hidden files are left out.
pub fn list_inputs(inputs: &[PathBuf]) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for input in inputs {
        add(input, 0, &mut files)?;
    }
    Ok(files)
}

fn add(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    if depth > 32 {
        return Ok(());
    }
    let mut inside: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    inside.sort();
    for p in inside {
        let hidden = p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden {
            add(&p, depth + 1, files)?;
        }
    }
    Ok(())
}

/// Reads (and, with `propose`, proposes on) every file, `jobs` at once, handing each over in input
/// order. `each` may be slow: at most twice as many files as jobs wait in memory.
pub async fn run(
    reader: Arc<DocumentReader>,
    files: Vec<PathBuf>,
    propose: Option<ProposeArgs>,
    mut each: impl FnMut(Batch),
) {
    let window = reader.settings().jobs * 2;
    let mut running = VecDeque::new();
    let mut files = files.into_iter();
    loop {
        while running.len() < window
            && let Some(source) = files.next()
        {
            let (reader, propose, path) = (reader.clone(), propose.clone(), source.clone());
            let task = tokio::spawn(async move { reader.read_file(&path, propose.as_ref()).await });
            running.push_back((source, task));
        }
        let Some((source, task)) = running.pop_front() else {
            break;
        };
        let documents = match task.await {
            Ok(Ok(documents)) => documents,
            Ok(Err(e)) => vec![unreadable(&source, &e.kind().to_string())],
            Err(_) => vec![unreadable(&source, "interrompu")],
        };
        each(Batch { source, documents });
    }
    reader.close().await;
}

fn unreadable(source: &Path, cause: &str) -> ReadDocument {
    let message = format!(
        "Le fichier n'a pas pu être ouvert ({cause}). Vérifiez qu'il existe et que vous pouvez le lire."
    );
    ReadDocument {
        parent: None,
        part: None,
        name: source.file_name().map(|n| n.to_string_lossy().into_owned()),
        media_type: None,
        // Nothing was read of which there could be a hash.
        sha256: Sha256Hex(String::new()),
        bytes: Arc::default(),
        outcome: Err(Refusal::new(RefusalCode::Unreadable, &message)),
    }
}
