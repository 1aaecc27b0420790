//! Sentences: where a statement ends, so that a cue does not reach into the next one.

use crate::tokens::{Gap, Token};

/// The sentences of `tokens`, as ranges of tokens.
pub(crate) fn find(tokens: &[Token], out: &mut Vec<(u32, u32)>) {
    out.clear();
    let mut start = 0;
    for (i, t) in tokens.iter().enumerate() {
        let ends = t.is_mark(b'.') || tokens.get(i + 1).is_none_or(|n| n.gap() == Gap::Blank);
        if ends {
            out.push((start, i as u32 + 1));
            start = i as u32 + 1;
        }
    }
}
