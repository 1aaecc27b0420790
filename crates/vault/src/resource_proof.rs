//! Proof of the record: each act on it is told by one event, whose keyed hash covers every version the
//! act wrote; which of them are current follows from their numbers. What a resource is found by is
//! worked out from its content and is not proven here.

use std::collections::BTreeMap;

use relu_record::Instant;
use sqlx::AnyConnection;

use crate::db::{Query, col};
use crate::error::Result;
use crate::key::RunningMac;
use crate::patients::PatientId;
use crate::resources::{COLUMNS, Deks, Resource};
use crate::vault::Vault;
use crate::verify::{Findings, LedgerReport};

/// What the hash is of.
pub(crate) const RESOURCES: &str = "resources";

/// Versions read at once.
const PAGE: i64 = 200;

/// What is proven of a version.
pub(crate) struct Proven<'a> {
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) version: u64,
    pub(crate) patient: Option<&'a PatientId>,
    pub(crate) masked: bool,
    pub(crate) author: &'a str,
    pub(crate) content: Option<&'a [u8]>,
}

impl<'a> Proven<'a> {
    fn of(r: &'a Resource) -> Proven<'a> {
        Proven {
            kind: &r.kind,
            id: &r.id,
            version: r.version,
            patient: r.patient.as_ref(),
            masked: r.masked,
            author: &r.author,
            content: r.content.as_ref().map(|c| c.as_slice()),
        }
    }

    pub(crate) fn add_to(&self, hash: &mut RunningMac) {
        hash.part(self.kind.as_bytes());
        hash.part(self.id.as_bytes());
        hash.part(&self.version.to_be_bytes());
        hash.part(self.patient.map_or("", |p| p.0.as_str()).as_bytes());
        hash.part(&[u8::from(self.masked), u8::from(self.content.is_none())]);
        hash.part(self.author.as_bytes());
        hash.part(self.content.unwrap_or_default());
    }
}

/// What the ledger tells of an act.
pub(crate) struct ToldAct {
    pub(crate) content: Option<String>,
    pub(crate) at: Instant,
}

/// An act as its rows show it.
struct Act {
    seq: u64,
    hash: RunningMac,
    // A row that is not what it should be was told already.
    broken: bool,
}

impl Vault {
    /// Holds every version against the event that tells of it.
    pub(crate) async fn compare_resources(
        &self,
        on: &mut AnyConnection,
        mut told: BTreeMap<u64, ToldAct>,
        found: &mut Findings,
    ) -> Result<()> {
        let (mut act, mut after): (Option<Act>, i64) = (None, i64::MIN);
        loop {
            let mut q = Query::new("SELECT ", &self.t());
            q.push(COLUMNS).push(
                ", r.deleted FROM resource r \
                 LEFT JOIN patient p ON p.tenant = r.tenant AND p.id = r.patient \
                 WHERE r.tenant = $1 AND r.num > ",
            );
            q.number(after).push(" ORDER BY r.num LIMIT ").number(PAGE);
            let rows = q.fetch(&mut *on, "check the record").await?;
            let mut deks = Deks::default();
            for row in &rows {
                after = col(row, "num")?;
                let seq = u64::try_from(after >> 16).unwrap_or(0);
                if act.as_ref().is_none_or(|a| a.seq != seq) {
                    self.close_act(act.take(), &mut told, found);
                    let hash = self.running_fingerprint(RESOURCES);
                    act = Some(Act { seq, hash, broken: false });
                }
                let Some(act) = &mut act else { continue };
                let deleted = col::<i64>(row, "deleted")? == 1;
                let at = told.get(&seq).map(|t| t.at);
                match self.resource_from_row(row, &mut deks) {
                    Ok(r)
                        if deleted != r.content.is_none()
                            || at.is_some_and(|t| t != r.updated_at) =>
                    {
                        let name = format!("{}/{} version {}", r.kind, r.id, r.version);
                        let reason = format!("resource {name} is not what event {seq} tells");
                        found.add(seq, "content-changed", reason);
                        act.broken = true;
                    }
                    Ok(r) => Proven::of(&r).add_to(&mut act.hash),
                    Err(_) => {
                        let (kind, id): (String, String) = (col(row, "kind")?, col(row, "id")?);
                        let why = "cannot be opened: it is not what was stored";
                        found.add(seq, "content-changed", format!("resource {kind}/{id} {why}"));
                        act.broken = true;
                    }
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        self.close_act(act, &mut told, found);
        for seq in told.into_keys() {
            let reason = format!("the resources of event {seq} are missing");
            found.add(seq, "content-missing", reason);
        }
        self.check_current(on, found).await
    }

    fn close_act(&self, act: Option<Act>, told: &mut BTreeMap<u64, ToldAct>, found: &mut Findings) {
        let Some(Act { seq, hash, broken }) = act else { return };
        match told.remove(&seq) {
            None => {
                found.add(None, "not-told", format!("resources of number {seq} are in no event"))
            }
            Some(_) if broken => {}
            Some(told) if told.content == Some(hash.hex()) => {}
            Some(_) => {
                let reason = format!("the resources of event {seq} are not what it tells");
                found.add(seq, "content-changed", reason);
            }
        }
    }

    // A version is current as long as no other follows it.
    async fn check_current(&self, on: &mut AnyConnection, found: &mut Findings) -> Result<()> {
        let select = "SELECT r.num, r.kind, r.id, r.version FROM resource r WHERE r.tenant = $1 \
             AND r.live <> CASE WHEN EXISTS (SELECT 1 FROM resource n WHERE n.tenant = r.tenant \
             AND n.kind = r.kind AND n.id = r.id AND n.version = r.version + 1) THEN 0 ELSE 1 END \
             ORDER BY r.num LIMIT ";
        let mut q = Query::new(select, &self.t());
        q.number(LedgerReport::MAX_PROBLEMS as i64);
        for row in &q.fetch(on, "check what is current").await? {
            let (kind, id): (String, String) = (col(row, "kind")?, col(row, "id")?);
            let (num, version): (i64, i64) = (col(row, "num")?, col(row, "version")?);
            let reason =
                format!("resource {kind}/{id} version {version} is wrongly current or not");
            found.add(u64::try_from(num >> 16).ok(), "state-changed", reason);
        }
        Ok(())
    }
}
