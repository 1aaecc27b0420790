//! What went wrong, for a person.

use maud::{Markup, html};

use crate::failure::Told;
use crate::pages::{bare, icon};
use crate::texts::t;

/// The page.
pub fn page(told: &Told) -> Markup {
    bare(
        t("failure.title"),
        &html! {
            section.card.failure data-test="failure" data-status=(told.status.as_u16()) {
                h1 { (icon("warn")) (t("failure.title")) }
                dl.parts {
                    dt { (t("failure.operation")) } dd { (told.operation) }
                    dt { (t("failure.cause")) } dd { (told.cause) }
                    @if !told.hint.is_empty() {
                        dt { (t("failure.hint")) } dd { (told.hint) }
                    }
                }
                p.actions {
                    a.button.primary href="/" #failure-home { (t("failure.home")) }
                }
            }
        },
    )
}
