//! `relu serve`: the pages and interfaces over one data folder.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use relu_desk::Desk;
use relu_record::{Actor, DocumentState, Role};
use relu_server::{DemoAccount, ServerSettings};

use super::common::{DataArguments, ReadingArguments, runtime};
use crate::output::{Done, Failure, say};

/// Serve the pages (in French) until interrupted
#[derive(Args)]
pub(crate) struct Serve {
    /// Fill a fresh folder with synthetic documents and print the demo sign-in
    #[arg(long)]
    demo: bool,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// Folder whose files are received once they stop changing (may be repeated)
    #[arg(long, value_name = "DIR")]
    watch: Vec<PathBuf>,
    /// Where documents are handed over (TOML); the only addresses this program ever connects to
    #[arg(long, value_name = "FILE")]
    destinations: Option<PathBuf>,
    /// The pages are reached through HTTPS: session cookies are marked for it
    #[arg(long)]
    behind_https: bool,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    reading: ReadingArguments,
}

/// Accounts of the demo: sign-in name, name, role. The password is the same for all and printed.
const DEMO_ACCOUNTS: [(&str, &str, Role); 3] = [
    ("admin", "Administration (démo)", Role::Administrateur),
    ("secretariat", "Secrétariat (démo)", Role::Secretariat),
    ("medecin", "Dr Démo", Role::Medecin),
];
const DEMO_PASSWORD: &str = "relu-demo";
/// How long the demo waits for its past to be read.
const HISTORY_TIME: std::time::Duration = std::time::Duration::from_secs(60);

impl Serve {
    pub(crate) fn run(self) -> Done {
        let subscriber = tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_env_filter(
                tracing_subscriber::EnvFilter::try_from_default_env()
                    .unwrap_or_else(|_| "warn,relu=info".into()),
            )
            .finish();
        let _ = tracing::subscriber::set_global_default(subscriber);
        if self.demo && !self.listen.ip().is_loopback() {
            return Err(Failure::usage(
                "--demo a des mots de passe connus de tous et n'écoute que sur cette machine (127.0.0.1)",
            ));
        }
        let reading = self.reading.settings()?;
        if reading.tesseract.is_none() {
            say(
                "Tesseract n'est pas installé : les documents numérisés iront en quarantaine. Installez tesseract-ocr et tesseract-ocr-fra, puis réessayez-les.",
            );
        }
        let mut settings = self.data.settings(self.demo, reading, self.watch.clone())?;
        if let Some(file) = &self.destinations {
            settings.destinations =
                relu_desk::Destinations::load(file).map_err(|e| Failure::usage(e.to_string()))?;
        }
        runtime()?.block_on(self.serve(settings))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn serve(self, settings: relu_desk::Settings) -> Result<(), Failure> {
        let listener = tokio::net::TcpListener::bind(self.listen)
            .await
            .map_err(|e| Failure::usage(format!("écoute sur {} : {e}", self.listen)))?;
        let address = listener.local_addr()?;
        let max_file_bytes = settings.reading.max_bytes;
        let desk = Desk::open(settings).await?;
        let filled = if self.demo { fill(&desk).await? } else { false };
        say(&format!("Relu : http://{address}/"));
        if self.demo {
            for (login, _, _) in DEMO_ACCOUNTS {
                say(&format!("  connexion de démonstration : {login} / {DEMO_PASSWORD}"));
            }
            if filled {
                say(
                    "  les documents synthétiques arrivent ; aucun n'est celui d'une personne réelle",
                );
            }
        }
        let mut demo_sign_in = Vec::new();
        if self.demo {
            demo_sign_in.extend(DEMO_ACCOUNTS.iter().map(|(login, name, _)| DemoAccount {
                login: (*login).to_owned(),
                password: DEMO_PASSWORD.to_owned(),
                label: (*name).to_owned(),
            }));
        }
        let server = ServerSettings {
            listen: address,
            secure_cookies: self.behind_https,
            demo_sign_in,
            max_file_bytes,
        };
        relu_server::serve_on(listener, desk.clone(), server, interrupted())
            .await
            .map_err(|e| Failure::refused(e.to_string()))?;
        desk.close().await;
        Ok(())
    }
}

/// Creates the demo accounts and receives the demo documents, unless somebody was there before.
async fn fill(desk: &Desk) -> Result<bool, Failure> {
    if desk.has_accounts().await? {
        return Ok(false);
    }
    let hash =
        relu_server::hash_password(DEMO_PASSWORD).map_err(|e| Failure::refused(e.to_string()))?;
    let mut admin: Option<Actor> = None;
    for (login, name, role) in DEMO_ACCOUNTS {
        let account = desk.create_account(admin.as_ref(), login, name, role, &hash).await?;
        admin.get_or_insert_with(|| account.actor());
    }
    let from = Actor::system("demo");
    let history = relu_synth::demo_history(1);
    remember(desk, &from, history.before).await?;
    let documents = tokio::task::spawn_blocking(|| relu_synth::demo(1))
        .await
        .map_err(|e| Failure::refused(e.to_string()))?;
    for d in documents {
        desk.receive(&from, &d.name, d.bytes).await?;
    }
    desk.receive(&from, &history.today.0, history.today.1).await?;
    Ok(true)
}

/// Files what the practice had before this morning, as its people would have: the secretary files, the
/// doctor confirms and sees. What is not read in time waits in the list like anything else.
async fn remember(
    desk: &Desk,
    from: &Actor,
    letters: Vec<(String, Vec<u8>)>,
) -> Result<(), Failure> {
    let people = desk.accounts().await?;
    let of = |role: Role| people.iter().find(|a| a.role == role).map(|a| a.actor());
    let (Some(secretary), Some(doctor)) = (of(Role::Secretariat), of(Role::Medecin)) else {
        return Ok(());
    };
    let mut waiting = Vec::new();
    for (name, bytes) in letters {
        waiting.push(desk.receive(from, &name, bytes).await?.document);
    }
    let until = std::time::Instant::now() + HISTORY_TIME;
    for id in waiting {
        let mut state = DocumentState::Recu;
        while state == DocumentState::Recu && std::time::Instant::now() < until {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            state = desk.document(&secretary, &id).await?.item.state;
        }
        // One that asks for a person's look is left to the one who tries the demo.
        if !matches!(state, DocumentState::AClasser | DocumentState::ARattacher)
            || desk.file(&secretary, &id, None).await.is_err()
        {
            continue;
        }
        for section in desk.document(&doctor, &id).await?.facts {
            desk.decide_section(&doctor, &id, &section.key, true, None).await?;
        }
        desk.visa(&doctor, &id, false).await?;
        desk.finish_place(&secretary, &id).await?;
    }
    Ok(())
}

async fn interrupted() {
    let ctrl_c = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = ctrl_c => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = ctrl_c.await;
        }
    }
}
