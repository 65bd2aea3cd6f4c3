//! Statements that operators' scripts run on PostgreSQL, word for word (checks A4-D01 to A4-D11
//! and the port view of older platforms).

use crate::fixtures::{device, stored};
use device::{EndReason, PortState};
use domain::order::OrderStatus;
use kernel::{Energy, Fen, PortNo, Power, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use std::time::{SystemTime, UNIX_EPOCH};
use store::devices::{self, LiveDevice};
use store::ports::{self, LivePort};
use store::{Db, Tx, orders};
use testkit::db::TestDb;

const ID: &str = "82210225000520";
const ORDER: &str = "THD1729407600001";

async fn run(db: &Db, sql: &str) -> Vec<PgRow> {
    let Tx::Pg(mut tx) = db.begin().await.expect("a transaction") else {
        panic!("these statements are PostgreSQL's");
    };
    sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut *tx)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the scripts compare with the server's NOW()"
)]
fn wall_clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    Timestamp(i64::try_from(since.as_millis()).expect("in range"))
}

/// A device that was heard of three seconds ago, charges on port 1, has a fault on port 3.
async fn site() -> TestDb {
    let test = TestDb::postgres().await.expect("PostgreSQL");
    let db = &test.db;
    let id = device(db, ID).await;
    let mut order = stored(db, ORDER, id, 1).await;
    let mut lease = db.direct().await.expect("a connection");
    let seen = Timestamp(wall_clock().0 - 3000);
    let vital = LiveDevice {
        id,
        last_seen_at: Some(seen),
        online_since: Some(seen),
        rssi: None,
        temp: None,
        ip: None,
    };
    devices::flush_live(lease.conn(), None, &[vital])
        .await
        .expect("ok");
    let states = [PortState::Charging, PortState::Idle, PortState::Fault];
    let live: Vec<LivePort> = (1..)
        .zip(states)
        .map(|(port, state)| LivePort {
            device_id: id,
            port_no: PortNo(port),
            state,
            raw_status: None,
            fault_code: 0,
            power: (port == 1).then_some(Power(15_005)),
            voltage: None,
            current: None,
            temp: None,
            plugged: None,
            current_order_no: None,
            at: seen,
        })
        .collect();
    ports::flush_live(lease.conn(), None, &live)
        .await
        .expect("ok");
    order.status = OrderStatus::Charging;
    order.start_time = Some(seen);
    order.duration_s = 60;
    order.energy = Energy::from_centi_kwh(15);
    order.current_power = Power(15_005);
    assert!(orders::update(lease.conn(), &mut order).await.expect("ok"));
    test
}

#[tokio::test]
#[expect(non_snake_case, reason = "named by the check's id")]
async fn A4_D01_and_A4_D11_online_is_seen_in_the_database() {
    let test = site().await;
    let rows = run(
        &test.db,
        "SELECT phy_id, last_seen_at, NOW() - last_seen_at AS offline_duration FROM devices \
         WHERE phy_id IN ('82210225000520', '82241218000382') ORDER BY last_seen_at DESC",
    )
    .await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<String, _>("phy_id"), ID);
    let rows = run(
        &test.db,
        "SELECT EXTRACT(EPOCH FROM NOW() - last_seen_at)::float8 AS seconds, \
         last_seen_at > NOW() - INTERVAL '30 seconds' AS online FROM devices",
    )
    .await;
    let seconds: f64 = rows[0].get("seconds");
    assert!((2.9..10.0).contains(&seconds), "{seconds}");
    assert!(rows[0].get::<bool, _>("online"));
    test.remove().await.expect("removed");
}

#[tokio::test]
#[expect(non_snake_case, reason = "named by the check's id")]
async fn A4_D02_to_A4_D07_an_order_is_seen_in_the_database() {
    let test = site().await;
    let db = &test.db;
    let rows = run(
        db,
        "SELECT order_no, status, port_no, amount, created_at FROM orders \
         WHERE order_no='THD1729407600001'",
    )
    .await;
    assert_eq!(rows[0].get::<String, _>("status"), "charging");
    assert_eq!(rows[0].get::<i32, _>("port_no"), 1);
    assert_eq!(rows[0].get::<i64, _>("amount"), 1000);
    let rows = run(
        db,
        "SELECT (start_time IS NOT NULL) AS started FROM orders WHERE order_no='THD1729407600001'",
    )
    .await;
    assert!(rows[0].get::<bool, _>("started"));
    let rows = run(
        db,
        "SELECT duration_sec, total_kwh, current_power, updated_at FROM orders \
         WHERE order_no='THD1729407600001'",
    )
    .await;
    assert_eq!(rows[0].get::<i64, _>("duration_sec"), 60);
    assert_eq!(rows[0].get::<i64, _>("total_kwh"), 15);
    assert!((rows[0].get::<f64, _>("current_power") - 1500.5).abs() < 1e-9);
    let rows = run(
        db,
        "SELECT port_no, order_no, status FROM orders WHERE device_id=(SELECT id FROM devices \
         WHERE phy_id='82210225000520') AND status IN ('pending','charging') ORDER BY port_no",
    )
    .await;
    assert_eq!(rows.len(), 1);

    let mut tx = db.begin().await.expect("a transaction");
    let number = ORDER.parse().expect("legal");
    let mut order = orders::lock_by_no(tx.conn(), number)
        .await
        .expect("ok")
        .expect("there");
    order.status = OrderStatus::Completed;
    order.duration_s = 3600;
    order.energy = Energy::from_centi_kwh(523);
    order.final_amount = Some(Fen(785));
    order.end_reason = Some(EndReason::Normal);
    order.end_time = Some(wall_clock());
    assert!(orders::update(tx.conn(), &mut order).await.expect("ok"));
    tx.commit().await.expect("committed");
    let rows = run(
        db,
        "SELECT order_no, status, duration_sec, total_kwh, final_amount, end_reason, \
         (end_time IS NOT NULL) AS ended FROM orders WHERE order_no='THD1729407600001'",
    )
    .await;
    assert_eq!(rows[0].get::<String, _>("status"), "completed");
    assert_eq!(rows[0].get::<i64, _>("duration_sec"), 3600);
    assert_eq!(rows[0].get::<i64, _>("total_kwh"), 523);
    assert_eq!(rows[0].get::<i64, _>("final_amount"), 785);
    assert_eq!(rows[0].get::<i16, _>("end_reason"), 0);
    assert!(rows[0].get::<bool, _>("ended"));
    test.remove().await.expect("removed");
}

#[tokio::test]
#[expect(non_snake_case, reason = "named by the check's id")]
async fn A4_D08_and_A4_D09_ports_are_seen_in_the_database() {
    let test = site().await;
    let rows = run(
        &test.db,
        "SELECT SUM(power_w) AS total_power FROM ports WHERE device_id=(SELECT id FROM devices \
         WHERE phy_id='82210225000520') AND status=1",
    )
    .await;
    assert!((rows[0].get::<f64, _>("total_power") - 1500.5).abs() < 1e-9);
    let rows = run(
        &test.db,
        "SELECT p.port_no, CASE p.status WHEN 0 THEN '空闲' WHEN 1 THEN '充电中' ELSE '故障' END \
         AS state, COALESCE(p.power_w,0) AS power FROM ports p JOIN devices d ON p.device_id=d.id \
         WHERE d.phy_id='82210225000520' ORDER BY p.port_no",
    )
    .await;
    let states: Vec<String> = rows.iter().map(|row| row.get("state")).collect();
    assert_eq!(states, ["充电中", "空闲", "故障"]);
    let rows = run(
        &test.db,
        "SELECT port_no, status FROM ports_bkv ORDER BY port_no",
    )
    .await;
    let bits: Vec<i32> = rows.iter().map(|row| row.get("status")).collect();
    assert_eq!(bits, [0x81, 0x09, 0x01]);
    test.remove().await.expect("removed");
}

#[tokio::test]
#[expect(non_snake_case, reason = "named by the check's id")]
async fn A4_D10_all_columns_exist() {
    let test = site().await;
    for sql in [
        "SELECT id, phy_id, last_seen_at, device_model, firmware_version, status FROM devices",
        "SELECT device_id, port_no, status, power_w, fault_code, updated_at FROM ports",
        "SELECT id, device_id, order_no, port_no, status, amount, created_at, updated_at, \
         start_time, end_time, duration_sec, total_kwh, current_power, peak_power, final_amount, \
         end_reason, price_per_kwh, service_fee, charge_mode FROM orders",
    ] {
        assert!(!run(&test.db, sql).await.is_empty());
    }
    let rows = run(
        &test.db,
        "SELECT status_code, price_per_kwh, service_fee, charge_mode FROM orders",
    )
    .await;
    assert_eq!(rows[0].get::<i16, _>("status_code"), 2);
    assert_eq!(rows[0].get::<i64, _>("price_per_kwh"), 150);
    assert_eq!(rows[0].get::<i32, _>("service_fee"), 100);
    assert_eq!(rows[0].get::<i16, _>("charge_mode"), 1);
    test.remove().await.expect("removed");
}

/// A2-02, A2-21 to A2-24: the functions of older scripts.
#[tokio::test]
async fn scripts_check_consistency_and_ask_for_a_sweep() {
    let test = site().await;
    let db = &test.db;
    run(
        db,
        "update orders set status = 'charging', start_time = now() where true returning 1",
    )
    .await;
    let rows = run(db, "select * from check_system_consistency()").await;
    assert!(rows.is_empty(), "a healthy system has no row");
    let mut tx = db.begin().await.expect("a transaction");
    let Tx::Pg(connection) = &mut tx else {
        panic!("PostgreSQL");
    };
    sqlx::query("update ports set status = 0, state = 'idle' where port_no = 1")
        .execute(&mut **connection)
        .await
        .expect("bent");
    tx.commit().await.expect("committed");
    let rows = run(
        db,
        "select issue_type, device_id, port_no, details from check_system_consistency() order by 1",
    )
    .await;
    let details: Vec<String> = rows.iter().map(|row| row.get("details")).collect();
    assert_eq!(
        details,
        [
            format!("Order {ORDER} status=charging but port status=idle"),
            format!("Order {ORDER} is charging but no active port found"),
        ]
    );
    let legacy = run(
        db,
        "select order_no, status from orders_legacy where status = 2",
    )
    .await;
    assert_eq!(legacy.len(), 1);

    let asked = "select auto_complete_stuck_orders() as count";
    let fresh: i32 = run(db, asked).await[0].get("count");
    assert_eq!(fresh, 0, "it has just begun");
    let mut tx = db.begin().await.expect("a transaction");
    let Tx::Pg(connection) = &mut tx else {
        panic!("PostgreSQL");
    };
    sqlx::query(
        "update orders set start_time = now() - interval '31 minutes', last_progress_at = null, \
         acked_at = null, created_at = now() - interval '32 minutes'",
    )
    .execute(&mut **connection)
    .await
    .expect("silent");
    let Tx::Pg(connection) = &mut tx else {
        panic!("PostgreSQL");
    };
    let found: i32 = sqlx::query_scalar("select auto_complete_stuck_orders()")
        .fetch_one(&mut **connection)
        .await
        .expect("the function is there");
    assert_eq!(found, 1);
    let taken = store::consistency::take_requests(tx.conn())
        .await
        .expect("ok");
    assert_eq!(taken, [ORDER.parse().expect("legal")]);
    let again = store::consistency::take_requests(tx.conn())
        .await
        .expect("ok");
    assert!(again.is_empty());
    tx.commit().await.expect("committed");
    test.remove().await.expect("removed");
}
