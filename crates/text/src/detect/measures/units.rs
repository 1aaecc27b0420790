//! Units: read at a token, composed of a prefix, a power and what they are counted by.
//!
//! `mmol/L`, `kg/m²`, `g.L-1`, `10^9/L`, `battements par minute`. Data: `rules/units.toml`. A unit has
//! a name (`mmol_per_l`), a dimension and a scale to the base units of the file, so that two units of
//! one dimension are converted without a table. A composed unit whose name is in no table (`g` by `h`
//! by `kg`) is read, and named by nothing.

use serde::{Deserialize, Serialize};

use crate::compile::OriginId;
use crate::lists::List;
use crate::strings::Str;
use crate::tokens::{Case, Gap, Token, TokenKind, mark};
use crate::view::View;

/// Powers of the base dimensions, in the order of the file.
pub(crate) type Dims = [i8; 16];

const TIME: usize = 2;
pub(super) const LENGTH: usize = 1;

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
    pub(crate) const NORM: i32 = 2048;
    pub(crate) const FLAG: i32 = 4096;
}

/// A unit of one word, prefix and power included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Atom {
    pub(super) dims: Dims,
    pub(super) scale: f64,
    // Indices plus one; 0: none.
    pub(super) square: u16,
    pub(super) cube: u16,
    pub(super) capital: u16,
    pub(super) then: u16,
    pub(super) hint: u16,
    pub(super) named_only: bool,
}

/// What an unnamed quantity of a dimension is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kind {
    /// Its entity.
    pub(crate) origin: OriginId,
    pub(super) dims: Dims,
    pub(super) hinted: bool,
    // The only unit it may have.
    pub(super) unit: Str,
}

/// Compiled units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Units {
    pub(super) atoms: Vec<Atom>,
    // Name by power of ten, atom above and atom below; sorted.
    pub(super) names: Vec<(u64, Str)>,
    pub(super) kinds: Vec<Kind>,
    pub(super) by_surface: Str,
    pub(super) celsius: u16,
    pub(super) mmhg: u16,
    pub(super) cmhg: u16,
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

    /// Whether it counts cells in a cubic millimetre.
    pub(crate) fn counts_cells(&self) -> bool {
        self.is(&[(LENGTH, -3)]) && (self.scale - 1000.0).abs() < 1e-6
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

pub(super) fn key(power: u32, over: usize, under: usize) -> u64 {
    u64::from(power) << 48 | (over as u64) << 24 | under as u64
}

pub(super) const POWERS: [u32; 5] = [0, 3, 6, 9, 12];

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
        if !may_begin(view, i) {
            return None;
        }
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

// Whether token `i` can begin a unit: a word of the list, "/l", a power of ten.
fn may_begin(view: &View<'_>, i: usize) -> bool {
    let power = |t: Token| match t.kind() {
        TokenKind::Word => t.len() == 1,
        TokenKind::Digits => t.len() == 2,
        TokenKind::Mark => t.is_mark(b'/') || t.is_mark(b'*') || t.is_mark(mark::TIMES),
    };
    view.starts(i) & (1 << List::Unit as u64) != 0 || view.token(i).is_some_and(power)
}

/// A power of ten and the token after it: "x10*9", "10^9", "10e9", "10⁹", "x 10 9".
pub(crate) fn power(view: &View<'_>, i: usize) -> Option<(u32, usize)> {
    let times = view.token(i).filter(|t| {
        t.is_mark(mark::TIMES)
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
