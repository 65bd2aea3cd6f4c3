//! What stations draw together, by the quarter of an hour, today and yesterday.

use super::view::points;
use crate::{App, AppError};
use domain::day::Day;
use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;
use store::power_curves::{self, PowerChunk};

const QUARTER_MS: i64 = 900_000;
const DAY_QUARTERS: i64 = 96;
/// Minutes are written within ten of them; what is younger than this is read again.
const AGAIN: Duration = Duration::from_mins(30);
const CHUNK: Duration = Duration::from_mins(10);

/// Sums and numbers of minutes, by quarter since 1970 and station.
#[derive(Debug, Default)]
pub(crate) struct Quarters {
    read_until: Option<Timestamp>,
    sums: BTreeMap<i64, HashMap<i64, (i64, i64)>>,
}

/// The load of two days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DayLoads {
    /// Mean W of each quarter of today; none where nothing was measured.
    pub(crate) today: Vec<Option<i64>>,
    /// The same of yesterday.
    pub(crate) yesterday: Vec<Option<i64>>,
}

const fn quarter_of(at: Timestamp) -> i64 {
    at.0.div_euclid(QUARTER_MS)
}

impl Quarters {
    /// Takes chunks in place of everything from a quarter on.
    fn take(&mut self, first: i64, chunks: &[PowerChunk]) {
        self.sums.split_off(&first);
        for chunk in chunks {
            for point in points(chunk) {
                let quarter = quarter_of(point.at);
                if quarter >= first {
                    let stations = self.sums.entry(quarter).or_default();
                    let (sum, count) = stations.entry(chunk.object_id).or_default();
                    *sum += point.mean_w;
                    *count += 1;
                }
            }
        }
    }

    fn day(&self, day: Day, stations: &BTreeSet<i64>) -> Vec<Option<i64>> {
        let first = quarter_of(day.begins());
        let load = |quarter: i64| {
            let found = self.sums.get(&quarter)?;
            let measured = stations.iter().filter_map(|station| found.get(station));
            let means = measured.map(|(sum, count)| sum / count.max(&1));
            means.reduce(|one, two| one + two)
        };
        (first..first + DAY_QUARTERS).map(load).collect()
    }
}

impl App {
    /// What stations may draw, where somebody said it, W.
    pub(crate) fn capacities(&self) -> Vec<(i64, i64)> {
        let stations = self.power.stations.load();
        let stations = stations.iter();
        stations
            .map(|(id, power)| (*id, power.capacity_w))
            .collect()
    }

    /// What some stations draw and drew together: the mean of each quarter of an hour is the sum of
    /// the stations' means.
    pub(crate) async fn day_loads(&self, stations: &BTreeSet<i64>) -> Result<DayLoads, AppError> {
        let now = self.now();
        let (today, yesterday) = (Day::of(now), Day::of(now).before(1));
        let mut kept = self.power.quarters.lock().await;
        let begin = yesterday.begins();
        let last = kept.read_until.filter(|last| *last <= now);
        let from = last.map_or(begin, |last| (last - AGAIN).max(begin));
        let first = quarter_of(from);
        let from = Timestamp(first * QUARTER_MS);
        let unwritten = self.power.minutes.lock().unwritten_of_stations();
        let mut view = self.db.view().await?;
        let until = Timestamp(now.0.saturating_add(1));
        let mut chunks = power_curves::of_stations(view.conn(), from - CHUNK, until).await?;
        drop(view);
        let newer: HashSet<(i64, Timestamp)> = unwritten
            .iter()
            .map(|chunk| (chunk.object_id, chunk.from_at))
            .collect();
        chunks.retain(|chunk| !newer.contains(&(chunk.object_id, chunk.from_at)));
        chunks.extend(unwritten);
        kept.take(first, &chunks);
        kept.sums = kept.sums.split_off(&quarter_of(begin));
        kept.read_until = Some(now);
        Ok(DayLoads {
            today: kept.day(today, stations),
            yesterday: kept.day(yesterday, stations),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Quarters, quarter_of};
    use domain::day::Day;
    use kernel::Timestamp;
    use serde_json::json;
    use std::time::Duration;
    use store::power_curves::PowerChunk;

    #[test]
    fn quarters_are_sums_of_means_and_are_read_again() {
        let begin = Day::parse("2026-03-01").expect("a day").begins();
        let chunk = |station, at: Timestamp, means: serde_json::Value| PowerChunk {
            kind: "s".to_owned(),
            object_id: station,
            from_at: at,
            means,
            most_w: 0,
        };
        let mut quarters = Quarters::default();
        let second = begin + Duration::from_mins(10);
        let chunks = [
            chunk(1, begin, json!([100, 200, -1, -1, -1, -1, -1, -1, -1, -1])),
            chunk(1, second, json!([300, -1, -1, -1, -1, 700, -1, -1, -1, -1])),
            chunk(2, begin, json!([50, -1, -1, -1, -1, -1, -1, -1, -1, -1])),
        ];
        for _ in 0..2 {
            quarters.take(quarter_of(begin), &chunks);
        }
        let day = quarters.day(Day::of(begin), &[1, 2].into());
        assert_eq!(day.len(), 96);
        assert_eq!(day[..3], [Some(250), Some(700), None]);
        assert_eq!(
            quarters.day(Day::of(begin), &[2].into())[..2],
            [Some(50), None]
        );
        assert_eq!(quarters.day(Day::of(begin), &[].into())[0], None);
    }
}
