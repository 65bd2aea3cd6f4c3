//! How long the tables of the analytics and the widgets of the big screen take over a million orders
//! of a month at a thousand stations. Not part of the tests:
//! `cargo test -p app --test it analytics_speed -- --ignored --nocapture`.

use crate::crowd::Crowd;
use crate::scene::{DEVICE, NOON, Scene, end};
use app::analytics::{AreaLevel, GroupBy};
use app::screen::RankPeriod;
use app::{Granularity, KpiQuery, Slice, StepQuery};
use device::ChargeKey;
use domain::day::Day;
use domain::kpi::Business;
use domain::org::{OperationMode, Scope};
use serde_json::json;
use std::time::{Duration, Instant};
use store::Db;
use store::stations::{self, StationEntry};
use testkit::db::run_sql;

const ORDERS: i64 = 1_000_000;
const STATIONS: i64 = 1000;
const MEMBERS: i64 = 100_000;
const DAYS: u32 = 29;
const DAY: Duration = Duration::from_hours(24);

async fn filled(scene: &Scene, db: &Db) {
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 100))
        .await;
    let mut tx = db.begin().await.expect("a transaction");
    for number in 1..=STATIONS {
        let entry = StationEntry {
            station_no: format!("S{number}"),
            name: format!("S{number}"),
            owner_org_id: 1,
            operator_org_id: None,
            agent_org_id: None,
            operation_mode: OperationMode::SelfSelf,
            org_path: "/1/".to_owned(),
            operator_path: None,
            area_code: Some(format!("51{:02}01", number % 20 + 1)),
            address: None,
            lng: Some(104.0),
            lat: Some(30.0),
            station_type: 1,
            station_status: 50,
            service_tel: None,
            invoice_by: "platform".to_owned(),
            details: json!({}),
            remark: None,
        };
        stations::insert(tx.conn(), &entry, NOON)
            .await
            .expect("made");
    }
    tx.commit().await.expect("committed");
    let from = NOON - DAY * DAYS;
    let gap_ms = NOON.0.saturating_sub(from.0) / ORDERS;
    let crowd = Crowd {
        orders: ORDERS,
        from,
        gap_ms,
        members: MEMBERS,
        stations: 1..=STATIONS,
    };
    crowd.people(db, gap_ms * 10).await;
    crowd.fill(db).await;
    run_sql(db, "analyze").await.expect("looked at");
}

async fn timed<T>(name: &str, db: &Db, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    println!("{}: {name}: {:?}", db.engine(), began.elapsed());
    done
}

async fn measured(db: &Db) {
    let scene = Scene::new(db).await;
    Box::pin(timed(
        "a million orders are written",
        db,
        filled(&scene, db),
    ))
    .await;
    let app = &scene.app;
    let whole = Slice::default();
    let hundred = Slice {
        of: KpiQuery {
            scope: Scope::narrowed(
                domain::org::OrgType::Platform,
                "/1/",
                [].into(),
                Some((1..=100).collect()),
            ),
            ..KpiQuery::default()
        },
        area: None,
    };
    timed("31 days are rolled up", db, async {
        for _ in 0..9 {
            app.write_kpis().await.expect("a database");
        }
    })
    .await;
    timed("the present is rolled up", db, app.write_kpis())
        .await
        .expect("a database");
    timed("the last hour is counted", db, app.look_at_kpis())
        .await
        .expect("a database");
    for (name, slice) in [("everything", &whole), ("a hundred stations", &hundred)] {
        let query = |granularity, days| StepQuery {
            slice: slice.clone(),
            granularity,
            from: Some(Day::of(NOON).before(days).begins()),
            to: None,
        };
        for (granularity, days) in [
            (Granularity::Hour, 7),
            (Granularity::Day, 29),
            (Granularity::Week, 29),
            (Granularity::Month, 29),
        ] {
            let told = format!("{name}, orders by the {}", granularity.as_str());
            let steps = timed(&told, db, app.figure_steps(&query(granularity, days))).await;
            let orders: u64 = steps
                .expect("rows")
                .iter()
                .map(|step| step.sum(Business::Orders))
                .sum();
            println!("    {orders} orders");
        }
        let month = query(Granularity::Day, 29);
        let told = |what: &str| format!("{name}, {what}");
        timed(
            &told("groups"),
            db,
            app.order_groups(&month, GroupBy::Source),
        )
        .await
        .expect("rows");
        timed(&told("heat map"), db, app.order_heat_map(&month))
            .await
            .expect("rows");
        timed(&told("failures"), db, app.order_failures(&month))
            .await
            .expect("rows");
        timed(&told("members by the day"), db, app.member_steps(&month))
            .await
            .expect("rows");
        let by_month = query(Granularity::Month, 29);
        timed(
            &told("members by the month"),
            db,
            app.member_steps(&by_month),
        )
        .await
        .expect("rows");
        timed(
            &told("retention by the day"),
            db,
            app.member_retention(&month),
        )
        .await
        .expect("rows");
        timed(&told("classes of members"), db, app.member_classes(&month))
            .await
            .expect("rows");
        timed(&told("conversion"), db, app.recharge_conversion(&month))
            .await
            .expect("rows");
        timed(&told("finance"), db, app.finance_steps(&month))
            .await
            .expect("rows");
        timed(&told("stations"), db, app.station_sums(&month))
            .await
            .expect("rows");
        timed(&told("areas"), db, app.area_sums(&month, AreaLevel::City))
            .await
            .expect("rows");
        for round in [
            "first",
            "after ten seconds",
            "after a minute",
            "after five minutes",
        ] {
            let seconds = match round {
                "first" => 0,
                "after ten seconds" => 10,
                "after a minute" => 60,
                _ => 300,
            };
            scene.advance(seconds);
            let told = format!("{name}, the whole screen, {round}");
            timed(&told, db, whole_screen(&scene, slice)).await;
        }
        // A minute of polling every ten seconds.
        let began = Instant::now();
        for _ in 0..30 {
            scene.advance(10);
            whole_screen(&scene, slice).await;
        }
        let share = began.elapsed().as_secs_f64() / 300.0 * 100.0;
        println!(
            "{}: {name}: a screen that polls every ten seconds costs {share:.2} % of a core",
            db.engine()
        );
    }
}

async fn whole_screen(scene: &Scene, slice: &Slice) {
    let app = &scene.app;
    app.screen_map(slice).await.expect("shown");
    app.screen_counters(slice).await.expect("shown");
    app.screen_pile_types(slice).await.expect("shown");
    app.screen_port_status(slice).await.expect("shown");
    app.screen_recharge(slice).await.expect("shown");
    app.screen_charging(slice).await.expect("shown");
    app.screen_load(slice).await.expect("shown");
    app.screen_periods(slice).await.expect("shown");
    let month = RankPeriod::Month;
    app.screen_ranking(slice, month).await.expect("shown");
    app.screen_alarms(slice).await.expect("shown");
    app.screen_live_orders(slice).await.expect("shown");
    app.screen_gauges(slice).await.expect("shown");
    app.screen_members(slice).await.expect("shown");
}

testkit::measured_on_both_engines! { measured }
