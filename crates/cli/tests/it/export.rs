//! Exports without identities, over real documents read in real reader processes: persons who object
//! are left out at the first export and at a refresh, a leak blocks with its place shown, what a
//! person decides is what is written, and the archive verifies and names nobody.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use relu_desk::view::{CandidateVerdict, ExportForm, ExportView, OppositionForm};
use relu_desk::{Desk, ErrorKind, ExportId};
use relu_record::{DocumentId, Role};

use super::support::{Letter, desk, doctor, person, secretary, until_read};

/// Somebody who exists nowhere: two words of syllables, and a date of birth.
fn somebody(n: usize) -> (String, String, String) {
    const A: [&str; 6] = ["KER", "TRO", "BOU", "DEL", "VAN", "MOR"];
    const B: [&str; 6] = ["VEG", "GOU", "LAZ", "PEY", "BIX", "DRU"];
    const C: [&str; 6] = ["ANEC", "UETTE", "IERRE", "OSSE", "ADEL", "ILLY"];
    let part = |list: [&str; 6], n: usize| list[n % 6].to_owned();
    let name = part(A, n) + &part(B, n / 6) + &part(C, n / 36);
    let first = ["Jeanne", "Lucie", "Odile", "Marthe", "Irène"][n % 5].to_owned();
    (name, first, format!("{:02}/{:02}/{}", 1 + n % 28, 1 + n % 12, 1930 + n % 60))
}

fn letter(n: usize) -> Vec<u8> {
    let (name, first, born) = somebody(n);
    let body = format!(
        "J'ai revu Madame {name} en consultation de cardiologie. Elle ne se plaint pas de dyspnée. \
         La tension artérielle est à {}/78 mmHg.\nTraitement : bisoprolol 2,5 mg le matin.\n\n\
         Conclusion : hypertension artérielle équilibrée sous traitement. Nouvelle consultation \
         dans six mois pour Mme {name}.",
        100 + n
    );
    Letter { name: &name, first: &first, born: &born, body: &body, ..Letter::USUAL }.bytes()
}

/// Gives a letter in; it is read while the others come.
async fn receive(desk: &Desk, name: &str, bytes: Vec<u8>) -> DocumentId {
    desk.receive(&secretary(), name, bytes).await.unwrap().document
}

fn project() -> ExportForm {
    ExportForm {
        title: "Essai".into(),
        purpose: "Mesurer le suivi de l'hypertension".into(),
        legal_basis: "MR-004, engagement 0000000".into(),
        controller: "Cabinet d'essai".into(),
        recipients: "Équipe de recherche".into(),
        end_date: "2027-12-31".into(),
        approved_by: "Dr Aubrac".into(),
        policy: "masque".into(),
        ..ExportForm::default()
    }
}

async fn view(desk: &Desk, id: &ExportId) -> ExportView {
    desk.export_view(&doctor(), id, None).await.unwrap()
}

/// Waits until nothing is under way.
async fn settled(desk: &Desk, id: &ExportId) -> ExportView {
    for _ in 0..2400 {
        let now = view(desk, id).await;
        let busy = |s: &str| matches!(s, "a-preparer" | "a-verifier");
        if !now.working && !now.counts.iter().any(|(s, _)| busy(s)) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the export is still being worked on");
}

async fn review_all(desk: &Desk, id: &ExportId) -> ExportView {
    for line in settled(desk, id).await.documents {
        if matches!(line.state.as_str(), "a-relire" | "bloque") {
            desk.review_export_document(&doctor(), id, &line.id).await.unwrap();
        }
    }
    settled(desk, id).await
}

async fn write(desk: &Desk, id: &ExportId) -> ExportView {
    let ready = view(desk, id).await;
    assert_eq!(ready.state, "pret", "{:?}", ready.counts);
    desk.export_now(&doctor(), id, &ready.version).await.unwrap();
    let done = settled(desk, id).await;
    assert_eq!(done.state, "exporte", "{:?}", done.problem);
    done
}

/// The files of the archive, unpacked into a folder.
async fn unpack(desk: &Desk, id: &ExportId, to: &Path) -> Vec<(String, Vec<u8>)> {
    let (bytes, _) = desk.export_archive(&doctor(), id).await.unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    std::fs::create_dir_all(to).unwrap();
    (0..zip.len())
        .map(|n| {
            let mut file = zip.by_index(n).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            let name = file.name().unwrap().into_owned();
            std::fs::write(to.join(&name), &content).unwrap();
            (name, content)
        })
        .collect()
}

fn names_somebody(files: &[(String, Vec<u8>)], of: impl Iterator<Item = usize>) -> Option<String> {
    let all: Vec<String> = files
        .iter()
        .map(|(n, c)| format!("{n}\n{}", String::from_utf8_lossy(c)).to_uppercase())
        .collect();
    of.map(|n| somebody(n).0).find(|name| all.iter().any(|text| text.contains(name)))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_persons_three_object() {
    const PERSONS: usize = 200;
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let mut ids = Vec::new();
    for n in 0..PERSONS {
        ids.push(receive(&desk, &format!("{n}.txt"), letter(n)).await);
    }
    for id in &ids {
        until_read(&desk, id).await;
        desk.file(&secretary(), id, None).await.unwrap();
    }
    let object = async |n: usize| {
        let (birth_name, first_name, born) = somebody(n);
        let day: Vec<&str> = born.split('/').collect();
        let form = OppositionForm {
            birth_name: birth_name.to_lowercase(),
            first_name,
            birth_date: format!("{}-{}-{}", day[2], day[1], day[0]),
            ..OppositionForm::default()
        };
        desk.record_opposition(&secretary(), &form).await.unwrap();
    };
    for n in [7, 77, 177] {
        object(n).await;
    }
    let id = desk.create_export(&doctor(), &project()).await.unwrap();
    let first = settled(&desk, &id).await;
    assert_eq!((first.persons, first.opposed, first.unknown), (197, 3, 0), "{:?}", first.counts);
    assert_eq!(first.documents.len(), 197);

    // A sample of all of them stands for the whole only when the bound says so: 0 of 197 does not.
    desk.draw_sample(&doctor(), &id, 300).await.unwrap();
    let all = review_all(&desk, &id).await;
    let sample = all.sample.unwrap();
    assert_eq!((sample.drawn, sample.read, sample.leaks), (197, 197, 0));
    assert!((0.0150..0.0152).contains(&sample.bound), "{}", sample.bound);
    let done = write(&desk, &id).await;
    assert_eq!((done.written[0].persons, done.written[0].documents), (197, 197));
    let files = unpack(&desk, &id, &dir.path().join("premier")).await;
    assert_eq!(files.iter().filter(|(n, _)| n.ends_with(".txt")).count(), 197);
    assert_eq!(names_somebody(&files, 0..PERSONS), None);
    let public = dir.path().join("data.proof.jwk.pub");
    let folder = dir.path().join("premier");
    let proof = relu_desk::deid::proof::verify(&folder, &public).unwrap();
    assert!(proof.signed && proof.intact, "{:?}", proof.problems);
    assert_eq!(proof.files, 197);
    std::fs::write(folder.join("report.jsonl"), "autre chose").unwrap();
    assert!(!relu_desk::deid::proof::verify(&folder, &public).unwrap().intact);

    // A refresh leaves them out again; one who objects since goes too.
    desk.refresh_export(&doctor(), &id).await.unwrap();
    let again = settled(&desk, &id).await;
    assert_eq!((again.persons, again.opposed), (197, 3));
    assert_eq!(again.state, "pret", "what was looked at stays so: {:?}", again.counts);
    let version = again.version.clone();
    object(100).await;
    let refused = desk.export_now(&doctor(), &id, &version).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Conflict, "{refused}");
    let fewer = settled(&desk, &id).await;
    assert_eq!((fewer.persons, fewer.opposed), (196, 4));
    write(&desk, &id).await;
    let files = unpack(&desk, &id, &dir.path().join("second")).await;
    assert_eq!(files.iter().filter(|(n, _)| n.ends_with(".txt")).count(), 196);
    let check = desk.verify_ledger().await.unwrap();
    assert!(check.ok, "{:?}", check.problem);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_blocks_and_what_a_person_decides_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path()).await;
    let mut ids = Vec::new();
    for n in 0..3 {
        let id = receive(&desk, &format!("{n}.txt"), letter(n)).await;
        until_read(&desk, &id).await;
        desk.file(&secretary(), &id, None).await.unwrap();
        ids.push(id);
    }
    // Who may: a secretary neither reviews nor exports, an administrator reads no document.
    let refused = desk.create_export(&secretary(), &project()).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    let no_purpose = ExportForm { purpose: " ".into(), ..project() };
    let refused = desk.create_export(&doctor(), &no_purpose).await.unwrap_err();
    assert_eq!((refused.kind, refused.cause.as_str()), (ErrorKind::User, "indiquez la finalité"));
    let substitution = ExportForm { policy: "substitution".into(), ..project() };
    let id = desk.create_export(&doctor(), &substitution).await.unwrap();
    settled(&desk, &id).await;
    let admin = person(Role::Administrateur);
    let seen = desk.export_view(&admin, &id, Some(&ids[0])).await.unwrap();
    assert!(seen.shown.is_none() && seen.documents.is_empty() && seen.persons == 3);
    assert!(desk.export_now(&doctor(), &id, "").await.is_err(), "nothing was looked at");

    // A name of the patient's identity cannot be released.
    let (name, ..) = somebody(0);
    let shown = async |id: &ExportId, d: &DocumentId| {
        desk.export_view(&doctor(), id, Some(d)).await.unwrap().shown.unwrap()
    };
    let before = shown(&id, &ids[0]).await;
    let of_patient: Vec<_> = before.candidates.iter().filter(|c| c.words == name).collect();
    assert!(of_patient.len() >= 3 && of_patient.iter().all(|c| c.masked), "{}", of_patient.len());
    let release = CandidateVerdict::Release;
    let known = of_patient[1].id.clone();
    let refused =
        desk.decide_candidate(&doctor(), &id, &ids[0], &known, &release).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::User, "the patient's own name is nobody's to release");
    // The doctor's name, masked above and released below, is found again: it blocks, with its place.
    let of_doctor: Vec<_> = before.candidates.iter().filter(|c| c.words == "AUBRAC").collect();
    assert_eq!(of_doctor.len(), 2);
    let (name, leak) = ("AUBRAC", of_doctor[1].clone());
    desk.decide_candidate(&doctor(), &id, &ids[0], &leak.id, &CandidateVerdict::Release)
        .await
        .unwrap();
    let blocked = review_all(&desk, &id).await;
    assert_eq!(blocked.state, "bloque");
    let here = shown(&id, &ids[0]).await;
    let left: Vec<_> = here.left.iter().filter(|l| l.sure).collect();
    assert_eq!(left.len(), 1, "exactly where it is");
    assert_eq!((left[0].span, left[0].words.as_deref()), (Some(leak.span), Some(name)));
    let refused = desk.export_now(&doctor(), &id, &blocked.version).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Conflict);

    // Taken back by undo, released again, masked by hand.
    desk.undo_in_export(&doctor(), &id, &ids[0]).await.unwrap();
    desk.undo_in_export(&doctor(), &id, &ids[0]).await.unwrap();
    settled(&desk, &id).await;
    assert!(shown(&id, &ids[0]).await.candidates.iter().all(|c| c.masked || c.words != name));
    desk.decide_candidate(&doctor(), &id, &ids[0], &leak.id, &CandidateVerdict::Release)
        .await
        .unwrap();
    desk.decide_candidate(&doctor(), &id, &ids[0], &leak.id, &CandidateVerdict::Mask)
        .await
        .unwrap();

    // A word masked everywhere, from the first document, and taken back.
    let word = "hypertension";
    desk.mask_everywhere(&doctor(), &id, &ids[0], None, word, "NOM").await.unwrap();
    settled(&desk, &id).await;
    let masked = async |d: &DocumentId| {
        shown(&id, d).await.candidates.iter().filter(|c| c.masked && c.words == word).count()
    };
    for d in &ids {
        assert_eq!(masked(d).await, 1, "in every document");
    }
    desk.undo_in_export(&doctor(), &id, &ids[0]).await.unwrap();
    settled(&desk, &id).await;
    assert_eq!(masked(&ids[2]).await, 0);

    // A passage the finder let through, where it was selected.
    let text = shown(&id, &ids[1]).await.text;
    let at = text.find("bisoprolol").unwrap();
    let places =
        desk.add_passage(&doctor(), &id, &ids[1], "bisoprolol", Some(at), "NOM").await.unwrap();
    assert_eq!(places, 1);
    desk.draw_sample(&doctor(), &id, 3).await.unwrap();
    let ready = review_all(&desk, &id).await;
    assert_eq!(ready.state, "pret", "{:?}", ready.counts);
    assert_eq!(ready.sample.unwrap().leaks, 1, "what a person had to add is a leak");

    // A decision holds for exactly the version it was taken on.
    let other = desk.export_now(&doctor(), &id, &"0".repeat(64)).await.unwrap_err();
    assert_eq!(other.kind, ErrorKind::Conflict);
    write(&desk, &id).await;
    let files = unpack(&desk, &id, &dir.path().join("ouvert")).await;
    assert_eq!(names_somebody(&files, 0..3), None);
    let texts: Vec<String> = files
        .iter()
        .filter(|(n, _)| n.ends_with(".txt"))
        .map(|(_, c)| String::from_utf8(c.clone()).unwrap())
        .collect();
    assert_eq!(texts.iter().filter(|t| t.contains("bisoprolol")).count(), 2);
    assert!(texts.iter().all(|t| t.contains("hypertension")));
    // The same doctor has one stand-in in the three letters, and it is not her name.
    let signed = |t: &String| t.trim_end().lines().last().unwrap().to_owned();
    let signatures: BTreeSet<String> = texts.iter().map(signed).collect();
    assert_eq!(signatures.len(), 1, "{signatures:?}");
    assert!(!signatures.iter().any(|s| s.contains("AUBRAC")));

    // The key goes: nothing changes any more, nothing tells what stood where, the archive stays.
    assert_eq!(
        desk.destroy_export_key(&secretary(), &id).await.unwrap_err().kind,
        ErrorKind::Forbidden
    );
    desk.destroy_export_key(&admin, &id).await.unwrap();
    let gone = view(&desk, &id).await;
    assert!(gone.key_destroyed.is_some() && gone.shown.is_none() && gone.may_download);
    let refused = desk.refresh_export(&doctor(), &id).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Conflict);
    assert!(desk.export_archive(&doctor(), &id).await.is_ok());
    let check = desk.verify_ledger().await.unwrap();
    assert!(check.ok, "{:?}", check.problem);
    desk.close().await;
}
