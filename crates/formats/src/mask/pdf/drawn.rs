//! What each operation draws, and where: the interpreter that also draws the page on the screen is
//! run over a copy of the file in which every operation that shows text or a picture is marked.
//!
//! After each text operation the copy shows two empty glyphs in saved states: they tell where the
//! text ends and how long a thousandth of text space is, whatever the font. Nothing about fonts is
//! worked out here.
//! Units: points, origin top left of the page as shown.

use std::collections::BTreeMap;

use hayro::vello_cpu::kurbo::{Affine, BezPath, PathEl, Point, Rect, Vec2};
use hayro_interpret::font::Glyph as PdfGlyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, ImageData, InterpreterCache,
    InterpreterSettings, Paint, PathDrawMode, SoftMask, interpret_page,
};
use hayro_syntax::Pdf;
use hayro_syntax::page::Page;
use relu_record::{Budget, Refusal};

use super::content::{self, Op};
use super::model::{Dict, Id, Model, Obj, name};
use crate::notes;
use crate::pdf::{page_transform, push_char};

/// The streams that hold operations, by object number.
pub(super) struct Streams {
    pub all: BTreeMap<Id, Vec<Op>>,
    /// Number of the first operation of each stream.
    pub first: BTreeMap<Id, usize>,
}

/// A glyph of a text operation.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    pub letters: String,
    /// Where it begins, on the baseline.
    pub origin: Point,
    /// A point inside it, when its width is known.
    pub inside: Point,
    pub size: f64,
    pub invisible: bool,
}

/// One showing of text.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub op: usize,
    pub glyphs: Vec<Glyph>,
    /// Where the text ends.
    pub end: Option<Point>,
    /// What the adjustment -1000 moves.
    pub unit: Option<Vec2>,
}

/// One showing of a picture.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub op: usize,
    pub shown: Rect,
}

/// Pixels of a picture, changed.
#[derive(Clone, Debug)]
pub(super) struct Pixels {
    pub width: u32,
    pub height: u32,
    /// 1 or 3 values a pixel.
    pub data: Vec<u8>,
    pub alpha: Option<(u32, u32, Vec<u8>)>,
    pub stencil: bool,
    pub regions: usize,
}

/// What is drawn on a page.
#[derive(Default)]
pub(super) struct Drawn {
    pub texts: Vec<Text>,
    pub pictures: Vec<Picture>,
    pub curves: usize,
}

/// Finds the streams of operations.
pub(super) fn streams(model: &Model, budget: &Budget) -> Result<Streams, Refusal> {
    let mut out = Streams { all: BTreeMap::new(), first: BTreeMap::new() };
    let mut next = 0;
    let contents = model.contents();
    for (id, entry) in &model.objects {
        let Some(bytes) = &entry.stream else { continue };
        let dict = entry.value.dict();
        let is_page = contents.contains(id);
        let is_form = dict
            .is_some_and(|d| d.contains_key(&b"BBox"[..]) && !d.contains_key(&b"PatternType"[..]));
        if !is_page && !is_form {
            continue;
        }
        let ops = content::parse(bytes);
        budget.step(ops.len() as u64 * 4).map_err(notes::spent)?;
        out.first.insert(*id, next);
        next += ops.len();
        out.all.insert(*id, ops);
    }
    Ok(out)
}

/// A copy of the file whose operations are marked.
pub(super) fn marked(model: &Model, streams: &Streams) -> Vec<u8> {
    let mut copy = model.clone();
    for (id, ops) in &streams.all {
        let first = streams.first.get(id).copied().unwrap_or(0);
        let mut out = Vec::with_capacity(ops.len() * 2);
        for (n, op) in ops.iter().enumerate() {
            if op.shows_text() {
                out.push(begin("ReluT", first + n));
                out.push(op.clone());
                out.push(Op::new("EMC", Vec::new()));
                sentinel("ReluE", first + n, false, &mut out);
                sentinel("ReluU", first + n, true, &mut out);
            } else if op.shows_picture() {
                out.push(begin("ReluI", first + n));
                out.push(op.clone());
                out.push(Op::new("EMC", Vec::new()));
            } else {
                out.push(op.clone());
            }
        }
        if let Some(entry) = copy.objects.get_mut(id) {
            entry.stream = Some(content::serialize(&out));
        }
    }
    copy.write()
}

fn begin(tag: &str, n: usize) -> Op {
    let mcid = Dict::from([(b"MCID".to_vec(), Obj::Number(n as f64))]);
    Op::new("BDC", vec![name(tag), Obj::Dict(mcid)])
}

fn sentinel(tag: &str, n: usize, moved: bool, out: &mut Vec<Op>) {
    out.push(begin(tag, n));
    out.push(Op::new("q", Vec::new()));
    out.push(Op::new("Tr", vec![Obj::Number(0.0)]));
    let mut shown = Vec::new();
    if moved {
        shown.push(Obj::Number(-1000.0));
    }
    shown.push(Obj::Text(vec![0, 0]));
    out.push(Op::new("TJ", vec![Obj::Array(shown)]));
    out.push(Op::new("Q", Vec::new()));
    out.push(Op::new("EMC", Vec::new()));
}

/// Interprets a page of the marked copy. Pictures are blacked under `black`.
pub(super) fn look_at<'a>(
    pdf: &'a Pdf,
    number: usize,
    cache: &InterpreterCache<'a>,
    black: &[Rect],
    pixels: &mut BTreeMap<usize, Pixels>,
    budget: &Budget,
) -> Result<Drawn, Refusal> {
    let Some(page) = pdf.pages().get(number) else { return Ok(Drawn::default()) };
    let page: &Page<'a> = page;
    let (width, height) = page.render_dimensions();
    let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let mut recorder = Recorder {
        budget,
        black,
        pixels,
        inside: Vec::new(),
        drawn: Drawn::default(),
        overrun: false,
    };
    let settings = InterpreterSettings::default();
    let mut context = Context::new(page_transform(page), bounds, cache, page.xref(), settings);
    interpret_page(page, &mut context, &mut recorder);
    if recorder.overrun { Err(notes::WORK_LIMIT.refusal()) } else { Ok(recorder.drawn) }
}

/// What the marked sequence being drawn is.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Text(usize),
    End(usize),
    Unit(usize),
    Picture(usize),
    Other,
}

struct Recorder<'b> {
    budget: &'b Budget,
    black: &'b [Rect],
    pixels: &'b mut BTreeMap<usize, Pixels>,
    inside: Vec<Inside>,
    drawn: Drawn,
    overrun: bool,
}

impl Recorder<'_> {
    fn pay(&mut self, steps: u64) -> bool {
        self.overrun |= self.budget.step(steps).is_err();
        !self.overrun
    }

    fn glyph(&mut self, glyph: &PdfGlyph<'_>, m: Affine, mode: &GlyphDrawMode) {
        let origin = m * Point::ZERO;
        let Some(text) = self.drawn.texts.last_mut() else { return };
        let again = text.glyphs.last().is_some_and(|last| last.origin == origin);
        if again && matches!(mode, GlyphDrawMode::Stroke(_)) {
            // Filled, then stroked: one glyph.
            return;
        }
        let mut letters = String::new();
        match glyph.as_unicode() {
            Some(BfString::Char(c)) => push_char(c, &mut letters),
            Some(BfString::String(s)) => s.chars().for_each(|c| push_char(c, &mut letters)),
            None => {}
        }
        let [a, b, c, d, _, _] = m.as_coeffs();
        let along = a.hypot(b);
        let (size, inside) = match glyph {
            PdfGlyph::Outline(g) => {
                let advance = f64::from(g.advance_width().unwrap_or(500.0));
                let size = if along > 0.0 { (a * d - b * c).abs() / along * 1000.0 } else { 0.0 };
                (size, m * Point::new(advance / 2.0, 250.0))
            }
            PdfGlyph::Type3(_) => (0.0, origin),
        };
        let invisible = matches!(mode, GlyphDrawMode::Invisible);
        text.glyphs.push(Glyph { letters, origin, inside, size, invisible });
    }
}

impl<'a> Device<'a> for Recorder<'_> {
    fn draw_glyph(
        &mut self,
        glyph: &PdfGlyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        _: &Paint<'a>,
        mode: &GlyphDrawMode,
    ) {
        if !self.pay(1) {
            return;
        }
        let m = transform * glyph_transform;
        let place = m * Point::ZERO;
        match self.inside.last() {
            Some(Inside::Text(_)) => self.glyph(glyph, m, mode),
            Some(Inside::End(op)) => {
                let op = *op;
                // An operation may draw nothing by itself and still move.
                if self.drawn.texts.last().is_none_or(|t| t.op != op || t.unit.is_some()) {
                    return;
                }
                if let Some(text) = self.drawn.texts.last_mut() {
                    text.end.get_or_insert(place);
                }
            }
            Some(Inside::Unit(op)) => {
                if let Some(text) = self.drawn.texts.last_mut()
                    && text.op == *op
                    && let Some(end) = text.end
                {
                    text.unit.get_or_insert(place - end);
                }
            }
            _ => {}
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, transform: Affine) {
        let (w, h) = (f64::from(image.width()), f64::from(image.height()));
        let shown = transform.transform_rect_bbox(Rect::new(0.0, 0.0, w, h));
        let Some(Inside::Picture(op)) = self.inside.iter().rev().find(|i| **i != Inside::Other)
        else {
            return;
        };
        let op = *op;
        if !self.pay(1) || !shown.is_finite() {
            return;
        }
        self.drawn.pictures.push(Picture { op, shown });
        let hits: Vec<Rect> = self.black.iter().filter(|r| overlap(**r, shown)).copied().collect();
        if hits.is_empty() || transform.determinant().abs() < 1e-12 {
            return;
        }
        let bytes = (w * h * 4.0) as u64;
        if self.budget.output(bytes).is_err() {
            self.overrun = true;
            return;
        }
        if !self.pixels.contains_key(&op)
            && let Some(decoded) = decoded(&image)
        {
            self.pixels.insert(op, decoded);
        }
        let Some(pixels) = self.pixels.get_mut(&op) else {
            return;
        };
        let (sx, sy) = (f64::from(pixels.width) / w, f64::from(pixels.height) / h);
        let back = Affine::scale_non_uniform(sx, sy) * transform.inverse();
        for hit in hits {
            pixels.black(back.transform_rect_bbox(hit));
        }
    }

    fn draw_path(&mut self, path: &BezPath, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {
        if self.pay(1 + path.elements().len() as u64 / 8) {
            let curved = |e: &&PathEl| matches!(e, PathEl::QuadTo(..) | PathEl::CurveTo(..));
            self.drawn.curves += path.elements().iter().filter(curved).count();
        }
    }

    fn begin_marked_content(&mut self, tag: &[u8], mcid: Option<i32>) {
        let n = mcid.and_then(|n| usize::try_from(n).ok());
        let inside = match (tag, n) {
            (b"ReluT", Some(n)) => {
                self.drawn.texts.push(Text { op: n, ..Text::default() });
                Inside::Text(n)
            }
            (b"ReluE", Some(n)) => Inside::End(n),
            (b"ReluU", Some(n)) => Inside::Unit(n),
            (b"ReluI", Some(n)) => Inside::Picture(n),
            _ => Inside::Other,
        };
        self.inside.push(inside);
    }

    fn end_marked_content(&mut self) {
        self.inside.pop();
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// Whether the two share an area.
pub(super) fn overlap(a: Rect, b: Rect) -> bool {
    let both = a.intersect(b);
    both.width() > 0.0 && both.height() > 0.0
}

fn decoded(image: &Image<'_, '_>) -> Option<Pixels> {
    let mut out = None;
    match image {
        Image::Stencil(stencil) => stencil.with_stencil(
            |luma, _| {
                out = Some(Pixels {
                    width: luma.width,
                    height: luma.height,
                    data: luma.data,
                    alpha: None,
                    stencil: true,
                    regions: 0,
                });
            },
            None,
        ),
        Image::Raster(raster) => raster.with_rgba(
            |data, alpha| {
                let (width, height) = (data.width(), data.height());
                let data = match data {
                    ImageData::Rgb(rgb) => rgb.data,
                    ImageData::Luma(luma) => luma.data,
                };
                let alpha = alpha.map(|a| (a.width, a.height, a.data));
                out = Some(Pixels { width, height, data, alpha, stencil: false, regions: 0 });
            },
            None,
        ),
    }
    out.filter(|p| p.width > 0 && p.height > 0)
}

impl Pixels {
    /// Values a pixel.
    pub(super) fn channels(&self) -> usize {
        let area = (self.width as usize).saturating_mul(self.height as usize).max(1);
        (self.data.len() / area).max(1)
    }

    /// Blacks a rectangle, in pixels.
    fn black(&mut self, r: Rect) {
        self.regions += 1;
        let channels = self.channels();
        // In a stencil 255 is where ink falls.
        let ink = if self.stencil { 255 } else { 0 };
        fill(&mut self.data, self.width, self.height, channels, r, ink);
        if let Some((w, h, data)) = &mut self.alpha {
            let (sx, sy) =
                (f64::from(*w) / f64::from(self.width), f64::from(*h) / f64::from(self.height));
            let r = Rect::new(r.x0 * sx, r.y0 * sy, r.x1 * sx, r.y1 * sy);
            fill(data, *w, *h, 1, r, 255);
        }
    }
}

/// Fills a rectangle of an array of pixels.
pub(crate) fn fill(data: &mut [u8], width: u32, height: u32, channels: usize, r: Rect, ink: u8) {
    let clamp = |v: f64, max: u32| v.clamp(0.0, f64::from(max)) as usize;
    let (x0, x1) = (clamp(r.x0.floor(), width), clamp(r.x1.ceil(), width));
    let (y0, y1) = (clamp(r.y0.floor(), height), clamp(r.y1.ceil(), height));
    for y in y0..y1 {
        let row = y * width as usize;
        if let Some(span) = data.get_mut((row + x0) * channels..(row + x1) * channels) {
            span.fill(ink);
        }
    }
}
