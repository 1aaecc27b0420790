//! The palette of commands: the pages one may open and what can be done on this one, found by words.
//! It works with the script alone; every command is also a link or a button of the page.

use maud::{Markup, html};
use relu_record::DocumentState;

use super::{Frame, sections, state_name};
use crate::list::ListQuery;
use crate::session::may_read;
use crate::texts::t;

/// Acts of the page: what to press (the first that is there), its words, its key, and whether it is
/// put in focus rather than pressed.
const ACTS: [(&str, &str, &str, bool); 13] = [
    ("#undo-filed,#undo,#undo-notice", "palette.undo", "u", false),
    ("#visa", "palette.visa", "v", false),
    ("#next-document", "palette.next", "j", false),
    ("#back-to-list", "palette.list", "l", false),
    (".views a:not([aria-current])", "palette.text", "t", false),
    ("#search", "palette.search", "/", true),
    ("#files", "palette.receive", "", false),
    ("#views-menu", "palette.views", "", false),
    ("#lot-file,#lot-see", "palette.lot", "b", false),
    ("#lot-print", "palette.print-lot", "", false),
    ("#to-print", "palette.to-print", "", false),
    ("#lot-all", "palette.all", "", false),
    ("#open-keys", "palette.keys", "?", false),
];

/// The dialog.
pub fn dialog(frame: &Frame) -> Markup {
    html! {
        dialog #palette aria-labelledby="palette-title" {
            h2 #palette-title { (t("palette.title")) }
            label.sr-only for="palette-query" { (t("palette.find")) }
            input #palette-query type="search" autocomplete="off" maxlength="60" placeholder=(t("palette.find"));
            ul #palette-list data-more=[may_read(frame.account.role).then_some("/vues")] {
                @for (press, words, key, focus) in ACTS {
                    li {
                        button type="button" data-press=(press) data-focus=[focus.then_some("")] {
                            (t(words)) @if !key.is_empty() { " " kbd { (key) } }
                        }
                    }
                }
                @if may_read(frame.account.role) {
                    li { a href="/actes" { (t("palette.acts")) } }
                    li { a href=(super::prints::ADDRESS) { (t("palette.go")) " " (t("prints.title")) } }
                    @for state in DocumentState::ALL.into_iter().filter(|s| *s != DocumentState::Recu) {
                        li {
                            a href=(ListQuery::default().in_state(Some(state)).at("/")) {
                                (t("palette.documents")) " " (state_name(state))
                            }
                        }
                    }
                }
                @for (_, href, label) in sections(frame.account.role) {
                    li { a href=(href) { (t("palette.go")) " " (label) } }
                }
            }
            p.muted #palette-none hidden { (t("palette.none")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_words() {
        for (_, words, ..) in ACTS {
            assert_ne!(t(words), words, "texts/fr.toml lacks {words}");
        }
    }
}
