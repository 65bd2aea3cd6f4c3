//! `webhook_deliveries`: how far the telling of each event to each address is.

use crate::db::{Batch, Kind, Scalar, ToCell, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::{ApiKeyId, OrderNo, PhyId, PortNo, RunId, Timestamp, TraceId};
use serde_json::Value;
use std::time::Duration;

/// Deliveries that [`replay`] takes in one call at most.
pub const REPLAY_MAX: usize = 1000;

/// Pending, in `status`.
const PENDING: i16 = 0;
/// Delivered, in `status`.
const DELIVERED: i16 = 1;
/// Given up, in `status`.
const DEAD: i16 = 2;

row! {
    /// An event on its way to an address.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Delivery {
        /// Row id.
        pub id: i64,
        /// The event's name, the same in every attempt.
        pub event_id: String,
        /// For example `charging.started`.
        pub event_type: String,
        /// The order that it is about.
        pub order_no: Option<OrderNo>,
        /// The device that it is about.
        pub phy_id: Option<PhyId>,
        /// The port that it is about.
        pub port_no: Option<PortNo>,
        /// The `data` of the message.
        pub payload: Value,
        /// Place among the events of its order.
        pub sequence_no: i64,
        /// When the fact happened.
        pub occurred_at: Timestamp,
        /// Whose address it is; none: the configuration's.
        pub api_key_id: Option<ApiKeyId>,
        /// The address.
        pub url: String,
        /// How many attempts have failed.
        pub retry_count: i16,
        /// 0 pending, 1 delivered, 2 given up.
        pub status: i16,
        /// Status of the last answer.
        pub http_status: Option<u16>,
        /// Why the last attempt failed.
        pub error: Option<String>,
        /// When it was queued.
        pub created_at: Timestamp,
        /// When it was delivered.
        pub pushed_at: Option<Timestamp>,
        /// When it is due, or its claim ends.
        pub next_attempt_at: Timestamp,
        /// The flow of its order.
        pub trace_id: Option<TraceId>,
    }
}

macro_rules! columns {
    () => {
        "d.id, e.event_id, e.event_type, e.order_no, e.phy_id, e.port_no, e.payload, \
         e.sequence_no, e.occurred_at, d.api_key_id, d.url, d.retry_count, d.status, \
         d.http_status, d.error, d.created_at, d.pushed_at, d.next_attempt_at, \
         (select o.trace_id from orders o where o.order_no = e.order_no) as trace_id"
    };
}

/// What one attempt came to.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The delivery.
    pub delivery_id: i64,
    /// 1 for the first.
    pub attempt: i16,
    /// When it began.
    pub at: Timestamp,
    /// Status of the answer, if there was one.
    pub http_status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was accepted.
    Delivered,
    /// It is tried again then.
    Retry(Timestamp),
    /// It is given up: a dead letter.
    Dead,
}

row! {
    /// A stored attempt.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PastAttempt {
        /// 1 for the first.
        pub attempt: i16,
        /// When it began.
        pub at: Timestamp,
        /// Status of the answer, if there was one.
        pub http_status: Option<u16>,
        /// Why it failed.
        pub error: Option<String>,
        /// How long it took.
        pub duration_ms: i64,
    }
}

/// How many deliveries there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting for their first or next attempt.
    pub pending: i64,
    /// Given up.
    pub dead: i64,
}

/// Takes up to `limit` deliveries that are due, the longest waiting first; nobody else gets them
/// until `lease` has passed, so that a crash in the middle of an attempt only delays them.
///
/// An event waits for the earlier ones of its order to the same address, unless those have
/// failed more than `fast_retries` times: then order is given up and receivers sort by
/// `sequence_no`. `by` is who claims them, see [`release_of_run`]. Belongs in a transaction.
pub async fn claim(
    mut conn: Conn<'_>,
    now: Timestamp,
    by: Option<RunId>,
    lease: Duration,
    fast_retries: i16,
    limit: u16,
) -> Result<Vec<Delivery>> {
    macro_rules! claim {
        ($lock:literal) => {
            concat!(
                "update webhook_deliveries set next_attempt_at = $2, claimed_by = $5 where id in (",
                "select d.id from webhook_deliveries d ",
                "where d.status = 0 and d.next_attempt_at <= $1 ",
                "and (d.order_no is null or not exists (",
                "select 1 from webhook_deliveries p where p.order_no = d.order_no ",
                "and p.status = 0 and p.sequence_no < d.sequence_no and p.url = d.url ",
                "and p.retry_count <= $3)) ",
                "order by d.next_attempt_at, d.id limit $4",
                $lock,
                ") and status = 0 returning id as value"
            )
        };
    }
    static LOAD: Batch<1> = Batch::new(
        concat!(
            "select ",
            columns!(),
            " from {rows} join webhook_deliveries d on d.id = v.id \
             join events e on e.id = d.event_row order by d.id"
        ),
        [("id", Kind::Int)],
    );
    let sql = conn.choose(claim!(""), claim!(" for update skip locked"));
    let claimed: Vec<Scalar<i64>> = conn
        .again()
        .all(sql, args![now, now + lease, fast_retries, limit, by])
        .await?;
    if claimed.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<_> = claimed.iter().map(|Scalar(id)| [id.cell()]).collect();
    LOAD.all(conn, &rows).await
}

/// When the next delivery is due, or a claim ends; none when nothing is pending.
pub async fn next_due(conn: Conn<'_>) -> Result<Option<Timestamp>> {
    let next: Option<Scalar<Timestamp>> = conn
        .optional(
            "select next_attempt_at as value from webhook_deliveries where status = 0 \
             order by next_attempt_at, id limit 1",
            &[],
        )
        .await?;
    Ok(next.map(|Scalar(at)| at))
}

/// Writes what attempts came to: two statements, whatever their number. A delivery that has been
/// settled meanwhile is left alone. Belongs in a transaction.
pub async fn record(mut conn: Conn<'_>, attempts: &[Attempt]) -> Result<()> {
    static LOG: Batch<6> = Batch::new(
        "insert into webhook_attempts (delivery_id, attempt, at, http_status, error, duration_ms) \
         select v.delivery_id, v.attempt, v.at, v.http_status, v.error, v.duration_ms \
         from {rows} where true on conflict (delivery_id, attempt) do update set \
         at = excluded.at, http_status = excluded.http_status, error = excluded.error, \
         duration_ms = excluded.duration_ms",
        [
            ("delivery_id", Kind::Int),
            ("attempt", Kind::Int),
            ("at", Kind::Time),
            ("http_status", Kind::Int),
            ("error", Kind::Text),
            ("duration_ms", Kind::Int),
        ],
    );
    static SETTLE: Batch<8> = Batch::new(
        "update webhook_deliveries set status = v.status, retry_count = v.retry_count, \
         http_status = v.http_status, error = v.error, pushed_at = v.pushed_at, \
         next_attempt_at = coalesce(v.next_attempt_at, webhook_deliveries.next_attempt_at), \
         claimed_by = null, \
         updated_at = v.at from {rows} \
         where webhook_deliveries.id = v.delivery_id and webhook_deliveries.status = 0",
        [
            ("delivery_id", Kind::Int),
            ("status", Kind::Int),
            ("retry_count", Kind::Int),
            ("http_status", Kind::Int),
            ("error", Kind::Text),
            ("pushed_at", Kind::Time),
            ("next_attempt_at", Kind::Time),
            ("at", Kind::Time),
        ],
    );
    let log: Vec<_> = attempts
        .iter()
        .map(|attempt| {
            [
                attempt.delivery_id.cell(),
                attempt.attempt.cell(),
                attempt.at.cell(),
                attempt.http_status.cell(),
                attempt.error.cell(),
                attempt.duration_ms.cell(),
            ]
        })
        .collect();
    LOG.execute(conn.again(), &log).await?;
    let outcomes: Vec<Outcome> = attempts.iter().map(Outcome::of).collect();
    let settled: Vec<_> = attempts
        .iter()
        .zip(&outcomes)
        .map(|(attempt, outcome)| {
            [
                attempt.delivery_id.cell(),
                outcome.status.cell(),
                outcome.retry_count.cell(),
                attempt.http_status.cell(),
                attempt.error.cell(),
                outcome.pushed_at.cell(),
                outcome.next_attempt_at.cell(),
                attempt.at.cell(),
            ]
        })
        .collect();
    SETTLE.execute(conn, &settled).await?;
    Ok(())
}

/// Gives claimed deliveries back without an attempt; each is due again at the time beside it.
/// Returns how many were still pending.
pub async fn put_back(conn: Conn<'_>, deliveries: &[(i64, Timestamp)]) -> Result<u64> {
    static PUT_BACK: Batch<2> = Batch::new(
        "update webhook_deliveries set next_attempt_at = v.due, claimed_by = null from {rows} \
         where webhook_deliveries.id = v.id and webhook_deliveries.status = 0",
        [("id", Kind::Int), ("due", Kind::Time)],
    );
    let rows: Vec<_> = deliveries
        .iter()
        .map(|(id, due)| [id.cell(), due.cell()])
        .collect();
    PUT_BACK.execute(conn, &rows).await
}

/// Makes claimed deliveries due that were never attempted: for a process that starts and knows
/// that nobody else sends, so that a crash does not cost the rest of its predecessor's lease.
/// Returns how many.
pub async fn release_unattempted(conn: Conn<'_>, now: Timestamp) -> Result<u64> {
    conn.execute(
        "update webhook_deliveries set next_attempt_at = $1 \
         where status = 0 and retry_count = 0 and next_attempt_at > $1",
        args![now],
    )
    .await
}

/// Makes due what a run had claimed that has ended. Returns how many.
pub async fn release_of_run(conn: Conn<'_>, run: RunId, now: Timestamp) -> Result<u64> {
    conn.execute(
        "update webhook_deliveries set next_attempt_at = $2, claimed_by = null \
         where claimed_by = $1 and status = 0",
        args![run, now],
    )
    .await
}

/// The columns that follow from a verdict.
struct Outcome {
    status: i16,
    retry_count: i16,
    pushed_at: Option<Timestamp>,
    next_attempt_at: Option<Timestamp>,
}

impl Outcome {
    fn of(attempt: &Attempt) -> Self {
        let (status, failed, pushed_at, next_attempt_at) = match attempt.verdict {
            Verdict::Delivered => (DELIVERED, attempt.attempt - 1, Some(attempt.at), None),
            Verdict::Retry(at) => (PENDING, attempt.attempt, None, Some(at)),
            Verdict::Dead => (DEAD, attempt.attempt, None, None),
        };
        Self {
            status,
            retry_count: failed.max(0),
            pushed_at,
            next_attempt_at,
        }
    }
}

/// A page of the dead letters, newest first.
pub async fn list_dead(conn: Conn<'_>, page: PageRequest) -> Result<Page<Delivery>> {
    Listing::of(
        columns!(),
        "webhook_deliveries d join events e on e.id = d.event_row",
    )
    .only("d.status = 2", true)
    .page(conn, "d.id desc", page)
    .await
}

/// The deliveries of an event, oldest first.
pub async fn list_of_event(conn: Conn<'_>, event_id: &str) -> Result<Vec<Delivery>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from webhook_deliveries d join events e on e.id = d.event_row \
             where e.event_id = $1 order by d.id"
        ),
        args![event_id],
    )
    .await
}

/// The attempts of a delivery, oldest first.
pub async fn list_attempts(conn: Conn<'_>, delivery_id: i64) -> Result<Vec<PastAttempt>> {
    conn.all(
        "select attempt, at, http_status, error, duration_ms from webhook_attempts \
         where delivery_id = $1 order by attempt",
        args![delivery_id],
    )
    .await
}

/// Makes dead letters due again, with all their attempts before them: those given, cut to
/// [`REPLAY_MAX`]. Returns how many were dead.
pub async fn replay(conn: Conn<'_>, ids: &[i64], now: Timestamp) -> Result<u64> {
    static REPLAY: Batch<2> = Batch::new(
        "update webhook_deliveries set status = 0, retry_count = 0, next_attempt_at = v.at, \
         updated_at = v.at from {rows} \
         where webhook_deliveries.id = v.id and webhook_deliveries.status = 2",
        [("id", Kind::Int), ("at", Kind::Time)],
    );
    let ids = &ids[..ids.len().min(REPLAY_MAX)];
    let rows: Vec<_> = ids.iter().map(|id| [id.cell(), now.cell()]).collect();
    REPLAY.execute(conn, &rows).await
}

/// Makes the oldest dead letters due again, at most [`REPLAY_MAX`]. Returns how many.
pub async fn replay_all(conn: Conn<'_>, now: Timestamp) -> Result<u64> {
    let limit = i64::try_from(REPLAY_MAX).unwrap_or(i64::MAX);
    conn.execute(
        "update webhook_deliveries set status = 0, retry_count = 0, next_attempt_at = $1, \
         updated_at = $1 where id in (select id from webhook_deliveries where status = 2 \
         order by id limit $2)",
        args![now, limit],
    )
    .await
}

row! {
    /// How many deliveries took more than one try.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Retries {
        /// Tried at least once.
        pub tried: i64,
        /// Of those, tried once more, or about to be.
        pub again: i64,
    }
}

/// Of the deliveries since a time, how many took more than one try.
pub async fn retries(conn: Conn<'_>, since: Timestamp) -> Result<Retries> {
    conn.one(
        "select count(*) as tried, coalesce(sum(case when retry_count > \
         case when status = 2 then 1 else 0 end then 1 else 0 end), 0) as again \
         from webhook_deliveries where created_at >= $1 and (status <> 0 or retry_count > 0)",
        args![since],
    )
    .await
}

/// How many are pending and dead.
pub async fn counts(mut conn: Conn<'_>) -> Result<Counts> {
    let Scalar(pending) = conn
        .again()
        .one(
            "select count(*) as value from webhook_deliveries where status = 0",
            &[],
        )
        .await?;
    let Scalar(dead) = conn
        .one(
            "select count(*) as value from webhook_deliveries where status = 2",
            &[],
        )
        .await?;
    Ok(Counts { pending, dead })
}
