//! Finding: every clause must be met, no negative one may be; the best come first (BM25, with the usual
//! constants: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009).

use std::collections::BTreeMap;

use super::codec::Postings;
use super::segment::Segment;
use super::{IndexEntry, SearchIndex};
use crate::error::Result;

const K1: f32 = 1.2;
const B: f32 = 0.75;
/// What is said in other words counts a little less.
const OTHER_WORDS: f32 = 0.8;
/// Most terms that a beginning stands for, in one segment.
const MOST_ENDINGS: usize = 400;

/// One thing asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermClause {
    /// Ways to say it, the typed one first; one is enough.
    pub any: Vec<TermPhrase>,
    /// Whether it must not be there.
    pub negative: bool,
}

/// Terms that must all be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermPhrase {
    /// The terms, each with its distance from the first.
    pub terms: Vec<(String, u32)>,
    /// Whether the distances count.
    pub ordered: bool,
    /// Whether the last term is a beginning.
    pub prefix: bool,
}

/// A document found.
#[derive(Clone, Debug)]
pub struct FoundDocument {
    /// What the index knows of it.
    pub entry: IndexEntry,
    /// How well it fits.
    pub score: f32,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// How many documents were accepted.
    pub total: usize,
    /// The best of them.
    pub best: Vec<FoundDocument>,
}

/// Documents of one segment with how often, in order.
type Hits = Vec<(u32, f32)>;

impl SearchIndex {
    /// The documents that meet the clauses and that `accept` takes: how many, and the best `limit`
    /// after the first `skip`. Without a positive clause every document is met.
    pub fn find(
        &self,
        clauses: &[TermClause],
        mut accept: impl FnMut(&IndexEntry) -> bool,
        skip: usize,
        limit: usize,
    ) -> Result<Found> {
        let mut met: Vec<(usize, Vec<Hits>, Vec<Hits>)> = Vec::with_capacity(self.segments.len());
        for (n, segment) in self.segments.iter().enumerate() {
            let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
            for clause in clauses {
                let hits = segment.clause(clause)?;
                if clause.negative { unwanted.push(hits) } else { wanted.push(hits) }
            }
            met.push((n, wanted, unwanted));
        }
        let wanted = clauses.iter().filter(|c| !c.negative).count();
        let weights: Vec<f32> = (0..wanted)
            .map(|c| met.iter().filter_map(|(_, w, _)| w.get(c)).map(Vec::len).sum::<usize>())
            .map(|n| self.rarity(n))
            .collect();
        let average = self.average_words();
        let mut scored: Vec<(f32, usize, u32)> = Vec::new();
        for (n, wanted, unwanted) in &met {
            let Some(segment) = self.segments.get(*n) else { continue };
            for (doc, counts) in segment.together(wanted) {
                let Some(held) = segment.docs.get(doc as usize) else { continue };
                let out = unwanted.iter().any(|u| u.binary_search_by_key(&doc, |h| h.0).is_ok());
                if out || !held.alive || !accept(&held.entry) {
                    continue;
                }
                let long = K1 * (1.0 - B + B * held.entry.words as f32 / average);
                let score =
                    counts.iter().zip(&weights).map(|(c, w)| w * c * (K1 + 1.0) / (c + long));
                scored.push((score.sum(), *n, doc));
            }
        }
        let total = scored.len();
        let keep = skip.saturating_add(limit).min(total);
        let better = |a: &(f32, usize, u32), b: &(f32, usize, u32)| {
            b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(b.2.cmp(&a.2))
        };
        if keep > 0 && keep < total {
            scored.select_nth_unstable_by(keep - 1, better);
            scored.truncate(keep);
        }
        scored.sort_by(better);
        let best = scored.into_iter().skip(skip).take(limit);
        let entry = |n: usize, doc: u32| Some(&self.segments.get(n)?.docs.get(doc as usize)?.entry);
        let best = best
            .filter_map(|(score, n, doc)| {
                Some(FoundDocument { entry: entry(n, doc)?.clone(), score })
            })
            .collect();
        Ok(Found { total, best })
    }

    /// How telling it is to be among `n` documents.
    fn rarity(&self, n: usize) -> f32 {
        let (all, n) = (self.live.len() as f32, n as f32);
        (1.0 + (all - n + 0.5).max(0.0) / (n + 0.5)).ln()
    }

    fn average_words(&self) -> f32 {
        let docs = || self.segments.iter().flat_map(|s| &s.docs).filter(|d| d.alive);
        let words: u64 = docs().map(|d| u64::from(d.entry.words)).sum();
        (words as f32 / docs().count().max(1) as f32).max(1.0)
    }
}

impl Segment {
    /// The documents that say a clause in one of its ways.
    fn clause(&self, clause: &TermClause) -> Result<Hits> {
        let mut all: Option<Hits> = None;
        for (n, phrase) in clause.any.iter().enumerate() {
            let mut hits = self.phrase(phrase)?;
            if n > 0 {
                hits.iter_mut().for_each(|h| h.1 *= OTHER_WORDS);
            }
            all = Some(match all {
                None => hits,
                Some(before) => either(before, hits),
            });
        }
        Ok(all.unwrap_or_default())
    }

    fn phrase(&self, phrase: &TermPhrase) -> Result<Hits> {
        let last = phrase.terms.len().saturating_sub(1);
        let mut met: Option<Hits> = None;
        if phrase.ordered && phrase.terms.len() > 1 {
            return self.in_order(phrase);
        }
        for (n, (term, _)) in phrase.terms.iter().enumerate() {
            let hits = self.term(term, phrase.prefix && n == last)?;
            met = Some(match met {
                None => hits,
                Some(before) => both(&before, &hits),
            });
        }
        Ok(met.unwrap_or_default())
    }

    fn term(&self, term: &str, prefix: bool) -> Result<Hits> {
        let places = self.range(term, prefix);
        let places = places.get(..MOST_ENDINGS.min(places.len())).unwrap_or_default();
        if let [one] = places {
            let mut hits = Vec::with_capacity(one.documents as usize);
            self.each(places, |bytes| {
                hits.extend(Postings::of(bytes).map(|p| (p.doc, p.count as f32)));
            })?;
            return Ok(hits);
        }
        // Many endings: counted by document.
        let mut counts = vec![0.0; if places.is_empty() { 0 } else { self.docs.len() }];
        self.each(places, |bytes| {
            for posting in Postings::of(bytes) {
                if let Some(count) = counts.get_mut(posting.doc as usize) {
                    *count += posting.count as f32;
                }
            }
        })?;
        Ok((0u32..).zip(counts).filter(|(_, n)| *n > 0.0).collect())
    }

    /// Documents in which the terms stand at their distances.
    fn in_order(&self, phrase: &TermPhrase) -> Result<Hits> {
        // Where the first term would stand, by document.
        let mut starts: Option<BTreeMap<u32, Vec<u32>>> = None;
        let last = phrase.terms.len().saturating_sub(1);
        // The rarest first: what it leaves out is not kept of the others.
        let mut order: Vec<(u64, usize)> = Vec::with_capacity(phrase.terms.len());
        for (n, (term, _)) in phrase.terms.iter().enumerate() {
            let places = self.range(term, phrase.prefix && n == last).iter();
            order.push((places.map(|p| u64::from(p.documents)).sum(), n));
        }
        order.sort_unstable();
        for (n, (term, distance)) in
            order.iter().filter_map(|(_, n)| Some((*n, phrase.terms.get(*n)?)))
        {
            let mut here: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            let places = self.range(term, phrase.prefix && n == last);
            let places = places.get(..MOST_ENDINGS.min(places.len())).unwrap_or_default();
            self.each(places, |bytes| {
                for posting in Postings::of(bytes) {
                    let known = starts.as_ref().is_none_or(|s| s.contains_key(&posting.doc));
                    if known {
                        let all = posting.places().filter_map(|p| p.checked_sub(*distance));
                        here.entry(posting.doc).or_default().extend(all);
                    }
                }
            })?;
            starts = Some(match starts {
                None => here,
                Some(before) => meet(before, here),
            });
        }
        let all = starts.unwrap_or_default().into_iter();
        Ok(all.map(|(doc, places)| (doc, places.len() as f32)).collect())
    }

    /// Documents that meet every clause, with how often each is said; all of them without a clause.
    fn together(&self, wanted: &[Hits]) -> Vec<(u32, Vec<f32>)> {
        let Some(fewest) = wanted.iter().min_by_key(|h| h.len()) else {
            return (0..self.docs.len() as u32).map(|doc| (doc, Vec::new())).collect();
        };
        let count = |hits: &Hits, doc: u32| {
            let at = hits.binary_search_by_key(&doc, |h| h.0).ok()?;
            hits.get(at).map(|h| h.1)
        };
        let one = |(doc, _): &(u32, f32)| {
            let counts: Option<Vec<f32>> = wanted.iter().map(|h| count(h, *doc)).collect();
            Some((*doc, counts?))
        };
        fewest.iter().filter_map(one).collect()
    }
}

fn meet(before: BTreeMap<u32, Vec<u32>>, here: BTreeMap<u32, Vec<u32>>) -> BTreeMap<u32, Vec<u32>> {
    let mut met = BTreeMap::new();
    for (doc, mut places) in here {
        let Some(earlier) = before.get(&doc) else { continue };
        places.sort_unstable();
        places.dedup();
        places.retain(|p| earlier.contains(p));
        if !places.is_empty() {
            met.insert(doc, places);
        }
    }
    met
}

fn both(a: &Hits, b: &Hits) -> Hits {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    few.iter()
        .filter_map(|(doc, n)| {
            let at = many.binary_search_by_key(doc, |h| h.0).ok()?;
            Some((*doc, n.min(many.get(at)?.1)))
        })
        .collect()
}

fn either(a: Hits, b: Hits) -> Hits {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    loop {
        let next = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.0 == y.0 => {
                let sum = (x.0, x.1 + y.1);
                a.next();
                b.next();
                Some(sum)
            }
            (Some(x), Some(y)) if x.0 < y.0 => a.next(),
            (Some(_), None) => a.next(),
            _ => b.next(),
        };
        match next {
            Some(hit) => out.push(hit),
            None => return out,
        }
    }
}
