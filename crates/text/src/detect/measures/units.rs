//! Units: read at a token, composed of a prefix, a power and what they are counted by.
//!
//! `mmol/L`, `kg/m²`, `g.L-1`, `10^9/L`, `battements par minute`. Data: `rules/units.toml`. A unit has
//! a name (`mmol_per_l`), a dimension and a scale to the base units of the file, so that two units of
//! one dimension are converted without a table. A composed unit whose name is in no table (`g` by `h`
//! by `kg`) is read, and named by nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::compile::{Builder, OriginId, Proof, RuleDoc, RuleError};
use crate::lists::List;
use crate::strings::Str;
use crate::tokens::{Case, Gap};
use crate::view::View;

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

/// Powers of the base dimensions, in the order of the file.
pub(crate) type Dims = [i8; 16];

const TIME: usize = 2;
const LENGTH: usize = 1;

/// Roles of small words, as bits of the values of [`List::MeasureWord`].
pub(crate) mod word {
    pub(crate) const PER: i32 = 1;
    pub(crate) const CHAIN: i32 = 2;
    pub(crate) const AND: i32 = 4;
    pub(crate) const FROM: i32 = 8;
    pub(crate) const TO: i32 = 16;
    pub(crate) const LESS: i32 = 32;
    pub(crate) const MORE: i32 = 64;
    pub(crate) const ABOUT: i32 = 128;
    pub(crate) const DOSE: i32 = 256;
    pub(crate) const FILLER: i32 = 512;
    pub(crate) const ORDINAL: i32 = 1024;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitFile {
    prefix: Vec<PrefixRule>,
    unit: Vec<UnitRule>,
    kind: Vec<KindRule>,
    words: BTreeMap<String, Vec<String>>,
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

/// A unit of one word, prefix and power included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Atom {
    dims: Dims,
    scale: f64,
    // Indices plus one; 0: none.
    square: u16,
    cube: u16,
    capital: u16,
    then: u16,
    hint: u16,
    named_only: bool,
}

/// What an unnamed quantity of a dimension is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kind {
    /// Its entity.
    pub(crate) origin: OriginId,
    dims: Dims,
    hinted: bool,
    // The only unit it may have.
    unit: Str,
}

/// Compiled units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Units {
    atoms: Vec<Atom>,
    // Name by power of ten, atom above and atom below; sorted.
    names: Vec<(u64, Str)>,
    kinds: Vec<Kind>,
    by_surface: Str,
    celsius: u16,
    mmhg: u16,
    cmhg: u16,
}

/// A unit as read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit {
    /// Name; none for a composition that has none.
    pub(crate) name: Str,
    pub(crate) dims: Dims,
    pub(crate) scale: f64,
    /// Unit of a number that follows, index plus one.
    then: u16,
    hint: u16,
    named_only: bool,
    // What it is made of, indices plus one.
    over: u16,
    under: u16,
}

impl Unit {
    /// Whether it is a length.
    pub(crate) fn is_length(&self) -> bool {
        self.is(&[(LENGTH, 1)])
    }

    /// Whether it is a mass, or a volume.
    pub(crate) fn is_dosable(&self) -> bool {
        self.is(&[(0, 1)]) || self.is(&[(LENGTH, 3)])
    }

    /// Whether it is a pressure.
    pub(crate) fn is_pressure(&self) -> bool {
        self.is(&[(7, 1)])
    }

    /// Whether it is a duration.
    pub(crate) fn is_time(&self) -> bool {
        self.is(&[(TIME, 1)])
    }

    /// Whether it is degrees without a scale.
    pub(crate) fn is_angle(&self) -> bool {
        self.is(&[(10, 1)])
    }

    fn is(&self, powers: &[(usize, i8)]) -> bool {
        let mut dims = Dims::default();
        for &(d, p) in powers {
            if let Some(slot) = dims.get_mut(d) {
                *slot = p;
            }
        }
        self.dims == dims
    }
}

fn key(power: u32, over: usize, under: usize) -> u64 {
    u64::from(power) << 48 | (over as u64) << 24 | under as u64
}

const POWERS: [u32; 5] = [0, 3, 6, 9, 12];

/// Reads the file.
pub(crate) fn compile(name: &str, file: &str, b: &mut Builder) -> Result<Units, RuleError> {
    let file: UnitFile = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    let mut made = Made::default();
    for rule in &file.unit {
        made.unit(name, rule, &file.prefix)?;
    }
    made.finish(name, &file, b)
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
                        let whole = b.str(&format!("{tens}{above}_per_{below}"));
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

impl Units {
    fn atom(&self, index: usize) -> Option<&Atom> {
        self.atoms.get(index.checked_sub(1)?)
    }

    fn name(&self, power: u32, over: usize, under: usize) -> Str {
        let key = key(power, over, under);
        let at = self.names.binary_search_by_key(&key, |n| n.0).ok();
        at.and_then(|i| self.names.get(i)).map_or(Str::NONE, |n| n.1)
    }

    fn of(&self, index: u16) -> Option<Unit> {
        self.single(usize::from(index))
    }

    fn single(&self, index: usize) -> Option<Unit> {
        let a = self.atom(index)?;
        Some(Unit {
            name: self.name(0, index, 0),
            dims: a.dims,
            scale: a.scale,
            then: a.then,
            hint: a.hint,
            named_only: a.named_only,
            over: index as u16,
            under: 0,
        })
    }

    /// The unit of this name.
    pub(crate) fn named(&self, name: Str) -> Option<Unit> {
        let (key, _) = self.names.iter().find(|n| n.1 == name && !name.is_none())?;
        let (power, over, under) =
            ((key >> 48) as u32, (key >> 24 & 0xFF_FFFF) as usize, (key & 0xFF_FFFF) as usize);
        if power == 0 && under == 0 {
            self.single(over)
        } else {
            Some(self.composed(power, over, under))
        }
    }

    /// The unit times a power of ten, as a table prints it in a column of its own.
    pub(crate) fn times(&self, unit: &Unit, power: u32) -> Unit {
        self.composed(power, usize::from(unit.over), usize::from(unit.under))
    }

    /// Degrees Celsius.
    pub(crate) fn celsius(&self) -> Option<Unit> {
        self.of(self.celsius)
    }

    /// Millimetres of mercury, or centimetres when the number is that small.
    pub(crate) fn mercury(&self, high: f64) -> Option<Unit> {
        self.of(if high < 30.0 { self.cmhg } else { self.mmhg })
    }

    /// The unit of a number printed at once after one in `unit` (`1m50`).
    pub(crate) fn then(&self, unit: &Unit) -> Option<Unit> {
        self.of(unit.then)
    }

    /// The entity that an unnamed quantity in this unit makes.
    pub(crate) fn kind(&self, unit: &Unit) -> Option<OriginId> {
        if unit.named_only || unit.name.is_none() {
            return None;
        }
        let hinted = usize::from(unit.hint).checked_sub(1).and_then(|i| self.kinds.get(i));
        let told = hinted.filter(|k| k.dims == unit.dims);
        let kind = told.or_else(|| self.kinds.iter().find(|k| !k.hinted && k.dims == unit.dims))?;
        (kind.unit.is_none() || kind.unit == unit.name).then_some(kind.origin)
    }

    /// The entity of a pair of pressures.
    pub(crate) fn pressures(&self) -> Option<OriginId> {
        let dims = self.of(self.mmhg)?.dims;
        self.kinds.iter().find(|k| k.hinted && k.dims == dims).map(|k| k.origin)
    }

    // A unit of one word at token `i`: its index plus one and the token after it.
    fn word(&self, view: &View<'_>, i: usize) -> Option<(usize, usize)> {
        let (atom, mut next) = view.list(i, List::Unit)?;
        let mut index = usize::try_from(atom).ok()? + 1;
        let a = self.atom(index)?;
        // "mm3", "m²", and "mm 3" where the print of a power was lost.
        if a.square != 0
            && let Some(t) = view.token(next)
            && t.is_digits()
            && (t.gap() == Gap::Glued || t.gap() == Gap::Space && view.is(i.wrapping_sub(1), b'/'))
        {
            match view.digits(next) {
                Some(2) => (index, next) = (usize::from(a.square), next + 1),
                Some(3) => (index, next) = (usize::from(a.cube), next + 1),
                _ => {}
            }
        } else if a.square != 0 && view.is(next, b'^') {
            match view.digits(next + 1) {
                Some(2) => (index, next) = (usize::from(a.square), next + 2),
                Some(3) => (index, next) = (usize::from(a.cube), next + 2),
                _ => {}
            }
        }
        Some((index, next))
    }

    /// The unit at token `i` and the token after it.
    pub(crate) fn read(&self, view: &View<'_>, i: usize) -> Option<(Unit, usize)> {
        if view.gap(i) > Gap::Wide { None } else { self.read_at(view, i) }
    }

    /// The same, also at the beginning of a line.
    pub(crate) fn read_at(&self, view: &View<'_>, i: usize) -> Option<(Unit, usize)> {
        let (power, at) = power(view, i).unwrap_or((0, i));
        let over = self.word(view, at).filter(|_| at == i || view.gap(at) <= Gap::Wide);
        let (mut index, mut next) = over.unwrap_or((0, at));
        if over.is_none() && power == 0 && !view.is(i, b'/') {
            return None;
        }
        let shouted = over.is_some()
            && view.token(at).is_some_and(|t| t.case() == Case::Upper && t.len() == 1);
        let below = self.below(view, next);
        if let Some((under, after)) = below {
            let u = self.atom(under)?;
            let volume = u.dims.get(LENGTH) == Some(&3);
            if shouted
                && volume
                && let Some(a) = self.atom(index).filter(|a| a.capital != 0)
            {
                index = usize::from(a.capital);
            }
            if over.is_none() && !volume && u.dims.get(TIME) != Some(&1) {
                return None;
            }
            next = after;
            let mut unit = self.composed(power, index, under);
            if let Some((_, after)) = self.below(view, next) {
                // By kilogram and by hour: a dose, not a result.
                unit.name = Str::NONE;
                next = after;
            } else if view.is(next, b'/')
                && let Some((n, after)) = view.number(next + 1)
                && n > 1.7
                && n < 1.75
                && let Some((_, after)) = self.word(view, after)
            {
                unit.name = self.by_surface;
                next = after;
            }
            return Some((unit, next));
        }
        over?;
        if shouted && (view.is(next, b'.') || self.atom(index).is_some_and(|a| a.named_only)) {
            return None;
        }
        if power > 0 {
            return Some((self.composed(power, index, 0), next));
        }
        Some((self.single(index)?, next))
    }

    // What stands below: "/l", "par minute", ".L-1". Its index and the token after it.
    fn below(&self, view: &View<'_>, i: usize) -> Option<(usize, usize)> {
        if view.is(i, b'/') && view.gap(i) <= Gap::Space && view.gap(i + 1) <= Gap::Space {
            let (under, next) = self.word(view, i + 1)?;
            return Some((under, next));
        }
        if let Some((roles, next)) = view.list(i, List::MeasureWord)
            && roles & word::PER != 0
            && view.gap(i) <= Gap::Space
            && view.gap(next) <= Gap::Space
        {
            let (under, next) = self.word(view, next)?;
            return Some((under, next));
        }
        let dot = view.is(i, b'.') && view.gap(i) == Gap::Glued;
        let at = if dot { i + 1 } else { i };
        if view.gap(at) > Gap::Space {
            return None;
        }
        let (under, next) = self.word(view, at)?;
        let minus = view.token(next).filter(|t| t.gap() == Gap::Glued)?;
        if !(minus.is_mark(b'-') || minus.of(view.text) == "⁻") || view.gap(next + 1) != Gap::Glued
        {
            return None;
        }
        let a = self.atom(under)?;
        let under = match view.digits(next + 1)? {
            1 => under,
            2 => usize::from(a.square),
            3 => usize::from(a.cube),
            _ => return None,
        };
        Some((under, next + 2))
    }

    fn composed(&self, power: u32, over: usize, under: usize) -> Unit {
        let above = self.atom(over).copied().unwrap_or(Atom { scale: 1.0, ..Atom::default() });
        let below = self.atom(under).copied().unwrap_or(Atom { scale: 1.0, ..Atom::default() });
        let mut dims = above.dims;
        for (d, u) in dims.iter_mut().zip(below.dims) {
            *d = d.saturating_sub(u);
        }
        let tens = 10f64.powi(i32::try_from(power).unwrap_or(0));
        Unit {
            name: self.name(power, over, under),
            dims,
            scale: tens * above.scale / below.scale,
            then: 0,
            hint: above.hint,
            named_only: false,
            over: over as u16,
            under: under as u16,
        }
    }
}

/// A power of ten and the token after it: "x10*9", "10^9", "10e9", "10⁹", "x 10 9".
pub(crate) fn power(view: &View<'_>, i: usize) -> Option<(u32, usize)> {
    let times = view.token(i).filter(|t| {
        t.is_mark(crate::tokens::mark::TIMES)
            || t.is_mark(b'*')
            || t.is_word() && t.len() == 1 && t.of(view.text).eq_ignore_ascii_case("x")
    });
    let ten = if times.is_some() { i + 1 } else { i };
    if view.digits(ten) != Some(10) || view.token(ten)?.len() != 2 {
        return None;
    }
    let t = view.token(ten + 1)?;
    let sign = t.is_mark(b'*')
        || t.is_mark(b'^')
        || t.is_word() && t.len() == 1 && t.of(view.text).eq_ignore_ascii_case("e");
    let exponent = if sign { ten + 2 } else { ten + 1 };
    let e = view.token(exponent)?;
    let close = if sign || !e.of(view.text).is_ascii() { Gap::Glued } else { Gap::Space };
    let n = view.digits(exponent).filter(|n| POWERS.contains(n) && *n > 0)?;
    (e.gap() <= close).then_some((n, exponent + 1))
}
