//! Pictures made here, of each kind and coding, read and decoded.

use super::*;
use image::{GrayImage, Luma};

/// 16 by 8 pixels, black but for a white stripe of columns 4 to 7.
fn stripes() -> GrayImage {
    GrayImage::from_fn(16, 8, |x, _| Luma([if (4..8).contains(&x) { 255 } else { 0 }]))
}

/// A little-endian TIFF whose pages hold these strips: compression, photometric, options, bytes.
fn tiff(pages: &[(u16, u16, u32, &[u8])]) -> Vec<u8> {
    let mut out = b"II\x2a\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (compression, photometric, t4, strip) in pages {
        let data = out.len() as u32;
        out.extend_from_slice(strip);
        let resolution = out.len() as u32;
        out.extend([204u32, 1, 98, 1].into_iter().flat_map(u32::to_le_bytes));
        let directory = out.len() as u32;
        out[link..link + 4].copy_from_slice(&directory.to_le_bytes());
        let short = |tag: u16, value: u32| (tag, 3u16, 1u32, value);
        let entries = [
            short(256, 16),
            short(257, 8),
            short(258, 1),
            short(259, u32::from(*compression)),
            short(262, u32::from(*photometric)),
            (273, 4, 1, data),
            short(277, 1),
            short(278, 8),
            (279, 4, 1, strip.len() as u32),
            (282, 5, 1, resolution),
            (283, 5, 1, resolution + 8),
            (292, 4, 1, *t4),
            short(296, 2),
        ];
        out.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            out.extend(tag.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(count.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        link = out.len();
        out.extend(0u32.to_le_bytes());
    }
    out
}

/// Bits written as text, spaces aside, padded to a byte.
fn bits(text: &str) -> Vec<u8> {
    let bits: Vec<u8> =
        text.bytes().filter(|b| matches!(b, b'0' | b'1')).map(|b| b - b'0').collect();
    bits.chunks(8)
        .map(|c| c.iter().enumerate().fold(0, |byte, (n, b)| byte | b << (7 - n)))
        .collect()
}

/// T.4 codes of one line: white 0, black 4, white 4, black 8.
const LINE: &str = "00110101 011 1011 000101";

fn read_bytes(bytes: &[u8]) -> Result<Reading, Refusal> {
    read(&Input { bytes, name: None, media_type: None }, &Budget::standard())
}

fn pixels(bytes: &[u8], page: u32) -> GrayImage {
    decode(bytes, page, &Budget::standard()).unwrap().0.into_luma8()
}

#[test]
fn faxes_of_each_coding_decode() {
    // Group 3 in one dimension: an end-of-line code before each line.
    let eol = "000000000001";
    let group3 = bits(&format!("{eol} {LINE}").repeat(8));
    // Modified Huffman: lines padded to a byte.
    let huffman: Vec<u8> = bits(LINE).repeat(8);
    // Group 4: the first line in horizontal mode (001), the others like the one above (V0, three
    // changing elements and the end of the line).
    let group4 = bits(&format!(
        "001 00110101 011 001 1011 000101 {} {}",
        "1 1 1 1".repeat(7),
        "000000000001".repeat(2)
    ));
    let files =
        [tiff(&[(3, 0, 0, &group3)]), tiff(&[(2, 0, 0, &huffman)]), tiff(&[(4, 0, 0, &group4)])];
    // The first white run is empty: black from column 0 to 3.
    let expected = stripes();
    for (n, file) in files.iter().enumerate() {
        assert_eq!(pixels(file, 0), expected, "coding {n}");
    }
}

#[test]
fn each_page_of_a_tiff_is_a_page_of_its_own_size() {
    let row = [0x0f, 0x00];
    let plain = row.repeat(8);
    let file = tiff(&[(1, 1, 0, &plain), (2, 0, 0, &bits(LINE).repeat(8))]);
    let reading = read_bytes(&file).unwrap();
    assert_eq!(reading.pages_to_recognise, [0, 1]);
    // 204 by 98 dots per inch, as faxes are.
    assert!((reading.pages[0].width - 16.0 * 72.0 / 204.0).abs() < 0.01);
    assert!((reading.pages[0].height - 8.0 * 72.0 / 98.0).abs() < 0.01);
    assert_eq!(pixels(&file, 0), stripes());
    assert_eq!(pixels(&file, 1), stripes());
    let none = decode(&file, 2, &Budget::standard());
    assert_eq!(none.map(|_| ()).map_err(|r| r.code), Err(RefusalCode::MissingPart));
}

#[test]
fn png_and_jpeg_are_read_with_their_resolution() {
    for (format, media_type) in
        [(image::ImageFormat::Png, "image/png"), (image::ImageFormat::Jpeg, "image/jpeg")]
    {
        let mut bytes = Vec::new();
        stripes().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        let reading = read_bytes(&bytes).unwrap();
        assert_eq!((reading.media_type.as_str(), reading.pages.len()), (media_type, 1));
        assert!(reading.text.is_empty());
    }
    // A pHYs chunk of 11811 dots per metre, 300 per inch.
    let png = [
        &b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..],
        &[0; 17],
        b"\0\0\0\x09pHYs\0\0\x2e\x23\0\0\x2e\x23\x01",
    ]
    .concat();
    let (x, y) = density::png(&png).unwrap();
    assert!((x - 300.0).abs() < 0.1 && (y - 300.0).abs() < 0.1, "{x} {y}");
}

#[test]
fn what_cannot_be_read_is_refused() {
    let code = |bytes: &[u8]| read_bytes(bytes).map(|_| ()).map_err(|r| r.code);
    assert_eq!(code(b""), Err(RefusalCode::Empty));
    assert_eq!(code(b"\x89PNG\r\n\x1a\n"), Err(RefusalCode::Damaged));
    assert_eq!(code(b"II\x2a\0\x08\0\0\0"), Err(RefusalCode::Damaged));
    // A picture of 60000 by 60000 pixels is not even begun.
    let mut bomb = tiff(&[(4, 0, 0, &[0])]);
    for tag in [256u16, 257] {
        let entry = [&tag.to_le_bytes()[..], &3u16.to_le_bytes(), &1u32.to_le_bytes()].concat();
        let at = bomb.windows(entry.len()).position(|w| w == entry).unwrap() + 8;
        bomb[at..at + 4].copy_from_slice(&60_000u32.to_le_bytes());
    }
    assert_eq!(code(&bomb), Err(RefusalCode::TooLarge));
    // A chain of directories that comes back on itself ends.
    let mut circle = tiff(&[(2, 0, 0, &bits(LINE).repeat(8))]);
    let first = circle[4..8].to_vec();
    let end = circle.len();
    circle[end - 4..].copy_from_slice(&first);
    assert_eq!(read_bytes(&circle).unwrap().pages.len(), 1);
}
