//! The outbox at work: a delivery is staged, that is committed, it is carried, that is committed. What
//! fails for a reason that passes is tried again with growing delay ([`Delays`]), and in the end by a
//! person; what is refused goes to a person at once.

use std::sync::OnceLock;
use std::time::Duration;

use relu_formats::write::{Outgoing, Payload, hl7v2};
use relu_record::{Actor, Coding, Format, Identifier, Instant, PatientIdentity, Purpose, Reading};
use relu_vault::{Delivery, DeliveryId, DeliveryState, Job, Lane};
use serde::Deserialize;

use super::{Content, Desk, Result};
use crate::handover::{Destination, Outcome, Parcel, Reason, exchange, kinds, mllp};
use crate::view::DeskEvent;

const LEASE_MS: i64 = 6_000;
const IDLE: Duration = Duration::from_secs(2);
/// Waiting for another delivery of the same document.
const BEHIND_MS: i64 = 2_000;

/// How long to wait before each try.
#[derive(Deserialize)]
struct Delays {
    retry_s: Vec<u32>,
    give_up_after_s: u32,
}

fn delays() -> &'static Delays {
    static DELAYS: OnceLock<Delays> = OnceLock::new();
    // The file is embedded and parsed by a test.
    DELAYS.get_or_init(|| {
        toml::from_str(include_str!("../../../data/handover.toml"))
            .unwrap_or(Delays { retry_s: vec![60], give_up_after_s: 86_400 })
    })
}

/// Takes deliveries until the desk closes.
pub(in crate::desk) async fn work(desk: Desk, worker: String) {
    desk.sweep().await;
    loop {
        match desk.vault().claim_job(Lane::Outbox, &worker, LEASE_MS, desk.now()).await {
            Ok(Some(job)) => {
                let done = tokio::select! {
                    biased;
                    done = desk.delivery_job(&job) => done,
                    () = super::super::read::keep_lease(&desk, &job) => Ok(()),
                };
                if let Err(e) = done {
                    tracing::warn!(target: "relu", kind = ?e.kind, "remise : un envoi sera repris");
                    desk.postpone(&job).await;
                }
            }
            Ok(None) => {
                let _ = tokio::time::timeout(IDLE, desk.inner.outbox.notified()).await;
            }
            Err(_) => tokio::time::sleep(IDLE).await,
        }
    }
}

fn actor() -> Actor {
    Actor::system("outbox")
}

/// What a step of a delivery led to.
enum Step {
    /// It goes on with these names or this message.
    Go(Parcel, Option<tokio::net::TcpStream>),
    /// It ends, or is tried again.
    End(Outcome),
    /// Nothing is to be handed over any more.
    Needless,
    /// Another delivery of the same document comes first.
    Behind,
}

impl Desk {
    async fn delivery_job(&self, job: &Job) -> Result<()> {
        let id = DeliveryId(String::from_utf8_lossy(&job.payload).into_owned());
        let delivery = self.vault().delivery(&id).await?;
        if !matches!(delivery.state, DeliveryState::Pending | DeliveryState::Staged) {
            return self.end(job, None).await;
        }
        let Some(to) = self.destinations_set().get(&delivery.destination) else {
            let outcome = Outcome::Refused(Reason::new("unknown-destination"));
            return self.conclude(job, &delivery, Content::of(&delivery), outcome).await;
        };
        let mut content = Content::of(&delivery);
        match self.ready(&delivery, to, &mut content).await? {
            Step::Go(parcel, stream) => {
                let staged = self.mark_staged(delivery, &mut content, &parcel).await?;
                let outcome = self.carry(&staged, to, &content, parcel, stream).await;
                self.conclude(job, &staged, content, outcome).await?;
                if let Some(folder) = &to.folder
                    && self.vault().delivery(&id).await?.state == DeliveryState::Delivered
                {
                    exchange::clear(folder, &id.0, 0);
                }
                Ok(())
            }
            Step::End(outcome) => self.conclude(job, &delivery, content, outcome).await,
            Step::Needless => self.end(job, Some(&delivery)).await,
            Step::Behind => {
                let mut tx = self.begin(&actor()).await?;
                tx.fail_job(job, "behind", Some(Instant(self.now().0 + BEHIND_MS))).await?;
                Ok(tx.commit().await?)
            }
        }
    }

    /// Makes a delivery ready: what it holds is settled and, in a folder, lies there hidden.
    async fn ready(
        &self,
        delivery: &Delivery,
        to: &Destination,
        content: &mut Content,
    ) -> Result<Step> {
        let staged = delivery.state == DeliveryState::Staged;
        if staged && to.folder.is_some() {
            return Ok(Step::Go(Parcel(Vec::new()), None));
        }
        if !staged {
            let earlier = match &delivery.replaces {
                Some(id) => Some(self.vault().delivery(id).await?),
                None => None,
            };
            match earlier.as_ref().map(|d| d.state) {
                Some(DeliveryState::Pending | DeliveryState::Staged) => return Ok(Step::Behind),
                Some(DeliveryState::Refused | DeliveryState::Cancelled) => match delivery.purpose {
                    Purpose::Recall => return Ok(Step::Needless),
                    // What it was to replace never arrived.
                    _ => content.as_new = true,
                },
                _ => {}
            }
            let settled = match (&earlier, delivery.purpose) {
                (Some(earlier), Purpose::Recall) => {
                    let was = Content::of(earlier);
                    (was.filing, was.patient)
                }
                _ => {
                    let filing = self.vault().document(&delivery.document).await?.filing;
                    let patient = match filing.as_ref().and_then(|f| f.patient.as_ref()) {
                        Some(id) => Some(self.vault().standing_patient(id).await?.identity),
                        None => None,
                    };
                    (filing, patient)
                }
            };
            (content.filing, content.patient) = settled;
        }
        let (Some(filing), Some(patient)) = (&content.filing, &content.patient) else {
            return Ok(Step::Needless);
        };
        let document = self.vault().document(&delivery.document).await?;
        let reading: Option<Reading> = match self.vault().reading(&document.id).await? {
            Some(json) => serde_json::from_slice(&json).ok(),
            None => None,
        };
        let bytes = self.bytes(&document).await?;
        let masks = reading.as_ref().map(masks).unwrap_or_default();
        let media_type = goes_along(document.format);
        let number = number_for(patient, to);
        let purpose = if content.as_new { Purpose::New } else { delivery.purpose };
        let item = Outgoing {
            id: &delivery.id.0,
            purpose,
            replaces: delivery
                .replaces
                .as_ref()
                .filter(|_| purpose != Purpose::New)
                .map(|r| r.0.as_str()),
            at: delivery.created_at,
            sender: &self.destinations_set().sender,
            receiver: to.receiver(),
            patient,
            patient_number: number.as_ref(),
            document_type: filing.document_type.as_ref(),
            title: filing.title.as_ref().map_or("", |t| t.as_str()),
            date: filing.date,
            author: filing.author.as_ref(),
            organization: filing.organization.as_ref(),
            masks: &masks,
            text: reading.as_ref().map_or("", |r| r.text.as_str()),
            payload: media_type.map(|media_type| Payload { media_type, bytes: &bytes }),
        };
        let parcel = match kinds::of(to.kind).encode(to, &item) {
            Ok(parcel) => parcel,
            Err(reason) => return Ok(Step::End(Outcome::Refused(reason))),
        };
        self.make_ready(delivery, to, parcel).await
    }

    /// Reaches the destination without any effect that the other side sees.
    async fn make_ready(
        &self,
        delivery: &Delivery,
        to: &Destination,
        parcel: Parcel,
    ) -> Result<Step> {
        match (&to.folder, to.address) {
            (Some(folder), _) => {
                let (folder, id, staged) = (folder.clone(), delivery.id.0.clone(), parcel.clone());
                let done = blocking(move || exchange::stage(&folder, &id, &staged)).await?;
                Ok(match done {
                    Ok(()) => Step::Go(parcel, None),
                    Err(r) if r.code == "name-taken" => Step::End(Outcome::Refused(r)),
                    Err(r) => Step::End(Outcome::Later(r)),
                })
            }
            (None, Some(address)) => Ok(match mllp::connect(address, to.timeout()).await {
                Ok(stream) => Step::Go(parcel, Some(stream)),
                Err(reason) => Step::End(Outcome::Later(reason)),
            }),
            (None, None) => Ok(Step::End(Outcome::Refused(Reason::new("unknown-destination")))),
        }
    }

    /// Commits that a delivery is prepared: from here on it is carried on, never made anew.
    async fn mark_staged(
        &self,
        delivery: Delivery,
        content: &mut Content,
        parcel: &Parcel,
    ) -> Result<Delivery> {
        if delivery.state == DeliveryState::Staged {
            return Ok(delivery);
        }
        content.names = parcel.0.iter().map(|p| p.name.clone()).collect();
        let mut tx = self.begin(&actor()).await?;
        tx.change_delivery(&delivery, DeliveryState::Staged, None, &content.sealed()).await?;
        let staged = tx.delivery(&delivery.id).await?;
        tx.commit().await?;
        Ok(staged)
    }

    async fn carry(
        &self,
        delivery: &Delivery,
        to: &Destination,
        content: &Content,
        parcel: Parcel,
        stream: Option<tokio::net::TcpStream>,
    ) -> Outcome {
        if let Some(folder) = &to.folder {
            let (folder, id, names) =
                (folder.clone(), delivery.id.0.clone(), content.names.clone());
            return blocking(move || exchange::carry(&folder, &id, &names))
                .await
                .unwrap_or_else(|_| Outcome::Later(Reason::new("folder-failed")));
        }
        match (stream, parcel.0.first()) {
            (Some(stream), Some(message)) => {
                let id = hl7v2::control_id(&delivery.id.0);
                mllp::carry(stream, &message.bytes, &id, to.timeout()).await
            }
            _ => Outcome::Later(Reason::new("unreachable")),
        }
    }

    /// Commits what came of it together with the end of the job, or its next try.
    async fn conclude(
        &self,
        job: &Job,
        delivery: &Delivery,
        mut content: Content,
        outcome: Outcome,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.begin(&actor()).await?;
        let outcome = match outcome {
            Outcome::Later(_) if given_up(delivery, now) => {
                Outcome::Refused(Reason::new("too-long"))
            }
            other => other,
        };
        let (state, reason) = match &outcome {
            Outcome::Receipt => (DeliveryState::Delivered, None),
            Outcome::Refused(reason) => (DeliveryState::Refused, Some(reason)),
            Outcome::Later(reason) => (delivery.state, Some(reason)),
        };
        content.words = reason.map(|r| r.words.0.clone()).unwrap_or_default();
        let code = reason.map(|r| r.code);
        // The same delay for the same reason is not told again.
        if state != delivery.state || code != delivery.reason.as_deref() {
            tx.change_delivery(delivery, state, code, &content.sealed()).await?;
        }
        match outcome {
            Outcome::Later(reason) => {
                tx.fail_job(job, reason.code, Some(next_try(job.attempts, now))).await?;
            }
            _ => tx.finish_job(job).await?,
        }
        tx.commit().await?;
        self.tell_of(delivery).await;
        Ok(())
    }

    /// Ends a job whose delivery is over, or over with this.
    async fn end(&self, job: &Job, needless: Option<&Delivery>) -> Result<()> {
        let mut tx = self.begin(&actor()).await?;
        if let Some(delivery) = needless {
            let state = DeliveryState::Cancelled;
            tx.change_delivery(delivery, state, Some("needless"), &delivery.content).await?;
        }
        tx.finish_job(job).await?;
        tx.commit().await?;
        if let Some(delivery) = needless {
            self.tell_of(delivery).await;
        }
        Ok(())
    }

    /// Something of ours failed (or somebody cancelled meanwhile): looked at again a little later.
    async fn postpone(&self, job: &Job) {
        let done: Result<()> = async {
            let mut tx = self.begin(&actor()).await?;
            tx.fail_job(job, "failed", Some(next_try(job.attempts, self.now()))).await?;
            Ok(tx.commit().await?)
        }
        .await;
        if done.is_err() {
            tracing::warn!(target: "relu", "remise : l'envoi sera repris à la fin de son bail");
        }
    }

    /// Removes what a kill left in the folders after the end was committed.
    async fn sweep(&self) {
        for to in self.destinations_set().list.clone() {
            let Some(folder) = to.folder else { continue };
            let here = folder.clone();
            for id in blocking(move || exchange::left(&here)).await.unwrap_or_default() {
                let known = self.vault().delivery(&DeliveryId(id.clone())).await;
                // Those of another installation that shares the folder are not ours to judge.
                if let Ok(delivery) = known
                    && matches!(delivery.state, DeliveryState::Delivered | DeliveryState::Cancelled)
                {
                    let pieces = Content::of(&delivery).names.len().max(3);
                    exchange::clear(&folder, &id, pieces);
                }
            }
        }
    }

    async fn tell_of(&self, delivery: &Delivery) {
        if let Ok(document) = self.vault().document(&delivery.document).await {
            self.tell(DeskEvent::Document { id: document.id, state: document.state });
        }
    }
}

async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(act).await.map_err(|_| {
        crate::DeskError::new(crate::ErrorKind::Internal, super::OPERATION, "interrompue")
    })
}

fn given_up(delivery: &Delivery, now: Instant) -> bool {
    now.0 - delivery.created_at.0 > i64::from(delays().give_up_after_s) * 1000
}

fn next_try(attempts: u32, now: Instant) -> Instant {
    let all = &delays().retry_s;
    let n = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let seconds = all.get(n).or(all.last()).copied().unwrap_or(60);
    Instant(now.0.saturating_add(i64::from(seconds) * 1000))
}

/// Codes that limit who may see a document; they must go along with it.
fn masks(reading: &Reading) -> Vec<Coding> {
    const MASKS: [&str; 4] =
        ["MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX", "CONNEXION_SECRETE"];
    let all = reading.header.confidentiality.iter();
    all.filter(|c| MASKS.contains(&c.code.as_str())).cloned().collect()
}

/// Media type of the formats whose bytes mean something to another program by themselves.
fn goes_along(format: Option<Format>) -> Option<&'static str> {
    match format? {
        Format::Pdf => Some("application/pdf"),
        Format::CdaN1 | Format::CdaN3 => Some("text/xml"),
        _ => None,
    }
}

/// The number by which the other side knows the patient.
fn number_for(patient: &PatientIdentity, to: &Destination) -> Option<Identifier> {
    let system = to.patient_system.as_deref()?;
    patient.identifiers.iter().find(|id| id.system == system).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_end() {
        let all: Delays = toml::from_str(include_str!("../../../data/handover.toml")).unwrap();
        assert!(all.retry_s.is_sorted() && all.retry_s.len() > 3);
        assert!(u64::from(all.give_up_after_s) > u64::from(*all.retry_s.last().unwrap()));
        let after = |n| next_try(n, Instant(0)).0 / 1000;
        assert_eq!(after(1), i64::from(all.retry_s[0]));
        assert_eq!(after(1000), i64::from(*all.retry_s.last().unwrap()));
    }
}
