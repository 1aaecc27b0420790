//! The ledger: what happened, and the proof that nobody has rewritten it.

use relu_record::DocumentState;
use relu_vault::{DocumentFilter, LedgerHead, LedgerReport, Vault};

use super::{Desk, Result, clock, vault_settings};
use crate::texts::text;
use crate::view::{LedgerCheck, LedgerLine};
use crate::{DeskError, ErrorKind, Settings};

impl Desk {
    /// Ledger lines before `before` (newest first).
    pub async fn ledger(&self, before: Option<u64>, limit: usize) -> Result<Vec<LedgerLine>> {
        let last = match before {
            Some(seq) => seq.saturating_sub(1),
            None => self.vault().ledger_head().await?.seq,
        };
        let limit = limit.clamp(1, 500) as u64;
        let after = last.saturating_sub(limit);
        let count = u32::try_from(last - after).unwrap_or(u32::MAX);
        let entries = self.vault().ledger_page(after, count).await?;
        let names = self.names().await?;
        Ok(entries
            .into_iter()
            .rev()
            .map(|e| LedgerLine {
                seq: e.seq,
                at: e.at,
                by: names.of(&e.actor),
                what: what(&e.kind, e.detail.as_deref()),
                document: e.document,
                mac: e.mac.get(..12).unwrap_or_default().to_owned(),
            })
            .collect())
    }

    /// Verifies the whole chain.
    pub async fn verify_ledger(&self) -> Result<LedgerCheck> {
        Ok(check(self.vault().verify_ledger(None).await?))
    }

    /// The exportable head as JSON.
    pub async fn ledger_head(&self) -> Result<String> {
        head_json(self.vault()).await
    }
}

/// A French sentence for an event: its kind, and for a move where from and where to.
pub(super) fn what(kind: &str, detail: Option<&str>) -> String {
    let sentence = text("event", kind);
    match detail.and_then(|d| d.split_once('>')) {
        Some((from, to)) => {
            let states = match kind {
                k if k.starts_with("export") => "export-state",
                "sent" | "hand-over-changed" => "delivery-state",
                _ => "state",
            };
            format!("{sentence} : {} → {}", text(states, from), text(states, to))
        }
        None => match detail.and_then(|d| d.split_once(':')) {
            Some((_, verdict)) if kind == "decided" => {
                format!("{sentence} : {}", text("verdict", verdict))
            }
            _ => sentence,
        },
    }
}

/// Verifies the ledger of a data folder that no server holds open, against a head kept elsewhere
/// when one is given.
pub async fn verify_ledger(settings: &Settings, anchor: Option<&str>) -> Result<LedgerCheck> {
    let anchor: Option<LedgerHead> = anchor
        .map(serde_json::from_str)
        .transpose()
        .map_err(|e| DeskError::new(ErrorKind::User, "tête exportée", e.to_string()))?;
    let vault = Vault::open(vault_settings(settings, false), clock()).await?;
    let report = vault.verify_ledger(anchor.as_ref()).await?;
    vault.close().await;
    Ok(check(report))
}

/// The head of a data folder's ledger, as JSON.
pub async fn ledger_head(settings: &Settings) -> Result<String> {
    let vault = Vault::open(vault_settings(settings, false), clock()).await?;
    let head = head_json(&vault).await?;
    vault.close().await;
    Ok(head)
}

/// How many documents stand in each state, as one JSON line.
pub async fn status(settings: &Settings) -> Result<String> {
    let vault = Vault::open(vault_settings(settings, false), clock()).await?;
    let counts = vault.count_by_state(&DocumentFilter::default()).await?;
    let jobs = vault.job_counts().await?;
    let head = vault.ledger_head().await?;
    vault.close().await;
    let of = |s: DocumentState| counts.iter().find(|(state, _)| *state == s).map_or(0, |(_, n)| *n);
    let states: serde_json::Map<String, serde_json::Value> =
        DocumentState::ALL.into_iter().map(|s| (s.as_str().to_owned(), of(s).into())).collect();
    let jobs: Vec<serde_json::Value> = jobs
        .iter()
        .map(|j| serde_json::json!({"kind": j.kind, "state": j.state.as_str(), "count": j.count}))
        .collect();
    Ok(serde_json::json!({"documents": states, "jobs": jobs, "ledger": head.seq}).to_string())
}

async fn head_json(vault: &Vault) -> Result<String> {
    let head = vault.ledger_head().await?;
    serde_json::to_string(&head)
        .map_err(|e| DeskError::new(ErrorKind::Internal, "tête du journal", e.to_string()))
}

fn check(report: LedgerReport) -> LedgerCheck {
    let problem = (!report.ok).then(|| {
        let place = report.first_bad.map(|n| format!("événement {n} : ")).unwrap_or_default();
        format!("{place}{}", report.reason.unwrap_or_default())
    });
    LedgerCheck { events: report.events, ok: report.ok, problem }
}
