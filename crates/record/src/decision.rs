//! Who decides, and what was decided.

use serde::{Deserialize, Serialize};

use crate::{DocumentId, Instant, Private, ProposalId, ProposalValue, Sha256Hex};

/// The legal entity whose data this is; every row belongs to one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(pub String);

/// What a person may do. Roles grow; each right is asked by name, never by comparing roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Decides the filing.
    Secretariat,
    /// Decides the filing, the clinical facts and the visa.
    Medecin,
    /// Manages accounts and the register; decides nothing about a document.
    Administrateur,
}

impl Role {
    /// The name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Secretariat => "secretariat",
            Role::Medecin => "medecin",
            Role::Administrateur => "administrateur",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        [Role::Secretariat, Role::Medecin, Role::Administrateur]
            .into_iter()
            .find(|r| r.as_str() == name)
    }

    /// Patient, type, date, sender, destination, checks.
    pub fn may_decide_filing(self) -> bool {
        matches!(self, Role::Secretariat | Role::Medecin)
    }

    /// Clinical facts and summary lines.
    pub fn may_decide_facts(self) -> bool {
        matches!(self, Role::Medecin)
    }

    /// Documents that their source masks from professionals: the doctor they were sent to alone, as
    /// the record of the patient is the doctor's to keep (CSP R.4127-45).
    pub fn may_see_masked(self) -> bool {
        matches!(self, Role::Medecin)
    }

    /// The doctor's *visa*.
    pub fn may_visa(self) -> bool {
        matches!(self, Role::Medecin)
    }

    /// Reads what an export would hand out, decides on every word of it, and exports: bound by
    /// medical secrecy, as the supervision of a warehouse asks (CNIL, délibération 2021-118).
    pub fn may_export(self) -> bool {
        matches!(self, Role::Medecin)
    }

    /// Sees which exports there are and destroys the key of one; reads no document.
    pub fn may_follow_exports(self) -> bool {
        matches!(self, Role::Medecin | Role::Administrateur)
    }

    /// Records that a person objects to secondary use, and takes it back.
    pub fn may_record_opposition(self) -> bool {
        matches!(self, Role::Secretariat | Role::Medecin)
    }

    /// Writes and tries rules of routing; they change nothing before they are put in use.
    pub fn may_write_rules(self) -> bool {
        matches!(self, Role::Secretariat | Role::Medecin | Role::Administrateur)
    }

    /// Puts rules of routing in use.
    pub fn may_activate_rules(self) -> bool {
        matches!(self, Role::Medecin | Role::Administrateur)
    }

    /// Switches of the register, accounts.
    pub fn may_administer(self) -> bool {
        matches!(self, Role::Administrateur)
    }
}

/// What kind of thing acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// A named person, signed in.
    Person,
    /// This program (reading, retrying).
    System,
    /// Another program, through an interface with its own key.
    Connector,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Stable id (account id, or the name of a part of this program).
    pub id: String,
    /// Kind.
    pub kind: ActorKind,
    /// Role at the time; absent for the program itself.
    pub role: Option<Role>,
}

impl Actor {
    /// This program itself, by the part that acts.
    pub fn system(part: &str) -> Actor {
        Actor { id: part.to_owned(), kind: ActorKind::System, role: None }
    }

    /// Whether this actor sees documents that their source masks from professionals. The program
    /// does: it must read what it files, and shows nothing by itself.
    pub fn sees_masked(&self) -> bool {
        self.kind == ActorKind::System || self.role.is_some_and(Role::may_see_masked)
    }
}

/// Identifier of a decision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DecisionId(pub String);

/// What a person said of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Right as it stands.
    Accepted,
    /// Right once changed to this.
    Edited(Box<ProposalValue>),
    /// Wrong.
    Refused,
    /// Takes back an earlier decision; a new event, nothing is erased.
    Undone(DecisionId),
}

/// One decision by one actor on one proposal of one set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The document.
    pub document: DocumentId,
    /// Hash of the proposal set it was taken on: exactly that version.
    pub set: Sha256Hex,
    /// The proposal.
    pub proposal: ProposalId,
    /// What was said.
    pub verdict: Verdict,
    /// Why, when they wish to say.
    pub reason: Option<Private>,
    /// By whom.
    pub actor: Actor,
    /// When.
    pub at: Instant,
}
