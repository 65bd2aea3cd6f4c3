//! Charges that end: what was seen of them is written with their end.

use super::Watch;
use crate::transact::Aftermath;
use crate::{App, AppError};
use domain::day::Day;
use domain::order::{Effect, History, Order, OrderSource, OrderStatus, Transition, Trigger};
use domain::quality::{Rule, Session};
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;
use store::session_quality::{self, SessionRow};

/// What a step of an order means for its session.
enum Turn {
    Ended,
    /// The device's report came after the platform had ended it.
    ReportedLate,
}

fn turn_of(step: &History) -> Option<Turn> {
    match (step.from, step.to) {
        (Some(OrderStatus::Completed), OrderStatus::Completed)
            if step.trigger == Trigger::Adjusted =>
        {
            Some(Turn::ReportedLate)
        }
        (Some(OrderStatus::Charging), to) if to != OrderStatus::Charging => Some(Turn::Ended),
        _ => None,
    }
}

/// Whether there is something to judge.
pub(crate) fn ends_session(transition: &Transition) -> bool {
    transition
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::History(step) if turn_of(step).is_some()))
}

impl App {
    /// Writes what was seen of a charge into the transaction that ends it.
    pub(crate) async fn judge_session_in(
        &self,
        tx: &mut Tx,
        transition: &Transition,
        after: &mut Aftermath,
    ) -> Result<(), AppError> {
        let order = &transition.order;
        for effect in &transition.effects {
            let Effect::History(step) = effect else {
                continue;
            };
            match turn_of(step) {
                Some(Turn::ReportedLate) => {
                    session_quality::reported_late(tx.conn(), order.order_no, self.now()).await?;
                    let note = (order.phy_id.clone(), Rule::EndReportLate, order.port_no);
                    after.broken.push((note, order.order_no));
                }
                Some(Turn::Ended) => {
                    if let Some(row) = self.session_that_ended(order, step.trigger, after) {
                        session_quality::put(tx.conn(), &[row]).await?;
                    }
                }
                None => {}
            }
        }
        Ok(())
    }

    fn session_that_ended(
        &self,
        order: &Order,
        trigger: Trigger,
        after: &mut Aftermath,
    ) -> Option<SessionRow> {
        let now = self.now();
        let started = order.start_time?;
        let ended = order.end_time.unwrap_or(now).max(started);
        let seen = self.live.read(&order.phy_id, |live| {
            let watch = live.port(order.port_no).and_then(|port| port.watch.clone());
            let watch = watch.filter(|watch| watch.order == order.order_no);
            let watch = watch.map_or_else(
                || Watch::begin(order.order_no, started, live.witness.bad_frames),
                |watch| *watch,
            );
            let bad_frames = watch.bad_frames(live.witness.bad_frames);
            let row = row_of(live, &watch, started);
            (row, watch, bad_frames, live.rhythm.report)
        });
        let (mut row, watch, bad_frames, period) = seen?;
        // Of its last silence nobody has told yet.
        let silent = watch.silence(ended).as_secs() / period.as_secs().max(1);
        if silent > 0 {
            after.unreported.push((order.phy_id.clone(), silent));
        }
        let own = matches!(
            order.source,
            OrderSource::Card | OrderSource::Vin | OrderSource::Offline
        );
        let reported = trigger == Trigger::EndReport;
        let session = Session {
            seconds: ended.since(started).as_secs(),
            period,
            received: watch.received,
            longest_gap_s: watch.longest_gap.max(watch.silence(ended)).as_secs(),
            acked: order.acked_at.is_some() || own,
            reported_after_s: reported.then(|| now.since(ended).as_secs()),
            complete: watch.complete,
            bad_frames,
        };
        for (broken, rule) in [
            (!reported, Rule::EndReportMissing),
            (
                reported && !session.is_reported_in_time(),
                Rule::EndReportLate,
            ),
            (!session.acked, Rule::StartUnanswered),
        ] {
            if broken {
                let note = (order.phy_id.clone(), rule, order.port_no);
                after.broken.push((note, order.order_no));
            }
        }
        row.ended_at = Some(ended);
        row.day = Some(Day::of(ended).to_string());
        row.expected = stored(session.expected());
        row.received = stored(session.received);
        row.longest_gap_s = stored(session.longest_gap_s);
        row.bad_frames = stored(bad_frames);
        row.acked = session.acked;
        row.ended_by = Some(trigger.as_str().to_owned());
        row.reported_at = reported.then_some(now);
        row.complete = session.complete;
        row.compliant = Some(session.is_compliant());
        Some(row)
    }

    /// A charge begins at a port: from here on it is watched.
    pub(crate) fn watch_from_here(&self, device: &PhyId, port: PortNo) {
        let Some(order) = self.orders.on_port(device, port) else {
            return;
        };
        let now = self.now();
        self.live.witness(device, |live| {
            let bad_frames = live.witness.bad_frames;
            let known = &mut live.port_mut(port).watch;
            if known.as_ref().is_none_or(|known| known.order != order) {
                *known = Some(Box::new(Watch::begin(order, now, bad_frames)));
            }
        });
    }

    /// Rows of the charges that run and have changed since they were last written.
    pub(crate) fn running_sessions(&self) -> Vec<SessionRow> {
        let mut rows = Vec::new();
        self.live.visit(|live| {
            let mut changed: Vec<Watch> = Vec::new();
            for port in &mut live.ports {
                if let Some(watch) = port.watch.as_mut().filter(|watch| watch.dirty)
                    && self.orders.on_port(&live.phy_id, port.port) == Some(watch.order)
                {
                    watch.dirty = false;
                    changed.push((**watch).clone());
                }
            }
            let made = changed
                .iter()
                .map(|watch| row_of(live, watch, watch.started_at));
            rows.extend(made.collect::<Vec<_>>());
        });
        rows
    }

    /// Rows that could not be written are to be written next time.
    pub(crate) fn watch_is_unwritten(&self, rows: &[SessionRow]) {
        let orders: BTreeSet<OrderNo> = rows.iter().map(|row| row.order_no).collect();
        if orders.is_empty() {
            return;
        }
        self.live.visit(|live| {
            let watches = live.ports.iter_mut().filter_map(|port| port.watch.as_mut());
            for watch in watches.filter(|watch| orders.contains(&watch.order)) {
                watch.dirty = true;
            }
        });
    }

    /// Charges that ran when the program ended are watched on.
    pub(crate) async fn restore_watches(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let rows = session_quality::running(view.conn()).await?;
        drop(view);
        let rows: BTreeMap<OrderNo, SessionRow> =
            rows.into_iter().map(|row| (row.order_no, row)).collect();
        self.live.visit(|live| {
            let bad_frames = live.witness.bad_frames;
            for port in &mut live.ports {
                let order = self.orders.on_port(&live.phy_id, port.port);
                let row = order.and_then(|order| rows.get(&order));
                port.watch = row.map(|row| Box::new(Watch::of_row(row, bad_frames)));
            }
        });
        Ok(())
    }
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A charge as it runs.
fn row_of(live: &crate::LiveDevice, watch: &Watch, started_at: Timestamp) -> SessionRow {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    SessionRow {
        order_no: watch.order,
        device_id: live.id,
        station_id: live.station_id.unwrap_or(0),
        protocol: live.protocol.name().to_owned(),
        model: said(&live.registration.model),
        firmware: said(&live.registration.firmware),
        started_at,
        ended_at: None,
        day: None,
        expected: 0,
        received: stored(watch.received),
        last_report_at: watch.heard_at,
        longest_gap_s: stored(watch.longest_gap.as_secs()),
        bad_frames: stored(watch.bad_frames(live.witness.bad_frames)),
        acked: false,
        ended_by: None,
        reported_at: None,
        complete: watch.complete,
        compliant: None,
    }
}
