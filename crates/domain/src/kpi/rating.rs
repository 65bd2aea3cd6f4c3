//! How good a figure is.

use super::{Counts, Kpi, Millionths, Unit};

/// Fewer than these say nothing: no alarm is made of them.
pub const SAMPLES_MIN: u64 = 20;

/// What is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// More than the target; a warning at it and below.
    Above {
        /// What is wanted.
        target: Millionths,
        /// Below it, it is critical.
        critical: Option<Millionths>,
    },
    /// Less than the target; a warning at it and above.
    Below {
        /// What is wanted.
        target: Millionths,
        /// Above it, it is critical.
        critical: Option<Millionths>,
    },
    /// None at all is wanted; what little there is, is borne.
    Nothing {
        /// A warning at it and above.
        warning: Millionths,
        /// Above it, it is critical.
        critical: Millionths,
    },
    /// Between two, both included; a warning outside.
    Band {
        /// The least.
        from: Millionths,
        /// The most.
        to: Millionths,
    },
    /// Whatever it is.
    Open,
}

/// How good a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rating {
    /// As it should be.
    Good,
    /// Somebody should look.
    Warning,
    /// Somebody must look now.
    Critical,
}

impl Rating {
    /// `good`, `warning`, `critical`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Bounds {
    /// What is wanted; the lower end of a band.
    pub const fn target(self) -> Option<Millionths> {
        match self {
            Self::Above { target, .. } | Self::Below { target, .. } => Some(target),
            Self::Nothing { .. } => Some(Millionths(0)),
            Self::Band { from, .. } => Some(from),
            Self::Open => None,
        }
    }

    /// From where on there is a warning; the upper end of a band.
    pub const fn warning(self) -> Option<Millionths> {
        match self {
            Self::Above { target, .. } | Self::Below { target, .. } => Some(target),
            Self::Nothing { warning, .. } => Some(warning),
            Self::Band { to, .. } => Some(to),
            Self::Open => None,
        }
    }

    /// Beyond which it is critical.
    pub const fn critical(self) -> Option<Millionths> {
        match self {
            Self::Above { critical, .. } | Self::Below { critical, .. } => critical,
            Self::Nothing { critical, .. } => Some(critical),
            Self::Band { .. } | Self::Open => None,
        }
    }

    /// How good a value is.
    pub fn rate(self, value: Millionths) -> Rating {
        let graded = |good: bool, critical: bool| match (critical, good) {
            (true, _) => Rating::Critical,
            (false, true) => Rating::Good,
            (false, false) => Rating::Warning,
        };
        match self {
            Self::Above { target, critical } => {
                graded(value > target, critical.is_some_and(|limit| value < limit))
            }
            Self::Below { target, critical } => {
                graded(value < target, critical.is_some_and(|limit| value > limit))
            }
            Self::Nothing { warning, critical } => graded(value < warning, value > critical),
            Self::Band { from, to } => graded((from..=to).contains(&value), false),
            Self::Open => Rating::Good,
        }
    }
}

impl Kpi {
    /// How good it is within bounds; none where nothing, or too little, was counted.
    pub fn rating(self, counts: Counts, bounds: Bounds) -> Option<Rating> {
        let samples = match self.definition().unit {
            Unit::Minutes => counts.whole / 60,
            Unit::Share | Unit::Milliseconds => counts.whole,
        };
        if samples < SAMPLES_MIN {
            return None;
        }
        self.value(counts).map(|value| bounds.rate(value))
    }
}
