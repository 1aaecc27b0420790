//! Whoever writes to the database without the key is found out, and the report says where.

use std::path::Path;

use relu_record::{DocumentState, ProposalId, Role, SheetState, Verdict};
use relu_vault::{Former, LedgerHead, LedgerReport, NewAccount, NewDecision, NewResource, Vault};
use sqlx::{Connection, Row};

use crate::support::*;

/// A vault with some history; answers the head of the ledger before its last two events.
async fn fill(dir: &Path) -> LedgerHead {
    let vault = open(dir).await;
    for i in 0..3 {
        let id = receive(&vault, format!("document {i}").as_bytes(), later(i)).await.unwrap();
        let set = proposals(&format!("Ligne {i}."));
        let mut tx = vault.begin(&doctor(), later(10 + i)).await.unwrap();
        tx.store_reading(&id, &set.text_version, b"{\"text\":\"Ligne\"}").await.unwrap();
        let hash = tx.store_proposal_set(&id, &set).await.unwrap();
        tx.set_state(&id, DocumentState::Recu, DocumentState::AClasser).await.unwrap();
        tx.insert_decision(NewDecision {
            document: id,
            set: hash,
            proposal: ProposalId("p0".into()),
            verdict: Verdict::Accepted,
            reason: None,
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = vault.begin(&doctor(), later(20)).await.unwrap();
    tx.upsert_patient(None, &patient()).await.unwrap();
    tx.commit().await.unwrap();
    vault.close().await;
    copy(&dir.join("data"), &dir.join("older"));
    let vault = open(dir).await;
    let before = vault.ledger_head().await.unwrap();
    let mut tx = vault.begin(&doctor(), later(21)).await.unwrap();
    let account = NewAccount {
        login: "secretaire".into(),
        name: "S".into(),
        role: Role::Secretariat,
        password_hash: "x".into(),
    };
    tx.create_account(&account).await.unwrap();
    let state =
        SheetState { id: "identify".into(), active: true, overseer: None, local_evaluation: None };
    tx.set_function(&state).await.unwrap();
    tx.commit().await.unwrap();
    vault.close().await;
    before
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.path() {
            p if p.is_dir() => copy(&p, &target),
            p => _ = std::fs::copy(p, target).unwrap(),
        }
    }
}

/// A fresh copy of the filled vault.
fn again(from: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(from, dir.path());
    dir
}

async fn sql(dir: &Path) -> sqlx::AnyConnection {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", dir.join("data/relu.sqlite").display());
    let mut conn = sqlx::AnyConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut conn).await.unwrap();
    conn
}

async fn run(dir: &Path, statements: &str) {
    let mut conn = sql(dir).await;
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut conn).await;
    done.unwrap();
    conn.close().await.unwrap();
}

async fn verify(dir: &Path, anchor: Option<&LedgerHead>) -> LedgerReport {
    let mut settings = settings(dir, None);
    settings.create = false;
    let vault = Vault::open(settings, NOW).await.unwrap();
    let report = vault.verify_ledger(anchor).await.unwrap();
    vault.close().await;
    report
}

#[tokio::test]
async fn every_kind_of_edit_is_found_and_placed() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path()).await;
    let honest = verify(dir.path(), None).await;
    assert!(honest.ok, "{:?}", honest.problems);
    // Per document: received, text-read, proposed, state-changed, decided; then patient, account,
    // switch.
    assert_eq!(honest.events, 18);
    // Statements, first wrong event, a code that the report must hold.
    let cases: &[(&str, Option<u64>, &str)] = &[
        ("UPDATE ledger SET kind = 'viewed' WHERE seq = 4", Some(4), "event-changed"),
        ("UPDATE ledger SET at = at + 1 WHERE seq = 1", Some(1), "event-changed"),
        ("UPDATE ledger SET actor = 'account-2' WHERE seq = 5", Some(5), "event-changed"),
        ("UPDATE ledger SET actor_role = NULL WHERE seq = 5", Some(5), "event-changed"),
        ("UPDATE ledger SET actor_kind = 'martian' WHERE seq = 5", Some(5), "event-changed"),
        ("UPDATE ledger SET detail = '' WHERE seq = 7", Some(7), "event-changed"),
        ("UPDATE ledger SET content = NULL WHERE seq = 3", Some(3), "event-changed"),
        (
            "UPDATE ledger SET mac = replace(mac, substr(mac, 1, 1), 'g') WHERE seq = 6",
            Some(6),
            "event-changed",
        ),
        ("DELETE FROM ledger WHERE seq = 18", Some(18), "head"),
        ("DELETE FROM ledger WHERE seq > 10", Some(11), "head-file"),
        ("DELETE FROM ledger WHERE seq = 6", Some(6), "event-missing"),
        ("DELETE FROM ledger WHERE seq = 1", Some(1), "event-missing"),
        ("DELETE FROM ledger", Some(1), "head"),
        // The tail is cut and the head edited to fit.
        (
            "DELETE FROM ledger WHERE seq > 15; UPDATE ledger_head SET seq = 15, \
             mac = (SELECT mac FROM ledger WHERE seq = 15)",
            Some(16),
            "head",
        ),
        // A tail rewritten with made-up chain values, linked to each other.
        (
            "UPDATE ledger SET actor = 'nobody', mac = printf('%064d', seq) WHERE seq > 8; \
             UPDATE ledger SET prev = printf('%064d', seq - 1) WHERE seq > 9",
            Some(9),
            "event-changed",
        ),
        // Two events change places.
        (
            "UPDATE ledger SET seq = 100 WHERE seq = 8; UPDATE ledger SET seq = 8 WHERE seq = 9; \
             UPDATE ledger SET seq = 9 WHERE seq = 100",
            Some(8),
            "chain-broken",
        ),
        // An event is copied behind the last.
        (
            "INSERT INTO ledger SELECT tenant, 19, at, kind, actor, actor_kind, actor_role, document, \
             patient, subject, detail, content, prev, mac FROM ledger WHERE seq = 18",
            Some(19),
            "head",
        ),
        ("UPDATE ledger_head SET seq = 17", None, "head"),
        ("UPDATE ledger_head SET seal = mac", None, "head"),
        ("DELETE FROM ledger_head", None, "head"),
        // The things that the events tell of.
        (
            "UPDATE document SET state = 'clos' WHERE id = (SELECT document FROM ledger WHERE seq = 6)",
            Some(9),
            "content-changed",
        ),
        (
            "DELETE FROM document WHERE id = (SELECT document FROM ledger WHERE seq = 1)",
            Some(2),
            "content-missing",
        ),
        (
            "DELETE FROM decision WHERE id = (SELECT subject FROM ledger WHERE seq = 10)",
            Some(10),
            "content-missing",
        ),
        (
            "DELETE FROM proposal_set WHERE document = (SELECT document FROM ledger WHERE seq = 13)",
            Some(13),
            "content-missing",
        ),
        ("UPDATE account SET role = 'medecin'", Some(17), "content-changed"),
        ("UPDATE function_state SET active = 0", Some(18), "content-changed"),
        ("DELETE FROM patient", Some(16), "content-missing"),
        // A sealed value is put in another's place.
        (
            "UPDATE decision SET content = (SELECT content FROM decision ORDER BY id LIMIT 1) \
             WHERE id = (SELECT subject FROM ledger WHERE seq = 15)",
            Some(15),
            "content-changed",
        ),
        // A decision is copied under a new id: sealed for another row, it does not open.
        (
            "INSERT INTO decision SELECT tenant, 'x', document, set_token, proposal, verdict, actor, \
             at, content FROM decision LIMIT 1",
            None,
            "content-changed",
        ),
        (
            "INSERT INTO document (tenant, id, blob, identity_token, source_kind, received_at, updated_at, \
             version, state, dek, details) SELECT tenant, 'x', blob, 'y', source_kind, received_at, \
             updated_at, version, state, dek, details \
             FROM document LIMIT 1",
            None,
            "not-told",
        ),
    ];
    for (statements, first_bad, code) in cases {
        let copy = again(dir.path());
        run(copy.path(), statements).await;
        let report = verify(copy.path(), None).await;
        assert!(!report.ok, "{statements}");
        assert_eq!(report.first_bad, *first_bad, "{statements}\n{:#?}", report.problems);
        assert!(
            report.problems.iter().any(|p| p.code == *code),
            "{statements}\n{:#?}",
            report.problems
        );
        assert!(report.reason.is_some());
    }
}

/// Two acts on the record, of events 2 and 3: a patient's resource and a masked one, then a second
/// version of the first.
async fn fill_record(dir: &Path) {
    let vault = open(dir).await;
    let mut tx = vault.begin(&doctor(), later(1)).await.unwrap();
    let who = tx.upsert_patient(None, &patient()).await.unwrap();
    let new = |id: &str, patient, masked, former| NewResource {
        kind: "Observation",
        id: id.to_owned(),
        patient,
        masked,
        author: None,
        content: Some(b"{}".to_vec()),
        terms: Vec::new(),
        former,
    };
    let (o1, o2) = (new("o1", Some(who.clone()), false, None), new("o2", None, true, None));
    let given = tx.write_resources("act", vec![o1, o2]).await.unwrap();
    let former = Former { num: given[0].num, version: 1, terms: Vec::new() };
    tx.write_resources("o1", vec![new("o1", Some(who), false, Some(former))]).await.unwrap();
    tx.commit().await.unwrap();
    vault.close().await;
}

#[tokio::test]
async fn every_edit_of_the_record_is_found() {
    let dir = tempfile::tempdir().unwrap();
    fill_record(dir.path()).await;
    let honest = verify(dir.path(), None).await;
    assert!(honest.ok, "{:?}", honest.problems);
    let second = "UPDATE resource SET";
    let (o1, o2) = ("WHERE id = 'o1' AND version = 2", "WHERE id = 'o2'");
    let cases: &[(&str, &str, Option<u64>, &str)] = &[
        ("content = zeroblob(60)", o2, Some(2), "content-changed"),
        // The older content under the newer version, and a version put in another's place.
        (
            "content = (SELECT content FROM resource WHERE id = 'o1' AND version = 1)",
            o1,
            Some(3),
            "content-changed",
        ),
        ("content = NULL, deleted = 1", o1, Some(3), "content-changed"),
        ("deleted = 1", o1, Some(3), "content-changed"),
        ("masked = 0", o2, Some(2), "content-changed"),
        ("author = 'account-2'", o2, Some(2), "content-changed"),
        ("patient = NULL", o1, Some(3), "content-changed"),
        ("updated_at = updated_at + 1", o1, Some(3), "content-changed"),
        ("id = 'o9'", o2, Some(2), "content-changed"),
        ("live = 0", o2, Some(2), "state-changed"),
        ("live = 1", "WHERE version = 1", Some(2), "state-changed"),
        ("num = num + 65536 * 9", o2, Some(2), "content-changed"),
    ];
    for (set, place, first_bad, code) in cases {
        let copy = again(dir.path());
        let statement = format!("{second} {set} {place}");
        run(copy.path(), &statement).await;
        let report = verify(copy.path(), None).await;
        assert_eq!(report.first_bad, *first_bad, "{statement}\n{:#?}", report.problems);
        let told = report.problems.iter().any(|p| p.code == *code);
        assert!(told, "{statement}\n{:#?}", report.problems);
    }
    for (statement, code) in [
        ("DELETE FROM resource WHERE version = 2", "content-missing"),
        ("DELETE FROM resource WHERE id = 'o2'", "content-changed"),
        (
            "INSERT INTO resource SELECT tenant, num + 65536, kind, 'o3', version, updated_at, live, \
             deleted, masked, patient, author, content FROM resource WHERE version = 2",
            "not-told",
        ),
    ] {
        let copy = again(dir.path());
        run(copy.path(), statement).await;
        let report = verify(copy.path(), None).await;
        assert!(report.problems.iter().any(|p| p.code == code), "{statement} {report:#?}");
    }
}

#[tokio::test]
async fn one_changed_byte_in_a_sealed_row_is_found() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path()).await;
    for (table, column, first_bad) in [
        ("reading", "content", 2),
        ("proposal_set", "content", 3),
        ("decision", "content", 5),
        ("patient", "identity", 16),
        ("patient", "dek", 16),
        ("account", "details", 17),
        ("function_state", "details", 18),
        ("document", "dek", 2),
    ] {
        for at in [0usize, 19, 25, usize::MAX] {
            let copy = again(dir.path());
            let mut conn = sql(copy.path()).await;
            let first = format!("SELECT rowid, {column} AS v FROM {table} ORDER BY rowid LIMIT 1");
            let row = sqlx::query(sqlx::AssertSqlSafe(first)).fetch_one(&mut conn).await.unwrap();
            let (rowid, mut value): (i64, Vec<u8>) = (row.get("rowid"), row.get("v"));
            let at = at.min(value.len() - 1);
            value[at] ^= 1;
            let update = format!("UPDATE {table} SET {column} = $1 WHERE rowid = $2");
            let update = sqlx::query(sqlx::AssertSqlSafe(update)).bind(value).bind(rowid);
            update.execute(&mut conn).await.unwrap();
            conn.close().await.unwrap();
            let report = verify(copy.path(), None).await;
            assert_eq!(
                report.first_bad,
                Some(first_bad),
                "{table}.{column} {at}: {:#?}",
                report.problems
            );
        }
    }
}

#[tokio::test]
async fn an_older_copy_is_found_by_the_head_file_or_by_the_anchor() {
    let dir = tempfile::tempdir().unwrap();
    let before = fill(dir.path()).await;
    let vault = open(dir.path()).await;
    let anchor = vault.ledger_head().await.unwrap();
    vault.close().await;
    let anchor: LedgerHead =
        serde_json::from_str(&serde_json::to_string(&anchor).unwrap()).unwrap();
    assert!(verify(dir.path(), Some(&anchor)).await.ok);
    assert!(verify(dir.path(), Some(&before)).await.ok, "an older anchor holds too");

    // The older database alone: the head file knows better.
    let copy_of = again(dir.path());
    let (old, data) = (copy_of.path().join("older"), copy_of.path().join("data"));
    std::fs::copy(old.join("relu.sqlite"), data.join("relu.sqlite")).unwrap();
    let report = verify(copy_of.path(), None).await;
    assert_eq!(report.first_bad, Some(17), "{:#?}", report.problems);
    // The older head file too: only the anchor knows. This is why it exists.
    std::fs::copy(old.join("ledger.head"), data.join("ledger.head")).unwrap();
    assert!(verify(copy_of.path(), None).await.ok, "a whole older copy is a whole vault");
    let report = verify(copy_of.path(), Some(&anchor)).await;
    assert_eq!(report.first_bad, Some(17));
    assert!(report.problems.iter().all(|p| p.code == "anchor"));

    // Another history written with the key from the older copy on: the anchor sees that as well.
    let vault = open(copy_of.path()).await;
    for i in 0..4 {
        receive(&vault, format!("autre histoire {i}").as_bytes(), NOW).await.unwrap();
    }
    vault.close().await;
    assert!(verify(copy_of.path(), None).await.ok);
    let report = verify(copy_of.path(), Some(&anchor)).await;
    assert_eq!(report.first_bad, Some(anchor.seq));
}

#[tokio::test]
async fn the_head_file_may_lag_but_not_lie() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path()).await;
    let file = |d: &Path| d.join("data/ledger.head");
    let copy = again(dir.path());
    std::fs::copy(copy.path().join("older/ledger.head"), file(copy.path())).unwrap();
    assert!(verify(copy.path(), None).await.ok, "a crash before writing it is no fault");
    std::fs::remove_file(file(copy.path())).unwrap();
    assert!(!verify(copy.path(), None).await.ok, "removed");
    for text in ["", "{}", "{\"tenant\":\"x\",\"seq\":1,\"mac\":\"0\",\"at\":0,\"seal\":\"00\"}"] {
        std::fs::write(file(copy.path()), text).unwrap();
        assert!(!verify(copy.path(), None).await.ok, "{text}");
    }
    let honest = std::fs::read_to_string(file(dir.path())).unwrap();
    std::fs::write(file(copy.path()), honest.replace("\"seq\":18", "\"seq\":17")).unwrap();
    assert!(!verify(copy.path(), None).await.ok, "edited");
}

#[tokio::test]
async fn nothing_is_added_on_top_of_an_edited_head() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path()).await;
    run(dir.path(), "UPDATE ledger_head SET seq = 3").await;
    let vault = open(dir.path()).await;
    let refused = receive(&vault, b"nouveau", NOW).await;
    assert!(matches!(refused, Err(relu_vault::VaultError::Integrity { .. })));
    let editor = vault.accounts().await;
    assert!(editor.is_ok(), "reading goes on");
}

#[tokio::test]
async fn a_role_raised_in_the_table_is_refused_at_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path()).await;
    run(dir.path(), "UPDATE account SET role = 'administrateur'").await;
    let vault = open(dir.path()).await;
    let account = vault.account_by_login("secretaire").await;
    assert!(matches!(account, Err(relu_vault::VaultError::Integrity { .. })));
}
