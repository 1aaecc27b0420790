//! CCITT G4 (ITU-T T.6): two-dimensional coding of rows of bits, as fax gateways write TIFF.

#[rustfmt::skip]
const WHITE: [(u16, u8); 64] = [(0x35,8),(0x7,6),(0x7,4),(0x8,4),(0xB,4),(0xC,4),(0xE,4),(0xF,4),(0x13,5),(0x14,5),(0x7,5),(0x8,5),(0x8,6),(0x3,6),(0x34,6),(0x35,6),(0x2A,6),(0x2B,6),(0x27,7),(0xC,7),(0x8,7),(0x17,7),(0x3,7),(0x4,7),(0x28,7),(0x2B,7),(0x13,7),(0x24,7),(0x18,7),(0x2,8),(0x3,8),(0x1A,8),(0x1B,8),(0x12,8),(0x13,8),(0x14,8),(0x15,8),(0x16,8),(0x17,8),(0x28,8),(0x29,8),(0x2A,8),(0x2B,8),(0x2C,8),(0x2D,8),(0x4,8),(0x5,8),(0xA,8),(0xB,8),(0x52,8),(0x53,8),(0x54,8),(0x55,8),(0x24,8),(0x25,8),(0x58,8),(0x59,8),(0x5A,8),(0x5B,8),(0x4A,8),(0x4B,8),(0x32,8),(0x33,8),(0x34,8)];
#[rustfmt::skip]
const BLACK: [(u16, u8); 64] = [(0x37,10),(0x2,3),(0x3,2),(0x2,2),(0x3,3),(0x3,4),(0x2,4),(0x3,5),(0x5,6),(0x4,6),(0x4,7),(0x5,7),(0x7,7),(0x4,8),(0x7,8),(0x18,9),(0x17,10),(0x18,10),(0x8,10),(0x67,11),(0x68,11),(0x6C,11),(0x37,11),(0x28,11),(0x17,11),(0x18,11),(0xCA,12),(0xCB,12),(0xCC,12),(0xCD,12),(0x68,12),(0x69,12),(0x6A,12),(0x6B,12),(0xD2,12),(0xD3,12),(0xD4,12),(0xD5,12),(0xD6,12),(0xD7,12),(0x6C,12),(0x6D,12),(0xDA,12),(0xDB,12),(0x54,12),(0x55,12),(0x56,12),(0x57,12),(0x64,12),(0x65,12),(0x52,12),(0x53,12),(0x24,12),(0x37,12),(0x38,12),(0x27,12),(0x28,12),(0x58,12),(0x59,12),(0x2B,12),(0x2C,12),(0x5A,12),(0x66,12),(0x67,12)];
// Make-up codes of 64, 128 … 1728.
#[rustfmt::skip]
const WHITE_MAKE_UP: [(u16, u8); 27] = [(0x1B,5),(0x12,5),(0x17,6),(0x37,7),(0x36,8),(0x37,8),(0x64,8),(0x65,8),(0x68,8),(0x67,8),(0xCC,9),(0xCD,9),(0xD2,9),(0xD3,9),(0xD4,9),(0xD5,9),(0xD6,9),(0xD7,9),(0xD8,9),(0xD9,9),(0xDA,9),(0xDB,9),(0x98,9),(0x99,9),(0x9A,9),(0x18,6),(0x9B,9)];
#[rustfmt::skip]
const BLACK_MAKE_UP: [(u16, u8); 27] = [(0xF,10),(0xC8,12),(0xC9,12),(0x5B,12),(0x33,12),(0x34,12),(0x35,12),(0x6C,13),(0x6D,13),(0x4A,13),(0x4B,13),(0x4C,13),(0x4D,13),(0x72,13),(0x73,13),(0x74,13),(0x75,13),(0x76,13),(0x77,13),(0x52,13),(0x53,13),(0x54,13),(0x55,13),(0x5A,13),(0x5B,13),(0x64,13),(0x65,13)];
// Make-up codes of 1792, 1856 … 2560, for both colours.
#[rustfmt::skip]
const LONG_MAKE_UP: [(u16, u8); 13] = [(0x8,11),(0xC,11),(0xD,11),(0x12,12),(0x13,12),(0x14,12),(0x15,12),(0x16,12),(0x17,12),(0x1C,12),(0x1D,12),(0x1E,12),(0x1F,12)];
/// Vertical mode, from three to the left to three to the right.
const VERTICAL: [(u16, u8); 7] =
    [(0x2, 7), (0x2, 6), (0x2, 3), (0x1, 1), (0x3, 3), (0x3, 6), (0x3, 7)];

#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    buffer: u32,
    held: u8,
}

impl Bits {
    fn put(&mut self, (code, length): (u16, u8)) {
        self.buffer = self.buffer << length | u32::from(code);
        self.held += length;
        while self.held >= 8 {
            self.held -= 8;
            self.out.push((self.buffer >> self.held) as u8);
        }
    }

    fn run(&mut self, mut length: usize, black: bool) {
        let (short, make_up) =
            if black { (&BLACK, &BLACK_MAKE_UP) } else { (&WHITE, &WHITE_MAKE_UP) };
        while length >= 2560 {
            self.put(LONG_MAKE_UP[12]);
            length -= 2560;
        }
        if length >= 1792 {
            self.put(LONG_MAKE_UP[(length - 1792) / 64]);
            length %= 64;
        } else if length >= 64 {
            self.put(make_up[length / 64 - 1]);
            length %= 64;
        }
        self.put(short[length]);
    }
}

/// Rows of packed bits (1 is black), `width` pixels each, as one G4 strip.
pub(crate) fn encode(rows: &[Vec<u8>], width: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    let blank = vec![0u8; width.div_ceil(8)];
    let mut reference = &blank;
    for row in rows {
        encode_row(&mut bits, row, reference, width);
        reference = row;
    }
    // End of facsimile block, then padding to a whole byte.
    bits.put((1, 12));
    bits.put((1, 12));
    bits.put((0, 7));
    bits.out
}

fn encode_row(bits: &mut Bits, row: &[u8], reference: &[u8], width: usize) {
    let (mut a0, mut black, mut start) = (0usize, false, true);
    while a0 < width {
        let a1 =
            if start && !black { next(row, 0, true, width) } else { change(row, a0, black, width) };
        let b1 = first_opposite(reference, a0, black, width, start);
        let b2 = change(reference, b1, !black, width);
        if b2 < a1 {
            bits.put((1, 4));
            a0 = b2;
        } else if a1.abs_diff(b1) <= 3 {
            let at = a1 as i64 - b1 as i64 + 3;
            if let Some(code) = VERTICAL.get(at as usize) {
                bits.put(*code);
            }
            a0 = a1;
            black = !black;
        } else {
            let a2 = change(row, a1, !black, width);
            bits.put((1, 3));
            bits.run(a1 - a0, black);
            bits.run(a2 - a1, !black);
            a0 = a2;
        }
        start = false;
    }
}

fn pixel(row: &[u8], x: usize) -> bool {
    row.get(x / 8).is_some_and(|b| b & (0x80 >> (x % 8)) != 0)
}

/// First pixel of that colour from `x` on.
fn next(row: &[u8], mut x: usize, black: bool, width: usize) -> usize {
    while x < width && pixel(row, x) != black {
        // Whole bytes of the other colour are passed at once.
        let other = if black { 0x00 } else { 0xff };
        if x.is_multiple_of(8) && row.get(x / 8) == Some(&other) {
            x += 8;
        } else {
            x += 1;
        }
    }
    x.min(width)
}

/// First pixel from `x` on that is not of the colour `black`.
fn change(row: &[u8], x: usize, black: bool, width: usize) -> usize {
    next(row, x, !black, width)
}

/// b1: first changing element of the reference row right of a0 and of the colour opposite to `black`.
fn first_opposite(reference: &[u8], a0: usize, black: bool, width: usize, start: bool) -> usize {
    // At the start of a row a0 stands before the first pixel, which is taken as white.
    if start {
        return next(reference, 0, true, width);
    }
    let mut x = a0;
    if pixel(reference, x) != black {
        // Inside a run of the opposite colour: it began at or before a0, so skip it.
        x = next(reference, x, black, width);
    }
    next(reference, x, !black, width)
}
