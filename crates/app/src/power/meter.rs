//! Means by the minute, gathered in memory and written in chunks of ten minutes.

use super::Seen;
use crate::{App, AppError};
use kernel::{DeviceId, PortNo, Timestamp};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::power_curves::{self, PowerChunk};

/// Minutes of one chunk.
const MINUTES: usize = 10;
const MINUTE_MS: i64 = 60_000;
const CHUNK_MS: i64 = 600_000;
/// Chunks that wait for the database; more are dropped, the oldest first.
const WAITING_MAX: usize = 200_000;
/// Curves are kept so long, those of ports shorter: there are many more of them.
const KEPT: Duration = Duration::from_hours(24 * 35);
const PORTS_KEPT: Duration = Duration::from_hours(24 * 3);
/// Rows that one purge deletes.
const PURGE_ROWS: u16 = 5000;
/// Port numbers of one device stay below this.
const PORTS: i64 = 1000;

pub(super) const STATION: &str = "s";
pub(super) const DEVICE: &str = "d";
pub(super) const PORT: &str = "p";

/// The number under which a port's curve is kept.
pub(super) fn port_object(device: DeviceId, port: PortNo) -> i64 {
    device.0 * PORTS + i64::from(port.0)
}

type Key = (&'static str, i64);

/// What was gathered and not yet written.
#[derive(Default)]
pub(super) struct Minutes {
    open: HashMap<Key, Gathered>,
    full: Vec<PowerChunk>,
    purged_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Gathered {
    from: i64,
    sums: [(i64, i64); MINUTES],
    most: i64,
}

impl Gathered {
    fn beginning(from: i64) -> Self {
        Self {
            from,
            sums: [(0, 0); MINUTES],
            most: 0,
        }
    }

    fn means(&self) -> Vec<i64> {
        let mean = |(sum, count): &(i64, i64)| if *count == 0 { -1 } else { sum / count };
        self.sums.iter().map(mean).collect()
    }

    fn chunk(&self, key: Key) -> PowerChunk {
        PowerChunk {
            kind: key.0.to_owned(),
            object_id: key.1,
            from_at: Timestamp(self.from),
            means: json!(self.means()),
            most_w: self.most,
        }
    }
}

impl Minutes {
    fn add(&mut self, key: Key, at: Timestamp, watts: i64) {
        let from = at.0.div_euclid(CHUNK_MS) * CHUNK_MS;
        let open = self
            .open
            .entry(key)
            .or_insert_with(|| Gathered::beginning(from));
        if open.from != from {
            let over = std::mem::replace(open, Gathered::beginning(from));
            self.full.push(over.chunk(key));
        }
        let minute = usize::try_from((at.0 - from) / MINUTE_MS).unwrap_or(0);
        if let Some((sum, count)) = open.sums.get_mut(minute) {
            *sum += watts;
            *count += 1;
        }
        open.most = open.most.max(watts);
    }

    /// Chunks whose time is over; with `all`, also those that are still gathered.
    fn take(&mut self, now: Timestamp, all: bool) -> Vec<PowerChunk> {
        let full = &mut self.full;
        self.open.retain(|key, open| {
            let over = now.0 >= open.from + CHUNK_MS;
            if over || all {
                full.push(open.chunk(*key));
            }
            !over
        });
        let mut taken = std::mem::take(full);
        let surplus = taken.len().saturating_sub(WAITING_MAX);
        taken.drain(..surplus);
        taken
    }

    /// What is still gathered of all stations.
    pub(super) fn unwritten_of_stations(&self) -> Vec<PowerChunk> {
        let full = self.full.iter().filter(|chunk| chunk.kind == STATION);
        let open = self.open.iter().filter(|((kind, _), _)| *kind == STATION);
        let open = open.map(|(key, open)| open.chunk(*key));
        full.cloned().chain(open).collect()
    }

    /// What is still gathered of an object.
    pub(super) fn unwritten(&self, key: Key) -> Vec<PowerChunk> {
        let full = self
            .full
            .iter()
            .filter(|chunk| chunk.kind == key.0 && chunk.object_id == key.1);
        let open = self.open.get(&key).map(|open| open.chunk(key));
        full.cloned().chain(open).collect()
    }
}

impl App {
    /// Adds one look to the means. A device or port that draws nothing and drew nothing is not
    /// kept.
    pub(super) fn meter_power(&self, seen: &[Arc<Seen>]) {
        let now = self.now();
        let mut stations: HashMap<i64, i64> = HashMap::new();
        let mut minutes = self.power.minutes.lock();
        for device in seen {
            if let Some(station) = device.station {
                *stations.entry(station).or_default() += device.draw_w;
            }
            let key = (DEVICE, device.id.0);
            if device.draw_w > 0 || minutes.open.contains_key(&key) {
                minutes.add(key, now, device.draw_w);
            }
            for (port, watts) in &device.ports {
                let key = (PORT, port_object(device.id, *port));
                if *watts > 0 || minutes.open.contains_key(&key) {
                    minutes.add(key, now, *watts);
                }
            }
        }
        for (station, watts) in stations {
            minutes.add((STATION, station), now, watts);
        }
    }

    /// Writes what is complete, and once in an hour forgets what is old.
    pub(crate) async fn flush_power(&self, all: bool) -> Result<(), AppError> {
        let now = self.now();
        let chunks = self.power.minutes.lock().take(now, all);
        if !chunks.is_empty() {
            let written = self.write_power(&chunks).await;
            if let Err(error) = written {
                self.power.minutes.lock().full.extend(chunks);
                return Err(error);
            }
        }
        let due = {
            let mut minutes = self.power.minutes.lock();
            let last = minutes.purged_at.get_or_insert(now);
            let due = now.since(*last) >= Duration::from_hours(1);
            if due {
                *last = now;
            }
            due
        };
        if due {
            let mut direct = self.db.direct().await?;
            for (kind, kept) in [(STATION, KEPT), (DEVICE, KEPT), (PORT, PORTS_KEPT)] {
                power_curves::purge(direct.conn(), kind, now - kept, PURGE_ROWS).await?;
            }
        }
        Ok(())
    }

    async fn write_power(&self, chunks: &[PowerChunk]) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        power_curves::put(direct.conn(), chunks).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{DEVICE, Minutes};
    use kernel::Timestamp;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn minutes_are_means_and_chunks_end_with_their_time() {
        let begin = Timestamp::from_unix_seconds(1_729_407_600);
        let at = |seconds| begin + Duration::from_secs(seconds);
        let key = (DEVICE, 7);
        let mut minutes = Minutes::default();
        for (seconds, watts) in [(0, 100), (30, 201), (60, 300), (300, 50), (599, 51)] {
            minutes.add(key, at(seconds), watts);
        }
        assert!(minutes.take(at(599), false).is_empty());
        assert_eq!(minutes.unwritten(key)[0].means[0], 150);
        minutes.add(key, at(600), 9);
        let full = minutes.take(at(601), false);
        assert_eq!(full.len(), 1);
        assert_eq!(
            full[0].means,
            json!([150, 300, -1, -1, -1, 50, -1, -1, -1, 51])
        );
        assert_eq!((full[0].most_w, full[0].from_at), (300, begin));
        assert_eq!(minutes.take(at(700), true)[0].means[0], 9);
        assert_eq!(minutes.take(at(1200), false).len(), 1, "the rest of it");
        assert!(minutes.take(at(1300), true).is_empty());
    }
}
