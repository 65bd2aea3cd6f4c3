//! A charge order: its data. Its life is in the modules below.
//!
//! [`create()`] makes one, [`apply`] moves it on by one event, [`sweep()`] by the passing of time;
//! all return a [`Transition`]: the order as it is now, and what has to be done about it.

mod adjust;
mod clock_set;
mod connectivity;
mod create;
mod end;
mod event;
mod evidence;
mod extend;
mod fault;
mod finish;
mod identify;
mod late;
mod limits;
mod number_part;
mod pay_status;
mod person;
mod plan;
mod position;
mod progress;
mod review;
mod rewind;
mod slots;
mod spent;
mod start;
mod stop;
mod sweep;
mod transition;

pub use adjust::NewLimits;
pub use create::{
    ActiveOrder, Begins, DeviceSituation, NewOrder, PortFacts, StartRefusal, choose_port, create,
};
pub use end::{end_message, published_reason};
pub use event::{Actor, Context, NotPossible, OrderEvent, apply};
pub use evidence::{average_power, evidence};
pub use extend::runs_out;
pub use identify::{Identified, events_of_report, identify};
pub use number_part::NumberPart;
pub use pay_status::PayStatus;
pub use plan::{PlanSnapshot, tier_lines};
pub use position::{Position, position};
pub use rewind::as_of;
pub use slots::SlotEnergy;
pub(crate) use slots::slot_of;
pub use sweep::{Connectivity, next_deadline, sweep};
pub use transition::{
    Change, Effect, History, News, PortMove, RecordKind, Sample, Transition, Trigger, Violation,
};

use crate::payer::Payer;
use crate::pricing::ebike::TierMeter;
use crate::pricing::time_of_use::BillSheet;
use device::{ChargeMode, ChargePlan, Command, EndReason, EnergySplit, TariffTable};
use kernel::{
    ApiKeyId, DeviceId, Energy, Fen, OrderId, OrderNo, Permille, PhyId, PortNo, Power, Price,
    Timestamp, TraceId,
};
use serde::{Deserialize, Serialize};

/// `orders.status`. "Stopping" and "interrupted" are flags, so that a query on
/// `pending` and `charging` always sees every active order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Created; the device has not begun.
    Pending,
    /// Energy may flow.
    Charging,
    /// Ended and billed.
    Completed,
    /// Ended before it began, by a person or a clock.
    Cancelled,
    /// Ended before it began, by the device.
    Failed,
}

impl OrderStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Charging,
        Self::Completed,
        Self::Cancelled,
        Self::Failed,
    ];

    /// The literal text of the column and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Charging => "charging",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// From the literal text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether an order in this status occupies its port.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Charging)
    }
}

/// Who started the order; the prefix of its number follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSource {
    /// Third-party API.
    Third,
    /// Member app.
    App,
    /// Card at the device.
    Card,
    /// Interconnect partner.
    Interconnect,
    /// Plug and charge.
    Vin,
    /// Uploaded by the device after the fact.
    Offline,
    /// Test console.
    Test,
}

impl OrderSource {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Third,
        Self::App,
        Self::Card,
        Self::Interconnect,
        Self::Vin,
        Self::Offline,
        Self::Test,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Third => "third",
            Self::App => "app",
            Self::Card => "card",
            Self::Interconnect => "interconnect",
            Self::Vin => "vin",
            Self::Offline => "offline",
            Self::Test => "test",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }

    /// The first three characters of its order numbers.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Third => "THD",
            Self::App => "APP",
            Self::Card => "CRD",
            Self::Interconnect => "HLT",
            Self::Vin => "VIN",
            Self::Offline => "OFF",
            Self::Test => "TST",
        }
    }
}

/// How the bill is made, fixed when the order is created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTerms {
    /// Electricity price in fen per kWh; none: pro rata of the amount.
    pub price_per_kwh: Option<i64>,
    /// Service fee in thousandths.
    pub service_fee: Option<Permille>,
    /// What the service fee does to the bill.
    pub service_fee_mode: ServiceFeeMode,
    /// Prices by the time of the day, as they were when the order was created; they go before
    /// the price above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff: Option<Box<TariffSnapshot>>,
    /// The e-bike plan, as it was when the order was created; it goes before all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<PlanSnapshot>>,
}

/// The version of a tariff that an order is billed by, for its whole life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TariffSnapshot {
    /// The tariff's row.
    pub tariff_id: i64,
    /// Which version of it.
    pub version: i32,
    /// Its name when the order was created.
    pub name: String,
    /// The prices.
    pub table: TariffTable,
}

impl PriceTerms {
    /// Whether a kWh costs more at one time of the day than at another.
    pub const fn depends_on_time(&self) -> bool {
        self.tariff.is_some()
    }

    /// What a kWh costs at an instant, electricity and service.
    pub fn price_at(&self, at: Timestamp) -> Price {
        match &self.tariff {
            Some(tariff) => {
                let rate = tariff.table.rate(slots::slot_of(at)).unwrap_or_default();
                Price(rate.electricity.0 + rate.service.0)
            }
            // Fen per kWh are 1000 of the price's unit.
            None => Price(self.price_per_kwh.unwrap_or(0).saturating_mul(1000)),
        }
    }
}

/// What the third-party service fee does to the bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceFeeMode {
    /// Echoed and stored, not billed: 5.23 kWh at 150 fen are 785 fen.
    #[default]
    Informational,
    /// The price grows by so many thousandths, rounded once: 863 fen at 100 ‰.
    PermilleOnTop,
    /// A tenth of the number is fen per kWh on top: 837 fen at 100.
    FenPerKwhOnTop,
}

/// `orders.settle_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettleStatus {
    /// Not ended yet.
    None,
    /// Billed.
    Settled,
    /// Billed again after a correction.
    Adjusted,
    /// Could not be billed; under review.
    Error,
}

impl SettleStatus {
    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Settled => "settled",
            Self::Adjusted => "adjusted",
            Self::Error => "error",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Settled, Self::Adjusted, Self::Error]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// One charging session with its bill, a row of `orders`.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Row id; zero before it is stored.
    pub id: OrderId,
    /// Counts the changes; a writer that saw an older one is refused.
    pub version: i64,
    /// Its number.
    pub order_no: OrderNo,
    /// The device's row.
    pub device_id: DeviceId,
    /// The device's id on the wire.
    pub phy_id: PhyId,
    /// The port.
    pub port_no: PortNo,
    /// Its state.
    pub status: OrderStatus,
    /// Who started it.
    pub source: OrderSource,
    /// The key that started it, for third-party orders.
    pub api_key_id: Option<ApiKeyId>,
    /// Free text of the caller, echoed.
    pub member_ref: Option<String>,
    /// Webhook address for this order alone.
    pub notify_url: Option<String>,
    /// The flow that it belongs to; none of orders from before there were any.
    pub trace: Option<TraceId>,
    /// Whose money it costs; none where the caller has the user's money.
    pub payer: Option<Box<Payer>>,
    /// The card that started it, as printed.
    pub card_no: Option<String>,
    /// The number in that card's chip, as its device sent it.
    pub physical_card: Option<String>,
    /// The vehicle.
    pub vin: Option<String>,
    /// What ties it to the charge of the vehicle's other gun.
    pub parallel_no: Option<String>,
    /// What ends it.
    pub charge_mode: ChargeMode,
    /// Prepaid amount, the limit of the bill; zero means no limit.
    pub amount: Fen,
    /// Paid time; changed when the device takes over new limits.
    pub planned_duration_s: Option<i64>,
    /// Paid energy; changed likewise.
    pub planned_energy: Option<Energy>,
    /// Power limit.
    pub power_limit: Option<Power>,
    /// How it is billed; immutable (`tariff_snapshot`).
    pub terms: PriceTerms,
    /// The device's short session number.
    pub business_no: Option<u16>,
    /// The device's long serial number.
    pub trade_no: Option<String>,

    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the device accepted the start command.
    pub acked_at: Option<Timestamp>,
    /// True once a start command may have reached the device.
    pub start_sent: bool,
    /// When charging began, by the server's clock.
    pub start_time: Option<Timestamp>,
    /// When it ended, by the server's clock.
    pub end_time: Option<Timestamp>,
    /// Last report, status or answer that showed it running.
    pub last_progress_at: Option<Timestamp>,
    /// When somebody asked to stop it.
    pub stop_requested_at: Option<Timestamp>,
    /// Why somebody asked to stop it.
    pub stop_reason: Option<EndReason>,
    /// When the device said yes to a stop.
    pub stop_acked_at: Option<Timestamp>,
    /// How many stop commands were given up or found without effect.
    pub stop_attempts: i16,
    /// When the last stop command was put into the queue; counts anew when the device returns.
    pub stop_sent_at: Option<Timestamp>,
    /// The device has been offline since.
    pub interrupted_at: Option<Timestamp>,
    /// A fault ended it; the settlement waits for the device's report until then.
    pub fault_deadline: Option<Timestamp>,
    /// Reports in a row that showed its port idle.
    pub idle_reports: i16,
    /// When the first of those reports came.
    pub idle_since: Option<Timestamp>,
    /// The device registered anew then and has not been seen charging this order since.
    pub restarted_at: Option<Timestamp>,

    /// Seconds charged.
    pub duration_s: i64,
    /// Energy delivered.
    pub energy: Energy,
    /// The same, spread over the half hours of the day as it was reported; kept where the
    /// price depends on the time.
    pub by_slot: Option<Box<SlotEnergy>>,
    /// When the energy was last reported; the pieces of `by_slot` reach until then.
    pub metered_at: Option<Timestamp>,
    /// Time by power tier and the highest mean power, where a plan bills by them.
    pub tier_meter: Option<Box<TierMeter>>,
    /// How the device's record spreads it.
    pub device_split: EnergySplit,
    /// The meter before and after, by the device's record.
    pub meter: Option<(Energy, Energy)>,
    /// State of charge of the vehicle when it began, %.
    pub start_soc: Option<u8>,
    /// State of charge of the vehicle now, or when it ended, %.
    pub soc: Option<u8>,
    /// Present power.
    pub current_power: Power,
    /// Highest power so far.
    pub peak_power: Power,
    /// Sum of power times seconds, in 0.1 W·s, over `power_seconds`: the mean follows.
    pub power_integral: i64,
    /// Seconds that `power_integral` covers.
    pub power_seconds: i64,
    /// The last whole minute that was announced.
    pub announced_minute: i64,

    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// The same in words.
    pub end_reason_msg: Option<String>,
    /// The bill line by line, where the price depends on the time.
    pub bill: Option<Box<BillSheet>>,
    /// The bill.
    pub final_amount: Option<Fen>,
    /// Electricity part of the bill.
    pub elec_fen: Fen,
    /// Service part of the bill.
    pub service_fen: Fen,
    /// What is left of the amount.
    pub refund_fen: Fen,
    /// What leaving the plug in came to after the charge; written with its occupancy.
    pub occupancy_fen: Fen,
    /// What the device computed; compared, never billed.
    pub device_amount: Option<Fen>,
    /// State of the settlement.
    pub settle_status: SettleStatus,
    /// Ended without the device's word; its report may still correct it.
    pub provisional: bool,
    /// Until then later progress re-opens it and unused money stays frozen.
    pub hold_until: Option<Timestamp>,
    /// How often it was re-opened.
    pub reopened_count: i16,
    /// Ended in a way that somebody should look at.
    pub abnormal: bool,
    /// Why.
    pub abnormal_reason: Option<String>,
}

impl Order {
    /// Nobody has said what it costs. Third-party charges without a price cost what their caller
    /// has paid; nobody has paid for the others.
    pub const fn is_unpriced(&self) -> bool {
        let terms = &self.terms;
        terms.plan.is_none()
            && terms.tariff.is_none()
            && terms.price_per_kwh.is_none()
            && !matches!(self.source, OrderSource::Third | OrderSource::Test)
    }

    /// Who charges, by a name that stays the same from charge to charge: the reference of the
    /// caller, else the member, else the card.
    pub fn charger(&self) -> Option<String> {
        let member = || {
            let member = self.payer.as_deref().and_then(Payer::member)?;
            Some(format!("member:{member}"))
        };
        let card = || Some(format!("card:{}", self.card_no.as_ref()?));
        self.member_ref.clone().or_else(member).or_else(card)
    }

    /// The limits as the device is told them.
    pub fn charge_plan(&self) -> ChargePlan {
        let mut told = ChargePlan {
            port: self.port_no,
            order: self.order_no,
            mode: self.charge_mode,
            duration_s: self
                .planned_duration_s
                .and_then(|seconds| u32::try_from(seconds).ok()),
            energy: self.planned_energy,
            power_limit: self.power_limit,
            amount: self.amount,
            tiers: Vec::new(),
            fees: None,
            proposed_session: self.proposed_session(),
            serial: self.trade_no.clone(),
            card_no: self.card_no.clone(),
            physical_card: self.physical_card.clone(),
            parallel: self.parallel_no.clone(),
            price_model: self.terms.tariff.as_ref().map(|tariff| tariff.table.model),
        };
        if let Some(plan) = &self.terms.plan {
            plan.tell(&mut told);
        }
        told
    }

    /// The command that starts it.
    pub fn start_command(&self) -> Command {
        Command::StartCharge(self.charge_plan())
    }

    /// The command that stops it.
    pub fn stop_command(&self) -> Command {
        Command::StopCharge {
            port: self.port_no,
            order: self.order_no,
            serial: self.trade_no.clone(),
        }
    }

    /// The session number that the device proposed with the card, before it has begun.
    fn proposed_session(&self) -> Option<u16> {
        let by_card = self.source == OrderSource::Card;
        self.business_no
            .filter(|_| by_card && self.acked_at.is_none())
    }

    /// The numeric state of older platforms: pending 0; charging 2, 9 while stopping, 10 while
    /// its device is away; completed 3, 7 once settled; cancelled 5; failed 6.
    pub const fn status_code(&self) -> i16 {
        match self.status {
            OrderStatus::Pending => 0,
            OrderStatus::Charging if self.interrupted_at.is_some() => 10,
            OrderStatus::Charging if self.stop_requested_at.is_some() => 9,
            OrderStatus::Charging => 2,
            OrderStatus::Completed => match self.settle_status {
                SettleStatus::Settled | SettleStatus::Adjusted => 7,
                SettleStatus::None | SettleStatus::Error => 3,
            },
            OrderStatus::Cancelled => 5,
            OrderStatus::Failed => 6,
        }
    }

    /// Whether its bill has been made before: the next one is an adjustment.
    pub const fn is_adjusted(&self) -> bool {
        self.reopened_count > 0 || matches!(self.settle_status, SettleStatus::Adjusted)
    }
}
