//! Many orders at once: every mark of theirs follows from their number, so that a million of them
//! is one statement, the same on both engines.

use kernel::Timestamp;
use store::Db;
use testkit::db::run_sql;

/// What is made.
pub(crate) struct Crowd {
    /// How many orders.
    pub(crate) orders: i64,
    /// When the first is made.
    pub(crate) from: Timestamp,
    /// Milliseconds from one to the next.
    pub(crate) gap_ms: i64,
    /// Members who charge; one in four orders has none.
    pub(crate) members: i64,
    /// The ids of the stations, beside none.
    pub(crate) stations: std::ops::RangeInclusive<i64>,
}

fn time(db: &Db, milliseconds: &str) -> String {
    if db.is_postgres() {
        format!("to_timestamp(({milliseconds}) / 1000.0)")
    } else {
        format!("({milliseconds})")
    }
}

impl Crowd {
    /// Writes the orders. Prices are those of an order that is there.
    pub(crate) async fn fill(&self, db: &Db) {
        let (first, last) = (self.stations.start(), self.stations.end());
        let places = last - first + 2;
        let made = format!("{} + i * {}", self.from.0, self.gap_ms);
        let seconds = "(600 + (i * 37) % 5400)";
        let [created, begun, ended] = [
            made.clone(),
            format!("{made} + 5000"),
            format!("{made} + 5000 + {seconds} * 1000"),
        ]
        .map(|at| time(db, &at));
        let (done, e4) = ("i % 20 > 1", "(1000 + (i * 7919) % 300000)");
        let (elec, service) = ("(100 + (i * 31) % 2000)", "(10 + (i * 17) % 500)");
        let off = "(case when i % 10 = 3 then 10 else 0 end)";
        let prefixes = "case i % 7 when 0 then 'THD' when 1 then 'APP' when 2 then 'CRD' \
             when 3 then 'HLT' when 4 then 'VIN' when 5 then 'OFF' else 'TST' end";
        let sources = "case i % 7 when 0 then 'third' when 1 then 'app' when 2 then 'card' \
             when 3 then 'interconnect' when 4 then 'vin' when 5 then 'offline' else 'test' end";
        let sql = format!(
            "insert into orders (order_no, device_id, phy_id, port_no, status, source, \
             charge_mode, created_at, updated_at, start_time, end_time, duration_sec, energy_e4, \
             total_kwh, final_amount, elec_fen, service_fen, discount_fen, payable_fen, \
             end_reason, end_reason_msg, member_id, station_id, tariff_snapshot, settle_status) \
             with recursive n(i) as (select cast(0 as bigint) union all select i + 1 from n where i < {last}) \
             select {prefixes} || substr(cast(20000000000000 + i as text), 2), 1, \
             '82210225000520', 1, \
             case i % 20 when 0 then 'failed' when 1 then 'cancelled' else 'completed' end, \
             {sources}, 1 + i % 4, {created}, {ended}, \
             case when {done} then {begun} end, {ended}, \
             case when {done} then {seconds} else 0 end, case when {done} then {e4} else 0 end, \
             case when {done} then ({e4} + 50) / 100 else 0 end, \
             case when {done} then {elec} + {service} else 0 end, \
             case when {done} then {elec} else 0 end, \
             case when {done} then {service} else 0 end, case when {done} then {off} else 0 end, \
             case when {done} then {elec} + {service} - {off} else 0 end, \
             case when {done} then i % 17 end, \
             case i % 20 when 0 then 'no answer' when 1 then 'changed their mind' end, \
             case when i % 4 > 0 then 1 + (i * 13) % {members} end, \
             case when i % {places} > 0 then {first} + i % {places} - 1 end, \
             (select tariff_snapshot from orders order by id limit 1), 'settled' from n",
            last = self.orders - 1,
            members = self.members,
        );
        run_sql(db, &sql).await.expect("many orders");
    }

    /// Writes the members, one after another from the beginning on.
    pub(crate) async fn people(&self, db: &Db, gap_ms: i64) {
        let at = time(db, &format!("{} + i * {gap_ms}", self.from.0));
        let sql = format!(
            "insert into members (phone, registered_at, created_at, updated_at) \
             with recursive n(i) as (select cast(0 as bigint) union all select i + 1 from n where i < {}) \
             select substr(cast(113000000000 + i as text), 2), {at}, {at}, {at} from n",
            self.members - 1
        );
        run_sql(db, &sql).await.expect("many members");
    }
}
