//! A Monday morning of a practice after a week-end: results in HPRIM, letters in CDA and XDM, faxes,
//! a scan of several letters, who its known patients are, and two of them who bear one name and were
//! born in one month.

use relu_record::{PartialDate, PatientIdentity, Sex};

use crate::carrier::hprim::Charset;
use crate::carrier::scan::Output;
use crate::compose::compose;
use crate::generate::{self, Carrier, Layouts};
use crate::layout::{self, Layout};
use crate::people::{self, Patient};
use crate::rng::Rng;
use crate::stack::{self, Stack, StackForm};
use crate::truth::SynthDocument;
use crate::words;

const MONDAY: u64 = 0x4d4f_4e44;
/// Patients of the practice beside the two namesakes.
const KNOWN: u64 = 60;

/// What waits, and whom the practice knows.
pub struct Monday {
    /// Known patients; the two namesakes first.
    pub known: Vec<PatientIdentity>,
    /// Results in HPRIM.
    pub hprim: Vec<SynthDocument>,
    /// CDA documents and XDM archives.
    pub structured: Vec<SynthDocument>,
    /// Faxes, one page each.
    pub faxes: Vec<SynthDocument>,
    /// Letters put through the scanner in one go: a PDF of pictures.
    pub scan: Stack,
    /// A letter about one of the namesakes, without birth date.
    pub undated: Vec<u8>,
}

/// A Monday with that many of each, and that many letters in the scan.
pub fn monday(seed: u64, hprim: usize, structured: usize, faxes: usize, letters: usize) -> Monday {
    let mut everyone = vec![namesake(seed, 12), namesake(seed, 21)];
    everyone.extend((0..KNOWN).map(|i| {
        let mut rng = Rng::of(seed ^ MONDAY, 10 + i);
        people::patient(&mut rng, None, (20, 90), morning())
    }));
    let charsets = [Charset::Latin1, Charset::Cp850];
    let carriers = [Carrier::CdaN1, Carrier::CdaN3, Carrier::Xdm];
    let many = |stream: u64, n: usize, carrier: &dyn Fn(usize) -> Carrier, kinds: &[&str]| {
        (0..n)
            .filter_map(|i| {
                let mut rng = Rng::of(seed ^ MONDAY, stream + i as u64);
                one(&mut rng, &everyone, carrier(i), kinds, i)
            })
            .collect()
    };
    Monday {
        hprim: many(1_000, hprim, &|i| Carrier::Hprim(charsets[i % 2]), &["labo", "anapath"]),
        structured: many(
            2_000,
            structured,
            &|i| carriers[i % 3],
            &["consultation", "imagerie", "liaison", "sejour", "urgences"],
        ),
        faxes: many(3_000, faxes, &|_| Carrier::Scan(Output::Fax), &["consultation", "imagerie"]),
        scan: scan(seed, &everyone, letters),
        undated: undated(),
        known: everyone.iter().map(Patient::identity).collect(),
    }
}

fn morning() -> PartialDate {
    PartialDate { year: 2026, month: Some(3), day: Some(16) }
}

/// Jeanne MARTIN, born that day of March 1950.
fn namesake(seed: u64, day: u8) -> Patient {
    let mut rng = Rng::of(seed ^ MONDAY, u64::from(day));
    let born = PartialDate { year: 1950, month: Some(3), day: Some(day) };
    let like = people::patient(&mut rng, Some(Sex::F), (76, 76), morning());
    Patient {
        birth_name: "Martin".to_owned(),
        used_name: None,
        first_name: "Jeanne".to_owned(),
        first_names: vec!["Jeanne".to_owned()],
        birth_date: born,
        ..like
    }
}

/// A document about somebody of the practice, in that carrier, in a layout that suits both.
fn one(
    rng: &mut Rng,
    everyone: &[Patient],
    carrier: Carrier,
    kinds: &[&str],
    n: usize,
) -> Option<SynthDocument> {
    let fitting: Vec<&'static Layout> = layout::all()
        .iter()
        .filter(|l| Layouts::Development.has(l.held_out) && kinds.contains(&l.kind.name))
        .collect();
    // Most draws suit; the bound is for lists without a case for anybody.
    for _ in 0..1_000 {
        let (layout, patient) = (*rng.pick(&fitting)?, rng.pick(everyone)?);
        let date = words::plus_days(morning(), -rng.between(0, 6));
        let Some(case) = generate::fits(rng, layout, patient, date) else { continue };
        let cast = generate::cast(rng, layout, case, patient.clone(), date);
        let doc = compose(layout, case, cast, rng);
        let name = format!("{}_{n:03}.{}", layout.kind.name, carrier.extension());
        return Some(generate::carry(&doc, carrier, name, 1, rng));
    }
    None
}

/// The scan: letters about people of the practice, as the post brings them.
fn scan(seed: u64, everyone: &[Patient], letters: usize) -> Stack {
    let mut rng = Rng::of(seed ^ MONDAY, 4_000);
    let somebody =
        |rng: &mut Rng| rng.pick(everyone).cloned().unwrap_or_else(|| namesake(seed, 12));
    let form = StackForm::ScannedPdf;
    stack::about(&mut rng, somebody, morning(), letters, Layouts::Development, form, "numerisation")
}

fn undated() -> Vec<u8> {
    "Dr Solange VERDIER\nOphtalmologue\n12 place du Marché\n35000 RENNES\n\nLe 13/03/2026\n\n\
     Objet : compte rendu de consultation\n\nConcerne : Madame Jeanne MARTIN\n\n\
     Cher confrère,\n\nJ'ai vu votre patiente pour le contrôle annuel de sa cataracte débutante. \
     L'acuité visuelle est stable, le fond d'œil est normal, la tension oculaire est à 15 mmHg.\n\n\
     Conclusion : pas d'indication opératoire. Contrôle dans un an.\n\nDr Solange VERDIER\n"
        .as_bytes()
        .to_vec()
}
