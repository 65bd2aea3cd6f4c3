//! Why a charge ends, and the number that the pile writes for it.

use crate::layout::Dialect;

/// Why a charge ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cause {
    /// The vehicle takes no more.
    Full,
    TimeReached,
    EnergyReached,
    AmountReached,
    /// Command 5.
    Platform,
    /// The card was held to the reader again.
    Card,
    /// Stopped on the screen.
    Screen,
    Unplugged,
    EmergencyStop,
    /// Another alarm.
    Alarm,
    PowerLost,
    LineLost,
}

impl Cause {
    /// The number in the record: AC piles have a range of their own, Lvneng a table of its own.
    pub(super) const fn code(self, dialect: Dialect, ac: bool) -> u32 {
        match dialect {
            Dialect::Lvneng => self.lvneng(),
            _ if ac => self.ac(),
            _ => self.dc(),
        }
    }

    const fn dc(self) -> u32 {
        match self {
            Self::Full => 316,
            Self::TimeReached => 307,
            Self::EnergyReached => 306,
            Self::AmountReached => 308,
            Self::Platform => 311,
            Self::Card => 301,
            Self::Screen => 200,
            Self::Unplugged => 300,
            Self::EmergencyStop => 302,
            Self::Alarm => 2008,
            Self::PowerLost => 2015,
            Self::LineLost => 313,
        }
    }

    const fn ac(self) -> u32 {
        match self {
            Self::Full => 101_015,
            Self::TimeReached => 101_007,
            Self::EnergyReached => 101_009,
            Self::AmountReached => 101_008,
            Self::Platform => 101_006,
            Self::Card => 101_005,
            Self::Screen => 101_013,
            Self::Unplugged => 101_000,
            Self::EmergencyStop => 100_005,
            Self::Alarm => 101_003,
            Self::PowerLost => 101_011,
            Self::LineLost => 313,
        }
    }

    const fn lvneng(self) -> u32 {
        match self {
            Self::Full => 275,
            Self::TimeReached => 359,
            Self::EnergyReached => 358,
            Self::AmountReached => 361,
            Self::Platform => 258,
            Self::Card => 355,
            Self::Screen => 353,
            Self::Unplugged => 263,
            Self::EmergencyStop => 313,
            Self::Alarm => 300,
            Self::PowerLost => 282,
            Self::LineLost => 348,
        }
    }
}
