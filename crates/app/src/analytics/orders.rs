use super::whole_days;
use crate::kpi::{Fresh, Granularity, StepQuery, weekday};
use crate::{App, AppError};
use device::{ChargeMode, EndReason};
use domain::day::Day;
use domain::kpi::{Counts, Detail, Figure};
use domain::order::OrderSource;
use std::collections::BTreeMap;
use store::analytics::{self, Failed};
use store::kpis::{self, Tally};

/// What orders are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// How they began.
    Source,
    /// What was to end them.
    Mode,
    /// What ended them.
    EndReason,
}

impl GroupBy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Source, Self::Mode, Self::EndReason];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Mode => "mode",
            Self::EndReason => "end_reason",
        }
    }
}

/// Completed orders of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderGroup {
    /// Its name.
    pub name: &'static str,
    /// How many.
    pub orders: u64,
    /// Their energy, 0.0001 kWh.
    pub energy_e4: u64,
    /// What they came to, fen; not kept of end reasons.
    pub amount_fen: Option<u64>,
}

/// Orders that were made in one hour of one day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeatCell {
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    /// 0 to 23, in Shanghai.
    pub hour: u8,
    /// How many.
    pub orders: u64,
}

fn counts(tally: &Tally, figure: impl Into<Figure>) -> Counts {
    tally.get(&figure.into()).copied().unwrap_or_default()
}

impl App {
    /// Everything that was counted in the time of a question, added up.
    async fn counted_in(&self, query: &StepQuery) -> Result<Tally, AppError> {
        let mut sum = Tally::new();
        for step in self.figure_steps(query).await? {
            kpis::add_all(&mut sum, &step.counts);
        }
        Ok(sum)
    }

    /// Completed orders by their kind, the most frequent first; kinds without any are left out.
    ///
    /// # Errors
    /// As [`App::figure_steps`].
    pub async fn order_groups(
        &self,
        query: &StepQuery,
        by: GroupBy,
    ) -> Result<Vec<OrderGroup>, AppError> {
        let sum = self.counted_in(query).await?;
        let group = |name, of: Detail, amount: Option<Detail>| {
            let counts = counts(&sum, of);
            OrderGroup {
                name,
                orders: counts.part,
                energy_e4: counts.whole,
                amount_fen: amount.map(|amount| self::counts(&sum, amount).part),
            }
        };
        let mut groups: Vec<OrderGroup> = match by {
            GroupBy::Source => OrderSource::ALL
                .into_iter()
                .map(|one| {
                    let amount = Detail::source_amount(one);
                    group(one.as_str(), Detail::source(one), Some(amount))
                })
                .collect(),
            GroupBy::Mode => (1..=4)
                .filter_map(ChargeMode::from_code)
                .map(|one| {
                    group(
                        one.name(),
                        Detail::mode(one),
                        Some(Detail::mode_amount(one)),
                    )
                })
                .collect(),
            GroupBy::EndReason => (0..=16)
                .filter_map(EndReason::from_code)
                .map(|one| group(one.as_str(), Detail::reason(one), None))
                .collect(),
        };
        groups.retain(|group| group.orders > 0);
        groups.sort_by_key(|group| (std::cmp::Reverse(group.orders), group.name));
        Ok(groups)
    }

    /// Orders that were made, by the hour of the day and the day of the week: 168 cells.
    ///
    /// # Errors
    /// As [`App::figure_steps`].
    pub async fn order_heat_map(&self, query: &StepQuery) -> Result<Vec<HeatCell>, AppError> {
        let cut = self.cut(&query.slice).await?;
        let span = whole_days(query.span(self.now())?);
        // Whatever the steps are: a week has days.
        let days = self
            .parts_of(&cut, Granularity::Day, span, Fresh::Now)
            .await?;
        let mut cells: BTreeMap<(u8, u8), u64> = BTreeMap::new();
        for (at, tally) in &days {
            let of_week = u8::try_from(weekday(Day::of(*at)) + 1).unwrap_or(1);
            for hour in 0..24 {
                let made = counts(tally, Detail::Hour(hour)).part;
                *cells.entry((of_week, hour)).or_default() += made;
            }
        }
        let all = (1..=7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
        let cells = all.map(|(weekday, hour)| HeatCell {
            weekday,
            hour,
            orders: cells.get(&(weekday, hour)).copied().unwrap_or(0),
        });
        Ok(cells.collect())
    }

    /// Orders that came to nothing, by why; the most frequent first, at most a hundred.
    ///
    /// # Errors
    /// As [`App::figure_steps`]; [`AppError::Invalid`] for more than 400 days.
    pub async fn order_failures(&self, query: &StepQuery) -> Result<Vec<Failed>, AppError> {
        let cut = self.cut(&query.slice).await?;
        let (from, to) = self.bounded_span(query)?;
        let mut view = self.db.view().await?;
        Ok(analytics::failures(view.conn(), cut.at(), from, to).await?)
    }
}
