//! HL7v2 data types of people and structures for other formats that carry them as text: XDS
//! metadata write persons as XCN, structures as XON and the patient as PID fields.

use relu_record::{Finding, Organization, PatientIdentity, Practitioner};

use super::er7::{self, Segment};
use super::header;

/// The patient of a PID segment.
pub(crate) fn patient(pid: &Segment, findings: &mut Vec<Finding>) -> PatientIdentity {
    header::patient(pid, findings)
}

/// A person written as XCN.
pub(crate) fn practitioner(xcn: &str, findings: &mut Vec<Finding>) -> Option<Practitioner> {
    let segments = one_field(xcn)?;
    header::xcn(segments.get(1)?.field(1).repetitions().next()?, findings)
}

/// A structure written as XON.
pub(crate) fn organization(xon: &str) -> Option<Organization> {
    let segments = one_field(xon)?;
    header::xon(segments.get(1)?.field(1).repetitions().next()?)
}

fn one_field(value: &str) -> Option<Vec<Segment>> {
    // The value is one field: what would end it is taken out.
    let value = value.replace(['|', '\r', '\n'], " ");
    er7::segments(&format!("MSH|^~\\&|\rZZZ|{value}"))
}
