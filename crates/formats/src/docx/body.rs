//! One part of a Word document (body, header, notes, footer) as lines.

use roxmltree::Node;

use crate::xml;

/// Writes the text of a part; says whether it holds tracked changes.
pub(super) fn write(root: Node<'_, '_>, out: &mut String) -> bool {
    let mut writer = Writer { out, revised: false };
    writer.blocks(root);
    writer.revised
}

struct Writer<'o> {
    out: &'o mut String,
    revised: bool,
}

impl Writer<'_> {
    /// Paragraphs, tables and what holds them.
    fn blocks(&mut self, parent: Node<'_, '_>) {
        for node in parent.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "p" => self.paragraph(node),
                "tbl" => self.table(node),
                // Separator notes hold no text; deleted and moved-away blocks are gone.
                "del" | "moveFrom" => self.revised = true,
                "sectPr" | "tblPr" | "pPr" => {}
                _ => self.blocks(node),
            }
        }
    }

    fn paragraph(&mut self, paragraph: Node<'_, '_>) {
        let mut boxes = Vec::new();
        let mut text = String::new();
        self.inline(paragraph, &mut text, &mut boxes);
        let text = text.trim_end();
        if !text.trim().is_empty() {
            if xml::at(paragraph, "pPr/numPr").is_some() {
                self.out.push_str("- ");
            }
            self.out.push_str(text);
        }
        self.out.push('\n');
        for content in boxes {
            self.blocks(content);
        }
    }

    /// Text of runs; text boxes are put aside, to follow their paragraph.
    fn inline<'a, 'i>(
        &mut self,
        parent: Node<'a, 'i>,
        text: &mut String,
        boxes: &mut Vec<Node<'a, 'i>>,
    ) {
        for node in parent.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "t" => text.push_str(node.text().unwrap_or("")),
                "tab" | "ptab" => text.push('\t'),
                "br" | "cr" => text.push('\n'),
                "noBreakHyphen" => text.push('-'),
                "del" | "moveFrom" => self.revised = true,
                "ins" | "moveTo" => {
                    self.revised = true;
                    self.inline(node, text, boxes);
                }
                "pPr" | "rPr" | "instrText" | "delText" => {}
                "txbxContent" => boxes.push(node),
                // The same drawing, once for new readers and once for old ones.
                "AlternateContent" => {
                    let one = xml::child(node, "Choice").or_else(|| xml::child(node, "Fallback"));
                    if let Some(one) = one {
                        self.inline(one, text, boxes);
                    }
                }
                _ => self.inline(node, text, boxes),
            }
        }
    }

    fn table(&mut self, table: Node<'_, '_>) {
        for row in table.descendants().filter(|n| n.tag_name().name() == "tr") {
            // Rows of a table inside a cell are written with that cell.
            let own = row.ancestors().skip(1).find(|n| n.tag_name().name() == "tbl") == Some(table);
            if !own || xml::at(row, "trPr/del").is_some() {
                self.revised |= own;
                continue;
            }
            let cells: Vec<String> = row
                .children()
                .flat_map(|c| match c.tag_name().name() {
                    "tc" => vec![c],
                    "sdt" => c.descendants().filter(|d| d.tag_name().name() == "tc").collect(),
                    _ => Vec::new(),
                })
                .map(|cell| self.cell(cell))
                .collect();
            if cells.iter().any(|c| !c.is_empty()) {
                self.out.push_str(cells.join(" | ").trim_end());
                self.out.push('\n');
            }
        }
    }

    /// The text of a cell on one line.
    fn cell(&mut self, cell: Node<'_, '_>) -> String {
        let mut inner = String::new();
        let mut writer = Writer { out: &mut inner, revised: false };
        writer.blocks(cell);
        self.revised |= writer.revised;
        inner.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
