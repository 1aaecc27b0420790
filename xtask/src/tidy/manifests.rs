//! Every crate of the house says the same things in its manifest: its name, the licence, the
//! edition, the lints, that it is not published.

use toml::Table;

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

const LICENCE: &str = "Apache-2.0";

/// Manifests under `crates/`, and the licence of the workspace.
pub fn check(_: &House, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let workspace = tree.toml("Cargo.toml").unwrap_or_default();
    let shared = workspace.get("workspace").and_then(|w| w.get("package"));
    if shared.and_then(|p| p.get("license")).and_then(|l| l.as_str()) != Some(LICENCE) {
        problems.push(Problem::new(
            "Cargo.toml",
            format!("[workspace.package] says `license = \"{LICENCE}\"`"),
        ));
    }
    for name in tree.crates("crates") {
        let file = format!("crates/{name}/Cargo.toml");
        if let Ok(manifest) = tree.toml(&file) {
            problems.extend(wrong(&name, &manifest).map(|why| Problem::new(&file, why)));
        }
    }
    problems
}

fn wrong(name: &str, manifest: &Table) -> impl Iterator<Item = String> {
    let package = manifest.get("package");
    let says = package.and_then(|p| p.get("name")).and_then(|n| n.as_str());
    let named = says == Some(&format!("relu-{name}"));
    let inherits = |key: &str| {
        let value = package.and_then(|p| p.get(key));
        value.and_then(|v| v.get("workspace")).and_then(|w| w.as_bool()) == Some(true)
    };
    let missing = ["version", "edition", "rust-version", "license", "publish"]
        .into_iter()
        .filter(|key| !inherits(key))
        .map(|key| format!("[package] says `{key}.workspace = true`"))
        .collect::<Vec<_>>();
    let lints = manifest.get("lints").and_then(|l| l.get("workspace"));
    let lints = lints.and_then(|w| w.as_bool()) != Some(true);
    (!named)
        .then(|| format!("the package is named `relu-{name}`, after its folder"))
        .into_iter()
        .chain(missing)
        .chain(lints.then(|| "[lints] says `workspace = true`".to_owned()))
}
