//! Fax-coded strips of a TIFF to grey pixels: Group 3 in one and two dimensions, modified Huffman,
//! Group 4.
//!
//! Shapes: a file and its directory in, pixels out; a line that does not decode leaves the rest of
//! its strip white, as a fax machine would. Sources: TIFF 6.0 section 11, ITU-T T.4 and T.6.

use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};
use image::GrayImage;

use super::tiff::Directory;

/// The pixels of a fax page: 0 black, 255 white.
pub(super) fn decode(bytes: &[u8], d: &Directory) -> Option<GrayImage> {
    let mut page = Lines {
        width: d.width as usize,
        // A fax says which colour is ink: white is zero, nearly always.
        ink: if d.photometric == 1 { (255, 0) } else { (0, 255) },
        pixels: vec![255; d.width as usize * d.height as usize],
        row: 0,
        column: 0,
    };
    let mut rows_left = d.height;
    let mut read_something = false;
    for &(offset, length) in &d.strips {
        let rows = d.rows_per_strip.min(rows_left);
        if rows == 0 {
            break;
        }
        let from = offset as usize;
        let strip = bytes.get(from..from.saturating_add(length as usize).min(bytes.len()))?;
        let first = page.row;
        read_something |= decode_strip(strip, d, rows, &mut page);
        page.start_row(first + rows as usize);
        rows_left -= rows;
    }
    let blank = !read_something;
    if blank {
        return None;
    }
    GrayImage::from_raw(d.width, d.height, page.pixels)
}

fn decode_strip(strip: &[u8], d: &Directory, rows: u32, page: &mut Lines) -> bool {
    let turned: Vec<u8>;
    let strip = if d.fill_order == 2 {
        turned = strip.iter().map(|b| b.reverse_bits()).collect();
        &turned
    } else {
        strip
    };
    let encoding = match d.compression {
        4 => EncodingMode::Group4,
        3 if d.t4_options & 1 == 1 => EncodingMode::Group3_2D { k: 4 },
        _ => EncodingMode::Group3_1D,
    };
    let settings = DecodeSettings {
        columns: d.width,
        rows,
        end_of_block: true,
        end_of_line: d.compression == 3,
        rows_are_byte_aligned: d.compression == 2,
        encoding,
        invert_black: false,
    };
    let before = page.row;
    let result = hayro_ccitt::decode(strip, page, &mut DecoderContext::new(settings));
    result.is_ok() || page.row > before
}

/// Receives the runs of pixels.
struct Lines {
    width: usize,
    /// Grey of black runs and of white runs.
    ink: (u8, u8),
    pixels: Vec<u8>,
    row: usize,
    column: usize,
}

impl Lines {
    fn start_row(&mut self, row: usize) {
        (self.row, self.column) = (row, 0);
    }
}

impl Decoder for Lines {
    fn push_pixels(&mut self, white: bool, count: u32) {
        let start = self.row * self.width + self.column;
        let run = (count as usize).min(self.width.saturating_sub(self.column));
        let grey = if white { self.ink.1 } else { self.ink.0 };
        if let Some(run) = self.pixels.get_mut(start..start + run) {
            run.fill(grey);
        }
        self.column += run;
    }

    fn next_line(&mut self) {
        self.start_row(self.row + 1);
    }
}
