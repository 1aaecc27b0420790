//! A crate depends only on crates of lower rows (`house.toml`), by its manifest: normal, build and
//! development dependencies, target-specific ones and renamed ones included.

use toml::Table;

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

/// Dependencies of each crate of the house against the rows.
pub fn check(house: &House, tree: &Tree) -> Vec<Problem> {
    let workspace = tree.toml("Cargo.toml").unwrap_or_default();
    let mut problems = Vec::new();
    for name in tree.crates("crates") {
        let file = format!("crates/{name}/Cargo.toml");
        let Some(&row) = house.rows.get(&name) else {
            problems.push(Problem::new(&file, format!("`{name}` has no row in house.toml")));
            continue;
        };
        let manifest = match tree.toml(&file) {
            Ok(manifest) => manifest,
            Err(why) => {
                problems.push(Problem::new(&file, why));
                continue;
            }
        };
        for (kind, package) in dependencies(&manifest, &workspace) {
            let Some(lower) = package.strip_prefix("relu-") else {
                if package == "xtask" {
                    problems.push(Problem::new(&file, "nothing depends on xtask"));
                }
                continue;
            };
            match house.rows.get(lower) {
                None => problems
                    .push(Problem::new(&file, format!("depends on `{lower}`, which has no row"))),
                Some(&there) if there >= row => problems.push(Problem::new(
                    &file,
                    format!(
                        "`{name}` (row {row}) may not depend on `{lower}` (row {there}, in \
                         [{kind}]): a crate depends only on lower rows"
                    ),
                )),
                Some(_) => {}
            }
        }
    }
    problems
}

/// Kinds of dependency sections.
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The packages a manifest depends on, with the section that says so.
pub fn dependencies(manifest: &Table, workspace: &Table) -> Vec<(&'static str, String)> {
    let targets = manifest.get("target").and_then(|t| t.as_table()).into_iter().flatten();
    let places = std::iter::once(manifest).chain(targets.filter_map(|(_, t)| t.as_table()));
    let mut found = Vec::new();
    for place in places {
        for kind in KINDS {
            for (key, value) in place.get(kind).and_then(|d| d.as_table()).into_iter().flatten() {
                found.push((kind, package(key, value, workspace)));
            }
        }
    }
    found
}

/// The package behind a dependency key: a `package = …` here, or in the workspace when inherited.
fn package(key: &str, value: &toml::Value, workspace: &Table) -> String {
    let renamed = |v: &toml::Value| v.get("package")?.as_str().map(str::to_owned);
    let inherited = || {
        value.get("workspace")?;
        renamed(workspace.get("workspace")?.get("dependencies")?.get(key)?)
    };
    renamed(value).or_else(inherited).unwrap_or_else(|| key.to_owned())
}
