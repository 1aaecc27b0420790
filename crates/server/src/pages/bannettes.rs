//! *Bannettes*: the team's queues on the left with counts and ages, the documents of one of them on
//! the right; *je m'en occupe*, giving back, passing on with a note. And the settings of the team.

use maud::{Markup, html};
use relu_desk::view::routing::{BannettesView, QueueItem, QueueLine, TaskView, TeamView};

use crate::list::percent;
use crate::pages::inbox::{address_in_list, headline};
use crate::pages::{Frame, framed, icon, prints};
use crate::texts::{t, tf, tn};

/// The page of queues.
pub fn page(frame: &Frame, view: &BannettesView) -> Markup {
    framed(
        frame,
        &view.title,
        "list-page bannettes-page",
        &html! {
            div.split {
                nav.queues aria-label=(t("bannettes.queues")) data-scroll="list" {
                    h1 { (t("bannettes.title")) }
                    ul { @for queue in &view.queues { li { (queue_line(queue, &view.here)) } } }
                    p { a.button.quiet #team-link href="/equipe" { (t("team.title")) } }
                }
                section.queue aria-label=(view.title) {
                    header {
                        h2 data-test="queue" data-queue=(view.here) { (view.title) }
                        p.muted { (if view.here == prints::CODE { t("prints.keys") } else { t("bannettes.keys") }) }
                    }
                    @if view.here == prints::CODE { (prints::list(frame, view)) } @else {
                        div.rows data-scroll="rows" {
                            @if view.here == "taches" { (tasks(frame, view)) } @else { (items(frame, view)) }
                        }
                    }
                }
            }
        },
    )
}

fn queue_line(queue: &QueueLine, here: &str) -> Markup {
    html! {
        a.queue-link href={ "/bannettes?b=" (percent(&queue.code)) } id={ "bannette-" (queue.code) }
            aria-current=[(queue.code == here).then_some("page")] data-test="queue-line" data-open=(queue.open) {
            span.queue-name { (queue.name) }
            span.count.none[queue.open == 0] { (queue.open) }
            @if let Some(oldest) = &queue.oldest {
                span.queue-age.late[queue.late] {
                    @if queue.late { (icon("warn")) b { (t("bannettes.late")) } " · " }
                    (tf("bannettes.oldest", &[("age", oldest)]))
                    @if queue.free > 0 && queue.free < queue.open { " · " (tn("bannettes.free", queue.free)) }
                }
            } @else if queue.late { span.queue-age.late { (icon("warn")) b { (t("bannettes.late")) } } }
        }
    }
}

fn items(frame: &Frame, view: &BannettesView) -> Markup {
    html! {
        @if view.items.is_empty() { p.empty data-test="empty" { (t("bannettes.empty")) } }
        @else {
            table.plain.queue-table {
                caption.sr-only { (view.title) }
                thead { tr {
                    th scope="col" { (t("bannettes.document")) }
                    th scope="col" { (t("bannettes.since")) }
                    th scope="col" { (t("bannettes.holder")) }
                    th scope="col" { (t("bannettes.act")) }
                } }
                tbody { @for item in &view.items { (row(frame, view, item)) } }
            }
        }
    }
}

fn row(frame: &Frame, view: &BannettesView, item: &QueueItem) -> Markup {
    let id = &item.item.id.0;
    html! {
        tr data-test="item" data-id=(id) data-held=(if item.holder.is_some() { "oui" } else { "non" }) {
            td {
                a.row-open #{ "doc-" (id) } data-p="" href=(address_in_list(&item.item)) { (headline(&item.item)) }
                p.muted {
                    @if let Some(kind) = &item.item.document_type { (kind) }
                    @if let Some(author) = &item.item.author { " · " (author) }
                    @if let Some(date) = &item.item.date { " · " (date) }
                }
                @if let Some((due, late)) = &item.due {
                    span.chip.due.late[*late] { @if *late { (icon("warn")) } (tf("bannettes.due", &[("day", due)])) }
                }
                @for tag in &item.tags { " " span.chip { (tag) } }
                @if let Some((note, by)) = &item.note { p.note { b { (by) } " : " (note) } }
            }
            td.when {
                (item.since)
                @if let Some(why) = &item.escalated { p.late { (why) } }
            }
            td data-test="holder" {
                @match &item.holder {
                    Some((name, since)) => {
                        span.chip.held { (icon("lock")) (name) }
                        p.muted { (since) @if item.covers.is_some() { " · " (t("bannettes.away")) } }
                    }
                    None => span.muted { (t("bannettes.nobody")) },
                }
            }
            td.acts { (acts(frame, view, item)) }
        }
    }
}

fn acts(frame: &Frame, view: &BannettesView, item: &QueueItem) -> Markup {
    let id = &item.item.id.0;
    let free = item.holder.is_none();
    let copy = view.here == "copies";
    html! {
        @if copy { (act(frame, view, id, "copie-vue", "see", t("bannettes.copy-seen"), "")) }
        @else {
            @if item.may_claim { (act(frame, view, id, "prendre", "claim", t("bannettes.claim"), "e")) }
            @if item.mine { (act(frame, view, id, "rendre", "release", t("bannettes.release"), "r")) }
            @if item.mine || free {
                details.pass {
                    summary.button.small id={ "pass-" (id) } data-act="pass" { (t("bannettes.pass")) kbd { "p" } }
                    form.stacked method="post" action=(target(view, id, "passer")) data-swap="" {
                        (frame.token())
                        label for={ "to-" (id) } { (t("bannettes.to")) }
                        select id={ "to-" (id) } name="a" {
                            @for (code, name) in &view.targets { option value=(code) { (name) } }
                        }
                        label for={ "note-" (id) } { (t("bannettes.note")) }
                        input id={ "note-" (id) } name="note" type="text" maxlength="1000" autocomplete="off";
                        button id={ "pass-on-" (id) } type="submit" { (t("bannettes.pass-on")) }
                    }
                }
                (act(frame, view, id, "terminer", "finish", t("bannettes.finish"), "t"))
            }
            @if item.may_undo { (act(frame, view, id, "annuler", "undo", t("document.undo"), "u")) }
        }
    }
}

fn target(view: &BannettesView, id: &str, what: &str) -> String {
    format!("/bannettes/{}/{what}?b={}", percent(id), percent(&view.here))
}

fn act(
    frame: &Frame,
    view: &BannettesView,
    id: &str,
    what: &str,
    code: &str,
    label: &str,
    key: &str,
) -> Markup {
    html! {
        form.inline method="post" action=(target(view, id, what)) data-swap="" data-act=(code) {
            (frame.token())
            button.small.primary[code == "claim"] type="submit" id={ (code) "-" (id) } {
                (label) @if !key.is_empty() { kbd { (key) } }
            }
        }
    }
}

fn tasks(frame: &Frame, view: &BannettesView) -> Markup {
    html! {
        @if view.tasks.is_empty() { p.empty { (t("bannettes.no-task")) } }
        @else {
            table.plain.queue-table {
                caption.sr-only { (view.title) }
                thead { tr {
                    th scope="col" { (t("bannettes.task")) }
                    th scope="col" { (t("bannettes.document")) }
                    th scope="col" { (t("bannettes.day")) }
                    th scope="col" { (t("bannettes.act")) }
                } }
                tbody {
                    @for (task, item) in &view.tasks {
                        tr data-test="task" data-id=(task.id) {
                            td { (task.label) }
                            td { a.row-open href=(address_in_list(item)) { (headline(item)) } }
                            td.when { (day(task)) }
                            td.acts { (task_form(frame, task, &view.here)) }
                        }
                    }
                }
            }
        }
    }
}

fn day(task: &TaskView) -> Markup {
    html! {
        @match &task.due {
            Some(day) => span.late[task.late] { @if task.late { (icon("warn")) " " } (day) },
            None => span.muted { (t("bannettes.no-day")) },
        }
    }
}

/// The button that finishes a task, or takes it up again.
pub(crate) fn task_form(frame: &Frame, task: &TaskView, back: &str) -> Markup {
    let action =
        format!("/taches/{}/{}?b={}", percent(&task.document.0), percent(&task.id), percent(back));
    html! {
        form.inline method="post" action=(action) data-swap="" {
            (frame.token())
            button.small type="submit" id={ "task-" (task.id) } {
                (if task.done.is_some() { t("bannettes.task-again") } else { t("bannettes.task-done") })
            }
        }
    }
}

/// The settings of the team.
pub fn team(frame: &Frame, view: &TeamView, problem: Option<&str>) -> Markup {
    framed(
        frame,
        t("team.title"),
        "reading wide",
        &html! {
            p { a href="/bannettes" { "← " (t("bannettes.title")) } }
            h1 { (t("team.title")) }
            p.lead { (t("team.explain")) }
            @if let Some(problem) = problem { p.problem role="alert" data-test="problem" { (icon("error")) (problem) } }
            section.card {
                h2 { (t("team.queues")) }
                table.plain {
                    thead { tr {
                        th scope="col" { (t("team.name")) } th scope="col" { (t("team.members")) } th scope="col" { (t("team.hours")) }
                    } }
                    tbody { @for q in &view.queues {
                        tr data-test="team-queue" {
                            td {
                                label.sr-only for={ "name-" (q.code) } { (t("team.name")) }
                                input #{ "name-" (q.code) } form={ "team-queue-" (q.code) } name="nom" type="text" maxlength="40" value=(q.name) autocomplete="off";
                                @if q.fallback { " " span.chip { (t("team.fallback")) } }
                            }
                            td { (q.members) }
                            td {
                                form.inline #{ "team-queue-" (q.code) } method="post" action="/equipe/bannette" {
                                    (frame.token())
                                    input type="hidden" name="code" value=(q.code);
                                    label.sr-only for={ "hours-" (q.code) } { (t("team.hours")) }
                                    input.hours #{ "hours-" (q.code) } name="heures" type="text" inputmode="numeric" maxlength="4" value=(q.hours);
                                    " h "
                                    button.small type="submit" id={ "save-" (q.code) } { (t("team.save")) }
                                }
                            }
                        }
                    } }
                }
                form.stacked method="post" action="/equipe/bannette" #new-queue {
                    (frame.token())
                    h3 { (t("team.new")) }
                    label for="queue-name" { (t("team.name")) }
                    input #queue-name name="nom" type="text" maxlength="40" required autocomplete="off";
                    label for="queue-hours" { (t("team.hours")) }
                    input.hours #queue-hours name="heures" type="text" inputmode="numeric" maxlength="4" value="24";
                    fieldset {
                        legend { (t("team.only")) }
                        @for (code, name) in &view.people {
                            label.choice for={ "member-" (code) } { input #{ "member-" (code) } type="checkbox" name="membre" value=(code); (name) }
                        }
                    }
                    button #queue-submit type="submit" { (t("team.add")) }
                }
            }
            section.card {
                h2 { (t("team.absences")) }
                @if view.absences.is_empty() { p.muted { (t("team.no-absence")) } }
                ul { @for a in &view.absences {
                    li data-test="absence" {
                        (a.says) " "
                        form.inline method="post" action={ "/equipe/absences/" (a.index) "/retirer" } {
                            (frame.token())
                            button.small type="submit" id={ "absence-" (a.index) } { (t("team.remove")) }
                        }
                    }
                } }
                form.stacked method="post" action="/equipe/absences" #new-absence {
                    (frame.token())
                    label for="absent" { (t("team.who")) }
                    (people("absent", "qui", view))
                    label for="absent-from" { (t("team.from")) }
                    input #absent-from name="du" type="date" required;
                    label for="absent-to" { (t("team.to")) }
                    input #absent-to name="au" type="date" required;
                    label for="cover" { (t("team.cover")) }
                    (people("cover", "remplace", view))
                    button #absence-submit type="submit" { (t("team.record")) }
                }
            }
        },
    )
}

fn people(id: &str, name: &str, view: &TeamView) -> Markup {
    html! {
        select id=(id) name=(name) {
            @for (code, label) in &view.people { option value=(code) { (label) } }
        }
    }
}
