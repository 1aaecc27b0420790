//! Marked-up text to lines, shared by HTML and the CDA narrative: blocks as lines, cells of a row
//! with ` | `, items with `- `, white space folded. Element names are those of HTML.
//!
//! A power is kept apart from its base (`10^9`), because `109` would be another number.

/// Writes lines from text and element boundaries, in one pass.
#[derive(Default)]
pub(crate) struct Lines {
    out: String,
    /// A space is due before the next word.
    space: bool,
    /// Inside `pre`: spaces and line ends are kept.
    pre: u32,
    /// Cells already written on the current row, per open table.
    rows: Vec<u32>,
    /// Just after `<sup>`.
    power: bool,
}

impl Lines {
    /// Bytes written so far.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// What was written from `start` on.
    pub(crate) fn since(&self, start: usize) -> &str {
        self.out.get(start..).unwrap_or("")
    }

    /// Text, character references already decoded.
    pub(crate) fn text(&mut self, text: &str) {
        if self.pre > 0 {
            self.out.push_str(text);
            return;
        }
        for c in text.chars() {
            // A no-break space is a character of the text, not layout.
            if c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}' {
                self.space = true;
                continue;
            }
            let c = if c.is_control() { ' ' } else { c };
            if self.space && !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
                self.out.push(' ');
            } else if self.power
                && self.out.ends_with(|p: char| p.is_ascii_digit())
                && (c.is_ascii_digit() || matches!(c, '-' | '+'))
            {
                self.out.push('^');
            }
            self.power = false;
            self.space = false;
            self.out.push(c);
        }
    }

    /// The start of an element.
    pub(crate) fn open(&mut self, name: &str) {
        match name {
            "sup" => self.power = true,
            "br" if self.in_cell() => self.space = true,
            "br" => self.push_line(),
            "pre" => {
                self.line();
                self.pre += 1;
            }
            "table" => {
                if !self.in_cell() {
                    self.line();
                }
                self.rows.push(0);
            }
            "tr" => self.row(),
            "td" | "th" => self.cell(),
            "li" if !self.in_cell() => {
                self.line();
                self.out.push_str("- ");
            }
            _ => self.block(name),
        }
    }

    /// The end of an element.
    pub(crate) fn close(&mut self, name: &str) {
        match name {
            "sup" => self.power = false,
            "pre" => {
                self.pre = self.pre.saturating_sub(1);
                self.line();
            }
            "table" => {
                self.rows.pop();
                self.block("table");
            }
            "tr" => self.row(),
            "li" => self.block("li"),
            _ => self.block(name),
        }
    }

    fn in_cell(&self) -> bool {
        self.rows.iter().any(|cells| *cells > 0)
    }

    fn row(&mut self) {
        if self.rows.len() > 1 {
            self.space = true;
            return;
        }
        if let Some(cells) = self.rows.last_mut() {
            *cells = 0;
        }
        self.line();
    }

    fn cell(&mut self) {
        if self.rows.is_empty() {
            self.rows.push(0);
        }
        let nested = self.rows.len() > 1;
        if let Some(cells) = self.rows.last_mut() {
            if *cells > 0 && !nested {
                self.out.push_str(" | ");
                self.space = false;
            } else if nested {
                self.space = true;
            }
            *cells += 1;
        }
    }

    /// A paragraph inside a cell stays on its row.
    fn block(&mut self, name: &str) {
        if !is_block(name) {
            return;
        }
        if self.in_cell() { self.space = true } else { self.line() }
    }

    /// A line end, unless one is just there.
    pub(crate) fn line(&mut self) {
        self.space = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.push_line();
        }
    }

    /// An empty line, unless at the start.
    pub(crate) fn blank(&mut self) {
        self.line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn push_line(&mut self) {
        self.space = false;
        self.out.push('\n');
    }

    /// The text, without empty ends.
    pub(crate) fn finish(self) -> String {
        self.out.trim_end_matches(['\n', ' ']).to_owned()
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "table"
            | "thead"
            | "tbody"
            | "tfoot"
            | "caption"
            | "blockquote"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "hr"
            | "address"
            | "body"
            | "html"
            | "form"
    )
}
