//! Records that cannot be true, as each family's link hands them in: stored, acknowledged, and
//! never billed without a mark.

use crate::scene::{DEVICE, Scene, end};
use crate::town::anna;
use app::AppError;
use device::{Answer, ChargeKey, EndReport, RecordDetails};
use domain::order::{Order, SettleStatus};
use domain::org::Scope;
use kernel::{Energy, Timestamp};
use store::PageRequest;
use store::orders::OrderFilter;
use testkit::db::run_sql;

/// What becomes of a charge of ten minutes, seen at 0.20 kWh, that ends with this report.
async fn billed(scene: &Scene, report: impl FnOnce(ChargeKey) -> EndReport) -> Order {
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    scene.advance(300);
    pile.progresses(order.order_no, 1, 300, 20).await;
    scene.advance(300);
    let answer = pile.ends(report(ChargeKey::Order(order.order_no))).await;
    assert_eq!(answer, Some(Answer::Stored), "it would come for ever");
    pile.leave();
    scene.settle().await;
    scene.order(order.order_no).await
}

async fn is_told(scene: &Scene, order: &Order) -> bool {
    let told = scene.told(order.order_no).await;
    told.iter().any(|kind| kind == "order.completed")
}

/// A record as the links of EV piles make it; AP3000 gives details only with doubts.
fn record(charge: ChargeKey, details: RecordDetails) -> EndReport {
    EndReport {
        details: Some(Box::new(details)),
        ..end(charge, 1, 600, 30)
    }
}

fn doubted(doubt: &'static str) -> RecordDetails {
    RecordDetails {
        doubts: vec![doubt.into()],
        ..RecordDetails::default()
    }
}

fn metered(before: i64, after: i64) -> RecordDetails {
    RecordDetails {
        meter: Some((Energy(before), Energy(after))),
        ..RecordDetails::default()
    }
}

testkit::both_engines! {
    async fn a_sound_record_is_billed_without_a_mark(db: &store::Db) {
        let scene = Scene::new(db).await;
        let order = billed(&scene, |charge| record(charge, metered(500_000, 503_000))).await;
        assert_eq!(order.settle_status, SettleStatus::Settled);
        assert_eq!((order.abnormal, order.abnormal_reason.as_deref()), (false, None));
        assert!(is_told(&scene, &order).await);
    }

    /// AP3000: energy beyond what the power allows, fields at their ceiling. YKC and Infypower:
    /// clocks of 1970, meters that go back or do not agree.
    async fn doubtful_records_are_held(db: &store::Db) {
        let scene = Scene::new(db).await;
        for details in [
            doubted("energy_above_power"),
            doubted("energy_ceiling"),
            doubted("clock"),
            metered(503_000, 500_000),
            metered(500_000, 900_000),
        ] {
            let shown = format!("{details:?}");
            let order = Box::pin(billed(&scene, |charge| record(charge, details))).await;
            assert_eq!(order.settle_status, SettleStatus::Error, "{shown}");
            assert!(order.abnormal && order.abnormal_reason.is_some(), "{shown}");
            assert!(!is_told(&scene, &order).await, "{shown}");
        }
        assert!(scene.open_alarms().await.contains(&"settle_error".to_owned()));
    }

    /// BKV has no meter readings: less than was seen while it charged is marked, more than the
    /// power allows is noted.
    async fn odd_accounts_are_marked(db: &store::Db) {
        let scene = Scene::new(db).await;
        let order = billed(&scene, |charge| end(charge, 1, 600, 5)).await;
        assert!(order.abnormal);
        let words = order.abnormal_reason.as_deref();
        assert_eq!(words, Some("less energy than was reported while it charged"));
        let order = billed(&scene, |charge| end(charge, 1, 600, 500)).await;
        let words = order.abnormal_reason.as_deref();
        assert_eq!(words, Some("more energy than its power allows"));
    }

    /// Who looked at a marked order says so, and it waits no longer; a held bill is decided on
    /// first.
    async fn marked_orders_are_looked_at(db: &store::Db) {
        let scene = Scene::new(db).await;
        let app = &scene.app;
        let sound = billed(&scene, |charge| end(charge, 1, 600, 30)).await;
        let held = billed(&scene, |charge| record(charge, doubted("clock"))).await;
        let marked = billed(&scene, |charge| end(charge, 1, 600, 5)).await;
        let waiting = async |handled| {
            let (abnormal, handled) = (Some(true), Some(handled));
            let filter = OrderFilter { abnormal, handled, ..OrderFilter::default() };
            let page = app.list_orders(&filter, PageRequest::default()).await.expect("read");
            page.items.into_iter().map(|order| order.order_no).collect::<Vec<_>>()
        };
        assert_eq!(waiting(false).await, [marked.order_no, held.order_no]);
        for (order, refusal) in [(&sound, "the order is not abnormal"), (&held, "its bill is held")] {
            let refused = app.handle_order(&anna(), order.order_no, "looked").await;
            assert!(matches!(refused, Err(AppError::Conflict(said)) if said == refusal), "{refused:?}");
        }
        app.handle_order(&anna(), marked.order_no, "the meter was changed").await.expect("handled");
        assert_eq!(waiting(false).await, [held.order_no]);
        assert_eq!(waiting(true).await, [marked.order_no]);
        let first_page = app.dashboard(&anna()).await.expect("read");
        let told = first_page.items.iter().find(|item| item.item == "orders_abnormal");
        assert_eq!(told.map(|item| item.count), Some(1), "the held one");
        let line = app.order_line(marked.order_no, &Scope::Everything).await.expect("there");
        let facts = line.facts.expect("facts");
        assert_eq!(facts.handled_note.as_deref(), Some("the meter was changed"));
        assert_eq!(facts.handled_by.as_deref(), Some(anna().name.as_str()));
        let other = "update orders set abnormal_reason = 'something else' where not provisional";
        run_sql(db, other).await.expect("marked for another reason");
        assert_eq!(waiting(false).await, [marked.order_no, held.order_no]);
        let story = app.order_story(marked.order_no, &anna()).await.expect("told");
        assert!(story.entries.iter().any(|entry| entry.what == "order.abnormal.handle"));
    }

    /// What a device's clock says moves neither the end of a charge nor its bill.
    async fn a_clock_of_1970_moves_no_bill(db: &store::Db) {
        let scene = Scene::new(db).await;
        let first = billed(&scene, |charge| end(charge, 1, 600, 30)).await;
        let second = billed(&scene, |charge| EndReport {
            ended_at: Some(Timestamp::from_unix_seconds(600)),
            ..end(charge, 1, 600, 30)
        })
        .await;
        assert_eq!(first.final_amount, second.final_amount);
        let ended = second.end_time.expect("ended");
        assert_eq!(Some(ended), second.start_time.map(|start| start + std::time::Duration::from_mins(10)));
    }
}
