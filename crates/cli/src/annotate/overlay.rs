//! A site's own rules and lexicons, laid over the shipped ones.
//!
//! A lexicon is named as in the product, before a hyphen: `disorders.tsv`, `drugs-local.tsv`. What a
//! `.toml` file holds is told by its lists (`[[cue]]`, `[[measure]]`, `[[section]]`…), whatever its
//! name; one with `disable` switches shipped rules off.

use std::path::{Path, PathBuf};

use relu_text::{Engine, Kind, Source};

use crate::output::Failure;

// Largest overlay file: far above any national terminology.
const MAX_BYTES: u64 = 256 << 20;

/// A file of a site.
pub(crate) struct Overlay {
    pub(crate) name: String,
    kind: Kind,
    text: String,
}

impl Overlay {
    pub(crate) fn read(path: &Path) -> Result<Overlay, Failure> {
        let about = |why: String| Failure::usage(format!("lecture de {} : {why}", path.display()));
        let size = std::fs::metadata(path).map_err(|e| about(e.to_string()))?.len();
        if size > MAX_BYTES {
            return Err(about(format!("plus de {} Mio", MAX_BYTES >> 20)));
        }
        let text = std::fs::read_to_string(path).map_err(|e| about(e.to_string()))?;
        let part = |p: Option<&std::ffi::OsStr>| p.map(|p| p.to_string_lossy().into_owned());
        let stem = part(path.file_stem()).unwrap_or_default();
        let (name, kind) = match part(path.extension()).as_deref() {
            Some("tsv") => (stem.split('-').next().unwrap_or_default().to_owned(), Kind::Lexicon),
            Some("toml") => {
                let kind = Kind::of_rules(&stem, &text).map_err(|e| about(e.cause))?;
                (stem, kind)
            }
            _ => return Err(about("un lexique .tsv ou des règles .toml sont attendus".to_owned())),
        };
        Ok(Overlay { name, kind, text })
    }
}

/// The shipped engine, or one with a site's files over it.
pub(crate) fn engine(files: &[PathBuf]) -> Result<Engine, Failure> {
    if files.is_empty() {
        return Ok(Engine::embedded());
    }
    let overlays: Vec<Overlay> =
        files.iter().map(|f| Overlay::read(f)).collect::<Result<_, _>>()?;
    let sources: Vec<Source<'_>> =
        overlays.iter().map(|o| Source { kind: o.kind, name: &o.name, text: &o.text }).collect();
    Engine::with_files(&sources)
        .map_err(|e| Failure::usage(format!("règles du site : {} : {}", e.file, e.cause)))
}
