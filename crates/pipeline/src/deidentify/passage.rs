//! A text rewritten until the detector finds nothing more in it, so that the result, given back with
//! its spans, comes out unchanged.

use relu_record::Span;

use super::{
    Deidentifier, Hidden, Key, Known, Person, Rewriter, Rewritten, Workspace, marks, mask,
};

/// A text under a policy.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The text with its marks and stand-ins.
    pub rewritten: Rewritten,
    /// What was hidden in it.
    pub hidden: Hidden,
    /// Who it is about.
    pub person: Person,
    /// How many identifiers were replaced.
    pub replaced: usize,
}

// A text that still changes after so many turns is handed on as it is; the second reading says what
// is left. One turn more than the first is the usual.
const TURNS: usize = 6;

impl Passage {
    /// Rewrites `text`. `exempt` stays as it is, marks too; `id` names the text when nothing else says
    /// who it is about.
    pub fn of(
        deidentifier: &Deidentifier,
        rewriter: &Rewriter<'_>,
        key: Option<&Key>,
        given: Given<'_>,
        work: &mut Workspace,
    ) -> Passage {
        let Given { text, exempt, known, id } = given;
        let mut spans = exempt.to_vec();
        spans.extend(marks(text));
        let mut now = Rewritten { text: text.to_owned(), spans: tidy(spans) };
        let mut hidden = Hidden::default();
        let mut person = Person::nobody();
        let mut replaced = 0;
        for turn in 0..TURNS {
            deidentifier.read_again(&now.text, &now.spans, known, work);
            let found = work.found();
            if turn == 0 {
                person = key
                    .map_or_else(Person::nobody, |key| Person::settle(known, text, found, id, key));
            }
            let replacements = rewriter.replacements(&now.text, found, &person);
            if replacements.is_empty() {
                break;
            }
            hidden.add(&now.text, found);
            replaced += replacements.len();
            now = now.rewrite(&replacements);
        }
        Passage { rewritten: now, hidden, person, replaced }
    }
}

/// What [`Passage::of`] is given.
#[derive(Clone, Copy)]
pub struct Given<'t> {
    /// The text.
    pub text: &'t str,
    /// Where it holds marks or stand-ins of an earlier run.
    pub exempt: &'t [Span],
    /// What is known of whom it is about.
    pub known: &'t Known,
    /// Its id.
    pub id: &'t str,
}

// In order, without overlap.
fn tidy(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|s| (s.start, s.end));
    let mut out: Vec<Span> = Vec::new();
    for s in spans {
        match out.last_mut().filter(|l| s.start < l.end) {
            Some(last) => last.end = last.end.max(s.end),
            None => out.push(s),
        }
    }
    out
}

// A doubt from which on a mark beside it may tip the balance: on the labelled notes nothing is found the
// second time in a text whose doubts all lie below 0.25.
const TIPS: f32 = 0.2;

/// `text` masked until nothing more is found in it; `hidden` gathers what was
/// hidden. As [`mask`](super::mask), and
/// read again only where the first reading was in doubt: masking the result changes nothing.
pub fn mask_settled(
    deidentifier: &Deidentifier,
    text: &str,
    exempt: &[Span],
    known: &Known,
    work: &mut Workspace,
    mut hidden: Option<&mut Hidden>,
) -> String {
    deidentifier.read_again(text, exempt, known, work);
    if let Some(hidden) = &mut hidden {
        hidden.add(text, work.found());
    }
    let mut masked = mask(text, work.found());
    // The exempt spans are those of the text that came.
    let turns = if exempt.is_empty() { TURNS } else { 0 };
    for _ in 0..turns {
        if !work.doubts().iter().any(|d| d.certainty >= TIPS) {
            break;
        }
        deidentifier.read_again(&masked, &[], known, work);
        if work.found().is_empty() {
            break;
        }
        if let Some(hidden) = &mut hidden {
            hidden.add(&masked, work.found());
        }
        masked = mask(&masked, work.found());
    }
    masked
}
