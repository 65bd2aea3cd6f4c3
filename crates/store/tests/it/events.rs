use crate::fixtures::{NOW, device, later, order_no, phy, stored};
use kernel::{ApiKeyId, OrderNo, PortNo, Timestamp};
use serde_json::json;
use store::events::{self, EventFilter, NewEvent, Target};
use store::{Db, PageRequest, deliveries};

pub(crate) fn about_order(event_type: &'static str, order: OrderNo, at: Timestamp) -> NewEvent {
    NewEvent {
        event_type: event_type.into(),
        order_no: Some(order),
        device_id: None,
        phy_id: Some(phy("82210225000520")),
        port_no: Some(PortNo(1)),
        data: json!({ "order_no": order, "port_no": 1 }),
        at,
        targets: vec![target("http://127.0.0.1:8888/webhook")],
    }
}

pub(crate) fn target(url: &str) -> Target {
    Target {
        url: url.to_owned(),
        api_key_id: Some(ApiKeyId(1)),
    }
}

fn alarm(port: Option<u16>) -> NewEvent {
    NewEvent {
        order_no: None,
        port_no: port.map(PortNo),
        targets: Vec::new(),
        ..about_order("device.alarm", order_no("THD1729407600001"), NOW)
    }
}

pub(crate) async fn tell(db: &Db, news: &[NewEvent]) -> Vec<String> {
    let mut tx = db.begin().await.expect("a transaction");
    let ids = events::insert(tx.conn(), news).await.expect("stored");
    tx.commit().await.expect("committed");
    ids
}

testkit::both_engines! {
    async fn ids_are_made_of_the_fact(db: &Db) {
        let order = order_no("THD1729407600001");
        let ids = tell(db, &[about_order("charging.progress", order, later(60))]).await;
        assert_eq!(ids, ["charging.progress-THD1729407600001-1729407660"]);
        let ids = tell(db, &[alarm(Some(1)), alarm(Some(2)), alarm(Some(2)), alarm(None)]).await;
        assert_eq!(ids, [
            "device.alarm-82210225000520-1729407600",
            "device.alarm-82210225000520-1729407600-p2",
            "device.alarm-82210225000520-1729407600-p2-2",
            "device.alarm-82210225000520-1729407600-2",
        ]);
        let mut lease = db.view().await.expect("a connection");
        let found = events::find(lease.conn(), &ids[1]).await.expect("ok").expect("there");
        assert_eq!((found.port_no, found.sequence_no), (Some(PortNo(2)), 0));
        assert_eq!(found.occurred_at, NOW);
    }

    async fn events_of_an_order_are_counted(db: &Db) {
        let device = device(db, "82210225000520").await;
        let one = stored(db, "THD1729407600001", device, 1).await.order_no;
        let two = stored(db, "THD1729407600002", device, 2).await.order_no;
        tell(db, &[about_order("order.created", one, NOW)]).await;
        tell(db, &[
            about_order("charging.ended", one, later(9)),
            about_order("order.created", two, NOW),
            about_order("order.completed", one, later(9)),
        ]).await;
        // Re-opened and ended again within the same second: the ids repeat, the count goes on.
        let ids = tell(db, &[
            about_order("charging.progress", one, later(9)),
            about_order("charging.ended", one, later(9)),
            about_order("order.completed", one, later(9)),
        ]).await;
        assert_eq!(ids[1], "charging.ended-THD1729407600001-1729407609-p1");
        let mut lease = db.view().await.expect("a connection");
        let filter = EventFilter { order_no: Some(one), ..EventFilter::default() };
        let list = events::list(lease.conn(), &filter, PageRequest::default()).await.expect("ok");
        let mut told: Vec<(i64, String)> = list.items.into_iter()
            .map(|event| (event.sequence_no, event.event_type)).collect();
        told.sort();
        let told: Vec<&str> = told.iter().map(|(_, kind)| kind.as_str()).collect();
        assert_eq!(told, [
            "order.created", "charging.ended", "order.completed",
            "charging.progress", "charging.ended", "order.completed",
        ]);
        let filter = EventFilter { order_no: Some(two), ..EventFilter::default() };
        let list = events::list(lease.conn(), &filter, PageRequest::default()).await.expect("ok");
        assert_eq!(list.items[0].sequence_no, 1);
    }

    async fn payloads_keep_their_order_and_lose_their_nuls(db: &Db) {
        let mut event = about_order("order.created", order_no("THD1729407600001"), NOW);
        event.data = json!({ "z": 1, "order_no": "x", "a": { "name": "用户\0" } });
        let ids = tell(db, &[event]).await;
        let mut lease = db.view().await.expect("a connection");
        let found = events::find(lease.conn(), &ids[0]).await.expect("ok").expect("there");
        assert_eq!(
            found.payload.to_string(),
            "{\"z\":1,\"order_no\":\"x\",\"a\":{\"name\":\"用户\u{fffd}\"}}"
        );
    }

    async fn a_fact_without_listeners_is_only_recorded(db: &Db) {
        tell(db, &[alarm(None)]).await;
        tell(db, &[]).await;
        let mut lease = db.view().await.expect("a connection");
        let counts = deliveries::counts(lease.conn()).await.expect("ok");
        assert_eq!((counts.pending, counts.dead), (0, 0));
        assert_eq!(deliveries::next_due(lease.conn()).await.expect("ok"), None);
    }
}
