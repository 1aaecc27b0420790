//! What was: the versions of one resource, or of all of a type, newest first.

use relu_record::Actor;
use relu_vault::Resource;

use super::super::Desk;
use super::http::{Request, Response, pairs};
use super::json::Json;
use super::outcome::{FhirError, Result};
use super::shown;
use super::table::Type;
use super::write::may_see;

impl Desk {
    pub(super) async fn fhir_history(
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
