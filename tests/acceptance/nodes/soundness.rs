//! What must be true of the books whatever has happened.

use crate::harness::{Nodes, eventually};

/// Order, ledger and port agree when everything is over.
pub fn assert_sound(site: &Nodes) {
    let twice = site.psql(
        "select device_id, port_no from orders where status in ('pending', 'charging') \
         group by device_id, port_no having count(*) > 1",
    );
    assert!(twice.is_empty(), "two orders on one port: {twice:?}");
    let unbalanced = site.psql(
        "select count(*) from (select journal_id from journal_lines group by journal_id \
         having sum(case when side = 'D' then amount_fen else -amount_fen end) <> 0) as broken",
    );
    assert_eq!(unbalanced, [["0"]]);
}

/// Every event of an order that is over arrives, each first time behind those before it.
pub async fn assert_told_in_order(site: &Nodes, order_no: &str) {
    let events = eventually(&format!("all events of {order_no}"), async || {
        let events = site.events_of(order_no);
        let last = events
            .iter()
            .any(|event| event.event_type() == "order.completed");
        last.then_some(events)
    })
    .await;
    let places: Vec<i64> = events
        .iter()
        .filter_map(|event| event.json["data"]["sequence_no"].as_i64())
        .collect();
    assert!(places.is_sorted(), "{order_no}: {places:?}");
    let completed = events
        .iter()
        .filter(|event| event.event_type() == "order.completed");
    assert_eq!(completed.count(), 1, "{order_no}");
}
