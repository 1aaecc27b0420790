//! Timeline (*chronologie*): what is known of a patient from the documents filed to them, newest first,
//! each line with its date, by whom, and the way to its exact words.
//!
//! ```text
//! documents of the patient ─▶ what each tells (told, kept by version) ─▶ groups, series, pairs ─▶ a page
//! ```
//!
//! A fact that a person refused, a filing that was undone and a document that was detached are not in
//! it; what nobody has confirmed is shown when asked for, as such. What a source masks from
//! professionals is there for doctors alone and counted for nobody else, as in the search.
//! `series`: values that come again. `pairs`: what documents say differently.

mod pairs;
mod series;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

use relu_record::{Actor, Decision, DocumentId, Moment, PartialDate, ProposalId, Stay, Verdict};
use relu_vault::{Document, DocumentFilter, Event, EventKind, Order, Patient, PatientId};

use super::accounts::Names;
use super::{Desk, Result, lists};
use crate::texts::{text, text_with};
use crate::view::DecisionView;
use crate::view::timeline::{
    Dated, TimelineDocument, TimelineEntry, TimelineGroup, TimelineKind, TimelineRequest,
    TimelineView,
};
use crate::{DeskError, ErrorKind, present};

pub(super) use pairs::PAIR;
pub(super) use told::Memory;

use pairs::Pairs;
use told::{Told, ToldFact};

const OPERATION: &str = "chronologie";
const PAGE_SIZE: usize = 40;
/// Documents of one patient at most; the newest received are taken.
const MOST_DOCUMENTS: usize = 5_000;
/// Documents opened at once.
const LOT: usize = 250;

/// A document of the file with what it tells.
pub(super) struct Filed {
    document: Document,
    told: Arc<Told>,
}

impl Filed {
    /// Its date, and where that comes from.
    fn date(&self) -> (PartialDate, Dated) {
        let filing = self.document.filing.as_ref().and_then(|f| f.date);
        let said: Option<Moment> = filing.or(self.document.headline.date);
        match said {
            Some(moment) => (moment.date, Dated::Document),
            None => (self.document.received_at.date(), Dated::Received),
        }
    }

    fn title(&self) -> String {
        let d = &self.document;
        let typed = d.headline.document_type.as_ref();
        let typed = typed.map(|c| c.display.clone().unwrap_or_else(|| c.code.clone()));
        let name = || d.source_name.as_ref().map(|n| n.0.clone()).or_else(|| d.part.clone());
        typed.or_else(name).unwrap_or_default()
    }

    fn by(&self) -> String {
        let filing = self.document.filing.clone().unwrap_or_default();
        let author = filing.author.map(|a| a.name.full());
        let structure = filing.organization.map(|o| o.name);
        let both: Vec<String> =
            [author, structure].into_iter().flatten().filter(|n| !n.is_empty()).collect();
        let sender = || self.document.headline.sender.as_ref().map(|s| s.0.clone());
        if both.is_empty() { sender().unwrap_or_default() } else { both.join(", ") }
    }
}

/// The date of a fact: its own, or that of its document.
fn dated(filed: &Filed, fact: &ToldFact) -> (PartialDate, Dated) {
    let (date, dated) = filed.date();
    match fact.date {
        Some(own) if own != date => (own, Dated::Fact),
        _ => (date, dated),
    }
}

/// Whoever reads documents reads the timeline.
fn check_reader(who: &Actor) -> Result<()> {
    if who.role.is_some_and(|r| r.may_decide_filing() || r.may_decide_facts()) {
        return Ok(());
    }
    let cause = "votre rôle ne voit pas les documents";
    Err(DeskError::new(ErrorKind::Forbidden, OPERATION, cause))
}

impl Desk {
    /// A window of a patient's timeline, as that person may see it.
    pub async fn timeline(
        &self,
        who: &Actor,
        patient: &str,
        asked: &TimelineRequest,
    ) -> Result<TimelineView> {
        check_reader(who)?;
        let patient = self.vault().standing_patient(&PatientId(patient.to_owned())).await?;
        self.note_patient_look(who, &patient.id).await?;
        let file = self.file_of(who, &patient.id).await?;
        let names = self.names().await?;
        let pairs = self.pairs(&file).await?;
        let shown =
            Shown { file: &file, names: &names, pairs: &pairs, unconfirmed: asked.unconfirmed };
        let mut groups = shown.groups(asked.kind);
        groups.extend(stays(&patient, asked.kind));
        groups.sort_by_key(|(date, group)| std::cmp::Reverse((*date, group.document.is_none())));
        let total = groups.len();
        let from = asked.page.saturating_mul(PAGE_SIZE);
        let groups = groups.into_iter().skip(from).take(PAGE_SIZE).map(|(_, g)| g).collect();
        let charts = matches!(asked.kind, None | Some(TimelineKind::Resultats));
        Ok(TimelineView {
            patient: patient.id.0.clone(),
            display: present::patient_line(&patient.identity),
            counts: shown.counts(&patient),
            unconfirmed: shown.waiting(),
            groups,
            total,
            page_size: PAGE_SIZE,
            series: match charts {
                true => series::series(&file, |filed, fact| shown.takes(filed, fact)),
                false => Vec::new(),
            },
            pairs: pairs.open(who, &file, &names),
        })
    }

    /// The documents filed to a patient with what each tells, without those masked from that person.
    pub(super) async fn file_of(&self, who: &Actor, patient: &PatientId) -> Result<Vec<Filed>> {
        let mut filter = DocumentFilter {
            patient: Some(patient.clone()),
            order: Order::NewestFirst,
            sight: lists::sight(who),
            limit: 500,
            ..DocumentFilter::default()
        };
        let mut documents: Vec<Document> = Vec::new();
        while documents.len() < MOST_DOCUMENTS {
            let page = self.vault().documents(&filter).await?;
            documents.extend(page.documents);
            filter.after = page.next;
            if filter.after.is_none() {
                break;
            }
        }
        documents
            .retain(|d| d.destroyed_at.is_none() && d.filing.is_some() && lists::may_see(who, d));
        self.told_by(documents).await
    }

    /// What documents tell; those that have not changed since are taken from memory.
    async fn told_by(&self, documents: Vec<Document>) -> Result<Vec<Filed>> {
        let memory = &self.inner.told;
        let mut told: BTreeMap<DocumentId, Arc<Told>> = BTreeMap::new();
        let mut missing: Vec<DocumentId> = Vec::new();
        for d in &documents {
            match memory.of(d) {
                Some(known) => _ = told.insert(d.id.clone(), known),
                None => missing.push(d.id.clone()),
            }
        }
        for lot in missing.chunks(LOT) {
            let contents = self.vault().contents(lot).await?;
            let work = move || -> Vec<(DocumentId, Arc<Told>)> {
                contents.iter().map(|(id, c)| (id.clone(), Arc::new(Told::of(c)))).collect()
            };
            let made = tokio::task::spawn_blocking(work).await.map_err(|_| {
                DeskError::new(
                    ErrorKind::Internal,
                    OPERATION,
                    "la lecture du dossier s'est arrêtée",
                )
            })?;
            told.extend(made);
        }
        let mut file = Vec::with_capacity(documents.len());
        for document in documents {
            let Some(told) = told.remove(&document.id) else { continue };
            memory.keep(&document, told.clone());
            file.push(Filed { document, told });
        }
        Ok(file)
    }

    /// Says in the ledger that somebody looked at a patient's timeline; once in a while.
    async fn note_patient_look(&self, who: &Actor, patient: &PatientId) -> Result<()> {
        if self.looked_lately(who, &patient.0) {
            return Ok(());
        }
        let mut tx = self.begin(who).await?;
        let mut event = Event::new(EventKind::Viewed).detail("timeline");
        event.patient = Some(patient.clone());
        tx.append(event).await?;
        Ok(tx.commit().await?)
    }
}

/// The last stay that the patient feed told of.
fn stays(patient: &Patient, kind: Option<TimelineKind>) -> Option<(PartialDate, TimelineGroup)> {
    if !matches!(kind, None | Some(TimelineKind::Sejours)) {
        return None;
    }
    let stay = patient.record.stay.as_ref()?;
    let date = stay.start.or(stay.end)?.date;
    let master = patient.record.master.clone().unwrap_or_default();
    let entry = TimelineEntry {
        kind: TimelineKind::Sejours,
        label: text("timeline", "stay"),
        words: stay_words(stay),
        code: stay.number.as_ref().map(|n| n.value.0.clone()),
        said: Vec::new(),
        value: (!master.is_empty()).then(|| text_with("timeline", "stay-source", &master)),
        fact: ProposalId(String::new()),
        in_text: false,
        decision: None,
        set_aside: false,
    };
    let group = TimelineGroup {
        year: date.year,
        month: date.month,
        date: date.to_french(),
        dated: Dated::Fact,
        document: None,
        entries: vec![entry],
    };
    Some((date, group))
}

fn stay_words(stay: &Stay) -> String {
    let class = stay.class.as_deref().map(|c| text("stay_class", c));
    let unit = stay.unit.as_ref().map(|u| u.label.clone().unwrap_or_else(|| u.code.clone()));
    let end = match &stay.end {
        Some(end) => text_with("timeline", "stay-end", &end.date.to_french()),
        None => text("timeline", "stay-open"),
    };
    let doctor = stay.doctor.as_ref().map(|d| d.name.full());
    let parts: Vec<String> = [class, unit, Some(end), doctor].into_iter().flatten().collect();
    parts.join(", ")
}

/// What of a file a person sees.
struct Shown<'a> {
    file: &'a [Filed],
    names: &'a Names,
    pairs: &'a Pairs,
    unconfirmed: bool,
}

impl Shown<'_> {
    /// Whether a fact is shown: confirmed, or asked for with the others; and not set aside for what
    /// another document says.
    fn takes(&self, filed: &Filed, fact: &ToldFact) -> bool {
        (self.unconfirmed || fact.decision.is_some())
            && !self.pairs.sets_aside(&filed.document.id, &fact.id)
    }

    fn listed(&self, fact: &ToldFact, kind: Option<TimelineKind>) -> bool {
        (self.unconfirmed || fact.decision.is_some()) && kind.is_none_or(|k| k == fact.kind)
    }

    fn groups(&self, kind: Option<TimelineKind>) -> Vec<(PartialDate, TimelineGroup)> {
        let mut groups = Vec::new();
        for filed in self.file {
            let (own, _) = filed.date();
            let mut by_date: BTreeMap<PartialDate, Vec<TimelineEntry>> = BTreeMap::new();
            if matches!(kind, None | Some(TimelineKind::Documents)) {
                by_date.entry(own).or_default();
            }
            for fact in filed.told.facts.iter().filter(|f| self.listed(f, kind)) {
                let (date, _) = dated(filed, fact);
                by_date.entry(date).or_default().push(self.entry(filed, fact));
            }
            for (date, mut entries) in by_date {
                entries.sort_by_key(|e| e.kind);
                groups.push((date, self.group(filed, date, entries)));
            }
        }
        groups
    }

    fn group(
        &self,
        filed: &Filed,
        date: PartialDate,
        entries: Vec<TimelineEntry>,
    ) -> TimelineGroup {
        let (own, from) = filed.date();
        let d = &filed.document;
        TimelineGroup {
            year: date.year,
            month: date.month,
            date: date.to_french(),
            dated: if date == own { from } else { Dated::Fact },
            document: Some(TimelineDocument {
                id: d.id.clone(),
                title: filed.title(),
                by: filed.by(),
                filed: filed.told.filed.as_ref().map(|d| decision_view(d, self.names)),
                masked: filed.told.masked,
                hidden: filed.told.hidden,
            }),
            entries,
        }
    }

    fn entry(&self, filed: &Filed, fact: &ToldFact) -> TimelineEntry {
        TimelineEntry {
            kind: fact.kind,
            label: fact.label.clone(),
            words: fact.words.clone(),
            code: fact.code.clone(),
            said: fact.said.clone(),
            value: fact.value.clone(),
            fact: fact.id.clone(),
            in_text: fact.in_text,
            decision: fact.decision.as_ref().map(|d| decision_view(d, self.names)),
            set_aside: self.pairs.sets_aside(&filed.document.id, &fact.id),
        }
    }

    fn counts(&self, patient: &Patient) -> Vec<(TimelineKind, u64)> {
        let mut counts: BTreeMap<TimelineKind, u64> = BTreeMap::new();
        for filed in self.file {
            *counts.entry(TimelineKind::Documents).or_default() += 1;
            for fact in filed.told.facts.iter().filter(|f| self.listed(f, None)) {
                *counts.entry(fact.kind).or_default() += 1;
            }
        }
        let stays = stays(patient, None).is_some();
        counts.extend(stays.then_some((TimelineKind::Sejours, 1)));
        counts.into_iter().collect()
    }

    /// How many facts nobody has confirmed.
    fn waiting(&self) -> u64 {
        let facts = self.file.iter().flat_map(|f| &f.told.facts);
        facts.filter(|f| f.decision.is_none()).count() as u64
    }
}

pub(super) fn decision_view(d: &Decision, names: &Names) -> DecisionView {
    let verdict = match d.verdict {
        Verdict::Accepted => "accepted",
        Verdict::Edited(_) => "edited",
        Verdict::Refused => "refused",
        Verdict::Undone(_) => "undone",
    };
    DecisionView {
        verdict: text("verdict", verdict),
        by: names.of(&d.actor),
        at: d.at,
        reason: d.reason.as_ref().map(|r| r.0.clone()),
    }
}
