//! Mail as MSSanté delivers it: RFC 5322 and MIME, attachments in base64, French headers.
//! Source: `interop-fr` fact sheet §7 (mail rules).

use base64::Engine;

use crate::compose::Composed;
use crate::words::strict;

/// A file joined to the mail.
pub(crate) struct Attachment<'a> {
    pub name: String,
    pub media_type: &'a str,
    pub bytes: &'a [u8],
}

/// A mail about the document with those attachments; `xdm` says that one is an `IHE_XDM.zip`.
pub(crate) fn write(doc: &Composed, attachments: &[Attachment], xdm: bool) -> Vec<u8> {
    let c = &doc.cast;
    let (p, kind) = (&c.patient, doc.layout.kind);
    let boundary = format!("=_limite_{:016x}", doc.serial);
    let prefix = if xdm { "XDM/1.0/DDM+" } else { "" };
    let subject = format!(
        "{prefix}{} {} {} {}",
        kind.label,
        strict(p.called()),
        p.first_name,
        p.birth_date.to_french()
    );
    let slug = crate::compose::slug;
    let mut out = format!(
        "Message-ID: <{:016x}@mssante.example>\r\nDate: {}\r\nFrom: {} <{}.{}@medecins.mssante.example>\r\nTo: {} <{}.{}@medecins.mssante.example>\r\nSubject: {}\r\nMIME-Version: 1.0\r\nX-MSS-NIL: Logiciel de demonstration\r\n",
        doc.serial,
        rfc_date(c.date),
        encoded(&c.author.full()),
        slug(&c.author.first_name),
        slug(&c.author.name),
        encoded(&c.recipient.full()),
        slug(&c.recipient.first_name),
        slug(&c.recipient.name),
        encoded(&subject)
    );
    if xdm {
        out.push_str(&format!("X-MSS-CODECDA: {}\r\nX-MSS-INS: O\r\n", kind.code));
    }
    let body = format!(
        "Bonjour,\r\n\r\nVeuillez trouver ci-joint un document concernant {} {}.\r\n\r\nBien confraternellement,\r\n{}\r\n{}\r\n",
        if p.sex == relu_record::Sex::F { "Mme" } else { "M." },
        strict(p.called()),
        c.author.full(),
        c.structure.name
    );
    out.push_str(&format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
        quoted_printable(&body)
    ));
    for a in attachments {
        out.push_str(&format!(
            "--{boundary}\r\nContent-Type: {}; name=\"{n}\"\r\nContent-Disposition: attachment; filename=\"{n}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            a.media_type,
            folded_base64(a.bytes),
            n = a.name
        ));
    }
    out.push_str(&format!("--{boundary}--\r\n"));
    out.into_bytes()
}

fn folded_base64(bytes: &[u8]) -> String {
    let all = base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut out = String::with_capacity(all.len() + all.len() / 38);
    let mut rest = all.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(76));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
    out
}

/// RFC 2047 words, folded so that none is longer than 75 characters.
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let words: Vec<String> = chars
        .chunks(20)
        .map(|c| {
            let piece: String = c.iter().collect();
            format!("=?UTF-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(piece))
        })
        .collect();
    words.join("\r\n ")
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for b in text.bytes() {
        if b == b'\n' {
            column = 0;
            out.push('\n');
            continue;
        }
        let piece = match b {
            b'=' | 128.. => format!("={b:02X}"),
            _ => char::from(b).to_string(),
        };
        if column + piece.len() > 73 && b != b'\r' {
            out.push_str("=\r\n");
            column = 0;
        }
        column += piece.len();
        out.push_str(&piece);
    }
    out
}

fn rfc_date(d: relu_record::PartialDate) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = DAYS.get(d.days().unwrap_or(0).rem_euclid(7) as usize).unwrap_or(&"Mon");
    let month = MONTHS.get(usize::from(d.month.unwrap_or(1)).saturating_sub(1)).unwrap_or(&"Jan");
    format!("{day}, {:02} {month} {} 09:30:00 +0100", d.day.unwrap_or(1), d.year)
}
