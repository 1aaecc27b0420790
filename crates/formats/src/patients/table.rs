//! A table of patients, a line each; the first line names the columns.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use relu_record::{
    Deceased, HumanName, Identifier, Ins, InsStatus, PartialDate, PatientAct, PatientEvent,
    PatientIdentity, Practitioner, Private, Refusal, RefusalCode, Rpps, Sex, system,
};

use super::Row;
use crate::identity::{birth_place, join, some};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Field {
    Number,
    BirthName,
    Name,
    FirstName,
    FirstNames,
    BirthDate,
    Sex,
    Title,
    Ins,
    InsStatus,
    Nir,
    BirthPlace,
    Address,
    Zip,
    Town,
    Phone,
    Mobile,
    Mail,
    Doctor,
    DoctorRpps,
    Death,
}

#[derive(serde::Deserialize)]
struct File {
    column: Vec<Column>,
}

#[derive(serde::Deserialize)]
struct Column {
    field: Field,
    headings: Vec<String>,
}

static COLUMNS: LazyLock<BTreeMap<String, Field>> = LazyLock::new(|| {
    // The file is embedded and a test reads it.
    let file: File =
        toml::from_str(include_str!("columns.toml")).unwrap_or(File { column: Vec::new() });
    let each = |c: Column| c.headings.into_iter().map(move |h| (h, c.field));
    file.column.into_iter().flat_map(each).collect()
});

/// Lower case, letters and figures only, one space between words.
fn fold(heading: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        c if c.is_alphanumeric() && c != '°' && c != 'º' => c,
        _ => ' ',
    };
    let folded: String = heading.chars().flat_map(char::to_lowercase).map(plain).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn read(text: &str, source: &str) -> Result<Vec<Row>, Refusal> {
    let mut lines = lines(text);
    let Some((_, heads)) = (!lines.is_empty()).then(|| lines.remove(0)) else {
        return Err(unknown());
    };
    let mut places: BTreeMap<Field, usize> = BTreeMap::new();
    for (n, head) in heads.iter().enumerate() {
        if let Some(field) = COLUMNS.get(&fold(head)) {
            places.entry(*field).or_insert(n);
        }
    }
    let named = places.contains_key(&Field::Name) || places.contains_key(&Field::BirthName);
    if !named || !places.contains_key(&Field::Number) {
        return Err(unknown());
    }
    let full = lines.into_iter().filter(|(_, cells)| cells.iter().any(|c| !c.trim().is_empty()));
    Ok(full.map(|(line, cells)| row(line, &cells, &places, source)).collect())
}

fn unknown() -> Refusal {
    Refusal::new(
        RefusalCode::UnknownFormat,
        "La première ligne doit nommer les colonnes, dont au moins un numéro de patient (IPP, numéro de dossier…) et un nom.",
    )
}

fn row(line: usize, cells: &[String], places: &BTreeMap<Field, usize>, source: &str) -> Row {
    let of = |field: Field| {
        places.get(&field).and_then(|n| cells.get(*n)).map_or("", |c| c.trim()).to_owned()
    };
    let refused = |code| Row { line, event: Err(code), note: None };
    let Some(number) = some(&of(Field::Number)) else { return refused("no-number") };
    let (birth, name) = (some(&of(Field::BirthName)), some(&of(Field::Name)));
    if birth.is_none() && name.is_none() {
        return refused("no-name");
    }
    let written = of(Field::BirthDate);
    let birth_date = date(&written);
    if birth_date.is_none() && !written.is_empty() {
        return refused("bad-date");
    }
    // With one name only, it is the only one known; with two alike, none is a used name.
    let used = name.clone().filter(|n| birth.as_ref().is_some_and(|b| b != n));
    let mut patient = PatientIdentity {
        birth_name: birth.or(name),
        used_name: used,
        first_name: some(&of(Field::FirstName)),
        birth_first_names: some(&of(Field::FirstNames)),
        birth_date: birth_date.map(Private),
        sex: sex(&of(Field::Sex)).or_else(|| sex(&of(Field::Title))),
        birth_place: birth_place(&of(Field::BirthPlace)),
        address: some(&join(
            [of(Field::Address).as_str(), &join([of(Field::Zip).as_str(), &of(Field::Town)], " ")],
            ", ",
        )),
        telecom: [Field::Phone, Field::Mobile, Field::Mail]
            .into_iter()
            .filter_map(|f| some(&of(f)))
            .collect(),
        identifiers: vec![Identifier {
            system: source.to_owned(),
            value: number,
            kind: Some("PI".to_owned()),
        }],
        ..PatientIdentity::default()
    };
    if patient.first_name.is_none() {
        let first = patient.birth_first_names.as_ref();
        patient.first_name = first.and_then(|n| n.split([' ', ',']).next()).and_then(some);
    }
    let nir: String = of(Field::Nir).chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(value) = some(&nir) {
        patient.identifiers.push(Identifier {
            system: "NSS".to_owned(),
            value,
            kind: Some("NH".to_owned()),
        });
    }
    let note = ins(&mut patient, &of(Field::Ins), &of(Field::InsStatus));
    let death = of(Field::Death);
    let event = PatientEvent {
        act: PatientAct::Identity,
        trigger: "csv".to_owned(),
        sender: source.to_owned(),
        production: true,
        status_said: places.contains_key(&Field::InsStatus),
        deceased: deceased(&death),
        general_practitioner: doctor(&of(Field::Doctor), &of(Field::DoctorRpps)),
        patient,
        ..PatientEvent::default()
    };
    Row { line, event: Ok(event), note }
}

/// The INS as the list gives it, with the status that the list says; one whose key is wrong is left
/// out.
fn ins(patient: &mut PatientIdentity, value: &str, status: &str) -> Option<&'static str> {
    let said = match fold(status).as_str() {
        "vali" | "valide" | "validee" | "qualifie" | "qualifiee" => InsStatus::Validee,
        "recuperee" | "recupere" => InsStatus::Recuperee,
        _ => InsStatus::Provisoire,
    };
    patient.ins_status = said;
    if value.is_empty() {
        return None;
    }
    match Ins::parse(value, system::INS_NIR) {
        Ok(ins) => {
            patient.ins = Some(ins);
            if said == InsStatus::Validee {
                patient.ins_status = InsStatus::Qualifiee;
            }
            None
        }
        Err(_) => Some("ins-left-out"),
    }
}

fn doctor(name: &str, rpps: &str) -> Option<Practitioner> {
    let rpps = Rpps::parse(rpps).ok();
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let titles = ["dr", "dr.", "docteur", "pr", "pr.", "professeur"];
    let titled = words.first().is_some_and(|w| titles.contains(&w.to_lowercase().as_str()));
    let prefix = titled.then(|| words.remove(0).to_owned());
    let name = HumanName { family: Private(words.join(" ")), given: String::new(), prefix };
    (!words.is_empty() || rpps.is_some()).then_some(Practitioner { name, rpps, specialty: None })
}

fn deceased(value: &str) -> Option<Deceased> {
    match fold(value).as_str() {
        "" | "non" | "n" | "0" | "faux" => None,
        _ => Some(Deceased { date: date(value).map(Private) }),
    }
}

fn sex(value: &str) -> Option<Sex> {
    match fold(value).as_str() {
        "f" | "2" | "femme" | "feminin" | "mme" | "madame" | "mlle" | "mademoiselle" => {
            Some(Sex::F)
        }
        "m" | "h" | "1" | "homme" | "masculin" | "mr" | "monsieur" => Some(Sex::M),
        _ => None,
    }
}

/// `jj/mm/aaaa` (also with points or hyphens), `aaaa-mm-jj`, `aaaammjj`; a time after it is left.
fn date(value: &str) -> Option<PartialDate> {
    let day = value.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let number = |s: &str| s.parse::<u16>().ok();
    match parts.as_slice() {
        [d, m, y] if y.len() == 4 => PartialDate::ymd(number(y)?, small(m)?, small(d)?),
        [y, m, d] if y.len() == 4 => PartialDate::ymd(number(y)?, small(m)?, small(d)?),
        [digits] if digits.len() == 8 => PartialDate::from_digits(digits),
        _ => None,
    }
}

fn small(s: &str) -> Option<u8> {
    s.parse().ok()
}

/// Lines with their number and cells; quotes may hold separators and line ends (RFC 4180).
fn lines(text: &str) -> Vec<(usize, Vec<String>)> {
    let head = text.lines().next().unwrap_or_default();
    let count = |c: char| head.matches(c).count();
    let separator = [',', '\t', ';'].into_iter().max_by_key(|c| count(*c)).unwrap_or(';');
    let mut out = Vec::new();
    let (mut line, mut begun) = (1, 1);
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            c if c == separator && !quoted => cells.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                cells.push(std::mem::take(&mut cell));
                out.push((begun, std::mem::take(&mut cells)));
                begun = line;
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        out.push((begun, cells));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_is_folded_and_told_once() {
        let file: File = toml::from_str(include_str!("columns.toml")).unwrap();
        let all: Vec<&String> = file.column.iter().flat_map(|c| &c.headings).collect();
        assert_eq!(all.len(), COLUMNS.len(), "a heading is told twice");
        for heading in all {
            assert_eq!(*heading, fold(heading));
        }
    }

    #[test]
    fn tables_of_several_products() {
        for (text, name, used, day, sex) in [
            (
                "N° dossier;Nom;Nom de jeune fille;Prénom;Né(e) le;Sexe\n12;DURAND;ESSAI;Jeanne;12/03/1950;F\n",
                "ESSAI",
                Some("DURAND"),
                "1950-03-12",
                Some(Sex::F),
            ),
            (
                "\"IPP\",\"Nom de naissance\",\"Prénom\",\"Date de naissance\",\"Civilité\"\r\n\"12\",\"D'ESSAI, dit \"\"X\"\"\",\"Luc\",\"1961-01-02 00:00\",\"M.\"\r\n",
                "D'ESSAI, dit \"X\"",
                None,
                "1961-01-02",
                Some(Sex::M),
            ),
            (
                "Code patient\tNom\tPrénoms\tDDN\n12\tESSAI\tAnne Marie\t19700230\n",
                "",
                None,
                "",
                None,
            ),
            (
                "id\tnom\tprenoms\tddn\n12\tESSAI\tAnne Marie\t19700228\n",
                "ESSAI",
                None,
                "1970-02-28",
                None,
            ),
        ] {
            let rows = read(text, "LOGI").unwrap();
            assert_eq!((rows.len(), rows[0].line), (1, 2));
            let Ok(event) = &rows[0].event else {
                assert_eq!((rows[0].event.clone().unwrap_err(), day), ("bad-date", ""));
                continue;
            };
            let p = &event.patient;
            assert_eq!(p.birth_name.as_ref().unwrap().as_str(), name);
            assert_eq!(p.used_name.as_ref().map(|n| n.as_str()), used);
            assert_eq!(p.birth_date.as_ref().unwrap().to_string(), day);
            assert_eq!(p.sex, sex);
            assert_eq!(p.identifiers[0].system, "LOGI");
        }
    }

    #[test]
    fn numbers_doctors_and_reasons() {
        let head = "IPP;Nom;Prénom;INS;Statut identité;NIR;Médecin traitant;RPPS MT;Décès\n";
        let lines = "1;ESSAI;A;279035121518989;VALI;;Dr BONNET Paul;10107350778;\n\
                     2;ESSAI;B;279035121518988;VALI;2790351215189;;;oui\n;ESSAI;C;;;;;;\n4;;D;;;;;;\n";
        let rows = read(&format!("{head}{lines}"), "LOGI").unwrap();
        let first = rows[0].event.as_ref().unwrap();
        assert_eq!(first.patient.ins_status, InsStatus::Qualifiee, "as the list says");
        let doctor = first.general_practitioner.as_ref().unwrap();
        assert_eq!((doctor.name.full().as_str(), doctor.rpps.is_some()), ("Dr BONNET Paul", true));
        let second = rows[1].event.as_ref().unwrap();
        assert_eq!((rows[1].note, &second.patient.ins), (Some("ins-left-out"), &None));
        assert!(second.deceased.is_some() && !second.patient.identifiers[1].designates_patient());
        let reasons: Vec<_> = rows[2..].iter().map(|r| r.event.clone().unwrap_err()).collect();
        assert_eq!(reasons, ["no-number", "no-name"]);
        assert!(read("a;b\n1;2\n", "LOGI").is_err());
        assert!(read("", "LOGI").is_err());
    }
}
