//! What of the key figures is shown.

use super::present::covers;
use super::roll::{hour_of, month_of, scope_of};
use crate::{App, AppError};
use domain::day::Day;
use domain::kpi::{Bounds, Figure, Kpi};
use domain::org::Scope;
use kernel::Timestamp;
use std::collections::BTreeSet;
use std::time::Duration;
use store::kpis::{self, Of, Place, Span, Tally};

/// How long figures are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The last sixty minutes.
    Hour,
    /// Today.
    Day,
    /// Today and the six days before.
    Week,
    /// Today and the 29 days before.
    Month,
    /// This month and the eleven before.
    Year,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// How far the points of a curve are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveStep {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
}

impl CurveStep {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Month];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        self.span().as_str()
    }

    const fn span(self) -> Span {
        match self {
            Self::Hour => Span::Hour,
            Self::Day => Span::Day,
            Self::Month => Span::Month,
        }
    }

    /// How far back a curve reaches that says nothing else.
    const fn usual(self) -> Duration {
        match self {
            Self::Hour => Duration::from_hours(48),
            Self::Day => Duration::from_hours(30 * 24),
            Self::Month => Duration::from_hours(366 * 24),
        }
    }
}

/// Whose figures are shown.
#[derive(Clone, Debug, Default)]
pub struct KpiQuery {
    /// Of this station only.
    pub station: Option<i64>,
    /// Of this organisation only, with all below it.
    pub org: Option<i64>,
    /// What whoever asks may see.
    pub scope: Scope,
}

/// Figures of a period.
#[derive(Clone, Debug)]
pub struct KpiTable {
    /// When the period begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// What was counted.
    pub counts: Tally,
}

/// A point of a curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// When its hour, day or month begins.
    pub at: Timestamp,
    /// What was counted.
    pub counts: Tally,
}

/// What is added up.
pub(crate) struct Chosen {
    pub(crate) of: Of,
    pub(crate) ids: BTreeSet<i64>,
    /// The stations of an organisation; 0, which is none, belongs to the platform.
    pub(crate) stations: BTreeSet<i64>,
}

impl App {
    /// The figures of a period.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a station or organisation that is not there, or not seen.
    pub async fn kpi_table(&self, query: &KpiQuery, period: Period) -> Result<KpiTable, AppError> {
        let chosen = self.chosen(query).await?;
        let now = self.now();
        if period == Period::Hour {
            return self.present_of(&chosen).await;
        }
        let today = Day::of(now);
        let from = match period {
            Period::Hour | Period::Day => today,
            Period::Week => today.before(6),
            Period::Month => today.before(29),
            Period::Year => eleven_months_before(today),
        };
        let from = from.begins();
        // The present month is not written as often as its days.
        let month = month_of(today).0.begins();
        let days = if period == Period::Year { month } else { from };
        let mut points = self
            .kpi_points(&chosen, Span::Day, days, just_after(now))
            .await?;
        if days > from {
            points.extend(self.kpi_points(&chosen, Span::Month, from, days).await?);
        }
        let mut counts = Tally::new();
        for point in &points {
            kpis::add_all(&mut counts, &point.counts);
        }
        Ok(KpiTable {
            from,
            to: now,
            counts,
        })
    }

    /// The points of a curve, the oldest first; hours without anything are left out.
    ///
    /// # Errors
    /// As [`App::kpi_table`]; [`AppError::Invalid`] when the time ends before it begins.
    pub async fn kpi_curve(
        &self,
        query: &KpiQuery,
        step: CurveStep,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<Point>, AppError> {
        let chosen = self.chosen(query).await?;
        let now = self.now();
        let to = to.unwrap_or_else(|| just_after(now));
        let from = from.unwrap_or_else(|| to - step.usual());
        if to <= from {
            return Err(AppError::Invalid {
                field: "to".to_owned(),
                problem: "must be after from".to_owned(),
            });
        }
        let begins = match step {
            CurveStep::Hour => hour_of(from),
            CurveStep::Day => Day::of(from).begins(),
            CurveStep::Month => month_of(Day::of(from)).0.begins(),
        };
        self.kpi_points(&chosen, step.span(), begins, to).await
    }

    /// The bounds of a figure that are in force.
    pub fn kpi_bounds(&self, kpi: Kpi) -> Bounds {
        self.tuned.load().kpis.of(kpi)
    }

    pub(crate) async fn present_of(&self, chosen: &Chosen) -> Result<KpiTable, AppError> {
        if self.present.load().window.is_none() {
            self.count_present().await?;
        }
        let present = self.present.load();
        let now = self.now();
        let (from, to) = present.window.unwrap_or((now, now));
        let mut counts = present.sum(&chosen.stations);
        for id in &chosen.ids {
            present.with_people(chosen.of, *id, &mut counts);
        }
        Ok(KpiTable { from, to, counts })
    }

    pub(super) async fn kpi_points(
        &self,
        chosen: &Chosen,
        span: Span,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Point>, AppError> {
        let mut view = self.db.view().await?;
        let which = (chosen.of, &chosen.ids);
        let points = kpis::sums(view.conn(), span, which, from, to).await?;
        let points = points.into_iter();
        Ok(points.map(|(at, counts)| Point { at, counts }).collect())
    }

    async fn chosen(&self, query: &KpiQuery) -> Result<Chosen, AppError> {
        let mut view = self.db.view().await?;
        let places = kpis::places(view.conn()).await?;
        self.chosen_among(query, &places).await
    }

    /// What is added up, when all places are known.
    pub(crate) async fn chosen_among(
        &self,
        query: &KpiQuery,
        places: &[Place],
    ) -> Result<Chosen, AppError> {
        let mut view = self.db.view().await?;
        if let Some(id) = query.station {
            let found = places.iter().find(|place| place.id == id);
            found
                .filter(|place| covers(&query.scope, place))
                .ok_or(AppError::NotFound("station"))?;
            return Ok(Chosen::stations([id].into()));
        }
        let (org, path) = match (query.org, &query.scope) {
            (Some(id), _) => {
                let orgs = kpis::orgs(view.conn()).await?;
                let found = orgs.into_iter().find(|org| org.id == id);
                let found = found.ok_or(AppError::NotFound("organisation"))?;
                let seen = query
                    .scope
                    .path()
                    .is_none_or(|path| found.path.starts_with(path));
                if !seen {
                    return Err(AppError::NotFound("organisation"));
                }
                (id, found.path)
            }
            (None, Scope::Everything) => (1, domain::org::PLATFORM_PATH.to_owned()),
            (None, scope) => {
                let path = scope.path().unwrap_or_default();
                let last = path.trim_end_matches('/').rsplit('/').next();
                let id = last.and_then(|id| id.parse().ok()).unwrap_or(0);
                (id, path.to_owned())
            }
        };
        let inside = scope_of(&path);
        let own = |place: &&Place| query.org.is_none() || covers(&inside, place);
        if let Scope::Narrowed(_) = query.scope {
            // Not all of an organisation, or more than one: what is seen is added up.
            let seen = places
                .iter()
                .filter(own)
                .filter(|place| covers(&query.scope, place));
            return Ok(Chosen::stations(seen.map(|place| place.id).collect()));
        }
        let mut stations: BTreeSet<i64> = places
            .iter()
            .filter(|place| covers(&inside, place))
            .map(|place| place.id)
            .collect();
        if inside == Scope::Everything {
            stations.insert(0);
        }
        Ok(Chosen {
            of: Of::Org,
            ids: [org].into(),
            stations,
        })
    }
}

impl Chosen {
    pub(crate) fn stations(ids: BTreeSet<i64>) -> Self {
        Self {
            of: Of::Station,
            stations: ids.clone(),
            ids,
        }
    }
}

impl Point {
    /// What was counted of a figure.
    pub fn of(&self, figure: Figure) -> domain::kpi::Counts {
        self.counts.get(&figure).copied().unwrap_or_default()
    }
}

/// Times end before an instant: the present one belongs to the present.
pub(super) const fn just_after(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_add(1))
}

fn eleven_months_before(day: Day) -> Day {
    let mut first = month_of(day).0;
    for _ in 0..11 {
        first = month_of(first.before(1)).0;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::eleven_months_before;
    use domain::day::Day;

    #[test]
    fn a_year_is_twelve_months() {
        let day = Day::parse("2026-03-15").expect("a day");
        assert_eq!(eleven_months_before(day).to_string(), "2025-04-01");
    }
}
