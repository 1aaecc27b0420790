//! What a reading finds, in compact form: 64 bytes an entity, strings by number, texts in one arena;
//! and the views through which it is read.
//!
//! Spans are UTF-8 bytes of the text given. [`Note`] borrows the workspace it was read into.

use relu_record::{
    Annotations, Attributes, Entity, FactCode, Measure, Number, Section, Span, TextValue,
};

use crate::compile::{Origin, OriginId, Rules};
use crate::context::Qualified;
use crate::strings::Str;

/// A piece of the arena or of the text; empty when there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Piece {
    fn of(self, text: &str) -> Option<&str> {
        (self.end > self.start).then(|| text.get(self.start as usize..self.end as usize)).flatten()
    }
}

/// An entity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// Bytes of the text.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Tokens.
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) origin: OriginId,
    /// Kind, status and modality where they are not the origin's.
    pub(crate) kind: Str,
    pub(crate) status: Str,
    pub(crate) modality: Str,
    pub(crate) attributes: Attributes,
    /// Normal form, in the arena.
    pub(crate) norm: Piece,
    /// Code where it is not the origin's, in the arena.
    pub(crate) code: Piece,
    /// Days from the note.
    pub(crate) days: Option<i32>,
    /// Index of its value plus one; 0: none.
    pub(crate) value: u32,
    /// Cues, in the list of all cues.
    pub(crate) cues: Piece,
}

/// The value of an entity.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    /// A measure. Range and flag are pieces of the text, as printed.
    Measure {
        number: Number,
        unit: Str,
        operator: &'static str,
        canonical: Option<(f64, Str)>,
        range: Piece,
        flag: Piece,
    },
    /// A dosage: pieces of the text, as printed.
    Dosage { dose: Piece, frequency: Piece, route: Piece, duration: Piece },
}

/// Where detectors put what they find.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) found: Vec<Found>,
    pub(crate) arena: String,
    pub(crate) values: Vec<Value>,
    pub(crate) cues: Vec<Span>,
}

impl Sink {
    /// Forgets everything, keeps the room.
    pub(crate) fn clear(&mut self) {
        self.found.clear();
        self.arena.clear();
        self.values.clear();
        self.cues.clear();
    }

    /// Adds an entity over the tokens `from..to`, and gives it to be completed.
    pub(crate) fn push(
        &mut self,
        tokens: &[crate::tokens::Token],
        from: usize,
        to: usize,
        origin: OriginId,
    ) -> Option<&mut Found> {
        let start = tokens.get(from)?.start;
        let end = tokens.get(to.checked_sub(1)?)?.end();
        self.found.push(Found {
            start,
            end,
            from: from as u32,
            to: to as u32,
            origin,
            kind: Str::NONE,
            status: Str::NONE,
            modality: Str::NONE,
            attributes: Attributes::default(),
            norm: Piece::default(),
            code: Piece::default(),
            days: None,
            value: 0,
            cues: Piece::default(),
        });
        self.found.last_mut()
    }

    /// Writes a text into the arena (a normal form, a code).
    pub(crate) fn write(&mut self, text: std::fmt::Arguments<'_>) -> Piece {
        let start = self.arena.len() as u32;
        // Writing into a String does not fail.
        let _ = std::fmt::Write::write_fmt(&mut self.arena, text);
        Piece { start, end: self.arena.len() as u32 }
    }

    /// Keeps a value; the result goes into [`Found::value`].
    pub(crate) fn value(&mut self, value: Value) -> u32 {
        self.values.push(value);
        self.values.len() as u32
    }
}

/// A section, in bytes and with its kind by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SectionAt {
    pub(crate) span: Span,
    pub(crate) kind: Str,
    pub(crate) title: Span,
    /// The enclosing kind, when nested.
    pub(crate) parent: Str,
    /// Number of its rule.
    pub(crate) rule: u32,
}

/// What the engine says of one text.
#[derive(Clone, Copy)]
pub struct Note<'n> {
    pub(crate) text: &'n str,
    pub(crate) rules: &'n Rules,
    pub(crate) sentences: &'n [Span],
    pub(crate) sections: &'n [SectionAt],
    pub(crate) sink: &'n Sink,
    pub(crate) spans: &'n [Qualified],
}

/// A section as one reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SectionView<'n> {
    /// Title and body.
    pub span: Span,
    /// Kind (`motif`, `antecedents`…).
    pub kind: &'n str,
    /// The title's words.
    pub title: Option<Span>,
    /// Kind of the enclosing title, when nested.
    pub parent: Option<&'n str>,
}

/// A code as one reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeView<'n> {
    /// Terminology.
    pub system: &'n str,
    /// Code.
    pub code: &'n str,
    /// Label.
    pub display: Option<&'n str>,
}

/// A value as one reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueView<'n> {
    /// A measure.
    Measure {
        /// The number or range.
        number: Number,
        /// Unit.
        unit: Option<&'n str>,
        /// `<`, `<=`, `>`, `>=`, `~`.
        operator: Option<&'n str>,
        /// The same in the canonical unit.
        canonical: Option<(f64, &'n str)>,
        /// Reference range as printed.
        range: Option<&'n str>,
        /// Abnormal flag as printed.
        flag: Option<&'n str>,
    },
    /// A dosage, each part as printed.
    Dosage {
        /// Strength or dose.
        dose: Option<&'n str>,
        /// Frequency.
        frequency: Option<&'n str>,
        /// Route.
        route: Option<&'n str>,
        /// Duration.
        duration: Option<&'n str>,
    },
}

/// An entity as one reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntityView<'n> {
    /// The words.
    pub span: Span,
    /// Label of the wire format.
    pub label: &'n str,
    /// Finer kind.
    pub kind: Option<&'n str>,
    /// Context.
    pub attributes: Attributes,
    /// Normal form.
    pub norm: Option<&'n str>,
    /// Days from the date of the note.
    pub days: Option<i64>,
    /// Value.
    pub value: Option<ValueView<'n>>,
    /// Code.
    pub code: Option<CodeView<'n>>,
    /// Status.
    pub status: Option<&'n str>,
    /// Modality.
    pub modality: Option<&'n str>,
    /// Code of the rule or lexicon that made it.
    pub rule: &'n str,
    /// Words that decided the context.
    pub cues: &'n [Span],
}

impl<'n> Note<'n> {
    /// The text read.
    pub fn text(&self) -> &'n str {
        self.text
    }

    /// Sentences, in order.
    pub fn sentences(&self) -> &'n [Span] {
        self.sentences
    }

    /// Sections, in order, flat.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = SectionView<'n>> + use<'n> {
        let strings = &self.rules.strings;
        self.sections.iter().map(move |s| SectionView {
            span: s.span,
            kind: strings.get(s.kind),
            title: (!s.title.is_empty()).then_some(s.title),
            parent: strings.filled(s.parent),
        })
    }

    /// Entities, by start, then end.
    pub fn entities(&self) -> impl ExactSizeIterator<Item = EntityView<'n>> + use<'n> {
        let note = *self;
        self.sink.found.iter().map(move |f| note.view(f))
    }

    /// The spans asked for, in their order, with their context.
    pub fn spans(&self) -> &'n [Qualified] {
        self.spans
    }

    fn view(&self, f: &'n Found) -> EntityView<'n> {
        let strings = &self.rules.strings;
        let o = self.rules.origins.get(f.origin.0 as usize).copied().unwrap_or_default();
        let own = |mine: Str, of_origin: Str| {
            strings.filled(mine).or_else(|| strings.filled(of_origin)).filter(|s| !s.is_empty())
        };
        EntityView {
            span: Span::new(f.start as usize, f.end as usize),
            label: strings.get(o.label),
            kind: own(f.kind, o.kind),
            attributes: f.attributes,
            norm: f.norm.of(&self.sink.arena),
            days: f.days.map(i64::from),
            value: (f.value as usize)
                .checked_sub(1)
                .and_then(|i| self.sink.values.get(i))
                .map(|v| self.value(v)),
            code: self.code(f, &o),
            status: own(f.status, o.status),
            modality: own(f.modality, o.modality),
            rule: strings.get(o.rule),
            cues: self
                .sink
                .cues
                .get(f.cues.start as usize..f.cues.end as usize)
                .unwrap_or_default(),
        }
    }

    fn code(&self, f: &Found, o: &Origin) -> Option<CodeView<'n>> {
        let strings = &self.rules.strings;
        let code = f.code.of(&self.sink.arena).or_else(|| strings.filled(o.code))?;
        Some(CodeView { system: strings.get(o.system), code, display: strings.filled(o.display) })
    }

    fn value(&self, v: &Value) -> ValueView<'n> {
        let strings = &self.rules.strings;
        match *v {
            Value::Measure { number, unit, operator, canonical, range, flag } => {
                ValueView::Measure {
                    number,
                    unit: strings.filled(unit),
                    operator: (!operator.is_empty()).then_some(operator),
                    canonical: canonical.map(|(n, u)| (n, strings.get(u))),
                    range: range.of(self.text),
                    flag: flag.of(self.text),
                }
            }
            Value::Dosage { dose, frequency, route, duration } => ValueView::Dosage {
                dose: dose.of(self.text),
                frequency: frequency.of(self.text),
                route: route.of(self.text),
                duration: duration.of(self.text),
            },
        }
    }

    /// The same, owned, as the functions of the pipeline share it.
    pub fn to_annotations(&self) -> Annotations {
        let sections = self.sections().map(|s| Section {
            span: s.span,
            kind: s.kind.to_owned(),
            title: s.title,
            path: s.parent.map(str::to_owned).into_iter().collect(),
        });
        Annotations {
            sentences: self.sentences.to_vec(),
            sections: sections.collect(),
            entities: self.entities().map(|e| e.to_entity()).collect(),
        }
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

impl EntityView<'_> {
    /// The same, owned.
    pub fn to_entity(&self) -> Entity {
        Entity {
            span: self.span,
            label: self.label.to_owned(),
            kind: owned(self.kind),
            attributes: self.attributes,
            norm: owned(self.norm),
            days: self.days,
            value: self.value.map(ValueView::to_value),
            code: self.code.map(|c| FactCode {
                system: c.system.to_owned(),
                code: c.code.to_owned(),
                display: owned(c.display),
            }),
            status: owned(self.status),
            modality: owned(self.modality),
            rule: self.rule.to_owned(),
            cues: self.cues.to_vec(),
        }
    }
}

impl ValueView<'_> {
    fn to_value(self) -> TextValue {
        match self {
            ValueView::Measure { number, unit, operator, canonical, range, flag } => {
                TextValue::Measure(Measure {
                    number,
                    unit: owned(unit),
                    operator: owned(operator),
                    canonical: canonical.map(|(n, u)| (n, u.to_owned())),
                    range: owned(range),
                    flag: owned(flag),
                })
            }
            ValueView::Dosage { dose, frequency, route, duration } => TextValue::Dosage {
                dose: owned(dose),
                frequency: owned(frequency),
                route: owned(route),
                duration: owned(duration),
            },
        }
    }
}
