//! The header of a FHIR file, each value with the element it was read from.

use relu_record::{
    Coding, Finding, Header, HumanName, Identifier, Ins, InsStatus, Moment, Organization,
    PartialDate, PatientIdentity, Practitioner, Private, Recipient, Sex, Sourced, system,
};

use super::resources::{Held, Resources};
use crate::identity::{self, join, some};
use crate::json::Json;
use crate::notes;

/// Resources that stand for the file as a whole, the most telling first.
const LEADING: &[&str] = &[
    "Composition",
    "DocumentReference",
    "DiagnosticReport",
    "MedicationRequest",
    "List",
    "Observation",
    "MedicationStatement",
    "Procedure",
    "Immunization",
    "Condition",
];

pub(super) fn read(root: &Json, all: &Resources<'_>, findings: &mut Vec<Finding>) -> Header {
    let mut header = Header::default();
    for held in all.iter().filter(|h| h.kind == "Patient") {
        let patient = patient(held.json, findings);
        if !patient.is_empty() && !header.patients.iter().any(|p| p.value == patient) {
            header.patients.push(Sourced::new(patient, &held.path));
        }
    }
    let lead = all.first_of(LEADING);
    if let Some(lead) = lead {
        of_document(lead.json, &mut header);
        people(lead, all, &mut header, findings);
        if header.patients.is_empty() {
            header.patients.extend(named_subject(lead, findings));
        }
    }
    if header.date.is_none() {
        header.date = moment(root.str("timestamp")).map(|m| Sourced::new(m, "Bundle.timestamp"));
    }
    ids(root, &mut header);
    if header.patients.len() > 1 {
        findings.push(notes::SEVERAL_PATIENTS.finding());
    }
    header
}

/// What a Composition, DocumentReference or report says of itself.
pub(super) fn of_document(json: &Json, header: &mut Header) {
    let kind = json.str("resourceType").to_owned();
    let path = |member: &str| format!("{kind}.{member}");
    let typed = if kind == "DiagnosticReport" { "code" } else { "type" };
    if matches!(kind.as_str(), "Composition" | "DocumentReference" | "DiagnosticReport")
        && let Some(coding) = coding(json.get(typed))
    {
        header.document_type = Some(Sourced::new(coding, &path(typed)));
    }
    for member in ["title", "description", "content/attachment/title"] {
        if let Some(title) = some(json.str(member)) {
            header.title = Some(Sourced::new(title, &path(member)));
            break;
        }
    }
    for member in
        ["date", "issued", "authoredOn", "effectiveDateTime", "content/attachment/creation"]
    {
        if let Some(date) = moment(json.str(member)) {
            header.date = Some(Sourced::new(date, &path(member)));
            break;
        }
    }
    for member in [
        "context/period/start",
        "event/period/start",
        "effectiveDateTime",
        "effectivePeriod/start",
        "performedDateTime",
        "occurrenceDateTime",
    ] {
        if let Some(date) = moment(json.str(member)) {
            header.act_date = Some(Sourced::new(date, &path(member)));
            break;
        }
    }
    for related in json.get("relatesTo").list() {
        if related.str("code") == "replaces" {
            let target = [
                "target/identifier/value",
                "target/reference",
                "targetIdentifier/value",
                "targetReference/reference",
            ];
            let id = target.iter().map(|t| related.str(t)).find(|t| !t.is_empty());
            header.replaces.extend(id.map(|i| i.trim_start_matches("urn:oid:").to_owned()));
        }
    }
    let labels = json.get("securityLabel").list().iter().flat_map(|l| l.get("coding").list());
    for label in labels.filter_map(one_coding) {
        if !header.confidentiality.contains(&label) {
            header.confidentiality.push(label);
        }
    }
    if let Some(code) = json.get("confidentiality").text() {
        header.confidentiality.push(Coding::new(system::CONFIDENTIALITY_HL7, code, None));
    }
    ids(json, header);
}

fn ids(json: &Json, header: &mut Header) {
    let lists = [json.get("masterIdentifier"), json.get("identifier")];
    for id in lists.iter().flat_map(|l| l.list()) {
        let Some(value) = some(id.str("value")) else { continue };
        let value = Private::from(value.trim_start_matches("urn:oid:"));
        let id =
            Identifier { system: oid(id.str("system")), value, kind: Some("document".to_owned()) };
        if json.str("resourceType") != "Patient" && !header.document_ids.contains(&id) {
            header.document_ids.push(id);
        }
    }
}

fn people(lead: &Held<'_>, all: &Resources<'_>, header: &mut Header, findings: &mut Vec<Finding>) {
    let json = lead.json;
    for member in
        ["author", "resultsInterpreter", "requester", "performer", "source", "authenticator"]
    {
        for reference in json.get(member).list() {
            // Performers of a procedure or immunisation wrap the reference in an actor.
            let reference =
                if reference.get("actor").is_null() { reference } else { reference.get("actor") };
            let path = format!("{}.{member}", lead.kind);
            match all.resolve(lead, reference.str("reference")) {
                Some(found) if found.kind == "Organization" => {
                    set_organization(header, organization(found.json), &path);
                }
                Some(found) => {
                    let role = (found.kind == "PractitionerRole").then_some(found);
                    let person = role.map_or(Some(found), |r| {
                        all.resolve(r, r.json.str("practitioner/reference"))
                    });
                    let author = person
                        .filter(|p| p.kind == "Practitioner")
                        .and_then(|p| practitioner(p.json, findings));
                    header.authors.extend(author.map(|a| Sourced::new(a, &path)));
                    let place =
                        role.and_then(|r| all.resolve(r, r.json.str("organization/reference")));
                    set_organization(header, place.and_then(|p| organization(p.json)), &path);
                }
                None => {
                    let is_patient = reference.str("reference").contains("Patient/");
                    if let (Some(display), false) = (some(reference.str("display")), is_patient) {
                        let name = HumanName { family: display, ..HumanName::default() };
                        let rpps = identity::rpps(reference.str("identifier/value"), findings);
                        let author = Practitioner { name, rpps, specialty: None };
                        header.authors.push(Sourced::new(author, &path));
                    }
                }
            }
        }
        if !header.authors.is_empty() {
            break;
        }
    }
    let custodian = all.resolve(lead, json.str("custodian/reference"));
    if let Some(org) = custodian.and_then(|c| organization(c.json)) {
        header.organization = Some(Sourced::new(org, &format!("{}.custodian", lead.kind)));
    } else if let Some(name) = some(json.str("custodian/display")) {
        set_organization(
            header,
            Some(Organization { name: name.into_inner(), finess: None }),
            "custodian",
        );
    }
    let encounter = all.resolve(lead, json.str("encounter/reference"));
    let encounter =
        encounter.or_else(|| all.resolve(lead, json.str("context/encounter/reference")));
    header.encounter = encounter.and_then(|e| {
        let id = e.json.at("identifier");
        Some(Identifier {
            system: oid(id.str("system")),
            value: some(id.str("value"))?,
            kind: Some("VN".to_owned()),
        })
    });
    for held in all.iter().filter(|h| h.kind == "List" || h.kind == "Communication") {
        let intended = held
            .json
            .get("extension")
            .list()
            .iter()
            .filter(|e| e.str("url").contains("intendedRecipient"))
            .map(|e| e.get("valueReference"))
            .chain(held.json.get("recipient").list());
        for reference in intended {
            let found = all.resolve(held, reference.str("reference"));
            let recipient = Recipient {
                practitioner: found
                    .filter(|f| f.kind == "Practitioner")
                    .and_then(|f| practitioner(f.json, findings)),
                organization: found
                    .filter(|f| f.kind == "Organization")
                    .and_then(|f| organization(f.json)),
                address: None,
            };
            if recipient != Recipient::default() {
                header.recipients.push(Sourced::new(recipient, &held.path));
            }
        }
    }
}

fn set_organization(header: &mut Header, organization: Option<Organization>, path: &str) {
    if header.organization.is_none() {
        header.organization = organization.map(|o| Sourced::new(o, path));
    }
}

/// A subject known by its display or identifier only.
fn named_subject(lead: &Held<'_>, findings: &mut Vec<Finding>) -> Option<Sourced<PatientIdentity>> {
    let subject = ["subject", "patient"].iter().map(|m| lead.json.at(m)).find(|s| !s.is_null())?;
    let mut patient =
        PatientIdentity { birth_name: some(subject.str("display")), ..Default::default() };
    if patient.birth_name.is_some() {
        identity::note(findings, notes::NAME_KIND_UNKNOWN.finding());
    }
    let id = subject.get("identifier");
    identity::patient_id(&mut patient, id.str("value"), &oid(id.str("system")), None, findings);
    (!patient.is_empty()).then(|| Sourced::new(patient, &format!("{}.subject", lead.kind)))
}

pub(super) fn patient(json: &Json, findings: &mut Vec<Finding>) -> PatientIdentity {
    let mut patient = PatientIdentity::default();
    for id in json.get("identifier").list() {
        let kind = id.str("type/coding/code");
        // The billing number carries the OID of the INS: only its type tells them apart.
        let authority = oid(id.str("system"));
        let billing = kind == "NH" && Ins::is_ins_oid(&authority);
        let system = if billing { "NSS" } else { &authority };
        let old = id.str("use") == "old";
        if old && Ins::is_ins_oid(system) {
            continue;
        }
        let kind = Some(kind).filter(|k| !k.is_empty());
        identity::patient_id(&mut patient, id.str("value"), system, kind, findings);
    }
    names(json, &mut patient, findings);
    patient.birth_date = date(json.str("birthDate")).map(Private);
    patient.sex = match json.str("gender") {
        "female" => Some(Sex::F),
        "male" => Some(Sex::M),
        _ => None,
    };
    for extension in json.get("extension").list() {
        let url = extension.str("url");
        if url.ends_with("patient-birthPlace") {
            let insee = extension
                .get("valueAddress")
                .get("extension")
                .list()
                .iter()
                .find(|e| e.str("url").contains("insee-code"));
            patient.birth_place =
                insee.and_then(|e| identity::birth_place(e.str("valueCoding/code")));
        }
    }
    patient.address = json.get("address").list().iter().find_map(address);
    patient.telecom =
        json.get("telecom").list().iter().filter_map(|t| some(t.str("value"))).collect();
    patient.ins_status = status(json, &patient);
    patient
}

/// `VALI` together with an INS means *qualifiée* in FR Core; without one, *validée*.
fn status(json: &Json, patient: &PatientIdentity) -> InsStatus {
    let said = json
        .get("extension")
        .list()
        .iter()
        .filter(|e| e.str("url").contains("identity-reliability"))
        .flat_map(|e| {
            let inner =
                e.get("extension").list().iter().filter(|i| i.str("url") == "identityStatus");
            inner.map(|i| i.str("valueCoding/code")).chain([e.str("valueCoding/code")])
        })
        .find(|c| !c.is_empty())
        .unwrap_or("");
    let sound = patient.ins.as_ref().is_some_and(|i| Ins::parse(&i.value, &i.oid).is_ok());
    match (said, sound) {
        ("VALI", true) | ("QUAL", true) => InsStatus::Qualifiee,
        ("VALI" | "QUAL", false) => InsStatus::Validee,
        ("RECUP", _) => InsStatus::Recuperee,
        _ => InsStatus::Provisoire,
    }
}

/// `official` is the birth name, `usual` the used one.
fn names(json: &Json, patient: &mut PatientIdentity, findings: &mut Vec<Finding>) {
    let names = json.get("name").list();
    let official = names.iter().find(|n| n.str("use") == "official");
    let usual = names.iter().find(|n| n.str("use") == "usual");
    if let Some(name) = official {
        birth(name, patient);
    }
    if let Some(name) = usual {
        patient.used_name = some(name.str("family"));
        patient.used_first_name = some(name.str("given"));
    }
    if official.is_none()
        && let Some(name) =
            names.iter().find(|n| !matches!(n.str("use"), "usual" | "old" | "anonymous")).or(usual)
    {
        identity::note(findings, notes::NAME_KIND_UNKNOWN.finding());
        if usual.is_none() {
            birth(name, patient);
        }
        if patient.birth_name.is_none() && patient.used_name.is_none() {
            patient.birth_name = some(name.str("text"));
        }
    }
}

fn birth(name: &Json, patient: &mut PatientIdentity) {
    patient.birth_name = some(name.str("family"));
    let given: Vec<&str> = name.get("given").list().iter().filter_map(Json::text).collect();
    patient.first_name = given.first().and_then(|g| some(g));
    let list = name
        .get("extension")
        .list()
        .iter()
        .find(|e| e.str("url").contains("birth-list-given-name"))
        .and_then(|e| some(e.str("valueString")));
    patient.birth_first_names =
        list.or_else(|| (given.len() > 1).then(|| Private(given.join(" "))));
}

fn address(address: &Json) -> Option<Private> {
    let lines: Vec<&str> = address.get("line").list().iter().filter_map(Json::text).collect();
    let town = join([address.str("postalCode"), address.str("city")], " ");
    let street = lines.join(", ");
    let all = join([street.as_str(), &town, address.str("country")], ", ");
    some(&all)
        .filter(|_| !street.is_empty())
        .or_else(|| some(address.str("text")))
        .or_else(|| some(&all))
}

pub(super) fn practitioner(json: &Json, findings: &mut Vec<Finding>) -> Option<Practitioner> {
    let name = json.at("name");
    let given: Vec<&str> = name.get("given").list().iter().filter_map(Json::text).collect();
    let family = some(name.str("family")).or_else(|| some(name.str("text")));
    let rpps = json.get("identifier").list().iter().find_map(|id| {
        let system = oid(id.str("system"));
        let national = system == system::IDNPS
            || system.contains("rpps")
            || matches!(id.str("type/coding/code"), "RPPS" | "IDNPS");
        national.then(|| identity::rpps(id.str("value"), findings)).flatten()
    });
    if family.is_none() && rpps.is_none() {
        return None;
    }
    let title = [name.str("suffix"), name.str("prefix")].into_iter().find(|t| !t.is_empty());
    let specialty = json
        .get("qualification")
        .list()
        .iter()
        .flat_map(|q| q.get("code").get("coding").list())
        .map(|c| c.str("display"))
        .find(|d| !d.is_empty());
    Some(Practitioner {
        name: HumanName {
            family: family.unwrap_or_default(),
            given: given.join(" "),
            prefix: title.map(str::to_owned),
        },
        rpps,
        specialty: specialty.map(str::to_owned),
    })
}

pub(super) fn organization(json: &Json) -> Option<Organization> {
    if json.str("resourceType") != "Organization" {
        return None;
    }
    let finess = json.get("identifier").list().iter().find_map(|id| {
        let system = oid(id.str("system"));
        let national = system == system::IDNST
            || system.contains("finess")
            || matches!(id.str("type/coding/code"), "FINEG" | "FINEJ" | "FINESS" | "IDNST");
        national.then(|| identity::finess(id.str("value"))).flatten()
    });
    let name = json.str("name").to_owned();
    (!name.is_empty() || finess.is_some()).then_some(Organization { name, finess })
}

/// The system of a code or identifier as this program names it: OIDs bare, LOINC by its OID.
pub(super) fn oid(system: &str) -> String {
    let bare = system.strip_prefix("urn:oid:").unwrap_or(system);
    match bare {
        "http://loinc.org" => system::LOINC.to_owned(),
        s if s.contains("TRE_A05-TypeDocComplementaire") => system::TA_ASIP.to_owned(),
        s if s.contains("TRE_A07-StatusVisibiliteDocument")
            || s.contains("TRE_A08-HL7Confidentiality") =>
        {
            system::CONFIDENTIALITY_FR.to_owned()
        }
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality" => {
            system::CONFIDENTIALITY_HL7.to_owned()
        }
        "http://www.whocc.no/atc" => system::ATC.to_owned(),
        "http://hl7.org/fhir/sid/icd-10" | "https://smt.esante.gouv.fr/terminologie-cim-10" => {
            system::CIM10.to_owned()
        }
        other => other.to_owned(),
    }
}

fn one_coding(coding: &Json) -> Option<Coding> {
    let code = coding.get("code").text()?;
    let display = some(coding.str("display")).map(Private::into_inner);
    Some(Coding { system: oid(coding.str("system")), code: code.to_owned(), display })
}

/// The first coding of a concept.
pub(super) fn coding(concept: &Json) -> Option<Coding> {
    concept.get("coding").list().iter().find_map(one_coding)
}

fn date(iso: &str) -> Option<PartialDate> {
    iso.get(..10).unwrap_or(iso).parse().ok()
}

/// `AAAA-MM-JJThh:mm:ss.fff+hh:mm`, as far as it is there.
pub(super) fn moment(iso: &str) -> Option<Moment> {
    let date = date(iso)?;
    let time = iso.get(11..).unwrap_or("");
    let number = |r: std::ops::Range<usize>| time.get(r)?.parse::<u16>().ok();
    let minute = match (number(0..2), number(3..5)) {
        (Some(h), Some(m)) if h < 24 && m < 60 => Some(h * 60 + m),
        _ => None,
    };
    let offset_minutes = time.find(['+', '-', 'Z']).and_then(|at| {
        let zone = time.get(at..)?;
        if zone.starts_with('Z') {
            return Some(0);
        }
        let h: i16 = zone.get(1..3)?.parse().ok()?;
        let m: i16 = zone.get(4..6)?.parse().ok()?;
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        (h <= 14 && m < 60).then_some(sign * (h * 60 + m))
    });
    Some(Moment { date, minute, offset_minutes })
}
