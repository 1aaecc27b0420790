//! What the pages show of exports: the list, and one export with the document a person works on.

use relu_pipeline::deidentify::Label;
use relu_record::{Actor, DocumentId, Format, Role};
use relu_vault::{ExportDocumentState, ExportId, ExportState};

use super::content::{DocumentContent, Standing};
use super::review::included;
use super::work::plan_hash;
use super::{Opened, OpenedDocument, allow, exporter, rules};
use crate::desk::{Desk, Result, lists};
use crate::texts::text;
use crate::view::{
    CandidateView, Certainty, ExportDocumentLine, ExportDocumentView, ExportLine, ExportView,
    LeftView, ProjectView, SampleView, WrittenView,
};

impl Desk {
    /// Every export, newest first.
    pub async fn exports(&self, who: &Actor) -> Result<Vec<ExportLine>> {
        follower(who)?;
        let names = self.names().await?;
        let mut out = Vec::new();
        for export in self.vault().exports().await? {
            let opened = self.export_opened(&export.id).await?;
            let rows = self.vault().export_documents(&export.id).await?;
            let inside = rows.iter().filter(|r| included(r.state));
            let persons: std::collections::BTreeSet<_> =
                inside.clone().filter_map(|r| r.patient.clone()).collect();
            out.push(ExportLine {
                id: export.id.0,
                title: opened.content.project.title.0.clone(),
                state: export.state.as_str().to_owned(),
                policy: format!("{} {}", export.policy, export.policy_version),
                created_by: names.of(&Actor::system(&export.created_by)),
                created_at: export.created_at,
                documents: inside.count(),
                persons: persons.len(),
                key_destroyed: export.key_destroyed_at,
            });
        }
        Ok(out)
    }

    /// An export, with the document of that id, else the first that waits for a person. Whoever may
    /// not export sees the project and the counts, and no document.
    pub async fn export_view(
        &self,
        who: &Actor,
        id: &ExportId,
        document: Option<&DocumentId>,
    ) -> Result<ExportView> {
        follower(who)?;
        let opened = self.export_opened(id).await?;
        let rows = self.vault().export_documents(id).await?;
        let sample = opened.content.samples.last();
        let sampled = |d: &DocumentId| sample.is_some_and(|s| s.documents.contains(&d.0));
        let may = exporter(who).is_ok();
        let mut documents = Vec::new();
        // What was left out is no business of the review.
        let listed = |s: ExportDocumentState| may && s != ExportDocumentState::Withdrawn;
        for (n, row) in rows.iter().filter(|r| listed(r.state)).enumerate() {
            documents.push(ExportDocumentLine {
                id: row.document.clone(),
                number: n + 1,
                state: row.state.as_str().to_owned(),
                sampled: sampled(&row.document),
            });
        }
        let waits = |s: ExportDocumentState| {
            matches!(s, ExportDocumentState::Blocked | ExportDocumentState::ToReview)
        };
        let first = rows
            .iter()
            .find(|r| r.state == ExportDocumentState::Blocked)
            .or_else(|| rows.iter().find(|r| waits(r.state) && sampled(&r.document)))
            .or_else(|| rows.iter().find(|r| waits(r.state)))
            .or_else(|| rows.iter().find(|r| included(r.state)))
            .or(rows.iter().find(|r| listed(r.state)));
        let asked = document.and_then(|d| rows.iter().find(|r| r.document == *d));
        let chosen = asked.or(first).filter(|r| listed(r.state)).map(|r| &r.document);
        let gone = opened.export.key_destroyed_at.is_some();
        let shown = match chosen {
            Some(d) if !gone => Some(self.document_in(who, &opened, d).await?),
            _ => None,
        };
        let names = self.names().await?;
        let version = self.version_of(&opened).await?;
        let sample = self.sample_result(&opened).await?.map(|r| SampleView {
            drawn: r.drawn,
            read: r.read,
            leaks: r.leaks,
            bound: r.bound,
            most: rules().sampling.most_leak_rate,
            seed: r.seed,
        });
        let count = |s: ExportDocumentState| rows.iter().filter(|r| r.state == s).count();
        let p = &opened.content.project;
        let policy = super::engine::policy(&opened.export.policy, &opened.export.policy_version);
        let persons: std::collections::BTreeSet<_> =
            rows.iter().filter(|r| included(r.state)).filter_map(|r| r.patient.clone()).collect();
        Ok(ExportView {
            id: id.0.clone(),
            state: opened.export.state.as_str().to_owned(),
            working: opened.content.working
                || opened.export.state == ExportState::Writing
                || !gone && self.unsettled(&opened).await?,
            project: ProjectView {
                title: p.title.0.clone(),
                purpose: p.purpose.0.clone(),
                legal_basis: p.legal_basis.0.clone(),
                controller: p.controller.0.clone(),
                recipients: p.recipients.0.clone(),
                end_date: super::select::date(&p.end_date)
                    .map_or_else(|| p.end_date.clone(), |d| d.to_french()),
                approved_by: p.approved_by.0.clone(),
            },
            policy: policy
                .as_ref()
                .map_or_else(|_| opened.export.policy.clone(), |p| p.title.clone()),
            policy_version: opened.export.policy_version.clone(),
            policy_basis: policy.map(|p| p.legal_basis).unwrap_or_default(),
            created_by: names.of(&Actor::system(&opened.export.created_by)),
            created_at: opened.export.created_at,
            counts: ExportDocumentState::ALL
                .iter()
                .map(|s| (s.as_str().to_owned(), count(*s)))
                .filter(|(_, n)| *n > 0)
                .collect(),
            persons: persons.len(),
            opposed: opened.content.left_out.opposed,
            unknown: opened.content.left_out.unknown,
            left_out_documents: opened.content.left_out.documents,
            everywhere: opened.content.everywhere.iter().filter(|e| !e.undone).count(),
            documents,
            shown,
            sample,
            sample_size: rules().sampling.size,
            version,
            problem: opened.content.problem.clone(),
            decided_by: opened.content.decision.as_ref().map(|d| (d.name.0.clone(), d.at)),
            written: opened
                .content
                .written
                .iter()
                .rev()
                .map(|w| WrittenView {
                    at: w.at,
                    by: names.of(&Actor::system(&w.by)),
                    persons: w.persons,
                    documents: w.documents,
                    sha256: w.sha256.clone(),
                    bytes: w.bytes,
                })
                .collect(),
            may_export: may && !gone,
            may_download: may && opened.export.archive.is_some(),
            key_destroyed: opened.export.key_destroyed_at,
        })
    }

    async fn document_in(
        &self,
        who: &Actor,
        opened: &Opened,
        id: &DocumentId,
    ) -> Result<ExportDocumentView> {
        let here = self.export_document_opened(&opened.export.id, id).await?;
        let stored = self.vault().document(id).await?;
        let names = self.names().await?;
        let everywhere = &opened.content.everywhere;
        let standing = here.content.standing(here.text(), everywhere);
        let of = plan_hash(&here.content, here.text(), everywhere, &opened.export);
        let check = here.content.check.as_ref().filter(|c| c.of == of);
        let left = check.map(|c| c.left.as_slice()).unwrap_or_default();
        let reviewed = here.content.reviewed().map(|a| (names.of(&Actor::system(&a.by)), a.at));
        let undone_everywhere = everywhere.iter().any(|e| !e.undone && e.from == id.0);
        Ok(ExportDocumentView {
            id: id.clone(),
            state: here.row.state.as_str().to_owned(),
            kind: lists::item(who, &stored).document_type,
            format: stored.format.map(|f| f.as_str().to_owned()).unwrap_or_default(),
            candidates: standing.iter().map(|s| candidate(&here, s)).collect(),
            left: left
                .iter()
                .filter(|l| l.sure || l.span.is_some())
                .map(|l| LeftView {
                    span: l.span,
                    words: l.span.and_then(|s| s.of(here.text())).map(str::to_owned),
                    label: l.label.clone(),
                    why: text("residue", &l.why),
                    sure: l.sure,
                    may_stand: l.why == "context",
                })
                .collect(),
            checked: check.is_some(),
            refusal: here.content.refusal.clone(),
            reviewed,
            may_undo: here.content.acts.iter().any(|a| !a.undone) || undone_everywhere,
            pages: match here.reading.format {
                Format::Pdf | Format::Image => here.reading.pages.len(),
                _ => 0,
            },
            text: here.reading.text.0,
        })
    }
}

fn candidate(here: &OpenedDocument, s: &Standing) -> CandidateView {
    let c = &s.candidate;
    let certainty = match () {
        () if c.doubt => Certainty::Doubtful,
        () if c.certainty >= rules().certainty.sure => Certainty::Sure,
        () => Certainty::Probable,
    };
    let words: String =
        c.span.of(here.text()).unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ");
    CandidateView {
        id: c.id.clone(),
        span: c.span,
        words,
        label: c.label.clone(),
        label_name: label_name(&c.label),
        source: text("deid-source", &c.source),
        certainty,
        masked: s.masked,
        decided: s.decided,
    }
}

/// A kind of identifier in words.
pub(super) fn label_name(label: &str) -> String {
    text("deid-label", label)
}

impl Desk {
    /// The document to look at after this one: what blocks, then what was drawn, then the others that
    /// wait; after the last, from the first.
    pub async fn next_in_export(
        &self,
        id: &ExportId,
        after: &DocumentId,
    ) -> Result<Option<DocumentId>> {
        use ExportDocumentState as D;
        let opened = self.export_opened(id).await?;
        let rows = self.vault().export_documents(id).await?;
        let drawn = opened.content.samples.last().map(|s| s.documents.as_slice());
        let rank = |row: &relu_vault::ExportDocument| match row.state {
            D::Blocked => 0,
            D::ToReview | D::Unchecked if drawn.is_none_or(|d| d.contains(&row.document.0)) => 1,
            D::ToReview | D::Unchecked => 2,
            _ => 9,
        };
        let at = rows.iter().position(|r| r.document == *after).map_or(0, |n| n + 1);
        let (before, behind) = rows.split_at(at.min(rows.len()));
        let turned = behind.iter().chain(before).filter(|r| r.document != *after);
        let waits = turned.filter(|r| rank(r) < 9);
        Ok(waits.min_by_key(|r| rank(r)).map(|r| r.document.clone()))
    }

    /// Kinds of identifiers, to choose one: wire name and words.
    pub fn deid_labels(&self) -> Vec<(String, String)> {
        Label::ALL.iter().map(|l| (l.name().to_owned(), label_name(l.name()))).collect()
    }
}

fn follower(who: &Actor) -> Result<()> {
    allow(
        who.role.is_some_and(Role::may_follow_exports),
        "réservé au médecin et à l'administrateur",
    )
}

/// What is empty was not read yet.
pub(super) fn parse(content: &[u8]) -> Result<DocumentContent> {
    match content.is_empty() {
        true => Ok(DocumentContent::default()),
        false => serde_json::from_slice(content).map_err(|_| super::unreadable()),
    }
}
