//! What scrolls: alarms and charges, without a word about people.

use super::board::seconds;
use crate::kpi::Slice;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::kpi::{Bounds, Counts, Kpi, Rating};
use domain::order::OrderStatus;
use domain::permission::Mask;
use kernel::{Energy, OrderNo, PhyId, PortNo, Power, Timestamp};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use store::alarms::{self, AlarmFilter, AlarmRow};
use store::{PageRequest, order_facts};

/// Lines that scroll.
const LINES: u32 = 20;

/// Gauges of the screen.
const GAUGES: [Kpi; 4] = [
    Kpi::DeviceOnline,
    Kpi::ChargeSuccess,
    Kpi::ProtocolCompliance,
    Kpi::StateConsistency,
];

/// Alarms that are not over.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreenAlarms {
    /// Critical ones.
    pub critical: i64,
    /// Warnings.
    pub warning: i64,
    /// Information.
    pub info: i64,
    /// The newest twenty.
    pub items: Vec<ScreenAlarm>,
}

/// An alarm, without its words: those may name people.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreenAlarm {
    /// Its row.
    pub id: i64,
    /// When it began.
    pub at: Timestamp,
    /// Its cause.
    pub code: String,
    /// The same in Chinese.
    pub title: &'static str,
    /// `C`, `W`, `I`.
    pub level: String,
    /// Where it is.
    pub state: &'static str,
    /// The station.
    pub station_id: Option<i64>,
    /// Its name.
    pub station: Option<String>,
    /// The device.
    pub phy_id: Option<PhyId>,
    /// The port.
    pub port_no: Option<PortNo>,
}

/// Charges that run.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveOrders {
    /// How many.
    pub total: usize,
    /// The newest twenty.
    pub items: Vec<LiveOrder>,
}

/// A charge that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveOrder {
    /// Its number.
    pub order_no: OrderNo,
    /// Whose, masked; none where nobody here knows.
    pub user: Option<String>,
    /// Where.
    pub station: Option<String>,
    /// The device.
    pub phy_id: PhyId,
    /// The port.
    pub port_no: PortNo,
    /// Power now.
    pub power: Power,
    /// Energy so far.
    pub energy: Energy,
    /// State of charge, %.
    pub soc: Option<i16>,
    /// Since when.
    pub started_at: Option<Timestamp>,
}

/// A key figure of the last hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// Which.
    pub kpi: Kpi,
    /// Its counts.
    pub counts: Counts,
    /// What is wanted.
    pub bounds: Bounds,
    /// How good it is; none where too little was counted.
    pub rating: Option<Rating>,
}

impl App {
    /// Alarms about stations and devices that are not over; five seconds old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_alarms(&self, slice: &Slice) -> Result<Arc<ScreenAlarms>, AppError> {
        let made = async {
            let cut = self.cut(slice).await?;
            let filter = AlarmFilter {
                open: true,
                of_places: true,
                scope: cut.scope.clone(),
                ..AlarmFilter::default()
            };
            let page = PageRequest {
                page: 1,
                size: LINES,
            };
            let mut view = self.db.view().await?;
            let open = alarms::count_open_of(view.conn(), &cut.scope, true).await?;
            let rows = alarms::list(view.conn(), &filter, page).await?;
            drop(view);
            let count = |level: &str| {
                let found = open.iter().find(|(known, _)| known == level);
                found.map_or(0, |(_, count)| *count)
            };
            let names: HashMap<i64, &str> = cut
                .places
                .iter()
                .map(|place| (place.id, place.name.as_str()))
                .collect();
            let devices = self.phy_ids(&rows.items);
            let items = rows.items.iter().map(|row| {
                let device = row.device_id.and_then(|id| devices.get(&id.0));
                let station_id = row.station_id.or(device.and_then(|(_, station)| *station));
                ScreenAlarm {
                    id: row.id,
                    at: row.first_at,
                    code: row.code.clone(),
                    title: AlarmCode::parse(&row.code).map_or("", AlarmCode::title),
                    level: row.level.clone(),
                    state: row.state.as_str(),
                    station_id,
                    station: station_id
                        .and_then(|id| names.get(&id).map(|name| (*name).to_owned())),
                    phy_id: device.map(|(phy_id, _)| phy_id.clone()),
                    port_no: row.port_no,
                }
            });
            Ok(ScreenAlarms {
                critical: count("C"),
                warning: count("W"),
                info: count("I"),
                items: items.collect(),
            })
        };
        let board = &self.screen.alarms;
        let made = Box::pin(made);
        board.get(slice.key(), self.now(), seconds(5), made).await
    }

    /// The devices of some alarms, with their stations.
    fn phy_ids(&self, rows: &[AlarmRow]) -> HashMap<i64, (PhyId, Option<i64>)> {
        let wanted: Vec<i64> = rows
            .iter()
            .filter_map(|row| Some(row.device_id?.0))
            .collect();
        let mut found = HashMap::new();
        if !wanted.is_empty() {
            self.live.for_each(|live| {
                if wanted.contains(&live.id.0) {
                    found.insert(live.id.0, (live.phy_id.clone(), live.station_id));
                }
            });
        }
        found
    }

    /// Charges that run; five seconds old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_live_orders(&self, slice: &Slice) -> Result<Arc<LiveOrders>, AppError> {
        let made = async {
            let cut = self.cut(slice).await?;
            let mut running = Vec::new();
            for order in self.active_orders().await? {
                let station = self.live.read(&order.phy_id, |live| live.station_id);
                if order.status == OrderStatus::Charging && cut.has(station.flatten()) {
                    running.push((order, station.flatten()));
                }
            }
            let total = running.len();
            running.sort_by_key(|(order, _)| Reverse((order.start_time, order.order_no)));
            running.truncate(LINES as usize);
            let numbers: Vec<OrderNo> = running.iter().map(|(order, _)| order.order_no).collect();
            let mut view = self.db.view().await?;
            let facts = order_facts::of(view.conn(), &numbers).await?;
            drop(view);
            let phones: HashMap<OrderNo, String> = facts
                .into_iter()
                .filter_map(|row| Some((row.order_no, row.member_phone?)))
                .collect();
            let names: HashMap<i64, &str> = cut
                .places
                .iter()
                .map(|place| (place.id, place.name.as_str()))
                .collect();
            let mut items = Vec::with_capacity(running.len());
            for (order, station) in running {
                let order_no = order.order_no;
                items.push(LiveOrder {
                    order_no,
                    user: phones.get(&order_no).map(|phone| Mask::Phone.apply(phone)),
                    station: station.and_then(|id| names.get(&id).map(|name| (*name).to_owned())),
                    port_no: order.port_no,
                    power: order.current_power,
                    energy: order.energy,
                    soc: order.soc.map(Into::into),
                    started_at: order.start_time,
                    phy_id: order.phy_id,
                });
            }
            Ok(LiveOrders { total, items })
        };
        let board = &self.screen.live_orders;
        let made = Box::pin(made);
        board.get(slice.key(), self.now(), seconds(5), made).await
    }

    /// Key figures of the last hour; a minute old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_gauges(&self, slice: &Slice) -> Result<Arc<Vec<Gauge>>, AppError> {
        let made = async {
            let cut = self.cut(slice).await?;
            let table = self.present_of(&cut.chosen).await?;
            let gauges = GAUGES.iter().map(|kpi| {
                let counts = table.counts.get(&(*kpi).into()).copied();
                let (counts, bounds) = (counts.unwrap_or_default(), self.kpi_bounds(*kpi));
                Gauge {
                    kpi: *kpi,
                    counts,
                    bounds,
                    rating: kpi.rating(counts, bounds),
                }
            });
            Ok(gauges.collect())
        };
        let board = &self.screen.gauges;
        let made = Box::pin(made);
        board.get(slice.key(), self.now(), seconds(60), made).await
    }
}
