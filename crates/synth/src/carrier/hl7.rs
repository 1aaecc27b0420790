//! HL7 v2.5: laboratory ORU^R01 with one OBX a result, and MDM^T02 around a PDF or a CDA.
//! Sources: HL7 v2.5 chapters 3, 7, 9; `interop-fr` fact sheet §1 (INS in PID) and §6.

use base64::Engine;

use crate::compose::Composed;
use crate::words::{digits, strict};

/// What an MDM carries.
pub(crate) enum Payload<'a> {
    Pdf(&'a [u8]),
    Cda(&'a [u8]),
}

/// Results in OBX segments, the free text in NTE.
pub(crate) fn oru(doc: &Composed) -> Vec<u8> {
    let c = &doc.cast;
    let mut s = head(doc, "ORU^R01^ORU_R01");
    let kind = doc.layout.kind;
    s.push(format!(
        "OBR|1|{n}|{n}|{}^{}^LN|||{}0815|||||||||{}||||||{}0930|||F",
        kind.code,
        escape(kind.label),
        digits(c.act),
        xcn(&c.recipient),
        digits(c.date),
        n = c.number
    ));
    let mut group = String::new();
    let mut i = 0;
    for row in doc.records.get("labo").into_iter().flatten() {
        let cell = |k: usize| row.get(k).map_or("", String::as_str);
        if row.len() < 5 {
            group = cell(0).trim_start_matches('#').trim().to_owned();
            continue;
        }
        i += 1;
        let number = cell(1).replace(',', ".").replace(' ', "");
        let (kind, value) =
            if number.parse::<f64>().is_ok() { ("NM", number) } else { ("ST", escape(cell(1))) };
        let code: String =
            strict(cell(0)).chars().filter(char::is_ascii_alphabetic).take(5).collect();
        let flag = if cell(4).is_empty() { "N" } else { cell(4) };
        s.push(format!(
            "OBX|{i}|{kind}|{code}^{}^L||{value}|{}|{}|{flag}|||F|||{}0815",
            escape(cell(0)),
            escape(cell(2)),
            escape(&cell(3).replace(',', ".").replace(" - ", "-")),
            digits(c.act)
        ));
        if !group.is_empty() {
            s.push(format!("NTE|1||{}", escape(&std::mem::take(&mut group))));
        }
    }
    join(s)
}

/// The document as a payload in base64.
pub(crate) fn mdm(doc: &Composed, payload: &Payload) -> Vec<u8> {
    let c = &doc.cast;
    let kind = doc.layout.kind;
    let mut s = head(doc, "MDM^T02^MDM_T02");
    let system = if kind.system == relu_record::system::LOINC { "LN" } else { "TA_ASIP" };
    let code = format!("{}^{}^{system}", kind.code, escape(kind.label));
    let oid = super::cda::document_oid(doc);
    s.push(format!(
        "TXA|1|{code}|TEXT|{}0930|{}|||||||{oid}|||||AU|U|AV",
        digits(c.date),
        xcn(&c.author)
    ));
    let encode = |b: &[u8]| base64::engine::general_purpose::STANDARD.encode(b);
    let data = match payload {
        Payload::Pdf(b) => format!("^APPLICATION^PDF^Base64^{}", encode(b)),
        Payload::Cda(b) => format!("^TEXT^XML^Base64^{}", encode(b)),
    };
    s.push(format!("OBX|1|ED|{code}||{data}||||||F|||{}0930", digits(c.date)));
    join(s)
}

fn head(doc: &Composed, message: &str) -> Vec<String> {
    let c = &doc.cast;
    let p = &c.patient;
    let org = escape(&c.structure.name);
    let sex = match p.sex {
        relu_record::Sex::F => "F",
        relu_record::Sex::M => "M",
    };
    let used = p.used_name.as_ref().map_or(String::new(), |n| {
        format!("~{}^{}^^^^^D", escape(&strict(n)), escape(&strict(&p.first_name)))
    });
    vec![
        format!(
            "MSH|^~\\&|LOGICIEL|{org}|RELU|CABINET|{}093000||{message}|{}|P|2.5|||||FRA|UNICODE UTF-8|FR|||",
            digits(c.date),
            doc.serial
        ),
        format!(
            "PID|1||{}^^^ASIP-SANTE-INS-NIR&{}&ISO^INS~{}^^^LOGICIEL&{}&ISO^PI||{}^{}^{}^^^^L{used}||{}|{sex}|||{}^^{}^^{}^FRA^H~^^^^^^BDL^^{}||{}|||||||||||||||||||VALI",
            p.ins,
            relu_record::system::INS_NIR_TEST,
            p.ipp,
            crate::people::IPP_SYSTEM,
            escape(&strict(&p.birth_name)),
            escape(&strict(&p.first_name)),
            escape(&strict(&p.first_names.join(" "))),
            digits(p.birth_date),
            escape(&p.street),
            escape(&p.town),
            p.zip,
            p.birth_place,
            p.phone.replace(' ', "")
        ),
        format!(
            "PV1|1|{}|||||{}",
            if c.structure.kind == "hopital" { "I" } else { "O" },
            xcn(&c.author)
        ),
    ]
}

fn xcn(d: &crate::people::Doctor) -> String {
    format!(
        "8{}^{}^{}^^^{}^^^ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        d.rpps,
        escape(&d.name.to_uppercase()),
        escape(&d.first_name),
        d.title
    )
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\E\\")
        .replace('|', "\\F\\")
        .replace('^', "\\S\\")
        .replace('&', "\\T\\")
        .replace('~', "\\R\\")
}

fn join(segments: Vec<String>) -> Vec<u8> {
    let mut out = segments.join("\r");
    out.push('\r');
    out.into_bytes()
}
