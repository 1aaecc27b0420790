//! Persons who object to secondary use: recorded by the secretariat or a doctor, listed with who
//! recorded it, taken back. What is asked is what tells a person from all others.

use relu_record::{Actor, Ins, PatientIdentity, Private, Role, system};
use relu_vault::OppositionId;

use super::select::date;
use crate::desk::{Desk, Result};
use crate::view::{OppositionForm, OppositionLine};
use crate::{DeskError, ErrorKind, present};

const OPERATION: &str = "opposition";

impl Desk {
    /// Records that a person objects: a known patient by id, or an identity as typed.
    pub async fn record_opposition(&self, who: &Actor, form: &OppositionForm) -> Result<()> {
        recorder(who)?;
        let identity = identity(form)?;
        let mut tx = self.begin(who).await?;
        tx.record_opposition(&identity).await.map_err(|e| match e {
            relu_vault::VaultError::Conflict { .. } => incomplete(),
            other => other.into(),
        })?;
        Ok(tx.commit().await?)
    }

    /// Takes an objection back.
    pub async fn withdraw_opposition(&self, who: &Actor, id: &str) -> Result<()> {
        recorder(who)?;
        let mut tx = self.begin(who).await?;
        tx.withdraw_opposition(&OppositionId(id.to_owned())).await?;
        Ok(tx.commit().await?)
    }

    /// Every objection, newest first.
    pub async fn oppositions(&self, who: &Actor) -> Result<Vec<OppositionLine>> {
        recorder(who)?;
        let names = self.names().await?;
        let by = |id: &str| names.of(&Actor::system(id));
        Ok(self
            .vault()
            .oppositions()
            .await?
            .into_iter()
            .map(|o| OppositionLine {
                id: o.id.0,
                person: present::patient_line(&o.identity),
                recorded_by: by(&o.recorded_by),
                recorded_at: o.recorded_at,
                withdrawn: o.withdrawn.map(|(id, at)| (by(&id), at)),
            })
            .collect())
    }
}

fn recorder(who: &Actor) -> Result<()> {
    match who.role.is_some_and(Role::may_record_opposition) {
        true => Ok(()),
        false => Err(DeskError::new(
            ErrorKind::Forbidden,
            OPERATION,
            "réservée au secrétariat et au médecin",
        )),
    }
}

fn incomplete() -> DeskError {
    DeskError::new(ErrorKind::User, OPERATION, "cette personne ne peut pas être distinguée des autres")
        .hint("indiquez son nom de naissance, son premier prénom et sa date de naissance ; l'INS en plus si vous l'avez")
}

fn identity(form: &OppositionForm) -> Result<PatientIdentity> {
    let some = |v: &str| (!v.trim().is_empty()).then(|| Private(v.trim().to_owned()));
    let wrong = |cause: &str| DeskError::new(ErrorKind::User, OPERATION, cause);
    let birth_date = match form.birth_date.trim() {
        "" => None,
        text => Some(date(text).ok_or_else(|| wrong("la date de naissance n'est pas lisible"))?),
    };
    let ins = match form.ins.trim() {
        "" => None,
        text => {
            let value: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let ins = Ins::parse(&value, system::INS_NIR);
            Some(ins.map_err(|_| wrong("l'INS n'est pas valide : 15 caractères, clé comprise"))?)
        }
    };
    // An INS alone could not be compared with a patient who has none here: everybody without one
    // would have to be left out.
    if [&form.birth_name, &form.first_name, &form.birth_date].iter().any(|v| v.trim().is_empty()) {
        return Err(incomplete());
    }
    Ok(PatientIdentity {
        birth_name: some(&form.birth_name),
        used_name: some(&form.used_name),
        first_name: some(&form.first_name),
        birth_date: birth_date.map(Private),
        ins,
        ..PatientIdentity::default()
    })
}
