//! `relu verify`: whether what was handed out is what was made, and by whom.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::output::{Done, Failure, print};

/// Verify the proof of an export (JSON on standard output)
///
/// Says whether the signature is that of the key, and whether every file of the folder is the one
/// the proof names. Exit code 0 when all is well, 1 when something was changed, is missing or was
/// added.
#[derive(Args)]
pub(crate) struct Verify {
    /// proof.jws, or the folder that holds it
    file: PathBuf,
    /// Public key of the signer (the .pub file beside the signing key)
    #[arg(long, value_name = "PUB")]
    key: PathBuf,
}

impl Verify {
    pub(crate) fn run(self) -> Done {
        let folder = if self.file.is_dir() {
            self.file.clone()
        } else {
            let parent = self.file.parent().map(PathBuf::from).unwrap_or_default();
            if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent }
        };
        let verified = relu_desk::deid::proof::verify(&folder, &self.key)?;
        let line = serde_json::to_string(&verified)
            .map_err(|e| Failure::refused(format!("résultat de la vérification : {e}")))?;
        print(&line)?;
        let well = verified.signed && verified.intact;
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
