//! `occupancy_orders`: plugs that were left in after a charge.

use crate::db::{Columns, FromRow, Scalar, args, from_json, parsed};
use crate::paging::{Listing, OF_DEVICE, Page, PageRequest};
use crate::{Conn, Result};
use domain::occupancy::{Occupancy, OccupancyState};
use domain::org::Scope;
use domain::payer::Payer;
use domain::pricing::occupancy::{Fee, OccupancyClock};
use kernel::{DeviceId, MemberId, OrderNo, Timestamp};

macro_rules! columns {
    () => {
        "occ_no, order_no, device_id, phy_id, port_no, member_ref, api_key_id, rule, state, \
         started_at, ended_at, charge_seconds, units, fee_fen, ran_ms, counted_ms, \
         running_since, note"
    };
}

impl FromRow for Occupancy {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            occ_no: row.get("occ_no")?,
            order_no: row.get("order_no")?,
            device_id: row.get("device_id")?,
            phy_id: row.get("phy_id")?,
            port_no: row.get("port_no")?,
            member_ref: row.get("member_ref")?,
            api_key_id: row.get("api_key_id")?,
            rule: from_json(row, "rule")?.unwrap_or_default(),
            state: parsed(row, "state", OccupancyState::parse)?.unwrap_or(OccupancyState::Waived),
            started_at: row.get("started_at")?,
            ended_at: row.get("ended_at")?,
            clock: OccupancyClock {
                ran_ms: row.get("ran_ms")?,
                counted_ms: row.get("counted_ms")?,
                since: row.get("running_since")?,
            },
            fee: Fee {
                seconds: row.get("charge_seconds")?,
                units: row.get("units")?,
                fen: row.get("fee_fen")?,
            },
            note: row.get("note")?,
        })
    }
}

/// Writes an occupancy as it is now, and its amount into the order of its charge. One per charge:
/// a charge that went on and ended again begins it anew.
pub async fn put(mut conn: Conn<'_>, occupancy: &Occupancy, now: Timestamp) -> Result<()> {
    let rule = serde_json::json!(occupancy.rule);
    let free_seconds = i64::from(occupancy.rule.free_minutes) * 60;
    let (fee, clock) = (occupancy.fee, occupancy.clock);
    conn.again()
        .execute(
            "insert into occupancy_orders (occ_no, order_no, device_id, phy_id, port_no, \
             member_ref, api_key_id, rule, state, started_at, ended_at, free_seconds, \
             charge_seconds, units, fee_fen, ran_ms, counted_ms, running_since, note, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
             $18, $19, $20) on conflict (occ_no) do update set rule = excluded.rule, \
             state = excluded.state, started_at = excluded.started_at, \
             ended_at = excluded.ended_at, free_seconds = excluded.free_seconds, \
             charge_seconds = excluded.charge_seconds, units = excluded.units, \
             fee_fen = excluded.fee_fen, ran_ms = excluded.ran_ms, \
             counted_ms = excluded.counted_ms, running_since = excluded.running_since, \
             note = excluded.note, updated_at = excluded.updated_at",
            args![
                occupancy.occ_no,
                occupancy.order_no,
                occupancy.device_id,
                occupancy.phy_id,
                occupancy.port_no,
                occupancy.member_ref,
                occupancy.api_key_id,
                rule,
                occupancy.state.as_str(),
                occupancy.started_at,
                occupancy.ended_at,
                free_seconds,
                fee.seconds,
                fee.units,
                fee.fen,
                clock.ran_ms,
                clock.counted_ms,
                clock.since,
                occupancy.note,
                now
            ],
        )
        .await?;
    conn.execute(
        "update orders set occupancy_fen = $2 where order_no = $1",
        args![occupancy.order_no, occupancy.due_at(now)],
    )
    .await?;
    Ok(())
}

/// One occupancy.
pub async fn find(conn: Conn<'_>, occ_no: &str) -> Result<Option<Occupancy>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from occupancy_orders where occ_no = $1"
        ),
        args![occ_no],
    )
    .await
}

/// All that are open.
pub async fn list_open(conn: Conn<'_>) -> Result<Vec<Occupancy>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from occupancy_orders where state in ('waiting', 'timing')"
        ),
        args![],
    )
    .await
}

/// Which of them a list shows.
#[derive(Clone, Debug, Default)]
pub struct OccupancyFilter {
    /// In this state.
    pub state: Option<OccupancyState>,
    /// Of this device.
    pub device_id: Option<DeviceId>,
    /// After this charge.
    pub order_no: Option<OrderNo>,
    /// At devices of these organisations only.
    pub scope: Scope,
    /// After charges of this member.
    pub member: Option<MemberId>,
}

/// A page of them, the latest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &OccupancyFilter,
    page: PageRequest,
) -> Result<Page<Occupancy>> {
    let state = filter.state.map(OccupancyState::as_str);
    let member = filter.member.map(|member| member.0);
    Listing::of(columns!(), "occupancy_orders")
        .within(OF_DEVICE, &filter.scope)
        .narrow("state =", state.as_ref())
        .narrow("device_id =", filter.device_id.as_ref())
        .narrow("order_no =", filter.order_no.as_ref())
        .narrow(
            "(select o.member_id from orders o \
             where o.order_no = occupancy_orders.order_no) =",
            member.as_ref(),
        )
        .page(conn, "started_at desc, occ_no desc", page)
        .await
}

/// Whether a member's wait was cancelled by their next charge since an instant.
pub async fn cancelled_since(
    conn: Conn<'_>,
    member_ref: &str,
    note: &str,
    since: Timestamp,
) -> Result<bool> {
    let Scalar::<i64>(count) = conn
        .one(
            "select count(*) as value from occupancy_orders where member_ref = $1 \
             and state = 'waived' and note = $2 and started_at >= $3",
            args![member_ref, note, since],
        )
        .await?;
    Ok(count > 0)
}

/// Everything that a payer had to pay for plugs is paid. How many.
pub async fn mark_paid(conn: Conn<'_>, payer: &Payer, now: Timestamp) -> Result<u64> {
    let card_no = match payer {
        Payer::Card { card_no, .. } => Some(card_no.as_str()),
        _ => None,
    };
    let member = payer
        .member()
        .filter(|_| payer.company().is_none() && card_no.is_none());
    conn.execute(
        "update occupancy_orders set state = 'paid', updated_at = $4 where state = 'to_pay' \
         and occ_no in (select fee_no from fees where kind = 'occupancy' \
         and ((card_no is null and company_id is null and member_id = $1) \
         or card_no = $2 or company_id = $3))",
        args![
            member.map(|id| id.0),
            card_no,
            payer.company().map(|id| id.0),
            now
        ],
    )
    .await
}
