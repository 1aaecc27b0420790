//! The header of a message, each value with the field it stood in.

use relu_record::{
    Coding, Finding, Header, HumanName, Identifier, Ins, InsStatus, Moment, Organization,
    PatientIdentity, Practitioner, Private, Recipient, Sex, Sourced, system,
};

use super::er7::{Piece, Segment};
use crate::identity::{self, join, some};
use crate::notes;

pub(super) fn read(segments: &[Segment], findings: &mut Vec<Finding>) -> Header {
    let first = |name: &str| segments.iter().find(|s| s.name() == name);
    let mut header = Header::default();
    let facility = first("MSH").map(facility).unwrap_or_default();
    for pid in segments.iter().filter(|s| s.name() == "PID") {
        let mut patient = patient(pid, findings);
        name_authority(&mut patient, &facility);
        if !patient.is_empty() && !header.patients.iter().any(|p| p.value == patient) {
            header.patients.push(Sourced::new(patient, "PID"));
        }
    }
    if header.patients.len() > 1 {
        findings.push(notes::SEVERAL_PATIENTS.finding());
    }
    header.encounter = first("PID")
        .and_then(|pid| identifier(pid.field(18), Some("AN")))
        .or_else(|| first("PV1").and_then(|pv1| identifier(pv1.field(19), Some("VN"))));
    if let Some(msh) = first("MSH") {
        let parts = [msh.text(9, 1), msh.text(9, 2)];
        header.message_type = Some(join(parts.iter().map(String::as_str), "^"));
        push_id(&mut header, "MSH-10", &msh.text(10, 1), "message");
        header.date = sourced_moment(msh, 7, "MSH-7");
        let name = msh.text(4, 1);
        header.organization =
            (!name.is_empty()).then(|| Sourced::new(Organization { name, finess: None }, "MSH-4"));
    }
    if let Some(obr) = first("OBR") {
        observation_request(obr, &mut header, findings);
    }
    if let Some(txa) = first("TXA") {
        document(txa, &mut header, findings);
    }
    for prt in segments.iter().filter(|s| s.name() == "PRT") {
        participation(prt, &mut header, findings);
    }
    payload_type(segments, &mut header);
    masking(segments, &mut header);
    header
}

/// Who sends: MSH-4, by its universal id when it has one.
pub(super) fn facility(msh: &Segment) -> String {
    let id = msh.text(4, 2);
    if id.is_empty() { msh.text(4, 1) } else { id }
}

/// A number without authority is one of the sending facility: the same figures given by another
/// are another patient's.
pub(super) fn name_authority(patient: &mut PatientIdentity, facility: &str) {
    for id in patient.identifiers.iter_mut().filter(|i| i.system.is_empty()) {
        id.system = facility.to_owned();
    }
}

pub(super) fn patient(pid: &Segment, findings: &mut Vec<Finding>) -> PatientIdentity {
    let mut patient = PatientIdentity::default();
    for id in pid.field(3).repetitions() {
        let kind = id.component(5).text();
        identity::patient_id(
            &mut patient,
            &id.component(1).text(),
            &authority(id.component(4)),
            some(&kind).as_ref().map(|k| k.as_str()),
            findings,
        );
    }
    names(pid, &mut patient, findings);
    patient.birth_date = identity::birth_date(&pid.text(7, 1), findings);
    patient.sex = match pid.text(8, 1).as_str() {
        "F" => Some(Sex::F),
        "M" => Some(Sex::M),
        _ => None,
    };
    for place in pid.field(11).repetitions() {
        if place.component(7).text() == "BDL" {
            patient.birth_place = identity::birth_place(&place.component(9).text());
        } else if patient.address.is_none() {
            patient.address = address(place);
        }
    }
    for field in [13, 14, 40] {
        for phone in pid.field(field).repetitions() {
            let found = [1, 12, 4].map(|c| phone.component(c).text());
            for value in found.iter().filter_map(|v| some(v)) {
                if !patient.telecom.contains(&value) {
                    patient.telecom.push(value);
                }
            }
        }
    }
    let validated = pid.field(32).repetitions().any(|r| r.component(1).text() == "VALI");
    // A matricule whose key is wrong cannot have come from INSi, whatever PID-32 says.
    let sound = patient.ins.as_ref().is_some_and(|i| Ins::parse(&i.value, &i.oid).is_ok());
    patient.ins_status = match (validated, sound) {
        (true, true) => InsStatus::Qualifiee,
        (true, false) => InsStatus::Validee,
        _ => InsStatus::Provisoire,
    };
    patient
}

/// PID-5: type `L` is the birth name, `D` the used one.
fn names(pid: &Segment, patient: &mut PatientIdentity, findings: &mut Vec<Finding>) {
    for name in pid.field(5).repetitions() {
        // A surname may come as subcomponents: the whole first.
        let family = some(&name.component(1).sub(1).text());
        let given = some(&name.component(2).text());
        let kind = name.component(7).text();
        match kind.as_str() {
            "L" | "M" | "B" => {
                patient.birth_name = patient.birth_name.take().or(family);
                patient.first_name = patient.first_name.take().or(given);
                patient.birth_first_names =
                    patient.birth_first_names.take().or_else(|| some(&name.component(3).text()));
            }
            "" if patient.birth_name.is_none() => {
                // The name as the message prints it; it does not say of which kind.
                identity::note(findings, notes::NAME_KIND_UNKNOWN.finding());
                patient.birth_name = family;
                patient.first_name = given;
            }
            "A" | "S" | "T" => {} // alias, pseudonym, tribal name
            _ => {
                patient.used_name = patient.used_name.take().or(family);
                patient.used_first_name = patient.used_first_name.take().or(given);
            }
        }
    }
}

/// XAD: street, further line, town, county, zip, country.
fn address(place: Piece<'_>) -> Option<Private> {
    let get = |c: usize| place.component(c).sub(1).text();
    let town = join([get(5), get(3)].iter().map(String::as_str), " ");
    some(&join([get(1).as_str(), get(2).as_str(), town.as_str(), get(6).as_str()], ", "))
}

/// HD: the universal id when there is one, the name otherwise.
fn authority(hd: Piece<'_>) -> String {
    let id = hd.sub(2).text();
    if id.is_empty() { hd.sub(1).text() } else { id }
}

/// CX.
pub(super) fn identifier(field: Piece<'_>, kind: Option<&str>) -> Option<Identifier> {
    let id = field.repetitions().next()?;
    let value = some(&id.component(1).text())?;
    let given = id.component(5).text();
    let kind = if given.is_empty() { kind.map(str::to_owned) } else { Some(given) };
    Some(Identifier { system: authority(id.component(4)), value, kind })
}

fn push_id(header: &mut Header, system: &str, value: &str, kind: &str) {
    if let Some(value) = some(value) {
        let id = Identifier { system: system.to_owned(), value, kind: Some(kind.to_owned()) };
        header.document_ids.push(id);
    }
}

fn sourced_moment(segment: &Segment, field: usize, path: &str) -> Option<Sourced<Moment>> {
    Moment::from_digits(&segment.text(field, 1)).map(|m| Sourced::new(m, path))
}

fn observation_request(obr: &Segment, header: &mut Header, findings: &mut Vec<Finding>) {
    push_id(header, "OBR-2", &obr.text(2, 1), "PLAC");
    push_id(header, "OBR-3", &obr.text(3, 1), "FILL");
    header.act_date = sourced_moment(obr, 7, "OBR-7");
    header.date = sourced_moment(obr, 22, "OBR-22").or(header.date.take());
    header.document_type = coded(obr.field(4)).map(|c| Sourced::new(c, "OBR-4"));
    if let Some(author) = interpreter(obr.field(32)) {
        header.authors.push(Sourced::new(author, "OBR-32"));
    }
    // Results go to who asked for them, and to those named for a copy.
    for (field, path) in [(16, "OBR-16"), (28, "OBR-28")] {
        for person in obr.field(field).repetitions() {
            if let Some(practitioner) = xcn(person, findings) {
                let recipient =
                    Recipient { practitioner: Some(practitioner), ..Default::default() };
                header.recipients.push(Sourced::new(recipient, path));
            }
        }
    }
}

/// TXA of a document message.
fn document(txa: &Segment, header: &mut Header, findings: &mut Vec<Finding>) {
    let kind = coded(txa.field(2)).map(|c| Sourced::new(c, "TXA-2"));
    header.document_type = kind.or(header.document_type.take());
    let date = sourced_moment(txa, 4, "TXA-4");
    header.act_date = header.act_date.take().or_else(|| date.clone());
    header.date = sourced_moment(txa, 6, "TXA-6").or(date).or(header.date.take());
    push_id(header, "TXA-12", &entity_id(txa.field(12)), "document");
    let parent = entity_id(txa.field(13));
    if !parent.is_empty() {
        header.replaces.push(parent);
    }
    for (field, path) in [(9, "TXA-9"), (5, "TXA-5"), (22, "TXA-22"), (10, "TXA-10")] {
        for person in txa.field(field).repetitions() {
            if header.authors.is_empty()
                && let Some(author) = xcn(person, findings)
            {
                header.authors.push(Sourced::new(author, path));
            }
        }
    }
    let title = txa.text(25, 1);
    header.title = some(&title).map(|t| Sourced::new(t, "TXA-25")).or(header.title.take());
}

/// EI as XDS writes ids: `root^extension`, or the OID alone.
fn entity_id(field: Piece<'_>) -> String {
    let Some(id) = field.repetitions().next() else { return String::new() };
    let (extension, root) = (id.component(1).text(), id.component(3).text());
    match (extension.is_empty(), root.is_empty()) {
        (false, false) => format!("{root}^{extension}"),
        (true, _) => root,
        (_, true) => extension,
    }
}

/// PRT: sender (`SB`), author, recipient (`RCT`), address for the answer (`REPLY`).
fn participation(prt: &Segment, header: &mut Header, findings: &mut Vec<Finding>) {
    let person = prt.field(5).repetitions().next();
    let practitioner = person.and_then(|p| xcn(p, findings));
    let organization = prt.field(8).repetitions().next().and_then(xon);
    let address = prt
        .field(15)
        .repetitions()
        .flat_map(|a| [a.component(4).text(), a.component(1).text()])
        .find(|a| a.contains('@'))
        .map(Private);
    match prt.text(4, 1).as_str() {
        "SB" | "AUT" | "PB" => {
            // Who signs the sending comes before what other segments suggest.
            header.authors.retain(|a| a.path.starts_with("PRT"));
            if let Some(p) = practitioner {
                header.authors.push(Sourced::new(p, "PRT-5"));
            }
            let current = header.organization.as_ref().is_some_and(|o| o.path.starts_with("PRT"));
            if let Some(mut o) = organization
                && !current
            {
                if let Some(known) = header.organization.take()
                    && o.name.is_empty()
                {
                    o.name = known.value.name;
                }
                header.organization = Some(Sourced::new(o, "PRT-8"));
            }
        }
        "RCT" => {
            header.recipients.retain(|r| r.path.starts_with("PRT"));
            let recipient = Recipient { practitioner, organization, address };
            if recipient != Recipient::default() {
                header.recipients.push(Sourced::new(recipient, "PRT-5"));
            }
        }
        _ => {}
    }
}

/// XCN: id, surname, given name, …, prefix.
pub(super) fn xcn(person: Piece<'_>, findings: &mut Vec<Finding>) -> Option<Practitioner> {
    let id = person.component(1).text();
    let name = HumanName {
        family: Private(person.component(2).sub(1).text()),
        given: person.component(3).text(),
        prefix: some(&person.component(6).text()).map(Private::into_inner),
    };
    let authority = authority(person.component(9));
    let national = authority == system::IDNPS
        || matches!(person.component(13).text().as_str(), "RPPS" | "IDNPS");
    // A bare number of the national shape, as TXA-22 of published messages carries.
    let bare = authority.is_empty() && id.len() == 12 && id.starts_with('8');
    let rpps = (national || bare).then(|| identity::rpps(&id, findings)).flatten();
    let known = !name.family.is_empty() || rpps.is_some();
    known.then_some(Practitioner { name, rpps, specialty: None })
}

/// OBR-32 is an NDL: the person is in subcomponents of its first component.
fn interpreter(field: Piece<'_>) -> Option<Practitioner> {
    let person = field.repetitions().next()?.component(1);
    let name = HumanName {
        family: Private(person.sub(2).text()),
        given: person.sub(3).text(),
        prefix: some(&person.sub(6).text()).map(Private::into_inner),
    };
    (!name.family.is_empty()).then_some(Practitioner { name, ..Default::default() })
}

/// XON: name, …, authority, kind, …, id.
pub(super) fn xon(org: Piece<'_>) -> Option<Organization> {
    let id = [10, 3].map(|c| org.component(c).text());
    let national = authority(org.component(6)) == system::IDNST
        || matches!(org.component(7).text().as_str(), "FINEG" | "FINEJ" | "FINESS" | "IDNST");
    let finess = national.then(|| id.iter().find_map(|v| identity::finess(v))).flatten();
    let name = org.component(1).text();
    (!name.is_empty() || finess.is_some()).then_some(Organization { name, finess })
}

/// CE or CWE; a code of the LOINC shape without system is one.
pub(super) fn coded(field: Piece<'_>) -> Option<Coding> {
    let value = field.repetitions().next()?;
    let code = value.component(1).text();
    if code.is_empty() {
        return None;
    }
    let name = value.component(3).text();
    let system = match name.as_str() {
        "LN" | "LOINC" => system::LOINC.to_owned(),
        "" if looks_like_loinc(&code) => system::LOINC.to_owned(),
        _ => name,
    };
    Some(Coding {
        system,
        code,
        display: some(&value.component(2).text()).map(Private::into_inner),
    })
}

fn looks_like_loinc(code: &str) -> bool {
    code.split_once('-').is_some_and(|(number, check)| {
        (3..=6).contains(&number.len())
            && check.len() == 1
            && number.bytes().chain(check.bytes()).all(|b| b.is_ascii_digit())
    })
}

/// The first payload's own type wins over the request's.
fn payload_type(segments: &[Segment], header: &mut Header) {
    let obx = segments.iter().find(|s| s.name() == "OBX" && s.text(2, 1) == "ED" && !is_meta(s));
    let Some(kind) = obx.and_then(|o| coded(o.field(3))) else { return };
    if !kind.system.is_empty() {
        if let (None, Some(display)) = (&header.title, &kind.display) {
            header.title = Some(Sourced::new(Private::from(display.as_str()), "OBX-3"));
        }
        header.document_type = Some(Sourced::new(kind, "OBX-3"));
    }
}

/// Switches of the French transport profile, and what they mean for confidentiality.
const META: &[&str] = &[
    "MASQUE_PS",
    "INVISIBLE_PATIENT",
    "INVISIBLE_REP_LEGAUX",
    "INVISIBLE_REPRESENTANTS_LEGAUX",
    "CONNEXION_SECRETE",
    "MODIF_CONF_CODE",
    "MODIF_CONFIDENTIALITYCODE",
    "DESTDMP",
    "DESTMSSANTEPS",
    "DESTMSSANTEPAT",
    "ACK_RECEPTION",
    "ACK_LECTURE_MSS",
    "CORPSMAIL_PS",
    "CORPSMAIL_PATIENT",
    "COMP_LOT",
];

/// Whether the OBX steers the transport instead of stating something.
pub(super) fn is_meta(obx: &Segment) -> bool {
    obx.text(3, 3) == "MetaDMPMSS" || META.contains(&obx.text(3, 1).as_str())
}

fn masking(segments: &[Segment], header: &mut Header) {
    for obx in segments.iter().filter(|s| s.name() == "OBX" && is_meta(s)) {
        if !matches!(obx.text(5, 1).as_str(), "Y" | "O" | "1") {
            continue;
        }
        let (system, code) = match obx.text(3, 1).as_str() {
            "MASQUE_PS" => (system::CONFIDENTIALITY_FR, "MASQUE_PS"),
            "INVISIBLE_PATIENT" => (system::CONFIDENTIALITY_FR, "INVISIBLE_PATIENT"),
            "INVISIBLE_REP_LEGAUX" | "INVISIBLE_REPRESENTANTS_LEGAUX" => {
                (system::CONFIDENTIALITY_FR, "INVISIBLE_REPRESENTANTS_LEGAUX")
            }
            "CONNEXION_SECRETE" => ("MetaDMPMSS", "CONNEXION_SECRETE"),
            _ => continue,
        };
        let display = some(&obx.text(3, 2)).map(Private::into_inner);
        header.confidentiality.push(Coding {
            system: system.to_owned(),
            code: code.to_owned(),
            display,
        });
    }
}
