//! Compiles the rules and lexicons ahead, so that the program starts at once: the modules of this
//! crate are compiled into the build script too, read the data files, and write what they make of
//! them (`rules.bin`, `docs.bin`) where `src/embedded.rs` takes it in.
#![allow(dead_code, unused_imports, missing_docs, clippy::all)]

use std::path::Path;

#[path = "src/compile/mod.rs"]
mod compile;
#[path = "src/context/mod.rs"]
mod context;
#[path = "src/detect/mod.rs"]
mod detect;
#[path = "src/engine.rs"]
mod engine;
#[path = "src/fold.rs"]
mod fold;
#[path = "src/found.rs"]
mod found;
#[path = "src/landmarks.rs"]
mod landmarks;
#[path = "src/lexicon.rs"]
mod lexicon;
#[path = "src/lists.rs"]
mod lists;
#[path = "src/morphology.rs"]
mod morphology;
#[path = "src/phrases.rs"]
mod phrases;
#[path = "src/sections.rs"]
mod sections;
#[path = "src/sentences.rs"]
mod sentences;
#[path = "src/strings.rs"]
mod strings;
#[path = "src/tokens/mod.rs"]
mod tokens;
#[path = "src/view.rs"]
mod view;
#[path = "src/vocabulary.rs"]
mod vocabulary;

use fold::key;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (rules, docs) = compile::Rules::compile(compile::sources::SHIPPED)?;
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("rules.bin"), postcard::to_stdvec(&rules)?)?;
    std::fs::write(Path::new(&out).join("docs.bin"), postcard::to_stdvec(&docs)?)?;
    // The data files are part of the build script itself (include_str), so cargo knows them.
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
