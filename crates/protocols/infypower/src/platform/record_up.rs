//! Records: 202, 502, 222, the Lvneng 203, and 402 out of the pile's memory.

use super::account::Account;
use super::identity::{Whose, mark, plausible};
use super::receipts::{RecordReply, Reply};
use super::station::Station;
use super::status_up::{fen, scaled};
use crate::codes::{Ended, StartType};
use crate::frame::Frame;
use crate::message::{HistoryRecord, LvnengRecord, Record, Record53, WideRecord};
use crate::traits;
use crate::value::Ascii;
use device::{ChargeKey, EndReason, EndReport, Event, Output, RecordDetails};
use kernel::{Energy, PortNo, Timestamp};
use std::ops::Range;
use std::time::Duration;

/// A record without any number belongs to the order that was accepted so long before its start,
/// or after.
const ACCEPTED_NEAR: Duration = Duration::from_mins(3);
/// A meter difference that is so many times the one seen in the status is in another unit.
const SCALE_FACTOR: i64 = 3;
/// Meter differences below this say nothing about the unit.
const SCALE_MIN: i64 = 5_000;

/// Where a body differs between repeats of one record.
const INDEXES: [Range<usize>; 2] = [112..116, 120..128];
/// The same in the Lvneng record.
const LVNENG_INDEXES: [Range<usize>; 2] = [120..124, 0..0];
/// The same in a record out of the memory.
const HISTORY_INDEXES: [Range<usize>; 2] = [36..44, 0..0];
/// The reserved words.
const RESERVED: Range<usize> = 0..4;

/// The fields that all forms have under the same names.
macro_rules! account {
    ($record:ident, $port:expr, $order:expr, $energy:ident, $start:ident, $end:ident, $slots:expr,
     $unit:expr, $guessed:expr, $mark:expr) => {
        Account {
            whose: Whose {
                port: $port,
                start_type: $record.start_type,
                order: $order,
                card: $record.card_no.id(),
                vin: $record.vin.id(),
                started: plausible($record.start_time.instant()),
            },
            ended: plausible($record.end_time.instant()),
            times_told: $record.start_time.instant().is_some(),
            duration_s: $record.duration_s,
            soc: ($record.soc_start, $record.soc_end),
            reason: $record.stop_reason.end_reason(),
            reason_raw: u32::from($record.stop_reason),
            energy: energy(u64::from($record.$energy), $unit),
            meter: (
                energy(u64::from($record.$start), $unit),
                energy(u64::from($record.$end), $unit),
            ),
            amount: fen($record.amount_yuan.raw()),
            slots: $slots,
            guessed_unit: $guessed,
            gun_known: Station::port_of($record.gun_no).is_some(),
            mark: $mark,
        }
    };
}

impl Station {
    pub(super) fn record(
        &mut self,
        record: &Record,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let unit = Energy::from_centi_kwh(1);
        let order = record.order.get().map(|order| order.order_no);
        let port = Self::port_of(record.gun_no).unwrap_or(PortNo(1));
        let slots = record.periods_kwh.0.map(|slot| energy(slot.raw(), unit));
        let order_text = order.as_ref().and_then(Ascii::id);
        let mark = mark_of(frame, &INDEXES);
        let account = account!(
            record,
            port,
            order_text,
            energy_kwh,
            meter_start_kwh,
            meter_end_kwh,
            slots.to_vec(),
            unit,
            false,
            mark
        );
        let reply = RecordReply {
            cmd: 201,
            seq: frame.seq,
            length: traits::record_answer(&self.profile, 37),
            gun_no: record.gun_no,
            card: record.card_no,
            order: order.unwrap_or_default(),
            index: record.internal_index,
            mark,
        };
        self.recorded(&account, reply, frame, now, out);
    }

    pub(super) fn wide_record(
        &mut self,
        record: &WideRecord,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let unit = traits::wide_unit(&self.profile);
        let port = Self::port_of(record.gun_no).unwrap_or(PortNo(1));
        let slots = record
            .periods_raw
            .0
            .map(|slot| energy(u64::from(slot), unit));
        let mark = mark_of(frame, &INDEXES);
        let account = account!(
            record,
            port,
            record.order_no.id(),
            energy_raw,
            meter_start_raw,
            meter_end_raw,
            slots.to_vec(),
            unit,
            true,
            mark
        );
        let reply = RecordReply {
            cmd: 501,
            seq: frame.seq,
            length: 37,
            gun_no: record.gun_no,
            card: record.card_no,
            order: record.order_no,
            index: record.internal_index,
            mark,
        };
        self.recorded(&account, reply, frame, now, out);
    }

    pub(super) fn record_53(
        &mut self,
        record: &Record53,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let unit = Energy::from_wh(1);
        let port = Self::port_of(record.gun_no).unwrap_or(PortNo(1));
        let slots = record.periods_kwh.0.map(|slot| energy(slot.raw(), unit));
        let mark = mark_of(frame, &INDEXES);
        let account = account!(
            record,
            port,
            record.order_no.id(),
            energy_kwh,
            meter_start_kwh,
            meter_end_kwh,
            slots.to_vec(),
            unit,
            false,
            mark
        );
        let reply = RecordReply {
            cmd: 221,
            seq: frame.seq,
            length: 66,
            gun_no: record.gun_no,
            card: record.card_no,
            order: record.order_no,
            index: record.internal_index,
            mark,
        };
        self.recorded(&account, reply, frame, now, out);
    }

    pub(super) fn lvneng_record(
        &mut self,
        record: &LvnengRecord,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let unit = Energy::from_wh(1);
        let port = Self::port_of(record.gun_no).unwrap_or(PortNo(1));
        let slots = record.periods_kwh.0.map(|slot| energy(slot.raw(), unit));
        let mark = mark_of(frame, &LVNENG_INDEXES);
        let account = account!(
            record,
            port,
            record.order_no.id(),
            energy_kwh,
            meter_start_kwh,
            meter_end_kwh,
            slots.to_vec(),
            unit,
            false,
            mark
        );
        let reply = RecordReply {
            cmd: 201,
            seq: frame.seq,
            length: traits::record_answer(&self.profile, 41),
            gun_no: record.gun_no,
            card: record.card_no,
            order: record.order_no,
            index: record.internal_index,
            mark,
        };
        self.recorded(&account, reply, frame, now, out);
    }

    /// Like a late 202, but without an answer.
    pub(super) fn history_record(
        &mut self,
        record: &HistoryRecord,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let unit = Energy::from_centi_kwh(1);
        let port = Self::port_of(record.gun_no).unwrap_or(PortNo(1));
        let slots = record.periods_kwh.0.map(|slot| energy(slot.raw(), unit));
        let mark = mark_of(frame, &HISTORY_INDEXES);
        let account = account!(
            record,
            port,
            None,
            energy_kwh,
            meter_start_kwh,
            meter_end_kwh,
            slots.to_vec(),
            unit,
            false,
            mark
        );
        let mut report = self.end_report(&account);
        if !matches!(report.charge, ChargeKey::Order(_)) {
            // Nothing tells whether a charge without our number has been billed already.
            let details = report.details.get_or_insert_default();
            details.doubts.push("history".into());
        }
        let mut envelope = self.envelope(Event::Ended(report), now);
        envelope.raw = Some(frame.raw.into());
        envelope.device_time = account.ended;
        out.items.push(device::Item::Event(envelope));
        self.history_came(now, out);
    }

    fn recorded(
        &mut self,
        account: &Account<'_>,
        reply: RecordReply,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        if self.has_stored(reply.mark) {
            // Some firmware says it again and again without a pause.
            return self.answer_record(&reply, out);
        }
        let report = self.end_report(account);
        self.over(&report.charge, report.port);
        let (ended, reply) = (account.ended, Reply::Record(reply));
        self.ask(Event::Ended(report), reply, frame, ended, now, out);
    }

    /// The charge is over, if it is the one that the gun runs.
    fn over(&mut self, charge: &ChargeKey, port: PortNo) {
        let Some(gun) = self.guns.get_mut(port) else {
            return;
        };
        if gun
            .running
            .as_ref()
            .is_some_and(|running| running.charge == *charge)
        {
            gun.running = None;
        }
        if let ChargeKey::Order(order) = charge
            && gun.accepted.is_some_and(|(accepted, _)| accepted == *order)
        {
            gun.accepted = None;
        }
        if gun.stop.as_ref().is_some_and(|stop| stop.charge == *charge) {
            gun.stop = None;
        }
    }

    /// Whose record it is.
    fn charge_of_record(&self, account: &Account<'_>) -> ChargeKey {
        let whose = &account.whose;
        if let Some(order) = whose.order() {
            return ChargeKey::Order(order);
        }
        let nameless = whose.card.is_none() && whose.order.is_none();
        let accepted = self.guns.get(whose.port).and_then(|gun| gun.accepted);
        if let (true, StartType::Platform, Some((order, at)), Some(started)) =
            (nameless, whose.start_type, accepted, whose.started)
            && started.since(at).max(at.since(started)) <= ACCEPTED_NEAR
        {
            return ChargeKey::Order(order);
        }
        if let Some(charge) = whose.foreign_order() {
            return charge;
        }
        let holder = whose.holder();
        let remembered = self.sessions.find(whose.port, &holder, whose.started);
        let name = remembered.map(str::to_owned).or_else(|| whose.session());
        ChargeKey::Serial(name.unwrap_or_else(|| format!("ORPHAN-{:016X}", account.mark)))
    }

    fn end_report(&self, account: &Account<'_>) -> EndReport {
        let whose = &account.whose;
        let charge = self.charge_of_record(account);
        let mut doubts = account.doubts();
        if account.guessed_unit && self.contradicts_status(account, &charge) {
            doubts.push("scale");
        }
        if whose.started.is_none() && matches!(charge, ChargeKey::Serial(_)) {
            doubts.push("no_clock");
        }
        if !account.gun_known && matches!(charge, ChargeKey::Serial(_)) {
            doubts.push("gun");
        }
        let split = account.split(&mut doubts);
        let stopped = self
            .guns
            .get(whose.port)
            .and_then(|gun| gun.stopped.as_ref());
        // One firmware never says why; that we stopped it, we know.
        let reason = if account.reason_raw == 0 && stopped == Some(&charge) {
            EndReason::RemoteStop
        } else {
            account.reason
        };
        let own_number = whose
            .card
            .is_some_and(|card| card.parse::<kernel::OrderNo>().is_ok());
        EndReport {
            charge,
            port: whose.port,
            duration_s: account.duration_s,
            energy: account.energy,
            device_amount: Some(account.amount),
            reason,
            reason_raw: account.reason_raw,
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: whose.card.filter(|_| !own_number).map(str::to_owned),
            ended_at: account.ended,
            details: Some(Box::new(RecordDetails {
                source: whose.start_type.source(),
                started_at: whose.started,
                vin: whose.vin.map(str::to_owned),
                physical_card: None,
                meter: Some(account.meter),
                soc: account.soc(),
                split,
                doubts: doubts.into_iter().map(Into::into).collect(),
            })),
        }
    }

    /// Whether the meter moved by quite another amount than the last status says.
    fn contradicts_status(&self, account: &Account<'_>, charge: &ChargeKey) -> bool {
        let metered = self
            .guns
            .get(account.whose.port)
            .and_then(|gun| gun.metered.as_ref());
        let Some((_, seen)) = metered.filter(|(of, _)| of == charge) else {
            return false;
        };
        let recorded = account.meter.1.0.saturating_sub(account.meter.0.0);
        seen.0 >= SCALE_MIN
            && (recorded > seen.0.saturating_mul(SCALE_FACTOR)
                || seen.0 > recorded.saturating_mul(SCALE_FACTOR))
    }
}

fn energy(raw: u64, unit: Energy) -> Energy {
    Energy(scaled(raw, unit))
}

/// The same for all repeats of a record: its command and body but for what may differ.
fn mark_of(frame: &Frame<'_>, differ: &[Range<usize>; 2]) -> u64 {
    let same =
        frame.body.iter().enumerate().filter(|(at, _)| {
            !RESERVED.contains(at) && !differ.iter().any(|range| range.contains(at))
        });
    let body = same.map(|(_, byte)| *byte);
    mark(frame.cmd.to_le_bytes().into_iter().chain(body))
}
