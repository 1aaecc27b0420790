//! The register of functions: shipped sheets with their live state.

use relu_record::{Actor, Role, SheetState};

use super::{Desk, Result, pipeline};
use crate::view::FunctionView;
use crate::{DeskError, ErrorKind};

impl Desk {
    /// The register of functions.
    pub async fn functions(&self) -> Result<Vec<FunctionView>> {
        let live = self.vault().function_states().await?;
        Ok(pipeline()
            .sheets()
            .into_iter()
            .map(|sheet| {
                let state = live.iter().find(|s| s.id == sheet.id).cloned();
                let state = state.unwrap_or_else(|| SheetState {
                    id: sheet.id.clone(),
                    active: sheet.on_by_default,
                    overseer: None,
                    local_evaluation: None,
                });
                FunctionView { sheet: sheet.clone(), state }
            })
            .collect())
    }

    /// Switches a function on or off, naming who answers for it.
    pub async fn switch_function(
        &self,
        who: &Actor,
        id: &str,
        active: bool,
        overseer: Option<&str>,
    ) -> Result<()> {
        let operation = "registre des fonctions";
        if !who.role.is_some_and(Role::may_administer) {
            return Err(DeskError::new(
                ErrorKind::Forbidden,
                operation,
                "réservé à l'administrateur",
            ));
        }
        let functions = self.functions().await?;
        let Some(found) = functions.into_iter().find(|f| f.sheet.id == id) else {
            return Err(DeskError::new(ErrorKind::NotFound, operation, "fonction inconnue"));
        };
        let overseer = overseer.map(str::trim).filter(|o| !o.is_empty()).map(str::to_owned);
        let state =
            SheetState { active, overseer: overseer.or(found.state.overseer), ..found.state };
        let mut tx = self.begin(who).await?;
        tx.set_function(&state).await?;
        Ok(tx.commit().await?)
    }

    /// Ids of the functions that run.
    pub(super) async fn active_functions(&self) -> Result<Vec<String>> {
        let functions = self.functions().await?;
        Ok(functions.into_iter().filter(|f| f.state.active).map(|f| f.sheet.id).collect())
    }
}
