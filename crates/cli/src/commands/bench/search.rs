//! Full-text search over synthetic documents kept in a real vault: how long indexing takes, how long an
//! answer takes with its twenty lines and their words marked, what it weighs.

use std::path::Path;
use std::time::Instant as Clock;

use relu_desk::view::SearchRequest;
use relu_desk::{Desk, ReadingSettings, Settings};
use relu_record::{
    Actor, ActorKind, DocumentState, Format, Moment, Private, Reading, Role, Sha256Hex, TextVersion,
};
use relu_synth::deid::{NameLists, Notes};
use relu_vault::{DocumentChange, Headline, NewDocument, Vault, VaultSettings};

use super::Bench;
use crate::commands::common::{now, runtime};
use crate::output::{Failure, print};

/// Documents recorded in one act.
const LOT: usize = 500;
/// Synthetic notes in a document.
const NOTES: u64 = 6;
/// What a person types, beside words and phrases drawn from the documents.
const TYPED: [&str; 16] = [
    "toux",
    "insuffisance cardiaque",
    "IDM",
    "HTA ",
    "\"infarctus du myocarde\"",
    "diabète -insuline",
    "fracture col fémur",
    "scanner thoracique",
    "hypertension artérielle traitement",
    "douleur",
    "patient",
    "I10",
    "pneumo",
    "allergie pénicilline",
    "\"compte rendu\"",
    "consultation cardiologie tension",
];

impl Bench {
    pub(super) fn search(&self, scratch: &Path) -> Result<(), Failure> {
        let count = self.documents.unwrap_or(10_000);
        let notes = Notes::new(NameLists::default()).map_err(Failure::refused)?;
        runtime()?.block_on(measure(&notes, count, scratch))
    }
}

fn settings(scratch: &Path) -> Result<Settings, Failure> {
    let data_dir = scratch.join("data");
    let key_file = relu_desk::default_key_file(&data_dir);
    let program = std::env::current_exe()?;
    Ok(Settings::new(data_dir, key_file, ReadingSettings::standard(program, 1)))
}

async fn measure(notes: &Notes, count: usize, scratch: &Path) -> Result<(), Failure> {
    let settings = settings(scratch)?;
    let start = Clock::now();
    let (bytes, drawn) = fill(notes, count, &settings).await?;
    print(&format!(
        "{count} documents, {:.0} Mo de texte, enregistrés en {:.0} s",
        bytes as f64 / 1e6,
        start.elapsed().as_secs_f64()
    ))?;
    let folder = settings.data_dir.join("search");
    let desk = Desk::open(settings).await?;
    let start = Clock::now();
    let held = desk.index_now().await?;
    let seconds = start.elapsed().as_secs_f64();
    print(&format!(
        "index : {held} documents en {seconds:.0} s ({:.0} par seconde), {:.0} Mo sur le disque",
        held as f64 / seconds,
        size(&folder) as f64 / 1e6
    ))?;
    let who = Actor { id: "bench".to_owned(), kind: ActorKind::Person, role: Some(Role::Medecin) };
    let lines: Vec<String> = TYPED.iter().map(|t| (*t).to_owned()).chain(drawn).collect();
    let mut times = Vec::with_capacity(lines.len());
    let (mut slowest, mut found) = ((0.0, String::new()), 0u64);
    for line in &lines {
        let asked = SearchRequest { words: line.as_str().into(), ..SearchRequest::default() };
        let start = Clock::now();
        let answer = desk.search(&who, &asked).await?;
        let ms = start.elapsed().as_secs_f64() * 1e3;
        found += answer.total;
        times.push(ms);
        if ms > slowest.0 {
            slowest = (ms, format!("{line} ({} trouvés)", answer.total));
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let n = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len());
        times.get(n - 1).copied().unwrap_or_default()
    };
    print(&format!(
        "{} recherches : médiane {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, la plus longue {:.1} ms ({}), {:.0} trouvés en moyenne",
        times.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        slowest.0,
        slowest.1,
        found as f64 / times.len() as f64
    ))?;
    print(&format!("mémoire du programme : {:.0} Mo au plus", peak_mb()))?;
    desk.close().await;
    Ok(())
}

/// Records the documents as if they had been read; answers their bytes and lines to search for.
async fn fill(
    notes: &Notes,
    count: usize,
    settings: &Settings,
) -> Result<(usize, Vec<String>), Failure> {
    let vault = Vault::open(
        VaultSettings {
            data_dir: settings.data_dir.clone(),
            key_file: settings.key_file.clone(),
            database_url: None,
            create: true,
        },
        now(),
    )
    .await
    .map_err(refused)?;
    let blob = vault.blobs().put(&b"essai"[..], 64).map_err(refused)?;
    let (mut bytes, mut drawn, mut made) = (0, Vec::new(), 0);
    let mut parent = None;
    while made < count {
        let mut tx = vault.begin(&Actor::system("bench"), now()).await.map_err(refused)?;
        for _ in 0..LOT.min(count - made) {
            let note = document(notes, made as u64)?;
            bytes += note.len();
            // Every two-hundredth lends a word, two of its words and a phrase of it.
            if made % 200 == 0 && drawn.len() < 600 {
                drawn.extend(lines_of(&note));
            }
            // One file holds them all: what is measured is the search, not the disk.
            let new = NewDocument {
                blob: blob.clone(),
                parent: parent.clone(),
                part: Some(made.to_string()),
                source_kind: "bench".to_owned(),
                source_name: None,
                format: Some(Format::Text),
                media_type: None,
            };
            let id = tx.insert_document(new).await.map_err(refused)?.id().clone();
            parent.get_or_insert_with(|| id.clone());
            let mut reading = Reading::new(Format::Text, "text/plain");
            let version = TextVersion::of(&Sha256Hex::of(note.as_bytes()), &note);
            reading.text = Private(note);
            let json = serde_json::to_vec(&reading).unwrap_or_default();
            tx.store_reading(&id, &version, &json).await.map_err(refused)?;
            let headline = Headline {
                date: Some(Moment::day(now().date())),
                sender: Some(if made % 3 == 0 { "Dr Aubrac" } else { "Laboratoire" }.into()),
                ..Headline::default()
            };
            let change = DocumentChange { headline: Some(headline), ..DocumentChange::default() };
            tx.update_document(&id, change).await.map_err(refused)?;
            let (from, to) = (DocumentState::Recu, DocumentState::AClasser);
            tx.set_state(&id, from, to).await.map_err(refused)?;
            made += 1;
        }
        tx.commit().await.map_err(refused)?;
    }
    vault.close().await;
    Ok((bytes, drawn))
}

/// The text of a document: several notes, so that it is as long as a letter.
fn document(notes: &Notes, number: u64) -> Result<String, Failure> {
    let mut text = String::new();
    for n in 0..NOTES {
        let note = notes.note(7, number * NOTES + n).map_err(Failure::refused)?;
        text.push_str(&note.text);
        text.push_str("\n\n");
    }
    Ok(text)
}

fn lines_of(note: &str) -> Vec<String> {
    let terms = relu_text::search::terms(note);
    let word = |n: usize| {
        let span = terms.get(n)?.span;
        note.get(span.start..span.end).map(str::to_owned)
    };
    let phrase = |n: usize| {
        let (a, b) = (terms.get(n)?.span, terms.get(n + 2)?.span);
        note.get(a.start..b.end).map(|p| format!("\"{}\"", p.replace(['"', '\n'], " ")))
    };
    let middle = terms.len() / 2;
    let two = word(middle).zip(word(middle / 2)).map(|(a, b)| format!("{a} {b} "));
    [word(middle), two, phrase(middle)].into_iter().flatten().collect()
}

fn refused(e: relu_vault::VaultError) -> Failure {
    Failure::refused(e.to_string())
}

fn size(folder: &Path) -> u64 {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    inside.filter_map(|e| e.metadata().ok()).map(|m| m.len()).sum()
}

/// Peak of resident memory, as the system counts it.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kb = line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1000.0
}
