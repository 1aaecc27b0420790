//! The header of a CDA: who, by whom, for whom, what, when, in place of what.

use relu_record::{
    Coding, Finding, Header, HumanName, Identifier, Moment, Organization, PatientIdentity,
    Practitioner, Private, Recipient, Sex, Sourced, system,
};
use roxmltree::Node;

use crate::identity::{self, join, some};
use crate::{notes, xml};

/// Reads the header.
pub(super) fn read(document: Node<'_, '_>, findings: &mut Vec<Finding>) -> Header {
    let mut header = Header {
        document_type: xml::child(document, "code")
            .and_then(coding)
            .map(|c| Sourced::new(c, "code")),
        title: xml::child(document, "title")
            .and_then(xml::text)
            .map(|t| Sourced::new(Private(t), "title")),
        date: moment(xml::child(document, "effectiveTime"))
            .map(|m| Sourced::new(m, "effectiveTime")),
        act_date: act_date(document),
        set_id: xml::child(document, "setId").and_then(unique_id),
        version: xml::child(document, "versionNumber")
            .and_then(|v| xml::attr(v, "value"))
            .map(str::to_owned),
        confidentiality: xml::children(document, "confidentialityCode")
            .filter_map(coding)
            .collect(),
        encounter: encounter(document),
        ..Header::default()
    };
    header.document_ids = xml::children(document, "id").filter_map(document_id).collect();
    header.replaces = xml::children(document, "relatedDocument")
        .filter(|r| xml::attr(*r, "typeCode") == Some("RPLC"))
        .filter_map(|r| xml::at(r, "parentDocument/id").and_then(unique_id))
        .collect();
    for role in xml::children(document, "recordTarget").filter_map(|t| xml::child(t, "patientRole"))
    {
        let patient = patient(role, findings);
        if !patient.is_empty() {
            header.patients.push(Sourced::new(patient, "recordTarget/patientRole"));
        }
    }
    header.authors = authors(document, findings);
    header.organization = organization(document);
    header.recipients = recipients(document, findings);
    if header.patients.is_empty() {
        findings.push(notes::CDA_NO_PATIENT.finding());
    }
    if header.patients.len() > 1 {
        findings.push(notes::SEVERAL_PATIENTS.finding());
    }
    header
}

fn patient(role: Node<'_, '_>, findings: &mut Vec<Finding>) -> PatientIdentity {
    let mut patient = PatientIdentity::default();
    for id in xml::children(role, "id") {
        let root = xml::attr(id, "root").unwrap_or("");
        let value = xml::attr(id, "extension").unwrap_or(root);
        // Identifiers outside the national arc are those of the establishment (IPP).
        let kind = (!root.starts_with("1.2.250.1.213.")).then_some("PI");
        identity::patient_id(&mut patient, value, root, kind, findings);
    }
    patient.address = xml::children(role, "addr").find_map(address);
    patient.telecom = telecom(role);
    let Some(person) = xml::child(role, "patient") else { return patient };
    names(person, &mut patient, findings);
    patient.birth_date = xml::child(person, "birthTime")
        .and_then(|b| xml::attr(b, "value"))
        .and_then(|v| identity::birth_date(v, findings));
    patient.sex =
        match xml::child(person, "administrativeGenderCode").and_then(|g| xml::attr(g, "code")) {
            Some("F") => Some(Sex::F),
            Some("M") => Some(Sex::M),
            _ => None,
        };
    patient.birth_place = xml::at(person, "birthplace/place/addr/county")
        .and_then(xml::text)
        .and_then(|c| identity::birth_place(&c));
    patient
}

/// Names by qualifier: `BR` birth, `CL` used, `SP` the obsolete spouse's name, none on a given
/// name the full list.
fn names(person: Node<'_, '_>, patient: &mut PatientIdentity, findings: &mut Vec<Finding>) {
    let (mut plain_family, mut plain_given) = (None, Vec::new());
    for name in xml::children(person, "name") {
        for part in name.children().filter(Node::is_element) {
            let Some(value) = xml::text(part) else { continue };
            let qualifier = xml::attr(part, "qualifier").unwrap_or("");
            let is = |q: &str| qualifier.split_whitespace().any(|w| w == q);
            match part.tag_name().name() {
                "family" if is("BR") => set(&mut patient.birth_name, value),
                "family" if is("CL") || is("SP") => set(&mut patient.used_name, value),
                "family" => set(&mut plain_family, value),
                "given" if is("BR") => set(&mut patient.first_name, value),
                "given" if is("CL") || is("SP") => set(&mut patient.used_first_name, value),
                "given" => plain_given.push(value),
                _ => {}
            }
        }
    }
    if let Some(family) = plain_family
        && patient.birth_name.is_none()
    {
        // The name as the document prints it; it does not say of which kind.
        identity::note(findings, notes::NAME_KIND_UNKNOWN.finding());
        patient.birth_name = Some(family);
    }
    if let Some(first) = plain_given.first() {
        if patient.first_name.is_none() {
            let one = if plain_given.len() > 1 { first } else { first_word(first) };
            patient.first_name = some(one);
        }
        patient.birth_first_names = some(&plain_given.join(" "));
    }
}

fn first_word(names: &str) -> &str {
    names.split([' ', ',']).next().unwrap_or(names)
}

fn set(slot: &mut Option<Private>, value: String) {
    if slot.is_none() {
        *slot = Some(Private(value));
    }
}

/// Authors who are people; failing that, who answers for the document in law.
fn authors(document: Node<'_, '_>, findings: &mut Vec<Finding>) -> Vec<Sourced<Practitioner>> {
    let places = [
        ("author", "assignedAuthor", "author/assignedAuthor"),
        ("legalAuthenticator", "assignedEntity", "legalAuthenticator/assignedEntity"),
    ];
    for (element, role, path) in places {
        let found: Vec<_> = xml::children(document, element)
            .filter_map(|a| xml::child(a, role))
            .filter_map(|r| practitioner(r, "assignedPerson", findings))
            .map(|p| Sourced::new(p, path))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// A professional: a role that holds ids, a code and a person.
fn practitioner(
    role: Node<'_, '_>,
    person: &str,
    findings: &mut Vec<Finding>,
) -> Option<Practitioner> {
    let name = xml::child(role, person).and_then(|p| xml::child(p, "name")).map(human_name)?;
    if name.family.is_empty() && name.given.is_empty() {
        return None;
    }
    let rpps = xml::children(role, "id")
        .filter(|id| xml::attr(*id, "root") == Some(system::IDNPS))
        .filter_map(|id| xml::attr(id, "extension"))
        .find_map(|v| identity::rpps(v, findings));
    let specialty = xml::child(role, "code")
        .and_then(|c| xml::attr(c, "displayName").or_else(|| xml::attr(c, "code")))
        .map(str::to_owned);
    Some(Practitioner { name, rpps, specialty })
}

fn human_name(name: Node<'_, '_>) -> HumanName {
    let all = |tag: &str| -> String {
        let found: Vec<String> = xml::children(name, tag).filter_map(xml::text).collect();
        found.join(" ")
    };
    let family = all("family");
    // `Dr` is a suffix in French documents, `M` and `MME` the prefix.
    let title = [all("suffix"), all("prefix")].into_iter().find(|t| !t.is_empty());
    if family.is_empty() && all("given").is_empty() {
        return HumanName {
            family: Private(xml::text(name).unwrap_or_default()),
            ..Default::default()
        };
    }
    HumanName { family: Private(family), given: all("given"), prefix: title }
}

fn organization(document: Node<'_, '_>) -> Option<Sourced<Organization>> {
    [
        "custodian/assignedCustodian/representedCustodianOrganization",
        "author/assignedAuthor/representedOrganization",
        "legalAuthenticator/assignedEntity/representedOrganization",
    ]
    .into_iter()
    .find_map(|path| {
        let org = one_organization(xml::at(document, path)?)?;
        Some(Sourced::new(org, path))
    })
}

fn one_organization(org: Node<'_, '_>) -> Option<Organization> {
    let finess = xml::children(org, "id")
        .filter(|id| xml::attr(*id, "root") == Some(system::IDNST))
        .filter_map(|id| xml::attr(id, "extension"))
        .find_map(identity::finess);
    let name = xml::child(org, "name").and_then(xml::text).unwrap_or_default();
    (!name.is_empty() || finess.is_some()).then_some(Organization { name, finess })
}

fn recipients(document: Node<'_, '_>, findings: &mut Vec<Finding>) -> Vec<Sourced<Recipient>> {
    xml::children(document, "informationRecipient")
        .filter_map(|r| xml::child(r, "intendedRecipient"))
        .filter_map(|r| {
            let recipient = Recipient {
                practitioner: practitioner(r, "informationRecipient", findings),
                organization: xml::child(r, "receivedOrganization").and_then(one_organization),
                address: telecom(r).into_iter().find(|t| t.contains('@')),
            };
            let known = recipient.practitioner.is_some()
                || recipient.organization.is_some()
                || recipient.address.is_some();
            known.then(|| Sourced::new(recipient, "informationRecipient/intendedRecipient"))
        })
        .collect()
}

/// The date of the principal act: the one whose performer states a practice setting.
fn act_date(document: Node<'_, '_>) -> Option<Sourced<Moment>> {
    let acts: Vec<_> = xml::children(document, "documentationOf")
        .filter_map(|d| xml::child(d, "serviceEvent"))
        .collect();
    let principal = acts
        .iter()
        .find(|a| a.descendants().any(|n| n.tag_name().name() == "standardIndustryClassCode"));
    principal
        .into_iter()
        .chain(acts.iter())
        .find_map(|a| moment(xml::child(*a, "effectiveTime")))
        .map(|m| Sourced::new(m, "documentationOf/serviceEvent/effectiveTime"))
}

fn encounter(document: Node<'_, '_>) -> Option<Identifier> {
    let id = xml::at(document, "componentOf/encompassingEncounter/id")?;
    let root = xml::attr(id, "root")?;
    Some(Identifier {
        system: root.to_owned(),
        value: Private::from(xml::attr(id, "extension").unwrap_or(root)),
        kind: Some("VN".to_owned()),
    })
}

/// The id of a document as XDS writes it: `root`, or `root^extension`.
fn unique_id(id: Node<'_, '_>) -> Option<String> {
    let root = xml::attr(id, "root")?;
    Some(match xml::attr(id, "extension") {
        Some(extension) => format!("{root}^{extension}"),
        None => root.to_owned(),
    })
}

fn document_id(id: Node<'_, '_>) -> Option<Identifier> {
    Some(Identifier {
        system: xml::attr(id, "root")?.to_owned(),
        value: Private(unique_id(id)?),
        kind: Some("document".to_owned()),
    })
}

/// A coded value; `None` for a null flavour without code.
pub(super) fn coding(code: Node<'_, '_>) -> Option<Coding> {
    let value = xml::attr(code, "code")?;
    let display = xml::attr(code, "displayName").map(str::to_owned);
    Some(Coding {
        system: xml::attr(code, "codeSystem").unwrap_or("").to_owned(),
        code: value.to_owned(),
        display: display.or_else(|| xml::child(code, "originalText").and_then(xml::text)),
    })
}

/// A time: its value, or the low bound of an interval, or the high one.
pub(super) fn moment(time: Option<Node<'_, '_>>) -> Option<Moment> {
    let time = time?;
    [Some(time), xml::child(time, "low"), xml::child(time, "center"), xml::child(time, "high")]
        .into_iter()
        .flatten()
        .find_map(|t| xml::attr(t, "value").and_then(Moment::from_digits))
}

fn address(addr: Node<'_, '_>) -> Option<Private> {
    let get = |tag: &str| -> String {
        let found: Vec<String> = xml::children(addr, tag).filter_map(xml::text).collect();
        found.join(" ")
    };
    let lines: Vec<String> =
        xml::children(addr, "streetAddressLine").filter_map(xml::text).collect();
    let numbered = [
        "houseNumber",
        "houseNumberNumeric",
        "streetNameType",
        "streetName",
        "streetNameBase",
        "additionalLocator",
        "unitID",
        "postBox",
        "precinct",
    ]
    .map(get);
    let street = join(
        [lines.join(", "), join(numbered.iter().map(String::as_str), " ")]
            .iter()
            .map(String::as_str),
        ", ",
    );
    let town = join([get("postalCode"), get("city")].iter().map(String::as_str), " ");
    let all = join([street.as_str(), town.as_str(), get("country").as_str()], ", ");
    // An address without parts is its text.
    some(&all).or_else(|| addr.text().and_then(some))
}

fn telecom(role: Node<'_, '_>) -> Vec<Private> {
    xml::children(role, "telecom")
        .filter_map(|t| xml::attr(t, "value"))
        .map(|v| v.split_once(':').filter(|(s, _)| s.len() <= 6).map_or(v, |(_, rest)| rest))
        .filter_map(some)
        .collect()
}
