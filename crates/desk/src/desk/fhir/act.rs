//! Creations, updates and deletions asked for one at a time: each is one act. What is written, and
//! how, is `write`; many at once are `bundle`.

use relu_record::Actor;

use super::super::Desk;
use super::http::{Request, Response, version_of};
use super::json::Json;
use super::outcome::{FhirError, Result};
use super::table::Type;
use super::write::{Act, Change, apply, may_write};
use super::{bundle, check, one_version};

impl Desk {
    pub(super) async fn fhir_create(
        &self,
        who: &Actor,
        kind: &'static Type,
        request: &Request,
    ) -> Result<Response> {
        let body = body_of(kind, request)?;
        may_write(who, kind)?;
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

    pub(super) async fn fhir_update(
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

    pub(super) async fn fhir_update_where(
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

    pub(super) async fn fhir_delete(
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

    pub(super) async fn fhir_delete_where(
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

    pub(super) fn records_patients(&self) -> bool {
        self.inner.settings.patients.local_creation
    }
}

pub(super) fn parse(body: &[u8]) -> Result<Json> {
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
