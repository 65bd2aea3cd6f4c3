//! `payments`, `recharge_orders`, `recharge_packages`: money that comes in.

use crate::db::{Columns, FromRow, Scalar, args, parsed, row, text_column};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::payment::PaymentState;
use kernel::{Fen, MemberId, Timestamp};

text_column! { PaymentState }

/// A row of `payments`.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentRow {
    /// Its number.
    pub payment_no: String,
    /// `recharge`, `prepay`, `bill`, `occupancy`.
    pub biz_type: String,
    /// What it is for.
    pub biz_no: String,
    /// Who pays.
    pub member: Option<MemberId>,
    /// How the payer meets the cashier.
    pub channel: String,
    /// How much.
    pub amount: Fen,
    /// Where it is.
    pub state: PaymentState,
    /// The payer's id at the channel.
    pub payer_id: Option<String>,
    /// The channel's number.
    pub channel_trade_no: Option<String>,
    /// What the front end needs.
    pub ticket: Option<serde_json::Value>,
    /// How often the channel was asked.
    pub asked: i32,
    /// The payer's time ends then.
    pub expire_at: Timestamp,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// What went back.
    pub refunded: Fen,
    /// When it was made.
    pub created_at: Timestamp,
}

impl FromRow for PaymentRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let member: Option<i64> = row.get("member_id")?;
        Ok(Self {
            payment_no: row.get("payment_no")?,
            biz_type: row.get("biz_type")?,
            biz_no: row.get("biz_no")?,
            member: member.map(MemberId),
            channel: row.get("channel")?,
            amount: row.get("amount_fen")?,
            state: parsed(row, "state", PaymentState::parse)?.unwrap_or(PaymentState::Closed),
            payer_id: row.get("payer_id")?,
            channel_trade_no: row.get("channel_trade_no")?,
            ticket: row.get("ticket")?,
            asked: row.get("asked")?,
            expire_at: row.get("expire_at")?,
            paid_at: row.get("paid_at")?,
            refunded: row.get("refunded_fen")?,
            created_at: row.get("created_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "payment_no, biz_type, biz_no, member_id, channel, amount_fen, state, payer_id, \
         channel_trade_no, ticket, asked, expire_at, paid_at, refunded_fen, created_at"
    };
}

/// Adds a payment, to be asked about at `next_query_at`.
pub async fn insert(
    conn: Conn<'_>,
    payment: &PaymentRow,
    next_query_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into payments (payment_no, biz_type, biz_no, member_id, channel, amount_fen, \
         state, payer_id, next_query_at, expire_at, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        args![
            payment.payment_no,
            payment.biz_type,
            payment.biz_no,
            payment.member.map(|id| id.0),
            payment.channel,
            payment.amount,
            payment.state.as_str(),
            payment.payer_id,
            next_query_at,
            payment.expire_at,
            now
        ],
    )
    .await?;
    Ok(())
}

/// A payment.
pub async fn find(conn: Conn<'_>, payment_no: &str) -> Result<Option<PaymentRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from payments where payment_no = $1"
        ),
        args![payment_no],
    )
    .await
}

/// A payment, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, payment_no: &str) -> Result<Option<PaymentRow>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from payments where payment_no = $1"
        ),
        concat!(
            "select ",
            columns!(),
            " from payments where payment_no = $1 for update"
        ),
    );
    conn.optional(sql, args![payment_no]).await
}

/// Writes where a payment is and when the channel is asked next.
pub async fn update(
    conn: Conn<'_>,
    payment: &PaymentRow,
    next_query_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "update payments set state = $2, channel_trade_no = $3, ticket = $4, asked = $5, \
         next_query_at = $6, paid_at = $7, refunded_fen = $8, updated_at = $9 \
         where payment_no = $1",
        args![
            payment.payment_no,
            payment.state.as_str(),
            payment.channel_trade_no,
            payment.ticket,
            payment.asked,
            next_query_at,
            payment.paid_at,
            payment.refunded,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Notes that a channel is being asked.
pub async fn count_question(
    conn: Conn<'_>,
    payment_no: &str,
    asked: i32,
    next_query_at: Timestamp,
) -> Result<()> {
    conn.execute(
        "update payments set asked = $2, next_query_at = $3 \
         where payment_no = $1 and next_query_at is not null",
        args![payment_no, asked, next_query_at],
    )
    .await?;
    Ok(())
}

/// Payments whose channel is to be asked, oldest first.
pub async fn due(conn: Conn<'_>, now: Timestamp, limit: u32) -> Result<Vec<PaymentRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from payments where next_query_at <= $1 order by next_query_at limit $2"
        ),
        args![now, limit],
    )
    .await
}

/// A member's paid payments of top-ups that have something left, oldest first.
pub async fn refundable(conn: Conn<'_>, member: MemberId) -> Result<Vec<PaymentRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from payments where member_id = $1 and biz_type = 'recharge' \
             and state in ('paid', 'part_refunded') and refunded_fen < amount_fen \
             order by payment_no limit 100"
        ),
        args![member.0],
    )
    .await
}

row! {
    /// A row of `recharge_orders`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RechargeRow {
        /// Its number.
        pub recharge_no: String,
        /// Whose wallet.
        pub member_id: i64,
        /// The payment.
        pub payment_no: String,
        /// The package that was chosen.
        pub package_id: Option<i64>,
        /// Paid.
        pub pay_fen: Fen,
        /// Given on top.
        pub gift_fen: Fen,
        /// `created`, `paid`, `closed`.
        pub state: String,
        /// When it was paid.
        pub paid_at: Option<Timestamp>,
        /// When it was made.
        pub created_at: Timestamp,
        /// Of what was paid, given back through its channel; kept with the payment.
        pub refunded_fen: Fen,
        /// Through which it was paid: `wechat_jsapi`, `mock`.
        pub channel: String,
    }
}

macro_rules! recharge_columns {
    () => {
        "r.recharge_no, r.member_id, r.payment_no, r.package_id, r.pay_fen, r.gift_fen, r.state, \
         r.paid_at, r.created_at, p.refunded_fen, p.channel"
    };
}
const RECHARGES: &str = "recharge_orders r join payments p on p.payment_no = r.payment_no";

/// Adds a top-up.
pub async fn insert_recharge(conn: Conn<'_>, row: &RechargeRow) -> Result<()> {
    conn.execute(
        "insert into recharge_orders (recharge_no, member_id, payment_no, package_id, pay_fen, \
         gift_fen, state, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            row.recharge_no,
            row.member_id,
            row.payment_no,
            row.package_id,
            row.pay_fen,
            row.gift_fen,
            row.state,
            row.created_at
        ],
    )
    .await?;
    Ok(())
}

/// The top-up of that number.
pub async fn find_recharge(conn: Conn<'_>, recharge_no: &str) -> Result<Option<RechargeRow>> {
    conn.optional(
        concat!(
            "select ",
            recharge_columns!(),
            " from recharge_orders r join payments p on p.payment_no = r.payment_no \
             where r.recharge_no = $1"
        ),
        args![recharge_no],
    )
    .await
}

/// Writes what became of a top-up.
pub async fn set_recharge(
    conn: Conn<'_>,
    recharge_no: &str,
    state: &str,
    paid_at: Option<Timestamp>,
) -> Result<()> {
    conn.execute(
        "update recharge_orders set state = $2, paid_at = $3 where recharge_no = $1",
        args![recharge_no, state, paid_at],
    )
    .await?;
    Ok(())
}

/// A page of top-ups, newest first.
pub async fn list_recharges(
    conn: Conn<'_>,
    member: Option<MemberId>,
    state: Option<&str>,
    page: PageRequest,
) -> Result<Page<RechargeRow>> {
    let member = member.map(|id| id.0);
    let state = state.map(str::to_owned);
    Listing::of(recharge_columns!(), RECHARGES)
        .narrow("r.member_id =", member.as_ref())
        .narrow("r.state =", state.as_ref())
        .page(conn, "r.recharge_no desc", page)
        .await
}

row! {
    /// A row of `recharge_packages`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PackageRow {
        /// Its row.
        pub id: i64,
        /// Its name.
        pub name: String,
        /// Paid.
        pub pay_fen: Fen,
        /// Given on top.
        pub gift_fen: Fen,
        /// `active`, `ended`.
        pub state: String,
    }
}

/// Adds a package.
pub async fn insert_package(
    conn: Conn<'_>,
    name: &str,
    pay: Fen,
    gift: Fen,
    actor: &str,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into recharge_packages \
             (name, pay_fen, gift_fen, created_by, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $5) returning id as value",
            args![name, pay, gift, actor, now],
        )
        .await?;
    Ok(id)
}

/// Ends a package. False when there is no active one.
pub async fn end_package(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update recharge_packages set state = 'ended', updated_at = $2 \
             where id = $1 and state = 'active'",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The packages on offer, smallest first.
pub async fn packages(conn: Conn<'_>) -> Result<Vec<PackageRow>> {
    conn.all(
        "select id, name, pay_fen, gift_fen, state from recharge_packages \
         where state = 'active' order by pay_fen, id limit 100",
        args![],
    )
    .await
}
