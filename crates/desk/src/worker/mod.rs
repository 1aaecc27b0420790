//! Decoding in a child process, so that an endless loop, a stack overflow, an abort or a greedy
//! file costs one document and nothing else.
//!
//! The same program is started with the verb `worker`. Requests and answers are frames on its
//! standard input and output: a JSON header, then byte strings. The child limits its own memory
//! before it reads anything; the parent limits the time and kills. What a dying child prints is
//! never shown or logged: it could hold text of the document.

mod plan;
mod pool;
mod protocol;
mod serve;

pub use plan::{MaskedFrame, PlanFrame};
pub use pool::Pool;
pub use protocol::{Answer, OcrPage, ProposeArgs, Request};
pub use serve::serve;
