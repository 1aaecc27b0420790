//! The pairs: statements by what they name, walked from the earliest document to the latest.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::Kind;
use super::said::{Said, Side, Stance, Subject};
use super::{Contradict, Found, Source};

type Place = (usize, usize);

impl Contradict {
    /// The pairs of statements that differ, in the order of their later document. Sources may come in
    /// any order; of two of one date, the first given is the earlier.
    pub fn find(&self, sources: &[Source<'_>]) -> Vec<Found<'_>> {
        let record = Record::of(sources);
        let mut found: BTreeMap<(usize, usize, Kind, Option<Place>), Place> = BTreeMap::new();
        for (s, i) in record.places() {
            let Some(said) = record.said((s, i)) else { continue };
            let pairs = match (said.subject, said.stance) {
                (Subject::Allergy, Stance::Affirmed) => record.allergy((s, i), said),
                (Subject::Allergy, Stance::Denied) => record.denial((s, i), said),
                (Subject::Drug, Stance::Listed) => record.listed((s, i), said),
                (Subject::Condition, _) => record.side((s, i), said, Kind::ConditionOtherSide),
                (Subject::Procedure, _) => record.side((s, i), said, Kind::ProcedureOtherSide),
                _ => Vec::new(),
            };
            for (kind, there) in pairs {
                // What a document says twice against the same statement is one pair.
                let there_key = there.or(record.first_alike((s, i), said));
                found.entry((record.rank(s), s, kind, there_key)).or_insert((s, i));
            }
        }
        let most = self.rules.limits.most;
        // The latest documents first, when there are too many to show.
        let mut kept: Vec<Found<'_>> = found
            .into_iter()
            .rev()
            .filter_map(|((_, _, kind, there), here)| {
                let rule = self.rules.of(kind)?;
                let there = there.filter(|_| kind != Kind::AllergyNew);
                Some(Found { rule, here, there })
            })
            .take(most)
            .collect();
        kept.reverse();
        kept
    }
}

/// Statements by what they name, with the order of their documents.
struct Record<'a> {
    sources: &'a [Source<'a>],
    ranks: Vec<usize>,
    named: BTreeMap<(Subject, &'a str), Vec<Place>>,
    /// Documents that say « pas d'allergie connue », and name none.
    none_known: Vec<Place>,
    affirms_allergy: BTreeSet<usize>,
}

impl<'a> Record<'a> {
    fn of(sources: &'a [Source<'a>]) -> Record<'a> {
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_by_key(|s| (sources.get(*s).map(|s| s.date), *s));
        let mut ranks = vec![0; sources.len()];
        for (rank, s) in order.iter().enumerate() {
            if let Some(place) = ranks.get_mut(*s) {
                *place = rank;
            }
        }
        let mut record = Record {
            sources,
            ranks,
            named: BTreeMap::new(),
            none_known: Vec::new(),
            affirms_allergy: BTreeSet::new(),
        };
        for (s, source) in sources.iter().enumerate() {
            for (i, said) in source.said.iter().enumerate() {
                for name in &said.names {
                    record.named.entry((said.subject, name)).or_default().push((s, i));
                }
                match (said.subject, said.stance, said.names.is_empty()) {
                    (Subject::Allergy, Stance::Affirmed, _) => {
                        record.affirms_allergy.insert(s);
                    }
                    (Subject::Allergy, Stance::Denied, true) => record.none_known.push((s, i)),
                    _ => {}
                }
            }
        }
        let affirms = &record.affirms_allergy;
        record.none_known.retain(|(s, _)| !affirms.contains(s));
        record
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.sources.iter().enumerate().flat_map(|(s, o)| (0..o.said.len()).map(move |i| (s, i)))
    }

    fn said(&self, (s, i): Place) -> Option<&'a Said> {
        self.sources.get(s)?.said.get(i)
    }

    fn rank(&self, s: usize) -> usize {
        self.ranks.get(s).copied().unwrap_or_default()
    }

    /// Statements of the same thing, in any document.
    fn same(&self, said: &Said) -> std::vec::IntoIter<(Place, &'a Said)> {
        let lists = said.names.iter().filter_map(|n| self.named.get(&(said.subject, n.as_str())));
        let mut places: Vec<Place> = lists.flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let all: Vec<_> = places.into_iter().filter_map(|p| Some((p, self.said(p)?))).collect();
        all.into_iter()
    }

    fn first_alike(&self, (s, i): Place, said: &Said) -> Option<Place> {
        let here = self.same(said).map(|(p, _)| p).filter(|(other, _)| *other == s);
        here.min().or(Some((s, i)))
    }

    fn latest(&self, places: impl Iterator<Item = Place>) -> Option<Place> {
        places.max_by_key(|(s, i)| (self.rank(*s), *i))
    }

    fn allergy(&self, (s, _): Place, said: &Said) -> Vec<(Kind, Option<Place>)> {
        let rank = self.rank(s);
        let before = |p: &Place| self.rank(p.0) < rank;
        let stated = |stance: Stance| {
            self.same(said).filter(move |(_, o)| o.stance == stance).map(|(p, _)| p)
        };
        let denied = stated(Stance::Denied).chain(self.none_known.iter().copied());
        let denied = self.latest(denied.filter(before));
        let affirmed = self.latest(stated(Stance::Affirmed).filter(before));
        let rank_of = |p: Option<Place>| p.map(|p| self.rank(p.0));
        if denied.is_some() && rank_of(denied) > rank_of(affirmed) {
            return vec![(Kind::AllergyDeniedBefore, denied)];
        }
        let known = said.confirmed || stated(Stance::Affirmed).any(|(other, _)| other != s);
        // Nothing was filed before: there is no record yet that could have known it.
        match known || rank == 0 {
            true => Vec::new(),
            false => vec![(Kind::AllergyNew, None)],
        }
    }

    fn denial(&self, (s, _): Place, said: &Said) -> Vec<(Kind, Option<Place>)> {
        let general = said.names.is_empty();
        if general && self.affirms_allergy.contains(&s) {
            return Vec::new();
        }
        let rank = self.rank(s);
        // The last that was said of each allergy before this document.
        let mut last: BTreeMap<&str, Place> = BTreeMap::new();
        let of_allergies = self.named.iter().filter(|((subject, name), _)| {
            *subject == Subject::Allergy && (general || said.names.iter().any(|n| n == name))
        });
        for ((_, name), places) in of_allergies {
            let earlier = places.iter().copied().filter(|(o, _)| self.rank(*o) < rank);
            if let Some(place) = self.latest(earlier) {
                last.insert(name, place);
            }
        }
        let none_known = self.none_known.iter().filter(|(o, _)| self.rank(*o) < rank);
        let silent = none_known.map(|(o, _)| self.rank(*o)).max();
        let stands = |p: &Place| {
            self.said(*p).is_some_and(|o| o.stance == Stance::Affirmed)
                && silent.is_none_or(|silent| self.rank(p.0) > silent)
        };
        let places: BTreeSet<Place> = last.into_values().filter(stands).collect();
        places.into_iter().map(|p| (Kind::AllergyNoLonger, Some(p))).collect()
    }

    fn listed(&self, (s, _): Place, said: &Said) -> Vec<(Kind, Option<Place>)> {
        let Some(date) = self.sources.get(s).map(|o| o.date) else { return Vec::new() };
        let decided = |o: &Said| matches!(o.stance, Stance::Stopped | Stance::Begun);
        if self.same(said).any(|((o, _), other)| o == s && decided(other)) {
            return Vec::new();
        }
        let earlier = self.same(said).filter(|((o, _), other)| {
            decided(other) && self.sources.get(*o).is_some_and(|source| source.date < date)
        });
        let last = self.latest(earlier.map(|(p, _)| p));
        let stopped = last.filter(|p| self.said(*p).is_some_and(|o| o.stance == Stance::Stopped));
        stopped.map(|p| (Kind::StoppedStillListed, Some(p))).into_iter().collect()
    }

    fn side(&self, (s, _): Place, said: &Said, kind: Kind) -> Vec<(Kind, Option<Place>)> {
        let Some(side) = said.side.filter(|side| *side != Side::Both) else { return Vec::new() };
        let rank = self.rank(s);
        let alike = || self.same(said).filter(|(_, o)| o.site == said.site);
        let other = |o: &Said| o.side.is_some_and(|of| of != side && of != Side::Both);
        // A document that names both sides means both; so does a record that knew this side.
        let both = alike().any(|((o, _), of)| {
            let known = of.side == Some(side) || of.side == Some(Side::Both);
            (o == s && of.side != Some(side)) || (self.rank(o) < rank && known)
        });
        if both {
            return Vec::new();
        }
        let earlier = alike().filter(|((o, _), of)| self.rank(*o) < rank && other(of));
        let last = self.latest(earlier.map(|(p, _)| p));
        last.map(|p| (kind, Some(p))).into_iter().collect()
    }
}
