//! Tests of the vault from outside, on real folders and databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::indexing_slicing)]

mod blobs;
mod cluster;
mod columns;
mod conformance;
mod crash;
mod deliveries;
mod exports;
mod merges;
mod postgres;
mod resources;
mod routing;
mod secrecy;
mod speed;
mod support;
mod tampering;
