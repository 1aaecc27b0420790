//! Word (ECMA-376): paragraphs, tables, running head and foot, in a ZIP with a fixed date.

use std::fmt::Write as _;

use crate::archive::zip;
use crate::compose::{Align, Block, Composed, Line, Style};
use crate::words::xml;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>"#;
const RELS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const DOCUMENT_RELS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" Target="header1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/></Relationships>"#;
const W: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;
const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// The document as a DOCX.
pub(crate) fn write(doc: &Composed) -> Vec<u8> {
    let mut body = String::new();
    for block in &doc.blocks {
        match block {
            Block::Line(l) => paragraph(&mut body, l),
            Block::Columns(_, a, b) => {
                body.push_str("<w:tbl><w:tblPr/><w:tr>");
                for cell in [a, b] {
                    body.push_str("<w:tc>");
                    cell.iter().for_each(|l| paragraph(&mut body, l));
                    if cell.is_empty() {
                        body.push_str("<w:p/>");
                    }
                    body.push_str("</w:tc>");
                }
                body.push_str("</w:tr></w:tbl>");
            }
            Block::Frame(_, lines) => {
                body.push_str("<w:tbl><w:tblPr/><w:tr><w:tc>");
                lines.iter().for_each(|l| paragraph(&mut body, l));
                body.push_str("<w:p/></w:tc></w:tr></w:tbl>");
            }
            Block::Table(_, rows) => {
                body.push_str("<w:tbl><w:tblPr/>");
                for row in rows {
                    body.push_str("<w:tr>");
                    for cell in row {
                        let text = xml(cell);
                        let _ = write!(
                            body,
                            "<w:tc><w:p><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p></w:tc>"
                        );
                    }
                    body.push_str("</w:tr>");
                }
                body.push_str("</w:tbl>");
            }
            Block::Rule | Block::Space => body.push_str("<w:p/>"),
            Block::PageBreak => body.push_str("<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>"),
        }
    }
    let document = format!(
        "{HEAD}<w:document {W}><w:body>{body}<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rId1\"/><w:footerReference w:type=\"default\" r:id=\"rId2\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/></w:sectPr></w:body></w:document>"
    );
    let running = |tag: &str, text: &str| {
        let text = xml(&text.replace("{pages}", "1").replace("{page}", "1"));
        format!("{HEAD}<w:{tag} {W}><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:{tag}>")
    };
    zip(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELS.as_bytes()),
        ("word/_rels/document.xml.rels", DOCUMENT_RELS.as_bytes()),
        ("word/document.xml", document.as_bytes()),
        ("word/header1.xml", running("hdr", &doc.header).as_bytes()),
        ("word/footer1.xml", running("ftr", &doc.footer).as_bytes()),
    ])
}

fn paragraph(out: &mut String, line: &Line) {
    let align = match line.align {
        Align::Left => "",
        Align::Centre => "<w:jc w:val=\"center\"/>",
        Align::Right => "<w:jc w:val=\"right\"/>",
    };
    let bold = matches!(line.style, Style::Title | Style::Heading | Style::Bold);
    let (run, dash) = (
        if bold { "<w:rPr><w:b/></w:rPr>" } else { "" },
        if line.style == Style::Bullet { "- " } else { "" },
    );
    let text = xml(&line.text);
    // Word cuts a paragraph into runs where somebody edited; a reader has to join them.
    let cut = text.find(' ').filter(|_| text.len() > 20 && !text.contains('&')).unwrap_or(0);
    let (first, second) = text.split_at(cut);
    let _ = write!(
        out,
        "<w:p><w:pPr>{align}</w:pPr><w:r>{run}<w:t xml:space=\"preserve\">{dash}{first}</w:t></w:r><w:r>{run}<w:t xml:space=\"preserve\">{second}</w:t></w:r></w:p>"
    );
}
