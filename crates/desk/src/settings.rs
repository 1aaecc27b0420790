//! Settings, declared once. The command line fills them; nothing here reads the environment.

use std::path::PathBuf;
use std::time::Duration;

use crate::handover::Destinations;

/// Where data lies and what reading may cost.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the database and the blobs.
    pub data_dir: PathBuf,
    /// File of the master key; must lie outside `data_dir`.
    pub key_file: PathBuf,
    /// Database, when it is not the embedded one.
    pub database_url: Option<String>,
    /// Folders whose files are received once they stop changing.
    pub watched_folders: Vec<PathBuf>,
    /// Who masters patients.
    pub patients: PatientPolicy,
    /// Where documents are handed over; nowhere when empty.
    pub destinations: Destinations,
    /// What reading may cost.
    pub reading: ReadingSettings,
}

impl Settings {
    /// A practice over one folder, with the embedded database; nothing is watched or handed over.
    pub fn new(data_dir: PathBuf, key_file: PathBuf, reading: ReadingSettings) -> Settings {
        Settings {
            data_dir,
            key_file,
            database_url: None,
            watched_folders: Vec::new(),
            patients: PatientPolicy::default(),
            destinations: Destinations::default(),
            reading,
        }
    }
}

/// What may be done here to the patients this installation knows. The default is that of a practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatientPolicy {
    /// Whether a person may record a patient whom no feed has told of.
    pub local_creation: bool,
    /// Whether a person may merge two records.
    pub local_merging: bool,
}

impl PatientPolicy {
    /// An identity server records and merges patients; here they are only received.
    pub fn identity_server() -> PatientPolicy {
        PatientPolicy { local_creation: false, local_merging: false }
    }
}

impl Default for PatientPolicy {
    fn default() -> PatientPolicy {
        PatientPolicy { local_creation: true, local_merging: true }
    }
}

/// Limits on reading one file, and the tools it uses.
#[derive(Clone, Debug)]
pub struct ReadingSettings {
    /// Program started as a reader (`relu`, with the verb `worker`).
    pub worker: PathBuf,
    /// Readers at work at once.
    pub jobs: usize,
    /// Largest file accepted, in bytes.
    pub max_bytes: u64,
    /// Address space of one reader, in bytes.
    pub memory: u64,
    /// Processor time one file may take, recognition of characters apart.
    pub time: TimeLimit,
    /// Time one page of character recognition may take.
    pub ocr_time: Duration,
    /// The character recognition program (`tesseract`), or `None` to do without.
    pub tesseract: Option<PathBuf>,
    /// Most pages recognised in one file.
    pub max_ocr_pages: usize,
}

impl ReadingSettings {
    /// Ordinary limits with that reader program: 200 MB, 2 GiB of memory, 4 s of
    /// processor and 1 s more a megabyte up to 60 s, 30 s a page of OCR.
    pub fn standard(worker: PathBuf, jobs: usize) -> ReadingSettings {
        ReadingSettings {
            worker,
            jobs: jobs.max(1),
            max_bytes: 200 << 20,
            memory: 2 << 30,
            time: TimeLimit {
                base: Duration::from_secs(4),
                per_megabyte: Duration::from_secs(1),
                most: Duration::from_secs(60),
            },
            ocr_time: Duration::from_secs(30),
            tesseract: Some(PathBuf::from("tesseract")),
            max_ocr_pages: 60,
        }
    }
}

/// Processor time that grows with the size of what is read.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit {
    /// For the smallest file.
    pub base: Duration,
    /// More for each megabyte.
    pub per_megabyte: Duration,
    /// For the largest.
    pub most: Duration,
}

impl TimeLimit {
    /// The limit for that many bytes.
    pub fn for_size(self, bytes: u64) -> Duration {
        let megabytes = u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
        (self.base + self.per_megabyte.saturating_mul(megabytes)).min(self.most)
    }
}
