//! What was handed over, waits or was refused.

use maud::Markup;
use relu_desk::DeliveryState;
use relu_desk::view::{DeliveryList, DeliveryView, DocumentView};
use relu_record::{DocumentState, Instant, Role};
use relu_server::pages::deliveries::{DeliveriesPage, DeliveryQuery, HandOver};
use relu_server::pages::{self, Section};

use super::{frame, item};

fn delivery(n: usize, state: DeliveryState, why: Option<&str>) -> DeliveryView {
    DeliveryView {
        id: format!("remise-{n}"),
        document: item(n, DocumentState::AViser),
        patient: None,
        destination: "Logiciel du cabinet".into(),
        purpose: "première remise".into(),
        recall: false,
        state,
        reason: why.map(str::to_owned),
        words: if why.is_some() { "PID-3 <inconnu>".into() } else { String::new() },
        by: "Claire".into(),
        created: Instant(1_760_000_000_000),
        updated: Instant(1_760_000_060_000),
        may_retry: state == DeliveryState::Refused,
        may_cancel: matches!(state, DeliveryState::Refused | DeliveryState::Pending),
    }
}

fn deliveries() -> Vec<DeliveryView> {
    vec![
        delivery(1, DeliveryState::Refused, Some("Le logiciel a refusé ce message.")),
        delivery(2, DeliveryState::Pending, None),
        delivery(3, DeliveryState::Delivered, None),
    ]
}

pub fn handed(view: &DocumentView) -> HandOver {
    let filed = view.item.state == DocumentState::AViser;
    HandOver {
        deliveries: if filed { deliveries() } else { Vec::new() },
        destinations: vec![("dossier".into(), "Logiciel du cabinet".into())],
    }
}

pub fn deliveries_page() -> Markup {
    let list = DeliveryList {
        items: deliveries(),
        counts: vec![
            (DeliveryState::Refused, 1),
            (DeliveryState::Pending, 1),
            (DeliveryState::Delivered, 1),
            (DeliveryState::Cancelled, 0),
        ],
        page_size: 50,
    };
    let destinations = [("dossier".to_owned(), "Logiciel du cabinet".to_owned())];
    let query = DeliveryQuery::default();
    let page = DeliveriesPage { list: &list, query: &query, destinations: &destinations };
    pages::deliveries::page(&frame(Role::Secretariat, Section::Deliveries), &page)
}
