//! [`Desk`]: the one entrance to the use cases.

use relu_record::{Actor, DecisionId, DocumentId, Instant, ProposalId, Role};
use tokio::sync::broadcast;

use crate::view::{
    AccountView, DeskEvent, DocumentView, FunctionView, Inbox, LedgerCheck, LedgerLine, ListFilter,
    PatientChoice, Received,
};
use crate::{DeskError, Settings};

type Result<T> = std::result::Result<T, DeskError>;

/// The use cases over one data folder. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    events: broadcast::Sender<DeskEvent>,
}

fn later<T>() -> Result<T> {
    Err(DeskError::new(crate::ErrorKind::Internal, "desk", "pas encore prêt"))
}

impl Desk {
    /// Opens the data folder (creating it when it is empty) and starts reading what waits.
    pub async fn open(_settings: Settings) -> Result<Desk> {
        later()
    }
    /// The present instant, from the clock this desk was given.
    pub fn now(&self) -> Instant {
        Instant(0)
    }
    /// Live events.
    pub fn events(&self) -> broadcast::Receiver<DeskEvent> {
        self.events.subscribe()
    }

    // ---- accounts and sessions
    /// Whether anybody can sign in; when not, the first page creates the administrator.
    pub async fn has_accounts(&self) -> Result<bool> {
        later()
    }
    /// Creates an account; `by` is `None` only for the very first, which is an administrator.
    pub async fn create_account(
        &self,
        _by: Option<&Actor>,
        _login: &str,
        _name: &str,
        _role: Role,
        _password_hash: &str,
    ) -> Result<AccountView> {
        later()
    }
    /// The account of that sign-in name with its argon2 hash.
    pub async fn account_for_sign_in(&self, _login: &str) -> Result<Option<(AccountView, String)>> {
        later()
    }
    /// All accounts, for the administrator.
    pub async fn accounts(&self) -> Result<Vec<AccountView>> {
        later()
    }
    /// Opens a session under the hash of its token, and says so in the ledger.
    pub async fn open_session(
        &self,
        _account: &AccountView,
        _token_hash: &[u8; 32],
        _expires: Instant,
    ) -> Result<()> {
        later()
    }
    /// The account of a session that has not expired.
    pub async fn session(&self, _token_hash: &[u8; 32]) -> Result<Option<AccountView>> {
        later()
    }
    /// Closes a session.
    pub async fn close_session(&self, _token_hash: &[u8; 32]) -> Result<()> {
        later()
    }
    /// Counts a failed sign-in in the ledger.
    pub async fn refuse_sign_in(&self, _login: &str) -> Result<()> {
        later()
    }

    // ---- receive
    /// Receives one file: bytes kept, hash taken, job queued, in that order of durability.
    pub async fn receive(&self, _who: &Actor, _name: &str, _bytes: Vec<u8>) -> Result<Received> {
        later()
    }

    // ---- look
    /// One page of a list.
    pub async fn inbox(&self, _filter: &ListFilter) -> Result<Inbox> {
        later()
    }
    /// A document as that person may see it.
    pub async fn document(&self, _who: &Actor, _id: &DocumentId) -> Result<DocumentView> {
        later()
    }
    /// The document after this one in that list, for "accept and next".
    pub async fn next_in(
        &self,
        _filter: &ListFilter,
        _after: &DocumentId,
    ) -> Result<Option<DocumentId>> {
        later()
    }
    /// A page as PNG, at most that wide.
    pub async fn page_image(
        &self,
        _id: &DocumentId,
        _page: u32,
        _max_width_px: u32,
    ) -> Result<Vec<u8>> {
        later()
    }
    /// The received bytes, with media type and file name.
    pub async fn original(
        &self,
        _who: &Actor,
        _id: &DocumentId,
    ) -> Result<(Vec<u8>, String, String)> {
        later()
    }

    // ---- decide
    /// Accepts a proposal.
    pub async fn accept(
        &self,
        _who: &Actor,
        _id: &DocumentId,
        _p: &ProposalId,
    ) -> Result<DecisionId> {
        later()
    }
    /// Corrects a proposal: values by form field name, as in `ProposalView::edit`.
    pub async fn edit(
        &self,
        _who: &Actor,
        _id: &DocumentId,
        _p: &ProposalId,
        _values: &[(String, String)],
        _reason: Option<&str>,
    ) -> Result<DecisionId> {
        later()
    }
    /// Refuses a proposal.
    pub async fn refuse(
        &self,
        _who: &Actor,
        _id: &DocumentId,
        _p: &ProposalId,
        _reason: Option<&str>,
    ) -> Result<DecisionId> {
        later()
    }
    /// States a filing value nobody proposed (`patient`, `type`, `date`): form fields as in `edit`.
    pub async fn state_value(
        &self,
        _who: &Actor,
        _id: &DocumentId,
        _kind: relu_record::ValueKind,
        _values: &[(String, String)],
    ) -> Result<DecisionId> {
        later()
    }
    /// Accepts or refuses all undecided facts of a section (or of the summary, key `resume`).
    pub async fn decide_section(
        &self,
        _who: &Actor,
        _id: &DocumentId,
        _key: &str,
        _accept: bool,
        _reason: Option<&str>,
    ) -> Result<usize> {
        later()
    }
    /// Accepts the filing proposals that are not decided yet and files the document (*classer*).
    /// `patient` picks a known patient; otherwise the decided or proposed identity is used.
    pub async fn file(&self, _who: &Actor, _id: &DocumentId, _patient: Option<&str>) -> Result<()> {
        later()
    }
    /// The doctor's visa: seen, or seen with something to do.
    pub async fn visa(&self, _who: &Actor, _id: &DocumentId, _to_act: bool) -> Result<()> {
        later()
    }
    /// Takes back the last act on this document by a compensating event; says what was undone.
    pub async fn undo(&self, _who: &Actor, _id: &DocumentId) -> Result<String> {
        later()
    }
    /// Reads a quarantined document again.
    pub async fn retry(&self, _who: &Actor, _id: &DocumentId) -> Result<()> {
        later()
    }
    /// Known patients whose name begins so.
    pub async fn find_patients(&self, _query: &str) -> Result<Vec<PatientChoice>> {
        later()
    }
    /// JDV_J07 types for the edit form: code and label.
    pub fn document_types(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    // ---- register and ledger
    /// The register of functions.
    pub async fn functions(&self) -> Result<Vec<FunctionView>> {
        later()
    }
    /// Switches a function on or off, naming who answers for it.
    pub async fn switch_function(
        &self,
        _who: &Actor,
        _id: &str,
        _active: bool,
        _overseer: Option<&str>,
    ) -> Result<()> {
        later()
    }
    /// Ledger lines before `before` (newest first).
    pub async fn ledger(&self, _before: Option<u64>, _limit: usize) -> Result<Vec<LedgerLine>> {
        later()
    }
    /// Verifies the whole chain.
    pub async fn verify_ledger(&self) -> Result<LedgerCheck> {
        later()
    }
    /// The exportable head as JSON.
    pub async fn ledger_head(&self) -> Result<String> {
        later()
    }
}
