//! Questions of the analytics that no stored count answers: about people over weeks, about what
//! failed, about what is owed. Each goes along an index over the time that it is asked for.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Reasons that are told apart.
const REASONS_MAX: u32 = 100;

/// Where something happened: everywhere, or at some stations; 0 is none.
#[derive(Clone, Copy, Debug)]
pub enum At<'a> {
    /// Wherever it was.
    Anywhere,
    /// There only.
    Stations(&'a BTreeSet<i64>),
}

impl At<'_> {
    /// What a condition on a column of stations says.
    fn narrows(self, column: &str) -> String {
        let Self::Stations(ids) = self else {
            return String::new();
        };
        let mut text = format!(" and coalesce({column}, 0) in (-1");
        for id in ids {
            write!(text, ",{id}").expect("writing to a string");
        }
        text.push(')');
        text
    }
}

row! {
    /// Orders that came to nothing for one reason.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Failed {
        /// `failed`, `cancelled`.
        pub status: String,
        /// Why, in words.
        pub reason: String,
        /// How many.
        pub orders: i64,
    }
}

/// Orders that were made in a time and came to nothing, by why; the most frequent first.
pub async fn failures(
    conn: Conn<'_>,
    at: At<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Failed>> {
    let sql = format!(
        "select status, coalesce(end_reason_msg, '') as reason, count(*) as orders from orders \
         where status in ('cancelled', 'failed') and created_at >= $1 and created_at < $2{} \
         group by status, coalesce(end_reason_msg, '') \
         order by orders desc, status, reason limit {REASONS_MAX}",
        at.narrows("station_id")
    );
    conn.all_anew(AssertSqlSafe(sql), args![from, to]).await
}

row! {
    /// Members who charged in a time.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Active {
        /// Who charged.
        pub active: i64,
        /// Those of them who had registered before it.
        pub came_before: i64,
        /// Those of them who charged more than once in it.
        pub repeating: i64,
        /// Their charges.
        pub orders: i64,
        /// Their energy, 0.0001 kWh.
        pub e4: i64,
        /// What their charges came to, fen.
        pub fen: i64,
    }
}

/// The members who charged in a time; each counts once.
pub async fn active(conn: Conn<'_>, at: At<'_>, from: Timestamp, to: Timestamp) -> Result<Active> {
    let sql = format!(
        "select count(*) as active, \
         cast(coalesce(sum(case when m.registered_at < $1 then 1 else 0 end), 0) as bigint) \
         as came_before, \
         cast(coalesce(sum(case when t.orders > 1 then 1 else 0 end), 0) as bigint) as repeating, \
         cast(coalesce(sum(t.orders), 0) as bigint) as orders, \
         cast(coalesce(sum(t.e4), 0) as bigint) as e4, \
         cast(coalesce(sum(t.fen), 0) as bigint) as fen \
         from (select o.member_id, count(*) as orders, sum(o.energy_e4) as e4, \
         sum(coalesce(o.final_amount, 0)) as fen from orders o \
         where o.end_time >= $1 and o.end_time < $2 and o.status = 'completed' \
         and o.member_id is not null{} group by o.member_id) t \
         join members m on m.id = t.member_id",
        at.narrows("o.station_id")
    );
    conn.one_anew(AssertSqlSafe(sql), args![from, to]).await
}

row! {
    /// Members who registered in a time, and those of them who charged so many days later.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Cohort {
        /// Who registered.
        pub registered: i64,
        /// Who charged on the day of that.
        pub day_0: i64,
        /// On the day after it.
        pub day_1: i64,
        /// On the seventh day after it.
        pub day_7: i64,
        /// On the thirtieth day after it.
        pub day_30: i64,
    }
}

/// The beginning of the Shanghai day so many days after that of a column.
fn day_after(postgres: bool, column: &str, days: u32) -> String {
    if postgres {
        format!(
            "((date_trunc('day', ({column} at time zone 'UTC') + interval '8 hours') \
             - interval '8 hours' + interval '{days} days') at time zone 'UTC')"
        )
    } else {
        let day: i64 = 86_400_000;
        let ahead: i64 = 28_800_000;
        let later = day * i64::from(days) - ahead;
        format!("((({column} + {ahead}) / {day}) * {day} + ({later}))")
    }
}

/// Who of the members that registered in a time charged again; of less than everything, those of
/// them who have charged there at all.
pub async fn cohort(conn: Conn<'_>, at: At<'_>, from: Timestamp, to: Timestamp) -> Result<Cohort> {
    let there = at.narrows("o.station_id");
    let postgres = conn.is_postgres();
    let charged = |days: u32| {
        let (begin, end) = (
            day_after(postgres, "m.registered_at", days),
            day_after(postgres, "m.registered_at", days + 1),
        );
        format!(
            "cast(coalesce(sum(case when exists (select 1 from orders o \
             where o.member_id = m.id and o.status = 'completed' and o.end_time >= {begin} \
             and o.end_time < {end}{there}) then 1 else 0 end), 0) as bigint)"
        )
    };
    let only = match at {
        At::Anywhere => String::new(),
        At::Stations(_) => format!(
            " and exists (select 1 from orders o where o.member_id = m.id \
             and o.status = 'completed'{there})"
        ),
    };
    let sql = format!(
        "select count(*) as registered, {} as day_0, {} as day_1, {} as day_7, {} as day_30 \
         from members m where m.registered_at >= $1 and m.registered_at < $2{only}",
        charged(0),
        charged(1),
        charged(7),
        charged(30)
    );
    conn.one_anew(AssertSqlSafe(sql), args![from, to]).await
}

row! {
    /// Members of one class.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RfmClass {
        /// They charged more lately than the mean of all.
        pub lately: bool,
        /// They charged at least as often.
        pub often: bool,
        /// Their charges came to at least as much.
        pub much: bool,
        /// How many members.
        pub members: i64,
        /// Their charges.
        pub orders: i64,
        /// What those came to, fen.
        pub fen: i64,
    }
}

/// The members who charged in a time, by how lately, how often and for how much: each against the
/// mean of all of them.
pub async fn rfm(
    conn: Conn<'_>,
    at: At<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<RfmClass>> {
    let last = if conn.is_postgres() {
        "extract(epoch from max(o.end_time))"
    } else {
        "max(o.end_time)"
    };
    let sql = format!(
        "with t as (select o.member_id, {last} as at, count(*) as orders, \
         sum(coalesce(o.final_amount, 0)) as fen from orders o \
         where o.end_time >= $1 and o.end_time < $2 and o.status = 'completed' \
         and o.member_id is not null{} group by o.member_id), \
         a as (select avg(at) as at, avg(orders) as orders, avg(fen) as fen from t) \
         select lately, often, much, count(*) as members, cast(sum(orders) as bigint) as orders, \
         cast(sum(fen) as bigint) as fen from (select (t.at >= a.at) as lately, \
         (t.orders >= a.orders) as often, (t.fen >= a.fen) as much, t.orders, t.fen \
         from t, a) as c group by lately, often, much",
        at.narrows("o.station_id")
    );
    conn.all_anew(AssertSqlSafe(sql), args![from, to]).await
}

row! {
    /// What became of members who registered in a time.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Conversion {
        /// Who registered.
        pub registered: i64,
        /// Those of them who have charged.
        pub charged: i64,
        /// Those of them who have paid into their wallets.
        pub recharged: i64,
        /// Those of them who did so within seven days.
        pub within_week: i64,
        /// What they paid in, fen.
        pub fen: i64,
    }
}

/// Who of the members that registered in a time paid into their wallets since.
pub async fn conversion(conn: Conn<'_>, from: Timestamp, to: Timestamp) -> Result<Conversion> {
    let week = if conn.is_postgres() {
        "m.registered_at + interval '7 days'"
    } else {
        "m.registered_at + 604800000"
    };
    let sql = format!(
        "select count(*) as registered, cast(coalesce(sum(charged), 0) as bigint) as charged, \
         cast(coalesce(sum(case when paid > 0 then 1 else 0 end), 0) as bigint) as recharged, \
         cast(coalesce(sum(soon), 0) as bigint) as within_week, \
         cast(coalesce(sum(paid), 0) as bigint) as fen from (select \
         case when exists (select 1 from orders o where o.member_id = m.id \
         and o.status = 'completed') then 1 else 0 end as charged, \
         case when exists (select 1 from recharge_orders r where r.member_id = m.id \
         and r.paid_at is not null and r.paid_at < {week}) then 1 else 0 end as soon, \
         (select coalesce(sum(r.pay_fen), 0) from recharge_orders r \
         where r.member_id = m.id and r.paid_at is not null) as paid \
         from members m where m.registered_at >= $1 and m.registered_at < $2) as t"
    );
    conn.one_anew(AssertSqlSafe(sql), args![from, to]).await
}

row! {
    /// What payment channels kept of a day.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ChannelFees {
        /// When the day begins.
        pub at: Timestamp,
        /// Fen.
        pub fen: i64,
    }
}

/// What payment channels kept, by the day that their statements are of.
pub async fn channel_fees(
    conn: Conn<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<ChannelFees>> {
    conn.all(
        "select begins_at as at, cast(sum(fee_fen) as bigint) as fen from reconciliations \
         where begins_at >= $1 and begins_at < $2 group by begins_at order by begins_at",
        args![from, to],
    )
    .await
}

row! {
    /// What is owed to the platform by one kind of debtor.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Owed {
        /// `member`, `card`, `company`.
        pub debtor: String,
        /// How many owe.
        pub debtors: i64,
        /// All of it, fen.
        pub fen: i64,
        /// Of it younger than 30 days, fen.
        pub days_30: i64,
        /// Of 30 to 60 days.
        pub days_60: i64,
        /// Of 60 to 90 days.
        pub days_90: i64,
        /// Older.
        pub older: i64,
    }
}

/// What is owed, by how old it is: who pays pays the oldest first, so that what is left is the
/// newest that was added.
pub async fn receivables(conn: Conn<'_>, ages: [Timestamp; 3]) -> Result<Vec<Owed>> {
    let least = conn.choose("min", "least");
    let debtor = "case when l.account like 'receivable:member:%' then 'member' \
         when l.account like 'receivable:card:%' then 'card' else 'company' end";
    let sql = format!(
        "with owed as (select code, sum(balance_fen) as fen from ledger_accounts \
         where code >= 'receivable:' and code < 'receivable;' group by code \
         having sum(balance_fen) > 0), \
         lines as (select {debtor} as debtor, l.account, j.posted_at, l.amount_fen, owed.fen, \
         sum(l.amount_fen) over (partition by l.account order by l.journal_id desc, l.seq desc) \
         as upto from owed join journal_lines l on l.account = owed.code and l.side = 'D' \
         join journals j on j.id = l.journal_id), \
         parts as (select debtor, account, posted_at, \
         {least}(amount_fen, fen - (upto - amount_fen)) as fen from lines \
         where upto - amount_fen < fen) \
         select debtor, count(distinct account) as debtors, cast(sum(fen) as bigint) as fen, \
         cast(sum(case when posted_at > $1 then fen else 0 end) as bigint) as days_30, \
         cast(sum(case when posted_at <= $1 and posted_at > $2 then fen else 0 end) as bigint) \
         as days_60, \
         cast(sum(case when posted_at <= $2 and posted_at > $3 then fen else 0 end) as bigint) \
         as days_90, \
         cast(sum(case when posted_at <= $3 then fen else 0 end) as bigint) as older \
         from parts group by debtor order by debtor"
    );
    let [one, two, three] = ages;
    conn.all_anew(AssertSqlSafe(sql), args![one, two, three])
        .await
}
