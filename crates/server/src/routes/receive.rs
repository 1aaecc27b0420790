//! Receiving files: several in one form, read in pieces under a cap. A page without scripts sends
//! them all at once; the script sends one form a file and asks for JSON, to show how far it is.

use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;

use crate::failure::{Failure, answer};
use crate::session::{SignedIn, wants_page};
use crate::state::App;
use crate::texts::{tf, tn};

/// Most files in one form.
const MOST_FILES: usize = 1_000;
/// Most bytes in one form, whatever the files.
const MOST_BYTES: usize = 4 << 30;

pub fn routes() -> Router<App> {
    Router::new().route("/documents", post(receive)).layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// What became of the files of one form.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Tally {
    received: u64,
    duplicates: u64,
    too_large: u64,
    refused: u64,
}

impl Tally {
    fn told(&self) -> String {
        let mut parts = vec![tn("receive.received", self.received)];
        for (key, n) in [
            ("receive.duplicates", self.duplicates),
            ("receive.too-large", self.too_large),
            ("receive.refused", self.refused),
        ] {
            if n > 0 {
                parts.push(tn(key, n));
            }
        }
        tf("receive.sentence", &[("parts", &parts.join(", "))])
    }
}

async fn receive(
    State(app): State<App>,
    who: SignedIn,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    match take_all(&app, &who, form).await {
        Ok(tally) if wants_page(&headers) => {
            let wrong = tally.too_large + tally.refused > 0;
            app.memory.leave_notice(&who.key, tally.told(), wrong);
            Redirect::to("/").into_response()
        }
        Ok(tally) => Json(tally).into_response(),
        Err(failure) => answer(failure, &headers),
    }
}

async fn take_all(app: &App, who: &SignedIn, mut form: Multipart) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut checked = false;
    let mut files = 0;
    while let Some(mut field) = form.next_field().await.map_err(|_| Failure::BadForm)? {
        if field.name() == Some("csrf") {
            // The token stands before the files, so that nothing is read for a stranger.
            let token = read_up_to(&mut field, 200).await?.unwrap_or_default();
            who.check_form(&String::from_utf8_lossy(&token))?;
            checked = true;
            continue;
        }
        let Some(name) = field.file_name().map(file_name) else { continue };
        if !checked {
            return Err(Failure::FormToken);
        }
        files += 1;
        if files > MOST_FILES {
            return Err(Failure::BadForm);
        }
        take_one(app, who, &name, &mut field, &mut tally).await?;
    }
    if checked { Ok(tally) } else { Err(Failure::FormToken) }
}

async fn take_one(
    app: &App,
    who: &SignedIn,
    name: &str,
    field: &mut Field<'_>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let Some(bytes) = read_up_to(field, app.max_file_bytes).await? else {
        tally.too_large += 1;
        return Ok(());
    };
    // A form sent without choosing a file holds one empty, nameless part.
    if bytes.is_empty() && name.is_empty() {
        return Ok(());
    }
    match app.desk.receive(&who.actor(), name, bytes).await {
        Ok(received) if received.duplicate => tally.duplicates += 1,
        Ok(_) => tally.received += 1,
        Err(error) if error.kind.http_status() < 500 => tally.refused += 1,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The whole field, or `None` when it is longer; the rest is then read and dropped.
async fn read_up_to(field: &mut Field<'_>, most: u64) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    let mut too_long = false;
    while let Some(piece) = field.chunk().await.map_err(|_| Failure::BadForm)? {
        too_long = too_long || (bytes.len() + piece.len()) as u64 > most;
        if too_long {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&piece);
        }
    }
    Ok((!too_long).then_some(bytes))
}

/// The last part of the name, without folders or control characters.
fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(255).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_folders() {
        assert_eq!(file_name("C:\\docs\\a\u{7}.pdf"), "a.pdf");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
    }

    #[test]
    fn the_sentence_names_what_happened() {
        let tally = Tally { received: 12, duplicates: 1, ..Tally::default() };
        let told = tally.told();
        assert!(told.contains("12") && told.contains("déjà"), "{told}");
    }
}
