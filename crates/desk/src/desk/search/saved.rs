//! Saved views: a name and what is asked for, of one person.

use relu_record::{Actor, Private};
use relu_vault::SavedViewId;
use serde::{Deserialize, Serialize};

use crate::desk::{Desk, Result};
use crate::view::{SavedView, SearchRequest};
use crate::{DeskError, ErrorKind};

/// Longest name, in characters.
const LONGEST: usize = 60;

#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    asked: SearchRequest,
}

impl Desk {
    /// Saves what a person asks for under a name.
    pub async fn save_view(&self, who: &Actor, name: &str, asked: &SearchRequest) -> Result<()> {
        let name: String = name.trim().chars().take(LONGEST).collect();
        if name.is_empty() {
            let cause = "il manque le nom de la vue";
            return Err(DeskError::new(ErrorKind::User, super::OPERATION, cause));
        }
        let asked = SearchRequest { page: 0, ..asked.clone() };
        let content = serde_json::to_vec(&Kept { name, asked }).unwrap_or_default();
        let mut tx = self.begin(who).await?;
        tx.save_view(&who.id, &Private(content)).await?;
        Ok(tx.commit().await?)
    }

    /// The views a person has saved.
    pub async fn saved_views(&self, who: &Actor) -> Result<Vec<SavedView>> {
        let all = self.vault().saved_views(&who.id).await?;
        let view = |(id, content): (SavedViewId, Private<Vec<u8>>)| {
            let kept: Kept = serde_json::from_slice(&content).ok()?;
            Some(SavedView { id: id.0, name: kept.name, asked: kept.asked })
        };
        Ok(all.into_iter().filter_map(view).collect())
    }

    /// Forgets a view of that person.
    pub async fn forget_view(&self, who: &Actor, id: &str) -> Result<()> {
        let mut tx = self.begin(who).await?;
        tx.forget_view(&who.id, &SavedViewId(id.to_owned())).await?;
        Ok(tx.commit().await?)
    }
}
