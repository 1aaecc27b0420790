//! What is handed over to other software.

use relu_record::Instant;
use relu_vault::DeliveryState;

use super::ListItem;

/// A delivery as a page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryView {
    /// Its id: what the other side knows it by.
    pub id: String,
    /// The document.
    pub document: ListItem,
    /// Id of the patient it was filed to when it was queued.
    pub patient: Option<String>,
    /// Label of the destination.
    pub destination: String,
    /// `première remise`, `remplacement`, `rappel`.
    pub purpose: String,
    /// Whether it takes something back.
    pub recall: bool,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why it was refused or waits, in words.
    pub reason: Option<String>,
    /// Words of the other side.
    pub words: String,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub created: Instant,
    /// When it last changed.
    pub updated: Instant,
    /// Whether it can be tried again.
    pub may_retry: bool,
    /// Whether it can be given up.
    pub may_cancel: bool,
}

/// One page of deliveries.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryList {
    /// The lines.
    pub items: Vec<DeliveryView>,
    /// How many stand where, whatever the state asked for; what is prepared counts as waiting.
    pub counts: Vec<(DeliveryState, u64)>,
    /// Lines per page.
    pub page_size: usize,
}
