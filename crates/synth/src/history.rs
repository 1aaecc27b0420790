//! What a practice already had of one patient before the morning of the demo: three years of letters
//! and results, of which the last letter, copied from an old one, says otherwise than the record.
//!
//! Shapes: plain text files of `history/`, whose `{places}` are filled with invented people.

use relu_record::Sex;

use crate::people::{self, Doctor, Patient};
use crate::rng::Rng;
use crate::words;

/// Files by the date of their document, oldest first.
const LETTERS: [(&str, &str); 7] = [
    ("2023-03-14_consultation.txt", include_str!("../history/2023-03-14_consultation.txt")),
    ("2023-09-20_biologie.txt", include_str!("../history/2023-09-20_biologie.txt")),
    ("2024-04-11_liaison.txt", include_str!("../history/2024-04-11_liaison.txt")),
    ("2024-10-02_biologie.txt", include_str!("../history/2024-10-02_biologie.txt")),
    ("2025-06-18_consultation.txt", include_str!("../history/2025-06-18_consultation.txt")),
    ("2026-01-22_biologie.txt", include_str!("../history/2026-01-22_biologie.txt")),
    ("2026-03-16_adressage.txt", include_str!("../history/2026-03-16_adressage.txt")),
];
const HISTORY: u64 = 0x4849_5354;

/// What came of one patient before, and what comes this morning: file name and bytes.
pub struct History {
    /// Filed long ago.
    pub before: Vec<(String, Vec<u8>)>,
    /// The letter of today.
    pub today: (String, Vec<u8>),
}

/// The history of the demo's patient.
pub fn demo_history(seed: u64) -> History {
    let mut rng = Rng::of(seed ^ HISTORY, 1);
    let patient = people::patient(&mut rng, Some(Sex::M), (68, 68), crate::demo::morning());
    let mut doctor = |specialty: &str| people::doctor(&mut rng, specialty);
    let cast = [
        ("cardiologue", doctor("cardiologie")),
        ("biologiste", doctor("biologie médicale")),
        ("rhumatologue", doctor("rhumatologie")),
        ("medecin", doctor("médecine générale")),
    ];
    let mut all: Vec<(String, Vec<u8>)> = LETTERS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), filled(text, &patient, &cast).into_bytes()))
        .collect();
    let today = all.pop().unwrap_or_default();
    History { before: all, today }
}

fn filled(text: &str, patient: &Patient, cast: &[(&str, Doctor)]) -> String {
    let mut out = text
        .replace("{NOM}", &words::strict(&patient.birth_name))
        .replace("{prenom}", &patient.first_name)
        .replace("{ddn}", &patient.birth_date.to_french())
        .replace("{ins}", &patient.ins);
    for (place, doctor) in cast {
        out = out.replace(&format!("{{{place}}}"), &doctor.full());
        out = out.replace(&format!("{{{place}.rpps}}"), &doctor.rpps);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_filled_and_the_same_seed_gives_the_same_letters() {
        let history = demo_history(1);
        assert_eq!(history.before.len(), 6);
        for (name, bytes) in history.before.iter().chain([&history.today]) {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(!text.contains(['{', '}']), "{name}");
        }
        assert_eq!(demo_history(1).today, history.today);
        assert_ne!(demo_history(2).today, history.today);
    }
}
