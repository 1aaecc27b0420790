//! A letter with the label of its patient stuck on it: the INS datamatrix, printed small, on a scan
//! whose words do not say the matricule.

use relu_record::{PatientIdentity, datamatrix};

use crate::carrier::{pdf, scan};
use crate::compose::compose;
use crate::generate::{Layouts, cast, fits, reference_day};
use crate::layout;
use crate::paper::{self, HEIGHT, WIDTH};
use crate::people;
use crate::rng::Rng;
use crate::words;

/// Side of the printed code, in points: 20 mm.
const SIDE: f32 = 57.0;

/// A labelled letter.
pub struct Labelled {
    /// As it was scanned: a PDF of pictures.
    pub scanned: Vec<u8>,
    /// Before it was printed: a PDF with its text and the code drawn.
    pub printed: Vec<u8>,
    /// Whose label it is.
    pub patient: PatientIdentity,
    /// Left, top and side of the code as printed, in points.
    pub place: [f32; 3],
}

/// A letter of one sheet with a label; none when no layout leaves room.
pub fn labelled(seed: u64) -> Option<Labelled> {
    let mut letter = letter(seed)?;
    Some(Labelled {
        printed: pdf::from_sheets(&letter.sheets, letter.title),
        scanned: scan::of_sheets(&letter.sheets, scan::Output::Pdf, &mut letter.rng),
        patient: letter.patient,
        place: letter.place,
    })
}

/// The same letter as a fax: one bit a pixel.
pub fn labelled_fax(seed: u64) -> Option<Vec<u8>> {
    let mut letter = letter(seed)?;
    Some(scan::of_sheets(&letter.sheets, scan::Output::Fax, &mut letter.rng))
}

/// A letter before it is printed.
struct Letter {
    sheets: Vec<paper::Sheet>,
    title: &'static str,
    patient: PatientIdentity,
    place: [f32; 3],
    rng: Rng,
}

fn letter(seed: u64) -> Option<Letter> {
    let mut own = Rng::of(seed, 0x004c_4142_454c);
    let rng = &mut own;
    for _ in 0..400 {
        let fitting: Vec<_> =
            layout::all().iter().filter(|l| Layouts::Development.has(l.held_out)).collect();
        let layout = rng.pick(&fitting).copied()?;
        let patient = people::patient(rng, None, (20, 90), reference_day());
        let date = words::plus_days(reference_day(), rng.between(-40, 0));
        let Some(case) = fits(rng, layout, &patient, date) else { continue };
        let who = cast(rng, layout, case, patient.clone(), date);
        let mut sheets = paper::sheets(&compose(layout, case, who, rng));
        let Some(code) = datamatrix::write(&patient.identity()) else { continue };
        let [sheet] = sheets.as_mut_slice() else { continue };
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let body = patient.ins.get(..13).unwrap_or_default();
        if sheet.runs.iter().any(|r| digits(&r.text).contains(body)) {
            continue;
        }
        let spots = [WIDTH - 30.0 - SIDE, 30.0, WIDTH / 2.0 - SIDE / 2.0];
        let rows = [18.0, 90.0, HEIGHT - 130.0, HEIGHT / 2.0, HEIGHT - 220.0];
        let all = rows.into_iter().flat_map(|y| spots.map(|x| (x, y)));
        // Paper around the code, as a label leaves.
        let free = |(x, y): &(f32, f32)| sheet.is_free(x - 14.0, y - 14.0, SIDE + 28.0);
        let Some((x, y)) = all.into_iter().find(free) else { continue };
        sheet.print_code(&code, x, y, SIDE);
        let (title, patient) = (layout.kind.label, patient.identity());
        return Some(Letter { sheets, title, patient, place: [x, y, SIDE], rng: own });
    }
    None
}
