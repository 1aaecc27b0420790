//! *Écarts entre documents*: what two documents of one patient say differently, to be read side by side.
//!
//! Input: of each document its date and what it says ([`Said`], made from its facts by
//! [`Contradict::said`]). Output: [`Found`], pairs of statements with the rule that brings them together:
//! an allergy that the record does not know or was told to be absent, a drug that was stopped and is
//! listed later, a condition or an act on the other side. Nothing is concluded: which document is right,
//! a person says. A pair belongs to its later document. Rules, words and limits are data
//! (`rules/contradictions.toml`); cases are texts (`cases/contradictions.toml`).
//!
//! Runs on the facts of several documents, not on one text: whoever has them calls it, as routing.
//! Source: HAS, conciliation médicamenteuse (differences are shown, a person decides).

mod allergen;
mod find;
mod rules;
mod said;
#[cfg(test)]
mod tests;

use relu_record::{
    Confidence, Contradiction, DocumentId, Evidence, PartialDate, Proposal, ProposalValue, Sheet,
    Statement,
};

use crate::function::{reference, sheet};

pub use rules::Rule;
pub use said::{Said, Side, Stance, Subject};

use rules::Rules;

/// The function with its compiled rules.
pub struct Contradict {
    sheet: Sheet,
    rules: Rules,
}

/// One document and what it says.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The document.
    pub document: &'a DocumentId,
    /// Its date, or the day it was received.
    pub date: PartialDate,
    /// What it says.
    pub said: &'a [Said],
}

/// Two statements that differ, by their places: source, and statement of that source.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    /// What brings them together.
    pub rule: &'a Rule,
    /// The statement of the later document.
    pub here: (usize, usize),
    /// The other one; nothing when it is that no document says it.
    pub there: Option<(usize, usize)>,
}

impl Contradict {
    /// Compiles the rules shipped with the program.
    pub(crate) fn embedded() -> Contradict {
        Contradict { sheet: sheet(include_str!("sheet.toml")), rules: Rules::embedded() }
    }

    /// Its entry in the register.
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// The rule of that code.
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.rule.iter().find(|r| r.code == code)
    }

    /// A finding as a proposal on its later document. Its evidence names both statements, and holds
    /// no word of the other document: each keeps its own.
    pub fn propose(&self, sources: &[Source<'_>], found: Found<'_>) -> Option<Proposal> {
        let statement = |(s, i): (usize, usize)| {
            let source = sources.get(s)?;
            let said = source.said.get(i)?;
            Some((
                Statement { document: source.document.clone(), fact: said.proposal.clone() },
                said,
            ))
        };
        let (here, said) = statement(found.here)?;
        let there = found.there.and_then(statement).map(|(there, _)| there);
        let own = match said.span.is_empty() {
            true => Evidence::Record(format!("{} {}", here.document.0, here.fact.0)),
            false => Evidence::Words(said.span),
        };
        let other = match &there {
            Some(t) => Evidence::Record(format!("{} {}", t.document.0, t.fact.0)),
            None => Evidence::Absence(found.rule.sentence.clone()),
        };
        let value = Contradiction { rule: found.rule.code.clone(), here, there, kept: None };
        let value = ProposalValue::Contradiction(value);
        // Two texts that differ are a question, whatever the rule.
        let sure = Confidence::new(0.5);
        let made = Proposal::new(value, vec![own, other], reference(&self.sheet), sure);
        made.map(|p| p.by_rule(&found.rule.code))
    }
}
