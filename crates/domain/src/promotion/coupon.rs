use super::{Alloc, Charge, FundedBy, History, Parts, Validity, WINDOWS_MAX, minute_of, serves};
use crate::fault::FieldFault;
use crate::pricing::day_time::DayWindow;
use kernel::{BasisPoints, Energy, Fen, StationId, div_half_up};
use serde::{Deserialize, Serialize};

/// What a coupon is worth. Stored as `{"type":"full_reduction","value":500}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CouponKind {
    /// 满减: so much off, from a threshold on.
    FullReduction {
        /// Fen.
        value: Fen,
    },
    /// 折扣: a share off.
    Discount {
        /// What is taken off: 1000 leaves nine tenths.
        off_bp: BasisPoints,
        /// Most that is taken off.
        max: Option<Fen>,
    },
    /// 免服务费: no service fee.
    ServiceFree {
        /// For so much energy; none: for all of it.
        max: Option<Energy>,
    },
    /// So much energy free of the service fee.
    Kwh {
        /// How much.
        energy: Energy,
    },
    /// 代金: so much off.
    Cash {
        /// Fen.
        value: Fen,
    },
}

impl CouponKind {
    /// What it takes off a bill, before that is taken from its parts.
    fn off(self, left: Parts, energy: Energy, alloc: Alloc) -> Parts {
        match self {
            Self::FullReduction { value } | Self::Cash { value } => left.share(value, alloc),
            Self::Discount { off_bp, max } => {
                let off = off_bp.of(left.total());
                left.share(max.map_or(off, |max| off.min(max)), alloc)
            }
            Self::ServiceFree { max: None } => Parts::new(Fen::ZERO, left.service),
            Self::ServiceFree { max: Some(free) } | Self::Kwh { energy: free } => {
                Parts::new(Fen::ZERO, service_of(left.service, free, energy))
            }
        }
    }

    fn check(self) -> Result<(), FieldFault> {
        match self {
            Self::FullReduction { value } | Self::Cash { value } => {
                FieldFault::unless(value > Fen::ZERO, "value", "must be more than zero")
            }
            Self::Discount { off_bp, max } => {
                let share = off_bp.is_share() && off_bp > BasisPoints::ZERO;
                FieldFault::unless(share, "off_bp", "must be 1 to 10000")?;
                let sense = max.is_none_or(|max| max > Fen::ZERO);
                FieldFault::unless(sense, "max", "must be more than zero")
            }
            Self::ServiceFree { max } => {
                let sense = max.is_none_or(|max| max > Energy::ZERO);
                FieldFault::unless(sense, "max", "must be more than zero")
            }
            Self::Kwh { energy } => {
                FieldFault::unless(energy > Energy::ZERO, "energy", "must be more than zero")
            }
        }
    }
}

/// The part of the service fee that stands for `free` of the charged energy, rounded half up.
fn service_of(service: Fen, free: Energy, energy: Energy) -> Fen {
    if free >= energy {
        return service;
    }
    let exact = i128::from(service.0) * i128::from(free.0.max(0));
    let part = div_half_up(exact, i128::from(energy.0.max(1)));
    Fen(i64::try_from(part).unwrap_or(service.0))
}

/// Where, when and by whom a coupon may be used, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CouponLimits {
    /// At these stations; none: at all.
    pub stations: Option<Vec<StationId>>,
    /// For charges that begin in one of these windows of the day; empty: at any time.
    pub windows: Vec<DayWindow>,
    /// For charges whose list price is at least this.
    pub min_amount: Fen,
    /// For a member's first order only.
    pub new_users_only: bool,
}

/// A coupon in a member's hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    /// Its grant.
    pub grant_id: i64,
    /// What it is worth.
    pub kind: CouponKind,
    /// Electricity and service together, after price promotions, must reach this.
    pub threshold: Fen,
    /// What it is taken from.
    pub alloc: Alloc,
    /// Who bears it.
    pub funded_by: FundedBy,
    /// Its limits.
    pub limits: CouponLimits,
    /// When it may be used.
    pub valid: Validity,
}

/// Why a coupon does not count for a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CouponRefusal {
    /// Not yet valid, or no longer.
    #[error("the coupon is not valid at that time")]
    NotValid,
    /// Not at that station.
    #[error("the coupon is not for this station")]
    OtherStation,
    /// Not at that time of the day.
    #[error("the coupon is not for this time of the day")]
    OtherTime,
    /// For new members.
    #[error("the coupon is for the first order only")]
    NotNew,
    /// The charge is too small.
    #[error("the charge is below the coupon's least amount")]
    BelowMinimum,
    /// What is left of the bill is below the threshold.
    #[error("the bill is below the coupon's threshold")]
    BelowThreshold,
    /// The bill is zero, or has no service fee that it could take off.
    #[error("there is nothing that the coupon could reduce")]
    NothingToReduce,
}

impl Coupon {
    /// Whether it may be chosen for a charge, as far as that is known before the bill.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, charge: &Charge) -> Result<(), CouponRefusal> {
        let limits = &self.limits;
        let minute = minute_of(charge.began_at);
        let in_window = |window: &DayWindow| window.covers(minute);
        if !self.valid.covers(charge.began_at) {
            Err(CouponRefusal::NotValid)
        } else if !serves(limits.stations.as_deref(), charge.station) {
            Err(CouponRefusal::OtherStation)
        } else if !limits.windows.is_empty() && !limits.windows.iter().any(in_window) {
            Err(CouponRefusal::OtherTime)
        } else if limits.new_users_only && charge.history == History::Later {
            Err(CouponRefusal::NotNew)
        } else {
            Ok(())
        }
    }

    /// What it takes off `left`, what price promotions have left of a bill. It may be less than
    /// the coupon is worth: there is no change. One
    /// that would take nothing off does not count and stays with the member.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn off(&self, charge: &Charge, left: Parts) -> Result<Parts, CouponRefusal> {
        self.admit(charge)?;
        let off = self.kind.off(left, charge.energy, self.alloc);
        if off.total() == Fen::ZERO {
            Err(CouponRefusal::NothingToReduce)
        } else if charge.list.total() < self.limits.min_amount {
            Err(CouponRefusal::BelowMinimum)
        } else if left.total() < self.threshold {
            Err(CouponRefusal::BelowThreshold)
        } else {
            Ok(off)
        }
    }

    /// Checks its values before they are stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        self.kind.check().map_err(|fault| fault.within("kind"))?;
        FieldFault::unless(
            self.threshold >= Fen::ZERO,
            "threshold",
            "must not be below zero",
        )?;
        FieldFault::unless(
            self.limits.min_amount >= Fen::ZERO,
            "limits.min_amount",
            "must not be below zero",
        )?;
        FieldFault::unless(
            self.limits.windows.len() <= WINDOWS_MAX,
            "limits.windows",
            format!("must be at most {WINDOWS_MAX}"),
        )?;
        FieldFault::unless(
            self.valid.from < self.valid.until,
            "valid.until",
            "must be after valid.from",
        )
    }
}
