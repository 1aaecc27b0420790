//! One note through the engine: the only place where the command line meets `relu_text`'s shapes.

use relu_record::Span;
use relu_text::{
    CodeView, Engine, EntityView, Note, NoteContext, Qualified, SectionView, SpanRequest,
    ValueView, Workspace,
};
use relu_wire::{
    AnnotateRequest, CodeParts, EntityParts, LineError, QualifiedParts, SectionParts, ValueParts,
};

/// The engine with what one thread reuses from note to note.
pub(crate) struct NoteReader<'e> {
    engine: &'e Engine,
    work: Workspace,
    asked: Vec<Span>,
    requests: Vec<SpanRequest>,
}

/// What the engine says of one note.
pub(crate) struct NoteRead<'r>(Note<'r>);

impl<'e> NoteReader<'e> {
    pub(crate) fn new(engine: &'e Engine) -> NoteReader<'e> {
        let (work, asked, requests) = (Workspace::new(), Vec::new(), Vec::new());
        NoteReader { engine, work, asked, requests }
    }

    /// Annotates the text of a request.
    pub(crate) fn read<'r, 'a>(
        &'r mut self,
        request: &'r AnnotateRequest<'a>,
    ) -> Result<NoteRead<'r>, LineError<'a>> {
        request.byte_spans(&mut self.asked)?;
        self.requests.clear();
        let asked = request.spans.iter().flatten().zip(&self.asked);
        self.requests.extend(asked.map(|(s, span)| SpanRequest { span: *span, within: s.within }));
        let context = NoteContext { note_date: request.note_date, birth_date: request.birth_date };
        Ok(NoteRead(self.engine.read(&request.text, &context, &self.requests, &mut self.work)))
    }
}

impl<'r> NoteRead<'r> {
    pub(crate) fn sentences(&self) -> &'r [Span] {
        self.0.sentences()
    }

    pub(crate) fn sections(&self) -> impl Iterator<Item = SectionParts<'r>> + use<'r> {
        let parts = |s: SectionView<'r>| SectionParts {
            span: s.span,
            kind: s.kind,
            title: s.title,
            parent: s.parent,
        };
        self.0.sections().map(parts)
    }

    pub(crate) fn entities(&self) -> impl Iterator<Item = EntityParts<'r>> + use<'r> {
        self.0.entities().map(entity)
    }

    pub(crate) fn spans(&self) -> impl Iterator<Item = QualifiedParts<'r>> + use<'r> {
        let parts = |q: &'r Qualified| QualifiedParts {
            span: q.span,
            attributes: q.attributes,
            is_reason: q.is_reason,
            cues: &q.cues,
        };
        self.0.spans().iter().map(parts)
    }
}

fn entity(e: EntityView<'_>) -> EntityParts<'_> {
    EntityParts {
        span: e.span,
        label: e.label,
        kind: e.kind,
        attributes: e.attributes,
        norm: e.norm,
        days: e.days,
        value: e.value.map(value),
        code: e.code.map(|CodeView { system, code, display }| CodeParts { system, code, display }),
        status: e.status,
        modality: e.modality,
        rule: e.rule,
        cues: e.cues,
    }
}

fn value(v: ValueView<'_>) -> ValueParts<'_> {
    match v {
        ValueView::Dosage { dose, frequency, route, duration } => {
            ValueParts::Dosage { dose, frequency, route, duration }
        }
        ValueView::Measure { number, unit, operator, canonical, range, flag } => {
            ValueParts::Measure { number, unit, operator, canonical, reference_range: range, flag }
        }
    }
}
