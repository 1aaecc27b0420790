//! What people keep and do around the list, on both databases: saved views; what is to be printed.

use std::slice::from_ref;

use relu_desk::view::{ListFilter, SearchRequest, Shows};
use relu_desk::{Desk, DeskError, ErrorKind, NEW_PATIENT};
use relu_record::{Actor, ActorKind, DocumentId, DocumentState, Role};

use super::cluster::Cluster;
use super::routing::team;
use super::support::{open_desk, receive};

fn person(id: &str, role: Role) -> Actor {
    Actor { id: id.to_owned(), kind: ActorKind::Person, role: Some(role) }
}

/// Runs on a fresh desk on SQLite, then on PostgreSQL where it is installed.
async fn on_both<F: Future<Output = ()>>(name: &str, check: impl Fn(Desk) -> F) {
    let dir = tempfile::tempdir().unwrap();
    check(open_desk(dir.path(), |_| {}).await).await;
    let Some(cluster) = Cluster::start() else { return };
    let (dir, url) = (tempfile::tempdir().unwrap(), cluster.database(name));
    check(open_desk(dir.path(), |s| s.database_url = Some(url)).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_the_list_is_ones_own_and_is_taken_back() {
    on_both("views", |desk| async move {
        let (lea, luc) = (person("lea", Role::Secretariat), person("luc", Role::Secretariat));
        let list = ListFilter {
            state: Some(DocumentState::AViser),
            query: "dupont".into(),
            type_code: Some("11502-2".into()),
            newest: true,
            page: 3,
        };
        let search = SearchRequest { words: "toux".into(), ..SearchRequest::default() };
        desk.save_view(&lea, " Résultats ", &Shows::List(list.clone())).await.unwrap();
        desk.save_view(&lea, "Toux", &Shows::Search(search.clone())).await.unwrap();
        let views = desk.saved_views(&lea).await.unwrap();
        let first = Shows::List(ListFilter { page: 0, ..list });
        assert_eq!((views[0].name.as_str(), &views[0].shows), ("Résultats", &first));
        assert_eq!(views[1].shows, Shows::Search(search));

        // One's own; a name once, whatever its accents and capitals; a name there must be.
        assert!(desk.saved_views(&luc).await.unwrap().is_empty());
        let refused = |e: DeskError| e.kind;
        let (id, other) = (views[0].id.as_str(), views[1].id.as_str());
        assert_eq!(desk.saved_view(&luc, id).await.map_err(refused), Err(ErrorKind::NotFound));
        let theirs = desk.rename_view(&luc, id, "À moi").await.map_err(refused);
        assert_eq!(theirs, Err(ErrorKind::NotFound));
        for name in ["  ", "toux", "TOUX"] {
            let same = desk.rename_view(&lea, id, name).await.map_err(refused);
            assert_eq!(same, Err(ErrorKind::User), "{name}");
            assert!(desk.save_view(&lea, name, &first).await.is_err());
        }
        desk.save_view(&luc, "Toux", &first).await.unwrap();

        desk.rename_view(&lea, id, "résultats").await.unwrap();
        let long = "x".repeat(200);
        desk.rename_view(&lea, other, &long).await.unwrap();
        let names: Vec<usize> =
            desk.saved_views(&lea).await.unwrap().iter().map(|v| v.name.chars().count()).collect();
        assert_eq!(names, [9, 60]);
        let forgotten = desk.forget_view(&lea, id).await.unwrap();
        assert_eq!(desk.forget_view(&lea, id).await.map_err(refused), Err(ErrorKind::NotFound));
        desk.save_view(&lea, &forgotten.name, &forgotten.shows).await.unwrap();
        let again = desk.saved_views(&lea).await.unwrap().pop().unwrap();
        assert_eq!((again.name.as_str(), &again.shows), ("résultats", &first));
        assert!(desk.verify_ledger().await.unwrap().ok);
        desk.close().await;
    })
    .await;
}

/// A result that this doctor asked for; perhaps one that its source masks from professionals.
fn result(number: u32, asked_by: &str, masked: bool) -> Vec<u8> {
    let mask = match masked {
        true => "OBX|2|CE|MASQUE_PS^^MetaDMPMSS||Y^^expandedYes-NoIndicator||||||F\r",
        false => "",
    };
    format!(
        "MSH|^~\\&|LABO|LABORATOIRE|RELU|CABINET|20260203093000||ORU^R01^ORU_R01|{number}|P|2.5|||||FRA|UNICODE UTF-8\r\
         PID|1||{number}^^^LABO&1.2.250.1.999&ISO^PI||FLOCHLAY^OMBELINE^^^^^L||195003{number}|F\r\
         OBR|1|D{number}|D{number}|11502-2^CR d'examens biologiques^LN|||20260203|||||||||^{asked_by}|||||||20260203|||F\r\
         OBX|1|FT|11502-2^Compte rendu^LN||Potassium normal {number}||||||F\r{mask}"
    )
    .into_bytes()
}

/// Who sees what on the list: the documents in order, and its count among the queues.
async fn to_print(desk: &Desk, who: &Actor) -> Vec<DocumentId> {
    let view = desk.bannettes(who, Some("imprimer")).await.unwrap();
    let line = view.queues.iter().find(|q| q.code == "imprimer").unwrap();
    assert_eq!(line.open, view.prints.len() as u64);
    view.prints.into_iter().map(|p| p.item.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_or_a_person_marks_is_listed_until_it_is_printed() {
    on_both("prints", |desk| async move {
        let [admin, doctor, lea, luc] = team(&desk).await;
        let rule = "Si le médecin adresseur est « Martin Paul », alors imprimer.";
        desk.write_rule(&lea, None, rule).await.unwrap();
        let draft = desk.rules(&lea).await.unwrap().draft.unwrap();
        desk.activate_rules(&admin, draft.version).await.unwrap();
        let id = &draft.rules.last().unwrap().id;

        let asked = receive(&desk, "a.hl7", result(12, "MARTIN^PAUL", false)).await;
        let other = receive(&desk, "b.hl7", result(13, "DURAND^LUC", false)).await;
        let masked = receive(&desk, "c.hl7", result(14, "MARTIN^PAUL", true)).await;
        for (document, truth) in [(&asked, "true"), (&other, "false")] {
            let why = desk.why(&lea, document, None).await.unwrap();
            let told = why.iter().find(|w| w.rule.id == *id).unwrap();
            assert_eq!(told.truth, truth, "{:?}", told.conditions);
        }
        assert!(to_print(&desk, &doctor).await.is_empty(), "nothing before it is filed");
        for document in [&asked, &other, &masked] {
            desk.file(&doctor, document, Some(NEW_PATIENT)).await.unwrap();
        }

        // Under the same sight as everywhere.
        assert_eq!(to_print(&desk, &lea).await, from_ref(&asked));
        assert_eq!(to_print(&desk, &doctor).await, [asked.clone(), masked.clone()]);
        let kind = |e: DeskError| e.kind;
        let forbidden = Err(ErrorKind::Forbidden);
        assert_eq!(desk.mark_to_print(&lea, &masked, false).await.map_err(kind), forbidden);
        assert_eq!(desk.mark_to_print(&admin, &other, true).await.map_err(kind), forbidden);
        let all = [asked.clone(), other.clone(), masked.clone()];
        assert!(desk.printed(&lea, &all).await.is_err(), "not even beside others");
        assert_eq!(to_print(&desk, &lea).await, from_ref(&asked));

        // By a person: whose it is is said; taken off and marked again.
        desk.mark_to_print(&lea, &other, true).await.unwrap();
        let view = desk.bannettes(&luc, Some("imprimer")).await.unwrap();
        let by: Vec<&str> = view.prints.iter().map(|p| p.by.as_str()).collect();
        assert_eq!(by, ["une règle", "Léa ROUX"]);
        let shown = desk.document(&luc, &other).await.unwrap();
        assert_eq!(shown.to_print.as_deref(), Some("Léa ROUX"));
        desk.mark_to_print(&luc, &other, false).await.unwrap();
        let again = desk.mark_to_print(&luc, &other, false).await.map_err(kind);
        assert_eq!(again, Err(ErrorKind::Conflict), "it is off already");
        assert!(desk.document(&luc, &other).await.unwrap().to_print.is_none());
        desk.mark_to_print(&lea, &other, true).await.unwrap();

        // Printed together, once, by whoever says so first; and taken back.
        let both = [asked.clone(), other.clone()];
        assert_eq!(desk.printed(&lea, &both).await.unwrap(), both);
        assert!(desk.printed(&luc, &both).await.unwrap().is_empty());
        assert!(to_print(&desk, &lea).await.is_empty());
        assert_eq!(to_print(&desk, &doctor).await, from_ref(&masked));
        assert_eq!(desk.not_printed(&lea, &both).await.unwrap(), both);
        assert_eq!(to_print(&desk, &lea).await, both);
        let history = desk.document(&lea, &asked).await.unwrap().history;
        let told = |what: &str| history.iter().any(|l| l.what.starts_with(what));
        assert!(told("À imprimer") && told("Imprimé") && told("Impression annulée"));

        // A filing taken back takes back what its rules wanted, not what a person wants.
        desk.undo(&doctor, &asked).await.unwrap();
        desk.undo(&doctor, &other).await.unwrap();
        assert_eq!(to_print(&desk, &lea).await, from_ref(&other));
        desk.file(&doctor, &asked, Some(NEW_PATIENT)).await.unwrap();
        assert_eq!(to_print(&desk, &lea).await, [other.clone(), asked.clone()]);
        // What was printed is not printed again because a detaching was taken back.
        desk.printed(&lea, from_ref(&asked)).await.unwrap();
        desk.detach(&lea, &asked).await.unwrap();
        desk.undo(&lea, &asked).await.unwrap();
        assert_eq!(to_print(&desk, &lea).await, [other]);
        assert!(desk.verify_ledger().await.unwrap().ok);
        desk.close().await;
    })
    .await;
}
