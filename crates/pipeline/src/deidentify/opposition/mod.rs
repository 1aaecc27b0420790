//! *Opposition*: persons who object to the use of their data are left out, at every refresh too.
//!
//! Shape: [`OppositionList::parse`] reads a list (CSV or lines of JSON); [`Traits`] is what is known
//! of the person a document is about; [`OppositionList::standing`] says whether that person is on
//! the list. Three answers, because a document that says too little to be compared is no proof that
//! its person did not object: [`Standing::Unknown`] is for a person to look at, or blocks.
//!
//! What is compared, in this order: the INS; numbers of other systems; names with the birth date.
//! Names are folded (case, accents, hyphens), the birth name and the name in use stand for each
//! other. Nothing is kept that could be printed: `Debug` says how many persons there are.
//!
//! Source: Code de la santé publique, L. 1122-1 and RGPD article 21 (opposition); secondary use,
//! rule EX-3 (at export and at the next refresh; the count goes to the report, the identity does not).

mod list;
mod person;
#[cfg(test)]
mod tests;

pub use list::{ListError, OppositionList};
pub use person::Traits;

/// Whether a person objected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Compared with every person of the list, and none of them.
    Clear,
    /// Too little is known to tell, or it is nearly one of them.
    Unknown,
    /// On the list.
    Opposed,
}
