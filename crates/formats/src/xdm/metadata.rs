//! `METADATA.XML`: the submission set and its document entries as headers.
//!
//! Slots and classifications by the UUIDs of IHE ITI TF-3 §4.2; persons and structures are HL7v2
//! fields (XCN, XON), read by the HL7v2 reader. Times are in UTC.

use relu_record::{Coding, Finding, Header, Identifier, Moment, Private, Recipient, Sourced};
use roxmltree::Node;

use crate::hl7v2::{er7, people};
use crate::identity::some;
use crate::xml;

/// One announced document.
pub(super) struct Document {
    /// File name, relative to the metadata.
    pub uri: String,
    pub media_type: Option<String>,
    pub hash: Option<String>,
    pub size: Option<u64>,
    pub header: Header,
}

const AUTHOR: &str = "93606bcf-9494-43ec-9b4e-a7748d1a838d";
const TYPE: &str = "f0306f51-975f-434e-a61c-c59651d33983";
const CONFIDENTIALITY: &str = "f4f85eac-e6cb-4883-b524-f2705394840f";
const PATIENT_ID: &str = "58a6f841-87b3-4a3e-92fd-a8ffeff98427";
const UNIQUE_ID: &str = "2e82c1f6-a085-4c72-9da3-8640a32e42ab";
const SET_AUTHOR: &str = "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d";
const SET_PATIENT_ID: &str = "6b5aea1a-874d-4603-a4bc-96a0a7b38446";
const SET_UNIQUE_ID: &str = "96fdda7c-d067-4183-912e-bf5ee74998a8";

fn named<'a, 'i: 'a>(root: Node<'a, 'i>, name: &'a str) -> impl Iterator<Item = Node<'a, 'i>> {
    root.descendants().filter(move |n| n.is_element() && n.tag_name().name() == name)
}

/// What the submission set says of the sending as a whole.
pub(super) fn submission(root: Node<'_, '_>, findings: &mut Vec<Finding>) -> Header {
    let mut header = Header::default();
    let Some(set) = named(root, "RegistryPackage").next() else { return header };
    header.title = title(set, "RegistryPackage/Name");
    header.date = slot(set, "submissionTime")
        .first()
        .and_then(|t| utc(t))
        .map(|m| Sourced::new(m, "RegistryPackage/submissionTime"));
    if let Some(value) = external(set, SET_UNIQUE_ID) {
        let kind = Some("submission-set".to_owned());
        header.document_ids.push(Identifier {
            system: "XDSSubmissionSet".to_owned(),
            value: Private(value),
            kind,
        });
    }
    authors(set, SET_AUTHOR, &mut header, findings);
    // `structure|person|address`, each optional.
    for recipient in slot(set, "intendedRecipient") {
        let pieces: Vec<&str> = recipient.split('|').collect();
        let piece = |n: usize| pieces.get(n).copied().unwrap_or("");
        let recipient = Recipient {
            organization: people::organization(piece(0)),
            practitioner: people::practitioner(piece(1), findings),
            address: piece(2).split('^').find(|a| a.contains('@')).and_then(some),
        };
        if recipient != Recipient::default() {
            header.recipients.push(Sourced::new(recipient, "intendedRecipient"));
        }
    }
    header
}

/// The document entries, in order.
pub(super) fn documents(root: Node<'_, '_>, findings: &mut Vec<Finding>) -> Vec<Document> {
    let set_patient =
        named(root, "RegistryPackage").next().and_then(|s| external(s, SET_PATIENT_ID));
    named(root, "ExtrinsicObject")
        .filter_map(|entry| {
            let uri = uri(entry)?;
            let mut header = Header {
                title: title(entry, "ExtrinsicObject/Name"),
                document_type: classification(entry, TYPE)
                    .next()
                    .and_then(coding)
                    .map(|c| Sourced::new(c, "ExtrinsicObject/typeCode")),
                confidentiality: classification(entry, CONFIDENTIALITY)
                    .filter_map(coding)
                    .collect(),
                date: moment(entry, "creationTime"),
                act_date: moment(entry, "serviceStartTime"),
                ..Header::default()
            };
            if let Some(value) = external(entry, UNIQUE_ID) {
                let system = value.split('^').next().unwrap_or("").to_owned();
                let kind = Some("document".to_owned());
                header.document_ids.push(Identifier { system, value: Private(value), kind });
            }
            authors(entry, AUTHOR, &mut header, findings);
            patient(entry, set_patient.as_deref(), &mut header, findings);
            header.replaces = replaced(root, entry);
            Some(Document {
                uri,
                media_type: xml::attr(entry, "mimeType").map(str::to_owned),
                hash: slot(entry, "hash").first().cloned(),
                size: slot(entry, "size").first().and_then(|s| s.trim().parse().ok()),
                header,
            })
        })
        .collect()
}

/// The file name; a long one is cut into numbered pieces (`1|http…`).
fn uri(entry: Node<'_, '_>) -> Option<String> {
    let mut pieces = slot(entry, "URI");
    if pieces.len() > 1 {
        pieces.sort_by_key(|p| p.split('|').next().and_then(|n| n.parse::<u32>().ok()));
        let joined = pieces.iter().map(|p| p.split_once('|').map_or(p.as_str(), |(_, rest)| rest));
        return Some(joined.collect());
    }
    let name = pieces.first()?.trim();
    (!name.is_empty()).then(|| name.trim_start_matches("./").replace('\\', "/"))
}

/// `patientId`, `sourcePatientId` and the PID fields of `sourcePatientInfo`, as one PID segment.
fn patient(
    entry: Node<'_, '_>,
    of_set: Option<&str>,
    header: &mut Header,
    findings: &mut Vec<Finding>,
) {
    let mut fields = vec![String::new(); 41];
    let mut ids: Vec<String> = Vec::new();
    let own = external(entry, PATIENT_ID);
    ids.extend(own.or_else(|| of_set.map(str::to_owned)));
    ids.extend(slot(entry, "sourcePatientId"));
    fields[3] = ids.join("~");
    for info in slot(entry, "sourcePatientInfo") {
        let Some((field, value)) = info.split_once('|') else { continue };
        let number = field.trim().strip_prefix("PID-").and_then(|n| n.parse::<usize>().ok());
        if let Some(slot) = number.filter(|n| *n != 3).and_then(|n| fields.get_mut(n)) {
            if !slot.is_empty() {
                slot.push('~');
            }
            // The rest of the value must not open another field.
            slot.push_str(&value.replace('|', " "));
        }
    }
    fields[0] = "PID".to_owned();
    let message = format!("MSH|^~\\&|\r{}", fields.join("|"));
    let Some(segments) = er7::segments(&message) else { return };
    let Some(pid) = segments.get(1) else { return };
    let patient = people::patient(pid, findings);
    if !patient.is_empty() {
        header.patients.push(Sourced::new(patient, "ExtrinsicObject/sourcePatientInfo"));
    }
}

fn authors(object: Node<'_, '_>, scheme: &str, header: &mut Header, findings: &mut Vec<Finding>) {
    for author in classification(object, scheme) {
        for person in slot(author, "authorPerson") {
            if let Some(mut practitioner) = people::practitioner(&person, findings) {
                practitioner.specialty = slot(author, "authorSpecialty")
                    .first()
                    .map(|s| s.split('^').next().unwrap_or(s).to_owned());
                header.authors.push(Sourced::new(practitioner, "authorPerson"));
            }
        }
        let institution =
            slot(author, "authorInstitution").iter().find_map(|i| people::organization(i));
        if header.organization.is_none() {
            header.organization = institution.map(|o| Sourced::new(o, "authorInstitution"));
        }
    }
}

/// Documents that an association says this one replaces.
fn replaced(root: Node<'_, '_>, entry: Node<'_, '_>) -> Vec<String> {
    let Some(id) = xml::attr(entry, "id") else { return Vec::new() };
    named(root, "Association")
        .filter(|a| xml::attr(*a, "associationType").is_some_and(|t| t.ends_with("RPLC")))
        .filter(|a| xml::attr(*a, "sourceObject") == Some(id))
        .filter_map(|a| xml::attr(a, "targetObject").map(str::to_owned))
        .collect()
}

fn title(object: Node<'_, '_>, path: &str) -> Option<Sourced<Private>> {
    let name = xml::at(object, "Name/LocalizedString").and_then(|l| xml::attr(l, "value"))?;
    some(name).map(|t| Sourced::new(t, path))
}

fn classification<'a, 'i: 'a>(
    object: Node<'a, 'i>,
    scheme: &'a str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    xml::children(object, "Classification")
        .filter(move |c| xml::attr(*c, "classificationScheme").is_some_and(|s| s.ends_with(scheme)))
}

fn coding(classification: Node<'_, '_>) -> Option<Coding> {
    let code = xml::attr(classification, "nodeRepresentation")?.to_owned();
    let system = slot(classification, "codingScheme").into_iter().next().unwrap_or_default();
    let display =
        xml::at(classification, "Name/LocalizedString").and_then(|l| xml::attr(l, "value"));
    Some(Coding { system, code, display: display.map(str::to_owned) })
}

fn external(object: Node<'_, '_>, scheme: &str) -> Option<String> {
    xml::children(object, "ExternalIdentifier")
        .find(|e| xml::attr(*e, "identificationScheme").is_some_and(|s| s.ends_with(scheme)))
        .and_then(|e| xml::attr(e, "value"))
        .map(str::to_owned)
}

/// The values of a slot.
fn slot(object: Node<'_, '_>, name: &str) -> Vec<String> {
    xml::children(object, "Slot")
        .filter(|s| xml::attr(*s, "name") == Some(name))
        .flat_map(|s| s.descendants().filter(|v| v.tag_name().name() == "Value"))
        .filter_map(|v| v.text().map(|t| t.trim().to_owned()))
        .collect()
}

fn moment(object: Node<'_, '_>, name: &str) -> Option<Sourced<Moment>> {
    let at = slot(object, name).first().and_then(|t| utc(t))?;
    Some(Sourced::new(at, &format!("ExtrinsicObject/{name}")))
}

/// XDS times have no offset because they are in UTC.
fn utc(digits: &str) -> Option<Moment> {
    let mut moment = Moment::from_digits(digits)?;
    if moment.minute.is_some() {
        moment.offset_minutes = Some(0);
    }
    Some(moment)
}
