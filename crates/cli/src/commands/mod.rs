//! The verbs, one file each: an arguments struct whose doc comment is the help, then `run`.

pub(crate) mod annotate;
pub(crate) mod bench;
pub(crate) mod deid;
pub(crate) mod eval;
pub(crate) mod ledger;
pub(crate) mod lexicon;
pub(crate) mod measure;
pub(crate) mod patients;
pub(crate) mod read;
pub(crate) mod route;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod synth;
pub(crate) mod verify;
pub(crate) mod worker;

mod common;
mod demo;
