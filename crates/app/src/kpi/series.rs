//! Tables of figures by the hour, day, week or month: what is stored of the past, and the present
//! day counted anew.

use super::reading::{Chosen, KpiQuery, just_after};
use super::roll::{hour_of, month_of};
use super::today::{Fresh, without_live};
use crate::{App, AppError};
use domain::data_scope::area_prefix;
use domain::day::Day;
use domain::kpi::{Counts, Figure};
use domain::org::{OrgType, Scope};
use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::kpis::{self, Place, Span, Tally};

/// Most rows of one table.
const STEPS_MAX: usize = 1100;
const HOUR: Duration = Duration::from_hours(1);

/// How far the rows of a table are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// An hour; kept for 92 days.
    Hour,
    /// A day in Shanghai.
    Day,
    /// Seven days, from Monday on.
    Week,
    /// A month in Shanghai.
    Month,
}

impl Granularity {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// When the step of an instant begins.
    pub fn begin(self, at: Timestamp) -> Timestamp {
        let day = Day::of(at);
        match self {
            Self::Hour => hour_of(at),
            Self::Day => day.begins(),
            Self::Week => day.before(weekday(day)).begins(),
            Self::Month => month_of(day).0.begins(),
        }
    }

    /// When the next one begins.
    pub fn next(self, begin: Timestamp) -> Timestamp {
        let day = Day::of(begin);
        match self {
            Self::Hour => begin + HOUR,
            Self::Day => day.next().begins(),
            Self::Week => day.before(-7).begins(),
            Self::Month => month_of(day).1.begins(),
        }
    }

    /// Where a table begins that says nothing else.
    fn usual(self, to: Timestamp) -> Timestamp {
        let day = Day::of(to);
        match self {
            Self::Hour => to - HOUR * 23,
            Self::Day => day.before(29).begins(),
            Self::Week => day.before(11 * 7).begins(),
            Self::Month => day.before(335).begins(),
        }
    }
}

/// 0 for Monday.
pub(crate) fn weekday(day: Day) -> i64 {
    // The first of January 1970 was a Thursday.
    (day.since(Day::of(Timestamp(0))) + 3).rem_euclid(7)
}

/// Which part of the business is looked at.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// Of this station, of this organisation, of what may be seen.
    pub of: KpiQuery,
    /// In this area only: six digits, of which zeros at the end stand for everything below.
    pub area: Option<String>,
}

impl Slice {
    /// What tells it from other slices.
    pub(crate) fn key(&self) -> String {
        format!("{self:?}")
    }
}

/// A slice with its stations.
pub(crate) struct Cut {
    pub(crate) chosen: Chosen,
    /// What narrows lists to the same rows.
    pub(crate) scope: Scope,
    /// Its stations that are still there.
    pub(crate) places: Vec<Place>,
    /// Nothing is left out.
    pub(crate) whole: bool,
}

impl Cut {
    /// Whether a device at that station belongs to it.
    pub(crate) fn has(&self, station: Option<i64>) -> bool {
        self.chosen.stations.contains(&station.unwrap_or(0))
    }
}

/// Which rows a table has.
#[derive(Clone, Debug)]
pub struct StepQuery {
    /// Which part of the business.
    pub slice: Slice,
    /// How far rows are apart.
    pub granularity: Granularity,
    /// From the step of this instant on.
    pub from: Option<Timestamp>,
    /// Until this instant; now when absent.
    pub to: Option<Timestamp>,
}

/// A row of a table.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it begins.
    pub at: Timestamp,
    /// When the next one begins.
    pub until: Timestamp,
    /// What was counted.
    pub counts: Tally,
}

impl Step {
    /// What was counted of a figure.
    pub fn of(&self, figure: impl Into<Figure>) -> Counts {
        self.counts.get(&figure.into()).copied().unwrap_or_default()
    }

    /// The sum of a figure.
    pub fn sum(&self, figure: impl Into<Figure>) -> u64 {
        self.of(figure).part
    }
}

fn invalid(field: &str, problem: String) -> AppError {
    AppError::Invalid {
        field: field.to_owned(),
        problem,
    }
}

impl StepQuery {
    /// Beginning and end of every row.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the time ends before it begins, or has more than 1100 rows.
    pub(crate) fn steps(&self, now: Timestamp) -> Result<Vec<(Timestamp, Timestamp)>, AppError> {
        let to = self.to.unwrap_or_else(|| just_after(now));
        let from = self.from.unwrap_or_else(|| self.granularity.usual(to));
        if to <= from {
            return Err(invalid("to", "must be after from".to_owned()));
        }
        let mut steps = Vec::new();
        let mut at = self.granularity.begin(from);
        while at < to {
            let next = self.granularity.next(at);
            steps.push((at, next));
            if steps.len() > STEPS_MAX {
                let step = self.granularity.as_str();
                return Err(invalid(
                    "from",
                    format!("gives more than {STEPS_MAX} rows by the {step}"),
                ));
            }
            at = next;
        }
        Ok(steps)
    }

    /// The whole time of its rows.
    ///
    /// # Errors
    /// As [`StepQuery::steps`].
    pub(crate) fn span(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), AppError> {
        let steps = self.steps(now)?;
        let first = steps.first().map_or(now, |(at, _)| *at);
        let last = steps.last().map_or(now, |(_, until)| *until);
        Ok((first, last))
    }
}

impl App {
    /// The stations of a slice.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a station, organisation or area that is not there, or not seen;
    /// [`AppError::Invalid`] for an area that is no code.
    pub(crate) async fn cut(&self, slice: &Slice) -> Result<Cut, AppError> {
        let mut view = self.db.view().await?;
        let places = kpis::places(view.conn()).await?;
        drop(view);
        let mut chosen = self.chosen_among(&slice.of, &places).await?;
        if let Some(area) = &slice.area {
            if area.len() != 6 || !area.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(invalid("area_code", "must have six digits".to_owned()));
            }
            let prefix = area_prefix(area);
            let inside = places.iter().filter(|place| {
                let code = place.area_code.as_deref();
                code.is_some_and(|code| code.starts_with(prefix))
            });
            let inside: BTreeSet<i64> = inside.map(|place| place.id).collect();
            chosen = Chosen::stations(&chosen.stations & &inside);
        }
        let by_station = slice.of.station.is_some() || slice.area.is_some();
        let scope = match (&slice.of.scope, slice.of.org) {
            (Scope::Narrowed(_), _) => None,
            _ if by_station => None,
            (scope, None) => Some(scope.clone()),
            (_, Some(org)) => {
                let mut view = self.db.view().await?;
                let found = store::orgs::find(view.conn(), org).await?;
                let found = found.ok_or(AppError::NotFound("organisation"))?;
                Some(Scope::of(found.kind, &found.path))
            }
        };
        let limit = || {
            let ids = chosen.stations.iter().copied().filter(|id| *id > 0);
            Scope::narrowed(
                OrgType::Platform,
                domain::org::PLATFORM_PATH,
                BTreeSet::new(),
                Some(ids.collect()),
            )
        };
        let scope = scope.unwrap_or_else(limit);
        let mut places = places;
        places.retain(|place| place.there && chosen.stations.contains(&place.id));
        Ok(Cut {
            whole: scope == Scope::Everything,
            chosen,
            scope,
            places,
        })
    }

    /// The rows of a table of figures, the oldest first; each step has one.
    ///
    /// # Errors
    /// As [`App::kpi_table`]; [`AppError::Invalid`] when the time ends before it begins, or has
    /// more than 1100 rows.
    pub async fn figure_steps(&self, query: &StepQuery) -> Result<Vec<Step>, AppError> {
        let cut = self.cut(&query.slice).await?;
        self.steps_of(&cut, query, Fresh::Now).await
    }

    pub(crate) async fn steps_of(
        &self,
        cut: &Cut,
        query: &StepQuery,
        fresh: Fresh,
    ) -> Result<Vec<Step>, AppError> {
        let steps = query.steps(self.now())?;
        let (Some((from, _)), Some((_, to))) = (steps.first(), steps.last()) else {
            return Ok(Vec::new());
        };
        let parts = self
            .parts_of(cut, query.granularity, (*from, *to), fresh)
            .await?;
        let rows = steps.iter().map(|(at, until)| {
            let mut counts = Tally::new();
            for (_, tally) in parts.range(*at..*until) {
                kpis::add_all(&mut counts, tally);
            }
            Step {
                at: *at,
                until: *until,
                counts,
            }
        });
        Ok(rows.collect())
    }

    /// What was counted by the hour, day or month, whatever adds up to the steps; live figures of
    /// what is not final are counted anew.
    pub(crate) async fn parts_of(
        &self,
        cut: &Cut,
        granularity: Granularity,
        (from, to): (Timestamp, Timestamp),
        fresh: Fresh,
    ) -> Result<BTreeMap<Timestamp, Tally>, AppError> {
        let live = self.today(fresh).await?;
        let periods = self.periods_of_today(fresh).await?;
        let hourly = granularity == Granularity::Hour;
        let span = if hourly { Span::Hour } else { Span::Day };
        // Whole months that are final are read as such.
        let months_until = match granularity {
            Granularity::Month => Granularity::Month.begin(live.from).clamp(from, to),
            _ => from,
        };
        let mut parts: BTreeMap<Timestamp, Tally> = BTreeMap::new();
        if months_until > from {
            let months = self
                .kpi_points(&cut.chosen, Span::Month, from, months_until)
                .await?;
            parts.extend(months.into_iter().map(|point| (point.at, point.counts)));
        }
        let stored = self.kpi_points(&cut.chosen, span, months_until, to).await?;
        for point in stored {
            let mut counts = point.counts;
            if point.at >= live.from {
                without_live(&mut counts);
            }
            parts.insert(point.at, counts);
        }
        let anew = [&live, &periods].map(|live| live.by_hour(&cut.chosen.stations));
        for (hour, tally) in anew.into_iter().flatten() {
            let at = if hourly { hour } else { Day::of(hour).begins() };
            if at >= months_until && at < to {
                kpis::add_all(parts.entry(at).or_default(), &tally);
            }
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::{Granularity, Slice, StepQuery, weekday};
    use domain::day::Day;
    use kernel::Timestamp;

    fn at(civil: [u16; 6]) -> Timestamp {
        Timestamp::from_shanghai(civil).expect("a time")
    }

    #[test]
    fn weeks_begin_on_monday() {
        let monday = Day::parse("2026-11-16").expect("a day");
        let sunday = Day::parse("2026-11-22").expect("a day");
        assert_eq!((weekday(monday), weekday(sunday)), (0, 6));
        let week = Granularity::Week;
        assert_eq!(week.begin(at([2026, 11, 22, 23, 59, 59])), monday.begins());
        assert_eq!(week.next(monday.begins()), sunday.next().begins());
    }

    #[test]
    fn rows_cover_the_time_and_are_bounded() {
        let query = |granularity, from, to| StepQuery {
            slice: Slice::default(),
            granularity,
            from: Some(from),
            to: Some(to),
        };
        let now = at([2026, 3, 15, 12, 0, 0]);
        let from = at([2025, 12, 31, 23, 30, 0]);
        let steps = query(Granularity::Month, from, now).steps(now);
        let steps = steps.expect("rows");
        let begins: Vec<_> = steps
            .iter()
            .map(|(at, _)| Day::of(*at).to_string())
            .collect();
        assert_eq!(
            begins,
            ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"]
        );
        assert!(steps.windows(2).all(|pair| pair[0].1 == pair[1].0));
        let hours = query(Granularity::Hour, from, now).steps(now);
        assert!(hours.is_err(), "more than can be read");
        assert!(query(Granularity::Day, now, from).steps(now).is_err());
    }
}
