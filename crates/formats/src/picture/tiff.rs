//! The directories of a TIFF: one per page, with what is needed to size it, to turn it upright and
//! to find its strips.
//!
//! Shapes: bytes in, [`Directory`]s out. Refusals: `damaged`, `too-many-pages`.
//! Source: TIFF 6.0, sections 2 (structure), 8 (fields), 11 (bilevel).

use image::GrayImage;
use image::metadata::Orientation;
use relu_record::{Refusal, RefusalCode};

use super::{Frame, damaged};

/// Strips of one page looked at, at most.
const MAX_STRIPS: usize = 200_000;

/// A page of a TIFF.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    /// Where the directory itself stands in the file.
    pub offset: u32,
    pub width: u32,
    pub height: u32,
    pub bits: u32,
    /// 1 none, 2 to 4 fax, 5 LZW, 7 JPEG, 8 and 32946 deflate, 32773 PackBits.
    pub compression: u32,
    /// 0 white is zero, 1 black is zero, 2 RGB, 3 palette.
    pub photometric: u32,
    /// 2 when the bits of a byte stand in reverse order.
    pub fill_order: u32,
    pub samples: u32,
    pub rows_per_strip: u32,
    pub strips: Vec<(u32, u32)>,
    /// Bit 0: two-dimensional coding; bit 2: end-of-line codes are padded to a byte.
    pub t4_options: u32,
    pub palette: Vec<u16>,
    pub big_endian: bool,
    resolution: (Option<f32>, Option<f32>),
    unit: u32,
    orientation: u32,
}

impl Directory {
    /// A page of one strip in Group 4, white being zero.
    pub fn of_fax(width: u32, height: u32, strip: (u32, u32)) -> Directory {
        Directory {
            width,
            height,
            bits: 1,
            compression: 4,
            fill_order: 1,
            samples: 1,
            rows_per_strip: height,
            strips: vec![strip],
            ..Directory::default()
        }
    }

    /// Whether the strips are coded as faxes are.
    pub fn is_fax(&self) -> bool {
        matches!(self.compression, 2..=4)
    }

    /// What a page of a picture needs to say.
    pub fn frame(&self) -> Option<Frame> {
        let per_inch = if self.unit == 3 { 2.54 } else { 1.0 };
        let dpi = match self.resolution {
            (Some(x), Some(y)) if self.unit != 1 && x > 0.0 && y > 0.0 => {
                Some((x * per_inch, y * per_inch))
            }
            _ => None,
        };
        let orientation = u8::try_from(self.orientation)
            .ok()
            .and_then(Orientation::from_exif)
            .unwrap_or(Orientation::NoTransforms);
        (self.width > 0 && self.height > 0).then_some(Frame {
            width: self.width,
            height: self.height,
            dpi,
            orientation,
        })
    }
}

/// Every page of the file.
pub(super) fn directories(bytes: &[u8], max: usize) -> Result<Vec<Directory>, Refusal> {
    let file = File { bytes, big_endian: bytes.first() == Some(&b'M') };
    let mut out: Vec<Directory> = Vec::new();
    let mut offset = file.u32(4).ok_or_else(damaged)?;
    while offset != 0 {
        // A chain that comes back on itself.
        if out.iter().any(|d| d.offset == offset) {
            break;
        }
        if out.len() >= max {
            return Err(Refusal::new(
                RefusalCode::TooManyPages,
                &format!("L'image a plus de {max} pages."),
            ));
        }
        let Some((directory, next)) = file.directory(offset) else { break };
        // A reduced copy for previews is no page.
        if let Some(directory) = directory {
            out.push(directory);
        }
        if next == offset {
            break;
        }
        offset = next;
    }
    if out.is_empty() { Err(damaged()) } else { Ok(out) }
}

/// The same file with this page first.
pub(super) fn with_first(bytes: &[u8], directory: &Directory) -> Option<Vec<u8>> {
    let mut moved = bytes.to_vec();
    let offset = if directory.big_endian {
        directory.offset.to_be_bytes()
    } else {
        directory.offset.to_le_bytes()
    };
    moved.get_mut(4..8)?.copy_from_slice(&offset);
    Some(moved)
}

/// Uncompressed pages with a palette, or with 2 or 4 bits a pixel, in grey: kinds that the picture
/// library leaves out.
pub(super) fn plain(bytes: &[u8], d: &Directory) -> Option<GrayImage> {
    if d.compression != 1 || d.samples > 1 || !matches!(d.bits, 1 | 2 | 4 | 8) {
        return None;
    }
    let row_bytes = (u64::from(d.width) * u64::from(d.bits)).div_ceil(8) as usize;
    let mut data = Vec::new();
    for &(offset, length) in &d.strips {
        data.extend_from_slice(
            bytes.get(offset as usize..(offset as usize).checked_add(length as usize)?)?,
        );
    }
    let top = (1u32 << d.bits) - 1;
    let per_byte = 8 / d.bits;
    Some(GrayImage::from_fn(d.width, d.height, |x, y| {
        let at = y as usize * row_bytes + (x / per_byte) as usize;
        let byte = u32::from(data.get(at).copied().unwrap_or(0));
        let value = (byte >> (8 - d.bits - (x % per_byte) * d.bits)) & top;
        let grey = match d.photometric {
            0 => (top - value) * 255 / top,
            3 => {
                let colours = d.palette.len() / 3;
                let part = |n: usize| {
                    let at = n * colours + value as usize;
                    u32::from(d.palette.get(at).copied().unwrap_or(0)) >> 8
                };
                (part(0) * 299 + part(1) * 587 + part(2) * 114) / 1000
            }
            _ => value * 255 / top,
        };
        image::Luma([grey.min(255) as u8])
    }))
}

struct File<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl File<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let raw = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let raw = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) })
    }

    /// The page at `offset` (none for a preview) and where the next one is.
    fn directory(&self, offset: u32) -> Option<(Option<Directory>, u32)> {
        let at = offset as usize;
        let count = usize::from(self.u16(at)?);
        let mut d = Directory {
            offset,
            bits: 1,
            compression: 1,
            fill_order: 1,
            samples: 1,
            rows_per_strip: u32::MAX,
            unit: 2,
            orientation: 1,
            big_endian: self.big_endian,
            ..Directory::default()
        };
        let (mut offsets, mut lengths, mut preview) = (Vec::new(), Vec::new(), false);
        for n in 0..count {
            let entry = at + 2 + 12 * n;
            let Some(values) = self.values(entry) else { continue };
            let first = values.first().copied().unwrap_or(0);
            match self.u16(entry)? {
                254 => preview = first & 1 == 1,
                256 => d.width = first,
                257 => d.height = first,
                258 => d.bits = first,
                259 => d.compression = first,
                262 => d.photometric = first,
                266 => d.fill_order = first,
                273 => offsets = values,
                274 => d.orientation = first,
                277 => d.samples = first,
                278 => d.rows_per_strip = first,
                279 => lengths = values,
                282 => d.resolution.0 = self.rational(entry),
                283 => d.resolution.1 = self.rational(entry),
                292 => d.t4_options = first,
                296 => d.unit = first,
                320 => d.palette = values.iter().map(|&v| v as u16).collect(),
                _ => {}
            }
        }
        d.strips = offsets.into_iter().zip(lengths).collect();
        let next = self.u32(at + 2 + 12 * count).unwrap_or(0);
        Some(((!preview).then_some(d), next))
    }

    /// The numbers of a field, for the integer types.
    fn values(&self, entry: usize) -> Option<Vec<u32>> {
        let size = match self.u16(entry + 2)? {
            1 => 1,
            3 => 2,
            4 => 4,
            5 => return Some(vec![0]),
            _ => return None,
        };
        let count = (self.u32(entry + 4)? as usize).min(MAX_STRIPS);
        let start = if count * size <= 4 { entry + 8 } else { self.u32(entry + 8)? as usize };
        (0..count)
            .map(|n| {
                let at = start.checked_add(n * size)?;
                match size {
                    1 => self.bytes.get(at).map(|&b| u32::from(b)),
                    2 => self.u16(at).map(u32::from),
                    _ => self.u32(at),
                }
            })
            .collect()
    }

    fn rational(&self, entry: usize) -> Option<f32> {
        let at = self.u32(entry + 8)? as usize;
        let (over, under) = (self.u32(at)?, self.u32(at.checked_add(4)?)?);
        (under != 0).then(|| over as f32 / under as f32)
    }
}

/// Fields that say how the pixels of a page are to be understood; no others are taken along.
const KEPT: [u16; 26] = [
    256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 283, 284, 292, 293, 296, 317, 320,
    322, 323, 324, 325, 338, 347, 530,
];

/// Those pages as a file: their strips or tiles copied, nothing of the others.
pub(super) fn extract(bytes: &[u8], directories: &[&Directory]) -> Option<Vec<u8>> {
    let file = File { bytes, big_endian: bytes.first() == Some(&b'M') };
    let two = |v: u16| if file.big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let four = |v: u32| if file.big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let mut out = bytes.get(..4)?.to_vec();
    out.extend([0; 4]);
    let mut link = 4;
    for directory in directories {
        let at = directory.offset as usize;
        let count = usize::from(file.u16(at)?);
        let mut fields: Vec<[u8; 12]> = Vec::new();
        for n in 0..count {
            let entry = at.checked_add(2 + 12 * n)?;
            let tag = file.u16(entry)?;
            if !KEPT.contains(&tag) {
                continue;
            }
            let kind = file.u16(entry + 2)?;
            let size = match kind {
                1 | 2 | 6 | 7 => 1,
                3 | 8 => 2,
                4 | 9 | 11 => 4,
                5 | 10 | 12 => 8,
                _ => continue,
            };
            let number = file.u32(entry + 4)?;
            let mut field: [u8; 12] = bytes.get(entry..entry + 12)?.try_into().ok()?;
            if matches!(tag, 273 | 324) {
                // Where the pixels are: copied, and told anew.
                let lengths = file.lengths(at, count, if tag == 273 { 279 } else { 325 })?;
                let places: Vec<u8> = file
                    .values(entry)?
                    .into_iter()
                    .zip(lengths)
                    .map(|(from, length)| {
                        let from = from as usize;
                        let data = bytes.get(from..from.checked_add(length as usize)?)?;
                        let place = u32::try_from(out.len()).ok()?;
                        out.extend(data);
                        Some(four(place))
                    })
                    .collect::<Option<Vec<[u8; 4]>>>()?
                    .concat();
                let pieces = u32::try_from(places.len() / 4).ok()?;
                field = described(two(tag), two(4), four(pieces), &places, &mut out, four)?;
            } else {
                let long = (number as usize).checked_mul(size)?;
                if long > 4 {
                    let from = file.u32(entry + 8)? as usize;
                    let data = bytes.get(from..from.checked_add(long)?)?;
                    field = described(two(tag), two(kind), four(number), data, &mut out, four)?;
                }
            }
            fields.push(field);
        }
        if out.len() % 2 == 1 {
            out.push(0);
        }
        let here = four(u32::try_from(out.len()).ok()?);
        out.get_mut(link..link + 4)?.copy_from_slice(&here);
        out.extend(two(u16::try_from(fields.len()).ok()?));
        fields.iter().for_each(|f| out.extend(f));
        link = out.len();
        out.extend([0; 4]);
    }
    Some(out)
}

/// A field whose data goes beside it, or inside when it is short.
fn described(
    tag: [u8; 2],
    kind: [u8; 2],
    number: [u8; 4],
    data: &[u8],
    out: &mut Vec<u8>,
    four: impl Fn(u32) -> [u8; 4],
) -> Option<[u8; 12]> {
    let mut value = [0; 4];
    if data.len() <= 4 {
        value.get_mut(..data.len())?.copy_from_slice(data);
    } else {
        if out.len() % 2 == 1 {
            out.push(0);
        }
        value = four(u32::try_from(out.len()).ok()?);
        out.extend(data);
    }
    [&tag[..], &kind, &number, &value].concat().try_into().ok()
}

impl File<'_> {
    /// The values of one field of a directory.
    fn lengths(&self, at: usize, count: usize, tag: u16) -> Option<Vec<u32>> {
        let entry = (0..count).map(|n| at + 2 + 12 * n).find(|e| self.u16(*e) == Some(tag))?;
        self.values(entry)
    }
}
