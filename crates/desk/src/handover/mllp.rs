//! HL7 over TCP (MLLP): one message framed by `0x0B … 0x1C 0x0D`, one answer, one connection a message.
//! The address is the one of the settings, never looked up.
//!
//! The answer must name our MSH-10. `AA`: a receipt. `AE`: a person must look, the same again would fail
//! again. `AR`, silence, a cut line: later, the same bytes under the same MSH-10, by which a receiver
//! knows a message it has had. Source: HL7 v2.5 §2.9.2; MLLP release 1.

use std::net::SocketAddr;
use std::time::Duration;

use relu_formats::write::hl7v2::{Ack, read_ack};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Outcome, Reason};

const BEGIN: u8 = 0x0b;
const END: [u8; 2] = [0x1c, 0x0d];
/// Longest answer read; an acknowledgement is a few hundred bytes.
const MOST_ANSWER: usize = 64 << 10;

/// Connects, before anything is committed: who cannot be reached has received nothing.
pub(crate) async fn connect(address: SocketAddr, wait: Duration) -> Result<TcpStream, Reason> {
    match timeout(wait, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        _ => Err(Reason::new("unreachable")),
    }
}

/// Sends a message and reads its acknowledgement.
pub(crate) async fn carry(
    mut stream: TcpStream,
    message: &[u8],
    control_id: &str,
    wait: Duration,
) -> Outcome {
    let mut framed = Vec::with_capacity(message.len() + 3);
    framed.push(BEGIN);
    framed.extend_from_slice(message);
    framed.extend_from_slice(&END);
    let sent = timeout(wait, stream.write_all(&framed)).await;
    if !matches!(sent, Ok(Ok(()))) {
        return Outcome::Later(Reason::new("cut"));
    }
    match timeout(wait, answer(&mut stream)).await {
        Ok(Some(bytes)) => verdict(&bytes, control_id),
        _ => Outcome::Later(Reason::new("no-answer")),
    }
}

/// The bytes of one frame.
async fn answer(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.ok()?;
        all.extend_from_slice(buffer.get(..n)?);
        if let Some(end) = all.iter().position(|b| *b == END[0]) {
            all.truncate(end);
            return Some(all);
        }
        if n == 0 || all.len() > MOST_ANSWER {
            return None;
        }
    }
}

fn verdict(bytes: &[u8], control_id: &str) -> Outcome {
    match read_ack(bytes) {
        Some((_, about, _)) if about != control_id => Outcome::Later(Reason::new("other-answer")),
        Some((Ack::Accept, ..)) => Outcome::Receipt,
        Some((Ack::Error, _, words)) => Outcome::Refused(Reason { code: "other-side", words }),
        Some((Ack::Reject, _, words)) => Outcome::Later(Reason { code: "not-now", words }),
        None => Outcome::Later(Reason::new("other-answer")),
    }
}
