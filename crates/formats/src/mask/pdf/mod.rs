//! PDF: the glyphs of hidden passages are taken out of the content, pictures of text are blacked in
//! their pixels, and everything that is not needed to show the pages is gone.
//!
//! ```text
//! file ──▶ model ──▶ marked copy ──▶ what each operation draws ──▶ glyphs to take out ──▶ model ──▶ file
//! ```
//!
//! - Text: glyphs are replaced by the distance they moved; a box with the mark is drawn.
//! - Recognised text, and invisible text over a picture: the picture is decoded, blacked, rewritten.
//! - A page of which a passage cannot be found in text or pictures (letters drawn as outlines) is
//!   redrawn as one picture, blacked; so is a page where the second reading finds a rest.
//! - Never taken over: older revisions, metadata (Info and XMP), attachments, scripts, signatures,
//!   thumbnails, private data of programs. Removed: text that no page shows (hidden layers, outside
//!   the page, appearances of hidden annotations), text inside tiling patterns.
//! - Cleaned: texts of annotations, fields, bookmarks, structure (ActualText, Alt), layers, labels.
//!
//! Units: points, origin top left of the page as shown. Source: ISO 32000-2.

pub(crate) use drawn::fill;
pub(crate) use extract::pages as extract;

mod boxes;
mod content;
mod drawn;
mod erase;
mod extract;
mod hide;
mod model;
mod pictures;
mod scrub;

use std::collections::{BTreeMap, BTreeSet};

use hayro::vello_cpu::kurbo::{Affine, Rect};
use hayro_interpret::InterpreterCache;
use hayro_syntax::Pdf;
use relu_record::{Budget, Format, Refusal};

use super::{Done, Work, needles};
use crate::page::raster::{self, Scale};
use crate::pdf::{open, page_transform};
use crate::{Input, identity, notes};
use boxes::Cover;
use content::Op;
use drawn::{Pixels, Streams};
use erase::Erasure;
use hide::Hide;
use model::{Dict, Id, Model, Obj};

/// Resolution of a page redrawn.
const DPI: f32 = 150.0;

/// Masks a PDF.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let mut redrawn = BTreeSet::new();
    let mut done = attempt(bytes, work, &redrawn, budget)?;
    // What glyphs could not be freed from, pixels are.
    let left = pages_with_rest(&done.bytes, work, budget);
    if !left.is_empty() {
        redrawn.extend(left);
        done = attempt(bytes, work, &redrawn, budget)?;
    }
    Ok(done)
}

/// Pages whose text, read again, holds a hidden word more often than the plan leaves it.
fn pages_with_rest(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> BTreeSet<u32> {
    let input = Input { bytes, name: None, media_type: None };
    let Ok(reading) = crate::pdf::read(&input, budget) else { return BTreeSet::new() };
    let left = work.masked_text();
    let before: Vec<&str> = left.split('\u{c}').collect();
    let mut out = BTreeSet::new();
    for (n, page) in (0u32..).zip(reading.text.split('\u{c}')) {
        let allowed = work.hidden.tally(before.get(n as usize).copied().unwrap_or(""));
        let found = work.hidden.tally(page);
        let words = !work.words.find(page).is_empty();
        if words || found.iter().zip(&allowed).any(|(have, may)| have > may) {
            out.insert(n);
        }
    }
    out.extend(super::hidden_codes(&reading).map(|(page, _)| page));
    out
}

/// What is gathered page by page before the file is rewritten.
struct Gathered {
    erasure: Erasure,
    pixels: BTreeMap<usize, Pixels>,
    pictures: BTreeSet<usize>,
    covers: BTreeMap<u32, Vec<Cover>>,
    redraw: BTreeMap<u32, Vec<Rect>>,
    /// From the page's own coordinates to the page as shown.
    to_shown: Vec<Affine>,
}

fn attempt(
    bytes: &[u8],
    work: &Work<'_>,
    redrawn: &BTreeSet<u32>,
    budget: &Budget,
) -> Result<Done, Refusal> {
    let opened = open(bytes)?;
    if opened.pdf.pages().len() > budget.max_pages {
        return Err(notes::WORK_LIMIT.refusal());
    }
    let mut model = model::load(&opened.pdf, budget)?;
    let streams = drawn::streams(&model, budget)?;
    let mut hides = hide::by_page(work);
    let mut gathered =
        gather(&mut model, &opened.pdf, &streams, &mut hides, redrawn, work, budget)?;

    let mut done = Done::default();
    done.counts.passages = work.replacements.len();
    done.counts.regions = gathered.pixels.values().map(|p| p.regions).sum();
    let hidden = rewrite(&mut model, &streams, &mut gathered);
    for (page, black) in &gathered.redraw {
        redraw(bytes, *page, black, &mut model, budget)?;
        done.counts.regions += black.len();
    }
    cover(&mut model, &gathered);
    done.counts.words = scrub::words(&mut model, &work.hidden);
    done.counts.words += scrub::maps(&mut model, &work.hidden);
    model.sweep();
    done.bytes = model.write();
    report(&mut done, &model, hidden, !gathered.redraw.is_empty(), bytes);
    Ok(done)
}

fn report(done: &mut Done, model: &Model, hidden: usize, redrawn: bool, bytes: &[u8]) {
    let left = model.left_out;
    done.counts.removed = left.attachments + left.scripts + left.signatures + hidden;
    let encrypted = crate::sniff::contains(bytes, b"/Encrypt");
    for (there, note) in [
        (left.attachments > 0, &notes::MASK_PART_REMOVED),
        (left.scripts > 0, &notes::MASK_SCRIPT_REMOVED),
        (left.signatures > 0, &notes::MASK_SIGNATURE_REMOVED),
        (hidden > 0, &notes::MASK_HIDDEN_REMOVED),
        (redrawn, &notes::MASK_PAGE_REDRAWN),
        (encrypted, &notes::MASK_DECRYPTED),
    ] {
        if there {
            identity::note(&mut done.findings, note.finding());
        }
    }
}

/// Looks at every page of the marked copy and decides what goes.
fn gather(
    model: &mut Model,
    original: &Pdf,
    streams: &Streams,
    hides: &mut BTreeMap<u32, Vec<Hide>>,
    redrawn: &BTreeSet<u32>,
    work: &Work<'_>,
    budget: &Budget,
) -> Result<Gathered, Refusal> {
    let copy = drawn::marked(model, streams);
    budget.output(copy.len() as u64).map_err(notes::spent)?;
    let copy = open(&copy)?.pdf;
    let cache = InterpreterCache::new();
    let mut out = Gathered {
        erasure: Erasure::default(),
        pixels: BTreeMap::new(),
        pictures: BTreeSet::new(),
        covers: BTreeMap::new(),
        redraw: BTreeMap::new(),
        to_shown: Vec::new(),
    };
    for (number, page) in (0u32..).zip(original.pages().iter()) {
        let to_shown = page_transform(page);
        out.to_shown.push(to_shown);
        let hides = hides.entry(number).or_default();
        let (width, height) = page.render_dimensions();
        let black: Vec<Rect> = hides.iter().filter(|h| h.recognised).map(|h| h.part).collect();
        let at = number as usize;
        let seen = drawn::look_at(&copy, at, &cache, &black, &mut out.pixels, budget)?;
        let chosen = hide::choose(&seen, hides);
        let invisible: Vec<Rect> = hides
            .iter()
            .zip(&chosen.taken)
            .filter(|(h, taken)| taken.1 && !h.recognised)
            .map(|(h, _)| h.part)
            .collect();
        if !invisible.is_empty() {
            drawn::look_at(&copy, at, &cache, &invisible, &mut out.pixels, budget)?;
        }
        out.pictures.extend(seen.pictures.iter().map(|p| p.op));
        out.erasure.add(&seen, &chosen, f64::from(width), f64::from(height));
        let mut redraw = redrawn.contains(&number);
        for (hide, (taken, _)) in hides.iter().zip(&chosen.taken) {
            let passage = passage(work, hide.passage);
            let center = hide.part.center();
            let pictured = hide.recognised
                && seen.curves < 400
                && seen.pictures.iter().any(|p| p.shown.inflate(1.0, 1.0).contains(center));
            let page = model.pages.get(at).copied().unwrap_or(0);
            let text = hide_text(hide);
            let filled = !hide.code && scrub::field(model, page, to_shown, center, &text, &passage);
            // A code may be drawn with lines, or letters that are its cells.
            redraw |= (*taken == 0 || hide.code) && !pictured && !filled;
            out.covers.entry(number).or_default().push(Cover {
                rect: hide.part,
                label: passage,
                passage: hide.passage,
            });
        }
        if redraw {
            let black = hides.iter().map(|h| h.part).collect();
            out.redraw.insert(number, black);
        }
    }
    Ok(out)
}

/// What is written in place of a passage.
fn passage(work: &Work<'_>, n: usize) -> String {
    work.replacements.get(n).map_or(needles::MARK, |r| r.with.as_str()).to_owned()
}

fn hide_text(hide: &Hide) -> String {
    let hidden = hide.hidden.clone();
    hide.letters.chars().skip(hidden.start).take(hidden.len()).collect()
}

/// Writes the streams again without what is hidden; says how much nobody saw was removed.
fn rewrite(model: &mut Model, streams: &Streams, gathered: &mut Gathered) -> usize {
    let mut unseen = 0;
    let appearances = appearances(model);
    let mut used = BTreeSet::new();
    let mut holders: BTreeMap<Id, Id> = BTreeMap::new();
    for (page, content) in model.pages.iter().filter_map(|p| {
        let dict = model.objects.get(p)?.value.dict()?;
        match dict.get(&b"Contents"[..]) {
            Some(Obj::Ref(content)) => Some((*p, *content)),
            _ => None,
        }
    }) {
        holders.insert(content, page);
    }
    for (id, ops) in &streams.all {
        let first = streams.first.get(id).copied().unwrap_or(0);
        let holder = holders.get(id).copied().unwrap_or(*id);
        let mut out: Vec<Op> = Vec::with_capacity(ops.len());
        for (n, op) in ops.iter().enumerate() {
            let number = first + n;
            if op.shows_text() {
                let keep_tick = appearances.contains(id) && shown_bytes(op) <= 1;
                if let Some(erased) = gathered.erasure.texts.get(&number) {
                    let at = out.len();
                    erase::silence(&mut out, at);
                    unseen += usize::from(!erased.outside.is_empty());
                    match erase::without(op, erased) {
                        Some(rest) => out.extend(rest),
                        // Letters that cannot be told apart go together.
                        None => out.extend(moved_line(op)),
                    }
                } else if gathered.erasure.drawn.contains(&number) || keep_tick {
                    out.push(op.clone());
                } else if shown_bytes(op) > 0 {
                    unseen += 1;
                    out.extend(moved_line(op));
                } else {
                    out.push(op.clone());
                }
            } else if let Some(pixels) = gathered.pixels.get(&number) {
                let name = format!("ReluI{number}");
                let image = add_image(model, pixels);
                used.insert(image);
                add_resource(model, holder, "XObject", &name, image);
                out.push(Op::new("Do", vec![model::name(&name)]));
            } else if op.operator == b"Do" {
                let target = op.operands.last().and_then(|n| x_object(model, holder, n.name()));
                let picture = target.is_some_and(|t| is_image(model, t));
                if picture && !gathered.pictures.contains(&number) {
                    unseen += 1;
                    continue;
                }
                used.extend(target);
                out.push(op.clone());
            } else if op.image.is_some() && !gathered.pictures.contains(&number) {
                unseen += 1;
            } else {
                out.push(op.clone());
            }
        }
        if let Some(entry) = model.objects.get_mut(id) {
            entry.stream = Some(content::serialize(&out));
        }
    }
    prune_images(model, streams, &used);
    unseen + patterns(model)
}

/// A text operation that shows nothing but still goes to the next line.
fn moved_line(op: &Op) -> Option<Op> {
    matches!(op.operator.as_slice(), b"'" | b"\"").then(|| Op::new("T*", Vec::new()))
}

fn shown_bytes(op: &Op) -> usize {
    let len = |o: &Obj| if let Obj::Text(t) = o { t.len() } else { 0 };
    op.operands
        .iter()
        .map(|o| match o {
            Obj::Array(items) => items.iter().map(len).sum(),
            other => len(other),
        })
        .sum()
}

/// Streams that are appearances of annotations: states not shown at the moment may be later.
fn appearances(model: &Model) -> BTreeSet<Id> {
    let mut out = BTreeSet::new();
    for entry in model.objects.values() {
        let Some(dict) = entry.value.dict() else { continue };
        let Some(ap) = model.get(dict, "AP").dict() else { continue };
        for states in ap.values() {
            if let Obj::Ref(id) = states {
                out.insert(*id);
            }
            if let Some(states) = model.resolve(states).dict() {
                out.extend(states.values().filter_map(|v| match v {
                    Obj::Ref(id) => Some(*id),
                    _ => None,
                }));
            }
        }
    }
    out
}

/// Text drawn by tiling patterns cannot be read here: it goes.
fn patterns(model: &mut Model) -> usize {
    let mut removed = 0;
    for entry in model.objects.values_mut() {
        let tiled = entry.value.dict().is_some_and(|d| d.contains_key(&b"PatternType"[..]));
        let Some(bytes) = entry.stream.as_mut().filter(|_| tiled) else { continue };
        let ops = content::parse(bytes);
        if ops.iter().any(|op| op.shows_text() && shown_bytes(op) > 0) {
            removed += 1;
            let kept: Vec<Op> = ops.into_iter().filter(|op| !op.shows_text()).collect();
            *bytes = content::serialize(&kept);
        }
    }
    removed
}

fn is_image(model: &Model, id: Id) -> bool {
    let dict = model.objects.get(&id).and_then(|e| e.value.dict());
    dict.is_some_and(|d| model.get(d, "Subtype").name() == b"Image")
}

fn add_image(model: &mut Model, pixels: &Pixels) -> Id {
    let (mut image, alpha) = pictures::object(pixels);
    if let (Some(alpha), Obj::Dict(dict)) = (alpha, &mut image.value) {
        let id = model.fresh();
        model.objects.insert(id, alpha);
        dict.insert(b"SMask".to_vec(), Obj::Ref(id));
    }
    let id = model.fresh();
    model.objects.insert(id, image);
    id
}

/// The resources of a page or form as a dictionary of its own.
fn resources(model: &Model, holder: Id) -> Option<Dict> {
    let dict = model.objects.get(&holder)?.value.dict()?;
    model.get(dict, "Resources").dict().cloned()
}

/// The object of that name: in the form's own resources, else in those of any page.
fn x_object(model: &Model, holder: Id, name: &[u8]) -> Option<Id> {
    let of = |holder: Id| {
        let resources = resources(model, holder)?;
        match model.get(&resources, "XObject").dict()?.get(name)? {
            Obj::Ref(id) => Some(*id),
            _ => None,
        }
    };
    of(holder).or_else(|| model.pages.iter().find_map(|p| of(*p)))
}

/// Adds a resource to a page or form; to every page when a form uses its page's.
fn add_resource(model: &mut Model, holder: Id, kind: &str, name: &str, object: Id) {
    let targets = match resources(model, holder) {
        Some(_) => vec![holder],
        None => model.pages.clone(),
    };
    for target in targets {
        let mut resources = resources(model, target).unwrap_or_default();
        let mut of_kind = model.get(&resources, kind).dict().cloned().unwrap_or_default();
        of_kind.insert(name.as_bytes().to_vec(), Obj::Ref(object));
        resources.insert(kind.as_bytes().to_vec(), Obj::Dict(of_kind));
        if let Some(Obj::Dict(dict)) = model.objects.get_mut(&target).map(|e| &mut e.value) {
            dict.insert(b"Resources".to_vec(), Obj::Dict(resources));
        }
    }
}

/// Pictures that no operation shows any more leave the resources.
fn prune_images(model: &mut Model, streams: &Streams, used: &BTreeSet<Id>) {
    let holders: Vec<Id> = model.pages.iter().copied().chain(streams.all.keys().copied()).collect();
    for holder in holders {
        let Some(mut resources) = resources(model, holder) else { continue };
        let Some(mut objects) = model.get(&resources, "XObject").dict().cloned() else { continue };
        objects.retain(|_, v| match v {
            Obj::Ref(id) => used.contains(id) || !is_image(model, *id),
            _ => true,
        });
        resources.insert(b"XObject".to_vec(), Obj::Dict(objects));
        if let Some(Obj::Dict(dict)) = model.objects.get_mut(&holder).map(|e| &mut e.value) {
            dict.insert(b"Resources".to_vec(), Obj::Dict(resources));
        }
    }
}

/// Draws the boxes.
fn cover(model: &mut Model, gathered: &Gathered) {
    let mut font = None;
    for (page, covers) in &gathered.covers {
        let Some(id) = model.pages.get(*page as usize).copied() else { continue };
        // A page redrawn is upright, whatever it was.
        let upright = model.page_height(id).filter(|_| gathered.redraw.contains_key(page));
        let to_shown = match upright {
            Some(height) => Affine::new([1.0, 0.0, 0.0, -1.0, 0.0, height]),
            None => gathered.to_shown.get(*page as usize).copied().unwrap_or_default(),
        };
        if covers.is_empty() || to_shown.determinant().abs() < 1e-12 {
            continue;
        }
        let font_id = *font.get_or_insert_with(|| {
            let id = model.fresh();
            let value = boxes::font();
            model.objects.insert(id, model::Entry { value, stream: None });
            id
        });
        add_resource(model, id, "Font", boxes::FONT, font_id);
        let dict = model.objects.get(&id).and_then(|e| e.value.dict());
        let Some(Obj::Ref(content)) = dict.and_then(|d| d.get(&b"Contents"[..])).cloned() else {
            continue;
        };
        let Some(bytes) = model.objects.get(&content).and_then(|e| e.stream.clone()) else {
            continue;
        };
        let mut ops = content::parse(&bytes);
        let open = content::left_open(&ops);
        ops.insert(0, Op::new("q", Vec::new()));
        ops.extend(std::iter::repeat_n(Op::new("Q", Vec::new()), open + 1));
        boxes::draw(&boxes::joined(covers.clone()), to_shown, &mut ops);
        if let Some(entry) = model.objects.get_mut(&content) {
            entry.stream = Some(content::serialize(&ops));
        }
    }
}

/// A page becomes its own picture, blacked; nothing else of it is left.
fn redraw(
    bytes: &[u8],
    page: u32,
    black: &[Rect],
    model: &mut Model,
    budget: &Budget,
) -> Result<(), Refusal> {
    let drawn = raster::draw(bytes, Format::Pdf, page, Scale::Dpi(DPI), budget)?;
    let points = drawn.points;
    let pixels = pictures::page(drawn.image, points, black);
    let (wide, high) = (
        f64::from(pixels.width) * f64::from(points.0),
        f64::from(pixels.height) * f64::from(points.1),
    );
    let image = add_image(model, &pixels);
    let Some(id) = model.pages.get(page as usize).copied() else { return Ok(()) };
    let content = model.fresh();
    let bounds = [0.0, 0.0, wide, high].map(Obj::Number).to_vec();
    let ops = [
        Op::new("q", Vec::new()),
        Op::new("cm", [wide, 0.0, 0.0, high, 0.0, 0.0].map(Obj::Number).to_vec()),
        Op::new("Do", vec![model::name("ReluP")]),
        Op::new("Q", Vec::new()),
    ];
    model.objects.insert(
        content,
        model::Entry { value: Obj::Dict(Dict::new()), stream: Some(content::serialize(&ops)) },
    );
    let value = Dict::from([
        (b"Type".to_vec(), model::name("Page")),
        (b"Parent".to_vec(), Obj::Ref(2)),
        (b"MediaBox".to_vec(), Obj::Array(bounds)),
        (b"Resources".to_vec(), Obj::Dict(Dict::new())),
        (b"Contents".to_vec(), Obj::Ref(content)),
    ]);
    model.objects.insert(id, model::Entry { value: Obj::Dict(value), stream: None });
    add_resource(model, id, "XObject", "ReluP", image);
    Ok(())
}
