//! Routing on real documents: rules written as sentences, tried, put in use; a new document routed
//! with its why; queues in which exactly one of two people gets a document; taking it all back.

use relu_desk::view::routing::VisaFilter;
use relu_desk::{Desk, ErrorKind};
use relu_record::{Actor, Role};

use super::support::{Letter, desk, receive};

const PASSWORD_HASH: &str = "$argon2id$none";

fn letter(first: &str, born: &str, end: &str) -> Vec<u8> {
    let body = format!(
        "J'ai revu votre patiente en consultation de cardiologie. Elle ne se plaint pas de \
         dyspnée. La tension artérielle est à 132/78 mmHg.\nTraitement : bisoprolol 2,5 mg le \
         matin.\n\nConclusion : hypertension artérielle équilibrée sous traitement. {end}"
    );
    Letter { name: "ESSAI", first, born, body: &body, ..Letter::USUAL }.bytes()
}

/// Four people with accounts: administrator, doctor, two secretaries.
pub(super) async fn team(desk: &Desk) -> [Actor; 4] {
    let admin = desk
        .create_account(None, "admin", "Alix ADMIN", Role::Administrateur, PASSWORD_HASH)
        .await
        .unwrap()
        .actor();
    let mut made = vec![admin.clone()];
    for (login, name, role) in [
        ("medecin", "Dr Claire PETIT", Role::Medecin),
        ("lea", "Léa ROUX", Role::Secretariat),
        ("luc", "Luc BLANC", Role::Secretariat),
    ] {
        let account =
            desk.create_account(Some(&admin), login, name, role, PASSWORD_HASH).await.unwrap();
        made.push(account.actor());
    }
    made.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_tried_put_in_use_and_route_a_new_document_with_its_why() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let [admin, doctor, lea, _] = team(&desk).await;
    let old = receive(&desk, "a.txt", letter("Jeanne", "12/03/1950", "Rien de plus.")).await;

    // Without rules a document goes to the fallback: nothing is without an owner.
    let view = desk.document(&lea, &old).await.unwrap();
    assert_eq!((view.route.rules, view.route.to.as_str()), (None, "À répartir"));

    // A wrong sentence says the word; a right one is a rule of the draft and changes nothing yet.
    let wrong = desk
        .write_rule(
            &lea,
            None,
            "Si l'expéditeur contient « Aubrac », alors attribuer à la banette « Courriers ».",
        )
        .await
        .unwrap_err();
    assert_eq!(wrong.kind, ErrorKind::User);
    assert!(wrong.cause.contains("banette"), "{}", wrong.cause);
    let rule = "Si l'expéditeur contient « Aubrac » et un délai est écrit, alors attribuer à \
                « Dr Claire PETIT », mettre en copie la bannette « Courriers », créer une tâche \
                « Revoir » pour le délai écrit et étiqueter « cardio ».";
    desk.write_rule(&lea, None, rule).await.unwrap();
    let rules = desk.rules(&lea).await.unwrap();
    let draft = rules.draft.unwrap();
    assert!(draft.rules.len() >= 4 && rules.active.is_none() && !rules.may_activate);
    let last = draft.rules.last().unwrap().clone();
    assert_eq!(last.sentence, rule);
    for _ in 0..draft.rules.len() {
        desk.move_rule(&lea, &last.id, true).await.unwrap();
    }

    // Tried: the table says what would change, and nothing has.
    let new =
        receive(&desk, "b.txt", letter("Odile", "07/11/1961", "Merci de la revoir dans 3 mois."))
            .await;
    let tried = desk.try_rules(&doctor, None, (None, None)).await.unwrap();
    assert_eq!(tried.documents, 2);
    assert!(
        tried.rows.iter().any(|r| r.document == new.0 && r.would_be.contains("Dr Claire PETIT"))
    );
    assert_eq!(tried.counts[0].matched, 1);
    assert!(desk.document(&lea, &new).await.unwrap().route.rules.is_none());

    // Only a doctor or an administrator puts them in use.
    let refused = desk.activate_rules(&lea, draft.version).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    desk.activate_rules(&admin, draft.version).await.unwrap();

    // A new document carries the route from the moment it is read, with its evidence and why.
    let third = receive(
        &desk,
        "c.txt",
        letter("Irène", "01/01/1944", "Merci de la revoir avant le 20/04/2026."),
    )
    .await;
    let route = desk.document(&lea, &third).await.unwrap().route;
    assert_eq!((route.rules, route.to.as_str()), (Some(draft.version), "Dr Claire PETIT"));
    let assigned = &route.lines[0];
    assert_eq!((assigned.because.as_str(), assigned.rule.as_str()), (rule, last.id.as_str()));
    assert!(assigned.evidence.iter().any(|e| e.label.contains("avant le 20/04/2026")));
    let why = desk.why(&lea, &third, None).await.unwrap();
    assert_eq!((why[0].truth.as_str(), why[0].conditions.len()), ("true", 2));
    assert!(why[0].conditions[1].seen.contains("20/04/2026"));
    let not = desk.why(&lea, &old, None).await.unwrap();
    assert_eq!((not[0].truth.as_str(), not[0].conditions[1].truth.as_str()), ("false", "false"));

    // A refused line is not done; filing does the rest in one act.
    let copy = route.lines.iter().find(|l| l.what.contains("copie")).unwrap();
    desk.refuse_route(&lea, &third, &copy.id).await.unwrap();
    desk.file(&lea, &third, None).await.unwrap();
    let filed = desk.document(&doctor, &third).await.unwrap().route;
    let place = filed.place.unwrap();
    assert!(place.mine && place.copies.is_empty() && place.tags == ["cardio"]);
    assert_eq!(filed.tasks[0].due.as_deref(), Some("20/04/2026"));
    let mine = desk.bannettes(&doctor, None).await.unwrap();
    assert_eq!(mine.items.len(), 1);
    assert_eq!(mine.items[0].item.id, third);

    // The doctor's list, what was printed first; then everything is taken back.
    let visa = desk.visa_list(&doctor, &VisaFilter::default()).await.unwrap();
    assert_eq!(visa.items.len(), 1);
    desk.undo(&lea, &third).await.unwrap();
    let back = desk.document(&lea, &third).await.unwrap().route;
    assert!(back.place.is_none() && back.tasks.is_empty());
    assert!(desk.bannettes(&doctor, None).await.unwrap().items.is_empty());

    // A person chooses another queue: that is what is done.
    desk.choose_queue(&lea, &third, "imagerie").await.unwrap();
    assert_eq!(desk.document(&lea, &third).await.unwrap().route.to, "Imagerie");
    desk.file(&lea, &third, None).await.unwrap();
    let place = desk.document(&lea, &third).await.unwrap().route.place.unwrap();
    assert_eq!(place.place, "Imagerie");

    // Older rules come back by a decision.
    desk.begin_draft(&doctor).await.unwrap();
    desk.remove_rule(&doctor, &last.id).await.unwrap();
    let next = desk.rules(&doctor).await.unwrap().draft.unwrap();
    desk.activate_rules(&doctor, next.version).await.unwrap();
    desk.activate_rules(&doctor, draft.version).await.unwrap();
    let rules = desk.rules(&doctor).await.unwrap();
    assert_eq!(rules.active.unwrap().version, draft.version);
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_of_two_gets_a_document_of_a_queue() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let [_, doctor, lea, luc] = team(&desk).await;
    let id = receive(&desk, "a.txt", letter("Jeanne", "12/03/1950", "Rien de plus.")).await;
    desk.choose_queue(&lea, &id, "courriers").await.unwrap();
    desk.file(&lea, &id, None).await.unwrap();
    let queue = |who: Actor| {
        let desk = desk.clone();
        async move { desk.bannettes(&who, Some("courriers")).await.unwrap() }
    };
    assert_eq!(queue(lea.clone()).await.items.len(), 1);

    let (a, b) = tokio::join!(desk.claim(&lea, &id), desk.claim(&luc, &id));
    assert!(a.is_ok() != b.is_ok(), "exactly one");
    let (winner, loser, told) = match (a, b) {
        (Ok(()), Err(e)) => (&lea, &luc, e),
        (Err(e), Ok(())) => (&luc, &lea, e),
        _ => unreachable!(),
    };
    let name = if winner.id == lea.id { "Léa ROUX" } else { "Luc BLANC" };
    assert_eq!(told.kind, ErrorKind::Conflict);
    assert!(told.cause.starts_with(name), "{}", told.cause);
    let seen = queue(loser.clone()).await;
    assert_eq!(seen.items[0].holder.as_ref().unwrap().0, name);
    assert!(!seen.items[0].may_claim && !seen.items[0].mine);
    // Who does not hold it gives nothing back and passes nothing on.
    assert!(desk.release(loser, &id).await.is_err());
    assert!(desk.pass_on(loser, &id, "queue:biologie", None).await.is_err());

    // Passed on with a note, taken back, passed on again, taken by the doctor, finished.
    desk.pass_on(winner, &id, &format!("person:{}", doctor.id), Some("à lire avant midi"))
        .await
        .unwrap();
    let mine = desk.bannettes(&doctor, None).await.unwrap();
    assert_eq!(mine.items[0].note.as_ref().unwrap().0, "à lire avant midi");
    desk.undo_move(winner, &id).await.unwrap();
    assert!(desk.bannettes(&doctor, None).await.unwrap().items.is_empty());
    assert!(queue(winner.clone()).await.items[0].mine);
    desk.release(winner, &id).await.unwrap();
    assert!(queue(loser.clone()).await.items[0].may_claim);

    // Somebody away is stood in for: what is passed on to them goes to who stands in.
    let today = desk.now().date().to_string();
    desk.add_absence(&doctor, &doctor.id, &today, &today, &luc.id).await.unwrap();
    desk.pass_on(&lea, &id, &format!("person:{}", doctor.id), None).await.unwrap();
    assert_eq!(desk.bannettes(&luc, None).await.unwrap().items.len(), 1);
    desk.finish_place(&luc, &id).await.unwrap();
    assert!(desk.bannettes(&luc, None).await.unwrap().items.is_empty());
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}
