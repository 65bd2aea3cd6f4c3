//! BKV containers (outer command 1000) of the device: lists of elements.

use super::frames::{RSSI, meter, port, seal_with};
use super::socket::Socket;
use super::words::{Control, ControlForm, Gateway, Said, Set, Terms};
use crate::clock::BcdTime;
use crate::message::outer;
use crate::pile::bay::{Ending, Segment, VOLTAGE_DV};
use crate::pile::elements::{Element, Told, write_list};
use kernel::Timestamp;

/// Segments of a day at most: one for each half hour.
const SEGMENTS_MAX: usize = 48;

/// 0x2F of a no-load end; what this device writes for other ends is 0.
const REASON_NO_LOAD: u8 = 8;

/// BKV commands.
const STATUS: u16 = 0x1017;
const START: u16 = 0x1007;
const END: u16 = 0x1004;
const EXCEPTION: u16 = 0x1010;
const SET_PARAMETERS: u16 = 0x1011;
const ASK_PARAMETERS: u16 = 0x1012;
const EVENT: u16 = 0x1013;

/// The whole socket, where a port is asked for.
const WHOLE_SOCKET: u8 = 0x7F;

pub(super) fn container(
    gateway: Gateway,
    sequence: u32,
    command: u16,
    elements: &[Element],
) -> Vec<u8> {
    seal_with(gateway, outer::CONTAINER, sequence, |out| {
        write_list(command, u64::from(sequence), &gateway.0, elements, out);
    })
}

/// Which BKV command it is, and what it says.
pub(super) fn understand(told: &Told) -> (Option<u16>, Said) {
    let socket = told.byte(0x4A).unwrap_or(0);
    let said = match told.command {
        STATUS | EXCEPTION | EVENT => Said::ReportNoted,
        END if told.byte(0x0F) == Some(1) => Said::FeesEndNoted {
            socket,
            port: told.byte(0x08).unwrap_or(0),
        },
        START => Said::Control(Control {
            form: ControlForm::Container,
            socket,
            port: told.byte(0x08).unwrap_or(u8::MAX),
            switch: told.byte(0x13) == Some(1),
            terms: Terms::Fees(
                segments(told.bytes(0x83).unwrap_or_default()),
                told.byte(0x80) == Some(1),
            ),
        }),
        SET_PARAMETERS => Said::SetParameters {
            socket,
            set: parameters(told),
        },
        ASK_PARAMETERS => Said::AskParameters(socket),
        _ => Said::Unknown,
    };
    (Some(told.command), said)
}

fn parameters(told: &Told) -> Set {
    let values = told.elements.iter().filter(|element| element.key() != 0x4A);
    values
        .filter_map(|element| Some((element.key(), element.small()?)))
        .collect()
}

fn segments(bytes: &[u8]) -> Vec<Segment> {
    let segment = |part: &[u8; 6]| {
        let [
            hour,
            minute,
            electricity_high,
            electricity_low,
            service_high,
            service_low,
        ] = *part;
        Segment {
            end_minute: u16::from(hour) * 60 + u16::from(minute),
            electricity_fen: u16::from_be_bytes([electricity_high, electricity_low]),
            service_fen: u16::from_be_bytes([service_high, service_low]),
        }
    };
    bytes
        .as_chunks::<6>()
        .0
        .iter()
        .take(SEGMENTS_MAX)
        .map(segment)
        .collect()
}

/// `stale`: a hole that shows an old business number.
pub(super) fn status_1017(
    gateway: Gateway,
    socket: &Socket,
    stale: Option<(usize, u16)>,
) -> Vec<u8> {
    let online = socket.online;
    let if_online = |value: u8| if online { value } else { 0 };
    let mut elements = vec![
        Element::byte(0x4A, socket.number.unwrap_or(0)),
        Element::word(0x3E, if online { socket.fw_version } else { 0 }),
        Element::byte(0x07, if_online(socket.temperature())),
        Element::byte(0x96, if_online(RSSI)),
    ];
    for hole in 0..socket.holes.len() {
        let mut meter = meter(socket, hole);
        if let Some((_, business)) = stale.filter(|(old, _)| *old == hole) {
            meter.status.0 = 0x90;
            meter.business_no = business;
        }
        let inside = [
            Element::byte(0x08, meter.port),
            Element::byte(0x09, meter.status.0),
            Element::word(0x0A, meter.business_no),
            Element::word(0x95, meter.voltage_0_1v),
            Element::word(0x0B, meter.power_0_1w),
            Element::word(0x0C, meter.current_ma),
            Element::word(0x0D, meter.energy_wh),
            Element::word(0x0E, meter.duration_min),
        ];
        elements.push(Element::list(0x5B, &inside));
    }
    container(gateway, 0, STATUS, &[Element::list(0x94, &elements)])
}

pub(super) fn end(gateway: Gateway, socket: &Socket, hole: usize, ending: &Ending) -> Vec<u8> {
    let mut usage = Vec::new();
    for (minutes, wh) in &ending.usage {
        usage.extend_from_slice(&minutes.to_be_bytes());
        usage.extend_from_slice(&wh.to_be_bytes());
    }
    let reason = if ending.status == 0x98 {
        REASON_NO_LOAD
    } else {
        0
    };
    let segments = u8::try_from(ending.usage.len()).unwrap_or(u8::MAX);
    let elements = [
        Element::byte(0x07, socket.temperature()),
        Element::byte(0x4A, socket.number.unwrap_or(0)),
        Element::byte(0x08, port(hole)),
        Element::byte(0x09, ending.status),
        Element::word(0x0A, ending.business),
        Element::word(0x0B, ending.power_dw),
        Element::word(0x0C, ending.current_ma),
        Element::word(0x0D, ending.wh),
        Element::word(0x0E, ending.minutes),
        Element::new(0x2E, BcdTime::from(ending.at).0),
        Element::byte(0x2F, reason),
        Element::byte(0x12, ending.billing_mode()),
        Element::word(0x85, ending.electricity_fen),
        Element::word(0x86, ending.service_fen),
        Element::byte(0x89, segments),
        Element::new(0x84, usage),
    ];
    container(gateway, 0, END, &elements)
}

pub(super) fn event(gateway: Gateway, socket: u8, at: Timestamp, code: u16) -> Vec<u8> {
    let elements = [
        Element::byte(0x4A, socket),
        Element::byte(0x08, WHOLE_SOCKET),
        Element::new(0x06, BcdTime::from(at).0),
        Element::word(0x5A, code),
    ];
    container(gateway, 0, EVENT, &elements)
}

/// Something is wrong at a hole; `reason` is this device's own code.
pub(super) fn exception(gateway: Gateway, socket: &Socket, hole: usize, reason: u8) -> Vec<u8> {
    let at = |wanted: usize, value: u8| if hole == wanted { value } else { 0 };
    let hot = if reason & 0x04 != 0 {
        90
    } else {
        socket.temperature()
    };
    let elements = [
        Element::byte(0x4A, socket.number.unwrap_or(0)),
        Element::byte(0x54, 0),
        Element::byte(0x4B, 0),
        Element::byte(0x55, at(0, reason)),
        Element::byte(0x4C, at(0, 1)),
        Element::byte(0x56, at(1, reason)),
        Element::byte(0x4D, at(1, 1)),
        Element::word(0x4E, VOLTAGE_DV),
        Element::word(0x4F, VOLTAGE_DV),
        Element::word(0x50, 0),
        Element::word(0x51, 0),
        Element::byte(0x52, at(0, hot)),
        Element::byte(0x53, at(1, hot)),
        Element::byte(0x57, socket.status(0)),
        Element::byte(0x58, socket.status(1)),
    ];
    container(gateway, 0, EXCEPTION, &elements)
}

pub(super) fn control_answer(
    gateway: Gateway,
    sequence: u32,
    control: &Control,
    done: bool,
    business: u16,
) -> Vec<u8> {
    let elements = [
        Element::byte(0x0F, u8::from(done)),
        Element::byte(0x4A, control.socket),
        Element::byte(0x08, control.port),
        Element::word(0x0A, business),
    ];
    container(gateway, sequence, START, &elements)
}

pub(super) fn parameters_set(gateway: Gateway, sequence: u32, socket: u8, done: bool) -> Vec<u8> {
    let elements = [
        Element::byte(0x4A, socket),
        Element::byte(0x0F, u8::from(done)),
    ];
    container(gateway, sequence, SET_PARAMETERS, &elements)
}

pub(super) fn ask_parameters_answer(
    gateway: Gateway,
    sequence: u32,
    number: u8,
    socket: &Socket,
) -> Vec<u8> {
    let parameters = &socket.parameters;
    let elements = [
        Element::byte(0x4A, number),
        Element::byte(0x0F, 1),
        Element::word(0x23, parameters.full_power_dw),
        Element::byte(0x60, parameters.trickle_pct),
        Element::word(0x21, parameters.full_delay_s),
        Element::word(0x24, parameters.no_load_power_dw),
        Element::word(0x22, parameters.no_load_delay_s),
        Element::word(0x59, parameters.max_charge_min),
        Element::byte(0x25, parameters.temp_threshold_c),
        Element::word(0x11, parameters.power_limit_dw),
        Element::word(0x10, parameters.current_limit_ma),
        Element::new(0x68, 0_u32.to_be_bytes()),
        Element::word(0x93, 0),
        Element::byte(0x98, 0),
        Element::byte(0x99, 0),
        Element::byte(0x9A, 0),
        Element::byte(0x9B, 0),
    ];
    container(gateway, sequence, ASK_PARAMETERS, &elements)
}

/// A status report whose last element overruns the body, in a frame that is sound.
pub(super) fn nonsense(gateway: Gateway) -> Vec<u8> {
    seal_with(gateway, outer::CONTAINER, 0, |out| {
        write_list(STATUS, 0, &gateway.0, &[], out);
        out.extend_from_slice(&[0x20, 0x01, 0x94, 0x00]);
    })
}
