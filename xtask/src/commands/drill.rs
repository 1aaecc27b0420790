//! `cargo xtask drill`: kills the server in the middle of its work, again and again, and counts
//! what was lost or handled twice.

use super::Command;
use crate::sh::{self, Failure};

/// The command.
pub const COMMAND: Command = Command {
    name: "drill",
    summary: "kill -9 drill: the server is killed N times, nothing may be lost",
    help: "Usage: cargo xtask drill [--rounds N]

Runs the kill drill of crates/cli/tests at N rounds (200 unless told): the server is sent SIGKILL
while it receives, reads and decides; after each start every acknowledged document must be there,
once. A second drill kills while results are filed and handed over to another program: five times as
many results as rounds, each there once, each handed over once. The ordinary tests run the same drills
small.
",
    run,
};

fn run(args: &[String]) -> Result<(), Failure> {
    let rounds: u32 = match args {
        [] => 200,
        [flag, n] if flag == "--rounds" => n
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| Failure::Usage(format!("`{n}` is not a number of rounds")))?,
        _ => return Err(Failure::Usage("the only option is `--rounds N`".to_owned())),
    };
    let mut ran = 0;
    let ok = sh::watch(
        &format!("kill drill, {rounds} rounds"),
        sh::cargo()
            .args(["test", "--locked", "--package", "relu-cli", "drill", "--", "--nocapture"])
            .env("RELU_DRILL_ROUNDS", rounds.to_string())
            .env("RELU_DRILL_RESULTS", rounds.saturating_mul(5).to_string()),
        |line| ran += super::test::Totals::of(line).map_or(0, |t| t.passed + t.failed),
    )?;
    match (ok, ran) {
        (false, _) => Err(sh::found("the drill failed; what was lost is said above")),
        (true, 0) => Err(sh::found("no test named `drill` was found in relu-cli")),
        (true, _) => Ok(()),
    }
}
