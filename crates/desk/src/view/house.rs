//! What runs the house: accounts, the register of functions, the ledger.

use relu_record::{Actor, ActorKind, DocumentId, Instant, Role, Sheet, SheetState};
use serde::{Deserialize, Serialize};

/// A person's account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountView {
    /// Id.
    pub id: String,
    /// Sign-in name.
    pub login: String,
    /// Name on the screen.
    pub name: String,
    /// Role.
    pub role: Role,
}

impl AccountView {
    /// The person as an actor.
    pub fn actor(&self) -> Actor {
        Actor { id: self.id.clone(), kind: ActorKind::Person, role: Some(self.role) }
    }
}

/// A function of the register: its sheet and its live state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionView {
    /// Static part.
    pub sheet: Sheet,
    /// Live part.
    pub state: SheetState,
}

/// One line of the ledger page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// Sequence number.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// What, a French sentence without content.
    pub what: String,
    /// The document it is about.
    pub document: Option<DocumentId>,
    /// First characters of the chain value.
    pub mac: String,
}

/// Result of verifying the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerCheck {
    /// Events read.
    pub events: u64,
    /// Whether everything holds.
    pub ok: bool,
    /// Where and why it does not, in French.
    pub problem: Option<String>,
}
