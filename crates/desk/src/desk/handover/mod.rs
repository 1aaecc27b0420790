//! Hand over: a decision queues what is to reach the software that masters the record, in its own
//! transaction; [`work`] carries it out; [`show`] says what came of it.
//!
//! What is queued follows from what stands at the destination ([`plan`]): a document that is there is
//! replaced, never sent a second time; one that is no longer filed is recalled.

mod plan;
mod show;
mod work;

use relu_record::{Actor, DocumentId, Purpose, Role};
use relu_vault::{Delivery, DeliveryId, DeliveryState, Filing, NewDelivery, Tx};
use serde::{Deserialize, Serialize};

use super::{Desk, Result};
use crate::handover::{Destination, Destinations, When};
use crate::view::DeskEvent;
use crate::{DeskError, ErrorKind};

use plan::{Plan, Wanted, plan};
pub(super) use work::work;

const OPERATION: &str = "remise";

/// What is kept of a delivery, sealed: what exactly was handed over, and what the other side said.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    /// The filing that was handed over.
    filing: Option<Filing>,
    /// The patient as handed over.
    patient: Option<relu_record::PatientIdentity>,
    /// Names of the files, in order.
    names: Vec<String>,
    /// Whether a replacement went as a first one, because what it was to replace never arrived.
    as_new: bool,
    /// Words of the other side.
    words: String,
}

impl Content {
    fn of(delivery: &Delivery) -> Content {
        serde_json::from_slice(&delivery.content).unwrap_or_default()
    }

    fn sealed(&self) -> relu_record::Private<Vec<u8>> {
        relu_record::Private(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl Desk {
    /// Hands a filed document to a destination, asked for by a person or by a rule of routing that a
    /// person has decided on.
    pub async fn hand_over(&self, who: &Actor, id: &DocumentId, destination: &str) -> Result<()> {
        check_role(who)?;
        let to = self.destination(destination)?;
        let mut tx = self.begin(who).await?;
        let queued = queue(&mut tx, to, id, Wanted::Handed, 0).await?;
        tx.commit().await?;
        if !queued {
            let cause = "ce document est déjà remis, ou va l'être";
            return Err(DeskError::new(ErrorKind::Conflict, OPERATION, cause)
                .hint("la page « Remis » dit où il en est"));
        }
        self.wake_outbox(id).await
    }

    /// Queues in `tx` what goes by itself at that moment.
    pub(super) async fn queue_by_itself(
        &self,
        tx: &mut Tx,
        id: &DocumentId,
        when: When,
        type_code: Option<&str>,
    ) -> Result<()> {
        for to in self.destinations_set().list.iter().filter(|d| d.takes(when, type_code)) {
            queue(tx, to, id, Wanted::Handed, to.delay_s).await?;
        }
        Ok(())
    }

    /// Queues in `tx` what rules of routing ask for and the person who files has accepted. A destination
    /// that the settings no longer have is left out: its rule is told as such on its page.
    pub(super) async fn queue_by_rule(
        &self,
        tx: &mut Tx,
        id: &DocumentId,
        destinations: &[String],
    ) -> Result<()> {
        for name in destinations {
            if let Some(to) = self.destinations_set().get(name) {
                queue(tx, to, id, Wanted::Handed, to.delay_s).await?;
            }
        }
        Ok(())
    }

    /// Queues in `tx` the recall of a document wherever it was handed over, or is about to be.
    pub(super) async fn queue_recalls(&self, tx: &mut Tx, id: &DocumentId) -> Result<()> {
        recall_everywhere(tx, self.destinations_set(), id).await
    }

    /// Queues in `tx` what brings a document back where it had been handed over: its filing stands
    /// again.
    pub(super) async fn queue_again(&self, tx: &mut Tx, id: &DocumentId) -> Result<()> {
        let known = tx.deliveries_of(id).await?;
        let list = self.destinations_set().list.iter();
        for to in list.filter(|to| known.iter().any(|d| d.destination == to.name)) {
            queue(tx, to, id, Wanted::Handed, 0).await?;
        }
        Ok(())
    }

    /// Queues in `tx` the recall of what went at that moment by itself.
    pub(super) async fn queue_recalls_of(
        &self,
        tx: &mut Tx,
        id: &DocumentId,
        when: When,
    ) -> Result<()> {
        for to in self.destinations_set().list.iter().filter(|d| d.when == when) {
            queue(tx, to, id, Wanted::Recalled, 0).await?;
        }
        Ok(())
    }

    /// Tries again what was refused.
    pub async fn retry_delivery(&self, who: &Actor, id: &str) -> Result<()> {
        self.change(who, id, DeliveryState::Refused, DeliveryState::Pending).await
    }

    /// Gives up what waits or was refused.
    pub async fn cancel_delivery(&self, who: &Actor, id: &str) -> Result<()> {
        let state = self.vault().delivery(&DeliveryId(id.to_owned())).await?.state;
        let from = match state {
            DeliveryState::Refused => DeliveryState::Refused,
            _ => DeliveryState::Pending,
        };
        self.change(who, id, from, DeliveryState::Cancelled).await
    }

    async fn change(
        &self,
        who: &Actor,
        id: &str,
        from: DeliveryState,
        to: DeliveryState,
    ) -> Result<()> {
        check_role(who)?;
        let mut tx = self.begin(who).await?;
        let delivery = tx.delivery(&DeliveryId(id.to_owned())).await?;
        if delivery.state != from {
            let cause = "cette remise n'en est plus là";
            return Err(
                DeskError::new(ErrorKind::Conflict, OPERATION, cause).hint("rechargez la page")
            );
        }
        let mut content = Content::of(&delivery);
        let to = match to {
            // Who tries again has seen that nothing arrived.
            DeliveryState::Pending if delivery.reason.as_deref() == Some("stage-lost") => {
                content = Content::default();
                to
            }
            // What was prepared may have arrived: it is carried on, not made anew.
            DeliveryState::Pending if !content.names.is_empty() => DeliveryState::Staged,
            other => other,
        };
        tx.change_delivery(&delivery, to, None, &content.sealed()).await?;
        if to != DeliveryState::Cancelled {
            tx.queue_delivery_job(&delivery.id, &delivery.document, 0).await?;
        }
        tx.commit().await?;
        self.wake_outbox(&delivery.document).await
    }

    /// Wakes the worker, and tells open pages.
    async fn wake_outbox(&self, id: &DocumentId) -> Result<()> {
        self.inner.outbox.notify_one();
        let state = self.vault().document(id).await?.state;
        self.tell(DeskEvent::Document { id: id.clone(), state });
        Ok(())
    }

    fn destinations_set(&self) -> &Destinations {
        &self.inner.settings.destinations
    }

    fn destination(&self, name: &str) -> Result<&Destination> {
        self.destinations_set().get(name).ok_or_else(|| {
            DeskError::new(ErrorKind::NotFound, OPERATION, "cette destination n'est pas réglée")
        })
    }
}

fn check_role(who: &Actor) -> Result<()> {
    // Who files decides where it goes.
    if who.role.is_some_and(Role::may_decide_filing) {
        return Ok(());
    }
    Err(DeskError::new(ErrorKind::Forbidden, OPERATION, "votre rôle ne remet pas de document"))
}

async fn recall_everywhere(tx: &mut Tx, all: &Destinations, id: &DocumentId) -> Result<()> {
    for to in &all.list {
        queue(tx, to, id, Wanted::Recalled, 0).await?;
    }
    Ok(())
}

/// Queues what brings a destination to what is wanted. Says whether there was anything to do.
async fn queue(
    tx: &mut Tx,
    to: &Destination,
    id: &DocumentId,
    wanted: Wanted,
    delay_s: u32,
) -> Result<bool> {
    let document = tx.document(id).await?;
    if wanted == Wanted::Handed && document.filing.is_none() {
        let cause = "ce document n'est pas classé";
        return Err(DeskError::new(ErrorKind::Conflict, OPERATION, cause)
            .hint("classez-le d'abord : rien ne part sans décision"));
    }
    let all = tx.deliveries_of(id).await?;
    let there: Vec<&Delivery> = all.iter().filter(|d| d.destination == to.name).collect();
    let unchanged = |d: &Delivery| Content::of(d).filing == document.filing;
    let Plan { cancel, queue } = plan(&there, wanted, unchanged);
    let acted = !cancel.is_empty() || queue.is_some();
    for delivery in cancel {
        let state = DeliveryState::Cancelled;
        tx.change_delivery(delivery, state, Some("needless"), &delivery.content).await?;
    }
    if let Some((purpose, replaces)) = queue {
        let patient = document.filing.as_ref().and_then(|f| f.patient.clone());
        let earlier = replaces.as_ref().and_then(|id| there.iter().find(|d| d.id == *id));
        let recalled =
            (purpose == Purpose::Recall).then(|| earlier.and_then(|d| d.patient.clone()));
        tx.queue_delivery(
            NewDelivery {
                document: id.clone(),
                patient: recalled.unwrap_or(patient),
                destination: to.name.clone(),
                purpose,
                replaces,
                content: Content::default().sealed(),
            },
            delay_s,
        )
        .await?;
    }
    Ok(acted)
}
