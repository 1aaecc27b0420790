//! For those who run the machine: alive, ready, and counts in Prometheus text. No patient text.

use std::fmt::Write;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use relu_desk::view::{Inbox, ListFilter};
use relu_record::Actor;

use crate::failure::Failure;
use crate::state::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/health/live", get(async || "ok\n"))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready when the store answers.
async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.desk.has_accounts().await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "store\n"),
    }
}

async fn metrics(State(app): State<App>) -> Result<Response, Failure> {
    let inbox = app.desk.inbox(&Actor::system("metrics"), &ListFilter::default()).await?;
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, exposition(&inbox)).into_response())
}

/// Prometheus text format 0.0.4.
fn exposition(inbox: &Inbox) -> String {
    let mut out = String::from(
        "# HELP relu_documents Documents in each state.\n# TYPE relu_documents gauge\n",
    );
    for (state, count) in &inbox.counts {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "relu_documents{{state=\"{}\"}} {count}", state.as_str());
    }
    let _ = write!(
        out,
        "# HELP relu_documents_pending Documents received and not read yet.\n\
         # TYPE relu_documents_pending gauge\nrelu_documents_pending {}\n",
        inbox.pending
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use relu_record::DocumentState;

    #[test]
    fn counts_are_exposed() {
        let inbox = Inbox {
            items: Vec::new(),
            total: 0,
            page_size: 50,
            counts: vec![(DocumentState::AClasser, 3)],
            pending: 2,
        };
        let text = exposition(&inbox);
        assert!(text.contains("relu_documents{state=\"a-classer\"} 3\n"));
        assert!(text.ends_with("relu_documents_pending 2\n"));
    }
}
