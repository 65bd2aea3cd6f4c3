use super::{Charge, FundedBy, History, Validity, WINDOWS_MAX, minute_of, serves};
use crate::fault::FieldFault;
use crate::pricing::day_time::DayWindow;
use crate::tariff::PRICE_MAX;
use kernel::{BasisPoints, Energy, Fen, Price, StationId, Timestamp, div_half_up};
use serde::{Deserialize, Serialize};

/// How the service fee becomes less. Electricity is passed through at its price. Stored as
/// `{"type":"service_discount_bp","off_bp":2000}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PriceCut {
    /// A share of it is taken off.
    ServiceDiscountBp {
        /// What is taken off: 2000 leaves four fifths.
        off_bp: BasisPoints,
    },
    /// It is counted anew at this price, if that makes it less.
    FixedServiceP5 {
        /// Price per kWh.
        price: Price,
    },
    /// A share of it is taken off when the charge began in one of these windows.
    TimeWindow {
        /// Windows of the day.
        windows: Vec<DayWindow>,
        /// What is taken off.
        off_bp: BasisPoints,
    },
    /// A share of it is taken off a member's first order.
    FirstOrder {
        /// What is taken off.
        off_bp: BasisPoints,
    },
}

impl PriceCut {
    /// Whether it depends on what the member charged before.
    pub const fn asks_history(&self) -> bool {
        matches!(self, Self::FirstOrder { .. })
    }

    fn off(&self, charge: &Charge) -> Fen {
        let service = charge.list.service;
        let off = match self {
            Self::ServiceDiscountBp { off_bp } => off_bp.of(service),
            Self::FixedServiceP5 { price } => service - at_price(charge.energy, *price),
            Self::TimeWindow { windows, off_bp } => {
                let minute = minute_of(charge.began_at);
                let covered = windows.iter().any(|window| window.covers(minute));
                if covered {
                    off_bp.of(service)
                } else {
                    Fen::ZERO
                }
            }
            Self::FirstOrder { off_bp } => match charge.history {
                History::First => off_bp.of(service),
                History::Later => Fen::ZERO,
            },
        };
        off.clamp(Fen::ZERO, service)
    }

    /// Checks it before it is stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        match self {
            Self::ServiceDiscountBp { off_bp } | Self::FirstOrder { off_bp } => check_off(*off_bp),
            Self::FixedServiceP5 { price } => FieldFault::unless(
                (0..=PRICE_MAX).contains(&price.0),
                "price",
                format!("must be 0 to {PRICE_MAX}"),
            ),
            Self::TimeWindow { windows, off_bp } => {
                FieldFault::unless(
                    (1..=WINDOWS_MAX).contains(&windows.len()),
                    "windows",
                    format!("must be 1 to {WINDOWS_MAX}"),
                )?;
                check_off(*off_bp)
            }
        }
    }
}

fn check_off(off_bp: BasisPoints) -> Result<(), FieldFault> {
    let fits = off_bp.is_share() && off_bp > BasisPoints::ZERO;
    FieldFault::unless(fits, "off_bp", "must be 1 to 10000")
}

/// An energy at a price, rounded to 0.0001 yuan and then to fen, as bills are.
fn at_price(energy: Energy, price: Price) -> Fen {
    let m4 = div_half_up(i128::from(energy.0) * i128::from(price.0), 100_000);
    Fen(i64::try_from(div_half_up(m4, 100)).unwrap_or(i64::MAX))
}

/// Where a price promotion comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PriceSource {
    /// An activity (限时活动), by its id.
    Activity(i64),
    /// The member's level.
    MemberLevel,
    /// The contract of the member's company.
    Contract,
}

/// What a member level takes off the service fee, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelPrice {
    /// The level.
    pub level: i16,
    /// What is taken off: 1000 leaves nine tenths.
    pub off_bp: BasisPoints,
    /// Who bears it.
    pub funded_by: FundedBy,
}

impl LevelPrice {
    /// The promotion that it is, wherever and whenever.
    pub const fn promotion(self) -> PricePromotion {
        PricePromotion::standing(PriceSource::MemberLevel, self.off_bp, self.funded_by)
    }
}

/// A price promotion. They exclude each other: the one that reduces most applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePromotion {
    /// Where it comes from.
    pub source: PriceSource,
    /// What it does.
    pub cut: PriceCut,
    /// Who bears it.
    pub funded_by: FundedBy,
    /// At which stations; none: at all.
    pub stations: Option<Vec<StationId>>,
    /// When.
    pub valid: Validity,
    /// Of two that reduce equally the one with the higher priority applies, then the first.
    pub priority: i32,
}

impl PricePromotion {
    /// A share off the service fee, wherever and whenever.
    pub const fn standing(source: PriceSource, off_bp: BasisPoints, funded_by: FundedBy) -> Self {
        Self {
            source,
            cut: PriceCut::ServiceDiscountBp { off_bp },
            funded_by,
            stations: None,
            valid: Validity {
                from: Timestamp(i64::MIN),
                until: Timestamp(i64::MAX),
            },
            priority: 0,
        }
    }

    /// What it takes off the service fee of a charge; zero when it does not apply.
    pub fn off(&self, charge: &Charge) -> Fen {
        let here = serves(self.stations.as_deref(), charge.station);
        if here && self.valid.covers(charge.began_at) {
            self.cut.off(charge)
        } else {
            Fen::ZERO
        }
    }

    /// Which one applies, and what it takes off; none when none takes anything.
    pub(super) fn best<'a>(promotions: &'a [Self], charge: &Charge) -> Option<(&'a Self, Fen)> {
        promotions
            .iter()
            .map(|promotion| (promotion, promotion.off(charge)))
            .filter(|(_, off)| *off > Fen::ZERO)
            // Of equals the last is taken: from behind that is the first.
            .rev()
            .max_by_key(|(promotion, off)| (*off, promotion.priority))
    }

    /// Checks it before it is stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        FieldFault::unless(
            self.valid.from < self.valid.until,
            "valid.until",
            "must be after valid.from",
        )?;
        self.cut.check().map_err(|fault| fault.within("cut"))
    }
}
