//! Alarms of stations as a whole, and of ports that should be empty.

use super::{ByStation, Seen};
use crate::{App, AppError};
use domain::alarm::{Alarm, AlarmCode, Level};
use kernel::{ClockSet, PhyId, PortNo, Power, Timestamp};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use store::alarms::{self, NewAlarm};

/// Percent of the capacity from which a station is overloaded, below which it is not any more,
/// and from which it is critical.
const WARN_PCT: i64 = 90;
const CALM_PCT: i64 = 85;
const OVER_PCT: i64 = 100;
/// All devices of a station must be away for so long.
const AWAY_AFTER: Duration = Duration::from_mins(5);
/// A gun may hang in a vehicle for so long after its charge.
const GUN_AFTER: Duration = Duration::from_mins(30);
/// Power without an order must be seen for so long.
const RELAY_AFTER: Duration = Duration::from_mins(1);

const STATION: &str = "station";
const LEFT_IN: &str = "plugged in for 30 minutes after the end";

/// What is open, and since when things stand as they do.
#[derive(Default)]
pub(super) struct Watched {
    /// What is known to be written; missing: nobody has looked since the start.
    overload: HashMap<i64, Option<Level>>,
    offline: HashMap<i64, bool>,
    since: HashMap<(PhyId, PortNo, AlarmCode), Timestamp>,
}

impl Watched {
    /// Somebody set the clock.
    pub(super) fn clock_was_set(&mut self, set: &ClockSet) {
        for at in self.since.values_mut() {
            *at = set.moved(*at);
        }
    }
}

impl App {
    pub(super) async fn watch_stations(&self, by_station: &ByStation) -> Result<(), AppError> {
        let settings = self.power.stations.load_full();
        for (station, devices) in by_station {
            let draw_w: i64 = devices.iter().map(|seen| seen.draw_w).sum();
            if let Some(power) = settings.get(station) {
                self.watch_load(*station, draw_w, power.capacity_w).await?;
            }
            self.watch_presence(*station, devices).await?;
        }
        Ok(())
    }

    async fn watch_load(&self, station: i64, draw_w: i64, capacity_w: i64) -> Result<(), AppError> {
        let known = self.power.watched.lock().overload.get(&station).copied();
        let percent = draw_w.saturating_mul(100) / capacity_w.max(1);
        let level = match percent {
            OVER_PCT.. => Some(Level::Critical),
            WARN_PCT.. => Some(Level::Warning),
            CALM_PCT.. => known.flatten().map(|_| Level::Warning),
            _ => None,
        };
        if known == Some(level) {
            return Ok(());
        }
        let code = AlarmCode::PowerOverload;
        self.end_station_alarm(code, station).await?;
        if let Some(level) = level {
            let details = json!({"draw_w": draw_w, "capacity_w": capacity_w, "percent": percent});
            let message = format!("{draw_w} W of {capacity_w} W ({percent} %)");
            self.raise_station_alarm(code, level, station, message, details)
                .await?;
        }
        self.power.watched.lock().overload.insert(station, level);
        Ok(())
    }

    async fn watch_presence(&self, station: i64, devices: &[Arc<Seen>]) -> Result<(), AppError> {
        let now = self.now();
        let known = self.power.watched.lock().offline.get(&station).copied();
        let away = all_away(devices, now);
        if known == Some(away) {
            return Ok(());
        }
        let code = AlarmCode::StationOffline;
        if away {
            let details = json!({"devices": devices.len()});
            let message = format!("all {} devices are offline", devices.len());
            self.raise_station_alarm(code, code.level(), station, message, details)
                .await?;
        } else {
            self.end_station_alarm(code, station).await?;
        }
        self.power.watched.lock().offline.insert(station, away);
        Ok(())
    }

    async fn raise_station_alarm(
        &self,
        code: AlarmCode,
        level: Level,
        station: i64,
        message: String,
        details: serde_json::Value,
    ) -> Result<(), AppError> {
        let new = NewAlarm {
            code: code.as_str().to_owned(),
            level: level.letter().to_owned(),
            object_type: STATION.to_owned(),
            object_id: station.to_string(),
            device_id: None,
            port_no: None,
            order_no: None,
            message,
            details,
            at: self.now(),
        };
        let mut tx = self.db.begin().await?;
        alarms::raise(tx.conn(), &new).await?;
        let key = (code.as_str(), STATION, new.object_id.as_str());
        alarms::place(tx.conn(), key, station).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn end_station_alarm(&self, code: AlarmCode, station: i64) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        let id = station.to_string();
        alarms::recover(direct.conn(), code.as_str(), STATION, &id, self.now()).await?;
        Ok(())
    }

    /// Guns that were not put back, and power that flows at ports that say they are idle.
    pub(super) async fn watch_ports(&self, seen: &[Arc<Seen>]) -> Result<(), AppError> {
        let now = self.now();
        let kinds = [
            (AlarmCode::GunNotReturned, GUN_AFTER),
            (AlarmCode::RelayStuck, RELAY_AFTER),
        ];
        let mut standing = HashSet::new();
        for device in seen {
            if !device.online {
                continue;
            }
            let (mut raised, mut cleared) = (Vec::new(), Vec::new());
            for (code, patience) in kinds {
                let stands = match code {
                    AlarmCode::GunNotReturned => &device.left_in,
                    _ => &device.drawing,
                };
                let open = self.live.read(&device.phy_id, |live| {
                    let ports = live.conditions.iter();
                    let ports = ports.filter(|(known, _)| *known == code);
                    ports.filter_map(|(_, port)| *port).collect::<Vec<_>>()
                });
                let open = open.unwrap_or_default();
                let mut watched = self.power.watched.lock();
                for port in stands {
                    let key = (device.phy_id.clone(), *port, code);
                    let since = *watched.since.entry(key.clone()).or_insert(now);
                    if now.since(since) >= patience && !open.contains(port) {
                        match code {
                            AlarmCode::RelayStuck => {
                                let least = Power(super::FLOWS);
                                self.notice_stuck_relay(&device.phy_id, *port, least);
                            }
                            _ => raised.push(Alarm::of_port(code, *port, LEFT_IN)),
                        }
                    }
                    standing.insert(key);
                }
                for port in open.iter().filter(|port| !stands.contains(port)) {
                    cleared.push(Alarm::of_port(code, *port, ""));
                }
            }
            self.change_alarms(&device.phy_id, &raised, &cleared)
                .await?;
        }
        let mut watched = self.power.watched.lock();
        watched.since.retain(|key, _| standing.contains(key));
        Ok(())
    }
}

/// Devices that were never seen are new, not away.
fn all_away(devices: &[Arc<Seen>], now: Timestamp) -> bool {
    let mut used = devices.iter().filter(|seen| seen.in_use).peekable();
    used.peek().is_some()
        && used.all(|seen| {
            let since = seen.offline_since;
            !seen.online && since.is_some_and(|since| now.since(since) >= AWAY_AFTER)
        })
}
