//! Exports without identities: the list, the form of a new one, and the review of one ([`review`]).

mod review;
mod side;
mod words;

use maud::{Markup, html};
use relu_desk::view::{ExportForm, ExportLine, PolicyChoice};

use crate::list::percent;
use crate::pages::{Frame, framed, icon, when};
use crate::texts::{maybe, t, tf, tn};

pub use review::{ReviewPage, page as review};

/// Fields of the project record, in the order of the form: name, whether it takes several lines.
const PROJECT: [(&str, bool); 6] = [
    ("title", false),
    ("purpose", true),
    ("legal_basis", false),
    ("controller", false),
    ("recipients", false),
    ("approved_by", false),
];

/// The list.
pub fn list(frame: &Frame, exports: &[ExportLine], may_export: bool) -> Markup {
    framed(
        frame,
        t("export.title"),
        "reading wide",
        &html! {
            div.page-head {
                h1 { (t("export.title")) }
                @if may_export {
                    a.button.primary #new-export href="/exports/nouveau" { (t("export.new")) }
                    a.button #to-opposition href="/opposition" { (t("opposition.title")) }
                }
            }
            p.lead { (t("export.explain")) }
            @if exports.is_empty() {
                p.empty data-test="empty" { (t("export.none")) }
            } @else {
                table.plain.exports {
                    thead { tr {
                        th scope="col" { (t("export.project")) }
                        th scope="col" { (t("export.state")) }
                        th scope="col" { (t("export.policy")) }
                        th scope="col" { (t("export.content")) }
                        th scope="col" { (t("export.begun")) }
                    } }
                    tbody { @for export in exports { (line(export)) } }
                }
            }
        },
    )
}

fn line(export: &ExportLine) -> Markup {
    html! {
        tr data-test="export" data-id=(export.id) data-state=(export.state) {
            td { a href={ "/exports/" (percent(&export.id)) } { (export.title) } }
            td { (state_chip(&export.state)) }
            td { (export.policy) }
            td { (tn("export.documents", export.documents as u64)) ", " (tn("export.persons", export.persons as u64)) }
            td {
                (when(export.created_at)) " · " (export.created_by)
                @if let Some(at) = export.key_destroyed { br; span.muted { (t("export.key-destroyed")) " " (when(at)) } }
            }
        }
    }
}

/// What a new export is made of.
pub struct NewPage<'a> {
    /// As typed.
    pub form: &'a ExportForm,
    /// Why it could not be begun.
    pub problem: Option<&'a str>,
    /// Policies to choose from.
    pub policies: &'a [PolicyChoice],
    /// Types: code and label.
    pub types: &'a [(String, String)],
}

/// The form of a new export.
pub fn new(frame: &Frame, page: &NewPage<'_>) -> Markup {
    let form = page.form;
    framed(
        frame,
        t("export.new"),
        "reading",
        &html! {
            h1 { (t("export.new")) }
            p.lead { (t("export.new-explain")) }
            @if let Some(problem) = page.problem { p.problem role="alert" data-test="problem" { (icon("error")) (problem) } }
            form.stacked.project method="post" action="/exports" #new-export-form {
                (frame.token())
                section.card {
                    h2 { (t("export.record")) }
                    @for (name, long) in PROJECT {
                        label for=(name) { (maybe(&format!("export.field.{name}")).unwrap_or(name)) }
                        @if long {
                            textarea #(name) name=(name) rows="3" maxlength="2000" required { (value(form, name)) }
                        } @else {
                            input #(name) name=(name) type="text" maxlength="300" autocomplete="off" required value=(value(form, name));
                        }
                        @if let Some(hint) = maybe(&format!("export.hint.{name}")) { p.field-hint { (hint) } }
                    }
                    label for="end_date" { (t("export.field.end_date")) }
                    input #end_date name="end_date" type="date" required value=(form.end_date);
                }
                section.card {
                    h2 { (t("export.selection")) }
                    p.field-hint { (t("export.selection-hint")) }
                    label for="type_code" { (t("export.field.type_code")) }
                    select #type_code name="type_code" {
                        option value="" { (t("inbox.all-types")) }
                        @for (code, label) in page.types { option value=(code) selected[*code == form.type_code] { (label) } }
                    }
                    div.pair {
                        div { label for="since" { (t("export.field.since")) } input #since name="since" type="date" value=(form.since); }
                        div { label for="until" { (t("export.field.until")) } input #until name="until" type="date" value=(form.until); }
                    }
                    label for="patient" { (t("export.field.patient")) }
                    input #patient name="patient" type="text" maxlength="100" autocomplete="off" value=(form.patient);
                }
                section.card {
                    fieldset {
                        legend { h2 { (t("export.policy")) } }
                        @for (n, policy) in page.policies.iter().enumerate() {
                            label.choice for={ "policy-" (policy.name) } {
                                input type="radio" name="policy" #{ "policy-" (policy.name) } value=(policy.name) required
                                    checked[if form.policy.is_empty() { n == 0 } else { policy.name == form.policy }];
                                span {
                                    b { (policy.title) } " " span.muted { (policy.version) }
                                    span.why { (policy.legal_basis) }
                                }
                            }
                        }
                    }
                }
                button.primary #new-export-submit type="submit" { (t("export.begin")) }
            }
        },
    )
}

fn value<'a>(form: &'a ExportForm, name: &str) -> &'a str {
    match name {
        "title" => &form.title,
        "purpose" => &form.purpose,
        "legal_basis" => &form.legal_basis,
        "controller" => &form.controller,
        "recipients" => &form.recipients,
        "approved_by" => &form.approved_by,
        _ => "",
    }
}

/// The state of an export; its words say it.
pub(crate) fn state_chip(state: &str) -> Markup {
    let words = maybe(&format!("export.states.{state}")).unwrap_or(state);
    html! { span class={ "chip export-" (state) } data-export-state=(state) { (words) } }
}

/// The state of a document of an export.
pub(crate) fn document_state(state: &str) -> &str {
    maybe(&format!("export.document-states.{state}")).unwrap_or(state)
}

/// A share in per cent, two digits that count: `0,99 %`.
pub(crate) fn per_cent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent < 10.0 { 2 } else { 1 };
    format!("{percent:.digits$}").replace('.', ",")
}

/// What a sample says: `0 sur 300 : moins de 1 %`.
pub(crate) fn bound_words(sample: &relu_desk::view::SampleView) -> String {
    tf(
        "export.bound",
        &[
            ("leaks", &sample.leaks.to_string()),
            ("read", &sample.read.to_string()),
            ("bound", &per_cent(sample.bound)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_as_in_french() {
        for (share, words) in
            [(0.009_936, "0,99"), (0.015_715, "1,57"), (0.25, "25,0"), (1.0, "100,0")]
        {
            assert_eq!(per_cent(share), words);
        }
    }

    #[test]
    fn every_state_and_field_has_its_words() {
        for state in ["brouillon", "en-revue", "bloque", "pret", "ecriture", "exporte"] {
            assert!(maybe(&format!("export.states.{state}")).is_some(), "{state}");
        }
        for state in ["a-preparer", "a-verifier", "a-relire", "relu", "bloque", "refuse", "retire"]
        {
            assert!(maybe(&format!("export.document-states.{state}")).is_some(), "{state}");
        }
        for (name, _) in PROJECT {
            assert!(maybe(&format!("export.field.{name}")).is_some(), "{name}");
        }
    }
}
