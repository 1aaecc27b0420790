//! What the dependencies bring, by `cargo metadata`: every licence is one that `deny.toml` allows,
//! no banned package is there, and nothing that does I/O reaches a pure crate.
//!
//! `deny.toml` is written for cargo-deny, which looks deeper (advisories, licence files); this
//! check reads the same file so that a machine without cargo-deny still refuses a wrong licence.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Problem;
use crate::house::House;
use crate::repo::Tree;
use crate::sh;

/// The dependency graph against `deny.toml` and `house.toml`. A tree without `Cargo.lock` (a
/// fixture of the tests) has no graph to look at.
pub fn check(house: &House, tree: &Tree) -> Vec<Problem> {
    if !tree.files.iter().any(|f| f == "Cargo.lock") {
        return Vec::new();
    }
    let policy = match tree.toml("deny.toml") {
        Ok(table) => Policy::read(&table),
        Err(why) => return vec![Problem::new("deny.toml", why)],
    };
    let graph = match metadata(tree) {
        Ok(graph) => graph,
        Err(why) => return vec![Problem::new("Cargo.lock", why)],
    };
    let packages = graph["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let mut problems: Vec<Problem> = packages.iter().filter_map(|p| policy.refuses(p)).collect();
    problems.extend(reached(house, &graph, packages));
    problems
}

/// What `deny.toml` says, as far as this check reads it.
struct Policy {
    allowed: BTreeSet<String>,
    exceptions: BTreeMap<String, BTreeSet<String>>,
    banned: BTreeSet<String>,
}

impl Policy {
    fn read(deny: &toml::Table) -> Policy {
        let strings = |v: Option<&toml::Value>| -> BTreeSet<String> {
            let list = v.and_then(|v| v.as_array()).into_iter().flatten();
            list.filter_map(|s| s.as_str().map(str::to_owned)).collect()
        };
        let licences = deny.get("licenses");
        let list = |section: Option<&toml::Value>, key: &str| -> Vec<toml::Value> {
            section.and_then(|s| s.get(key)?.as_array().cloned()).unwrap_or_default()
        };
        let name = |v: &toml::Value| {
            let name = v.get("crate").or_else(|| v.get("name"))?.as_str()?;
            Some(name.split('@').next().unwrap_or(name).to_owned())
        };
        Policy {
            allowed: strings(licences.and_then(|l| l.get("allow"))),
            exceptions: list(licences, "exceptions")
                .iter()
                .filter_map(|e| Some((name(e)?, strings(e.get("allow")))))
                .collect(),
            banned: list(deny.get("bans"), "deny").iter().filter_map(name).collect(),
        }
    }

    fn refuses(&self, package: &Value) -> Option<Problem> {
        let name = package["name"].as_str().unwrap_or("?");
        let version = package["version"].as_str().unwrap_or("?");
        if self.banned.contains(name) {
            let why = format!("`{name}` {version} is banned; deny.toml says why");
            return Some(Problem::new("Cargo.lock", why));
        }
        let licence = package["license"].as_str().unwrap_or("");
        let more = self.exceptions.get(name);
        let allowed = |l: &str| self.allowed.contains(l) || more.is_some_and(|m| m.contains(l));
        (!satisfied(licence, &allowed)).then(|| {
            let says = if licence.is_empty() { "no licence" } else { licence };
            let why = format!("`{name}` {version} has `{says}`, which deny.toml does not allow");
            Problem::new("Cargo.lock", why)
        })
    }
}

/// Whether an SPDX expression can be satisfied by allowed licences. `/` is the old spelling of
/// `OR`; `A WITH exception` is one term. `AND` binds closer than `OR`.
fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let value = alternatives(&words, &mut at, allowed);
    value && at == words.len()
}

fn alternatives(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut value = conjunction(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        value |= conjunction(words, at, allowed);
    }
    value
}

fn conjunction(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut value = term(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        value &= term(words, at, allowed);
    }
    value
}

fn term(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let Some(&word) = words.get(*at) else { return false };
    *at += 1;
    if word == "(" {
        let value = alternatives(words, at, allowed);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return value && closed;
    }
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).copied().unwrap_or_default();
        *at += 2;
        return allowed(&format!("{word} WITH {exception}"));
    }
    allowed(word)
}

/// The graph for this platform, without the network when all is downloaded already.
fn metadata(tree: &Tree) -> Result<Value, String> {
    let host = host()?;
    let ask = |offline: bool| {
        let mut c = sh::cargo();
        c.current_dir(&tree.root);
        c.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &host]);
        if offline {
            c.arg("--offline").stderr(std::process::Stdio::null());
        }
        let out = c.output().ok()?;
        out.status.success().then_some(out.stdout)
    };
    let bytes = ask(true).or_else(|| ask(false)).ok_or(
        "`cargo metadata --locked` failed: is the lock file up to date, and was every dependency \
         downloaded once?",
    )?;
    serde_json::from_slice(&bytes).map_err(|e| format!("`cargo metadata` made no JSON: {e}"))
}

/// The platform of this machine, as rustc names it.
fn host() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let out = std::process::Command::new(rustc).arg("-vV").output();
    let text = out.map_err(|e| format!("cannot start rustc: {e}"))?.stdout;
    let text = String::from_utf8_lossy(&text);
    let host = text.lines().find_map(|l| l.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// Packages that do I/O and that a pure crate reaches through normal dependencies.
fn reached(house: &House, graph: &Value, packages: &[Value]) -> Vec<Problem> {
    let name: BTreeMap<&str, &str> =
        packages.iter().filter_map(|p| Some((p["id"].as_str()?, p["name"].as_str()?))).collect();
    let nodes = graph["resolve"]["nodes"].as_array().into_iter().flatten();
    let edges: BTreeMap<&str, Vec<&str>> =
        nodes.filter_map(|n| Some((n["id"].as_str()?, normal_dependencies(n)))).collect();
    let mut problems = Vec::new();
    for pure in &house.pure.crates {
        let start = format!("relu-{pure}");
        let Some(id) = name.iter().find(|(_, n)| **n == start).map(|(id, _)| *id) else { continue };
        let mut seen = BTreeSet::from([id]);
        let mut next = vec![(id, start)];
        while let Some((id, path)) = next.pop() {
            for to in edges.get(id).into_iter().flatten().filter(|to| seen.insert(**to)) {
                let path = format!("{path} → {}", name.get(to).unwrap_or(&"?"));
                if name.get(to).is_some_and(|n| house.pure.never_reached.iter().any(|x| x == n)) {
                    let file = format!("crates/{pure}/Cargo.toml");
                    let why = format!("`{pure}` is pure, yet reaches I/O: {path}");
                    problems.push(Problem::new(&file, why));
                } else {
                    next.push((*to, path));
                }
            }
        }
    }
    problems
}

fn normal_dependencies(node: &Value) -> Vec<&str> {
    let is_normal = |d: &&Value| {
        d["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k["kind"].is_null()))
    };
    let deps = node["deps"].as_array().into_iter().flatten();
    deps.filter(is_normal).filter_map(|d| d["pkg"].as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::satisfied;

    #[test]
    fn licence_expressions() {
        let allowed = |l: &str| ["MIT", "Apache-2.0", "Unicode-3.0"].contains(&l);
        for (expression, expected) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-3.0-only AND MIT", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND OFL-1.1", false),
            ("MIT OR GPL-3.0-only AND OFL-1.1", true),
            ("Apache-2.0 WITH LLVM-exception OR MIT", true),
            ("Apache-2.0 WITH LLVM-exception", false),
            ("AGPL-3.0-or-later", false),
            ("", false),
            ("MIT OR", true),
            ("(MIT", false),
            ("MIT Apache-2.0", false),
        ] {
            assert_eq!(satisfied(expression, &allowed), expected, "{expression:?}");
        }
    }
}
