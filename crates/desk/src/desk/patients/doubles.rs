//! Records that could be of one person (*doublons possibles*): each recent patient compared with the
//! others as a document would be. Side by side, and none is chosen for the person who looks.

use relu_pipeline::attach::{Field, Level, Obstacle};
use relu_record::Actor;

use super::super::{Desk, Result};
use super::check_role;
use super::merge::line;
use crate::view::{DoubleSide, Doubles, PatientPair};

/// Patients looked at, those last changed first, and pairs shown.
const LOOKED_AT: u32 = 400;
const SHOWN: usize = 40;

impl Desk {
    /// Pairs of records that could be of one person.
    pub async fn doubles(&self, who: &Actor) -> Result<Doubles> {
        check_role(who, "doublons possibles")?;
        let recent = self.vault().recent_patients(LOOKED_AT).await?;
        let mut pairs: Vec<(f32, PatientPair)> = Vec::new();
        let mut seen: Vec<(String, String)> = Vec::new();
        for patient in &recent {
            let attached = self.attach(&patient.identity, false).await?;
            for m in &attached.ranking.matches {
                let Some(other) = attached.patients.get(m.candidate) else { continue };
                let key = ordered(&patient.id.0, &other.id.0);
                if other.id == patient.id || seen.contains(&key) || !plausible(m) {
                    continue;
                }
                seen.push(key);
                let compared = attached.compared(&patient.identity, m, other);
                let (first, second) = (self.side(patient).await?, self.side(other).await?);
                pairs.push((m.bits, PatientPair { first, second, compared }));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        pairs.truncate(SHOWN);
        Ok(Doubles {
            pairs: pairs.into_iter().map(|(_, p)| p).collect(),
            looked_at: recent.len(),
            may_merge: self.inner.settings.patients.local_merging,
        })
    }

    async fn side(&self, patient: &relu_vault::Patient) -> Result<DoubleSide> {
        Ok(DoubleSide {
            id: patient.id.0.clone(),
            display: line(patient),
            master: patient.record.master.clone(),
            documents: self.documents_of(&patient.id.0).await?,
        })
    }
}

fn ordered(a: &str, b: &str) -> (String, String) {
    if a < b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}

/// Whether two records agree so well that somebody should look: two numbers of one system are what
/// doubles have, another sex, given name or INS is what twins and homonyms have.
fn plausible(m: &relu_pipeline::attach::Match) -> bool {
    let level = |field| m.reasons.iter().find(|r| r.field == field).map(|r| r.level);
    let refused = [
        Obstacle::OtherIns,
        Obstacle::OtherSex,
        Obstacle::OtherFamilyName,
        Obstacle::OtherFirstName,
        Obstacle::TwoDoubts,
        Obstacle::NoBirthDate,
    ];
    let date = matches!(level(Field::BirthDate), Some(Level::Same | Level::Close));
    date && !m.obstacles.iter().any(|o| refused.contains(o))
}
