//! Live events for open pages (server-sent events, WHATWG HTML §9.2): `document` with an id and a
//! state, `progress` with what waits to be read, `resync` when some were missed. No patient text.
//!
//! A stream ends after some minutes, so that a session that has ended stops seeing events: the
//! browser connects again by itself, and is then asked who it is.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Sse};
use axum::routing::get;
use relu_desk::view::DeskEvent;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::failure::Failure;
use crate::session::Reader;
use crate::state::App;

/// How long one stream lasts.
const LIFE: Duration = Duration::from_secs(10 * 60);

pub fn routes() -> Router<App> {
    Router::new().route("/evenements", get(stream))
}

async fn stream(State(app): State<App>, _who: Reader) -> Result<impl IntoResponse, Failure> {
    let (to, from) = mpsc::channel(64);
    tokio::spawn(relay(app.desk.events(), app.closing.clone(), to));
    Ok(Sse::new(ReceiverStream::new(from)).keep_alive(KeepAlive::default()))
}

type Sink = mpsc::Sender<Result<Event, Infallible>>;

async fn relay(
    mut events: broadcast::Receiver<DeskEvent>,
    mut closing: watch::Receiver<bool>,
    to: Sink,
) {
    let end = tokio::time::sleep(LIFE);
    tokio::pin!(end);
    loop {
        let event = tokio::select! {
            () = &mut end => return,
            () = closed(&mut closing) => return,
            () = to.closed() => return,
            event = events.recv() => event,
        };
        let told = match event {
            Ok(event) => told(&event),
            Err(broadcast::error::RecvError::Lagged(_)) => {
                Event::default().event("resync").data("{}")
            }
            Err(broadcast::error::RecvError::Closed) => return,
        };
        if to.send(Ok(told)).await.is_err() {
            return;
        }
    }
}

/// Ready when the server stops; never, when nobody can say so.
async fn closed(closing: &mut watch::Receiver<bool>) {
    if closing.wait_for(|closing| *closing).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn told(event: &DeskEvent) -> Event {
    match event {
        DeskEvent::Document { id, state } => Event::default()
            .event("document")
            .data(serde_json::json!({"id": id.0, "state": state.as_str()}).to_string()),
        DeskEvent::Progress { pending } => Event::default()
            .event("progress")
            .data(serde_json::json!({"pending": pending}).to_string()),
    }
}
