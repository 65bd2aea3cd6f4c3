//! How long exceptions go unnoticed.

use crate::App;
use domain::alarm::{Alarm, AlarmCode, Level};
use domain::kpi::{Counts, Kpi};
use kernel::{PhyId, Timestamp};
use std::time::Duration;

/// A device's word on when something happened is believed for so long.
const BELIEVED: Duration = Duration::from_hours(1);

impl App {
    /// Counts how long after their beginning conditions were noticed. Silence is an exception once
    /// it has lasted as long as its alarm says.
    pub(crate) fn count_detections(&self, device: &PhyId, raised: &[Alarm], now: Timestamp) {
        let policy = &self.settings.policy;
        for alarm in raised {
            let since = self.live.read(device, |live| {
                let port = alarm.port.and_then(|port| live.port(port));
                match alarm.code {
                    AlarmCode::DeviceOffline => {
                        live.offline_since.map(|at| at + policy.offline_alarm)
                    }
                    AlarmCode::StatusReportGap => port
                        .and_then(|port| port.reported_at)
                        .max(live.online_since)
                        .map(|at| at + policy.status_gap),
                    _ => None,
                }
            });
            let late = since.flatten().map_or(Duration::ZERO, |at| now.since(at));
            self.count_detection(device, alarm, late);
        }
    }

    /// Counts how long after a device's own word its alarm was raised.
    pub(crate) fn count_told(&self, device: &PhyId, alarm: &Alarm, said: Option<Timestamp>) {
        let now = self.now();
        let late = said.map_or(Duration::ZERO, |said| now.since(said));
        let late = if late > BELIEVED {
            Duration::ZERO
        } else {
            late
        };
        self.count_detection(device, alarm, late);
    }

    fn count_detection(&self, device: &PhyId, alarm: &Alarm, late: Duration) {
        if alarm.code.level() < Level::Warning {
            return;
        }
        let station = self.live.read(device, |live| live.station_id).flatten();
        let counts = Counts::of(late.as_secs(), 60);
        let now = self.now();
        self.pending
            .lock()
            .note(now, station.unwrap_or(0), Kpi::Detection.into(), counts);
    }
}
