//! Sign-in, and the first start.

use maud::{Markup, html};

use crate::DemoAccount;
use crate::pages::{bare, icon};
use crate::passwords::MIN_PASSWORD;
use crate::texts::{t, tf};

/// What the sign-in page shows.
pub struct SignInPage<'a> {
    /// Where to go afterwards.
    pub back: &'a str,
    /// What was wrong with the last try.
    pub problem: Option<&'a str>,
    /// Accounts of the demonstration.
    pub demo: &'a [DemoAccount],
}

/// The sign-in page.
pub fn page(page: &SignInPage<'_>) -> Markup {
    bare(
        t("sign-in.title"),
        &html! {
            section.card.sign-in {
                p.brand-big { (icon("mark")) "Relu" }
                p.muted { (t("sign-in.promise")) }
                h1 { (t("sign-in.title")) }
                (problem_line(page.problem))
                form method="post" action="/connexion" #sign-in {
                    input type="hidden" name="suite" value=(page.back);
                    label for="login" { (t("sign-in.login")) }
                    input #login name="login" type="text" autocomplete="username" autocapitalize="none"
                        spellcheck="false" required autofocus;
                    label for="password" { (t("sign-in.password")) }
                    input #password name="password" type="password" autocomplete="current-password" required;
                    button.primary #sign-in-submit type="submit" { (t("sign-in.submit")) }
                }
                @if !page.demo.is_empty() {
                    div.demo data-test="demo-accounts" {
                        h2 { (t("sign-in.demo-title")) }
                        p { (t("sign-in.demo")) }
                        table {
                            thead { tr {
                                th scope="col" { (t("sign-in.demo-who")) }
                                th scope="col" { (t("sign-in.login")) }
                                th scope="col" { (t("sign-in.password")) }
                            } }
                            tbody {
                                @for account in page.demo {
                                    tr data-test="demo-account" {
                                        td { (account.label) }
                                        td { code { (account.login) } }
                                        td { code { (account.password) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

pub(crate) fn problem_line(problem: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p.problem role="alert" data-test="problem" { (icon("warn")) (problem) }
        }
    }
}

/// What the first page shows.
pub struct FirstPage<'a> {
    /// Sign-in name as typed.
    pub login: &'a str,
    /// Name as typed.
    pub name: &'a str,
    /// What was wrong with the last try.
    pub problem: Option<&'a str>,
}

/// The page of the first start, which creates the administrator.
pub fn first(page: &FirstPage<'_>) -> Markup {
    bare(
        t("first.title"),
        &html! {
            section.card.sign-in {
                p.brand-big { (icon("mark")) "Relu" }
                h1 { (t("first.title")) }
                p { (t("first.explain")) }
                (problem_line(page.problem))
                form method="post" action="/premiere-connexion" #first {
                    (account_fields(page.login, page.name))
                    button.primary #first-submit type="submit" { (t("first.submit")) }
                }
            }
        },
    )
}

/// The fields of a new account, apart from its role.
pub(crate) fn account_fields(login: &str, name: &str) -> Markup {
    let shortest = MIN_PASSWORD.to_string();
    html! {
        label for="name" { (t("account.name")) }
        input #name name="name" type="text" value=(name) autocomplete="off" maxlength="100" required;
        label for="login" { (t("account.login")) }
        input #login name="login" type="text" value=(login) autocomplete="off" autocapitalize="none"
            spellcheck="false" pattern="[A-Za-z0-9._\\-]+" maxlength="60" required;
        label for="password" { (t("account.password")) }
        input #password name="password" type="password" autocomplete="new-password"
            minlength=(shortest) aria-describedby="password-hint" required;
        p.muted #password-hint { (tf("account.password-hint", &[("n", &shortest)])) }
        label for="password2" { (t("account.password2")) }
        input #password2 name="password2" type="password" autocomplete="new-password" required;
    }
}
