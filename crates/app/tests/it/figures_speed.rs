//! How long the table and the curves of key figures take over a year of a thousand stations. Not
//! part of the tests: `cargo test -p app --test it figures_speed -- --ignored --nocapture`.

use crate::scene::{NOON, Scene};
use app::{CurveStep, KpiQuery, Period};
use domain::kpi::{Business, Counts, Figure, Kpi};
use domain::org::{OperationMode, OrgType, Scope};
use serde_json::json;
use std::time::{Duration, Instant};
use store::Db;
use store::kpis::{self, Of, Span, Stored, Tally};
use store::stations::{self, StationEntry};

const STATIONS: i64 = 1000;
const DAYS: u64 = 365;
/// Hours that are kept.
const HOURS: u64 = 92 * 24;

fn tally(seed: u64) -> Tally {
    let kpis = Kpi::ALL.iter().copied().map(Figure::Kpi);
    let sums = Business::ALL.iter().copied().map(Figure::Business);
    let counts = |place: u64| Counts::of(900 + seed % 100 + place, 1000 + place);
    kpis.chain(sums)
        .zip(0_u64..)
        .map(|(figure, place)| (figure, counts(place)))
        .collect()
}

async fn filled(db: &Db) {
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
            area_code: None,
            address: None,
            lng: None,
            lat: None,
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
    let today = domain::day::Day::of(NOON).begins();
    let ids = |of: Of| if of == Of::Org { 1..=1 } else { 1..=STATIONS };
    let fill = async |span: Span, of: Of, steps: Vec<kernel::Timestamp>| {
        for (seed, at) in (0_u64..).zip(steps) {
            let rows: Vec<Stored> = ids(of)
                .map(|object_id| Stored {
                    span,
                    at,
                    of,
                    object_id,
                    counts: tally(seed),
                })
                .collect();
            let mut tx = db.begin().await.expect("a transaction");
            kpis::put(tx.conn(), &rows).await.expect("written");
            tx.commit().await.expect("committed");
        }
    };
    let days = |count: u64| (0..count).map(move |day| today - Duration::from_hours(24 * day));
    let mut months: Vec<_> = days(DAYS)
        .map(|day| {
            let [year, month, _] = domain::day::Day::of(day).civil();
            domain::day::Day::from_civil([year, month, 1])
                .expect("a day")
                .begins()
        })
        .collect();
    months.dedup();
    for of in [Of::Org, Of::Station] {
        fill(Span::Day, of, days(DAYS).collect()).await;
        fill(Span::Month, of, months.clone()).await;
    }
    let hours = (0..HOURS).map(|hour| today - Duration::from_hours(hour));
    fill(Span::Hour, Of::Org, hours.collect()).await;
    let hours = (0..24).map(|hour| today - Duration::from_hours(hour));
    fill(Span::Hour, Of::Station, hours.collect()).await;
}

async fn measured(db: &Db) {
    let scene = Scene::new(db).await;
    filled(db).await;
    scene.app.look_at_kpis().await.expect("a database");
    let some = Scope::narrowed(
        OrgType::Platform,
        "/1/",
        [].into(),
        Some((1..=100).collect()),
    );
    for (name, query) in [
        ("everything", KpiQuery::default()),
        (
            "one station",
            KpiQuery {
                station: Some(7),
                ..KpiQuery::default()
            },
        ),
        (
            "limited to a hundred stations",
            KpiQuery {
                scope: some,
                ..KpiQuery::default()
            },
        ),
    ] {
        for period in Period::ALL {
            let began = Instant::now();
            let table = scene.app.kpi_table(&query, period).await.expect("a table");
            let took = began.elapsed();
            println!(
                "{}: {name}, {}: {} figures in {took:?}",
                db.engine(),
                period.as_str(),
                table.counts.len()
            );
        }
        let year = Some(NOON - Duration::from_hours(24 * 365));
        let began = Instant::now();
        let curve = scene
            .app
            .kpi_curve(&query, CurveStep::Day, year, None)
            .await;
        let points = curve.expect("a curve").len();
        println!(
            "{}: {name}, curve of {points} days in {:?}",
            db.engine(),
            began.elapsed()
        );
    }
}

testkit::measured_on_both_engines! { measured }
