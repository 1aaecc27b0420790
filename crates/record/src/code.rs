//! Codes of terminologies, with the OIDs and systems that French documents use.

use serde::{Deserialize, Serialize};

/// A code in its system, as FHIR's `Coding`. `system` is an OID or a URI as the source gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coding {
    /// Terminology, an OID (`2.16.840.1.113883.6.1`) or a URI.
    pub system: String,
    /// The code itself.
    pub code: String,
    /// Its label, when known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display: Option<String>,
}

impl Coding {
    /// A code with its label.
    pub fn new(system: &str, code: &str, display: Option<&str>) -> Coding {
        Coding {
            system: system.to_owned(),
            code: code.to_owned(),
            display: display.map(str::to_owned),
        }
    }
}

/// Identifiers of the systems met most often.
pub mod system {
    /// LOINC.
    pub const LOINC: &str = "2.16.840.1.113883.6.1";
    /// TA_ASIP, the French complement of LOINC in JDV_J07.
    pub const TA_ASIP: &str = "1.2.250.1.213.1.1.4.12";
    /// CIM-10 (ICD-10, French edition of ATIH).
    pub const CIM10: &str = "2.16.840.1.113883.6.3";
    /// ATC.
    pub const ATC: &str = "2.16.840.1.113883.6.73";
    /// XDS confidentiality (masking) codes, JDV_J08.
    pub const CONFIDENTIALITY_FR: &str = "1.2.250.1.213.1.1.4.13";
    /// HL7 confidentiality (N, R, V).
    pub const CONFIDENTIALITY_HL7: &str = "2.16.840.1.113883.5.25";
    /// National identifier of health professionals (IDNPS).
    pub const IDNPS: &str = "1.2.250.1.71.4.2.1";
    /// National identifier of structures (IDNST).
    pub const IDNST: &str = "1.2.250.1.71.4.2.2";
    /// INS-NIR, production.
    pub const INS_NIR: &str = "1.2.250.1.213.1.4.8";
    /// INS-NIA, production.
    pub const INS_NIA: &str = "1.2.250.1.213.1.4.9";
    /// INS-NIR, test: every published example uses it.
    pub const INS_NIR_TEST: &str = "1.2.250.1.213.1.4.10";
    /// INS-NIR, demonstration.
    pub const INS_NIR_DEMO: &str = "1.2.250.1.213.1.4.11";
    /// INS-C, obsolete computed number; never an INS.
    pub const INS_C: &str = "1.2.250.1.213.1.4.2";
}
