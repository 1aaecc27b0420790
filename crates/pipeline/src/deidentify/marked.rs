//! Texts that hold marks (`[NOM]`) or stand-ins of an earlier run: what they stand for is read in the
//! place of marks, so that the words around them are judged as they were the first time, and nothing is
//! found in them.

use relu_record::Span;

use super::{Deidentifier, Identifier, Known, Label, Workspace};

// What is read in the place of a mark. Nothing of it is ever written.
const FILLERS: [(Label, &str); 19] = [
    (Label::Nom, "Vardenol"),
    (Label::Prenom, "Jeanne"),
    (Label::Date, "12/03/2019"),
    (Label::DateNaissance, "12/03/1951"),
    (Label::Adresse, "14 rue des Lilas"),
    (Label::Zip, "35000"),
    (Label::Ville, "Rennes"),
    (Label::Tel, "01 42 34 56 78"),
    (Label::Mail, "a.vardenol@exemple.fr"),
    (Label::Secu, "2 84 05 88 035 053 92"),
    (Label::Ipp, "8012345678"),
    (Label::Nda, "201912345"),
    (Label::Hopital, "CHU de Rennes"),
    (Label::Rpps, "10003456781"),
    (Label::Finess, "350000001"),
    (Label::Url, "www.exemple.fr"),
    (Label::Iban, "FR76 3000 6000 0112 3456 7890 189"),
    (Label::Plaque, "AB-123-CD"),
    (Label::Age, "92 ans"),
];

/// The marks of a text: `[NOM]` and the like.
pub fn marks(text: &str) -> Vec<Span> {
    labelled(text).into_iter().map(|(span, _)| span).collect()
}

fn labelled(text: &str) -> Vec<(Span, Label)> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|r| r.find('[')).map(|o| at + o) {
        at = open + 1;
        let rest = text.get(at..).unwrap_or("");
        let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
        let label = rest.get(..end).and_then(Label::named);
        if let Some(label) = label.filter(|_| rest.get(end..).is_some_and(|r| r.starts_with(']'))) {
            out.push((Span::new(open, at + end + 1), label));
            at += end;
        }
    }
    out
}

impl Deidentifier {
    /// As [`Deidentifier::read`], of a text that may hold marks and, in `exempt`, stand-ins: nothing is
    /// found in either. Costs what `read` costs where there is neither.
    pub fn read_again(
        &self,
        text: &str,
        exempt: &[Span],
        known: &Known,
        workspace: &mut Workspace,
    ) {
        self.read_again_stricter(text, exempt, known, 0.0, workspace);
    }

    pub(crate) fn read_again_stricter(
        &self,
        text: &str,
        exempt: &[Span],
        known: &Known,
        stricter: f32,
        workspace: &mut Workspace,
    ) {
        let marks = labelled(text);
        if marks.is_empty() {
            self.read_stricter(text, known, stricter, workspace);
        } else {
            let filled = Filled::of(text, &marks);
            self.read_stricter(&filled.text, known, stricter, workspace);
            filled.back(&mut workspace.found);
            filled.back(&mut workspace.doubts);
        }
        if marks.is_empty() && exempt.is_empty() {
            return;
        }
        let mut spans = exempt.to_vec();
        spans.extend(marks.iter().map(|(span, _)| *span));
        spans.sort_unstable_by_key(|s| (s.start, s.end));
        workspace.found = outside(text, &workspace.found, &spans);
        workspace.doubts = outside(text, &workspace.doubts, &spans);
    }
}

// A text with the marks filled, and where each stood: in the text and in the filled one.
struct Filled {
    text: String,
    places: Vec<(Span, Span)>,
}

impl Filled {
    fn of(text: &str, marks: &[(Span, Label)]) -> Filled {
        let mut filled = Filled { text: String::with_capacity(text.len()), places: Vec::new() };
        let mut at = 0;
        for (span, label) in marks {
            filled.text.push_str(text.get(at..span.start).unwrap_or(""));
            let start = filled.text.len();
            let filler = FILLERS.iter().find(|(l, _)| l == label).map_or("", |(_, f)| f);
            filled.text.push_str(filler);
            filled.places.push((*span, Span::new(start, filled.text.len())));
            at = span.end;
        }
        filled.text.push_str(text.get(at..).unwrap_or(""));
        filled
    }

    // Spans of the filled text to spans of the text; a bound inside a filler is a bound of the mark.
    fn back(&self, found: &mut [Identifier]) {
        for f in found {
            let (start, end) = (self.at(f.span.start, false), self.at(f.span.end, true));
            f.span = Span::new(start, end.max(start));
        }
    }

    fn at(&self, at: usize, end: bool) -> usize {
        let before = self.places.partition_point(|(_, filled)| filled.start <= at);
        match before.checked_sub(1).and_then(|i| self.places.get(i)) {
            None => at,
            Some((mark, filled)) if at >= filled.end => mark.end + at - filled.end,
            Some((mark, filled)) if at == filled.start => mark.start,
            Some((mark, _)) if end => mark.end,
            Some((mark, _)) => mark.start,
        }
    }
}

/// The identifiers of a text that lie outside `exempt`; of one that reaches over its edge, the part
/// outside when it holds a capital or a figure. `exempt` is in order.
pub fn outside(text: &str, found: &[Identifier], exempt: &[Span]) -> Vec<Identifier> {
    let mut out = Vec::with_capacity(found.len());
    for f in found {
        let first = exempt.partition_point(|e| e.end <= f.span.start);
        let over = exempt.get(first..).unwrap_or_default();
        let over: Vec<&Span> = over.iter().take_while(|e| e.start < f.span.end).collect();
        if over.is_empty() {
            out.push(*f);
            continue;
        }
        let mut at = f.span.start;
        let ends = over.iter().map(|e| (e.start, e.end)).chain([(f.span.end, f.span.end)]);
        for (start, end) in ends {
            let part = text.get(at..start.max(at)).unwrap_or("");
            let tells = |c: char| c.is_uppercase() || c.is_ascii_digit();
            if part.chars().filter(|c| c.is_alphanumeric()).count() >= 2 && part.contains(tells) {
                let trim = |c: char| !c.is_alphanumeric();
                let from = at + part.len() - part.trim_start_matches(trim).len();
                let span = Span::new(from, from + part.trim_matches(trim).len());
                out.push(Identifier { span, ..*f });
            }
            at = at.max(end);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_has_its_filler_and_every_mark_is_seen() {
        for label in Label::ALL {
            assert!(FILLERS.iter().any(|(l, f)| *l == label && !f.is_empty()), "{label:?}");
        }
        let text = "[NOM] [AUTRE] [DATE_NAISSANCE][x] [TEL";
        let seen: Vec<&str> = marks(text).iter().map(|s| s.of(text).unwrap()).collect();
        assert_eq!(seen, ["[NOM]", "[DATE_NAISSANCE]"]);
    }

    #[test]
    fn what_lies_around_marks_is_found_where_it_is() {
        let deidentifier = Deidentifier::shipped().unwrap();
        let mut work = Workspace::default();
        let text = "Patient [PRENOM] [NOM], né le [DATE_NAISSANCE], tél. 01 42 34 56 78, vu le [DATE] \
                    par le Dr Zorvane MALIBRUC";
        deidentifier.read_again(text, &[], &Known::default(), &mut work);
        let found: Vec<&str> = work.found().iter().map(|f| f.span.of(text).unwrap()).collect();
        assert_eq!(found, ["01 42 34 56 78", "Zorvane", "MALIBRUC"]);
        let at = text.find("01 42").unwrap();
        let exempt = [Span::new(at, at + 14)];
        deidentifier.read_again(text, &exempt, &Known::default(), &mut work);
        assert_eq!(work.found().len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn spans_come_back_on_characters(text in "(\\[NOM\\]|\\[DATE\\]|[A-Zé][a-z]{0,6}|[0-9/ .]{1,6}|é| ){0,14}") {
            thread_local! {
                static SHIPPED: Deidentifier = Deidentifier::shipped().unwrap();
            }
            let mut work = Workspace::default();
            SHIPPED.with(|d| d.read_again(&text, &[], &Known::default(), &mut work));
            let marks = marks(&text);
            for f in work.found() {
                proptest::prop_assert!(f.span.of(&text).is_some());
                proptest::prop_assert!(!marks.iter().any(|m| m.overlaps(f.span)));
            }
        }
    }
}
