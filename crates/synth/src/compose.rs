//! A layout, a case and people become a composed document: blocks to draw, and the truth.
//!
//! The template is expanded line by line: conditions, repetitions, placeholders, then facts are
//! taken out of their marks. Every placeholder that states something about the patient is noted, so
//! that the truth holds exactly what the document says.

use std::collections::{BTreeMap, BTreeSet};

use relu_record::{PartialDate, Sex};

use crate::case::Case;
use crate::layout::Layout;
use crate::people::{Doctor, Patient, Structure};
use crate::rng::Rng;
use crate::truth::{FactTruth, PatientTruth};
use crate::words;

/// The people and days of one document.
#[derive(Clone)]
pub(crate) struct Cast {
    pub patient: Patient,
    pub author: Doctor,
    /// The family doctor, or whoever the document is addressed to.
    pub recipient: Doctor,
    pub recipient_structure: Structure,
    /// Another doctor who is named in passing: a trap.
    pub third: Doctor,
    pub structure: Structure,
    /// A relative who is named in passing: a trap.
    pub relative: String,
    pub date: PartialDate,
    pub act: PartialDate,
    pub entry: PartialDate,
    pub exit: PartialDate,
    /// Number of the stay, the file or the sample.
    pub number: String,
}

/// Weight of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Title,
    Heading,
    Bold,
    Body,
    Small,
    Bullet,
    Mono,
}

/// Where a line stands between the margins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
}

/// A line of text that wraps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub text: String,
    pub style: Style,
    pub align: Align,
}

/// What a page is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    Line(Line),
    /// Two columns side by side; the number is the width of the left one in hundredths.
    Columns(f32, Vec<Line>, Vec<Line>),
    /// A framed box; the number is where it starts, in hundredths of the width.
    Frame(f32, Vec<Line>),
    /// Rows of one table; the first is a heading row when the flag says so.
    Table(bool, Vec<Vec<String>>),
    Rule,
    Space,
    PageBreak,
}

/// A document ready to be put in a format.
pub(crate) struct Composed {
    pub layout: &'static Layout,
    pub case: &'static Case,
    pub cast: Cast,
    pub blocks: Vec<Block>,
    pub header: String,
    pub footer: String,
    pub facts: Vec<FactTruth>,
    /// Names of what the text states: patient fields, and `organization`, `recipient`, `act_date`,
    /// `author_first_name`.
    pub stated: BTreeSet<&'static str>,
    /// Records of the case, expanded: `labo` rows as name, value, unit, range, flag.
    pub records: BTreeMap<String, Vec<Vec<String>>>,
    /// A document number, for identifiers.
    pub serial: u64,
}

impl Composed {
    /// The text as a reader of the whole sheet would copy it: blocks one under the other, the left
    /// column before the right one, cells separated by tabs.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if !self.header.is_empty() {
            out.push_str(&self.header.replace("{page}", "1").replace("{pages}", "1"));
            out.push('\n');
        }
        for block in &self.blocks {
            match block {
                Block::Line(l) => push_line(&mut out, l),
                Block::Columns(_, a, b) => a.iter().chain(b).for_each(|l| push_line(&mut out, l)),
                Block::Frame(_, lines) => lines.iter().for_each(|l| push_line(&mut out, l)),
                Block::Table(_, rows) => {
                    for row in rows {
                        out.push_str(&row.join("\t"));
                        out.push('\n');
                    }
                }
                Block::Rule => out.push_str("----------------------------------------\n"),
                Block::Space => out.push('\n'),
                Block::PageBreak => out.push_str("\n\n"),
            }
        }
        if !self.footer.is_empty() {
            out.push_str(&self.footer.replace("{page}", "1").replace("{pages}", "1"));
            out.push('\n');
        }
        out
    }

    /// The patient as far as the document states them, `also` being what the carrier's header adds.
    pub fn patient_truth(&self, also: &[&'static str]) -> PatientTruth {
        let p = &self.cast.patient;
        let mut stated = self.stated.clone();
        stated.extend(also);
        stated.retain(|s| PATIENT_FIELDS.contains(s));
        let when = |field: &str, value: &str| stated.contains(field).then(|| value.to_owned());
        let used = p.used_name.as_deref().map(words::strict);
        PatientTruth {
            birth_name: words::strict(&p.birth_name),
            used_name: used.filter(|_| stated.contains("used_name")),
            first_name: words::strict(&p.first_name),
            birth_date: p.birth_date.to_string(),
            sex: p.sex,
            ins: when("ins", &p.ins),
            ins_oid: when("ins", relu_record::system::INS_NIR_TEST),
            birth_place: when("birth_place", &p.birth_place),
            ipp: when("ipp", &p.ipp),
            stated: stated.iter().map(|s| (*s).to_owned()).collect(),
        }
    }
}

fn push_line(out: &mut String, line: &Line) {
    if line.style == Style::Bullet {
        out.push_str("- ");
    }
    out.push_str(&line.text);
    out.push('\n');
}

/// Composes a document.
pub(crate) fn compose(
    layout: &'static Layout,
    case: &'static Case,
    cast: Cast,
    rng: &mut Rng,
) -> Composed {
    let mut w = Writer {
        layout,
        fields: BTreeMap::new(),
        facts: Vec::new(),
        stated: BTreeSet::new(),
        unknown: Vec::new(),
        specialty: case.specialty.clone(),
        cast,
        rng,
    };
    for (name, items) in case.fields() {
        let items = items.iter().map(|i| w.expand(i, None)).collect();
        w.fields.insert(name.to_owned(), items);
    }
    let mut records = BTreeMap::new();
    for name in ["rx", "labo"] {
        if let Some(rows) = w.fields.get_mut(name) {
            let cells: Vec<Vec<String>> = rows.iter().map(|r| record(name, r)).collect();
            *rows = cells.iter().map(|c| c.join("|")).collect();
            let plain = |c: &String| take_facts(c, &mut Vec::new());
            records.insert(
                name.to_owned(),
                cells.iter().map(|c| c.iter().map(plain).collect()).collect(),
            );
        }
    }
    // What the fields mention is stated only if the body uses them.
    w.stated.clear();
    w.facts.clear();
    let blocks = w.blocks(layout.body);
    let header = w.line(layout.header);
    let footer = w.line(layout.footer);
    let serial = w.rng.next() >> 1;
    debug_assert!(w.unknown.is_empty(), "{}: unknown {:?}", layout.name, w.unknown);
    Composed {
        layout,
        case,
        header,
        footer,
        facts: w.facts,
        stated: w.stated,
        cast: w.cast,
        blocks,
        records,
        serial,
    }
}

/// Columns of a record; the flag of a result is worked out from its range, and the words that are a
/// fact get their mark.
fn record(name: &str, row: &str) -> Vec<String> {
    let mut cells: Vec<String> = row.split('|').map(|c| c.trim().to_owned()).collect();
    if cells.len() < 2 {
        return cells;
    }
    if name == "labo" {
        cells.resize(4, String::new());
        let flag = flag(&cells[1], &cells[3]).to_owned();
        let value = format!("{} {}", cells[1], cells[2]);
        cells[0] = format!("[{}:result={}]", cells[0], value.trim());
        cells.push(flag);
    } else {
        cells.resize(3, String::new());
        cells[0] = format!("[{}:drug={}]", cells[0], cells[1]);
    }
    cells
}

/// `H`, `L` or nothing, from `10,2` and `12,0 - 16,0`, `< 5` or `> 60`.
fn flag(value: &str, range: &str) -> &'static str {
    let number = |s: &str| s.trim().replace(',', ".").replace(' ', "").parse::<f64>().ok();
    let Some(v) = number(value) else { return "" };
    if let Some(high) = range.strip_prefix('<') {
        return if number(high).is_some_and(|h| v >= h) { "H" } else { "" };
    }
    if let Some(low) = range.strip_prefix('>') {
        return if number(low).is_some_and(|l| v <= l) { "L" } else { "" };
    }
    let Some((low, high)) = range.split_once(" - ") else { return "" };
    match (number(low), number(high)) {
        (Some(l), _) if v < l => "L",
        (_, Some(h)) if v > h => "H",
        _ => "",
    }
}

struct Writer<'a> {
    layout: &'static Layout,
    fields: BTreeMap<String, Vec<String>>,
    facts: Vec<FactTruth>,
    stated: BTreeSet<&'static str>,
    unknown: Vec<String>,
    specialty: String,
    cast: Cast,
    rng: &'a mut Rng,
}

impl Writer<'_> {
    fn blocks(&mut self, body: &str) -> Vec<Block> {
        let mut out = Vec::new();
        let mut source = body.lines();
        while let Some(raw) = source.next() {
            let Some(line) = self.condition(raw) else {
                // The lines of a block that is left out go with it.
                if raw.contains("@cols") || raw.contains("@box") {
                    while source.next().is_some_and(|l| l.trim() != "@end") {}
                }
                continue;
            };
            if let Some(width) = line.strip_prefix("@cols") {
                let (mut left, mut right, mut second) = (Vec::new(), Vec::new(), false);
                for inner in source.by_ref() {
                    match inner.trim() {
                        "@end" => break,
                        "@@" => second = true,
                        _ if second => right.extend(self.lines(inner)),
                        _ => left.extend(self.lines(inner)),
                    }
                }
                out.push(Block::Columns(width.trim().parse().unwrap_or(50.0), left, right));
            } else if let Some(start) = line.strip_prefix("@box") {
                let mut lines = Vec::new();
                for inner in source.by_ref() {
                    if inner.trim() == "@end" {
                        break;
                    }
                    lines.extend(self.lines(inner));
                }
                out.push(Block::Frame(start.trim().parse().unwrap_or(0.0), lines));
            } else if let Some(spec) = line.strip_prefix("@table ") {
                out.extend(self.table(spec));
            } else if let Some(name) = line.strip_prefix("@mono ") {
                out.extend(self.mono(name.trim()));
            } else if line == "===" {
                out.push(Block::Rule);
            } else if line == "%%" {
                out.push(Block::PageBreak);
            } else if line.is_empty() {
                out.push(Block::Space);
            } else if line.starts_with('|') {
                let cells: Vec<String> =
                    line.trim_matches('|').split('|').map(|c| self.line(c.trim())).collect();
                match out.last_mut() {
                    Some(Block::Table(_, rows)) => rows.push(cells),
                    _ => out.push(Block::Table(false, vec![cells])),
                }
            } else {
                out.extend(self.lines(line).into_iter().map(Block::Line));
            }
        }
        out
    }

    /// The line without its condition, or `None` when the condition does not hold.
    fn condition<'l>(&self, raw: &'l str) -> Option<&'l str> {
        let Some(rest) = raw.strip_prefix('?') else { return Some(raw) };
        let (name, line) = rest.split_once(' ').unwrap_or((rest, ""));
        let (name, wanted) = name.strip_prefix('!').map_or((name, true), |n| (n, false));
        let holds = match name {
            "used" => self.cast.patient.used_name.is_some(),
            "f" => self.cast.patient.sex == Sex::F,
            "m" => self.cast.patient.sex == Sex::M,
            "service" => !self.cast.structure.service.is_empty(),
            field => self.fields.get(field).is_some_and(|v| !v.is_empty()),
        };
        (holds == wanted).then_some(line)
    }

    /// The lines one template line gives: none when its condition fails or its list is empty.
    fn lines(&mut self, raw: &str) -> Vec<Line> {
        let Some(line) = self.condition(raw) else { return Vec::new() };
        let (style, align, text) = marks(line);
        let texts = match repeated(text) {
            None => vec![self.line(text)],
            Some(list) => {
                let n = self.fields.get(&list).map_or(0, Vec::len);
                (0..n).map(|i| self.line_at(text, Some(i))).collect()
            }
        };
        texts.into_iter().map(|text| Line { text, style, align }).collect()
    }

    /// `@table labo Analyse | Résultat | Unité | Valeurs de référence`: columns in record order.
    fn table(&mut self, spec: &str) -> Option<Block> {
        let (name, heads) = spec.split_once(' ').unwrap_or((spec, ""));
        let rows = self.fields.get(name)?.clone();
        let heads: Vec<String> =
            heads.split('|').map(|h| h.trim().to_owned()).filter(|h| !h.is_empty()).collect();
        let mut out = Vec::new();
        if !heads.is_empty() {
            out.push(heads.iter().map(|h| self.finish(h)).collect());
        }
        for row in rows {
            let mut cells: Vec<String> = row.split('|').map(str::to_owned).collect();
            if let Some(group) = row.strip_prefix('#') {
                cells = vec![group.trim().to_owned()];
            }
            if !heads.is_empty() {
                cells.truncate(heads.len());
            }
            out.push(cells.iter().map(|c| self.finish(c)).collect());
        }
        Some(Block::Table(!heads.is_empty(), out))
    }

    /// Results in columns of spaces and dots, as laboratory systems print them.
    fn mono(&mut self, name: &str) -> Vec<Block> {
        let rows = self.fields.get(name).cloned().unwrap_or_default();
        let mut out = Vec::new();
        for row in rows {
            let text = if let Some(group) = row.strip_prefix('#') {
                format!("*** {} ***", group.trim().to_uppercase())
            } else {
                let c: Vec<String> = row.split('|').map(|c| self.finish(c)).collect();
                let cell = |i: usize| c.get(i).map_or("", String::as_str);
                let star = if cell(4).is_empty() { "" } else { " *" };
                let range =
                    if cell(3).is_empty() { String::new() } else { format!("({})", cell(3)) };
                let dots = ".".repeat(34usize.saturating_sub(cell(0).chars().count()));
                format!("{} {dots} {:>8} {:<10} {range}{star}", cell(0), cell(1), cell(2))
            };
            out.push(Block::Line(Line {
                text: text.trim_end().to_owned(),
                style: Style::Mono,
                align: Align::Left,
            }));
        }
        out
    }

    fn line(&mut self, template: &str) -> String {
        self.line_at(template, None)
    }

    fn line_at(&mut self, template: &str, item: Option<usize>) -> String {
        let text = self.expand(template, item);
        self.finish(&text)
    }

    /// Takes the facts out of their marks and applies the layout's habits of writing.
    fn finish(&mut self, marked: &str) -> String {
        let mut facts = Vec::new();
        let text = take_facts(marked, &mut facts);
        let habit = |s: &str| {
            let s = if self.layout.unaccented { words::unaccented(s) } else { s.to_owned() };
            if self.layout.upper { words::upper(&s) } else { s }
        };
        for f in &mut facts {
            f.text = habit(&f.text);
            f.value = f.value.as_deref().map(habit);
        }
        let text = habit(&text);
        for f in facts {
            if !self.facts.contains(&f) {
                self.facts.push(f);
            }
        }
        text
    }

    /// Replaces the placeholders of `template`; `item` is the index in a repeated line.
    fn expand(&mut self, template: &str, item: Option<usize>) -> String {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            let Some(end) = rest[at..].find('}') else { break };
            let name = &rest[at + 1..at + end];
            let value = self.value(name, item);
            out.push_str(&value);
            rest = &rest[at + end + 1..];
        }
        out.push_str(rest);
        out
    }

    fn value(&mut self, name: &str, item: Option<usize>) -> String {
        if let Some(choices) = name.strip_prefix("alt:") {
            let all: Vec<&str> = choices.split('~').collect();
            return self.rng.pick(&all).copied().unwrap_or_default().to_owned();
        }
        if let Some(range) = name.strip_prefix("n:") {
            let (a, b) = range.split_once('-').unwrap_or((range, range));
            let (a, b) = (a.parse().unwrap_or(0), b.parse().unwrap_or(0));
            return self.rng.between(a, b).to_string();
        }
        if let Some(range) = name.strip_prefix("d:") {
            let (a, b) = range.split_once('-').unwrap_or((range, range));
            let places = a.split_once('.').map_or(0, |(_, d)| d.len());
            let unit = 10f64.powi(places as i32);
            let scaled = |s: &str| (s.parse::<f64>().unwrap_or(0.0) * unit).round() as i64;
            let n = self.rng.between(scaled(a), scaled(b));
            return format!("{:.places$}", n as f64 / unit).replace('.', ",");
        }
        if let Some(pair) = name.strip_prefix("g:") {
            let (m, f) = pair.split_once('/').unwrap_or((pair, ""));
            return if self.cast.patient.sex == Sex::M { m } else { f }.to_owned();
        }
        if matches!(name, "page" | "pages") {
            return format!("{{{name}}}");
        }
        if let Some(v) = self.person(name) {
            return v;
        }
        if let Some(v) = self.field(name, item) {
            return v;
        }
        self.unknown.push(name.to_owned());
        String::new()
    }

    fn field(&mut self, name: &str, item: Option<usize>) -> Option<String> {
        let plain = name.trim_end_matches('*');
        let (list, column) = match plain.split_once('.') {
            Some((l, c)) => (l, c.parse::<usize>().ok()),
            None => (plain, None),
        };
        let items = match self.fields.get(&list.to_lowercase()) {
            Some(items) => items,
            // A field that this case does not have is simply not said.
            None => {
                return crate::compose::FIELDS
                    .contains(&list.to_lowercase().as_str())
                    .then(String::new);
            }
        };
        let text = match item {
            Some(i) if name.ends_with('*') => items.get(i).cloned().unwrap_or_default(),
            _ if items.iter().any(|i| i.ends_with('.')) => items.join(" "),
            _ => items.join(", "),
        };
        let text = match column {
            Some(c) => text.split('|').nth(c).unwrap_or_default().to_owned(),
            None => text,
        };
        Some(if list.starts_with(char::is_uppercase) { capitalised(&text) } else { text })
    }

    fn person(&mut self, name: &str) -> Option<String> {
        let c = &self.cast;
        let p = &c.patient;
        let female = p.sex == Sex::F;
        let date = |d: PartialDate, how: &str| match how {
            "" => Some(d.to_french()),
            "long" => Some(words::long(d)),
            "court" => Some(words::short(d)),
            "tiret" => Some(d.to_french().replace('/', "-")),
            "point" => Some(d.to_french().replace('/', ".")),
            "espace" => Some(d.to_french().replace('/', " ")),
            "iso" => Some(d.to_string()),
            _ => None,
        };
        let (base, how) = name.split_once('.').unwrap_or((name, ""));
        let state: &[&'static str] = match base {
            "nom" | "Nom" => &["birth_name"],
            "nomu" | "Nomu" if p.used_name.is_some() => &["used_name"],
            "nomu" | "Nomu" => &["birth_name"],
            "prenom" | "PRENOM" | "prenoms" | "PRENOMS" => &["first_name"],
            "ddn" => &["birth_date"],
            "sexe" | "sexel" | "civ" | "Civ" | "CIV" | "ne" | "Ne" => &["sex"],
            "ins" => &["ins"],
            "ipp" => &["ipp"],
            "cog" => &["birth_place"],
            "org" if matches!(how, "" | "NOM") => &["organization"],
            "mt" if !matches!(how, "adresse" | "cher") => &["recipient"],
            "acte" => &["act_date"],
            "med" if matches!(how, "" | "long" | "Long" | "prenom") => &["author_first_name"],
            _ => &[],
        };
        let value = match base {
            "nom" => words::upper(&p.birth_name),
            "Nom" => p.birth_name.clone(),
            "nomu" => words::upper(p.called()),
            "Nomu" => p.called().to_owned(),
            "prenom" => p.first_name.clone(),
            "PRENOM" => words::strict(&p.first_name),
            "prenoms" => p.first_names.join(" "),
            "PRENOMS" => words::strict(&p.first_names.join(" ")),
            "civ" => if female { "Mme" } else { "M." }.to_owned(),
            "CIV" => if female { "MME" } else { "M." }.to_owned(),
            "Civ" => if female { "Madame" } else { "Monsieur" }.to_owned(),
            "ne" => if female { "née" } else { "né" }.to_owned(),
            "Ne" => if female { "Née" } else { "Né" }.to_owned(),
            "e" => if female { "e" } else { "" }.to_owned(),
            "il" => if female { "elle" } else { "il" }.to_owned(),
            "Il" => if female { "Elle" } else { "Il" }.to_owned(),
            "sexe" => if female { "F" } else { "M" }.to_owned(),
            "sexel" => if female { "Féminin" } else { "Masculin" }.to_owned(),
            "age" => words::age(p.birth_date, c.date).to_string(),
            "ddn" => date(p.birth_date, how)?,
            "ins" if how == "espace" => spaced_ins(&p.ins),
            "ins" => p.ins.clone(),
            "oid" => relu_record::system::INS_NIR_TEST.to_owned(),
            "ipp" => p.ipp.clone(),
            "cog" => p.birth_place.clone(),
            "lieu" => p.birth_place_name.clone(),
            "adresse" => p.street.clone(),
            "cp" => p.zip.clone(),
            "ville" => p.town.clone(),
            "tel" => p.phone.clone(),
            "proche" => c.relative.clone(),
            "Proche" => capitalised(&c.relative),
            "num" => c.number.clone(),
            "date" => date(c.date, how)?,
            "acte" => date(c.act, how)?,
            "entree" => date(c.entry, how)?,
            "sortie" => date(c.exit, how)?,
            "duree" => (c.exit.days()? - c.entry.days()?).to_string(),
            "spe" => self.specialty.clone(),
            "med" => doctor(&c.author, how)?,
            "mt" => doctor(&c.recipient, how)?,
            "tiers" => doctor(&c.third, how)?,
            "org" => structure(&c.structure, how)?,
            "mtorg" => structure(&c.recipient_structure, how)?,
            _ => return None,
        };
        self.stated.extend(state);
        Some(value)
    }
}

/// What `stated` may say about the patient; the other names in it are about the document.
const PATIENT_FIELDS: &[&str] =
    &["birth_name", "used_name", "first_name", "birth_date", "sex", "ins", "ipp", "birth_place"];

/// Fields a case may have and a layout may ask for.
pub(crate) const FIELDS: &[&str] = &[
    "motif",
    "atcd",
    "chir",
    "allergies",
    "famille",
    "vie",
    "traitement",
    "histoire",
    "examen",
    "examens",
    "evolution",
    "conclusion",
    "conduite",
    "rx",
    "labo",
    "titre",
    "indication",
    "technique",
    "resultat",
    "question",
    "geste",
    "materiel",
    "macro",
    "micro",
    "code",
    "demande",
    "commentaire",
    "surveillance",
    "attente",
    "certificat",
    "triage",
    "constantes",
    "prelevement",
];

fn doctor(d: &Doctor, how: &str) -> Option<String> {
    let title = if d.title == "Pr" { "Professeur" } else { "Docteur" };
    Some(match how {
        "" => d.full(),
        "long" => format!("{title} {} {}", d.first_name, d.name.to_uppercase()),
        "Long" => format!("{title} {} {}", d.first_name, d.name),
        "NOM" => d.name.to_uppercase(),
        "nom" => d.name.clone(),
        "prenom" => d.first_name.clone(),
        "titre" => title.to_owned(),
        "initiale" => {
            let initials: String = d
                .first_name
                .split('-')
                .filter_map(|p| p.chars().next())
                .map(|c| format!("{c}."))
                .collect();
            format!("{} {initials} {}", d.title, d.name.to_uppercase())
        }
        "rpps" => d.rpps.clone(),
        "spe" => capitalised(&d.specialty),
        "cher" => {
            let dear = if d.female { "Chère" } else { "Cher" };
            let peer = if d.female { "Consœur" } else { "Confrère" };
            format!("{dear} {peer}")
        }
        "mail" => format!("{}.{}@medecins.mssante.example", slug(&d.first_name), slug(&d.name)),
        _ => return None,
    })
}

fn structure(s: &Structure, how: &str) -> Option<String> {
    Some(match how {
        "" => s.name.clone(),
        "NOM" => s.name.to_uppercase(),
        "service" => s.service.clone(),
        "finess" => s.finess.clone(),
        "adresse" => s.street.clone(),
        "cp" => s.zip.clone(),
        "ville" => s.town.clone(),
        "VILLE" => s.town.to_uppercase(),
        "tel" => s.phone.clone(),
        "fax" => s.fax.clone(),
        "mail" => format!("secretariat@{}.mssante.example", slug(&s.name)),
        _ => return None,
    })
}

/// Lower-case letters and hyphens, for addresses and file names.
pub(crate) fn slug(name: &str) -> String {
    let plain = words::unaccented(name).to_lowercase();
    let mut out = String::new();
    for c in plain.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

fn spaced_ins(ins: &str) -> String {
    let mut out = String::new();
    for (i, c) in ins.chars().enumerate() {
        if matches!(i, 1 | 3 | 5 | 7 | 10 | 13) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// First letter in upper case, marks left in place.
pub(crate) fn capitalised(text: &str) -> String {
    let at = usize::from(text.starts_with('['));
    let mut chars = text.get(at..).unwrap_or("").chars();
    match chars.next() {
        Some(c) => {
            let head: String = c.to_uppercase().collect();
            format!("{}{head}{}", &text[..at], chars.as_str())
        }
        None => text.to_owned(),
    }
}

/// Style and alignment signs at the start of a line.
fn marks(line: &str) -> (Style, Align, &str) {
    let mut align = Align::Left;
    let mut rest = line;
    if let Some(r) = rest.strip_prefix("> ") {
        (align, rest) = (Align::Right, r);
    } else if let Some(r) = rest.strip_prefix("^ ") {
        (align, rest) = (Align::Centre, r);
    }
    for (sign, style) in [
        ("## ", Style::Heading),
        ("# ", Style::Title),
        ("+ ", Style::Bold),
        ("! ", Style::Small),
        ("* ", Style::Bullet),
        ("~ ", Style::Mono),
    ] {
        if let Some(r) = rest.strip_prefix(sign) {
            return (style, align, r);
        }
    }
    (Style::Body, align, rest)
}

/// The list that a line repeats over: the first placeholder that ends with `*`.
fn repeated(text: &str) -> Option<String> {
    let end = text.find("*}")?;
    let start = text[..end].rfind('{')? + 1;
    let name = &text[start..end];
    Some(name.split('.').next().unwrap_or(name).to_lowercase())
}

/// The text without fact marks; the facts are added to `facts`.
fn take_facts(marked: &str, facts: &mut Vec<FactTruth>) -> String {
    let mut out = String::with_capacity(marked.len());
    let mut rest = marked;
    while let Some(at) = rest.find('[') {
        out.push_str(&rest[..at]);
        let Some(end) = rest[at..].find(']') else { break };
        let inner = &rest[at + 1..at + end];
        match inner.rsplit_once(':').filter(|_| !inner.contains('=')).or(inner.split_once(':')) {
            Some((text, label)) => {
                let (label, value) =
                    label.split_once('=').map_or((label, None), |(l, v)| (l, Some(v.to_owned())));
                let (label, negated) =
                    label.strip_suffix('-').map_or((label, false), |l| (l, true));
                out.push_str(text);
                facts.push(FactTruth {
                    label: label.to_owned(),
                    text: text.to_owned(),
                    negated,
                    value: value.filter(|v| !v.is_empty()),
                });
            }
            None => out.push_str(inner),
        }
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_leave_their_marks() {
        let mut facts = Vec::new();
        let text = take_facts("Pas de [fièvre:symptom-], [TA 120/80:quantity].", &mut facts);
        assert_eq!(text, "Pas de fièvre, TA 120/80.");
        assert!(facts[0].negated && facts[0].text == "fièvre");
        assert_eq!(facts[1].label, "quantity");
    }

    #[test]
    fn flags_follow_the_range() {
        for (value, range, want) in [
            ("10,2", "12,0 - 16,0", "L"),
            ("17", "12,0 - 16,0", "H"),
            ("13", "12,0 - 16,0", ""),
            ("7", "< 5", "H"),
            ("50", "> 60", "L"),
            ("Absence", "12 - 16", ""),
        ] {
            assert_eq!(flag(value, range), want, "{value} in {range}");
        }
    }
}
