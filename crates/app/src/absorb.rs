//! The hot half of the way up: what needs no transaction. Heartbeats, unchanged port states and
//! meter values of running orders end here, in memory, without waiting for anything.

use crate::charge_events::{is_named, log_progress};
use crate::live_port::LivePort;
use crate::quality::What;
use crate::sessions::Connection;
use crate::{App, LiveDevice};
use device::{Duty, Envelope, Event, PortReport, PortState, Progress, Registration, Vitals};
use domain::order::{
    Change, Context, Order, OrderEvent, OrderStatus, Violation, apply, events_of_report,
};
use domain::port::{self, PortStep};
use domain::webhook;
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use store::status_history::{self, StatusChange};
use tokio::sync::OwnedMutexGuard;

impl App {
    /// Takes an event in if that needs no transaction. False: give it to [`App::handle`];
    /// nothing has been changed then.
    pub fn absorb(&self, connection: &Arc<Connection>, envelope: &Envelope) -> bool {
        let device = &envelope.device;
        let held = self.sessions.find(device);
        if held.is_none_or(|held| held.id != connection.id) {
            // A connection that has been replaced: its words are old, its device repeats what
            // matters on the new one.
            metrics::counter!("openpile_stale_events_total").increment(1);
            return true;
        }
        self.compare_clocks(envelope);
        if envelope.receipt.is_some() {
            return false;
        }
        match &envelope.event {
            Event::Heartbeat(vitals) => {
                self.heard_heartbeat(device, *vitals);
                true
            }
            Event::Status { vitals, ports } => self.absorb_status(device, *vitals, ports),
            Event::Progress(progress) => self.absorb_progress(device, progress),
            Event::Battery(report) => {
                self.battery_seen(device, report);
                true
            }
            Event::Registered(registration) => {
                self.absorb_registration(connection, device, registration)
            }
            Event::Faults(list) => {
                let (raised, cleared) = self.list_news(device, list);
                raised.is_empty() && cleared.is_empty()
            }
            Event::Socket(socket) => self
                .live
                .read(device, |live| live.sockets.contains(socket))
                .unwrap_or(false),
            _ => false,
        }
    }

    /// Remembers how far the device's clock is off. What was stored before it was sent (records,
    /// events of the past) tells only that a clock runs ahead.
    fn compare_clocks(&self, envelope: &Envelope) {
        let Some(said) = envelope.device_time else {
            return;
        };
        let ahead_ms = said.0.saturating_sub(envelope.at.0);
        let may_be_old = matches!(envelope.event, Event::Ended(_) | Event::Alarm(_));
        if may_be_old && ahead_ms <= 0 {
            return;
        }
        self.live.change(&envelope.device, |live| {
            live.clock_ahead_ms = Some(ahead_ms);
        });
    }

    fn absorb_registration(
        &self,
        connection: &Arc<Connection>,
        device: &PhyId,
        registration: &Registration,
    ) -> bool {
        let known = self.live.read(device, |live| {
            live.registered_in == Some(connection.id)
                && live.known_with(registration) == live.registration
        });
        known == Some(true)
    }

    /// A sign of life; every n-th is announced.
    fn heard_heartbeat(&self, device: &PhyId, vitals: Vitals) {
        let now = self.now();
        metrics::counter!("openpile_heartbeats_received_total").increment(1);
        let announced = self.live.change(device, |live| {
            live.take_vitals(vitals);
            live.heartbeats += 1;
            let before = live.heartbeat_at.replace(now);
            let expected = periods(before, now, live.rhythm.heartbeat).max(1);
            metrics::counter!("openpile_heartbeats_expected_total").increment(expected);
            live.witness.count(What::HeartbeatsExpected, expected);
            live.witness.count(What::HeartbeatsReceived, 1);
            // A device that floods is told of once a second.
            let told = live.heartbeat_told_at.map(Timestamp::unix_seconds);
            let due = webhook::announces_heartbeat(live.heartbeats, &self.settings.policy)
                && told != Some(now.unix_seconds());
            due.then(|| {
                live.heartbeat_told_at = Some(now);
                heartbeat_of(live, now)
            })
        });
        if let Some(Some(event)) = announced {
            self.later(event);
        }
        self.hint_sign_of_life(device);
    }

    fn absorb_progress(&self, device: &PhyId, progress: &Progress) -> bool {
        let now = self.now();
        let Some(mut quiet) = self.quiet_order(device, progress.port) else {
            return false;
        };
        if !is_named(&progress.charge, &quiet.order) {
            return false;
        }
        if !quiet.take(self, [OrderEvent::Progress(progress.clone())], now) {
            return false;
        }
        self.meter_port(device, progress, now);
        self.note_curve(&quiet.order, progress);
        self.watch_fire(&quiet.order, progress.power, progress.temperature_c);
        quiet.commit(self);
        true
    }

    fn absorb_status(&self, device: &PhyId, vitals: Vitals, reports: &[PortReport]) -> bool {
        let now = self.now();
        let reports = &*self.of_real_ports(device, reports);
        let mut steps = Vec::with_capacity(reports.len());
        let mut orders = Vec::new();
        for report in reports {
            let held = self.orders.on_port(device, report.port).is_some();
            let mut status = None;
            if held {
                let Some(mut quiet) = self.quiet_order(device, report.port) else {
                    return false;
                };
                let events = events_of_report(report, &quiet.order, now);
                if !quiet.take(self, events, now) {
                    return false;
                }
                status = Some(quiet.order.status);
                if let Some(meter) = report.meter.as_ref().filter(|_| quiet.progressed) {
                    self.note_curve(&quiet.order, meter);
                }
                orders.push((report, quiet));
            } else if is_running(report) && report.charge.is_some() {
                return false;
            }
            let Some(step) = self.observe(device, report, status, now) else {
                return false;
            };
            if !step.raised.is_empty() || !step.cleared.is_empty() {
                return false;
            }
            steps.push(step);
        }
        for (report, quiet) in orders {
            self.watch_report(&quiet.order, report);
            quiet.commit(self);
        }
        self.take_status(device, vitals, reports, steps, now);
        true
    }

    /// The reports about ports that the device has; the others are evidence against it and nothing
    /// else.
    pub(crate) fn of_real_ports<'a>(
        &self,
        device: &PhyId,
        reports: &'a [PortReport],
    ) -> Cow<'a, [PortReport]> {
        let real = self.live.read(device, |live| {
            let has = |report: &&PortReport| live.has_port(report.port);
            if reports.iter().all(|report| has(&report)) {
                Cow::Borrowed(reports)
            } else {
                Cow::Owned(reports.iter().filter(has).cloned().collect())
            }
        });
        real.unwrap_or(Cow::Borrowed(reports))
    }

    /// What a report means for its port; `None` when the port is new.
    pub(crate) fn observe(
        &self,
        device: &PhyId,
        report: &PortReport,
        order: Option<OrderStatus>,
        now: Timestamp,
    ) -> Option<PortStep> {
        let policy = &self.settings.policy;
        self.live.read(device, |live| {
            let port = live.port(report.port)?;
            Some(port::observe(&port.memory, report, order, now, policy))
        })?
    }

    /// Takes a status report into the table in memory.
    pub(crate) fn take_status(
        &self,
        device: &PhyId,
        vitals: Vitals,
        reports: &[PortReport],
        steps: Vec<PortStep>,
        now: Timestamp,
    ) {
        let mut changes = Vec::new();
        let mut unplugged = Vec::new();
        self.live.change(device, |live| {
            live.take_vitals(vitals);
            let period = live.rhythm.report;
            let owes_meter = live.owes(Duty::PeriodicMeter);
            let (mut expected, bad_frames) = (0, live.witness.bad_frames);
            let mut received = 0;
            for (report, step) in reports.iter().zip(steps) {
                let order = self.orders.on_port(device, report.port);
                let lonely = is_running(report) && order.is_none();
                let port = live.port_mut(report.port);
                // What pauses has nothing to meter.
                let counts =
                    !owes_meter || report.meter.is_some() || report.state == PortState::Suspended;
                if is_running(report) && counts {
                    let due = count_report(port.charge_heard_at(order), now, period);
                    expected += due;
                    received += u64::from(due > 0);
                    if let Some(order) = order {
                        port.heard(order, now, period, bad_frames);
                    }
                }
                if let Some((from, to)) = step.changed {
                    changes.push(port_change(device, report.port, from, to, now));
                }
                let moved = port.memory != step.memory;
                let plug = (port.memory.plugged, step.memory.plugged);
                if plug.0 != plug.1 && plug.1 == Some(false) {
                    port.full_at = None;
                    unplugged.push(report.port);
                }
                port.memory = step.memory;
                port.dirty |= port.take_values(report, now) || moved;
                port.lonely_since = lonely.then(|| port.lonely_since.unwrap_or(now));
                if !is_running(report) || !lonely {
                    port.asked = 0;
                }
            }
            live.witness.count(What::ReportsExpected, expected);
            live.witness.count(What::ReportsReceived, received);
        });
        self.hint_ports(device, !changes.is_empty());
        for change in changes {
            self.note_change(change);
        }
        for port in unplugged {
            self.occupied.unplugged(device, port, now);
        }
    }

    /// Takes the values of a running charge into the table in memory.
    pub(crate) fn meter_port(&self, device: &PhyId, progress: &Progress, now: Timestamp) {
        let order = self.orders.on_port(device, progress.port);
        let lonely = order.is_none();
        self.live.change(device, |live| {
            if !live.has_port(progress.port) {
                return;
            }
            let (period, bad_frames) = (live.rhythm.report, live.witness.bad_frames);
            let port: &mut LivePort = live.port_mut(progress.port);
            let due = count_report(port.charge_heard_at(order), now, period);
            if let Some(order) = order {
                port.heard(order, now, period, bad_frames);
            }
            port.power = progress.power.unwrap_or(port.power);
            port.voltage = progress.voltage.or(port.voltage);
            port.current = progress.current.or(port.current);
            port.temperature_c = progress.temperature_c.or(port.temperature_c);
            port.take_soc(progress.soc, now);
            port.remaining_min = progress.remaining_min.or(port.remaining_min);
            port.reported_at = Some(now);
            port.lonely_since = lonely.then(|| port.lonely_since.unwrap_or(now));
            port.asked = 0;
            port.dirty = true;
            live.witness.count(What::ReportsExpected, due);
            live.witness
                .count(What::ReportsReceived, u64::from(due > 0));
        });
        self.hint_ports(device, false);
    }

    /// The active order of a port, if nobody else is working on it.
    fn quiet_order(&self, device: &PhyId, port: PortNo) -> Option<QuietOrder> {
        let order_no = self.orders.on_port(device, port)?;
        let guard = self.orders.slot(order_no)?.try_lock_owned().ok()?;
        let order = guard.as_ref()?.clone();
        Some(QuietOrder {
            order_no,
            order,
            changed: false,
            progressed: false,
            violations: Vec::new(),
            guard,
        })
    }
}

/// An order that is being moved on in memory only.
struct QuietOrder {
    order_no: OrderNo,
    order: Order,
    changed: bool,
    progressed: bool,
    violations: Vec<Violation>,
    guard: OwnedMutexGuard<Option<Order>>,
}

impl QuietOrder {
    /// Applies events as long as each changes live values only. False when one is a fact.
    fn take(
        &mut self,
        app: &App,
        events: impl IntoIterator<Item = OrderEvent>,
        now: Timestamp,
    ) -> bool {
        let policy = app.policy_of(&self.order.phy_id);
        let ctx = Context {
            now,
            policy: &policy,
            port_taken: false,
        };
        for event in events {
            let is_progress = matches!(event, OrderEvent::Progress(_));
            match apply(&self.order, event, &ctx) {
                Ok(transition) if transition.change <= Change::Live => {
                    self.changed |= transition.change == Change::Live;
                    self.progressed |= is_progress;
                    self.violations.extend(transition.violations());
                    self.order = transition.order;
                }
                _ => return false,
            }
        }
        true
    }

    fn commit(mut self, app: &App) {
        for violation in &self.violations {
            app.violated(&self.order, *violation);
        }
        if self.progressed {
            log_progress(&self.order);
        }
        if self.changed {
            *self.guard = Some(self.order);
            app.orders.mark_dirty(self.order_no);
            app.hint_meter(self.order_no);
        }
    }
}

/// How many reports of that period were due since the one before; none within half a period,
/// which is the same report in another frame.
fn periods(before: Option<Timestamp>, now: Timestamp, period: Duration) -> u64 {
    let period_ms = u64::try_from(period.as_millis()).unwrap_or(0).max(1);
    let gap_ms = before.map_or(period_ms, |before| {
        u64::try_from(now.since(before).as_millis()).unwrap_or(0)
    });
    gap_ms.saturating_add(period_ms / 2) / period_ms
}

/// Counts a report of a running charge, and those that should have come before it: how many were
/// due.
fn count_report(before: Option<Timestamp>, now: Timestamp, period: Duration) -> u64 {
    let expected = periods(before, now, period);
    if expected > 0 {
        metrics::counter!("openpile_status_reports_expected_total").increment(expected);
        metrics::counter!("openpile_status_reports_received_total").increment(1);
    }
    expected
}

/// Whether energy may be flowing at a port.
pub(crate) fn is_running(report: &PortReport) -> bool {
    matches!(report.state, PortState::Charging | PortState::Suspended)
}

/// A row of a port's history.
pub(crate) fn port_change(
    device: &PhyId,
    port: PortNo,
    from: PortState,
    to: PortState,
    at: Timestamp,
) -> StatusChange {
    StatusChange {
        object_type: status_history::PORT.to_owned(),
        object_id: format!("{device}/{port}"),
        from_state: Some(from.as_str().to_owned()),
        to_state: to.as_str().to_owned(),
        cause: "status_report".to_owned(),
        actor: "device".to_owned(),
        reason: None,
        at,
    }
}

fn heartbeat_of(live: &LiveDevice, now: Timestamp) -> webhook::WebhookEvent {
    let ports: Vec<_> = live
        .ports
        .iter()
        .map(|port| (port.port, port.memory.state, port.power))
        .collect();
    webhook::heartbeat(&live.phy_id, &live.vitals, &ports, live.heartbeats, now)
}
