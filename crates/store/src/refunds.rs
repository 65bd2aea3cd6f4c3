//! `refunds`: money that goes back.

use crate::db::{Columns, FromRow, args, parsed, text_column};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::refund::{RefundKind, RefundRoute, RefundState};
use kernel::{Fen, MemberId, Timestamp};

text_column! { RefundKind RefundRoute RefundState }

/// A row of `refunds`.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundRow {
    /// Its number.
    pub refund_no: String,
    /// Out of which payment; none: into the wallet.
    pub payment_no: Option<String>,
    /// The order, top-up … that it belongs to.
    pub biz_no: String,
    /// Whose money.
    pub member: Option<MemberId>,
    /// How much.
    pub amount: Fen,
    /// Why.
    pub kind: RefundKind,
    /// Where to.
    pub route: RefundRoute,
    /// Where it is.
    pub state: RefundState,
    /// In words.
    pub reason: String,
    /// Who asked.
    pub applicant: String,
    /// Who decided.
    pub auditor: Option<String>,
    /// The channel's number.
    pub channel_refund_no: Option<String>,
    /// How often the channel was asked.
    pub asked: i32,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// Which refunds a list shows.
#[derive(Clone, Debug, Default)]
pub struct RefundFilter {
    /// The one of this number.
    pub refund_no: Option<String>,
    /// Of this member.
    pub member: Option<MemberId>,
    /// In this state.
    pub state: Option<RefundState>,
    /// Of this order, top-up …
    pub biz_no: Option<String>,
}

impl FromRow for RefundRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let member: Option<i64> = row.get("member_id")?;
        let unknown = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        Ok(Self {
            refund_no: row.get("refund_no")?,
            payment_no: row.get("payment_no")?,
            biz_no: row.get("biz_no")?,
            member: member.map(MemberId),
            amount: row.get("amount_fen")?,
            kind: parsed(row, "kind", RefundKind::parse)?.ok_or_else(|| unknown("kind"))?,
            route: parsed(row, "route", RefundRoute::parse)?.ok_or_else(|| unknown("route"))?,
            state: parsed(row, "state", RefundState::parse)?.ok_or_else(|| unknown("state"))?,
            reason: row.get("reason")?,
            applicant: row.get("applicant")?,
            auditor: row.get("auditor")?,
            channel_refund_no: row.get("channel_refund_no")?,
            asked: row.get("asked")?,
            finished_at: row.get("finished_at")?,
            created_at: row.get("created_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "refund_no, payment_no, biz_no, member_id, amount_fen, kind, route, state, reason, \
         applicant, auditor, channel_refund_no, asked, finished_at, created_at"
    };
}

/// Adds a refund; `next_query_at` when there is something to do about it.
pub async fn insert(
    conn: Conn<'_>,
    refund: &RefundRow,
    next_query_at: Option<Timestamp>,
) -> Result<()> {
    conn.execute(
        "insert into refunds (refund_no, payment_no, biz_no, member_id, amount_fen, kind, route, \
         state, reason, applicant, next_query_at, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        args![
            refund.refund_no,
            refund.payment_no,
            refund.biz_no,
            refund.member.map(|id| id.0),
            refund.amount,
            refund.kind.as_str(),
            refund.route.as_str(),
            refund.state.as_str(),
            refund.reason,
            refund.applicant,
            next_query_at,
            refund.created_at
        ],
    )
    .await?;
    Ok(())
}

/// A refund.
pub async fn find(conn: Conn<'_>, refund_no: &str) -> Result<Option<RefundRow>> {
    conn.optional(
        concat!("select ", columns!(), " from refunds where refund_no = $1"),
        args![refund_no],
    )
    .await
}

/// A refund, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, refund_no: &str) -> Result<Option<RefundRow>> {
    let sql = conn.choose(
        concat!("select ", columns!(), " from refunds where refund_no = $1"),
        concat!(
            "select ",
            columns!(),
            " from refunds where refund_no = $1 for update"
        ),
    );
    conn.optional(sql, args![refund_no]).await
}

/// Writes where a refund is and when something is to be done about it.
pub async fn update(
    conn: Conn<'_>,
    refund: &RefundRow,
    next_query_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "update refunds set state = $2, auditor = $3, channel_refund_no = $4, asked = $5, \
         next_query_at = $6, finished_at = $7, updated_at = $8, route = $9 \
         where refund_no = $1",
        args![
            refund.refund_no,
            refund.state.as_str(),
            refund.auditor,
            refund.channel_refund_no,
            refund.asked,
            next_query_at,
            refund.finished_at,
            now,
            refund.route.as_str()
        ],
    )
    .await?;
    Ok(())
}

/// Refunds about which something is to be done, oldest first.
pub async fn due(conn: Conn<'_>, now: Timestamp, limit: u32) -> Result<Vec<RefundRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from refunds where next_query_at <= $1 order by next_query_at limit $2"
        ),
        args![now, limit],
    )
    .await
}

/// What goes back of a payment, or went, except for one refund.
pub async fn of_payment(conn: Conn<'_>, payment_no: &str, except: &str) -> Result<Fen> {
    let crate::db::Scalar(sum) = conn
        .one(
            "select cast(coalesce(sum(amount_fen), 0) as bigint) as value from refunds \
             where payment_no = $1 and refund_no <> $2 \
             and (state in ('requested', 'approved', 'processing', 'abnormal') \
             or (state = 'success' and route = 'original'))",
            args![payment_no, except],
        )
        .await?;
    Ok(sum)
}

/// What is waiting to go back of an order or a wallet, and has not been taken from it yet.
pub async fn waiting_of(conn: Conn<'_>, biz_no: &str) -> Result<Fen> {
    let crate::db::Scalar(sum) = conn
        .one(
            "select cast(coalesce(sum(amount_fen), 0) as bigint) as value from refunds \
             where biz_no = $1 and kind <> 'auto_unused' \
             and state in ('requested', 'approved')",
            args![biz_no],
        )
        .await?;
    Ok(sum)
}

/// A page of refunds, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &RefundFilter,
    page: PageRequest,
) -> Result<Page<RefundRow>> {
    let member = filter.member.map(|id| id.0);
    let state = filter.state.map(RefundState::as_str);
    Listing::of(columns!(), "refunds")
        .narrow("refund_no =", filter.refund_no.as_ref())
        .narrow("member_id =", member.as_ref())
        .narrow("state =", state.as_ref())
        .narrow("biz_no =", filter.biz_no.as_ref())
        .page(conn, "refund_no desc", page)
        .await
}
