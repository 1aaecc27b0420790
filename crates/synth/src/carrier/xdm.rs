//! `IHE_XDM.zip`: the archive that an MSSanté mail carries. Sources: IHE XDM; `interop-fr` fact
//! sheet §7 (ebRIM metadata, French slots).

use crate::archive::zip;
use crate::compose::Composed;
use crate::digest::sha1_hex;
use crate::words::{digits, strict, xml};

/// The archive with one CDA.
pub(crate) fn write(doc: &Composed, cda: &[u8], level: u8) -> Vec<u8> {
    let metadata = metadata(doc, cda, level);
    let index = "<html><head><title>IHE_XDM</title></head><body><a href=\"IHE_XDM/SUBSET01/DOC00001.XML\">Document</a></body></html>";
    zip(&[
        ("INDEX.HTM", index.as_bytes()),
        ("README.TXT", b"Archive IHE XDM produite par un logiciel de demonstration.\r\n"),
        ("IHE_XDM/SUBSET01/METADATA.XML", metadata.as_bytes()),
        ("IHE_XDM/SUBSET01/DOC00001.XML", cda),
    ])
}

fn slot(name: &str, value: &str) -> String {
    format!(
        "<rim:Slot name=\"{name}\"><rim:ValueList><rim:Value>{}</rim:Value></rim:ValueList></rim:Slot>",
        xml(value)
    )
}

fn class(of: &str, scheme: &str, code: &str, system: &str, label: &str, id: &str) -> String {
    format!(
        "<rim:Classification id=\"{id}\" objectType=\"urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Classification\" classificationScheme=\"urn:uuid:{scheme}\" classifiedObject=\"{of}\" nodeRepresentation=\"{code}\">{}<rim:Name><rim:LocalizedString xml:lang=\"FR\" value=\"{}\"/></rim:Name></rim:Classification>",
        slot("codingScheme", system),
        xml(label)
    )
}

fn identifier(of: &str, scheme: &str, name: &str, value: &str, id: &str) -> String {
    format!(
        "<rim:ExternalIdentifier id=\"{id}\" objectType=\"urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:ExternalIdentifier\" registryObject=\"{of}\" identificationScheme=\"urn:uuid:{scheme}\" value=\"{}\"><rim:Name><rim:LocalizedString value=\"{name}\"/></rim:Name></rim:ExternalIdentifier>",
        xml(value)
    )
}

fn metadata(doc: &Composed, cda: &[u8], level: u8) -> String {
    let c = &doc.cast;
    let (p, kind) = (&c.patient, doc.layout.kind);
    let test = relu_record::system::INS_NIR_TEST;
    let patient = format!("{}^^^&{test}&ISO^NH", p.ins);
    let person = format!(
        "8{}^{}^{}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        c.author.rpps,
        c.author.name.to_uppercase(),
        c.author.first_name
    );
    let institution =
        format!("{}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1{}", c.structure.name, c.structure.finess);
    let sex = if p.sex == relu_record::Sex::F { "F" } else { "M" };
    let oid = super::cda::document_oid(doc);
    let name = format!("{}^{}^^^^^L", strict(&p.birth_name), strict(&p.first_name));
    let author = |of: &str, scheme: &str, id: &str| {
        format!(
            "<rim:Classification id=\"{id}\" objectType=\"urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Classification\" classificationScheme=\"urn:uuid:{scheme}\" classifiedObject=\"{of}\" nodeRepresentation=\"\">{}{}</rim:Classification>",
            slot("authorPerson", &person),
            slot("authorInstitution", &institution)
        )
    };
    let info = format!(
        "<rim:Slot name=\"sourcePatientInfo\"><rim:ValueList><rim:Value>PID-5|{}</rim:Value><rim:Value>PID-7|{}</rim:Value><rim:Value>PID-8|{sex}</rim:Value></rim:ValueList></rim:Slot>",
        xml(&name),
        digits(p.birth_date)
    );
    let format_code = if level == 1 {
        (
            "urn:ihe:iti:xds-sd:pdf:2008",
            "1.3.6.1.4.1.19376.1.2.3",
            "Document à corps non structuré PDF",
        )
    } else {
        ("urn:ihe:iti:xds:2017:mimeTypeSufficient", "1.3.6.1.4.1.19376.1.2.3", "Document structuré")
    };
    let entry = [
        slot("creationTime", &format!("{}083000", digits(c.date))),
        slot("hash", &sha1_hex(cda)),
        slot("languageCode", "fr-FR"),
        slot("legalAuthenticator", &person),
        slot("serviceStartTime", &format!("{}083000", digits(c.entry))),
        slot("serviceStopTime", &format!("{}083000", digits(c.exit))),
        slot("size", &cda.len().to_string()),
        slot("sourcePatientId", &format!("{}^^^&{}&ISO^PI", p.ipp, crate::people::IPP_SYSTEM)),
        info,
        slot("URI", "DOC00001.XML"),
        format!(
            "<rim:Name><rim:LocalizedString xml:lang=\"FR\" value=\"{}\"/></rim:Name>",
            xml(kind.label)
        ),
        author("Document01", "93606bcf-9494-43ec-9b4e-a7748d1a838d", "c1"),
        class(
            "Document01",
            "41a5887f-8865-4c09-adf7-e362475b143a",
            "11",
            "1.2.250.1.213.1.1.4.1",
            "Compte rendu",
            "c2",
        ),
        class(
            "Document01",
            "f4f85eac-e6cb-4883-b524-f2705394840f",
            "N",
            "2.16.840.1.113883.5.25",
            "Normal",
            "c3",
        ),
        class(
            "Document01",
            "a09d5840-386c-46f2-b5ad-9c3699a4309d",
            format_code.0,
            format_code.1,
            format_code.2,
            "c4",
        ),
        class(
            "Document01",
            "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
            "SA08",
            "1.2.250.1.71.4.2.4",
            "Cabinet de groupe",
            "c5",
        ),
        class(
            "Document01",
            "cccf5598-8b07-4b77-a05e-ae952c785ead",
            "AMBULATOIRE",
            "1.2.250.1.213.1.1.4.9",
            "Ambulatoire",
            "c6",
        ),
        class(
            "Document01",
            "f0306f51-975f-434e-a61c-c59651d33983",
            kind.code,
            kind.system,
            kind.label,
            "c7",
        ),
        identifier(
            "Document01",
            "58a6f841-87b3-4a3e-92fd-a8ffeff98427",
            "XDSDocumentEntry.patientId",
            &patient,
            "i1",
        ),
        identifier(
            "Document01",
            "2e82c1f6-a085-4c72-9da3-8640a32e42ab",
            "XDSDocumentEntry.uniqueId",
            &oid,
            "i2",
        ),
    ]
    .concat();
    let set = [
        slot("submissionTime", &format!("{}083500", digits(c.date))),
        format!("<rim:Name><rim:LocalizedString xml:lang=\"FR\" value=\"{}\"/></rim:Name>", xml(kind.label)),
        author("SubmissionSet01", "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d", "c8"),
        class("SubmissionSet01", "aa543740-bdda-424e-8c96-df4873be8500", "04", "1.2.250.1.213.2.2", "Hospitalisation de jour", "c9"),
        "<rim:Classification id=\"c10\" objectType=\"urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Classification\" classifiedObject=\"SubmissionSet01\" classificationNode=\"urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd\"/>".to_owned(),
        identifier("SubmissionSet01", "6b5aea1a-874d-4603-a4bc-96a0a7b38446", "XDSSubmissionSet.patientId", &patient, "i3"),
        identifier("SubmissionSet01", "554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId", "2.25.1", "i4"),
        identifier("SubmissionSet01", "96fdda7c-d067-4183-912e-bf5ee74998a8", "XDSSubmissionSet.uniqueId", &format!("{oid}.1"), "i5"),
    ]
    .concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\" xmlns:rim=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\"><rim:RegistryObjectList><rim:ExtrinsicObject id=\"Document01\" mimeType=\"text/xml\" objectType=\"urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1\" status=\"urn:oasis:names:tc:ebxml-regrep:StatusType:Approved\">{entry}</rim:ExtrinsicObject><rim:RegistryPackage id=\"SubmissionSet01\">{set}</rim:RegistryPackage><rim:Association id=\"a1\" associationType=\"urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember\" sourceObject=\"SubmissionSet01\" targetObject=\"Document01\">{}</rim:Association></rim:RegistryObjectList></lcm:SubmitObjectsRequest>",
        slot("SubmissionSetStatus", "Original")
    )
}
