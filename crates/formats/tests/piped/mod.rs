//! Programs that read a document from their standard input, to compare our reading with theirs.

use std::io::Write;
use std::process::{Command, Stdio};

/// What `pdftotext` prints of a document.
#[allow(dead_code, reason = "each test program uses its own part of this file")]
pub fn pdftotext(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&answer(Command::new("pdftotext").args(["-", "-"]), bytes)).into_owned()
}

/// What a program prints when it is given those bytes.
pub fn answer(command: &mut Command, bytes: &[u8]) -> Vec<u8> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    // Written beside the reading: a program that answers before it has read all would wait for us.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.stdout
}
