//! Car parks that are told who charged: never in the way of the bill, and until they have heard.

use crate::scene::{DEVICE, Scene, end, settings};
use crate::town::{Town, anna};
use app::{AppError, VehicleWish};
use channels::parking::{ParkingVendor, ParkingVendors, Telling};
use device::ChargeKey;
use domain::order::{Order, SettleStatus};
use domain::org::Scope;
use domain::parking::{Answer, ParkingRecord, ParkingRule};
use kernel::MemberId;
use parking_lot::Mutex;
use serde_json::json;
use std::sync::Arc;
use store::PageRequest;
use store::parking_handovers::HandoverRow;

/// Says what it was told to say, and remembers what it heard.
#[derive(Debug, Default)]
struct Gate {
    says: Mutex<Vec<Answer>>,
    heard: Mutex<Vec<(String, ParkingRecord)>>,
}

impl ParkingVendor for Gate {
    fn tell<'a>(&'a self, lot_id: &'a str, record: &'a ParkingRecord) -> Telling<'a> {
        self.heard.lock().push((lot_id.to_owned(), record.clone()));
        let answer = self.says.lock().pop().unwrap_or(Answer::TAKEN);
        Box::pin(async move { answer })
    }
}

fn rule(more: &serde_json::Value) -> ParkingRule {
    let mut terms = json!({"vendor": "north", "lot_id": "P7", "plate": "required",
        "relief": {"type": "free_minutes", "minutes": 120}, "min_fen": 100, "cap_per_day": 1});
    for (key, value) in more.as_object().expect("an object") {
        terms[key] = value.clone();
    }
    serde_json::from_value(terms).expect("a rule")
}

/// A town with a car park, a member with a plate.
async fn town(db: &store::Db, gate: &Arc<Gate>) -> (Town, MemberId) {
    let vendors = ParkingVendors::default().with("north", gate.clone() as Arc<dyn ParkingVendor>);
    let town = Town::with_parking(db, vendors).await;
    let member = town.member("13800138000", 5000).await;
    let app = &town.scene.app;
    let who = app.member(member).await.expect("there");
    let wish = VehicleWish {
        plate: Some("京AD12345".to_owned()),
        ..VehicleWish::default()
    };
    app.bind_vehicle(&who, &wish).await.expect("bound");
    app.add_parking_rule(&anna(), town.station, &rule(&json!({})))
        .await
        .expect("agreed");
    (town, member)
}

async fn charged(town: &Town, member: MemberId, centi_kwh: i64) -> Order {
    let mut pile = town.scene.connect(DEVICE).await;
    let order = town.start(member, 1, 1000).await.expect("started");
    pile.begins(&order).await;
    town.scene.advance(600);
    pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, centi_kwh))
        .await;
    pile.leave();
    town.scene.settle().await;
    town.scene.order(order.order_no).await
}

async fn handovers(town: &Town) -> Vec<HandoverRow> {
    let app = &town.scene.app;
    let page = PageRequest::default();
    let list = app
        .list_parking_handovers(&Scope::Everything, None, page)
        .await;
    list.expect("read").items
}

testkit::both_engines! {
    async fn a_charge_is_told_once(db: &store::Db) {
        let gate = Arc::new(Gate::default());
        let (town, member) = town(db, &gate).await;
        let order = charged(&town, member, 200).await;
        assert_eq!(order.settle_status, SettleStatus::Settled, "billed before anybody is told");
        assert_eq!(handovers(&town).await[0].state, "pending");
        for _ in 0..3 {
            town.scene.app.tell_car_parks().await.expect("told");
            town.scene.advance(600);
        }
        let heard = gate.heard.lock().clone();
        assert_eq!(heard.len(), 1);
        let (lot, record) = &heard[0];
        assert_eq!((lot.as_str(), record.order_no), ("P7", order.order_no));
        assert_eq!(record.plate.as_deref(), Some("京AD12345"));
        assert_eq!((record.quantity_wh(), record.total().0), (2000, 300));
        assert_eq!(record.mobile.as_deref(), Some("13800138000"));
        assert_eq!(handovers(&town).await[0].state, "done");
        // The car has had its relief of the day, and too little is not enough.
        charged(&town, member, 200).await;
        charged(&town, member, 50).await;
        town.scene.app.tell_car_parks().await.expect("decided");
        let states: Vec<_> = handovers(&town).await.into_iter().map(|row| row.state).collect();
        assert_eq!(states, ["refused", "refused", "done"]);
        assert_eq!(gate.heard.lock().len(), 1);
    }

    /// Silence: three times more within half an hour, over a restart; then an alarm, and a person
    /// may have it told again.
    async fn silence_is_asked_again_and_then_raised(db: &store::Db) {
        let gate = Arc::new(Gate::default());
        *gate.says.lock() = vec![Answer::Code(9), Answer::None, Answer::None, Answer::None];
        let (town, member) = town(db, &gate).await;
        let order = charged(&town, member, 200).await;
        let mut counts = Vec::new();
        for minutes in [0, 4, 1, 10] {
            town.scene.advance(minutes * 60);
            town.scene.app.tell_car_parks().await.expect("told");
            counts.push(gate.heard.lock().len());
        }
        assert_eq!(counts, [1, 1, 2, 3]);
        assert!(town.scene.open_alarms().await.is_empty());
        let clock = town.scene.clock.clone();
        let again = Scene::restarted_among(db, settings(), clock, town.outside.clone()).await;
        again.advance(15 * 60);
        again.app.tell_car_parks().await.expect("told");
        assert_eq!(gate.heard.lock().len(), 4);
        assert_eq!(handovers(&town).await[0].state, "failed");
        assert_eq!(town.scene.open_alarms().await, ["parking_relief_failed"]);
        again.advance(3600);
        assert_eq!(again.app.tell_car_parks().await.expect("told"), 0, "given up");
        let number = order.order_no;
        again.app.retell_car_park(&anna(), number).await.expect("again");
        again.app.tell_car_parks().await.expect("told");
        assert_eq!(handovers(&town).await[0].state, "done");
        let twice = again.app.retell_car_park(&anna(), number).await;
        assert!(matches!(twice, Err(AppError::Conflict(_))), "it has been told");
    }

    async fn rules_are_checked_and_one_per_station(db: &store::Db) {
        let gate = Arc::new(Gate::default());
        let (town, _) = town(db, &gate).await;
        let app = &town.scene.app;
        let second = app.add_parking_rule(&anna(), town.station, &rule(&json!({}))).await;
        assert!(matches!(second, Err(AppError::Conflict(_))));
        for (wrong, field) in [
            (json!({"vendor": "south"}), "terms.vendor"),
            (json!({"cap_per_day": 0}), "terms.cap_per_day"),
            (json!({"relief": {"type": "percent", "percent": 101}}), "terms.relief.percent"),
        ] {
            let refused = app.add_parking_rule(&anna(), town.station, &rule(&wrong)).await;
            let Err(AppError::Semantic { field: named, .. }) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(named, field);
        }
        let page = PageRequest::default();
        let rules = app.list_parking_rules(&Scope::Everything, None, page).await;
        let id = rules.expect("read").items[0].id;
        app.end_parking_rule(&anna(), id).await.expect("ended");
        assert!(app.end_parking_rule(&anna(), id).await.is_err(), "once");
        app.add_parking_rule(&anna(), town.station, &rule(&json!({}))).await.expect("a new one");
    }
}
