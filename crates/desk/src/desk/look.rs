//! Look: a document with everything the three columns show, and its pages.

use relu_record::{
    Actor, Decision, DocumentId, DocumentState, Format, FunctionRef, Proposal, ProposalId,
    ProposalSet, ProposalValue, Reading, Role, Section, ValueKind, Verdict,
};
use relu_vault::{Document, Event, EventKind};

use super::accounts::Names;
use super::decide::is_open;
use super::effective::Standing;
use super::{Desk, Result, detach, ledger, lists, pipeline};
use crate::present;
use crate::texts::text;
use crate::view::{DecisionView, DocumentView, FactSection, HistoryLine, ProposalView, Rights};
use crate::{DeskError, ErrorKind};

/// Key under which all lines of the draft summary are decided together.
pub(super) const SUMMARY: &str = "resume";
/// Looking again within that time is not a new line of the ledger.
const SAME_LOOK_MS: i64 = 10 * 60 * 1000;

/// Filing kinds in the order of the screen.
const FILING: [ValueKind; 7] = [
    ValueKind::Patient,
    ValueKind::DocumentType,
    ValueKind::DocumentDate,
    ValueKind::Author,
    ValueKind::Organization,
    ValueKind::Recipient,
    ValueKind::Destination,
];

/// A document as stored, with what was read, proposed and decided.
pub(super) struct Opened {
    pub(super) document: Document,
    pub(super) reading: Option<Reading>,
    pub(super) set: Option<ProposalSet>,
    pub(super) decisions: Vec<Decision>,
}

impl Opened {
    /// The set to decide on; a document that was not read has none.
    pub(super) fn set(&self) -> Result<&ProposalSet> {
        self.set.as_ref().ok_or_else(|| {
            DeskError::new(ErrorKind::Conflict, "décision", "ce document n'a pas été lu")
                .hint("réessayez la lecture, ou attendez qu'elle finisse")
        })
    }
}

impl Desk {
    /// A document with all that stands about it, unless its source masks it from this person.
    pub(super) async fn opened(&self, who: &Actor, id: &DocumentId) -> Result<Opened> {
        let document = self.seen_document(who, id).await?;
        self.with_contents(document).await
    }

    /// The same, or nothing: for lists of what is near a document, which pass over what is masked.
    pub(super) async fn opened_if_seen(
        &self,
        who: &Actor,
        id: &DocumentId,
    ) -> Result<Option<Opened>> {
        let document = self.vault().document(id).await?;
        match lists::may_see(who, &document) {
            true => Ok(Some(self.with_contents(document).await?)),
            false => Ok(None),
        }
    }

    async fn with_contents(&self, document: Document) -> Result<Opened> {
        let id = &document.id;
        let reading = match self.vault().reading(id).await? {
            Some(json) => Some(serde_json::from_slice(&json).map_err(|_| {
                DeskError::new(
                    ErrorKind::Integrity,
                    "ouverture du document",
                    "le texte conservé n'est pas lisible",
                )
                .hint("réessayez la lecture")
            })?),
            None => None,
        };
        let set = self.vault().proposal_set(id).await?;
        let decisions = self.vault().decisions(id).await?;
        Ok(Opened { document, reading, set, decisions })
    }

    /// A document as stored, unless its source masks it from this person. Every look at one and every
    /// act on one begins here.
    pub(super) async fn seen_document(&self, who: &Actor, id: &DocumentId) -> Result<Document> {
        let document = self.vault().document(id).await?;
        match lists::may_see(who, &document) {
            true => Ok(document),
            false => {
                let cause = text("masked", "cause");
                Err(DeskError::new(ErrorKind::Forbidden, "ouverture du document", cause)
                    .hint(&text("masked", "hint")))
            }
        }
    }

    /// A document as that person may see it.
    pub async fn document(&self, who: &Actor, id: &DocumentId) -> Result<DocumentView> {
        let opened = self.opened(who, id).await?;
        self.note_look(who, id).await?;
        let names = self.names().await?;
        let role = who.role;
        let d = &opened.document;
        let mut view = DocumentView {
            item: lists::item(who, d),
            sha256: d.sha256.0.clone(),
            text: String::new(),
            pages: Vec::new(),
            filing: Vec::new(),
            summary: Vec::new(),
            facts: Vec::new(),
            patients: Vec::new(),
            switched_off: self.switched_off(opened.set.as_ref()).await?,
            history: self.history(id, &names).await?,
            rights: Rights {
                new_patient: self.inner.settings.patients.local_creation,
                ..rights(role, d.state)
            },
            siblings: self.siblings(who, d).await?,
            versions: self.related(who, &opened).await?,
            last_act: None,
            route: self.route_view(who, &opened).await?,
            to_print: self.to_print(id).await?,
            file: d.filing.as_ref().and_then(|f| f.patient.as_ref()).map(|p| p.0.clone()),
            pairs: Vec::new(),
        };
        let mut record = d.filing.as_ref().and_then(|f| f.patient.clone());
        if let Some(act) = self.last_act(&opened).await? {
            view.rights.undo = act.may_undo(role);
            view.last_act = Some(act.label());
        }
        if let (Some(reading), Some(set)) = (&opened.reading, &opened.set) {
            let show = Show {
                reading,
                decisions: &opened.decisions,
                names: &names,
                role,
                state: d.state,
                types: &self.inner.types,
            };
            view.filing = show.filing(set);
            view.summary = show.kind(set, ValueKind::SummaryLine);
            view.facts = show.facts(set);
            view.text = reading.text.0.clone();
            if matches!(reading.format, Format::Pdf | Format::Image) {
                view.pages = reading.pages.clone();
            }
            let standing = Standing::of(&opened.decisions);
            if let Some(p) = standing.patient(set) {
                let attached = self.attach(p, reading.ocr).await?;
                record = record.or_else(|| attached.sure().map(|p| p.id.clone()));
                view.patients = attached.choices(p);
            }
        }
        view.pairs = self.pairs_of(who, &opened, record.as_ref(), &names).await?;
        Ok(view)
    }

    /// A page as PNG, at most that wide.
    pub async fn page_image(
        &self,
        who: &Actor,
        id: &DocumentId,
        page: u32,
        max_width_px: u32,
    ) -> Result<Vec<u8>> {
        let document = self.seen_document(who, id).await?;
        let format = document.format.filter(|f| matches!(f, Format::Pdf | Format::Image));
        let Some(format) = format else {
            return Err(DeskError::new(
                ErrorKind::NotFound,
                "image de la page",
                "ce document n'a pas de pages",
            ));
        };
        let bytes = self.bytes(&document).await?;
        let width = max_width_px.clamp(50, 3000);
        self.inner.reader.page_image(&bytes, format, page, width).await.map_err(|refusal| {
            DeskError::new(ErrorKind::NotFound, "image de la page", refusal.message)
        })
    }

    /// The received bytes, with media type and file name.
    pub async fn original(
        &self,
        who: &Actor,
        id: &DocumentId,
    ) -> Result<(Vec<u8>, String, String)> {
        let document = self.seen_document(who, id).await?;
        if document.size > self.inner.settings.reading.max_bytes {
            return Err(DeskError::new(
                ErrorKind::Conflict,
                "original",
                "ce fichier est trop grand pour être ouvert ici",
            )
            .hint("il est gardé ; demandez un envoi plus petit ou découpé"));
        }
        let bytes = self.bytes(&document).await?;
        let mut tx = self.begin(who).await?;
        tx.append(Event::new(EventKind::Exported).document(id).detail("original")).await?;
        tx.commit().await?;
        let media_type = document.media_type.clone();
        let name = lists::item(who, &document).name;
        Ok((bytes, media_type.unwrap_or_else(|| "application/octet-stream".into()), name))
    }

    /// Whether that person looked at that thing a moment ago; if not, it is noted.
    pub(super) fn looked_lately(&self, who: &Actor, id: &str) -> bool {
        let now = self.now();
        let Ok(mut viewed) = self.inner.viewed.lock() else { return false };
        viewed.retain(|(_, _, at)| now.0 - at.0 < SAME_LOOK_MS);
        let seen = viewed.iter().any(|(a, d, _)| *a == who.id && *d == id);
        if !seen {
            viewed.push((who.id.clone(), id.to_owned(), now));
        }
        seen
    }

    pub(super) async fn note_look(&self, who: &Actor, id: &DocumentId) -> Result<()> {
        if self.looked_lately(who, &id.0) {
            return Ok(());
        }
        let mut tx = self.begin(who).await?;
        tx.append(Event::new(EventKind::Viewed).document(id)).await?;
        Ok(tx.commit().await?)
    }

    async fn switched_off(&self, set: Option<&ProposalSet>) -> Result<Vec<String>> {
        let Some(set) = set else {
            return Ok(Vec::new());
        };
        let ran = |id: &str| set.functions.iter().any(|f| f.id == id);
        // De-identification is in the register but runs on demand, not on every document.
        let runs = |id: &str| pipeline().functions().iter().any(|f| f.sheet().id == id);
        let functions = self.functions().await?.into_iter().map(|f| f.sheet);
        Ok(functions.filter(|s| runs(&s.id) && !ran(&s.id)).map(|s| s.name).collect())
    }

    async fn history(&self, id: &DocumentId, names: &Names) -> Result<Vec<HistoryLine>> {
        let entries = self.vault().ledger_of(id).await?;
        Ok(entries
            .into_iter()
            .rev()
            .map(|e| HistoryLine {
                at: e.at,
                by: names.of(&e.actor),
                what: ledger::what(&e.kind, e.detail.as_deref()),
            })
            .collect())
    }

    async fn siblings(&self, who: &Actor, d: &Document) -> Result<Vec<(DocumentId, String)>> {
        let mut family = self.vault().children(&d.id).await?;
        if let Some(parent) = &d.parent {
            family.push(self.vault().document(parent).await?);
            family.extend(self.vault().children(parent).await?);
        }
        Ok(family
            .iter()
            .filter(|o| o.id != d.id)
            .map(|o| (o.id.clone(), lists::item(who, o).name))
            .collect())
    }
}

fn rights(role: Option<Role>, state: DocumentState) -> Rights {
    use DocumentState::{AViser, Action, Quarantaine, Vu};
    let Some(role) = role else {
        return Rights::default();
    };
    Rights {
        filing: role.may_decide_filing() && is_open(state, false),
        facts: role.may_decide_facts() && is_open(state, true),
        visa: role.may_visa() && matches!(state, AViser | Vu | Action),
        undo: false,
        retry: role.may_decide_filing() && state == Quarantaine,
        detach: detach::may_detach(Some(role), state),
        new_patient: false,
    }
}

/// What it takes to show proposals.
struct Show<'a> {
    reading: &'a Reading,
    decisions: &'a [Decision],
    names: &'a Names,
    role: Option<Role>,
    state: DocumentState,
    types: &'a present::Types,
}

impl Show<'_> {
    fn filing(&self, set: &ProposalSet) -> Vec<ProposalView> {
        let mut out = self.kind(set, ValueKind::Check);
        let standing = Standing::of(self.decisions);
        for kind in FILING {
            let stated = standing.stated().filter(|(_, v)| v.kind() == kind);
            out.extend(stated.map(|(id, v)| self.stated(id, v, &standing)));
            out.extend(self.kind(set, kind));
        }
        out
    }

    fn kind(&self, set: &ProposalSet, kind: ValueKind) -> Vec<ProposalView> {
        let standing = Standing::of(self.decisions);
        set.with_ids()
            .filter(|(_, p)| p.value.kind() == kind)
            .map(|(id, p)| self.one(&id, p, &standing))
            .collect()
    }

    fn facts(&self, set: &ProposalSet) -> Vec<FactSection> {
        let standing = Standing::of(self.decisions);
        let mut sections: Vec<FactSection> = Vec::new();
        for (id, p) in set.with_ids() {
            let ProposalValue::Fact(e) = &p.value else {
                continue;
            };
            let key = section_key(e.span, &self.reading.sections);
            let view = self.one(&id, p, &standing);
            match sections.iter_mut().find(|s| s.key == key) {
                Some(section) => section.facts.push(view),
                None => {
                    let title = text("section", &key);
                    sections.push(FactSection { key, title, facts: vec![view] });
                }
            }
        }
        sections
    }

    fn one(&self, id: &ProposalId, p: &Proposal, standing: &Standing<'_>) -> ProposalView {
        let decision = standing.get(id);
        let value = match decision.map(|d| &d.verdict) {
            Some(Verdict::Edited(v)) => v,
            _ => &p.value,
        };
        ProposalView {
            id: id.clone(),
            kind: value.kind(),
            label: self.label(value),
            display: present::display(value, &self.reading.text),
            details: present::details(value),
            evidence: present::evidence(p, self.reading),
            certainty: present::certainty(p),
            function: function_name(&p.function),
            decision: decision.map(|d| self.decision(d)),
            edit: present::edit_fields(value, self.types),
            may_decide: self.may_decide(value.kind()),
        }
    }

    fn stated(&self, id: &ProposalId, v: &ProposalValue, standing: &Standing<'_>) -> ProposalView {
        ProposalView {
            id: id.clone(),
            kind: v.kind(),
            label: self.label(v),
            display: present::display(v, &self.reading.text),
            details: present::details(v),
            evidence: Vec::new(),
            certainty: text("certainty", "sure"),
            function: String::new(),
            decision: standing.get(id).map(|d| self.decision(d)),
            edit: present::edit_fields(v, self.types),
            may_decide: self.may_decide(v.kind()),
        }
    }

    fn may_decide(&self, kind: ValueKind) -> bool {
        may_decide(self.role, kind) && is_open(self.state, kind.is_clinical())
    }

    fn label(&self, v: &ProposalValue) -> String {
        let kind = serde_json::to_value(v.kind()).ok();
        text("kind", kind.as_ref().and_then(|k| k.as_str()).unwrap_or_default())
    }

    fn decision(&self, d: &Decision) -> DecisionView {
        let verdict = match d.verdict {
            Verdict::Accepted => "accepted",
            Verdict::Edited(_) => "edited",
            Verdict::Refused => "refused",
            Verdict::Undone(_) => "undone",
        };
        DecisionView {
            verdict: text("verdict", verdict),
            by: self.names.of(&d.actor),
            at: d.at,
            reason: d.reason.as_ref().map(|r| r.0.clone()),
        }
    }
}

/// The function's French name in the register, and its version.
fn function_name(f: &FunctionRef) -> String {
    let sheet = pipeline().sheet(&f.id);
    let name = sheet.map_or(f.id.as_str(), |s| s.name.as_str());
    format!("{name} {}", f.version)
}

/// Whether a role decides values of that kind.
pub(super) fn may_decide(role: Option<Role>, kind: ValueKind) -> bool {
    role.is_some_and(
        |r| {
            if kind.is_clinical() { r.may_decide_facts() } else { r.may_decide_filing() }
        },
    )
}

/// Key of the section a fact stands in.
pub(super) fn section_key(span: relu_record::Span, sections: &[Section]) -> String {
    if span.is_empty() {
        return "entries".to_owned();
    }
    Section::at(sections, span.start).map_or_else(|| "texte".to_owned(), |s| s.kind.clone())
}

/// Section keys of the facts of an opened document.
pub(super) fn fact_keys(reading: &Reading, set: &ProposalSet) -> Vec<(ProposalId, String)> {
    set.with_ids()
        .filter_map(|(id, p)| match &p.value {
            ProposalValue::Fact(e) => Some((id, section_key(e.span, &reading.sections))),
            ProposalValue::SummaryLine(_) => Some((id, SUMMARY.to_owned())),
            _ => None,
        })
        .collect()
}
