//! Accounts: who may sign in, and a form for one more.

use maud::{Markup, html};
use relu_desk::view::AccountView;
use relu_record::Role;

use crate::pages::sign_in::{account_fields, problem_line};
use crate::pages::{Frame, framed, role_name};
use crate::texts::t;

/// A new account as typed, without its password.
#[derive(Clone, Copy, Default)]
pub struct NewAccount<'a> {
    /// Sign-in name.
    pub login: &'a str,
    /// Name on the screen.
    pub name: &'a str,
    /// Wire name of the role.
    pub role: &'a str,
}

/// What the page shows.
pub struct AccountsPage<'a> {
    /// All accounts.
    pub accounts: &'a [AccountView],
    /// What was typed, when it could not be used.
    pub new: NewAccount<'a>,
    /// Why it could not.
    pub problem: Option<&'a str>,
}

/// The page.
pub fn page(frame: &Frame, page: &AccountsPage<'_>) -> Markup {
    framed(
        frame,
        t("account.title"),
        "reading",
        &html! {
            h1 { (t("account.title")) }
            @if !page.accounts.iter().any(|a| a.role.may_decide_filing()) {
                p.callout data-test="accounts-next-step" { (t("account.next-step")) }
            }
            table.plain {
                thead { tr {
                    th scope="col" { (t("account.name")) }
                    th scope="col" { (t("account.login")) }
                    th scope="col" { (t("account.role")) }
                    th scope="col" { (t("account.may")) }
                } }
                tbody {
                    @for account in page.accounts {
                        tr data-test="account" data-login=(account.login) {
                            td { (account.name) }
                            td { code { (account.login) } }
                            td { (role_name(account.role)) }
                            td.muted { (may(account.role)) }
                        }
                    }
                }
            }
            section.card {
                h2 { (t("account.new")) }
                (problem_line(page.problem))
                form.stacked method="post" action="/comptes" #new-account {
                    (frame.token())
                    fieldset.roles {
                        legend { (t("account.role")) }
                        @for role in [Role::Secretariat, Role::Medecin, Role::Administrateur] {
                            label.choice {
                                input type="radio" name="role" value=(role.as_str())
                                    id={ "role-" (role.as_str()) }
                                    checked[chosen(page.new.role) == role];
                                span { b { (role_name(role)) } " " span.muted { (may(role)) } }
                            }
                        }
                    }
                    (account_fields(page.new.login, page.new.name))
                    button.primary #new-account-submit type="submit" { (t("account.create")) }
                }
            }
        },
    )
}

fn chosen(role: &str) -> Role {
    Role::parse(role).unwrap_or(Role::Secretariat)
}

fn may(role: Role) -> &'static str {
    match role {
        Role::Secretariat => t("role.secretariat-may"),
        Role::Medecin => t("role.medecin-may"),
        Role::Administrateur => t("role.administrateur-may"),
    }
}
