//! Pages: pure functions from a view to markup. Nothing here asks the desk for anything.

pub mod accounts;
pub mod acts;
pub mod bannettes;
pub mod compare;
mod dates;
pub mod deliveries;
pub mod document;
pub mod exports;
pub mod failure;
pub mod help;
mod icons;
pub mod inbox;
pub mod journal;
mod keyboard;
pub mod lot;
pub mod opposition;
mod palette;
pub mod patients;
pub mod prints;
pub mod register;
pub mod rules;
pub mod search;
pub mod sign_in;
pub mod split;
pub mod timeline;
pub mod views;
pub mod visa;

use maud::{DOCTYPE, Markup, html};
use relu_desk::view::AccountView;
use relu_record::{DocumentState, Role};

pub(crate) use dates::when;
pub(crate) use icons::icon;

pub use crate::memory::Notice;
use crate::routes::asset;
use crate::session::may_read;
use crate::texts::t;

/// Which entry of the menu a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The list and documents.
    Inbox,
    /// Full-text search.
    Search,
    /// What was handed to other software.
    Deliveries,
    /// Records that could be of one person, merges, imports.
    Patients,
    /// The team's queues.
    Bannettes,
    /// The doctor's list.
    Visa,
    /// Rules of routing.
    Rules,
    /// The register of functions.
    Register,
    /// Exports without identities.
    Exports,
    /// Persons who object.
    Opposition,
    /// The ledger.
    Journal,
    /// Accounts.
    Accounts,
    /// Help.
    Help,
}

/// What surrounds a page for a signed-in person.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Who is signed in.
    pub account: AccountView,
    /// What their forms carry.
    pub form_token: String,
    /// Menu entry.
    pub section: Section,
    /// Message left by the last act.
    pub notice: Option<Notice>,
}

impl Frame {
    /// The hidden field every form carries.
    pub fn token(&self) -> Markup {
        html! { input type="hidden" name="csrf" value=(self.form_token); }
    }
}

/// A page with nobody signed in.
pub fn bare(title: &str, body: &Markup) -> Markup {
    whole(
        title,
        &html! {
            body.bare {
                main #main tabindex="-1" { (body) }
            }
        },
    )
}

/// A page in its frame. `wide` pages fill the window and scroll in their columns.
pub fn framed(frame: &Frame, title: &str, class: &str, body: &Markup) -> Markup {
    whole(
        title,
        &html! {
            body class=(class) data-may-read=[may_read(frame.account.role).then_some("")] {
                a.skip href="#main" { (t("frame.skip")) }
                (top(frame))
                main #main tabindex="-1" {
                    div #messages role="status" aria-live="polite" {
                        @if let Some(notice) = &frame.notice { (told(frame, notice)) }
                    }
                    (body)
                }
                (keyboard::dialog())
                (palette::dialog(frame))
            }
        },
    )
}

/// A message, with what takes back what it tells of.
fn told(frame: &Frame, notice: &Notice) -> Markup {
    html! {
        @match &notice.undo {
            None => p.notice.wrong[notice.wrong] data-test="notice" { (notice.text) },
            Some((undo, back)) => form.notice method="post" action=(undo) {
                (frame.token())
                input type="hidden" name="retour" value=(back);
                span data-test="notice" { (notice.text) } " "
                button.small #undo-notice type="submit" { (icon("undo")) (t("frame.undo")) " " kbd { "u" } }
            },
        }
    }
}

fn whole(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="fr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                title { (title) " · Relu" }
                @for sheet in ["base.css", "inbox.css", "document.css", "export.css", "team.css", "split.css", "timeline.css"] {
                    link rel="stylesheet" href=(asset(sheet));
                }
                link rel="stylesheet" href=(asset("print.css")) media="print";
                link rel="icon" href=(asset("favicon.svg")) type="image/svg+xml";
                script type="module" src=(asset("app.js")) {}
            }
            (body)
        }
    }
}

/// The entries of the menu for a role, the most used first: which, where, and in words.
fn sections(role: Role) -> impl Iterator<Item = (Section, &'static str, &'static str)> {
    let reads = may_read(role);
    [
        (Section::Inbox, "/", home_label(role), true),
        (Section::Search, "/recherche", t("frame.search"), reads),
        (Section::Bannettes, "/bannettes", t("frame.bannettes"), reads),
        (Section::Visa, "/a-viser", t("frame.visa"), role.may_visa()),
        (Section::Patients, "/patients", t("frame.patients"), reads || role.may_administer()),
        (Section::Deliveries, "/remis", t("frame.deliveries"), reads),
        (Section::Rules, "/regles", t("frame.rules"), role.may_write_rules()),
        (Section::Exports, "/exports", t("frame.exports"), role.may_follow_exports()),
        (Section::Opposition, "/opposition", t("frame.opposition"), role.may_record_opposition()),
        (Section::Accounts, "/comptes", t("frame.accounts"), role.may_administer()),
        (Section::Register, "/registre-des-fonctions", t("frame.register"), true),
        (Section::Journal, "/journal", t("frame.journal"), true),
        (Section::Help, "/aide", t("frame.help"), true),
    ]
    .into_iter()
    .filter(|(.., shown)| *shown)
    .map(|(section, href, label, _)| (section, href, label))
}

/// How many entries of the menu stand in the bar; the others are under « Plus ».
const IN_THE_BAR: usize = 6;

fn menu(frame: &Frame) -> Markup {
    let entry = |(section, href, label): (Section, &'static str, &'static str)| {
        html! {
            a href=(href) aria-current=[(frame.section == section).then_some("page")] { (label) }
        }
    };
    let more: Vec<_> = sections(frame.account.role).skip(IN_THE_BAR).collect();
    let within = more.iter().find(|(section, ..)| *section == frame.section);
    html! {
        nav aria-label=(t("frame.menu")) {
            @for one in sections(frame.account.role).take(IN_THE_BAR) { (entry(one)) }
            @if !more.is_empty() {
                details.more {
                    summary #more data-current=[within.map(|_| "")] {
                        (within.map_or(t("frame.more"), |(.., label)| label)) (icon("next"))
                    }
                    div { @for one in more { (entry(one)) } }
                }
            }
        }
    }
}

fn top(frame: &Frame) -> Markup {
    let role = frame.account.role;
    html! {
        header.top {
            a.brand href="/" { (icon("mark")) "Relu" }
            (menu(frame))
            button.needs-script type="button" #open-palette data-palette="" title=(t("palette.title")) {
                kbd { "c" } span { (t("palette.title")) }
            }
            button.needs-script type="button" #open-keys data-open="keys" title=(t("frame.keys")) {
                kbd { "?" } span { (t("frame.keys")) }
            }
            p.who {
                @if may_read(role) {
                    a.who-name data-test="account-name" href="/actes" title=(t("palette.acts")) { (frame.account.name) }
                } @else {
                    span.who-name data-test="account-name" { (frame.account.name) }
                }
                span.who-role { (role_name(role)) }
            }
            form method="post" action="/deconnexion" {
                (frame.token())
                button.quiet #sign-out type="submit" { (t("frame.sign-out")) }
            }
        }
    }
}

/// The list is not for administrators; their first page is another.
fn home_label(role: Role) -> &'static str {
    if may_read(role) { t("frame.inbox") } else { t("frame.home") }
}

/// A role in words.
pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Secretariat => t("role.secretariat"),
        Role::Medecin => t("role.medecin"),
        Role::Administrateur => t("role.administrateur"),
    }
}

/// A state in words, as the design names them.
pub(crate) fn state_name(state: DocumentState) -> &'static str {
    match state {
        DocumentState::Recu => t("state.recu"),
        DocumentState::Quarantaine => t("state.quarantaine"),
        DocumentState::AClasser => t("state.a-classer"),
        DocumentState::ARattacher => t("state.a-rattacher"),
        DocumentState::ASeparer => t("state.a-separer"),
        DocumentState::Classe => t("state.classe"),
        DocumentState::AViser => t("state.a-viser"),
        DocumentState::Vu => t("state.vu"),
        DocumentState::Action => t("state.action"),
        DocumentState::Clos => t("state.clos"),
    }
}

/// A state as a chip; its words say it, the tint only helps.
pub(crate) fn state_chip(state: DocumentState) -> Markup {
    html! { span class={ "chip state-" (state.as_str()) } data-state=(state.as_str()) { (state_name(state)) } }
}
