//! HTML to text: blocks as lines, table cells with ` | `, lists with `- `, entities decoded,
//! scripts, styles and comments left out. For mail bodies, FHIR narratives and HPRIM letters.
//!
//! A tokeniser of our own that accepts anything: it never fails and works in one pass.
//! Source: HTML living standard, §13.2 in spirit; the entities French text uses.

use crate::lines::Lines;

/// The text of an HTML page or fragment.
pub(crate) fn to_text(html: &str) -> String {
    let mut out = Lines::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.text(&unescape(before));
        rest = element(tag, &mut out);
    }
    out.text(&unescape(rest));
    out.finish().trim_start_matches(['\n', ' ']).to_owned()
}

/// Handles what starts with `<`; returns what follows it.
fn element<'a>(at: &'a str, out: &mut Lines) -> &'a str {
    if let Some(comment) = at.strip_prefix("<!--") {
        return comment.find("-->").and_then(|i| comment.get(i + 3..)).unwrap_or("");
    }
    let named = at.get(1..).is_some_and(|r| {
        r.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
    });
    if !named {
        out.text("<");
        return at.get(1..).unwrap_or("");
    }
    let end = tag_end(at);
    let tag = at.get(1..end).unwrap_or("");
    let rest = at.get(end + 1..).unwrap_or("");
    let closing = tag.starts_with('/');
    let name: String = tag
        .trim_start_matches('/')
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    if !closing
        && matches!(name.as_str(), "script" | "style" | "head" | "title")
        && !tag.ends_with('/')
    {
        return skip_to_close(rest, &name);
    }
    if closing {
        out.close(&name)
    } else {
        out.open(&name)
    }
    rest
}

/// Index of the `>` that ends the tag, attribute values in quotes skipped.
fn tag_end(at: &str) -> usize {
    let mut quote = None;
    for (i, b) in at.bytes().enumerate() {
        match (quote, b) {
            (Some(q), b) if q == b => quote = None,
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'>') => return i,
            _ => {}
        }
    }
    // An open quote must not swallow the page.
    at.find('>').unwrap_or(at.len())
}

fn skip_to_close<'a>(rest: &'a str, name: &str) -> &'a str {
    let close = format!("</{name}");
    let lower = rest.to_ascii_lowercase();
    match lower.find(&close) {
        Some(i) => {
            let after = rest.get(i..).unwrap_or("");
            after.find('>').and_then(|j| after.get(j + 1..)).unwrap_or("")
        }
        None => "",
    }
}

/// Decodes character references; what is not one stays as it is.
pub(crate) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or(""));
        let after = rest.get(at + 1..).unwrap_or("");
        let decoded =
            after.char_indices().take(12).find(|(_, c)| *c == ';').and_then(|(semi, _)| {
                Some((reference(after.get(..semi)?)?, after.get(semi + 1..)?))
            });
        match decoded {
            Some((c, tail)) => {
                out.push(c);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || *c == '\n' || *c == '\t');
    }
    ENTITIES.iter().find(|(n, _)| *n == name).map(|(_, c)| *c)
}

const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("agrave", 'à'),
    ("acirc", 'â'),
    ("aacute", 'á'),
    ("auml", 'ä'),
    ("ccedil", 'ç'),
    ("ugrave", 'ù'),
    ("ucirc", 'û'),
    ("uuml", 'ü'),
    ("uacute", 'ú'),
    ("ocirc", 'ô'),
    ("ouml", 'ö'),
    ("oacute", 'ó'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("iacute", 'í'),
    ("ntilde", 'ñ'),
    ("Eacute", 'É'),
    ("Egrave", 'È'),
    ("Ecirc", 'Ê'),
    ("Euml", 'Ë'),
    ("Agrave", 'À'),
    ("Acirc", 'Â'),
    ("Ccedil", 'Ç'),
    ("Ugrave", 'Ù'),
    ("Ucirc", 'Û'),
    ("Ocirc", 'Ô'),
    ("Icirc", 'Î'),
    ("Iuml", 'Ï'),
    ("oelig", 'œ'),
    ("OElig", 'Œ'),
    ("aelig", 'æ'),
    ("AElig", 'Æ'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("deg", '°'),
    ("micro", 'µ'),
    ("plusmn", '±'),
    ("times", '×'),
    ("divide", '÷'),
    ("sup1", '¹'),
    ("sup2", '²'),
    ("sup3", '³'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("frac34", '¾'),
    ("euro", '€'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bull", '•'),
    ("middot", '·'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("mu", 'μ'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("sect", '§'),
    ("para", '¶'),
    ("rarr", '→'),
    ("larr", '←'),
    ("uarr", '↑'),
    ("darr", '↓'),
    ("shy", '\u{ad}'),
    ("thinsp", '\u{2009}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_lines() {
        for (html, text) in [
            (
                "<p>Bonjour,</p><p>Le r&eacute;sultat&nbsp;: <b>5</b>&lt;10</p>",
                "Bonjour,\nLe résultat\u{a0}: 5<10",
            ),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("<ul><li>un</li><li>deux</li></ul>", "- un\n- deux"),
            (
                "<table><tr><th>A</th><th>B</th></tr><tr><td><p>1</p></td><td>2</td></tr></table>",
                "A | B\n1 | 2",
            ),
            ("<style>p{}</style><script>x<y</script>ok<!-- <p>non</p> -->", "ok"),
            ("PaO2 < 60 & SaO2 &gt; 90", "PaO2 < 60 & SaO2 > 90"),
            ("<p title=\"a>b\">c</p>", "c"),
            ("<p", ""),
            ("x &#233; &#xE9; &bogus; &", "x é é &bogus; &"),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(s in "\\PC{0,200}") { to_text(&s); }
    }
}
