//! The FHIR record: resources with every version they had, sealed, and found by blind tokens.
//!
//! A version is a row that never changes, but for `live`, which moves on to the next one. What a
//! resource can be found by are terms (parameter, value) worked out by the caller; the vault keeps
//! their tokens, keyed, for the current version only. One act writes any number of resources with
//! one ledger event, whose content is a keyed hash over all of them; the number of each row says
//! which event that is. Content of a patient's compartment is sealed with that patient's key.

use std::collections::{BTreeMap, HashMap};

use relu_record::{DocumentId, Instant};
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::key::{Secret, unhex};
use crate::ledger::{Event, EventKind};
use crate::patients::{Patient, PatientId};
use crate::resource_proof::{Proven, RESOURCES};
use crate::tx::Tx;
use crate::vault::Vault;

/// Most resources in one act: their place in it takes 16 bits of their number.
pub const MAX_RESOURCES: usize = 1 << 16;

/// Something the current version of a resource can be found by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceTerm {
    /// Search parameter.
    pub param: &'static str,
    /// Value, as the caller writes it.
    pub value: String,
}

impl std::fmt::Debug for ResourceTerm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=[masqué]", self.param)
    }
}

/// A version to write.
#[derive(Clone)]
pub struct NewResource {
    /// Type (`Observation`).
    pub kind: &'static str,
    /// Id.
    pub id: String,
    /// The patient to whom it belongs.
    pub patient: Option<PatientId>,
    /// Whether only its author may see it.
    pub masked: bool,
    /// Whose it is, when not of whoever acts: a masked one stays with whoever wrote it.
    pub author: Option<String>,
    /// The resource; nothing when it is deleted.
    pub content: Option<Vec<u8>>,
    /// What it can be found by.
    pub terms: Vec<ResourceTerm>,
    /// The version it replaces.
    pub former: Option<Former>,
}

/// The version that a new one replaces.
#[derive(Clone, Debug)]
pub struct Former {
    /// Its number.
    pub num: i64,
    /// Its version.
    pub version: u64,
    /// What it could be found by.
    pub terms: Vec<ResourceTerm>,
}

/// A version as stored.
#[derive(Clone)]
pub struct Resource {
    /// Number; rises with every change.
    pub num: i64,
    /// Type.
    pub kind: String,
    /// Id.
    pub id: String,
    /// Version, from 1.
    pub version: u64,
    /// When it was written.
    pub updated_at: Instant,
    /// Whether it is the current version.
    pub live: bool,
    /// The patient to whom it belongs.
    pub patient: Option<PatientId>,
    /// Whether only its author may see it.
    pub masked: bool,
    /// Who wrote it.
    pub author: String,
    /// The resource; nothing when this version says that it was deleted.
    pub content: Option<Zeroizing<Vec<u8>>>,
}

impl std::fmt::Debug for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{} version {}", self.kind, self.id, self.version)
    }
}

/// What [`Tx::write_resources`] gave a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenResource {
    /// Its number.
    pub num: i64,
    /// Its version.
    pub version: u64,
}

/// Rows of one statement, the largest that fits first: few texts, so that each is prepared once.
const RESOURCE_ROWS: [usize; 4] = [64, 16, 4, 1];
const TOKEN_ROWS: [usize; 5] = [1024, 256, 64, 8, 1];
const ID_ROWS: [usize; 4] = [128, 32, 8, 1];
const BY_ID: &str = " INDEXED BY resource_by_id";

impl Tx {
    /// Writes versions as one act with one ledger event; answers their numbers in order. `subject`
    /// names the act in the ledger: the one resource, or an id of the transaction.
    pub async fn write_resources(
        &mut self,
        subject: &str,
        writes: Vec<NewResource>,
    ) -> Result<Vec<WrittenResource>> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        if writes.len() > MAX_RESOURCES {
            let max = MAX_RESOURCES as u64;
            return Err(VaultError::Limit { what: "an act on the record", max });
        }
        let event = self.event_of(subject, &writes);
        let seq = self.append(event).await?;
        let first = i64::try_from(seq)
            .ok()
            .and_then(|s| s.checked_mul(MAX_RESOURCES as i64))
            .ok_or(VaultError::Conflict { what: "ledger", why: "is full" })?;
        let given: Vec<WrittenResource> = writes
            .iter()
            .zip(first..)
            .map(|(w, num)| WrittenResource {
                num,
                version: w.former.as_ref().map_or(0, |f| f.version) + 1,
            })
            .collect();
        self.retire(&writes).await?;
        let tokens = self.tokens_of(&writes, &given);
        self.insert_versions(writes, &given).await?;
        self.insert_tokens(tokens).await?;
        Ok(given)
    }

    /// The current version, deleted or not.
    pub async fn resource(&mut self, kind: &str, id: &str) -> Result<Option<Resource>> {
        let query = self.vault.current(kind, id);
        let rows = query.fetch(self.conn(), "read a resource").await?;
        rows.first().map(|r| self.vault.resource_from_row(r, &mut Deks::default())).transpose()
    }

    /// Says that the resource Patient shows this version of the patient.
    pub async fn patient_shown(&mut self, id: &PatientId) -> Result<()> {
        let tenant = self.t();
        sqlx::query("UPDATE patient SET shown_version = version WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(id.0.clone())
            .execute(self.conn())
            .await
            .map_err(db("mark a patient as shown"))?;
        Ok(())
    }

    /// Says that the record shows this version of a document.
    pub async fn document_shown(&mut self, id: &DocumentId, version: u64) -> Result<()> {
        let tenant = self.t();
        sqlx::query("UPDATE document SET shown_version = $3 WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(id.0.clone())
            .bind(i64::try_from(version).unwrap_or(i64::MAX))
            .execute(self.conn())
            .await
            .map_err(db("mark a document as shown"))?;
        Ok(())
    }

    // One keyed hash over all that is written.
    fn event_of(&self, subject: &str, writes: &[NewResource]) -> Event {
        let mut hash = self.vault.running_fingerprint(RESOURCES);
        for w in writes {
            Proven {
                kind: w.kind,
                id: &w.id,
                version: w.former.as_ref().map_or(0, |f| f.version) + 1,
                patient: w.patient.as_ref(),
                masked: w.masked,
                author: w.author.as_deref().unwrap_or(&self.actor.id),
                content: w.content.as_deref(),
            }
            .add_to(&mut hash);
        }
        let mut event = Event::new(EventKind::ResourcesWritten)
            .subject(subject)
            .detail(writes.len().to_string())
            .content(hash.hex());
        // The patient is named when the whole act is about one.
        if let Some(Some(patient)) = writes.first().map(|w| &w.patient)
            && writes.iter().all(|w| w.patient.as_ref().is_none_or(|p| p == patient))
        {
            event = event.patient(patient);
        }
        event
    }

    // Former versions are current no more and are found no more.
    async fn retire(&mut self, writes: &[NewResource]) -> Result<()> {
        let (tenant, op) = (self.t(), db("retire a version"));
        for (w, former) in writes.iter().filter_map(|w| Some((w, w.former.as_ref()?))) {
            let done = sqlx::query(
                "UPDATE resource SET live = 0 WHERE tenant = $1 AND num = $2 AND live = 1",
            )
            .bind(tenant.clone())
            .bind(former.num)
            .execute(self.conn())
            .await
            .map_err(&op)?;
            if done.rows_affected() != 1 {
                let why = "was changed by somebody else meanwhile";
                return Err(VaultError::Conflict { what: "resource", why });
            }
            for term in &former.terms {
                let token = self.vault.resource_token(w.kind, term.param, &term.value);
                sqlx::query("DELETE FROM resource_token WHERE token = $1 AND num = $2")
                    .bind(token)
                    .bind(former.num)
                    .execute(self.conn())
                    .await
                    .map_err(&op)?;
            }
        }
        Ok(())
    }

    fn tokens_of(&self, writes: &[NewResource], given: &[WrittenResource]) -> Vec<(i64, i64)> {
        // Within one act most values come again and again.
        let mut known: HashMap<(&str, &ResourceTerm), i64> = HashMap::new();
        let mut tokens = Vec::new();
        for (w, at) in writes.iter().zip(given) {
            let from = tokens.len();
            for term in &w.terms {
                let token = *known
                    .entry((w.kind, term))
                    .or_insert_with(|| self.vault.resource_token(w.kind, term.param, &term.value));
                tokens.push((token, at.num));
            }
            let own = &mut tokens[from..];
            own.sort_unstable();
        }
        // In the order of the table, so that neighbours are written together.
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    async fn insert_versions(
        &mut self,
        writes: Vec<NewResource>,
        given: &[WrittenResource],
    ) -> Result<()> {
        let deks = self.deks(&writes).await?;
        let (tenant, author, at) = (self.t(), self.actor.id.clone(), self.now.0);
        let mut rows = writes.into_iter().zip(given).peekable();
        let mut left = given.len();
        for size in RESOURCE_ROWS {
            while left >= size {
                left -= size;
                let mut text = String::from(
                    "INSERT INTO resource (tenant, num, kind, id, version, updated_at, live, \
                     deleted, masked, patient, author, content) VALUES ",
                );
                values(&mut text, size, 12);
                let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
                for (w, at_num) in rows.by_ref().take(size) {
                    let key = match &w.patient {
                        Some(p) => deks.get(p).ok_or_else(|| not_found(p))?,
                        None => &self.vault.keys().house,
                    };
                    let sealed = match &w.content {
                        Some(content) => {
                            let row = row_name(w.kind, &w.id, at_num.version);
                            Some(self.vault.seal(key, ("resource", &row, "content"), content)?)
                        }
                        None => None,
                    };
                    query = query
                        .bind(tenant.clone())
                        .bind(at_num.num)
                        .bind(w.kind)
                        .bind(w.id)
                        .bind(i64::try_from(at_num.version).unwrap_or(i64::MAX))
                        .bind(at)
                        .bind(1_i64)
                        .bind(i64::from(w.content.is_none()))
                        .bind(i64::from(w.masked))
                        .bind(w.patient.map(|p| p.0))
                        .bind(w.author.unwrap_or_else(|| author.clone()))
                        .bind(sealed);
                }
                query.execute(self.conn()).await.map_err(db("write resources"))?;
            }
        }
        Ok(())
    }

    async fn insert_tokens(&mut self, tokens: Vec<(i64, i64)>) -> Result<()> {
        let mut rest = tokens.as_slice();
        for size in TOKEN_ROWS {
            while let Some((now, after)) = rest.split_at_checked(size) {
                rest = after;
                let mut text = String::from("INSERT INTO resource_token (token, num) VALUES ");
                values(&mut text, size, 2);
                let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
                for (token, num) in now {
                    query = query.bind(*token).bind(*num);
                }
                query.execute(self.conn()).await.map_err(db("index resources"))?;
            }
        }
        Ok(())
    }

    // The keys of every patient written about.
    async fn deks(&mut self, writes: &[NewResource]) -> Result<BTreeMap<PatientId, Secret>> {
        let mut deks = BTreeMap::new();
        for patient in writes.iter().filter_map(|w| w.patient.as_ref()) {
            if deks.contains_key(patient) {
                continue;
            }
            let mut q =
                Query::new("SELECT dek FROM patient WHERE tenant = $1 AND id = ", &self.t());
            q.text(&patient.0);
            let rows = q.fetch(self.conn(), "read a patient's key").await?;
            let row = rows.first().ok_or_else(|| not_found(patient))?;
            deks.insert(patient.clone(), self.vault.dek(row, "patient", &patient.0)?);
        }
        Ok(deks)
    }
}

fn not_found(patient: &PatientId) -> VaultError {
    VaultError::NotFound { what: "patient", id: patient.0.clone() }
}

fn row_name(kind: &str, id: &str, version: u64) -> String {
    format!("{kind}/{id}/{version}")
}

// `($1, $2), ($3, $4)`
fn values(text: &mut String, rows: usize, columns: usize) {
    use std::fmt::Write;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            // Writing to a string cannot fail.
            let _ =
                write!(text, "{}${}", if column == 1 { "" } else { ", " }, row * columns + column);
        }
        text.push(')');
    }
}

/// Patients' keys opened so far.
#[derive(Default)]
pub(crate) struct Deks(HashMap<String, Secret>);

/// What every read of versions selects.
pub(crate) const COLUMNS: &str = "r.num, r.kind, r.id, r.version, r.updated_at, r.live, r.masked, \
     r.patient, r.author, r.content, p.dek";

const JOIN: &str = " LEFT JOIN patient p ON p.tenant = r.tenant AND p.id = r.patient \
     WHERE r.tenant = $1 AND r.kind = ";

impl Vault {
    /// The current version, deleted or not.
    pub async fn resource(&self, kind: &str, id: &str) -> Result<Option<Resource>> {
        let rows = self.current(kind, id).fetch(&self.inner.db.readers, "read a resource").await?;
        rows.first().map(|r| self.resource_from_row(r, &mut Deks::default())).transpose()
    }

    /// One version.
    pub async fn resource_version(
        &self,
        kind: &str,
        id: &str,
        version: u64,
    ) -> Result<Option<Resource>> {
        let mut q = self.versions_of(kind, id);
        q.push(" AND r.version = ").number(i64::try_from(version).unwrap_or(i64::MAX));
        let rows = q.fetch(&self.inner.db.readers, "read a version").await?;
        rows.first().map(|r| self.resource_from_row(r, &mut Deks::default())).transpose()
    }

    /// Versions of one resource or of a type, newest first, before number `before`.
    pub async fn resource_history(
        &self,
        kind: &str,
        id: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Resource>> {
        let mut q = match id {
            Some(id) => self.versions_of(kind, id),
            None => self.versions(kind),
        };
        if let Some(before) = before {
            q.push(" AND r.num < ").number(before);
        }
        // Versions of one resource rise with its numbers, and have an index.
        q.push(if id.is_some() { " ORDER BY r.version DESC" } else { " ORDER BY r.num DESC" });
        q.push(" LIMIT ").number(limit.into());
        self.resources(q, "read the history").await
    }

    /// The current versions of these, in no order; those deleted or unknown are left out.
    pub async fn resources_by_id(&self, kind: &str, ids: &[&str]) -> Result<Vec<Resource>> {
        let mut all = Vec::new();
        for ids in ids.chunks(ID_ROWS[0]) {
            let mut q = Query::new("WITH w (id) AS (VALUES ", &self.t());
            // Few texts, so that each is prepared once: no resource has an empty id.
            let rows = ID_ROWS.into_iter().rev().find(|n| ids.len() <= *n).unwrap_or(ids.len());
            for i in 0..rows {
                q.push(if i == 0 { "(" } else { ", (" });
                q.text(ids.get(i).unwrap_or(&"")).push(")");
            }
            q.push(") SELECT ").push(COLUMNS).push(" FROM w CROSS JOIN resource r");
            q.push(self.inner.db.dialect.by_index(BY_ID));
            q.push(
                " LEFT JOIN patient p ON p.tenant = r.tenant AND p.id = r.patient \
                 WHERE r.tenant = $1 AND r.id = w.id AND r.live = 1 AND r.deleted = 0 \
                 AND r.kind = ",
            );
            q.text(kind);
            all.extend(self.resources(q, "read resources").await?);
        }
        Ok(all)
    }

    /// Patients whose resource does not show them as they are now.
    pub async fn patients_to_show(&self, limit: u32) -> Result<Vec<Patient>> {
        let select = "SELECT * FROM patient WHERE tenant = $1 AND shown_version <> version LIMIT ";
        let mut q = Query::new(select, &self.t());
        q.number(limit.into());
        let rows = q.fetch(&self.inner.db.readers, "look for changed patients").await?;
        rows.iter().map(|r| self.patient_from_row(r)).collect()
    }

    /// Documents that the record does not show as they are now: id, version, and whether they are
    /// filed to a patient.
    pub async fn documents_to_show(&self, limit: u32) -> Result<Vec<(DocumentId, u64, bool)>> {
        let select = "SELECT id, version, patient, destroyed_at FROM document \
             WHERE tenant = $1 AND shown_version <> version LIMIT ";
        let mut q = Query::new(select, &self.t());
        q.number(limit.into());
        let rows = q.fetch(&self.inner.db.readers, "look for changed documents").await?;
        let one = |row: &AnyRow| {
            let version = u64::try_from(col::<i64>(row, "version")?).unwrap_or(0);
            let patient: Option<String> = col(row, "patient")?;
            let destroyed: Option<i64> = col(row, "destroyed_at")?;
            let filed = patient.is_some() && destroyed.is_none();
            Ok((DocumentId(col(row, "id")?), version, filed))
        };
        rows.iter().map(one).collect()
    }

    /// A fresh id for a resource; ids made one after the other are neighbours.
    pub fn new_resource_id(&self, now: Instant) -> Result<String> {
        self.inner.ids.next(now)
    }

    /// Seals a small text for somebody who hands it back later and may not read or change it
    /// (where a list goes on); hexadecimal.
    pub fn seal_note(&self, text: &str) -> Result<String> {
        let sealed = self.seal(&self.keys().house, ("note", "", ""), text.as_bytes())?;
        Ok(crate::key::hex(&sealed))
    }

    /// Opens what [`Vault::seal_note`] sealed; nothing when it is something else.
    pub fn open_note(&self, sealed: &str) -> Option<String> {
        let bytes = unhex(sealed)?;
        let open = self.unseal(&self.keys().house, ("note", "", ""), &bytes).ok()?;
        String::from_utf8(open.to_vec()).ok()
    }

    pub(crate) fn resource_token(&self, kind: &str, param: &str, value: &str) -> i64 {
        let parts: [&[u8]; 4] = [b"resource", kind.as_bytes(), param.as_bytes(), value.as_bytes()];
        let mac = self.keys().blind.mac(&parts);
        // 64 bits: among the ten million values of a large record two meet by chance once in a
        // hundred thousand records.
        let mut first = [0; 8];
        first.copy_from_slice(&mac[..8]);
        i64::from_be_bytes(first)
    }

    fn versions(&self, kind: &str) -> Query {
        let mut q = Query::new("SELECT ", &self.t());
        q.push(COLUMNS).push(" FROM resource r").push(JOIN).text(kind);
        q
    }

    // The versions of one resource.
    fn versions_of(&self, kind: &str, id: &str) -> Query {
        let mut q = Query::new("SELECT ", &self.t());
        q.push(COLUMNS).push(" FROM resource r").push(self.inner.db.dialect.by_index(BY_ID));
        q.push(JOIN).text(kind).push(" AND r.id = ").text(id);
        q
    }

    fn current(&self, kind: &str, id: &str) -> Query {
        let mut q = self.versions_of(kind, id);
        q.push(" ORDER BY r.version DESC LIMIT 1");
        q
    }

    pub(crate) async fn resources(&self, q: Query, op: &'static str) -> Result<Vec<Resource>> {
        let rows = q.fetch(&self.inner.db.readers, op).await?;
        let mut deks = Deks::default();
        rows.iter().map(|r| self.resource_from_row(r, &mut deks)).collect()
    }

    pub(crate) fn resource_from_row(&self, row: &AnyRow, deks: &mut Deks) -> Result<Resource> {
        let (kind, id): (String, String) = (col(row, "kind")?, col(row, "id")?);
        let version = u64::try_from(col::<i64>(row, "version")?).unwrap_or(0);
        let patient: Option<String> = col(row, "patient")?;
        let sealed: Option<Vec<u8>> = col(row, "content")?;
        let content = match sealed {
            None => None,
            Some(sealed) => {
                let key = match &patient {
                    None => &self.keys().house,
                    Some(p) => {
                        if !deks.0.contains_key(p) {
                            deks.0.insert(p.clone(), self.dek(row, "patient", p)?);
                        }
                        deks.0.get(p).unwrap_or(&self.keys().house)
                    }
                };
                let name = row_name(&kind, &id, version);
                Some(self.unseal(key, ("resource", &name, "content"), &sealed)?)
            }
        };
        Ok(Resource {
            num: col(row, "num")?,
            version,
            updated_at: Instant(col(row, "updated_at")?),
            live: col::<i64>(row, "live")? == 1,
            masked: col::<i64>(row, "masked")? == 1,
            author: col(row, "author")?,
            patient: patient.map(PatientId),
            content,
            kind,
            id,
        })
    }
}
