//! Looks at every message once, when it comes in: what it breaks is counted, never refused.

use super::{Note, What};
use crate::App;
use crate::sessions::Connection;
use device::{EndReason, EndReport, Envelope, Event, PortReport, Progress, Tally};
use domain::order::{Order, Violation};
use domain::quality::{Rule, is_incomplete_end, is_incomplete_status, is_over_rated};
use kernel::{PhyId, PortNo};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a frame that are kept as an example.
const RAW_MAX: usize = 256;

/// A status may lag behind the end of its charge for so long.
const KNOWN_AFTER: Duration = Duration::from_mins(1);

impl App {
    /// Looks at a message of a device of ours. To be called once for each, before it is handled.
    pub fn inspect(&self, connection: &Arc<Connection>, envelope: &Envelope) {
        let device = &envelope.device;
        let held = self.sessions.find(device);
        if held.is_none_or(|held| held.id != connection.id) {
            return;
        }
        self.check_clock(envelope);
        match &envelope.event {
            Event::Status { ports, .. } => {
                for report in ports {
                    self.check_status(envelope, report);
                }
            }
            Event::Progress(progress) => self.check_progress(envelope, progress),
            Event::Ended(report) => self.check_end(envelope, report),
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
    fn check_clock(&self, envelope: &Envelope) {
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
        let raw = envelope.raw.as_deref();
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

    fn check_status(&self, envelope: &Envelope, report: &PortReport) {
        if !crate::absorb::is_running(report) {
            return;
        }
        let device = &envelope.device;
        let incomplete = self.live.witness(device, |live| {
            live.witness.count(What::Statuses, 1);
            let duties = live.protocol.duties(&live.profile);
            is_incomplete_status(report, duties)
        });
        let order = self.orders.on_port(device, report.port);
        let port = Some(report.port);
        let raw = envelope.raw.as_deref();
        if incomplete == Some(true) {
            self.broke(device, Rule::StatusIncomplete, port, order, raw);
        }
        if let Some(meter) = &report.meter {
            self.check_progress(envelope, meter);
        }
    }

    fn check_progress(&self, envelope: &Envelope, progress: &Progress) {
        let device = &envelope.device;
        let (order, port) = (self.orders.on_port(device, progress.port), progress.port);
        let judged = self.live.witness(device, |live| {
            live.witness.count(What::Progresses, 1);
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
            (over, reused, unknown && order.is_none())
        });
        let (over, reused, unknown) = judged.unwrap_or_default();
        let raw = envelope.raw.as_deref();
        let broken = [
            (over, Rule::OverRatedPower),
            (reused, Rule::NumberReused),
            (unknown, Rule::UnknownCharge),
        ];
        for (_, rule) in broken.into_iter().filter(|(broken, _)| *broken) {
            self.broke(device, rule, Some(port), order, raw);
        }
    }

    fn check_end(&self, envelope: &Envelope, report: &EndReport) {
        let device = &envelope.device;
        let order = self.orders.on_port(device, report.port);
        let incomplete = is_incomplete_end(report);
        self.live.witness(device, |live| {
            live.witness.count(What::Ends, 1);
            if incomplete
                && let Some(watch) = &mut live.port_mut(report.port).watch
                && Some(watch.order) == order
            {
                watch.complete = false;
            }
        });
        let (port, raw) = (Some(report.port), envelope.raw.as_deref());
        if incomplete {
            self.broke(device, Rule::EndIncomplete, port, order, raw);
        }
        if report.reason == EndReason::Unknown {
            self.broke(device, Rule::UnknownReason, port, order, raw);
        }
    }
}
