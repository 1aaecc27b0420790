//! Lists of names as signs for the tagger, never as decisions: first names and family names (INSEE),
//! towns (INSEE, La Poste). Data and manifests lie in `gazetteers/`.
//!
//! Shape: one table from the hash of a folded word to a few bits; a town of several words is a chain
//! of hashes. A hash that two words share makes a weak sign wrong once in some hundred thousand
//! words, which the tagger bears.

use super::hash::{chain, word_hash};

/// First name.
pub(crate) const FIRST: u16 = 1;
/// First name of many.
pub(crate) const FIRST_COMMON: u16 = 2;
/// Family name.
pub(crate) const LAST: u16 = 4;
/// Family name of many.
pub(crate) const LAST_COMMON: u16 = 8;
/// Begins a town of several words, or continues one.
pub(crate) const TOWN_PART: u16 = 16;
/// A whole town.
pub(crate) const TOWN: u16 = 32;
/// Ordinary word.
pub(crate) const WORD: u16 = 128;
/// Word of the name of a hospital.
pub(crate) const HOSPITAL: u16 = 256;
/// Ordinary word of many notes.
pub(crate) const WORD_COMMON: u16 = 512;

/// The lists, as text: `name<TAB>class`, class 1 for the common ones.
#[derive(Clone, Copy)]
pub struct Lists<'a> {
    /// First names.
    pub first_names: &'a str,
    /// Family names.
    pub surnames: &'a str,
    /// Towns.
    pub towns: &'a str,
    /// Ordinary words, those of medicine among them.
    pub words: &'a str,
    /// Names of hospitals.
    pub hospitals: &'a str,
}

impl Lists<'static> {
    /// Those that are shipped.
    pub const SHIPPED: Lists<'static> = Lists {
        first_names: include_str!("../../gazetteers/first-names/first-names.tsv"),
        surnames: include_str!("../../gazetteers/surnames/surnames.tsv"),
        towns: include_str!("../../gazetteers/towns/towns.tsv"),
        words: include_str!("../../gazetteers/words/words.tsv"),
        hospitals: include_str!("../../gazetteers/hospitals/hospitals.tsv"),
    };
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Gazetteers {
    // Key and bits of each slot; a key of 0 is an empty slot.
    slots: Vec<(u32, u16)>,
}

impl Gazetteers {
    pub(crate) fn new(lists: Lists<'_>) -> Gazetteers {
        let lines = |text: &str| text.lines().count();
        let words = lines(lists.first_names)
            + lines(lists.surnames)
            + 3 * lines(lists.towns)
            + lines(lists.words)
            + 3 * lines(lists.hospitals);
        let mut table = Gazetteers { slots: vec![(0, 0); (words * 2).next_power_of_two()] };
        for (list, all, common) in
            [(lists.first_names, FIRST, FIRST_COMMON), (lists.surnames, LAST, LAST_COMMON)]
        {
            for (name, class) in entries(list) {
                let bits = if class == "1" { all | common } else { all };
                parts(name).filter(|p| p.len() > 2).for_each(|p| table.add(word_hash(p), bits));
            }
        }
        for (word, class) in entries(lists.words) {
            let bits = if class == "1" { WORD | WORD_COMMON } else { WORD };
            table.add(word_hash(word), bits);
        }
        for (name, _) in entries(lists.hospitals) {
            for part in parts(name).filter(|p| p.len() > 2) {
                let key = word_hash(part);
                // `hôtel` and `maison` say nothing.
                if table.bits(key) & WORD_COMMON == 0 {
                    table.add(key, HOSPITAL);
                }
            }
        }
        for (name, _) in entries(lists.towns) {
            let mut key = 0;
            let mut rest = parts(name).peekable();
            while let Some(part) = rest.next() {
                key = chain(key, word_hash(part));
                table.add(key, if rest.peek().is_some() { TOWN_PART } else { TOWN });
            }
        }
        table
    }

    /// The bits of a key: that of a word, or of a chain.
    pub(crate) fn bits(&self, key: u32) -> u16 {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = key as usize & mask;
        while let Some((k, bits)) = self.slots.get(at) {
            if *k == key {
                return *bits;
            }
            if *k == 0 {
                return 0;
            }
            at = (at + 1) & mask;
        }
        0
    }

    fn add(&mut self, key: u32, bits: u16) {
        let mask = self.slots.len() - 1;
        let mut at = key as usize & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.0 == 0 || slot.0 == key {
                *slot = (key, slot.1 | bits);
                return;
            }
            at = (at + 1) & mask;
        }
    }
}

fn entries(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'))
}

// The words of a name, as the scanner would cut them.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split([' ', '-', '\'', '’']).filter(|p| !p.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_answer_for_words_and_chains() {
        let g = Gazetteers::new(Lists {
            first_names: "Éloïse\t1\nYacine\t2\n",
            surnames: "Le Goff\t1\nPetit\t1\n",
            towns: "Saint-Malo\t2\nBrest\t2\nSaint-Malo-de-Guersac\t2\n",
            words: "",
            hospitals: "Bichat\t1\n",
        });
        let of = |w: &str| g.bits(word_hash(w));
        assert_eq!(of("ELOISE"), FIRST | FIRST_COMMON);
        assert_eq!(of("yacine"), FIRST);
        assert_eq!((of("goff"), of("le")), (LAST | LAST_COMMON, 0));
        assert_eq!((g.bits(chain(0, word_hash("brest"))), of("inconnu")), (TOWN, 0));
        let saint = chain(0, word_hash("saint"));
        assert_eq!(g.bits(saint), TOWN_PART);
        assert_eq!(g.bits(chain(saint, word_hash("Malo"))), TOWN_PART | TOWN);
    }

    #[test]
    fn the_shipped_lists_hold_what_they_promise() {
        let g = Gazetteers::new(Lists::SHIPPED);
        assert_eq!(g.bits(word_hash("Françoise")), FIRST | FIRST_COMMON | LAST | LAST_COMMON);
        assert_ne!(g.bits(word_hash("Dupont")) & LAST_COMMON, 0);
        assert_ne!(g.bits(chain(0, word_hash("Quimper"))) & TOWN, 0);
        assert_eq!(g.bits(word_hash("cholécystectomie")), WORD | WORD_COMMON);
        assert_eq!(g.bits(word_hash("Girafe")), WORD);
    }
}
