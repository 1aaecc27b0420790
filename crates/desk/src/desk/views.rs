//! Saved views: a name and what a list or a search shows, of one person alone. Both kinds are kept the
//! same way, sealed, since their words and their names may name a patient.

use relu_record::{Actor, Private};
use relu_vault::SavedViewId;
use serde::{Deserialize, Serialize};

use super::{Desk, Result};
use crate::view::{SavedView, Shows};
use crate::{DeskError, ErrorKind};

const OPERATION: &str = "vue enregistrée";
/// Longest name, in characters.
const LONGEST: usize = 60;

#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    #[serde(flatten)]
    shows: Shows,
}

impl Desk {
    /// Saves what a person sees under a name; its first page.
    pub async fn save_view(&self, who: &Actor, name: &str, shows: &Shows) -> Result<()> {
        let name = self.free_name(who, name, None).await?;
        let content = content(name, shows.first_page());
        let mut tx = self.begin(who).await?;
        tx.save_view(&who.id, &content).await?;
        Ok(tx.commit().await?)
    }

    /// The views a person has saved, oldest first.
    pub async fn saved_views(&self, who: &Actor) -> Result<Vec<SavedView>> {
        let all = self.vault().saved_views(&who.id).await?;
        let view = |(id, content): (SavedViewId, Private<Vec<u8>>)| {
            let kept: Kept = serde_json::from_slice(&content).ok()?;
            Some(SavedView { id: id.0, name: kept.name, shows: kept.shows })
        };
        Ok(all.into_iter().filter_map(view).collect())
    }

    /// A view of that person.
    pub async fn saved_view(&self, who: &Actor, id: &str) -> Result<SavedView> {
        let all = self.saved_views(who).await?;
        all.into_iter().find(|v| v.id == id).ok_or_else(|| {
            DeskError::new(ErrorKind::NotFound, OPERATION, "cette vue n'existe plus")
        })
    }

    /// Gives a view of that person another name.
    pub async fn rename_view(&self, who: &Actor, id: &str, name: &str) -> Result<()> {
        let view = self.saved_view(who, id).await?;
        let content = content(self.free_name(who, name, Some(id)).await?, view.shows);
        let mut tx = self.begin(who).await?;
        tx.change_view(&who.id, &SavedViewId(view.id), &content).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets a view of that person; what it was is given back, to be saved again by an undo.
    pub async fn forget_view(&self, who: &Actor, id: &str) -> Result<SavedView> {
        let view = self.saved_view(who, id).await?;
        let mut tx = self.begin(who).await?;
        tx.forget_view(&who.id, &SavedViewId(view.id.clone())).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// The name as kept, when it is one and no other view of that person has it.
    async fn free_name(&self, who: &Actor, name: &str, of: Option<&str>) -> Result<String> {
        let name: String = name.trim().chars().take(LONGEST).collect();
        let wrong = |cause: &str| Err(DeskError::new(ErrorKind::User, OPERATION, cause));
        if name.is_empty() {
            return wrong("il manque le nom de la vue");
        }
        let key = relu_text::key(&name);
        let others = self.saved_views(who).await?;
        let mut others = others.iter().filter(|v| of != Some(v.id.as_str()));
        if others.any(|v| relu_text::key(&v.name) == key) {
            return wrong("une autre de vos vues porte déjà ce nom");
        }
        Ok(name)
    }
}

fn content(name: String, shows: Shows) -> Private<Vec<u8>> {
    Private(serde_json::to_vec(&Kept { name, shows }).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{ListFilter, SearchRequest};

    /// What an earlier release kept of a search is read as it was.
    #[test]
    fn both_kinds_are_kept_and_old_ones_read() {
        let old = r#"{"name":"A","asked":{"words":"toux","sender":"","state":null,"page":0}}"#;
        let kept: Kept = serde_json::from_str(old).unwrap();
        let asked = SearchRequest { words: "toux".into(), ..SearchRequest::default() };
        assert_eq!(kept.shows, Shows::Search(asked));
        let list = ListFilter { newest: true, page: 4, ..ListFilter::default() };
        let shows = Shows::List(list).first_page();
        let kept: Kept = serde_json::from_slice(&content("B".into(), shows.clone())).unwrap();
        assert_eq!((kept.name.as_str(), &kept.shows), ("B", &shows));
        assert_eq!(shows, Shows::List(ListFilter { newest: true, ..ListFilter::default() }));
    }
}
