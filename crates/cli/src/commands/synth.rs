//! `relu synth`: synthetic documents with the truth beside them, to try and to measure.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use relu_synth::{Generator, Layouts, Population, SynthDocument};
use serde::{Deserialize, Serialize};

use super::read::write_line;
use crate::output::{Done, Failure, Progress};

/// Write synthetic documents (no real person) and truth.jsonl
#[derive(Args)]
pub(crate) struct Synth {
    /// Folder
    #[arg(long)]
    out: PathBuf,
    /// Same seed, same documents
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Which layouts: those rules may be written on, those kept aside, the files of the demo, or
    /// files made to be refused
    #[arg(long, value_enum, default_value_t = Which::All)]
    layouts: Which,
    /// Documents about a base of that many patients, chosen to be mistaken for one another, and
    /// about some it does not hold; the base is written to patients.jsonl
    #[arg(long, value_name = "PATIENTS")]
    population: Option<usize>,
    /// Stacks of that many letters in one file, as a scanner gives them; where each letter begins is
    /// written to stacks.jsonl
    #[arg(long, value_name = "LETTERS", conflicts_with = "population")]
    stacks: Option<usize>,
    /// stacks: how they travel
    #[arg(long, value_enum, default_value_t = Form::Misread)]
    form: Form,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Form {
    /// A PDF of pictures
    Scan,
    /// A TIFF of several pages, as a fax gives
    Fax,
    /// A PDF whose text is misread here and there; needs no recognition
    Misread,
}

/// One line of `stacks.jsonl`.
#[derive(Serialize, Deserialize)]
pub(crate) struct StackLine {
    /// File name in the same folder.
    pub(crate) file: String,
    /// Where its letters are.
    #[serde(flatten)]
    pub(crate) truth: relu_synth::StackTruth,
}

/// One line of `patients.jsonl`: what a base holds.
#[derive(Serialize, Deserialize)]
pub(crate) struct KnownLine {
    /// Number in the base.
    pub(crate) id: String,
    /// Why they may be taken for another.
    pub(crate) group: String,
    /// Who they are.
    pub(crate) identity: relu_record::PatientIdentity,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Which {
    Development,
    HeldOut,
    All,
    Demo,
    Bad,
    /// Types that a practice seldom meets, kept aside
    Rare,
}

/// One line of `truth.jsonl`.
#[derive(Serialize, Deserialize)]
pub(crate) struct TruthLine {
    /// File name in the same folder.
    pub(crate) file: String,
    /// With a population: number of the patient in the base, absent when the base has not got them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) person: Option<String>,
    /// With a population: why the patient may be taken for another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) group: Option<String>,
    /// What it says.
    #[serde(flatten)]
    pub(crate) truth: relu_synth::Truth,
}

impl Synth {
    pub(crate) fn run(self) -> Done {
        std::fs::create_dir_all(&self.out)?;
        if let Some(letters) = self.stacks {
            return self.write_stacks(letters);
        }
        let mut truth = BufWriter::new(File::create(self.out.join("truth.jsonl"))?);
        let mut progress = Progress::new(self.count, self.quiet);
        let mut generator = Generator::new(self.seed);
        let mut put = |d: SynthDocument, person: Option<String>, group: Option<String>| {
            std::fs::write(self.out.join(&d.name), &d.bytes)?;
            progress.step();
            write_line(&mut truth, &TruthLine { file: d.name, person, group, truth: d.truth })
        };
        if let Some(patients) = self.population {
            let layouts = self.ordinary("--population")?;
            let population = Population::new(self.seed, patients);
            let mut base = BufWriter::new(File::create(self.out.join("patients.jsonl"))?);
            for m in population.known() {
                let (id, group) = (m.id.clone(), m.group.to_owned());
                write_line(&mut base, &KnownLine { id, group, identity: m.known.clone() })?;
            }
            base.flush()?;
            for about in population.documents(self.count, layouts) {
                put(about.document, about.person, Some(about.group.to_owned()))?;
            }
            progress.finish();
            truth.flush()?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut write = |d: SynthDocument| put(d, None, None);
        match self.layouts {
            Which::Demo => relu_synth::demo(self.seed).into_iter().try_for_each(&mut write)?,
            Which::Bad => relu_synth::bad_inputs().into_iter().try_for_each(&mut write)?,
            Which::Rare => generator.rare(self.count).try_for_each(&mut write)?,
            Which::Development => {
                generator.documents(self.count, Layouts::Development).try_for_each(&mut write)?;
            }
            Which::HeldOut => {
                generator.documents(self.count, Layouts::HeldOut).try_for_each(&mut write)?;
            }
            Which::All => {
                generator.documents(self.count, Layouts::All).try_for_each(&mut write)?;
            }
        }
        progress.finish();
        truth.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn ordinary(&self, option: &str) -> Result<Layouts, Failure> {
        match self.layouts {
            Which::Development => Ok(Layouts::Development),
            Which::HeldOut => Ok(Layouts::HeldOut),
            Which::All => Ok(Layouts::All),
            Which::Demo | Which::Bad | Which::Rare => {
                Err(Failure::usage(format!("relu synth : {option} ne va pas avec ces documents")))
            }
        }
    }

    fn write_stacks(&self, letters: usize) -> Done {
        let layouts = self.ordinary("--stacks")?;
        let form = match self.form {
            Form::Scan => relu_synth::StackForm::ScannedPdf,
            Form::Fax => relu_synth::StackForm::Fax,
            Form::Misread => relu_synth::StackForm::Misread,
        };
        let mut truth = BufWriter::new(File::create(self.out.join("stacks.jsonl"))?);
        let mut progress = Progress::new(self.count, self.quiet);
        for n in 0..self.count as u64 {
            let made = relu_synth::stack(self.seed.wrapping_add(n), letters, layouts, form);
            std::fs::write(self.out.join(&made.name), &made.bytes)?;
            write_line(&mut truth, &StackLine { file: made.name, truth: made.truth })?;
            progress.step();
        }
        progress.finish();
        truth.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
