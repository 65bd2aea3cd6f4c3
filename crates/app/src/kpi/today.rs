//! The present day, and what has not been rolled up yet, counted out of the orders themselves: what
//! tables show is what lists show at the same moment.

use super::roll::{ROLLED, hour_of};
use crate::{App, AppError};
use domain::day::Day;
use domain::kpi::{Business, Figure};
use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::kpis::{self, Hours, Tally};
use store::settings;
use tokio::sync::Mutex;

/// Further back is never counted at once: the rollers count it.
const BACK_DAYS: i64 = 31;
/// Bills are read one by one: not more often than that.
const PERIODS_EVERY: Duration = Duration::from_mins(5);

/// How old an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fresh {
    /// As it is now.
    Now,
    /// Up to so old.
    Within(Duration),
}

/// Counts of the present day, and of days that nobody has rolled up.
#[derive(Debug, Default)]
pub(crate) struct Today {
    counted: Mutex<Option<Arc<Live>>>,
    periods: Mutex<Option<Arc<Live>>>,
}

/// What was counted, from the beginning of a day to a moment.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) from: Timestamp,
    at: Timestamp,
    hours: Hours,
}

/// Whether a figure is counted anew for the present day; the others are as old as the last roll-up,
/// which is minutes.
fn is_live(figure: Figure) -> bool {
    match figure {
        Figure::Kpi(_) => false,
        Figure::Business(sum) => matches!(
            sum,
            Business::Energy
                | Business::Orders
                | Business::Electricity
                | Business::Service
                | Business::Occupancy
                | Business::Recharge
                | Business::Refund
                | Business::MembersNew
        ),
        Figure::Detail(_) => true,
    }
}

impl Live {
    fn serves(&self, now: Timestamp, from: Timestamp, most: Duration) -> bool {
        self.from == from && self.at <= now && now.since(self.at) < most
    }

    /// What some stations have by the hour.
    pub(crate) fn by_hour(&self, stations: &BTreeSet<i64>) -> BTreeMap<Timestamp, Tally> {
        let mut hours = BTreeMap::new();
        for (hour, found) in &self.hours {
            let mut sum = Tally::new();
            for (station, tally) in found {
                if stations.contains(station) {
                    kpis::add_all(&mut sum, tally);
                }
            }
            sum.retain(|figure, _| is_live(*figure));
            hours.insert(*hour, sum);
        }
        hours
    }

    /// What every station has from one instant to another.
    pub(crate) fn by_station(&self, from: Timestamp, until: Timestamp) -> BTreeMap<i64, Tally> {
        let mut all: BTreeMap<i64, Tally> = BTreeMap::new();
        for found in self
            .hours
            .range(from..until.max(from))
            .map(|(_, found)| found)
        {
            for (station, tally) in found {
                kpis::add_all(all.entry(*station).or_default(), tally);
            }
        }
        for tally in all.values_mut() {
            tally.retain(|figure, _| is_live(*figure));
        }
        all
    }
}

impl App {
    /// From when on days are not final: the present day's beginning, or an earlier one when the
    /// rollers have fallen behind.
    async fn live_from(&self) -> Result<Timestamp, AppError> {
        let now = self.now();
        let mut view = self.db.view().await?;
        let stored = settings::get(view.conn(), ROLLED).await?;
        let rolled = stored.as_ref().and_then(|value| value["hour"].as_i64());
        let rolled = match rolled {
            Some(hour) => Timestamp(hour),
            None => kpis::oldest(view.conn()).await?.unwrap_or(now),
        };
        let today = Day::of(now);
        let from = Day::of(hour_of(rolled.min(now)));
        Ok(from.max(today.before(BACK_DAYS)).begins())
    }

    /// The present day's counts of orders and money.
    pub(crate) async fn today(&self, fresh: Fresh) -> Result<Arc<Live>, AppError> {
        let from = self.live_from().await?;
        let mut kept = self.today.counted.lock().await;
        let now = self.now();
        if let (Fresh::Within(most), Some(live)) = (fresh, kept.as_ref())
            && live.serves(now, from, most)
        {
            return Ok(live.clone());
        }
        let mut view = self.db.view().await?;
        let hours = kpis::by_hour(view.conn(), from, Timestamp(now.0.saturating_add(1))).await?;
        let live = Arc::new(Live {
            from,
            at: now,
            hours,
        });
        *kept = Some(live.clone());
        Ok(live)
    }

    /// The present day's energy by price, out of its bills; up to five minutes old unless it has to
    /// be fresh.
    pub(crate) async fn periods_of_today(&self, fresh: Fresh) -> Result<Arc<Live>, AppError> {
        let from = self.live_from().await?;
        let mut kept = self.today.periods.lock().await;
        let now = self.now();
        if let (Fresh::Within(_), Some(live)) = (fresh, kept.as_ref())
            && live.serves(now, from, PERIODS_EVERY)
        {
            return Ok(live.clone());
        }
        let mut view = self.db.view().await?;
        let hours = kpis::periods(view.conn(), from, Timestamp(now.0.saturating_add(1))).await?;
        let live = Arc::new(Live {
            from,
            at: now,
            hours,
        });
        *kept = Some(live.clone());
        Ok(live)
    }
}

/// Takes from what is stored what is counted anew.
pub(crate) fn without_live(tally: &mut Tally) {
    tally.retain(|figure, _| !is_live(*figure));
}
