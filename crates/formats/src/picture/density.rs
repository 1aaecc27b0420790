//! The resolution that a PNG or a JPEG states, in dots per inch across and down.
//!
//! Shapes: bytes in, two numbers out when stated. Sources: PNG 3rd edition, 11.3.4.3 (pHYs, per
//! metre); JFIF 1.02 (APP0, per inch or per centimetre).

/// From the `pHYs` chunk.
pub(super) fn png(bytes: &[u8]) -> Option<(f32, f32)> {
    let mut at = 8usize;
    // pHYs stands before the pixels; a handful of chunks come first.
    for _ in 0..64 {
        let length = be32(bytes, at)? as usize;
        let kind = bytes.get(at.checked_add(4)?..at.checked_add(8)?)?;
        if kind == b"IDAT" {
            return None;
        }
        if kind == b"pHYs" {
            let per_metre = *bytes.get(at + 16)? == 1;
            let dots = |n: u32| (n as f32 * 0.0254 * 100.0).round() / 100.0;
            return per_metre.then_some((dots(be32(bytes, at + 8)?), dots(be32(bytes, at + 12)?)));
        }
        at = at.checked_add(length)?.checked_add(12)?;
    }
    None
}

/// From the JFIF header.
pub(super) fn jpeg(bytes: &[u8]) -> Option<(f32, f32)> {
    let mut at = 2usize;
    for _ in 0..32 {
        let &[0xff, marker] = bytes.get(at..at.checked_add(2)?)? else { return None };
        if marker == 0xda {
            return None;
        }
        let length = usize::from(be16(bytes, at + 2)?);
        let body = bytes.get(at + 4..at.checked_add(2)?.checked_add(length)?)?;
        if marker == 0xe0 && body.starts_with(b"JFIF\0") {
            let (x, y) = (f32::from(be16(body, 8)?), f32::from(be16(body, 10)?));
            return match body.get(7)? {
                1 => Some((x, y)),
                2 => Some((x * 2.54, y * 2.54)),
                _ => None,
            };
        }
        at = at.checked_add(2)?.checked_add(length)?;
    }
    None
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}
