//! What is drawn on a page: glyphs with their letters and places, horizontal rules, pictures.
//!
//! Shapes: a [`Device`] for the PDF interpreter; [`Glyph`]s out, in the order they are drawn.
//! Units: points, origin top left of the page as shown. Every call costs one step of the budget;
//! when it is spent the collector keeps nothing more and says so.
//! Source: ISO 32000-2, 9.4.4 (text space), 9.6.4 (Type 3 fonts).

use hayro::vello_cpu::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};
use hayro_interpret::font::Glyph as PdfGlyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::{
    BlendMode, ClipPath, Device, GlyphDrawMode, Image, Paint, PathDrawMode, SoftMask,
};
use relu_record::Budget;

use super::unicode;
use super::unnamed::Unnamed;
use crate::page::order::{Rule, Rules};

/// One glyph. Letters are a range of [`Collector::letters`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub start: u32,
    pub end: u32,
    /// Where it begins, on the baseline.
    pub origin: (f64, f64),
    /// Where the next one would begin.
    pub finish: (f64, f64),
    /// Height of the em, perpendicular to the baseline.
    pub size: f64,
    /// Direction of the baseline, in degrees, 0 to the right and 90 down the page.
    pub angle: f64,
}

/// Notes what is drawn on one page.
pub(super) struct Collector<'b> {
    budget: &'b Budget,
    page: Rect,
    unnamed: Unnamed,
    /// Letters of all glyphs, one after the other.
    pub letters: String,
    pub glyphs: Vec<Glyph>,
    pub rules: Rules,
    /// Share of the page under pictures, 0 to 1, overlaps counted twice.
    pub picture_share: f64,
    /// Whether something about as wide as high and as large as a printed code is shown.
    pub square_picture: bool,
    small_squares: u32,
    /// Curved segments filled or stroked: text drawn as outlines has thousands.
    pub curves: u64,
    /// Glyphs that the font does not name.
    pub unmapped: usize,
    /// The budget was spent.
    pub overrun: bool,
}

/// Smallest and largest side of a printed code, in points: 7 and 70 mm.
const CODE_POINTS: (f64, f64) = (20.0, 200.0);
/// More rules than this on a page are a drawing, not a table.
const MAX_RULES: usize = 4_000;

impl<'b> Collector<'b> {
    pub(super) fn new(
        width: f32,
        height: f32,
        budget: &'b Budget,
        unnamed: Unnamed,
    ) -> Collector<'b> {
        Collector {
            budget,
            unnamed,
            page: Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
            letters: String::new(),
            glyphs: Vec::new(),
            rules: Rules::default(),
            picture_share: 0.0,
            square_picture: false,
            small_squares: 0,
            curves: 0,
            unmapped: 0,
            overrun: false,
        }
    }

    /// Pays for one call; false once the budget is spent.
    fn pay(&mut self, steps: u64) -> bool {
        self.overrun |= self.budget.step(steps).is_err();
        !self.overrun
    }

    fn add(&mut self, letters: Option<BfString>, blank: bool, place: Place) {
        // What lies wholly outside the page is not shown.
        let reach = place.size.max(1.0);
        let shown = self.page.inflate(reach, reach).contains(place.origin);
        if !shown || !place.size.is_finite() || place.size <= 0.01 {
            return;
        }
        let start = self.letters.len() as u32;
        let silent = matches!(&letters, Some(BfString::String(s)) if s.is_empty());
        match letters {
            Some(BfString::Char(c)) => unicode::push_char(c, &mut self.letters),
            Some(BfString::String(s)) => {
                s.chars().for_each(|c| unicode::push_char(c, &mut self.letters));
            }
            None if blank => self.letters.push(' '),
            None => self.letters.push(unicode::UNKNOWN),
        }
        let end = self.letters.len() as u32;
        // A silent glyph still takes its place in its word; a mark of direction takes none.
        if start == end && !silent {
            return;
        }
        let here = self.letters.get(start as usize..).unwrap_or_default();
        if here.contains(unicode::UNKNOWN) {
            self.unmapped += 1;
        }
        self.glyphs.push(Glyph {
            start,
            end,
            origin: (place.origin.x, place.origin.y),
            finish: (place.finish.x, place.finish.y),
            size: place.size,
            angle: place.angle,
        });
    }

    /// A code drawn: many squares in one path, or one small square after another.
    fn note_code(&mut self, shown: Rect, elements: usize) {
        let (short, long) = (shown.width().min(shown.height()), shown.width().max(shown.height()));
        self.small_squares += u32::from(long < 5.0 && short > 0.3);
        let whole = elements > 400 && long < CODE_POINTS.1 && short > CODE_POINTS.0;
        self.square_picture |= self.small_squares > 100 || (whole && short * 10.0 > long * 8.0);
    }

    fn note_path(&mut self, path: &BezPath, transform: Affine) {
        if !self.pay(1 + path.elements().len() as u64 / 8) {
            return;
        }
        let curves = path
            .elements()
            .iter()
            .filter(|e| matches!(e, PathEl::QuadTo(..) | PathEl::CurveTo(..)));
        self.curves += curves.count() as u64;
        self.note_code(transform.transform_rect_bbox(path.bounding_box()), path.elements().len());
        let (mut start, mut last) = (Point::ZERO, Point::ZERO);
        for element in path.elements().iter().take(MAX_RULES) {
            match *element {
                PathEl::MoveTo(p) => (start, last) = (p, p),
                PathEl::LineTo(p) => {
                    self.note_line(transform * last, transform * p);
                    last = p;
                }
                PathEl::QuadTo(_, p) | PathEl::CurveTo(_, _, p) => last = p,
                PathEl::ClosePath => {
                    self.note_line(transform * last, transform * start);
                    last = start;
                }
            }
        }
    }

    /// A rule is drawn as a line, as a thin rectangle, or as the edges of a cell's frame.
    fn note_line(&mut self, a: Point, b: Point) {
        let (wide, high) = ((a.x - b.x).abs(), (a.y - b.y).abs());
        let rules = &mut self.rules;
        if high < 0.5 && wide > 15.0 && rules.horizontal.len() < MAX_RULES {
            rules.horizontal.push(Rule { at: a.y, from: a.x.min(b.x), to: a.x.max(b.x) });
        } else if wide < 0.5 && high > 5.0 && rules.vertical.len() < MAX_RULES {
            rules.vertical.push(Rule { at: a.x, from: a.y.min(b.y), to: a.y.max(b.y) });
        }
    }
}

/// Where a glyph stands on the page.
#[derive(Clone, Copy)]
struct Place {
    origin: Point,
    finish: Point,
    size: f64,
    angle: f64,
}

impl Place {
    /// From the matrix that brings the glyph's thousandths of an em to the page.
    fn new(m: Affine, advance: f64) -> Place {
        let [a, b, c, d, _, _] = m.as_coeffs();
        let along = a.hypot(b);
        let area = (a * d - b * c).abs();
        let size = if along > 0.0 { area / along * 1000.0 } else { 0.0 };
        Place {
            origin: m * Point::ZERO,
            finish: m * Point::new(advance, 0.0),
            size,
            angle: b.atan2(a).to_degrees(),
        }
    }
}

impl<'a> Device<'a> for Collector<'_> {
    fn draw_glyph(
        &mut self,
        glyph: &PdfGlyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        paint: &Paint<'a>,
        _: &GlyphDrawMode,
    ) {
        if !self.pay(1) {
            return;
        }
        let m = transform * glyph_transform;
        match glyph {
            PdfGlyph::Outline(g) => {
                let advance = f64::from(g.advance_width().unwrap_or(500.0));
                let mut letters = g.as_unicode();
                if letters.is_none() && !self.unnamed.is_empty() {
                    let told = self.unnamed.letters(g.font_cache_key(), g.glyph_id().to_u32());
                    letters = told.map(BfString::String);
                }
                let blank = letters.is_none() && g.outline().elements().is_empty();
                self.add(letters, blank, Place::new(m, advance));
            }
            PdfGlyph::Type3(g) => {
                // The font's own matrix is not known here: the drawing tells the width and height.
                let mut extent = Extent::default();
                g.interpret(&mut extent, transform, glyph_transform, paint);
                let mut place = Place::new(m, 0.0);
                match extent.0 {
                    Some(drawn) if drawn.is_finite() => {
                        place.finish = Point::new(drawn.x1.max(place.origin.x), place.origin.y);
                        let tall = drawn.height();
                        if !(tall..tall * 4.0).contains(&place.size) {
                            place.size = (tall * 1.4).max(4.0);
                        }
                        self.add(g.as_unicode(), false, place);
                    }
                    _ => self.add(g.as_unicode(), true, place),
                }
            }
        }
    }

    fn draw_path(&mut self, path: &BezPath, transform: Affine, _: &Paint<'a>, _: &PathDrawMode) {
        self.note_path(path, transform);
    }

    fn draw_image(&mut self, image: Image<'a, '_>, transform: Affine) {
        // The unit square of the image, whose picture is never decoded here.
        let (w, h) = (f64::from(image.width()), f64::from(image.height()));
        let shown = transform.transform_rect_bbox(Rect::new(0.0, 0.0, w, h)).intersect(self.page);
        if self.pay(1) && shown.is_finite() && self.page.area() > 0.0 {
            self.picture_share += shown.area().max(0.0) / self.page.area();
            let (short, long) =
                (shown.width().min(shown.height()), shown.width().max(shown.height()));
            self.square_picture |=
                long < CODE_POINTS.1 && short > CODE_POINTS.0 && short * 10.0 > long * 8.0;
        }
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// The rectangle that a Type 3 glyph fills.
#[derive(Default)]
struct Extent(Option<Rect>);

impl Extent {
    fn add(&mut self, r: Rect) {
        self.0 = Some(self.0.map_or(r, |have| have.union(r)));
    }
}

impl<'a> Device<'a> for Extent {
    fn draw_path(&mut self, path: &BezPath, transform: Affine, _: &Paint<'a>, _: &PathDrawMode) {
        self.add((transform * path.clone()).bounding_box());
    }
    fn draw_image(&mut self, image: Image<'a, '_>, transform: Affine) {
        let (w, h) = (f64::from(image.width()), f64::from(image.height()));
        self.add(transform.transform_rect_bbox(Rect::new(0.0, 0.0, w, h)));
    }
    fn draw_glyph(
        &mut self,
        _: &PdfGlyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        _: &Paint<'a>,
        _: &GlyphDrawMode,
    ) {
        let m = transform * glyph_transform;
        self.add(m.transform_rect_bbox(Rect::new(0.0, 0.0, 500.0, 700.0)));
    }
    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
