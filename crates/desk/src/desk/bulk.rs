//! Several documents at once (*par lot*): what would happen to each is worked out and shown first; the
//! act then does exactly that, one document after the other, each an act of its own in the ledger, and
//! leaves alone what has changed meanwhile or asks for a look. Undo takes back what the lot did.

use std::collections::BTreeSet;

use relu_pipeline::attach::Zone;
use relu_record::{Actor, DocumentId, DocumentState, PatientIdentity, Role, Severity};
use relu_vault::Patient;
use serde::{Deserialize, Serialize};

use super::effective::Standing;
use super::look::Opened;
use super::undo::Act;
use super::{Desk, Result, lists};
use crate::texts::text;
use crate::view::ListItem;
use crate::{DeskError, ErrorKind, present};

const OPERATION: &str = "lot";
/// Most documents of one lot.
pub const MOST_OF_A_LOT: usize = 200;

/// What is done to each document of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BulkAct {
    /// File to the proposed patient.
    Classer,
    /// Mark as seen.
    Viser,
}

/// Where a document of the lot would go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BulkTarget {
    /// To a known patient, by id.
    Known(String),
    /// To a patient recorded by the act.
    New,
    /// Nowhere else: it is marked as seen.
    Here,
}

/// One document of a lot, before the act.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkLine {
    /// The document.
    pub item: ListItem,
    /// Its version when this was worked out.
    pub version: u64,
    /// Where it would go; none when it asks for a look, and `why` says for what.
    pub target: Option<BulkTarget>,
    /// The patient it would be filed to, as the base writes them.
    pub patient: Option<String>,
    /// A sentence.
    pub why: String,
}

/// What a person saw of a document when they said yes to the lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkSeen {
    /// The document.
    pub id: DocumentId,
    /// Its version.
    pub version: u64,
    /// Where it was to go.
    pub target: BulkTarget,
}

/// What became of a lot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BulkDone {
    /// Done.
    pub done: Vec<DocumentId>,
    /// Left as they were: the document, and why.
    pub left: Vec<(DocumentId, String)>,
}

impl Desk {
    /// What a lot would do, line by line; nothing happens.
    pub async fn preview_bulk(
        &self,
        who: &Actor,
        act: BulkAct,
        ids: &[DocumentId],
    ) -> Result<Vec<BulkLine>> {
        may(who.role, act)?;
        let mut lines = Vec::new();
        let mut once = BTreeSet::new();
        for id in ids.iter().take(MOST_OF_A_LOT).filter(|id| once.insert((*id).clone())) {
            lines.push(self.bulk_line(who, act, &self.opened(who, id).await?).await?);
        }
        Ok(lines)
    }

    /// Does to each document what the person saw; a document that changed since is left.
    pub async fn do_bulk(&self, who: &Actor, act: BulkAct, seen: &[BulkSeen]) -> Result<BulkDone> {
        may(who.role, act)?;
        let mut out = BulkDone::default();
        // Patients that this lot recorded: the next document of theirs goes to them.
        let mut recorded: BTreeSet<String> = BTreeSet::new();
        for one in seen.iter().take(MOST_OF_A_LOT) {
            match self.do_one(who, act, one, &mut recorded).await {
                Ok(None) => out.done.push(one.id.clone()),
                Ok(Some(why)) => out.left.push((one.id.clone(), why)),
                // One document must not cost the others; its reason is shown beside it.
                Err(e) if matches!(e.kind, ErrorKind::Internal | ErrorKind::Integrity) => {
                    return Err(e);
                }
                Err(e) => out.left.push((one.id.clone(), e.cause.clone())),
            }
        }
        Ok(out)
    }

    /// Takes back what a lot did, where it is still the last act on the document.
    pub async fn undo_bulk(
        &self,
        who: &Actor,
        act: BulkAct,
        ids: &[DocumentId],
    ) -> Result<BulkDone> {
        may(who.role, act)?;
        let mut out = BulkDone::default();
        for id in ids.iter().take(MOST_OF_A_LOT) {
            let last = self.last_act(&self.opened(who, id).await?).await?;
            let same = match last {
                Some(Act::Filed(_)) => act == BulkAct::Classer,
                Some(Act::Visa) => act == BulkAct::Viser,
                _ => false,
            };
            if !same {
                out.left.push((id.clone(), text("bulk", "changed")));
                continue;
            }
            match self.undo(who, id).await {
                Ok(_) => out.done.push(id.clone()),
                Err(e) => out.left.push((id.clone(), e.cause.clone())),
            }
        }
        Ok(out)
    }

    async fn do_one(
        &self,
        who: &Actor,
        act: BulkAct,
        seen: &BulkSeen,
        recorded: &mut BTreeSet<String>,
    ) -> Result<Option<String>> {
        let opened = self.opened(who, &seen.id).await?;
        let line = self.bulk_line(who, act, &opened).await?;
        let same = line.version == seen.version
            && match (&line.target, &seen.target) {
                (Some(BulkTarget::Known(id)), BulkTarget::New) => recorded.contains(id),
                (now, then) => now.as_ref() == Some(then),
            };
        if !same {
            return Ok(Some(text("bulk", "changed")));
        }
        match act {
            BulkAct::Classer => {
                self.file(who, &seen.id, None).await?;
                if line.target == Some(BulkTarget::New)
                    && let Some(patient) =
                        self.vault().document(&seen.id).await?.filing.and_then(|f| f.patient)
                {
                    recorded.insert(patient.0);
                }
            }
            BulkAct::Viser => self.visa(who, &seen.id, false).await?,
        }
        Ok(None)
    }

    async fn bulk_line(&self, who: &Actor, act: BulkAct, opened: &Opened) -> Result<BulkLine> {
        let d = &opened.document;
        let line = |target: Option<BulkTarget>, patient: Option<&Patient>, why: &str| BulkLine {
            item: lists::item(who, d),
            version: d.version,
            target,
            patient: patient.map(|p| present::patient_line(&p.identity)),
            why: text("bulk", why),
        };
        if act == BulkAct::Viser {
            return Ok(match d.state {
                DocumentState::AViser => line(Some(BulkTarget::Here), None, "visa"),
                _ => line(None, None, "not-to-see"),
            });
        }
        if d.state != DocumentState::AClasser {
            return Ok(line(None, None, "not-to-file"));
        }
        // What warns asks for a look; an information (read from an image) does not.
        if lists::item(who, d).checks.iter().any(|c| c.severity >= Severity::Warning) {
            return Ok(line(None, None, "warned"));
        }
        let Some(identity) = opened.identity() else {
            return Ok(line(None, None, "no-patient"));
        };
        let recognised = opened.reading.as_ref().is_some_and(|r| r.ocr);
        let attached = self.attach(&identity, recognised).await?;
        if let Some(sure) = attached.sure() {
            return Ok(line(Some(BulkTarget::Known(sure.id.0.clone())), Some(sure), "known"));
        }
        // A name that recognition may have misread is not recorded without a look.
        Ok(match (attached.ranking.zone, recognised, whole(&identity)) {
            (Zone::Check, ..) => line(None, None, "compare"),
            (_, true, _) => line(None, None, "new-recognised"),
            (_, false, false) => line(None, None, "no-patient"),
            (_, false, true) if !self.inner.settings.patients.local_creation => {
                line(None, None, "not-known")
            }
            (_, false, true) => line(Some(BulkTarget::New), None, "new"),
        })
    }
}

impl Opened {
    /// The patient as decided, or else as proposed.
    fn identity(&self) -> Option<PatientIdentity> {
        let set = self.set.as_ref()?;
        Standing::of(&self.decisions).patient(set).cloned()
    }
}

fn whole(identity: &PatientIdentity) -> bool {
    identity.birth_name.is_some() && identity.first_name.is_some() && identity.birth_date.is_some()
}

fn may(role: Option<Role>, act: BulkAct) -> Result<()> {
    let may = role.is_some_and(|r| match act {
        BulkAct::Classer => r.may_decide_filing(),
        BulkAct::Viser => r.may_visa(),
    });
    if may {
        return Ok(());
    }
    Err(DeskError::new(ErrorKind::Forbidden, OPERATION, "votre rôle ne le permet pas"))
}
