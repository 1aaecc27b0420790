//! The file of units, compiled: prefixes are put before units, powers and compositions are named.
//!
//! Data: `rules/units.toml`. Errors name the file and the unit, dimension or role that is not known.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::units::{Atom, Dims, Kind, LENGTH, POWERS, Units, key, word};
use crate::compile::sources::Source;
use crate::compile::{Builder, Proof, RuleDoc, RuleError};
use crate::lists::List;

const DIMENSIONS: [&str; 15] = [
    "mass",
    "length",
    "time",
    "mole",
    "equivalent",
    "osmole",
    "activity",
    "pressure",
    "temperature",
    "percent",
    "angle",
    "score",
    "log",
    "sound",
    "dose",
];

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UnitFile {
    prefix: Vec<PrefixRule>,
    unit: Vec<UnitRule>,
    kind: Vec<KindRule>,
    /// Composed names that have a name of their own.
    rename: BTreeMap<String, String>,
    /// Further writings of a unit, by its name.
    also: BTreeMap<String, Vec<String>>,
    words: BTreeMap<String, Vec<String>>,
}

impl UnitFile {
    // Adds those of a site.
    fn add(&mut self, name: &str, more: UnitFile) -> Result<(), RuleError> {
        let known = |u: &&UnitRule| self.unit.iter().any(|k| k.name == u.name);
        if let Some(u) = more.unit.iter().find(known) {
            let cause = format!("unité déjà connue : {} ; ses écritures vont dans [also]", u.name);
            return Err(RuleError::new(name, cause));
        }
        self.prefix.extend(more.prefix);
        self.unit.extend(more.unit);
        self.kind.extend(more.kind.into_iter().map(|k| KindRule { file: name.to_owned(), ..k }));
        self.rename.extend(more.rename);
        for (to, from) in [(&mut self.also, more.also), (&mut self.words, more.words)] {
            for (key, values) in from {
                to.entry(key).or_default().extend(values);
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrefixRule {
    name: String,
    short: Vec<String>,
    long: Vec<String>,
    scale: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitRule {
    name: String,
    dimension: BTreeMap<String, i8>,
    scale: f64,
    #[serde(default)]
    short: Vec<String>,
    #[serde(default)]
    long: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    /// Further writings of one of the derived units, by its name.
    #[serde(default)]
    also: BTreeMap<String, Vec<String>>,
    /// Whether it has a square and a cube.
    #[serde(default)]
    powers: bool,
    /// What the capital alone means before a volume (`G/L`).
    #[serde(default)]
    capital: String,
    /// May stand above another.
    #[serde(default)]
    over: bool,
    /// Those of its derived units that may stand below another.
    #[serde(default)]
    under: Vec<String>,
    /// The smaller unit in which a number that follows at once is counted (`1m50`).
    #[serde(default)]
    followed: BTreeMap<String, String>,
    /// Kind it speaks for, when the dimension agrees.
    #[serde(default)]
    kind: String,
    /// Says nothing without a name or another unit beside it.
    #[serde(default)]
    named_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindRule {
    #[serde(skip)]
    file: String,
    code: String,
    label: String,
    name: String,
    dimension: BTreeMap<String, i8>,
    /// Only for a unit that names the kind.
    #[serde(default)]
    hinted: bool,
    #[serde(default)]
    bounds: BTreeMap<String, String>,
    why: String,
    source: String,
    matches: Vec<String>,
    rejects: Vec<String>,
}

/// Reads the files together.
pub(crate) fn compile(files: &[&Source<'_>], b: &mut Builder) -> Result<Units, RuleError> {
    let mut all = UnitFile::default();
    for s in files {
        let file = toml::from_str(s.text).map_err(|e| RuleError::toml(s.name, &e))?;
        all.add(s.name, file)?;
    }
    all.kind.retain(|k| b.keeps(&k.code));
    // The shipped file holds; what does not is the site's.
    let name = files.last().map_or("units", |s| s.name);
    let mut made = Made::default();
    for rule in &all.unit {
        made.unit(name, rule, &all.prefix)?;
    }
    made.finish(name, &all, b)
}

fn dims_of(name: &str, powers: &BTreeMap<String, i8>) -> Result<Dims, RuleError> {
    let mut dims = Dims::default();
    for (d, p) in powers {
        let at = DIMENSIONS.iter().position(|n| n == d);
        match at.and_then(|at| dims.get_mut(at)) {
            Some(slot) => *slot = *p,
            None => return Err(RuleError::new(name, format!("dimension inconnue : {d}"))),
        }
    }
    Ok(dims)
}

// Units under construction.
#[derive(Default)]
struct Made {
    names: Vec<String>,
    atoms: Vec<Atom>,
    printed: Vec<(String, usize)>,
    over: Vec<usize>,
    under: Vec<usize>,
}

impl Made {
    fn unit(
        &mut self,
        file: &str,
        rule: &UnitRule,
        prefixes: &[PrefixRule],
    ) -> Result<(), RuleError> {
        let dims = dims_of(file, &rule.dimension)?;
        let plain = PrefixRule { name: String::new(), short: vec![], long: vec![], scale: 1.0 };
        for p in std::iter::once(&plain)
            .chain(prefixes.iter().filter(|p| rule.prefixes.contains(&p.name)))
        {
            let bare = p.name.is_empty();
            let unit = format!("{}{}", p.name, rule.name);
            let mut printed: Vec<String> = rule.also.get(&unit).cloned().unwrap_or_default();
            let both = |a: &str, b: &str| format!("{a}{b}");
            for s in &rule.short {
                let with: Vec<String> = p.short.iter().map(|p| both(p, s)).collect();
                printed.extend(if bare { vec![s.clone()] } else { with });
            }
            for l in &rule.long {
                let mut with: Vec<String> = p.short.iter().map(|p| both(p, l)).collect();
                with.extend(p.long.iter().flat_map(|p| [both(p, l), format!("{p} {l}")]));
                let with = if bare { vec![l.clone()] } else { with };
                printed.extend(with.iter().map(|w| format!("{w}s")));
                printed.extend(with);
            }
            let mut atom = Atom { dims, scale: rule.scale * p.scale, ..Atom::default() };
            atom.named_only = rule.named_only;
            let at = self.atoms.len();
            let mut made = vec![unit.clone()];
            self.add(&unit, atom);
            if rule.powers {
                for (n, power) in [(2u8, "2"), (3, "3")] {
                    let mut high = Atom { scale: atom.scale.powi(i32::from(n)), ..Atom::default() };
                    if let Some(slot) = high.dims.get_mut(LENGTH) {
                        *slot = n as i8;
                    }
                    let index = self.atoms.len() as u16 + 1;
                    if let Some(a) = self.atoms.get_mut(at) {
                        if n == 2 { a.square = index } else { a.cube = index }
                    }
                    made.push(format!("{unit}{power}"));
                    self.add(&format!("{unit}{power}"), high);
                }
            }
            self.printed.extend(printed.into_iter().map(|p| (p, at)));
            for (i, m) in made.iter().enumerate() {
                if rule.over {
                    self.over.push(at + i);
                }
                if rule.under.contains(m) {
                    self.under.push(at + i);
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, atom: Atom) {
        self.names.push(name.to_owned());
        self.atoms.push(atom);
    }

    fn index(&self, file: &str, name: &str) -> Result<u16, RuleError> {
        let at = self.names.iter().position(|n| n == name);
        at.map(|i| i as u16 + 1)
            .ok_or_else(|| RuleError::new(file, format!("unité inconnue : {name}")))
    }

    fn finish(mut self, name: &str, file: &UnitFile, b: &mut Builder) -> Result<Units, RuleError> {
        let mut kinds = Vec::new();
        for k in &file.kind {
            let origin = b.plain_origin(&k.label, &k.name, &k.code);
            let dims = dims_of(name, &k.dimension)?;
            let unit = k.bounds.get("unit").map(|u| b.str(u)).unwrap_or_default();
            kinds.push(Kind { origin, dims, hinted: k.hinted, unit });
            b.file.clone_from(&k.file);
            b.document(RuleDoc {
                code: k.code.clone(),
                why: k.why.clone(),
                source: k.source.clone(),
                matches: k.matches.clone(),
                rejects: k.rejects.clone(),
                proof: Proof::Entity,
                ..RuleDoc::default()
            });
        }
        for rule in &file.unit {
            let at = usize::from(self.index(name, &rule.name)?) - 1;
            let capital =
                if rule.capital.is_empty() { 0 } else { self.index(name, &rule.capital)? };
            let hint = file.kind.iter().position(|k| k.name == rule.kind).map_or(0, |i| i + 1);
            if let Some(a) = self.atoms.get_mut(at) {
                (a.capital, a.hint) = (capital, hint as u16);
            }
            for (from, to) in &rule.followed {
                let (from, to) = (self.index(name, from)?, self.index(name, to)?);
                if let Some(a) = self.atoms.get_mut(usize::from(from) - 1) {
                    a.then = to;
                }
            }
        }
        for (unit, printed) in &file.also {
            let at = usize::from(self.index(name, unit)?) - 1;
            self.printed.extend(printed.iter().map(|p| (p.clone(), at)));
        }
        let mut units = Units {
            kinds,
            by_surface: b.str("ml_per_min_per_173m2"),
            celsius: self.index(name, "celsius")?,
            mmhg: self.index(name, "mmhg")?,
            cmhg: self.index(name, "cmhg")?,
            ..Units::default()
        };
        for (printed, atom) in &self.printed {
            b.listed(printed, List::Unit, *atom as i32);
        }
        for (n, name) in self.names.iter().enumerate() {
            units.names.push((key(0, n + 1, 0), b.str(name)));
        }
        for power in POWERS {
            let tens = if power == 0 { String::new() } else { format!("x10*{power}_") };
            for &under in &self.under {
                let below = self.names.get(under).map_or("", String::as_str);
                let bare = b.str(&format!("{tens}per_{below}"));
                units.names.push((key(power, 0, under + 1), bare));
                for &over in &self.over {
                    let above = self.names.get(over).map_or("", String::as_str);
                    if power > 0 && below == "l" {
                        let alone = b.str(&format!("{tens}{above}"));
                        units.names.push((key(power, over + 1, 0), alone));
                    }
                    if power == 0 || below == "l" {
                        let whole = format!("{tens}{above}_per_{below}");
                        let whole = b.str(file.rename.get(&whole).unwrap_or(&whole));
                        units.names.push((key(power, over + 1, under + 1), whole));
                    }
                }
            }
        }
        units.names.sort_unstable();
        units.names.dedup_by_key(|n| n.0);
        units.atoms = self.atoms;
        words(name, &file.words, b)?;
        Ok(units)
    }
}

fn words(
    name: &str,
    words: &BTreeMap<String, Vec<String>>,
    b: &mut Builder,
) -> Result<(), RuleError> {
    let mut roles: BTreeMap<String, i32> = BTreeMap::new();
    for (role, entries) in words {
        let bit = match role.as_str() {
            "per" => word::PER,
            "chain" => word::CHAIN,
            "and" => word::AND,
            "from" => word::FROM,
            "to" => word::TO,
            "less" => word::LESS,
            "more" => word::MORE,
            "about" => word::ABOUT,
            "dose" => word::DOSE,
            "filler" => word::FILLER,
            "ordinal" => word::ORDINAL,
            "norm" => word::NORM,
            "flag" => word::FLAG,
            _ => return Err(RuleError::new(name, format!("rôle inconnu : {role}"))),
        };
        for entry in entries {
            *roles.entry(crate::key(entry)).or_default() |= bit;
        }
    }
    for (entry, bits) in &roles {
        b.listed(entry, List::MeasureWord, *bits);
    }
    Ok(())
}
