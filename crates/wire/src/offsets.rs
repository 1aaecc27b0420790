//! Byte offsets to code-point offsets.

use relu_record::Span;

/// Checkpoints of a text: how many code points come before every 256th byte, so that any offset is
/// found by counting at most 256 bytes.
pub struct CodePoints<'a> {
    text: &'a [u8],
    before: Vec<usize>,
}

const STEP: usize = 256;

impl<'a> CodePoints<'a> {
    /// Reads the text once.
    pub fn new(text: &'a str) -> CodePoints<'a> {
        let bytes = text.as_bytes();
        let mut before = Vec::with_capacity(bytes.len() / STEP + 1);
        let mut count = 0;
        for chunk in bytes.chunks(STEP) {
            before.push(count);
            count += starts(chunk);
        }
        CodePoints { text: bytes, before }
    }

    /// Code points before byte `at`; the end of the text when `at` lies beyond.
    pub fn at(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let block = (at / STEP).min(self.before.len().saturating_sub(1));
        match (self.before.get(block), self.text.get(block * STEP..at)) {
            (Some(n), Some(rest)) => n + starts(rest),
            _ => 0,
        }
    }

    /// A byte span in code points.
    pub fn span(&self, span: Span) -> [usize; 2] {
        [self.at(span.start), self.at(span.end)]
    }
}

fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| (**b & 0xC0) != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_counting_everywhere() {
        let text = "É à œuvre µg – 😀 ".repeat(60);
        let cp = CodePoints::new(&text);
        for (n, (at, _)) in text.char_indices().enumerate() {
            assert_eq!(cp.at(at), n);
        }
        assert_eq!(cp.at(text.len()), text.chars().count());
        assert_eq!(CodePoints::new("").at(3), 0);
    }
}
