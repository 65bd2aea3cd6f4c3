//! Cards, charges that run, charges that have ended.

use super::line::{About, Turn};
use super::starts::Watch;
use super::unit::{Unit, is_charging};
use super::words::{self, celsius, charge_key, device_time, port_no};
use crate::PhysicalId;
use crate::codes::{CardType, Cmd, SocketState, StartType};
use crate::frame::Frame;
use crate::message::{
    CardSwipe, ChargeSum, ConfirmReply, Message, OrderConfirm, OrderKey, Power, Settlement,
    UpperHex,
};
use device::{
    BalanceInquiry, ChargeConfirmation, ChargeKey, DeviceStart, EndReport, Event, Outcome,
    PortReport, PortState, Progress, RecordDetails, StartSource, Vitals,
};
use kernel::{Current, Energy, Fen, PortNo, Power as Watts, Voltage};

/// Socket of a swipe that only asks for the balance.
const BALANCE_ONLY: u8 = 0xFF;
/// Sixteen bits can say no more: the true value is at least that.
const CEILING: u16 = u16::MAX;
/// Charges of the device's own that are remembered as told.
const BEGAN_MAX: usize = 32;
/// A record may hold so much more energy than its highest power allows: a meter's step and
/// rounding, 0.01 kWh.
const ENERGY_SLACK: i64 = 5;

impl Unit {
    pub(super) fn card(&mut self, swipe: &CardSwipe, frame: &Frame<'_>, turn: &mut Turn<'_>) {
        if self.is_repeated(frame, turn) {
            return;
        }
        let time = swipe.timestamp.and_then(device_time);
        let about = About::Card(swipe.card_id_hex, swipe.port);
        let second = swipe.card2.0.as_deref().map(wire::printable);
        let number = match (swipe.card_type, second) {
            (CardType::SocialSecurity, Some(number)) if !number.is_empty() => number,
            _ => words::printed(swipe.card_id_hex),
        };
        let event = if swipe.port == BALANCE_ONLY {
            Event::BalanceAsked(BalanceInquiry {
                card_no: number,
                port: PortNo::AUTOMATIC,
            })
        } else {
            let stored = swipe.card_type == CardType::Balance;
            Event::CardSwiped(device::CardSwipe {
                card_no: number,
                physical_no: Some(swipe.card_id_hex)
                    .filter(|card| !card.is_zero())
                    .map(|card| card.to_string()),
                port: port_no(swipe.port),
                card_balance: stored.then(|| Fen(i64::from(swipe.card_balance))),
                proposed_session: None,
                password: None,
                parallel: None,
            })
        };
        self.ask(event, about, frame, time, turn);
    }

    pub(super) fn confirmation(
        &mut self,
        seen: &OrderConfirm,
        frame: &Frame<'_>,
        turn: &mut Turn<'_>,
    ) {
        if self.is_repeated(frame, turn) {
            return;
        }
        self.runs(seen.port, seen.order);
        self.own_start(
            seen.port,
            seen.start_type,
            seen.order,
            Some(seen.card_hex),
            turn,
        );
        self.order_seen(seen.order, turn);
        let event = Event::Confirmed(ChargeConfirmation {
            charge: charge_key(&seen.order),
            port: port_no(seen.port),
            accepted: true,
        });
        let about = About::Confirmation(seen.port);
        self.ask(event, about, frame, None, turn);
    }

    pub(super) fn power(&mut self, seen: &Power, frame: &Frame<'_>, turn: &mut Turn<'_>) {
        self.runs(seen.port, seen.order);
        self.order_seen(seen.order, turn);
        if seen.port_state == SocketState::Plugged {
            // A cabinet waits for the plug: nothing has begun.
            return;
        }
        self.own_start(seen.port, seen.start_type, seen.order, None, turn);
        if seen.port_state == SocketState::Full {
            self.hold(seen.port, seen.order, turn);
        }
        let temperature = seen.port_temp_raw.and_then(celsius);
        let progress = Progress {
            charge: charge_key(&seen.order),
            port: port_no(seen.port),
            duration_s: u32::from(seen.duration_s),
            energy: Energy::from_centi_kwh(i64::from(seen.energy_001kwh)),
            power: Some(Watts(i64::from(seen.power_dw))),
            peak_power: seen.peak_power_dw.map(|power| Watts(i64::from(power))),
            voltage: seen.voltage_dv.map(|voltage| Voltage(i64::from(voltage))),
            current: seen.current_ma.map(|current| Current(i64::from(current))),
            temperature_c: temperature.or_else(|| seen.env_temp_raw.and_then(celsius)),
            soc: None,
            remaining_min: None,
            device_amount: None,
        };
        let time = seen.timestamp.and_then(device_time);
        self.tell_of(Event::Progress(progress), frame, time, turn);
    }

    /// A full cabinet socket: it informs, it settles nothing.
    pub(super) fn full_notice(&mut self, sum: &ChargeSum, frame: &Frame<'_>, turn: &mut Turn<'_>) {
        self.order_seen(sum.order, turn);
        self.hold(sum.port, sum.order, turn);
        let progress = Progress {
            charge: charge_key(&sum.order),
            port: port_no(sum.port),
            duration_s: u32::from(sum.duration_s),
            energy: Energy::from_centi_kwh(i64::from(sum.energy_001kwh)),
            power: Some(Watts::ZERO),
            peak_power: Some(Watts(i64::from(sum.max_power_dw))),
            voltage: None,
            current: None,
            temperature_c: None,
            soc: None,
            remaining_min: None,
            device_amount: None,
        };
        self.tell_of(Event::Progress(progress.clone()), frame, None, turn);
        let full = PortReport {
            port: port_no(sum.port),
            // The order runs on until the door has been opened.
            state: PortState::Suspended,
            raw: u32::from(u8::from(SocketState::Full)),
            faults: Vec::new(),
            reachable: true,
            plugged: Some(true),
            charge: Some(charge_key(&sum.order)),
            meter: Some(progress),
            voltage: None,
            current: None,
            power: None,
            temperature_c: None,
        };
        let event = Event::Status {
            vitals: Vitals::default(),
            ports: vec![full],
        };
        self.tell(event, turn);
    }

    pub(super) fn settlement(
        &mut self,
        record: &Settlement,
        frame: &Frame<'_>,
        turn: &mut Turn<'_>,
    ) {
        if self.is_repeated(frame, turn) {
            return;
        }
        let sum = &record.sum;
        if self.runs_at(sum.port) == Some(sum.order) {
            self.runs_nothing(sum.port);
        }
        self.stopping.retain(|(order, _)| *order != sum.order);
        self.order_seen(sum.order, turn);
        let event = Event::Ended(end_report(sum));
        let time = record.timestamp.and_then(device_time);
        self.ask(event, About::Settlement, frame, time, turn);
    }

    /// The platform has stored a settlement or a confirmation.
    pub(super) fn stored(&mut self, about: About, msg_id: u16, turn: &mut Turn<'_>) {
        match about {
            About::Settlement => {
                self.answer(super::presence::success(Cmd::Settlement), msg_id, turn);
            }
            About::Confirmation(port) => {
                let reply = ConfirmReply { port, result: 0 };
                let body = crate::message::Body::ConfirmReply(reply);
                self.answer(Message::new(Cmd::OrderConfirm, body), msg_id, turn);
            }
            // What is stored is no word on a card.
            About::Card(..) => self.forget_request(Cmd::Card, msg_id),
        }
    }

    /// The order is known to the device: a start of it that may have happened, has.
    fn order_seen(&mut self, order: OrderKey, turn: &mut Turn<'_>) {
        if order.is_none() {
            return;
        }
        let seen: Vec<Watch> = self
            .watches
            .extract_if(.., |watch| watch.order == order)
            .collect();
        for watch in seen {
            self.start_happened(&watch, turn);
        }
        // Its answer may be on the way or lost; either way it is not written again.
        if let Some(job) = self
            .outbox
            .take_begun(|job| job.task.starts() == Some(order))
        {
            self.report(job.id, accepted(None), turn);
        }
    }

    /// Whether a socket charges what may be another order.
    pub(super) fn charges_other(&self, port: u8, order: OrderKey) -> bool {
        match self.runs_at(port) {
            Some(running) => running != order,
            None => self
                .states
                .get(usize::from(port))
                .is_some_and(|state| is_charging(*state)),
        }
    }

    /// A start of which nothing was known has happened.
    pub(super) fn start_happened(&mut self, watch: &Watch, turn: &mut Turn<'_>) {
        self.runs(watch.port, watch.order);
        self.report(watch.id, accepted(Some(port_no(watch.port))), turn);
    }

    /// Charging has begun.
    pub(super) fn confirm(&mut self, port: u8, order: OrderKey, turn: &mut Turn<'_>) {
        let event = Event::Confirmed(ChargeConfirmation {
            charge: charge_key(&order),
            port: port_no(port),
            accepted: true,
        });
        self.tell(event, turn);
    }

    /// A charge that the device began by itself: said once, and with the card. One whose card
    /// only its settlement will tell is left to that.
    fn own_start(
        &mut self,
        port: u8,
        start_type: StartType,
        order: OrderKey,
        card: Option<UpperHex<4>>,
        turn: &mut Turn<'_>,
    ) {
        let source = match start_type {
            StartType::OfflineCard => StartSource::OfflineCard,
            StartType::Code => StartSource::Local,
            _ => return,
        };
        let ours = matches!(charge_key(&order), ChargeKey::Order(_));
        if ours || order.is_none() || self.began.contains(&order) {
            return;
        }
        let card = card
            .filter(|card| !card.is_zero())
            .or_else(|| card_in(&order, self.id));
        if source == StartSource::OfflineCard && card.is_none() {
            return;
        }
        if self.began.len() == BEGAN_MAX {
            self.began.remove(0);
        }
        self.began.push(order);
        let start = DeviceStart {
            charge: charge_key(&order),
            port: port_no(port),
            source,
            card_no: card
                .filter(|_| source == StartSource::OfflineCard)
                .map(words::printed),
            vin: None,
            started_at: None,
        };
        self.tell(Event::Began(start), turn);
    }
}

/// The card in an order number that the device made: time, card, device, socket. It is believed
/// only when the device in it is this one.
fn card_in(order: &OrderKey, id: PhysicalId) -> Option<UpperHex<4>> {
    let (_, rest) = order.0.split_first_chunk::<7>()?;
    let (card, rest) = rest.split_first_chunk::<4>()?;
    let (number, _) = rest.split_first_chunk::<4>()?;
    let printed = format!("{:08}", id.device_number());
    (UpperHex(*number).to_string() == printed).then_some(UpperHex(*card))
}

/// A start, or a stop, that the device carried out.
pub(super) fn accepted(port: Option<PortNo>) -> Outcome {
    Outcome::Accepted {
        port,
        session: None,
        data: None,
    }
}

fn end_report(sum: &ChargeSum) -> EndReport {
    let source = match sum.start_type {
        StartType::OfflineCard => Some(StartSource::OfflineCard),
        StartType::Code => Some(StartSource::Local),
        StartType::Online | StartType::Unknown(_) => None,
    };
    let card = Some(sum.card_hex)
        .filter(|card| source == Some(StartSource::OfflineCard) && !card.is_zero());
    let doubts = doubts(sum);
    let special = source.is_some() || !doubts.is_empty();
    let details = special.then(|| {
        Box::new(RecordDetails {
            source: source.unwrap_or(StartSource::Remote),
            physical_card: card.map(|card| card.to_string()),
            doubts: doubts.into_iter().map(Into::into).collect(),
            ..RecordDetails::default()
        })
    });
    EndReport {
        charge: name_of(sum),
        port: port_no(sum.port),
        duration_s: u32::from(sum.duration_s),
        energy: Energy::from_centi_kwh(i64::from(sum.energy_001kwh)),
        // There is no money in it: the platform computes.
        device_amount: None,
        reason: sum.stop_reason.end_reason(),
        reason_raw: u32::from(u8::from(sum.stop_reason)),
        peak_power: Some(Watts(i64::from(sum.max_power_dw))).filter(|power| *power > Watts::ZERO),
        tier_minutes: Vec::new(),
        card_no: card.map(words::printed),
        // Its clock is for people; a charge is never billed by it.
        ended_at: None,
        details,
    }
}

/// What a record is about. Records that name no order are told apart by what they say: were
/// they all of one charge, only the first would ever be billed.
fn name_of(sum: &ChargeSum) -> ChargeKey {
    if !sum.order.is_none() {
        return charge_key(&sum.order);
    }
    ChargeKey::Serial(format!(
        "unnamed-{}-{}-{}-{}-{}",
        sum.port, sum.card_hex, sum.duration_s, sum.energy_001kwh, sum.max_power_dw
    ))
}

/// Why a record is not to be trusted as it stands.
fn doubts(sum: &ChargeSum) -> Vec<&'static str> {
    let mut doubts = Vec::new();
    if sum.energy_001kwh == CEILING {
        doubts.push("energy_ceiling");
    }
    if sum.duration_s == CEILING {
        doubts.push("duration_ceiling");
    }
    // 0.1 W for a second is 1/360 000 of 0.01 kWh.
    let most = i64::from(sum.max_power_dw) * i64::from(sum.duration_s) / 360_000;
    let known = sum.max_power_dw < CEILING;
    if known && i64::from(sum.energy_001kwh) > most + most / 10 + ENERGY_SLACK {
        doubts.push("energy_above_power");
    }
    doubts
}
