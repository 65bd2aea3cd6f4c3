//! The row of an order and the order of a row. The two lists below are the only place that pairs
//! a column with a field; the statements are made from them.

use crate::db::{Cell, Columns, FromCell, FromRow, Kind, ToCell, from_json};
use device::{EndReason, EnergySplit};
use domain::order::{Order, PriceTerms};
use domain::payer::Payer;
use kernel::Energy;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// A column and its value.
type Pair<'a> = (&'static str, Cell<'a>);

/// What never changes after the order was created.
fn fixed(order: &Order) -> Vec<Pair<'_>> {
    let terms = serde_json::to_string(&order.terms).expect("prices are plain data");
    vec![
        ("order_no", order.order_no.cell()),
        ("device_id", order.device_id.cell()),
        ("phy_id", order.phy_id.cell()),
        ("port_no", order.port_no.cell()),
        ("source", order.source.cell()),
        ("api_key_id", order.api_key_id.cell()),
        ("member_ref", order.member_ref.cell()),
        ("notify_url", order.notify_url.cell()),
        ("payer", payer(order)),
        ("pay_mode", pay_mode(order)),
        (
            "member_id",
            whole(of_payer(order, Payer::member).map(|id| id.0)),
        ),
        (
            "company_id",
            whole(of_payer(order, Payer::company).map(|id| id.0)),
        ),
        ("charge_mode", order.charge_mode.cell()),
        ("price_per_kwh", order.terms.price_per_kwh.cell()),
        ("service_fee", order.terms.service_fee.cell()),
        ("tariff_snapshot", Cell::Json(terms)),
        ("power_limit_w", order.power_limit.cell()),
        ("created_at", order.created_at.cell()),
        ("trace_id", order.trace.cell()),
    ]
}

/// What an order's life changes.
fn changing(order: &Order) -> Vec<Pair<'_>> {
    vec![
        ("status", order.status.cell()),
        ("amount", order.amount.cell()),
        ("limit_amount", order.amount.cell()),
        ("card_no", order.card_no.cell()),
        ("physical_card", order.physical_card.cell()),
        ("vin", order.vin.cell()),
        ("parallel_no", order.parallel_no.cell()),
        ("slot_e4", slots(order)),
        ("metered_at", order.metered_at.cell()),
        ("tier_meter", tiers(order)),
        ("device_split", split(&order.device_split)),
        ("meter_start_e4", whole(order.meter.map(|meter| meter.0.0))),
        ("meter_end_e4", whole(order.meter.map(|meter| meter.1.0))),
        ("start_soc", whole(order.start_soc)),
        ("end_soc", whole(order.soc)),
        ("business_no", order.business_no.cell()),
        ("trade_no", order.trade_no.cell()),
        ("planned_duration_sec", order.planned_duration_s.cell()),
        ("planned_e4", order.planned_energy.cell()),
        ("updated_at", order.updated_at.cell()),
        ("acked_at", order.acked_at.cell()),
        ("start_sent", order.start_sent.cell()),
        ("start_time", order.start_time.cell()),
        ("end_time", order.end_time.cell()),
        ("last_progress_at", order.last_progress_at.cell()),
        ("stop_requested_at", order.stop_requested_at.cell()),
        ("stop_reason", reason_text(order.stop_reason)),
        ("stop_acked_at", order.stop_acked_at.cell()),
        ("stop_sent_at", order.stop_sent_at.cell()),
        ("stop_attempts", order.stop_attempts.cell()),
        ("interrupted_at", order.interrupted_at.cell()),
        ("fault_deadline", order.fault_deadline.cell()),
        ("idle_reports", order.idle_reports.cell()),
        ("idle_since", order.idle_since.cell()),
        ("restarted_at", order.restarted_at.cell()),
        ("duration_sec", order.duration_s.cell()),
        ("energy_e4", order.energy.cell()),
        ("total_kwh", Cell::Int(order.energy.centi_kwh())),
        ("current_power", order.current_power.cell()),
        ("peak_power", order.peak_power.cell()),
        ("power_integral", order.power_integral.cell()),
        ("power_seconds", order.power_seconds.cell()),
        ("announced_minute", order.announced_minute.cell()),
        ("end_reason", order.end_reason.cell()),
        ("end_reason_msg", order.end_reason_msg.cell()),
        ("bill", bill(order)),
        ("final_amount", order.final_amount.cell()),
        ("elec_fen", order.elec_fen.cell()),
        ("service_fen", order.service_fen.cell()),
        ("refund_fen", order.refund_fen.cell()),
        ("device_amount_fen", order.device_amount.cell()),
        ("settle_status", order.settle_status.cell()),
        ("provisional", order.provisional.cell()),
        ("hold_until", order.hold_until.cell()),
        ("reopened_count", order.reopened_count.cell()),
        ("abnormal", order.abnormal.cell()),
        ("abnormal_reason", order.abnormal_reason.cell()),
    ]
}

/// Whose money it costs.
fn payer(order: &Order) -> Cell<'_> {
    match &order.payer {
        Some(payer) => Cell::Json(serde_json::to_string(payer).expect("ids are plain data")),
        None => Cell::Null(Kind::Json),
    }
}

fn pay_mode(order: &Order) -> Cell<'static> {
    match &order.payer {
        Some(payer) => Cell::Text(Cow::Borrowed(payer.mode())),
        None => Cell::Null(Kind::Text),
    }
}

fn of_payer<T>(order: &Order, what: fn(&Payer) -> Option<T>) -> Option<T> {
    order.payer.as_deref().and_then(what)
}

/// The bill line by line.
fn bill(order: &Order) -> Cell<'_> {
    match &order.bill {
        Some(sheet) => Cell::Json(serde_json::to_string(sheet).expect("numbers are plain data")),
        None => Cell::Null(Kind::Json),
    }
}

/// A number that may be missing.
pub(super) fn whole(value: Option<impl Into<i64>>) -> Cell<'static> {
    value.map_or(Cell::Null(Kind::Int), |value| Cell::Int(value.into()))
}

/// Energy by half hour, as a list of 48 numbers.
pub(super) fn slots(order: &Order) -> Cell<'_> {
    match &order.by_slot {
        Some(slots) => Cell::Json(serde_json::to_string(slots).expect("numbers are plain data")),
        None => Cell::Null(Kind::Json),
    }
}

/// Time by power tier.
pub(super) fn tiers(order: &Order) -> Cell<'_> {
    match &order.tier_meter {
        Some(meter) => Cell::Json(serde_json::to_string(meter).expect("numbers are plain data")),
        None => Cell::Null(Kind::Json),
    }
}

fn split(split: &EnergySplit) -> Cell<'static> {
    match split {
        EnergySplit::Whole => Cell::Null(Kind::Json),
        spread => Cell::Json(serde_json::to_string(spread).expect("numbers are plain data")),
    }
}

/// Both readings of the meter, if the device named them.
fn meter(row: &impl Columns) -> sqlx::Result<Option<(Energy, Energy)>> {
    let before: Option<Energy> = row.get("meter_start_e4")?;
    let after: Option<Energy> = row.get("meter_end_e4")?;
    Ok(before.zip(after))
}

/// A percentage in its column.
fn percent(row: &impl Columns, column: &str) -> sqlx::Result<Option<u8>> {
    let stored: Option<i16> = row.get(column)?;
    Ok(stored.and_then(|value| u8::try_from(value).ok()))
}

/// Stopping is asked for with a reason that is text in its column, unlike the reason of an end.
fn reason_text(reason: Option<EndReason>) -> Cell<'static> {
    reason.map_or(Cell::Null(crate::db::Kind::Text), |reason| {
        Cell::Text(Cow::Borrowed(reason.as_str()))
    })
}

fn reason_from_text(text: &str) -> Option<EndReason> {
    (0..=EndReason::FireSafety.code())
        .filter_map(EndReason::from_code)
        .find(|reason| reason.as_str() == text)
}

/// The statement that adds an order, and its values.
pub(super) fn insert(order: &Order) -> (&'static str, Vec<Cell<'_>>) {
    static SQL: OnceLock<String> = OnceLock::new();
    let (names, cells): (Vec<_>, Vec<_>) = fixed(order).into_iter().chain(changing(order)).unzip();
    let sql = SQL.get_or_init(|| {
        let mut marks = String::new();
        for number in 1..=names.len() {
            let comma = if number == 1 { "" } else { ", " };
            write!(marks, "{comma}${number}").expect("writing to a string");
        }
        // The place is the device's, as it is now: where it moves later does not concern the order.
        format!(
            "insert into orders ({}, station_id, owner_org_id, org_path, operator_path) \
             values ({marks}, {}) returning id as value",
            names.join(", "),
            ["station_id", "owner_org_id", "org_path", "operator_path"]
                .map(|column| format!("(select d.{column} from devices d where d.id = $2)"))
                .join(", ")
        )
    });
    (sql, cells)
}

/// The statement that writes everything that may have changed, if the row still has the version
/// that the order was read with; and its values.
pub(super) fn update(order: &Order) -> (&'static str, Vec<Cell<'_>>) {
    static SQL: OnceLock<String> = OnceLock::new();
    let (names, mut cells): (Vec<_>, Vec<_>) = changing(order).into_iter().unzip();
    let sql = SQL.get_or_init(|| {
        let mut sql = String::from("update orders set version = version + 1");
        for (position, name) in names.iter().enumerate() {
            let number = position + 1;
            // What goes back to a payer here is what his money says: see `order_money`.
            if *name == "refund_fen" {
                write!(
                    sql,
                    ", {name} = case when payer is null then ${number} else {name} end"
                )
            } else {
                write!(sql, ", {name} = ${number}")
            }
            .expect("writing to a string");
        }
        let next = names.len() + 1;
        write!(sql, " where order_no = ${next} and version = ${}", next + 1)
            .expect("writing to a string");
        sql
    });
    cells.push(order.order_no.cell());
    cells.push(Cell::Int(order.version));
    (sql, cells)
}

impl FromRow for Order {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let terms: PriceTerms = row.get::<Terms>("tariff_snapshot")?.0;
        Ok(Self {
            id: row.get("id")?,
            version: row.get("version")?,
            order_no: row.get("order_no")?,
            device_id: row.get("device_id")?,
            phy_id: row.get("phy_id")?,
            port_no: row.get("port_no")?,
            status: row.get("status")?,
            source: row.get("source")?,
            api_key_id: row.get("api_key_id")?,
            member_ref: row.get("member_ref")?,
            notify_url: row.get("notify_url")?,
            trace: row.get("trace_id")?,
            payer: from_json(row, "payer")?,
            card_no: row.get("card_no")?,
            physical_card: row.get("physical_card")?,
            vin: row.get("vin")?,
            parallel_no: row.get("parallel_no")?,
            by_slot: from_json(row, "slot_e4")?,
            metered_at: row.get("metered_at")?,
            tier_meter: from_json(row, "tier_meter")?,
            device_split: from_json(row, "device_split")?.unwrap_or_default(),
            meter: meter(row)?,
            start_soc: percent(row, "start_soc")?,
            soc: percent(row, "end_soc")?,
            charge_mode: row.get("charge_mode")?,
            amount: row.get("amount")?,
            planned_duration_s: row.get("planned_duration_sec")?,
            planned_energy: row.get("planned_e4")?,
            power_limit: row.get("power_limit_w")?,
            terms,
            business_no: row.get("business_no")?,
            trade_no: row.get("trade_no")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            acked_at: row.get("acked_at")?,
            start_sent: row.get("start_sent")?,
            start_time: row.get("start_time")?,
            end_time: row.get("end_time")?,
            last_progress_at: row.get("last_progress_at")?,
            stop_requested_at: row.get("stop_requested_at")?,
            stop_reason: row.text("stop_reason")?.and_then(reason_from_text),
            stop_acked_at: row.get("stop_acked_at")?,
            stop_sent_at: row.get("stop_sent_at")?,
            stop_attempts: row.get("stop_attempts")?,
            interrupted_at: row.get("interrupted_at")?,
            fault_deadline: row.get("fault_deadline")?,
            idle_reports: row.get("idle_reports")?,
            idle_since: row.get("idle_since")?,
            restarted_at: row.get("restarted_at")?,
            duration_s: row.get("duration_sec")?,
            energy: row.get("energy_e4")?,
            current_power: row.get("current_power")?,
            peak_power: row.get("peak_power")?,
            power_integral: row.get("power_integral")?,
            power_seconds: row.get("power_seconds")?,
            announced_minute: row.get("announced_minute")?,
            end_reason: row.get("end_reason")?,
            end_reason_msg: row.get("end_reason_msg")?,
            bill: from_json(row, "bill")?,
            final_amount: row.get("final_amount")?,
            elec_fen: row.get("elec_fen")?,
            service_fen: row.get("service_fen")?,
            refund_fen: row.get("refund_fen")?,
            occupancy_fen: row.get("occupancy_fen")?,
            device_amount: row.get("device_amount_fen")?,
            settle_status: row.get("settle_status")?,
            provisional: row.get("provisional")?,
            hold_until: row.get("hold_until")?,
            reopened_count: row.get("reopened_count")?,
            abnormal: row.get("abnormal")?,
            abnormal_reason: row.get("abnormal_reason")?,
        })
    }
}

/// The price terms as stored with the order.
struct Terms(PriceTerms);

impl FromCell for Terms {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        Ok(from_json(row, column)?.map(Self))
    }
}

#[cfg(test)]
mod tests {
    use super::reason_from_text;
    use device::EndReason;

    #[test]
    fn every_reason_survives_its_text() {
        for code in 0..=16 {
            let reason = EndReason::from_code(code).expect("all are assigned");
            assert_eq!(reason_from_text(reason.as_str()), Some(reason));
        }
        assert_eq!(reason_from_text("because"), None);
    }
}
