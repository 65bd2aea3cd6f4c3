//! Looks at every message once, when it comes in: what it breaks is counted, never refused.

use super::{Note, What};
use crate::App;
use crate::sessions::Connection;
use device::{Duty, EndReason, EndReport, Envelope, Event, PortReport, Progress, Tally};
use domain::order::{Order, Violation};
use domain::quality::{
    Rule, is_incomplete_end, is_incomplete_meter, is_incomplete_status, is_over_rated,
};
use kernel::{PhyId, PortNo};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a frame that are kept as an example.
const RAW_MAX: usize = 256;

/// A status may lag behind the end of its charge for so long.
const KNOWN_AFTER: Duration = Duration::from_mins(1);

/// A message with its evidence.
struct Said<'a> {
    envelope: &'a Envelope,
    raw: Option<&'a [u8]>,
}

impl App {
    /// Looks at a message of a device of ours. To be called once for each, before it is handled,
    /// with the frame that it came in where that is at hand: the evidence.
    pub fn inspect(&self, connection: &Arc<Connection>, envelope: &Envelope, frame: Option<&[u8]>) {
        let device = &envelope.device;
        let held = self.sessions.find(device);
        if held.is_none_or(|held| held.id != connection.id) {
            return;
        }
        let said = Said {
            envelope,
            raw: envelope.raw.as_deref().or(frame),
        };
        self.check_clock(&said);
        match &envelope.event {
            Event::Status { ports, .. } => {
                for report in ports {
                    self.check_status(&said, report);
                }
            }
            Event::Progress(progress) => self.check_progress(&said, progress),
            Event::Ended(report) => self.check_end(&said, report),
            Event::Alarm(alarm) if alarm.active => {
                self.live
                    .witness(device, |live| live.witness.count(What::Exceptions, 1));
            }
            _ => {}
        }
    }

    /// What became of bytes that a connection brought; those of nobody stand by themselves.
    pub fn bytes_seen(&self, device: Option<&PhyId>, received: u64, tally: &Tally) {
        let counts = [
            (What::BytesReceived, received),
            (What::BytesDecoded, tally.decoded),
            (What::BytesUnknown, tally.unknown),
            (What::BytesMalformed, tally.malformed),
            (What::BytesNoise, tally.skipped),
            (What::Frames, tally.frames),
            (What::BadFrames, tally.bad_frames),
        ];
        let counted = device.and_then(|device| {
            self.live.witness(device, |live| {
                for (what, number) in counts {
                    live.witness.count(what, number);
                }
                live.witness.bad_frames += tally.bad_frames;
            })
        });
        if counted.is_none() {
            let mut pending = self.pending.lock();
            for (what, number) in counts {
                pending.of_nobody[what as usize] += number;
            }
        }
    }

    /// Reports of a charge that were due and never came, and never will: it is over.
    pub(crate) fn never_came(&self, device: &PhyId, due: u64) {
        metrics::counter!("openpile_status_reports_expected_total").increment(due);
        self.live.witness(device, |live| {
            live.witness.count(What::ReportsExpected, due);
        });
    }

    /// A frame of a device that could not be read.
    pub fn malformed(&self, device: &PhyId, reason: &'static str, raw: &[u8]) {
        let rule = match reason {
            "foreign id" => Rule::PhyIdMismatch,
            _ => Rule::MalformedFrame,
        };
        self.broke(device, rule, None, None, Some(raw));
    }

    /// Counts a plausibility rule that a charge broke.
    pub(crate) fn violated(&self, order: &Order, violation: Violation) {
        crate::transact::count_violation(violation);
        let (port, number) = (Some(order.port_no), Some(order.order_no));
        self.broke(&order.phy_id, violation.into(), port, number, None);
    }

    /// Counts a rule that a device broke.
    pub(crate) fn broke(
        &self,
        device: &PhyId,
        rule: Rule,
        port: Option<PortNo>,
        order: Option<kernel::OrderNo>,
        raw: Option<&[u8]>,
    ) {
        let note = Note {
            rule,
            count: 1,
            at: self.now(),
            port,
            order,
            raw: raw.map(|raw| raw[..raw.len().min(RAW_MAX)].into()),
        };
        metrics::counter!("openpile_protocol_violations_total", "rule" => rule.as_str())
            .increment(1);
        self.live.witness(device, |live| live.witness.broke(note));
    }

    /// What was stored before it was sent is old, and rightly so.
    fn check_clock(&self, message: &Said<'_>) {
        let envelope = message.envelope;
        let Some(said) = envelope.device_time else {
            return;
        };
        let stored = matches!(envelope.event, Event::Ended(_) | Event::Battery(_));
        if stored {
            return;
        }
        let device = &envelope.device;
        let judged = self.live.witness(device, |live| {
            let (late, stale) = live.witness.lateness.take(said.0, envelope.at.0);
            let changed = match &envelope.event {
                Event::Status { ports, .. } => ports
                    .iter()
                    .find(|report| {
                        let known = live.port(report.port);
                        known.is_some_and(|port| port.memory.state != report.state)
                    })
                    .map(|report| report.port),
                _ => None,
            };
            (late, stale, changed)
        });
        let Some((late, stale, changed)) = judged else {
            return;
        };
        let raw = message.raw;
        if stale {
            self.broke(device, Rule::StaleMessage, None, None, raw);
        }
        match &envelope.event {
            Event::Alarm(alarm) if late && alarm.active => {
                self.broke(device, Rule::LateException, alarm.port, None, raw);
            }
            Event::Status { .. } if late && changed.is_some() => {
                let order = changed.and_then(|port| self.orders.on_port(device, port));
                self.broke(device, Rule::LateChange, changed, order, raw);
            }
            _ => {}
        }
    }

    /// Whether the device has the port that a report is about; what it says of another one is a
    /// check that it has not passed.
    fn check_port(&self, said: &Said<'_>, port: PortNo) -> bool {
        let device = &said.envelope.device;
        let has = self.live.witness(device, |live| {
            let has = live.has_port(port);
            live.witness.count(What::Statuses, u64::from(!has));
            has
        });
        if has == Some(false) {
            self.broke(device, Rule::UnknownPort, Some(port), None, said.raw);
        }
        has == Some(true)
    }

    fn check_status(&self, said: &Said<'_>, report: &PortReport) {
        if !self.check_port(said, report.port) || !crate::absorb::is_running(report) {
            return;
        }
        let device = &said.envelope.device;
        let incomplete = self.live.witness(device, |live| {
            let duties = live.protocol.duties(&live.profile);
            // Meter values that are owed are looked at as such, wherever they stand.
            let counts = !duties.contains(&Duty::PeriodicMeter);
            live.witness.count(What::Statuses, u64::from(counts));
            counts && is_incomplete_status(report, duties)
        });
        if incomplete == Some(true) {
            let order = self.orders.on_port(device, report.port);
            let port = Some(report.port);
            self.broke(device, Rule::StatusIncomplete, port, order, said.raw);
        }
        if let Some(meter) = &report.meter {
            self.check_meter(said, meter);
        }
    }

    fn check_progress(&self, said: &Said<'_>, progress: &Progress) {
        if self.check_port(said, progress.port) {
            self.check_meter(said, progress);
        }
    }

    fn check_meter(&self, said: &Said<'_>, progress: &Progress) {
        let envelope = said.envelope;
        let device = &envelope.device;
        let (order, port) = (self.orders.on_port(device, progress.port), progress.port);
        let judged = self.live.witness(device, |live| {
            live.witness.count(What::Progresses, 1);
            let duties = live.protocol.duties(&live.profile);
            let counts = duties.contains(&Duty::PeriodicMeter);
            live.witness.count(What::Statuses, u64::from(counts));
            let over = progress
                .power
                .is_some_and(|power| is_over_rated(power, live.rated_power));
            let reused = match (&progress.charge, order) {
                (device::ChargeKey::Session(number), Some(order)) => {
                    live.witness.is_reused(*number, order)
                }
                _ => false,
            };
            let lonely = live.port(port).and_then(|port| port.lonely_since);
            let unknown = lonely.is_some_and(|since| envelope.at.since(since) >= KNOWN_AFTER);
            [
                (
                    is_incomplete_meter(progress, duties),
                    Rule::StatusIncomplete,
                ),
                (over, Rule::OverRatedPower),
                (reused, Rule::NumberReused),
                (unknown && order.is_none(), Rule::UnknownCharge),
            ]
        });
        let judged = judged.into_iter().flatten();
        for (_, rule) in judged.filter(|(broken, _)| *broken) {
            self.broke(device, rule, Some(port), order, said.raw);
        }
    }

    /// An end report is stored and settled whatever it names; a port that is not there is told all
    /// the same.
    fn check_end(&self, said: &Said<'_>, report: &EndReport) {
        let device = &said.envelope.device;
        let order = self.orders.on_port(device, report.port);
        let incomplete = is_incomplete_end(report);
        let has_port = self.check_port(said, report.port);
        self.live.witness(device, |live| {
            live.witness.count(What::Ends, 1);
            if incomplete
                && has_port
                && let Some(watch) = &mut live.port_mut(report.port).watch
                && Some(watch.order) == order
            {
                watch.complete = false;
            }
        });
        let (port, raw) = (Some(report.port), said.raw);
        if incomplete {
            self.broke(device, Rule::EndIncomplete, port, order, raw);
        }
        if report.reason == EndReason::Unknown {
            self.broke(device, Rule::UnknownReason, port, order, raw);
        }
    }
}
