//! Alarms about how things stand, not about something that happened: silence, heat, overload,
//! power without an order, clocks that are off. Looked after once a second over the whole fleet
//! in memory.

use crate::live_port::LivePort;
use crate::{App, LiveDevice};
use device::{Command, PortState};
use domain::alarm::{self, Alarm, AlarmCode, STARTING_UP};
use kernel::{PhyId, PortNo, Power, Timestamp, Voltage};
use std::time::Duration;
use tracing::debug;

/// A charge without an order must be seen for so long; a status may lag behind an end report.
const LONELY_CONFIRM: Duration = Duration::from_mins(1);

/// A charge without an order that has not been heard of for so long is taken to be over.
const LONELY_FORGET: Duration = Duration::from_mins(15);

/// Devices whose alarms are changed in one round; the rest follows a second later.
const DEVICES_PER_ROUND: usize = 200;

/// The conditions that are judged here.
const JUDGED: [AlarmCode; 10] = [
    AlarmCode::DeviceOffline,
    AlarmCode::DeviceFlapping,
    AlarmCode::StatusReportGap,
    AlarmCode::TotalPowerDevice,
    AlarmCode::TempHigh,
    AlarmCode::LonelyPort,
    AlarmCode::DeviceClockDrift,
    AlarmCode::PortOverVoltage,
    AlarmCode::PortUnderVoltage,
    AlarmCode::PortOverPower,
];

/// Alarms of one device that begin and end.
struct Verdict {
    device: PhyId,
    raised: Vec<Alarm>,
    cleared: Vec<Alarm>,
}

impl App {
    /// Raises and clears the alarms of all devices as they stand now.
    pub(crate) async fn judge_conditions(&self) {
        let now = self.now();
        let mut verdicts = Vec::new();
        self.live.for_each(|live| {
            if verdicts.len() < DEVICES_PER_ROUND {
                verdicts.extend(self.judge(live, now));
            }
        });
        for verdict in verdicts {
            let Verdict {
                device,
                raised,
                cleared,
            } = verdict;
            if let Err(error) = self.change_alarms(&device, &raised, &cleared).await {
                debug!(%device, %error, "alarms not written, trying again");
                return;
            }
            self.count_detections(&device, &raised, now);
            let drifts = |alarm: &Alarm| alarm.code == AlarmCode::DeviceClockDrift;
            if raised.iter().any(drifts) {
                self.set_clock_of(&device).await;
            }
        }
    }

    /// Tells a device the time, where that can be told.
    async fn set_clock_of(&self, device: &PhyId) {
        let takes = self.live.read(device, |live| {
            let checked = live.protocol.check(&live.profile, &Command::SyncTime);
            checked.is_ok()
        });
        if takes == Some(true)
            && let Err(error) = self
                .send_command("system", device, Command::SyncTime, None)
                .await
        {
            debug!(%device, %error, "its clock was not set");
        }
    }

    fn judge(&self, live: &LiveDevice, now: Timestamp) -> Option<Verdict> {
        if !self.looks_after_live(live) {
            return None;
        }
        let stands = self.standing(live, now);
        let raised: Vec<Alarm> = stands
            .iter()
            .filter(|alarm| !live.has_condition(alarm.code, alarm.port))
            .cloned()
            .collect();
        let cleared: Vec<Alarm> = live
            .conditions
            .iter()
            .filter(|(code, _)| JUDGED.contains(code))
            // A device that has not told the time since we started is not known to be right.
            .filter(|(code, _)| {
                *code != AlarmCode::DeviceClockDrift || live.clock_ahead_ms.is_some()
            })
            .filter(|known| {
                !stands
                    .iter()
                    .any(|alarm| (alarm.code, alarm.port) == **known)
            })
            .map(|(code, port)| Alarm {
                port: *port,
                ..Alarm::of_device(*code, "")
            })
            .collect();
        // While a device is away its other alarms rest.
        let cleared = if live.is_online() {
            cleared
        } else {
            Vec::new()
        };
        let suppressed = live.lifecycle == domain::device_status::DeviceStatus::Maintenance;
        let raised = if suppressed { Vec::new() } else { raised };
        let quiet = raised.is_empty() && cleared.is_empty();
        (!quiet).then(|| Verdict {
            device: live.phy_id.clone(),
            raised,
            cleared,
        })
    }

    fn standing(&self, live: &LiveDevice, now: Timestamp) -> Vec<Alarm> {
        let policy = &self.settings.policy;
        let mut stands = Vec::new();
        if !live.is_online() {
            let away = live.offline_since.map(|since| now.since(since));
            // One that has never been seen is new, not away; and just after our start all are about
            // to return.
            let starting = now.since(self.listening_since()) < STARTING_UP;
            if !starting
                && live.last_seen.is_some()
                && away.is_some_and(|away| away >= policy.offline_alarm)
            {
                let message = format!("offline for {} s", away.unwrap_or_default().as_secs());
                stands.push(Alarm::of_device(AlarmCode::DeviceOffline, message));
            }
            return stands;
        }
        stands.extend(live.flaps(now).map(|count| {
            let message = format!("came back {count} times within 10 min");
            Alarm::of_device(AlarmCode::DeviceFlapping, message)
        }));
        stands.extend(alarm::total_power(live.total_power(), live.rated_power));
        stands.extend(live.clock_ahead_ms.and_then(|ahead_ms| {
            let theirs = Timestamp(now.0.saturating_add(ahead_ms));
            alarm::clock_drift(theirs, now, policy.clock_drift)
        }));
        let own = live.vitals.temperature_c;
        stands
            .extend(own.and_then(|celsius| alarm::temperature(None, celsius, policy.temp_high_c)));
        // Sockets hang on one phase of the mains; what chargers of cars tell is another voltage.
        let on_mains = live.protocol.serves_ebikes(&live.profile);
        let supply = |port, voltage: Option<Voltage>| {
            let voltage = voltage.filter(|_| on_mains);
            voltage.and_then(|voltage| alarm::supply_voltage(port, voltage))
        };
        stands.extend(supply(None, live.vitals.voltage));
        for port in &live.ports {
            let number = Some(port.port);
            stands.extend(supply(number, port.voltage));
            stands.extend(self.drawing_too_much(live, port));
            let hot = |celsius| alarm::temperature(number, celsius, policy.temp_high_c);
            stands.extend(port.temperature_c.and_then(hot));
            let running = matches!(
                port.memory.state,
                PortState::Charging | PortState::Suspended
            );
            let held = self.orders.on_port(&live.phy_id, port.port).is_some();
            if running && held {
                let heard = port.reported_at.max(live.online_since);
                stands.extend(
                    heard.and_then(|heard| {
                        alarm::status_gap(port.port, heard, now, policy.status_gap)
                    }),
                );
            }
            stands.extend(lonely(port.port, port.lonely_since, port.reported_at, now));
        }
        stands
    }

    /// What a charge draws above what it was started with, or above what its plug can carry.
    fn drawing_too_much(&self, live: &LiveDevice, port: &LivePort) -> Option<Alarm> {
        if port.power <= Power::ZERO {
            return None;
        }
        let order_no = self.orders.on_port(&live.phy_id, port.port);
        let slot = order_no.and_then(|order_no| self.orders.slot(order_no));
        let mut asked = None;
        if let Some(slot) = &slot {
            let Ok(order) = slot.try_lock() else {
                // Somebody works on it: what was decided a second ago stands.
                let open = live.has_condition(AlarmCode::PortOverPower, Some(port.port));
                let same = || Alarm::of_port(AlarmCode::PortOverPower, port.port, "");
                return open.then(same);
            };
            asked = order.as_ref().and_then(|order| order.power_limit);
        }
        let limits = [asked, Some(port.rated_power)].into_iter().flatten();
        let limit = limits.filter(|limit| *limit > Power::ZERO).min()?;
        alarm::over_power(port.port, port.power, limit)
    }
}

/// Power that flows without an order of ours.
fn lonely(
    port: PortNo,
    since: Option<Timestamp>,
    reported_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Alarm> {
    let since = since?;
    let fresh = reported_at.is_some_and(|at| now.since(at) <= LONELY_FORGET);
    (fresh && now.since(since) >= LONELY_CONFIRM)
        .then(|| Alarm::of_port(AlarmCode::LonelyPort, port, "charging without an order"))
}
