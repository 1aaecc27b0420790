//! What documents of one patient say differently (*écarts*), shown side by side, and what a person
//! answers: seen, one kept, or left open. An answer is a decision on the later of the two documents,
//! tied to a proposal set of its own beside the document's; it changes no fact, blocks nothing, and is
//! taken back like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use relu_pipeline::contradict::{Rule, Said, Source};
use relu_record::{
    Actor, Contradiction, Decision, DocumentId, Kept, Proposal, ProposalId, ProposalSet,
    ProposalValue, Sha256Hex, Statement, ValueKind, Verdict,
};
use relu_vault::{DocumentChange, PatientId};

use super::super::accounts::Names;
use super::super::decide::{check_role, decision, is_open};
use super::super::effective::Standing;
use super::super::look::Opened;
use super::super::{Desk, Result, pipeline};
use super::told::Told;
use super::{Filed, check_reader, decision_view};
use crate::view::DeskEvent;
use crate::view::timeline::{PairAnswer, PairSide, PairView};
use crate::{DeskError, ErrorKind};

/// Prefix of the ids under which what documents say differently is decided.
pub(in crate::desk) const PAIR: &str = "ecart-";
/// The function in the register.
const FUNCTION: &str = "contradict";
const OPERATION: &str = "écart entre documents";

/// A pair with what was answered.
struct Pair {
    id: ProposalId,
    proposal: Option<Proposal>,
    value: Contradiction,
    answer: Option<Decision>,
}

/// The pairs of a file.
pub(super) struct Pairs {
    all: Vec<Pair>,
    aside: BTreeSet<(DocumentId, ProposalId)>,
}

/// The same pair has the same id every time.
fn pair_id(c: &Contradiction) -> ProposalId {
    let place = |s: &Statement| format!("{} {}", s.document.0, s.fact.0);
    let there = c.there.as_ref().map(place).unwrap_or_default();
    let hash = Sha256Hex::of(format!("{}|{}|{there}", c.rule, place(&c.here)).as_bytes()).0;
    ProposalId(format!("{PAIR}{}", hash.get(..16).unwrap_or_default()))
}

/// The statement that a person did not keep.
fn not_kept(c: &Contradiction) -> Option<&Statement> {
    match c.kept? {
        Kept::Here => c.there.as_ref(),
        Kept::There => Some(&c.here),
    }
}

impl Pairs {
    /// `compare` is off with its function: what people answered before stays as they answered it.
    fn of(file: &[Filed], compare: bool) -> Pairs {
        let answers = || file.iter().flat_map(|f| &f.told.answers);
        let aside: BTreeSet<(DocumentId, ProposalId)> = answers()
            .filter_map(|(_, value)| not_kept(value.as_ref()?))
            .map(|s| (s.document.clone(), s.fact.clone()))
            .collect();
        let stands = |document: &DocumentId, said: &Said| {
            !aside.contains(&(document.clone(), said.proposal.clone()))
        };
        let said: Vec<Vec<Said>> = file
            .iter()
            .map(|f| {
                let of = f.told.said.iter().filter(|s| stands(&f.document.id, s));
                of.cloned().collect()
            })
            .collect();
        // The first received is the earlier of two of one date; a file comes newest first.
        let sources: Vec<Source<'_>> = file
            .iter()
            .zip(&said)
            .rev()
            .map(|(f, said)| Source { document: &f.document.id, date: f.date().0, said })
            .collect();
        let function = pipeline().contradict();
        let found = if compare { function.find(&sources) } else { Vec::new() };
        let mut all: BTreeMap<ProposalId, Pair> = BTreeMap::new();
        for proposal in found.into_iter().filter_map(|f| function.propose(&sources, f)) {
            let ProposalValue::Contradiction(value) = proposal.value.clone() else { continue };
            let id = pair_id(&value);
            all.insert(id.clone(), Pair { id, proposal: Some(proposal), value, answer: None });
        }
        for (decision, value) in answers() {
            let id = decision.proposal.clone();
            match (all.get_mut(&id), value) {
                (Some(pair), _) => pair.answer = Some(decision.clone()),
                // Settled: what was not kept is compared no more, and the answer is still shown.
                (None, Some(value)) => {
                    let pair = Pair {
                        id: id.clone(),
                        proposal: None,
                        value: value.clone(),
                        answer: Some(decision.clone()),
                    };
                    all.insert(id, pair);
                }
                (None, None) => {}
            }
        }
        Pairs { all: all.into_values().collect(), aside }
    }

    pub(super) fn sets_aside(&self, document: &DocumentId, fact: &ProposalId) -> bool {
        !self.aside.is_empty() && self.aside.contains(&(document.clone(), fact.clone()))
    }

    /// Those that nobody has answered, the latest first.
    pub(super) fn open(&self, who: &Actor, file: &[Filed], names: &Names) -> Vec<PairView> {
        let open = self.all.iter().filter(|p| p.answer.is_none());
        newest(open.filter_map(|p| view(who, p, file, names)).collect(), file)
    }

    /// Those that one document takes part in, answered ones last.
    fn about(&self, who: &Actor, id: &DocumentId, file: &[Filed], names: &Names) -> Vec<PairView> {
        let part = |s: &Statement| s.document == *id;
        let about = |p: &&Pair| part(&p.value.here) || p.value.there.as_ref().is_some_and(part);
        let views = self.all.iter().filter(about).filter_map(|p| view(who, p, file, names));
        let mut views = newest(views.collect(), file);
        views.sort_by_key(|v| v.decision.is_some());
        views
    }
}

fn newest(mut views: Vec<PairView>, file: &[Filed]) -> Vec<PairView> {
    let date = |v: &PairView| {
        let filed = file.iter().find(|f| f.document.id == v.here.document);
        std::cmp::Reverse(filed.map(|f| f.date().0))
    };
    views.sort_by_cached_key(|v| (date(v), v.rule.clone(), v.id.clone()));
    views
}

/// A pair of which both documents are in the file that this person sees.
fn view(who: &Actor, pair: &Pair, file: &[Filed], names: &Names) -> Option<PairView> {
    let rule = pipeline().contradict().rule(&pair.value.rule)?;
    let here = side(&pair.value.here, file)?;
    let there = match &pair.value.there {
        Some(statement) => Some(side(statement, file)?),
        None => None,
    };
    let filed = file.iter().find(|f| f.document.id == here.document)?;
    let may = who.role.is_some_and(|r| r.may_decide_facts());
    Some(PairView {
        id: pair.id.0.clone(),
        rule: rule.code.clone(),
        title: rule.title.clone(),
        sentence: sentence(rule, &here, there.as_ref()),
        kept: pair.answer.as_ref().and(pair.kept()),
        decision: pair.answer.as_ref().map(|d| decision_view(d, names)),
        may_decide: may && filed.document.filing.is_some() && is_open(filed.document.state, true),
        here,
        there,
    })
}

impl Pair {
    fn kept(&self) -> Option<Kept> {
        match self.answer.as_ref().map(|d| &d.verdict) {
            Some(Verdict::Edited(v)) => match &**v {
                ProposalValue::Contradiction(c) => c.kept,
                _ => None,
            },
            _ => None,
        }
    }
}

fn sentence(rule: &Rule, here: &PairSide, there: Option<&PairSide>) -> String {
    let other = there.map_or("", |t| t.date.as_str());
    rule.sentence.replace("{ici}", &here.date).replace("{ailleurs}", other)
}

fn side(statement: &Statement, file: &[Filed]) -> Option<PairSide> {
    let filed = file.iter().find(|f| f.document.id == statement.document)?;
    let fact = filed.told.fact(&statement.fact)?;
    let by = filed.by();
    let title = filed.title();
    // The words compared: with the side, and with what an allergy is to.
    let said = filed.told.said.iter().find(|s| s.proposal == statement.fact);
    let words = said.map_or(fact.words.as_str(), |s| s.words.as_str());
    Some(PairSide {
        document: statement.document.clone(),
        fact: statement.fact.clone(),
        date: filed.date().0.to_french(),
        title: if by.is_empty() { title } else { format!("{title} · {by}") },
        words: match (&fact.value, fact.said.is_empty()) {
            (Some(value), true) => format!("{}, {value}", words),
            (Some(value), false) => format!("{} ({}), {value}", words, fact.said.join(", ")),
            (None, true) => words.to_owned(),
            (None, false) => format!("{} ({})", words, fact.said.join(", ")),
        },
        in_text: fact.in_text,
        confirmed: fact.decision.is_some(),
    })
}

impl Desk {
    /// The pairs of a file; where the function is switched off, only those answered before.
    pub(super) async fn pairs(&self, file: &[Filed]) -> Result<Pairs> {
        let active = self.active_functions().await?.iter().any(|f| f == FUNCTION);
        Ok(Pairs::of(file, active))
    }

    /// What a document and others of its patient say differently: of the one it is filed to, or of the
    /// known one that is sure.
    pub(in crate::desk) async fn pairs_of(
        &self,
        who: &Actor,
        opened: &Opened,
        patient: Option<&PatientId>,
        names: &Names,
    ) -> Result<Vec<PairView>> {
        let (Some(patient), true) = (patient, check_reader(who).is_ok()) else {
            return Ok(Vec::new());
        };
        let mut file = self.file_of(who, patient).await?;
        let id = &opened.document.id;
        if file.iter().all(|f| f.document.id != *id) {
            let told = Arc::new(Told::of_opened(opened));
            file.insert(0, Filed { document: opened.document.clone(), told });
        }
        Ok(self.pairs(&file).await?.about(who, id, &file, names))
    }

    /// Answers a pair: seen, one kept, or the answer before taken back. `on` is its later document.
    pub async fn answer_pair(
        &self,
        who: &Actor,
        on: &DocumentId,
        pair: &str,
        answer: PairAnswer,
        reason: Option<&str>,
    ) -> Result<()> {
        check_role(who, ValueKind::Contradiction)?;
        let opened = self.opened(who, on).await?;
        if !is_open(opened.document.state, true) {
            return Err(DeskError::new(ErrorKind::Conflict, OPERATION, "ce document est clos"));
        }
        let filing = opened.document.filing.as_ref().and_then(|f| f.patient.clone());
        let gone = || {
            DeskError::new(ErrorKind::NotFound, OPERATION, "cet écart n'existe plus")
                .hint("rechargez la page")
        };
        let file = self.file_of(who, &filing.ok_or_else(gone)?).await?;
        let pairs = self.pairs(&file).await?;
        let found = pairs.all.into_iter().find(|p| p.id.0 == pair && p.value.here.document == *on);
        let found = found.ok_or_else(gone)?;
        let mut tx = self.begin_on(who, &opened).await?;
        let standing = Standing::of(&opened.decisions).get(&found.id).map(|d| d.id.clone());
        let verdict = match (answer, standing) {
            (PairAnswer::Reopen, Some(last)) => Verdict::Undone(last),
            (PairAnswer::Reopen, None) => return Ok(()),
            (PairAnswer::Seen, _) => Verdict::Accepted,
            (PairAnswer::Keep(kept), _) => {
                let value = Contradiction { kept: Some(kept), ..found.value.clone() };
                if not_kept(&value).is_none() {
                    let cause = "il n'y a pas d'autre document à garder";
                    return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
                }
                Verdict::Edited(Box::new(ProposalValue::Contradiction(value)))
            }
        };
        let mut new = decision(&opened, found.id, verdict, reason)?;
        if let Some(proposal) = found.proposal {
            // What is decided on is exactly what was shown.
            let set = ProposalSet {
                text_version: opened.set()?.text_version.clone(),
                functions: vec![proposal.function.clone()],
                proposals: vec![proposal],
            };
            tx.store_set_beside(on, &set).await?;
            new.set = set.hash();
        }
        tx.insert_decision(new).await?;
        tx.update_document(on, DocumentChange::default()).await?;
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: on.clone(), state: opened.document.state });
        Ok(())
    }
}
