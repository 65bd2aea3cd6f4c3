//! Hours, days and months: counted out of the facts, written in place of what was counted before.
//! To count again is always right, so that downtime is caught up with and late corrections count.

use super::present::covers;
use super::today::is_live;
use crate::{App, AppError};
use domain::day::Day;
use domain::kpi::Figure;
use domain::org::{PLATFORM_PATH, Scope};
use kernel::Timestamp;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::kpis::{self, Of, OrgPath, Place, Span, Stored, Tally};
use store::{member_days, settings};
use tracing::info;

const HOUR_MS: i64 = 3_600_000;
pub(super) const HOUR: Duration = Duration::from_hours(1);
/// Under which name it is written down how far hours have been counted.
pub(super) const ROLLED: &str = "figures.rolled";
/// Hours that are counted again with each that ends.
const AGAIN_HOURS: i64 = 6;
/// Once a day, at this hour of the day in Shanghai, so many are: orders are corrected for a day,
/// and what follows from that takes its time.
const GRACE_HOURS: i64 = 72;
const GRACE_AT: u16 = 4;
/// What is older is not caught up with.
const CATCH_UP_HOURS: i64 = 31 * 24;
/// Hours of one round.
const HOURS_PER_ROUND: usize = 96;
/// Hours that somebody changed and that are counted while somebody waits for their figures; the
/// round of a few minutes later counts the others.
const HOURS_AT_ONCE: usize = 24;
/// Five-minute counts are kept so long: longer than hours are counted again.
const SLOTS_KEPT: Duration = Duration::from_hours(35 * 24);
/// Hours are kept so long; days and months for ever.
const HOURS_KEPT: Duration = Duration::from_hours(92 * 24);

/// When the hour of an instant begins. Shanghai's hours are everybody's.
pub(crate) const fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(HOUR_MS) * HOUR_MS)
}

/// When the month of a day begins, and the next one.
pub(crate) fn month_of(day: Day) -> (Day, Day) {
    let [year, month, _] = day.civil();
    let first = Day::from_civil([year, month, 1]).unwrap_or(day);
    let (next_year, next_month) = if month == 12 {
        (year.saturating_add(1), 1)
    } else {
        (year, month + 1)
    };
    let next = Day::from_civil([next_year, next_month, 1]);
    (first, next.unwrap_or_else(|| first.next()))
}

/// The organisations that a station's counts belong to.
struct Tree {
    places: BTreeMap<i64, BTreeSet<i64>>,
    root: BTreeSet<i64>,
}

impl Tree {
    fn of(places: &[Place], all: &[OrgPath]) -> Self {
        let scopes: Vec<(i64, Scope)> = all
            .iter()
            .map(|org| (org.id, scope_of(&org.path)))
            .collect();
        let root = scopes
            .iter()
            .filter(|(_, scope)| *scope == Scope::Everything)
            .map(|(id, _)| *id)
            .collect();
        let owners = |place: &Place| {
            scopes
                .iter()
                .filter(|(_, scope)| covers(scope, place))
                .map(|(id, _)| *id)
                .collect()
        };
        Self {
            places: places
                .iter()
                .map(|place| (place.id, owners(place)))
                .collect(),
            root,
        }
    }

    fn orgs(&self, station: i64) -> &BTreeSet<i64> {
        self.places.get(&station).unwrap_or(&self.root)
    }
}

/// What an organisation sees; the platform sees everything.
pub(crate) fn scope_of(path: &str) -> Scope {
    if path == PLATFORM_PATH {
        Scope::Everything
    } else {
        Scope::Within(path.to_owned())
    }
}

type Rows = BTreeMap<(Of, i64), Tally>;

impl App {
    /// Counts the hours that have ended since the last time, those before them whose facts may
    /// have changed, and the present one; then their days and months.
    pub(crate) async fn roll_up(&self) -> Result<(), AppError> {
        let _rolling = self.today.rolling.lock().await;
        let now = self.now();
        let present = hour_of(now);
        let tree = self.tree().await?;
        let mut view = self.db.view().await?;
        let stored = settings::get(view.conn(), ROLLED).await?;
        let oldest = kpis::oldest(view.conn()).await?;
        // Before the hours: what changes in between is counted next time.
        let changes = kpis::changes(view.conn()).await?;
        drop(view);
        let said = |name: &str| stored.as_ref().and_then(|value| value[name].as_i64());
        let first = hour_of(oldest.unwrap_or(now));
        let rolled = said("hour").map_or(first, Timestamp);
        let hours = due(present, rolled, said("again"));
        let ended = hours.len() > 1 || stored.is_none();
        let behind = hours.len() > HOURS_PER_ROUND;
        let mut touched: BTreeSet<Day> = BTreeSet::new();
        let mut counted: BTreeSet<Timestamp> = BTreeSet::new();
        for hour in hours.into_iter().take(HOURS_PER_ROUND) {
            self.roll_hour(hour, &tree).await?;
            touched.insert(Day::of(hour));
            counted.insert(hour);
        }
        let last = counted.last().copied();
        for day in &touched {
            self.roll_day(*day).await?;
        }
        // What has not ended is part of its month within the hour.
        let touched = touched.iter().filter(|_| ended);
        let months: BTreeSet<Day> = touched.map(|day| month_of(*day).0).collect();
        for month in months {
            self.roll_month(month).await?;
        }
        let done = json!({
            "hour": last.unwrap_or(present).0,
            // The day on which all of the grace was counted last.
            "again": if behind { said("again") } else { Some(grace_day(now)) },
        });
        let mut tx = self.db.begin().await?;
        settings::put(tx.conn(), ROLLED, &done, "system", now).await?;
        kpis::purge(tx.conn(), now - SLOTS_KEPT, now - HOURS_KEPT).await?;
        tx.commit().await?;
        // Hours that have not been written yet will be, as they are then.
        let written = |hour: &Timestamp| last.is_none_or(|last| *hour <= last);
        let (again, others): (Vec<_>, Vec<_>) = changes
            .into_iter()
            .partition(|(hour, _)| written(hour) && !counted.contains(hour));
        self.settle(others).await?;
        let again = again.into_iter().take(HOURS_PER_ROUND).collect();
        self.roll_changes(again, &tree).await?;
        if behind {
            info!("key figures of the past are being caught up with");
        }
        Ok(())
    }

    /// Counts again what somebody changed of the days before an instant.
    pub(super) async fn roll_changed_before(&self, until: Timestamp) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let marks = kpis::marks(view.conn()).await?;
        drop(view);
        if marks.keys().next().is_none_or(|hour| *hour >= until) {
            return Ok(());
        }
        let _rolling = self.today.rolling.lock().await;
        let tree = self.tree().await?;
        let mut view = self.db.view().await?;
        let changes = kpis::changes(view.conn()).await?;
        drop(view);
        let changes = changes.into_iter().rev();
        let changes = changes.filter(|(hour, _)| *hour < until);
        self.roll_changes(changes.take(HOURS_AT_ONCE).collect(), &tree)
            .await
    }

    /// Counts hours again whose facts have changed, their days and their months.
    async fn roll_changes(
        &self,
        changes: Vec<(Timestamp, Vec<i64>)>,
        tree: &Tree,
    ) -> Result<(), AppError> {
        if changes.is_empty() {
            return Ok(());
        }
        let now = self.now();
        // What memory saw of older hours is no longer known by the hour.
        let whole = hour_of(now - HOUR * u32::try_from(CATCH_UP_HOURS).unwrap_or(0));
        let mut days: BTreeSet<Day> = BTreeSet::new();
        let mut old_days: BTreeSet<Day> = BTreeSet::new();
        for (hour, _) in &changes {
            if *hour >= whole {
                self.roll_hour(*hour, tree).await?;
                days.insert(Day::of(*hour));
            } else {
                if *hour >= now - HOURS_KEPT {
                    self.renew(Span::Hour, (*hour, *hour + HOUR), tree).await?;
                }
                old_days.insert(Day::of(*hour));
            }
        }
        for day in &old_days {
            let span = (day.begins(), day.next().begins());
            self.renew(Span::Day, span, tree).await?;
            self.count_members_of(span.0, span.1).await?;
        }
        for day in days.difference(&old_days) {
            self.roll_day(*day).await?;
        }
        let days = days.union(&old_days);
        let months: BTreeSet<Day> = days.map(|day| month_of(*day).0).collect();
        for month in months {
            self.roll_month(month).await?;
        }
        self.settle(changes).await
    }

    /// Takes changes away whose hours have been counted since.
    async fn settle(&self, changes: Vec<(Timestamp, Vec<i64>)>) -> Result<(), AppError> {
        let hours = changes.iter().map(|(hour, _)| *hour).collect();
        self.today.forget(&hours).await;
        let ids: Vec<i64> = changes.into_iter().flat_map(|(_, ids)| ids).collect();
        for ids in ids.chunks(kpis::SETTLED_MAX) {
            let mut tx = self.db.begin().await?;
            kpis::settle(tx.conn(), ids).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn tree(&self) -> Result<Tree, AppError> {
        let mut view = self.db.view().await?;
        let places = kpis::places(view.conn()).await?;
        let all = kpis::orgs(view.conn()).await?;
        Ok(Tree::of(&places, &all))
    }

    /// Counts an old hour or day again by what is kept of orders and money; what is no longer kept
    /// stays as it was written.
    async fn renew(
        &self,
        span: Span,
        (from, to): (Timestamp, Timestamp),
        tree: &Tree,
    ) -> Result<(), AppError> {
        let mut rows = Rows::new();
        let mut view = self.db.view().await?;
        for of in [Of::Station, Of::Org] {
            for row in kpis::all(view.conn(), span, of, from, Timestamp(from.0 + 1)).await? {
                let mut counts = row.counts;
                counts.retain(|figure, _| !is_live(*figure) && !figure.counts_people());
                rows.insert((of, row.object_id), counts);
            }
        }
        let facts = kpis::by_hour(view.conn(), from, to).await?;
        let periods = kpis::periods(view.conn(), from, to).await?;
        let day = Day::of(from).begins();
        let people = kpis::people(view.conn(), from, to, day).await?;
        drop(view);
        let hours = facts.into_values().chain(periods.into_values());
        for (station, mut tally) in hours.flatten() {
            tally.retain(|figure, _| is_live(*figure));
            for org in tree.orgs(station) {
                kpis::add_all(rows.entry((Of::Org, *org)).or_default(), &tally);
            }
            kpis::add_all(rows.entry((Of::Station, station)).or_default(), &tally);
        }
        for (of, id, figure, counts) in people {
            rows.entry((of, id)).or_default().insert(figure, counts);
        }
        self.replace(span, from, rows).await
    }

    async fn roll_hour(&self, hour: Timestamp, tree: &Tree) -> Result<(), AppError> {
        let to = hour + HOUR;
        let mut view = self.db.view().await?;
        let mut stations = kpis::counted(view.conn(), hour, to).await?;
        for periods in kpis::periods(view.conn(), hour, to).await?.into_values() {
            for (station, tally) in periods {
                kpis::add_all(stations.entry(station).or_default(), &tally);
            }
        }
        let day = Day::of(hour).begins();
        let people = kpis::people(view.conn(), hour, to, day).await?;
        drop(view);
        let mut rows = Rows::new();
        for (station, tally) in &stations {
            for org in tree.orgs(*station) {
                kpis::add_all(rows.entry((Of::Org, *org)).or_default(), tally);
            }
            kpis::add_all(rows.entry((Of::Station, *station)).or_default(), tally);
        }
        for (of, id, figure, counts) in people {
            rows.entry((of, id)).or_default().insert(figure, counts);
        }
        self.replace(Span::Hour, hour, rows).await
    }

    /// A day is the sum of its hours; people are counted over the whole of it.
    async fn roll_day(&self, day: Day) -> Result<(), AppError> {
        let (from, to) = (day.begins(), day.next().begins());
        let mut rows = self.summed(Span::Hour, from, to, false).await?;
        let mut view = self.db.view().await?;
        let people = kpis::people(view.conn(), from, to, from).await?;
        drop(view);
        for (of, id, figure, counts) in people {
            rows.entry((of, id)).or_default().insert(figure, counts);
        }
        self.replace(Span::Day, from, rows).await?;
        self.count_members_of(from, to).await
    }

    /// Counts the members of a day that is over.
    async fn count_members_of(&self, from: Timestamp, to: Timestamp) -> Result<(), AppError> {
        if to > self.now() {
            return Ok(());
        }
        let mut view = self.db.view().await?;
        let found = member_days::count(view.conn(), from, to).await?;
        drop(view);
        let mut tx = self.db.begin().await?;
        member_days::put(tx.conn(), from, &found).await?;
        Ok(tx.commit().await?)
    }

    async fn roll_month(&self, month: Day) -> Result<(), AppError> {
        let (first, next) = month_of(month);
        let rows = self
            .summed(Span::Day, first.begins(), next.begins(), true)
            .await?;
        self.replace(Span::Month, first.begins(), rows).await
    }

    async fn summed(
        &self,
        span: Span,
        from: Timestamp,
        to: Timestamp,
        with_people: bool,
    ) -> Result<Rows, AppError> {
        let mut view = self.db.view().await?;
        let mut rows = Rows::new();
        for of in [Of::Station, Of::Org] {
            for row in kpis::all(view.conn(), span, of, from, to).await? {
                let mut counts = row.counts;
                counts.retain(|figure: &Figure, _| with_people || !figure.counts_people());
                let known = rows.entry((of, row.object_id)).or_default();
                kpis::add_all(known, &counts);
            }
        }
        Ok(rows)
    }

    async fn replace(&self, span: Span, at: Timestamp, rows: Rows) -> Result<(), AppError> {
        let rows: Vec<Stored> = rows
            .into_iter()
            .filter(|(_, counts)| !counts.is_empty())
            .map(|((of, object_id), counts)| Stored {
                span,
                at,
                of,
                object_id,
                counts,
            })
            .collect();
        let mut tx = self.db.begin().await?;
        kpis::clear(tx.conn(), span, at).await?;
        kpis::put(tx.conn(), &rows).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Days since 1970 of the last time that the whole grace was due.
fn grace_day(now: Timestamp) -> i64 {
    let [_, _, _, hour, ..] = now.shanghai();
    let today = Day::of(now);
    let day = if hour >= GRACE_AT {
        today
    } else {
        today.before(1)
    };
    day.begins().0.div_euclid(86_400_000)
}

/// The hours to be counted, the oldest first; the present one is the last.
fn due(present: Timestamp, rolled: Timestamp, again: Option<i64>) -> Vec<Timestamp> {
    let back = |hours: i64| Timestamp(present.0 - hours * HOUR_MS);
    let again_due = again.is_some_and(|again| again < grace_day(present));
    let hours_again = match (rolled < present, again_due) {
        (_, true) => GRACE_HOURS,
        (true, false) => AGAIN_HOURS,
        (false, false) => 0,
    };
    let from = rolled.min(back(hours_again)).max(back(CATCH_UP_HOURS));
    let count = (present.0 - from.0) / HOUR_MS;
    (0..=count)
        .map(|hour| Timestamp(from.0 + hour * HOUR_MS))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{CATCH_UP_HOURS, due, grace_day, hour_of, month_of};
    use domain::day::Day;
    use kernel::Timestamp;

    fn at(civil: [u16; 6]) -> Timestamp {
        Timestamp::from_shanghai(civil).expect("a time")
    }

    #[test]
    fn an_hour_is_counted_again_as_long_as_it_may_change() {
        let present = at([2026, 3, 1, 15, 0, 0]);
        let today = Some(grace_day(present));
        let hours = |rolled, again| due(present, rolled, again).len();
        assert_eq!(hours(present, today), 1, "the present one");
        let before = |hours: i64| Timestamp(present.0 - hours * 3_600_000);
        assert_eq!(hours(before(1), today), 7, "one has ended");
        assert_eq!(hours(before(30), today), 31, "thirty were missed");
        assert_eq!(hours(before(1), today.map(|day| day - 1)), 73, "once a day");
        let all = usize::try_from(CATCH_UP_HOURS).expect("small") + 1;
        assert_eq!(hours(before(5000), today), all);
        assert_eq!(due(present, before(1), today).last(), Some(&present));
    }

    #[test]
    fn hours_days_and_months_are_shanghais() {
        let now = at([2026, 12, 31, 23, 59, 59]);
        assert_eq!(hour_of(now), at([2026, 12, 31, 23, 0, 0]));
        let (first, next) = month_of(Day::of(now));
        assert_eq!(first.to_string(), "2026-12-01");
        assert_eq!(next.to_string(), "2027-01-01");
        let early = at([2026, 3, 2, 3, 59, 59]);
        let late = at([2026, 3, 2, 4, 0, 0]);
        assert_eq!(grace_day(late) - grace_day(early), 1);
    }
}
