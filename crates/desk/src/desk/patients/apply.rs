//! Applying what a message tells of a patient: found by the numbers of the system that sent it, in
//! one transaction that nothing else looks into meanwhile. The same message again changes nothing,
//! an older one than the last applied neither; one that cannot be applied says why, for a person.

use relu_record::{DocumentId, Identifier, Ins, PatientAct, PatientEvent, PatientIdentity, system};
use relu_vault::{Patient, PatientRecord, Stamp, Term, Tx};

use super::super::Result;
use super::super::fhir::Files;
use super::update;

/// Most patients who may share a number before it is a mistake to tell.
const MAX_OWNERS: u32 = 4;

/// What an event did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::desk) enum Applied {
    /// A patient was recorded.
    Created,
    /// A patient was changed.
    Changed,
    /// Two records were merged.
    Merged,
    /// Everything was known.
    Same,
    /// A later message of that sender was applied before.
    Older,
    /// It changes nothing that is kept here.
    Nothing,
}

/// Where an event comes from.
pub(in crate::desk) struct Source<'a> {
    /// The message, when it was received as a document.
    pub(in crate::desk) message: Option<&'a DocumentId>,
    /// Whether a person re-reads what is matched: then a patient recorded here who has exactly
    /// those traits is taken for the same. A feed alone asks for the INS.
    pub(in crate::desk) reread: bool,
}

/// Applies an event, or says by a code of the screen texts why it cannot be.
pub(in crate::desk) async fn apply(
    tx: &mut Tx,
    event: &PatientEvent,
    source: &Source<'_>,
) -> Result<std::result::Result<Applied, &'static str>> {
    match event.act {
        _ if !event.production => return Ok(Err("test")),
        PatientAct::ByHand => return Ok(Err("by-hand")),
        PatientAct::Other => return Ok(Ok(Applied::Nothing)),
        _ => {}
    }
    let numbers: Vec<Identifier> =
        event.patient.identifiers.iter().filter(|i| i.designates_patient()).cloned().collect();
    if numbers.is_empty() {
        return Ok(Err("no-number"));
    }
    tx.alone().await?;
    let mut known = owners(tx, &numbers).await?;
    if event.act == PatientAct::Identifiers {
        for old in owners(tx, &event.replaced).await? {
            if known.iter().all(|k| k.id != old.id) {
                known.push(old);
            }
        }
    }
    if known.len() > 1 {
        return Ok(Err("several-known"));
    }
    let known = match known.pop() {
        Some(known) => Some(known),
        None => same_elsewhere(tx, event, &numbers, source).await?,
    };
    if event.act == PatientAct::Merge && event.replaced.is_empty() {
        return Ok(Err("no-old-number"));
    }
    let Some(known) = known else { return create(tx, event, source).await };
    if known.record.master.is_none() && contradicts(&known.identity, &event.patient) {
        return Ok(Err("traits-differ"));
    }
    let stamp = stamp(event, source);
    let mut applied = tx.applied(&known.id).await?;
    // A merge is a fact of its own: it is done whenever it is heard of.
    let late = applied.get(&event.sender).is_some_and(|last| stamp < *last);
    if late && event.act != PatientAct::Merge {
        return Ok(Ok(Applied::Older));
    }
    let (mut identity, mut record) = match late {
        true => (known.identity.clone(), known.record.clone()),
        false => update::after(&known.identity, &known.record, event),
    };
    if event.act == PatientAct::Identifiers {
        update::replace(&mut identity, &mut record, &event.replaced);
    }
    let changed = identity != known.identity || record != known.record;
    if changed {
        tx.save_patient(Some(&known.id), &identity, &record, source.message).await?;
    }
    if !late {
        applied.insert(event.sender.clone(), stamp);
        tx.note_applied(&known.id, &applied).await?;
    }
    if event.act == PatientAct::Merge && merge(tx, &known, event, source).await? {
        return Ok(Ok(Applied::Merged));
    }
    Ok(Ok(if changed { Applied::Changed } else { Applied::Same }))
}

fn stamp(event: &PatientEvent, source: &Source<'_>) -> Stamp {
    let message = source.message.map(|d| d.0.clone()).unwrap_or_default();
    Stamp { at: event.at, message }
}

async fn create(
    tx: &mut Tx,
    event: &PatientEvent,
    source: &Source<'_>,
) -> Result<std::result::Result<Applied, &'static str>> {
    let said = &event.patient;
    if said.birth_name.is_none() && said.used_name.is_none() {
        return Ok(Err("no-name"));
    }
    let blank = PatientIdentity::default();
    let first = PatientEvent {
        // Whatever is told first of a patient also says who they are.
        act: match event.act {
            PatientAct::Transfer | PatientAct::Discharge => PatientAct::Admit,
            PatientAct::CancelAdmit | PatientAct::CancelDischarge => PatientAct::Identity,
            act => act,
        },
        ..event.clone()
    };
    let (mut identity, mut record) = update::after(&blank, &PatientRecord::default(), &first);
    if event.act == PatientAct::CancelAdmit {
        record.stay = None;
    }
    if event.act == PatientAct::Identifiers {
        update::replace(&mut identity, &mut record, &event.replaced);
    }
    let id = tx.save_patient(None, &identity, &record, source.message).await?;
    let stamps = [(event.sender.clone(), stamp(event, source))];
    tx.note_applied(&id, &stamps.into_iter().collect()).await?;
    if event.act == PatientAct::Merge {
        let created = tx.patient(&id).await?;
        merge(tx, &created, event, source).await?;
        return Ok(Ok(Applied::Merged));
    }
    Ok(Ok(Applied::Created))
}

/// Merges whoever has the numbers that are no longer used into `target`; says whether anything
/// changed. A number nobody has here still leads to the target afterwards.
async fn merge(
    tx: &mut Tx,
    target: &Patient,
    event: &PatientEvent,
    source: &Source<'_>,
) -> Result<bool> {
    let mut changed = false;
    for number in &event.replaced {
        let owners = owners(tx, std::slice::from_ref(number)).await?;
        if owners.is_empty() {
            let mut now = tx.patient(&target.id).await?;
            update::replace(&mut now.identity, &mut now.record, std::slice::from_ref(number));
            tx.save_patient(Some(&now.id), &now.identity, &now.record, source.message).await?;
            changed = true;
        }
        for owner in owners.iter().filter(|o| o.id != target.id) {
            tx.merge_patients(&owner.id, &target.id, source.message, &Files).await?;
            changed = true;
        }
    }
    Ok(changed)
}

/// The patients who have one of these numbers, now or before.
async fn owners(tx: &mut Tx, numbers: &[Identifier]) -> Result<Vec<Patient>> {
    let mut found: Vec<Patient> = Vec::new();
    for number in numbers {
        let term =
            Term::Identifier { system: number.system.clone(), value: number.value.0.clone() };
        for patient in tx.find_patients(&[term], MAX_OWNERS).await? {
            if found.iter().all(|f| f.id != patient.id) {
                found.push(patient);
            }
        }
    }
    Ok(found)
}

/// A patient known otherwise who is the one of the message: the same sound INS of production with
/// traits that agree, or, when a person re-reads, nothing but agreement on every trait.
async fn same_elsewhere(
    tx: &mut Tx,
    event: &PatientEvent,
    numbers: &[Identifier],
    source: &Source<'_>,
) -> Result<Option<Patient>> {
    let said = &event.patient;
    let mut found = Vec::new();
    if let Some(ins) = said.ins.as_ref().filter(|i| Ins::parse(&i.value, &i.oid).is_ok()) {
        let term = Term::Ins { value: ins.value.0.clone(), oid: ins.oid.clone() };
        found = tx.find_patients(&[term], MAX_OWNERS).await?;
        // A number of the demonstration authority may be given to several invented persons.
        if ins.oid == system::INS_NIR_DEMO {
            found.clear();
        }
    }
    if found.is_empty()
        && source.reread
        && let (Some(birth_name), Some(first_name), Some(date)) =
            (&said.birth_name, &said.first_name, &said.birth_date)
    {
        let term = Term::Traits {
            birth_name: birth_name.0.clone(),
            first_name: first_name.0.clone(),
            birth_date: **date,
            sex: None,
        };
        found = tx.find_patients(&[term], MAX_OWNERS).await?;
        found.retain(|p| p.record.master.is_none());
    }
    let other_number = |p: &Patient| {
        let theirs = || p.identity.identifiers.iter().filter(|i| i.designates_patient());
        numbers.iter().any(|n| theirs().any(|t| t.system == n.system && t.value != n.value))
    };
    found.retain(|p| !contradicts(&p.identity, said) && !other_number(p));
    // Two who could be meant are none.
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// Whether two identities are of two persons by what they say: another sex or birth date, or no
/// name in common.
fn contradicts(known: &PatientIdentity, said: &PatientIdentity) -> bool {
    let other = |a: bool, b: bool| a && !b;
    let date = known.birth_date.as_ref().zip(said.birth_date.as_ref()).is_some_and(|(a, b)| a != b);
    let sex = known.sex.zip(said.sex).is_some_and(|(a, b)| a != b);
    let families = |p: &PatientIdentity| -> Vec<String> {
        let names = [&p.birth_name, &p.used_name];
        names.into_iter().flatten().map(|n| relu_vault::fold(n)).collect()
    };
    let (mine, theirs) = (families(known), families(said));
    let named = !mine.is_empty() && !theirs.is_empty();
    let firsts = |p: &PatientIdentity| -> Vec<String> {
        let names = [&p.first_name, &p.used_first_name, &p.birth_first_names];
        names.into_iter().flatten().map(|n| relu_vault::fold(n)).collect()
    };
    let (mine_first, theirs_first) = (firsts(known), firsts(said));
    let called = !mine_first.is_empty() && !theirs_first.is_empty();
    date || sex
        || other(named, mine.iter().any(|n| theirs.contains(n)))
        || other(called, mine_first.iter().any(|n| theirs_first.contains(n)))
}
