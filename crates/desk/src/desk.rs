//! [`Desk`]: the one entrance to the use cases. Each file below holds one of them.

mod accounts;
mod acts;
mod alike;
mod attach;
mod bulk;
mod decide;
mod detach;
mod effective;
mod export;
pub mod fhir;
mod filing;
mod handover;
mod ledger;
mod lists;
mod look;
mod patients;
mod read;
mod receive;
mod register;
mod routing;
mod search;
mod split;
mod timeline;
mod undo;
mod versions;
mod views;
mod watch;

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use relu_pipeline::Pipeline;
use relu_record::{Actor, Coding, Instant, Sheet};
use relu_vault::{Tx, Vault, VaultSettings};
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinSet;

use crate::reader::DocumentReader;
use crate::view::DeskEvent;
use crate::{DeskError, Settings};

pub use bulk::{BulkAct, BulkDone, BulkLine, BulkSeen, BulkTarget, MOST_OF_A_LOT};
pub use filing::NEW_PATIENT;
pub use routing::route_lists;

pub use ledger::{ledger_head, status, verify_ledger};
pub use split::SplitPlan;

type Result<T> = std::result::Result<T, DeskError>;

/// The use cases over one data folder. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    vault: Vault,
    reader: Arc<DocumentReader>,
    settings: Settings,
    events: broadcast::Sender<DeskEvent>,
    /// Wakes the readers when something was received.
    work: Notify,
    /// Wakes the outbox when something is to be handed over.
    outbox: Notify,
    /// The full-text index and what it takes from the database.
    search: search::Search,
    /// One catches up at a time.
    indexing: tokio::sync::Mutex<()>,
    tasks: Mutex<JoinSet<()>>,
    /// Who looked at what lately, so that a reload is not a new line of the ledger.
    viewed: Mutex<Vec<(String, String, Instant)>>,
    types: Vec<(String, String, String)>,
    /// What documents tell of their patients, by version.
    told: timeline::Memory,
    /// One brings the record up to date at a time.
    showing: tokio::sync::Mutex<()>,
}

/// The sheets of the functions this program ships, in the order they run.
pub fn shipped_functions() -> Vec<Sheet> {
    pipeline().sheets().into_iter().cloned().collect()
}

/// Where the key of a data folder lies when nobody says otherwise: beside it, never inside.
pub fn default_key_file(data_dir: &std::path::Path) -> std::path::PathBuf {
    relu_vault::default_key_path(data_dir)
}

fn pipeline() -> &'static Pipeline {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    PIPELINE.get_or_init(Pipeline::embedded)
}

/// The function that compares documents.
pub(crate) fn comparing() -> &'static relu_pipeline::contradict::Contradict {
    pipeline().contradict()
}

fn vault_settings(settings: &Settings, create: bool) -> VaultSettings {
    VaultSettings {
        data_dir: settings.data_dir.clone(),
        key_file: settings.key_file.clone(),
        database_url: settings.database_url.clone(),
        create,
    }
}

fn clock() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Desk {
    /// Opens the data folder (creating it when it is empty) and starts reading what waits.
    pub async fn open(settings: Settings) -> Result<Desk> {
        let vault = Vault::open(vault_settings(&settings, true), clock()).await?;
        let desk = Desk {
            inner: Arc::new(Inner {
                vault,
                reader: Arc::new(DocumentReader::new(settings.reading.clone())),
                settings,
                events: broadcast::channel(1024).0,
                work: Notify::new(),
                outbox: Notify::new(),
                search: search::Search::default(),
                indexing: tokio::sync::Mutex::default(),
                tasks: Mutex::new(JoinSet::new()),
                viewed: Mutex::new(Vec::new()),
                types: relu_pipeline::document_types(),
                told: timeline::Memory::default(),
                showing: tokio::sync::Mutex::new(()),
            }),
        };
        for n in 0..desk.inner.settings.reading.jobs {
            desk.start(read::work(desk.clone(), format!("reader-{}-{n}", std::process::id())));
        }
        if !desk.inner.settings.destinations.list.is_empty() {
            desk.start(handover::work(desk.clone(), format!("outbox-{}", std::process::id())));
        }
        desk.start(search::follow(desk.clone()));
        desk.start(routing::escalate(desk.clone()));
        if !desk.inner.settings.watched_folders.is_empty() {
            desk.start(watch::watch(desk.clone()));
        }
        Ok(desk)
    }

    /// Stops reading and closes the data folder; what was not finished is taken up next time.
    pub async fn close(&self) {
        let mut tasks =
            self.inner.tasks.lock().map(|mut t| std::mem::take(&mut *t)).unwrap_or_default();
        tasks.shutdown().await;
        self.inner.reader.close().await;
        self.inner.vault.close().await;
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        clock()
    }

    /// Live events.
    pub fn events(&self) -> broadcast::Receiver<DeskEvent> {
        self.inner.events.subscribe()
    }

    /// JDV_J07 types for the edit form: code and label.
    pub fn document_types(&self) -> Vec<(String, String)> {
        self.inner.types.iter().map(|(code, _, label)| (code.clone(), label.clone())).collect()
    }

    fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Ok(mut tasks) = self.inner.tasks.lock() {
            tasks.spawn(task);
        }
    }

    fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// One act of a person or of this program.
    async fn begin(&self, who: &Actor) -> Result<Tx> {
        Ok(self.inner.vault.begin(who, clock()).await?)
    }

    /// Tells open pages; nobody listening is no fault.
    fn tell(&self, event: DeskEvent) {
        let _ = self.inner.events.send(event);
    }

    fn type_coding(&self, code: &str) -> Option<Coding> {
        let (code, system, label) = self.inner.types.iter().find(|(c, ..)| c == code)?;
        Some(Coding::new(system, code, Some(label)))
    }
}
