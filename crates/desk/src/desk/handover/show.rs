//! What was handed over, what waits, what was refused and why, for pages and for other use cases.

use relu_record::{Actor, DocumentId, Purpose};
use relu_vault::{Delivery, DeliveryFilter, DeliveryState};

use super::{Content, Desk, Result};
use crate::desk::accounts::Names;
use crate::desk::lists;
use crate::texts::text;
use crate::view::{DeliveryList, DeliveryView};

const PAGE_SIZE: u32 = 50;

impl Desk {
    /// Codes and labels of the destinations, in the order of the settings.
    pub fn destinations(&self) -> Vec<(String, String)> {
        let all = self.destinations_set().list.iter();
        all.map(|d| (d.name.clone(), d.label.clone())).collect()
    }

    /// What of a document has left, is to leave, or was refused, oldest first. Somebody who takes a
    /// filing back sees here who has been told of it.
    pub async fn deliveries_of(&self, who: &Actor, id: &DocumentId) -> Result<Vec<DeliveryView>> {
        self.seen_document(who, id).await?;
        let all = self.vault().deliveries_of(id).await?;
        self.deliveries_shown(who, &all).await
    }

    /// One page of the deliveries, newest first; page from 0.
    pub async fn deliveries(
        &self,
        who: &Actor,
        state: Option<DeliveryState>,
        destination: Option<&str>,
        page: u32,
    ) -> Result<DeliveryList> {
        let filter = DeliveryFilter {
            // What is prepared waits too, as far as a person is concerned.
            states: match state {
                Some(DeliveryState::Pending) => vec![DeliveryState::Pending, DeliveryState::Staged],
                other => other.into_iter().collect(),
            },
            destination: destination.map(str::to_owned),
            skip: page.saturating_mul(PAGE_SIZE),
            limit: PAGE_SIZE,
        };
        let mut counts = [
            DeliveryState::Refused,
            DeliveryState::Pending,
            DeliveryState::Delivered,
            DeliveryState::Cancelled,
        ]
        .map(|state| (state, 0));
        for (to, state, n) in self.vault().delivery_counts().await? {
            if destination.is_some_and(|d| d != to) {
                continue;
            }
            let state = if state == DeliveryState::Staged { DeliveryState::Pending } else { state };
            counts.iter_mut().filter(|(s, _)| *s == state).for_each(|(_, count)| *count += n);
        }
        let found = self.vault().deliveries(&filter).await?;
        Ok(DeliveryList {
            items: self.deliveries_shown(who, &found).await?,
            counts: counts.to_vec(),
            page_size: PAGE_SIZE as usize,
        })
    }

    async fn deliveries_shown(&self, who: &Actor, all: &[Delivery]) -> Result<Vec<DeliveryView>> {
        let names = self.names().await?;
        let mut out = Vec::with_capacity(all.len());
        for delivery in all {
            out.push(self.delivery_shown(who, delivery, &names).await?);
        }
        Ok(out)
    }

    async fn delivery_shown(
        &self,
        who: &Actor,
        d: &Delivery,
        names: &Names,
    ) -> Result<DeliveryView> {
        let document = self.vault().document(&d.document).await?;
        let content = Content::of(d);
        let label = self.destinations_set().get(&d.destination).map(|t| t.label.clone());
        let open = matches!(d.state, DeliveryState::Refused | DeliveryState::Pending);
        Ok(DeliveryView {
            id: d.id.0.clone(),
            document: lists::item(who, &document),
            patient: d
                .patient
                .as_ref()
                .filter(|_| lists::may_see(who, &document))
                .map(|p| p.0.clone()),
            destination: label.unwrap_or_else(|| d.destination.clone()),
            purpose: text("delivery-purpose", d.purpose.as_str()),
            recall: d.purpose == Purpose::Recall,
            state: d.state,
            reason: d.reason.as_deref().map(|code| text("delivery-reason", code)),
            words: content.words,
            by: names.of_id(&d.created_by),
            created: d.created_at,
            updated: d.updated_at,
            may_retry: d.state == DeliveryState::Refused,
            may_cancel: open,
        })
    }
}
