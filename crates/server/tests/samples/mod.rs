//! Made-up views for page tests and the preview, a file for each part of the screens. Every person
//! here is invented.
#![allow(dead_code)]

pub mod deliveries;
pub mod exports;
pub mod house;
pub mod letter;
pub mod list;
pub mod patients;
pub mod search;
pub mod team;
pub mod timeline;

use relu_desk::view::AccountView;
use relu_record::{Instant, Role};
use relu_server::pages::{Frame, Section};

pub use deliveries::*;
pub use house::*;
pub use letter::*;
pub use list::*;
pub use search::*;

pub const AT: Instant = Instant(1_795_284_300_000);

pub fn frame(role: Role, section: Section) -> Frame {
    Frame {
        account: account(role),
        form_token: "jeton-de-formulaire".into(),
        section,
        notice: None,
    }
}

pub fn account(role: Role) -> AccountView {
    let (login, name) = match role {
        Role::Secretariat => ("claire", "Claire Petit"),
        Role::Medecin => ("durand", "Dr Paul Durand"),
        Role::Administrateur => ("admin", "Aline Roy"),
    };
    AccountView { id: login.into(), login: login.into(), name: name.into(), role }
}
