//! The keys, once: the dialog on `?` and the help page print the same table.

use maud::{Markup, html};

use crate::texts::t;

/// Keys and what they do. Letters without modifiers and arrows: the same on an AZERTY keyboard.
const KEYS: [(&[&str], &str); 20] = [
    (&["j", "↓"], "keys.next"),
    (&["k", "↑"], "keys.previous"),
    (&["Entrée"], "keys.enter"),
    (&["u"], "keys.undo"),
    (&["p"], "keys.proposal"),
    (&["a"], "keys.accept"),
    (&["m"], "keys.edit"),
    (&["r"], "keys.refuse"),
    (&["f"], "keys.facts"),
    (&["v"], "keys.visa"),
    (&["s"], "keys.split"),
    (&["t"], "keys.text"),
    (&["Espace", "Page ↓"], "keys.scroll"),
    (&["x"], "keys.choose"),
    (&["b"], "keys.lot"),
    (&["c"], "keys.palette"),
    (&["l"], "keys.list"),
    (&["/"], "keys.search"),
    (&["?"], "keys.help"),
    (&["Échap"], "keys.close"),
];

/// Keys on the review of an export.
const REVIEW: [(&[&str], &str); 10] = [
    (&["j", "↓"], "keys.review-next"),
    (&["k", "↑"], "keys.review-previous"),
    (&["m"], "keys.review-mask"),
    (&["r"], "keys.review-release"),
    (&["e"], "keys.review-everywhere"),
    (&["s"], "keys.review-add"),
    (&["u"], "keys.review-undo"),
    (&["v"], "keys.review-done"),
    (&["n"], "keys.review-document"),
    (&["b"], "keys.review-back"),
];

/// The table.
pub fn table() -> Markup {
    rows(&KEYS)
}

/// The table of the review of an export.
pub fn review_table() -> Markup {
    rows(&REVIEW)
}

fn rows(table: &[(&[&str], &str)]) -> Markup {
    html! {
        table.keys {
            tbody {
                @for (keys, does) in table {
                    tr {
                        th scope="row" {
                            @for (i, key) in keys.iter().enumerate() {
                                @if i > 0 { " " (t("keys.or")) " " }
                                kbd { (key) }
                            }
                        }
                        td { (t(does)) }
                    }
                }
            }
        }
    }
}

/// The dialog.
pub fn dialog() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { (t("keys.title")) }
            div.keys-review { h3 { (t("keys.review")) } (review_table()) }
            div.keys-documents { (table()) }
            p.muted { (t("keys.note")) }
            form method="dialog" { button.primary type="submit" { (t("keys.dismiss")) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_says_what_it_does() {
        for (_, does) in KEYS.iter().chain(&REVIEW) {
            assert_ne!(t(does), *does, "texts/fr.toml lacks {does}");
        }
    }
}
