//! Searches as they are asked for, and everything in a patient's file. How the answer is found is
//! `search`.

use relu_record::Actor;

use super::super::Desk;
use super::http::{Method, Request, Response, pairs};
use super::outcome::{FhirError, Result};
use super::search;
use super::table::{Type, types};

impl Desk {
    pub(super) async fn fhir_search(
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

    /// A patient and everything in their file.
    pub(super) async fn fhir_everything(
        &self,
        who: &Actor,
        id: &str,
        request: &Request,
    ) -> Result<Response> {
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
        for kind in types().values() {
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
}
