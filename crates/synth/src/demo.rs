//! A morning of a group practice: three doctors, some fourteen known patients, what arrives between
//! seven and nine.
//!
//! The plan is a table: who, which layout, how it travels. Two patients bear the same name; several
//! receive more than one document; three are not known to the practice; three papers are scans of
//! one page, since character recognition takes seconds; a few files are bad.

use relu_record::{PartialDate, PatientIdentity, Sex};

use crate::bad::bad_inputs;
use crate::carrier::hprim::Charset;
use crate::carrier::scan::Output;
use crate::case::{self, Case};
use crate::compose::compose;
use crate::generate::{self, Carrier};
use crate::layout::{self, Layout};
use crate::people::{self, Doctor, Patient, Structure};
use crate::rng::Rng;
use crate::truth::SynthDocument;
use crate::words;

/// Patients of the practice: sex and age. The second is made the namesake of the first.
const KNOWN: [(Sex, u16); 14] = [
    (Sex::F, 72),
    (Sex::F, 66),
    (Sex::M, 78),
    (Sex::M, 63),
    (Sex::F, 81),
    (Sex::F, 34),
    (Sex::M, 41),
    (Sex::F, 58),
    (Sex::M, 7),
    (Sex::F, 4),
    (Sex::M, 55),
    (Sex::F, 67),
    (Sex::M, 84),
    (Sex::F, 29),
];

/// Patients who are not in the practice's base.
const UNKNOWN: [(Sex, u16); 3] = [(Sex::M, 69), (Sex::F, 46), (Sex::F, 75)];

/// Number of the patient, layout, carrier. From 14 on the patient is not known.
const PLAN: &[(usize, &str, Carrier)] = &[
    (0, "development/labo_1", Carrier::Hprim(Charset::Latin1)),
    (0, "development/consultation_1", Carrier::Pdf),
    (1, "development/labo_3", Carrier::Pdf),
    (1, "development/imagerie_1", Carrier::Pdf),
    (2, "development/liaison_1", Carrier::MailXdm),
    (2, "development/sejour_1", Carrier::Pdf),
    (2, "development/labo_2", Carrier::Oru),
    (3, "development/consultation_3", Carrier::CdaN3),
    (3, "development/operatoire_1", Carrier::Pdf),
    (3, "development/kine_1", Carrier::Scan(Output::Pdf)),
    (4, "development/consultation_2", Carrier::MailPdf),
    (4, "development/labo_4", Carrier::Oru),
    (4, "development/liaison_3", Carrier::Pdf),
    (5, "development/urgences_1", Carrier::Pdf),
    (5, "development/labo_1", Carrier::Fhir),
    (6, "development/imagerie_2", Carrier::Docx),
    (6, "development/urgences_2", Carrier::Text),
    (6, "development/kine_2", Carrier::Pdf),
    (7, "development/imagerie_3", Carrier::MdmCda),
    (7, "development/anapath_1", Carrier::Pdf),
    (7, "development/labo_3", Carrier::Hprim(Charset::Cp850)),
    (8, "development/consultation_4", Carrier::Pdf),
    (8, "development/certificat_1", Carrier::Docx),
    (9, "development/urgences_1", Carrier::CdaN1),
    (10, "development/anapath_2", Carrier::Hprim(Charset::Latin1)),
    (10, "development/demande_imagerie_1", Carrier::Pdf),
    (10, "development/bio_1", Carrier::Scan(Output::Fax)),
    (11, "development/sejour_3", Carrier::Docx),
    (11, "development/ordonnance_2", Carrier::Pdf),
    (12, "development/liaison_2", Carrier::CdaN1),
    (12, "development/adressage_2", Carrier::Pdf),
    (12, "development/consultation_1", Carrier::Fhir),
    (13, "development/imagerie_4", Carrier::Latin1),
    (13, "development/ordonnance_1", Carrier::Scan(Output::Jpeg)),
    (14, "development/adressage_1", Carrier::MailPdf),
    (15, "development/labo_1", Carrier::MdmPdf),
    (16, "development/consultation_3", Carrier::Xdm),
];

/// What the practice filed the day before: known patients, layouts that read without doubt.
const YESTERDAY: &[(usize, &str, Carrier)] = &[
    (0, "development/labo_1", Carrier::Hprim(Charset::Latin1)),
    (2, "development/labo_4", Carrier::Oru),
    (4, "development/labo_1", Carrier::Fhir),
    (12, "development/labo_2", Carrier::Oru),
    (7, "development/imagerie_3", Carrier::Pdf),
    (1, "development/imagerie_1", Carrier::Pdf),
    (3, "development/consultation_3", Carrier::CdaN3),
    (2, "development/liaison_2", Carrier::CdaN3),
    (11, "development/sejour_3", Carrier::Docx),
];

/// Bad inputs that the morning brings too.
const BAD: [&str; 6] = [
    "protege.pdf",
    "tronque.pdf",
    "deux-courriers.pdf",
    "note-reseau.pdf",
    "courrier-douteux.pdf",
    "courrier.txt",
];

const DEMO: u64 = 0x4445_4d4f;

/// About forty documents of one morning.
pub fn demo(seed: u64) -> Vec<SynthDocument> {
    let mut out = planned(seed, PLAN, 0);
    let bad = bad_inputs().into_iter().filter(|d| BAD.contains(&d.name.as_str()));
    // Bad files do not come last in life: every sixth place.
    for (i, one) in bad.enumerate() {
        out.insert((6 * (i + 1)).min(out.len()), one);
    }
    out
}

/// What came the day before that morning.
pub fn demo_yesterday(seed: u64) -> Vec<SynthDocument> {
    planned(seed, YESTERDAY, PLAN.len())
}

/// The documents of a plan; `first` is the number of its first among all that are planned.
fn planned(seed: u64, plan: &[(usize, &str, Carrier)], first: usize) -> Vec<SynthDocument> {
    let everyone = everyone(seed);
    let (doctors, practice) = practice(seed);
    (first..)
        .zip(plan)
        .filter_map(|(i, (who, layout, carrier))| {
            let layout = layout::all().iter().find(|l| l.name == *layout)?;
            let mut rng = Rng::of(seed ^ DEMO, 1000 + i as u64);
            let date = words::plus_days(morning(), -rng.between(0, 6));
            let (patient, case) = fitting(&mut rng, layout, &everyone, *who, date)?;
            let mut cast = generate::cast(&mut rng, layout, case, patient, date);
            let doctor = doctors.get(who % doctors.len())?.clone();
            // What the practice itself writes is signed by one of its doctors.
            if layout.kind.structures == "cabinet" {
                cast.author = doctor;
                cast.structure = practice.clone();
            } else {
                cast.recipient = doctor;
                cast.recipient_structure = practice.clone();
            }
            let doc = compose(layout, case, cast, &mut rng);
            let name = file_name(i, layout, *carrier, &doc.cast.number);
            Some(generate::carry(&doc, *carrier, name, 1, &mut rng))
        })
        .collect()
}

/// The patients whom the practice of [`demo`] already knows.
pub fn demo_patients(seed: u64) -> Vec<PatientIdentity> {
    everyone(seed).iter().take(KNOWN.len()).map(Patient::identity).collect()
}

pub(crate) fn morning() -> PartialDate {
    PartialDate { year: 2026, month: Some(3), day: Some(17) }
}

fn everyone(seed: u64) -> Vec<Patient> {
    let mut all: Vec<Patient> = KNOWN
        .iter()
        .chain(&UNKNOWN)
        .enumerate()
        .map(|(i, (sex, age))| {
            let mut rng = Rng::of(seed ^ DEMO, i as u64);
            people::patient(&mut rng, Some(*sex), (*age, *age), morning())
        })
        .collect();
    if let [first, second, ..] = all.as_mut_slice() {
        second.birth_name = first.birth_name.clone();
        second.used_name = first.used_name.clone();
        second.first_name = first.first_name.clone();
        second.first_names = first.first_names.clone();
    }
    all
}

fn practice(seed: u64) -> (Vec<Doctor>, Structure) {
    let mut rng = Rng::of(seed ^ DEMO, 500);
    let doctors = (0..3)
        .map(|_| Doctor { title: "Dr", ..people::doctor(&mut rng, "médecine générale") })
        .collect();
    let practice = Structure {
        name: "Cabinet médical des Tilleuls".to_owned(),
        ..people::structure(&mut rng, "cabinet", "")
    };
    (doctors, practice)
}

/// The patient of the plan with a case for their age; another known patient when no case suits.
fn fitting(
    rng: &mut Rng,
    layout: &Layout,
    everyone: &[Patient],
    who: usize,
    date: PartialDate,
) -> Option<(Patient, &'static Case)> {
    let order = (0..everyone.len()).map(|k| (who + k) % everyone.len());
    for patient in order.filter_map(|k| everyone.get(k)) {
        let age = words::age(patient.birth_date, date);
        let cases: Vec<&'static Case> = case::all()
            .iter()
            .filter(|c| {
                !c.held_out
                    && c.kinds.iter().any(|k| k == layout.kind.name)
                    && (c.age[0]..=c.age[1]).contains(&age)
                    && generate::sex_of(c).is_none_or(|s| s == patient.sex)
            })
            .collect();
        if let Some(case) = rng.pick(&cases) {
            return Some((patient.clone(), case));
        }
    }
    None
}

/// Names as senders give them: some speak, some do not.
fn file_name(i: usize, layout: &Layout, carrier: Carrier, number: &str) -> String {
    let extension = carrier.extension();
    match carrier {
        Carrier::Scan(_) => format!("SCAN_20260317_{:04}.{extension}", 800 + i),
        Carrier::Hprim(_) => format!("{number}.{extension}"),
        Carrier::MailPdf | Carrier::MailXdm => format!("message-{:03}.{extension}", i + 1),
        Carrier::Xdm => "IHE_XDM.zip".to_owned(),
        Carrier::Oru | Carrier::MdmCda | Carrier::MdmPdf => format!("HL7_{number}.{extension}"),
        _ => format!("{}_{number}.{extension}", layout.kind.name),
    }
}
