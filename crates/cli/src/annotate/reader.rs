//! One note through the engine: the only place where the command line meets `relu_text`'s shapes.

use relu_record::{Annotations, Entity, Span, TextValue};
use relu_text::{Engine, NoteContext, Qualified, SpanRequest};
use relu_wire::{
    AnnotateRequest, CodeParts, EntityParts, LineError, QualifiedParts, SectionParts, ValueParts,
};

/// The engine with what one thread reuses from note to note.
pub(crate) struct NoteReader<'e> {
    engine: &'e Engine,
    asked: Vec<Span>,
    requests: Vec<SpanRequest>,
}

/// What the engine says of one note.
pub(crate) struct Note {
    annotations: Annotations,
    qualified: Vec<Qualified>,
}

impl<'e> NoteReader<'e> {
    pub(crate) fn new(engine: &'e Engine) -> NoteReader<'e> {
        NoteReader { engine, asked: Vec::new(), requests: Vec::new() }
    }

    /// Annotates the text of a request.
    pub(crate) fn read<'a>(
        &mut self,
        request: &AnnotateRequest<'a>,
    ) -> Result<Note, LineError<'a>> {
        request.byte_spans(&mut self.asked)?;
        self.requests.clear();
        let asked = request.spans.iter().flatten().zip(&self.asked);
        self.requests.extend(asked.map(|(s, span)| SpanRequest { span: *span, within: s.within }));
        let context = NoteContext { note_date: request.note_date, birth_date: request.birth_date };
        let (annotations, qualified) =
            self.engine.annotate_spans(&request.text, &context, &self.requests);
        Ok(Note { annotations, qualified })
    }
}

impl Note {
    pub(crate) fn sentences(&self) -> &[Span] {
        &self.annotations.sentences
    }

    pub(crate) fn sections(&self) -> impl Iterator<Item = SectionParts<'_>> {
        self.annotations.sections.iter().map(|s| SectionParts {
            span: s.span,
            kind: &s.kind,
            title: s.title,
            path: &s.path,
        })
    }

    pub(crate) fn entities(&self) -> impl Iterator<Item = EntityParts<'_, &str>> {
        self.annotations.entities.iter().map(entity)
    }

    pub(crate) fn spans(&self) -> impl Iterator<Item = QualifiedParts<'_>> {
        self.qualified.iter().map(|q| QualifiedParts {
            span: q.span,
            attributes: q.attributes,
            is_reason: q.is_reason,
            cues: &q.cues,
        })
    }
}

fn entity(e: &Entity) -> EntityParts<'_, &str> {
    EntityParts {
        span: e.span,
        label: &e.label,
        kind: e.kind.as_deref(),
        attributes: e.attributes,
        norm: e.norm.as_deref(),
        days: e.days,
        value: e.value.as_ref().map(value),
        code: e.code.as_ref().map(|c| CodeParts {
            system: &c.system,
            code: &c.code,
            display: c.display.as_deref(),
        }),
        status: e.status.as_deref(),
        modality: e.modality.as_deref(),
        rule: &e.rule,
        cues: &e.cues,
    }
}

fn value(v: &TextValue) -> ValueParts<'_> {
    match v {
        TextValue::Text(t) => ValueParts::Text(t),
        TextValue::Dosage { dose, frequency, route, duration } => ValueParts::Dosage {
            dose: dose.as_deref(),
            frequency: frequency.as_deref(),
            route: route.as_deref(),
            duration: duration.as_deref(),
        },
        TextValue::Measure(m) => ValueParts::Measure {
            number: m.number,
            unit: m.unit.as_deref(),
            operator: m.operator.as_deref(),
            canonical: m.canonical.as_ref().map(|(n, unit)| (*n, unit.as_str())),
            reference_range: m.range.as_deref(),
            flag: m.flag.as_deref(),
        },
    }
}
