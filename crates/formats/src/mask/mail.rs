//! Mail: written anew. Of the headers only the date and the subject stay, the subject without the
//! hidden words; people are nobody; the body is the masked text of the reading; attachments with a
//! plan follow, the others are gone. Nothing else of the mail is left: no transport header, no
//! signature, no second form of the body. Source: RFC 5322, RFC 2045 to 2047.

use relu_record::{Budget, Refusal};

use super::xmlmask::encode64;
use super::{Done, Work, needles};
use crate::notes;

const NOBODY: &str = "masque@exemple.invalid";

/// Masks a mail.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let mut done = Done::default();
    let reading = &work.plan.reading;
    let mut parts = Vec::new();
    for part in reading.parts.iter().filter(|p| p.refusal.is_none()) {
        if let Some(masked) = super::part(&part.path, &part.bytes, work, &mut done, budget) {
            let name = part.name.as_ref().map_or("", |n| n.as_str());
            parts.push((part.media_type.clone(), clean(name, work), masked));
        }
    }
    let mut out = String::new();
    out.push_str(&format!("From: {NOBODY}\r\nTo: {NOBODY}\r\n"));
    if let Some(date) = header(bytes, "date") {
        out.push_str(&format!("Date: {date}\r\n"));
    }
    let subject = reading.header.title.as_ref().map_or("", |t| t.value.as_str());
    if !subject.is_empty() {
        let subject = encode64(clean(subject, work).as_bytes());
        out.push_str(&format!("Subject: =?UTF-8?B?{subject}?=\r\n"));
    }
    let body = work.masked_text();
    // A line that no content holds.
    let boundary = format!("relu-{}", relu_record::Sha256Hex::of(body.as_bytes()).0);
    out.push_str("MIME-Version: 1.0\r\n");
    out.push_str(&format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n"));
    out.push_str(&format!("--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    out.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
    out.push_str(&folded(&encode64(body.as_bytes())));
    for (media, name, masked) in &parts {
        budget.output(masked.len() as u64 * 2).map_err(notes::spent)?;
        let media = media.as_deref().filter(|m| m.is_ascii()).unwrap_or("application/octet-stream");
        let media: String = media.chars().filter(|c| !c.is_control()).collect();
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "._-[]".contains(c) { c } else { '_' })
            .collect();
        out.push_str(&format!("--{boundary}\r\nContent-Type: {media}; name=\"{name}\"\r\n"));
        out.push_str(&format!("Content-Disposition: attachment; filename=\"{name}\"\r\n"));
        out.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
        out.push_str(&folded(&encode64(masked)));
    }
    out.push_str(&format!("--{boundary}--\r\n"));
    done.counts.passages = work.replacements.len();
    done.counts.header += 1;
    done.bytes = out.into_bytes();
    Ok(done)
}

fn clean(text: &str, work: &Work<'_>) -> String {
    match work.hidden.cleaned(text) {
        Some((clean, _)) if clean.is_empty() => needles::MARK.to_owned(),
        Some((clean, _)) => clean,
        None => text.to_owned(),
    }
}

/// A header line that holds no name: letters, digits and the signs of a date.
fn header(bytes: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(1 << 20))?).into_owned();
    let line = text
        .lines()
        .take_while(|l| !l.trim().is_empty())
        .find(|l| l.split_once(':').is_some_and(|(n, _)| n.trim().eq_ignore_ascii_case(name)))?;
    let value = line.split_once(':')?.1.trim();
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || " ,:+-()".contains(c));
    (plain && value.len() < 60).then(|| value.to_owned())
}

/// Lines of 76 characters.
fn folded(base64: &str) -> String {
    let mut out = String::with_capacity(base64.len() + base64.len() / 38);
    for line in base64.as_bytes().chunks(76) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push_str("\r\n");
    }
    out
}
