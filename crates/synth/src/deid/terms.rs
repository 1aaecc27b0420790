//! Words of medicine made of their roots, brands, acronyms, eponyms: what is no identity and looks
//! like one.

use super::names;
use super::NameLists;
use crate::rng::Rng;

const ROOTS: &[&str] = &[
    "hépat", "néphr", "card", "gastr", "entér", "neur", "ostéo", "arthr", "my", "derm", "hémat",
    "leuc", "thromb", "pneum", "pleur", "bronch", "encéphal", "mening", "splén", "pancréat", "chol",
    "cyst", "col", "rect", "proct", "ophtalm", "kérat", "rétin", "ot", "rhin", "laryng", "pharyng",
    "stomat", "gloss", "thyroïd", "adén", "lymph", "angi", "phléb", "artéri", "vascul", "cérébr",
    "myél", "radicul", "spondyl", "chondr", "tendin", "hystér", "mamm", "ovar", "salping", "vagin",
    "prostat", "orchi", "uréthr", "urétér", "pyél", "glomérul", "fibr", "lip", "carcin", "sarcom",
    "lymphom", "mélan", "blast", "gliom", "péritoin", "péricard", "endocard", "my", "aort",
    "mitral", "tricuspid", "coronar", "duoden", "jéjun", "ilé", "append", "sigmoïd", "œsophag",
];
const ENDS: &[&str] = &[
    "ite", "ose", "ome", "algie", "ectomie", "otomie", "oscopie", "opathie", "omégalie", "orragie",
    "ographie", "oplastie", "osclérose", "onécrose", "ocèle", "omalacie", "orrhée", "oplégie",
    "oparésie", "émie", "urie", "ostomie", "opénie", "ocytose", "olyse", "ogramme", "olithiase",
];
const PLAIN: &[&str] = &[
    "douleur", "fièvre", "masse", "lésion", "tumeur", "fracture", "œdème", "toux", "dyspnée",
    "infection", "sténose", "nodule", "abcès", "épanchement", "thrombose", "embolie", "hernie",
    "fistule", "kyste", "polype", "ulcère", "anémie", "ictère", "asthénie", "vomissements", "diarrhée",
    "céphalées", "vertiges", "malaise", "chute", "plaie", "brûlure", "luxation", "entorse", "rupture",
    "hématome", "hémorragie", "insuffisance", "occlusion", "perforation", "prolapsus", "paralysie",
    "amaigrissement", "éruption", "prurit", "tuméfaction", "adénopathie", "métastase", "cancer",
    "tuberculose", "paludisme", "grossesse", "accouchement", "césarienne", "ponction", "drainage",
    "greffe", "dialyse", "transfusion", "intubation", "ventilation", "rééducation", "radiothérapie",
];
const ADJECTIVES: &[&str] = &[
    "aigu", "chronique", "droit", "gauche", "bilatéral", "modéré", "sévère", "récidivant", "diffus",
    "isolé", "important", "discret", "ancien", "récent", "évolutif", "stable", "suspect", "bénin",
    "malin", "inflammatoire", "infectieux", "post-opératoire", "familial", "congénital", "acquis",
    "primitif", "secondaire", "localisé", "métastatique", "ischémique", "hémorragique", "thoracique",
    "abdominale", "lombaire", "cervicale", "cérébrale", "pulmonaire", "hépatique", "rénale",
    "cardiaque", "veineuse", "artérielle", "osseuse", "cutanée", "digestive", "urinaire", "génitale",
    "oculaire", "supérieure", "inférieur", "antérieure", "postérieur", "latérale", "médiale",
];
const DRUG_ENDS: &[&str] = &[
    "mab", "ib", "ine", "ol", "pril", "sartan", "statine", "azole", "cilline", "mycine", "oxacine",
    "vir", "tide", "parine", "xaban", "prazole", "setron", "pam", "done", "triptan", "cycline", "one",
    "ide", "ate", "gliptine", "formine", "fène", "caïne", "zide", "lukast", "dronate",
];
const DRUGS: &[&str] = &[
    "Doliprane", "Augmentin", "Kardegic", "Lasilix", "Lovenox", "Levothyrox", "Xarelto", "Eliquis",
    "Tahor", "Inexium", "Spasfon", "Efferalgan", "Ventoline", "Seretide", "Plavix", "Bisoprolol",
    "Ramipril", "Metformine", "Paracétamol", "Amoxicilline", "Ceftriaxone", "Solupred", "Cortancyl",
    "Imovane", "Seresta", "Xanax", "Tercian", "Lantus", "Novorapid", "Humira", "Stelara", "Keytruda",
    "Taxol", "Ventavis", "Gardenal", "Dépakine", "Tégrétol", "Clamoxyl", "Rocéphine", "Flagyl",
    "Triflucan", "Prograf", "Cellcept", "Aspégic", "Digoxine", "Cordarone", "Sotalol", "Amlor",
    "Coversyl", "Loxen", "Risordan", "Previscan", "Coumadine", "Mopral", "Gaviscon", "Forlax",
    "Movicol", "Primpéran", "Motilium", "Smecta", "Tardyferon", "Uvédose", "Calcidose", "Actonel",
];
const EPONYMS: &[&str] = &[
    "Parkinson", "Charcot", "Basedow", "Crohn", "Alzheimer", "Hodgkin", "Horton", "Babinski",
    "Raynaud", "Addison", "Cushing", "Bouchard", "Heberden", "Dupuytren", "Paget", "Wilson", "Still",
    "Behçet", "Sjögren", "Gougerot", "Guillain-Barré", "Barré", "Creutzfeldt-Jakob", "Kaposi",
    "Burkitt", "Wegener", "Kahler", "Waldenström", "Vaquez", "Biermer", "Willebrand", "Rendu-Osler",
    "Osler", "Marfan", "Ehlers-Danlos", "Down", "Turner", "Klinefelter", "Huntington", "Friedreich",
    "Steinert", "Duchenne", "Lasègue", "Murphy", "McBurney", "Mac Burney", "Romberg", "Kernig",
    "Brudzinski", "Trendelenburg", "Homans", "Lachman", "Gerdy", "Douglas", "Glasgow", "Rankin",
    "Karnofsky", "Child-Pugh", "Child", "Apgar", "Bishop", "Wells", "Norton", "Braden", "Katz",
    "Lawton", "Folstein", "Tinetti", "Gleason", "Breslow", "Clark", "Ann Arbor", "Binet", "Fontaine",
    "Leriche", "Forrest", "Balthazar", "Ranson", "Garden", "Pauwels", "Schatzker", "Weber",
    "Duverney", "Wharton", "Stenon", "Oddi", "Vater", "Wirsung", "Langerhans", "Kupffer", "Henle",
    "Bowman", "Purkinje", "His", "Aschoff", "Tawara", "Fallot", "Ebstein", "Botal", "Eisenmenger",
    "Wolff-Parkinson-White", "Brugada", "Mobitz", "Wenckebach", "Austin-Flint", "Carvallo",
    "Korotkoff", "Doppler", "Holter", "Seldinger", "Swan-Ganz", "Redon", "Foley", "Blake", "Hartmann",
    "Billroth", "Whipple", "Nissen", "Heller", "Lichtenstein", "Shouldice", "Mac Vay", "Wertheim",
    "Pfannenstiel", "Kocher", "Pringle", "Judet", "Letournel", "Küntscher", "Kirschner", "Ender",
    "Giemsa", "Gram", "Ziehl-Neelsen", "Ziehl", "Koch", "Wright", "Bence Jones", "Coombs", "Quick",
    "Cockcroft", "Schilling", "Tzanck", "Nikolsky", "Koplik", "Köbner", "Recklinghausen", "Bourneville",
    "Sturge-Weber", "von Hippel-Lindau", "Lynch", "Peutz-Jeghers", "Gardner", "Barrett", "Meckel",
    "Hirschsprung", "Gilbert", "Budd-Chiari", "Caroli", "Mallory-Weiss", "Zenker", "Plummer-Vinson",
    "Ogilvie", "Berger", "Goodpasture", "Alport", "Bartter", "Fanconi", "Conn", "Nelson", "Sheehan",
    "Graves", "Hashimoto", "Quervain", "Riedel", "Wermer", "Kallmann", "Turner", "Asherman",
    "Meigs", "Krukenberg", "Brenner", "Leydig", "Sertoli", "Peyronie", "Lapeyronie", "Fournier",
    "Scheuermann", "Pott", "Bechterew", "Reiter", "Kawasaki", "Takayasu", "Churg-Strauss", "Buerger",
    "Virchow", "Troisier", "Trousseau", "Chvostek", "Argyll Robertson", "Claude Bernard-Horner",
    "Wallenberg", "Weber", "Millard-Gubler", "Korsakoff", "Gayet-Wernicke", "Wernicke", "Broca",
    "Pick", "Lewy", "Arnold-Chiari", "Chiari", "Dandy-Walker", "Ménière", "Rinne", "Tiffeneau",
    "Kartagener", "Pancoast", "Löfgren", "Mendelson", "Hamman-Rich", "Schirmer", "Sézary", "Bowen",
    "Queyrat", "Lyell", "Stevens-Johnson", "Sweet", "Schamberg", "Hebra", "Verneuil", "Fox-Fordyce",
];
const LABS: &[&str] = &[
    "Hémoglobine", "Leucocytes", "Plaquettes", "Créatinine", "Urée", "Sodium", "Potassium", "Calcium",
    "CRP", "TSH", "T4 libre", "ASAT", "ALAT", "GGT", "PAL", "Bilirubine", "Albumine", "Ferritine",
    "Glycémie", "HbA1c", "Cholestérol", "Triglycérides", "INR", "TP", "TCA", "Fibrinogène", "D-Dimères",
    "Troponine", "BNP", "NT-proBNP", "Lipase", "LDH", "CPK", "PSA", "ACE", "CA 19-9", "CA 125",
    "Vitamine D", "Folates", "Protéinurie", "Hématies", "Hématocrite", "VGM", "VS", "Lymphocytes",
    "Monocytes", "Réticulocytes", "Procalcitonine", "Lactates", "Cortisol", "PTH", "FSH", "Chlore",
];
const BRANDS: &[&str] = &[
    "GORE", "SORIN", "Medtronic", "Boston Scientific", "Abbott", "Stryker", "Zimmer", "Biomet",
    "Edwards", "Philips", "Siemens", "Roche", "Cook", "Coloplast", "Hollister", "Fresenius", "Braun",
    "Ethicon", "Vicryl", "Prolène", "Surgicel", "Tachosil", "Mersilène", "Carpentier", "Perimount",
    "Freestyle", "Contour", "Dexcom", "Urgo", "Mepilex", "Aquacel", "Arnica", "Boiron", "Lehning",
    "Nestlé", "Delical", "Fortimel", "AXA", "MAIF", "MGEN", "Harmonie", "Orange", "Renault", "Carrefour",
];
const ENGLISH: &[&str] = &[
    "Management", "of", "acute", "patients", "with", "a", "randomized", "trial", "Treatment", "and",
    "outcome", "in", "the", "elderly", "Clinical", "features", "Recommendations", "for", "diagnosis",
    "European", "guidelines", "on", "heart", "failure", "Long-term", "survival", "after", "surgery",
    "Working", "Group", "International", "panel", "Development", "validation", "model", "care",
];
const JOURNALS: &[&str] = &[
    "N Engl J Med", "Lancet", "JAMA", "BMJ", "Blood", "Rev Prat", "Presse Med", "Ann Intern Med",
    "Rev Med Interne", "Circulation", "Gut", "J Clin Oncol", "Eur Heart J", "Chest", "Stroke",
    "Neurology", "Pan Afr Med J", "Ann Surg", "Prog Urol", "Arch Pediatr", "Radiology",
];
const UNITS: &[&str] =
    &["g/dl", "g/L", "mmol/l", "µmol/L", "mg/l", "UI/l", "ng/ml", "G/L", "%", "mUI/l", "pg/ml", "mm3"];
const FORMS: &[&str] =
    &["NEZ", "GEL", "COMPRIMÉ", "SOL INJ", "CREME", "ORAL", "gouttes", "granules", "SACHET", "FACIAL"];

fn one<'a>(list: &'a [&'a str], rng: &mut Rng) -> &'a str {
    rng.pick(list).copied().unwrap_or("")
}

/// A term in small letters.
pub(crate) fn term(rng: &mut Rng) -> String {
    if rng.chance(40) {
        return one(PLAIN, rng).to_owned();
    }
    let first = if rng.chance(25) { one(ROOTS, rng).to_owned() + "o" } else { String::new() };
    let prefix = if rng.chance(15) {
        one(&["hyper", "hypo", "péri", "poly", "endo", "macro", "micro", "dys", "pseudo", "anti"], rng)
    } else {
        ""
    };
    format!("{prefix}{first}{}{}", one(ROOTS, rng), one(ENDS, rng))
}

/// An adjective.
pub(crate) fn adjective(rng: &mut Rng) -> String {
    if rng.chance(60) {
        return one(ADJECTIVES, rng).to_owned();
    }
    one(ROOTS, rng).to_owned() + one(&["ique", "ien", "aire", "eux", "al", "oïde", "ée", "atique", "ogène", "otique"], rng)
}

/// A drug.
pub(crate) fn drug(rng: &mut Rng) -> String {
    let name = if rng.chance(45) { one(DRUGS, rng).to_owned() } else { names::invented(DRUG_ENDS, rng) };
    match rng.below(3) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        _ => name,
    }
}

/// An eponym: one of those that exist, or a name that is none yet.
pub(crate) fn eponym(lists: &NameLists, rng: &mut Rng) -> String {
    let name = if rng.chance(55) { one(EPONYMS, rng).to_owned() } else { names::last(lists, rng) };
    if rng.chance(8) { name.to_uppercase() } else { name }
}

/// A brand, of a device or a company.
pub(crate) fn brand(rng: &mut Rng) -> String {
    let name = if rng.chance(50) {
        one(BRANDS, rng).to_owned()
    } else {
        names::invented(&["tex", "gel", "flex", "med", "tec", "dia", "vit", "lax", "cor", "sil", "max", "plus", "cal", "ne", "va"], rng)
    };
    if rng.chance(40) { name.to_uppercase() } else { name }
}

/// A laboratory analysis.
pub(crate) fn lab(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => term(rng),
        1 => acronym(rng),
        _ => one(LABS, rng).to_owned(),
    }
}

/// Capitals.
pub(crate) fn acronym(rng: &mut Rng) -> String {
    (0..2 + rng.below(4)).map(|_| char::from(b'A' + rng.below(26) as u8)).collect()
}

/// A line of capitals and the like, as a table that was pulled apart.
pub(crate) fn acronyms(rng: &mut Rng) -> String {
    let n = 4 + rng.below(10);
    let words: Vec<String> = (0..n)
        .map(|_| (0..1 + rng.below(2)).map(|_| char::from(b'A' + rng.below(26) as u8)).collect())
        .collect();
    words.join(" ")
}

/// A unit.
pub(crate) fn unit(rng: &mut Rng) -> String {
    one(UNITS, rng).to_owned()
}

/// A form of a product.
pub(crate) fn form(rng: &mut Rng) -> String {
    one(FORMS, rng).to_owned()
}

/// The title of an article.
pub(crate) fn title(rng: &mut Rng) -> String {
    let words: Vec<&str> = (0..4 + rng.below(8)).map(|_| one(ENGLISH, rng)).collect();
    words.join(" ")
}

/// A journal.
pub(crate) fn journal(rng: &mut Rng) -> String {
    one(JOURNALS, rng).to_owned()
}

/// Authors of an article, who are no patients of anybody here.
pub(crate) fn authors(lists: &NameLists, rng: &mut Rng) -> String {
    let upper = rng.chance(25);
    let initials_first = rng.chance(30);
    let mut out = Vec::new();
    for _ in 0..2 + rng.below(6) {
        let name = names::last(lists, rng);
        let name = if upper { name.to_uppercase() } else { name };
        let initials: String =
            (0..1 + rng.below(2)).map(|_| char::from(b'A' + rng.below(26) as u8)).collect();
        out.push(match (initials_first, upper) {
            (true, _) => format!("{}. {name}", initials.chars().next().unwrap_or('A')),
            (false, true) => format!("{name}, {}.", initials.chars().next().unwrap_or('A')),
            (false, false) => format!("{name} {initials}"),
        });
    }
    out.join(", ")
}
