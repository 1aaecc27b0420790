//! The timeline of a patient over documents really received and read: what is on it and for whom, what
//! an undo, a detaching and a mask take off it, what documents say differently and the answers to that.

use std::time::{Duration, Instant};

use relu_desk::view::timeline::{PairAnswer, TimelineKind, TimelineRequest, TimelineView};
use relu_desk::{Desk, ErrorKind};
use relu_record::{Actor, DocumentId, Kept, Role};

use super::support::{Letter, desk, doctor, masked_result, person, receive, secretary};

fn letter(date: &str, body: &str) -> Vec<u8> {
    Letter { name: "FLOCHLAY", first: "Ombeline", date, body, ..Letter::USUAL }.bytes()
}

/// A result that its source masks from professionals.
fn masked() -> Vec<u8> {
    masked_result("OBX|1|NM|2160-0^Créatinine^LN||97|umol/L|60-110|H|||F")
}

async fn filed(desk: &Desk, name: &str, bytes: Vec<u8>) -> DocumentId {
    let id = receive(desk, name, bytes).await;
    desk.file(&secretary(), &id, None).await.unwrap();
    id
}

async fn confirm(desk: &Desk, id: &DocumentId) {
    for section in desk.document(&doctor(), id).await.unwrap().facts {
        desk.decide_section(&doctor(), id, &section.key, true, None).await.unwrap();
    }
}

async fn patient(desk: &Desk) -> String {
    desk.find_patients("flochlay").await.unwrap().remove(0).id
}

async fn look(desk: &Desk, who: &Actor, asked: TimelineRequest) -> TimelineView {
    desk.timeline(who, &patient(desk).await, &asked).await.unwrap()
}

fn all() -> TimelineRequest {
    TimelineRequest::default()
}

fn count(view: &TimelineView, kind: TimelineKind) -> u64 {
    view.counts.iter().find(|(k, _)| *k == kind).map_or(0, |(_, n)| *n)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_is_on_it_and_what_is_taken_back_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let (secretary, doctor) = (secretary(), doctor());
    let first = letter(
        "03/02/2024",
        "Traitement : bisoprolol 2,5 mg le matin. Poids 71 kg. Hypertension artérielle.",
    );
    let one = filed(&desk, "un.txt", first).await;
    let second = letter("05/06/2025", "Traitement : bisoprolol 5 mg le matin. Poids 68 kg.");
    let two = filed(&desk, "deux.txt", second).await;

    // Filed and not confirmed: documents alone, newest first, by month, with who filed them.
    let view = look(&desk, &secretary, all()).await;
    let months: Vec<(u16, Option<u8>)> = view.groups.iter().map(|g| (g.year, g.month)).collect();
    assert_eq!(months, [(2025, Some(6)), (2024, Some(2))]);
    assert!(view.groups.iter().all(|g| g.entries.is_empty()));
    let shown = view.groups[0].document.as_ref().unwrap();
    assert!(shown.by.contains("AUBRAC") && shown.filed.is_some(), "{shown:?}");
    assert!(view.unconfirmed >= 5 && view.series.is_empty());

    // Asked for, what nobody confirmed is there and says so.
    let everything = TimelineRequest { unconfirmed: true, ..all() };
    let open = look(&desk, &secretary, everything).await;
    let facts = |v: &TimelineView| v.groups.iter().map(|g| g.entries.len()).sum::<usize>();
    assert_eq!(facts(&open) as u64, view.unconfirmed);
    assert!(open.groups.iter().flat_map(|g| &g.entries).all(|e| e.decision.is_none()));

    // Confirmed: on it, with who and the place of its words; values of two dates are a chart.
    confirm(&desk, &one).await;
    confirm(&desk, &two).await;
    let view = look(&desk, &doctor, all()).await;
    assert_eq!(view.unconfirmed, 0);
    let drugs = TimelineRequest { kind: Some(TimelineKind::Medicaments), ..all() };
    let drugs = look(&desk, &doctor, drugs).await;
    assert_eq!(facts(&drugs) as u64, count(&view, TimelineKind::Medicaments));
    let drug = &drugs.groups[0].entries[0];
    assert!(drug.in_text && drug.decision.is_some() && drug.words.contains("bisoprolol"));
    let chart = view.series.iter().find(|s| s.unit == "kg").unwrap();
    assert_eq!(chart.points.iter().map(|p| p.value).collect::<Vec<_>>(), [71.0, 68.0]);

    // A refused fact, an undone filing and a detached document leave it.
    let drug = drug.fact.clone();
    desk.refuse(&doctor, &two, &drug, None).await.unwrap();
    let after = look(&desk, &doctor, all()).await;
    assert_eq!(count(&after, TimelineKind::Medicaments), 1);
    desk.undo(&doctor, &two).await.unwrap();
    let after = look(&desk, &doctor, all()).await;
    assert_eq!(count(&after, TimelineKind::Medicaments), 2);
    desk.detach(&secretary, &two).await.unwrap();
    let after = look(&desk, &doctor, TimelineRequest { unconfirmed: true, ..all() }).await;
    assert_eq!(after.groups.len(), 1, "{:?}", after.groups);
    assert!(after.series.is_empty());

    // An administrator reads no document; whoever looks is in the ledger.
    let admin = person(Role::Administrateur);
    let refused = desk.timeline(&admin, &patient(&desk).await, &all()).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_is_there_for_doctors_alone() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    filed(&desk, "un.txt", letter("03/02/2026", "Créatinine : 88 µmol/L.")).await;
    let result = receive(&desk, "masque.hl7", masked()).await;
    let one = patient(&desk).await;
    desk.file(&doctor(), &result, Some(&one)).await.unwrap();
    confirm(&desk, &result).await;
    let (seen, hidden) =
        (look(&desk, &doctor(), all()).await, look(&desk, &secretary(), all()).await);
    assert_eq!((seen.groups.len(), hidden.groups.len()), (2, 1));
    assert!(seen.groups.iter().flat_map(|g| &g.document).any(|d| d.id == result && d.masked));
    assert_eq!(count(&seen, TimelineKind::Documents), 2);
    assert_eq!(count(&hidden, TimelineKind::Documents), 1);
    assert!(count(&seen, TimelineKind::Resultats) > count(&hidden, TimelineKind::Resultats));
    // As printed: value, reference and flag.
    let entries = seen.groups.iter().flat_map(|g| &g.entries);
    let printed = entries.filter_map(|e| e.value.as_deref()).find(|v| v.contains("60-110"));
    assert!(printed.is_some_and(|v| v.ends_with('H')), "{printed:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_documents_say_differently_is_answered_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let (secretary, doctor) = (secretary(), doctor());
    let old = letter("10/01/2024", "Arrêt de l'amlodipine. Allergie à la pénicilline.");
    let old = filed(&desk, "ancien.txt", old).await;
    let copied = "Pas d'allergie connue.\nTraitement : amlodipine 5 mg le matin.";
    let new = receive(&desk, "recopie.txt", letter("01/06/2024", copied)).await;

    // Before filing: compared with the known patient who is sure; nobody answers yet, filing goes on.
    let before = desk.document(&doctor, &new).await.unwrap();
    let rules: Vec<&str> = before.pairs.iter().map(|p| p.rule.as_str()).collect();
    assert_eq!(rules, ["CTR003", "CTR004"]);
    assert!(before.pairs.iter().all(|p| !p.may_decide && p.decision.is_none()));
    desk.file(&secretary, &new, None).await.unwrap();

    let open = desk.document(&doctor, &new).await.unwrap().pairs;
    assert_eq!(open.len(), 2);
    let (allergy, drug) = (&open[0], &open[1]);
    assert_eq!(drug.there.as_ref().unwrap().document, old);
    assert!(drug.may_decide && drug.here.words.contains("amlodipine"), "{drug:?}");
    assert_eq!(look(&desk, &doctor, all()).await.pairs.len(), 2);
    // The older document shows them too; each is answered on the later one.
    assert_eq!(desk.document(&doctor, &old).await.unwrap().pairs.len(), 2);

    let answer = async |who: &Actor, pair: &str, answer| {
        desk.answer_pair(who, &new, pair, answer, None).await
    };
    let refused = answer(&secretary, &drug.id, PairAnswer::Seen).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    answer(&doctor, &allergy.id, PairAnswer::Seen).await.unwrap();
    answer(&doctor, &drug.id, PairAnswer::Keep(Kept::There)).await.unwrap();
    assert!(look(&desk, &doctor, all()).await.pairs.is_empty());
    let answered = desk.document(&doctor, &new).await.unwrap().pairs;
    assert_eq!(answered.iter().filter(|p| p.decision.is_some()).count(), 2);

    // What was not kept is on the timeline as such, and the fact itself is as it was.
    let everything = TimelineRequest { unconfirmed: true, ..all() };
    let view = look(&desk, &doctor, everything).await;
    let aside: Vec<_> =
        view.groups.iter().flat_map(|g| &g.entries).filter(|e| e.set_aside).collect();
    assert!(aside.len() == 1 && aside[0].fact == drug.here.fact, "{aside:?}");

    // Taken back: by itself, and as the last act on the document.
    answer(&doctor, &allergy.id, PairAnswer::Reopen).await.unwrap();
    assert_eq!(look(&desk, &doctor, all()).await.pairs.len(), 1);
    assert!(desk.undo(&secretary, &new).await.is_err(), "a doctor's answer is the doctor's");
    desk.undo(&doctor, &new).await.unwrap();
    assert_eq!(look(&desk, &doctor, all()).await.pairs.len(), 2);

    // Detached from its patient, it is compared with nobody, and its answers fall.
    answer(&doctor, &allergy.id, PairAnswer::Seen).await.unwrap();
    desk.detach(&secretary, &new).await.unwrap();
    assert!(look(&desk, &doctor, all()).await.pairs.is_empty());
    assert!(desk.document(&doctor, &old).await.unwrap().pairs.is_empty());

    // Switched off, the function says nothing.
    desk.undo(&secretary, &new).await.unwrap();
    assert_eq!(desk.document(&doctor, &old).await.unwrap().pairs.len(), 2);
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}

/// Seconds that a patient of many documents may take, the first time and again; generous, since tests
/// are not optimised. The measured figures are printed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "reads 500 documents; run by hand: cargo test -p relu-cli --test it timeline -- --ignored"]
async fn five_hundred_documents_are_quick() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let bodies = [
        "Traitement : amlodipine 5 mg le matin, ramipril 5 mg, metformine 1000 mg. Poids 71 kg.",
        "Pas d'allergie connue. Gonarthrose droite. TA 132/78 mmHg. Créatinine : 88 µmol/L.",
        "Arrêt de l'amlodipine. Allergie à la pénicilline. HbA1c : 7,2 %. Poids 70 kg.",
        "Gonarthrose gauche. Traitement : amlodipine 10 mg le matin. Créatinine : 92 µmol/L.",
    ];
    let mut ids = Vec::new();
    for n in 0..500usize {
        let date = format!("{:02}/{:02}/{}", n % 28 + 1, n / 28 % 12 + 1, 2015 + n / 50);
        let body = format!("{} Consultation n° {n}.", bodies[n % bodies.len()]);
        ids.push(receive(&desk, &format!("{n}.txt"), letter(&date, &body)).await);
    }
    for id in &ids {
        desk.file(&secretary(), id, None).await.unwrap();
    }
    for asked in [all(), TimelineRequest { unconfirmed: true, page: 12, ..all() }, all()] {
        let began = Instant::now();
        let view = look(&desk, &doctor(), asked).await;
        let took = began.elapsed();
        eprintln!("timeline of 500 documents: {} ms, {} pairs", took.as_millis(), view.pairs.len());
        assert_eq!(count(&view, TimelineKind::Documents), 500);
        assert!(took < Duration::from_secs(5));
    }
    let began = Instant::now();
    desk.document(&doctor(), &ids[499]).await.unwrap();
    eprintln!("a document of that patient: {} ms", began.elapsed().as_millis());
    desk.close().await;
}
