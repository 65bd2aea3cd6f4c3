//! Who charged, by step: people do not add up, so that each step is asked for by itself. Days that
//! are over are stored; other times that are over are remembered until somebody changes them.

use super::today::GRACE;
use super::{Cut, Granularity};
use crate::{App, AppError};
use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use store::analytics::{self, Active};
use store::kpis::{self, Mark};
use store::member_days;

/// Parts of the business that are remembered.
const SLICES_MAX: usize = 200;
/// Times of each.
const TIMES_MAX: usize = 2200;

type Time = (Timestamp, Timestamp);

/// Who charged in times that are over, by the part of the business.
#[derive(Debug, Default)]
pub(crate) struct Counted(BTreeMap<String, BTreeMap<Time, (Option<Mark>, Active)>>);

impl Counted {
    fn get(&self, slice: &str, time: Time, mark: Option<Mark>) -> Option<Active> {
        let (known, active) = self.0.get(slice)?.get(&time)?;
        (*known == mark).then_some(*active)
    }

    fn put(&mut self, slice: &str, time: Time, found: (Option<Mark>, Active)) {
        if self.0.len() >= SLICES_MAX && !self.0.contains_key(slice) {
            self.0.clear();
        }
        let times = self.0.entry(slice.to_owned()).or_default();
        if times.len() >= TIMES_MAX {
            times.clear();
        }
        times.insert(time, found);
    }

    /// Forgets whatever has one of these hours.
    pub(super) fn forget(&mut self, hours: &BTreeSet<Timestamp>) {
        for times in self.0.values_mut() {
            times.retain(|(from, to), _| hours.range(*from..*to).next().is_none());
        }
    }
}

impl Cut {
    /// What tells its stations from those of others; `none` of everything.
    fn stations_key(&self) -> Option<String> {
        (!self.whole).then(|| format!("{:?}", self.chosen.stations))
    }

    /// Its only station.
    fn only_station(&self) -> Option<i64> {
        let mut stations = self.chosen.stations.iter();
        match (stations.next(), stations.next()) {
            (Some(one), None) => Some(*one),
            _ => None,
        }
    }
}

impl App {
    /// The members who charged in each of some steps, in the order of the steps.
    pub(crate) async fn active_members(
        &self,
        cut: &Cut,
        granularity: Granularity,
        steps: &[Time],
    ) -> Result<Vec<Active>, AppError> {
        let (Some((first, _)), Some((_, last))) = (steps.first(), steps.last()) else {
            return Ok(Vec::new());
        };
        let now = self.now();
        let final_until = self.final_until().await?;
        let mut view = self.db.view().await?;
        let station = cut.only_station();
        let days = if granularity == Granularity::Day && (cut.whole || station.is_some()) {
            let station = station.filter(|_| !cut.whole);
            let until = (*last).min(final_until);
            member_days::of(view.conn(), station, *first, until).await?
        } else {
            BTreeMap::new()
        };
        // Before the facts: what changes in between is seen again next time.
        let marks = kpis::marks(view.conn()).await?;
        let slice = cut.stations_key().unwrap_or_default();
        let mut found = Vec::with_capacity(steps.len());
        for (at, until) in steps {
            let time = (*at, *until);
            let mark = Mark::of(&marks, *at, *until);
            if mark.is_none()
                && let Some(day) = days.get(at)
            {
                found.push(*day);
                continue;
            }
            let known = self.today.people.lock().await.get(&slice, time, mark);
            if let Some(known) = known {
                found.push(known);
                continue;
            }
            let active = analytics::active(view.conn(), cut.at(), *at, *until).await?;
            if *until + GRACE <= now {
                let mut counted = self.today.people.lock().await;
                counted.put(&slice, time, (mark, active));
            }
            found.push(active);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, SLICES_MAX, TIMES_MAX};
    use kernel::Timestamp;
    use store::analytics::Active;

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_when_it_changes() {
        let mut counted = Counted::default();
        let at = |hour: i64| Timestamp(hour * 3_600_000);
        let active = Active {
            active: 3,
            ..Active::default()
        };
        counted.put("", (at(0), at(24)), (None, active));
        counted.put("", (at(24), at(48)), (None, active));
        assert_eq!(counted.get("", (at(0), at(24)), None), Some(active));
        assert_eq!(counted.get("", (at(0), at(23)), None), None);
        assert_eq!(counted.get("x", (at(0), at(24)), None), None);
        counted.forget(&[at(24)].into());
        assert_eq!(counted.get("", (at(0), at(24)), None), Some(active));
        assert_eq!(counted.get("", (at(24), at(48)), None), None);
        let most = i64::try_from(TIMES_MAX).expect("small");
        for hour in 0..most * 2 {
            counted.put("", (at(hour), at(hour + 1)), (None, active));
            assert!(counted.0[""].len() <= TIMES_MAX);
        }
        for slice in 0..SLICES_MAX * 2 {
            counted.put(&slice.to_string(), (at(0), at(1)), (None, active));
            assert!(counted.0.len() <= SLICES_MAX);
        }
    }
}
