//! Pages of pixels as a TIFF of one strip a page: Group 4 where there are two values only, as a fax has
//! them, else Deflate. Nothing but the pixels and the resolution is written.
//!
//! What Group 4 wrote is decoded again and compared; a page that comes back otherwise is written by
//! Deflate. Sources: TIFF 6.0 sections 8 and 11, ITU-T T.6, TIFF technical note 2002 (Deflate).

use std::panic::{AssertUnwindSafe, catch_unwind};

use fax::encoder::Encoder;
use fax::{Color, VecWriter};

use super::fax::decode;
use super::tiff::Directory;

/// Widest page for Group 4: its encoder counts on 16 bits.
const MAX_FAX_WIDTH: u32 = 20_000;
const DEFLATE_LEVEL: u8 = 6;

/// A page of pixels.
pub(crate) struct Sheet<'p> {
    pub width: u32,
    pub height: u32,
    /// Grey, or red, green and blue; 0 is dark.
    pub channels: u16,
    pub data: &'p [u8],
    /// Dots per inch across and down, when the source states them.
    pub dpi: Option<(f32, f32)>,
}

/// A TIFF being written.
pub(crate) struct Tiff {
    out: Vec<u8>,
    /// Where the place of the next directory is told.
    link: usize,
}

impl Tiff {
    pub(crate) fn new() -> Tiff {
        Tiff { out: b"II\x2a\0\0\0\0\0".to_vec(), link: 4 }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Adds a page; `None` when the file would be larger than the format can tell.
    pub(crate) fn page(&mut self, sheet: &Sheet<'_>) -> Option<()> {
        let (strip, fax) = match group_4(sheet) {
            Some(strip) => (strip, true),
            None => (miniz_oxide::deflate::compress_to_vec_zlib(sheet.data, DEFLATE_LEVEL), false),
        };
        let at = self.append(&strip)?;
        let length = u32::try_from(strip.len()).ok()?;
        // Tag, type (3 short, 4 long, 5 rational), count, value.
        let mut fields: Vec<(u16, u16, u32, u32)> =
            vec![(256, 4, 1, sheet.width), (257, 4, 1, sheet.height)];
        fields.push(match (fax, sheet.channels) {
            (true, _) => (258, 3, 1, 1),
            (false, 1) => (258, 3, 1, 8),
            (false, _) => (258, 3, 3, self.append(&[8, 0, 8, 0, 8, 0])?),
        });
        fields.push((259, 3, 1, if fax { 4 } else { 8 }));
        // White is zero in a fax; black is zero in grey.
        fields.push((
            262,
            3,
            1,
            if fax {
                0
            } else {
                u32::from(sheet.channels == 1) + 2 * u32::from(sheet.channels > 1)
            },
        ));
        fields.push((273, 4, 1, at));
        fields.push((277, 3, 1, u32::from(sheet.channels)));
        fields.push((278, 4, 1, sheet.height));
        fields.push((279, 4, 1, length));
        if let Some((across, down)) = sheet.dpi {
            fields.push((282, 5, 1, self.rational(across)?));
            fields.push((283, 5, 1, self.rational(down)?));
            fields.push((296, 3, 1, 2));
        }
        self.directory(&fields)
    }

    fn directory(&mut self, fields: &[(u16, u16, u32, u32)]) -> Option<()> {
        let here = self.append(&u16::try_from(fields.len()).ok()?.to_le_bytes())?;
        self.out.get_mut(self.link..self.link + 4)?.copy_from_slice(&here.to_le_bytes());
        for (tag, kind, count, value) in fields {
            self.out.extend(tag.to_le_bytes());
            self.out.extend(kind.to_le_bytes());
            self.out.extend(count.to_le_bytes());
            self.out.extend(value.to_le_bytes());
        }
        self.link = self.out.len();
        self.out.extend([0; 4]);
        u32::try_from(self.out.len()).ok().map(|_| ())
    }

    fn rational(&mut self, value: f32) -> Option<u32> {
        let thousandths = (value * 1000.0).round() as u32;
        self.append(&[thousandths.to_le_bytes(), 1000_u32.to_le_bytes()].concat())
    }

    /// Puts bytes at the next even place, and tells it.
    fn append(&mut self, bytes: &[u8]) -> Option<u32> {
        if self.out.len() % 2 == 1 {
            self.out.push(0);
        }
        let at = u32::try_from(self.out.len()).ok()?;
        self.out.extend(bytes);
        Some(at)
    }
}

/// The page as Group 4, when it is black and white and comes back the same.
fn group_4(sheet: &Sheet<'_>) -> Option<Vec<u8>> {
    let two = sheet.channels == 1 && sheet.data.iter().all(|v| matches!(v, 0 | 255));
    let width = u16::try_from(sheet.width).ok()?;
    if !two || width == 0 || sheet.width > MAX_FAX_WIDTH {
        return None;
    }
    let encode = || {
        let mut encoder = Encoder::new(VecWriter::new());
        for row in sheet.data.chunks_exact(usize::from(width)) {
            let ink = row.iter().map(|v| if *v == 0 { Color::Black } else { Color::White });
            encoder.encode_line(ink, width).ok()?;
        }
        Some(encoder.finish().ok()?.finish())
    };
    let strip = catch_unwind(AssertUnwindSafe(encode)).ok()??;
    let length = u32::try_from(strip.len()).ok()?;
    let directory = Directory::of_fax(sheet.width, sheet.height, (0, length));
    let back = decode(&strip, &directory)?;
    (back.as_raw() == sheet.data).then_some(strip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{decode, frames};
    use relu_record::Budget;

    fn check(pages: &[(u32, u32, u16, Vec<u8>)], dpi: Option<(f32, f32)>) -> Vec<u8> {
        let mut tiff = Tiff::new();
        for (width, height, channels, data) in pages {
            let (width, height, channels) = (*width, *height, *channels);
            tiff.page(&Sheet { width, height, channels, data, dpi }).unwrap();
        }
        let bytes = tiff.finish();
        let budget = Budget::standard();
        let frames = frames(&bytes, &budget).unwrap();
        assert_eq!(frames.len(), pages.len());
        for (n, (width, height, channels, data)) in pages.iter().enumerate() {
            assert_eq!(frames[n].size(), (*width, *height));
            assert_eq!(frames[n].dpi, dpi);
            let (image, _) = decode(&bytes, n as u32, &budget).unwrap();
            let raw = if *channels == 1 {
                image.to_luma8().into_raw()
            } else {
                image.to_rgb8().into_raw()
            };
            assert!(raw == *data, "page {n}");
        }
        bytes
    }

    #[test]
    fn pages_of_each_kind_come_back_with_their_size_and_resolution() {
        let grey = (0..60 * 40).map(|n| (n * 7 % 256) as u8).collect();
        let colour = (0..30 * 20 * 3).map(|n| (n * 11 % 256) as u8).collect();
        let fax = (0..1728 * 50).map(|n| if n % 97 < 20 || n / 1728 == 9 { 0 } else { 255 });
        let pages = [(60, 40, 1, grey), (30, 20, 3, colour), (1728, 50, 1, fax.collect())];
        check(&pages, Some((204.0, 98.5)));
        check(&pages, None);
    }

    #[test]
    fn black_and_white_is_written_as_a_fax() {
        let page: Vec<u8> = (0..1728 * 2200).map(|n| if n % 61 < 9 { 0 } else { 255 }).collect();
        let bytes = check(&[(1728, 2200, 1, page)], Some((204.0, 196.0)));
        assert!(bytes.len() < 400_000, "{}", bytes.len());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]
        #[test]
        fn any_black_and_white_comes_back(
            width in 1_u32..70,
            rows in proptest::collection::vec(proptest::collection::vec(proptest::bool::weighted(0.3), 70), 1..12),
        ) {
            let row = |r: &Vec<bool>| r.iter().take(width as usize).map(|b| if *b { 0 } else { 255 }).collect::<Vec<u8>>();
            let data: Vec<u8> = rows.iter().flat_map(row).collect();
            check(&[(width, rows.len() as u32, 1, data)], None);
        }
    }
}
