//! The patients a practice already knows, chosen to be mistaken for one another, and documents about
//! them and about people it does not know.
//!
//! Shape: [`Population::new`] gives what the practice's base holds ([`Population::known`]);
//! [`Population::documents`] gives documents with the member each is about, or none. Groups:
//! homonyms (born nine days or some years apart), twins (some with near given names), a parent and a
//! child of the same name, women whose name changed after the base was filled, records typed with a
//! fault, patients without INS. Same seed, same population, same documents.

use relu_record::{PatientIdentity, Sex};

use crate::compose::compose;
use crate::generate::{Carrier, Layouts, carry, cast, fits, reference_day};
use crate::layout::{self, Layout};
use crate::people::{self, Patient};
use crate::rng::Rng;
use crate::truth::SynthDocument;
use crate::words;

const MEMBERS: u64 = 0x4d45_4d42_4552_5321;
const DOCUMENTS: u64 = 0x4f46_5448_454d_2121;

// Given names of twins that one letter parts, by sex.
const NEAR: [(&str, &str, Sex); 6] = [
    ("Léa", "Léna", Sex::F),
    ("Marie", "Maria", Sex::F),
    ("Clara", "Claire", Sex::F),
    ("Noé", "Noa", Sex::M),
    ("Louis", "Loris", Sex::M),
    ("Eliot", "Elliott", Sex::M),
];

/// A patient of the base.
#[derive(Clone)]
pub struct Member {
    /// Number in the base: `P00001`.
    pub id: String,
    /// What the base holds.
    pub known: PatientIdentity,
    /// Why they may be taken for another; `plain` when for no reason.
    pub group: &'static str,
    // As documents print them.
    patient: Patient,
}

/// A document and whom it is about.
pub struct AboutSomeone {
    /// The document.
    pub document: SynthDocument,
    /// The member, or none when the base does not hold the person.
    pub person: Option<String>,
    /// Group of the member, or `unknown`, `unknown-near`.
    pub group: &'static str,
}

/// A base and those around it.
pub struct Population {
    seed: u64,
    members: Vec<Member>,
}

impl Population {
    /// A base of `n` patients.
    pub fn new(seed: u64, n: usize) -> Population {
        let mut made = Population { seed, members: Vec::with_capacity(n) };
        let mut index = 0;
        while made.members.len() < n {
            let mut rng = Rng::of(seed ^ MEMBERS, index);
            made.family(&mut rng, index);
            index += 1;
        }
        made.members.truncate(n);
        made
    }

    /// What the base holds.
    pub fn known(&self) -> &[Member] {
        &self.members
    }

    /// `n` documents.
    pub fn documents(&self, n: usize, layouts: Layouts) -> impl Iterator<Item = AboutSomeone> + '_ {
        (0..n as u64).filter_map(move |i| self.document(i, layouts))
    }

    // One patient or several who look alike.
    fn family(&mut self, rng: &mut Rng, index: u64) {
        let age =
            *rng.pick(&[(1, 17), (18, 45), (40, 65), (60, 80), (70, 97)]).unwrap_or(&(18, 80));
        let one = people::patient(rng, None, age, reference_day());
        match index % 25 {
            0 | 1 => {
                // Same names, born nine days later or some years before.
                let days = if rng.chance(50) { 9 } else { -366 * rng.between(2, 20) };
                let other = look_alike(rng, &one, words::plus_days(one.birth_date, days), None);
                self.add(one, "homonym");
                self.add(other, "homonym");
            }
            2 => {
                let near = NEAR.iter().filter(|n| n.2 == one.sex).collect::<Vec<_>>();
                let names = rng.pick(&near).copied().filter(|_| rng.chance(60));
                let mut one = one;
                let other = match names {
                    Some((a, b, _)) => {
                        one.first_name = (*a).to_owned();
                        one.first_names = vec![(*a).to_owned()];
                        look_alike(rng, &one, one.birth_date, Some(b))
                    }
                    None => {
                        // One first name for both would be no twins.
                        let names = ["Camille", "Dominique", "Claude"];
                        let other = names.into_iter().find(|n| *n != one.first_name);
                        look_alike(rng, &one, one.birth_date, other)
                    }
                };
                self.add(other, "twins");
                self.add(one, "twins");
            }
            3 => {
                let born = words::plus_days(one.birth_date, -366 * rng.between(22, 34));
                let parent = look_alike(rng, &one, born, None);
                self.add(one, "parent");
                self.add(parent, "parent");
            }
            4 | 5 => self.add(one, "renamed"),
            6 => self.add(one, "typing-fault"),
            _ => self.add(one, "plain"),
        }
    }

    fn add(&mut self, patient: Patient, group: &'static str) {
        let n = self.members.len() as u64;
        let mut rng = Rng::of(self.seed ^ MEMBERS, n | 1 << 40);
        let mut known = patient.identity();
        if rng.chance(40) {
            known.ins = None;
            known.ins_status = relu_record::InsStatus::Provisoire;
        }
        let mut patient = patient;
        match group {
            // Documents bear a name in use that the base has not got.
            "renamed" => {
                let spouse = people::patient(&mut rng, None, (30, 60), reference_day());
                if rng.chance(50) {
                    known.used_name = None;
                }
                patient.used_name =
                    Some(spouse.birth_name).filter(|name| *name != patient.birth_name);
            }
            "typing-fault" => {
                if let Some(name) = &mut known.birth_name {
                    name.0 = fault(&mut rng, &name.0);
                }
            }
            _ => {}
        }
        self.members.push(Member { id: format!("P{:05}", n + 1), known, group, patient });
    }

    fn document(&self, index: u64, layouts: Layouts) -> Option<AboutSomeone> {
        let mut rng = Rng::of(self.seed ^ DOCUMENTS, index);
        let rng = &mut rng;
        let date = words::plus_days(reference_day(), rng.between(-1000, 300));
        // Somebody who is old enough, and a layout with a case that suits them.
        for _ in 0..60 {
            let member = rng.pick(&self.members)?;
            let (person, group, patient) = match rng.below(100) {
                0..4 => {
                    let other = people::patient(rng, None, (2, 90), reference_day());
                    (None, "unknown", other)
                }
                4..8 => {
                    let born = words::plus_days(member.patient.birth_date, rng.between(1, 400));
                    (None, "unknown-near", look_alike(rng, &member.patient, born, None))
                }
                _ => (Some(member.id.clone()), member.group, member.patient.clone()),
            };
            if patient.birth_date >= date {
                continue;
            }
            let fitting: Vec<&'static Layout> =
                layout::all().iter().filter(|l| layouts.has(l.held_out)).collect();
            let layout = *rng.pick(&fitting)?;
            let Some(case) = fits(rng, layout, &patient, date) else { continue };
            let cast = cast(rng, layout, case, patient, date);
            let doc = compose(layout, case, cast, rng);
            let carrier = Carrier::pick(rng, layout);
            let name = format!("doc-{index:05}.{}", carrier.extension());
            return Some(AboutSomeone {
                document: carry(&doc, carrier, name, 2, rng),
                person,
                group,
            });
        }
        None
    }
}

// Another person of the same names (or of that given name), with numbers and a home of their own.
fn look_alike(
    rng: &mut Rng,
    one: &Patient,
    born: relu_record::PartialDate,
    first_name: Option<&str>,
) -> Patient {
    let years = words::age(born, reference_day()).max(1);
    let own = people::patient(rng, Some(one.sex), (years, years), reference_day());
    let first = first_name.unwrap_or(&one.first_name).to_owned();
    Patient {
        birth_name: one.birth_name.clone(),
        used_name: None,
        first_names: vec![first.clone()],
        first_name: first,
        birth_date: born,
        ins: people::ins(rng, one.sex, born, &own.birth_place),
        ..own
    }
}

// Two letters exchanged, or one doubled or lost.
fn fault(rng: &mut Rng, name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = 1 + rng.below(letters.len().saturating_sub(2));
    match rng.below(3) {
        0 if at + 1 < letters.len() => letters.swap(at, at + 1),
        1 => letters.insert(at, letters.get(at).copied().unwrap_or('E')),
        _ if letters.len() > 3 => _ = letters.remove(at),
        _ => {}
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_population_holds_people_who_look_alike() {
        let p = Population::new(3, 200);
        assert_eq!(p.known().len(), 200);
        let groups: Vec<&str> = p.known().iter().map(|m| m.group).collect();
        for g in ["plain", "homonym", "twins", "parent", "renamed", "typing-fault"] {
            assert!(groups.contains(&g), "{g}");
        }
        let twins: Vec<&Member> = p.known().iter().filter(|m| m.group == "twins").collect();
        let dates = |m: &Member| m.known.birth_date.as_ref().map(|d| **d);
        for pair in twins.chunks(2).filter(|c| c.len() == 2) {
            assert_eq!(dates(pair[0]), dates(pair[1]));
            assert_eq!(pair[0].known.birth_name, pair[1].known.birth_name);
            assert_ne!(pair[0].known.first_name, pair[1].known.first_name);
            assert_ne!(pair[0].patient.ins, pair[1].patient.ins);
        }
        let again = Population::new(3, 200);
        assert!(p.known().iter().zip(again.known()).all(|(a, b)| a.known == b.known));
        let documents: Vec<AboutSomeone> = p.documents(60, Layouts::Development).collect();
        assert!(documents.len() > 50);
        assert!(documents.iter().any(|d| d.person.is_none()));
        let same: Vec<AboutSomeone> = p.documents(5, Layouts::Development).collect();
        assert!(documents.iter().zip(&same).all(|(a, b)| a.document.bytes == b.document.bytes));
    }
}
