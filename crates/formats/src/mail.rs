//! Mail (RFC 5322), as MSSanté and Apicrypt deliver it.
//!
//! Reading: the header from `From`, `To`, `Cc`, `Subject`, `Date`, `Message-ID` and `X-MSS-*`; the
//! body as text (HTML brought to text); attachments, forwarded messages and `IHE_XDM.zip` as
//! parts, decoded strictly. An HPRIM message written in the body is a part too. The patient of an
//! MSSanté mail is the one of its XDM, never the one of its subject.
//!
//! Findings: `mail-signed`, `mail-thread-end`, `mail-delivery-report`, `mail-cut`, `part-damaged`.
//! Refusals: `encrypted` (S/MIME, OpenPGP, Apicrypt still closed), `damaged`.
//! Sources: RFC 5322, RFC 2045 to 2047, RFC 8551 (S/MIME); Référentiel socle MSSanté #2;
//! `interop-fr` fact sheet §6b and §7.

use mail_parser::{
    Address, ContentType, Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};
use relu_record::{
    Budget, Coding, Format, Header, HumanName, Identifier, Moment, PartialDate, Practitioner,
    Private, Reading, Recipient, Refusal, Sourced, system,
};

use crate::identity::{self, some};
use crate::text::{self, html};
use crate::{Input, notes, payload, sniff};

/// Reads a mail.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    budget.output(input.bytes.len() as u64).map_err(notes::spent)?;
    let bytes = without_mbox_line(input.bytes);
    let message =
        MessageParser::default().parse(bytes).ok_or_else(|| notes::DAMAGED_MAIL.refusal())?;
    if message.parts.is_empty() {
        return Err(notes::DAMAGED_MAIL.refusal());
    }
    refuse_encrypted(&message)?;
    let mut reading = Reading::new(Format::Mail, "message/rfc822");
    reading.header = header(&message);
    about_the_mail(&message, bytes, &mut reading);
    body(&message, &mut reading)?;
    attachments(&message, bytes, &mut reading, budget)?;
    Ok(reading)
}

fn without_mbox_line(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.trim_ascii_start();
    if !bytes.starts_with(b"From ") {
        return bytes;
    }
    let end = bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| i + 1);
    bytes.get(end..).unwrap_or_default()
}

fn kind(part: &MessagePart<'_>) -> String {
    part.content_type().map(full_type).unwrap_or_default()
}

fn full_type(content: &ContentType<'_>) -> String {
    let subtype = content.c_subtype.as_deref().unwrap_or("");
    format!("{}/{subtype}", content.c_type).to_ascii_lowercase()
}

/// Whether a part is an S/MIME envelope, rather than a signature around readable content.
fn is_enveloped(part: &MessagePart<'_>) -> bool {
    let Some(content) = part.content_type() else { return false };
    let smime = matches!(
        full_type(content).as_str(),
        "application/pkcs7-mime" | "application/x-pkcs7-mime"
    );
    let signed =
        content.attribute("smime-type").is_some_and(|t| t.to_ascii_lowercase().contains("signed"));
    smime && !signed
}

fn refuse_encrypted(message: &Message<'_>) -> Result<(), Refusal> {
    let root = message.root_part();
    if is_enveloped(root) || kind(root) == "multipart/encrypted" {
        return Err(notes::ENCRYPTED_MAIL.refusal());
    }
    Ok(())
}

fn header(message: &Message<'_>) -> Header {
    let mut header = Header {
        title: message.subject().and_then(some).map(|t| Sourced::new(t, "Subject")),
        date: message.date().and_then(|d| {
            let date = PartialDate::ymd(d.year, d.month, d.day)?;
            let minutes = i16::from(d.tz_hour) * 60 + i16::from(d.tz_minute);
            let moment = Moment {
                date,
                minute: Some(u16::from(d.hour) * 60 + u16::from(d.minute)),
                offset_minutes: Some(if d.tz_before_gmt { -minutes } else { minutes }),
            };
            Some(Sourced::new(moment, "Date"))
        }),
        ..Header::default()
    };
    for (name, address) in people(message.from()) {
        let family = name.or(address).unwrap_or_default();
        let author =
            Practitioner { name: HumanName { family, ..Default::default() }, ..Default::default() };
        header.authors.push(Sourced::new(author, "From"));
    }
    for (list, path) in [(message.to(), "To"), (message.cc(), "Cc")] {
        for (name, address) in people(list) {
            let practitioner = name.map(|family| Practitioner {
                name: HumanName { family, ..Default::default() },
                ..Default::default()
            });
            let recipient = Recipient { practitioner, organization: None, address };
            header.recipients.push(Sourced::new(recipient, path));
        }
    }
    for (id, kind) in
        [(message.message_id(), "message"), (message.in_reply_to().as_text(), "in-reply-to")]
    {
        if let Some(value) = id.and_then(some) {
            let id =
                Identifier { system: "Message-ID".to_owned(), value, kind: Some(kind.to_owned()) };
            header.document_ids.push(id);
        }
    }
    // One code is the document's; several say only what the archive holds.
    if let Some(code) = raw(message, "X-MSS-CODECDA").filter(|c| !c.contains(',')) {
        let of = if code.contains('-') && code.starts_with(|c: char| c.is_ascii_digit()) {
            system::LOINC
        } else {
            system::TA_ASIP
        };
        header.document_type = Some(Sourced::new(Coding::new(of, &code, None), "X-MSS-CODECDA"));
    }
    header
}

fn people(list: Option<&Address<'_>>) -> Vec<(Option<Private>, Option<Private>)> {
    let all = list.map(|l| l.iter().collect::<Vec<_>>()).unwrap_or_default();
    all.into_iter()
        .map(|a| (a.name().and_then(some), a.address().and_then(some)))
        .filter(|(name, address)| name.is_some() || address.is_some())
        .collect()
}

fn raw(message: &Message<'_>, name: &'static str) -> Option<String> {
    message.header_raw(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
}

fn about_the_mail(message: &Message<'_>, bytes: &[u8], reading: &mut Reading) {
    let root = kind(message.root_part());
    let signed = root == "multipart/signed" || root.contains("pkcs7-mime");
    let notes = [
        (signed, &notes::MAIL_SIGNED),
        (root == "multipart/report", &notes::MAIL_DELIVERY_REPORT),
        (
            raw(message, "X-MSS-MES").is_some_and(|v| v.eq_ignore_ascii_case("FIN")),
            &notes::MAIL_THREAD_END,
        ),
        (is_cut(message, bytes), &notes::MAIL_CUT),
    ];
    for (_, note) in notes.iter().filter(|(said, _)| *said) {
        reading.findings.push(note.finding());
    }
}

/// Whether the mail ends before its own last boundary.
fn is_cut(message: &Message<'_>, bytes: &[u8]) -> bool {
    let boundary = message.root_part().content_type().and_then(|c| c.attribute("boundary"));
    boundary.is_some_and(|b| !sniff::contains(bytes, format!("--{b}--").as_bytes()))
}

fn body(message: &Message<'_>, reading: &mut Reading) -> Result<(), Refusal> {
    let mut out = String::new();
    for part in message.text_bodies() {
        let words = match &part.body {
            PartType::Text(words) => text::tidy(words).0,
            PartType::Html(page) => html::to_text(page),
            _ => continue,
        };
        if part.is_encoding_problem {
            identity::note(&mut reading.findings, notes::MAIL_CHARSET.finding());
        }
        if words.trim_start().starts_with("$APICRYPT")
            || words.contains("-----BEGIN PGP MESSAGE-----")
        {
            return Err(notes::APICRYPT.refusal());
        }
        if sniff::is_hprim_medecin(words.as_bytes()) {
            // The result is the body itself: read as what it is.
            let bytes = Ok(words.into_bytes());
            reading.parts.push(payload::part(
                "corps du message",
                None,
                Some("text/x-hprim"),
                bytes,
            ));
            continue;
        }
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        out.push_str(words.trim());
    }
    reading.text = Private(out.trim().to_owned());
    Ok(())
}

fn attachments(
    message: &Message<'_>,
    bytes: &[u8],
    reading: &mut Reading,
    budget: &Budget,
) -> Result<(), Refusal> {
    for (n, part) in message.attachments().enumerate() {
        if reading.parts.len() >= budget.max_parts {
            identity::note(&mut reading.findings, notes::TOO_MANY_PARTS.finding());
            break;
        }
        let media = kind(part);
        // A detached signature is no document.
        if media.contains("pkcs7-signature") || media == "application/pgp-signature" {
            identity::note(&mut reading.findings, notes::MAIL_SIGNED.finding());
            continue;
        }
        let name = part.attachment_name();
        let closed =
            is_enveloped(part) || name.is_some_and(|n| n.to_ascii_lowercase().ends_with(".apz"));
        let content = if closed {
            Err(notes::ENCRYPTED_MAIL.refusal())
        } else {
            content(part, bytes, budget)
        };
        if content.is_err() {
            identity::note(&mut reading.findings, notes::PART_DAMAGED.finding());
        }
        let media = Some(media.as_str()).filter(|m| m.len() > 1);
        let path = format!("pièce jointe {}", n + 1);
        reading.parts.push(payload::part(&path, name, media, content));
    }
    Ok(())
}

/// The bytes of an attachment: base64 decoded here, strictly, the rest as the mail gives it.
fn content(part: &MessagePart<'_>, bytes: &[u8], budget: &Budget) -> Result<Vec<u8>, Refusal> {
    // The declared encoding, not the one the mail reader fell back to on damage.
    let base64 =
        part.content_transfer_encoding().is_some_and(|e| e.trim().eq_ignore_ascii_case("base64"));
    if base64 {
        let body = bytes.get(part.offset_body as usize..part.offset_end as usize);
        let body = body.and_then(|b| std::str::from_utf8(b).ok());
        return payload::base64(body.ok_or_else(|| notes::BAD_BASE64.refusal())?, budget);
    }
    let content = match &part.body {
        PartType::Message(inner) => inner.raw_message(),
        _ => part.contents(),
    };
    // Texts were brought to UTF-8 by the mail reader; their own bytes are kept when they are plain.
    let own = bytes.get(part.offset_body as usize..part.offset_end as usize);
    let content = match (&part.body, part.encoding, own) {
        (
            PartType::Text(_) | PartType::Html(_) | PartType::Message(_),
            Encoding::None,
            Some(own),
        ) => own,
        _ => content,
    };
    budget.output(content.len() as u64).map_err(notes::spent)?;
    Ok(content.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> Result<Reading, Refusal> {
        let bytes = text.replace('\n', "\r\n");
        read(&Input { bytes: bytes.as_bytes(), name: None, media_type: None }, &Budget::standard())
    }

    #[test]
    fn encrypted_mail_is_refused_as_such() {
        use relu_record::RefusalCode::Encrypted;
        let envelope = "From: a@b.fr\nTo: c@d.fr\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n\nMIIB\n";
        assert_eq!(mail(envelope).unwrap_err().code, Encrypted);
        let apicrypt = "From: a@b.fr\nTo: c@d.fr\n\n$APICRYPT 2.0\nxxxx\n";
        assert_eq!(mail(apicrypt).unwrap_err().code, Encrypted);
    }

    #[test]
    fn attachments_are_decoded_strictly_and_a_cut_mail_says_so() {
        let whole = "From: a@b.fr\nTo: c@d.fr\nSubject: =?utf-8?q?R=C3=A9sultat?=\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n<p>Cher confr=E8re</p>\n--x\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment\n\nQm9uam91cg==\n--x--\n";
        let r = mail(whole).unwrap();
        assert_eq!(r.text.as_str(), "Cher confrère");
        assert_eq!(r.header.title.as_ref().unwrap().value.as_str(), "Résultat");
        assert_eq!(r.parts[0].bytes, b"Bonjour");
        assert_eq!(r.parts[0].name.as_ref().unwrap().as_str(), "a.pdf");
        assert!(r.findings.is_empty(), "{:?}", r.findings);
        let cut = whole.split("==").next().unwrap();
        let r = mail(cut).unwrap();
        assert!(r.parts[0].bytes.is_empty() && r.parts[0].refusal.is_some());
        assert!(r.findings.iter().any(|f| f.code == "mail-cut"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(s in "(From|To|Subject|Content-Type): [a-z/;=x\"\r\n -]{0,300}") {
            let _ = mail(&s);
        }
    }
}
