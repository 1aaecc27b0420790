//! The record on every database: versions, conflicts, what is found and by whom.

use relu_record::{Actor, ActorKind, Role};
use relu_vault::{
    EventKind, Former, NewResource, Resource, ResourceClause, ResourceQuery, ResourceTerm, Vault,
    VaultError,
};

use crate::support::*;

const EVERYONE: ResourceTerm = ResourceTerm { param: "", value: String::new() };

fn term(param: &'static str, value: &str) -> ResourceTerm {
    ResourceTerm { param, value: value.to_owned() }
}

fn new(id: &str, content: &str, terms: &[ResourceTerm]) -> NewResource {
    NewResource {
        kind: "Observation",
        id: id.to_owned(),
        patient: None,
        masked: false,
        author: None,
        content: Some(content.as_bytes().to_vec()),
        terms: [&[EVERYONE], terms].concat(),
        former: None,
    }
}

fn query(clauses: &[(&[ResourceTerm], bool)]) -> ResourceQuery {
    let clause =
        |(any, none): &(&[ResourceTerm], bool)| ResourceClause { any: any.to_vec(), none: *none };
    ResourceQuery {
        kind: "Observation",
        clauses: clauses.iter().map(clause).collect(),
        everyone: EVERYONE,
        after: None,
        newest_first: false,
        since: None,
        before: None,
        authors: vec![doctor().id],
    }
}

fn ids(found: &[Resource]) -> Vec<&str> {
    found.iter().map(|r| r.id.as_str()).collect()
}

async fn search(vault: &Vault, q: &ResourceQuery) -> Vec<Resource> {
    let found = vault.search_resources(q, 100).await.unwrap();
    assert_eq!(vault.count_resources(q, 100).await.unwrap(), found.len() as u64);
    found
}

pub async fn resources(vault: &Vault) {
    let (a, b) = (term("code", "a"), term("code", "b"));
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    let who = tx.upsert_patient(None, &patient()).await.unwrap();
    let mut first = new("o1", "un", std::slice::from_ref(&a));
    first.patient = Some(who.clone());
    let writes = vec![
        first,
        new("o2", "deux", std::slice::from_ref(&b)),
        new("o3", "trois", &[a.clone(), b.clone()]),
    ];
    let given = tx.write_resources("act", writes).await.unwrap();
    tx.commit().await.unwrap();
    assert!(given.windows(2).all(|w| w[0].num < w[1].num));
    assert!(given.iter().all(|g| g.version == 1));
    let events = vault.ledger_page(0, 1_000).await.unwrap();
    let event = events.iter().rev().find(|e| e.kind == EventKind::ResourcesWritten.as_str());
    let event = event.unwrap();
    assert_eq!((event.subject.as_deref(), event.detail.as_deref()), (Some("act"), Some("3")));
    assert!(given.iter().all(|g| g.num >> 16 == event.seq as i64), "numbers name their event");
    assert_eq!(event.patient.as_ref(), Some(&who));

    // Any of, all of, none of; in both orders, page after page.
    assert_eq!(ids(&search(vault, &query(&[])).await), ["o1", "o2", "o3"]);
    assert_eq!(
        ids(&search(vault, &query(&[(std::slice::from_ref(&a), false)])).await),
        ["o1", "o3"]
    );
    assert_eq!(
        ids(&search(vault, &query(&[(&[a.clone(), b.clone()], false)])).await),
        ["o1", "o2", "o3"]
    );
    let both = query(&[(std::slice::from_ref(&a), false), (std::slice::from_ref(&b), false)]);
    assert_eq!(ids(&search(vault, &both).await), ["o3"]);
    assert_eq!(ids(&search(vault, &query(&[(std::slice::from_ref(&b), true)])).await), ["o1"]);
    let mut newest = query(&[]);
    newest.newest_first = true;
    newest.after = Some(given[2].num);
    assert_eq!(ids(&search(vault, &newest).await), ["o2", "o1"]);

    // A new version is found by what it says now; the former one stays in the history.
    let former = Former { num: given[0].num, version: 1, terms: vec![EVERYONE, a.clone()] };
    let mut second = new("o1", "un bis", std::slice::from_ref(&b));
    (second.patient, second.former) = (Some(who.clone()), Some(former.clone()));
    let mut tx = vault.begin(&doctor(), later(5_000)).await.unwrap();
    assert_eq!(tx.write_resources("o1", vec![second.clone()]).await.unwrap()[0].version, 2);
    let seen = tx.resource("Observation", "o1").await.unwrap().unwrap();
    assert_eq!((seen.version, seen.live), (2, true));
    tx.commit().await.unwrap();
    let mut tx = vault.begin(&doctor(), later(5_001)).await.unwrap();
    let late = tx.write_resources("o1", vec![second]).await;
    assert!(matches!(late, Err(VaultError::Conflict { .. })), "over a version that is not current");
    tx.rollback().await.unwrap();
    assert_eq!(ids(&search(vault, &query(&[(&[a], false)])).await), ["o3"]);
    assert_eq!(ids(&search(vault, &query(&[(&[b], false)])).await), ["o2", "o3", "o1"]);
    let old = vault.resource_version("Observation", "o1", 1).await.unwrap().unwrap();
    assert_eq!((old.content.unwrap().as_slice(), old.live), (&b"un"[..], false));
    let history = vault.resource_history("Observation", Some("o1"), None, 10).await.unwrap();
    assert_eq!(history.iter().map(|r| r.version).collect::<Vec<_>>(), [2, 1]);
    let mut changed = query(&[]);
    changed.since = Some(later(1));
    assert_eq!(ids(&search(vault, &changed).await), ["o1"]);
    (changed.since, changed.before) = (None, Some(later(1)));
    assert_eq!(ids(&search(vault, &changed).await), ["o2", "o3"]);

    // Deleted: found no more, told as such.
    let gone = vault.resource("Observation", "o2").await.unwrap().unwrap();
    let mut deletion = new("o2", "", &[]);
    (deletion.content, deletion.terms) = (None, Vec::new());
    deletion.former =
        Some(Former { num: gone.num, version: 1, terms: vec![EVERYONE, term("code", "b")] });
    let mut tx = vault.begin(&doctor(), later(6_000)).await.unwrap();
    tx.write_resources("o2", vec![deletion]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(&search(vault, &query(&[])).await), ["o3", "o1"]);
    let told = vault.resource("Observation", "o2").await.unwrap().unwrap();
    assert_eq!((told.version, told.content.is_none()), (2, true));
    assert_eq!(
        ids(&vault.resources_by_id("Observation", &["o1", "o2", "no"]).await.unwrap()),
        ["o1"]
    );

    masked(vault).await;
    notes(vault);
    let nobody = NewResource {
        patient: Some(relu_vault::PatientId("nobody".into())),
        ..new("o9", "x", &[])
    };
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    let unknown = tx.write_resources("o9", vec![nobody]).await;
    assert!(matches!(unknown, Err(VaultError::NotFound { what: "patient", .. })));
    tx.rollback().await.unwrap();
    assert!(vault.resource("Observation", "o9").await.unwrap().is_none());
    many(vault).await;
    patients_shown(vault, &who).await;
}

async fn masked(vault: &Vault) {
    let mut hidden = new("o4", "secret", &[]);
    hidden.masked = true;
    let mut tx = vault.begin(&doctor(), later(7_000)).await.unwrap();
    tx.write_resources("o4", vec![hidden]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(ids(&search(vault, &query(&[])).await).contains(&"o4"), "its author sees it");
    let other =
        Actor { id: "account-2".into(), kind: ActorKind::Person, role: Some(Role::Medecin) };
    let mut theirs = query(&[]);
    theirs.authors = vec![other.id];
    assert!(!ids(&search(vault, &theirs).await).contains(&"o4"), "nor counted for another");
}

fn notes(vault: &Vault) {
    let note = vault.seal_note("page 2").unwrap();
    assert!(!note.contains("page"));
    assert_eq!(vault.open_note(&note).as_deref(), Some("page 2"));
    let mut other = note.clone();
    other.replace_range(60..61, if &note[60..61] == "0" { "1" } else { "0" });
    assert_eq!(vault.open_note(&other), None);
    assert_eq!(vault.open_note("zz"), None);
}

// More rows than any one statement takes.
async fn many(vault: &Vault) {
    let all: Vec<NewResource> = (0..333)
        .map(|i| {
            let own: Vec<ResourceTerm> = (0..7).map(|t| term("own", &format!("{i}-{t}"))).collect();
            NewResource { kind: "Goal", ..new(&format!("g{i}"), "but", &own) }
        })
        .collect();
    let mut tx = vault.begin(&doctor(), later(8_000)).await.unwrap();
    assert_eq!(tx.write_resources("goals", all).await.unwrap().len(), 333);
    tx.commit().await.unwrap();
    let mut q = query(&[]);
    q.kind = "Goal";
    assert_eq!(vault.count_resources(&q, 1_000).await.unwrap(), 333);
    q.clauses =
        vec![ResourceClause { any: vec![term("own", "332-6"), term("own", "0-0")], none: false }];
    assert_eq!(ids(&vault.search_resources(&q, 10).await.unwrap()), ["g0", "g332"]);
}

async fn patients_shown(vault: &Vault, who: &relu_vault::PatientId) {
    let waiting = |all: &[relu_vault::Patient]| all.iter().any(|p| p.id == *who);
    assert!(waiting(&vault.patients_to_show(1_000).await.unwrap()));
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    tx.patient_shown(who).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!waiting(&vault.patients_to_show(1_000).await.unwrap()));
}
