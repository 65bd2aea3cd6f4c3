use crate::db::{args, row};
use crate::{Conn, Result};
use domain::ledger::{Account, Asset};
use kernel::{Fen, Timestamp};

row! {
    /// A movement at a channel as it is booked.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BookedRow {
        /// Our number of it there.
        pub document_no: String,
        /// What came in; less than nothing: what went out.
        pub amount_fen: Fen,
    }
}

/// The movements of a channel that are booked on a day, by their numbers, without fees.
pub async fn booked(
    conn: Conn<'_>,
    asset: Asset,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<BookedRow>> {
    conn.all(
        "select j.document_no, cast(sum(case l.side when 'D' then l.amount_fen \
         else -l.amount_fen end) as bigint) as amount_fen \
         from journals j join journal_lines l on l.journal_id = j.id \
         where j.value_at >= $2 and j.value_at < $3 and l.account = $1 \
         and j.event_type not in ('channel_fee', 'transfer', 'withdraw_paid') \
         group by j.document_no order by j.document_no",
        args![Account::Asset(asset).to_string(), from, until],
    )
    .await
}

row! {
    /// What a day comes to in our books.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Books {
        /// Movements, without fees.
        pub count: i64,
        /// What came in.
        pub in_fen: Fen,
        /// What went out.
        pub out_fen: Fen,
        /// What the channel kept.
        pub fee_fen: Fen,
    }
}

/// What a day of a channel comes to in our books: everything that its trade bill lists, so neither
/// payouts to the bank nor withdrawals.
pub async fn books_of(
    conn: Conn<'_>,
    asset: Asset,
    from: Timestamp,
    until: Timestamp,
) -> Result<Books> {
    conn.one(
        "select coalesce(sum(case when j.event_type = 'channel_fee' then 0 else 1 end), 0) \
         as count, \
         cast(coalesce(sum(case when j.event_type <> 'channel_fee' and l.side = 'D' \
         then l.amount_fen else 0 end), 0) as bigint) as in_fen, \
         cast(coalesce(sum(case when j.event_type <> 'channel_fee' and l.side = 'C' \
         then l.amount_fen else 0 end), 0) as bigint) as out_fen, \
         cast(coalesce(sum(case when j.event_type <> 'channel_fee' then 0 \
         when l.side = 'C' then l.amount_fen else -l.amount_fen end), 0) as bigint) as fee_fen \
         from journals j join journal_lines l on l.journal_id = j.id \
         where (j.value_at >= $2 and j.value_at < $3 \
         or j.value_at is null and j.posted_at >= $2 and j.posted_at < $3) \
         and l.account = $1 and j.event_type not in ('transfer', 'withdraw_paid')",
        args![Account::Asset(asset).to_string(), from, until],
    )
    .await
}
