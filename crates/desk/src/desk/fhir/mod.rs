//! The FHIR record: R4 REST interactions over the vault's resources.
//!
//! [`Desk::fhir`] answers one request; the server only carries it. Who may: whoever reads documents
//! reads the record, an administrator does not; what a role may write is in the table
//! (`data/fhir.toml`). Resources labelled MASQUE_PS are shown to whoever wrote them and to nobody
//! else, in no search, count or list; INVISIBLE_PATIENT and INVISIBLE_REPRESENTANTS_LEGAUX hide from
//! patients and their representatives, who have no door here, and from no professional.
//!
//! Steps of a write: read the JSON (`json`), check its structure (`check`), work out what it can be
//! found by (`values`), write everything of one act together (`write`). Of a search: read the query
//! (`query`), walk the tokens, compare what they cannot decide (`search`).
//! Source: HL7 FHIR R4 (4.0.1) §3.1.0 (RESTful API), §3.1.1 (search).

mod bundle;
mod capability;
mod check;
mod dates;
mod decided;
#[doc(hidden)]
pub mod drill;
mod follow;
mod json;
mod outcome;
mod patient;
mod project;
mod query;
mod search;
mod shown;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod truth;
mod values;
mod write;

use relu_record::{Actor, Instant, Role};
use relu_vault::Resource;

use super::Desk;
pub(super) use decided::measure_name;
pub(super) use follow::Files;
use json::Json;
use outcome::{FhirError, Result};
use table::Type;
use write::{Act, Change, apply, may_see};

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads or searches.
    Get,
    /// Creates, searches with a form, or runs a bundle.
    Post,
    /// Replaces.
    Put,
    /// Deletes.
    Delete,
}

/// A request, below the address of `/fhir`.
#[derive(Clone)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Path below `/fhir`, without a slash before.
    pub path: String,
    /// Query, as in the address.
    pub query: String,
    /// Body.
    pub body: Vec<u8>,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-None-Exist`.
    pub if_none_exist: Option<String>,
    /// `Prefer`.
    pub prefer: String,
    /// Address of `/fhir` as the asker sees it, without a slash behind.
    pub base: String,
}

impl Request {
    /// A read.
    pub fn get(path: &str, query: &str, base: &str) -> Request {
        Request {
            method: Method::Get,
            path: path.to_owned(),
            query: query.to_owned(),
            body: Vec::new(),
            if_match: None,
            if_none_exist: None,
            prefer: String::new(),
            base: base.to_owned(),
        }
    }

    fn prefers(&self, what: &str) -> bool {
        self.prefer.split([',', ';']).any(|p| p.trim() == what)
    }
}

/// An answer.
#[derive(Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// JSON, or nothing.
    pub body: Vec<u8>,
    /// Version, for `ETag`.
    pub version: Option<u64>,
    /// When the version was written, for `Last-Modified`.
    pub updated: Option<Instant>,
    /// Where the version lies, below `/fhir`.
    pub location: Option<String>,
}

impl Response {
    fn new(status: u16, body: impl Into<Vec<u8>>) -> Response {
        Response { status, body: body.into(), version: None, updated: None, location: None }
    }

    fn of(error: &FhirError) -> Response {
        Response::new(error.status, error.outcome().to_bytes())
    }

    fn version(status: u16, resource: &Resource, with_body: bool) -> Response {
        let body = if with_body { shown::text(resource) } else { String::new() };
        Response {
            version: Some(resource.version),
            updated: Some(resource.updated_at),
            location: Some(format!(
                "{}/{}/_history/{}",
                resource.kind, resource.id, resource.version
            )),
            ..Response::new(status, body)
        }
    }
}

/// What a request that failed before it came here is told, in the same form.
pub fn refusal(status: u16, code: &'static str, text: &str) -> Response {
    Response::of(&FhirError::new(status, code, text))
}

/// The CapabilityStatement, which anybody may read.
pub fn capability(base: &str, now: Instant) -> Response {
    Response::new(200, capability::statement(base, &shown::instant(now)).to_bytes())
}

impl Desk {
    /// Answers a request on the record.
    pub async fn fhir(&self, who: &Actor, request: Request) -> Response {
        match self.answer(who, request).await {
            Ok(response) => response,
            Err(error) => Response::of(&error),
        }
    }

    async fn answer(&self, who: &Actor, request: Request) -> Result<Response> {
        let reads = |role: Role| role.may_decide_filing() || role.may_decide_facts();
        if !who.role.is_some_and(reads) {
            return Err(FhirError::forbidden("this role reads no patient's record"));
        }
        {
            let _one_at_a_time = self.inner.showing.lock().await;
            self.show_patients().await?;
            self.show_documents().await?;
        }
        let path = request.path.clone();
        let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
        let kind = |name: &str| {
            table::find(name).ok_or_else(|| {
                FhirError::new(404, "not-supported", "this type of resource is not kept here")
            })
        };
        use Method::{Delete, Get, Post, Put};
        match (request.method, parts.as_slice()) {
            (Get, ["metadata"]) => Ok(capability(&request.base, self.now())),
            (Post, []) => {
                let body = parse(&request.body)?;
                if body.str("resourceType") != Some("Bundle") {
                    return Err(FhirError::bad("a Bundle is expected here"));
                }
                let answer = bundle::run(self, who, body, &request.base).await?;
                Ok(Response::new(200, answer))
            }
            (Get, [name]) => {
                self.fhir_search(who, kind(name)?, pairs(&request.query), &request).await
            }
            (Post, [name, "_search"]) => {
                let form = String::from_utf8_lossy(&request.body).into_owned();
                let mut all = pairs(&request.query);
                all.extend(pairs(&form));
                self.fhir_search(who, kind(name)?, all, &request).await
            }
            (Post, [name]) => self.fhir_create(who, kind(name)?, &request).await,
            (Put, [name]) => self.fhir_update_where(who, kind(name)?, &request).await,
            (Put, [name, id]) => self.fhir_update(who, kind(name)?, id, &request).await,
            (Delete, [name]) => self.fhir_delete_where(who, kind(name)?, &request).await,
            (Delete, [name, id]) => self.fhir_delete(who, kind(name)?, id, &request).await,
            (Get, ["Patient", id, "$everything"]) => self.fhir_everything(who, id, &request).await,
            (Get, [name, "_history"]) => self.fhir_history(who, kind(name)?, None, &request).await,
            (Get, [name, id, "_history"]) => {
                self.fhir_history(who, kind(name)?, Some(id), &request).await
            }
            (Get, [name, id]) => {
                let found = self.vault().resource(&kind(name)?.name, id).await?;
                one_version(who, found)
            }
            (Get, [name, id, "_history", version]) => {
                let version = version.parse().map_err(|_| FhirError::unknown())?;
                let found = self.vault().resource_version(&kind(name)?.name, id, version).await?;
                one_version(who, found)
            }
            (Get | Post | Put | Delete, _) => {
                Err(FhirError::new(404, "not-supported", "nothing answers at this address"))
            }
        }
    }

    async fn fhir_search(
        &self,
        who: &Actor,
        kind: &'static Type,
        mut pairs: Vec<(String, String)>,
        request: &Request,
    ) -> Result<Response> {
        let mut after = None;
        if let Some((_, name)) = pairs.iter().find(|(k, _)| k == "_page") {
            let (asked, at) = search::open_place(self.vault(), &kind.name, name)?;
            (pairs, after) = (asked, Some(at));
        }
        let page = search::page(self.vault(), who, kind, &pairs, after, &request.base).await?;
        if request.prefers("handling=strict")
            && let Some(warning) = page.warnings.first()
        {
            return Err(FhirError::new(400, "not-supported", warning.clone()));
        }
        // The address of a search by form tells nothing of what was asked.
        let own = match request.method {
            Method::Get => format!("{}/{}?{}", request.base, kind.name, request.query),
            _ => format!("{}/{}/_search", request.base, kind.name),
        };
        let elements: Vec<String> = pairs
            .iter()
            .filter(|(k, _)| k == "_elements")
            .flat_map(|(_, v)| v.split(',').map(str::to_owned))
            .collect();
        let own = own.trim_end_matches('?');
        let body = search::bundle(&page, &request.base, &kind.name, own, &elements);
        Ok(Response::new(200, body))
    }

    async fn fhir_create(
        &self,
        who: &Actor,
        kind: &'static Type,
        request: &Request,
    ) -> Result<Response> {
        let body = body_of(kind, request)?;
        write::may_write(who, kind)?;
        if let Some(query) = &request.if_none_exist
            && let Some((id, _)) =
                bundle::one(self.vault(), who, kind, query, &request.base).await?
        {
            let found = self.vault().resource(&kind.name, &id).await?;
            return one_version(who, found);
        }
        let id = self.vault().new_resource_id(self.now())?;
        self.fhir_act(who, Change { kind, id, act: Act::Create(body) }, request).await
    }

    async fn fhir_update(
        &self,
        who: &Actor,
        kind: &'static Type,
        id: &str,
        request: &Request,
    ) -> Result<Response> {
        check::id(id)?;
        let body = body_of(kind, request)?;
        if body.str("id").is_some_and(|own| own != id) {
            return Err(FhirError::bad("the resource has another id than its address"));
        }
        let version = request.if_match.as_deref().map(version_of).transpose()?;
        let act = Act::Update(body, version);
        self.fhir_act(who, Change { kind, id: id.to_owned(), act }, request).await
    }

    async fn fhir_update_where(
        &self,
        who: &Actor,
        kind: &'static Type,
        request: &Request,
    ) -> Result<Response> {
        let body = body_of(kind, request)?;
        let found = bundle::one(self.vault(), who, kind, &request.query, &request.base).await?;
        let id = match (found, body.str("id")) {
            (Some((id, _)), Some(own)) if own != id => {
                return Err(FhirError::bad("the resource has another id than the one found"));
            }
            (Some((id, _)), _) => id,
            (None, Some(own)) => own.to_owned(),
            (None, None) => self.vault().new_resource_id(self.now())?,
        };
        self.fhir_update(who, kind, &id, request).await
    }

    async fn fhir_delete(
        &self,
        who: &Actor,
        kind: &'static Type,
        id: &str,
        request: &Request,
    ) -> Result<Response> {
        check::id(id)?;
        let version = request.if_match.as_deref().map(version_of).transpose()?;
        let act = Act::Delete(version);
        self.fhir_act(who, Change { kind, id: id.to_owned(), act }, request).await
    }

    async fn fhir_delete_where(
        &self,
        who: &Actor,
        kind: &'static Type,
        request: &Request,
    ) -> Result<Response> {
        match bundle::one(self.vault(), who, kind, &request.query, &request.base).await? {
            Some((id, _)) => self.fhir_delete(who, kind, &id, request).await,
            None => Ok(Response::new(204, "")),
        }
    }

    /// One change as one act.
    async fn fhir_act(&self, who: &Actor, change: Change, request: &Request) -> Result<Response> {
        let (kind, id) = (change.kind, change.id.clone());
        let mut tx = self.vault().begin(who, self.now()).await?;
        let done = apply(&mut tx, vec![change], &id, self.records_patients()).await?;
        tx.commit().await?;
        let Some(changed) = done.into_iter().next() else { return Err(FhirError::unknown()) };
        let found = self.vault().resource(&kind.name, &id).await?;
        match found.filter(|f| f.content.is_some() && changed.version.is_some()) {
            None => Ok(Response { version: changed.version, ..Response::new(204, "") }),
            Some(found) => {
                let status = if changed.created { 201 } else { 200 };
                Ok(Response::version(status, &found, !request.prefers("return=minimal")))
            }
        }
    }

    async fn fhir_history(
        &self,
        who: &Actor,
        kind: &'static Type,
        id: Option<&str>,
        request: &Request,
    ) -> Result<Response> {
        let asked = pairs(&request.query);
        let value = |name: &str| asked.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
        let count = value("_count").and_then(|c| c.parse().ok()).unwrap_or(50_u32).clamp(1, 500);
        let before = value("_before").and_then(|b| b.parse().ok());
        let mut all = self.vault().resource_history(&kind.name, id, before, count + 1).await?;
        if id.is_some() && all.is_empty() && before.is_none() {
            return Err(FhirError::unknown());
        }
        let more = all.len() > count as usize;
        all.truncate(count as usize);
        let next = all.last().filter(|_| more).map(|r| r.num);
        all.retain(|r| may_see(who, r));
        if id.is_some() && all.is_empty() {
            return Err(FhirError::unknown());
        }
        Ok(Response::new(200, history_bundle(&all, next, request)))
    }

    /// A patient and everything in their file.
    async fn fhir_everything(&self, who: &Actor, id: &str, request: &Request) -> Result<Response> {
        let patient = self.vault().resource("Patient", id).await?;
        let patient = patient.filter(|p| p.content.is_some()).ok_or_else(FhirError::unknown)?;
        let mut page = search::Page {
            matches: vec![patient],
            included: Vec::new(),
            total: None,
            next: None,
            warnings: Vec::new(),
        };
        let asked = pairs(&request.query);
        let value = |name: &str| asked.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
        let only = value("_type").map(|t| t.split(',').map(str::to_owned).collect::<Vec<_>>());
        let mut extra = Vec::new();
        if let Some(since) = value("_since") {
            extra.push(("_lastUpdated".to_owned(), format!("ge{since}")));
        }
        for kind in table::types().values() {
            let wanted = only.as_ref().is_none_or(|o| o.contains(&kind.name));
            let Some(param) = kind.params.iter().find(|p| p.name == "patient").filter(|_| wanted)
            else {
                continue;
            };
            let mut after = None;
            loop {
                let mut pairs = vec![
                    (param.name.clone(), id.to_owned()),
                    ("_count".to_owned(), "1000".to_owned()),
                ];
                pairs.extend(extra.iter().cloned());
                let found =
                    search::page(self.vault(), who, kind, &pairs, after, &request.base).await?;
                after = found.matches.last().map(|r| r.num);
                page.matches.extend(found.matches);
                if found.next.is_none() {
                    break;
                }
            }
        }
        page.total = Some(page.matches.len() as u64);
        let own = format!("{}/Patient/{id}/$everything", request.base);
        let body = search::bundle(&page, &request.base, "Patient", &own, &[]);
        Ok(Response::new(200, body))
    }

    fn records_patients(&self) -> bool {
        self.inner.settings.patients.local_creation
    }

    /// Brings the resource Patient up to date with what the desk recorded of patients.
    async fn show_patients(&self) -> Result<()> {
        loop {
            let changed = self.vault().patients_to_show(200).await?;
            if changed.is_empty() {
                return Ok(());
            }
            let mut with_links = Vec::with_capacity(changed.len());
            for patient in changed {
                let links = self.links_of(&patient).await?;
                with_links.push((patient, links));
            }
            let mut tx = self.vault().begin(&Actor::system(write::SHOWS), self.now()).await?;
            tx.alone().await?;
            let mut writes = Vec::new();
            for (patient, links) in &with_links {
                writes.push(shown_patient(&mut tx, patient, links).await?);
            }
            tx.write_resources("patients", writes).await?;
            for (patient, _) in &with_links {
                tx.patient_shown(&patient.id).await?;
            }
            tx.commit().await?;
        }
    }

    // Which records it was merged with, and what it said of itself before.
    async fn links_of(&self, patient: &relu_vault::Patient) -> Result<patient::Links> {
        let merges = self.vault().merges_of(&patient.id).await?;
        let mut links = patient::Links::of(patient, &merges);
        if links.is_empty() {
            return Ok(links);
        }
        let history = self.vault().resource_history("Patient", Some(&patient.id.0), None, 200);
        let bodies = history.await?.into_iter().map(|r| shown::body(&r));
        let before = bodies.into_iter().find(|b| !links.says_replaced(b));
        links.active_before = before.and_then(|b| b.get("active").cloned());
        Ok(links)
    }
}

async fn shown_patient(
    tx: &mut relu_vault::Tx,
    patient: &relu_vault::Patient,
    links: &patient::Links,
) -> Result<relu_vault::NewResource> {
    let kind = table::find("Patient").ok_or_else(FhirError::unknown)?;
    let former = tx.resource("Patient", &patient.id.0).await?;
    let before = former.as_ref().filter(|f| f.content.is_some()).map(shown::body);
    let former = former.as_ref().map(|f| relu_vault::Former {
        num: f.num,
        version: f.version,
        terms: before.as_ref().map(|b| values::terms(kind, b)).unwrap_or_default(),
    });
    let mut body = patient::resource(&patient.identity, before);
    links.put(&mut body);
    let body = shown::bare("Patient", body);
    Ok(relu_vault::NewResource {
        kind: &kind.name,
        id: patient.id.0.clone(),
        patient: Some(patient.id.clone()),
        masked: false,
        author: None,
        terms: values::terms(kind, &body),
        content: Some(body.to_bytes()),
        former,
    })
}

fn parse(body: &[u8]) -> Result<Json> {
    Json::parse(body)
        .map_err(|d| FhirError::bad(format!("the body is no JSON: {} at byte {}", d.why, d.at)))
}

fn body_of(kind: &'static Type, request: &Request) -> Result<Json> {
    let mut body = parse(&request.body)?;
    if check::kind_of(&body)?.name != kind.name {
        return Err(FhirError::bad("the resource is not of the type of its address"));
    }
    let base = &request.base;
    body.each_text("reference", &mut |text| {
        let own = text.strip_prefix(base.as_str()).map(|r| r.trim_start_matches('/').to_owned());
        if let Some(own) = own {
            *text = own;
        }
    });
    Ok(body)
}

fn one_version(who: &Actor, found: Option<Resource>) -> Result<Response> {
    let found = found.filter(|f| may_see(who, f)).ok_or_else(FhirError::unknown)?;
    match found.content {
        Some(_) => Ok(Response::version(200, &found, true)),
        None => {
            let gone = FhirError::new(410, "deleted", "the resource was deleted");
            Ok(Response { version: Some(found.version), ..Response::of(&gone) })
        }
    }
}

fn history_bundle(all: &[Resource], next: Option<i64>, request: &Request) -> String {
    let base = &request.base;
    let mut out = String::from("{\"resourceType\":\"Bundle\",\"type\":\"history\",\"link\":[");
    let link = |out: &mut String, relation: &str, url: String| {
        out.push_str(&format!("{{\"relation\":\"{relation}\",\"url\":"));
        Json::text(url).write(out);
        out.push('}');
    };
    link(&mut out, "self", format!("{base}/{}", request.path));
    if let Some(num) = next {
        out.push(',');
        link(&mut out, "next", format!("{base}/{}?_before={num}", request.path));
    }
    out.push(']');
    for (i, resource) in all.iter().enumerate() {
        out.push_str(if i == 0 { ",\"entry\":[{" } else { ",{" });
        out.push_str("\"fullUrl\":");
        Json::text(format!("{base}/{}/{}", resource.kind, resource.id)).write(&mut out);
        if resource.content.is_some() {
            out.push_str(",\"resource\":");
            shown::write(resource, &mut out);
        }
        let (method, status) = match (&resource.content, resource.version) {
            (None, _) => ("DELETE", "204"),
            (_, 1) => ("POST", "201"),
            _ => ("PUT", "200"),
        };
        let url = match method {
            "POST" => resource.kind.clone(),
            _ => format!("{}/{}", resource.kind, resource.id),
        };
        out.push_str(&format!(
            ",\"request\":{{\"method\":\"{method}\",\"url\":\"{url}\"}},\"response\":{{\"status\":\"{status}\",\"etag\":\"W/\\\"{}\\\"\",\"lastModified\":\"{}\"}}}}",
            resource.version,
            shown::instant(resource.updated_at)
        ));
    }
    if !all.is_empty() {
        out.push(']');
    }
    out.push('}');
    out
}

/// The version of an `If-Match`: `W/"3"`, `"3"` or `3`.
fn version_of(tag: &str) -> Result<u64> {
    let bare = tag.trim().trim_start_matches("W/").trim_matches('"');
    bare.parse().map_err(|_| FhirError::new(412, "conflict", "If-Match names no version"))
}

/// The pairs of a query or a form (`application/x-www-form-urlencoded`).
fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|p| !p.is_empty());
    parts
        .map(|p| {
            let (name, value) = p.split_once('=').unwrap_or((p, ""));
            (unescaped(name), unescaped(value))
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        match b {
            b'+' => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                let digits = ahead.next().zip(ahead.next());
                let value = digits.and_then(|(h, l)| {
                    let digit = |d: u8| char::from(d).to_digit(16);
                    u8::try_from(digit(h)? * 16 + digit(l)?).ok()
                });
                match value {
                    Some(value) => {
                        bytes = ahead;
                        out.push(value);
                    }
                    None => out.push(b),
                }
            }
            b => out.push(b),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
