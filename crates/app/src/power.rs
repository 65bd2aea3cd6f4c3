//! Power of stations (功率监控): what they draw, what they may draw, and how that is shared.
//!
//! Every ten seconds the table in memory is looked at: [`meter`] gathers means by the minute,
//! [`balance`] shares the supply of stations that want it, [`watch`] raises the alarms of
//! stations and of guns that hang about.

mod balance;
mod load;
mod meter;
mod settings;
mod view;
mod watch;

pub(crate) use load::Quarters;
pub use settings::{DeviceShareWish, StationPowerWish};
pub use view::{DeviceLoad, PlanLine, PortLoad, PowerPlan, PowerPoint, StationLoad};

use crate::cluster::Duty;
use crate::{App, AppError};
use arc_swap::ArcSwap;
use balance::{Plans, Room};
use dashmap::DashMap;
use device::{Command, PortState, PowerLimit};
use domain::device_status::DeviceStatus;
use domain::load_balance::LEAST_PCT;
use kernel::{ClockSet, DeviceId, PhyId, PortNo, Timestamp};
use meter::Minutes;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use store::power_limits::PowerLimitRow;
use store::station_power::{DevicePower, StationPower};
use store::{power_limits, station_power};
use watch::Watched;

/// What memory knows of power.
#[derive(Default)]
pub(crate) struct PowerBoard {
    stations: ArcSwap<HashMap<i64, StationPower>>,
    shares: ArcSwap<HashMap<DeviceId, DevicePower>>,
    minutes: Mutex<Minutes>,
    /// The limits that devices were given last.
    limits: DashMap<DeviceId, PowerLimitRow>,
    /// What is left for starts, by station; only where it is balanced.
    rooms: DashMap<i64, Room>,
    plans: Plans,
    /// What stations drew by the quarter of an hour, today and yesterday.
    quarters: tokio::sync::Mutex<Quarters>,
    watched: Mutex<Watched>,
}

impl PowerBoard {
    /// Somebody set the clock.
    pub(crate) fn clock_was_set(&self, set: &ClockSet) {
        self.watched.lock().clock_was_set(set);
    }
}

/// A device at one look.
#[derive(Clone, Debug)]
struct Seen {
    id: DeviceId,
    phy_id: PhyId,
    station: Option<i64>,
    in_use: bool,
    online: bool,
    offline_since: Option<Timestamp>,
    rated_w: i64,
    draw_w: i64,
    /// Orders that are pending or charge there.
    orders: usize,
    takes_limits: bool,
    /// Its ports and what they draw, W.
    ports: Vec<(PortNo, i64)>,
    /// Ports whose gun is still plugged in after its charge.
    left_in: Vec<PortNo>,
    /// Ports that draw power without an order, and whose state says that they do not.
    drawing: Vec<PortNo>,
}

/// More than this is power, not the device's own need, 0.1 W.
const FLOWS: i64 = 50;

impl App {
    /// One look at what everything draws.
    ///
    /// # Errors
    /// When the database is away; curves wait in memory.
    pub async fn look_at_power(&self) -> Result<(), AppError> {
        let seen = self.look_at_devices();
        self.meter_power(&seen);
        self.note_heat();
        let by_station = stations_of(&seen);
        self.balance_stations(&by_station).await?;
        self.watch_stations(&by_station).await?;
        self.watch_ports(&seen).await?;
        self.flush_power(false).await
    }

    /// What was set and sent comes back into memory.
    pub(crate) async fn restore_power(&self) -> Result<(), AppError> {
        self.load_power().await?;
        let mut view = self.db.view().await?;
        for row in power_limits::all(view.conn()).await? {
            self.power.limits.insert(row.device_id, row);
        }
        Ok(())
    }

    /// What another node sent meanwhile, whose work it was.
    pub(crate) async fn take_in_power_limits(&self) -> Result<(), AppError> {
        if self.holds(Duty("power")) {
            return Ok(());
        }
        let mut view = self.db.view().await?;
        for row in power_limits::all(view.conn()).await? {
            self.power.limits.insert(row.device_id, row);
        }
        Ok(())
    }

    pub(crate) async fn load_power(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let stations = station_power::all(view.conn()).await?;
        let shares = station_power::all_devices(view.conn()).await?;
        let stations = stations.into_iter().map(|row| (row.station_id, row));
        self.power.stations.store(Arc::new(stations.collect()));
        let shares = shares.into_iter().map(|row| (row.device_id, row));
        self.power.shares.store(Arc::new(shares.collect()));
        Ok(())
    }

    fn look_at_devices(&self) -> Vec<Arc<Seen>> {
        let probe = Command::SetPowerLimit {
            port: None,
            limit: PowerLimit::Percent(LEAST_PCT),
        };
        let mut seen = Vec::with_capacity(self.live.len());
        self.live.for_each(|live| {
            let held = |port| self.orders.on_port(&live.phy_id, port).is_some();
            let ebikes = live.protocol.serves_ebikes(&live.profile);
            let all = || live.ports.iter().filter(|port| !held(port.port));
            let left_in = all().filter(|port| {
                !ebikes
                    && port.memory.state == PortState::Finishing
                    && port.memory.plugged == Some(true)
            });
            let drawing = all().filter(|port| {
                let says = matches!(
                    port.memory.state,
                    PortState::Charging | PortState::Suspended
                );
                !says && port.power.0 > FLOWS
            });
            seen.push(Arc::new(Seen {
                id: live.id,
                phy_id: live.phy_id.clone(),
                station: live.station_id,
                in_use: live.lifecycle != DeviceStatus::Retired,
                online: live.is_online(),
                offline_since: live.offline_since.filter(|_| live.last_seen.is_some()),
                rated_w: live.rated_power.0 / 10,
                draw_w: live.total_power().0.max(0) / 10,
                orders: live.ports.iter().filter(|port| held(port.port)).count(),
                takes_limits: live.protocol.check(&live.profile, &probe).is_ok(),
                ports: live
                    .ports
                    .iter()
                    .map(|port| (port.port, port.power.0.max(0) / 10))
                    .collect(),
                left_in: left_in.map(|port| port.port).collect(),
                drawing: drawing.map(|port| port.port).collect(),
            }));
        });
        seen
    }
}

/// The devices of each station.
type ByStation = HashMap<i64, Vec<Arc<Seen>>>;

fn stations_of(seen: &[Arc<Seen>]) -> ByStation {
    let mut stations = ByStation::new();
    for device in seen {
        if let Some(station) = device.station {
            stations.entry(station).or_default().push(device.clone());
        }
    }
    stations
}
