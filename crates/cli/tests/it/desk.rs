//! The use cases on real documents, read in real reader processes: who may decide what, what filing
//! does, and that everything can be taken back.

use std::time::Duration;

use relu_desk::view::{DocumentView, ListFilter, ProposalView};
use relu_desk::{BulkAct, BulkSeen, BulkTarget, Desk, ErrorKind};
use relu_record::{Actor, DocumentId, DocumentState, Format, Role, ValueKind};

use super::support::{Letter, desk, doctor, person, receive, secretary};

fn letter(name: &str, first: &str, born: &str, ins: &str) -> Vec<u8> {
    Letter { name, first, born, more: ins, ..Letter::USUAL }.bytes()
}

async fn view(desk: &Desk, who: &Actor, id: &DocumentId) -> DocumentView {
    desk.document(who, id).await.unwrap()
}

async fn state(desk: &Desk, id: &DocumentId) -> DocumentState {
    view(desk, &secretary(), id).await.item.state
}

fn proposal(view: &DocumentView, kind: ValueKind) -> &ProposalView {
    view.filing.iter().find(|p| p.kind == kind).unwrap_or_else(|| panic!("no {kind:?} proposed"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secretary_files_a_doctor_sees_and_everything_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let (secretary, doctor) = (secretary(), doctor());
    let id = receive(&desk, "lettre.txt", letter("ÉPREUVE", "Jeanne", "12/03/1950", "")).await;
    assert_eq!(state(&desk, &id).await, DocumentState::AClasser);
    let before = view(&desk, &secretary, &id).await;
    assert!(before.rights.filing && !before.rights.facts && !before.rights.visa);

    // A correction is what gets filed and what is found by name afterwards.
    let patient = proposal(&before, ValueKind::Patient).id.clone();
    let corrected = [("birth_name".to_owned(), "ESSAI".to_owned())];
    desk.edit(&secretary, &id, &patient, &corrected, Some("faute de frappe")).await.unwrap();
    desk.file(&secretary, &id, None).await.unwrap();
    assert_eq!(state(&desk, &id).await, DocumentState::AViser);
    assert_eq!(desk.find_patients("essa").await.unwrap().len(), 1);
    assert!(desk.find_patients("épreuve").await.unwrap().is_empty());
    let found = |query: &str| ListFilter {
        state: Some(DocumentState::AViser),
        query: query.to_owned(),
        ..ListFilter::default()
    };
    assert_eq!(desk.inbox(&secretary, &found("Essa")).await.unwrap().total, 1);
    assert_eq!(desk.inbox(&secretary, &found("Epreu")).await.unwrap().total, 0);

    // The visa is the doctor's.
    let refused = desk.visa(&secretary, &id, false).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    desk.visa(&doctor, &id, false).await.unwrap();
    assert_eq!(state(&desk, &id).await, DocumentState::Vu);

    // Back step by step: visa, filing, correction.
    desk.undo(&doctor, &id).await.unwrap();
    assert_eq!(state(&desk, &id).await, DocumentState::AViser);
    desk.undo(&secretary, &id).await.unwrap();
    assert_eq!(state(&desk, &id).await, DocumentState::AClasser);
    assert!(
        proposal(&view(&desk, &secretary, &id).await, ValueKind::Patient).display.contains("ESSAI")
    );
    desk.undo(&secretary, &id).await.unwrap();
    let after = view(&desk, &secretary, &id).await;
    assert!(proposal(&after, ValueKind::Patient).display.contains("ÉPREUVE"));
    assert!(after.filing.iter().all(|p| p.decision.is_none()));
    assert_eq!(desk.undo(&secretary, &id).await.unwrap_err().kind, ErrorKind::Conflict);
    assert!(after.history.len() > 10, "every step is told");
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clinical_facts_are_the_doctors() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let id = receive(&desk, "lettre.txt", letter("ÉPREUVE", "Jeanne", "12/03/1950", "")).await;
    let seen = view(&desk, &secretary(), &id).await;
    assert!(!seen.facts.is_empty(), "facts are proposed");
    let fact = &seen.facts[0].facts[0];
    assert!(!fact.may_decide);
    for refused in [
        desk.accept(&secretary(), &id, &fact.id).await.unwrap_err(),
        desk.decide_section(&secretary(), &id, &seen.facts[0].key, true, None).await.unwrap_err(),
    ] {
        assert_eq!(refused.kind, ErrorKind::Forbidden);
    }
    let decided =
        desk.decide_section(&doctor(), &id, &seen.facts[0].key, true, None).await.unwrap();
    assert_eq!(decided, seen.facts[0].facts.len());
    // A secretary does not take back what a doctor decided.
    assert_eq!(desk.undo(&secretary(), &id).await.unwrap_err().kind, ErrorKind::Forbidden);
    desk.undo(&doctor(), &id).await.unwrap();
    let again = view(&desk, &doctor(), &id).await;
    assert!(again.facts[0].facts.iter().all(|f| f.decision.is_none()));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_patient_is_recorded_once_and_doubt_goes_to_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let who = secretary();
    let ins = "INS : 2 50 03 59 350 112 37";
    let first = receive(&desk, "a.txt", letter("ÉPREUVE", "Jeanne", "12/03/1950", ins)).await;
    let second = receive(&desk, "b.txt", letter("EPREUVE", "JEANNE", "12/03/1950", "")).await;
    desk.file(&who, &first, None).await.unwrap();
    desk.file(&who, &second, None).await.unwrap();
    assert_eq!(desk.find_patients("epreuve").await.unwrap().len(), 1, "the same person, once");

    // Another birth date is another person until somebody says otherwise: both are shown side by
    // side, and none is chosen.
    let homonym = receive(&desk, "c.txt", letter("EPREUVE", "JEANNE", "13/03/1950", "")).await;
    assert_eq!(state(&desk, &homonym).await, DocumentState::ARattacher);
    let offered = view(&desk, &who, &homonym).await.patients;
    assert_eq!(offered.len(), 1, "the homonym is offered for comparison");
    assert!(!offered[0].sure);
    let differs: Vec<_> = offered[0].compared.iter().filter(|c| !c.agrees).collect();
    assert_eq!(differs.len(), 1);
    assert_eq!(
        (differs[0].given.as_str(), differs[0].known.as_str()),
        ("13/03/1950", "12/03/1950")
    );
    let refused = desk.file(&who, &homonym, None).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Conflict, "a person compares first");
    desk.file(&who, &homonym, Some(relu_desk::NEW_PATIENT)).await.unwrap();
    assert_eq!(desk.find_patients("epreuve").await.unwrap().len(), 2);

    // The same bytes again are the same document.
    let again =
        desk.receive(&who, "copie.txt", letter("EPREUVE", "JEANNE", "13/03/1950", "")).await;
    let again = again.unwrap();
    assert!(again.duplicate && again.document == homonym);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quarantine_can_be_retried_and_a_switched_off_function_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let broken = receive(&desk, "coupé.pdf", b"%PDF-1.4\n1 0 obj\n<<".to_vec()).await;
    let seen = view(&desk, &secretary(), &broken).await;
    assert_eq!(seen.item.state, DocumentState::Quarantaine);
    assert!(seen.item.refusal.is_some() && seen.rights.retry);
    let (original, _, name) = desk.original(&secretary(), &broken).await.unwrap();
    assert_eq!((original.as_slice(), name.as_str()), (&b"%PDF-1.4\n1 0 obj\n<<"[..], "coupé.pdf"));
    desk.retry(&secretary(), &broken).await.unwrap();
    for _ in 0..100 {
        if state(&desk, &broken).await == DocumentState::Quarantaine {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(state(&desk, &broken).await, DocumentState::Quarantaine, "still broken, still kept");

    let admin = person(Role::Administrateur);
    let refused = desk.switch_function(&secretary(), "summarise", false, None).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    desk.switch_function(&admin, "summarise", false, Some("Dr Responsable")).await.unwrap();
    let id = receive(&desk, "lettre.txt", letter("ÉPREUVE", "Jeanne", "12/03/1950", "")).await;
    let seen = view(&desk, &doctor(), &id).await;
    assert_eq!(seen.item.state, DocumentState::AClasser);
    assert!(seen.summary.is_empty() && seen.switched_off.len() == 1);
    desk.file(&doctor(), &id, None).await.unwrap();
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_two_patients_waits_until_a_person_names_one() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let mut both = letter("ÉPREUVE", "Jeanne", "12/03/1950", "");
    both.extend_from_slice(b"\n\n");
    both.extend(letter("MODÈLE", "Sophie", "04/11/1961", ""));
    let id = receive(&desk, "deux.txt", both).await;
    assert_eq!(state(&desk, &id).await, DocumentState::ASeparer);
    assert!(desk.file(&secretary(), &id, None).await.is_err(), "nobody has said which patient");
    let named: Vec<(String, String)> =
        [("birth_name", "MODÈLE"), ("first_name", "Sophie"), ("birth_date", "1961-11-04")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
    desk.state_value(&secretary(), &id, ValueKind::Patient, &named).await.unwrap();
    desk.file(&secretary(), &id, None).await.unwrap();
    assert_eq!(state(&desk, &id).await, DocumentState::AViser);
    assert_eq!(desk.find_patients("modele").await.unwrap().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_filed_is_what_was_decided() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let who = secretary();
    let ins = "INS : 2 50 03 59 350 112 37";
    let first = receive(&desk, "a.txt", letter("MODÈLE", "Sophie", "04/11/1961", "")).await;
    desk.file(&who, &first, None).await.unwrap();
    let known = desk.find_patients("modele").await.unwrap().remove(0).id;

    // The patient picked is the one decided, in the list too.
    let second = receive(&desk, "b.txt", letter("ÉPREUVE", "Jeanne", "12/03/1950", ins)).await;
    desk.file(&who, &second, Some(&known)).await.unwrap();
    let seen = view(&desk, &who, &second).await;
    assert!(seen.item.patient.as_deref().unwrap_or_default().contains("MODÈLE"));
    assert!(desk.find_patients("epreuve").await.unwrap().is_empty());

    // Once filed, the filing is not decided again: it is undone first.
    let patient = proposal(&seen, ValueKind::Patient);
    assert!(!patient.may_decide);
    assert_eq!(
        desk.accept(&who, &second, &patient.id).await.unwrap_err().kind,
        ErrorKind::Conflict
    );

    // Seen, then to act: one undo brings it back to waiting, a second takes the filing back.
    desk.visa(&doctor(), &second, false).await.unwrap();
    desk.visa(&doctor(), &second, true).await.unwrap();
    desk.undo(&doctor(), &second).await.unwrap();
    assert_eq!(state(&desk, &second).await, DocumentState::AViser);
    desk.undo(&who, &second).await.unwrap();
    let seen = view(&desk, &who, &second).await;
    assert_eq!(seen.item.state, DocumentState::AClasser);

    // Other traits are another person: the number of the first does not follow.
    let patient = proposal(&seen, ValueKind::Patient);
    let numbers = |p: &ProposalView| p.details.iter().any(|(label, _)| label == "INS");
    assert!(numbers(patient), "the INS is proposed");
    let other = [("first_name".to_owned(), "Marie".to_owned())];
    desk.edit(&who, &second, &patient.id, &other, None).await.unwrap();
    assert!(!numbers(proposal(&view(&desk, &who, &second).await, ValueKind::Patient)));
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_does_what_was_shown_and_leaves_what_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let (secretary, doctor) = (secretary(), doctor());
    let mut ids = Vec::new();
    for (n, (name, first, born)) in [
        ("VERLAC", "Odette", "12/03/1950"),
        ("VERLAC", "Odette", "12/03/1950"),
        ("BRUSTEAU", "Inès", "04/11/1972"),
        ("MANDRIEU", "Lise", "21/07/1984"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut bytes = letter(name, first, born, "");
        bytes.extend(format!("Page {n}\n").bytes());
        ids.push(receive(&desk, &format!("{n}.txt"), bytes).await);
    }
    let shown = desk.preview_bulk(&secretary, BulkAct::Classer, &ids).await.unwrap();
    assert!(shown.iter().all(|l| l.target == Some(BulkTarget::New)), "{shown:?}");
    let seen: Vec<BulkSeen> = shown
        .iter()
        .filter_map(|l| {
            Some(BulkSeen { id: l.item.id.clone(), version: l.version, target: l.target.clone()? })
        })
        .collect();

    // Somebody else files the last one meanwhile: the lot leaves it.
    desk.file(&doctor, &ids[3], None).await.unwrap();
    let done = desk.do_bulk(&secretary, BulkAct::Classer, &seen).await.unwrap();
    assert_eq!(done.done, ids[..3]);
    assert_eq!(done.left.len(), 1);
    assert_eq!(desk.find_patients("VERLAC").await.unwrap().len(), 1, "recorded once");

    // A visa since is somebody else's act: undo of the lot leaves that document.
    desk.visa(&doctor, &ids[2], false).await.unwrap();
    let undone = desk.undo_bulk(&secretary, BulkAct::Classer, &done.done).await.unwrap();
    assert_eq!(undone.done, ids[..2]);
    for id in &ids[..2] {
        assert_eq!(state(&desk, id).await, DocumentState::AClasser);
    }
    assert_eq!(state(&desk, &ids[2]).await, DocumentState::Vu);

    // The lot of visas is the doctor's alone.
    desk.file(&secretary, &ids[0], None).await.unwrap();
    let refused = desk.preview_bulk(&secretary, BulkAct::Viser, &ids[..1]).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    let lines = desk.preview_bulk(&doctor, BulkAct::Viser, &ids).await.unwrap();
    let ready = lines.iter().filter(|l| l.target == Some(BulkTarget::Here)).count();
    assert_eq!(ready, 2, "one filed by the secretary, one by the doctor: {lines:?}");
    desk.close().await;
}

/// A document message: its event, its own number, the number of the one it replaces.
fn document_message(event: &str, number: &str, parent: &str, day: &str) -> Vec<u8> {
    let parent = match parent {
        "" => String::new(),
        id => format!("{id}^^1.2.250.9^ISO"),
    };
    [
        format!("MSH|^~\\&|A|HOPITAL|B|C|{day}||MDM^{event}^MDM_T02|M{number}{day}|P|2.6|||||FRA|UNICODE UTF-8"),
        "PID|||9^^^A^PI||LEFORT-ESSAI^LEA^^^^^L||19850517|F".to_owned(),
        format!("TXA|1|11488-4|TEXT|{day}||||EXEMPLE^^||||{number}^^1.2.250.9^ISO|{parent}||||LA"),
        format!("OBX|1|TX|11488-4^CR de consultation^LN||Consultation du {day}, message {number}.||||||F"),
    ]
    .join("\r")
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_version_says_so_whatever_came_first() {
    let first = document_message("T02", "D-1", "", "20240310");
    let second = document_message("T10", "D-2", "D-1", "20240312");
    let cancel = document_message("T04", "D-3", "D-2", "20240315");
    for backwards in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path()).await;
        let mut sent =
            [("1.hl7", first.clone()), ("2.hl7", second.clone()), ("3.hl7", cancel.clone())];
        if backwards {
            sent.reverse();
        }
        let mut ids = Vec::new();
        for (name, bytes) in sent {
            ids.push(receive(&desk, name, bytes).await);
        }
        if backwards {
            ids.reverse();
        }
        let who = secretary();
        let (one, two, three) = (
            view(&desk, &who, &ids[0]).await,
            view(&desk, &who, &ids[1]).await,
            view(&desk, &who, &ids[2]).await,
        );
        // Each link is told from both sides.
        let told = |v: &DocumentView| -> Vec<(String, bool, String)> {
            v.versions.iter().map(|l| (l.id.0.clone(), l.later, l.what.clone())).collect()
        };
        assert_eq!(told(&one).len(), 1, "{:?}", told(&one));
        assert_eq!((&one.versions[0].id, one.versions[0].later), (&ids[1], true));
        assert_eq!(one.versions[0].what, "Remplacé par celui du 12/03/2024");
        assert_eq!(two.versions.len(), 2);
        let of = |id: &DocumentId| two.versions.iter().find(|l| l.id == *id).unwrap();
        assert!(!of(&ids[0]).later && of(&ids[0]).what.starts_with("Remplace "));
        assert!(of(&ids[2]).later && of(&ids[2]).what.starts_with("Annulé par son émetteur"));
        assert_eq!((&three.versions[0].id, three.versions[0].later), (&ids[1], false));
        assert!(three.versions[0].what.starts_with("Annule "));
        // Nothing was closed or dropped: the earlier ones stay readable and wait for a person.
        for v in [&one, &two, &three] {
            assert_ne!(v.item.state, DocumentState::Clos);
            assert!(v.text.contains("Consultation du"));
        }
        assert!(three.item.checks.iter().any(|c| c.code == "hl7-deletion"));
        desk.close().await;
    }
}

/// A report that comes in a CDA of level 1, a message, a mail or an archive, or in one inside another,
/// asks for one decision: what only carries it is closed by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_in_several_envelopes_is_one_document_to_file() {
    let carried = [Format::CdaN1, Format::CdaN3, Format::Hl7v2, Format::Mail, Format::Xdm];
    let documents = relu_synth::demo(1)
        .into_iter()
        .filter(|d| carried.contains(&d.truth.format) && d.truth.expected_status == "proposed");
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let mut received = 0;
    for d in documents {
        receive(&desk, &d.name, d.bytes).await;
        received += 1;
        let inbox = desk.inbox(&secretary(), &ListFilter::default()).await.unwrap();
        let open = inbox.counts.iter().filter(|(state, _)| *state != DocumentState::Clos);
        let open: u64 = open.map(|(_, n)| n).sum();
        assert_eq!(open, received, "{} is not one document", d.name);
    }
    assert!(received >= 10, "{received}");
    desk.close().await;
}
