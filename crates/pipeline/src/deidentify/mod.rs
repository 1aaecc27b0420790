//! De-identification: where a text says who, and the text without it.
//!
//! Shape: [`Deidentifier::find`] gives the [`Identifier`]s of a text, in order and without overlap;
//! [`mask`] writes the text with their labels in their place. Three sources are joined: what is known
//! of the patient ([`Known`]), identifiers that are recognised by their form (`rules`), and a tagger
//! that reads names, towns, hospitals, addresses and the kind of every number from their context
//! (`features`, `model`, `decode`). Lists of names are signs for the tagger, never the decision.
//!
//! Units: bytes of the text. Never fails on content. The model is `models/deid.bin`, with its card
//! beside it; `train` makes it.

mod decode;
mod features;
mod gazetteer;
mod hash;
mod known;
mod label;
mod marked;
mod mask;
mod model;
pub mod opposition;
mod passage;
mod pattern;
mod policy;
mod rules;
mod second;
mod spans;
mod spread;
mod standin;
mod train;
mod units;

#[cfg(test)]
mod tests;

use relu_record::Span;
use relu_text::words::{Scanner, Token};

pub use gazetteer::Lists;
pub use known::Known;
pub use label::Label;
pub use marked::{marks, outside};
pub use mask::mask;
pub use passage::{Given, Passage, mask_settled};
pub use policy::{Action, HEADER_PARTS, Policy, PolicyError, Ruling, Shift};
pub use second::{Hidden, Residue, Why, second_reading};
pub use standin::{Key, Person, Replacement, Rewriter, Rewritten, rewrite};
pub use train::{Example, Settings, train};

use decode::Trellis;
use features::Sign;
use gazetteer::Gazetteers;
use model::Model;
use rules::Rules;
use units::{Reader, Unit};

/// A part of a text that says who.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Identifier {
    /// Where.
    pub span: Span,
    /// What.
    pub label: Label,
    /// How sure, 0 to 1.
    pub certainty: f32,
    /// Which source found it.
    pub source: Source,
}

/// A source of identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// What is known of the patient.
    Known,
    /// The form of a number or an address.
    Form,
    /// The tagger.
    Context,
    /// The same words stand elsewhere in the text, where the tagger is sure of them.
    Repeated,
}

impl Source {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Source::Known => "known",
            Source::Form => "form",
            Source::Context => "context",
            Source::Repeated => "repeated",
        }
    }
}

/// Its sheet in the register of functions. It proposes a text under a policy, on demand, and not the
/// values of a proposal set.
pub fn sheet() -> relu_record::Sheet {
    crate::function::sheet(include_str!("sheet.toml"))
}

/// The shipped model.
const MODEL: &[u8] = include_bytes!("../../models/deid.bin");

/// The hash of the shipped model, by which a proof names it.
pub fn model_digest() -> relu_record::Sha256Hex {
    relu_record::Sha256Hex::of(MODEL)
}

// What is added to the odds of being an identifier: a name let through costs more than a word masked.
// In running prose most capitals are drugs, acronyms and eponyms; elsewhere what is no ordinary word
// is masked sooner.
const CAUTION: [f32; 3] = [1.2, -1.0, 2.5];
// Bytes of a text read at once.
const PIECE: usize = 1 << 16;

/// Finds identifiers.
pub struct Deidentifier {
    rules: Rules,
    gazetteers: Gazetteers,
    scanner: Scanner,
    model: Model,
    colon: u32,
}

/// What one thread reuses from text to text.
#[derive(Default)]
pub struct Workspace {
    tokens: Vec<Token>,
    units: Vec<Unit>,
    signs: Vec<Sign>,
    trellis: Trellis,
    found: Vec<Identifier>,
    doubts: Vec<Identifier>,
    spread: spread::Spread,
}

impl Workspace {
    /// What was found, in order.
    pub fn found(&self) -> &[Identifier] {
        &self.found
    }

    /// What was left in the text although another reading of it was near: the second-best decisions,
    /// in order, for a person to look at.
    pub fn doubts(&self) -> &[Identifier] {
        &self.doubts
    }
}

impl Deidentifier {
    /// With the shipped model and lists.
    pub fn shipped() -> Result<Deidentifier, String> {
        Deidentifier::new(MODEL, Lists::SHIPPED)
    }

    /// With a model and lists. `Err` says what cannot be read.
    pub fn new(model: &[u8], lists: Lists<'_>) -> Result<Deidentifier, String> {
        Ok(Deidentifier {
            rules: Rules::shipped()?,
            gazetteers: Gazetteers::new(lists),
            scanner: Scanner::default(),
            model: Model::read(model).ok_or("modèle illisible")?,
            colon: hash::hash(b":"),
        })
    }

    /// The identifiers of a text of nobody known.
    pub fn find(&self, text: &str) -> Vec<Identifier> {
        let mut workspace = Workspace::default();
        self.read(text, &Known::default(), &mut workspace);
        workspace.found
    }

    /// The identifiers of `text`, in `workspace`.
    pub fn read(&self, text: &str, known: &Known, workspace: &mut Workspace) {
        self.read_stricter(text, known, 0.0, workspace);
    }

    // With more caution: `stricter` is added to the odds of being an identifier.
    pub(crate) fn read_stricter(
        &self,
        text: &str,
        known: &Known,
        stricter: f32,
        workspace: &mut Workspace,
    ) {
        let caution = CAUTION.map(|c| c + stricter);
        workspace.found.clear();
        workspace.doubts.clear();
        workspace.spread.clear();
        for (base, piece) in pieces(text) {
            self.piece(piece, base, known, caution, workspace);
        }
        let Workspace { found, doubts, .. } = workspace;
        doubts.retain(|d| {
            !found.iter().any(|f| f.span.start < d.span.end && d.span.start < f.span.end)
        });
    }

    fn piece(&self, text: &str, base: usize, known: &Known, caution: [f32; 3], w: &mut Workspace) {
        let reader =
            Reader { rules: &self.rules, gazetteers: &self.gazetteers, scanner: &self.scanner };
        reader.read(text, &mut w.tokens, &mut w.units);
        features::signs(&w.units, self.colon, false, &mut w.signs);
        w.trellis.run(&self.model, &w.units, &w.signs, caution);
        let from = w.found.len();
        spans::collect(
            &self.gazetteers,
            text,
            &w.units,
            &w.trellis,
            self.model.scale,
            &mut w.found,
            &mut w.doubts,
        );
        w.spread.learn(&w.units, w.found.get(from..).unwrap_or_default());
        w.spread.apply(&w.units, from, &mut w.found);
        known.apply(text, &w.units, from, &mut w.found);
        spans::bridge(text, w.found.get_mut(from..).unwrap_or_default());
        for i in w.found.iter_mut().skip(from) {
            i.span = Span::new(i.span.start + base, i.span.end + base);
        }
    }
}

// The pieces of a long text, cut at the end of a line where there is one.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut base = 0;
    std::iter::from_fn(move || {
        let rest = text.get(base..).filter(|r| !r.is_empty())?;
        let mut end = rest.len().min(PIECE);
        if end < rest.len() {
            let head = rest.as_bytes().get(..end)?;
            let cut = head.iter().rposition(|b| *b == b'\n');
            end = cut.or_else(|| head.iter().rposition(|b| *b == b' ')).map_or(end, |at| at + 1);
            while !rest.is_char_boundary(end) {
                end += 1;
            }
        }
        let piece = (base, rest.get(..end)?);
        base += end;
        Some(piece)
    })
}
