//! `relu serve`: the pages and interfaces over one data folder.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use relu_desk::Desk;
use relu_server::ServerSettings;

use super::common::{DataArguments, ReadingArguments, runtime};
use super::demo;
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
        } else if self.demo {
            settings.destinations = demo::destinations(&settings.data_dir)?;
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
        let handed = settings.destinations.clone();
        let desk = Desk::open(settings).await?;
        let filled = if self.demo { demo::fill(&desk).await? } else { false };
        say(&format!("Relu : http://{address}/"));
        if self.demo {
            demo::announce(filled, &handed);
        }
        let server = ServerSettings {
            listen: address,
            secure_cookies: self.behind_https,
            demo_sign_in: if self.demo { demo::sign_in() } else { Vec::new() },
            max_file_bytes,
        };
        relu_server::serve_on(listener, desk.clone(), server, interrupted())
            .await
            .map_err(|e| Failure::refused(e.to_string()))?;
        desk.close().await;
        Ok(())
    }
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
