//! One id from a call to the last thing that follows from it.

use crate::scene::{DEVICE, Scene, end};
use app::staff::Actor;
use app::{current_trace, new_trace, within_trace};
use device::ChargeKey;
use domain::org::Scope;
use kernel::{OrderNo, TraceId};
use std::time::Duration;
use store::commands::{self, CommandFilter};
use store::{Db, PageRequest, deliveries};

fn settings() -> app::Settings {
    app::Settings {
        webhook_url: Some("https://example.com/hook".to_owned()),
        ..crate::scene::settings()
    }
}

async fn commands_of(db: &Db, trace: TraceId) -> Vec<String> {
    let filter = CommandFilter {
        trace: Some(trace),
        scope: Scope::Everything,
        ..CommandFilter::default()
    };
    let mut view = db.view().await.expect("a connection");
    let page = commands::list(view.conn(), &filter, PageRequest::default()).await;
    page.expect("read")
        .items
        .into_iter()
        .map(|row| row.cmd)
        .collect()
}

/// The flows of everything that the receiver is told of an order.
async fn told(db: &Db, order_no: OrderNo, now: kernel::Timestamp) -> Vec<Option<TraceId>> {
    let mut tx = db.begin().await.expect("a transaction");
    let due = now + Duration::from_secs(1);
    let lent = deliveries::claim(tx.conn(), due, None, Duration::from_mins(1), -1, 100).await;
    let lent = lent.expect("read").into_iter();
    lent.filter(|one| one.order_no == Some(order_no))
        .map(|one| one.trace_id)
        .collect()
}

testkit::both_engines! {
    async fn a_flow_keeps_its_id_to_the_last_webhook(db: &Db) {
        let scene = Scene::with(db, settings()).await;
        let mut pile = scene.connect(DEVICE).await;
        let trace = new_trace();
        let started = within_trace(trace, scene.start(1)).await;
        let order = started.expect("accepted").order;
        assert_eq!(order.trace, Some(trace));
        assert_eq!(current_trace(), None);
        pile.begins(&order).await;
        scene.advance(600);
        let ended = pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 50)).await;
        assert!(ended.is_some());
        assert_eq!(scene.order(order.order_no).await.trace, Some(trace), "stored");
        assert_eq!(commands_of(db, trace).await, ["start_charge"]);
        let told = told(db, order.order_no, scene.app.now()).await;
        assert!(told.len() >= 3, "created, started, ended: {told:?}");
        assert!(told.iter().all(|one| *one == Some(trace)), "{told:?}");
        let anna = Actor::trusted("anna");
        let found = scene.app.search(&anna, &trace.to_string()).await.expect("read");
        let kinds: Vec<&str> = found.iter().map(|group| group.kind).collect();
        assert!(kinds.contains(&"orders"), "{kinds:?}");
        assert!(kinds.contains(&"commands") && kinds.contains(&"webhooks"), "{kinds:?}");
        let other = scene.app.search(&anna, &new_trace().to_string()).await.expect("read");
        assert!(other.is_empty(), "{other:?}");
    }

    async fn what_begins_outside_of_a_call_is_a_flow_of_its_own(db: &Db) {
        let scene = Scene::with(db, settings()).await;
        let _pile = scene.connect(DEVICE).await;
        let first = scene.start(1).await.expect("accepted").order;
        let second = scene.start(2).await.expect("accepted").order;
        assert!(first.trace.is_some() && first.trace != second.trace);
    }
}
