//! Forms posted by a signed-in person: fields in order, the form token checked.

use axum::extract::{Form, FromRequest, FromRequestParts, Request};

use crate::failure::Failure;
use crate::session::{Admitted, SignedIn};
use crate::state::App;

/// Fields of a form, in order.
#[derive(Clone, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of that name, trimmed; `None` when absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The page of this program that the form names to go back to, or else that one.
    pub fn back<'a>(&'a self, default: &'a str) -> &'a str {
        let inside = |to: &&str| {
            to.starts_with('/')
                && !to.starts_with("//")
                && to.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        };
        self.get("retour").filter(inside).unwrap_or(default)
    }

    /// Fields that the page's own workings did not add: those of `EditField`.
    pub fn values(&self) -> Vec<(String, String)> {
        self.0
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "csrf" | "reason"))
            .map(|(key, value)| (key.clone(), value.trim().to_owned()))
            .collect()
    }
}

/// A form whose token was checked, and who sent it: somebody whose role is enough for it.
pub struct Posted<By = SignedIn> {
    /// Who.
    pub who: By,
    /// What.
    pub fields: Fields,
}

impl<By: Admitted> FromRequest<App> for Posted<By> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Posted<By>, Failure> {
        let (mut parts, body) = request.into_parts();
        let who = SignedIn::from_request_parts(&mut parts, app).await?;
        let Form(fields) =
            Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts, body), app)
                .await
                .map_err(|_| Failure::BadForm)?;
        let fields = Fields(fields);
        who.check_form(fields.get("csrf").unwrap_or_default())?;
        Ok(Posted { who: By::admit(who)?, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_a_page_of_this_program_alone() {
        let back = |to: &str| Fields(vec![("retour".into(), to.into())]).back("/").to_owned();
        assert_eq!(back("/?etat=a-classer&r=00ff"), "/?etat=a-classer&r=00ff");
        for elsewhere in ["https://a.example", "//a.example", "/\\a.example", "/a\nb", "", "a"] {
            assert_eq!(back(elsewhere), "/", "{elsewhere}");
        }
    }
}
