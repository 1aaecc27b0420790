//! Patients as the software that masters them tells of them, by messages or by files; two records of
//! one person made one, and made two again.
//!
//! The rule: each datum has one master. The first system that tells of a patient masters who they
//! are; others only add their own numbers. What is mastered elsewhere is not edited here, and where
//! the identity server masters everything ([`crate::PatientPolicy`]) nobody is created or merged here.

mod apply;
mod doubles;
mod import;
mod merge;
mod update;

use relu_record::{Actor, ActorKind, Role};

use super::{Desk, Result};
use crate::texts::text;
use crate::{DeskError, ErrorKind};

pub(super) use apply::{Source, apply};

/// Who applies the messages of a feed.
pub(super) fn connector() -> Actor {
    Actor { id: "adt".to_owned(), kind: ActorKind::Connector, role: None }
}

/// Refuses whoever does not decide the filing.
fn check_role(who: &Actor, operation: &'static str) -> Result<()> {
    if who.role.is_some_and(Role::may_decide_filing) {
        return Ok(());
    }
    Err(DeskError::new(ErrorKind::Forbidden, operation, "votre rôle ne décide pas du classement"))
}

impl Desk {
    /// Refuses to record a new patient where the identity server does.
    pub(super) fn check_local_creation(&self) -> Result<()> {
        if self.inner.settings.patients.local_creation {
            return Ok(());
        }
        let (cause, hint) = (text("patients", "no-creation"), text("patients", "no-creation-hint"));
        Err(DeskError::new(ErrorKind::Forbidden, "nouveau patient", cause).hint(&hint))
    }

    /// Refuses to merge where the identity server does.
    fn check_local_merging(&self) -> Result<()> {
        if self.inner.settings.patients.local_merging {
            return Ok(());
        }
        let (cause, hint) = (text("patients", "no-merging"), text("patients", "no-merging-hint"));
        Err(DeskError::new(ErrorKind::Forbidden, "fusion", cause).hint(&hint))
    }
}
