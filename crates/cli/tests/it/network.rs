//! The program opens no connection that its settings do not name: every `connect` is traced.

use std::process::Command;
use std::time::Duration;

use super::support::{Server, relu, tool, wait_read};

#[test]
fn no_outgoing_connection() {
    let Some(strace) = tool("strace") else { return };
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let traced = |program: &str| {
        let mut command = Command::new(&strace);
        command.args(["-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o"]);
        command.arg(&trace).arg(program);
        command
    };
    let program = relu().get_program().to_string_lossy().into_owned();

    let data = dir.path().join("data");
    let server = Server::start_with(traced(&program), &data, &["--demo", "--no-ocr"]);
    wait_read(&data, 10, Duration::from_secs(300));
    drop(server);
    assert_no_connection(&trace);

    let docs = dir.path().join("docs");
    let out = dir.path().join("out");
    let synth = relu().args(["synth", "--quiet", "--count", "10", "--out"]).arg(&docs).status();
    assert!(synth.unwrap().success());
    traced(&program).args(["run", "--quiet", "--out"]).arg(&out).arg(&docs).status().unwrap();
    assert!(out.join("report.jsonl").exists());
    assert_no_connection(&trace);
}

/// Only sockets that stay inside the machine by their kind may be connected.
fn assert_no_connection(trace: &std::path::Path) {
    let text = std::fs::read_to_string(trace).unwrap();
    for line in text.lines() {
        assert!(
            !(line.contains("connect(") && line.contains("AF_INET")),
            "an outgoing connection: {line}"
        );
    }
}
