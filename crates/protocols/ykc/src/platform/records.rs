//! Transaction records: told with their doubts, confirmed once they are stored.

use super::pile::{Pile, key_of};
use super::receipts::Reply;
use super::words;
use crate::codes::RecordResult;
use crate::frame::Frame;
use crate::message::{Body, OddRecord, Record, RecordConfirmation, SessionHead};
use crate::value::TransactionNo;
use device::{
    ChargeKey, EndReason, EndReport, EnergySplit, Event, Output, RateShare, RecordDetails,
    StartSource,
};
use kernel::{Energy, PortNo, Timestamp};
use std::time::Duration;

/// The energy of the periods and the total agree when they differ by no more: 0.01 kWh.
const SUM_TOLERANCE: u64 = 100;
/// The first time that a clock can honestly say: what lies before was never set.
const CLOCK_EPOCH: Timestamp = Timestamp::from_unix_seconds(1_577_836_800);
/// A clock may run ahead so far.
const CLOCK_AHEAD: Duration = Duration::from_hours(24);
/// The fifth kind of half hours, for which four-kind tariffs have no price.
const DEEP_VALLEY: usize = 4;
/// The port of records whose gun is none that a pile can have.
const STAND_IN: PortNo = PortNo(1);

impl Pile {
    pub(super) fn record(
        &mut self,
        record: &Record,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let head = &record.head.head;
        let serial = head.transaction_no;
        let place = Place::of(head);
        self.record_seen(head.gun_no.number(), serial, now, out);
        let totals = &record.totals;
        let began = record.head.start_time.instant();
        let ended = record.head.end_time.instant();
        let sound = |at: &Timestamp| (CLOCK_EPOCH..=now + CLOCK_AHEAD).contains(at);
        let (began, ended) = (began.filter(sound), ended.filter(sound));
        let duration_s = began
            .zip(ended)
            .and_then(|(began, ended)| words::seconds_between(began, ended));
        let mut doubts = doubts_of(record);
        doubts.extend(place.doubt);
        if duration_s.is_none() {
            doubts.push("clock");
        }
        let report = EndReport {
            charge: place.charge,
            port: place.port,
            duration_s: duration_s.unwrap_or(0),
            energy: words::energy(totals.total_energy),
            device_amount: Some(words::fen(totals.total_amount)),
            reason: totals.stop_reason.end_reason(),
            reason_raw: u32::from(u8::from(totals.stop_reason)),
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: None,
            ended_at: ended,
            details: Some(Box::new(RecordDetails {
                source: totals.start_flag.source(),
                started_at: began,
                vin: words::vin(&totals.vin.text()),
                physical_card: Some(totals.physical_card)
                    .filter(|card| totals.start_flag.has_card() && !card.is_zero())
                    .map(|card| card.to_string()),
                meter: Some((reading(totals.meter_start.0), reading(totals.meter_end.0))),
                soc: None,
                split: split_of(record),
                doubts: doubts.into_iter().map(Into::into).collect(),
            })),
        };
        self.ask(
            Event::Ended(report),
            Reply::Record(serial),
            frame,
            ended,
            now,
            out,
        );
    }

    /// A record of a length that nobody knows: stored as it is, and looked at by a person.
    pub(super) fn odd_record(
        &mut self,
        record: &OddRecord,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let serial = record.head.transaction_no;
        let place = Place::of(&record.head);
        self.record_seen(record.head.gun_no.number(), serial, now, out);
        let report = EndReport {
            charge: place.charge,
            port: place.port,
            duration_s: 0,
            energy: Energy::ZERO,
            device_amount: None,
            reason: EndReason::Unknown,
            reason_raw: 0,
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: None,
            ended_at: None,
            details: Some(Box::new(RecordDetails {
                source: StartSource::Unknown,
                doubts: ["length"]
                    .into_iter()
                    .chain(place.doubt)
                    .map(Into::into)
                    .collect(),
                ..RecordDetails::default()
            })),
        };
        self.ask(
            Event::Ended(report),
            Reply::Record(serial),
            frame,
            None,
            now,
            out,
        );
    }

    /// A session is over: nothing waits for it any more.
    fn record_seen(&mut self, gun: u8, serial: TransactionNo, now: Timestamp, out: &mut Output) {
        self.mark_ended(serial);
        if let Some(memory) = self.guns.get_mut(&gun) {
            memory.parallel = memory.parallel.filter(|(_, of)| *of != serial);
            if memory
                .starting
                .is_some_and(|starting| starting.serial == serial)
            {
                memory.starting = None;
            }
            if memory.runs(serial) {
                memory.state = crate::codes::GunState::Idle;
                memory.transaction = TransactionNo::default();
            }
        }
        self.session_ended(gun, serial, now, out);
    }

    pub(super) fn confirmation(serial: TransactionNo, result: RecordResult) -> Body {
        Body::RecordConfirmation(RecordConfirmation {
            transaction_no: serial,
            result,
        })
    }
}

/// Where a record belongs.
struct Place {
    charge: ChargeKey,
    port: PortNo,
    doubt: Option<&'static str>,
}

impl Place {
    /// The gun of a record may be one that no pile has: its number names the charge, and never
    /// whatever runs at the port that stands in for the gun.
    fn of(head: &SessionHead) -> Self {
        let serial = head.transaction_no;
        let port = Pile::any_port(head.gun_no);
        Self {
            charge: if serial.is_zero() && port.is_some() {
                ChargeKey::Port
            } else {
                key_of(serial)
            },
            port: port.unwrap_or(STAND_IN),
            doubt: port.is_none().then_some("gun_no"),
        }
    }
}

fn reading(raw: u64) -> Energy {
    Energy(i64::try_from(raw).unwrap_or(i64::MAX))
}

fn sum_of(record: &Record) -> u64 {
    let periods = record.periods();
    periods.iter().map(|period| u64::from(period.energy)).sum()
}

fn sums_agree(record: &Record) -> bool {
    sum_of(record).abs_diff(u64::from(record.totals.total_energy)) <= SUM_TOLERANCE
}

/// How the energy is spread over the kinds of half hours; a record whose kinds do not add up
/// does not say.
fn split_of(record: &Record) -> EnergySplit {
    if !sums_agree(record) {
        return EnergySplit::Whole;
    }
    let shares = record.periods().into_iter().zip(0_u8..);
    EnergySplit::ByRate(
        shares
            .map(|(period, kind)| RateShare {
                kind,
                energy: words::energy(period.energy),
                amount: Some(words::fen(period.amount)),
            })
            .collect(),
    )
}

/// Why the record as such is not to be trusted. One without any split is none of it: the split
/// is made from what was metered while it ran.
fn doubts_of(record: &Record) -> Vec<&'static str> {
    let totals = &record.totals;
    let periods = record.periods();
    let mut doubts = Vec::new();
    if !sums_agree(record) && sum_of(record) > 0 {
        doubts.push("period_sum");
    }
    let adjusted = |loss: u32, energy: u32| loss != 0 && loss != energy;
    let in_periods = periods
        .iter()
        .any(|period| adjusted(period.loss_energy, period.energy));
    if in_periods || adjusted(totals.total_loss_energy, totals.total_energy) {
        doubts.push("loss_energy");
    }
    if periods
        .get(DEEP_VALLEY)
        .is_some_and(|period| period.energy > 0)
    {
        doubts.push("deep_valley");
    }
    doubts
}
