//! What a synthetic document says, known because we wrote it.
//!
//! Values that the document does not state are absent, so that a reader is not asked for what
//! cannot be read: `stated` lists the patient fields that stand in the text or in the header.

use relu_record::{Format, Sex};
use serde::{Deserialize, Serialize};

/// A document with what is true about it.
pub struct SynthDocument {
    /// File name.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// What it says.
    pub truth: Truth,
}

/// What a document says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Format of the file; for a mail or an archive, of the container.
    pub format: Format,
    /// Name of the layout (`development/consultation_1`), or of the bad input.
    pub layout: String,
    /// Whether the layout is kept aside for measuring.
    pub held_out: bool,
    /// Whether the text can only be had by character recognition.
    pub scan: bool,
    /// The patient, when there is exactly one.
    pub patient: Option<PatientTruth>,
    /// Document type (JDV_J07); empty when it is none.
    pub type_code: String,
    /// System of the type: LOINC or TA_ASIP, an OID.
    pub type_system: String,
    /// Date of the document, ISO 8601; empty when it states none.
    pub date: String,
    /// Date of the act it reports, when it is another day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub act_date: Option<String>,
    /// Author: first name and surname, or the surname alone when nothing else is printed.
    pub author: String,
    /// Structure that answers for it; empty when the document does not name it.
    pub organization: String,
    /// The doctor it is addressed to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recipient: Option<String>,
    /// Clinical statements.
    pub facts: Vec<FactTruth>,
    /// Features of the case (`homonym`, `family-trap`, `fax`, `two-columns`…), to count by group.
    pub tags: Vec<String>,
    /// `proposed` or `quarantined`.
    pub expected_status: String,
    /// Codes of the checks that must appear (`several-patients`, `no-patient`…) or, when it is
    /// quarantined, of the refusal.
    pub expected_checks: Vec<String>,
}

/// The patient as the document states them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PatientTruth {
    /// Surname at birth, upper case without diacritics, as in the INS traits.
    pub birth_name: String,
    /// Surname in use, when it differs and is printed; same form.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub used_name: Option<String>,
    /// First given name; same form.
    pub first_name: String,
    /// Birth date, ISO 8601.
    pub birth_date: String,
    /// `F` or `M`.
    pub sex: Sex,
    /// INS, 15 characters, when it is stated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ins: Option<String>,
    /// OID of its authority.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ins_oid: Option<String>,
    /// COG code of the birthplace, when it is stated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub birth_place: Option<String>,
    /// Local number, when it is stated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ipp: Option<String>,
    /// Which of these fields the document states.
    pub stated: Vec<String>,
}

impl std::fmt::Debug for PatientTruth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatientTruth(masqué)")
    }
}

/// One clinical statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactTruth {
    /// Label of the wire format: `disorder`, `symptom`, `drug`, `quantity`, `result`, `procedure`.
    pub label: String,
    /// The words, as printed (a line break may stand for a space).
    pub text: String,
    /// Whether the document says that it is absent.
    pub negated: bool,
    /// Value with unit for a result, dosage for a drug, as printed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}
