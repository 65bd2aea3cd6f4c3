//! Days of channels that were compared with our books, and what differed.

mod books;
mod differences;

pub use books::{BookedRow, Books, booked, books_of};
pub use differences::{
    DifferenceFilter, DifferenceRow, NewDifference, decide, forget_others, list_differences,
    lock_difference, open_of_day, put_difference,
};

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::{Fen, Timestamp};

row! {
    /// A day of a channel.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReconciliationRow {
        /// `wechat`, `alipay`, `mock`.
        pub channel: String,
        /// `2026-03-01`, by the Shanghai calendar.
        pub day: String,
        /// Its first instant.
        pub begins_at: Timestamp,
        /// `clean`, `differs`, `resolved`.
        pub state: String,
        /// Lines of the statement.
        pub their_count: i64,
        /// What came in by the statement.
        pub their_in_fen: Fen,
        /// What went out by the statement.
        pub their_out_fen: Fen,
        /// The statement's fees, or the agreed ones where it names none.
        pub fee_fen: Fen,
        /// Movements in our books.
        pub our_count: i64,
        /// What came in by our books.
        pub our_in_fen: Fen,
        /// What went out by our books.
        pub our_out_fen: Fen,
        /// Fees in our books.
        pub our_fee_fen: Fen,
        /// By how much the statement is above the books where that was accepted.
        pub accepted_fen: Fen,
        /// How often it was compared.
        pub runs: i32,
        /// Who had it compared last.
        pub run_by: String,
        /// When.
        pub run_at: Timestamp,
    }
}

impl ReconciliationRow {
    /// By how much the statement says that more is there than the books say.
    pub fn gap(&self) -> Fen {
        (self.their_in_fen - self.their_out_fen - self.fee_fen)
            - (self.our_in_fen - self.our_out_fen - self.our_fee_fen)
    }
}

macro_rules! columns {
    () => {
        "channel, day, begins_at, state, their_count, their_in_fen, their_out_fen, fee_fen, \
         our_count, our_in_fen, our_out_fen, our_fee_fen, accepted_fen, runs, run_by, run_at"
    };
}

/// Writes what came of comparing a day; a later comparison takes the place of an earlier one.
pub async fn put(conn: Conn<'_>, row: &ReconciliationRow) -> Result<()> {
    conn.execute(
        concat!(
            "insert into reconciliations (",
            columns!(),
            ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15) \
             on conflict (channel, day) do update set state = excluded.state, \
             their_count = excluded.their_count, their_in_fen = excluded.their_in_fen, \
             their_out_fen = excluded.their_out_fen, fee_fen = excluded.fee_fen, \
             our_count = excluded.our_count, our_in_fen = excluded.our_in_fen, \
             our_out_fen = excluded.our_out_fen, our_fee_fen = excluded.our_fee_fen, \
             accepted_fen = excluded.accepted_fen, runs = reconciliations.runs + 1, \
             run_by = excluded.run_by, run_at = excluded.run_at"
        ),
        args![
            row.channel,
            row.day,
            row.begins_at,
            row.state,
            row.their_count,
            row.their_in_fen,
            row.their_out_fen,
            row.fee_fen,
            row.our_count,
            row.our_in_fen,
            row.our_out_fen,
            row.our_fee_fen,
            row.accepted_fen,
            row.run_by,
            row.run_at
        ],
    )
    .await?;
    Ok(())
}

/// A day of a channel, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, channel: &str, day: &str) -> Result<Option<ReconciliationRow>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from reconciliations where channel = $1 and day = $2"
        ),
        concat!(
            "select ",
            columns!(),
            " from reconciliations where channel = $1 and day = $2 for update"
        ),
    );
    conn.optional(sql, args![channel, day]).await
}

/// A day of a channel.
pub async fn find(conn: Conn<'_>, channel: &str, day: &str) -> Result<Option<ReconciliationRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from reconciliations where channel = $1 and day = $2"
        ),
        args![channel, day],
    )
    .await
}

/// What was accepted as it is.
pub async fn accept(conn: Conn<'_>, channel: &str, day: &str, gap: Fen) -> Result<()> {
    conn.execute(
        "update reconciliations set state = 'resolved', accepted_fen = $3 \
         where channel = $1 and day = $2",
        args![channel, day, gap],
    )
    .await?;
    Ok(())
}

/// Which days a list shows.
#[derive(Clone, Debug, Default)]
pub struct DayFilter {
    /// Of this channel.
    pub channel: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// From this day on.
    pub from: Option<String>,
    /// Up to this day, included.
    pub to: Option<String>,
}

/// A page of days, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &DayFilter,
    page: PageRequest,
) -> Result<Page<ReconciliationRow>> {
    Listing::of(columns!(), "reconciliations")
        .narrow("channel =", filter.channel.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("day >=", filter.from.as_ref())
        .narrow("day <=", filter.to.as_ref())
        .page(conn, "day desc, channel", page)
        .await
}

/// When the first payment was begun: before that there is nothing to compare.
pub async fn first_payment(conn: Conn<'_>) -> Result<Option<Timestamp>> {
    let first: Option<Scalar<Timestamp>> = conn
        .optional(
            "select created_at as value from payments order by payment_no limit 1",
            &[],
        )
        .await?;
    Ok(first.map(|Scalar(at)| at))
}
