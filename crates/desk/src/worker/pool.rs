//! The parent's side: a few reader processes, each doing one request at a time, killed when they
//! take too long and replaced when they die.

use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use relu_record::{Refusal, RefusalCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use super::protocol::{self, Answer, Request};
use crate::settings::ReadingSettings;

/// Requests after which a reader is retired, so that what leaks in a library does not add up.
const RETIRE_AFTER: u32 = 500;

/// Reader processes waiting for work.
pub struct Pool {
    settings: ReadingSettings,
    idle: Mutex<Vec<Reader>>,
    permits: Semaphore,
}

struct Reader {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    served: u32,
}

impl Pool {
    /// A pool that starts readers when they are first needed.
    pub fn new(settings: ReadingSettings) -> Pool {
        let permits = Semaphore::new(settings.jobs.max(1));
        Pool { settings, idle: Mutex::new(Vec::new()), permits }
    }

    /// Sends one request with its byte strings and waits for the answer, within the limits on time.
    /// A reader that dies or is killed is a refusal of this document, never an error of the desk.
    pub async fn call(
        &self,
        request: &Request,
        bytes: &[u8],
    ) -> Result<(Answer, Vec<Vec<u8>>), Refusal> {
        let limit = self.settings.time.for_size(bytes.len() as u64) * request.weight();
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(crashed());
        };
        let mut reader = match self.waiting() {
            Some(reader) => reader,
            None => self.start().map_err(|_| {
                Refusal::new(RefusalCode::ReaderCrashed, "Le lecteur n'a pas pu démarrer. Réessayez ; si cela dure, prévenez l'administrateur.")
            })?,
        };
        let frame = protocol::encode(request, &[bytes]).map_err(|_| crashed())?;
        let answered = {
            let pid = reader.child.id();
            let exchange = reader.exchange(&frame);
            tokio::pin!(exchange);
            tokio::select! {
                answered = &mut exchange => Some(answered),
                () = spent(pid, limit) => None,
            }
        };
        match answered {
            Some(Ok((answer, blobs))) => {
                reader.served += 1;
                if reader.served < RETIRE_AFTER
                    && let Ok(mut idle) = self.idle.lock()
                {
                    idle.push(reader);
                }
                match answer {
                    Answer::Refused(refusal) => Err(refusal),
                    answer => Ok((answer, blobs)),
                }
            }
            Some(Err(_)) => Err(reader.post_mortem().await),
            None => {
                // Dropping the child kills it.
                drop(reader);
                Err(Refusal::new(
                    RefusalCode::WorkLimit,
                    "La lecture prenait trop de temps et a été arrêtée. L'original est gardé ; demandez un fichier plus simple ou plus court, ou réessayez.",
                ))
            }
        }
    }

    /// A reader that waits for work and is still alive.
    fn waiting(&self) -> Option<Reader> {
        let mut idle = self.idle.lock().ok()?;
        while let Some(mut reader) = idle.pop() {
            if matches!(reader.child.try_wait(), Ok(None)) {
                return Some(reader);
            }
        }
        None
    }

    /// Lets the readers end and waits for them, so that their time is accounted to this process.
    pub async fn close(&self) {
        let idle = self.idle.lock().map(|mut idle| std::mem::take(&mut *idle)).unwrap_or_default();
        for Reader { mut child, stdin, .. } in idle {
            drop(stdin);
            let _ = tokio::time::timeout(Duration::from_secs(2), child.wait()).await;
        }
    }

    fn start(&self) -> std::io::Result<Reader> {
        let mut child = Command::new(&self.settings.worker)
            .arg("worker")
            .arg("--memory")
            .arg(self.settings.memory.to_string())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || std::io::Error::other("a pipe of the reader is missing");
        Ok(Reader {
            stdin: child.stdin.take().ok_or_else(missing)?,
            stdout: child.stdout.take().ok_or_else(missing)?,
            stderr: child.stderr.take().ok_or_else(missing)?,
            child,
            served: 0,
        })
    }
}

impl Reader {
    async fn exchange(&mut self, frame: &[u8]) -> std::io::Result<(Answer, Vec<Vec<u8>>)> {
        self.stdin.write_all(frame).await?;
        self.stdin.flush().await?;
        let mut fixed = [0u8; 16];
        self.stdout.read_exact(&mut fixed).await?;
        let mut sizes = vec![0u8; protocol::blob_count(&fixed)? * 8];
        self.stdout.read_exact(&mut sizes).await?;
        let lengths = protocol::lengths(&fixed, &sizes)?;
        let mut head = vec![0u8; lengths.head];
        self.stdout.read_exact(&mut head).await?;
        let mut blobs = Vec::with_capacity(lengths.blobs.len());
        for n in lengths.blobs {
            let mut blob = vec![0u8; n];
            self.stdout.read_exact(&mut blob).await?;
            blobs.push(blob);
        }
        Ok((serde_json::from_slice(&head).map_err(std::io::Error::other)?, blobs))
    }

    /// Why a reader died: out of memory is told apart from a crash by what the allocator prints.
    async fn post_mortem(mut self) -> Refusal {
        let mut said = Vec::new();
        let listen = async {
            let _ = (&mut self.stderr).take(64 << 10).read_to_end(&mut said).await;
            self.child.wait().await
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), listen).await;
        if said.windows(17).any(|w| w == b"memory allocation") {
            return Refusal::new(
                RefusalCode::WorkLimit,
                "La lecture demandait trop de mémoire et a été arrêtée. L'original est gardé ; demandez un fichier plus petit.",
            );
        }
        crashed()
    }
}

/// Ends when a process has used its processor time, or when far more time than that has passed.
/// Processor time is what a file costs; a busy machine is no fault of the file.
async fn spent(pid: Option<u32>, limit: Duration) {
    const EVERY: Duration = Duration::from_millis(100);
    let started = pid.and_then(processor_time).unwrap_or_default();
    let wall = tokio::time::Instant::now() + limit * 8;
    loop {
        tokio::time::sleep(EVERY).await;
        let used = pid.and_then(processor_time).unwrap_or_default().saturating_sub(started);
        if used > limit || tokio::time::Instant::now() > wall {
            return;
        }
    }
}

/// Processor time of a process so far, where the system tells (`/proc/PID/stat`, fields 14 and 15,
/// in hundredths of a second on Linux); elsewhere the time that passes is the only limit.
fn processor_time(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses and may hold spaces.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |n: usize| fields.get(n)?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

fn crashed() -> Refusal {
    Refusal::new(
        RefusalCode::ReaderCrashed,
        "Le lecteur s'est arrêté de façon inattendue. L'original est gardé ; réessayez, ou demandez un autre envoi.",
    )
}
