//! What orders are told apart by: counts of one hour, station and kind, which add up to every table
//! of the analytics.

use crate::order::OrderSource;
use device::{ChargeMode, EndReason};

/// A count of orders by one of their marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// Orders that were made.
    Created,
    /// Those of them that failed before they began.
    Failed,
    /// Those of them that were taken back before they began.
    Cancelled,
    /// Orders that were made in that hour of the day in Shanghai, 0 to 23.
    Hour(u8),
    /// What the bills of completed orders come to, fen.
    Amount,
    /// What promotions, coupons and points took off them, fen.
    Discount,
    /// Seconds that they took.
    Duration,
    /// Completed orders that began that way, and their energy in 0.0001 kWh.
    Source(u8),
    /// What those come to, fen.
    SourceAmount(u8),
    /// Completed orders of that mode (its code), and their energy.
    Mode(u8),
    /// What those come to, fen.
    ModeAmount(u8),
    /// Completed orders that ended for that reason (its code), and their energy.
    Reason(u8),
    /// Energy at the price of that kind (0 sharp, 1 peak, 2 flat, 3 valley, 4 deep valley) in
    /// 0.0001 kWh, and what it comes to in fen.
    Period(u8),
    /// What the platform keeps of them, fen.
    SplitPlatform,
    /// What merchants earn by them, fen.
    SplitMerchant,
    /// What agents earn by them, fen.
    SplitAgent,
    /// Critical alarms and warnings about devices that began.
    Alarms,
}

/// Kinds of prices.
pub const PERIODS: [&str; 5] = ["sharp", "peak", "flat", "valley", "deep_valley"];

macro_rules! numbered {
    ($prefix:literal: $($number:literal)+) => { [$(concat!($prefix, $number)),+] };
}

const HOURS: [&str; 24] = numbered!("hour.": 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
    21 22 23);
const SOURCES: [&str; 7] = numbered!("source.": 0 1 2 3 4 5 6);
const SOURCE_AMOUNTS: [&str; 7] = numbered!("source_fen.": 0 1 2 3 4 5 6);
const MODES: [&str; 5] = numbered!("mode.": 0 1 2 3 4);
const MODE_AMOUNTS: [&str; 5] = numbered!("mode_fen.": 0 1 2 3 4);
const REASONS: [&str; 17] = numbered!("reason.": 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
const PERIOD_NAMES: [&str; 5] = numbered!("period.": 0 1 2 3 4);

const SIMPLE: [(Detail, &str); 10] = [
    (Detail::Created, "created"),
    (Detail::Failed, "created_failed"),
    (Detail::Cancelled, "created_cancelled"),
    (Detail::Amount, "amount_fen"),
    (Detail::Discount, "discount_fen"),
    (Detail::Duration, "duration_s"),
    (Detail::SplitPlatform, "split_platform_fen"),
    (Detail::SplitMerchant, "split_merchant_fen"),
    (Detail::SplitAgent, "split_agent_fen"),
    (Detail::Alarms, "alarms"),
];

/// A name that is out of its range has none; such a value is never made.
const NAMELESS: &str = "";

fn at(names: &'static [&'static str], number: u8) -> &'static str {
    names.get(usize::from(number)).copied().unwrap_or(NAMELESS)
}

impl Detail {
    /// Orders that began that way.
    pub fn source(source: OrderSource) -> Self {
        Self::Source(place_of(source))
    }

    /// What they come to.
    pub fn source_amount(source: OrderSource) -> Self {
        Self::SourceAmount(place_of(source))
    }

    /// Orders of that mode.
    pub fn mode(mode: ChargeMode) -> Self {
        Self::Mode(code_of(mode.code()))
    }

    /// What they come to.
    pub fn mode_amount(mode: ChargeMode) -> Self {
        Self::ModeAmount(code_of(mode.code()))
    }

    /// Orders that ended for that reason.
    pub fn reason(reason: EndReason) -> Self {
        Self::Reason(code_of(reason.code()))
    }

    /// Its name where it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour(hour) => at(&HOURS, hour),
            Self::Source(place) => at(&SOURCES, place),
            Self::SourceAmount(place) => at(&SOURCE_AMOUNTS, place),
            Self::Mode(code) => at(&MODES, code),
            Self::ModeAmount(code) => at(&MODE_AMOUNTS, code),
            Self::Reason(code) => at(&REASONS, code),
            Self::Period(kind) => at(&PERIOD_NAMES, kind),
            simple => SIMPLE
                .iter()
                .find(|(known, _)| *known == simple)
                .map_or(NAMELESS, |(_, name)| name),
        }
    }

    /// The detail of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let simple = SIMPLE.iter().find(|(_, known)| *known == name);
        if let Some((detail, _)) = simple {
            return Some(*detail);
        }
        let (kind, number) = name.split_once('.')?;
        let number: u8 = number.parse().ok()?;
        let detail = match kind {
            "hour" => Self::Hour(number),
            "source" => Self::Source(number),
            "source_fen" => Self::SourceAmount(number),
            "mode" => Self::Mode(number),
            "mode_fen" => Self::ModeAmount(number),
            "reason" => Self::Reason(number),
            "period" => Self::Period(number),
            _ => return None,
        };
        (detail.as_str() == name).then_some(detail)
    }
}

fn place_of(source: OrderSource) -> u8 {
    let place = OrderSource::ALL.iter().position(|known| *known == source);
    place
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or_default()
}

fn code_of(code: i16) -> u8 {
    u8::try_from(code).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Detail;
    use crate::order::OrderSource;
    use device::{ChargeMode, EndReason};

    #[test]
    fn every_name_comes_back() {
        let sources = OrderSource::ALL.into_iter();
        let sources = sources.flat_map(|one| [Detail::source(one), Detail::source_amount(one)]);
        let modes = (1..=4).filter_map(ChargeMode::from_code);
        let modes = modes.flat_map(|one| [Detail::mode(one), Detail::mode_amount(one)]);
        let reasons = (0..=16)
            .filter_map(EndReason::from_code)
            .map(Detail::reason);
        let hours = (0..24).map(Detail::Hour);
        let periods = (0..5).map(Detail::Period);
        let simple = super::SIMPLE.iter().map(|(detail, _)| *detail);
        let all = sources.chain(modes).chain(reasons);
        let mut names = 0;
        for detail in all.chain(hours).chain(periods).chain(simple) {
            assert!(!detail.as_str().is_empty(), "{detail:?}");
            assert_eq!(Detail::parse(detail.as_str()), Some(detail));
            names += 1;
        }
        assert_eq!(names, 14 + 8 + 17 + 24 + 5 + 10);
        for unknown in ["hour.24", "source.7", "reason.017", "", "hour", "x.1"] {
            assert_eq!(Detail::parse(unknown), None, "{unknown}");
        }
    }
}
