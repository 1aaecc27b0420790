//! JSON written straight into a byte buffer: what a hot path needs of it and no more.
//!
//! Strings are escaped as RFC 8259 asks (quotation mark, backslash, control characters below 0x20);
//! everything else stays as it is, in UTF-8. A number that JSON cannot hold becomes `null`.

use std::io::Write;

/// A string with its quotation marks.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escaped(out, text);
    out.push(b'"');
}

// Whether one of these eight bytes must be escaped: each condition sets the high bit of its byte.
// A borrow between bytes can only say so of a byte above one that is, so that no is always right.
fn any_escaped(eight: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let x = u64::from_le_bytes(eight);
    let below = |n: u64, x: u64| x.wrapping_sub(n * ONES) & !x;
    let equals = |b: u8| below(1, x ^ (u64::from(b) * ONES));
    (below(0x20, x) | equals(b'"') | equals(b'\\')) & HIGH != 0
}

fn escaped(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    // Most strings hold nothing of the kind.
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut last = [b' '; 8];
    for (slot, b) in last.iter_mut().zip(rest) {
        *slot = *b;
    }
    if !eights.iter().any(|e| any_escaped(*e)) && !any_escaped(last) {
        out.extend_from_slice(bytes);
        return;
    }
    let mut from = 0;
    for (at, b) in bytes.iter().enumerate() {
        if *b >= 0x20 && *b != b'"' && *b != b'\\' {
            continue;
        }
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        match b {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b => {
                let hex = |n: u8| b"0123456789abcdef".get(usize::from(n)).copied().unwrap_or(b'0');
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(b >> 4), hex(b & 15)]);
            }
        }
        from = at + 1;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
}

/// A whole number without sign.
pub(crate) fn unsigned(out: &mut Vec<u8>, mut n: u64) {
    // 20 digits hold every u64.
    let mut digits = [b'0'; 20];
    let mut used = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + (n % 10) as u8;
        n /= 10;
        used += 1;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(20 - used..).unwrap_or_default());
}

/// A whole number.
pub(crate) fn integer(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    unsigned(out, n.unsigned_abs());
}

// Whole numbers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number, without a decimal point when it is whole; `null` when it is not finite.
pub(crate) fn number(out: &mut Vec<u8>, n: f64) {
    if !n.is_finite() {
        out.extend_from_slice(b"null");
    } else if n.fract() == 0.0 && n.abs() < EXACT {
        integer(out, n as i64);
    } else {
        // The shortest form that reads back as the same double; with an exponent where it is far
        // from one, or it would take hundreds of digits.
        let _ = match n.abs() {
            1e-6..1e16 => write!(out, "{n}"),
            _ => write!(out, "{n:e}"),
        };
    }
}

/// The same number as a value of `serde_json`.
pub(crate) fn number_value(n: f64) -> serde_json::Value {
    if n.fract() == 0.0 && n.abs() < EXACT {
        serde_json::Value::from(n as i64)
    } else {
        serde_json::Value::from(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_read_back_as_they_were() {
        let hard = "É \"guillemets\" \\ \n\r\t\u{0}\u{1f}\u{7f}\u{2028} 😀 fin";
        let mut out = Vec::new();
        string(&mut out, hard);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), hard);
        // Each byte in each place of its eight, alone and beside those that look like it.
        for b in 0..=0x7Fu8 {
            for place in 0..20 {
                let mut text = "é!#[]\u{7f} é![é#]é".to_owned();
                let at = text.char_indices().map(|c| c.0).nth(place).unwrap_or(text.len());
                text.insert(at, char::from(b));
                let mut out = Vec::new();
                string(&mut out, &text);
                assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            }
        }
    }

    #[test]
    fn numbers_read_back_as_they_were() {
        for n in [0.0, -0.5, 70.0, 1.1, 1e-9, 1e21, 0.1 + 0.2, -273.15, EXACT, 1e300, -2.5e-300] {
            let mut out = Vec::new();
            number(&mut out, n);
            serde_json::from_slice::<f64>(&out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap().parse::<f64>().unwrap(), n);
            let both: f64 = serde_json::from_value(number_value(n)).unwrap();
            assert_eq!(both, n);
        }
        for n in [f64::NAN, f64::INFINITY] {
            let mut out = Vec::new();
            number(&mut out, n);
            assert_eq!(out, b"null");
        }
        for n in [0, 1, -1, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            integer(&mut out, n);
            assert_eq!(String::from_utf8(out).unwrap(), n.to_string());
        }
        let mut out = Vec::new();
        unsigned(&mut out, u64::MAX);
        assert_eq!(String::from_utf8(out).unwrap(), u64::MAX.to_string());
    }
}
