//! What people keep and do around the list, on both databases: saved views.

use relu_desk::view::{ListFilter, SearchRequest, Shows};
use relu_desk::{Desk, ErrorKind};
use relu_record::{Actor, ActorKind, DocumentState, Role};

use super::cluster::Cluster;
use super::support::open_desk;

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
        let refused = |e: relu_desk::DeskError| e.kind;
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
