use super::columns;
use crate::db::{Batch, Cell, Kind, Scalar, ToCell, args};
use crate::{Conn, Result};
use domain::order::Order;
use kernel::{OrderId, OrderNo};

/// Adds an order; its `id` and `version` are set.
///
/// # Errors
/// [`crate::constraint::ONE_ACTIVE_ORDER_PER_PORT`] is violated when the port has an active
/// order, [`crate::constraint::ORDER_NO`] when the number is taken.
pub async fn insert(conn: Conn<'_>, order: &mut Order) -> Result<OrderId> {
    let (sql, cells) = columns::insert(order);
    let Scalar(id) = conn.one(sql, &cells).await?;
    order.id = id;
    order.version = 1;
    Ok(id)
}

/// Writes all of an order that its life may change, and counts its version up. False, and
/// nothing written, when somebody else changed it since it was read: read it again.
///
/// # Errors
/// [`crate::constraint::ONE_ACTIVE_ORDER_PER_PORT`] is violated when it becomes active again
/// and the port has another active order.
pub async fn update(conn: Conn<'_>, order: &mut Order) -> Result<bool> {
    let (sql, cells) = columns::update(order);
    let changed = conn.execute(sql, &cells).await?;
    if changed == 1 {
        order.version += 1;
    }
    Ok(changed == 1)
}

/// Adds what the device learnt of the vehicle to what it said before. False when there is no
/// such order.
pub async fn add_vehicle(
    conn: Conn<'_>,
    order_no: OrderNo,
    values: &serde_json::Value,
) -> Result<bool> {
    let sql = conn.choose(
        "update orders set vehicle = json_patch(coalesce(vehicle, '{}'), $2) where order_no = $1",
        "update orders set vehicle = coalesce(vehicle, '{}'::jsonb) || $2 where order_no = $1",
    );
    Ok(conn.execute(sql, args![order_no, values]).await? == 1)
}

/// Writes the meter values of many running orders in one statement, without counting their
/// versions up. An order that ended or was changed by somebody else since is left alone.
/// Returns how many were written.
pub async fn flush_live(conn: Conn<'_>, orders: &[Order]) -> Result<u64> {
    static FLUSH: Batch<22> = Batch::new(
        "update orders set duration_sec = v.duration_sec, energy_e4 = v.energy_e4, \
         total_kwh = v.total_kwh, current_power = v.current_power, peak_power = v.peak_power, \
         power_integral = v.power_integral, power_seconds = v.power_seconds, \
         announced_minute = v.announced_minute, last_progress_at = v.last_progress_at, \
         idle_reports = v.idle_reports, idle_since = v.idle_since, \
         restarted_at = v.restarted_at, business_no = v.business_no, trade_no = v.trade_no, \
         slot_e4 = v.slot_e4, tier_meter = v.tier_meter, metered_at = v.metered_at, \
         start_soc = v.start_soc, \
         end_soc = v.end_soc, updated_at = v.updated_at \
         from {rows} where orders.order_no = v.order_no and orders.version = v.version \
         and orders.status in ('pending', 'charging')",
        [
            ("order_no", Kind::Text),
            ("version", Kind::Int),
            ("duration_sec", Kind::Int),
            ("energy_e4", Kind::Int),
            ("total_kwh", Kind::Int),
            ("current_power", Kind::Real),
            ("peak_power", Kind::Real),
            ("power_integral", Kind::Int),
            ("power_seconds", Kind::Int),
            ("announced_minute", Kind::Int),
            ("last_progress_at", Kind::Time),
            ("idle_reports", Kind::Int),
            ("idle_since", Kind::Time),
            ("restarted_at", Kind::Time),
            ("business_no", Kind::Int),
            ("trade_no", Kind::Text),
            ("slot_e4", Kind::Json),
            ("tier_meter", Kind::Json),
            ("metered_at", Kind::Time),
            ("start_soc", Kind::Int),
            ("end_soc", Kind::Int),
            ("updated_at", Kind::Time),
        ],
    );
    let rows: Vec<_> = orders
        .iter()
        .map(|order| {
            [
                order.order_no.cell(),
                order.version.cell(),
                order.duration_s.cell(),
                order.energy.cell(),
                Cell::Int(order.energy.centi_kwh()),
                order.current_power.cell(),
                order.peak_power.cell(),
                order.power_integral.cell(),
                order.power_seconds.cell(),
                order.announced_minute.cell(),
                order.last_progress_at.cell(),
                order.idle_reports.cell(),
                order.idle_since.cell(),
                order.restarted_at.cell(),
                order.business_no.cell(),
                order.trade_no.cell(),
                columns::slots(order),
                columns::tiers(order),
                order.metered_at.cell(),
                columns::whole(order.start_soc),
                columns::whole(order.soc),
                order.updated_at.cell(),
            ]
        })
        .collect();
    FLUSH.execute(conn, &rows).await
}
