//! Saved views: the same panel on the list and on the search, and the commands of the palette.

use maud::{Markup, html};
use relu_desk::view::{SavedView, Shows};

use crate::list::percent;
use crate::pages::Frame;
use crate::texts::{t, tf};

/// What the panel shows.
pub struct ViewsPanel<'a> {
    /// The views that person has saved.
    pub views: &'a [SavedView],
    /// What the page shows now, from its first page.
    pub now: Option<Shows>,
    /// The address of the page, to come back to.
    pub back: &'a str,
    /// Where what is shown now is saved; nothing when there is nothing to save.
    pub save: Option<&'a str>,
}

impl ViewsPanel<'_> {
    /// The view that the page shows.
    pub fn here(&self) -> Option<&SavedView> {
        self.views.iter().find(|v| self.is_here(v))
    }

    fn is_here(&self, view: &SavedView) -> bool {
        self.now.as_ref() == Some(&view.shows)
    }
}

/// The address that opens a view.
fn address(view: &SavedView) -> String {
    format!("/vues/{}", percent(&view.id))
}

/// The views, each to open, to give another name, to forget; and what is shown now, to be saved.
pub(crate) fn panel(frame: &Frame, panel: &ViewsPanel<'_>) -> Markup {
    html! {
        @if panel.views.is_empty() { p.muted data-test="no-views" { (t("views.none")) } }
        ul.views-list { @for view in panel.views { (line(frame, panel, view)) } }
        @if let Some(action) = panel.save {
            form.save-view method="post" action=(action) {
                (frame.token())
                label for="view-name" { (t("views.name")) }
                input #view-name name="nom" type="text" maxlength="60" required autocomplete="off";
                button #save-view type="submit" { (t("views.save")) }
            }
        }
    }
}

fn line(frame: &Frame, panel: &ViewsPanel<'_>, view: &SavedView) -> Markup {
    let (id, named) = (percent(&view.id), [("name", view.name.as_str())]);
    html! {
        li data-test="saved-view" data-id=(view.id) {
            a href=(address(view)) aria-current=[panel.is_here(view).then_some("true")] { (view.name) }
            span.muted { (kind(view)) }
            details.rename {
                summary.button.small.quiet aria-label=(tf("views.rename-name", &named)) { (t("views.rename")) }
                form.inline method="post" action=(address(view) + "/renommer") {
                    (frame.token())
                    input type="hidden" name="retour" value=(panel.back);
                    label.sr-only for={ "view-" (id) } { (t("views.new-name")) }
                    input id={ "view-" (id) } name="nom" type="text" maxlength="60" required autocomplete="off" value=(view.name);
                    button.small id={ "rename-" (id) } type="submit" { (t("views.keep")) }
                }
            }
            form.inline method="post" action=(address(view) + "/oublier") {
                (frame.token())
                input type="hidden" name="retour" value=(panel.back);
                button.small.quiet id={ "forget-" (id) } type="submit" aria-label=(tf("views.forget-name", &named)) { (t("views.forget")) }
            }
        }
    }
}

fn kind(view: &SavedView) -> &'static str {
    match view.shows {
        Shows::List(_) => t("views.list"),
        Shows::Search(_) => t("views.search"),
    }
}

/// The views as lines of the palette.
pub fn commands(views: &[SavedView]) -> Markup {
    html! {
        ul { @for view in views { li { a href=(address(view)) { (tf("views.command", &[("name", &view.name)])) } } } }
    }
}
