//! Places: towns, addresses, places of care. What says the kind of a place stays (`CHU de`, `rue`),
//! what names it gives way to an invented name (`standins/places.toml`), the same one wherever the place
//! is named.

use serde::Deserialize;

use super::key::Key;
use super::names::{fold, like, words};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    town: Town,
    street: Street,
    hospital: Hospital,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Town {
    #[allow(dead_code)]
    why: String,
    starts: Vec<String>,
    ends: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Street {
    #[allow(dead_code)]
    why: String,
    kinds: Vec<String>,
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hospital {
    #[allow(dead_code)]
    why: String,
    kinds: Vec<String>,
}

/// The parts of places, read.
pub(crate) struct Places(File);

impl Places {
    pub(crate) fn shipped() -> Result<Places, String> {
        toml::from_str(include_str!("../../../standins/places.toml"))
            .map(Places)
            .map_err(|e| format!("standins/places.toml : {}", e.message()))
    }

    /// The stand-in of a town.
    pub(crate) fn town(&self, key: &Key, written: &str) -> String {
        let folded = joined(written);
        for turn in 0u8..8 {
            let mut draw = key.draw("place", &[&folded, &[turn]]);
            let made = [draw.pick(&self.0.town.starts), draw.pick(&self.0.town.ends)].concat();
            if joined(&made) != folded {
                return like(written, &made);
            }
        }
        String::new()
    }

    /// The stand-in of an address.
    pub(crate) fn address(&self, key: &Key, written: &str) -> String {
        let street = &self.0.street;
        let mut draw = key.draw("address", &[&joined(written)]);
        let number = 1 + draw.below(180);
        let name = draw.pick(&street.names).to_owned();
        let own = words(written).map(|(_, w)| fold(w));
        let kind = own.into_iter().find_map(|w| street.kinds.iter().find(|k| fold(k) == w));
        let kind = kind.map_or_else(|| draw.pick(&street.kinds).to_owned(), String::clone);
        let digits = written.starts_with(|c: char| c.is_ascii_digit());
        let made =
            if digits { format!("{number} {kind} {name}") } else { format!("{kind} {name}") };
        let letters = written.chars().filter(|c| c.is_alphabetic());
        if letters.clone().count() > 3 && letters.into_iter().all(char::is_uppercase) {
            made.to_uppercase()
        } else {
            made
        }
    }

    /// The stand-in of a place of care.
    pub(crate) fn hospital(&self, key: &Key, written: &str) -> String {
        let kind = |w: &str| {
            let folded = fold(w);
            self.0.hospital.kinds.iter().any(|k| k.as_bytes() == folded)
        };
        let name = words(written).find(|(_, w)| !kind(w)).map_or(written.len(), |(at, _)| at);
        let (head, rest) = written.split_at(name);
        if rest.is_empty() {
            // Nothing but the kind: it names nobody.
            return head.to_owned();
        }
        format!("{head}{}", self.town(key, rest))
    }
}

fn joined(written: &str) -> Vec<u8> {
    words(written).map(|(_, w)| fold(w)).collect::<Vec<_>>().join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stay_and_names_go() {
        let places = Places::shipped().unwrap();
        let key = Key::from_material(&[3; 16]).unwrap();
        let town = places.town(&key, "Rennes");
        assert_eq!(places.town(&key, "RENNES"), town.to_uppercase());
        assert_eq!(places.hospital(&key, "CHU de Rennes"), format!("CHU de {town}"));
        assert!(places.hospital(&key, "Clinique Pasteur").starts_with("Clinique "));
        assert!(!places.hospital(&key, "Bichat").contains("Bichat"));
        let address = places.address(&key, "12 rue Victor Hugo");
        assert!(address.contains(" rue ") && !address.contains("Hugo"), "{address}");
    }
}
