//! Kill -9 at a random moment while 500 documents come in, restart, again and again: at the end
//! each document is there once and the ledger verifies. `RELU_DRILL_ROUNDS` sets how many kills
//! (20 by default; the long form is `cargo xtask drill`).

use std::path::Path;
use std::time::Duration;

use super::support::{Server, documents, verify_ledger, wait_read};

const DOCUMENTS: usize = 500;
const KILLS_PER_BATCH: usize = 10;

#[test]
fn nothing_is_lost_or_doubled_by_kills() {
    let kills: usize =
        std::env::var("RELU_DRILL_ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(20);
    let mut random = Random(0x5eed);
    for batch in 0..kills.div_ceil(KILLS_PER_BATCH) {
        let dir = tempfile::tempdir().unwrap();
        let (data, inbox) = (dir.path().join("data"), dir.path().join("in"));
        std::fs::create_dir(&inbox).unwrap();
        let watch = inbox.to_string_lossy().into_owned();
        let arguments = ["--watch", watch.as_str(), "--no-ocr"];
        let left = (kills - batch * KILLS_PER_BATCH).min(KILLS_PER_BATCH);
        for kill in 0..left {
            // The documents come in while the kills fall.
            let (from, to) = (DOCUMENTS * kill / left, DOCUMENTS * (kill + 1) / left);
            write_letters(&inbox, batch, from..to);
            let server = Server::start(&data, &arguments);
            std::thread::sleep(Duration::from_millis(200 + random.below(4_000)));
            server.kill();
        }
        let server = Server::start(&data, &arguments);
        let status = wait_read(&data, DOCUMENTS as u64, Duration::from_secs(240));
        server.stop();
        assert_eq!(documents(&status, None), DOCUMENTS as u64, "{status}");
        assert_eq!(documents(&status, Some("quarantaine")), 0, "{status}");
        let (ok, said) = verify_ledger(&data);
        assert!(ok, "{said}");
    }
}

fn write_letters(inbox: &Path, batch: usize, range: std::ops::Range<usize>) {
    for n in range {
        let text = format!(
            "Dr Hélène Aubrac\nCabinet médical des Tilleuls\n\nObjet : consultation n° {batch}-{n}\n\n\
             Patient : Mme Essai{n} ÉPREUVE, née le 12/03/1950\n\nCher confrère,\nJ'ai vu ce jour \
             en consultation votre patiente. Pas de fièvre. Tension à 130/80 mmHg.\n\
             Conclusion : état stable, suivi dans {n} jours.\n"
        );
        std::fs::write(inbox.join(format!("lettre-{n:04}.txt")), text).unwrap();
    }
}

/// A small generator: the moments differ from kill to kill and are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}
