//! Sessions: a random 256-bit token in a cookie, of which only the SHA-256 is kept; 8 hours.
//!
//! The form token (CSRF) is `HMAC-SHA256(token, "form")`: it needs no storage, survives a restart
//! and does not reveal the token. Changes also need the same-origin check of [`crate::guard`].

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use relu_desk::view::AccountView;
use relu_record::{Actor, Instant, Role};
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::state::App;

/// How long a session lasts, in seconds.
const LIFE_SECONDS: i64 = 8 * 3600;

/// A session token, only ever held by the browser.
pub struct Token([u8; 32]);

impl Token {
    /// A fresh one.
    pub fn random() -> Result<Token, Failure> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| Failure::internal("ouvrir une session"))?;
        Ok(Token(bytes))
    }

    /// The token of a request's cookie.
    pub fn of(headers: &HeaderMap, secure: bool) -> Option<Token> {
        let name = cookie_name(secure);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(key, _)| *key == name)
            .find_map(|(_, value)| {
                Some(Token(URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok()?))
            })
    }

    /// The token that a program sends (`Authorization: Bearer`).
    pub fn bearer(headers: &HeaderMap) -> Option<Token> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        let bytes = URL_SAFE_NO_PAD.decode(token.trim()).ok()?;
        scheme.eq_ignore_ascii_case("bearer").then_some(Token(bytes.try_into().ok()?))
    }

    /// As text, to be handed to a program once.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The token its forms carry.
    pub fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.mac().finalize().into_bytes())
    }

    /// Whether a form carries its token; takes the same time whatever the answer.
    pub fn accepts(&self, form_token: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(form_token)
            .is_ok_and(|given| self.mac().verify_slice(&given).is_ok())
    }

    fn mac(&self) -> Hmac<Sha256> {
        // The key is padded to one block, as HMAC does with any key that is shorter.
        let mut block = [0u8; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(b"form");
        mac
    }

    /// The cookie that carries it.
    pub fn cookie(&self, secure: bool) -> String {
        let value = URL_SAFE_NO_PAD.encode(self.0);
        format!("{}={value}; Max-Age={LIFE_SECONDS}{}", cookie_name(secure), attributes(secure))
    }
}

/// The cookie that takes a session back.
pub fn no_cookie(secure: bool) -> String {
    format!("{}=; Max-Age=0{}", cookie_name(secure), attributes(secure))
}

fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-relu" } else { "relu" }
}

fn attributes(secure: bool) -> &'static str {
    if secure {
        "; Path=/; HttpOnly; SameSite=Strict; Secure"
    } else {
        "; Path=/; HttpOnly; SameSite=Strict"
    }
}

/// When a session opened now ends.
pub fn expiry(now: Instant) -> Instant {
    Instant(now.0.saturating_add(LIFE_SECONDS * 1000))
}

/// A signed-in person, from the request's cookie.
pub struct SignedIn {
    /// Their account.
    pub account: AccountView,
    /// Hash of their session's token, under which the server keeps what it keeps.
    pub key: [u8; 32],
    /// What their forms must carry.
    pub form_token: String,
    token: Token,
}

impl SignedIn {
    /// As an actor.
    pub fn actor(&self) -> Actor {
        self.account.actor()
    }

    /// Refuses anyone who may not look at documents.
    pub fn reader(self) -> Result<Reader, Failure> {
        Reader::admit(self)
    }

    /// Refuses a form that does not carry the session's token.
    pub fn check_form(&self, form_token: &str) -> Result<(), Failure> {
        if self.token.accepts(form_token) { Ok(()) } else { Err(Failure::FormToken) }
    }
}

/// Somebody signed in whose role is enough for what the request asks. Handlers name one of these in
/// the place of [`SignedIn`], and so cannot forget to ask.
pub trait Admitted: Sized + Send {
    /// Them, or the refusal that says who may.
    fn admit(who: SignedIn) -> Result<Self, Failure>;
}

impl Admitted for SignedIn {
    fn admit(who: SignedIn) -> Result<SignedIn, Failure> {
        Ok(who)
    }
}

macro_rules! admitted {
    ($($(#[$doc:meta])* $name:ident, $may:expr, $refusal:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name(SignedIn);

        impl Deref for $name {
            type Target = SignedIn;

            fn deref(&self) -> &SignedIn {
                &self.0
            }
        }

        impl Admitted for $name {
            fn admit(who: SignedIn) -> Result<$name, Failure> {
                let may: fn(Role) -> bool = $may;
                if may(who.account.role) { Ok($name(who)) } else { Err(Failure::$refusal) }
            }
        }

        impl FromRequestParts<App> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<$name, Failure> {
                $name::admit(SignedIn::from_request_parts(parts, app).await?)
            }
        }
    )*};
}

admitted! {
    /// Who may look at documents.
    Reader, may_read, NotForAdministrators;
    /// Who may review and write exports.
    Exporter, Role::may_export, ExportersOnly;
    /// Who may administer.
    Administrator, Role::may_administer, AdministratorsOnly;
}

/// Whether a role looks at documents: whoever decides something about them.
pub fn may_read(role: Role) -> bool {
    role.may_decide_filing() || role.may_decide_facts()
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<SignedIn, Failure> {
        let cookie = Token::of(&parts.headers, app.secure_cookies);
        if let Some(token) = cookie.or_else(|| Token::bearer(&parts.headers)) {
            let key = token.hash();
            if let Some(account) = app.desk.session(&key).await? {
                let form_token = token.form_token();
                return Ok(SignedIn { account, key, form_token, token });
            }
        }
        let page = parts.method == Method::GET && wants_page(&parts.headers);
        if !page && parts.method == Method::GET {
            return Err(Failure::SignedOut);
        }
        if !app.desk.has_accounts().await? {
            return Err(Failure::FirstStart);
        }
        let back = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        Err(Failure::SignIn { back: if page { back.to_owned() } else { "/".to_owned() } })
    }
}

/// Whether the answer is to be shown as a page (a browser that navigates), not read by a program.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_round_trip_and_form_token() {
        let token = Token::random().unwrap();
        let mut headers = HeaderMap::new();
        let cookie = token.cookie(true);
        assert!(cookie.starts_with("__Host-relu=") && cookie.contains("Secure"));
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        let pair = cookie.split(';').next().unwrap();
        headers.insert(header::COOKIE, format!("a=b; {pair}").parse().unwrap());
        let read = Token::of(&headers, true).unwrap();
        assert_eq!(read.hash(), token.hash());
        assert!(Token::of(&headers, false).is_none());
        assert!(read.accepts(&token.form_token()));
        assert!(!read.accepts(&Token::random().unwrap().form_token()));
        assert!(!read.accepts(""));
    }
}
