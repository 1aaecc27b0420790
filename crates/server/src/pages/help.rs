//! How to work with the pages.

use maud::{Markup, html};

use crate::pages::{Frame, framed, keyboard};
use crate::texts::{maybe, t};

/// Topics, in reading order; each has a `title` and a `body` in the texts.
const TOPICS: [&str; 10] = [
    "idea",
    "filing",
    "unsure",
    "split",
    "facts",
    "timeline",
    "quarantine",
    "undo",
    "export",
    "privacy",
];

/// The page.
pub fn page(frame: &Frame) -> Markup {
    framed(
        frame,
        t("help.title"),
        "reading",
        &html! {
            h1 { (t("help.title")) }
            @for topic in TOPICS {
                section {
                    h2 { (maybe(&format!("help.{topic}.title")).unwrap_or(topic)) }
                    p { (maybe(&format!("help.{topic}.body")).unwrap_or_default()) }
                }
            }
            section {
                h2 { (t("keys.title")) }
                (keyboard::table())
                h3 { (t("keys.review")) }
                (keyboard::review_table())
                p.muted { (t("keys.note")) }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_written() {
        for topic in TOPICS {
            assert!(maybe(&format!("help.{topic}.title")).is_some(), "{topic}");
            assert!(maybe(&format!("help.{topic}.body")).is_some(), "{topic}");
        }
    }
}
