//! Rules of routing, what they look at, the team and where documents stand, on every database (called
//! by the suite of `conformance.rs`).

use std::slice::from_ref;

use relu_record::{Actor, ActorKind, DocumentId, Private, ProposalId, Role, Verdict};
use relu_vault::{EventKind, NewDecision, Placement, RuleSetState, Sight, Vault, VaultError};

use crate::support::*;

fn secretary(id: &str) -> Actor {
    Actor { id: id.into(), kind: ActorKind::Person, role: Some(Role::Secretariat) }
}

pub async fn routing(vault: &Vault) {
    rules(vault).await;
    routed(vault).await;
    placing(vault).await;
    printing(vault).await;
    assert!(vault.verify_ledger(None).await.unwrap().ok);
}

async fn rules(vault: &Vault) {
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    let first = tx.create_rules(b"{\"rules\":1}").await.unwrap();
    tx.commit().await.unwrap();
    let draft = vault.rules_in(RuleSetState::Draft).await.unwrap().unwrap();
    assert_eq!(
        (draft.version, draft.changes, draft.content.as_slice()),
        (first, 1, &b"{\"rules\":1}"[..])
    );

    let mut tx = vault.begin(&doctor(), later(1)).await.unwrap();
    tx.change_rules(&draft, b"{\"rules\":2}").await.unwrap();
    assert!(matches!(tx.change_rules(&draft, b"{}").await, Err(VaultError::Conflict { .. })));
    tx.commit().await.unwrap();
    let draft = vault.rule_set(first).await.unwrap();
    let mut tx = vault.begin(&doctor(), later(2)).await.unwrap();
    tx.activate_rules(&draft, None).await.unwrap();
    let second = tx.create_rules(b"{\"rules\":3}").await.unwrap();
    tx.commit().await.unwrap();
    let in_use = vault.rules_in(RuleSetState::Active).await.unwrap().unwrap();
    assert_eq!((in_use.version, in_use.decided_by.as_deref()), (first, Some("account-1")));
    // What is in use is changed no more.
    let mut tx = vault.begin(&doctor(), later(3)).await.unwrap();
    assert!(tx.change_rules(&in_use, b"{}").await.is_err());
    tx.rollback().await.unwrap();
    // A newer one retires it, and one used before comes back.
    let newer = vault.rule_set(second).await.unwrap();
    let mut tx = vault.begin(&doctor(), later(4)).await.unwrap();
    tx.activate_rules(&newer, Some(&in_use)).await.unwrap();
    tx.commit().await.unwrap();
    let (old, newer) =
        (vault.rule_set(first).await.unwrap(), vault.rule_set(second).await.unwrap());
    assert_eq!((old.state, newer.state), (RuleSetState::Retired, RuleSetState::Active));
    let mut tx = vault.begin(&doctor(), later(5)).await.unwrap();
    tx.activate_rules(&old, Some(&newer)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(vault.rules_in(RuleSetState::Active).await.unwrap().unwrap().version, first);
    assert_eq!(vault.rule_sets().await.unwrap().len(), 2);
}

async fn routed(vault: &Vault) {
    let id = receive(vault, b"oriente", NOW).await.unwrap();
    assert!(vault.routing(&id).await.unwrap().is_none());
    let set = proposals("Attribuer");
    let mut tx = vault.begin(&system_actor(), later(6)).await.unwrap();
    tx.store_routing(&id, 2, b"{\"seen\":1}", Some(&set)).await.unwrap();
    // The same again tells nothing new.
    tx.store_routing(&id, 2, b"{\"seen\":1}", Some(&set)).await.unwrap();
    tx.commit().await.unwrap();
    let routing = vault.routing(&id).await.unwrap().unwrap();
    assert_eq!((routing.rules, routing.features.as_slice()), (2, &b"{\"seen\":1}"[..]));
    assert_eq!(routing.proposed.as_ref(), Some(&set));
    // It is not the set on which the filing is decided, yet decisions are tied to it.
    assert!(vault.proposal_set(&id).await.unwrap().is_none());
    let mut tx = vault.begin(&doctor(), later(7)).await.unwrap();
    let decision = NewDecision {
        document: id.clone(),
        set: set.hash(),
        proposal: ProposalId("route-p0".into()),
        verdict: Verdict::Accepted,
        reason: None,
    };
    tx.insert_decision(decision).await.unwrap();
    tx.commit().await.unwrap();
    let story: Vec<String> =
        vault.ledger_of(&id).await.unwrap().into_iter().map(|e| e.kind).collect();
    assert_eq!(story, ["document-received", "proposed", "decided"]);
    let page = vault.routed_documents(NOW, later(1), None, 10).await.unwrap();
    assert!(page.iter().any(|d| d.document == id && d.features.as_slice() == b"{\"seen\":1}"));
    let last = page.last().unwrap();
    assert!(vault.routed_documents(NOW, later(1), Some(last), 10).await.unwrap().is_empty());
}

async fn placing(vault: &Vault) {
    let id = receive(vault, b"bannette", NOW).await.unwrap();
    let stand = |queue: &str, holder: Option<&str>| Placement {
        queue: Some(queue.into()),
        holder: holder.map(str::to_owned),
        queued_at: NOW,
        claimed_at: holder.map(|_| later(9)),
        content: Private(b"{}".to_vec()),
        ..Placement::default()
    };
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    tx.place(&id, None, &stand("biologie", None), (EventKind::Assigned, "route")).await.unwrap();
    tx.copy_to(&id, "person:account-1").await.unwrap();
    let task = tx.create_task(&id, Some(later(1000)), b"{\"label\":\"rappeler\"}").await.unwrap();
    tx.commit().await.unwrap();
    let before = vault.placement(&id).await.unwrap().unwrap().placement;
    assert_eq!((before.queue.as_deref(), before.holder.as_deref()), (Some("biologie"), None));

    // Two people at the same instant: exactly one gets it.
    let claim = |who: &'static str| {
        let (vault, id, before, to) =
            (vault.clone(), id.clone(), before.clone(), stand("biologie", Some(who)));
        async move {
            let mut tx = vault.begin(&secretary(who), later(9)).await?;
            tx.place(&id, Some(&before), &to, (EventKind::Claimed, "")).await?;
            tx.commit().await
        }
    };
    let (a, b) = tokio::join!(claim("lea"), claim("luc"));
    assert!(a.is_ok() != b.is_ok(), "exactly one");
    let lost = a.err().or(b.err()).unwrap();
    assert!(matches!(lost, VaultError::Conflict { .. }), "{lost}");
    let held = vault.placement(&id).await.unwrap().unwrap().placement.holder.unwrap();
    assert!(held == "lea" || held == "luc");

    let counts = vault.queue_counts(Sight::All).await.unwrap();
    assert!(counts.iter().any(|c| c.holder.as_deref() == Some(&held) && c.open == 1));
    let mine = vault.open_documents(Some("biologie"), Some(&held), Sight::All, 10).await.unwrap();
    assert_eq!(mine.len(), 1);
    // Taken: nobody waits for it.
    assert!(vault.not_taken_since("biologie", later(1_000)).await.unwrap().is_empty());
    let owners = ["person:account-1".to_owned()];
    assert_eq!(vault.unseen_copies(&owners, Sight::All).await.unwrap().len(), 1);
    let tasks = vault.tasks(&id).await.unwrap();
    assert_eq!(
        (tasks[0].id.as_str(), tasks[0].content.as_slice()),
        (task.as_str(), &b"{\"label\":\"rappeler\"}"[..])
    );
    let mut tx = vault.begin(&doctor(), later(10)).await.unwrap();
    tx.see_copy(&id, &owners[0]).await.unwrap();
    assert!(tx.see_copy(&id, &owners[0]).await.is_err());
    tx.finish_task(&tasks[0], true).await.unwrap();
    tx.commit().await.unwrap();
    assert!(vault.unseen_copies(&owners, Sight::All).await.unwrap().is_empty());
    assert!(vault.open_tasks(Sight::All, 10).await.unwrap().is_empty());

    let mut tx = vault.begin(&doctor(), later(11)).await.unwrap();
    tx.unplace(&id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(vault.placement(&id).await.unwrap().is_none());
    assert_eq!(vault.document(&id).await.unwrap().queue, None);

    let mut tx = vault.begin(&doctor(), later(12)).await.unwrap();
    tx.set_team(0, b"{\"queues\":[]}").await.unwrap();
    tx.commit().await.unwrap();
    let team = vault.team().await.unwrap().unwrap();
    assert_eq!((team.version, team.content.as_slice()), (1, &b"{\"queues\":[]}"[..]));
    let mut tx = vault.begin(&doctor(), later(13)).await.unwrap();
    assert!(tx.set_team(0, b"{}").await.is_err());
    tx.rollback().await.unwrap();
    destroyed(vault, &id).await;
}

async fn printing(vault: &Vault) {
    let (by_rule, by_person) = (
        receive(vault, b"a imprimer", NOW).await.unwrap(),
        receive(vault, b"a imprimer aussi", NOW).await.unwrap(),
    );
    let listed = async |sight: Sight| -> Vec<DocumentId> {
        let all = vault.to_print(sight, 10).await.unwrap();
        assert_eq!(vault.count_to_print(sight).await.unwrap().0, all.len() as u64);
        all.into_iter().map(|(d, _)| d.id).collect()
    };
    assert_eq!(vault.count_to_print(Sight::All).await.unwrap(), (0, None));
    let mut tx = vault.begin(&secretary("lea"), later(1)).await.unwrap();
    assert!(tx.mark_print(&by_rule, true).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = vault.begin(&secretary("luc"), later(2)).await.unwrap();
    assert!(tx.mark_print(&by_person, false).await.unwrap());
    // Marked already: it stays whose it was.
    assert!(!tx.mark_print(&by_rule, false).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(listed(Sight::All).await, [by_rule.clone(), by_person.clone()]);
    assert_eq!(vault.count_to_print(Sight::All).await.unwrap(), (2, Some(later(1))));
    let mark = vault.print_mark(&by_rule).await.unwrap().unwrap();
    assert_eq!((mark.by_rule, mark.by.as_str(), mark.printed), (true, "lea", None));

    // What its source masks is listed for those alone who see it.
    let headline = relu_vault::Headline { masked: true, ..relu_vault::Headline::default() };
    let change = relu_vault::DocumentChange { headline: Some(headline), ..Default::default() };
    let mut tx = vault.begin(&doctor(), later(3)).await.unwrap();
    tx.update_document(&by_person, change).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(listed(Sight::Unmasked).await, from_ref(&by_rule));

    // Printed once, by whoever says so first; taken back; printed again when it is marked again.
    let mut tx = vault.begin(&secretary("luc"), later(4)).await.unwrap();
    assert!(tx.set_printed(&by_rule, true).await.unwrap());
    assert!(!tx.set_printed(&by_rule, true).await.unwrap());
    tx.commit().await.unwrap();
    let mark = vault.print_mark(&by_rule).await.unwrap().unwrap();
    assert_eq!(mark.printed, Some(("luc".to_owned(), later(4))));
    assert_eq!(listed(Sight::All).await, from_ref(&by_person));
    let mut tx = vault.begin(&secretary("luc"), later(5)).await.unwrap();
    assert!(matches!(tx.unmark_print(&by_rule).await, Err(VaultError::Conflict { .. })));
    assert!(tx.set_printed(&by_rule, false).await.unwrap());
    assert!(tx.set_printed(&by_rule, true).await.unwrap());
    assert!(tx.mark_print(&by_rule, true).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(listed(Sight::All).await, [by_person.clone(), by_rule.clone()]);

    // The filing taken back takes back what its rules wanted, not what a person wants.
    let mut tx = vault.begin(&doctor(), later(6)).await.unwrap();
    tx.unplace(&by_rule).await.unwrap();
    tx.unplace(&by_person).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(listed(Sight::All).await, from_ref(&by_person));
    let mut tx = vault.begin(&doctor(), later(7)).await.unwrap();
    tx.unmark_print(&by_person).await.unwrap();
    tx.mark_print(&by_rule, false).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(listed(Sight::All).await, from_ref(&by_rule));
    let story: Vec<String> =
        vault.ledger_of(&by_rule).await.unwrap().into_iter().map(|e| e.kind).skip(1).collect();
    let told =
        ["to-print", "printed", "print-undone", "printed", "to-print", "assigned", "to-print"];
    assert_eq!(story, told);
    let mut tx = vault.begin(&doctor(), later(8)).await.unwrap();
    tx.destroy_document(&by_rule).await.unwrap();
    tx.commit().await.unwrap();
    assert!(listed(Sight::All).await.is_empty());
    assert!(vault.print_mark(&by_rule).await.unwrap().is_none());
}

async fn destroyed(vault: &Vault, id: &DocumentId) {
    let mut tx = vault.begin(&doctor(), later(14)).await.unwrap();
    tx.store_routing(id, 0, b"{}", None).await.unwrap();
    tx.destroy_document(id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(vault.routing(id).await.unwrap().is_none());
    assert!(vault.tasks(id).await.unwrap().is_empty());
}
