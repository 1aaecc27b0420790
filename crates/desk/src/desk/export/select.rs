//! Select: an export is made from a project and a selection of filed documents; a refresh takes the
//! selection again. Persons who object are left out here, before anything of theirs is read, and at
//! every refresh; how many goes to the record, who does not (rule EX-3).

use std::collections::{BTreeMap, BTreeSet};

use relu_pipeline::deidentify::Policy;
use relu_pipeline::deidentify::opposition::{OppositionList, Standing, Traits};
use relu_record::{Actor, DocumentState, PartialDate};
use relu_vault::{
    Document, DocumentFilter, EventKind, ExportChange, ExportDocumentState, ExportId, ExportState,
    NewExport, PatientId, Sight,
};

use super::content::{ExportContent, LeftOut, Project, Selection};
use super::work::JOB_CHECK;
use super::{OPERATION, Opened, exporter, open_for_change, queue, rules, sealed};
use crate::desk::{Desk, Result};
use crate::view::{ExportForm, PolicyChoice};
use crate::{DeskError, ErrorKind};

/// States in which a document is filed to a patient.
const FILED: [DocumentState; 5] = [
    DocumentState::Classe,
    DocumentState::AViser,
    DocumentState::Vu,
    DocumentState::Action,
    DocumentState::Clos,
];

/// What a selection finds now.
struct Selected {
    documents: Vec<(Document, PatientId)>,
    left_out: LeftOut,
}

impl Desk {
    /// The shipped policies, to choose one.
    pub fn export_policies(&self) -> Vec<PolicyChoice> {
        Policy::shipped()
            .into_iter()
            .map(|p| PolicyChoice {
                name: p.name,
                version: p.version,
                title: p.title,
                legal_basis: p.legal_basis,
            })
            .collect()
    }

    /// Begins an export; its documents are read in the background.
    pub async fn create_export(&self, who: &Actor, form: &ExportForm) -> Result<ExportId> {
        exporter(who)?;
        let policy = Policy::named(&form.policy)
            .ok_or_else(|| wrong("choisissez une politique de la liste"))?;
        let project = project(form)?;
        let selection = selection(form)?;
        let selected = self.select(&selection).await?;
        if selected.documents.is_empty() {
            return Err(wrong("aucun document classé ne correspond à cette sélection").hint(
                "élargissez les dates, le type ou le nom ; seuls les documents classés comptent",
            ));
        }
        let content = ExportContent {
            project,
            selection,
            left_out: selected.left_out,
            working: true,
            ..ExportContent::default()
        };
        let mut tx = self.begin(who).await?;
        let new = NewExport {
            policy: policy.name,
            policy_version: policy.version,
            content: sealed(&content)?,
        };
        let id = tx.create_export(new).await?;
        for (document, patient) in &selected.documents {
            tx.add_to_export(&id, &document.id, Some(patient)).await?;
        }
        queue(&mut tx, JOB_CHECK, &id, None).await?;
        tx.commit().await?;
        self.export_moved();
        Ok(id)
    }

    /// Takes the selection again: documents filed since come in, those of persons who object since
    /// and those no longer selected go out. Answers how many came in and went out.
    pub async fn refresh_export(&self, who: &Actor, id: &ExportId) -> Result<(usize, usize)> {
        exporter(who)?;
        let opened = self.export_opened(id).await?;
        open_for_change(&opened)?;
        let selected = self.select(&opened.content.selection).await?;
        self.take(who, &opened, selected).await
    }

    async fn take(
        &self,
        who: &Actor,
        opened: &Opened,
        selected: Selected,
    ) -> Result<(usize, usize)> {
        let id = &opened.export.id;
        let wanted: BTreeSet<&str> =
            selected.documents.iter().map(|(d, _)| d.id.0.as_str()).collect();
        let rows = self.vault().export_documents(id).await?;
        let (mut came, mut went) = (0, 0);
        let mut tx = self.begin(who).await?;
        for row in &rows {
            let inside = row.state != ExportDocumentState::Withdrawn;
            let wants = wanted.contains(row.document.0.as_str());
            if inside == wants {
                continue;
            }
            let full = self.vault().export_document(id, &row.document).await?;
            let (state, detail) = match wants {
                false => (ExportDocumentState::Withdrawn, "withdrawn"),
                true => (ExportDocumentState::Unchecked, "taken-back"),
            };
            if wants {
                came += 1
            } else {
                went += 1
            }
            let kind = EventKind::ExportWithdrawn;
            tx.change_export_document(id, &full, state, &full.content, kind, detail).await?;
        }
        for (document, patient) in &selected.documents {
            came += usize::from(tx.add_to_export(id, &document.id, Some(patient)).await?);
        }
        let content = ExportContent {
            left_out: selected.left_out,
            working: true,
            decision: None,
            problem: None,
            ..opened.content.clone()
        };
        let change = ExportChange {
            state: Some(ExportState::Draft),
            content: Some(sealed(&content)?),
            archive: None,
        };
        tx.change_export(&opened.export, change, EventKind::ExportChanged, "refresh").await?;
        queue(&mut tx, JOB_CHECK, id, None).await?;
        tx.commit().await?;
        self.export_moved();
        Ok((came, went))
    }

    /// Whether the objections known now touch a document of the export; it is then taken again.
    pub(super) async fn still_unopposed(&self, who: &Actor, opened: &Opened) -> Result<bool> {
        let patients: BTreeSet<PatientId> = self
            .vault()
            .export_documents(&opened.export.id)
            .await?
            .into_iter()
            .filter(|d| d.state != ExportDocumentState::Withdrawn)
            .filter_map(|d| d.patient)
            .collect();
        let standings = self.standings(patients.iter()).await?;
        if standings.values().all(|s| *s == Standing::Clear) {
            return Ok(true);
        }
        let selected = self.select(&opened.content.selection).await?;
        self.take(who, opened, selected).await?;
        Ok(false)
    }

    async fn select(&self, selection: &Selection) -> Result<Selected> {
        let mut filter = DocumentFilter {
            states: FILED.to_vec(),
            document_type: selection.type_code.as_deref().and_then(|c| self.type_coding(c)),
            name: selection.name.clone(),
            // What its source masks goes to nobody else.
            sight: Sight::Unmasked,
            limit: 500,
            ..DocumentFilter::default()
        };
        let most = rules().max_documents;
        let mut found: Vec<(Document, PatientId)> = Vec::new();
        loop {
            let page = self.vault().documents(&filter).await?;
            for d in page.documents {
                let patient = d.filing.as_ref().and_then(|f| f.patient.clone());
                if let Some(patient) = patient.filter(|_| in_dates(&d, selection)) {
                    found.push((d, patient));
                }
            }
            if found.len() > most {
                return Err(wrong(&format!("la sélection compte plus de {most} documents"))
                    .hint("resserrez les dates ou le type"));
            }
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        let patients: BTreeSet<PatientId> = found.iter().map(|(_, p)| p.clone()).collect();
        let standings = self.standings(patients.iter()).await?;
        let is = |p: &PatientId, s: Standing| standings.get(p) == Some(&s);
        let before = found.len();
        found.retain(|(_, p)| is(p, Standing::Clear));
        let count = |s| standings.values().filter(|x| **x == s).count();
        Ok(Selected {
            left_out: LeftOut {
                opposed: count(Standing::Opposed),
                unknown: count(Standing::Unknown),
                documents: before - found.len(),
            },
            documents: found,
        })
    }

    /// The objections that stand.
    pub(super) async fn objections(&self) -> Result<OppositionList> {
        let all = self.vault().oppositions().await?;
        let standing = all.iter().filter(|o| o.withdrawn.is_none());
        Ok(OppositionList::of(standing.map(|o| Traits::of(&o.identity)).collect()))
    }

    /// Whether each of these patients objects. The keyed tokens find most of them; the rest are
    /// compared name by name with every objection, since a list may know a person by the name in use.
    pub(super) async fn standings(
        &self,
        patients: impl Iterator<Item = &PatientId>,
    ) -> Result<BTreeMap<PatientId, Standing>> {
        let list = self.objections().await?;
        let mut out = BTreeMap::new();
        for id in patients {
            let standing = match list.is_empty() {
                true => Standing::Clear,
                false => {
                    // Whoever objected under a former name, or before two records were merged,
                    // objects still.
                    let patient = self.vault().patient(id).await?;
                    let mut worst = Standing::Clear;
                    for identity in patient.identities() {
                        let standing = match self.vault().is_opposed(identity).await? {
                            true => Standing::Opposed,
                            false => list.standing(&Traits::of(identity)),
                        };
                        worst = worst.max(standing);
                    }
                    worst
                }
            };
            out.insert(id.clone(), standing);
        }
        Ok(out)
    }
}

fn in_dates(d: &Document, selection: &Selection) -> bool {
    let day = |text: &Option<String>| text.as_deref().and_then(date).and_then(PartialDate::days);
    let (since, until) = (day(&selection.since), day(&selection.until));
    if since.is_none() && until.is_none() {
        return true;
    }
    // A document without a full date is in no range of dates.
    let filed = d.filing.as_ref().and_then(|f| f.date).map(|m| m.date);
    let Some(at) = filed.and_then(PartialDate::days) else { return false };
    since.is_none_or(|s| at >= s) && until.is_none_or(|u| at <= u)
}

/// `AAAA-MM-JJ`, as a date field sends it.
pub(super) fn date(text: &str) -> Option<PartialDate> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    PartialDate::from_digits(&digits).filter(|d| d.is_full())
}

fn wrong(cause: &str) -> DeskError {
    DeskError::new(ErrorKind::User, OPERATION, cause)
}

fn project(form: &ExportForm) -> Result<Project> {
    let asked = |value: &str, what: &str| match value.trim() {
        "" => Err(wrong(&format!("indiquez {what}"))),
        v if v.chars().count() > 2000 => Err(wrong(&format!("{what} : texte trop long"))),
        v => Ok(relu_record::Private(v.to_owned())),
    };
    if date(&form.end_date).is_none() {
        return Err(wrong("indiquez la date de fin du projet"));
    }
    Ok(Project {
        title: asked(&form.title, "le titre du projet")?,
        purpose: asked(&form.purpose, "la finalité")?,
        legal_basis: asked(&form.legal_basis, "la base légale")?,
        controller: asked(&form.controller, "le responsable de traitement")?,
        recipients: asked(&form.recipients, "les destinataires")?,
        end_date: form.end_date.trim().to_owned(),
        approved_by: asked(&form.approved_by, "la personne qui a approuvé le projet")?,
    })
}

fn selection(form: &ExportForm) -> Result<Selection> {
    let some = |v: &str| (!v.trim().is_empty()).then(|| v.trim().to_owned());
    let (since, until) = (some(&form.since), some(&form.until));
    for given in [&since, &until].into_iter().flatten() {
        if date(given).is_none() {
            return Err(wrong("une date de la sélection n'est pas lisible"));
        }
    }
    let name = some(&form.patient);
    if name.as_ref().is_some_and(|n| n.chars().count() < relu_vault::MIN_PREFIX) {
        return Err(wrong("le début du nom du patient est trop court"));
    }
    Ok(Selection {
        type_code: some(&form.type_code),
        since,
        until,
        name: name.map(relu_record::Private),
    })
}
