//! The page of all rules: one static HTML file, without script, that prints on paper.

use relu_text::RuleDoc;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    title: String,
    intro: String,
    matches: String,
    rejects: String,
    other: String,
    chapter: Vec<Chapter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chapter {
    title: String,
    files: Vec<String>,
}

// A test of this file fails if it cannot be read.
fn words() -> Words {
    toml::from_str(include_str!("../../../data/rules-page.toml")).unwrap_or_default()
}

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 3rem; border-bottom: 1px solid; }
article { margin: 1.5rem 0; break-inside: avoid; }
h3 { margin: 0; } code { font-size: 1em; }
p { margin: .25rem 0; } .source { opacity: .75; font-size: .9rem; }
dl { margin: .5rem 0; } dt { font-weight: 600; } dd { margin: 0 0 .25rem 1rem; }
mark { background: #ffe08a; color: #000; padding: 0 .15em; }
.no mark { background: none; color: inherit; border-bottom: 2px dotted; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } nav { display: none; } }
";

/// The page.
pub(super) fn page(rules: &[RuleDoc]) -> String {
    let words = words();
    let mut chapters: Vec<(&str, Vec<&RuleDoc>)> = words
        .chapter
        .iter()
        .map(|c| (c.title.as_str(), rules.iter().filter(|r| c.files.contains(&r.file)).collect()))
        .collect();
    let named = |r: &&RuleDoc| !words.chapter.iter().any(|c| c.files.contains(&r.file));
    chapters.push((&words.other, rules.iter().filter(named).collect()));
    chapters.retain(|(_, rules)| !rules.is_empty());
    let mut html =
        String::from("<!doctype html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n");
    html += "<meta name=\"viewport\" content=\"width=device-width\">\n";
    html += &format!(
        "<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        text(&words.title)
    );
    html += &format!("<h1>{}</h1>\n<p>{}</p>\n<nav><ol>\n", text(&words.title), text(&words.intro));
    for (i, (title, rules)) in chapters.iter().enumerate() {
        html += &format!("<li><a href=\"#c{i}\">{}</a> ({})</li>\n", text(title), rules.len());
    }
    html += "</ol></nav>\n";
    for (i, (title, rules)) in chapters.iter().enumerate() {
        html += &format!("<section id=\"c{i}\">\n<h2>{}</h2>\n", text(title));
        for rule in rules {
            html += &article(rule, &words);
        }
        html += "</section>\n";
    }
    html + "</body>\n</html>"
}

fn article(rule: &RuleDoc, words: &Words) -> String {
    let mut html = format!("<article>\n<h3><code>{}</code></h3>\n", text(&rule.code));
    html +=
        &format!("<p>{}</p>\n<p class=\"source\">{}</p>\n", text(&rule.why), text(&rule.source));
    let lists = [(&words.matches, &rule.matches, "yes"), (&words.rejects, &rule.rejects, "no")];
    for (title, examples, class) in lists.into_iter().filter(|(_, e, _)| !e.is_empty()) {
        html += &format!("<dl class=\"{class}\"><dt>{}</dt>\n", text(title));
        for example in examples {
            html += &format!("<dd>« {} »</dd>\n", marked(example));
        }
        html += "</dl>\n";
    }
    html + "</article>\n"
}

// An example, with what stands between square brackets highlighted.
fn marked(example: &str) -> String {
    let html = text(example).replace('\n', "<br>");
    // A bracket of the text itself (a checkbox) has no partner or holds nothing to mark.
    let mut out = String::new();
    let mut rest = html.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        let Some((inside, end)) = after.split_once(']') else { break };
        out += before;
        out += &format!("<mark>{inside}</mark>");
        rest = end;
    }
    out + rest
}

fn text(s: &str) -> String {
    s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_shown_whole_and_escaped() {
        let chapters = words().chapter;
        let engine = relu_text::Engine::embedded();
        for rule in engine.rules() {
            let known = chapters.iter().any(|c| c.files.contains(&rule.file));
            assert!(known, "{} has no chapter for {}", rule.code, rule.file);
        }
        let rule = RuleDoc {
            code: "NEG001".to_owned(),
            file: "context".to_owned(),
            why: "Annonce une <absence>.".to_owned(),
            source: "Usage & méthode.".to_owned(),
            matches: vec!["Pas de [fièvre]\nce jour.".to_owned()],
            rejects: vec!["CRP < 5, [toux".to_owned()],
            ..RuleDoc::default()
        };
        let stranger = RuleDoc { code: "X".to_owned(), file: "inconnu".to_owned(), ..rule.clone() };
        let page = page(&[rule, stranger]);
        for shown in [
            "<code>NEG001</code>",
            "Annonce une &lt;absence&gt;.",
            "Usage &amp; méthode.",
            "« Pas de <mark>fièvre</mark><br>ce jour. »",
            "« CRP &lt; 5, [toux »",
            "Autres règles",
            "lang=\"fr\"",
        ] {
            assert!(page.contains(shown), "{shown}");
        }
        assert!(!page.contains("<script"));
    }
}
