//! Patients: records that could be of one person, side by side and none chosen beforehand; the merges
//! made, each to be taken back; and the import of a list from another software.

use maud::{Markup, html};
use relu_desk::view::{
    DoubleSide, Doubles, ImportLine, ImportOutcome, ImportReport, MergeLine, PatientChoice,
    PatientPair,
};

use crate::list::percent;
use crate::pages::{Frame, framed, icon, timeline, when};
use crate::texts::{maybe, t, tf, tn};

/// What the page of patients shows.
pub struct PatientsPage<'a> {
    /// Pairs that could be of one person.
    pub doubles: &'a Doubles,
    /// Merges, newest first.
    pub merges: &'a [MergeLine],
    /// Patients found by name: the words, then who.
    pub found: Option<(&'a str, &'a [PatientChoice])>,
}

/// The page.
pub fn page(frame: &Frame, page: &PatientsPage<'_>) -> Markup {
    let doubles = page.doubles;
    framed(
        frame,
        t("patients.title"),
        "reading wide",
        &html! {
            div.page-head {
                h1 { (t("patients.title")) }
                a.button #import-link href="/patients/importer" { (icon("upload")) (t("patients.import")) }
            }
            (find(frame, page.found))
            section #doubles {
                h2 data-test="doubles-count" data-count=(doubles.pairs.len()) { (tn("patients.doubles", doubles.pairs.len() as u64)) }
                p.lead { (tn("patients.looked-at", doubles.looked_at as u64)) }
                @if !doubles.may_merge { p.callout { (t("patients.no-merging")) } }
                @for (n, pair) in doubles.pairs.iter().enumerate() { (pair_card(frame, n, pair, doubles.may_merge)) }
            }
            section #merges {
                h2 { (t("patients.merges")) }
                @if page.merges.is_empty() {
                    p.empty { (t("patients.no-merges")) }
                } @else {
                    table.plain {
                        thead { tr {
                            th scope="col" { (t("patients.merged")) }
                            th scope="col" { (t("patients.into")) }
                            th scope="col" { (t("patients.documents")) }
                            th scope="col" { (t("patients.by")) }
                            th scope="col" { (t("patients.state")) }
                        } }
                        tbody { @for merge in page.merges { (merge_row(frame, merge)) } }
                    }
                }
            }
        },
    )
}

/// A patient by the beginning of their name; each leads to their timeline. The words stay out of the
/// address.
fn find(frame: &Frame, found: Option<(&str, &[PatientChoice])>) -> Markup {
    html! {
        section #find-patient aria-label=(t("patients.find")) {
            form.search-form method="post" action="/patients/chercher" {
                (frame.token())
                span.field {
                    label for="patient-words" { (t("patients.find")) }
                    input #patient-words name="q" type="search" maxlength="400" autocomplete="off" value=(found.map_or("", |(words, _)| words));
                }
                button #patient-find type="submit" { (icon("search")) (t("inbox.find")) }
            }
            @if let Some((words, patients)) = found {
                @if patients.is_empty() { p.muted data-test="nobody" { (tf("filing.nobody", &[("words", words)])) } }
                ul.found {
                    @for p in patients {
                        li data-test="patient-found" data-id=(p.id) { a.row-link href=(timeline::home(&p.id)) { (p.display) } }
                    }
                }
            }
        }
    }
}

/// Two records side by side; the one to keep is picked by the person.
fn pair_card(frame: &Frame, n: usize, pair: &PatientPair, may_merge: bool) -> Markup {
    html! {
        article.card data-test="pair" {
            form method="post" action="/patients/fusionner" {
                (frame.token())
                input type="hidden" name="un" value=(pair.first.id);
                input type="hidden" name="autre" value=(pair.second.id);
                fieldset.patients {
                    legend { (t("patients.same-person")) }
                    @for side in [&pair.first, &pair.second] { (side_line(side, may_merge)) }
                }
                table.compared data-test="compared" {
                    thead { tr {
                        th { span.sr-only { (t("filing.trait")) } }
                        th { (t("patients.first")) }
                        th { (t("patients.second")) }
                        th { span.sr-only { (t("filing.agreement")) } }
                    } }
                    tbody {
                        @for line in &pair.compared {
                            tr.differs[!line.agrees] {
                                th scope="row" { (line.field) }
                                td { (line.given) }
                                td { (line.known) }
                                td { (line.level) }
                            }
                        }
                    }
                }
                @if may_merge {
                    p.muted { (t("patients.merge-note")) }
                    button id={ "merge-" (n) } type="submit" { (t("patients.merge")) }
                }
            }
        }
    }
}

fn side_line(side: &DoubleSide, may_merge: bool) -> Markup {
    let master = side.master.as_deref().unwrap_or(t("patients.recorded-here"));
    let what = html! {
        b { (side.display) }
        span.why {
            (master) " · " (tn("patients.documents-count", side.documents)) " · "
            a href=(timeline::home(&side.id)) { (t("timeline.title")) }
        }
    };
    html! {
        @if may_merge {
            label.choice data-test="side" data-id=(side.id) {
                input type="radio" name="garder" value=(side.id) required;
                span { (what) }
            }
        } @else {
            p.choice data-test="side" data-id=(side.id) { span { (what) } }
        }
    }
}

fn merge_row(frame: &Frame, merge: &MergeLine) -> Markup {
    html! {
        tr data-test="merge" data-id=(merge.id) data-standing=(if merge.undone.is_none() { "oui" } else { "non" }) {
            td { (merge.source) }
            td { (merge.target) }
            td.number { (merge.documents) }
            td {
                (merge.made_by) " · " (when(merge.made_at))
                @if let Some(message) = &merge.message {
                    " · " a href={ "/documents/" (percent(&message.0)) } { (t("patients.message")) }
                }
            }
            td {
                @match &merge.undone {
                    Some((by, at)) => { (tf("patients.undone", &[("by", by)])) " " (when(*at)) }
                    None => form method="post" action={ "/patients/fusions/" (percent(&merge.id)) "/annuler" } {
                        (frame.token())
                        button.small type="submit" id={ "split-" (merge.id) } aria-label=(tf("patients.undo-name", &[("patient", &merge.source)])) { (t("patients.undo")) }
                    },
                }
            }
        }
    }
}

/// What the page of the import shows.
pub struct ImportPage<'a> {
    /// The name of the software, as typed.
    pub source: &'a str,
    /// What would happen, or what happened.
    pub report: Option<&'a ImportReport>,
    /// Whether the list waits for a person to confirm.
    pub waiting: bool,
    /// What was wrong.
    pub problem: Option<&'a str>,
}

/// Lines shown of each outcome; a long list is read by its counts.
const MOST_LINES: usize = 500;

/// The import of a list.
pub fn import(frame: &Frame, page: &ImportPage<'_>) -> Markup {
    framed(
        frame,
        t("patients.import-title"),
        "reading wide",
        &html! {
            h1 { (t("patients.import-title")) }
            p.lead { (t("patients.import-explain")) }
            section.card {
                @if let Some(problem) = page.problem { p.problem role="alert" data-test="problem" { (icon("error")) (problem) } }
                form.stacked method="post" action="/patients/importer" enctype="multipart/form-data" {
                    (frame.token())
                    div.grid {
                        div {
                            label for="import-source" { (t("patients.source")) }
                            input #import-source name="source" type="text" maxlength="60" required autocomplete="off" value=(page.source);
                        }
                        div {
                            label for="import-file" { (t("patients.file")) }
                            input #import-file name="fichier" type="file" required accept=".csv,.txt,.tsv,.json,.ndjson";
                        }
                    }
                    button.primary[!page.waiting] #import-try type="submit" { (t("patients.try")) }
                }
            }
            @if let Some(report) = page.report { (report_table(frame, page, report)) }
        },
    )
}

fn report_table(frame: &Frame, page: &ImportPage<'_>, report: &ImportReport) -> Markup {
    html! {
        section #import-report {
            h2 { (if page.waiting { t("patients.would") } else { t("patients.done") }) }
            ul.counts {
                @for outcome in ImportOutcome::ALL {
                    li data-test="import-count" data-outcome=(outcome.as_str()) data-count=(report.count(outcome)) {
                        b { (report.count(outcome)) } " " (outcome_name(outcome))
                    }
                }
            }
            @if page.waiting {
                form method="post" action="/patients/importer/appliquer" {
                    (frame.token())
                    button.primary #import-apply type="submit" { (t("patients.apply")) }
                }
            }
            table.plain {
                thead { tr {
                    th scope="col" { (t("patients.line")) }
                    th scope="col" { (t("patients.patient")) }
                    th scope="col" { (t("patients.outcome")) }
                    th scope="col" { (t("patients.reason")) }
                } }
                tbody {
                    // What needs a look comes first.
                    @for outcome in [ImportOutcome::Refused, ImportOutcome::Changed, ImportOutcome::New, ImportOutcome::Same] {
                        @for line in report.lines.iter().filter(|l| l.outcome == outcome).take(MOST_LINES) { (import_row(line)) }
                    }
                }
            }
        }
    }
}

fn import_row(line: &ImportLine) -> Markup {
    html! {
        tr data-test="import-line" data-outcome=(line.outcome.as_str()) {
            td.number { (line.line) }
            td { (line.display) }
            td { (outcome_name(line.outcome)) }
            td { (line.reason.as_deref().unwrap_or_default()) }
        }
    }
}

fn outcome_name(outcome: ImportOutcome) -> &'static str {
    maybe(&format!("patients.outcomes.{}", outcome.as_str())).unwrap_or_default()
}
