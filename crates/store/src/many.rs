//! Many orders at once, for measurements: every mark of theirs follows from their number, so that
//! hundreds of thousands of them are one statement, the same on both engines.

use crate::db::{Scalar, args};
use crate::{Db, Result};
use kernel::Timestamp;
use sqlx::AssertSqlSafe;

/// Orders of one statement: few enough to be written within a statement's time, however many are
/// there already.
const CHUNK: i64 = 50_000;

/// What is made.
#[derive(Clone, Copy, Debug)]
pub struct ManyOrders {
    /// How many orders.
    pub orders: i64,
    /// When the first is made.
    pub from: Timestamp,
    /// Milliseconds from one to the next.
    pub gap_ms: i64,
    /// Members who charge; one order in four has none.
    pub members: i64,
    /// Stations, with the ids from 1 on; of a station more orders have none.
    pub stations: i64,
}

/// A time that so many milliseconds since 1970 are.
fn time(db: &Db, milliseconds: &str) -> String {
    if db.is_postgres() {
        format!("to_timestamp(({milliseconds}) / 1000.0)")
    } else {
        format!("({milliseconds})")
    }
}

fn numbers(from: i64, until: i64) -> String {
    format!(
        "with recursive n(i) as (select cast({from} as bigint) union all \
         select i + 1 from n where i < {})",
        until - 1
    )
}

async fn run(db: &Db, sql: String) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.conn().execute(AssertSqlSafe(sql), &[]).await?;
    tx.commit().await
}

/// Writes stations, members and orders of a device that is there into a database without any, and
/// lets the engine look at what it has.
///
/// # Errors
/// When there is no device, or the database refuses.
pub async fn write(db: &Db, many: &ManyOrders) -> Result<()> {
    let mut view = db.view().await?;
    let Scalar(device): Scalar<i64> = view
        .conn()
        .one("select min(id) as value from devices", args![])
        .await?;
    drop(view);
    let ManyOrders {
        from,
        members,
        stations,
        ..
    } = *many;
    let first = time(db, &from.0.to_string());
    run(
        db,
        format!(
            "insert into stations (station_no, name, owner_org_id, operation_mode, org_path, \
             area_code, created_at, updated_at) {} \
             select 'S' || i, 'S' || i, 1, 'self_self', '/1/', '51' || substr(cast(100 + i % 20 \
             as text), 2) || '01', {first}, {first} from n",
            numbers(1, stations + 1)
        ),
    )
    .await?;
    let came = time(db, &format!("{} + i * 60000", from.0));
    run(
        db,
        format!(
            "insert into members (phone, registered_at, created_at, updated_at) {} \
             select substr(cast(113000000000 + i as text), 2), {came}, {came}, {came} from n",
            numbers(0, members)
        ),
    )
    .await?;
    let mut begin = 0;
    while begin < many.orders {
        let end = (begin + CHUNK).min(many.orders);
        run(db, orders(db, many, device, (begin, end))).await?;
        begin = end;
    }
    run(db, "analyze".to_owned()).await
}

fn orders(db: &Db, many: &ManyOrders, device: i64, (begin, end): (i64, i64)) -> String {
    let ManyOrders {
        from,
        gap_ms,
        members,
        stations,
        ..
    } = *many;
    let places = stations + 1;
    let made = format!("{} + i * {gap_ms}", from.0);
    let seconds = "(600 + (i * 37) % 5400)";
    let [created, started, ended] = [
        made.clone(),
        format!("{made} + 5000"),
        format!("{made} + 5000 + {seconds} * 1000"),
    ]
    .map(|at| time(db, &at));
    let (done, e4) = ("i % 20 > 1", "(1000 + (i * 7919) % 300000)");
    let (elec, service) = ("(100 + (i * 31) % 2000)", "(10 + (i * 17) % 500)");
    let json = if db.is_postgres() { "::jsonb" } else { "" };
    let bill = format!(
        "('{{\"lines\":[{{\"kind\":' || (i % 4) || ',\"e4\":' || {e4} || ',\"elec_m4\":0,\
         \"service_m4\":0,\"elec_fen\":' || {elec} || ',\"service_fen\":' || {service} || '}}],\
         \"elec_fen\":' || {elec} || ',\"service_fen\":' || {service} || '}}'){json}"
    );
    let of_done = |value: &str, otherwise: &str| {
        format!("case when {done} then {value} else {otherwise} end")
    };
    let sources = "case i % 7 when 0 then 'third' when 1 then 'app' when 2 then 'card' \
         when 3 then 'interconnect' when 4 then 'vin' when 5 then 'offline' else 'test' end";
    format!(
        "insert into orders (order_no, device_id, phy_id, port_no, status, source, charge_mode, \
         created_at, updated_at, start_time, end_time, duration_sec, energy_e4, total_kwh, \
         final_amount, elec_fen, service_fen, payable_fen, end_reason, end_reason_msg, \
         member_id, station_id, org_path, owner_org_id, tariff_snapshot, settle_status, \
         pay_status, bill) {numbers} \
         select 'THD' || substr(cast(20000000000000 + i as text), 2), {device}, \
         (select d.phy_id from devices d where d.id = {device}), 1, \
         case i % 20 when 0 then 'failed' when 1 then 'cancelled' else 'completed' end, \
         {sources}, 1 + i % 4, {created}, {created}, {started}, {ended}, {seconds}, {e4}, {kwh}, \
         {amount}, {elec_fen}, {service_fen}, {amount_due}, {reason}, \
         case i % 20 when 0 then 'no answer' when 1 then 'changed their mind' end, \
         case when i % 4 > 0 then 1 + (i * 13) % {members} end, \
         case when i % {places} > 0 then i % {places} end, \
         case when i % {places} > 0 then '/1/' end, case when i % {places} > 0 then 1 end, \
         '{{\"price_per_kwh\": 120, \"service_fee\": 40, \
         \"service_fee_mode\": \"informational\"}}'{json}, 'settled', 'paid', {bill} from n",
        numbers = numbers(begin, end),
        started = of_done(&started, "null"),
        seconds = of_done(seconds, "0"),
        e4 = of_done(e4, "0"),
        kwh = of_done(&format!("({e4} + 50) / 100"), "0"),
        amount = of_done(&format!("{elec} + {service}"), "0"),
        elec_fen = of_done(elec, "0"),
        service_fen = of_done(service, "0"),
        amount_due = of_done(&format!("{elec} + {service}"), "0"),
        reason = of_done("i % 17", "null"),
        bill = of_done(&bill, "null"),
    )
}
