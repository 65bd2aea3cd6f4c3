//! The big screen (数据大屏): what it shows is what lists and reports say, out of the same queries,
//! and is kept for as long as a widget is shown before it is drawn anew.

mod board;
mod charts;
mod now;
mod places;
mod rows;
mod tokens;

pub(crate) use board::ScreenBoard;
pub use charts::{
    ChargingChart, ChargingDay, LoadChart, MemberDay, MembersChart, PeriodDay, PeriodsChart,
    RankPeriod, Ranking, RechargeChart, RechargeDay, Standing,
};
pub(crate) use now::revenue;
pub use now::{Counters, PileType, PortCounts};
pub use places::{ScreenMap, StationDot};
pub use rows::{Gauge, LiveOrder, LiveOrders, ScreenAlarm, ScreenAlarms};
pub use tokens::{NewScreenToken, ScreenTokenMade};
