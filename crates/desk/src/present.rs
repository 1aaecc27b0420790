//! Proposals as a person sees them: French words, details, evidence with its place on the page, and
//! the fields of the form that corrects them. [`value_from_form`] is the way back.

mod details;
mod evidence;
mod fact;
mod form;
mod line;
#[cfg(test)]
mod tests;

pub(crate) use details::details;
pub(crate) use evidence::{certainty, evidence, one_evidence};
pub(crate) use fact::{fact_value, fact_words, french_unit, unsaid_name};
pub(crate) use form::{Types, blank, edit_fields, value_from_form};
pub(crate) use line::{display, patient_line, route_line, trait_of};
