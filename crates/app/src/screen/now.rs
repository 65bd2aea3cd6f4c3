//! How things stand at this moment: counted in memory.

use super::board::seconds;
use crate::kpi::{Cut, Fresh, Granularity, Slice, month_of};
use crate::live::LiveDevice;
use crate::{App, AppError};
use device::PortState;
use domain::day::Day;
use domain::device_status::DeviceStatus;
use domain::kpi::Business;
use kernel::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::kpis::Tally;
use store::members;

/// A port of more than this is a direct current one, W, where nobody says what it is.
const AC_MOST_W: i64 = 22_000;
/// The operator's word on a device: `ac` or `dc`.
const PILE_KIND: &str = "pile_kind";

/// Ports by what they are doing. Those of a device that cannot be reached are offline, whatever
/// they said last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortCounts {
    /// All of them.
    pub total: usize,
    /// Free.
    pub idle: usize,
    /// A plug is in: before a charge, beginning, or after it.
    pub plugged: usize,
    /// Charging, or paused by the vehicle.
    pub charging: usize,
    /// Kept for somebody.
    pub reserved: usize,
    /// With a fault.
    pub fault: usize,
    /// Taken out of service.
    pub disabled: usize,
    /// Online, and not yet said.
    pub unknown: usize,
    /// Of devices that cannot be reached.
    pub offline: usize,
}

impl PortCounts {
    pub(super) fn note(&mut self, online: bool, state: PortState) {
        self.total += 1;
        let counter = match state {
            _ if !online => &mut self.offline,
            PortState::Idle => &mut self.idle,
            PortState::Plugged | PortState::Starting | PortState::Finishing => &mut self.plugged,
            PortState::Charging | PortState::Suspended => &mut self.charging,
            PortState::Reserved => &mut self.reserved,
            PortState::Fault => &mut self.fault,
            PortState::Disabled => &mut self.disabled,
            PortState::Unknown => &mut self.unknown,
        };
        *counter += 1;
    }
}

impl PortCounts {
    pub(super) fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.idle += other.idle;
        self.plugged += other.plugged;
        self.charging += other.charging;
        self.reserved += other.reserved;
        self.fault += other.fault;
        self.disabled += other.disabled;
        self.unknown += other.unknown;
        self.offline += other.offline;
    }
}

/// The headline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Stations.
    pub stations: usize,
    /// Devices that have met the platform and are in use.
    pub devices: usize,
    /// Those of them that can be reached.
    pub devices_online: usize,
    /// Their ports.
    pub ports: usize,
    /// Members.
    pub members: i64,
    /// Energy of charges that ended today, 0.0001 kWh.
    pub energy_today_e4: u64,
    /// Charges that were completed today.
    pub orders_today: u64,
    /// Electricity, service and occupancy of them, fen.
    pub revenue_today_fen: u64,
    /// Energy of all time, 0.0001 kWh.
    pub energy_total_e4: u64,
    /// Carbon dioxide that it saved, g.
    pub co2_saved_g: u64,
}

/// Devices of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PileType {
    /// `dc`, `ac`, `ebike`, `gateway`, `unknown`.
    pub kind: &'static str,
    /// How many.
    pub devices: usize,
    /// Their ports.
    pub ports: usize,
    /// What they are rated for together, W; those of unknown rating count nothing.
    pub rated_w: i64,
}

/// What a device is. No protocol says it in so many words.
fn kind_of(live: &LiveDevice) -> &'static str {
    if !live.sockets.is_empty() {
        return "gateway";
    }
    if live.protocol.serves_ebikes(&live.profile) {
        return "ebike";
    }
    match live.profile.get(PILE_KIND) {
        Some("dc") => return "dc",
        Some("ac") => return "ac",
        _ => {}
    }
    let ports = i64::try_from(live.ports.len()).unwrap_or(1).max(1);
    let most = live.ports.iter().map(|port| port.rated_power.0 / 10).max();
    let rated = most.unwrap_or(0).max(live.rated_power.0 / 10 / ports);
    match rated {
        0 => "unknown",
        rated if rated > AC_MOST_W => "dc",
        _ => "ac",
    }
}

const KINDS: [&str; 5] = ["dc", "ac", "ebike", "gateway", "unknown"];

pub(crate) fn revenue(tally: &Tally) -> u64 {
    let sum = |figure: Business| tally.get(&figure.into()).map_or(0, |counts| counts.part);
    sum(Business::Electricity) + sum(Business::Service) + sum(Business::Occupancy)
}

impl App {
    /// Visits the devices of a slice that are in use.
    pub(crate) fn devices_of(&self, cut: &Cut, mut visit: impl FnMut(&LiveDevice)) {
        self.live.for_each(|live| {
            if live.lifecycle != DeviceStatus::Retired && cut.has(live.station_id) {
                visit(live);
            }
        });
    }

    /// The headline; ten seconds old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_counters(&self, slice: &Slice) -> Result<Arc<Counters>, AppError> {
        let key = slice.key();
        let made = self.count_headline(slice);
        let board = &self.screen.counters;
        board
            .get(key, self.now(), seconds(10), Box::pin(made))
            .await
    }

    async fn count_headline(&self, slice: &Slice) -> Result<Counters, AppError> {
        let cut = self.cut(slice).await?;
        let now = self.now();
        let mut counters = Counters {
            stations: cut.places.len(),
            ..Counters::default()
        };
        self.devices_of(&cut, |live| {
            counters.devices += 1;
            counters.devices_online += usize::from(live.is_online());
            counters.ports += live.ports.len();
        });
        let board = &self.screen;
        let members = board
            .members_count
            .get(slice.key(), now, seconds(60), async {
                let mut view = self.db.view().await?;
                Ok(members::count(view.conn(), &cut.scope).await?)
            });
        counters.members = *members.await?;
        let live = self.today(Fresh::Within(seconds(10))).await?;
        let today = Day::of(now).begins();
        let past = board.past_energy.get(
            format!("{} {}", live.from.0, slice.key()),
            now,
            seconds(300),
            self.energy_before(&cut, live.from),
        );
        counters.energy_total_e4 = *past.await?;
        for (hour, tally) in live.by_hour(&cut.chosen.stations) {
            let energy = tally.get(&Business::Energy.into());
            let energy = energy.map_or(0, |counts| counts.part);
            counters.energy_total_e4 += energy;
            if hour >= today {
                let orders = tally.get(&Business::Orders.into());
                counters.energy_today_e4 += energy;
                counters.orders_today += orders.map_or(0, |counts| counts.part);
                counters.revenue_today_fen += revenue(&tally);
            }
        }
        let factor = u64::try_from(self.tuned.load().co2_g_per_kwh).unwrap_or(0);
        let grams = u128::from(counters.energy_total_e4) * u128::from(factor) / 10_000;
        counters.co2_saved_g = u64::try_from(grams).unwrap_or(u64::MAX);
        Ok(counters)
    }

    /// What was charged before an instant at which a day begins, 0.0001 kWh.
    async fn energy_before(&self, cut: &Cut, until: Timestamp) -> Result<u64, AppError> {
        if until.0 <= 0 {
            return Ok(0);
        }
        let month = month_of(Day::of(until)).0.begins();
        let mut sum = 0;
        for (granularity, from, to) in [
            (Granularity::Month, Timestamp(0), month),
            (Granularity::Day, month, until),
        ] {
            if from < to {
                let fresh = Fresh::Within(seconds(10));
                let parts = self.parts_of(cut, granularity, (from, to), fresh).await?;
                let energy = parts
                    .values()
                    .filter_map(|tally| tally.get(&Business::Energy.into()));
                sum += energy.map(|counts| counts.part).sum::<u64>();
            }
        }
        Ok(sum)
    }

    /// Devices by what they are; five minutes old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_pile_types(&self, slice: &Slice) -> Result<Arc<Vec<PileType>>, AppError> {
        let made = async {
            let cut = self.cut(slice).await?;
            let mut kinds: BTreeMap<&'static str, PileType> = BTreeMap::new();
            self.devices_of(&cut, |live| {
                let kind = kind_of(live);
                let known = kinds.entry(kind).or_insert(PileType {
                    kind,
                    devices: 0,
                    ports: 0,
                    rated_w: 0,
                });
                known.devices += 1;
                known.ports += live.ports.len();
                known.rated_w += live.rated_power.0 / 10;
            });
            Ok(KINDS.iter().filter_map(|kind| kinds.remove(kind)).collect())
        };
        let board = &self.screen.pile_types;
        board.get(slice.key(), self.now(), seconds(300), made).await
    }

    /// Ports by what they are doing; ten seconds old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_port_status(&self, slice: &Slice) -> Result<Arc<PortCounts>, AppError> {
        let made = async {
            let cut = self.cut(slice).await?;
            let mut counts = PortCounts::default();
            self.devices_of(&cut, |live| {
                for port in &live.ports {
                    counts.note(live.is_online(), port.memory.state);
                }
            });
            Ok(counts)
        };
        let board = &self.screen.port_status;
        board.get(slice.key(), self.now(), seconds(10), made).await
    }
}
