//! E-bike plans and occupancy fees from the operator's desk to the bill.

use crate::scene::{DEVICE, Scene, caller, end, id, port_report, progress, settings};
use app::{AppError, Decision, Place, RuleTerms};
use device::{ChargeKey, Command, EndReason, Event, PortReport, PortState};
use domain::occupancy::{Occupancy, OccupancyState};
use domain::order::{Order, OrderStatus};
use domain::pricing::ebike::EbikePlan;
use domain::pricing::occupancy::{OccupancyRule, OccupancyTrigger};
use domain::request::start_plan;
use kernel::{Fen, PortNo, Power};
use serde_json::{Value, json};
use std::time::Duration;
use store::PageRequest;
use store::price_rules::RuleKind;

fn tiers(rule: &str) -> Value {
    json!({"mode": "tier", "tier_rule": rule, "tiers": [
        {"max_w": 200, "fen": 25, "minutes": 60}, {"max_w": 400, "fen": 50, "minutes": 60},
        {"max_w": 600, "fen": 100, "minutes": 60}, {"max_w": 800, "fen": 150, "minutes": 60},
        {"max_w": 2000, "fen": 500, "minutes": 120}]})
}

pub(crate) fn ebike(plan: Value) -> RuleTerms {
    let plan: EbikePlan = serde_json::from_value(plan).expect("a plan");
    RuleTerms::Ebike(Box::new(plan))
}

/// Writes a rule by one person, approves it by another and binds it to the device.
pub(crate) async fn in_force(scene: &Scene, terms: RuleTerms) -> i64 {
    let (app, kind) = (&scene.app, terms.kind());
    let made = app.create_rule("anna", "Rule", &terms, app.now()).await;
    let id_of = made.expect("made").rule.id;
    let version = (id_of, 1);
    for (actor, decision) in [("anna", Decision::Submit), ("ben", Decision::Approve)] {
        let decided = app.decide_rule(actor, kind, version, decision, None).await;
        decided.expect("decided");
    }
    let place = Place::Device(id(DEVICE));
    let bound = app.bind_rule("ben", kind, Some(id_of), place).await;
    bound.expect("bound");
    id_of
}

async fn start(scene: &Scene, body: Value) -> Result<Order, AppError> {
    let plan = start_plan(&body).expect("a legal request");
    let started = scene.app.start_charging(&caller(), &id(DEVICE), plan).await;
    started.map(|started| started.order)
}

async fn waits(scene: &Scene) -> Vec<Occupancy> {
    let (device, page) = (id(DEVICE), PageRequest::default());
    let list = scene.app.list_occupancies(
        domain::org::Scope::Everything,
        None,
        Some(&device),
        None,
        page,
    );
    list.await.expect("readable").items
}

fn rule() -> RuleTerms {
    RuleTerms::Occupancy(Box::default())
}

fn plug_in() -> PortReport {
    PortReport {
        plugged: Some(true),
        ..port_report(1, PortState::Plugged)
    }
}

/// A charge on port 1 that ends with its plug in.
async fn charged(scene: &Scene) -> (crate::scene::Pile, Order) {
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    scene.advance(600);
    let mut plugged = port_report(1, PortState::Charging);
    plugged.plugged = Some(true);
    plugged.charge = Some(ChargeKey::Order(order.order_no));
    pile.shows(plugged).await;
    pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 20))
        .await;
    (pile, order)
}

testkit::both_engines! {
    /// E4 in meaning: the device is told the tiers and meters 36 minutes in the first.
    async fn a_port_s_plan_bills_by_the_device_s_tiers(db: &store::Db) {
        let scene = Scene::new(db).await;
        let plan_id = in_force(&scene, ebike(tiers("accumulate"))).await;
        let mut pile = scene.connect(DEVICE).await;
        let body = json!({"port_no": 1, "charge_mode": 3, "amount": 100});
        let order = start(&scene, body).await.expect("accepted");
        let snapshot = order.terms.plan.clone().expect("the plan applies");
        assert_eq!((snapshot.plan_id, snapshot.version), (plan_id, 1));
        assert_eq!(order.planned_duration_s, Some(240 * 60), "bought in the cheapest tier");
        let dispatch = pile.command().expect("a start command");
        match &dispatch.command {
            Command::StartCharge(told) => assert_eq!(told.tiers.len(), 5),
            other => panic!("{other:?}"),
        }
        pile.begins_with(&dispatch, &order).await;
        scene.advance(2160);
        let mut report = end(ChargeKey::Order(order.order_no), 1, 2160, 9);
        report.tier_minutes = vec![36, 0, 0, 0, 0];
        pile.ends(report).await;
        let done = scene.order(order.order_no).await;
        assert_eq!((done.final_amount, done.refund_fen), (Some(Fen(15)), Fen(85)));
        assert_eq!(done.terms, order.terms);
    }

    /// The platform meters the tiers where the device does not, and stops at the last fen.
    async fn the_platform_meters_tiers_from_reports(db: &store::Db) {
        let scene = Scene::new(db).await;
        let plan_id = in_force(&scene, ebike(tiers("max_power"))).await;
        let mut pile = scene.connect(DEVICE).await;
        let body = json!({"port_no": 1, "charge_mode": 1, "amount": 100, "plan_id": plan_id});
        let order = start(&scene, body).await.expect("accepted");
        pile.begins(&order).await;
        let mut report = progress(ChargeKey::Order(order.order_no), 1, 600, 3);
        report.power = Some(Power::from_watts(310));
        scene.advance(600);
        pile.says(Event::Progress(report.clone())).await;
        scene.app.flush().await;
        let stored = scene.order(order.order_no).await;
        let meter = stored.tier_meter.expect("kept while it charges");
        assert_eq!(meter.highest(), Power::from_watts(310));
        assert_eq!(meter.seconds(), [0, 600, 0, 0, 0]);
        // The power rises: of the two hours that were bought one is left, minus what was used.
        report.power = Some(Power::from_watts(590));
        report.duration_s = 3600;
        scene.advance(3000);
        pile.says(Event::Progress(report)).await;
        let stopping = scene.order(order.order_no).await;
        assert_eq!(stopping.stop_reason, Some(EndReason::InsufficientBalance));
    }

    /// Power above the last tier, and the longest time of a plan.
    async fn a_plan_keeps_its_own_limits(db: &store::Db) {
        let scene = Scene::new(db).await;
        in_force(&scene, ebike(tiers("accumulate"))).await;
        let mut pile = scene.connect(DEVICE).await;
        for (port, watts, seconds, reason) in [
            (1, 2100, 60, EndReason::OverPower),
            (2, 10, 36_000, EndReason::Timeout),
        ] {
            let body = json!({"port_no": port, "charge_mode": 3, "amount": 5000});
            let order = start(&scene, body).await.expect("accepted");
            pile.begins(&order).await;
            scene.advance(60);
            let mut report = progress(ChargeKey::Order(order.order_no), port, seconds, 3);
            report.power = Some(Power::from_watts(watts));
            pile.says(Event::Progress(report)).await;
            let order = scene.order(order.order_no).await;
            assert_eq!(order.stop_reason, Some(reason));
            let stop = pile.command().expect("a stop command");
            assert!(matches!(stop.command, Command::StopCharge { .. }));
        }
    }

    /// A named price goes before the port's plan; a plan that is not in force is refused.
    async fn what_was_agreed_goes_before_the_plan(db: &store::Db) {
        let scene = Scene::new(db).await;
        let plan_id = in_force(&scene, ebike(json!({"mode": "energy", "unit_price_fen": 120}))).await;
        let _pile = scene.connect(DEVICE).await;
        let priced = scene.start(1).await.expect("accepted").order;
        assert_eq!(priced.terms.plan, None);
        let by_energy = json!({"port_no": 2, "charge_mode": 2, "amount": 600});
        let named = json!({"port_no": 2, "charge_mode": 2, "amount": 600, "plan_id": plan_id});
        assert!(start_plan(&by_energy).is_err(), "without a plan the energy is missing");
        let order = start(&scene, named).await.expect("accepted");
        assert_eq!(order.planned_energy.map(|energy| energy.0), Some(50_000));
        assert_eq!(order.planned_duration_s, Some(36_000));
        let unknown = json!({"port_no": 3, "charge_mode": 4, "amount": 600, "plan_id": 99});
        match start(&scene, unknown).await {
            Err(AppError::Semantic { field, .. }) => assert_eq!(field, "plan_id"),
            other => panic!("{other:?}"),
        }
    }

    /// Nobody approves what they wrote, and nothing is in force before that.
    async fn a_second_person_approves(db: &store::Db) {
        let scene = Scene::new(db).await;
        let app = &scene.app;
        let wrong = ebike(json!({"mode": "time"}));
        let refused = app.create_rule("anna", "Free", &wrong, app.now()).await;
        assert!(matches!(refused, Err(AppError::Semantic { field, .. }) if field == "plan.unit_price_fen"));
        let terms = ebike(json!({"mode": "time", "unit_price_fen": 100}));
        let made = app.create_rule("anna", "Hours", &terms, app.now()).await.expect("made");
        let (kind, version) = (RuleKind::Ebike, (made.rule.id, 1));
        let early = app.decide_rule("ben", kind, version, Decision::Approve, None).await;
        assert!(matches!(early, Err(AppError::Conflict(_))), "not submitted");
        app.decide_rule("anna", kind, version, Decision::Submit, None).await.expect("submitted");
        let own = app.decide_rule("anna", kind, version, Decision::Approve, None).await;
        assert!(matches!(own, Err(AppError::Conflict("a second person has to approve"))));
        let other_kind = app.rule(RuleKind::Occupancy, made.rule.id).await;
        assert!(matches!(other_kind, Err(AppError::NotFound("occupancy rule"))));
    }

    /// OC2 in meaning, over a restart: fifteen minutes are free, half a minute more costs a unit.
    async fn a_plug_that_is_left_in_costs(db: &store::Db) {
        let scene = Scene::new(db).await;
        in_force(&scene, rule()).await;
        let (pile, order) = Box::pin(charged(&scene)).await;
        let waiting = waits(&scene).await;
        assert_eq!((waiting.len(), waiting[0].state), (1, OccupancyState::Waiting));
        assert!(waiting[0].occ_no.starts_with("OC"));
        scene.app.flush().await;
        drop(pile);
        // Nobody listens for two hours: they cost nothing.
        scene.clock.advance(Duration::from_hours(2));
        let scene = Scene::restarted(db, settings(), scene.clock.clone()).await;
        scene.app.watch_occupied().await.expect("written");
        let pile = scene.connect(DEVICE).await;
        let mut plug = plug_in();
        pile.shows(plug.clone()).await;
        scene.app.watch_occupied().await.expect("written");
        assert_eq!(waits(&scene).await[0].state, OccupancyState::Waiting);
        scene.advance(910);
        pile.shows(plug.clone()).await;
        scene.app.watch_occupied().await.expect("written");
        assert_eq!(waits(&scene).await[0].state, OccupancyState::Timing);
        scene.advance(20);
        plug.plugged = Some(false);
        plug.state = PortState::Idle;
        pile.shows(plug).await;
        // The watch comes late; the instant of the unplugging counts.
        scene.advance(600);
        scene.app.watch_occupied().await.expect("written");
        let ended = waits(&scene).await.remove(0);
        assert_eq!((ended.state, ended.fee.units, ended.fee.fen), (OccupancyState::ToPay, 1, Fen(50)));
        let done = scene.order(order.order_no).await;
        assert_eq!((done.status, done.occupancy_fen), (OrderStatus::Completed, Fen(50)));
        let told = scene.told(order.order_no).await;
        assert!(told.ends_with(&["occupancy.started".to_owned(), "occupancy.ended".to_owned()]));
        let waived = scene.app.waive_occupancy("ben", &ended.occ_no, "rain").await.expect("waived");
        assert_eq!(waived.state, OccupancyState::Waived);
        assert_eq!(scene.order(order.order_no).await.occupancy_fen, Fen(0));
    }

    /// The clock stands still while the device is away, and the next charge ends the wait.
    async fn away_does_not_count_and_the_next_charge_ends_it(db: &store::Db) {
        let scene = Scene::new(db).await;
        let free = OccupancyRule { free_minutes: 0, ..OccupancyRule::default() };
        in_force(&scene, RuleTerms::Occupancy(Box::new(free))).await;
        let (pile, _order) = Box::pin(charged(&scene)).await;
        scene.advance(60);
        pile.leave();
        scene.settle().await;
        scene.app.watch_occupied().await.expect("written");
        scene.advance(6000);
        let mut pile = scene.connect(DEVICE).await;
        scene.app.watch_occupied().await.expect("written");
        // It is back, but has not said yet whether the plug is still in.
        scene.advance(600);
        pile.shows(plug_in()).await;
        scene.app.watch_occupied().await.expect("written");
        scene.advance(60);
        let next = scene.start(1).await.expect("accepted").order;
        scene.app.watch_occupied().await.expect("written");
        let ended = waits(&scene).await.remove(0);
        assert_eq!((ended.state, ended.fee.fen), (OccupancyState::ToPay, Fen(100)));
        assert!(pile.command().is_some());
        assert_eq!(next.port_no, PortNo(1));
    }

    /// The charge ended while its device was away: what comes before the plug is seen costs
    /// nothing.
    async fn an_end_told_late_costs_from_the_first_sight(db: &store::Db) {
        let scene = Scene::new(db).await;
        let free = OccupancyRule { free_minutes: 0, ..OccupancyRule::default() };
        in_force(&scene, RuleTerms::Occupancy(Box::new(free))).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.shows(plug_in()).await;
        pile.leave();
        scene.settle().await;
        scene.advance(3600);
        let pile = scene.connect(DEVICE).await;
        let mut report = end(ChargeKey::Order(order.order_no), 1, 600, 20);
        report.ended_at = Some(order.created_at + Duration::from_mins(10));
        pile.ends(report).await;
        scene.advance(300);
        scene.app.watch_occupied().await.expect("written");
        pile.shows(plug_in()).await;
        scene.app.watch_occupied().await.expect("written");
        scene.advance(30);
        let waiting = waits(&scene).await.remove(0);
        assert_eq!((waiting.fee.seconds, waiting.fee.fen), (30, Fen(50)));
    }

    /// The vehicle says that it is full while it is still billed; the rule counts from then.
    async fn a_rule_may_count_from_the_full_battery(db: &store::Db) {
        let scene = Scene::new(db).await;
        let rule = OccupancyRule {
            free_minutes: 0,
            trigger: OccupancyTrigger::AfterFull,
            ..OccupancyRule::default()
        };
        in_force(&scene, RuleTerms::Occupancy(Box::new(rule))).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        for (seconds, soc) in [(600, 99), (1200, 100), (1800, 100)] {
            scene.advance(600);
            let mut meter = progress(ChargeKey::Order(order.order_no), 1, seconds, 20);
            meter.soc = Some(soc);
            let report = PortReport {
                plugged: Some(true),
                charge: Some(ChargeKey::Order(order.order_no)),
                meter: Some(meter),
                ..port_report(1, PortState::Charging)
            };
            pile.shows(report).await;
        }
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 1800, 20)).await;
        let waiting = waits(&scene).await.remove(0);
        assert_eq!(waiting.started_at, order.created_at + Duration::from_mins(20));
        assert_eq!(waiting.fee.seconds, 600);
    }

    /// No fee where the plug is out, or nobody can tell.
    async fn no_plug_no_fee(db: &store::Db) {
        let scene = Scene::new(db).await;
        in_force(&scene, rule()).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.advance(600);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 20)).await;
        assert_eq!(waits(&scene).await, []);
    }
}
