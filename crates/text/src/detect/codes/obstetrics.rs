//! Gestity and parity as obstetricians write them: `G2P1`, `G3 P2`, `G4P2A1`.

use relu_record::Number;

use crate::compile::OriginId;
use crate::found::{Sink, Value};
use crate::tokens::Gap;
use crate::view::View;

/// The pair that begins at token `i`, put into the sink; the token after it.
pub(super) fn at(view: &View<'_>, i: usize, sink: &mut Sink) -> Option<usize> {
    let gestity = counted(view, i, "G")?;
    let p = if view.token(i + 2)?.is_word() { i + 2 } else { i + 3 };
    let parity = counted(view, p, "P")?;
    if view.gap(i + 2) > Gap::Space || p > i + 3 || parity > gestity.max(1) + 8 {
        return None;
    }
    let codes = &view.rules.codes;
    add(view, i, gestity, codes.gestity, sink);
    add(view, p, parity, codes.parity, sink);
    Some(p + 2)
}

fn counted(view: &View<'_>, i: usize, letter: &str) -> Option<u32> {
    let t = view.token(i).filter(|t| t.of(view.text) == letter)?;
    let n = view.digits(i + 1).filter(|n| *n < 25)?;
    (t.is_word() && view.gap(i + 1) == Gap::Glued).then_some(n)
}

fn add(view: &View<'_>, i: usize, n: u32, origin: OriginId, sink: &mut Sink) {
    let value = sink.value(Value::Measure {
        number: Number::Number(f64::from(n)),
        unit: Default::default(),
        operator: "",
        canonical: None,
        range: Default::default(),
        flag: Default::default(),
    });
    if let Some(f) = sink.push(view.tokens, i, i + 2, origin) {
        f.value = value;
    }
}
