//! Business figures: sums that add up over hours and stations, and ratios of them.

use super::{Counts, Detail, Kpi};
use crate::text_enum::text_enum;
use std::fmt;

text_enum! {
    /// A sum that the operator's business is measured by; its count is in the part.
    Business {
        /// Energy of charges that ended, in 0.0001 kWh.
        Energy = "energy_e4",
        /// Charges that were completed.
        Orders = "orders",
        /// Electricity on their bills, fen.
        Electricity = "elec_fen",
        /// Service on their bills, fen.
        Service = "service_fen",
        /// What plugs left in came to, fen.
        Occupancy = "occupancy_fen",
        /// Paid into wallets, fen.
        Recharge = "recharge_fen",
        /// Given back, fen.
        Refund = "refund_fen",
        /// Members who came.
        MembersNew = "members_new",
        /// Members who charged; over several days each day counts them anew.
        MembersActive = "members_active",
        /// Those of them who had come before that day.
        MembersReturning = "members_returning",
        /// Seconds in which ports were in service.
        PortSeconds = "port_seconds",
    }
}

impl Business {
    /// Its names, Chinese and English.
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Energy => ("充电量（0.0001 kWh）", "Energy (0.0001 kWh)"),
            Self::Orders => ("完成订单数", "Completed orders"),
            Self::Electricity => ("电费收入（分）", "Electricity (fen)"),
            Self::Service => ("服务费收入（分）", "Service (fen)"),
            Self::Occupancy => ("占位费收入（分）", "Occupancy (fen)"),
            Self::Recharge => ("充值（分）", "Recharged (fen)"),
            Self::Refund => ("退款（分）", "Refunded (fen)"),
            Self::MembersNew => ("新增会员", "New members"),
            Self::MembersActive => ("活跃会员", "Active members"),
            Self::MembersReturning => ("回访会员", "Returning members"),
            Self::PortSeconds => ("端口在线时长（秒）", "Port seconds in service"),
        }
    }

    /// Whether it counts people, whose hours do not add up to a day: the same person charges in
    /// the morning and in the evening.
    pub const fn counts_people(self) -> bool {
        matches!(self, Self::MembersActive | Self::MembersReturning)
    }
}

text_enum! {
    /// A ratio of business figures.
    Ratio {
        /// Fen per active member and day.
        PerMember = "arpu_fen",
        /// Fen per kWh: electricity and service.
        PerKwh = "fen_per_kwh",
        /// Completed orders per port and day in service.
        PerPortDay = "orders_per_port_day",
    }
}

/// 0.0001 kWh in one kWh.
const E4: u64 = 10_000;
/// Seconds of a day.
const DAY_S: u64 = 86_400;

impl Ratio {
    /// Its names, Chinese and English.
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::PerMember => ("单客收入（分）", "Revenue per active member (fen)"),
            Self::PerKwh => ("度电收入（分/kWh）", "Revenue per kWh (fen)"),
            Self::PerPortDay => ("日均单桩订单数", "Orders per port and day"),
        }
    }

    /// What it is made of: its value is the part by the whole.
    pub fn counts(self, sum: impl Fn(Business) -> u64) -> Counts {
        let fees = sum(Business::Electricity).saturating_add(sum(Business::Service));
        match self {
            Self::PerMember => Counts {
                part: fees.saturating_add(sum(Business::Occupancy)),
                whole: sum(Business::MembersActive),
            },
            Self::PerKwh => Counts {
                part: fees.saturating_mul(E4),
                whole: sum(Business::Energy),
            },
            Self::PerPortDay => Counts {
                part: sum(Business::Orders).saturating_mul(DAY_S),
                whole: sum(Business::PortSeconds),
            },
        }
    }
}

/// Something that is counted by hour and station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// A key figure.
    Kpi(Kpi),
    /// A sum of the business.
    Business(Business),
    /// A count of orders by one of their marks.
    Detail(Detail),
}

impl Figure {
    /// Its name where it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kpi(kpi) => kpi.as_str(),
            Self::Business(sum) => sum.as_str(),
            Self::Detail(detail) => detail.as_str(),
        }
    }

    /// The figure of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let kpi = Kpi::parse(name).map(Self::Kpi);
        kpi.or_else(|| Business::parse(name).map(Self::Business))
            .or_else(|| Detail::parse(name).map(Self::Detail))
    }

    /// Whether its hours do not add up to a day.
    pub const fn counts_people(self) -> bool {
        match self {
            Self::Kpi(_) | Self::Detail(_) => false,
            Self::Business(sum) => sum.counts_people(),
        }
    }
}

impl From<Kpi> for Figure {
    fn from(kpi: Kpi) -> Self {
        Self::Kpi(kpi)
    }
}

impl From<Detail> for Figure {
    fn from(detail: Detail) -> Self {
        Self::Detail(detail)
    }
}

impl From<Business> for Figure {
    fn from(sum: Business) -> Self {
        Self::Business(sum)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Business, Figure, Ratio};
    use crate::kpi::{Counts, Kpi};

    #[test]
    fn names_of_figures_are_unique_and_come_back() {
        let kpis = Kpi::ALL.iter().copied().map(Figure::Kpi);
        let sums = Business::ALL.iter().copied().map(Figure::Business);
        for figure in kpis.chain(sums) {
            assert_eq!(Figure::parse(figure.as_str()), Some(figure));
        }
        assert_eq!(Figure::parse("x"), None);
    }

    #[test]
    fn ratios_are_made_of_sums() {
        // 523 kWh in 100 orders for 785 and 52 yuan, 40 members, two ports for a day.
        let sum = |of: Business| match of {
            Business::Energy => 5_230_000,
            Business::Orders => 100,
            Business::Electricity => 78_500,
            Business::Service => 5_200,
            Business::Occupancy => 300,
            Business::MembersActive => 40,
            Business::PortSeconds => 172_800,
            _ => 0,
        };
        let value = |ratio: Ratio| {
            let Counts { part, whole } = ratio.counts(sum);
            part * 1000 / whole
        };
        assert_eq!(value(Ratio::PerMember), 2_100_000, "21 yuan");
        assert_eq!(value(Ratio::PerKwh), 160_038, "1.60 yuan");
        assert_eq!(value(Ratio::PerPortDay), 50_000);
    }
}
