use super::PortCounts;
use super::board::seconds;
use crate::kpi::Slice;
use crate::{App, AppError};
use std::collections::HashMap;
use std::sync::Arc;

/// Stations on a map.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreenMap {
    /// Those with coordinates.
    pub stations: Vec<StationDot>,
    /// Stations without, which no map can show.
    pub unplaced: usize,
    /// Ports of those, and of devices at no station.
    pub unplaced_ports: PortCounts,
}

/// A station on a map.
#[derive(Clone, Debug, PartialEq)]
pub struct StationDot {
    /// The station.
    pub station_id: i64,
    /// Its name.
    pub name: String,
    /// Six digits of its administrative division.
    pub area_code: Option<String>,
    /// Degrees east.
    pub lng: f64,
    /// Degrees north.
    pub lat: f64,
    /// Its devices.
    pub devices: usize,
    /// Those of them that can be reached.
    pub online: usize,
    /// Its ports.
    pub ports: PortCounts,
    /// What it draws, W.
    pub power_w: i64,
    /// What its devices are rated for together, W.
    pub rated_w: i64,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    devices: usize,
    online: usize,
    ports: PortCounts,
    draw_w: i64,
    rated_w: i64,
}

impl App {
    /// Stations with what their ports are doing; a minute old at most.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an organisation that is not there, or not seen;
    /// [`AppError::Invalid`] for an area that is no code.
    pub async fn screen_map(&self, slice: &Slice) -> Result<Arc<ScreenMap>, AppError> {
        let board = &self.screen.map;
        let made = self.draw_map(slice);
        board.get(slice.key(), self.now(), seconds(60), made).await
    }

    async fn draw_map(&self, slice: &Slice) -> Result<ScreenMap, AppError> {
        let cut = self.cut(slice).await?;
        let mut sums: HashMap<i64, Sum> = HashMap::new();
        self.devices_of(&cut, |live| {
            let sum = sums.entry(live.station_id.unwrap_or(0)).or_default();
            sum.devices += 1;
            sum.online += usize::from(live.is_online());
            for port in &live.ports {
                sum.ports.note(live.is_online(), port.memory.state);
            }
            sum.draw_w += live.total_power().0.max(0) / 10;
            sum.rated_w += live.rated_power.0 / 10;
        });
        let mut map = ScreenMap {
            stations: Vec::new(),
            unplaced: 0,
            unplaced_ports: PortCounts::default(),
        };
        for place in &cut.places {
            let (Some(lng), Some(lat)) = (place.lng, place.lat) else {
                map.unplaced += 1;
                continue;
            };
            let sum = sums.remove(&place.id).unwrap_or_default();
            map.stations.push(StationDot {
                station_id: place.id,
                name: place.name.clone(),
                area_code: place.area_code.clone(),
                lng,
                lat,
                devices: sum.devices,
                online: sum.online,
                ports: sum.ports,
                power_w: sum.draw_w,
                rated_w: sum.rated_w,
            });
        }
        for sum in sums.values() {
            map.unplaced_ports.add(&sum.ports);
        }
        Ok(map)
    }
}
