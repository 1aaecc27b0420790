//! What every decoder must stand: any bytes at all. One table of decoders, one check of what comes
//! back; the replay test of this crate and the targets of `fuzz/` share them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use relu_formats::Input;
use relu_record::{Budget, Reading, Refusal};

/// A decoder, as all of them look.
pub type Decoder = fn(&Input<'_>, &Budget) -> Result<Reading, Refusal>;

/// Every decoder by the name of its target and of its folder in `fuzz/corpus`. `read` is the whole
/// flow, which first recognises the format.
pub const DECODERS: &[(&str, Decoder)] = &[
    ("cda", relu_formats::cda::read),
    ("docx", relu_formats::docx::read),
    ("fhir", relu_formats::fhir::read),
    ("hl7v2", relu_formats::hl7v2::read),
    ("hprim", relu_formats::hprim::read),
    ("mail", relu_formats::mail::read),
    ("mask", masked),
    ("pdf", relu_formats::pdf::read),
    ("picture", relu_formats::picture::read),
    ("read", relu_formats::read),
    ("text", relu_formats::text::read),
    ("xdm", relu_formats::xdm::read),
];

/// Reads, hides every third word and the first ones wherever they stand, and reads again.
fn masked(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    use relu_formats::mask::{MaskPlan, Replacement, mask};
    let reading = relu_formats::read(input, budget)?;
    let text = reading.text.to_string();
    let mut replacements = Vec::new();
    let mut words = Vec::new();
    let mut at = 0;
    for (n, word) in text.split_whitespace().enumerate().take(2_000) {
        let Some(found) = text.get(at..).and_then(|rest| rest.find(word)) else { continue };
        let span = relu_record::Span::new(at + found, at + found + word.len());
        at = span.end;
        if n < 2 {
            words.push(relu_record::Private::from(word));
        } else if n % 3 == 0 {
            replacements.push(Replacement { span, with: "[NOM]".to_owned() });
        }
    }
    let mut plan = MaskPlan::new(reading, replacements);
    plan.words = words;
    let parts = plan.reading.parts.clone();
    for part in parts.iter().take(3) {
        let inner = Input { bytes: &part.bytes, name: None, media_type: None };
        if let Ok(inner) = relu_formats::read(&inner, budget) {
            plan.parts.insert(part.path.clone(), MaskPlan::new(inner, Vec::new()));
        }
    }
    let masked = mask(input.bytes, &plan, budget)?;
    relu_formats::read(&Input { bytes: &masked.bytes, name: None, media_type: None }, budget)
}

/// Work that one hostile input may cost: a twentieth of what a real document may.
pub fn budget() -> Budget {
    Budget::with(20_000_000, 32 << 20)
}

/// How a decoder took an input.
#[derive(Debug, PartialEq, Eq)]
pub enum Stood {
    /// It returned a sound reading.
    Read,
    /// It said why no usable reading exists.
    Refused,
    /// A library it calls panicked, at this place. The reader process catches that and refuses the
    /// one document (`reader-crashed`); it is counted here, not hidden.
    ByTheGuard(String),
    /// Our own code panicked, or the reading breaks an invariant: a mistake to mend.
    Badly(String),
}

thread_local! {
    /// Place and words of the last panic of this thread.
    static LAST: RefCell<(String, String)> = RefCell::default();
    /// Whether this thread is in a decoder: its panics are told by [`Stood`] and not printed.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Decodes `bytes`, checks what comes back, and says how it went.
pub fn stand(decoder: Decoder, bytes: &[u8]) -> Stood {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let text = info.payload_as_str().unwrap_or("panicked").to_owned();
            if !INSIDE.get() {
                default(info);
            }
            LAST.with(|last| *last.borrow_mut() = (place, text));
        }));
    });
    INSIDE.set(true);
    let done = catch_unwind(AssertUnwindSafe(|| decode(decoder, bytes)));
    INSIDE.set(false);
    match done {
        Ok(true) => Stood::Read,
        Ok(false) => Stood::Refused,
        Err(_) => {
            let (place, text) = LAST.with(|last| last.borrow().clone());
            match place.split_once("registry/src/") {
                Some((_, library)) => Stood::ByTheGuard(library.to_owned()),
                None => Stood::Badly(format!("{place}: {text}")),
            }
        }
    }
}

/// Whether there is a reading; panics when it breaks an invariant.
fn decode(decoder: Decoder, bytes: &[u8]) -> bool {
    let input = Input { bytes, name: None, media_type: None };
    match decoder(&input, &budget()) {
        Ok(reading) => {
            check(&reading);
            true
        }
        Err(refusal) => {
            assert!(!refusal.message.is_empty(), "{} says nothing", refusal.code);
            false
        }
    }
}

/// What the rest of the program relies on, whatever the bytes were.
fn check(reading: &Reading) {
    let text = reading.text.as_str();
    let mut last = 0;
    for word in &reading.words {
        assert!(word.span.is_valid_in(text), "a word lies outside the text");
        assert!(word.span.start >= last, "words are not in text order");
        last = word.span.start;
        assert!((word.page as usize) < reading.pages.len(), "a word lies on no page");
        let b = word.bbox;
        assert!([b.x0, b.y0, b.x1, b.y1].iter().all(|x| x.is_finite()), "a box is not finite");
    }
    for page in &reading.pages {
        assert!(page.width.is_finite() && page.height.is_finite(), "a page has no size");
    }
    for page in &reading.pages_to_recognise {
        assert!((*page as usize) < reading.pages.len(), "a page to recognise is no page");
    }
    let entries = reading.entries.iter().filter_map(|e| e.span);
    for span in entries.chain(reading.findings.iter().filter_map(|f| f.span)) {
        assert!(span.of(text).is_some(), "a span lies outside the text");
    }
    let paths: BTreeSet<&str> = reading.parts.iter().map(|p| p.path.as_str()).collect();
    assert_eq!(paths.len(), reading.parts.len(), "two parts have one path");
}
