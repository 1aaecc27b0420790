//! What to queue, from what stands at a destination. Pure.

use relu_record::Purpose;
use relu_vault::{Delivery, DeliveryId, DeliveryState};

/// What a destination is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The document as it is filed now.
    Handed,
    /// Nothing of it.
    Recalled,
}

/// What to give up and what to queue.
pub(super) struct Plan<'a> {
    pub(super) cancel: Vec<&'a Delivery>,
    pub(super) queue: Option<(Purpose, Option<DeliveryId>)>,
}

/// The plan for one document and one destination, whose deliveries come oldest first. `unchanged`
/// says whether a delivery holds the document as it is filed now.
pub(super) fn plan<'a>(
    deliveries: &[&'a Delivery],
    wanted: Wanted,
    unchanged: impl Fn(&Delivery) -> bool,
) -> Plan<'a> {
    let pending: Vec<&'a Delivery> =
        deliveries.iter().copied().filter(|d| d.state == DeliveryState::Pending).collect();
    let (recalls, hands): (Vec<&Delivery>, Vec<&Delivery>) =
        pending.into_iter().partition(|d| d.purpose == Purpose::Recall);
    let standing = standing(deliveries);
    match wanted {
        // What waits carries the newest state: it is made when it leaves.
        Wanted::Handed if !hands.is_empty() => Plan { cancel: Vec::new(), queue: None },
        Wanted::Handed => {
            let queue = match standing {
                Some(there) if unchanged(there) => None,
                Some(there) => Some((Purpose::Replace, Some(there.id.clone()))),
                None => Some((Purpose::New, None)),
            };
            Plan { cancel: recalls, queue }
        }
        Wanted::Recalled => {
            let queue = standing
                .filter(|_| recalls.is_empty())
                .map(|there| (Purpose::Recall, Some(there.id.clone())));
            Plan { cancel: hands, queue }
        }
    }
}

/// The delivery that stands at the destination, as far as is known here: what was prepared may have
/// arrived.
fn standing<'a>(deliveries: &[&'a Delivery]) -> Option<&'a Delivery> {
    let mut standing = None;
    for d in deliveries {
        if matches!(d.state, DeliveryState::Delivered | DeliveryState::Staged) {
            standing = (d.purpose != Purpose::Recall).then_some(*d);
        }
    }
    standing
}

#[cfg(test)]
mod tests {
    use relu_record::{DocumentId, Instant, Private};

    use super::*;

    // `N+` a first one delivered, `R-` a replacement refused, `X?` a recall that waits, `N~` prepared,
    // `N0` given up.
    fn delivery(n: usize, code: &str) -> Delivery {
        let purpose = match code.as_bytes()[0] {
            b'N' => Purpose::New,
            b'R' => Purpose::Replace,
            _ => Purpose::Recall,
        };
        let state = match code.as_bytes()[1] {
            b'+' => DeliveryState::Delivered,
            b'-' => DeliveryState::Refused,
            b'~' => DeliveryState::Staged,
            b'0' => DeliveryState::Cancelled,
            _ => DeliveryState::Pending,
        };
        Delivery {
            id: DeliveryId(n.to_string()),
            document: DocumentId("d".into()),
            patient: None,
            destination: "a".into(),
            purpose,
            replaces: None,
            state,
            reason: None,
            created_by: String::new(),
            created_at: Instant(0),
            updated_at: Instant(0),
            version: 1,
            content: Private::default(),
        }
    }

    #[test]
    fn what_stands_decides_what_is_sent() {
        use Wanted::{Handed, Recalled};
        // Deliveries; what is wanted; whether the filing is as handed over; given up; queued.
        let table = [
            ("", Handed, false, "", "N"),
            ("", Recalled, false, "", ""),
            ("N?", Handed, false, "", ""),
            ("N?", Recalled, false, "0", ""),
            ("N+", Handed, true, "", ""),
            ("N+", Handed, false, "", "R0"),
            ("N+", Recalled, false, "", "X0"),
            ("N~", Recalled, false, "", "X0"),
            ("N~", Handed, false, "", "R0"),
            ("N-", Handed, false, "", "N"),
            ("N-", Recalled, false, "", ""),
            ("N0", Handed, false, "", "N"),
            ("N+ X?", Handed, true, "1", ""),
            ("N+ X?", Handed, false, "1", "R0"),
            ("N+ X?", Recalled, false, "", ""),
            ("N+ X+", Handed, true, "", "N"),
            ("N+ X+", Recalled, false, "", ""),
            ("N+ X-", Handed, false, "", "R0"),
            ("N+ R+", Handed, false, "", "R1"),
            ("N+ R?", Recalled, false, "1", "X0"),
            ("N+ R-", Recalled, false, "", "X0"),
        ];
        for (codes, wanted, same, cancel, queue) in table {
            let all: Vec<Delivery> =
                codes.split_whitespace().enumerate().map(|(n, c)| delivery(n, c)).collect();
            let all: Vec<&Delivery> = all.iter().collect();
            let plan = plan(&all, wanted, |_| same);
            let cancelled: Vec<&str> = plan.cancel.iter().map(|d| d.id.0.as_str()).collect();
            let queued = plan.queue.map_or(String::new(), |(purpose, replaces)| {
                let letter = match purpose {
                    Purpose::New => "N",
                    Purpose::Replace => "R",
                    Purpose::Recall => "X",
                };
                format!("{letter}{}", replaces.map(|r| r.0).unwrap_or_default())
            });
            assert_eq!(
                (cancelled.join(" ").as_str(), queued.as_str()),
                (cancel, queue),
                "{codes} {wanted:?}"
            );
        }
    }
}
