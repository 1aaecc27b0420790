//! From a seed to documents: who, which case, which layout, which carrier.

use relu_record::{Format, PartialDate, Sex};

use crate::carrier::{cda, docx, fhir, hl7, hprim, mail, pdf, scan, text, xdm};
use crate::case::{self, Case};
use crate::compose::{Cast, Composed, compose};
use crate::layout::{self, KINDS, Layout};
use crate::people::{self, Doctor, Patient};
use crate::rng::Rng;
use crate::truth::{SynthDocument, Truth};
use crate::words;

/// Which layouts to draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layouts {
    /// Those that rules may be written with.
    Development,
    /// Those kept aside for measuring.
    HeldOut,
    /// Both.
    All,
}

impl Layouts {
    pub(crate) fn has(self, held_out: bool) -> bool {
        match self {
            Layouts::Development => !held_out,
            Layouts::HeldOut => held_out,
            Layouts::All => true,
        }
    }
}

/// A source of synthetic patients and documents.
pub struct Generator {
    seed: u64,
    made: u64,
}

const PATIENTS: u64 = 0x5041_5449_454e_5453;

impl Generator {
    /// The generator of that seed.
    pub fn new(seed: u64) -> Generator {
        Generator { seed, made: 0 }
    }

    /// The first `n` patients. Documents are mostly about them.
    pub fn patients(&self, n: usize) -> Vec<Patient> {
        (0..n as u64).map(|i| self.pooled(i)).collect()
    }

    /// `n` documents, made one at a time as they are asked for. Calling again goes on with others.
    pub fn documents(
        &mut self,
        n: usize,
        layouts: Layouts,
    ) -> impl Iterator<Item = SynthDocument> + '_ {
        let pool = 1 + n as u64 / 3;
        (0..n).filter_map(move |_| {
            self.made += 1;
            self.document(self.made, layouts, pool)
        })
    }

    /// `n` reports, each as it comes by four ways: `a` a PDF, `b` a CDA, `c` a PDF misread by
    /// recognition; and `d`, the next report of the same patient on the same template a month later.
    pub fn twins(&mut self, n: usize, layouts: Layouts) -> Vec<[SynthDocument; 4]> {
        let pool = 1 + n as u64 / 3;
        let mut out = Vec::with_capacity(n);
        for _ in 0..n * 20 {
            if out.len() == n {
                break;
            }
            self.made += 1;
            let mut rng = Rng::of(self.seed, self.made);
            let rng = &mut rng;
            let all: Vec<&'static Layout> =
                layout::all().iter().filter(|l| layouts.has(l.held_out)).collect();
            let Some(layout) = rng.pick(&all).copied() else { break };
            let Some(case) = pick_case(rng, layout) else { continue };
            let date = words::plus_days(reference_day(), rng.between(-1000, 200));
            let patient = self.suitable(rng, case, pool, date);
            let first = compose(layout, case, cast(rng, layout, case, patient.clone(), date), rng);
            let later = words::plus_days(date, 31);
            let next = compose(layout, case, cast(rng, layout, case, patient, later), rng);
            let name = |way: &str, e: &str| format!("twin-{:04}-{way}.{e}", self.made);
            let mut misread = carry(&first, Carrier::Pdf, name("c", "pdf"), 2, rng);
            misread.bytes = crate::stack::misread_pdf(&first, rng);
            out.push([
                carry(&first, Carrier::Pdf, name("a", "pdf"), 2, rng),
                carry(&first, Carrier::CdaN3, name("b", "xml"), 2, rng),
                misread,
                carry(&next, Carrier::Pdf, name("d", "pdf"), 2, rng),
            ]);
        }
        out
    }

    /// `n` documents of types that a practice seldom meets, each type as often as the others.
    pub fn rare(&mut self, n: usize) -> impl Iterator<Item = SynthDocument> + '_ {
        let pool = 1 + n as u64 / 3;
        (0..n).filter_map(move |_| {
            self.made += 1;
            let mut rng = Rng::of(self.seed, self.made);
            let (layout, sex) = layout::rare().get(self.made as usize % layout::rare().len())?;
            let child = matches!(layout.kind.name, "examenenfant" | "pai");
            let story = if child { "rare-enfant" } else { "rare" };
            let case = case::all().iter().find(|c| c.kinds.iter().any(|k| k == story))?;
            let date = words::plus_days(reference_day(), rng.between(-1000, 300));
            let patient = match sex {
                Some(_) => people::patient(&mut rng, Some(Sex::F), (19, 42), date),
                None => self.suitable(&mut rng, case, pool, date),
            };
            let cast = cast(&mut rng, layout, case, patient, date);
            let doc = compose(layout, case, cast, &mut rng);
            let carrier = Carrier::pick(&mut rng, layout);
            let name = format!("rare-{:05}.{}", self.made, carrier.extension());
            Some(carry(&doc, carrier, name, 2, &mut rng))
        })
    }

    /// `n` documents about one patient, at days spread over three years, in the formats of `carriers`
    /// that hold text, one after another: what a record holds of a person.
    pub fn about(&mut self, patient: &Patient, n: usize) -> Vec<SynthDocument> {
        const CARRIERS: [(&str, Carrier); 9] = [
            ("pdf", Carrier::Pdf),
            ("text", Carrier::Text),
            ("cda-n3", Carrier::CdaN3),
            ("oru", Carrier::Oru),
            ("docx", Carrier::Docx),
            ("cda-n1", Carrier::CdaN1),
            ("fhir", Carrier::Fhir),
            ("mdm", Carrier::MdmPdf),
            ("hprim", Carrier::Hprim(hprim::Charset::Latin1)),
        ];
        let mut out = Vec::with_capacity(n);
        // A case that does not suit the patient is passed over; the count bounds an odd patient.
        for _ in 0..n * 200 {
            if out.len() == n {
                break;
            }
            self.made += 1;
            let mut rng = Rng::of(self.seed, self.made);
            let Some((name, carrier)) = CARRIERS.get(out.len() % CARRIERS.len()) else { break };
            let Some(layout) = rng.pick(layout::all()) else { break };
            let suits = match *name {
                "oru" => layout.kind.name == "labo",
                "hprim" if !sent_as_text(layout) => false,
                name => layout.formats.is_empty() || layout.formats.contains(&name),
            };
            let Some(case) = pick_case(&mut rng, layout).filter(|_| suits) else { continue };
            let date = words::plus_days(reference_day(), rng.between(-1000, 0));
            let age = words::age(patient.birth_date, date);
            let fits = sex_of(case).is_none_or(|s| s == patient.sex)
                && (case.age[0]..=case.age[1]).contains(&age);
            if fits && patient.birth_date < date {
                let cast = cast(&mut rng, layout, case, patient.clone(), date);
                let doc = compose(layout, case, cast, &mut rng);
                let name = format!("doc-{:05}.{}", self.made, carrier.extension());
                out.push(carry(&doc, *carrier, name, 2, &mut rng));
            }
        }
        out
    }

    fn pooled(&self, index: u64) -> Patient {
        let mut rng = Rng::of(self.seed ^ PATIENTS, index);
        let age =
            *rng.pick(&[(1, 17), (18, 45), (40, 65), (60, 80), (70, 97)]).unwrap_or(&(18, 80));
        people::patient(&mut rng, None, age, reference_day())
    }

    fn document(&self, index: u64, layouts: Layouts, pool: u64) -> Option<SynthDocument> {
        let mut rng = Rng::of(self.seed, index);
        let rng = &mut rng;
        // The more frequent kinds come twice as often.
        let at = rng.below(KINDS.len() + 8);
        let kind = KINDS.get(at % KINDS.len())?;
        let fitting: Vec<&'static Layout> = layout::all()
            .iter()
            .filter(|l| layouts.has(l.held_out) && l.kind.name == kind.name)
            .collect();
        let layout = *rng.pick(&fitting)?;
        let case = pick_case(rng, layout)?;
        let date = words::plus_days(reference_day(), rng.between(-1000, 300));
        let patient = self.suitable(rng, case, pool, date);
        let cast = cast(rng, layout, case, patient, date);
        let doc = compose(layout, case, cast, rng);
        let carrier = Carrier::pick(rng, layout);
        let name = format!("doc-{index:05}.{}", carrier.extension());
        Some(carry(&doc, carrier, name, 2, rng))
    }

    /// A patient of the pool whose age and sex suit the case, else a new one.
    fn suitable(&self, rng: &mut Rng, case: &Case, pool: u64, date: PartialDate) -> Patient {
        for _ in 0..12 {
            let p = self.pooled(rng.next() % pool);
            let age = words::age(p.birth_date, date);
            let right_sex = sex_of(case).is_none_or(|s| s == p.sex);
            if right_sex && (case.age[0]..=case.age[1]).contains(&age) && p.birth_date < date {
                return p;
            }
        }
        people::patient(rng, sex_of(case), (case.age[0], case.age[1]), date)
    }
}

/// The day ages are counted from.
pub(crate) fn reference_day() -> PartialDate {
    PartialDate { year: 2026, month: Some(1), day: Some(15) }
}

/// Sex the case asks for.
pub(crate) fn sex_of(case: &Case) -> Option<Sex> {
    match case.sex.as_deref() {
        Some("F") => Some(Sex::F),
        Some("M") => Some(Sex::M),
        _ => None,
    }
}

/// A case that this layout can tell.
pub(crate) fn pick_case(rng: &mut Rng, layout: &Layout) -> Option<&'static Case> {
    let fitting: Vec<&'static Case> = case::all()
        .iter()
        .filter(|c| c.held_out == layout.held_out && c.kinds.iter().any(|k| k == layout.kind.name))
        .collect();
    rng.pick(&fitting).copied()
}

/// A case that this layout can tell about that patient.
pub(crate) fn fits(
    rng: &mut Rng,
    layout: &Layout,
    patient: &Patient,
    date: PartialDate,
) -> Option<&'static Case> {
    let age = words::age(patient.birth_date, date);
    let suits = |c: &Case| {
        c.held_out == layout.held_out
            && c.kinds.iter().any(|k| k == layout.kind.name)
            && sex_of(c).is_none_or(|s| s == patient.sex)
            && (c.age[0]..=c.age[1]).contains(&age)
    };
    let fitting: Vec<&'static Case> = case::all().iter().filter(|c| suits(c)).collect();
    rng.pick(&fitting).copied()
}

/// People and days around a patient.
pub(crate) fn cast(
    rng: &mut Rng,
    layout: &Layout,
    case: &Case,
    patient: Patient,
    date: PartialDate,
) -> Cast {
    let specialty =
        if layout.kind.specialty.is_empty() { &case.specialty } else { layout.kind.specialty };
    let author = people::doctor(rng, specialty);
    let recipient = Doctor { title: "Dr", ..people::doctor(rng, "médecine générale") };
    let structure = people::structure(rng, layout.kind.structures, &case.specialty);
    let relative = relative(rng, &patient);
    let stay = rng.between(2, 12);
    let act = words::plus_days(date, -rng.between(0, 3));
    Cast {
        author,
        recipient,
        recipient_structure: people::structure(rng, "cabinet", ""),
        third: people::doctor(rng, "cardiologie"),
        structure,
        relative,
        date,
        act,
        entry: words::plus_days(date, -stay),
        exit: date,
        number: format!("{}{:06}", date.year % 100, rng.between(1, 999_999)),
        patient,
    }
}

/// Somebody of the family, who must not be taken for the patient.
fn relative(rng: &mut Rng, patient: &Patient) -> String {
    let age = words::age(patient.birth_date, reference_day());
    let (link, sex, years) = match (age, patient.sex) {
        (0..=17, _) => ("sa mère, Mme", Sex::F, (28, 48)),
        (18..=59, Sex::M) => ("son épouse, Mme", Sex::F, (25, 60)),
        (18..=59, Sex::F) => ("son conjoint, M.", Sex::M, (25, 60)),
        (_, _) if rng.chance(50) => ("sa fille, Mme", Sex::F, (35, 60)),
        (_, _) => ("son fils, M.", Sex::M, (35, 60)),
    };
    let other = people::patient(rng, Some(sex), years, reference_day());
    format!("{link} {} {}", other.first_name, patient.called().to_uppercase())
}

/// How a document travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    Pdf,
    Docx,
    Text,
    Latin1,
    Scan(scan::Output),
    CdaN1,
    CdaN3,
    Hprim(hprim::Charset),
    Oru,
    MdmPdf,
    MdmCda,
    Fhir,
    MailPdf,
    MailXdm,
    Xdm,
}

/// Whether laboratories and services send that kind of document as HPRIM.
fn sent_as_text(layout: &Layout) -> bool {
    matches!(layout.kind.name, "labo" | "imagerie" | "anapath" | "consultation" | "urgences")
}

impl Carrier {
    /// A carrier that the layout may travel in; PDF most often, as in life.
    pub(crate) fn pick(rng: &mut Rng, layout: &Layout) -> Carrier {
        use hprim::Charset::{Cp850, Latin1, Utf8};
        let weighted: &[(u32, &str, Carrier)] = &[
            (34, "pdf", Carrier::Pdf),
            (8, "docx", Carrier::Docx),
            (6, "text", Carrier::Text),
            (4, "text", Carrier::Latin1),
            (2, "scan", Carrier::Scan(scan::Output::Png)),
            (2, "scan", Carrier::Scan(scan::Output::Jpeg)),
            (1, "scan", Carrier::Scan(scan::Output::Tiff)),
            (2, "scan", Carrier::Scan(scan::Output::Fax)),
            (3, "scan", Carrier::Scan(scan::Output::Pdf)),
            (6, "cda-n1", Carrier::CdaN1),
            (6, "cda-n3", Carrier::CdaN3),
            (5, "hprim", Carrier::Hprim(Latin1)),
            (2, "hprim", Carrier::Hprim(Cp850)),
            (1, "hprim", Carrier::Hprim(Utf8)),
            (8, "oru", Carrier::Oru),
            (3, "mdm", Carrier::MdmPdf),
            (3, "mdm", Carrier::MdmCda),
            (4, "fhir", Carrier::Fhir),
            (5, "mail", Carrier::MailPdf),
            (4, "mail", Carrier::MailXdm),
            (3, "xdm", Carrier::Xdm),
        ];
        let may = |name: &str| match name {
            "oru" => layout.kind.name == "labo",
            "hprim" if !sent_as_text(layout) => false,
            _ => layout.formats.is_empty() || layout.formats.contains(&name),
        };
        let fitting: Vec<_> = weighted.iter().filter(|(_, name, _)| may(name)).collect();
        let total: u32 = fitting.iter().map(|(w, ..)| w).sum();
        let mut at = rng.below(total as usize) as u32;
        for (weight, _, carrier) in fitting {
            if at < *weight {
                return *carrier;
            }
            at -= weight;
        }
        Carrier::Pdf
    }

    /// Extension of the file.
    pub fn extension(self) -> &'static str {
        match self {
            Carrier::Pdf => "pdf",
            Carrier::Docx => "docx",
            Carrier::Text | Carrier::Latin1 => "txt",
            Carrier::Scan(o) => o.extension(),
            Carrier::CdaN1 | Carrier::CdaN3 => "xml",
            Carrier::Hprim(_) => "hpr",
            Carrier::Oru | Carrier::MdmPdf | Carrier::MdmCda => "hl7",
            Carrier::Fhir => "json",
            Carrier::MailPdf | Carrier::MailXdm => "eml",
            Carrier::Xdm => "zip",
        }
    }

    fn format(self) -> Format {
        match self {
            Carrier::Pdf | Carrier::Scan(scan::Output::Pdf) => Format::Pdf,
            Carrier::Docx => Format::Docx,
            Carrier::Text | Carrier::Latin1 => Format::Text,
            Carrier::Scan(_) => Format::Image,
            Carrier::CdaN1 => Format::CdaN1,
            Carrier::CdaN3 => Format::CdaN3,
            Carrier::Hprim(_) => Format::Hprim,
            Carrier::Oru | Carrier::MdmPdf | Carrier::MdmCda => Format::Hl7v2,
            Carrier::Fhir => Format::Fhir,
            Carrier::MailPdf | Carrier::MailXdm => Format::Mail,
            Carrier::Xdm => Format::Xdm,
        }
    }

    /// Whether the carrier itself names author, structure and addressee.
    fn names_people(self) -> bool {
        !matches!(
            self,
            Carrier::Pdf
                | Carrier::Docx
                | Carrier::Text
                | Carrier::Latin1
                | Carrier::Scan(_)
                | Carrier::Hprim(_)
        )
    }

    /// Patient fields that the carrier's own header states.
    fn header_states(self) -> &'static [&'static str] {
        match self {
            Carrier::CdaN1
            | Carrier::CdaN3
            | Carrier::Oru
            | Carrier::MdmPdf
            | Carrier::MdmCda
            | Carrier::Fhir
            | Carrier::MailXdm
            | Carrier::Xdm => &[
                "birth_name",
                "used_name",
                "first_name",
                "birth_date",
                "sex",
                "birth_place",
                "ins",
                "ipp",
            ],
            Carrier::Hprim(_) | Carrier::MailPdf => &["first_name", "birth_date"],
            _ => &[],
        }
    }
}

/// The document in its carrier, with its truth; a scan has at most `max_pages` pages.
pub(crate) fn carry(
    doc: &Composed,
    carrier: Carrier,
    name: String,
    max_pages: usize,
    rng: &mut Rng,
) -> SynthDocument {
    let bytes = match carrier {
        Carrier::Pdf => pdf::write(doc),
        Carrier::Docx => docx::write(doc),
        Carrier::Text => text::utf8(doc),
        Carrier::Latin1 => text::latin1(doc),
        Carrier::Scan(output) => scan::write(doc, output, max_pages, rng),
        Carrier::CdaN1 => cda::level1(doc, &pdf::write(doc)),
        Carrier::CdaN3 => cda::level3(doc),
        Carrier::Hprim(charset) => hprim::write(doc, charset),
        Carrier::Oru => hl7::oru(doc),
        Carrier::MdmPdf => hl7::mdm(doc, &hl7::Payload::Pdf(&pdf::write(doc))),
        Carrier::MdmCda => hl7::mdm(doc, &hl7::Payload::Cda(&cda::level1(doc, &pdf::write(doc)))),
        Carrier::Fhir => fhir::write(doc),
        Carrier::MailPdf => {
            let file = pdf::write(doc);
            let name = format!("{}.pdf", crate::compose::slug(doc.layout.kind.name));
            mail::write(
                doc,
                &[mail::Attachment { name, media_type: "application/pdf", bytes: &file }],
                false,
            )
        }
        Carrier::MailXdm => {
            let copy = pdf::write(doc);
            let archive = xdm::write(doc, &cda::level1(doc, &copy), 1);
            let attachments = [
                mail::Attachment {
                    name: "IHE_XDM.zip".to_owned(),
                    media_type: "application/zip",
                    bytes: &archive,
                },
                mail::Attachment {
                    name: "document.pdf".to_owned(),
                    media_type: "application/pdf",
                    bytes: &copy,
                },
            ];
            mail::write(doc, &attachments, true)
        }
        Carrier::Xdm => xdm::write(doc, &cda::level3(doc), 3),
    };
    let truth = truth(doc, carrier);
    SynthDocument { name, bytes, truth }
}

fn truth(doc: &Composed, carrier: Carrier) -> Truth {
    let c = &doc.cast;
    let mut tags: Vec<String> = doc.layout.tags.iter().map(|t| (*t).to_owned()).collect();
    tags.push(format!("case:{}", doc.case.id));
    if let Carrier::Scan(output) = carrier {
        tags.push("scan".to_owned());
        if output == scan::Output::Fax {
            tags.push("fax".to_owned());
        }
    }
    if c.patient.used_name.is_some() {
        tags.push("used-name".to_owned());
    }
    let patient = doc.patient_truth(carrier.header_states());
    let mut checks = Vec::new();
    if patient.stated.iter().all(|s| !s.ends_with("name")) {
        checks.push("no-patient".to_owned());
    }
    let facts = match carrier {
        // An ORU holds the results alone.
        Carrier::Oru => doc.facts.iter().filter(|f| f.label == "result").cloned().collect(),
        _ => doc.facts.clone(),
    };
    // What the text leaves out may stand in the carrier's own header.
    let says = |what: &str| doc.stated.contains(what) || carrier.names_people();
    let author = match says("author_first_name") {
        true => format!("{} {}", c.author.first_name, c.author.name),
        false => c.author.name.clone(),
    };
    Truth {
        format: carrier.format(),
        layout: doc.layout.name.to_owned(),
        held_out: doc.layout.held_out,
        scan: matches!(carrier, Carrier::Scan(_)),
        patient: Some(patient),
        type_code: doc.layout.kind.code.to_owned(),
        type_system: doc.layout.kind.system.to_owned(),
        date: c.date.to_string(),
        act_date: (c.act != c.date && doc.stated.contains("act_date")).then(|| c.act.to_string()),
        author,
        organization: if says("organization") { c.structure.name.clone() } else { String::new() },
        recipient: says("recipient")
            .then(|| format!("{} {}", c.recipient.first_name, c.recipient.name)),
        facts,
        tags,
        expected_status: "proposed".to_owned(),
        expected_checks: checks,
    }
}
