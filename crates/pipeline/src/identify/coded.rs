//! Whom the INS datamatrix of a page names. The code carries the traits with the matricule; it is a
//! transport aid and qualifies nothing: the identity stays *provisoire*, and a person decides.
//!
//! Source: interop-fr fact sheet §1 (datamatrix INS).

use relu_record::datamatrix::{self, DatamatrixError};
use relu_record::{Evidence, PartialDate, PatientIdentity, ProposalValue, Reading, Severity};

use super::candidate::Decision;
use super::{disagreement, evidence, several_patients, text_patient};
use crate::function::{Draft, check};

/// A code agrees with the text.
const WITH_TEXT: f32 = 0.97;
/// A code alone: the label may be on a sheet that speaks of somebody else.
const ALONE: f32 = 0.9;

/// Somebody that a code names, and where.
pub(super) struct Coded {
    identity: PatientIdentity,
    at: Vec<Evidence>,
}

/// The one person that the codes name; several, and none is taken.
pub(super) fn patient(draft: &mut Draft, reading: &Reading) -> Option<Coded> {
    let mut named: Vec<Coded> = Vec::new();
    let mut damaged = Vec::new();
    for code in &reading.codes {
        let at = Evidence::Region { page: code.page, bbox: code.bbox };
        match datamatrix::read(&code.text) {
            Ok(identity) => {
                let same = |n: &&mut Coded| disagreement(&n.identity, &identity).is_none();
                match named.iter_mut().find(same) {
                    Some(same) => same.at.push(at),
                    None => named.push(Coded { identity, at: vec![at] }),
                }
            }
            Err(DatamatrixError::BadKey) => damaged.push(at),
            // Another code: of a separator, of a product, of a letter's sender.
            Err(_) => {}
        }
    }
    if !damaged.is_empty() {
        let message = "Le numéro INS du code imprimé a une clé fausse : il n'est pas repris.";
        draft.add(check("ins-bad-key", Severity::Warning, message), damaged, 1.0, "datamatrix");
    }
    if named.len() > 1 {
        let at = named.drain(..).flat_map(|n| n.at).collect();
        let message = "Les codes imprimés nomment plusieurs patients : le document est à séparer.";
        draft.add(several_patients(message), at, 1.0, "datamatrix");
    }
    named.pop()
}

/// Says that a code and what is read elsewhere do not name the same person; tells whether they do not.
pub(super) fn contradicts(
    draft: &mut Draft,
    code: &Coded,
    other: &PatientIdentity,
    at: Vec<Evidence>,
) -> bool {
    let Some(which) = disagreement(&code.identity, other) else { return false };
    let message = format!(
        "Le code imprimé et le document ne disent pas le même patient ({which}) : à vérifier avant de classer."
    );
    let both = code.at.iter().cloned().chain(at).collect();
    draft.add(check("patient-mismatch", Severity::Error, &message), both, 1.0, "datamatrix");
    true
}

impl Coded {
    /// The patient of a document without header: the text's, completed by the code.
    pub(super) fn patient(self, draft: &mut Draft, read: &Decision) -> Option<PartialDate> {
        if read.several.len() > 1 {
            return text_patient(draft, read);
        }
        let Some(p) = &read.patient else {
            let birth = self.identity.birth_date.as_ref().map(|d| d.0);
            draft.add(ProposalValue::Patient(self.identity), self.at, ALONE, "datamatrix");
            return birth;
        };
        let spans = evidence(&p.spans);
        if contradicts(draft, &self, &p.identity, spans.clone()) {
            let confidence = p.confidence.min(0.5);
            draft.add(ProposalValue::Patient(p.identity.clone()), spans, confidence, p.rule);
            return p.identity.birth_date.as_ref().map(|d| d.0);
        }
        let code = self.identity;
        let mut identity = p.identity.clone();
        identity.ins = identity.ins.or(code.ins);
        identity.sex = identity.sex.or(code.sex);
        identity.birth_name = code.birth_name.or(identity.birth_name);
        identity.birth_first_names = identity.birth_first_names.or(code.birth_first_names);
        identity.first_name = identity.first_name.or(code.first_name);
        identity.birth_date = code.birth_date.or(identity.birth_date);
        identity.birth_place = identity.birth_place.or(code.birth_place);
        let birth = identity.birth_date.as_ref().map(|d| d.0);
        let at = spans.into_iter().chain(self.at).collect();
        let confidence = p.confidence.max(WITH_TEXT);
        draft.add(ProposalValue::Patient(identity), at, confidence, "datamatrix-and-text");
        birth
    }
}
