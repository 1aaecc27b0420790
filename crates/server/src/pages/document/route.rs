//! Where the document goes, or where it stands: what the rules propose with their sentence and proof,
//! another queue by choice, then the holder, the note and the tasks.

use maud::{Markup, html};
use relu_desk::view::routing::{PlaceView, RouteLine};

use super::DocumentPage;
use crate::list::percent;
use crate::pages::bannettes::task_form;
use crate::pages::{Frame, icon};
use crate::texts::{t, tf};

/// The section.
pub(super) fn part(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let route = &page.view.route;
    if route.to.is_empty() && route.place.is_none() {
        return html! {};
    }
    html! {
        section.part.route #route data-test="route" data-rules=[route.rules] {
            header {
                h2 { (t("route.title")) }
                @if route.rules.is_some() {
                    a.button.small.quiet #why href={ "/documents/" (percent(&page.view.item.id.0)) "/pourquoi" } { (t("route.why")) }
                }
            }
            @match &route.place {
                Some(place) => { (placed(place)) }
                None => {
                    p { (t("route.goes-to")) " " b data-test="route-to" { (route.to) }
                        @if route.choice.is_some() { " " span.chip { (t("route.chosen")) } } }
                    ul.route-lines { @for line in &route.lines { (one(frame, page, line)) } }
                    @if route.may_choose { (choose(frame, page)) }
                }
            }
            (print(frame, page))
            @for task in &route.tasks {
                p.task data-test="task" {
                    (task.label)
                    @if let Some(day) = &task.due { " · " span.late[task.late] { (tf("bannettes.due", &[("day", day)])) } }
                    @if let Some(done) = &task.done { " · " span.muted { (done) } }
                    " " (task_form(frame, task, "document"))
                }
            }
        }
    }
}

fn placed(place: &PlaceView) -> Markup {
    html! {
        p {
            b data-test="place" { (place.place) } " · " (place.since)
            @if place.done { " " span.chip { (t("route.done")) } }
        }
        @if let Some(holder) = &place.holder { p { span.chip.held { (icon("lock")) (holder) } } }
        @if let Some((note, by)) = &place.note { p.note { b { (by) } " : " (note) } }
        @if !place.copies.is_empty() { p.muted { (t("route.copies")) " " (place.copies.join(", ")) } }
        @for tag in &place.tags { span.chip { (tag) } " " }
        @if let Some(queue) = &place.queue {
            p { a href={ "/bannettes?b=" (percent(queue)) } { (t("route.open-queue")) } }
        }
    }
}

/// Whether it is to be printed, and the button that says so or not.
fn print(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let wanted = page.view.to_print.as_deref();
    let (rest, label) = match wanted {
        Some(_) => ("/ne-pas-imprimer", t("prints.leave")),
        None => ("/a-imprimer", t("prints.mark")),
    };
    html! {
        form.to-print method="post" action=(page.action(rest)) data-swap="" {
            (frame.token())
            @if let Some(by) = wanted {
                span data-test="to-print" { b { (t("prints.title")) } " · " (tf("prints.asked-by", &[("by", by)])) } " "
            }
            @if frame.account.role.may_decide_filing() { button.small.quiet #to-print type="submit" { (label) } }
        }
    }
}

fn one(frame: &Frame, page: &DocumentPage<'_>, line: &RouteLine) -> Markup {
    let off = line.refused || line.overridden_by.is_some();
    html! {
        li.route-line.off[off] data-test="route-line" data-rule=(line.rule) {
            p { b { (line.what) }
                @if let Some(winner) = &line.overridden_by { " " span.muted { (tf("route.overridden", &[("rule", winner)])) } }
                @if line.refused { " " span.muted { (t("route.refused")) } } }
            details { summary { (t("route.because")) " " code { (line.rule) } }
                p { (line.because) }
                @for e in &line.evidence { p.muted { (e.label) } } }
            @if page.view.route.may_choose && line.overridden_by.is_none() {
                form.inline method="post" action=(page.action(&format!("/orientation/{}", percent(&line.id)))) data-swap="" {
                    (frame.token())
                    button.small.quiet type="submit" id={ "refuse-" (line.id) } { (if line.refused { t("route.accept-again") } else { t("route.refuse") }) }
                }
            }
        }
    }
}

fn choose(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let route = &page.view.route;
    html! {
        form.choose-queue method="post" action=(page.action("/orientation")) data-swap="" {
            (frame.token())
            label for="queue" { (t("route.other")) }
            select #queue name="bannette" {
                option value="" { (t("route.as-proposed")) }
                @for (code, name) in &route.queues { option value=(code) selected[route.choice.as_deref() == Some(name)] { (name) } }
            }
            button.small #queue-choose type="submit" { (t("route.choose")) }
        }
    }
}
