//! Bytes to [`Reading`](relu_record::Reading): one folder or file per format, all pure, all with a
//! work [`Budget`](relu_record::Budget).
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout,
        clippy::print_stderr,
        clippy::disallowed_methods
    )
)]

pub mod ocr;
pub mod page;
pub mod pdf;
pub mod picture;

/// What a decoder is given: the bytes, and what the sender said about them (a hint, never trusted).
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The bytes as received.
    pub bytes: &'a [u8],
    /// File name, when there is one.
    pub name: Option<&'a str>,
    /// Media type as declared by the container or the upload.
    pub media_type: Option<&'a str>,
}
