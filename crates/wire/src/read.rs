//! Lines of `relu read`: one a document, containers and what they hold alike.

use relu_record::{BoundingBox, Finding, Page, Reading, Refusal, Severity, Sha256Hex};
use serde::Serialize;

use crate::{CodePoints, HeaderLine};

/// A finding on the wire.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingLine {
    code: String,
    severity: Severity,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<usize>,
}

impl FindingLine {
    pub(crate) fn new(f: &Finding, at: &CodePoints<'_>) -> FindingLine {
        let span = f.span.map(|s| at.span(s));
        FindingLine {
            code: f.code.clone(),
            severity: f.severity,
            message: f.message.clone(),
            start: span.map(|s| s[0]),
            end: span.map(|s| s[1]),
        }
    }
}

/// A word and its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordLine {
    start: usize,
    end: usize,
    page: u32,
    #[serde(rename = "box")]
    bbox: [f32; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<u8>,
}

/// One line of `relu read`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadLine {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    sha256: String,
    media_type: String,
    format: &'static str,
    text: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ocr: bool,
    pages: Vec<Page>,
    header: HeaderLine,
    findings: Vec<FindingLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<WordLine>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreviewed: Option<bool>,
}

impl ReadLine {
    /// A document that was read.
    pub fn read(
        source: &str,
        part: Option<&str>,
        sha256: &Sha256Hex,
        reading: &Reading,
        boxes: bool,
    ) -> ReadLine {
        let at = CodePoints::new(&reading.text);
        ReadLine {
            source: source.to_owned(),
            part: part.map(str::to_owned),
            sha256: sha256.0.clone(),
            media_type: reading.media_type.clone(),
            format: reading.format.as_str(),
            text: reading.text.0.clone(),
            ocr: reading.ocr,
            pages: reading.pages.clone(),
            header: HeaderLine::from(&reading.header),
            findings: reading.findings.iter().map(|f| FindingLine::new(f, &at)).collect(),
            words: boxes.then(|| {
                reading
                    .words
                    .iter()
                    .map(|w| {
                        let [start, end] = at.span(w.span);
                        WordLine {
                            start,
                            end,
                            page: w.page,
                            bbox: corners(w.bbox),
                            confidence: w.confidence,
                        }
                    })
                    .collect()
            }),
            error: None,
            unreviewed: None,
        }
    }

    /// A document of which no usable reading exists.
    pub fn refused(
        source: &str,
        part: Option<&str>,
        sha256: &Sha256Hex,
        media_type: Option<&str>,
        refusal: &Refusal,
    ) -> ReadLine {
        ReadLine {
            source: source.to_owned(),
            part: part.map(str::to_owned),
            sha256: sha256.0.clone(),
            media_type: media_type.unwrap_or("application/octet-stream").to_owned(),
            format: "unknown",
            text: String::new(),
            ocr: false,
            pages: Vec::new(),
            header: HeaderLine::from(&relu_record::Header::default()),
            findings: vec![FindingLine {
                code: refusal.code.as_str().to_owned(),
                severity: Severity::Error,
                message: refusal.message.clone(),
                start: None,
                end: None,
            }],
            words: None,
            error: Some(refusal.clone()),
            unreviewed: None,
        }
    }
}

impl ReadLine {
    /// The same line, saying once for the whole output that nobody has re-read it.
    pub fn first(mut self) -> ReadLine {
        self.unreviewed = Some(true);
        self
    }
}

fn corners(b: BoundingBox) -> [f32; 4] {
    // Hundredths of a point: finer than any glyph, and the same text on every machine.
    [b.x0, b.y0, b.x1, b.y1].map(|v| (v * 100.0).round() / 100.0)
}
