//! Carriers: a composed document in each format that practices receive. One file per format, all of
//! one shape: `write(&Composed, …) -> Vec<u8>`.

pub(crate) mod cda;
pub(crate) mod docx;
pub(crate) mod fhir;
pub(crate) mod g4;
pub(crate) mod hl7;
pub(crate) mod hprim;
pub(crate) mod mail;
pub(crate) mod pdf;
pub(crate) mod scan;
pub(crate) mod text;
pub(crate) mod xdm;

/// Pages as a fax: one bit a pixel, CCITT G4, that many dots per inch.
pub fn faxed(pages: &[image::GrayImage], dpi: f32) -> Vec<u8> {
    let grey = |p: &image::GrayImage| scan::Grey {
        width: p.width() as usize,
        height: p.height() as usize,
        pixels: p.as_raw().clone(),
    };
    scan::tiff(&pages.iter().map(grey).collect::<Vec<_>>(), dpi, true)
}
