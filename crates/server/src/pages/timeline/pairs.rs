//! What two documents say differently, side by side, with the way to both passages. A person says that
//! they have seen it, keeps one, or leaves it open; nothing here says who is right.

use maud::{Markup, html};
use relu_desk::view::timeline::{PairSide, PairView};
use relu_record::{DocumentId, Kept};

use super::source;
use crate::list::percent;
use crate::pages::{Frame, when};
use crate::texts::{t, tf};

/// Where an answer leads back to.
#[derive(Clone, Copy)]
pub enum Back<'a> {
    /// The timeline of a patient.
    Timeline(&'a str),
    /// The page of a document.
    Document(&'a DocumentId),
}

impl Back<'_> {
    fn name(self) -> (&'static str, String) {
        match self {
            Back::Timeline(patient) => ("patient", patient.to_owned()),
            Back::Document(id) => ("document", id.0.clone()),
        }
    }
}

/// One pair.
pub fn card(frame: &Frame, pair: &PairView, back: Back<'_>) -> Markup {
    html! {
        article.pair.decided[pair.decision.is_some()] id={ "pair-" (pair.id) } data-test="pair" data-rule=(pair.rule) data-kept=[kept(pair)] {
            p.pair-title { b { (pair.title) } " " span.tag.unsure { (t("pairs.unsure")) } }
            p.muted { (pair.sentence) }
            div.pair-sides {
                (side(&pair.here, t("pairs.here"), pair.kept == Some(Kept::There)))
                @match &pair.there {
                    Some(there) => (side(there, t("pairs.there"), pair.kept == Some(Kept::Here))),
                    None => p.pair-side.muted { (t("pairs.nothing")) },
                }
            }
            @if let Some(decision) = &pair.decision {
                p.decided-by data-test="pair-decision" {
                    (answered(pair)) " " (tf("pairs.by", &[("by", &decision.by)])) " " (when(decision.at))
                    @if let Some(reason) = &decision.reason { " : " (reason) }
                }
            }
            @if pair.may_decide { (answers(frame, pair, back)) }
        }
    }
}

fn kept(pair: &PairView) -> Option<&'static str> {
    match (pair.kept, &pair.decision) {
        (Some(Kept::Here), _) => Some("ici"),
        (Some(Kept::There), _) => Some("ailleurs"),
        (None, Some(_)) => Some("vu"),
        (None, None) => None,
    }
}

fn answered(pair: &PairView) -> String {
    match (pair.kept, &pair.there) {
        (Some(Kept::Here), _) => tf("pairs.kept", &[("date", &pair.here.date)]),
        (Some(Kept::There), Some(there)) => tf("pairs.kept", &[("date", &there.date)]),
        _ => t("pairs.seen").to_owned(),
    }
}

fn side(side: &PairSide, label: &str, left: bool) -> Markup {
    html! {
        div.pair-side.left[left] {
            p.muted { (label) " " (side.date) " · " (side.title) }
            p {
                a.quote href=(source(&side.document, &side.fact, side.in_text)) data-test="pair-source" { "« " (side.words) " »" }
                @if !side.confirmed { " " span.tag.unsure { (t("proposal.unconfirmed")) } }
                @if left { " " span.tag.no { (t("pairs.not-kept")) } }
            }
        }
    }
}

fn answers(frame: &Frame, pair: &PairView, back: Back<'_>) -> Markup {
    let to = format!("/documents/{}/ecarts/{}", percent(&pair.here.document.0), percent(&pair.id));
    let (kind, id) = back.name();
    let one = |answer: &str, label: &str| {
        let named = tf("proposal.named", &[("verb", label), ("value", &pair.title)]);
        html! { button.small type="submit" name="reponse" value=(answer) id={ "pair-" (answer) "-" (pair.id) } data-answer=(answer) aria-label=(named) { (label) } }
    };
    let dated = |date: &str| tf("pairs.keep", &[("date", date)]);
    html! {
        form.pair-answers method="post" action=(to) data-swap=[matches!(back, Back::Document(_)).then_some("")] {
            (frame.token())
            input type="hidden" name="retour" value=(kind);
            input type="hidden" name="id" value=(id);
            @if pair.decision.is_some() {
                (one("rouvrir", t("pairs.reopen")))
            } @else {
                (one("vu", t("pairs.see")))
                @if let Some(there) = &pair.there {
                    (one("ici", &dated(&pair.here.date)))
                    (one("ailleurs", &dated(&there.date)))
                }
            }
        }
    }
}
