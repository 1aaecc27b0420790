//! `relu route bench`: how long a try of twenty sentences takes on a store of made-up documents.
//!
//! What rules look at is gathered from synthetic documents read as any other, then stored sealed under
//! as many documents as asked for, each with a key of its own; the try unseals every one. Unit:
//! milliseconds by the clock, of the whole try as a person asks for it.

use std::process::ExitCode;

use clap::Args;
use relu_formats::Input;
use relu_pipeline::route::{Features, Known, PatientFacts};
use relu_pipeline::{Context, Pipeline};
use relu_record::{Actor, ActorKind, Budget, Instant, PartialDate, Role, Sha256Hex};
use relu_synth::{Generator, Layouts};
use relu_text::{Engine, NoteContext};
use relu_vault::{NewDocument, Vault, VaultSettings};

use super::super::common::{DataArguments, ReadingArguments, now, runtime};
use crate::output::{Done, Failure, print};

/// Different documents behind the many.
const DIFFERENT: usize = 200;
const TWENTY: &str = include_str!("twenty.txt");

/// `relu route bench`.
#[derive(Args)]
pub(crate) struct Bench {
    /// How many documents
    #[arg(long, default_value_t = 10_000)]
    documents: usize,
    /// Same seed, same documents
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Bench {
    pub(crate) fn run(self) -> Done {
        let scratch = std::env::temp_dir().join(format!("relu-route-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        let done = self.measure(&scratch);
        let _ = std::fs::remove_dir_all(&scratch);
        print(&done?)?;
        Ok(ExitCode::SUCCESS)
    }

    fn measure(&self, scratch: &std::path::Path) -> Result<String, Failure> {
        let data_dir = scratch.join("data");
        let key_file = relu_desk::default_key_file(&data_dir);
        let features = features(self.seed);
        let sentences: Vec<String> = TWENTY
            .lines()
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
            .map(str::to_owned)
            .collect();
        runtime()?.block_on(async {
            let settings = VaultSettings {
                data_dir: data_dir.clone(),
                key_file,
                database_url: None,
                create: true,
            };
            let vault = Vault::open(settings, now()).await.map_err(refused)?;
            fill(&vault, &features, self.documents).await.map_err(refused)?;
            vault.close().await;
            let reading = ReadingArguments::of(1, true, 1).settings()?;
            let settings = DataArguments::at(data_dir).settings(false, reading, Vec::new())?;
            let desk = relu_desk::Desk::open(settings).await?;
            let view = desk.try_sentences(&sentences, (None, None)).await;
            desk.close().await;
            let view = view?;
            let matched = view.counts.iter().filter(|c| c.matched > 0).count();
            Ok(serde_json::json!({
                "documents": view.documents,
                "sentences": view.counts.len(),
                "sentences_that_match": matched,
                "changed": view.changed,
                "conflicts": view.conflicts.len(),
                "milliseconds": view.took_ms,
            })
            .to_string())
        })
    }
}

fn refused(e: relu_vault::VaultError) -> Failure {
    Failure::refused(format!("mesure du rejeu : {e}"))
}

/// What rules look at in synthetic documents that need no character recognition.
fn features(seed: u64) -> Vec<Vec<u8>> {
    let (engine, pipeline) = (Engine::embedded(), Pipeline::embedded());
    let received = PartialDate { year: 2026, month: Some(3), day: Some(1) };
    let mut generator = Generator::new(seed);
    let budget = Budget::standard();
    let mut all = Vec::new();
    for (n, d) in generator.documents(DIFFERENT * 2, Layouts::All).enumerate() {
        let input = Input { bytes: &d.bytes, name: Some(&d.name), media_type: None };
        let Ok(reading) = relu_formats::read(&input, &budget) else { continue };
        if reading.text.trim().is_empty() || all.len() >= DIFFERENT {
            continue;
        }
        let notes = engine.annotate(&reading.text, &NoteContext::default());
        let context = Context::received(received);
        let sha = Sha256Hex::of(&d.bytes);
        let set = pipeline.run(&sha, &reading, &notes, &context, &|_| true).value;
        let values = set.proposals.iter().map(|p| (&p.value, p.evidence()));
        let facts = PatientFacts::default();
        let known = Known {
            source: if n % 3 == 0 { "upload" } else { "folder" },
            received,
            patient: (n % 5 != 0).then_some(&facts),
        };
        let f = Features::gather(&reading, values, &known);
        all.extend(serde_json::to_vec(&f).ok());
    }
    all
}

/// Documents of one blob, told apart by their place, each with a key of its own.
async fn fill(vault: &Vault, features: &[Vec<u8>], many: usize) -> relu_vault::Result<()> {
    let who = Actor { id: "bench".into(), kind: ActorKind::System, role: Some(Role::Secretariat) };
    let blob = vault.blobs().put(&b"mesure"[..], 1 << 20)?;
    let start = now().0 - 86_400_000;
    let mut made = 0;
    while made < many {
        let at = Instant(start + made as i64);
        let mut tx = vault.begin(&who, at).await?;
        for n in made..many.min(made + 500) {
            let new = NewDocument {
                blob: blob.clone(),
                parent: None,
                part: Some(n.to_string()),
                source_kind: "folder".to_owned(),
                source_name: None,
                format: None,
                media_type: None,
            };
            let id = tx.insert_document(new).await?.id().clone();
            if let Some(f) = features.get(n % features.len().max(1)) {
                tx.store_routing(&id, 0, f, None).await?;
            }
        }
        tx.commit().await?;
        made += 500;
    }
    Ok(())
}
