//! The repository: where it is and which files it holds.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Root of the repository this program was built in.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A tree of files to look at: the repository, or a fixture of the tests.
pub struct Tree {
    /// Its root.
    pub root: PathBuf,
    /// Files, relative to the root with `/`, sorted.
    pub files: Vec<String>,
}

impl Tree {
    /// The files of `root`: those git tracks or would track when it is a checkout, all of them
    /// otherwise.
    pub fn open(root: &Path) -> std::io::Result<Tree> {
        let mut files = match git_files(root) {
            Some(files) => files,
            None => walk(root)?,
        };
        // git still lists a tracked file that was just removed.
        files.retain(|f| root.join(f).is_file());
        files.sort();
        files.dedup();
        Ok(Tree { root: root.to_owned(), files })
    }

    /// The text of a file, or `None` when it is not UTF-8 or cannot be read.
    pub fn text(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(file)).ok()
    }

    /// The file as TOML, or the sentence that says why it is none.
    pub fn toml(&self, file: &str) -> Result<toml::Table, String> {
        let text = self.text(file).ok_or("cannot be read as text")?;
        text.parse::<toml::Table>().map_err(|e| format!("is not TOML: {}", e.message()))
    }

    /// Names of the folders directly under `folder` that hold a `Cargo.toml`.
    pub fn crates(&self, folder: &str) -> Vec<String> {
        let inside = |f: &String| {
            let (name, file) = f.strip_prefix(folder)?.strip_prefix('/')?.split_once('/')?;
            (file == "Cargo.toml").then(|| name.to_owned())
        };
        self.files.iter().filter_map(inside).collect()
    }
}

fn git_files(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let out = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    out.status.success().then(|| text.split_terminator('\0').map(str::to_owned).collect())
}

fn walk(root: &Path) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                let name = path.file_name().unwrap_or_default();
                if name != "target" && name != ".git" {
                    folders.push(path);
                }
            } else if let Ok(relative) = path.strip_prefix(root) {
                found.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(found)
}
