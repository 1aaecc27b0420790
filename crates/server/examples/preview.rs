//! Serves the pages from made-up views, to look at them while designing: no desk, no store.
//! `cargo run -p relu-server --example preview -- 127.0.0.1:8421`
#![allow(clippy::print_stdout)]

#[path = "../tests/samples/mod.rs"]
mod samples;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use maud::Markup;
use relu_record::{DocumentState, Role};
use relu_server::ListQuery;
use relu_server::pages;

fn inbox(state: Option<DocumentState>) -> Markup {
    samples::inbox_page(state)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8421".to_owned());
    let app = Router::new()
        .route("/", get(async || inbox(None)))
        .route("/a-classer", get(async || inbox(Some(DocumentState::AClasser))))
        .route("/vide", get(async || samples::empty_page()))
        .route(
            "/document",
            get(async || {
                samples::document_page(samples::letter(), Role::Secretariat, &ListQuery::default())
            }),
        )
        .route(
            "/medecin",
            get(async || {
                samples::document_page(samples::to_see(), Role::Medecin, &ListQuery::default())
            }),
        )
        .route(
            "/texte",
            get(async || {
                samples::document_page(samples::message(), Role::Medecin, &ListQuery::default())
            }),
        )
        .route(
            "/rattacher",
            get(async || {
                samples::document_page(samples::unsure(), Role::Secretariat, &ListQuery::default())
            }),
        )
        .route(
            "/quarantaine",
            get(async || {
                samples::document_page(
                    samples::unreadable(),
                    Role::Secretariat,
                    &ListQuery::default(),
                )
            }),
        )
        .route("/connexion", get(async || samples::sign_in_page()))
        .route("/premiere-connexion", get(async || samples::first_page()))
        .route(
            "/registre-des-fonctions",
            get(async || samples::register_page(Role::Administrateur)),
        )
        .route("/journal", get(async || samples::journal_page()))
        .route("/recherche", get(async || samples::search_page()))
        .route("/remis", get(async || samples::deliveries_page()))
        .route("/comptes", get(async || samples::accounts_page()))
        .route(
            "/aide",
            get(async || {
                pages::help::page(&samples::frame(Role::Secretariat, pages::Section::Help))
            }),
        )
        .route("/accueil", get(async || samples::home_page()))
        .route("/erreur", get(async || samples::failure_page()))
        .route("/exports", get(async || samples::exports::list_page(Role::Medecin)))
        .route("/exports/nouveau", get(async || samples::exports::new_page()))
        .route(
            "/exports/bloque",
            get(async || {
                samples::exports::review_page(&samples::exports::blocked(), Role::Medecin)
            }),
        )
        .route(
            "/exports/pret",
            get(async || samples::exports::review_page(&samples::exports::ready(), Role::Medecin)),
        )
        .route("/opposition", get(async || samples::exports::opposition_page()))
        .route("/documents/{id}/pages/{n}", get(page_image))
        .merge(relu_server::assets())
        .layer(axum::middleware::from_fn(relu_server::add_headers));
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{address}/");
    axum::serve(listener, app).await
}

/// The sample letter drawn as SVG, standing in for a page image.
async fn page_image(Path((_, _)): Path<(String, String)>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml")], samples::drawn_page())
}
