//! Analytics (数据分析): tables by the hour, day, week or month out of what is counted, and the
//! questions about people, failures and debts that are asked of the orders themselves.

mod finance;
mod members;
mod operation;
mod orders;
mod quality;

pub use finance::FinanceStep;
pub use members::{ConversionStep, MemberStep, RetentionStep};
pub use operation::{AreaLevel, AreaSum, StationSum};
pub use orders::{GroupBy, HeatCell, OrderGroup};
pub use store::analytics::{Active, Cohort, Conversion, Failed, Owed, RfmClass};

use crate::kpi::{Cut, StepQuery};
use crate::{App, AppError};
use domain::day::Day;
use kernel::Timestamp;
use std::time::Duration;
use store::analytics::At;

/// Longest time that orders are asked about one by one.
const SPAN_MAX: Duration = Duration::from_hours(24 * 400);

impl Cut {
    /// Where, for questions about orders.
    pub(crate) fn at(&self) -> At<'_> {
        if self.whole {
            At::Anywhere
        } else {
            At::Stations(&self.chosen.stations)
        }
    }
}

/// The days that a time touches.
fn whole_days((from, to): (Timestamp, Timestamp)) -> (Timestamp, Timestamp) {
    let last = Day::of(Timestamp(to.0.saturating_sub(1)));
    (Day::of(from).begins(), last.next().begins())
}

impl App {
    /// The whole time of a question that reads orders one by one.
    fn bounded_span(&self, query: &StepQuery) -> Result<(Timestamp, Timestamp), AppError> {
        let (from, to) = query.span(self.now())?;
        if to.since(from) > SPAN_MAX {
            return Err(AppError::Invalid {
                field: "from".to_owned(),
                problem: "must lie within 400 days of to".to_owned(),
            });
        }
        Ok((from, to))
    }
}
