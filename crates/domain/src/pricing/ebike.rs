//! E-bike plans (电动自行车): by time, by energy, by power tier, until full, or electricity and
//! service fee apart. A plan is a plain value; an order keeps the one that it was made with.

mod bill;
mod check;
mod limits;
mod tier_meter;
mod told;

pub use bill::{TierLine, Usage, bill, metered, tier_lines};
pub use check::PlanFault;
pub use limits::Bought;
pub use tier_meter::TierMeter;
pub use told::{Told, fees, power_tiers};

use super::day_time::DayWindow;
use kernel::{Energy, Fen, Power, Price};
use serde::{Deserialize, Serialize};

/// Most power tiers of a plan.
pub const TIERS_MAX: usize = 5;
/// Most choices shown to users.
pub const PACKAGES_MAX: usize = 20;
/// Most periods with a service price of their own.
pub const PERIODS_MAX: usize = 24;
/// Highest amount in a plan, fen.
pub const FEN_MAX: i64 = 1_000_000;
/// Highest price in a plan, 0.00001 yuan per kWh or per hour.
pub const PRICE_MAX: i64 = 9_999_999;
/// Longest time of a plan in minutes: a day.
pub const MINUTES_MAX: u16 = 1440;

/// What a plan bills by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanMode {
    /// By time: `unit_price_fen` per `unit_minutes`.
    Time,
    /// By energy: `unit_price_fen` per kWh.
    Energy,
    /// By the power drawn: `tiers`.
    Tier,
    /// Until the battery is full, within a prepaid cap: by electricity and service fee where
    /// they are given, else by `unit_price_fen` per kWh.
    Full,
    /// Electricity by energy, service fee by energy or by time, shown apart.
    ElecService,
}

/// How tiers are billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierRule {
    /// Every minute at the price of the tier in which it was drawn.
    #[default]
    Accumulate,
    /// All of the time at the tier of the highest power (最大功率计费).
    MaxPower,
}

/// What power above the last tier does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverTopTier {
    /// The charge is stopped; what was drawn until then costs what the last tier costs.
    #[default]
    Stop,
    /// It costs what the last tier costs.
    TopTierPrice,
}

/// What the service fee is counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceMode {
    /// Prices are per kWh.
    #[default]
    PerKwh,
    /// Prices are per hour, counted to the second.
    PerMinute,
}

/// One power tier: up to a power, `fen` buy `minutes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Upper bound in W, inclusive.
    pub max_w: u32,
    /// Price of `minutes`.
    pub fen: Fen,
    /// What that buys.
    pub minutes: u16,
}

/// A choice that users are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// What is prepaid.
    pub fen: Fen,
    /// For how long, in plans by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u16>,
    /// For how much, in plans by energy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e4: Option<Energy>,
}

/// A period of the day with a service price of its own. It begins and ends at a half hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePeriod {
    /// When.
    #[serde(flatten)]
    pub window: DayWindow,
    /// Service price, 0.00001 yuan per kWh or per hour.
    pub service_price: Price,
}

/// The parameters of a plan. Amounts in fen, prices in 0.00001 yuan, energy in 0.0001 kWh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EbikePlan {
    /// What it bills by.
    pub mode: PlanMode,
    /// Modes time (per `unit_minutes`), energy and full (per kWh).
    #[serde(default)]
    pub unit_price_fen: Fen,
    /// Mode time: what `unit_price_fen` buys.
    #[serde(default = "hour")]
    pub unit_minutes: u16,
    /// Mode time: 1, started minutes count; 30, started half hours count.
    #[serde(default = "one")]
    pub billing_unit_min: u16,
    /// Mode tier: rising powers, at most [`TIERS_MAX`].
    #[serde(default)]
    pub tiers: Vec<Tier>,
    /// Mode tier.
    #[serde(default)]
    pub tier_rule: TierRule,
    /// Mode tier.
    #[serde(default)]
    pub over_top_tier: OverTopTier,
    /// Choices shown to users.
    #[serde(default)]
    pub packages: Vec<Package>,
    /// Least that an order costs; zero: nothing.
    #[serde(default)]
    pub min_fen: Fen,
    /// Most that an order costs; zero: no cap.
    #[serde(default)]
    pub max_fen: Fen,
    /// Together with `free_e4`: no longer and no more than this costs nothing.
    #[serde(default = "free_seconds")]
    pub free_seconds: u32,
    /// See `free_seconds`.
    #[serde(default = "free_energy")]
    pub free_e4: Energy,
    /// Unused prepayment goes back; else the package price is kept.
    #[serde(default = "yes")]
    pub refund_unused: bool,
    /// The bill may exceed what was prepaid.
    #[serde(default)]
    pub post_pay: bool,
    /// Longest charge, for safety.
    #[serde(default = "ten_hours")]
    pub max_minutes: u16,
    /// Electricity. In the modes that do not bill it apart, what of the bill is electricity.
    #[serde(default)]
    pub elec_p5: Price,
    /// What the service fee is counted by.
    #[serde(default)]
    pub service_mode: ServiceMode,
    /// Service fee, per kWh or per hour.
    #[serde(default)]
    pub service_price: Price,
    /// Where another service price applies; they do not overlap.
    #[serde(default)]
    pub service_periods: Vec<ServicePeriod>,
}

const fn hour() -> u16 {
    60
}

const fn one() -> u16 {
    1
}

const fn free_seconds() -> u32 {
    60
}

const fn free_energy() -> Energy {
    Energy(100)
}

const fn yes() -> bool {
    true
}

const fn ten_hours() -> u16 {
    600
}

impl EbikePlan {
    /// A plan of that mode with everything else as it is where a price list says nothing.
    pub fn of(mode: PlanMode) -> Self {
        Self {
            mode,
            unit_price_fen: Fen::ZERO,
            unit_minutes: hour(),
            billing_unit_min: one(),
            tiers: Vec::new(),
            tier_rule: TierRule::default(),
            over_top_tier: OverTopTier::default(),
            packages: Vec::new(),
            min_fen: Fen::ZERO,
            max_fen: Fen::ZERO,
            free_seconds: free_seconds(),
            free_e4: free_energy(),
            refund_unused: yes(),
            post_pay: false,
            max_minutes: ten_hours(),
            elec_p5: Price::ZERO,
            service_mode: ServiceMode::default(),
            service_price: Price::ZERO,
            service_periods: Vec::new(),
        }
    }

    /// Whether electricity and service fee are billed apart, as the price authority's notice of
    /// 2024 on e-bike charging wants it (发改办价格〔2024〕537号).
    pub fn bills_apart(&self) -> bool {
        let apart = matches!(self.mode, PlanMode::ElecService | PlanMode::Full);
        apart && self.has_parts()
    }

    /// Whether the service fee depends on the time of the day.
    pub fn depends_on_time(&self) -> bool {
        self.bills_apart() && !self.service_periods.is_empty()
    }

    /// Whether time has to be told apart by power while the charge runs.
    pub fn meters_tiers(&self) -> bool {
        self.mode == PlanMode::Tier
    }

    /// The power that its dearest tier is for; `None` in a plan without tiers.
    pub fn class(&self) -> Option<Power> {
        let top = self.tiers.last().map(Tier::limit);
        top.filter(|_| self.mode == PlanMode::Tier)
    }

    /// Whether a power is above the last tier and has to be stopped.
    pub fn is_too_much(&self, power: Power) -> bool {
        let top = self.tiers.last().map(Tier::limit);
        self.mode == PlanMode::Tier
            && self.over_top_tier == OverTopTier::Stop
            && top.is_some_and(|top| power > top)
    }

    /// The tier of a power, from 0; above the last, the last. `None` in a plan without tiers.
    pub fn tier_of(&self, power: Power) -> Option<usize> {
        let last = self.tiers.len().checked_sub(1)?;
        let fits = self.tiers.iter().position(|tier| power <= tier.limit());
        Some(fits.unwrap_or(last))
    }

    /// Whether electricity or service fee have a price of their own.
    fn has_parts(&self) -> bool {
        let periods = self.service_periods.iter();
        self.elec_p5.0 > 0
            || self.service_price.0 > 0
            || periods.into_iter().any(|period| period.service_price.0 > 0)
    }

    /// The service price of a half hour of the day.
    fn service_at(&self, slot: usize) -> Price {
        self.period_of(slot)
            .and_then(|index| self.service_periods.get(index))
            .map_or(self.service_price, |period| period.service_price)
    }

    /// The period that a half hour of the day belongs to, if to any.
    fn period_of(&self, slot: usize) -> Option<usize> {
        let minute = u16::try_from(slot * 30).ok()?;
        self.service_periods
            .iter()
            .position(|period| period.window.covers(minute))
    }
}

impl Tier {
    /// Its upper bound.
    pub fn limit(&self) -> Power {
        Power::from_watts(i64::from(self.max_w))
    }
}

#[cfg(test)]
mod tests;
