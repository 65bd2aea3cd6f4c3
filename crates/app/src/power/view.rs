//! What people see of power.

use super::meter::{DEVICE, PORT, STATION, port_object};
use crate::{App, AppError};
use device::PortState;
use domain::load_balance::Steering;
use domain::org::Scope;
use kernel::{DeviceId, OrderNo, PhyId, PortNo, Power, Timestamp};
use std::collections::HashMap;
use std::time::Duration;
use store::power_curves::{self, PowerChunk};
use store::power_limits::PowerLimitRow;
use store::station_power::StationPower;
use store::stations::{self, StationFilter};
use store::{Page, PageRequest};

const MINUTE: Duration = Duration::from_mins(1);
/// Longest curve that is shown at once.
const CURVE_MAX: Duration = Duration::from_hours(24 * 7);

/// A station and what it draws.
#[derive(Clone, Debug)]
pub struct StationLoad {
    /// The station.
    pub station_id: i64,
    /// Its number for people.
    pub station_no: String,
    /// Its name.
    pub name: String,
    /// What it draws, W.
    pub draw_w: i64,
    /// Rated power of its devices together, W.
    pub rated_w: i64,
    /// Its devices.
    pub devices: usize,
    /// Those that are online.
    pub online: usize,
    /// Its orders that are pending or charge.
    pub orders: usize,
    /// What it may draw, if that was said.
    pub power: Option<StationPower>,
}

/// A device and what it draws.
#[derive(Clone, Debug)]
pub struct DeviceLoad {
    /// The device.
    pub phy_id: PhyId,
    /// Whether it is online.
    pub online: bool,
    /// What it draws, W.
    pub draw_w: i64,
    /// Its rating, W; zero when unknown.
    pub rated_w: i64,
    /// Whether it takes limits.
    pub takes_limits: bool,
    /// The limit that it was given last.
    pub limit: Option<PowerLimitRow>,
    /// Its ports.
    pub ports: Vec<PortLoad>,
}

/// A port and what it draws.
#[derive(Clone, Debug)]
pub struct PortLoad {
    /// Its number.
    pub port_no: PortNo,
    /// What it is doing.
    pub state: PortState,
    /// What it draws.
    pub power: Power,
    /// °C, where known.
    pub temperature_c: Option<i16>,
    /// The order that holds it.
    pub order_no: Option<OrderNo>,
}

/// One minute of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerPoint {
    /// Its beginning.
    pub at: Timestamp,
    /// The mean, W.
    pub mean_w: i64,
}

/// How a station's supply is shared.
#[derive(Clone, Debug)]
pub struct PowerPlan {
    /// When it was made; none before the first look.
    pub made_at: Option<Timestamp>,
    /// What may be shared, W.
    pub available_w: i64,
    /// What those that cannot be limited count with, W.
    pub fixed_w: i64,
    /// What is left for further starts, W.
    pub room_w: i64,
    /// There is not enough for everything that charges.
    pub short: bool,
    /// By device.
    pub lines: Vec<PlanLine>,
}

/// What becomes of one device.
#[derive(Clone, Debug)]
pub struct PlanLine {
    /// The device.
    pub phy_id: PhyId,
    /// `steerable`, `measured`, `silent`.
    pub steering: &'static str,
    /// What it draws, W.
    pub draw_w: i64,
    /// Its rating, W.
    pub rated_w: i64,
    /// The limit that it is to have, %.
    pub percent: Option<u8>,
    /// What is granted to it, or what it counts with, W.
    pub granted_w: i64,
    /// What it was told last, and what it said.
    pub limit: Option<PowerLimitRow>,
}

impl App {
    /// A page of stations with what they draw.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn station_loads(
        &self,
        scope: Scope,
        name: Option<String>,
        page: PageRequest,
    ) -> Result<Page<StationLoad>, AppError> {
        let filter = StationFilter {
            name,
            scope,
            ..StationFilter::default()
        };
        let mut view = self.db.view().await?;
        let rows = stations::list(view.conn(), &filter, None, page).await?;
        drop(view);
        let settings = self.power.stations.load_full();
        let mut sums: HashMap<i64, StationLoad> = HashMap::new();
        for row in &rows.items {
            let load = StationLoad {
                station_id: row.id,
                station_no: row.entry.station_no.clone(),
                name: row.entry.name.clone(),
                draw_w: 0,
                rated_w: 0,
                devices: 0,
                online: 0,
                orders: 0,
                power: settings.get(&row.id).cloned(),
            };
            sums.insert(row.id, load);
        }
        for seen in self.look_at_devices() {
            let load = seen.station.and_then(|station| sums.get_mut(&station));
            if let Some(load) = load {
                load.draw_w += seen.draw_w;
                load.rated_w += seen.rated_w;
                load.devices += 1;
                load.online += usize::from(seen.online);
                load.orders += seen.orders;
            }
        }
        let items = rows.items.iter().filter_map(|row| sums.remove(&row.id));
        Ok(Page {
            items: items.collect(),
            total: rows.total,
            page: rows.page,
            size: rows.size,
        })
    }

    /// The devices and ports of a station with what they draw.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station.
    pub async fn station_devices_load(&self, station: i64) -> Result<Vec<DeviceLoad>, AppError> {
        self.station_power_of(station).await?;
        let seen = self.look_at_devices();
        let mut devices = Vec::new();
        for seen in seen.iter().filter(|seen| seen.station == Some(station)) {
            let ports = self.live.read(&seen.phy_id, |live| {
                let ports = live.ports.iter().map(|port| PortLoad {
                    port_no: port.port,
                    state: port.memory.state,
                    power: port.power,
                    temperature_c: port.temperature_c,
                    order_no: self.orders.on_port(&seen.phy_id, port.port),
                });
                ports.collect()
            });
            devices.push(DeviceLoad {
                phy_id: seen.phy_id.clone(),
                online: seen.online,
                draw_w: seen.draw_w,
                rated_w: seen.rated_w,
                takes_limits: seen.takes_limits,
                limit: self.power.limits.get(&seen.id).map(|row| row.clone()),
                ports: ports.unwrap_or_default(),
            });
        }
        devices.sort_by(|one, two| one.phy_id.cmp(&two.phy_id));
        Ok(devices)
    }

    /// What a station drew, by the minute.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station.
    pub async fn station_curve(
        &self,
        station: i64,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<PowerPoint>, AppError> {
        self.station_power_of(station).await?;
        self.power_curve(STATION, station, from, until).await
    }

    /// What a device drew, by the minute.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a device.
    pub async fn device_curve(
        &self,
        phy_id: &PhyId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<PowerPoint>, AppError> {
        let DeviceId(id) = self.device_summary(phy_id).await?.row.id;
        self.power_curve(DEVICE, id, from, until).await
    }

    /// What one of its ports drew, by the minute; three days are kept.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a device or port.
    pub async fn port_curve(
        &self,
        phy_id: &PhyId,
        port: PortNo,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<PowerPoint>, AppError> {
        let device = self.device_summary(phy_id).await?.row.id;
        let has = self.live.read(phy_id, |live| live.port(port).is_some());
        if has != Some(true) {
            return Err(AppError::NotFound("port"));
        }
        let id = port_object(device, port);
        self.power_curve(PORT, id, from, until).await
    }

    async fn power_curve(
        &self,
        kind: &'static str,
        id: i64,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<PowerPoint>, AppError> {
        if until <= from || until.since(from) > CURVE_MAX {
            return Err(AppError::Invalid {
                field: "until".to_owned(),
                problem: "must be after from, and within 7 days of it".to_owned(),
            });
        }
        let unwritten = self.power.minutes.lock().unwritten((kind, id));
        let mut view = self.db.view().await?;
        let first = from - MINUTE * 10;
        let mut chunks = power_curves::list(view.conn(), kind, id, first, until).await?;
        drop(view);
        chunks.retain(|chunk| {
            let newer = unwritten.iter();
            newer.clone().all(|other| other.from_at != chunk.from_at)
        });
        chunks.extend(unwritten);
        chunks.sort_by_key(|chunk| chunk.from_at);
        let points = chunks.iter().flat_map(points);
        Ok(points
            .filter(|point| point.at >= from && point.at < until)
            .collect())
    }

    /// How a station's supply is shared, and what its devices were told.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station, [`AppError::Conflict`] while it is not
    /// balanced.
    pub async fn power_plan(&self, station: i64) -> Result<PowerPlan, AppError> {
        let power = self.station_power_of(station).await?;
        let power = power.filter(|power| power.balancing);
        let power = power.ok_or(AppError::Conflict("the station is not balanced"))?;
        let plan = self.power.plans.get(&station).map(|plan| plan.clone());
        let available_w = power.capacity_w - power.reserve_w;
        let Some((made_at, consumers, plan)) = plan else {
            return Ok(PowerPlan {
                made_at: None,
                available_w,
                fixed_w: 0,
                room_w: 0,
                short: false,
                lines: Vec::new(),
            });
        };
        let lines = consumers.into_iter().zip(plan.shares);
        let lines = lines.map(|((phy_id, consumer), share)| {
            let id = self.live.read(&phy_id, |live| live.id);
            let limit = id.and_then(|id| self.power.limits.get(&id).map(|row| row.clone()));
            PlanLine {
                phy_id,
                steering: match consumer.steering {
                    Steering::Steerable => "steerable",
                    Steering::Measured => "measured",
                    Steering::Silent => "silent",
                },
                draw_w: consumer.draw_w,
                rated_w: consumer.rated_w,
                percent: share.percent,
                granted_w: share.granted_w,
                limit,
            }
        });
        Ok(PowerPlan {
            made_at: Some(made_at),
            available_w,
            fixed_w: plan.fixed_w,
            room_w: plan.room_w,
            short: plan.short,
            lines: lines.collect(),
        })
    }
}

pub(super) fn points(chunk: &PowerChunk) -> Vec<PowerPoint> {
    let means: Vec<i64> = serde_json::from_value(chunk.means.clone()).unwrap_or_default();
    let mut at = chunk.from_at;
    let mut points = Vec::with_capacity(means.len());
    for mean_w in means {
        if mean_w >= 0 {
            points.push(PowerPoint { at, mean_w });
        }
        at = at + MINUTE;
    }
    points
}
