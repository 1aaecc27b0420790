//! A stack that is to be cut, page by page.

use serde::{Deserialize, Serialize};

use super::ListItem;

/// A stack with the cuts proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitView {
    /// The document.
    pub item: ListItem,
    /// Its pages.
    pub pages: Vec<SplitPage>,
    /// Whether the person looking may cut.
    pub may: bool,
}

/// One page of a stack that is to be cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitPage {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// Whether a document is proposed to begin here.
    pub begins: bool,
    /// Whether the page is proposed to be left out.
    pub leave_out: bool,
    /// `sûr`, `à vérifier`, in words; empty when nothing is proposed.
    pub certainty: String,
    /// What shows it: the quoted words.
    pub why: Vec<String>,
}
