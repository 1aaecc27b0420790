//! The register of functions: what each is for, its class before the law, its switch.

use maud::{Markup, html};
use relu_desk::view::FunctionView;
use relu_record::FunctionClass;

use crate::list::percent;
use crate::pages::{Frame, framed};
use crate::texts::{maybe, t};

/// The page. Only an administrator gets switches.
pub fn page(frame: &Frame, functions: &[FunctionView]) -> Markup {
    framed(
        frame,
        t("register.title"),
        "reading",
        &html! {
            h1 { (t("register.title")) }
            p.lead { (t("register.explain")) }
            @if functions.is_empty() { p.empty { (t("register.none")) } }
            @for function in functions { (sheet(frame, function)) }
        },
    )
}

fn sheet(frame: &Frame, function: &FunctionView) -> Markup {
    let (sheet, state) = (&function.sheet, &function.state);
    html! {
        article.card.sheet id={ "fonction-" (sheet.id) } data-test="function" data-function=(sheet.id)
            data-active=(if state.active { "oui" } else { "non" }) {
            header {
                h2 { (sheet.name) }
                (class_mark(sheet.class))
                span.chip.active[state.active].off[!state.active] data-test="function-state" {
                    (if state.active { t("register.on") } else { t("register.off") })
                }
            }
            p { (sheet.purpose) }
            dl.parts {
                (line(t("register.excluded"), &sheet.excluded))
                (line(t("register.class"), &sheet.class_reason))
                (line(t("register.overseer"), state.overseer.as_deref().unwrap_or(t("register.no-overseer"))))
                (line(t("register.evaluation"), &sheet.evaluation))
                @if let Some(local) = &state.local_evaluation { (line(t("register.local-evaluation"), local)) }
                (line(t("register.limits"), &sheet.limits))
                (line(t("register.inputs"), &sheet.inputs.join(", ")))
                (line(t("register.outputs"), &outputs(&sheet.outputs)))
                (line(t("register.technique"), &sheet.technique))
                (line(t("register.version"), &format!("{} {}", sheet.id, sheet.version)))
            }
            @if frame.account.role.may_administer() { (switch(frame, function)) }
        }
    }
}

fn switch(frame: &Frame, function: &FunctionView) -> Markup {
    let (id, active) = (&function.sheet.id, function.state.active);
    html! {
        form.switch method="post" action={ "/registre-des-fonctions/" (percent(id)) } {
            (frame.token())
            input type="hidden" name="active" value=(if active { "non" } else { "oui" });
            label for={ "overseer-" (id) } { (t("register.overseer-field")) }
            input id={ "overseer-" (id) } name="overseer" type="text" maxlength="100" autocomplete="off"
                value=(function.state.overseer.as_deref().unwrap_or(&frame.account.name)) required[!active];
            button id={ "switch-" (id) } type="submit" .primary[!active] .danger[active] {
                (if active { t("register.switch-off") } else { t("register.switch-on") })
            }
        }
    }
}

/// What it proposes, in the words of the screen.
fn outputs(kinds: &[String]) -> String {
    let words: Vec<&str> =
        kinds.iter().map(|kind| maybe(&format!("kind.{kind}")).unwrap_or(kind)).collect();
    words.join(", ")
}

fn line(label: &str, value: &str) -> Markup {
    html! { dt { (label) } dd { (value) } }
}

fn class_mark(class: FunctionClass) -> Markup {
    let (name, words) = match class {
        FunctionClass::Organisational => ("organisational", t("register.organisational")),
        FunctionClass::Grey => ("grey", t("register.grey")),
        FunctionClass::ThirdPartyDevice => ("device", t("register.device")),
    };
    html! { span class={ "chip class-" (name) } data-test="function-class" { (words) } }
}
