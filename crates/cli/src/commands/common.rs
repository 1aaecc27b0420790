//! Arguments and helpers that several verbs share.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use relu_desk::ReadingSettings;
use relu_record::Instant;

use crate::output::Failure;

/// What reading may cost.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReadingArguments {
    /// Files read at once [default: number of processors]
    #[arg(long)]
    jobs: Option<usize>,
    /// Do not recognise characters in pictures
    #[arg(long)]
    no_ocr: bool,
    /// Largest file read, in megabytes
    #[arg(long, default_value_t = 200)]
    max_mb: u64,
}

impl ReadingArguments {
    /// For a verb that names its own arguments.
    pub(crate) fn of(jobs: usize, no_ocr: bool, max_mb: u64) -> ReadingArguments {
        ReadingArguments { jobs: Some(jobs), no_ocr, max_mb }
    }

    pub(crate) fn settings(&self) -> Result<ReadingSettings, Failure> {
        // On Linux the running program itself, even after its file was replaced by a newer one: both
        // ends of the pipe must be of the same build.
        let itself = PathBuf::from("/proc/self/exe");
        let program = if itself.exists() { Ok(itself) } else { std::env::current_exe() }
            .map_err(|e| Failure::usage(format!("recherche du programme : {e}")))?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let mut settings = ReadingSettings::standard(program, self.jobs.unwrap_or(processors));
        settings.max_bytes = self.max_mb << 20;
        // The readers start with an empty environment, so the program is looked up here, once.
        settings.tesseract = if self.no_ocr { None } else { find_program("tesseract") };
        Ok(settings)
    }
}

/// A program of the path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|d| d.join(name)).find(|p| p.is_file())
}

/// The present instant: the command line is where the clock is read.
pub(crate) fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A runtime for the verbs that read documents.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Where the data of an installation lies.
#[derive(Args, Clone, Debug)]
pub(crate) struct DataArguments {
    /// Data folder [default: ~/.local/share/relu]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Master key file, outside the data folder [default: beside it, `<folder>.key`]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Database, when it is not the embedded one (postgres://…)
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// An identity server masters the patients: none is recorded or merged here by hand
    #[arg(long)]
    identity_server: bool,
}

impl DataArguments {
    /// The folder alone, the rest by default.
    pub(crate) fn at(dir: PathBuf) -> DataArguments {
        DataArguments { data: Some(dir), key_file: None, database: None, identity_server: false }
    }

    /// The settings of a desk; `demo` has a folder of its own so that it never meets real data.
    pub(crate) fn settings(
        &self,
        demo: bool,
        reading: ReadingSettings,
        watched_folders: Vec<PathBuf>,
    ) -> Result<relu_desk::Settings, Failure> {
        let data_dir = match &self.data {
            Some(dir) => dir.clone(),
            None => {
                let home = std::env::var_os("HOME").ok_or_else(|| {
                    Failure::usage("dossier de données : HOME est absent, donnez --data DIR")
                })?;
                let base = PathBuf::from(home).join(".local/share");
                base.join(if demo { "relu-demo" } else { "relu" })
            }
        };
        let key_file =
            self.key_file.clone().unwrap_or_else(|| relu_desk::default_key_file(&data_dir));
        Ok(relu_desk::Settings {
            data_dir,
            key_file,
            database_url: self.database.clone(),
            watched_folders,
            patients: match self.identity_server {
                true => relu_desk::PatientPolicy::identity_server(),
                false => relu_desk::PatientPolicy::default(),
            },
            destinations: relu_desk::Destinations::default(),
            reading,
        })
    }
}
