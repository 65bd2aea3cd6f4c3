//! What is wrong with a plan, value by value.

use super::{
    EbikePlan, FEN_MAX, MINUTES_MAX, PACKAGES_MAX, PERIODS_MAX, PRICE_MAX, PlanMode, TIERS_MAX,
};
use kernel::{Energy, Fen, Price};

/// Highest power of a tier in W: devices are told it in 0.1 W in 16 bits.
const WATTS_MAX: u32 = 6553;

/// Most energy that a package or the free part names: 100 kWh.
const E4_MAX: Energy = Energy(1_000_000);

/// Longest free time in seconds.
const FREE_SECONDS_MAX: u32 = 3600;

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct PlanFault {
    /// Which value: `tiers[1].max_w`, `unit_minutes` …
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

type Checked = Result<(), PlanFault>;

fn wrong(field: impl Into<String>, problem: impl Into<String>) -> Checked {
    Err(PlanFault {
        field: field.into(),
        problem: problem.into(),
    })
}

fn fen(field: &str, value: Fen, least: i64) -> Checked {
    if (least..=FEN_MAX).contains(&value.0) {
        return Ok(());
    }
    wrong(field, format!("must be {least} to {FEN_MAX} fen"))
}

fn minutes(field: &str, value: u16) -> Checked {
    if (1..=MINUTES_MAX).contains(&value) {
        return Ok(());
    }
    wrong(field, format!("must be 1 to {MINUTES_MAX} minutes"))
}

fn price(field: &str, value: Price) -> Checked {
    if (0..=PRICE_MAX).contains(&value.0) {
        return Ok(());
    }
    wrong(field, "must be 0 to 9999999 (99.99999 yuan)")
}

impl EbikePlan {
    /// Checks a plan before it becomes a version.
    ///
    /// # Errors
    /// The first value that is out of range, or that its mode needs and that is missing.
    pub fn check(&self) -> Result<(), PlanFault> {
        self.check_common()?;
        self.check_mode()?;
        self.check_tiers()?;
        self.check_packages()?;
        self.check_periods()
    }

    fn check_common(&self) -> Checked {
        fen("unit_price_fen", self.unit_price_fen, 0)?;
        minutes("unit_minutes", self.unit_minutes)?;
        if !matches!(self.billing_unit_min, 1 | 30) {
            return wrong("billing_unit_min", "must be 1 or 30");
        }
        fen("min_fen", self.min_fen, 0)?;
        fen("max_fen", self.max_fen, 0)?;
        if self.max_fen > Fen::ZERO && self.min_fen > self.max_fen {
            return wrong("min_fen", "must not be above max_fen");
        }
        if self.free_seconds > FREE_SECONDS_MAX {
            return wrong("free_seconds", format!("must be 0 to {FREE_SECONDS_MAX}"));
        }
        if !(Energy::ZERO..=E4_MAX).contains(&self.free_e4) {
            return wrong("free_e4", format!("must be 0 to {}", E4_MAX.0));
        }
        minutes("max_minutes", self.max_minutes)?;
        price("elec_p5", self.elec_p5)?;
        price("service_price", self.service_price)
    }

    fn check_mode(&self) -> Checked {
        let parts = self.has_parts();
        match self.mode {
            PlanMode::Time | PlanMode::Energy => fen("unit_price_fen", self.unit_price_fen, 1),
            PlanMode::Full if !parts => fen("unit_price_fen", self.unit_price_fen, 1),
            PlanMode::Tier if self.tiers.is_empty() => wrong("tiers", "must be 1 to 5"),
            PlanMode::ElecService if !parts => wrong("elec_p5", "or service_price must be above 0"),
            PlanMode::Tier | PlanMode::Full | PlanMode::ElecService => Ok(()),
        }
    }

    fn check_tiers(&self) -> Checked {
        if self.tiers.len() > TIERS_MAX {
            return wrong("tiers", format!("must be at most {TIERS_MAX}"));
        }
        if self.mode != PlanMode::Tier && !self.tiers.is_empty() {
            return wrong("tiers", "are only for mode tier");
        }
        let mut below = 0;
        for (index, tier) in self.tiers.iter().enumerate() {
            let field = |name: &str| format!("tiers[{index}].{name}");
            if !(1..=WATTS_MAX).contains(&tier.max_w) {
                return wrong(field("max_w"), format!("must be 1 to {WATTS_MAX} W"));
            }
            if tier.max_w <= below {
                return wrong(field("max_w"), "must be above the tier before");
            }
            below = tier.max_w;
            fen(&field("fen"), tier.fen, 1)?;
            minutes(&field("minutes"), tier.minutes)?;
        }
        Ok(())
    }

    fn check_packages(&self) -> Checked {
        if self.packages.len() > PACKAGES_MAX {
            return wrong("packages", format!("must be at most {PACKAGES_MAX}"));
        }
        for (index, package) in self.packages.iter().enumerate() {
            let field = |name: &str| format!("packages[{index}].{name}");
            fen(&field("fen"), package.fen, 1)?;
            match (package.minutes, package.e4) {
                (Some(_), Some(_)) => {
                    return wrong(field("e4"), "must not be given together with minutes");
                }
                (Some(given), None) if given > self.max_minutes => {
                    return wrong(field("minutes"), "must not be above max_minutes");
                }
                (Some(given), None) => minutes(&field("minutes"), given)?,
                (None, Some(given)) if !(Energy(1)..=E4_MAX).contains(&given) => {
                    return wrong(field("e4"), format!("must be 1 to {}", E4_MAX.0));
                }
                (None, Some(_) | None) => {}
            }
        }
        Ok(())
    }

    fn check_periods(&self) -> Checked {
        if self.service_periods.len() > PERIODS_MAX {
            return wrong("service_periods", format!("must be at most {PERIODS_MAX}"));
        }
        if !matches!(self.mode, PlanMode::ElecService | PlanMode::Full)
            && !self.service_periods.is_empty()
        {
            return wrong(
                "service_periods",
                "are only for modes elec_service and full",
            );
        }
        for (index, period) in self.service_periods.iter().enumerate() {
            let field = |name: &str| format!("service_periods[{index}].{name}");
            price(&field("service_price"), period.service_price)?;
            for (name, time) in [("from", period.window.from), ("to", period.window.to)] {
                if time.minutes() % 30 != 0 {
                    return wrong(field(name), "must be a full or a half hour");
                }
            }
            let before = self.service_periods.iter().take(index);
            if before
                .into_iter()
                .any(|other| other.window.overlaps(period.window))
            {
                return wrong(field("from"), "overlaps another period");
            }
        }
        Ok(())
    }
}
