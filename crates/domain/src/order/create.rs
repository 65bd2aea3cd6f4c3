//! O1: a start request becomes a pending order, or is refused for the first rule it breaks.

use super::transition::Draft;
use super::{
    Context, Effect, History, News, Order, OrderSource, OrderStatus, PlanSnapshot, PortMove,
    PriceTerms, SettleStatus, SlotEnergy, TariffSnapshot, Transition, Trigger,
};
use crate::device_status::DeviceStatus;
use crate::payer::Payer;
use crate::pricing::ebike::{EbikePlan, TierMeter};
use crate::request::StartPlan;
use device::{CommandFault, EnergySplit, PortState};
use kernel::{ApiKeyId, DeviceId, Energy, Fen, OrderId, OrderNo, PhyId, PortNo, Power, TraceId};

/// Who starts what, beside the plan itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// Its number, from the per-second counter.
    pub order_no: OrderNo,
    /// The device's row.
    pub device_id: DeviceId,
    /// The device's id on the wire.
    pub phy_id: PhyId,
    /// The port, already chosen.
    pub port_no: PortNo,
    /// Who starts it.
    pub source: OrderSource,
    /// The API key, for third-party orders.
    pub api_key_id: Option<ApiKeyId>,
    /// The flow that it belongs to.
    pub trace: Option<TraceId>,
    /// Whose money it costs; none where the caller has the user's money.
    pub payer: Option<Box<Payer>>,
    /// The card, for card orders.
    pub card_no: Option<String>,
    /// The number in its chip.
    pub physical_card: Option<String>,
    /// The vehicle, for orders that it started.
    pub vin: Option<String>,
    /// Its name on the wire, from [`device::Protocol::serial`].
    pub trade_no: Option<String>,
    /// The session number that the device proposed.
    pub proposed_session: Option<u16>,
    /// What ties it to the charge of the vehicle's other gun.
    pub parallel_no: Option<String>,
    /// How its charge begins.
    pub begins: Begins,
    /// What was asked for.
    pub plan: StartPlan,
    /// The prices by the time of the day that apply at the port, if no price was agreed.
    pub tariff: Option<Box<TariffSnapshot>>,
    /// The e-bike plan that applies, if neither a price was agreed nor a tariff applies.
    pub ebike: Option<Box<PlanSnapshot>>,
}

/// How a new order's charge begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begins {
    /// By a start command of ours.
    #[default]
    ByCommand,
    /// By the answer to the card or vehicle that asked.
    ByAnswer,
    /// The device began it by itself.
    ByDevice,
    /// By a start command of ours, once it has been paid.
    AfterPayment,
}

/// The device and the port at this moment.
#[derive(Clone, Debug)]
pub struct DeviceSituation<'a> {
    /// Its lifecycle.
    pub status: DeviceStatus,
    /// It can be reached now.
    pub online: bool,
    /// A start may wait for it: [`device::Protocol::queues`] and a source that may
    /// queue. Only third-party starts may; people at the device are told at once.
    pub may_queue: bool,
    /// The ports of the device together already draw more than it is rated for.
    pub overloaded: bool,
    /// The port; none when the device has no such port.
    pub port: Option<PortFacts>,
    /// What [`device::Protocol::check`] says to the start command.
    pub check: Result<(), &'a CommandFault>,
}

/// A port at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortFacts {
    /// What it is doing.
    pub state: PortState,
    /// The order that holds it.
    pub active: Option<ActiveOrder>,
}

/// The order that holds a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveOrder {
    /// Its number.
    pub order_no: OrderNo,
    /// Its state.
    pub status: OrderStatus,
}

/// Why a start is refused. The order of the variants is the order in which they are looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartRefusal {
    /// 409: taken out of service, or retired.
    #[error("device disabled")]
    DeviceDisabled,
    /// 409: in a maintenance window.
    #[error("device in maintenance")]
    DeviceInMaintenance,
    /// 409: the device's protocol is spoken no more.
    #[error("protocol_retired")]
    ProtocolRetired,
    /// 422: the device has no such port.
    #[error("device has no port {0}")]
    PortMissing(PortNo),
    /// 409: the port reports a fault.
    #[error("port fault")]
    PortFault,
    /// 409: an operator took the port out of service.
    #[error("port disabled")]
    PortDisabled,
    /// 409: held by another order (none when the device runs a charge that we did not start).
    #[error("port is busy")]
    PortBusy {
        /// The port.
        port_no: PortNo,
        /// The order that holds it.
        current: Option<ActiveOrder>,
    },
    /// 409: held by a reservation.
    #[error("port is reserved")]
    PortReserved,
    /// 409: "choose for me", and no port is idle.
    #[error("no idle port")]
    NoIdlePort,
    /// 409: the device's ports together draw too much already.
    #[error("device power limit reached")]
    DeviceOverloaded,
    /// 409: nobody there, and this start may not wait.
    #[error("device offline")]
    DeviceOffline,
    /// 422: the protocol cannot carry it.
    #[error("{0}")]
    Unsupported(CommandFault),
}

impl StartRefusal {
    /// The HTTP status, which is also the envelope's code.
    pub const fn status(&self) -> u16 {
        match self {
            Self::PortMissing(_) | Self::Unsupported(_) => 422,
            Self::DeviceDisabled
            | Self::DeviceInMaintenance
            | Self::ProtocolRetired
            | Self::PortFault
            | Self::PortDisabled
            | Self::PortBusy { .. }
            | Self::PortReserved
            | Self::NoIdlePort
            | Self::DeviceOverloaded
            | Self::DeviceOffline => 409,
        }
    }
}

/// The lowest idle port, for a request that leaves the choice to us.
///
/// # Errors
/// [`StartRefusal::NoIdlePort`].
pub fn choose_port(
    ports: impl IntoIterator<Item = (PortNo, PortFacts)>,
) -> Result<PortNo, StartRefusal> {
    ports
        .into_iter()
        .filter(|(_, port)| port.active.is_none())
        .filter(|(_, port)| matches!(port.state, PortState::Idle | PortState::Plugged))
        .map(|(number, _)| number)
        .min()
        .ok_or(StartRefusal::NoIdlePort)
}

/// Creates an order.
///
/// # Errors
/// The first rule that the request breaks. Under the policy "replace" a
/// [`StartRefusal::PortBusy`] with a current order is answered by applying
/// [`super::OrderEvent::Replaced`] to that order and trying again in the same transaction.
pub fn create(
    new: NewOrder,
    device: &DeviceSituation<'_>,
    ctx: &Context<'_>,
) -> Result<Transition, StartRefusal> {
    admit(new.port_no, device)?;
    let begins = new.begins;
    let mut order = blank(new, ctx);
    order.start_sent = matches!(begins, Begins::ByAnswer | Begins::ByDevice);
    let mut draft = Draft::of(&order, ctx.now);
    draft.push(Effect::History(History {
        from: None,
        to: OrderStatus::Pending,
        trigger: Trigger::Created,
        reason: None,
        at: ctx.now,
    }));
    draft.push(Effect::Port(PortMove::Hold));
    if begins == Begins::ByCommand {
        draft.push(Effect::SendStart);
    }
    draft.emit(News::Created);
    Ok(draft.done())
}

fn admit(port_no: PortNo, device: &DeviceSituation<'_>) -> Result<(), StartRefusal> {
    match device.status {
        DeviceStatus::Registered | DeviceStatus::Active => {}
        DeviceStatus::Disabled | DeviceStatus::Retired => return Err(StartRefusal::DeviceDisabled),
        DeviceStatus::Maintenance => return Err(StartRefusal::DeviceInMaintenance),
    }
    if device.check == Err(&CommandFault::Retired) {
        return Err(StartRefusal::ProtocolRetired);
    }
    let port = device.port.ok_or(StartRefusal::PortMissing(port_no))?;
    match port.state {
        PortState::Fault => return Err(StartRefusal::PortFault),
        PortState::Disabled => return Err(StartRefusal::PortDisabled),
        PortState::Charging | PortState::Suspended if port.active.is_none() => {
            return Err(StartRefusal::PortBusy {
                port_no,
                current: None,
            });
        }
        PortState::Unknown
        | PortState::Idle
        | PortState::Plugged
        | PortState::Reserved
        | PortState::Starting
        | PortState::Charging
        | PortState::Suspended
        | PortState::Finishing => {}
    }
    if port.active.is_some() {
        return Err(StartRefusal::PortBusy {
            port_no,
            current: port.active,
        });
    }
    if port.state == PortState::Reserved {
        return Err(StartRefusal::PortReserved);
    }
    if device.overloaded {
        return Err(StartRefusal::DeviceOverloaded);
    }
    if !device.online && !device.may_queue {
        return Err(StartRefusal::DeviceOffline);
    }
    device
        .check
        .map_err(|fault| StartRefusal::Unsupported(fault.clone()))
}

fn blank(new: NewOrder, ctx: &Context<'_>) -> Order {
    let plan = new.plan;
    let by_plan = new.ebike.as_deref().map(|snapshot| &snapshot.plan);
    let by_time = by_plan.is_some_and(EbikePlan::depends_on_time);
    let by_slot = (new.tariff.is_some() || by_time).then(Box::<SlotEnergy>::default);
    let by_tier = by_plan.is_some_and(EbikePlan::meters_tiers);
    let tier_meter = by_tier.then(Box::<TierMeter>::default);
    Order {
        id: OrderId(0),
        version: 0,
        order_no: new.order_no,
        device_id: new.device_id,
        phy_id: new.phy_id,
        port_no: new.port_no,
        status: OrderStatus::Pending,
        source: new.source,
        api_key_id: new.api_key_id,
        member_ref: plan.member_ref,
        notify_url: plan.notify_url,
        trace: new.trace,
        payer: new.payer,
        card_no: new.card_no,
        physical_card: new.physical_card,
        vin: new.vin,
        parallel_no: new.parallel_no,
        charge_mode: plan.charge_mode,
        amount: plan.amount,
        planned_duration_s: plan.duration_s.map(i64::from),
        planned_energy: plan.energy,
        power_limit: plan.power_limit,
        terms: PriceTerms {
            price_per_kwh: plan.price_per_kwh,
            service_fee: plan.service_fee,
            service_fee_mode: ctx.policy.service_fee_mode,
            tariff: new.tariff,
            plan: new.ebike,
        },
        business_no: new.proposed_session.filter(|number| *number != 0),
        trade_no: new.trade_no,
        created_at: ctx.now,
        updated_at: ctx.now,
        acked_at: None,
        start_sent: false,
        start_time: None,
        end_time: None,
        last_progress_at: None,
        stop_requested_at: None,
        stop_reason: None,
        stop_acked_at: None,
        stop_attempts: 0,
        stop_sent_at: None,
        interrupted_at: None,
        fault_deadline: None,
        idle_reports: 0,
        idle_since: None,
        restarted_at: None,
        duration_s: 0,
        energy: Energy::ZERO,
        by_slot,
        tier_meter,
        metered_at: None,
        device_split: EnergySplit::Whole,
        meter: None,
        start_soc: None,
        soc: None,
        current_power: Power::ZERO,
        peak_power: Power::ZERO,
        power_integral: 0,
        power_seconds: 0,
        announced_minute: 0,
        end_reason: None,
        end_reason_msg: None,
        bill: None,
        final_amount: None,
        elec_fen: Fen::ZERO,
        service_fen: Fen::ZERO,
        refund_fen: Fen::ZERO,
        occupancy_fen: Fen::ZERO,
        device_amount: None,
        settle_status: SettleStatus::None,
        provisional: false,
        hold_until: None,
        reopened_count: 0,
        abnormal: false,
        abnormal_reason: None,
    }
}
