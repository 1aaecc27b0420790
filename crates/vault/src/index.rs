//! The blind index: which tokens lead to which document or patient.

use relu_record::{Coding, DocumentId};

use crate::blind::{self, Term};
use crate::error::{Result, db};
use crate::tx::Tx;
use crate::vault::Vault;

impl Tx {
    /// Replaces what a document can be found by.
    pub async fn index_document(&mut self, id: &DocumentId, terms: &[Term]) -> Result<()> {
        self.index("document", &id.0, terms).await
    }

    pub(crate) async fn index(&mut self, kind: &str, subject: &str, terms: &[Term]) -> Result<()> {
        let (tenant, op) = (self.t(), db("index names"));
        let tokens = blind::stored_tokens(&self.vault.keys().blind, terms);
        let delete =
            "DELETE FROM blind_token WHERE tenant = $1 AND subject_kind = $2 AND subject = $3";
        sqlx::query(delete)
            .bind(tenant.clone())
            .bind(kind.to_owned())
            .bind(subject.to_owned())
            .execute(self.conn())
            .await
            .map_err(&op)?;
        for token in tokens {
            sqlx::query("INSERT INTO blind_token (tenant, token, subject_kind, subject) VALUES ($1, $2, $3, $4)")
                .bind(tenant.clone())
                .bind(token)
                .bind(kind.to_owned())
                .bind(subject.to_owned())
                .execute(self.conn())
                .await
                .map_err(&op)?;
        }
        Ok(())
    }
}

impl Vault {
    /// The token of a document type.
    pub(crate) fn type_token(&self, code: &Coding) -> String {
        blind::token(&self.keys().blind, "document-type", &[&code.system, &code.code])
    }
}
