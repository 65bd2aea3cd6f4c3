use crate::db::{Batch, Kind, Scalar, ToCell, args, row};
use crate::{Conn, Result};
use domain::card::CardDay;
use domain::order::{Order, OrderStatus};
use kernel::{DeviceId, Fen, OrderId, OrderNo, PhyId, PortNo, Timestamp, TraceId};

/// Orders of one port that [`candidates`] looks at.
pub const CANDIDATES_MAX: i64 = 100;

macro_rules! select {
    ($rest:literal) => {
        concat!("select ", columns!(), " from orders where ", $rest)
    };
}

/// The number of the order of a flow.
pub async fn of_trace(conn: Conn<'_>, trace: TraceId) -> Result<Option<OrderNo>> {
    let found: Option<Scalar<OrderNo>> = conn
        .optional(
            "select order_no as value from orders where trace_id = $1 order by id limit 1",
            args![trace],
        )
        .await?;
    Ok(found.map(|Scalar(order_no)| order_no))
}

/// The order of that number.
pub async fn find_by_no(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<Order>> {
    conn.optional(select!("order_no = $1"), args![order_no])
        .await
}

/// The order of that number, held until the end of the transaction: another that wants to change
/// it waits. SQLite's write transaction holds everything anyway.
pub async fn lock_by_no(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<Order>> {
    let sql = conn.choose(
        select!("order_no = $1"),
        select!("order_no = $1 for update"),
    );
    conn.optional(sql, args![order_no]).await
}

/// The order of that row.
pub async fn find(conn: Conn<'_>, id: OrderId) -> Result<Option<Order>> {
    conn.optional(select!("id = $1"), args![id]).await
}

/// The active order of a port. There is never a second one.
pub async fn find_active(conn: Conn<'_>, device: DeviceId, port: PortNo) -> Result<Option<Order>> {
    conn.optional(
        select!("device_id = $1 and port_no = $2 and status in ('pending', 'charging')"),
        args![device, port],
    )
    .await
}

/// The newest order of a device with that name on the wire.
pub async fn find_by_trade_no(
    conn: Conn<'_>,
    device: DeviceId,
    trade_no: &str,
) -> Result<Option<Order>> {
    conn.optional(
        select!("trade_no = $2 and device_id = $1 order by id desc limit 1"),
        args![device, trade_no],
    )
    .await
}

/// Whether a charge that a card started is going on, at any device but that port.
pub async fn card_in_use(
    conn: Conn<'_>,
    card_no: &str,
    device: DeviceId,
    port: PortNo,
) -> Result<bool> {
    let Scalar::<i64>(count) = conn
        .one(
            "select count(*) as value from orders where status in ('pending', 'charging') \
             and card_no = $1 and not (device_id = $2 and port_no = $3)",
            args![card_no, device, port],
        )
        .await?;
    Ok(count > 0)
}

/// What a card has charged since an instant; charges that run count with what they may cost.
pub async fn card_day(conn: Conn<'_>, card_no: &str, since: Timestamp) -> Result<CardDay> {
    row! {
        struct Sums {
            pub times: i64,
            pub spent: Fen,
        }
    }
    let sums: Sums = conn
        .one(
            "select count(*) as times, cast(coalesce(sum(case status when 'completed' \
             then coalesce(final_amount, 0) else amount end), 0) as bigint) as spent \
             from orders where card_no = $1 and created_at >= $2 \
             and status in ('pending', 'charging', 'completed')",
            args![card_no, since],
        )
        .await?;
    Ok(CardDay {
        times: u32::try_from(sums.times).unwrap_or(u32::MAX),
        spent: sums.spent,
    })
}

/// Whether a charge of a vehicle is going on, at any device but that port.
pub async fn vehicle_in_use(
    conn: Conn<'_>,
    vin: &str,
    device: DeviceId,
    port: PortNo,
) -> Result<bool> {
    let Scalar::<i64>(count) = conn
        .one(
            "select count(*) as value from orders where status in ('pending', 'charging') \
             and vin = $1 and not (device_id = $2 and port_no = $3)",
            args![vin, device, port],
        )
        .await?;
    Ok(count > 0)
}

/// The active orders of a device, by port.
pub async fn list_active_of_device(conn: Conn<'_>, device: DeviceId) -> Result<Vec<Order>> {
    conn.all(
        select!("device_id = $1 and status in ('pending', 'charging') order by port_no"),
        args![device],
    )
    .await
}

/// All active orders, oldest first.
pub async fn list_active(conn: Conn<'_>) -> Result<Vec<Order>> {
    let mut orders: Vec<Order> = conn
        .all(select!("status in ('pending', 'charging')"), &[])
        .await?;
    sort_by_age(&mut orders);
    Ok(orders)
}

/// Sorted here: asked to do it, SQLite would walk through all orders there ever were.
fn sort_by_age(orders: &mut [Order]) {
    orders.sort_unstable_by_key(|order| order.id);
}

/// All orders that can still move on by themselves: the active ones, and those that ended
/// provisionally and are in their hold. Oldest first; for a restart.
pub async fn list_alive(conn: Conn<'_>, now: Timestamp) -> Result<Vec<Order>> {
    let mut orders: Vec<Order> = conn
        .all(
            concat!(
                "select ",
                columns!(),
                " from orders where status in ('pending', 'charging') union all select ",
                columns!(),
                " from orders where provisional and hold_until > $1 \
                 and status not in ('pending', 'charging')"
            ),
            args![now],
        )
        .await?;
    sort_by_age(&mut orders);
    Ok(orders)
}

/// The same of some devices alone.
pub async fn list_alive_of(conn: Conn<'_>, devices: &[DeviceId]) -> Result<Vec<Order>> {
    static OF_DEVICES: Batch<1> = Batch::new(
        concat!(
            "select ",
            columns!(),
            " from orders where (status in ('pending', 'charging') \
             or (provisional and hold_until is not null)) \
             and device_id in (select v.id from {rows})"
        ),
        [("id", Kind::Int)],
    );
    let rows: Vec<_> = devices.iter().map(|id| [id.cell()]).collect();
    let mut orders: Vec<Order> = OF_DEVICES.all(conn, &rows).await?;
    sort_by_age(&mut orders);
    Ok(orders)
}

/// The devices that no run of the cluster holds although orders of theirs are alive: somebody has
/// to look after these.
pub async fn devices_alone_with_orders(conn: Conn<'_>) -> Result<Vec<PhyId>> {
    let alone: Vec<Scalar<PhyId>> = conn
        .all(
            "select distinct d.phy_id as value from \
             (select device_id from orders where status in ('pending', 'charging') \
             union all select device_id from orders where provisional and hold_until is not null \
             and status not in ('pending', 'charging')) o \
             join devices d on d.id = o.device_id \
             where d.session_run is null and d.phy_id is not null",
            &[],
        )
        .await?;
    Ok(alone.into_iter().map(|Scalar(device)| device).collect())
}

/// The orders that a report of a device may be about: among the last [`CANDIDATES_MAX`] of the
/// port the active one and those touched since `since`, and the one of that number on any port.
/// Newest first.
pub async fn candidates(
    conn: Conn<'_>,
    device: DeviceId,
    port: PortNo,
    order_no: Option<OrderNo>,
    since: Timestamp,
) -> Result<Vec<Order>> {
    let mut orders: Vec<Order> = conn
        .all(
            concat!(
                "select * from (select ",
                columns!(),
                " from orders where device_id = $1 and port_no = $2 order by id desc limit $5) \
                 as latest where status in ('pending', 'charging') or updated_at >= $4 \
                 union all select ",
                columns!(),
                " from orders where order_no = $3 and device_id = $1"
            ),
            args![device, port, order_no, since, CANDIDATES_MAX],
        )
        .await?;
    orders.sort_by_key(|order| std::cmp::Reverse(order.id));
    orders.dedup_by_key(|order| order.id);
    Ok(orders)
}

/// The orders of a device that lived at some time of a stretch: created before its end, and not
/// left alone since before its beginning. Oldest first.
pub async fn of_device_between(
    conn: Conn<'_>,
    device: DeviceId,
    from: Timestamp,
    until: Timestamp,
    limit: u16,
) -> Result<Vec<Order>> {
    conn.all(
        select!(
            "device_id = $1 and created_at < $3 \
             and (updated_at >= $2 or status in ('pending', 'charging')) order by id limit $4"
        ),
        args![device, from, until, i64::from(limit)],
    )
    .await
}

/// How many orders are in that state.
pub async fn count(conn: Conn<'_>, status: OrderStatus) -> Result<i64> {
    let sql = if status.is_active() {
        "select count(*) as value from orders \
         where status in ('pending', 'charging') and status = $1"
    } else {
        "select count(*) as value from orders where status = $1"
    };
    let Scalar(count) = conn.one(sql, args![status]).await?;
    Ok(count)
}
