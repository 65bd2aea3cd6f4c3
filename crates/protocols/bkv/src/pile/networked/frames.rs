//! The frames that a networked gateway writes, its containers aside.

use super::containers;
use super::ends::Form;
use super::socket::Socket;
use super::words::{Control, ControlForm, Gateway};
use crate::clock::BinaryTime;
use crate::codes::{Outcome, StatusByte};
use crate::frame::{Framing, seal};
use crate::message::{self, Body, Message, Sub, outer, sub};
use crate::pile::bay::{Ending, Parameters, VOLTAGE_DV, current_ma, narrow};
use crate::pile::setup::Setup;
use device::Direction;
use wire::{Digits, Hex16, HexBytes, Tail};

pub(super) use super::containers::{
    ask_parameters_answer as parameters, event, exception, nonsense, parameters_set, status_1017,
};
pub(super) use crate::pile::ear::break_checksum;

/// Inside a socket, °C.
pub(super) const TEMPERATURE_C: u8 = 29;
/// Radio signal of a socket.
pub(super) const RSSI: u8 = 30;

/// Reason byte of 18 that came with a no-load end.
const REASON_NO_LOAD: u8 = 2;
/// What this device writes for other ends; no table is public.
const REASON_OTHER: u8 = 0;

/// A frame with a gateway header; `body` writes its body.
pub(super) fn seal_with(
    gateway: Gateway,
    cmd: u16,
    seq: u32,
    body: impl FnOnce(&mut Vec<u8>),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    let framing = Framing::Gateway { cmd, seq, gateway };
    seal(framing, Direction::Up, &mut out, body)
        .expect("the longest report of a socket has a few hundred bytes");
    out
}

fn seal_body(gateway: Gateway, command: u16, sequence: u32, body: Body) -> Vec<u8> {
    let message = Message::from(body);
    seal_with(gateway, command, sequence, |out| message.write(out))
}

fn seal_sub(gateway: Gateway, sequence: u32, code: u8, sub: Sub) -> Vec<u8> {
    seal_body(gateway, outer::CONTROL, sequence, Body::Sub(code, sub))
}

pub(super) fn heartbeat(gateway: Gateway, setup: &Setup, signal: u8) -> Vec<u8> {
    let beat = message::Heartbeat::new(&setup.iccid, &setup.version, signal);
    beat.map_or_else(Vec::new, |beat| {
        seal_body(gateway, outer::HEARTBEAT, 0, Body::Heartbeat(beat))
    })
}

/// Answer to 08, 09, 0A, and the one that this device gives to 03 and 06.
pub(super) fn list_answer(gateway: Gateway, sequence: u32, code: u8, done: bool) -> Vec<u8> {
    let result = message::ResultOnly {
        result: outcome(done),
    };
    let body = Body::Sub(code, Sub::Result(result));
    seal_body(gateway, outer::NETWORK, sequence, body)
}

pub(super) fn control_answer(
    gateway: Gateway,
    sequence: u32,
    control: &Control,
    done: bool,
    business: u16,
) -> Vec<u8> {
    match control.form {
        ControlForm::Sub(code, command) => {
            let answer = message::ControlAck {
                result: outcome(done),
                socket_no: control.socket,
                port: control.port,
                business_no: business,
            };
            let answer = if code == sub::TIER_START {
                Sub::TierStartAck(answer)
            } else {
                Sub::ControlAck(answer)
            };
            seal_body(gateway, command, sequence, Body::Sub(code, answer))
        }
        ControlForm::Container => {
            containers::control_answer(gateway, sequence, control, done, business)
        }
    }
}

pub(super) fn card_started(
    gateway: Gateway,
    sequence: u32,
    socket: u8,
    hole: usize,
    done: bool,
) -> Vec<u8> {
    let answer = message::CardStartAck {
        socket_no: socket,
        port: port(hole),
        result: outcome(done),
    };
    seal_sub(
        gateway,
        sequence,
        sub::CARD_START_ACK,
        Sub::CardStartAck(answer),
    )
}

pub(super) fn swipe(
    gateway: Gateway,
    socket: u8,
    hole: usize,
    business: u16,
    card: [u8; 6],
) -> Vec<u8> {
    let swipe = message::CardSwipe {
        socket_no: socket,
        port: port(hole),
        business_no: business,
        // Armed: the lamp flashes.
        status: StatusByte(0x90),
        card_no: message::CardNo(Digits(card)),
        offline_params: Digits([0; 20]),
    };
    seal_sub(gateway, 0, sub::CARD, Sub::CardSwipe(swipe))
}

pub(super) fn ask_balance(gateway: Gateway, socket: u8, hole: usize, card: [u8; 6]) -> Vec<u8> {
    let ask = message::BalanceAsk {
        socket_no: socket,
        port: port(hole),
        card_no: message::CardNo(Digits(card)),
    };
    seal_sub(gateway, 0, sub::BALANCE, Sub::BalanceAsk(ask))
}

pub(super) fn voice_answer(
    gateway: Gateway,
    sequence: u32,
    socket: u8,
    port: u8,
    done: bool,
) -> Vec<u8> {
    let answer = message::VoiceAck {
        socket_no: socket,
        port,
        result: outcome(done),
    };
    seal_sub(gateway, sequence, sub::VOICE, Sub::VoiceAck(answer))
}

/// The form of this answer is not known; this device writes one byte, 1 for yes.
pub(super) fn update_answer(gateway: Gateway, sequence: u32, done: bool) -> Vec<u8> {
    let body = Body::Unknown(HexBytes(vec![u8::from(done)]));
    seal_body(gateway, outer::FIRMWARE, sequence, body)
}

/// The form of this answer is not known; this device writes the layout of the set command.
pub(super) fn legacy_parameters(
    gateway: Gateway,
    sequence: u32,
    socket: u8,
    parameters: &Parameters,
) -> Vec<u8> {
    let answer = message::LegacyParameters {
        socket_no: socket,
        reserved: 0,
        full_delay_s: parameters.full_delay_s,
        no_load_delay_s: parameters.no_load_delay_s,
        full_power_0_1w: parameters.full_power_dw,
        no_load_power_0_1w: parameters.no_load_power_dw,
        temp_threshold_c: parameters.temp_threshold_c,
    };
    let body = Body::Sub(sub::LEGACY_QUERY, Sub::LegacyParameters(answer));
    seal_body(gateway, outer::NETWORK, sequence, body)
}

/// What both status forms say about a hole; all zero while the socket is not heard.
pub(super) fn meter(socket: &Socket, hole: usize) -> message::PortMeter {
    let status = socket.status(hole);
    let bay = socket
        .holes
        .get(hole)
        .filter(|_| socket.online)
        .map(|hole| &hole.bay);
    let charge = bay.and_then(|bay| Some((bay, bay.charge.as_ref()?)));
    let power = bay.map_or(0, |bay| bay.outlet.power_dw());
    message::PortMeter {
        port: port(hole),
        status: StatusByte(status),
        business_no: charge.map_or(0, |(_, charge)| charge.business),
        voltage_0_1v: if socket.online { VOLTAGE_DV } else { 0 },
        power_0_1w: narrow(u64::from(power)),
        current_ma: current_ma(power),
        energy_wh: charge.map_or(0, |(bay, _)| narrow(bay.outlet.wh())),
        duration_min: charge.map_or(0, |(bay, _)| narrow(bay.outlet.seconds() / 60)),
    }
}

pub(super) fn status_1c(gateway: Gateway, socket: &Socket, sequence: u32) -> Vec<u8> {
    let online = socket.online;
    let status = message::SocketStatus {
        socket_no: socket.number.unwrap_or(0),
        fw_version: Hex16(if online { socket.fw_version } else { 0 }),
        temp_c: if online { socket.temperature() } else { 0 },
        rssi: if online { RSSI } else { 0 },
        ports: Tail(
            (0..socket.holes.len())
                .map(|hole| meter(socket, hole))
                .collect(),
        ),
    };
    seal_sub(gateway, sequence, sub::STATUS, Sub::Status(status))
}

/// The report of an end, in the form that belongs to its session.
pub(super) fn end(gateway: Gateway, socket: &Socket, hole: usize, ending: &Ending) -> Vec<u8> {
    let end = message::End {
        socket_no: socket.number.unwrap_or(0),
        fw_version: Hex16(socket.fw_version),
        temp_c: socket.temperature(),
        rssi: RSSI,
        port: port(hole),
        status: StatusByte(ending.status),
        business_no: ending.business,
        power_0_1w: ending.power_dw,
        current_ma: ending.current_ma,
        energy_wh: ending.wh,
        duration_min: ending.minutes,
    };
    match Form::of(ending) {
        Form::Plain => seal_sub(gateway, 0, sub::END, Sub::End(end)),
        Form::Tiers => {
            let report = message::TierEnd {
                end,
                end_time: BinaryTime::from(ending.at),
                end_reason: match ending.status {
                    0x98 => REASON_NO_LOAD,
                    _ => REASON_OTHER,
                },
                amount_cent: ending.spent_fen,
                settle_power_0_1w: ending.peak_dw,
                level_minutes: minutes(ending),
            };
            seal_sub(gateway, 0, sub::TIER_END, Sub::TierEnd(report))
        }
        Form::Card => {
            let by_tiers = !ending.tier_minutes.is_empty();
            let report = message::CardEnd {
                end,
                card_no: message::CardNo(Digits(ending.card.map_or([0; 6], |card| card.0))),
                card_type: 0,
                billing_mode: ending.billing_mode().into(),
                amount_cent: ending.spent_fen,
                settle_power_0_1w: if by_tiers { ending.peak_dw } else { 0 },
                level_minutes: minutes(ending),
            };
            seal_sub(gateway, 0, sub::CARD_END, Sub::CardEnd(report))
        }
        Form::Fees => containers::end(gateway, socket, hole, ending),
    }
}

/// 12 hex digits as they stand on the wire, or the decimal number printed on the card, which is
/// its last four bytes read little-endian.
pub(in crate::pile) fn card_number(text: &str) -> Option<[u8; 6]> {
    if let Ok(digits) = text.parse::<Digits<6>>() {
        return Some(digits.0);
    }
    let [a, b, c, d] = text.parse::<u32>().ok()?.to_le_bytes();
    Some([0, 0, a, b, c, d])
}

fn minutes(ending: &Ending) -> message::TierMinutes {
    let minutes = ending.tier_minutes.clone();
    minutes
        .try_into()
        .expect("a session has at most five tiers")
}

fn outcome(done: bool) -> Outcome {
    if done { Outcome::Done } else { Outcome::Failed }
}

pub(super) fn port(hole: usize) -> u8 {
    u8::try_from(hole).unwrap_or(u8::MAX)
}
#[cfg(test)]
mod tests {
    use super::card_number;

    #[test]
    fn printed_card_numbers_are_little_endian() {
        let wire = card_number("1384327424").expect("a printed number");
        assert_eq!(wire, [0, 0, 0x00, 0x29, 0x83, 0x52]);
        assert_eq!(
            card_number("000000298352"),
            Some([0, 0, 0, 0x29, 0x83, 0x52])
        );
        assert_eq!(card_number("99999999999"), None);
    }
}
