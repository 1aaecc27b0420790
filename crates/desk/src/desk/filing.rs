//! Act: file a document (*classer*), mark it as seen (*viser*), read it again.

use relu_record::{
    Actor, Decision, DocumentId, DocumentState, PatientIdentity, ProposalSet, ProposalValue, Role,
    ValueKind, Verdict, datamatrix,
};
use relu_vault::{Filing, NewJob, Patient, PatientId, Term, Tx};

use super::decide::{decision, refresh};
use super::effective::{self, Standing};
use super::look::Opened;
use super::{Desk, Result};
use crate::handover::When;
use crate::view::{DeskEvent, PatientChoice};
use crate::{DeskError, ErrorKind, present, texts};

const OPERATION: &str = "classement";

/// Picked in the place of a known patient: record a new one, whoever comes near.
pub const NEW_PATIENT: &str = "nouveau";

impl Desk {
    /// Accepts the filing proposals that are not decided yet and files the document (*classer*).
    /// `patient` picks a known patient, or a new one ([`NEW_PATIENT`]); otherwise the decided or
    /// proposed identity is used: filed to the known patient when that is sure, recorded when nobody
    /// known comes near, and refused when a person must compare.
    pub async fn file(&self, who: &Actor, id: &DocumentId, patient: Option<&str>) -> Result<()> {
        if !who.role.is_some_and(Role::may_decide_filing) {
            return Err(DeskError::new(
                ErrorKind::Forbidden,
                OPERATION,
                "votre rôle ne classe pas",
            ));
        }
        let opened = self.opened(who, id).await?;
        let set = opened.set()?;
        let state = opened.document.state;
        // Filed means waiting for the doctor: a visa is theirs alone.
        let to = state.advance(DocumentState::AViser).map_err(|_| {
            DeskError::new(ErrorKind::Conflict, OPERATION, "ce document n'est plus à classer")
                .hint("rechargez la page")
        })?;
        let standing = Standing::of(&opened.decisions);
        let identity = standing.patient(set).cloned();
        // A file of several patients is filed to the one that a person has named, never to a guess.
        let named = standing.all().any(|d| names_a_patient(set, d));
        let split = state == DocumentState::ASeparer && !named;
        // Looked up once the act has begun: two people filing the first documents of one patient
        // record them once.
        let mut tx = self.begin_on(who, &opened).await?;
        let recognised = opened.reading.as_ref().is_some_and(|r| r.ocr);
        let given = identity.as_ref().map(|identity| (identity, recognised));
        let new = patient == Some(NEW_PATIENT);
        let patient = patient.filter(|_| !new);
        let known = self.choose(patient, given, split, new).await?;
        let mut decisions = opened.decisions.clone();
        let undecided: Vec<_> = set
            .with_ids()
            .filter(|(id, p)| !p.value.kind().is_clinical() && standing.get(id).is_none())
            // Filed whole, a document accepts no cut.
            .filter(|(_, p)| p.value.kind() != ValueKind::Cut)
            .filter(|(_, p)| counts(&standing, p.value.kind()))
            .filter(|(_, p)| patient.is_none() || p.value.kind() != ValueKind::Patient)
            .map(|(id, _)| id)
            .collect();
        for id in undecided {
            decisions
                .push(tx.insert_decision(decision(&opened, id, Verdict::Accepted, None)?).await?);
        }
        if let Some(picked) = known.as_ref().filter(|_| patient.is_some()) {
            // What was decided is the patient picked, not the one proposed.
            let stated = effective::stated_id(ValueKind::Patient);
            let proposed = set.with_ids().find(|(_, p)| p.value.kind() == ValueKind::Patient);
            let target = match proposed {
                Some((id, _)) if standing.get(&stated).is_none() => id,
                _ => stated,
            };
            let value = ProposalValue::Patient(picked.identity.clone());
            let verdict = Verdict::Edited(Box::new(value));
            decisions.push(tx.insert_decision(decision(&opened, target, verdict, None)?).await?);
        }
        let patient = match (known, &identity) {
            (Some(known), _) => known.id,
            (None, Some(identity)) => tx.upsert_patient(None, identity).await?,
            (None, None) => return Err(no_patient()),
        };
        let hand_over = self.place_filed(&mut tx, &opened, &mut decisions, &patient).await?;
        let mut filing = filing(&opened, &decisions, patient);
        filing.destination = filing.destination.or(hand_over.first().cloned());
        let type_code = filing.document_type.as_ref().map(|t| t.code.clone());
        tx.set_filing(id, Some(filing)).await?;
        tx.set_state(id, state, to).await?;
        refresh(&mut tx, &opened, &decisions).await?;
        self.queue_by_itself(&mut tx, id, When::Classe, type_code.as_deref()).await?;
        self.queue_by_rule(&mut tx, id, &hand_over).await?;
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: id.clone(), state: to });
        self.inner.outbox.notify_one();
        Ok(())
    }

    /// The known patient to file to, or none when the identity is to be recorded.
    async fn choose(
        &self,
        picked: Option<&str>,
        given: Option<(&PatientIdentity, bool)>,
        split: bool,
        new: bool,
    ) -> Result<Option<Patient>> {
        if let Some(id) = picked {
            // Merged since the page was shown: the record that stays.
            return Ok(Some(self.vault().standing_patient(&PatientId(id.to_owned())).await?));
        }
        let (identity, recognised) = given.ok_or_else(no_patient)?;
        if split {
            return Err(DeskError::new(
                ErrorKind::Conflict,
                OPERATION,
                "ce document concerne plusieurs patients",
            )
            .hint(
                "choisissez d'abord à quel patient le classer, ou demandez des documents séparés",
            ));
        }
        if !new {
            let attached = self.attach(identity, recognised).await?;
            if let Some(sure) = attached.sure() {
                return Ok(Some(sure.clone()));
            }
            if let Some(obstacle) = attached.obstacle() {
                return Err(DeskError::new(ErrorKind::Conflict, OPERATION, obstacle).hint(
                    "comparez et choisissez un patient connu, ou enregistrez un nouveau patient",
                ));
            }
        }
        self.check_local_creation()?;
        let whole = identity.birth_name.is_some()
            && identity.first_name.is_some()
            && identity.birth_date.is_some();
        if whole {
            return Ok(None);
        }
        Err(DeskError::new(
            ErrorKind::User,
            OPERATION,
            "il manque le nom de naissance, le premier prénom ou la date de naissance",
        )
        .hint("corrigez le patient (m), ou choisissez un patient connu"))
    }

    /// The doctor's visa: seen, or seen with something to do.
    pub async fn visa(&self, who: &Actor, id: &DocumentId, to_act: bool) -> Result<()> {
        if !who.role.is_some_and(Role::may_visa) {
            return Err(DeskError::new(ErrorKind::Forbidden, "visa", "réservé au médecin"));
        }
        let document = self.seen_document(who, id).await?;
        let from = document.state;
        let to = if to_act { DocumentState::Action } else { DocumentState::Vu };
        let to = from.advance(to).map_err(|_| {
            DeskError::new(ErrorKind::Conflict, "visa", "ce document n'est pas à viser")
        })?;
        let mut tx = self.begin(who).await?;
        tx.set_state(id, from, to).await?;
        if let Some(filing) = &document.filing {
            let code = filing.document_type.as_ref().map(|t| t.code.as_str());
            self.queue_by_itself(&mut tx, id, When::Vu, code).await?;
        }
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: id.clone(), state: to });
        self.inner.outbox.notify_one();
        Ok(())
    }

    /// Reads a quarantined document again.
    pub async fn retry(&self, who: &Actor, id: &DocumentId) -> Result<()> {
        if !who.role.is_some_and(Role::may_decide_filing) {
            return Err(DeskError::new(
                ErrorKind::Forbidden,
                "nouvelle lecture",
                "votre rôle ne le permet pas",
            ));
        }
        let mut tx = self.begin(who).await?;
        send_back(&mut tx, id).await?;
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: id.clone(), state: DocumentState::Recu });
        self.inner.work.notify_one();
        Ok(())
    }

    /// A patient on one line.
    pub async fn patient_name(&self, id: &str) -> Result<String> {
        let patient = self.vault().standing_patient(&PatientId(id.to_owned())).await?;
        Ok(present::patient_line(&patient.identity))
    }

    /// Known patients whose name begins so.
    pub async fn find_patients(&self, query: &str) -> Result<Vec<PatientChoice>> {
        let query = query.trim();
        if query.chars().count() < relu_vault::MIN_PREFIX {
            return Ok(Vec::new());
        }
        // A reader in keyboard mode types the datamatrix of a label: its number is looked for.
        let term = match datamatrix::read(query).ok().and_then(|carried| carried.ins) {
            Some(ins) => Term::Ins { value: ins.value.0, oid: ins.oid },
            None => Term::Name(query.to_owned()),
        };
        let found = self.vault().find_patients(&[term], 20).await?;
        Ok(found
            .into_iter()
            .map(|p| PatientChoice {
                id: p.id.0,
                display: present::patient_line(&p.identity),
                why: texts::text("why", "search"),
                sure: false,
                compared: Vec::new(),
            })
            .collect())
    }
}

/// Whether a person has decided who the patient is.
fn names_a_patient(set: &ProposalSet, d: &Decision) -> bool {
    match &d.verdict {
        Verdict::Edited(v) => v.kind() == ValueKind::Patient,
        Verdict::Accepted => {
            set.get(&d.proposal).is_some_and(|p| p.value.kind() == ValueKind::Patient)
        }
        _ => false,
    }
}

async fn send_back(tx: &mut Tx, id: &DocumentId) -> Result<()> {
    tx.set_state(id, DocumentState::Quarantaine, DocumentState::Recu).await?;
    tx.enqueue(NewJob::on(id, super::read::JOB)).await?;
    Ok(())
}

/// A proposal that a stated value of its kind has replaced is not accepted along.
fn counts(standing: &Standing<'_>, kind: ValueKind) -> bool {
    !standing.stated().any(|(_, v)| v.kind() == kind)
}

fn filing(opened: &Opened, decisions: &[relu_record::Decision], patient: PatientId) -> Filing {
    let standing = Standing::of(decisions);
    let none = Vec::new();
    let mut filing = Filing { patient: Some(patient), ..Filing::default() };
    let Some(set) = &opened.set else {
        return filing;
    };
    let proposed = set.with_ids().filter_map(|(id, p)| standing.value(&id, p)).collect::<Vec<_>>();
    let stated: Vec<&ProposalValue> = standing.stated().map(|(_, v)| v).collect();
    for value in stated.iter().chain(&proposed).chain(&none) {
        match value {
            ProposalValue::DocumentType(c) => {
                _ = filing.document_type.get_or_insert_with(|| c.clone())
            }
            ProposalValue::DocumentDate(m) => _ = filing.date.get_or_insert(*m),
            ProposalValue::Author(a) => _ = filing.author.get_or_insert_with(|| a.clone()),
            ProposalValue::Organization(o) => {
                _ = filing.organization.get_or_insert_with(|| o.clone())
            }
            ProposalValue::Destination(d) => {
                _ = filing.destination.get_or_insert_with(|| d.clone())
            }
            _ => {}
        }
    }
    filing.title = opened.document.headline.title.clone();
    filing
}

fn no_patient() -> DeskError {
    DeskError::new(ErrorKind::User, OPERATION, "aucun patient n'est indiqué")
        .hint("choisissez un patient connu ou indiquez son nom, son prénom et sa date de naissance")
}
