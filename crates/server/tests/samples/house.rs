//! Signing in, accounts, the register, the ledger, a failure.

use maud::Markup;
use relu_desk::view::{FunctionView, LedgerLine};
use relu_record::{DocumentId, FunctionClass, Instant, Role, Sheet, SheetState};
use relu_server::DemoAccount;
use relu_server::pages::accounts::{AccountsPage, NewAccount};
use relu_server::pages::sign_in::{FirstPage, SignInPage};
use relu_server::pages::{self, Section};

use super::{AT, account, frame};

pub fn sign_in_page() -> Markup {
    let demo = [
        DemoAccount {
            login: "secretariat".into(),
            password: "demo-secretariat".into(),
            label: "secrétaire".into(),
        },
        DemoAccount {
            login: "medecin".into(),
            password: "demo-medecin".into(),
            label: "médecin".into(),
        },
    ];
    pages::sign_in::page(&SignInPage {
        back: "/",
        problem: Some("Identifiant ou mot de passe inconnu."),
        demo: &demo,
    })
}

pub fn first_page() -> Markup {
    pages::sign_in::first(&FirstPage { login: "", name: "", problem: None })
}

pub fn functions() -> Vec<FunctionView> {
    [
        ("identify", "Identifier le patient", FunctionClass::Organisational, true),
        ("summarise", "Brouillon de résumé", FunctionClass::Grey, true),
        ("device", "Lecture d’image certifiée", FunctionClass::ThirdPartyDevice, false),
    ]
    .into_iter()
    .map(|(id, name, class, active)| FunctionView {
        sheet: Sheet {
            id: id.into(),
            name: name.into(),
            version: "0.1.0".into(),
            purpose: "Propose le patient d’un document à partir de son en-tête et de son texte."
                .into(),
            excluded: "décider seul du dossier".into(),
            class,
            class_reason: "range des documents, n’oriente aucune décision de soin".into(),
            inputs: vec!["texte".into(), "en-tête".into()],
            outputs: vec!["patient".into()],
            technique: "règles".into(),
            evaluation: "relu eval identify --gold FICHIER".into(),
            limits: "homonymes nés le même jour".into(),
            on_by_default: active,
        },
        state: SheetState {
            id: id.into(),
            active,
            overseer: active.then(|| "Dr Paul Durand".into()),
            local_evaluation: None,
        },
    })
    .collect()
}

pub fn register_page(role: Role) -> Markup {
    pages::register::page(&frame(role, Section::Register), &functions())
}

pub fn journal_page() -> Markup {
    let lines: Vec<LedgerLine> = (0..100u64)
        .map(|n| LedgerLine {
            seq: 4_312 - n,
            at: Instant(AT.0 - n as i64 * 40_000),
            by: "Claire Petit".into(),
            what: "Classé".into(),
            document: Some(DocumentId(format!("019aa0c4-7b1e-7c30-9f5d-{n:012}"))),
            mac: "a1b2c3d4e5f6".into(),
        })
        .collect();
    pages::journal::page(&frame(Role::Medecin, Section::Journal), &lines, None, true)
}

pub fn accounts_page() -> Markup {
    let accounts =
        [account(Role::Administrateur), account(Role::Secretariat), account(Role::Medecin)];
    let page = AccountsPage { accounts: &accounts, new: NewAccount::default(), problem: None };
    pages::accounts::page(&frame(Role::Administrateur, Section::Accounts), &page)
}

pub fn failure_page() -> Markup {
    relu_server::failure_page("classer", "un autre poste l’a déjà classé", "Recharger la page.")
}
