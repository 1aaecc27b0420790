//! What is to be put on paper: documents marked by a rule or by a person, until somebody printed them.
//!
//! One mark a document. A printed one stays, with who and when, so that the printing can be taken
//! back; marked again, it is to be printed again. Marks hold no content.

use relu_record::{DocumentId, Instant};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::document::Document;
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::lists::Sight;
use crate::tx::Tx;
use crate::vault::Vault;

/// That a document is to be printed, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintMark {
    /// Whether a rule of routing asked for it.
    pub by_rule: bool,
    /// Who marked it, or filed it under that rule.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Printed by, when.
    pub printed: Option<(String, Instant)>,
}

impl Tx {
    /// Marks a document to be printed; one that was printed is to be printed again. Answers whether
    /// anything changed.
    pub async fn mark_print(&mut self, id: &DocumentId, by_rule: bool) -> Result<bool> {
        let (tenant, actor, now) = (self.t(), self.actor.id.clone(), self.now.0);
        let upsert = "INSERT INTO print_mark (tenant, document, by_rule, marked_by, marked_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, document) DO UPDATE SET \
             by_rule = excluded.by_rule, marked_by = excluded.marked_by, \
             marked_at = excluded.marked_at, printed_by = NULL, printed_at = NULL \
             WHERE print_mark.printed_at IS NOT NULL";
        let done = sqlx::query(upsert)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(i64::from(by_rule))
            .bind(actor)
            .bind(now)
            .execute(self.conn())
            .await
            .map_err(db("mark a document to be printed"))?;
        let changed = done.rows_affected() == 1;
        if changed {
            let detail = if by_rule { "rule" } else { "person" };
            self.append(Event::new(EventKind::ToPrint).document(id).detail(detail)).await?;
        }
        Ok(changed)
    }

    /// Takes a document off what is to be printed, without printing it.
    pub async fn unmark_print(&mut self, id: &DocumentId) -> Result<()> {
        let delete = "DELETE FROM print_mark WHERE tenant = $1 AND document = $2 \
             AND printed_at IS NULL";
        let tenant = self.t();
        let done = sqlx::query(delete)
            .bind(tenant)
            .bind(id.0.clone())
            .execute(self.conn())
            .await
            .map_err(db("take a document off what is to be printed"))?;
        if done.rows_affected() == 0 {
            let why = "it is not among them";
            return Err(VaultError::Conflict { what: "what is to be printed", why });
        }
        self.append(Event::new(EventKind::NotToPrint).document(id)).await?;
        Ok(())
    }

    /// Records that a document was printed, or takes that back. Answers whether anything changed: what
    /// somebody else has done meanwhile stays.
    pub async fn set_printed(&mut self, id: &DocumentId, printed: bool) -> Result<bool> {
        let (tenant, actor, now) = (self.t(), self.actor.id.clone(), self.now.0);
        let update = match printed {
            true => {
                "UPDATE print_mark SET printed_by = $3, printed_at = $4 \
                 WHERE tenant = $1 AND document = $2 AND printed_at IS NULL"
            }
            false => {
                "UPDATE print_mark SET printed_by = $3, printed_at = $4 \
                 WHERE tenant = $1 AND document = $2 AND printed_at IS NOT NULL"
            }
        };
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(printed.then_some(actor))
            .bind(printed.then_some(now))
            .execute(self.conn())
            .await
            .map_err(db("record that a document was printed"))?;
        let changed = done.rows_affected() == 1;
        if changed {
            let kind = if printed { EventKind::Printed } else { EventKind::PrintUndone };
            self.append(Event::new(kind).document(id)).await?;
        }
        Ok(changed)
    }
}

impl Vault {
    /// The mark of a document.
    pub async fn print_mark(&self, id: &DocumentId) -> Result<Option<PrintMark>> {
        let select = "SELECT * FROM print_mark WHERE tenant = $1 AND document = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read what is to be printed").await?;
        rows.first().map(mark).transpose()
    }

    /// Documents to be printed that somebody may see, the first marked first.
    pub async fn to_print(&self, sight: Sight, limit: u32) -> Result<Vec<(Document, PrintMark)>> {
        let select = "SELECT d.*, m.by_rule, m.marked_by, m.marked_at, m.printed_by, m.printed_at \
             FROM print_mark m JOIN document d ON d.tenant = m.tenant AND d.id = m.document \
             WHERE m.tenant = $1 AND m.printed_at IS NULL AND d.destroyed_at IS NULL";
        let mut q = Query::new(select, &self.t());
        q.push(sight.condition()).push(" ORDER BY m.marked_at, d.id LIMIT ");
        q.number(limit.clamp(1, 1000).into());
        let rows = q.fetch(&self.inner.db.readers, "list what is to be printed").await?;
        rows.iter().map(|r| Ok((self.document_from_row(r)?, mark(r)?))).collect()
    }

    /// How many documents are to be printed that somebody may see, and since when the first.
    pub async fn count_to_print(&self, sight: Sight) -> Result<(u64, Option<Instant>)> {
        let select = "SELECT COUNT(*) AS n, MIN(m.marked_at) AS oldest FROM print_mark m \
             JOIN document d ON d.tenant = m.tenant AND d.id = m.document \
             WHERE m.tenant = $1 AND m.printed_at IS NULL AND d.destroyed_at IS NULL";
        let mut q = Query::new(select, &self.t());
        q.push(sight.condition());
        let rows = q.fetch(&self.inner.db.readers, "count what is to be printed").await?;
        let Some(row) = rows.first() else { return Ok((0, None)) };
        let n = u64::try_from(col::<i64>(row, "n")?).unwrap_or(0);
        Ok((n, col::<Option<i64>>(row, "oldest")?.map(Instant)))
    }
}

fn mark(row: &AnyRow) -> Result<PrintMark> {
    let by: Option<String> = col(row, "printed_by")?;
    let at = col::<Option<i64>>(row, "printed_at")?.map(Instant);
    Ok(PrintMark {
        by_rule: col::<i64>(row, "by_rule")? == 1,
        by: col(row, "marked_by")?,
        at: Instant(col(row, "marked_at")?),
        printed: by.zip(at),
    })
}
