//! The pages a practice works in all day, their live events, and a small JSON interface.
//!
//! Everything a person does goes through [`relu_desk::Desk`]; this crate only speaks HTTP and
//! French. The main flow is [`router`]: one file per resource in `routes`, one file per page in
//! `pages`; a page is a pure function from a view to markup. Screen texts are data
//! (`texts/fr.toml`), scripts and style sheets are files of ours embedded at build (`assets/`).
//!
//! What holds on every answer: a strict content security policy without inline script or style
//! ([`guard`]), a form token and a same-origin check on every change ([`session`]), no patient text
//! in an address or a log line (a search is kept in memory under an opaque name, [`memory`]), and
//! every action works as a plain form without scripts (post, redirect, get).
//!
//! Errors: a failed use case becomes a French page with operation, cause and hint ([`failure`]).
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod failure;
mod form;
mod guard;
mod limiter;
mod list;
mod memory;
pub mod pages;
mod passwords;
mod routes;
mod session;
mod state;
mod texts;

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use relu_desk::Desk;
use tokio::sync::watch;

pub use guard::add_headers;
pub use list::ListQuery;
pub use passwords::hash_password;
pub use state::App;

/// What the server needs to know besides its desk.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Whether the pages are reached over https: cookies are then `Secure` and `__Host-`.
    pub secure_cookies: bool,
    /// Accounts printed on the sign-in page; only ever filled by the demonstration.
    pub demo_sign_in: Vec<DemoAccount>,
    /// Largest file received, in bytes.
    pub max_file_bytes: u64,
}

/// A demonstration account, printed on the sign-in page.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// Sign-in name.
    pub login: String,
    /// Its password, public.
    pub password: String,
    /// Who it stands for, in French (`secrétaire`).
    pub label: String,
}

impl ServerSettings {
    /// Plain http on that address, no demonstration, files up to 200 MiB.
    pub fn new(listen: SocketAddr) -> ServerSettings {
        ServerSettings {
            listen,
            secure_cookies: false,
            demo_sign_in: Vec::new(),
            max_file_bytes: 200 << 20,
        }
    }
}

/// Why the server stopped or could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("écouter sur {address} : {cause} — choisir une autre adresse avec --listen")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Serving failed.
    #[error("servir les pages : {0}")]
    Serve(std::io::Error),
    /// A password could not be hashed, or randomness could not be had.
    #[error("préparer un mot de passe : {0}")]
    Password(String),
}

/// The style sheets and scripts alone, for a preview of the pages without a desk.
pub fn assets() -> Router {
    routes::assets()
}

/// The page of a failure, for tests and previews.
pub fn failure_page(operation: &str, cause: &str, hint: &str) -> maud::Markup {
    pages::failure::page(&failure::Told {
        status: axum::http::StatusCode::CONFLICT,
        operation: operation.to_owned(),
        cause: cause.to_owned(),
        hint: hint.to_owned(),
    })
}

/// Every page and interface over that desk.
pub fn router(desk: Desk, settings: &ServerSettings) -> Router {
    let (_, closing) = watch::channel(false);
    routes::all(App::new(desk, settings, closing))
}

/// Listens and answers until `shutdown`; open event streams are closed, requests under way finish.
pub async fn serve(
    desk: Desk,
    settings: ServerSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServerError> {
    let listener = tokio::net::TcpListener::bind(settings.listen)
        .await
        .map_err(|cause| ServerError::Listen { address: settings.listen, cause })?;
    serve_on(listener, desk, settings, shutdown).await
}

/// [`serve`] on a listener that is open already (its address may have been chosen by the system).
pub async fn serve_on(
    listener: tokio::net::TcpListener,
    desk: Desk,
    settings: ServerSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServerError> {
    let (close, closing) = watch::channel(false);
    let app = routes::all(App::new(desk, &settings, closing));
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            shutdown.await;
            // Nobody listening any more is fine: there is no stream left to close.
            let _ = close.send(true);
        })
        .await
        .map_err(ServerError::Serve)
}
