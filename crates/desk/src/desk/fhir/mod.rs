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
//! (`query`), walk the tokens, compare what they cannot decide (`search`). `http` is the request and its
//! answer; `act`, `find` and `history` are the interactions; `known` shows the desk's patients,
//! `project` its documents.
//! Source: HL7 FHIR R4 (4.0.1) §3.1.0 (RESTful API), §3.1.1 (search).

mod act;
mod bundle;
mod capability;
mod check;
mod dates;
mod decided;
#[doc(hidden)]
pub mod drill;
mod find;
mod follow;
mod history;
mod http;
mod json;
mod known;
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

use relu_record::{Actor, Role};
use relu_vault::Resource;

use super::Desk;
use act::parse;
pub(crate) use decided::measure_name;
pub(super) use follow::Files;
pub use http::{Method, Request, Response, capability, refusal};
use http::{form_pairs, pairs};
use outcome::{FhirError, Result};
use table::Type;
use write::may_see;

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
        self.show_what_is_new().await?;
        self.interact(who, &request).await
    }

    /// Brings the record up to date with what the desk recorded; once for whoever asks meanwhile.
    async fn show_what_is_new(&self) -> Result<()> {
        let _one_at_a_time = self.inner.showing.lock().await;
        self.show_patients().await?;
        self.show_documents().await
    }

    /// The table of interactions (FHIR R4 §3.1.0): a method, an address, what answers.
    async fn interact(&self, who: &Actor, request: &Request) -> Result<Response> {
        use Method::{Delete, Get, Post, Put};
        let parts: Vec<&str> = request.path.split('/').filter(|p| !p.is_empty()).collect();
        match (request.method, parts.as_slice()) {
            (Get, ["metadata"]) => Ok(capability(&request.base, self.now())),
            (Post, []) => self.fhir_bundle(who, request).await,
            (Get, [name]) => {
                self.fhir_search(who, kind(name)?, pairs(&request.query), request).await
            }
            (Post, [name, "_search"]) => {
                self.fhir_search(who, kind(name)?, form_pairs(request), request).await
            }
            (Post, [name]) => self.fhir_create(who, kind(name)?, request).await,
            (Put, [name]) => self.fhir_update_where(who, kind(name)?, request).await,
            (Put, [name, id]) => self.fhir_update(who, kind(name)?, id, request).await,
            (Delete, [name]) => self.fhir_delete_where(who, kind(name)?, request).await,
            (Delete, [name, id]) => self.fhir_delete(who, kind(name)?, id, request).await,
            (Get, ["Patient", id, "$everything"]) => self.fhir_everything(who, id, request).await,
            (Get, [name, "_history"]) => self.fhir_history(who, kind(name)?, None, request).await,
            (Get, [name, id, "_history"]) => {
                self.fhir_history(who, kind(name)?, Some(id), request).await
            }
            (Get, [name, id]) => self.fhir_read(who, kind(name)?, id).await,
            (Get, [name, id, "_history", version]) => {
                self.fhir_read_version(who, kind(name)?, id, version).await
            }
            (Get | Post | Put | Delete, _) => {
                Err(FhirError::new(404, "not-supported", "nothing answers at this address"))
            }
        }
    }

    async fn fhir_read(&self, who: &Actor, kind: &Type, id: &str) -> Result<Response> {
        one_version(who, self.vault().resource(&kind.name, id).await?)
    }

    async fn fhir_read_version(
        &self,
        who: &Actor,
        kind: &Type,
        id: &str,
        version: &str,
    ) -> Result<Response> {
        let version = version.parse().map_err(|_| FhirError::unknown())?;
        one_version(who, self.vault().resource_version(&kind.name, id, version).await?)
    }

    async fn fhir_bundle(&self, who: &Actor, request: &Request) -> Result<Response> {
        let body = parse(&request.body)?;
        if body.str("resourceType") != Some("Bundle") {
            return Err(FhirError::bad("a Bundle is expected here"));
        }
        Ok(Response::new(200, bundle::run(self, who, body, &request.base).await?))
    }
}

fn kind(name: &str) -> Result<&'static Type> {
    let unknown = || FhirError::new(404, "not-supported", "this type of resource is not kept here");
    table::find(name).ok_or_else(unknown)
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
