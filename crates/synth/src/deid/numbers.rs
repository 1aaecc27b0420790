//! Dates, phone numbers, addresses and other numbers, in the writings that are met.

use relu_record::MONTHS;

use super::NameLists;
use super::names;
use crate::rng::Rng;

const SHORT: [&str; 12] =
    ["janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"];
const DAYS: [&str; 14] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lun", "mar", "mer",
    "jeu", "ven", "sam", "dim",
];

fn month(rng: &mut Rng) -> String {
    let at = rng.below(12);
    let long = rng.chance(70);
    let name = if long { MONTHS.get(at) } else { SHORT.get(at) }.unwrap_or(&"mai");
    let mut name = (*name).to_owned();
    if rng.chance(12) {
        name = super::noise::without_accents(&name);
    }
    match rng.below(14) {
        0 => name.to_uppercase(),
        1 => {
            let mut c = name.chars();
            c.next().map_or(String::new(), |f| f.to_uppercase().collect::<String>() + c.as_str())
        }
        2 if !long => name + ".",
        _ => name,
    }
}

fn year(rng: &mut Rng) -> i64 {
    match rng.below(10) {
        0..=5 => rng.between(1990, 2030),
        6 | 7 => rng.between(1925, 1990),
        _ => rng.between(2030, 2100),
    }
}

/// Characters with a blank between them.
fn spaced(text: &str) -> String {
    let chars: Vec<String> = text.chars().filter(|c| *c != ' ').map(String::from).collect();
    chars.join(" ")
}

/// A whole date.
pub(crate) fn date(rng: &mut Rng) -> String {
    let (d, m, y) = (rng.between(1, 31), rng.between(1, 12), year(rng));
    let yy = y % 100;
    let plain = |rng: &mut Rng| match rng.below(12) {
        0..=6 => format!("{d:02}/{m:02}/{y}"),
        7 => format!("{d}/{m}/{y}"),
        8 => format!("{d:02}.{m:02}.{y}"),
        9 => format!("{d:02}-{m:02}-{y}"),
        10 => format!("{d:02}/{m:02}/{yy:02}"),
        _ => format!("{d}.{m:02}.{yy:02}"),
    };
    match rng.below(40) {
        0..=21 => plain(rng),
        22..=28 => format!("{d} {} {y}", month(rng)),
        29 => format!("{d} {} {yy:02}", month(rng)),
        30 => format!("{d}{}{y}", month(rng).trim_end_matches('.')),
        31 => format!("{y}-{m:02}-{d:02}"),
        32 | 33 => spaced(&plain(rng)),
        34 | 35 => {
            let day = rng.pick(&DAYS).unwrap_or(&"lundi");
            let mark =
                if day.len() == 3 { rng.pick(&["", ".", ",", ".,"]).unwrap_or(&"") } else { "" };
            format!("{day}{mark} {d} {} {y}", month(rng))
        }
        36 if rng.chance(50) => format!("{d:02} / {m:02} / {y}"),
        36 => format!("{d:02}/ {m:02}/{yy:02}"),
        37 => format!("{} ?{}", plain(rng), if rng.chance(70) { " ?" } else { "" }),
        38 => format!("{d:02}{m:02}{y}"),
        _ => match rng.below(4) {
            0 => format!("1er {} {y}", month(rng)),
            1 => format!("{d}, {} {y}", month(rng)),
            2 => format!("{d:02} / {m:02} | {y}"),
            _ => format!("{d:02} {m:02} {y}"),
        },
    }
}

/// A day with or without its month or year.
pub(crate) fn short_date(rng: &mut Rng) -> String {
    let (d, m) = (rng.between(1, 31), rng.between(1, 12));
    match rng.below(8) {
        0 | 1 => format!("{d:02}/{m:02}"),
        2 => format!("{d:02}.{m:02}"),
        3 => format!("{d} {}", month(rng)),
        4 => format!("{d}{}", month(rng)),
        5 if rng.chance(50) => spaced(&format!("{d:02}/{m:02}")),
        5 => format!("{d:02}-{m:02}"),
        6 => format!("{d:02} / {m:02}"),
        _ => date(rng),
    }
}

/// A year.
pub(crate) fn bare_year(rng: &mut Rng) -> String {
    let y = year(rng).to_string();
    if rng.chance(6) { spaced(&y) } else { y }
}

/// A day of the month alone.
pub(crate) fn day(rng: &mut Rng) -> String {
    let d = rng.between(1, 31);
    if rng.chance(40) { format!("{d:02}/{:02}", rng.between(1, 12)) } else { format!("{d:02}") }
}

/// A month with its year.
pub(crate) fn month_year(rng: &mut Rng) -> String {
    let y = year(rng);
    match rng.below(10) {
        0 => format!("{} {:02}", month(rng), y % 100),
        1 => format!("{:02}/{y}", rng.between(1, 12)),
        2 => format!("{}{y}", month(rng)),
        3 => {
            format!("{} {y}", rng.pick(&["fin", "début", "mi", "été", "automne"]).unwrap_or(&"fin"))
        }
        5 => format!("{} {}", rng.pick(&["fin", "début", "mi"]).unwrap_or(&"fin"), bare_month(rng)),
        4 => y.to_string(),
        _ => format!("{} {y}", month(rng)),
    }
}

/// A month alone.
pub(crate) fn bare_month(rng: &mut Rng) -> String {
    rng.pick(&MONTHS).map_or_else(String::new, |m| (*m).to_owned())
}

fn digits(n: usize, rng: &mut Rng) -> String {
    (0..n).map(|_| char::from(b'0' + rng.below(10) as u8)).collect()
}

/// A phone number.
pub(crate) fn phone(rng: &mut Rng) -> String {
    let two = |rng: &mut Rng| digits(2, rng);
    let tail = |sep: &str, rng: &mut Rng| [two(rng), two(rng), two(rng), two(rng)].join(sep);
    let head = digits(1, rng);
    match rng.below(27) {
        24 => format!(
            "+{} {} {} {}",
            rng.between(20, 999),
            digits(3, rng),
            digits(3, rng),
            digits(3, rng)
        ),
        25 => format!("+1 ({}) {}-{}", digits(3, rng), digits(3, rng), digits(4, rng)),
        26 => format!("00{} {} {}", rng.between(20, 599), digits(3, rng), tail(" ", rng)),
        0..=3 => format!("0{head}{}", tail("", rng)),
        4..=6 => format!("0{head} {}", tail(" ", rng)),
        7..=9 => format!("0{head}.{}", tail(".", rng)),
        10 | 11 => format!("0{head}-{}", tail("-", rng)),
        12 => format!("+33 {head} {}", tail(" ", rng)),
        13 => format!("+33{head}{}", tail("", rng)),
        14 => format!("+33 0{head} {}", tail(" ", rng)),
        15 => format!("+{}{}", rng.between(20, 99), digits(9, rng)),
        16 => format!("({}) {head} {}", rng.between(20, 99), tail(" ", rng)),
        17 => format!("({}){}", rng.between(20, 99), digits(9, rng)),
        18 => spaced(&format!("0{head}{}", tail("", rng))),
        19 => spaced(&format!("0{head}.{}", tail(".", rng))),
        20 => spaced(&format!("+{}{}", rng.between(20, 99), digits(9, rng))),
        21 => format!("+33 (0){head} {}", tail(" ", rng)),
        22 => format!("0{head}/{}", tail("/", rng)),
        _ => format!("+{} {head} {}", rng.between(20, 99), tail(" ", rng)),
    }
}

/// A social security number.
pub(crate) fn nir(rng: &mut Rng) -> String {
    let sex = rng.between(1, 2);
    let (yy, mm, dep) = (rng.between(0, 99), rng.between(1, 12), rng.between(1, 95));
    let (town, order) = (digits(3, rng), digits(3, rng));
    let key = if rng.chance(50) { digits(2, rng) } else { String::new() };
    let all = format!("{sex}{yy:02}{mm:02}{dep:02}{town}{order}{key}");
    match rng.below(10) {
        0..=3 => spaced(&all),
        4 => all,
        5 | 6 => format!("{sex} {yy:02} {mm:02} {dep:02} {town} {order} {key}").trim().to_owned(),
        7 => format!("{sex}{yy:02}{mm:02}{dep:02} {town} {order} {key}").trim().to_owned(),
        8 => format!("{sex} {yy:02} {mm:02} {dep:02}{town} {order} {key}").trim().to_owned(),
        _ => format!("{sex}{yy:02} {mm:02}{dep:02} {town} {order}{key}").trim().to_owned(),
    }
}

/// A number of a patient, a stay or a record.
pub(crate) fn record(rng: &mut Rng) -> String {
    let letters = |n: usize, rng: &mut Rng| -> String {
        (0..n).map(|_| char::from(b'A' + rng.below(26) as u8)).collect()
    };
    match rng.below(13) {
        12 => {
            let n = 7 + rng.below(4);
            spaced(&digits(n, rng))
        }
        0..=4 => digits(10, rng),
        5 => digits(8, rng),
        6 => digits(9, rng),
        7 => digits(11, rng),
        8 => {
            let n = 3 + rng.below(5);
            digits(n, rng)
        }
        9 => {
            let (a, b) = (2 + rng.below(3), 4 + rng.below(3));
            format!("{}{}{}", digits(a, rng), letters(1, rng), digits(b, rng))
        }
        10 => {
            let n = 2 + rng.below(2);
            let l = letters(n, rng);
            format!(
                "{}{}{}",
                digits(4, rng),
                if rng.chance(50) { l } else { l.to_lowercase() },
                digits(5, rng)
            )
        }
        _ => {
            let n = 1 + rng.below(2);
            format!("{}{}", letters(n, rng), digits(7, rng))
        }
    }
}

/// A national number of eleven digits, or nine.
pub(crate) fn professional(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => digits(9, rng),
        1 => digits(10, rng),
        _ => format!("1{}", digits(10, rng)),
    }
}

/// A number of nine digits, at times eight.
pub(crate) fn place(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => digits(8, rng),
        1 => spaced(&digits(9, rng)),
        _ => digits(9, rng),
    }
}

/// A postal code.
pub(crate) fn zip(rng: &mut Rng) -> String {
    let dep = rng.between(1, 97);
    match rng.below(10) {
        0..=5 => format!("{dep:02}{}", digits(3, rng)),
        6 | 7 => format!("{dep:02} {}", digits(3, rng)),
        8 => format!("{dep:02}000"),
        _ => format!(
            "2{}{}{}",
            if rng.chance(50) { 'A' } else { 'B' },
            if rng.chance(30) { " " } else { "" },
            digits(3, rng)
        ),
    }
}

const STREETS: &[&str] = &[
    "rue",
    "rue",
    "rue",
    "rue",
    "avenue",
    "avenue",
    "boulevard",
    "place",
    "impasse",
    "allée",
    "allées",
    "chemin",
    "route",
    "cours",
    "quai",
    "square",
    "passage",
    "villa",
    "bd",
    "av.",
    "Bd",
    "Rue",
    "Avenue",
    "Boulevard",
    "Place",
    "Chemin",
    "Route",
    "Impasse",
    "Résidence",
    "lotissement",
    "ruelle",
    "faubourg",
    "esplanade",
    "sentier",
    "hameau",
];
const STREET_NAMES: &[&str] = &[
    "de la République",
    "de la Gare",
    "du Général Leclerc",
    "de l'Église",
    "des Lilas",
    "Victor Hugo",
    "de la Mairie",
    "du 8 mai 1945",
    "du 11 novembre",
    "Pasteur",
    "Jules Ferry",
    "de Paris",
    "du Moulin",
    "Saint-Martin",
    "de la Fontaine",
    "des Écoles",
    "du Château",
    "de Verdun",
    "Jean Moulin",
    "Gambetta",
    "des Tilleuls",
    "de la Paix",
    "du Stade",
    "de l'Hôpital",
    "Emile Zola",
    "Aristide Briand",
    "du Lavoir",
    "des Peupliers",
    "Jean Jaurès",
    "de Lattre de Tassigny",
    "du Maréchal Foch",
    "des Acacias",
    "de la Croix",
    "du Puits",
    "Voltaire",
    "du Docteur Roux",
    "Anatole France",
    "de Bretagne",
    "des Champs",
    "de la Plage",
    "Notre-Dame",
    "du Port",
    "de la Forêt",
    "des Vignes",
    "Carnot",
    "Thiers",
];

/// A number and a street.
pub(crate) fn street(lists: &NameLists, rng: &mut Rng) -> String {
    let number = match rng.below(12) {
        0 => String::new(),
        1 => format!("{} bis ", rng.between(1, 200)),
        2 => format!("{}, ", rng.between(1, 200)),
        3 => format!("{}-{} ", rng.between(1, 90), rng.between(91, 200)),
        4 => format!("{} ter, ", rng.between(1, 99)),
        5 => format!("{}{} ", rng.between(1, 99), if rng.chance(50) { "B" } else { "bis" }),
        _ => format!("{} ", rng.between(1, 300)),
    };
    let kind = rng.pick(STREETS).unwrap_or(&"rue");
    let name = match rng.below(10) {
        0..=3 => (*rng.pick(STREET_NAMES).unwrap_or(&"Pasteur")).to_owned(),
        4 => format!("{} {}", names::first(lists, rng), names::last(lists, rng)),
        5 => format!(
            "du {} {}",
            rng.pick(&[
                "Docteur",
                "Dr",
                "Général",
                "Gal",
                "G.al",
                "Gén.",
                "Mal",
                "Pdt",
                "Pr",
                "Cdt",
                "Colonel",
                "Président",
                "Capitaine",
                "Maréchal",
                "Commandant",
                "Père"
            ])
            .unwrap_or(&"Docteur"),
            names::last(lists, rng)
        ),
        6 if rng.chance(70) => format!("de {}", names::town(lists, rng)),
        6 => format!(
            "de {} {} {}",
            names::town(lists, rng),
            rng.pick(&["sur", "en", "de", "à", "et", "sous"]).unwrap_or(&"sur"),
            names::town(lists, rng)
        ),
        7 => names::last(lists, rng),
        8 => format!(
            "{} {}",
            rng.pick(&["des", "de la", "du", "de l'", "d'"]).unwrap_or(&"des"),
            names::invented(&["ière", "eaux", "ains", "ettes", "ois", "ée"], rng)
        ),
        _ => format!("Saint-{}", names::first(lists, rng)),
    };
    let extra = match rng.below(14) {
        0 => format!(", appt {}", rng.between(1, 99)),
        1 => format!(", bâtiment {}", char::from(b'A' + rng.below(6) as u8)),
        3 => format!(
            ", {} {}",
            rng.pick(&[
                "studio",
                "STUDIO",
                "Résidence",
                "porte",
                "lot",
                "BP",
                "Appt",
                "esc",
                "logement"
            ])
            .unwrap_or(&"lot"),
            rng.between(1, 99)
        ),
        2 => {
            format!(", Bât. {} étage {}", char::from(b'A' + rng.below(6) as u8), rng.between(1, 9))
        }
        _ => String::new(),
    };
    let all = format!("{number}{kind} {name}{extra}");
    match rng.below(10) {
        0 | 1 => all.to_uppercase(),
        2 => all.to_lowercase(),
        _ => all,
    }
}

/// A mail address.
pub(crate) fn mail(lists: &NameLists, rng: &mut Rng) -> String {
    let clean = |s: String| -> String {
        super::noise::without_accents(&s)
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_alphabetic)
            .collect()
    };
    let (first, last) = (clean(names::first(lists, rng)), clean(names::last(lists, rng)));
    let cut = |s: &str, n: usize| s.chars().take(n).collect::<String>();
    let local = match rng.below(8) {
        0 | 1 => format!("{first}.{last}"),
        2 => format!("{}{last}", cut(&first, 1)),
        3 => format!("{}_{}{}", cut(&last, 5), cut(&first, 3), rng.between(1, 99)),
        4 => format!("{last}{}", rng.between(1, 99)),
        5 => format!("{}-{}", cut(&first, 4), last),
        6 => format!("secretariat.{last}"),
        _ => format!("{}{}", cut(&first, 4), cut(&last, 4)),
    };
    let host = match rng.below(4) {
        0 => (*rng
            .pick(&[
                "gmail.com",
                "orange.fr",
                "free.fr",
                "yahoo.fr",
                "hotmail.com",
                "wanadoo.fr",
                "laposte.net",
                "outlook.fr",
            ])
            .unwrap_or(&"free.fr"))
        .to_owned(),
        1 => format!("chu-{}.fr", clean(names::town(lists, rng))),
        2 => format!(
            "{}.{}",
            clean(names::invented(&["med", "sante", "labo", "net"], rng)),
            rng.pick(&["fr", "com", "org", "net", "mssante.fr"]).unwrap_or(&"fr")
        ),
        _ => format!("{}.aphp.fr", clean(names::invented(&["ard", "in"], rng))),
    };
    match rng.below(10) {
        0 => format!("{local} @ {host}"),
        1 => format!("{}  {} @ {host}", cut(&local, 3), cut(&last, 4)),
        2 => format!("{local}@{host}").to_uppercase(),
        _ => format!("{local}@{host}"),
    }
}

/// A web address.
pub(crate) fn url(lists: &NameLists, rng: &mut Rng) -> String {
    let name = super::noise::without_accents(&names::town(lists, rng))
        .to_lowercase()
        .replace([' ', '\''], "-");
    match rng.below(3) {
        0 => format!("http://www.hopital-{name}.fr"),
        1 => format!("www.{name}.com"),
        _ => format!("https://{name}.fr/rdv"),
    }
}
