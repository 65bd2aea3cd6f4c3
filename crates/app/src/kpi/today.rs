//! The present day, and what has not been rolled up yet, counted out of the orders themselves: what
//! tables show is what lists show at the same moment. An hour that is over is counted again only
//! when somebody changed it.

use super::people::Counted;
use super::roll::{HOUR, ROLLED, hour_of};
use crate::{App, AppError};
use domain::day::Day;
use domain::kpi::{Business, Figure};
use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::kpis::{self, Hours, Mark, Tally};
use store::settings;
use tokio::sync::Mutex;

/// Further back is never counted at once: the rollers count it.
const BACK_DAYS: i64 = 31;
/// Bills are read one by one: not more often than that.
const PERIODS_EVERY: Duration = Duration::from_mins(5);
/// What a transaction writes of an hour may become visible so long after its end.
pub(super) const GRACE: Duration = Duration::from_mins(5);

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
    counted: Mutex<Arc<Live>>,
    periods: Mutex<Arc<Live>>,
    /// Who charged in times that are over.
    pub(super) people: Mutex<Counted>,
    /// Held by whoever writes hours: one counts while the others wait for what he finds.
    pub(super) rolling: Mutex<()>,
}

/// What was counted, from the beginning of a day to a moment.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) from: Timestamp,
    /// None when something is missing.
    at: Option<Timestamp>,
    hours: CountedHours,
}

type CountedHours = BTreeMap<Timestamp, Arc<Hour>>;

/// Hours without gaps: when the first begins, when the last ends.
type Stretch = (Timestamp, Timestamp);

/// What was counted of an hour.
#[derive(Debug)]
struct Hour {
    stations: BTreeMap<i64, Tally>,
    /// All stations together.
    all: Tally,
    /// What was known of its changes just before it was counted.
    mark: Option<Mark>,
    /// Whether all that would be written of it in time was there.
    complete: bool,
}

/// Whether a figure is counted anew for the present day; the others are as old as the last roll-up,
/// which is minutes.
pub(super) fn is_live(figure: Figure) -> bool {
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

impl Hour {
    fn of(mut stations: BTreeMap<i64, Tally>, mark: Option<Mark>, complete: bool) -> Self {
        let mut all = Tally::new();
        for tally in stations.values_mut() {
            tally.retain(|figure, _| is_live(*figure));
            kpis::add_all(&mut all, tally);
        }
        Self {
            stations,
            all,
            mark,
            complete,
        }
    }
}

impl Live {
    fn serves(&self, now: Timestamp, from: Timestamp, most: Duration) -> bool {
        let young = |at: Timestamp| at <= now && now.since(at) < most;
        self.from == from && self.at.is_some_and(young)
    }

    /// The hours that have to be counted, as stretches without gaps; and those that stay as they
    /// are.
    fn due(
        &self,
        from: Timestamp,
        now: Timestamp,
        marks: &BTreeMap<Timestamp, Mark>,
    ) -> (Vec<Stretch>, CountedHours) {
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut kept = CountedHours::new();
        // After the clock was set back the past is another one.
        let forward = self.at <= Some(now);
        let mut hour = from;
        while hour <= now {
            let next = hour + HOUR;
            let known = self.hours.get(&hour).filter(|known| {
                forward && known.complete && known.mark.as_ref() == marks.get(&hour)
            });
            match (known, stretches.last_mut()) {
                (Some(known), _) => {
                    kept.insert(hour, known.clone());
                }
                (None, Some((_, end))) if *end == hour => *end = next,
                (None, _) => stretches.push((hour, next)),
            }
            hour = next;
        }
        (stretches, kept)
    }

    /// What some stations have by the hour.
    pub(crate) fn by_hour(&self, stations: &BTreeSet<i64>) -> BTreeMap<Timestamp, Tally> {
        let hours = self.hours.iter().map(|(at, hour)| {
            if hour.stations.keys().all(|id| stations.contains(id)) {
                return (*at, hour.all.clone());
            }
            let mut sum = Tally::new();
            for (_, tally) in hour.stations.iter().filter(|(id, _)| stations.contains(id)) {
                kpis::add_all(&mut sum, tally);
            }
            (*at, sum)
        });
        hours.collect()
    }

    /// What every station has from one instant to another.
    pub(crate) fn by_station(&self, from: Timestamp, until: Timestamp) -> BTreeMap<i64, Tally> {
        let mut all: BTreeMap<i64, Tally> = BTreeMap::new();
        for hour in self
            .hours
            .range(from..until.max(from))
            .map(|(_, hour)| hour)
        {
            for (station, tally) in &hour.stations {
                kpis::add_all(all.entry(*station).or_default(), tally);
            }
        }
        all
    }
}

impl Today {
    /// Forgets hours: what is known of their changes is about to be taken away.
    pub(super) async fn forget(&self, hours: &BTreeSet<Timestamp>) {
        for kept in [&self.counted, &self.periods] {
            let mut kept = kept.lock().await;
            let left = kept.hours.iter().filter(|(at, _)| !hours.contains(at));
            let left = Live {
                hours: left.map(|(at, hour)| (*at, hour.clone())).collect(),
                // Whoever may have something older has to count what is missing.
                at: None,
                from: kept.from,
            };
            *kept = Arc::new(left);
        }
        self.people.lock().await.forget(hours);
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

    /// Until when what is stored of days is what it will be; days that somebody changed since they
    /// were written are written anew first.
    pub(super) async fn final_until(&self) -> Result<Timestamp, AppError> {
        let from = self.live_from().await?;
        Box::pin(self.roll_changed_before(from)).await?;
        Ok(from)
    }

    /// The present day's counts of orders and money. When they have to be fresh, days before it
    /// that somebody changed since they were written are written anew first.
    pub(crate) async fn today(&self, fresh: Fresh) -> Result<Arc<Live>, AppError> {
        let from = match fresh {
            Fresh::Now => self.final_until().await?,
            Fresh::Within(_) => self.live_from().await?,
        };
        let mut kept = self.today.counted.lock().await;
        let now = self.now();
        if let Fresh::Within(most) = fresh
            && kept.serves(now, from, most)
        {
            return Ok(kept.clone());
        }
        let live = self.counted_anew(&kept, from, now, What::Orders).await?;
        *kept = Arc::new(live);
        Ok(kept.clone())
    }

    /// The present day's energy by price, out of its bills; up to five minutes old unless it has to
    /// be fresh.
    pub(crate) async fn periods_of_today(&self, fresh: Fresh) -> Result<Arc<Live>, AppError> {
        let from = self.live_from().await?;
        let mut kept = self.today.periods.lock().await;
        let now = self.now();
        if let Fresh::Within(_) = fresh
            && kept.serves(now, from, PERIODS_EVERY)
        {
            return Ok(kept.clone());
        }
        let live = self.counted_anew(&kept, from, now, What::Periods).await?;
        *kept = Arc::new(live);
        Ok(kept.clone())
    }

    async fn counted_anew(
        &self,
        kept: &Live,
        from: Timestamp,
        now: Timestamp,
        what: What,
    ) -> Result<Live, AppError> {
        let mut view = self.db.view().await?;
        // Before the facts: what changes in between is seen again next time.
        let marks = kpis::marks(view.conn()).await?;
        let (due, mut hours) = kept.due(from, now, &marks);
        let just_after = Timestamp(now.0.saturating_add(1));
        for (begin, end) in due {
            let end_of_facts = end.min(just_after);
            let mut found: Hours = match what {
                What::Orders => kpis::by_hour(view.conn(), begin, end_of_facts).await?,
                What::Periods => kpis::periods(view.conn(), begin, end_of_facts).await?,
            };
            let mut hour = begin;
            while hour < end {
                let stations = found.remove(&hour).unwrap_or_default();
                let complete = hour + HOUR + GRACE <= now;
                let counted = Hour::of(stations, marks.get(&hour).copied(), complete);
                hours.insert(hour, Arc::new(counted));
                hour = hour + HOUR;
            }
        }
        Ok(Live {
            from,
            at: Some(now),
            hours,
        })
    }
}

/// What is counted of the present day.
#[derive(Clone, Copy, Debug)]
enum What {
    /// Orders, money, people.
    Orders,
    /// Energy by price.
    Periods,
}

/// Takes from what is stored what is counted anew.
pub(crate) fn without_live(tally: &mut Tally) {
    tally.retain(|figure, _| !is_live(*figure));
}

#[cfg(test)]
mod tests {
    use super::{GRACE, HOUR, Hour, Live};
    use kernel::Timestamp;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    const BEGIN: Timestamp = Timestamp(1_729_353_600_000);

    fn at(hours: u32) -> Timestamp {
        BEGIN + HOUR * hours
    }

    fn live(counted_at: Timestamp, hours: u32) -> Live {
        let known = |hour: u32| {
            let complete = at(hour + 1) + GRACE <= counted_at;
            (
                at(hour),
                Arc::new(Hour::of(BTreeMap::new(), None, complete)),
            )
        };
        Live {
            from: BEGIN,
            at: Some(counted_at),
            hours: (0..hours).map(known).collect(),
        }
    }

    #[test]
    fn hours_are_counted_again_only_when_they_may_be_others() {
        let marks = BTreeMap::new();
        let due = |live: &Live, from, now| live.due(from, now, &marks).0;
        let never = Live::default();
        assert_eq!(due(&never, BEGIN, at(3)), [(at(0), at(4))], "all at once");
        // Counted at ten past three: two is complete, three is not.
        let known = live(at(3) + GRACE * 2, 4);
        assert_eq!(due(&known, BEGIN, at(3) + GRACE * 3), [(at(3), at(4))]);
        assert_eq!(due(&known, BEGIN, at(5)), [(at(3), at(6))]);
        // Counted a minute past three: what was written of two may have become visible since.
        let early = live(at(3) + GRACE / 5, 4);
        assert_eq!(due(&early, BEGIN, at(3) + GRACE), [(at(2), at(4))]);
        // The rollers fell behind: a day before it is counted too.
        let before = Timestamp(BEGIN.0 - 3_600_000);
        assert_eq!(
            due(&known, before, at(3) + GRACE * 2),
            [(before, at(0)), (at(3), at(4))]
        );
        // Somebody set the clock back.
        assert_eq!(due(&known, BEGIN, at(1)), [(at(0), at(2))]);
    }
}
