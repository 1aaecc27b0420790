//! For every stored column: plain, blind token or sealed. A test holds this table against the
//! schema of a fresh database, so that no column is forgotten.

/// How a column is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// In clear: ids of our own making, instants, states, stable codes, sizes.
    Plain,
    /// A keyed hash: equal values can be recognised, not read.
    BlindToken,
    /// Encrypted and authenticated, bound to its row and column.
    Sealed,
}

/// A stored column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Table.
    pub table: &'static str,
    /// Column.
    pub column: &'static str,
    /// How it is kept.
    pub protection: Protection,
    /// What is in it.
    pub holds: &'static str,
}

/// Every column of the schema.
pub const COLUMNS: &[Column] = &[];
