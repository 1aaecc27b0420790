//! One proposal: its value, how sure it is, the words it rests on, who made it, and the three
//! answers. Forms work without scripts: editing and refusing open in place (`<details>`).

use maud::{Markup, html};
use relu_desk::view::{DecisionView, EditField, EvidenceView, ProposalView};
use relu_record::ValueKind;

use super::DocumentPage;
use crate::list::percent;
use crate::pages::{Frame, icon, when};
use crate::texts::{t, tf, tn};

/// How much room a proposal takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A filing value, with its parts.
    Full,
    /// A fact or a summary line, on as few lines as it can.
    Line,
}

/// The card.
pub fn card(frame: &Frame, page: &DocumentPage<'_>, proposal: &ProposalView, size: Size) -> Markup {
    let id = &proposal.id.0;
    let verdict = proposal.decision.as_ref().map_or("", |d| d.verdict.as_str());
    let kind = serde_json::to_value(proposal.kind).ok();
    let kind = kind.as_ref().and_then(|k| k.as_str()).unwrap_or_default();
    html! {
        article.prop.line[size == Size::Line].decided[!verdict.is_empty()].refused[verdict == "refusé"]
            id={ "prop-" (id) } tabindex="0" data-p=(id) data-kind=(kind) data-verdict=(verdict)
            data-test="proposal" aria-label=(tf("proposal.name", &[("label", &proposal.label), ("value", &proposal.display)])) {
            @if size == Size::Full {
                div.prop-label { h3 { (proposal.label) } (mark(proposal, size)) }
            }
            div.prop-body {
                @if size == Size::Full {
                    p.value data-test="value" { (proposal.display) }
                    (parts(&proposal.details))
                } @else {
                    (line(proposal))
                }
                div.foot {
                    (quotes(id, &proposal.evidence, size))
                    p.source {
                        @if let Some(decision) = &proposal.decision { (decided(decision)) " · " }
                        (tf("proposal.by", &[("function", &proposal.function)]))
                    }
                }
            }
            @if proposal.may_decide { (answers(frame, page, proposal, size)) }
        }
    }
}

/// What stands beside the value: how sure, or what was decided; a fact says that it is unconfirmed.
fn mark(proposal: &ProposalView, size: Size) -> Markup {
    html! {
        @match &proposal.decision {
            Some(decision) if decision.verdict == "refusé" => span.tag.no data-test="certainty" { (decision.verdict) },
            Some(decision) => span.tag.yes data-test="certainty" { (decision.verdict) },
            None if size == Size::Line => span.tag.unsure data-test="certainty" { (t("proposal.unconfirmed")) },
            None if doubtful(&proposal.certainty) => span.tag.unsure data-test="certainty" { (proposal.certainty) },
            None => span.tag.sure data-test="certainty" { (proposal.certainty) },
        }
    }
}

/// Whether the desk's words for a certainty ask for a look; the tint follows, the words say it.
fn doubtful(certainty: &str) -> bool {
    certainty.contains("vérifier") || certainty.contains("probable")
}

fn parts(details: &[(String, String)]) -> Markup {
    html! {
        @if !details.is_empty() {
            dl.details {
                @for (label, value) in details { div { dt { (label) } dd { (value) } } }
            }
        }
    }
}

/// A fact or a summary line on one line: its words, what the document says of them (absent,
/// supposed, of the family…), its kind and normalised value, and whether somebody confirmed it.
fn line(proposal: &ProposalView) -> Markup {
    let (words, code) = words_and_code(&proposal.display);
    let kind = proposal.details.first().filter(|_| proposal.kind == ValueKind::Fact);
    html! {
        p.line-words {
            span.value data-test="value" { (words) @if let Some(code) = code { " " span.code { (code) } } }
            @for (label, _) in said_of(&proposal.details) { " " b.attribute data-test="attribute" { (label) } }
            @if let Some((label, value)) = kind {
                " " span.kind { (label) }
                @if !value.is_empty() && !says(words, value) { " " span.amount { (value) } }
            }
            " " (mark(proposal, Size::Line))
        }
    }
}

/// What the document says of a fact beyond its words (absent, family…): parts without a value. The
/// first part is the kind of fact.
pub fn said_of(details: &[(String, String)]) -> impl Iterator<Item = &(String, String)> {
    details.iter().skip(1).filter(|(_, value)| value.is_empty())
}

/// Whether the words already tell the number of that value: `HbA1c : 6.9 %` of `6,9 %`.
fn says(words: &str, value: &str) -> bool {
    let number: String = value
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .collect();
    !number.is_empty() && words.replace('.', ",").contains(&number)
}

/// `Asthme [CIM10 J45.9]` as its words and its code, which takes less room.
fn words_and_code(display: &str) -> (&str, Option<&str>) {
    match display.rsplit_once(" [") {
        Some((words, code)) if code.ends_with(']') => (words, code.strip_suffix(']')),
        _ => (display, None),
    }
}

/// The words it rests on; a link to them in the text, which the script turns into a highlight.
fn quotes(id: &str, evidence: &[EvidenceView], size: Size) -> Markup {
    // The words of a fact are its value; only what stands elsewhere is worth a line.
    let most = if size == Size::Full { 2 } else { 1 };
    let worth = |piece: &&EvidenceView| size == Size::Full || piece.span.is_none();
    html! {
        @for piece in evidence.iter().filter(worth).take(most) {
            p.evidence {
                @if piece.span.is_some() {
                    a.quote href={ "#t-" (id) } data-show=(id) data-test="evidence" tabindex="-1" { (shortened(&piece.label)) }
                } @else {
                    span.quote data-test="evidence" { (piece.label) }
                }
            }
        }
        @if size == Size::Full && evidence.len() > most {
            p.evidence.muted { (tn("proposal.more-evidence", (evidence.len() - most) as u64)) }
        }
    }
}

/// At most 160 characters on one line.
fn shortened(label: &str) -> String {
    let line = label.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn decided(decision: &DecisionView) -> Markup {
    html! {
        span.decided-by data-test="decision" {
            (tf("proposal.decided", &[("verdict", &decision.verdict), ("by", &decision.by)])) " " (when(decision.at))
            @if let Some(reason) = &decision.reason { " : " (reason) }
        }
    }
}

fn answers(frame: &Frame, page: &DocumentPage<'_>, proposal: &ProposalView, size: Size) -> Markup {
    let id = &proposal.id.0;
    let to = |verb: &str| page.action(&format!("/propositions/{}/{verb}", percent(id)));
    let accept = if size == Size::Line { t("proposal.confirm") } else { t("proposal.accept") };
    let accepted = proposal.decision.as_ref().is_some_and(|d| d.verdict == "accepté");
    let named = |verb: &str| tf("proposal.named", &[("verb", verb), ("value", &proposal.display)]);
    html! {
        div.answers {
            @if !accepted {
                form method="post" action=(to("accepter")) data-swap="" {
                    (frame.token())
                    button.tool.accept type="submit" id={ "accept-" (id) } data-do="accept" data-test="accept"
                        title=(accept) aria-label=(named(accept)) { (icon("accept")) }
                }
            }
            @if !proposal.edit.is_empty() {
                details.answer name={ "answer-" (id) } data-do="edit" {
                    summary.tool id={ "edit-" (id) } data-test="edit" title=(t("proposal.edit")) aria-label=(named(t("proposal.edit"))) { (icon("edit")) }
                    form.stacked method="post" action=(to("corriger")) data-swap="" id={ "edit-form-" (id) } {
                        (frame.token())
                        (fields(id, &proposal.edit))
                        (reason(id, "edit"))
                        button.primary type="submit" id={ "edit-submit-" (id) } data-test="edit-submit" { (t("proposal.save")) }
                    }
                }
            }
            details.answer name={ "answer-" (id) } data-do="refuse" {
                summary.tool.refuse id={ "refuse-" (id) } data-test="refuse" title=(t("proposal.refuse")) aria-label=(named(t("proposal.refuse"))) { (icon("refuse")) }
                form.stacked method="post" action=(to("refuser")) data-swap="" id={ "refuse-form-" (id) } {
                    (frame.token())
                    (reason(id, "refuse"))
                    button.danger type="submit" id={ "refuse-submit-" (id) } data-test="refuse-submit" { (t("proposal.refuse-do")) }
                }
            }
        }
    }
}

fn reason(id: &str, verb: &str) -> Markup {
    let field = format!("{verb}-reason-{id}");
    html! {
        label for=(field) { (t("proposal.reason")) }
        input id=(field) name="reason" type="text" maxlength="300" autocomplete="off" data-test={ (verb) "-reason" };
    }
}

/// The fields of an edit form, as the desk describes them.
pub fn fields(id: &str, fields: &[EditField]) -> Markup {
    html! {
        div.fields {
            @for field in fields {
                @let element = format!("field-{id}-{}", field.name);
                div {
                    label for=(element) title=(field.label) { (field.label) }
                    (input(&element, field))
                }
            }
        }
    }
}

fn input(element: &str, field: &EditField) -> Markup {
    if field.input == "select" {
        let listed = field.choices.iter().any(|(value, _)| *value == field.value);
        return html! {
            select id=(element) name=(field.name) data-test="edit-field" data-field=(field.name) {
                @if !listed { option value=(field.value) selected { (field.value) } }
                @for (value, label) in &field.choices {
                    option value=(value) selected[*value == field.value] { (label) }
                }
            }
        };
    }
    // A date is typed as people here write it, whatever the language of the browser.
    let date = field.input == "date";
    html! {
        input id=(element) name=(field.name) type="text"
            value=(if date { french_date(&field.value) } else { field.value.clone() })
            placeholder=[date.then_some(t("proposal.date-form"))]
            inputmode=[date.then_some("numeric")]
            maxlength="300" autocomplete="off" data-test="edit-field" data-field=(field.name);
    }
}

/// `1950-03-12` as `12/03/1950`; anything else as it stands.
fn french_date(iso: &str) -> String {
    iso.parse::<relu_record::PartialDate>().map_or_else(|_| iso.to_owned(), |d| d.to_french())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_already_said_is_not_repeated() {
        for (words, value, said) in [
            ("HbA1c : 6.9 % (4.0-6.0) H", "6,9 % (réf. 4.0-6.0) H", true),
            ("TA 132/70 mmHg", "132 à 70 mmHg", true),
            ("Furosémide", "40 mg, 1 comprimé le matin", false),
            ("tabac", "sevré", false),
        ] {
            assert_eq!(says(words, value), said, "{words}");
        }
    }

    #[test]
    fn words_lose_their_code_and_nothing_else() {
        assert_eq!(words_and_code("Asthme [CIM10 J45.9]"), ("Asthme", Some("CIM10 J45.9")));
        assert_eq!(words_and_code("dose [2] par jour"), ("dose [2] par jour", None));
    }
}
