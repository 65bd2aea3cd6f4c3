//! The last hour, counted anew every minute out of the database.

use super::reading::just_after;
use crate::quality::slot_of;
use crate::{App, AppError};
use device::PortState;
use domain::kpi::{Counts, Figure, Kpi};
use domain::org::Scope;
use kernel::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::kpis::{self, Of, Place, Tally};

/// Alarms are made of so much time.
const WINDOW: Duration = Duration::from_hours(1);

/// The last hour.
#[derive(Debug, Default)]
pub(crate) struct Present {
    /// From when to when; none before the first look.
    pub(crate) window: Option<(Timestamp, Timestamp)>,
    /// What was counted at stations; 0 is none.
    pub(crate) stations: BTreeMap<i64, Tally>,
    /// People, whom stations and organisations count apart.
    pub(crate) people: BTreeMap<(Of, i64), Tally>,
}

impl Present {
    /// What was counted at some stations together.
    pub(crate) fn sum<'a>(&self, stations: impl IntoIterator<Item = &'a i64>) -> Tally {
        let mut sum = Tally::new();
        for station in stations {
            if let Some(tally) = self.stations.get(station) {
                kpis::add_all(&mut sum, tally);
            }
        }
        sum
    }

    /// Adds the people of an object to what was counted.
    pub(crate) fn with_people(&self, of: Of, id: i64, sum: &mut Tally) {
        if let Some(people) = self.people.get(&(of, id)) {
            kpis::add_all(sum, people);
        }
    }
}

/// Whether somebody sees a station.
pub(crate) fn covers(scope: &Scope, place: &Place) -> bool {
    let operator = place.operator_path.as_deref();
    scope.covers_at(Some(&place.org_path), operator, Some(place.id))
}

impl App {
    /// Counts the last hour anew.
    pub(crate) async fn count_present(&self) -> Result<(), AppError> {
        let now = self.now();
        let from = slot_of(now - WINDOW);
        let to = just_after(now);
        let mut view = self.db.view().await?;
        let mut stations = kpis::counted(view.conn(), from, to).await?;
        let day = domain::day::Day::of(now).begins();
        let found = kpis::people(view.conn(), from, to, day).await?;
        drop(view);
        self.add_running(&mut stations);
        let mut people: BTreeMap<(Of, i64), Tally> = BTreeMap::new();
        for (of, id, figure, counts) in found {
            people.entry((of, id)).or_default().insert(figure, counts);
        }
        self.present.store(Arc::new(Present {
            window: Some((from, now)),
            stations,
            people,
        }));
        Ok(())
    }

    /// Charges that run now may still get stuck: they are part of those that charged in the last
    /// hour.
    fn add_running(&self, stations: &mut BTreeMap<i64, Tally>) {
        self.live.for_each(|live| {
            let running = live.ports.iter().filter(|port| {
                matches!(
                    port.memory.state,
                    PortState::Charging | PortState::Suspended
                ) && self.orders.on_port(&live.phy_id, port.port).is_some()
            });
            let running = u64::try_from(running.count()).unwrap_or(0);
            if running > 0 {
                let tally = stations.entry(live.station_id.unwrap_or(0)).or_default();
                let known = tally.entry(Figure::from(Kpi::Stuck)).or_default();
                *known = *known + Counts::of(0, running);
            }
        });
    }
}
