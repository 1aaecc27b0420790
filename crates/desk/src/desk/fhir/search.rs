//! Searching: tokens bring candidates in the order of their last change, what tokens cannot decide
//! is compared once read, and a page is given with a link to the next. The link holds the sealed
//! search and the place where it goes on: no value asked for stands in an address that we make.

use std::collections::HashSet;

use relu_record::{Actor, Instant};
use relu_vault::{Resource, ResourceClause, ResourceQuery, ResourceTerm, Vault};

use super::json::Json;
use super::outcome::{FhirError, Result, outcome};
use super::query::{self, Asked, Compare, Criterion, Include, Sort};
use super::shown;
use super::table::Type;
use super::values::{Found, everyone, found};
use super::write::{may_see, pointed};

/// Resources a page, unless asked otherwise.
const PAGE: usize = 50;
/// Most resources read for one page, for one order, and brought along with one page.
const MAX_READ: usize = 20_000;
const MAX_SORTED: usize = 5_000;
const MAX_INCLUDED: usize = 2_000;
/// Totals are counted so far.
const MAX_TOTAL: u32 = 10_000_000;

/// One page of what was found.
pub struct Page {
    /// Those that match.
    pub matches: Vec<Resource>,
    /// Those brought along.
    pub included: Vec<Resource>,
    /// How many match in all, when that is known.
    pub total: Option<u64>,
    /// The next page's name, when there is one.
    pub next: Option<String>,
    /// What to warn of.
    pub warnings: Vec<String>,
}

/// Where a list goes on.
#[derive(serde::Serialize, serde::Deserialize)]
struct Place {
    kind: String,
    pairs: Vec<(String, String)>,
    // A number for the order of changes, a count for any other.
    after: i64,
}

/// Opens the name of a next page: the query and the place.
pub fn open_place(vault: &Vault, kind: &str, name: &str) -> Result<(Vec<(String, String)>, i64)> {
    let place: Option<Place> =
        vault.open_note(name).and_then(|text| serde_json::from_str(&text).ok());
    match place.filter(|p| p.kind == kind) {
        Some(place) => Ok((place.pairs, place.after)),
        None => Err(FhirError::bad("this page link is not one of ours")),
    }
}

/// One page of a search.
pub async fn page(
    vault: &Vault,
    who: &Actor,
    kind: &'static Type,
    pairs: &[(String, String)],
    after: Option<i64>,
    base: &str,
) -> Result<Page> {
    let asked = query::parse(kind, pairs, base)?;
    let count = asked.count.unwrap_or(PAGE);
    let warnings =
        asked.ignored.iter().map(|p| format!("parameter {p} is not supported")).collect();
    let mut page =
        Page { matches: Vec::new(), included: Vec::new(), total: None, next: None, warnings };
    let compared = asked.criteria.iter().any(Criterion::must_compare);
    if asked.summary_count || count == 0 {
        page.total = Some(total(vault, who, kind, &asked, compared).await?);
        return Ok(page);
    }
    let by_change = asked.sort.first().is_none_or(|s| s.param.is_none());
    let (mut found, place) = match (&asked.ids, by_change) {
        (Some(ids), _) => (by_id(vault, who, kind, ids, &asked).await?, None),
        (None, true) => by_changes(vault, who, kind, &asked, after, count).await?,
        (None, false) => {
            let mut all = every(vault, who, kind, &asked, MAX_SORTED).await?;
            page.total = Some(all.len() as u64);
            sort(&mut all, &asked.sort);
            let from = usize::try_from(after.unwrap_or(0)).unwrap_or(0);
            let more = all.len() > from.saturating_add(count);
            let place = more.then(|| i64::try_from(from + count).unwrap_or(i64::MAX));
            (all.into_iter().skip(from).take(count).map(|(r, _)| r).collect(), place)
        }
    };
    if asked.ids.is_some() {
        page.total = Some(found.len() as u64);
        found.truncate(MAX_READ);
    } else if page.total.is_none() {
        if place.is_none() && after.is_none() {
            page.total = Some(found.len() as u64);
        } else if asked.total {
            page.total = Some(total(vault, who, kind, &asked, compared).await?);
        }
    }
    if let Some(after) = place {
        let place = Place { kind: kind.name.clone(), pairs: pairs.to_vec(), after };
        let text = serde_json::to_string(&place)
            .map_err(|_| FhirError::new(500, "exception", "the next page cannot be named"))?;
        page.next = Some(vault.seal_note(&text)?);
    }
    page.matches = found;
    page.included = along(vault, who, kind, &asked, &page.matches).await?;
    Ok(page)
}

fn vault_query(who: &Actor, kind: &'static Type, asked: &Asked) -> ResourceQuery {
    let newest_first = asked.sort.first().is_some_and(|s| s.param.is_none() && s.descending);
    let mut query = ResourceQuery {
        kind: &kind.name,
        clauses: query::clauses(&asked.criteria),
        everyone: everyone(),
        after: None,
        newest_first,
        since: None,
        before: None,
        authors: super::write::authors(who),
    };
    for (how, at) in &asked.updated {
        let (since, before) = match how {
            Compare::Gt | Compare::Sa => (Some(at.to), None),
            Compare::Ge => (Some(at.from), None),
            Compare::Lt | Compare::Eb => (None, Some(at.from)),
            Compare::Le => (None, Some(at.to)),
            // `ne` has no use on an instant, and is compared as the interval around it.
            Compare::Eq | Compare::Ap | Compare::Ne => (Some(at.from), Some(at.to)),
        };
        query.since = query.since.max(since.map(Instant));
        query.before = match (query.before, before.map(Instant)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    query
}

// Those that the criteria that must be compared hold for; the content is read only when it must.
fn passes(asked: &Asked, resource: &Resource) -> bool {
    let mut criteria = asked.criteria.iter().filter(|c| c.must_compare()).peekable();
    if criteria.peek().is_none() {
        return true;
    }
    let body = shown::body(resource);
    criteria.all(|c| c.holds(&body))
}

async fn by_changes(
    vault: &Vault,
    who: &Actor,
    kind: &'static Type,
    asked: &Asked,
    after: Option<i64>,
    count: usize,
) -> Result<(Vec<Resource>, Option<i64>)> {
    let mut query = vault_query(who, kind, asked);
    query.after = after;
    let (mut out, mut read) = (Vec::new(), 0);
    loop {
        let batch = (count + 1 - out.len()).clamp(20, 1_000);
        let candidates = vault.search_resources(&query, u32::try_from(batch).unwrap_or(20)).await?;
        let last = candidates.len() < batch;
        query.after = candidates.last().map(|r| r.num).or(query.after);
        read += candidates.len();
        for candidate in candidates {
            if !passes(asked, &candidate) {
                continue;
            }
            if out.len() == count {
                let place = out.last().map(|r: &Resource| r.num);
                return Ok((out, place));
            }
            out.push(candidate);
        }
        if last {
            return Ok((out, None));
        }
        if read >= MAX_READ {
            // A page may be short: the link goes on from where reading stopped.
            return Ok((out, query.after));
        }
    }
}

async fn every(
    vault: &Vault,
    who: &Actor,
    kind: &'static Type,
    asked: &Asked,
    most: usize,
) -> Result<Vec<(Resource, Json)>> {
    let mut query = vault_query(who, kind, asked);
    let mut out = Vec::new();
    loop {
        let candidates = vault.search_resources(&query, 1_000).await?;
        let last = candidates.len() < 1_000;
        query.after = candidates.last().map(|r| r.num);
        for candidate in candidates {
            let body = shown::body(&candidate);
            if asked.criteria.iter().filter(|c| c.must_compare()).all(|c| c.holds(&body)) {
                out.push((candidate, body));
            }
            if out.len() > most {
                return Err(FhirError::new(
                    403,
                    "too-costly",
                    format!("more than {most} resources match; name a patient or a date"),
                ));
            }
        }
        if last {
            return Ok(out);
        }
    }
}

async fn by_id(
    vault: &Vault,
    who: &Actor,
    kind: &'static Type,
    ids: &[String],
    asked: &Asked,
) -> Result<Vec<Resource>> {
    let names: Vec<&str> = ids.iter().take(1_000).map(String::as_str).collect();
    let mut all = vault.resources_by_id(&kind.name, &names).await?;
    let query = vault_query(who, kind, asked);
    all.retain(|r| {
        may_see(who, r)
            && query.since.is_none_or(|s| r.updated_at >= s)
            && query.before.is_none_or(|b| r.updated_at < b)
    });
    all.retain(|r| {
        let body = shown::body(r);
        asked.criteria.iter().all(|c| c.holds(&body))
    });
    all.sort_by_key(|r| r.num);
    Ok(all)
}

async fn total(
    vault: &Vault,
    who: &Actor,
    kind: &'static Type,
    asked: &Asked,
    compared: bool,
) -> Result<u64> {
    if let Some(ids) = &asked.ids {
        return Ok(by_id(vault, who, kind, ids, asked).await?.len() as u64);
    }
    if !compared {
        return Ok(vault.count_resources(&vault_query(who, kind, asked), MAX_TOTAL).await?);
    }
    let mut query = vault_query(who, kind, asked);
    let (mut n, mut read) = (0, 0);
    loop {
        let candidates = vault.search_resources(&query, 1_000).await?;
        let last = candidates.len() < 1_000;
        query.after = candidates.last().map(|r| r.num);
        read += candidates.len();
        n += candidates.iter().filter(|c| passes(asked, c)).count() as u64;
        if last {
            return Ok(n);
        }
        if read >= MAX_READ {
            let why = "too many resources to compare for a total; name a patient or another value";
            return Err(FhirError::new(403, "too-costly", why));
        }
    }
}

fn sort(all: &mut [(Resource, Json)], keys: &[Sort]) {
    let key = |body: &Json, resource: &Resource, sort: &Sort| -> Option<Key> {
        let Some(param) = sort.param else { return Some(Key::Number(resource.num)) };
        let keys = found(body, param).into_iter().map(|f| match f {
            // The end that counts: the first for the earliest first, the last for the latest.
            Found::Date(i) if sort.descending => Key::Number(i.to),
            Found::Date(i) => Key::Number(i.from),
            Found::Text(t) | Found::Token(_, t) | Found::Reference(t) | Found::Uri(t) => {
                Key::Text(relu_vault::fold(t))
            }
        });
        if sort.descending { keys.max() } else { keys.min() }
    };
    all.sort_by_cached_key(|(resource, body)| {
        let keys: Vec<Ordered> = keys
            .iter()
            .map(|s| match (key(body, resource, s), s.descending) {
                (Some(k), false) => Ordered::Up(k),
                (Some(k), true) => Ordered::Down(std::cmp::Reverse(k)),
                // What has no value comes last either way.
                (None, _) => Ordered::Last,
            })
            .collect();
        (keys, resource.num)
    });
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Ordered {
    Up(Key),
    Down(std::cmp::Reverse<Key>),
    Last,
}

// What `_include` and `_revinclude` bring along, each once.
async fn along(
    vault: &Vault,
    who: &Actor,
    kind: &'static Type,
    asked: &Asked,
    matches: &[Resource],
) -> Result<Vec<Resource>> {
    let mut out: Vec<Resource> = Vec::new();
    if asked.include.is_empty() && asked.revinclude.is_empty() {
        return Ok(out);
    }
    let bodies: Vec<Json> = matches.iter().map(shown::body).collect();
    for include in asked.include.iter().filter(|i| i.from.name == kind.name) {
        let targets = bodies.iter().flat_map(|b| pointed(b, include.param));
        let mut wanted: Vec<(&str, &str)> = targets
            .filter_map(|r| r.split_once('/'))
            .filter(|(t, _)| include.target.as_deref().is_none_or(|w| w == *t))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.truncate(MAX_INCLUDED);
        for same in wanted.chunk_by(|a, b| a.0 == b.0) {
            let ids: Vec<&str> = same.iter().map(|(_, id)| *id).collect();
            let Some((target, _)) = same.first() else { continue };
            add(&mut out, vault.resources_by_id(target, &ids).await?, who, matches);
        }
    }
    for include in &asked.revinclude {
        let found = pointing(vault, who, kind, include, matches).await?;
        add(&mut out, found, who, matches);
    }
    out.truncate(MAX_INCLUDED);
    Ok(out)
}

async fn pointing(
    vault: &Vault,
    who: &Actor,
    kind: &'static Type,
    include: &Include,
    matches: &[Resource],
) -> Result<Vec<Resource>> {
    let term = |r: &Resource| ResourceTerm {
        param: &include.param.index,
        value: format!("{}/{}", kind.name, r.id),
    };
    if matches.is_empty() || include.target.as_deref().is_some_and(|t| t != kind.name) {
        return Ok(Vec::new());
    }
    let mut query = vault_query(who, include.from, &Asked::default());
    query.clauses = vec![ResourceClause { any: matches.iter().map(term).collect(), none: false }];
    Ok(vault.search_resources(&query, MAX_INCLUDED as u32).await?)
}

fn add(out: &mut Vec<Resource>, found: Vec<Resource>, who: &Actor, matches: &[Resource]) {
    let mut known: HashSet<i64> = out.iter().chain(matches).map(|r| r.num).collect();
    out.extend(found.into_iter().filter(|r| may_see(who, r) && known.insert(r.num)));
}

/// A searchset Bundle.
pub fn bundle(page: &Page, base: &str, kind: &str, self_link: &str, elements: &[String]) -> String {
    let mut out = String::from("{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
    if let Some(total) = page.total {
        out.push_str(&format!(",\"total\":{total}"));
    }
    out.push_str(",\"link\":[{\"relation\":\"self\",\"url\":");
    Json::text(self_link).write(&mut out);
    out.push('}');
    if let Some(next) = &page.next {
        out.push_str(",{\"relation\":\"next\",\"url\":");
        Json::text(format!("{base}/{kind}?_page={next}")).write(&mut out);
        out.push('}');
    }
    out.push(']');
    let mut first = true;
    let all = page.matches.iter().map(|r| (r, "match"));
    for (resource, mode) in all.chain(page.included.iter().map(|r| (r, "include"))) {
        entry(&mut out, &mut first);
        out.push_str("{\"fullUrl\":");
        Json::text(format!("{base}/{}/{}", resource.kind, resource.id)).write(&mut out);
        out.push_str(",\"resource\":");
        match elements.is_empty() || mode == "include" {
            true => shown::write(resource, &mut out),
            false => only(resource, elements).write(&mut out),
        }
        out.push_str(",\"search\":{\"mode\":\"");
        out.push_str(mode);
        out.push_str("\"}}");
    }
    for warning in &page.warnings {
        entry(&mut out, &mut first);
        out.push_str("{\"resource\":");
        outcome("warning", "not-supported", warning).write(&mut out);
        out.push_str(",\"search\":{\"mode\":\"outcome\"}}");
    }
    if !first {
        out.push(']');
    }
    out.push('}');
    out
}

fn entry(out: &mut String, first: &mut bool) {
    out.push_str(if *first { ",\"entry\":[" } else { "," });
    *first = false;
}

// `_elements`: those named, what a type must have, and a tag that says that it is a part.
fn only(resource: &Resource, elements: &[String]) -> Json {
    let whole = Json::parse(shown::text(resource).as_bytes()).unwrap_or(Json::Null);
    let must = super::table::find(&resource.kind).map_or(&[][..], |t| &t.required);
    let kept = |name: &str| {
        matches!(name, "resourceType" | "id" | "meta")
            || elements.iter().chain(must).any(|e| e == name)
    };
    let members = whole.members().iter().filter(|(k, _)| kept(k)).cloned().collect();
    let mut out = Json::Object(members);
    let tag = Json::object([
        ("system", Json::text("http://terminology.hl7.org/CodeSystem/v3-ObservationValue")),
        ("code", Json::text("SUBSETTED")),
    ]);
    let mut meta = out.get("meta").cloned().unwrap_or(Json::Object(Vec::new()));
    let mut tags = meta.get("tag").map_or(Vec::new(), |t| t.list().to_vec());
    tags.push(tag);
    meta.set("tag", Json::List(tags));
    out.set("meta", meta);
    out
}
