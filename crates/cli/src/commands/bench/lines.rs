//! `relu annotate` and `relu deid` on lines: documents and megabytes of text per CPU second, in turns with a peer;
//! two threads against one; where the time goes.
//!
//! Start-up is measured apart, on one line of text, and taken off both sides: a warehouse pays it
//! once. The peer gets the documents once, we get them repeated, or a run of ours would be over
//! before the clock of the system had moved.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use nix::sys::resource::{UsageWho, getrusage};
use relu_text::{Engine, NoteContext, Workspace};
use relu_wire::{AnnotateRequest, Marks, Output};

use super::{Bench, middle, ours_once, peer_once};
use crate::annotate::lines::LineReader;
use crate::annotate::reader::NoteReader;
use crate::commands::annotate::write_line;
use crate::commands::measure::Cost;
use crate::output::Failure;

/// The documents, and what they weigh.
struct Corpus {
    lines: Vec<Vec<u8>>,
    /// Bytes of text, UTF-8, without the JSON around.
    text: usize,
}

impl Bench {
    pub(super) fn lines(&self, verb: &str, scratch: &Path) -> Result<(), Failure> {
        let arguments = |file: &Path, jobs: usize| arguments(verb, file, jobs);
        let corpus = Corpus::read(&self.inputs)?;
        let documents = corpus.lines.len();
        let times = (self.megabytes << 20).div_ceil(corpus.text).max(1);
        print(&format!(
            "{documents} documents, {:.2} Mo de texte ; {times} fois pour nos mesures",
            mb(corpus.text)
        ))?;
        let line = scratch.join("ligne.jsonl");
        std::fs::write(&line, "{\"id\":\"1\",\"text\":\"Vu ce jour en consultation.\"}\n")?;
        let start = self.median(&arguments(&line, 1))?;
        print(&format!(
            "démarrage, une ligne de texte : {:.3} s, {:.3} s de processeur, {:.0} Mo",
            start.wall, start.cpu, start.peak_mb
        ))?;

        let once = scratch.join("une-fois.jsonl");
        corpus.write(&once, 1)?;
        let small = self.median(&arguments(&once, 1))?;
        print(&format!(
            "les documents une fois : {:.3} s de processeur, pic {:.0} Mo",
            small.cpu, small.peak_mb
        ))?;
        let many = scratch.join("repete.jsonl");
        corpus.write(&many, times)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds.max(1) {
            ours.push(ours_once(&arguments(&many, self.jobs))?);
            if let Some(peer) = &self.peer {
                theirs.push(peer_once(peer, std::slice::from_ref(&once))?);
            }
        }
        let ours = middle(ours);
        let rate = per_second(documents * times, &ours, &start);
        print(&format!(
            "relu {verb}, {} fil(s) : {rate:.0} documents et {:.1} Mo de texte par seconde de processeur (démarrage déduit), {:.2} s, pic {:.0} Mo",
            self.jobs,
            mb(corpus.text) * rate / documents as f64,
            ours.wall,
            ours.peak_mb
        ))?;
        if let (Some(peer), false) = (&self.peer, theirs.is_empty()) {
            let theirs = middle(theirs);
            let start = peer_once(peer, std::slice::from_ref(&line))?;
            let peer_rate = per_second(documents, &theirs, &start);
            print(&format!(
                "l'autre commande : {peer_rate:.1} documents par seconde de processeur (démarrage déduit : {:.1} s, {:.1} s de processeur), pic {:.0} Mo",
                start.wall, start.cpu, theirs.peak_mb
            ))?;
            print(&format!("rapport, démarrage déduit des deux côtés : {:.0}", rate / peer_rate))?;
        }
        self.threads(verb, &many, &start)?;
        // The stages are those of the text engine.
        if verb == "annotate" { where_time_goes(&corpus, self.rounds) } else { Ok(()) }
    }

    // Two threads against one, on the clock.
    fn threads(&self, verb: &str, many: &Path, start: &Cost) -> Result<(), Failure> {
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds.max(1) {
            one.push(ours_once(&arguments(verb, many, 1))?.wall - start.wall);
            two.push(ours_once(&arguments(verb, many, 2))?.wall - start.wall);
        }
        let (one, two) = (middle_of(one), middle_of(two));
        print(&format!(
            "deux fils contre un : {two:.2} s contre {one:.2} s, rapport {:.2}",
            one / two
        ))
    }
}

fn print(line: &str) -> Result<(), Failure> {
    Ok(crate::output::print(line)?)
}

impl Corpus {
    fn read(files: &[PathBuf]) -> Result<Corpus, Failure> {
        let about = |e: std::io::Error| Failure::usage(format!("lecture des documents : {e}"));
        let mut reader = LineReader::new(files.to_vec()).map_err(about)?;
        let mut corpus = Corpus { lines: Vec::new(), text: 0 };
        while let Some(batch) = reader.next(Vec::new()).map_err(about)? {
            for line in batch.iter() {
                // What cannot be used is not measured.
                if let Ok(request) = AnnotateRequest::parse(line) {
                    corpus.text += request.text.len();
                    corpus.lines.push(line.to_vec());
                }
            }
        }
        if corpus.text == 0 {
            return Err(Failure::usage("aucun document {\"id\", \"text\"} à mesurer"));
        }
        Ok(corpus)
    }

    fn write(&self, path: &Path, times: usize) -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        for _ in 0..times {
            for line in &self.lines {
                out.write_all(line)?;
            }
        }
        out.flush()
    }
}

fn arguments(verb: &str, file: &Path, jobs: usize) -> Vec<OsString> {
    let words = [verb.into(), "--quiet".into(), "--jobs".into(), jobs.to_string().into()];
    words.into_iter().chain(["--".into(), file.as_os_str().to_owned()]).collect()
}

fn per_second(documents: usize, cost: &Cost, start: &Cost) -> f64 {
    documents as f64 / (cost.cpu - start.cpu).max(1e-6)
}

fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn middle_of(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.swap_remove(values.len() / 2)
}

// Processor seconds of this thread.
fn thread_seconds() -> f64 {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_THREAD) else { return 0.0 };
    let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

// Each stage does what the one before does and one thing more; its share is the difference.
fn where_time_goes(corpus: &Corpus, rounds: usize) -> Result<(), Failure> {
    let engine = Engine::embedded();
    let mut work = Workspace::new();
    let mut reader = NoteReader::new(&engine);
    let mut marks = Marks::default();
    let mut full = |bytes: &mut Vec<u8>| bytes.clear();
    let mut out = Output::new(Vec::new(), &mut full);
    // About eight megabytes a round: enough for the clock.
    let times = (8_usize << 20).div_ceil(corpus.text).max(1);
    let requests = || corpus.lines.iter().filter_map(|l| AnnotateRequest::parse(l).ok());
    let mut seen = 0;
    type Stage<'s> = (&'static str, Box<dyn FnMut() + 's>);
    let stages: Vec<Stage<'_>> = vec![
        ("lecture du JSON", Box::new(|| seen += requests().count())),
        (
            "passe nue : mots et automate",
            Box::new(|| {
                for r in requests() {
                    std::hint::black_box(engine.bare_pass(&r.text, &mut work));
                }
            }),
        ),
        (
            "détecteurs, phrases, contexte",
            Box::new(|| {
                let mut work = Workspace::new();
                for r in requests() {
                    let note = engine.read(&r.text, &NoteContext::default(), &[], &mut work);
                    std::hint::black_box(note.sentences().len());
                }
            }),
        ),
        (
            "écriture du JSON",
            Box::new(|| {
                for r in requests() {
                    if let Ok(note) = reader.read(&r) {
                        write_line(&mut out, &mut marks, false, &r, &note);
                    }
                }
            }),
        ),
    ];
    let mut before = 0.0;
    let mut shares = Vec::new();
    for (name, mut stage) in stages {
        stage();
        let taken = (0..rounds.max(1)).map(|_| {
            let start = thread_seconds();
            (0..times).for_each(|_| stage());
            thread_seconds() - start
        });
        let total = middle_of(taken.collect());
        shares.push((name, (total - before).max(0.0)));
        before = total;
    }
    print("où va le temps, un fil, le texte déjà en mémoire :")?;
    let text = mb(corpus.text * times);
    for (name, seconds) in shares {
        print(&format!(
            "  {name:<32} {:>5.1} %  {:>7.2} ns par octet de texte",
            100.0 * seconds / before.max(1e-9),
            1000.0 * seconds / text
        ))?;
    }
    print(&format!("  {:<32} {:>7.1} Mo de texte par seconde", "ensemble", text / before.max(1e-9)))
}
