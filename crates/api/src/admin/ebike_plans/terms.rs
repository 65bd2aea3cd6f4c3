//! The parameters of a plan, as the document describes them; `domain` reads and checks them.

use serde::Serialize;
use utoipa::ToSchema;

/// A power tier: up to a power, `fen` buy `minutes`.
#[derive(Serialize, ToSchema)]
pub(crate) struct TierTerms {
    /// Upper bound, W, inclusive.
    #[schema(minimum = 1, maximum = 6553)]
    max_w: u32,
    /// Price of `minutes`.
    #[schema(minimum = 1, maximum = 1_000_000)]
    fen: i64,
    /// What that buys.
    #[schema(minimum = 1, maximum = 1440)]
    minutes: u16,
}

/// A choice that users are shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackageTerms {
    /// What is prepaid.
    #[schema(minimum = 1, maximum = 1_000_000)]
    fen: i64,
    /// For how long. This, or `e4`, or neither.
    minutes: Option<u16>,
    /// For how much, 0.0001 kWh.
    e4: Option<i64>,
}

/// A period of the day with a service price of its own, at full or half hours; one that ends
/// before it begins goes over midnight.
#[derive(Serialize, ToSchema)]
pub(crate) struct PeriodTerms {
    /// `HH:MM`.
    #[schema(example = "22:00")]
    from: String,
    /// `HH:MM`.
    #[schema(example = "06:00")]
    to: String,
    /// 0.00001 yuan per kWh or per hour.
    #[schema(minimum = 0, maximum = 9_999_999)]
    service_price: i64,
}

/// The parameters of an e-bike plan. What is absent is as usual.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanTerms {
    /// What it bills by: `time`, `energy`, `tier`, `full`, `elec_service`.
    #[schema(example = "elec_service")]
    mode: String,
    /// Modes time (per `unit_minutes`), energy and full (per kWh), fen.
    #[schema(minimum = 0, maximum = 1_000_000)]
    unit_price_fen: Option<i64>,
    /// Mode time; usually 60.
    #[schema(minimum = 1, maximum = 1440)]
    unit_minutes: Option<u16>,
    /// Mode time: 1 (usual), started minutes count; 30, started half hours count.
    billing_unit_min: Option<u16>,
    /// Mode tier: rising powers, at most 5.
    tiers: Option<Vec<TierTerms>>,
    /// `accumulate` (usual), every minute at its tier; `max_power`, all at the highest.
    tier_rule: Option<String>,
    /// Power above the last tier: `stop` (usual) or `top_tier_price`.
    over_top_tier: Option<String>,
    /// Choices shown to users, at most 20.
    packages: Option<Vec<PackageTerms>>,
    /// Least that an order costs; 0 (usual): nothing.
    min_fen: Option<i64>,
    /// Most that an order costs; 0 (usual): no cap.
    max_fen: Option<i64>,
    /// No longer than this and no more than `free_e4` costs nothing; usually 60.
    #[schema(minimum = 0, maximum = 3600)]
    free_seconds: Option<u32>,
    /// 0.0001 kWh; usually 100.
    free_e4: Option<i64>,
    /// Unused prepayment goes back (usual); else the package price is kept.
    refund_unused: Option<bool>,
    /// The bill may exceed what was prepaid; usually false.
    post_pay: Option<bool>,
    /// Longest charge, for safety; usually 600.
    #[schema(minimum = 1, maximum = 1440)]
    max_minutes: Option<u16>,
    /// Electricity, 0.00001 yuan per kWh. In the modes that do not bill it apart, what of the bill
    /// is electricity.
    #[schema(minimum = 0, maximum = 9_999_999)]
    elec_p5: Option<i64>,
    /// What the service fee is counted by: `per_kwh` (usual), or `per_minute` with prices per
    /// hour.
    service_mode: Option<String>,
    /// Service fee, 0.00001 yuan per kWh or per hour.
    #[schema(minimum = 0, maximum = 9_999_999)]
    service_price: Option<i64>,
    /// Where another service price applies; at most 24, they do not overlap.
    service_periods: Option<Vec<PeriodTerms>>,
}
