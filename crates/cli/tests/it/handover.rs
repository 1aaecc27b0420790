//! Documents handed to other software: what a decision queues, what arrives, what is taken back, what
//! a person sees when the other side says no.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relu_desk::view::DeliveryView;
use relu_desk::{DeliveryState, Desk, Destinations, NEW_PATIENT};
use relu_formats::write::hl7v2::{Ack, read_ack, write_ack};
use relu_record::DocumentId;

use super::support::{Letter, open_desk, receive, secretary};

async fn desk(dir: &Path, destinations: &str) -> Desk {
    open_desk(dir, |s| s.destinations = Destinations::parse(destinations).unwrap()).await
}

/// Receives a letter and files it.
async fn filed(desk: &Desk, name: &str) -> DocumentId {
    let body = "J'ai revu votre patiente. Tension à 132/78 mmHg.";
    let letter = Letter { name, first: "Ombeline", body, ..Letter::USUAL };
    let id = receive(desk, "lettre.txt", letter.bytes()).await;
    desk.file(&secretary(), &id, Some(NEW_PATIENT)).await.unwrap();
    id
}

/// The deliveries of a document once the last of them stands so.
async fn until(
    desk: &Desk,
    id: &DocumentId,
    count: usize,
    state: DeliveryState,
) -> Vec<DeliveryView> {
    for _ in 0..800 {
        let all = desk.deliveries_of(&secretary(), id).await.unwrap();
        if all.len() == count && all.last().is_some_and(|d| d.state == state) {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!(
        "{:?}",
        desk.deliveries_of(&secretary(), id)
            .await
            .unwrap()
            .iter()
            .map(|d| (d.state, &d.reason))
            .collect::<Vec<_>>()
    );
}

fn visible(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|n| !n.starts_with(".relu-"))
        .collect();
    names.sort();
    names
}

fn folder_destination(folder: &Path, kind: &str, more: &str) -> String {
    format!(
        "[[destination]]\nname = \"{kind}\"\nlabel = \"Logiciel {kind}\"\nkind = \"{kind}\"\n\
         folder = \"{}\"\nwhen = \"classe\"\ndelay_s = 0\n{more}\n",
        folder.display()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn filing_hands_over_once_and_undoing_takes_back() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("sortie");
    std::fs::create_dir(&out).unwrap();
    let set = folder_destination(&out, "hl7v2", "file = \"{nom}_{id}\"");
    let desk = desk(dir.path(), &set).await;
    let id = filed(&desk, "QUELLEC").await;
    let first = until(&desk, &id, 1, DeliveryState::Delivered).await;
    let names = visible(&out);
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("QUELLEC_") && names[0].ends_with(".hl7"), "{names:?}");
    let message = std::fs::read_to_string(out.join(&names[0])).unwrap();
    assert!(message.contains("MDM^T02") && message.contains("QUELLEC^Ombeline"));
    assert!(message.contains("132/78 mmHg"));

    // Asking again changes nothing; undoing recalls; filing again is a new document there.
    assert!(desk.hand_over(&secretary(), &id, "hl7v2").await.is_err(), "it is there");
    desk.undo(&secretary(), &id).await.unwrap();
    let all = until(&desk, &id, 2, DeliveryState::Delivered).await;
    assert!(all[1].recall);
    let recall = visible(&out).into_iter().find(|n| !names.contains(n)).unwrap();
    let recall = std::fs::read_to_string(out.join(recall)).unwrap();
    assert!(recall.contains("MDM^T04") && recall.contains("QUELLEC"), "{recall}");
    desk.file(&secretary(), &id, None).await.unwrap();
    until(&desk, &id, 3, DeliveryState::Delivered).await;
    assert_eq!(visible(&out).len(), 3);
    assert_eq!(first[0].document.id, id);
    let hidden = std::fs::read_dir(&out).unwrap().count();
    assert_eq!(hidden, 3, "nothing hidden is left");
    assert!(desk.verify_ledger().await.unwrap().ok);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_format_that_cannot_say_it_sends_it_to_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let (hprim, sheet) = (dir.path().join("hprim"), dir.path().join("pdf"));
    std::fs::create_dir(&hprim).unwrap();
    std::fs::create_dir(&sheet).unwrap();
    let set = folder_destination(&hprim, "hprim", "flag = \"OK\"")
        + &folder_destination(&sheet, "folder", "pdf_only = true");
    let desk = desk(dir.path(), &set).await;
    let id = filed(&desk, "KERBRAT").await;
    for _ in 0..200 {
        let all = desk.deliveries_of(&secretary(), &id).await.unwrap();
        if all.iter().all(|d| d.state != DeliveryState::Pending && d.state != DeliveryState::Staged)
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let all = desk.deliveries_of(&secretary(), &id).await.unwrap();
    let of = |label: &str| all.iter().find(|d| d.destination == label).unwrap();
    assert_eq!(of("Logiciel hprim").state, DeliveryState::Delivered);
    let names = visible(&hprim);
    assert!(names[0].ends_with(".OK") && names[1].ends_with(".hpr"), "{names:?}");
    let refused = of("Logiciel folder");
    assert_eq!(refused.state, DeliveryState::Refused);
    assert!(refused.reason.as_deref().unwrap().contains("que des PDF"));
    assert!(visible(&sheet).is_empty());
    desk.cancel_delivery(&secretary(), &refused.id).await.unwrap();

    desk.undo(&secretary(), &id).await.unwrap();
    let all = until(&desk, &id, 3, DeliveryState::Refused).await;
    assert!(all[2].recall && all[2].reason.as_deref().unwrap().contains("à la main"));
    let page = desk.deliveries(&secretary(), Some(DeliveryState::Refused), None, 0).await.unwrap();
    assert_eq!(page.items.len(), 1);
    desk.close().await;
}

/// A receiver that answers each message in turn with one of the verdicts, and keeps what it was sent.
fn receiver(verdicts: Vec<Option<Ack>>) -> (SocketAddr, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&kept);
    std::thread::spawn(move || {
        for verdict in verdicts {
            let (mut stream, _) = listener.accept().unwrap();
            let mut all = Vec::new();
            let mut buffer = [0; 4096];
            while !all.contains(&0x1c) {
                let n = stream.read(&mut buffer).unwrap();
                all.extend_from_slice(&buffer[..n]);
                if n == 0 {
                    break;
                }
            }
            let message: Vec<u8> = all.into_iter().filter(|b| !matches!(b, 0x0b | 0x1c)).collect();
            if let Some(ack) = verdict {
                let text = if ack == Ack::Accept { "" } else { "patient inconnu" };
                let answer = write_ack(&message, ack, "1", relu_record::Instant(0), text);
                let framed = [&[0x0b][..], &answer, &[0x1c, 0x0d]].concat();
                stream.write_all(&framed).unwrap();
            }
            sink.lock().unwrap().push(message);
        }
    });
    (address, kept)
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_over_a_connection_under_one_number() {
    let dir = tempfile::tempdir().unwrap();
    // Refused, tried again by a person, cut off before the answer, then accepted.
    let (address, kept) = receiver(vec![Some(Ack::Error), None, Some(Ack::Accept)]);
    let set = format!(
        "[[destination]]\nname = \"sih\"\nlabel = \"SIH\"\nkind = \"hl7v2\"\naddress = \"{address}\"\n\
         message = \"oru\"\nwhen = \"classe\"\ndelay_s = 0\ntimeout_s = 2\n"
    );
    let desk = desk(dir.path(), &set).await;
    let id = filed(&desk, "LE GALL").await;
    let all = until(&desk, &id, 1, DeliveryState::Refused).await;
    assert_eq!(all[0].words, "patient inconnu");
    desk.retry_delivery(&secretary(), &all[0].id).await.unwrap();
    until(&desk, &id, 1, DeliveryState::Delivered).await;
    let kept = kept.lock().unwrap().clone();
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|m| *m == kept[0]), "the same bytes each time");
    assert!(read_ack(&kept[0]).is_none());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_folder_leaves_when_it_is_back_and_can_be_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("partage");
    let set = folder_destination(&out, "fhir", "");
    let waiting = desk(dir.path(), &set).await;
    let (a, b) = (filed(&waiting, "ABGRALL").await, filed(&waiting, "BERTHOU").await);
    for id in [&a, &b] {
        for _ in 0..200 {
            let all = waiting.deliveries_of(&secretary(), id).await.unwrap();
            if all[0].reason.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let all = waiting.deliveries_of(&secretary(), &a).await.unwrap();
    assert!(all[0].reason.as_deref().unwrap().contains("introuvable"));
    waiting.cancel_delivery(&secretary(), &all[0].id).await.unwrap();
    std::fs::create_dir(&out).unwrap();
    let all = until(&waiting, &b, 1, DeliveryState::Delivered).await;
    assert_eq!(visible(&out).len(), 1, "what was given up did not leave");
    let json = std::fs::read(out.join(&visible(&out)[0])).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["masterIdentifier"]["value"], format!("urn:uuid:{}", all[0].id));
    waiting.close().await;
}
