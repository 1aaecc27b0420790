//! `relu rules`: what the text engine goes by, for people: explained, checked, compared, printed.

mod diff;
mod page;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use relu_text::{Engine, RuleDoc};

use crate::annotate::overlay;
use crate::output::{Done, Failure, print};

/// Explain, check and compare the rules of the text engine
#[derive(Args)]
pub(crate) struct Rules {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List every rule: code, file and reason
    List(Site),
    /// Say why a rule is there, on what it rests, what it finds and what it leaves
    Explain {
        /// Code of the rule, as entities name it
        code: String,
        #[command(flatten)]
        site: Site,
    },
    /// Check a site's own files: that they are read, and that all examples still hold
    Check {
        /// Lexicons (.tsv) or rules (.toml)
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show what a site's own files would change on its own documents
    Diff {
        /// Lines {"id", "text"}
        #[arg(long)]
        sample: PathBuf,
        /// Lexicons (.tsv) or rules (.toml)
        #[arg(long, required = true, num_args = 1..)]
        overlay: Vec<PathBuf>,
        /// Changes shown one by one
        #[arg(long, default_value_t = 40)]
        show: usize,
    },
    /// Write every rule on one page that a clinician can read and print
    Page {
        /// HTML file [default: standard output]
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        site: Site,
    },
}

/// A site's own files
#[derive(Args)]
struct Site {
    /// A site's own lexicons (.tsv) or rules (.toml), laid over the shipped ones
    #[arg(long, num_args = 1..)]
    overlay: Vec<PathBuf>,
}

impl Rules {
    pub(crate) fn run(self) -> Done {
        match self.what {
            What::List(site) => list(&overlay::engine(&site.overlay)?),
            What::Explain { code, site } => explain(&overlay::engine(&site.overlay)?, &code),
            What::Check { files } => check(&files),
            What::Diff { sample, overlay, show } => diff::run(&sample, &overlay, show),
            What::Page { out, site } => {
                let page = page::page(overlay::engine(&site.overlay)?.rules());
                match out {
                    Some(path) => std::fs::write(&path, page).map_err(|e| {
                        Failure::usage(format!("écriture de {} : {e}", path.display()))
                    })?,
                    None => print(&page)?,
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn list(engine: &Engine) -> Done {
    for rule in engine.rules() {
        print(&format!("{:<24} {:<16} {}", rule.code, rule.file, rule.why))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(engine: &Engine, code: &str) -> Done {
    let wanted = relu_text::key(code);
    let found: Vec<&RuleDoc> =
        engine.rules().iter().filter(|r| relu_text::key(&r.code) == wanted).collect();
    if found.is_empty() {
        let near: Vec<&str> = engine
            .rules()
            .iter()
            .map(|r| r.code.as_str())
            .filter(|c| relu_text::key(c).get(..3) == wanted.get(..3))
            .take(8)
            .collect();
        let hint = if near.is_empty() {
            "relu rules list les donne toutes".to_owned()
        } else {
            format!("voir {}", near.join(", "))
        };
        return Err(Failure::usage(format!("aucune règle {code} : {hint}")));
    }
    for rule in found {
        print(&format!("{} ({})", rule.code, rule.file))?;
        print(&format!("  Pourquoi : {}", rule.why))?;
        print(&format!("  Source : {}", rule.source))?;
        for (title, examples) in [("Trouve", &rule.matches), ("Laisse", &rule.rejects)] {
            for example in examples {
                print(&format!("  {title} : {}", example.replace('\n', " ⏎ ")))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(files: &[PathBuf]) -> Done {
    let engine = overlay::engine(files)?;
    // An example of a shipped rule that the overlay breaks counts as much as one of its own.
    let failures = engine.prove();
    for f in &failures {
        print(&format!("{} : {} : {}", f.code, f.expected, f.example.replace('\n', " ⏎ ")))?;
    }
    let examples: usize = engine.rules().iter().map(|r| r.matches.len() + r.rejects.len()).sum();
    print(&format!(
        "{} règles, {examples} exemples, {} qui ne tiennent pas",
        engine.rules().len(),
        failures.len()
    ))?;
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
