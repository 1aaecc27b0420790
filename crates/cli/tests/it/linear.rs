//! The time of `annotate` grows with the text and no faster, whatever the text: sixteen times as much
//! of it costs at most thirty-two times as much, where a detector that passes over a text again for
//! each of its words would cost up to 256 times. Counted in processor time of the thread; what a busy
//! machine adds to that (shared caches, coarse clocks) never takes away, so the least of several runs
//! counts, and only what looks steep is run again.

use nix::sys::resource::{UsageWho, getrusage};
use relu_text::Engine;
use relu_wire::{AnnotateRequest, Id, SpanToQualify};

use super::any_text::{NoteReader, answer};
use super::support::relu;

const TIMES: usize = 16;
const AT_MOST: f64 = 32.0;
const RUNS: usize = 12;

// A text of about so many bytes, when it is long.
enum Text {
    // A piece, over and over.
    Of(&'static str),
    // One piece over and over, then another one.
    Then(&'static str, &'static str),
}

use Text::{Of, Then};

const LONG: usize = 160_000;
// Bytes of the line without a space.
const LINE: usize = 1 << 20;

const TEXTS: &[Text] = &[
    // Words of no lexicon and no end.
    Of("a"),
    Of("é"),
    Of("fièvrepasde"),
    Of("a-"),
    Of("a-\nb"),
    Of("e\u{301}"),
    Of("\u{200b}"),
    Of("a "),
    // Figures.
    Of("7"),
    Of("0 "),
    Of("000 "),
    Of("123 "),
    Of("1.1."),
    Of("1-1-"),
    Of("1/1/"),
    Of("1|"),
    Of("1  "),
    Of("12/03/2019 - "),
    Of("5 mg "),
    Of("5 cm x "),
    Of("+ "),
    Of("<"),
    Of("vingt "),
    // Blanks and marks.
    Of("\n"),
    Of(" "),
    Of("\t|"),
    Of("|\n"),
    Of("("),
    Of("[ ] "),
    Of("\""),
    Of("« a b c d » "),
    Of("- \n"),
    Of(". "),
    Of(": "),
    // Cues, alone and with what they speak of, in one sentence.
    Of("pas de "),
    Of("pas de fièvre "),
    Of("pas de fièvre, toux et diabète sans HTA ni dyspnée, possible "),
    Of("et "),
    Of("pas de toux et et et et "),
    Of("n'"),
    Of("ne permet pas d'éliminer "),
    Of("fièvre "),
    Of("mère cancer, père diabète, "),
    Then("pas de ", "fièvre "),
    Then("fièvre ", "absente "),
    Then("a permis d'éliminer une fièvre ", "qui retrouve une toux "),
    Of("oui non "),
    Of("oui  non  "),
    Of("Toux oui  non  x\n"),
    Of("| oui | non | x | x |\n"),
    Of("Pas de :\n- "),
    // Titles, codes, scores, drugs, conditions.
    Of("Antécédents :\n"),
    Of("Antécédents\nPage 1/2\n"),
    Of("ADICAP "),
    Then("ADICAP ", "\nBHGSA7A0"),
    Of("pT2N1M0R1 (a) "),
    Of("T1R1 (a"),
    Of("R1 (a) "),
    Of("SOFA "),
    Then("SOFA ", "fièvre "),
    Of("doliprane "),
    Then("doliprane ", "1-"),
    Of("tabac 30 PA "),
    Of("TS médicamenteuse "),
    Of("autolyse fièvre "),
    Of("allergie à la pénicilline, "),
    Of("syndrome de Fraser-"),
    Of("région de la paroi du poumon "),
    Of("Poids taille IMC "),
    Then("Poids .", "5 ."),
    Then("Poids ", "5 "),
    Of("hémocultures négatives "),
    Of("du 3 au 5 janvier "),
    Of("depuis 3 mois "),
    Of("diabète rétinopathie "),
    Of("EP cure "),
];

impl Text {
    fn long(&self, bytes: usize) -> String {
        match self {
            Of(piece) => piece.repeat(bytes.div_ceil(piece.len())),
            Then(one, other) => {
                let half = |piece: &str| piece.repeat((bytes / 2).div_ceil(piece.len()));
                format!("{}\n{}", half(one).trim_end(), half(other))
            }
        }
    }
}

#[test]
fn time_grows_with_the_text() {
    let engine = Engine::embedded();
    let mut reader = NoteReader::new(&engine);
    let mut steep = Vec::new();
    for text in TEXTS {
        let (short, long) = (text.long(LONG / TIMES), text.long(LONG));
        let told = long.chars().take(20).collect::<String>();
        check(&mut reader, &told, &whole(&short), &whole(&long), &mut steep);
    }
    for piece in ["a", "é", "fièvrepasde", "12,5mg/kg"] {
        let line = Of(piece).long(LINE);
        assert!(cost(&mut reader, &whole(&line), 1) < 10.0, "a line of {piece} without a space");
    }
    // A text of every day, and spans asked for all along one sentence.
    let notes = include_str!("../data/annotate-corpus.jsonl");
    check(&mut reader, "notes", &whole(notes), &whole(&notes.repeat(TIMES)), &mut steep);
    let one = "pas de fièvre, toux et diabète sans HTA ".repeat(500);
    let many = one.repeat(TIMES);
    check(&mut reader, "spans", &asked(&one), &asked(&many), &mut steep);
    assert!(steep.is_empty(), "sixteen times the text costs:\n{}", steep.join("\n"));
}

fn whole(text: &str) -> AnnotateRequest<'_> {
    AnnotateRequest { id: Id::Absent, text: text.into(), ..AnnotateRequest::default() }
}

fn asked(text: &str) -> AnnotateRequest<'_> {
    let length = text.chars().count();
    let span = |n: usize| SpanToQualify { start: n * 20, end: n * 20 + 10, within: false };
    let spans = Some((0..length / 20 - 1).rev().map(span).collect());
    AnnotateRequest { spans, ..whole(text) }
}

fn check(
    reader: &mut NoteReader<'_>,
    told: &str,
    short: &AnnotateRequest<'_>,
    long: &AnnotateRequest<'_>,
    steep: &mut Vec<String>,
) {
    let (mut all_short, mut once_long) = (f64::MAX, f64::MAX);
    for _ in 0..RUNS {
        all_short = all_short.min(cost(reader, short, TIMES));
        once_long = once_long.min(cost(reader, long, 1));
        if once_long * TIMES as f64 <= all_short * AT_MOST {
            return;
        }
    }
    // What costs little is not measured: a short text stays in the processor's cache, a long one does
    // not, and the square of so long a text costs more.
    if once_long > 0.02 {
        let times = once_long * TIMES as f64 / all_short;
        steep.push(format!("{told:?}: {times:.1} times, {once_long:.3} s"));
    }
}

// Processor seconds of so many lines.
fn cost(reader: &mut NoteReader<'_>, request: &AnnotateRequest<'_>, times: usize) -> f64 {
    let now = || {
        let u = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
        let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
        seconds(u.user_time()) + seconds(u.system_time())
    };
    let start = now();
    for _ in 0..times {
        assert!(!answer(reader, request).is_empty());
    }
    (now() - start).max(1e-5)
}

/// One long document: at most twelve times its size in memory, the program itself apart.
#[test]
fn a_long_document_takes_memory_in_proportion() {
    let dir = tempfile::tempdir().unwrap();
    let notes = include_str!("../data/annotate-corpus.jsonl");
    let texts = notes.lines().map(|l| {
        let note: serde_json::Value = serde_json::from_str(l).unwrap();
        note["text"].as_str().unwrap().to_owned()
    });
    let all = texts.collect::<Vec<_>>().join("\n\n");
    let peak = |name: &str, text: &str| -> f64 {
        let file = dir.path().join(name);
        std::fs::write(&file, serde_json::json!({"id": name, "text": text}).to_string()).unwrap();
        let program = relu().get_program().to_owned();
        let output = relu()
            .args(["measure", "--"])
            .arg(program)
            .args(["annotate", "--quiet", "--jobs", "1"])
            .arg(&file)
            .output()
            .unwrap();
        let cost: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        cost["peak_mb"].as_f64().unwrap()
    };
    let long = all.repeat((8 << 20) / all.len() + 1);
    let size = long.len() as f64 / (1 << 20) as f64;
    let times = (peak("long", &long) - peak("short", "toux")) / size;
    eprintln!("a document of {size:.1} MB takes {times:.1} times its size");
    assert!(times <= 12.0, "{times:.1} times its size");
}
