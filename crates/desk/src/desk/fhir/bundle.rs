//! Batches and transactions: many requests in one body.
//!
//! A transaction is one act: all or nothing, deletions first, then creations, then updates, then
//! reads (FHIR R4 §3.1.0.11.2). References to `fullUrl`s of the bundle become the ids given here;
//! references by a search (`Patient?identifier=…`) become the one resource found. A batch is as many
//! acts as it has entries.

use std::collections::{BTreeMap, BTreeSet};

use relu_record::{Actor, Instant};
use relu_vault::Vault;

use super::http::version_of;
use super::json::Json;
use super::outcome::{FhirError, Result};
use super::shown;
use super::table::{Type, find};
use super::write::{Act, Change, Changed, apply, may_write};
use super::{Method, Request, check, search};
use crate::Desk;

/// Most entries of one bundle.
const MAX_ENTRIES: usize = 20_000;

/// One entry, read.
struct Entry {
    method: Method,
    url: String,
    full_url: Option<String>,
    body: Option<Json>,
    if_match: Option<String>,
    if_none_exist: Option<String>,
}

/// What an entry is answered.
struct Answer {
    status: &'static str,
    changed: Option<Changed>,
    // A whole entry for reads.
    shown: Option<String>,
}

/// Reads the entries of a bundle and runs nothing; how many.
pub(super) fn look(bundle: &Json) -> Result<usize> {
    Ok(entries(bundle)?.len())
}

fn entries(bundle: &Json) -> Result<Vec<Entry>> {
    let list = bundle.get("entry").map_or(&[][..], Json::list);
    if list.len() > MAX_ENTRIES {
        return Err(FhirError::new(413, "too-costly", "too many entries in one bundle"));
    }
    list.iter().map(entry).collect()
}

fn entry(json: &Json) -> Result<Entry> {
    let request = json.get("request").ok_or_else(|| FhirError::bad("an entry has no request"))?;
    let text = |name: &str| request.str(name).map(str::to_owned);
    let method = match request.str("method") {
        Some("GET") => Method::Get,
        Some("POST") => Method::Post,
        Some("PUT") => Method::Put,
        Some("DELETE") => Method::Delete,
        _ => return Err(FhirError::bad("an entry asks for a method that is not supported")),
    };
    Ok(Entry {
        method,
        url: text("url").ok_or_else(|| FhirError::bad("an entry has no address"))?,
        full_url: json.str("fullUrl").map(str::to_owned),
        body: json.get("resource").cloned(),
        if_match: text("ifMatch"),
        if_none_exist: text("ifNoneExist"),
    })
}

/// Answers a batch or a transaction.
pub async fn run(desk: &Desk, who: &Actor, bundle: Json, base: &str) -> Result<String> {
    match bundle.str("type") {
        Some("transaction") => transaction(desk, who, entries(&bundle)?, base).await,
        Some("batch") => batch(desk, who, entries(&bundle)?, base).await,
        _ => Err(FhirError::bad("only bundles of type batch or transaction are run here")),
    }
}

async fn batch(desk: &Desk, who: &Actor, entries: Vec<Entry>, base: &str) -> Result<String> {
    let mut out = begin("batch-response");
    for (i, entry) in entries.into_iter().enumerate() {
        let (path, query) = split(&entry.url);
        let request = Request {
            method: entry.method,
            path: path.to_owned(),
            query: query.to_owned(),
            body: entry.body.map(|b| b.to_bytes()).unwrap_or_default(),
            if_match: entry.if_match,
            if_none_exist: entry.if_none_exist,
            prefer: String::new(),
            base: base.to_owned(),
        };
        // A bundle within a bundle is refused by its empty path.
        let response = match request.path.is_empty() {
            true => super::Response::of(&FhirError::bad("an entry has no address")),
            false => Box::pin(desk.fhir(who, request)).await,
        };
        out.push_str(if i == 0 { "" } else { "," });
        let ok = response.status < 400;
        let body = String::from_utf8(response.body).unwrap_or_default();
        out.push('{');
        if ok && !body.is_empty() {
            out.push_str("\"resource\":");
            out.push_str(&body);
            out.push(',');
        }
        out.push_str(&format!("\"response\":{{\"status\":\"{}\"", response.status));
        if let Some(location) = &response.location {
            out.push_str(",\"location\":");
            Json::text(location.as_str()).write(&mut out);
        }
        if let Some(version) = response.version {
            out.push_str(&format!(",\"etag\":\"W/\\\"{version}\\\"\""));
        }
        if !ok {
            out.push_str(",\"outcome\":");
            out.push_str(&body);
        }
        out.push_str("}}");
    }
    out.push_str("]}");
    Ok(out)
}

async fn transaction(desk: &Desk, who: &Actor, entries: Vec<Entry>, base: &str) -> Result<String> {
    let now = desk.now();
    let vault = desk.vault();
    let mut plan = Plan::default();
    let mut answers: Vec<Option<Answer>> = Vec::with_capacity(entries.len());
    answers.resize_with(entries.len(), || None);
    // Ids first, so that every reference can be rewritten.
    let mut pending: Vec<(usize, Change)> = Vec::new();
    let mut reads: Vec<(usize, String)> = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        if entry.method == Method::Get {
            reads.push((at, entry.url));
            continue;
        }
        match plan.entry(vault, who, entry, base, now).await? {
            Planned::Change(change) => pending.push((at, change)),
            Planned::Known(changed) => {
                answers[at] =
                    Some(Answer { status: "200 OK", changed: Some(changed), shown: None });
            }
            Planned::Nothing => {
                answers[at] = Some(Answer { status: "204 No Content", changed: None, shown: None });
            }
        }
    }
    for (_, change) in &mut pending {
        if let Act::Create(body) | Act::Update(body, _) = &mut change.act {
            plan.rewrite(vault, who, body, base).await?;
        }
    }
    let rank = |act: &Act| match act {
        Act::Delete(_) => 0,
        Act::Create(_) => 1,
        Act::Update(..) => 2,
    };
    pending.sort_by_key(|(_, change)| rank(&change.act));
    let (places, changes): (Vec<usize>, Vec<Change>) = pending.into_iter().unzip();
    if !changes.is_empty() {
        let mut tx = vault.begin(who, now).await?;
        let subject = vault.new_resource_id(now)?;
        let done = apply(&mut tx, changes, &subject, desk.records_patients()).await?;
        tx.commit().await?;
        for (at, changed) in places.into_iter().zip(done) {
            let status = match (&changed.version, changed.created) {
                (None, _) => "204 No Content",
                (_, true) => "201 Created",
                (_, false) => "200 OK",
            };
            answers[at] = Some(Answer { status, changed: Some(changed), shown: None });
        }
    }
    for (at, url) in reads {
        let (path, query) = split(&url);
        let response = Box::pin(desk.fhir(who, Request::get(path, query, base))).await;
        if response.status >= 400 {
            return Err(FhirError::new(
                response.status,
                "processing",
                "a read of the bundle failed",
            ));
        }
        let shown = String::from_utf8(response.body).unwrap_or_default();
        answers[at] = Some(Answer { status: "200 OK", changed: None, shown: Some(shown) });
    }
    Ok(answered(&answers, now))
}

fn answered(answers: &[Option<Answer>], now: Instant) -> String {
    let at = shown::instant(now);
    let mut out = begin("transaction-response");
    for (i, answer) in answers.iter().flatten().enumerate() {
        out.push_str(if i == 0 { "{" } else { ",{" });
        if let Some(shown) = &answer.shown {
            out.push_str("\"resource\":");
            out.push_str(shown);
            out.push(',');
        }
        out.push_str("\"response\":{\"status\":\"");
        out.push_str(answer.status);
        out.push('"');
        if let Some(Changed { kind, id, version: Some(v), .. }) = &answer.changed {
            // Types, ids and versions hold nothing to escape.
            out.push_str(&format!(
                ",\"location\":\"{}/{id}/_history/{v}\",\"etag\":\"W/\\\"{v}\\\"\",\"lastModified\":\"{at}\"",
                kind.name
            ));
        }
        out.push_str("}}");
    }
    out.push_str("]}");
    out
}

fn begin(kind: &str) -> String {
    format!("{{\"resourceType\":\"Bundle\",\"type\":\"{kind}\",\"entry\":[")
}

fn split(url: &str) -> (&str, &str) {
    let url = url.trim_start_matches('/');
    url.split_once('?').unwrap_or((url, ""))
}

enum Planned {
    Change(Change),
    // A conditional creation of what is there already.
    Known(Changed),
    // A conditional deletion of what is not there.
    Nothing,
}

/// Where the references of a transaction lead.
#[derive(Default)]
struct Plan {
    given: BTreeMap<String, String>,
    touched: BTreeSet<(String, String)>,
}

impl Plan {
    async fn entry(
        &mut self,
        vault: &Vault,
        who: &Actor,
        entry: Entry,
        base: &str,
        now: Instant,
    ) -> Result<Planned> {
        let (path, query) = split(&entry.url);
        let mut parts = path.split('/');
        let (name, id) = (parts.next().unwrap_or_default(), parts.next());
        if parts.next().is_some() {
            return Err(FhirError::bad("an entry has an address that cannot be written to"));
        }
        let kind = find(name)
            .ok_or_else(|| FhirError::new(404, "not-supported", "a type is not kept here"))?;
        may_write(who, kind)?;
        let version = entry.if_match.as_deref().map(version_of).transpose()?;
        let planned = match (entry.method, id) {
            (Method::Post, None) => {
                let body = body_of(kind, entry.body)?;
                let known = match &entry.if_none_exist {
                    Some(query) => one(vault, who, kind, query, base).await?,
                    None => None,
                };
                match known {
                    Some((id, version)) => {
                        Planned::Known(Changed { kind, id, version: Some(version), created: false })
                    }
                    None => {
                        let id = vault.new_resource_id(now)?;
                        Planned::Change(Change { kind, id, act: Act::Create(body) })
                    }
                }
            }
            (Method::Put, id) => {
                let body = body_of(kind, entry.body)?;
                let id = match id {
                    Some(id) => id.to_owned(),
                    None => match one(vault, who, kind, query, base).await? {
                        Some((id, _)) => id,
                        None => match body.str("id") {
                            Some(id) => id.to_owned(),
                            None => vault.new_resource_id(now)?,
                        },
                    },
                };
                check::id(&id)?;
                Planned::Change(Change { kind, id, act: Act::Update(body, version) })
            }
            (Method::Delete, Some(id)) => {
                check::id(id)?;
                Planned::Change(Change { kind, id: id.to_owned(), act: Act::Delete(version) })
            }
            (Method::Delete, None) => match one(vault, who, kind, query, base).await? {
                Some((id, _)) => Planned::Change(Change { kind, id, act: Act::Delete(version) }),
                None => Planned::Nothing,
            },
            _ => return Err(FhirError::bad("an entry has an address that cannot be written to")),
        };
        let (id, written) = match &planned {
            Planned::Change(change) => (change.id.clone(), true),
            Planned::Known(changed) => (changed.id.clone(), false),
            Planned::Nothing => return Ok(planned),
        };
        if written && !self.touched.insert((kind.name.clone(), id.clone())) {
            return Err(FhirError::bad("a resource is changed twice in one transaction"));
        }
        if let Some(full) = entry.full_url {
            self.given.insert(full, format!("{}/{id}", kind.name));
        }
        Ok(planned)
    }

    async fn rewrite(
        &mut self,
        vault: &Vault,
        who: &Actor,
        body: &mut Json,
        base: &str,
    ) -> Result<()> {
        // Searches are answered first: the walk over the body cannot wait.
        let mut searches = BTreeSet::new();
        body.each_text("reference", &mut |text| {
            if text.contains('?') && !self.given.contains_key(text.as_str()) {
                searches.insert(text.clone());
            }
        });
        for search in searches {
            let (name, query) = split(&search);
            let kind = find(name).ok_or_else(|| FhirError::bad("a reference names no type"))?;
            let Some((id, _)) = one(vault, who, kind, query, base).await? else {
                let why = "a reference by search finds nothing";
                return Err(FhirError::new(412, "not-found", why));
            };
            let to = format!("{name}/{id}");
            self.given.insert(search, to);
        }
        let mut dangling = false;
        body.each_text("reference", &mut |text| match self.given.get(text.as_str()) {
            Some(to) => to.clone_into(text),
            None if text.starts_with("urn:uuid:") => dangling = true,
            None => {
                let own = text.strip_prefix(base).map(|r| r.trim_start_matches('/').to_owned());
                if let Some(own) = own {
                    *text = own;
                }
            }
        });
        match dangling {
            true => {
                Err(FhirError::refused("not-found", "a reference names no entry of the bundle"))
            }
            false => Ok(()),
        }
    }
}

fn body_of(kind: &'static Type, body: Option<Json>) -> Result<Json> {
    let body = body.ok_or_else(|| FhirError::bad("an entry has no resource"))?;
    if check::kind_of(&body)?.name != kind.name {
        return Err(FhirError::bad("an entry's resource is not of the type of its address"));
    }
    Ok(body)
}

/// The one resource that a search finds, with its version; several are refused.
pub async fn one(
    vault: &Vault,
    who: &Actor,
    kind: &'static Type,
    query: &str,
    base: &str,
) -> Result<Option<(String, u64)>> {
    let pairs = super::pairs(query);
    if pairs.is_empty() {
        return Err(FhirError::bad("a condition asks for nothing"));
    }
    let page = search::page(vault, who, kind, &pairs, None, base).await?;
    if !page.warnings.is_empty() {
        return Err(FhirError::bad("a condition uses a parameter that is not supported"));
    }
    match page.matches.as_slice() {
        [] => Ok(None),
        [found] => Ok(Some((found.id.clone(), found.version))),
        _ => Err(FhirError::new(412, "multiple-matches", "a condition finds several resources")),
    }
}
