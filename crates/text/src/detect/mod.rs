//! Detectors: one file each, all of one shape. A detector looks at a [`View`] and puts what it finds
//! into a [`Sink`]; what two of them claim is settled once, at the end, by [`settle`].

pub(crate) mod codes;
pub(crate) mod compose;
pub(crate) mod conditions;
pub(crate) mod dates;
pub(crate) mod dosage;
pub(crate) mod measures;
pub(crate) mod names;
pub(crate) mod scores;
pub(crate) mod tables;
pub(crate) mod terms;

use crate::compile::{Origin, Rules};
use crate::found::Sink;
use crate::lists::List;
use crate::view::View;

/// Lists of words with which a number or a time may begin: where measures and dates look.
pub(crate) const COUNTED: u64 = dates::TRIGGERS | 1 << List::NumberWord as u64;

/// A detector.
pub(crate) type Detector = fn(&View<'_>, &mut Sink);

/// Every detector, with the name under which its time is told.
pub(crate) const DETECTORS: &[(&str, Detector)] = &[
    ("terms", terms::find),
    ("compose", compose::find),
    // Right after the terms and what is put together of them, which it completes.
    ("conditions", conditions::find),
    ("measures", measures::find),
    ("dates", dates::find),
    ("dosage", dosage::find),
    ("scores", scores::find),
    ("codes", codes::find),
    // Last: takes away what the others read in the name of a person or of a place.
    ("names", names::find),
];

/// Drops what rules that are switched off found, and puts entities in order of their place.
pub(crate) fn settle(rules: &Rules, sink: &mut Sink) {
    if rules.muted {
        let on = |o: &Origin| !o.label.is_none();
        sink.found.retain(|f| rules.origins.get(f.origin.0 as usize).is_some_and(on));
    }
    sink.found.sort_by_key(|f| (f.start, f.end, f.origin));
}
