//! `parking_handovers`: charges that car parks are told of.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest, Whose};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{DeviceId, OrderNo, Timestamp};

row! {
    /// A row of `parking_handovers`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HandoverRow {
        /// The charge.
        pub order_no: OrderNo,
        /// The rule that was in force when it ended.
        pub rule_id: i64,
        /// `pending`, `done`, `not_parked`, `failed`; `refused` where it earns no relief.
        pub state: String,
        /// The plate, plain.
        pub plate: Option<String>,
        /// How often it failed.
        pub failures: i32,
        /// When it is sent next.
        pub next_at: Option<Timestamp>,
        /// What was said last.
        pub note: Option<String>,
        /// When the charge ended.
        pub created_at: Timestamp,
    }
}

const COLUMNS: &str = "order_no, rule_id, state, plate, failures, next_at, note, created_at";

const VISIBLE: &str = "rule_id in (select r.id from parking_rules r \
     join stations s on s.id = r.station_id \
     where s.org_path like {path} or s.operator_path like {path})";
const BY_STATION: &str =
    "rule_id in (select r.id from parking_rules r where r.station_id in ({stations}))";

/// A charge has ended at a device: its car park is to be told, where its station has one. One
/// statement, so that nothing here can hold a settlement up.
pub async fn begin(
    conn: Conn<'_>,
    order_no: OrderNo,
    device: DeviceId,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into parking_handovers (order_no, rule_id, state, next_at, created_at, \
         updated_at) select $1, r.id, 'pending', $3, $3, $3 from devices d \
         join parking_rules r on r.station_id = d.station_id and r.ended_at is null \
         where d.id = $2 on conflict (order_no) do nothing",
        args![order_no, device, now],
    )
    .await?;
    Ok(())
}

/// Takes what is due, oldest first, until `lease`: nobody else takes it meanwhile.
pub async fn claim(
    conn: Conn<'_>,
    now: Timestamp,
    lease: Timestamp,
    limit: u32,
) -> Result<Vec<HandoverRow>> {
    let sql = conn.choose(
        "update parking_handovers set next_at = $2 where order_no in (select order_no \
         from parking_handovers where next_at <= $1 order by next_at limit $3) \
         returning order_no, rule_id, state, plate, failures, next_at, note, created_at",
        "update parking_handovers set next_at = $2 where order_no in (select order_no \
         from parking_handovers where next_at <= $1 order by next_at limit $3 \
         for update skip locked) \
         returning order_no, rule_id, state, plate, failures, next_at, note, created_at",
    );
    conn.all(sql, args![now, lease, limit]).await
}

/// Writes what became of one that is still to be sent. False when it is over.
pub async fn update(conn: Conn<'_>, row: &HandoverRow, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update parking_handovers set state = $2, plate = $3, failures = $4, next_at = $5, \
             note = $6, updated_at = $7 where order_no = $1 and state = 'pending'",
            args![
                row.order_no,
                row.state,
                row.plate,
                row.failures,
                row.next_at,
                row.note,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Sends one again that was given up. False when it was not.
pub async fn again(conn: Conn<'_>, order_no: OrderNo, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update parking_handovers set state = 'pending', failures = 0, next_at = $2, \
             updated_at = $2 where order_no = $1 and state in ('failed', 'not_parked', 'refused')",
            args![order_no, now],
        )
        .await?;
    Ok(changed == 1)
}

/// One of them.
pub async fn find(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<HandoverRow>> {
    conn.optional(
        "select order_no, rule_id, state, plate, failures, next_at, note, created_at \
         from parking_handovers where order_no = $1",
        args![order_no],
    )
    .await
}

/// Reliefs that a car has had under a rule since an instant.
pub async fn reliefs(conn: Conn<'_>, rule_id: i64, plate: &str, since: Timestamp) -> Result<u32> {
    let Scalar::<i64>(count) = conn
        .one(
            "select count(*) as value from parking_handovers where rule_id = $1 and plate = $2 \
             and created_at >= $3 and state = 'done'",
            args![rule_id, plate, since],
        )
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A page of them, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    state: Option<&str>,
    page: PageRequest,
) -> Result<Page<HandoverRow>> {
    let state = state.map(str::to_owned);
    Listing::of(COLUMNS, "parking_handovers")
        .within(Whose::from(VISIBLE).at(BY_STATION), scope)
        .narrow("state =", state.as_ref())
        .page(conn, "created_at desc, order_no desc", page)
        .await
}
