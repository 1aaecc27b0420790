//! The engine of the first step, kept until every detector reads tokens.
mod context;
mod dates;
mod dosage;
pub(crate) mod engine;
mod lexicon;
mod measures;
mod scan;
mod sections;
mod sentences;
mod terms;
#[cfg(test)]
mod tests;
