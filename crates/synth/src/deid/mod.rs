//! Notes with labelled identities, for the training and the measure of de-identification: many
//! layouts, registers and noises, names from lists and names of nobody.
//!
//! Shape: [`Notes::note`] gives the note of a number; the same number gives the same note on every
//! machine. Spans are in bytes, in order, without overlap; labels are those of the contract. The
//! grammars are `deid/*.txt`; what names are real is handed in, so that this crate holds no list.

mod grammar;
mod names;
mod noise;
mod numbers;
mod terms;

use crate::rng::Rng;
use grammar::{Grammar, Writer};

/// Names from lists, each with whether it is common.
#[derive(Clone, Debug, Default)]
pub struct NameLists {
    /// First names.
    pub first_names: Vec<(String, bool)>,
    /// Family names.
    pub surnames: Vec<(String, bool)>,
    /// Towns.
    pub towns: Vec<(String, bool)>,
    /// Ordinary words of many notes.
    pub words: Vec<String>,
    /// Other ordinary words.
    pub other_words: Vec<String>,
}

/// A note with its identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledNote {
    /// The text.
    pub text: String,
    /// First byte, one past the last, label.
    pub spans: Vec<(usize, usize, &'static str)>,
}

/// Makes notes.
#[derive(Debug)]
pub struct Notes {
    grammar: Grammar,
    lists: NameLists,
}

impl Notes {
    /// With these names; none at all gives notes whose names are all invented. `Err` names what is
    /// wrong with a grammar.
    pub fn new(lists: NameLists) -> Result<Notes, String> {
        let files = [
            include_str!("../../deid/notes.txt"),
            include_str!("../../deid/layouts.txt"),
            include_str!("../../deid/prose.txt"),
        ];
        Ok(Notes { grammar: Grammar::read(&files)?, lists })
    }

    /// The note of that number.
    pub fn note(&self, seed: u64, number: u64) -> Result<LabelledNote, String> {
        // Numbers that follow one another begin far apart in the sequence.
        let mut rng = Rng::of(Rng::of(seed, number).next(), seed);
        let mut draft = Draft::new(&self.lists, &mut rng);
        self.grammar.write("note", &mut rng, &mut draft)?;
        let mut note = draft.note;
        noise::disturb(&mut note, &mut rng);
        Ok(note)
    }
}

// How a name is written in one note.
#[derive(Clone, Copy, Debug)]
enum Letters {
    Capital,
    Upper,
    Lower,
}

impl Letters {
    fn pick(rng: &mut Rng, upper: u64, lower: u64) -> Letters {
        match rng.below(100) as u64 {
            n if n < upper => Letters::Upper,
            n if n < upper + lower => Letters::Lower,
            _ => Letters::Capital,
        }
    }

    fn of(self, name: &str) -> String {
        match self {
            Letters::Capital => name.to_owned(),
            Letters::Upper => name.to_uppercase(),
            Letters::Lower => name.to_lowercase(),
        }
    }
}

// A note under way, with the patient it is about.
struct Draft<'l> {
    lists: &'l NameLists,
    note: LabelledNote,
    first: String,
    last: String,
    first_letters: Letters,
    last_letters: Letters,
    town_letters: Letters,
}

impl Writer for Draft<'_> {
    fn text(&mut self, text: &str) {
        self.note.text.push_str(text);
    }

    fn slot(&mut self, name: &str, rng: &mut Rng) -> bool {
        if self.plain(name, rng) {
            return true;
        }
        let lists = self.lists;
        match name {
            "PN" => {
                let (first, last) = (self.first.clone(), self.last.clone());
                self.person(&first, &last, rng);
            }
            "P" => self.put("PRENOM", &self.first_letters.of(&self.first)),
            "N" => self.put("NOM", &self.last_letters.of(&self.last)),
            "D" => {
                let last = names::last(lists, rng);
                match rng.below(20) {
                    0..=3 => self.initialled(&last, rng),
                    4 => self.put("NOM", &self.last_letters.of(&last)),
                    _ => {
                        let first = names::first(lists, rng);
                        self.person(&first, &last, rng);
                    }
                }
            }
            "DI" => {
                let last = names::last(lists, rng);
                self.initialled(&last, rng);
            }
            "DN" => {
                let last = names::last(lists, rng);
                self.put("NOM", &self.last_letters.of(&last));
            }
            "DP" => {
                let first = names::first(lists, rng);
                self.put("PRENOM", &self.first_letters.of(&first));
            }
            "DATE" => self.put("DATE", &numbers::date(rng)),
            "NAIS" => self.put("DATE_NAISSANCE", &numbers::date(rng)),
            "DJM" => self.put("DATE", &numbers::short_date(rng)),
            "ANNEE" => self.put("DATE", &numbers::bare_year(rng)),
            "MOISAN" => self.put("DATE", &numbers::month_year(rng)),
            "MOIS" => self.put("DATE", &numbers::bare_month(rng)),
            "JOUR" => self.put("DATE", &numbers::day(rng)),
            "TEL" => self.put("TEL", &numbers::phone(rng)),
            "MAIL" => self.put("MAIL", &numbers::mail(lists, rng)),
            "URL" => {
                let url = numbers::url(lists, rng);
                self.text(&url);
            }
            "SECU" => self.put("SECU", &numbers::nir(rng)),
            "IPP" => self.put("IPP", &numbers::record(rng)),
            "NDA" => self.put("NDA", &numbers::record(rng)),
            "RPPS" => self.put("RPPS", &numbers::professional(rng)),
            "FINESS" => self.put("FINESS", &numbers::place(rng)),
            "ADRQ" => self.put("ADRESSE", &names::quarter(lists, rng)),
            "ADRX" => {
                let whole =
                    format!("{} de {}", names::quarter(lists, rng), names::town(lists, rng));
                self.put("ADRESSE", &whole);
            }
            "ADR" => self.put("ADRESSE", &numbers::street(lists, rng)),
            "ZIP" => self.put("ZIP", &numbers::zip(rng)),
            "VILLE" => {
                let town = names::town(lists, rng);
                self.put("VILLE", &self.town_letters.of(&town));
            }
            "HOP" | "HOPC" => {
                let name = if name == "HOP" {
                    names::hospital(lists, rng)
                } else {
                    names::hospital_whole(lists, rng)
                };
                let name = match rng.below(10) {
                    0 | 1 => name.to_uppercase(),
                    2 | 3 => name.to_lowercase(),
                    4 => noise::without_accents(&name),
                    _ => name,
                };
                self.put("HOPITAL", &name);
            }
            _ => return false,
        }
        true
    }
}

impl<'l> Draft<'l> {
    fn new(lists: &'l NameLists, rng: &mut Rng) -> Draft<'l> {
        let last_letters = Letters::pick(rng, 38, 2);
        // A first name in capitals goes with a last name in capitals.
        let first_letters = match last_letters {
            Letters::Upper => Letters::pick(rng, 35, 1),
            _ => Letters::pick(rng, 4, 2),
        };
        Draft {
            lists,
            note: LabelledNote::default(),
            first: names::first(lists, rng),
            last: names::last(lists, rng),
            first_letters,
            last_letters,
            town_letters: Letters::pick(rng, 30, 1),
        }
    }

    fn put(&mut self, label: &'static str, text: &str) {
        let start = self.note.text.len();
        self.note.text.push_str(text);
        self.note.spans.push((start, self.note.text.len(), label));
    }

    // A first and a last name, in one order or the other.
    fn person(&mut self, first: &str, last: &str, rng: &mut Rng) {
        let (f, l) = (self.first_letters.of(first), self.last_letters.of(last));
        let gap = match rng.below(60) {
            0 => "",
            1 => "\n",
            2 => "  ",
            _ => " ",
        };
        // Without a blank only where the capitals show the seam.
        let seam = f.chars().last().is_some_and(char::is_lowercase)
            && l.chars().nth(1).is_some_and(char::is_lowercase);
        let gap = if gap.is_empty() && !seam { " " } else { gap };
        // Where letters tell which is which, either may stand first; else the first name does.
        let told =
            matches!((self.first_letters, self.last_letters), (Letters::Capital, Letters::Upper));
        let before = if told { 8 } else { 15 };
        match rng.below(20) {
            n if n < before => {
                self.put("PRENOM", &f);
                self.text(gap);
                self.put("NOM", &l);
            }
            _ if rng.chance(80) => {
                self.put("NOM", &l);
                self.text(if gap.is_empty() { " " } else { gap });
                self.put("PRENOM", &f);
            }
            _ if rng.chance(30) => {
                self.put("NOM", &l);
                self.text(", ");
                self.put("PRENOM", &f);
            }
            _ => self.initialled(last, rng),
        }
    }

    fn initialled(&mut self, last: &str, rng: &mut Rng) {
        let (initial, last) = (names::initial(rng), self.last_letters.of(last));
        if rng.chance(12) {
            self.put("NOM", &last);
            self.text(" ");
            self.put("PRENOM", &initial);
            return;
        }
        self.put("PRENOM", &initial);
        self.text(if initial.ends_with('.') && rng.chance(15) { "" } else { " " });
        self.put("NOM", &last);
    }

    fn word(&self, rng: &mut Rng) -> String {
        if rng.chance(15) {
            return terms::term(rng);
        }
        // The words of many notes more often than their share.
        let list = if rng.chance(60) || self.lists.other_words.is_empty() {
            &self.lists.words
        } else {
            &self.lists.other_words
        };
        rng.pick(list).cloned().unwrap_or_else(|| terms::term(rng))
    }

    // A slot that names nobody.
    fn plain(&mut self, name: &str, rng: &mut Rng) -> bool {
        let capital = |s: String| {
            let mut c = s.chars();
            c.next().map_or(String::new(), |f| f.to_uppercase().collect::<String>() + c.as_str())
        };
        let text = match name {
            "n" => rng.between(1, 40).to_string(),
            "num" => rng.between(100, 9_999_999).to_string(),
            "age" => rng.between(1, 89).to_string(),
            "annee" => rng.between(1975, 2024).to_string(),
            "heure" => match rng.below(3) {
                0 => format!("{:02}:{:02}", rng.below(24), rng.below(60)),
                1 => format!("{}h{:02}", rng.below(24), rng.below(60)),
                _ => format!("{}h", rng.below(24)),
            },
            "res" => match rng.below(4) {
                0 => rng.between(1, 400).to_string(),
                1 => format!("{}.{}", rng.below(200), rng.below(100)),
                2 => format!("{},{}", rng.below(200), rng.below(100)),
                _ => format!("{},{} *", rng.below(20), rng.below(10)),
            },
            "dose" => match rng.below(4) {
                0 => format!("{} mg", rng.between(1, 20) * 50),
                1 => format!("{}mg", rng.between(1, 1000)),
                2 => format!("{} mg/{} ml", rng.between(1, 200), rng.between(1, 20)),
                _ => format!("{} g", rng.between(1, 4)),
            },
            "ini" => terms::acronym(rng).chars().take(2).collect(),
            "terme" => terms::term(rng),
            "terme_cap" => capital(terms::term(rng)),
            "terme_maj" | "motif_maj" => {
                format!("{} {}", terms::term(rng), terms::adjective(rng)).to_uppercase()
            }
            "mot" => self.word(rng),
            "Mot" => capital(self.word(rng)),
            "MOT" => self.word(rng).to_uppercase(),
            "ligne_marques" => {
                let mark = rng
                    .pick(&["-", "=", "_", "*", "—", "$", "#", ".", "─", "~", "· "])
                    .unwrap_or(&"-");
                mark.repeat(3 + rng.below(30))
            }
            "adj" => terms::adjective(rng),
            "medic" => terms::drug(rng),
            "marque" => terms::brand(rng),
            "eponyme" => terms::eponym(self.lists, rng),
            "labo" => terms::lab(rng),
            "LABO" => terms::lab(rng).to_uppercase(),
            "sigle" => terms::acronym(rng),
            "discipline_abr" => terms::discipline(rng),
            "sigles" => terms::acronyms(rng),
            "unite" => terms::unit(rng),
            "forme" => terms::form(rng),
            "titre_en" => terms::title(rng),
            "journal" => terms::journal(rng),
            "auteurs" => terms::authors(self.lists, rng),
            "geste" => capital(terms::term(rng)).to_lowercase(),
            "phrase_courte" => {
                format!("{} injection {} fois par semaine", rng.between(1, 3), rng.between(1, 3))
            }
            "DUREE" | "duree" => format!(
                "{} {}",
                rng.between(2, 20),
                rng.pick(&["jours", "semaines", "mois", "ans"]).unwrap_or(&"jours")
            ),
            _ => return false,
        };
        self.text(&text);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes() -> Notes {
        let list = |names: &[&str]| names.iter().map(|n| ((*n).to_owned(), true)).collect();
        Notes::new(NameLists {
            first_names: list(&["Éloïse", "Yacine"]),
            surnames: list(&["Martin", "Le Goff"]),
            towns: list(&["Brest", "Saint-Malo"]),
            words: vec!["voisin".to_owned()],
            other_words: vec!["girafe".to_owned()],
        })
        .unwrap()
    }

    #[test]
    fn every_rule_and_slot_exists() {
        let notes = notes();
        let (rules, slots) = notes.grammar.names();
        let mut rng = Rng::of(1, 1);
        for rule in rules {
            let mut draft = Draft::new(&notes.lists, &mut rng);
            notes.grammar.write(&rule, &mut rng, &mut draft).unwrap();
        }
        for slot in slots {
            let mut draft = Draft::new(&notes.lists, &mut rng);
            assert!(draft.slot(&slot, &mut rng), "{slot}");
        }
    }

    #[test]
    fn spans_lie_on_their_words_and_the_seed_decides() {
        let notes = notes();
        let mut seen = std::collections::BTreeMap::new();
        for n in 0..3000 {
            let note = notes.note(7, n).unwrap();
            assert_eq!(note, notes.note(7, n).unwrap());
            let mut last = 0;
            for (start, end, label) in &note.spans {
                assert!(*start >= last && end > start, "{note:?}");
                let words = note.text.get(*start..*end).unwrap();
                assert_eq!(words.trim(), words, "{note:?}");
                last = *end;
                *seen.entry(*label).or_insert(0) += 1;
            }
        }
        assert_eq!(seen.len(), 15, "{seen:?}");
        assert_ne!(notes.note(7, 1).unwrap(), notes.note(8, 1).unwrap());
    }
}
