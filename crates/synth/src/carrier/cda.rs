//! CDA R2 with the French header (CI-SIS minimal structure): N1 around a PDF, N3 with sections.
//! Source: `interop-fr` fact sheet §3; element order follows the CDA R2 schema.

use base64::Engine;

use crate::compose::{Block, Composed, Style};
use crate::people::{Doctor, IPP_SYSTEM, Structure};
use crate::words::{digits, strict, xml};

/// Practice setting and facility of a kind of structure (JDV_J04, JDV_J02).
struct Setting {
    practice: [&'static str; 2],
    facility: [&'static str; 2],
}

fn setting(kind: &str) -> Setting {
    let hospital = ["ETABLISSEMENT", "Etablissement de santé"];
    let town = ["AMBULATOIRE", "Ambulatoire"];
    match kind {
        "hopital" | "clinique" => {
            Setting { practice: hospital, facility: ["SA01", "Etablissement public de santé"] }
        }
        "labo" => {
            Setting { practice: town, facility: ["SA25", "Laboratoire de biologie médicale"] }
        }
        _ => Setting { practice: town, facility: ["SA08", "Cabinet de groupe"] },
    }
}

/// Author's speciality (JDV_J01) nearest to the French name of the case.
fn speciality(name: &str) -> [&'static str; 2] {
    const TABLE: &[(&str, [&str; 2])] = &[
        ("cardio", ["G15_10/SM04", "Médecin - Cardiologie et maladies vasculaires (SM)"]),
        ("pneumo", ["G15_10/SM41", "Médecin - Pneumologie (SM)"]),
        ("gastro", ["G15_10/SM24", "Médecin - Gastro-entérologie et hépatologie (SM)"]),
        ("endocrino", ["G15_10/SM16", "Médecin - Endocrinologie et métabolisme (SM)"]),
        ("dermato", ["G15_10/SM15", "Médecin - Dermatologie et Vénéréologie (SM)"]),
        ("radio", ["G15_10/SM44", "Médecin - Radio-diagnostic (SM)"]),
        ("biologie", ["G15_10/SM03", "Médecin - Biologie médicale (SM)"]),
        ("médecine générale", ["G15_10/SM26", "Médecin - Qualifié en Médecine Générale (SM)"]),
        ("pédiatrie", ["G15_10/SM40", "Médecin - Pédiatrie (SM)"]),
        ("ophtalmo", ["G15_10/SM38", "Médecin - Ophtalmologie (SM)"]),
    ];
    TABLE
        .iter()
        .find(|(stem, _)| name.starts_with(stem))
        .map_or(["G15_10/SM27", "Médecin - Médecine interne (SM)"], |(_, code)| *code)
}

/// Identifier of the document: a UUID-derived OID, as the DMP wants it, without extension.
pub(crate) fn document_oid(doc: &Composed) -> String {
    format!("2.25.{}", doc.serial)
}

/// Level 1: header around a PDF.
pub(crate) fn level1(doc: &Composed, pdf: &[u8]) -> Vec<u8> {
    let data = base64::engine::general_purpose::STANDARD.encode(pdf);
    let body = format!(
        "<component><nonXMLBody><text mediaType=\"application/pdf\" representation=\"B64\">{data}</text></nonXMLBody></component>"
    );
    document(doc, "<templateId root=\"1.3.6.1.4.1.19376.1.2.20\"/>", &body)
}

/// Level 3: header and narrative sections; results and treatments also as coded entries.
pub(crate) fn level3(doc: &Composed) -> Vec<u8> {
    let mut sections = String::new();
    let (mut title, mut inside) = (None::<String>, String::new());
    let mut flush = |title: &mut Option<String>, inside: &mut String| {
        if !inside.is_empty() {
            let code = section_code(title.as_deref().unwrap_or(doc.layout.kind.label));
            let heading = xml(title.as_deref().unwrap_or(doc.layout.kind.label));
            let entries = if code.0 == "26436-6" { results(doc) } else { String::new() };
            sections.push_str(&format!(
                "<component><section><code code=\"{}\" displayName=\"{}\" codeSystem=\"2.16.840.1.113883.6.1\" codeSystemName=\"LOINC\"/><title>{heading}</title><text>{inside}</text>{entries}</section></component>",
                code.0, xml(code.1)
            ));
        }
        *title = None;
        inside.clear();
    };
    for block in &doc.blocks {
        match block {
            Block::Line(l) if l.style == Style::Heading => {
                flush(&mut title, &mut inside);
                title = Some(l.text.clone());
            }
            Block::Line(l) if l.style == Style::Bullet => {
                inside.push_str(&format!("<list><item>{}</item></list>", xml(&l.text)));
            }
            Block::Line(l) => inside.push_str(&format!("<paragraph>{}</paragraph>", xml(&l.text))),
            Block::Columns(_, a, b) => {
                for l in a.iter().chain(b) {
                    inside.push_str(&format!("<paragraph>{}</paragraph>", xml(&l.text)));
                }
            }
            Block::Frame(_, lines) => {
                for l in lines {
                    inside.push_str(&format!("<paragraph>{}</paragraph>", xml(&l.text)));
                }
            }
            Block::Table(_, rows) => {
                inside.push_str("<table><tbody>");
                for row in rows {
                    let cells: String =
                        row.iter().map(|c| format!("<td>{}</td>", xml(c))).collect();
                    inside.push_str(&format!("<tr>{cells}</tr>"));
                }
                inside.push_str("</tbody></table>");
            }
            Block::Rule | Block::Space | Block::PageBreak => {}
        }
    }
    flush(&mut title, &mut inside);
    let body = format!("<component><structuredBody>{sections}</structuredBody></component>");
    // The general IHE template: the narrative follows no content model of CI-SIS.
    document(doc, "<templateId root=\"1.3.6.1.4.1.19376.1.5.3.1.1.1\"/>", &body)
}

/// LOINC code of a section from its title's first words.
fn section_code(title: &str) -> (&'static str, &'static str) {
    const TABLE: &[(&str, &str, &str)] = &[
        ("MOTIF", "42349-1", "Raison de la recommandation"),
        ("ANTECEDENT", "11348-0", "Historique des maladies"),
        ("ALLERG", "48765-2", "Allergies et intolérances"),
        ("TRAITEMENT", "10160-0", "Historique de la prise médicamenteuse"),
        ("RESULTAT", "26436-6", "Résultats d'examens de laboratoire"),
        ("CONCLUSION", "55110-1", "Conclusion"),
        ("EXAMEN CLINIQUE", "29545-1", "Examen clinique"),
        ("CONDUITE", "18776-5", "Plan de soins"),
        ("SUITE", "18776-5", "Plan de soins"),
    ];
    let folded = strict(title);
    TABLE
        .iter()
        .find(|(stem, ..)| folded.contains(stem))
        .map_or(("51848-0", "Évaluation"), |(_, code, label)| (code, label))
}

/// Laboratory results as observations; the unit is given as printed.
fn results(doc: &Composed) -> String {
    let time = digits(doc.cast.act);
    let rows = doc.records.get("labo").map_or(&[][..], Vec::as_slice);
    rows.iter()
        .filter(|r| r.len() == 5)
        .map(|r| {
            let (name, unit) = (xml(&r[0]), xml(&r[2]));
            let number = r[1].replace(',', ".").replace(' ', "");
            let value = if number.parse::<f64>().is_ok() {
                format!("<value xsi:type=\"PQ\" value=\"{number}\" unit=\"{unit}\"/>")
            } else {
                format!("<value xsi:type=\"ST\">{}</value>", xml(&r[1]))
            };
            let flag = match r[4].as_str() {
                "" => String::new(),
                f => format!("<interpretationCode code=\"{f}\" codeSystem=\"2.16.840.1.113883.5.83\"/>"),
            };
            format!(
                "<entry><observation classCode=\"OBS\" moodCode=\"EVN\"><code nullFlavor=\"UNK\" displayName=\"{name}\"><originalText>{name}</originalText></code><statusCode code=\"completed\"/><effectiveTime value=\"{time}\"/>{value}{flag}<referenceRange><observationRange><text>{}</text></observationRange></referenceRange></observation></entry>",
                xml(&r[3])
            )
        })
        .collect()
}

fn person(d: &Doctor) -> String {
    let suffix = if d.title == "Pr" { "PR" } else { "DR" };
    format!(
        "<assignedPerson><name><prefix>{}</prefix><given>{}</given><family>{}</family><suffix>{suffix}</suffix></name></assignedPerson>",
        if d.female { "MME" } else { "M" },
        xml(&d.first_name),
        xml(&d.name.to_uppercase())
    )
}

/// An address in parts, as CI-SIS wants it.
fn address_of(street: &str, zip: &str, town: &str) -> String {
    let (number, street) = street.split_once(' ').unwrap_or(("", street));
    format!(
        "<addr><houseNumber>{number}</houseNumber><streetName>{}</streetName><postalCode>{zip}</postalCode><city>{}</city></addr>",
        xml(street),
        xml(&town.to_uppercase())
    )
}

fn address(s: &Structure) -> String {
    address_of(&s.street, &s.zip, &s.town)
}

fn telecom(phone: &str) -> String {
    format!("<telecom value=\"tel:{}\" use=\"WP\"/>", phone.replace(' ', ""))
}

fn structure(s: &Structure, with_setting: bool) -> String {
    let Setting { practice: [code, label], .. } = setting(&s.kind);
    let class = if with_setting {
        format!(
            "<standardIndustryClassCode code=\"{code}\" displayName=\"{label}\" codeSystem=\"1.2.250.1.213.1.1.4.9\" codeSystemName=\"practiceSettingCode\"/>"
        )
    } else {
        String::new()
    };
    format!(
        "<representedOrganization><id root=\"1.2.250.1.71.4.2.2\" extension=\"1{}\"/><name>{}</name>{}{}{class}</representedOrganization>",
        s.finess,
        xml(&s.name),
        telecom(&s.phone),
        address(s)
    )
}

fn document(doc: &Composed, template: &str, body: &str) -> Vec<u8> {
    let c = &doc.cast;
    let (p, kind) = (&c.patient, doc.layout.kind);
    let id = document_oid(doc);
    let at = |d| format!("{}093000+0100", digits(d));
    let (date, low, high) = (at(c.date), at(c.entry), at(c.exit));
    let rpps = format!("<id root=\"1.2.250.1.71.4.2.1\" extension=\"8{}\"/>", c.author.rpps);
    let [code, label] = speciality(&c.author.specialty);
    let Setting { facility: [facility, facility_label], .. } = setting(&c.structure.kind);
    let used = p.used_name.as_ref().map_or(String::new(), |n| {
        format!(
            "<family qualifier=\"CL\">{}</family><given qualifier=\"CL\">{}</given>",
            xml(&strict(n)),
            xml(&strict(&p.first_name))
        )
    });
    let (sex, sex_label) = match p.sex {
        relu_record::Sex::F => ("F", "Féminin"),
        relu_record::Sex::M => ("M", "Masculin"),
    };
    let patient = format!(
        "<recordTarget><patientRole><id extension=\"{}\" root=\"{}\"/><id extension=\"{}\" root=\"{IPP_SYSTEM}\"/>{}<telecom value=\"tel:{}\" use=\"MC\"/><patient classCode=\"PSN\"><name><family qualifier=\"BR\">{}</family><given>{}</given><given qualifier=\"BR\">{}</given>{used}</name><administrativeGenderCode code=\"{sex}\" displayName=\"{sex_label}\" codeSystem=\"2.16.840.1.113883.5.1\"/><birthTime value=\"{}\"/><birthplace><place><addr><county>{}</county><city>{}</city></addr></place></birthplace></patient></patientRole></recordTarget>",
        p.ins,
        relu_record::system::INS_NIR_TEST,
        p.ipp,
        address_of(&p.street, &p.zip, &p.town),
        p.phone.replace(' ', ""),
        xml(&strict(&p.birth_name)),
        xml(&strict(&p.first_names.join(" "))),
        xml(&strict(&p.first_name)),
        digits(p.birth_date),
        p.birth_place,
        xml(&strict(&p.birth_place_name)),
    );
    let author = format!(
        "<author><time value=\"{date}\"/><assignedAuthor classCode=\"ASSIGNED\">{rpps}<code code=\"{code}\" displayName=\"{label}\" codeSystem=\"1.2.250.1.213.1.1.4.5\"/>{}{}{}{}</assignedAuthor></author>",
        address(&c.structure),
        telecom(&c.structure.phone),
        person(&c.author),
        structure(&c.structure, false)
    );
    let custodian = format!(
        "<custodian><assignedCustodian><representedCustodianOrganization><id root=\"1.2.250.1.71.4.2.2\" extension=\"1{}\"/><name>{}</name>{}{}</representedCustodianOrganization></assignedCustodian></custodian>",
        c.structure.finess,
        xml(&c.structure.name),
        telecom(&c.structure.phone),
        address(&c.structure)
    );
    let recipient = format!(
        "<informationRecipient><intendedRecipient><id root=\"1.2.250.1.71.4.2.1\" extension=\"8{}\"/><informationRecipient><name><prefix>{}</prefix><given>{}</given><family>{}</family><suffix>DR</suffix></name></informationRecipient><receivedOrganization><id root=\"1.2.250.1.71.4.2.2\" extension=\"1{}\"/><name>{}</name></receivedOrganization></intendedRecipient></informationRecipient>",
        c.recipient.rpps,
        if c.recipient.female { "MME" } else { "M" },
        xml(&c.recipient.first_name),
        xml(&c.recipient.name.to_uppercase()),
        c.recipient_structure.finess,
        xml(&c.recipient_structure.name)
    );
    let authenticator = format!(
        "<legalAuthenticator><time value=\"{date}\"/><signatureCode code=\"S\"/><assignedEntity>{rpps}{}{}</assignedEntity></legalAuthenticator>",
        person(&c.author),
        structure(&c.structure, true)
    );
    let act = format!(
        "<documentationOf typeCode=\"DOC\"><serviceEvent classCode=\"ACT\" moodCode=\"EVN\"><effectiveTime><low value=\"{low}\"/><high value=\"{high}\"/></effectiveTime><performer typeCode=\"PRF\"><assignedEntity>{rpps}{}{}</assignedEntity></performer></serviceEvent></documentationOf>",
        person(&c.author),
        structure(&c.structure, true)
    );
    let encounter = format!(
        "<componentOf><encompassingEncounter><effectiveTime><low value=\"{low}\"/><high value=\"{high}\"/></effectiveTime><location><healthCareFacility><id root=\"1.2.250.1.71.4.2.2\" extension=\"1{}\"/><code code=\"{facility}\" displayName=\"{facility_label}\" codeSystem=\"1.2.250.1.71.4.2.4\"/></healthCareFacility></location></encompassingEncounter></componentOf>",
        c.structure.finess
    );
    let system_name = if kind.system == relu_record::system::LOINC { "LOINC" } else { "TA_ASIP" };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<realmCode code=\"FR\"/><typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/><templateId root=\"2.16.840.1.113883.2.8.2.1\"/><templateId root=\"1.2.250.1.213.1.1.1.1\"/>{template}<id root=\"{id}\"/><code code=\"{}\" displayName=\"{}\" codeSystem=\"{}\" codeSystemName=\"{system_name}\"/><title>{}</title><effectiveTime value=\"{date}\"/><confidentialityCode code=\"N\" displayName=\"Normal\" codeSystem=\"2.16.840.1.113883.5.25\"/><languageCode code=\"fr-FR\"/><setId root=\"{id}\"/><versionNumber value=\"1\"/>\n{patient}\n{author}\n{custodian}\n{recipient}\n{authenticator}\n{act}\n{encounter}\n{body}\n</ClinicalDocument>\n",
        kind.code,
        xml(kind.label),
        kind.system,
        xml(kind.label),
    )
    .into_bytes()
}
