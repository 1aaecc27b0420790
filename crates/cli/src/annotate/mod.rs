//! How `relu annotate` works through its input: lines in batches (`lines`) or rows of a Parquet file
//! (`columns`), handed to the threads in input order (`pool`), each note annotated by `reader`, with the
//! rules of the site (`overlay`).
//!
//! Memory is bounded by what is under way: batches of a quarter of a megabyte, a few for each
//! thread, and results that leave in pieces as soon as their turn comes.

pub(crate) mod columns;
pub(crate) mod lines;
pub(crate) mod overlay;
pub(crate) mod pool;
pub(crate) mod reader;
