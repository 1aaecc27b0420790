//! Persons who object to secondary use: a form, and the list with who recorded each.

use maud::{Markup, html};
use relu_desk::view::{OppositionForm, OppositionLine};

use crate::list::percent;
use crate::pages::{Frame, framed, icon, when};
use crate::texts::{maybe, t, tf, tn};

/// Fields, in order: name, kind, whether it must be given.
const FIELDS: [(&str, &str, bool); 5] = [
    ("birth_name", "text", true),
    ("first_name", "text", true),
    ("birth_date", "date", true),
    ("used_name", "text", false),
    ("ins", "text", false),
];

/// The page.
pub fn page(
    frame: &Frame,
    lines: &[OppositionLine],
    form: &OppositionForm,
    problem: Option<&str>,
) -> Markup {
    let standing = lines.iter().filter(|l| l.withdrawn.is_none()).count();
    framed(
        frame,
        t("opposition.title"),
        "reading wide",
        &html! {
            h1 { (t("opposition.title")) }
            p.lead { (t("opposition.explain")) }
            section.card {
                h2 { (t("opposition.new")) }
                @if let Some(problem) = problem { p.problem role="alert" data-test="problem" { (icon("error")) (problem) } }
                form.stacked.opposition method="post" action="/opposition" #new-opposition {
                    (frame.token())
                    div.grid {
                        @for (name, kind, required) in FIELDS {
                            div {
                                label for={ "opposition-" (name) } {
                                    (maybe(&format!("opposition.field.{name}")).unwrap_or(name))
                                    @if !required { " " span.muted { (t("opposition.optional")) } }
                                }
                                input #{ "opposition-" (name) } name=(name) type=(kind) maxlength="100" autocomplete="off"
                                    required[required] value=(value(form, name));
                            }
                        }
                    }
                    button.primary #opposition-submit type="submit" { (t("opposition.record")) }
                }
            }
            h2 data-test="opposition-count" data-count=(standing) { (tn("opposition.standing", standing as u64)) }
            @if lines.is_empty() {
                p.empty { (t("opposition.none")) }
            } @else {
                table.plain {
                    thead { tr {
                        th scope="col" { (t("opposition.person")) }
                        th scope="col" { (t("opposition.recorded")) }
                        th scope="col" { (t("opposition.state")) }
                    } }
                    tbody { @for line in lines { (row(frame, line)) } }
                }
            }
        },
    )
}

fn row(frame: &Frame, line: &OppositionLine) -> Markup {
    html! {
        tr data-test="opposition" data-id=(line.id) data-standing=(if line.withdrawn.is_none() { "oui" } else { "non" }) {
            td { (line.person) }
            td { (when(line.recorded_at)) " · " (line.recorded_by) }
            td {
                @match &line.withdrawn {
                    Some((by, at)) => { (tf("opposition.withdrawn", &[("by", by)])) " " (when(*at)) }
                    None => form.withdraw method="post" action={ "/opposition/" (percent(&line.id)) "/retirer" } {
                        (frame.token())
                        button.small type="submit" id={ "withdraw-" (line.id) } aria-label=(tf("opposition.withdraw-name", &[("person", &line.person)])) { (t("opposition.withdraw")) }
                    },
                }
            }
        }
    }
}

fn value<'a>(form: &'a OppositionForm, name: &str) -> &'a str {
    match name {
        "birth_name" => &form.birth_name,
        "first_name" => &form.first_name,
        "birth_date" => &form.birth_date,
        "used_name" => &form.used_name,
        "ins" => &form.ins,
        _ => "",
    }
}
