//! The right column: what to look at first, the filing, the patient, then the summary and facts;
//! the acts stay in reach at the foot.

use maud::{Markup, html};
use relu_desk::NEW_PATIENT;
use relu_desk::view::{EditField, PatientChoice, ProposalView};
use relu_record::{DocumentState, ValueKind};

use super::proposal::{Size, card, fields};
use super::{DocumentPage, facts};
use crate::list::percent;
use crate::pages::inbox::{address, severity_class, severity_icon};
use crate::pages::{Frame, deliveries, icon, state_chip, timeline, when};
use crate::texts::{maybe, t, tf, tn};

/// The column.
pub fn column(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let view = page.view;
    html! {
        section.column.proposals aria-label=(t("document.proposals")) {
            header {
                h1 { (t("filing.title")) }
                (state_chip(view.item.state))
                @if let Some(patient) = &view.file { a.button.small.quiet #timeline href=(timeline::home(patient)) { (t("timeline.title")) } }
                span.muted { (t("document.received")) " " (when(view.item.received)) }
            }
            div.scroll data-scroll="proposals" {
                (versions(page))
                (explained(page))
                (checks(page))
                (pairs(frame, page))
                section.part #filing {
                    @if !has(page, ValueKind::Patient) {
                        (patients(frame, page))
                        (missing(frame, page, &[ValueKind::Patient]))
                    }
                    @for proposal in view.filing.iter().filter(|p| p.kind != ValueKind::Check) {
                        (card(frame, page, proposal, Size::Full))
                        @if proposal.kind == ValueKind::Patient { (patients(frame, page)) }
                    }
                    (missing(frame, page, &[ValueKind::DocumentType, ValueKind::DocumentDate]))
                }
                (super::route::part(frame, page))
                (facts::parts(frame, page))
                (deliveries::part(frame, page.handed, handing(page).as_deref()))
                (siblings(page))
                (history(page))
            }
            (acts(frame, page))
        }
    }
}

fn has(page: &DocumentPage<'_>, kind: ValueKind) -> bool {
    page.view.filing.iter().any(|p| p.kind == kind)
}

/// *À rattacher* and *à séparer* said in words.
fn explained(page: &DocumentPage<'_>) -> Markup {
    let key = match page.view.item.state {
        DocumentState::ARattacher if has(page, ValueKind::Patient) => "filing.attach-why",
        DocumentState::ARattacher => "filing.nobody-why",
        DocumentState::ASeparer => "filing.split-why",
        DocumentState::Quarantaine => "filing.quarantine-why",
        DocumentState::AViser => "filing.visa-why",
        DocumentState::Action => "filing.action-why",
        _ => return html! {},
    };
    html! { p.callout data-test="explained" { (maybe(key).unwrap_or_default()) } }
}

/// Other versions: that this one was replaced comes before everything.
fn versions(page: &DocumentPage<'_>) -> Markup {
    html! {
        @for version in &page.view.versions {
            p.callout data-test="version" data-later=(version.later) {
                a href=(page.query.place().at(&format!("/documents/{}", percent(&version.id.0)))) { (version.what) }
                @if version.later { " " (t("filing.replaced-why")) }
                " " a href=(page.query.place().at(&format!("{}/comparer/{}", address(&page.view.item), percent(&version.id.0)))) data-test="side-by-side" { (t("compare.open")) }
            }
        }
    }
}

/// What this document and others of its patient say differently. Shown before filing too; it holds
/// nothing back.
fn pairs(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let view = page.view;
    let open = view.pairs.iter().filter(|p| p.decision.is_none()).count();
    html! {
        @if !view.pairs.is_empty() {
            section.part #pairs aria-labelledby="pairs-title" {
                header { h2 #pairs-title data-test="pairs-count" data-count=(open) { (tn("pairs.count", open as u64)) } }
                p.muted.hint { (t(if view.file.is_some() { "pairs.explain" } else { "pairs.before" })) }
                @for pair in &view.pairs { (timeline::pairs::card(frame, pair, timeline::pairs::Back::Document(&view.item.id))) }
            }
        }
    }
}

/// Checks said in words, with how much they matter.
fn checks(page: &DocumentPage<'_>) -> Markup {
    html! {
        @if !page.view.item.checks.is_empty() {
            ul.checks aria-label=(t("filing.checks")) {
                @for check in &page.view.item.checks {
                    li class=(severity_class(check.severity)) data-test="check" data-code=(check.code) {
                        (icon(severity_icon(check.severity)))
                        span { b { (severity_word(severity_class(check.severity))) } " " (check.message) }
                    }
                }
            }
        }
    }
}

fn severity_word(class: &str) -> &'static str {
    match class {
        "error" => t("filing.error"),
        "warning" => t("filing.warning"),
        _ => t("filing.info"),
    }
}

/// Which patient the filing uses: as proposed, one that is known, or one found by name.
fn patients(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let view = page.view;
    let proposed = view.filing.iter().find(|p| p.kind == ValueKind::Patient);
    let unsure = view.item.state == DocumentState::ARattacher;
    // A document of several patients goes to a patient that somebody picks, never to « the » one.
    let several = view.item.state == DocumentState::ASeparer;
    let choices =
        page.found.is_some() || known(page).next().is_some() || (unsure && proposed.is_some());
    let search = if proposed.is_some() { "filing.other-patient" } else { "filing.known-patient" };
    html! {
        @if view.rights.filing {
            @if choices {
                fieldset.patients #patients {
                    legend { (icon("patient")) (t("filing.which-patient")) }
                    @if let Some(found) = page.found {
                        @for choice in &found.patients { (choice_line(choice, false)) }
                        @if found.patients.is_empty() {
                            p.muted { (tf("filing.nobody", &[("words", &found.words)])) }
                        }
                    }
                    @for choice in known(page) {
                        (choice_line(choice, choice.sure && !unsure && page.found.is_none()))
                        (side_by_side(choice))
                    }
                    @if let Some(proposed) = proposed.filter(|_| !several) {
                        @if !view.rights.new_patient { p.muted data-test="no-creation" { (t("filing.no-creation")) } }
                        @else if view.patients.is_empty() { (as_proposed(proposed, unsure)) }
                        @else { (new_patient(proposed)) }
                    }
                }
            }
            details.other-patient open[unsure || several || page.found.is_some()] {
                summary #other-patient { (t(search)) }
                form.find-patient method="post" action=(page.action("/patients")) data-swap="" {
                    (frame.token())
                    label.sr-only for="patient-search" { (t("filing.find-patient")) }
                    input #patient-search name="q" type="search" maxlength="400" autocomplete="off"
                        value=(page.found.map_or("", |f| f.words.as_str())) placeholder=(t("filing.find-patient"));
                    button.small #patient-search-submit type="submit" { (t("inbox.find")) }
                }
            }
        }
    }
}

/// Known patients that were not found by name as well.
fn known<'a>(page: &'a DocumentPage<'_>) -> impl Iterator<Item = &'a PatientChoice> {
    page.view
        .patients
        .iter()
        .filter(|c| page.found.is_none_or(|f| f.patients.iter().all(|found| found.id != c.id)))
}

fn choice_line(choice: &PatientChoice, checked: bool) -> Markup {
    html! {
        label.choice data-test="patient-choice" data-id=(choice.id) {
            input type="radio" name="patient" form="file" value=(choice.id) required checked[checked];
            span { b { (choice.display) } span.why { (choice.why) } }
        }
    }
}

/// What the document says beside what is known, line by line; what differs stands out.
fn side_by_side(choice: &PatientChoice) -> Markup {
    html! {
        @if !choice.sure && !choice.compared.is_empty() {
            table.compared data-test="compared" {
                thead { tr { th { span.sr-only { (t("filing.trait")) } } th { (t("filing.given")) } th { (t("filing.known")) } th { span.sr-only { (t("filing.agreement")) } } } }
                tbody {
                    @for line in &choice.compared {
                        tr.differs[!line.agrees] {
                            th scope="row" { (line.field) }
                            td { (line.given) }
                            td { (line.known) }
                            td { (line.level) }
                        }
                    }
                }
            }
        }
    }
}

/// Nobody known: never chosen beforehand when somebody known comes near.
fn new_patient(proposed: &ProposalView) -> Markup {
    html! {
        label.choice data-test="patient-choice" data-id=(NEW_PATIENT) {
            input #patient-new type="radio" name="patient" form="file" value=(NEW_PATIENT) required;
            span { b { (tf("filing.new-patient", &[("patient", &proposed.display)])) } span.why { (t("filing.new-patient-why")) } }
        }
    }
}

fn as_proposed(proposed: &ProposalView, unsure: bool) -> Markup {
    html! {
        label.choice data-test="patient-choice" data-id="propose" {
            input #patient-as-proposed type="radio" name="patient" form="file" value="propose" required checked[!unsure];
            span { b { (tf("filing.as-proposed", &[("patient", &proposed.display)])) } span.why { (t("filing.as-proposed-why")) } }
        }
    }
}

/// Forms for those of patient, type and date that nobody proposed. That of the patient is open: no
/// document is filed without one.
fn missing(frame: &Frame, page: &DocumentPage<'_>, kinds: &[ValueKind]) -> Markup {
    let decidable = page.view.rights.filing && page.view.item.refusal.is_none();
    let several = page.view.item.state == DocumentState::ASeparer;
    html! {
        @if decidable {
            @for (kind, wire, label) in [
                (ValueKind::Patient, "patient", t("filing.state-patient")),
                (ValueKind::DocumentType, "document-type", t("filing.state-type")),
                (ValueKind::DocumentDate, "document-date", t("filing.state-date")),
            ] {
                @if kinds.contains(&kind) && !has(page, kind) {
                    details.state-value open[kind == ValueKind::Patient && !several] data-test="state-value" data-kind=(wire) {
                        summary id={ "state-" (wire) } { (label) }
                        form.stacked method="post" action=(page.action(&format!("/valeurs/{wire}"))) data-swap="" {
                            (frame.token())
                            (fields(wire, &stated_fields(kind, page.types)))
                            button.primary type="submit" id={ "state-submit-" (wire) } { (t("filing.save")) }
                        }
                    }
                }
            }
        }
    }
}

/// The fields of a value nobody proposed, named as those of the desk's edit forms.
fn stated_fields(kind: ValueKind, types: &[(String, String)]) -> Vec<EditField> {
    let field = |name: &str, label: &str, input: &str, choices: Vec<(String, String)>| EditField {
        name: name.to_owned(),
        label: label.to_owned(),
        value: String::new(),
        input: input.to_owned(),
        choices,
    };
    let blank = || vec![(String::new(), t("filing.choose").to_owned())];
    match kind {
        ValueKind::Patient => {
            let mut sexes = blank();
            for (value, label) in [("F", t("sex.female")), ("M", t("sex.male"))] {
                sexes.push((value.to_owned(), label.to_owned()));
            }
            vec![
                field("birth_name", t("patient.birth-name"), "text", Vec::new()),
                field("first_name", t("patient.first-name"), "text", Vec::new()),
                field("used_name", t("patient.used-name"), "text", Vec::new()),
                field("birth_date", t("patient.birth-date"), "date", Vec::new()),
                field("sex", t("patient.sex"), "select", sexes),
            ]
        }
        ValueKind::DocumentType => {
            let choices = blank().into_iter().chain(types.iter().cloned()).collect();
            vec![field("code", t("inbox.type"), "select", choices)]
        }
        _ => vec![field("date", t("inbox.date"), "date", Vec::new())],
    }
}

/// Where the choice of a destination is posted, once the document is filed.
fn handing(page: &DocumentPage<'_>) -> Option<String> {
    use DocumentState::{AViser, Action, Classe, Clos, Vu};
    let state = page.view.item.state;
    let filed = matches!(state, Classe | AViser | Vu | Action)
        || (state == Clos && page.view.item.patient.is_some());
    filed.then(|| page.action("/remettre"))
}

fn siblings(page: &DocumentPage<'_>) -> Markup {
    html! {
        @if !page.view.siblings.is_empty() {
            section.part {
                header { h2 { (t("document.siblings")) } }
                ul.siblings {
                    @for (id, name) in &page.view.siblings {
                        li { a href=(page.query.place().at(&format!("/documents/{}", percent(&id.0)))) { (name) } }
                    }
                }
            }
        }
    }
}

fn history(page: &DocumentPage<'_>) -> Markup {
    html! {
        details.history #history {
            summary { (t("document.history")) " " span.muted { (page.view.history.len()) } }
            ol {
                @for line in &page.view.history {
                    li data-test="history" { (when(line.at)) " — " (line.what) span.muted { " (" (line.by) ")" } }
                }
            }
            p.muted { (t("document.hash")) " " code { (page.view.sha256) } }
        }
    }
}

/// The acts, at the foot of the column.
fn acts(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let rights = page.view.rights;
    let attach = page.view.item.state == DocumentState::ARattacher;
    let several = page.view.item.state == DocumentState::ASeparer;
    let readable = page.view.item.refusal.is_none();
    html! {
        footer.acts {
            @if rights.filing && readable && page.view.pages.len() > 1 {
                a.button.quiet[!several].primary[several] #open-split href=(page.query.place().at(&format!("{}/separer", address(&page.view.item)))) {
                    (t("split.open")) " " kbd { "s" }
                }
            }
            @if rights.filing && readable {
                form #file method="post" action=(page.action("/classer")) data-swap="" data-key-enter="" {
                    (frame.token())
                    button.primary.big #accept-and-next type="submit" {
                        (icon("accept"))
                        (if attach { t("filing.attach-and-next") } else { t("filing.accept-and-next") })
                        " " kbd { "Entrée" }
                    }
                }
            }
            @if rights.visa {
                form method="post" action=(page.action("/viser")) data-swap="" data-key-visa="" data-key-enter=[(!rights.filing).then_some("")] {
                    (frame.token())
                    button.primary.big #visa type="submit" { (icon("eye")) (t("filing.visa")) " " kbd { "v" } }
                    button #visa-action type="submit" name="a_faire" value="oui" { (icon("flag")) (t("filing.to-do")) }
                }
            }
            @if rights.detach {
                form method="post" action=(page.action("/detacher")) {
                    (frame.token())
                    button.quiet #detach type="submit" title=(t("filing.detach-why")) { (icon("patient")) (t("filing.detach")) }
                }
            }
            @if rights.undo {
                form method="post" action=(page.action("/annuler")) data-swap="" {
                    (frame.token())
                    button.quiet #undo type="submit" data-key-undo="" title=(page.view.last_act.as_deref().unwrap_or(t("document.undo"))) {
                        (icon("undo")) (t("document.undo")) " " kbd { "u" }
                    }
                }
            }
            @if let Some(next) = page.next {
                a.button.quiet #next-document rel="next" title=(t("document.next")) aria-label=(t("document.next")) href=(page.query.place().at(&format!("/documents/{}", percent(&next.0)))) {
                    (icon("next"))
                }
            }
        }
    }
}
