//! The doctor's list: what waits for a *visa*, what is to be acted on, what was seen. Documents on
//! which the sender printed a mention come first, as printed; nothing is computed from a value.

use relu_pipeline::route::{Features, Lists};
use relu_record::{Actor, DocumentId, DocumentState};
use relu_vault::{Document, DocumentFilter};

use super::super::{Desk, Result, lists};
use super::Team;
use super::show::lists_name;
use crate::view::DeskEvent;
use crate::view::routing::{ANY_MENTION, VisaFilter, VisaItem, VisaView};
use crate::{DeskError, ErrorKind};

/// Documents shown; the rest is told.
const MOST: u32 = 500;
/// What was printed is sealed with each document: so many times as many are looked through for it.
const PAGES: usize = 4;

impl Desk {
    /// The doctor's list under that filter.
    pub async fn visa_list(&self, who: &Actor, filter: &VisaFilter) -> Result<VisaView> {
        may(who)?;
        let all = DocumentFilter { sight: lists::sight(who), ..DocumentFilter::default() };
        let counts = self.vault().count_by_state(&all).await?;
        let count = |s| counts.iter().find(|(state, _)| *state == s).map_or(0, |(_, n)| *n);
        let state = match filter.show.as_str() {
            "a-faire" => DocumentState::Action,
            "vus" => DocumentState::Vu,
            _ => DocumentState::AViser,
        };
        let name = filter.name.trim();
        let mut wanted = DocumentFilter {
            states: vec![state],
            name: (name.chars().count() >= relu_vault::MIN_PREFIX).then(|| name.into()),
            document_type: filter.type_code.as_deref().and_then(|c| self.type_coding(c)),
            assigned_to: filter.mine.then(|| who.id.clone()),
            limit: MOST,
            ..all
        };
        let team = self.the_team().await?;
        let names = self.lists(&team).await?;
        let (mut items, mut more) = (Vec::new(), false);
        for _ in 0..PAGES {
            let page = self.vault().documents(&wanted).await?;
            for d in &page.documents {
                let mentions = self.mentions(&d.id).await?;
                if has(&mentions, filter.mention.as_deref()) {
                    items.push(self.visa_item(who, d, mentions, (&team, &names)).await?);
                }
            }
            (more, wanted.after) = (page.next.is_some(), page.next);
            if !more || items.len() >= MOST as usize {
                break;
            }
        }
        // Stable: within each group the oldest stays first.
        items.sort_by_key(|i| i.mentions.is_empty());
        Ok(VisaView {
            items,
            counts: [
                count(DocumentState::AViser),
                count(DocumentState::Action),
                count(DocumentState::Vu),
            ],
            mentions: names.mentions.into_iter().map(|m| (m.code, m.label)).collect(),
            more,
        })
    }

    async fn visa_item(
        &self,
        who: &Actor,
        d: &Document,
        mentions: Vec<String>,
        (team, names): (&Team, &Lists),
    ) -> Result<VisaItem> {
        let placed = self.vault().placement(&d.id).await?.map(|p| p.placement);
        let queue = placed.as_ref().and_then(|p| p.queue.as_deref());
        let holder = placed.as_ref().and_then(|p| p.holder.as_deref());
        let place = [queue.map(|q| team.name(q).to_owned()), holder.map(|h| lists_name(names, h))];
        Ok(VisaItem {
            item: lists::item(who, d),
            mentions,
            due: self.first_due(&d.id).await?,
            place: place.into_iter().flatten().collect::<Vec<_>>().join(", "),
        })
    }

    /// What the sender printed, as printed, each once.
    async fn mentions(&self, id: &DocumentId) -> Result<Vec<String>> {
        let Some(routing) = self.vault().routing(id).await? else { return Ok(Vec::new()) };
        let features = serde_json::from_slice::<Features>(&routing.features);
        let mut seen: Vec<String> = Vec::new();
        for m in features.iter().flat_map(|f| &f.mentions) {
            if !seen.contains(&m.value.0) {
                seen.push(m.value.0.clone());
            }
        }
        Ok(seen)
    }

    /// What was to be done about a document is done.
    pub async fn visa_done(&self, who: &Actor, id: &DocumentId) -> Result<()> {
        may(who)?;
        let from = self.vault().document(id).await?.state;
        if from != DocumentState::Action {
            let cause = "ce document n'est pas à faire";
            return Err(DeskError::new(ErrorKind::Conflict, "visa", cause));
        }
        let mut tx = self.begin(who).await?;
        tx.set_state(id, from, DocumentState::Clos).await?;
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: id.clone(), state: DocumentState::Clos });
        Ok(())
    }
}

/// Whether what was printed is what is asked for.
fn has(mentions: &[String], asked: Option<&str>) -> bool {
    match asked {
        None => true,
        Some(ANY_MENTION) => !mentions.is_empty(),
        Some(one) => mentions.iter().any(|m| m == one),
    }
}

fn may(who: &Actor) -> Result<()> {
    if who.role.is_some_and(|r| r.may_visa()) {
        return Ok(());
    }
    Err(DeskError::new(ErrorKind::Forbidden, "visa", "réservé au médecin"))
}
