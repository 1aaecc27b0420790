//! Dosage: the dose, frequency, route and duration written after a drug, as printed.
//!
//! Reads to the end of the line or sentence, or to the next drug. Nothing is computed or judged.

use crate::old::scan::Scan;
use crate::old::terms::is_word_edge;

/// Pieces of the folded text, as byte ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dosage {
    pub(crate) dose: Option<(usize, usize)>,
    pub(crate) frequency: Option<(usize, usize)>,
    pub(crate) route: Option<(usize, usize)>,
    pub(crate) duration: Option<(usize, usize)>,
}

const DOSE_UNITS: [&str; 24] = [
    "microgrammes",
    "mg/ml",
    "µg",
    "mcg",
    "mg",
    "grammes",
    "g",
    "ml",
    "ui/ml",
    "ui",
    "unites",
    "u",
    "meq",
    "mmol",
    "gouttes",
    "gtt",
    "bouffees",
    "bouffee",
    "cp",
    "gel",
    "%",
    "mui",
    "amp",
    "inh",
];
const INTAKES: [&str; 26] = [
    "comprimes",
    "comprime",
    "cps",
    "cp",
    "cpr",
    "gelules",
    "gelule",
    "gel",
    "sachets",
    "sachet",
    "bouffees",
    "bouffee",
    "inhalations",
    "inhalation",
    "gouttes",
    "goutte",
    "ampoules",
    "ampoule",
    "amp",
    "injections",
    "injection",
    "patch",
    "unites",
    "ui",
    "suppositoire",
    "application",
];
const TIMES: [&str; 32] = [
    "fois par jour",
    "fois/jour",
    "fois/j",
    "fois par semaine",
    "/ jour",
    "/jour",
    "/ j",
    "/j",
    "/24h",
    "/24 h",
    "/semaine",
    "/sem",
    "par jour",
    "par semaine",
    "par mois",
    "par 24h",
    "par 24 h",
    "le matin",
    "matin",
    "le midi",
    "midi",
    "le soir",
    "soir",
    "au coucher",
    "coucher",
    "tous les jours",
    "un jour sur deux",
    "si besoin",
    "si douleur",
    "si fievre",
    "quotidien",
    "avant les repas",
];
const ROUTES: [&str; 14] = [
    "per os",
    "po",
    "voie orale",
    "orale",
    "iv",
    "ivl",
    "ivd",
    "im",
    "sc",
    "s/c",
    "sous-cutanee",
    "inhale",
    "transdermique",
    "en collyre",
];

/// The dosage written in `text[start..end]`, after the drug's name.
pub(crate) fn read(text: &str, start: usize, end: usize) -> Dosage {
    let mut dosage = Dosage::default();
    let mut s = Scan::new(text, start);
    while s.at < end {
        let here = s.at;
        if s.peek() == Some(' ') || !is_word_edge(text, here) {
            s.at += s.peek().map_or(1, char::len_utf8);
            continue;
        }
        if dosage.duration.is_none() && duration(&mut s) {
            dosage.duration = Some((here, s.at));
        } else if dosage.dose.is_none() && dose(&mut s) {
            dosage.dose = Some((here, s.at));
        } else if frequency(&mut s) {
            let from = dosage.frequency.map_or(here, |f| f.0);
            dosage.frequency = Some((from, s.at));
        } else if dosage.route.is_none() && s.take_any(&ROUTES).is_some() {
            dosage.route = Some((here, s.at));
        } else {
            s.at += s.peek().map_or(1, char::len_utf8);
        }
    }
    dosage
}

fn dose(s: &mut Scan<'_>) -> bool {
    let mut look = *s;
    if look.number().is_none() {
        return false;
    }
    // "5 mg/10 mg" and "1000/800 mg" count as one strength.
    if look.take("/") && look.number().is_none() {
        return false;
    }
    look.skip_blanks();
    let unit = DOSE_UNITS.iter().any(|u| {
        look.rest().starts_with(u) && (is_word_edge(look.rest(), u.len())) && {
            look.at += u.len();
            true
        }
    });
    let intake = INTAKES.iter().any(|i| s.rest().contains(i)) && {
        let mut again = *s;
        again.number();
        again.skip_blanks();
        again.take_any(&INTAKES).is_some()
    };
    if unit && !intake {
        if look.take("/") {
            look.skip_blanks();
            // "mg/j" ends here; "mg/10 mg" and "mg/5 ml" have a second strength.
            if look.take_any(&["j", "jour", "24h", "24 h", "sem", "semaine"]).is_none() {
                look.number();
                look.skip_blanks();
                look.take_any(&DOSE_UNITS);
            }
        }
        *s = look;
    }
    unit && !intake
}

fn frequency(s: &mut Scan<'_>) -> bool {
    let mut look = *s;
    // 1-0-1, 1/0/1, 1 - 1 - 1 (matin, midi, soir).
    if pattern_of_day(&mut look) {
        *s = look;
        return true;
    }
    let mut taken = false;
    // "1 cp", "2 comprimés", "x 3", "3x".
    let mut amount = *s;
    let number = amount.take_word("x")
        || amount.take("x") && amount.peek().is_some_and(|c| c == ' ' || c.is_ascii_digit());
    amount.skip_blanks();
    if amount.number().is_some()
        || amount.take_any(&["un", "une", "deux", "trois", "demi"]).is_some()
    {
        amount.skip_blanks();
        let x = amount.take("x") || number;
        if x || amount.take_any(&INTAKES).is_some() {
            amount.skip_blanks();
            look = amount;
            taken = true;
        } else if TIMES.iter().any(|t| amount.rest().starts_with(t)) {
            look = amount;
        }
    }
    loop {
        let mut next = look;
        next.skip_blanks();
        let _ = next.take(",") || next.take("et ") || next.take("+") || next.take_word("x");
        next.skip_blanks();
        let mut amount = next;
        if amount.number().is_some() {
            amount.skip_blanks();
            next = amount;
        }
        let time = TIMES
            .iter()
            .find(|t| next.rest().starts_with(**t) && is_word_edge(next.rest(), t.len()));
        let Some(time) = time else { break };
        next.at += time.len();
        look = next;
        taken = true;
    }
    if taken {
        *s = look;
    }
    taken
}

fn pattern_of_day(s: &mut Scan<'_>) -> bool {
    let mut n = 0;
    let mut look = *s;
    while look.digits(1, 1).is_some() {
        n += 1;
        *s = look;
        look.skip_blanks();
        if !(look.take("-") || look.take("/")) {
            break;
        }
        look.skip_blanks();
    }
    n == 3 || n == 4
}

fn duration(s: &mut Scan<'_>) -> bool {
    let mut look = *s;
    if look.take_any(&["pendant", "durant", "pour", "pdt", "qsp"]).is_none() {
        return false;
    }
    look.skip_blanks();
    if look.digits(1, 3).is_none() && look.take_any(&["un", "une", "deux", "trois"]).is_none() {
        return false;
    }
    look.skip_blanks();
    let unit = look.take_any(&["jours", "jour", "j", "semaines", "semaine", "mois", "ans", "an"]);
    if unit.is_some() {
        *s = look;
    }
    unit.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_printed() {
        let piece = |t: &str, p: Option<(usize, usize)>| {
            p.and_then(|(a, b)| t.get(a..b)).unwrap_or("").to_owned()
        };
        for (text, dose, frequency, duration) in [
            (" 1000 mg : 1 cp matin et soir", "1000 mg", "1 cp matin et soir", ""),
            (" 5 mg 1-0-1", "5 mg", "1-0-1", ""),
            (" 1 g x 3 par jour pendant 7 jours", "1 g", "x 3 par jour", "pendant 7 jours"),
            (" 75 mg par jour", "75 mg", "par jour", ""),
            (
                " 2 bouffees 2 fois par jour si besoin",
                "",
                "2 bouffees 2 fois par jour si besoin",
                "",
            ),
        ] {
            let d = read(text, 0, text.len());
            assert_eq!(
                (piece(text, d.dose), piece(text, d.frequency), piece(text, d.duration)),
                (dose.to_owned(), frequency.to_owned(), duration.to_owned()),
                "{text}"
            );
        }
    }
}
