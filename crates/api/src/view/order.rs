use super::{BillOut, seconds};
use domain::curve::CurvePoint;
use domain::order::{Order, tier_lines};
use domain::pricing::ebike::{PlanMode, TierLine};
use kernel::Fen;
use serde::Serialize;
use utoipa::ToSchema;

/// A charging session.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each flag is a field of the contract"
)]
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderOut {
    /// Its number.
    #[schema(example = "THD1729407600001")]
    order_no: String,
    /// The device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// The port.
    #[schema(example = 1)]
    port_no: u16,
    /// `pending`, `charging`, `completed`, `cancelled` or `failed`.
    #[schema(example = "charging")]
    status: &'static str,
    /// 1 time, 2 energy, 3 power, 4 until full.
    #[schema(example = 1)]
    charge_mode: i16,
    /// When it was created, Unix seconds.
    #[schema(example = 1_729_407_590)]
    created_at: i64,
    /// When charging began, Unix seconds.
    #[schema(example = 1_729_407_600)]
    start_time: Option<i64>,
    /// When it ended, Unix seconds.
    end_time: Option<i64>,
    /// Seconds charged.
    #[schema(example = 900)]
    duration_sec: i64,
    /// Energy delivered, kWh.
    #[schema(example = 2.35)]
    total_kwh: f64,
    /// Power now, W.
    #[schema(example = 1500.5)]
    current_power: f64,
    /// Highest power so far, W.
    #[schema(example = 1800.0)]
    peak_power: f64,
    /// Prepaid amount and limit of the bill, fen; 0 is no limit.
    #[schema(example = 1000)]
    amount: i64,
    /// Agreed price, fen per kWh.
    #[schema(example = 150)]
    price_per_kwh: Option<i64>,
    /// Agreed service fee, thousandths.
    #[schema(example = 100)]
    service_fee: Option<i32>,
    /// Paid time, seconds.
    #[schema(example = 3600)]
    planned_duration_sec: Option<i64>,
    /// Paid energy, kWh.
    planned_kwh: Option<f64>,
    /// The bill, fen.
    final_amount_fen: Option<i64>,
    /// The bill, yuan.
    final_amount: Option<f64>,
    /// Electricity part of the bill, fen.
    elec_fen: i64,
    /// Service part of the bill, fen.
    service_fen: i64,
    /// What is left of the amount, fen.
    refund_fen: i64,
    /// Why it ended: `normal`, `full`, `insufficient_balance`, `remote_stop`, `device_fault`,
    /// `timeout`, `user_stop`.
    #[schema(example = json!(null))]
    end_reason: Option<&'static str>,
    /// The number of that reason, 0 to 6.
    end_reason_code: Option<i16>,
    /// The same for people.
    end_reason_msg: Option<String>,
    /// A stop has been asked for.
    stop_requested: bool,
    /// The device is offline, the charge may go on.
    interrupted: bool,
    /// Ended without the device's word; its report may still correct the bill.
    provisional: bool,
    /// The bill has been corrected.
    adjusted: bool,
    /// Ended in a way that somebody should look at.
    abnormal: bool,
    /// Why.
    abnormal_reason: Option<String>,
    /// `third`, `app`, `card` …
    #[schema(example = "third")]
    source: &'static str,
    /// The caller's own reference.
    member_ref: Option<String>,
    /// The card that started it, as printed.
    card_no: Option<String>,
    /// The vehicle.
    vin: Option<String>,
    /// Ties the orders of two ports that feed one vehicle together.
    parallel_no: Option<String>,
    /// Its name on the wire, where that is not its number.
    trade_no: Option<String>,
    /// State of charge when it began, %.
    soc_start: Option<u8>,
    /// State of charge now, or when it ended, %.
    soc: Option<u8>,
    /// The device's meter before, kWh.
    meter_start_kwh: Option<f64>,
    /// The device's meter after, kWh.
    meter_end_kwh: Option<f64>,
    /// What the device itself computed, fen; compared, never billed.
    device_amount_fen: Option<i64>,
    /// `none`, `settled`, `adjusted`, or `error` when the bill is held for review.
    #[schema(example = "settled")]
    settle_status: &'static str,
    /// The tariff that it is billed by, for its whole life.
    tariff: Option<OrderTariffOut>,
    /// The e-bike plan that it is billed by, for its whole life.
    plan: Option<OrderPlanOut>,
    /// Time by power tier so far, where the plan has such.
    tiers: Vec<TierOut>,
    /// What leaving the plug in came to after the charge, fen.
    occupancy_fen: i64,
    /// The bill by price kind, before the limit of the amount.
    bill: Option<BillOut>,
}

/// The tariff of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderTariffOut {
    /// Its id.
    id: i64,
    /// Its name when the order was created.
    name: String,
    /// Which version of it.
    version: i32,
}

/// The e-bike plan of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPlanOut {
    /// Its id.
    id: i64,
    /// Its name when the order was created.
    name: String,
    /// Which version of it.
    version: i32,
    /// What it bills by: `time`, `energy`, `tier`, `full`, `elec_service`.
    #[schema(example = "tier")]
    mode: &'static str,
}

/// Time in a power tier.
#[derive(Serialize, ToSchema)]
pub(crate) struct TierOut {
    /// From 1.
    tier: u8,
    /// Its upper bound, W.
    max_w: u32,
    /// Seconds in it.
    seconds: i64,
    /// Its share of what was metered, fen.
    fen: i64,
}

impl From<TierLine> for TierOut {
    fn from(line: TierLine) -> Self {
        Self {
            tier: line.tier,
            max_w: line.max_w,
            seconds: line.seconds,
            fen: line.fen.0,
        }
    }
}

const fn mode_name(mode: PlanMode) -> &'static str {
    match mode {
        PlanMode::Time => "time",
        PlanMode::Energy => "energy",
        PlanMode::Tier => "tier",
        PlanMode::Full => "full",
        PlanMode::ElecService => "elec_service",
    }
}

impl From<Order> for OrderOut {
    fn from(order: Order) -> Self {
        let plan = order.terms.plan.as_deref().map(|snapshot| OrderPlanOut {
            id: snapshot.plan_id,
            name: snapshot.name.clone(),
            version: snapshot.version,
            mode: mode_name(snapshot.plan.mode),
        });
        let tiers = tier_lines(&order).into_iter().map(TierOut::from).collect();
        let tariff = order.terms.tariff.as_deref().map(|tariff| OrderTariffOut {
            id: tariff.tariff_id,
            name: tariff.name.clone(),
            version: tariff.version,
        });
        let published = order.end_reason.map(device::EndReason::published);
        Self {
            order_no: order.order_no.to_string(),
            device_phy_id: order.phy_id.to_string(),
            port_no: order.port_no.0,
            status: order.status.as_str(),
            charge_mode: order.charge_mode.code(),
            created_at: order.created_at.unix_seconds(),
            start_time: seconds(order.start_time),
            end_time: seconds(order.end_time),
            duration_sec: order.duration_s,
            total_kwh: order.energy.kwh(),
            current_power: order.current_power.watts(),
            peak_power: order.peak_power.watts(),
            amount: order.amount.0,
            price_per_kwh: order.terms.price_per_kwh,
            service_fee: order.terms.service_fee.map(|fee| fee.0),
            planned_duration_sec: order.planned_duration_s,
            planned_kwh: order.planned_energy.map(kernel::Energy::kwh),
            final_amount_fen: order.final_amount.map(|fen| fen.0),
            final_amount: order.final_amount.map(yuan),
            elec_fen: order.elec_fen.0,
            service_fen: order.service_fen.0,
            refund_fen: order.refund_fen.0,
            end_reason: published.map(device::EndReason::as_str),
            end_reason_code: published.map(device::EndReason::code),
            stop_requested: order.stop_requested_at.is_some(),
            interrupted: order.interrupted_at.is_some(),
            provisional: order.provisional,
            adjusted: order.is_adjusted(),
            abnormal: order.abnormal,
            source: order.source.as_str(),
            end_reason_msg: order.end_reason_msg,
            abnormal_reason: order.abnormal_reason,
            member_ref: order.member_ref,
            card_no: order.card_no,
            vin: order.vin,
            parallel_no: order.parallel_no,
            trade_no: order.trade_no,
            soc_start: order.start_soc,
            soc: order.soc,
            meter_start_kwh: order.meter.map(|meter| meter.0.kwh()),
            meter_end_kwh: order.meter.map(|meter| meter.1.kwh()),
            device_amount_fen: order.device_amount.map(|amount| amount.0),
            settle_status: order.settle_status.as_str(),
            tariff,
            plan,
            tiers,
            occupancy_fen: order.occupancy_fen.0,
            bill: order.bill.as_deref().map(BillOut::from),
        }
    }
}

/// Yuan with two decimals, as the contract shows a bill; nothing is computed with it.
#[expect(
    clippy::cast_precision_loss,
    reason = "shown; exact up to 90 trillion yuan"
)]
fn yuan(amount: Fen) -> f64 {
    amount.0 as f64 / 100.0
}

/// A point of the progress curve.
#[derive(Serialize, ToSchema)]
pub(crate) struct SampleOut {
    /// When, Unix seconds.
    #[schema(example = 1_729_407_660)]
    at: i64,
    /// Seconds charged.
    #[schema(example = 60)]
    duration_sec: i64,
    /// Energy so far, kWh.
    #[schema(example = 0.15)]
    total_kwh: f64,
    /// Power, W.
    #[schema(example = 1500.5)]
    power: Option<f64>,
    /// Voltage, V.
    #[schema(example = 220.5)]
    voltage: Option<f64>,
    /// Current, A.
    #[schema(example = 6.8)]
    current: Option<f64>,
    /// °C at the port or gun.
    #[schema(example = 35)]
    temp: Option<i16>,
    /// State of charge, %.
    #[schema(example = 62)]
    soc: Option<u8>,
    /// Hottest cell of the battery, °C.
    battery_max_temp: Option<i16>,
    /// Coldest cell of the battery, °C.
    battery_min_temp: Option<i16>,
    /// Voltage that the vehicle asks for, V.
    demand_voltage: Option<f64>,
    /// Current that the vehicle asks for, A.
    demand_current: Option<f64>,
    /// Highest cell voltage, mV.
    max_cell_mv: Option<u32>,
    /// Minutes until full, as the vehicle estimates.
    remaining_min: Option<u16>,
    /// What the device itself computed so far, fen.
    device_amount: Option<i64>,
}

impl From<CurvePoint> for SampleOut {
    fn from(point: CurvePoint) -> Self {
        Self {
            at: point.at.unix_seconds(),
            duration_sec: point.duration_s,
            total_kwh: point.energy.kwh(),
            power: point.power.map(kernel::Power::watts),
            voltage: point.voltage.map(kernel::Voltage::volts),
            current: point.current.map(kernel::Current::amperes),
            temp: point.temperature_c,
            soc: point.soc,
            battery_max_temp: point.battery_max_c,
            battery_min_temp: point.battery_min_c,
            demand_voltage: point.demand_voltage.map(kernel::Voltage::volts),
            demand_current: point.demand_current.map(kernel::Current::amperes),
            max_cell_mv: point.max_cell_mv,
            remaining_min: point.remaining_min,
            device_amount: point.device_fen,
        }
    }
}
