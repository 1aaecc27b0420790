//! Names of people, towns and hospitals: from the lists, or made of syllables, so that a model cannot
//! learn them by heart.

use super::NameLists;
use crate::rng::Rng;

const STARTS: &[&str] = &[
    "Ba", "Be", "Bo", "Bra", "Bru", "Ca", "Cha", "Che", "Cla", "Co", "Cor", "Cre", "Da", "De",
    "Do", "Dra", "Du", "E", "Fa", "Fe", "Fla", "Fou", "Fre", "Ga", "Ge", "Gi", "Gla", "Go", "Gra",
    "Gui", "Ha", "He", "Ho", "I", "Ja", "Je", "Jo", "Ka", "Ke", "Ker", "Kha", "Ko", "La", "Le",
    "Lo", "Lou", "Ma", "Me", "Mi", "Mon", "Mou", "Na", "Ne", "No", "O", "Pa", "Pe", "Pla", "Po",
    "Pra", "Qui", "Ra", "Re", "Ri", "Ro", "Sa", "Se", "Sla", "So", "Sou", "Ta", "Te", "Tho", "Tra",
    "U", "Va", "Ve", "Vi", "Vol", "Wa", "We", "Ya", "Yo", "Za", "Ze", "Zo", "Oua", "Ben", "Dje",
    "Ndi", "Mba", "Ngu", "Szy", "Krz", "Stra", "Schu", "Tche", "Al", "An", "Ar", "El", "Em", "Es",
    "Or", "Ul", "Abdel", "Abou", "Bou", "Sid", "Khel", "Zou", "Ghi", "Mouh", "Tra", "Ngo", "Pha",
    "Ly", "Xu", "Zha", "Hua", "Chou", "Dia", "Tou", "Sou", "Kou", "Ada", "Oke", "Ama", "Fofa",
    "Sze", "Wró", "Dvo", "Pro", "Pły", "Mi", "Jo", "Ył", "Plou", "Tré", "Lan", "Pen", "Gwe", "Le",
    "Goa", "Rio", "Gon", "Fer", "Sil", "Vas", "Nas", "Öz", "Yı", "Kara", "Dem", "Pap", "Kon",
    "Ste", "Sva", "Lin", "Hed", "Sri", "Rama", "Van", "Bos", "Haa", "Kir", "Tch",
];
const MIDDLES: &[&str] = &[
    "ba", "be", "bi", "bou", "ca", "che", "ci", "cou", "da", "de", "di", "dou", "fa", "fi", "ga",
    "gue", "gni", "ha", "ja", "ka", "ki", "la", "le", "li", "lla", "llo", "lou", "ma", "me", "mi",
    "mou", "na", "ne", "ni", "nna", "nou", "pa", "pe", "que", "ra", "re", "ri", "rri", "rou",
    "ssa", "sse", "si", "sko", "ta", "te", "ti", "tou", "va", "ve", "vi", "vo", "za", "zi", "rgue",
    "nde", "rma", "rtho", "mbe", "nti", "wa", "yo", "dzi", "ldo", "sti",
];
const ENDS: &[&str] = &[
    "rd", "nd", "t", "x", "r", "s", "ult", "aud", "eau", "eaux", "ot", "ou", "in", "ain", "on",
    "an", "ier", "iez", "ard", "et", "ette", "elle", "ac", "ec", "ic", "oc", "ez", "oz", "az", "o",
    "a", "i", "y", "u", "ni", "li", "ti", "ski", "sky", "vic", "vitch", "off", "ov", "mann", "man",
    "berg", "stein", "sen", "son", "ley", "ton", "ng", "nh", "ré", "lé", "né", "zé", "ssi", "oui",
    "ane", "ine", "ele", "ois", "ais", "ey", "ck", "lin", "ron", "vel", "val", "dec", "guen", "uc",
    "ues", "eira", "inho", "ez", "oglu", "ian", "idze", "swamy", "wati", "kone", "mba", "dou",
    "ye", "ure", "ić", "ović", "ńska", "ová", "ák", "ğlu", "ış", "ström", "gaard", "dottir", "ão",
    "ões", "eddine", "allah", "rahmane", "zzak", "bdou", "moto", "hara", "zuka", "hung", "nguyen",
    "xiang", "raj", "nathan", "opoulos", "akis", "escu", "enko", "czyk", "wicz", "adzé", "guivy",
    "bihan", "goff", "névez", "worth", "field", "bury", "shaw",
];
const FIRST_ENDS: &[&str] = &[
    "a", "ia", "ie", "ine", "ette", "elle", "anne", "ène", "ise", "ah", "is", "an", "en", "in",
    "on", "el", "iel", "o", "io", "us", "ius", "ane", "yn", "im", "id", "ar", "ard", "ric", "vin",
    "rine", "line", "lia", "nna", "mir", "dine", "yle", "éo", "éa", "ouane", "issa", "aël",
    "aëlle", "é", "ée", "ik", "sha", "wen", "slav", "sława", "ija", "uko", "iko", "eng", "uang",
    "atou", "ou", "ine", "eddine", "ullah", "iya", "oumata", "ebe", "inder", "preet", "alp", "gül",
    "yılmaz", "bjørn", "rún", "ão", "elm", "igan", "enn", "ez", "ig", "ulf", "tom",
];
const TOWN_ENDS: &[&str] = &[
    "ville", "court", "ac", "y", "ay", "ière", "mont", "sac", "gnan", "ignies", "heim", "bourg",
    "ans", "on", "eilles", "at", "as", "euil", "champ", "fort", "ières", "ec", "oz", "ieux",
    "ogne", "val", "bois", "mesnil", "an",
];
const HOSPITALS: &[&str] = &[
    "Ambroise Paré",
    "Antoine Béclère",
    "Avicenne",
    "Beaujon",
    "Bicêtre",
    "Bichat",
    "Broussais",
    "Charles Foix",
    "Cochin",
    "Corentin Celton",
    "Edouard Herriot",
    "Emile Roux",
    "Européen Georges Pompidou",
    "Fernand Widal",
    "Georges Clemenceau",
    "Henri Mondor",
    "Hôtel-Dieu",
    "Jean Verdier",
    "Joffre",
    "Lariboisière",
    "Louis Mourier",
    "Louis Pradel",
    "La Conception",
    "La Timone",
    "La Milétrie",
    "Necker",
    "Paul Brousse",
    "Pellegrin",
    "Pitié-Salpêtrière",
    "Purpan",
    "Rangueil",
    "Raymond Poincaré",
    "René Muret",
    "Robert Debré",
    "Rothschild",
    "Saint-Antoine",
    "Saint-Louis",
    "Sainte-Anne",
    "Saint-Joseph",
    "Tenon",
    "Trousseau",
    "Val-de-Grâce",
    "Vaugirard",
    "Foch",
    "Gustave Roussy",
    "Lapeyronie",
    "Arnaud de Villeneuve",
    "Salengro",
    "Huriez",
    "Jeanne de Flandre",
    "Pontchaillou",
    "Hautepierre",
    "Brabois",
    "Dupuytren",
    "Haut-Lévêque",
    "Croix-Rousse",
    "Bretonneau",
    "Percy",
    "Bégin",
    "Marie Lannelongue",
    "Léon Bérard",
    "Bergonié",
    "Paoli-Calmettes",
    "Oscar Lambret",
    "Curie",
    "HEGP",
    "APHP",
    "AP-HP",
    "GHU",
    "PSL",
    "HMN",
    "APHM",
    "CHUM",
    "Nord",
    "Sud",
    "Est",
    "Max Fourestier",
    "Delafontaine",
    "Robert Ballanger",
    "Victor Dupouy",
    "Esquirol",
    "Maison Blanche",
    "Les Quinze-Vingts",
    "Adolphe de Rothschild",
    "Simone Veil",
    "Claude Huriez",
    "Albert Calmette",
];
const SAINTS: &[&str] = &[
    "Jean",
    "Paul",
    "Luc",
    "Marc",
    "Vincent",
    "Joseph",
    "Michel",
    "Martin",
    "Roch",
    "Camille",
    "Camillien",
    "Philibert",
    "Brieuc",
    "Odile",
    "Barbe",
    "Clotilde",
    "Isabelle",
    "Thérèse",
    "Félicité",
    "Pierre",
    "Germain",
    "Denis",
    "Laurent",
    "Julien",
    "Hilaire",
    "Côme",
    "Cloud",
    "Maurice",
];
const PLACES: &[&str] = &[
    "Cèdres",
    "Tilleuls",
    "Peupliers",
    "Source",
    "Roseraie",
    "Colline",
    "Forêt",
    "Vallée",
    "Baie",
    "Fontaine",
    "Orangerie",
    "Lac",
    "Parc",
    "Pont",
    "Val",
    "Moulin",
    "Château",
    "Belvédère",
    "Mail",
    "Prairie",
    "Estuaire",
    "Ormeau",
    "Bel-Air",
    "Beau Soleil",
    "Mont Blanc",
    "Océan",
    "Esperance",
    "Plateau",
    "Trois Chênes",
    "Quatre Vents",
    "Jardins",
    "Porte Verte",
    "Rive Gauche",
    "Ermitage",
];

const ABROAD: &[&str] = &[
    "Alger",
    "Oran",
    "Tunis",
    "Sfax",
    "Casablanca",
    "Rabat",
    "Dakar",
    "Bamako",
    "Abidjan",
    "Lomé",
    "Cotonou",
    "Douala",
    "Kinshasa",
    "Antananarivo",
    "Port-Louis",
    "Bruxelles",
    "Liège",
    "Genève",
    "Lausanne",
    "Turin",
    "Milan",
    "Porto",
    "Lisbonne",
    "Barcelone",
    "Madrid",
    "Londres",
    "Berlin",
    "Varsovie",
    "Bucarest",
    "Kiev",
    "Istanbul",
    "Beyrouth",
    "Damas",
    "Saïgon",
    "Hanoï",
    "Phnom Penh",
    "Pondichéry",
    "Montréal",
    "Québec",
    "Fort-de-France",
    "Pointe-à-Pitre",
    "Cayenne",
    "Nouméa",
    "Papeete",
    "Mamoudzou",
    "Saint-Denis",
    "Conakry",
    "Brazzaville",
    "Libreville",
    "Tbilissi",
];

/// A family name.
pub(crate) fn last(lists: &NameLists, rng: &mut Rng) -> String {
    let one = |rng: &mut Rng| match rng.below(20) {
        0..=9 => listed(&lists.surnames, rng),
        // Many a family name is a word: the place and the title tell, not the word.
        10 | 11 => rng
            .pick(&lists.other_words)
            .filter(|w| (4..=9).contains(&w.len()))
            .map_or_else(|| invented(ENDS, rng), |w| capitals(w)),
        // A name that nobody has heard does not say which of the two it is.
        12 | 13 => invented(FIRST_ENDS, rng),
        _ => invented(ENDS, rng),
    };
    match rng.below(40) {
        0 => format!("de {}", one(rng)),
        1 => format!(
            "{} {}",
            rng.pick(&[
                "Le", "La", "De La", "Du", "Da", "Dos", "El", "Ben", "Van", "Van Der", "Von", "Di",
                "Del", "Abd El", "Mac", "Saint"
            ])
            .unwrap_or(&"Le"),
            one(rng)
        ),
        2 | 3 => format!("{}-{}", one(rng), one(rng)),
        4 => format!(
            "{}'{}",
            rng.pick(&["O", "D", "N", "L", "M"]).unwrap_or(&"O"),
            invented(ENDS, rng)
        ),
        5 if rng.chance(70) => format!("{} {}", one(rng), one(rng)),
        6 => invented(ENDS, rng).chars().take(3).collect(),
        _ => one(rng),
    }
}

/// A first name, of one or several parts.
pub(crate) fn first(lists: &NameLists, rng: &mut Rng) -> String {
    let one = |rng: &mut Rng| match rng.below(10) {
        0..=5 => listed(&lists.first_names, rng),
        6 => listed(&lists.surnames, rng),
        7 => invented(ENDS, rng),
        _ => invented(FIRST_ENDS, rng),
    };
    match rng.below(20) {
        0 | 1 => format!(
            "{}-{}",
            rng.pick(&["Jean", "Marie", "Anne", "Pierre"])
                .map_or_else(|| one(rng), |s| (*s).to_owned()),
            one(rng)
        ),
        2 if rng.chance(60) => format!("{} {}", one(rng), one(rng)),
        3 if rng.chance(15) => format!("{} {} {}", one(rng), one(rng), one(rng)),
        _ => one(rng),
    }
}

/// Initials of a first name, as they are written before a name.
pub(crate) fn initial(rng: &mut Rng) -> String {
    let letter = |rng: &mut Rng| char::from(b'A' + rng.below(26) as u8);
    let (a, b) = (letter(rng), letter(rng));
    match rng.below(12) {
        // A lone M. before a name is a title.
        0..=5 if a != 'M' => format!("{a}."),
        6..=8 if a != 'M' => a.to_string(),
        9 => format!("{a}.{b}."),
        10 if rng.chance(50) => format!("{a}.-{b}."),
        10 => format!("{a}-{b}."),
        _ => match rng.below(3) {
            0 => format!("{a}{b}"),
            1 => format!("{a}-{b}"),
            _ => rng
                .pick(&["Ch.", "Ph.", "Th.", "Chr.", "Fr."])
                .map_or_else(|| "Ch.".to_owned(), |s| (*s).to_owned()),
        },
    }
}

/// A town.
pub(crate) fn town(lists: &NameLists, rng: &mut Rng) -> String {
    let name = match rng.below(100) {
        0..=3 => apostrophe(lists, rng),
        4..=45 => listed(&lists.towns, rng),
        46..=49 => rng.pick(ABROAD).map_or_else(|| "Alger".to_owned(), |t| (*t).to_owned()),
        _ => invented_town(rng),
    };
    match rng.below(14) {
        // As addresses write them: no hyphens, or a capital after each.
        0 | 1 => name.replace('-', " "),
        2 => capitals(&name),
        3 => parts_capital(&name),
        4 => capitals(&name).replace('-', " "),
        5 => name.replace("Saint", "St"),
        _ => name,
    }
}

// A town of the list with an apostrophe in it.
fn apostrophe(lists: &NameLists, rng: &mut Rng) -> String {
    let found = (0..60).find_map(|_| rng.pick(&lists.towns).filter(|(n, _)| n.contains('\'')));
    found.map_or_else(|| invented_town(rng), |(n, _)| n.clone())
}

fn invented_town(rng: &mut Rng) -> String {
    let root = invented(TOWN_ENDS, rng);
    let short = |rng: &mut Rng| invented(&["e", "ne", "re", "ance", "ère", "an"], rng);
    match rng.below(16) {
        0 => format!("Saint-{root}"),
        1 => format!("{root}-sur-{}", short(rng)),
        2 => format!(
            "{root}-{}-{}",
            rng.pick(&["les", "en", "sous", "lès", "le", "la", "aux", "de"]).unwrap_or(&"les"),
            invented(TOWN_ENDS, rng)
        ),
        3 => format!("{} {root}", rng.pick(&["Le", "La", "Les", "Mont", "Bourg"]).unwrap_or(&"Le")),
        4 => format!(
            "{root} {} {}",
            rng.pick(&["Sur", "Le", "Les", "La", "Sous", "En"]).unwrap_or(&"Le"),
            invented(TOWN_ENDS, rng)
        ),
        5 => format!("Saint {root}"),
        6 => format!("{root} {}", invented(TOWN_ENDS, rng)),
        7 => format!(
            "{root}-{}{}",
            rng.pick(&["d'", "l'", "sur-l'"]).unwrap_or(&"d'"),
            vowel_first(rng)
        ),
        8 => format!("L'{}", vowel_first(rng)),
        9 => format!("{root}-{}", invented(TOWN_ENDS, rng)),
        _ => root,
    }
}

fn vowel_first(rng: &mut Rng) -> String {
    let start = rng.pick(&["A", "E", "I", "O", "U", "Au", "Ou", "É", "H"]).unwrap_or(&"A");
    format!("{start}{}", invented(TOWN_ENDS, rng).to_lowercase())
}

// A capital at the head of every part between blanks or hyphens, and no other: `Leu-D'esserent`.
fn parts_capital(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut head = true;
    for c in name.chars() {
        if head {
            out.extend(c.to_uppercase())
        } else {
            out.extend(c.to_lowercase())
        }
        head = matches!(c, ' ' | '-');
    }
    out
}

// A capital at the head of every part.
fn capitals(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut head = true;
    for c in name.chars() {
        if head {
            out.extend(c.to_uppercase())
        } else {
            out.push(c)
        }
        head = !c.is_alphabetic();
    }
    out
}

/// A hospital, without its generic word.
pub(crate) fn hospital(lists: &NameLists, rng: &mut Rng) -> String {
    let known = |rng: &mut Rng| rng.pick(HOSPITALS).map_or("Cochin", |s| s).to_owned();
    let capitals = |n: usize, rng: &mut Rng| -> String {
        (0..n).map(|_| char::from(b'A' + rng.below(26) as u8)).collect()
    };
    match rng.below(33) {
        0..=5 => known(rng),
        6 | 7 => format!(
            "{}{}{}",
            rng.pick(&["Saint", "Saint", "Sainte", "St", "Ste"]).unwrap_or(&"Saint"),
            if rng.chance(60) { "-" } else { " " },
            if rng.chance(50) {
                (*rng.pick(SAINTS).unwrap_or(&"Luc")).to_owned()
            } else {
                first(lists, rng)
            }
        ),
        8..=10 => format!("{} {}", first(lists, rng), last(lists, rng)),
        11 => {
            format!("{}{}{}", initial(rng), if rng.chance(50) { " " } else { "" }, last(lists, rng))
        }
        12 | 13 => {
            let article = rng
                .pick(&["de la", "du", "des", "La", "Les", "Le", "de", "L'", "d'"])
                .unwrap_or(&"La");
            let blank = if article.ends_with('\'') { "" } else { " " };
            format!("{article}{blank}{}", place(lists, rng))
        }
        14 | 15 => {
            let n = 2 + rng.below(4);
            capitals(n, rng)
        }
        16..=18 => invented(ENDS, rng),
        19 => format!("{}-{}", invented(ENDS, rng), place(lists, rng)),
        20 => format!("{}-{}", known(rng), known(rng)),
        // Two parts with a dash between blanks, as sites are written.
        21 => {
            let (a, dash) = (hospital(lists, rng), rng.pick(&["-", "–", "/"]).unwrap_or(&"-"));
            let b = if rng.chance(50) { known(rng) } else { place(lists, rng) };
            format!("{a} {dash} {b}")
        }
        22 => format!("{} {}", town(lists, rng), rng.between(2, 14)),
        23 => format!(
            "{} {}",
            rng.pick(&[
                "mère-enfant",
                "Mère Enfant",
                "Femme-Mère-Enfant",
                "enfants",
                "pédiatrique"
            ])
            .unwrap_or(&"enfants"),
            last(lists, rng)
        ),
        24 => format!(
            "{} {}",
            known(rng),
            rng.pick(&["Enfants", "Nord", "Sud", "Malades", "Adultes", "Site A", "Est", "Ouest"])
                .unwrap_or(&"Nord")
        ),
        25 => format!(
            "{} {} {}",
            invented(ENDS, rng),
            rng.pick(&["-", "de la", "de", "du", "des", "et", "sur", "les"]).unwrap_or(&"de"),
            place(lists, rng)
        ),
        26 => format!("{} {}", invented(ENDS, rng), invented(ENDS, rng)),
        27 => format!(
            "{} {} {}",
            first(lists, rng),
            rng.pick(&["et", "-", "&"]).unwrap_or(&"et"),
            last(lists, rng)
        ),
        28 => {
            let kind = rng
                .pick(&[
                    "Universitaires",
                    "universitaires",
                    "Universitaire",
                    "Centre",
                    "Intercommunal",
                ])
                .unwrap_or(&"Universitaires");
            let name = if rng.chance(50) { town(lists, rng) } else { invented(ENDS, rng) };
            format!("{kind} {name}")
        }
        29 => format!(
            "{} {} {} {} {}",
            town(lists, rng),
            rng.between(1, 14),
            rng.pick(&["-", "–"]).unwrap_or(&"-"),
            first(lists, rng),
            last(lists, rng)
        ),
        30 => format!("{} D'{}", invented(ENDS, rng), vowel_first(rng)),
        _ => town(lists, rng),
    }
}

/// A hospital with a generic word that is part of its name.
pub(crate) fn hospital_whole(lists: &NameLists, rng: &mut Rng) -> String {
    let of = |rng: &mut Rng| match rng.below(5) {
        0 => format!("du {}", place(lists, rng)),
        1 => format!("de la {}", place(lists, rng)),
        2 => format!("des {}", place(lists, rng)),
        3 => format!("de {}", town(lists, rng)),
        _ => place(lists, rng),
    };
    match rng.below(10) {
        0..=4 => format!(
            "{} {}",
            rng.pick(&["Clinique", "clinique", "Polyclinique", "CLINIQUE"]).unwrap_or(&"Clinique"),
            of(rng)
        ),
        5 | 6 => format!(
            "{} {}",
            rng.pick(&[
                "Centre Hospitalier Universitaire",
                "Centre Hospitalier",
                "Institut",
                "Fondation",
                "Centre",
                "EPS"
            ])
            .unwrap_or(&"Institut"),
            hospital(lists, rng)
        ),
        7 => format!(
            "{} {}",
            rng.pick(&["Hopital", "Hôpital", "hôpital"]).unwrap_or(&"Hopital"),
            of(rng)
        ),
        8 => format!("universitaire {}", hospital(lists, rng)),
        _ => format!("Clinique {}", hospital(lists, rng)),
    }
}

fn place(lists: &NameLists, rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => invented(TOWN_ENDS, rng),
        1 => town(lists, rng),
        _ => rng.pick(PLACES).map_or("Parc", |s| s).to_owned(),
    }
}

/// The name of a quarter or a hamlet.
pub(crate) fn quarter(lists: &NameLists, rng: &mut Rng) -> String {
    match rng.below(3) {
        0 => invented(TOWN_ENDS, rng),
        1 => format!("{} {}", rng.pick(&["Le", "La", "Les"]).unwrap_or(&"Le"), place(lists, rng)),
        _ => place(lists, rng),
    }
}

/// A word of syllables, with one of `ends`.
pub(crate) fn invented(ends: &[&str], rng: &mut Rng) -> String {
    let mut name = rng.pick(STARTS).map_or("Ma", |s| s).to_owned();
    for _ in 0..rng.below(3) {
        name += rng.pick(MIDDLES).unwrap_or(&"ma");
    }
    let last = name.chars().last().unwrap_or('a');
    let vowel = |c: char| "aeiouyéèêëAEIOUÉ".contains(c);
    let end = rng.pick(ends).unwrap_or(&"in");
    if vowel(last) && end.chars().next().is_some_and(vowel) {
        name += rng
            .pick(&[
                "l", "r", "n", "t", "d", "ss", "v", "m", "g", "b", "ll", "rr", "ch", "c", "s", "z",
            ])
            .unwrap_or(&"l");
    }
    name + end
}

fn listed(list: &[(String, bool)], rng: &mut Rng) -> String {
    // The common ones more often than their share.
    for _ in 0..2 {
        if let Some((name, common)) = rng.pick(list)
            && (*common || rng.chance(40))
        {
            return name.clone();
        }
    }
    rng.pick(list).map_or_else(|| invented(ENDS, rng), |(n, _)| n.clone())
}
