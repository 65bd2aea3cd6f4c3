//! Direct frames of a stand-alone device: element lists without a gateway header (BKV,
//! docs/protocols/bkv.md, "Direct framing").

use super::Hole;
use crate::clock::BcdTime;
use crate::frame::{Framing, parse, seal};
use crate::pile::Core;
use crate::pile::bay::{Ending, Parameters, VOLTAGE_DV, current_ma, narrow};
use crate::pile::ear;
use crate::pile::elements::{Element, Told, write_list};
use crate::pile::setup::Setup;
use device::Direction;
use kernel::Timestamp;
use wire::Digits;

/// BKV commands of stand-alone devices.
pub(super) mod command {
    pub(in super::super) const HEARTBEAT: u16 = 0x1001;
    pub(in super::super) const STATUS: u16 = 0x1002;
    pub(in super::super) const QUERY: u16 = 0x1003;
    pub(in super::super) const END: u16 = 0x1004;
    pub(in super::super) const SET_LIMITS: u16 = 0x1005;
    pub(in super::super) const ASK_LIMITS: u16 = 0x1006;
    pub(in super::super) const CONTROL: u16 = 0x1007;
    pub(in super::super) const UPDATE: u16 = 0x1008;
    pub(in super::super) const CARD: u16 = 0x1009;
    pub(in super::super) const CARD_END: u16 = 0x100A;
    pub(in super::super) const SET_PARAMETERS: u16 = 0x100B;
    pub(in super::super) const ASK_PARAMETERS: u16 = 0x100C;
    pub(in super::super) const REBOOT: u16 = 0x100D;
    pub(in super::super) const BALANCE: u16 = 0x1010;
    pub(in super::super) const QUIET_TIME: u16 = 0x1011;
    pub(in super::super) const QR_CODE: u16 = 0x1014;
}

/// Inside the cabinet, °C.
const TEMPERATURE_C: u8 = 32;
/// Signal strength.
const SIGNAL: u8 = 21;

/// Keys of the elements that hold port 0, 1, 2, … in a status report.
const PORT_KEYS: [u32; 20] = [
    0x1C, 0x1D, 0x49, 0x4A, 0x4B, 0x4C, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0xA6, 0xA7, 0xA8, 0xAA,
    0xAB, 0xAC, 0xAD, 0xAE,
];

pub(super) type Mac = Digits<6>;

pub(super) fn mac(setup: &Setup) -> Option<Mac> {
    setup.id.parse().ok()
}

/// The next list for this device.
pub(super) fn read(core: &mut Core, mac: Mac) -> Option<Told> {
    while let Some(raw) = ear::next_frame(&mut core.unread) {
        let told = match parse(&raw) {
            Ok(frame) if frame.framing == Framing::Direct => Told::read(frame.body, &mac.0),
            _ => None,
        };
        if told.is_some() {
            return told;
        }
    }
    None
}

/// The time of a heartbeat's answer.
pub(super) fn time(told: &Told) -> Option<Timestamp> {
    BcdTime(told.bytes(0x06)?.try_into().ok()?).instant()
}

/// A frame of this device.
pub(super) fn frame(mac: Mac, sequence: u64, command: u16, elements: &[Element]) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    seal(Framing::Direct, Direction::Up, &mut out, |out| {
        write_list(command, sequence, &mac.0, elements, out);
    })
    .expect("the status of twenty ports has fewer than 1000 bytes");
    out
}

pub(super) fn heartbeat(setup: &Setup) -> Vec<Element> {
    vec![
        Element::new(0x04, setup.version.as_bytes()),
        Element::byte(0x05, SIGNAL),
        Element::new(0x48, setup.iccid.as_bytes()),
    ]
}

/// All ports: the report 1002, and the answer to 1003.
pub(super) fn status(
    holes: &[Hole],
    parameters: &Parameters,
    stale: Option<(usize, u16)>,
) -> Vec<Element> {
    let mut elements = vec![Element::byte(0x07, TEMPERATURE_C)];
    for (index, (hole, key)) in holes.iter().zip(PORT_KEYS).enumerate() {
        let bay = &hole.bay;
        let power = bay.outlet.power_dw();
        let charge = bay.charge.as_ref();
        let old = stale
            .filter(|(old, _)| *old == index)
            .map(|(_, business)| business);
        let business = charge.map(|charge| charge.business).or(old);
        let metered = |value: u64| if charge.is_some() { narrow(value) } else { 0 };
        let inside = [
            Element::byte(0x08, port(index)),
            Element::byte(
                0x09,
                if old.is_some() {
                    0x90
                } else {
                    bay.status(parameters)
                },
            ),
            Element::word(0x0A, business.unwrap_or(0)),
            Element::word(0x0B, narrow(u64::from(power))),
            Element::word(0x0C, current_ma(power)),
            Element::word(0x0D, metered(bay.outlet.wh())),
            Element::word(0x0E, metered(bay.outlet.seconds() / 60)),
            Element::word(0x55, VOLTAGE_DV),
        ];
        elements.push(Element::list(key, &inside));
    }
    elements
}

/// 1004, and 100A for a card.
pub(super) fn end(index: usize, ending: &Ending) -> (u16, Vec<Element>) {
    let mut elements = vec![
        Element::byte(0x07, TEMPERATURE_C),
        Element::byte(0x08, port(index)),
        Element::byte(0x09, ending.status),
        Element::word(0x0A, ending.business),
        Element::word(0x0B, ending.power_dw),
        Element::word(0x0C, ending.current_ma),
        Element::word(0x0D, ending.wh),
        Element::word(0x0E, ending.minutes),
        Element::new(0x2E, BcdTime::from(ending.at).0),
        Element::byte(0x2F, if ending.status == 0x98 { 8 } else { 0 }),
        Element::byte(0x12, ending.billing_mode()),
    ];
    match ending.card {
        Some(card) => {
            elements.push(Element::new(0x16, card.0));
            (command::CARD_END, elements)
        }
        None => (command::END, elements),
    }
}

pub(super) fn limits(parameters: &Parameters, index: u8) -> Vec<Element> {
    vec![
        Element::byte(0x08, index),
        Element::word(0x10, parameters.current_limit_ma),
        Element::word(0x11, parameters.power_limit_dw),
        Element::word(0x14, parameters.max_charge_min),
    ]
}

pub(super) fn parameters(parameters: &Parameters, heartbeat_s: u16) -> Vec<Element> {
    vec![
        Element::byte(0x0F, 1),
        Element::word(0x1E, 300),
        Element::word(0x20, heartbeat_s),
        Element::word(0x21, parameters.full_delay_s),
        Element::word(0x22, parameters.no_load_delay_s),
        Element::word(0x23, parameters.full_power_dw),
        Element::word(0x24, parameters.no_load_power_dw),
        Element::byte(0x25, parameters.temp_threshold_c),
        Element::word(0x59, parameters.max_charge_min),
        Element::byte(0x60, parameters.trickle_pct),
        Element::word(0x10, parameters.current_limit_ma),
        Element::word(0x11, parameters.power_limit_dw),
        Element::new(0x68, 0_u32.to_be_bytes()),
    ]
}

/// Takes over new values.
pub(super) fn apply(told: &Told, parameters: &mut Parameters) {
    let set = |key: u32, place: &mut u16| {
        if let Some(value) = told.word(key) {
            *place = value;
        }
    };
    set(0x21, &mut parameters.full_delay_s);
    set(0x22, &mut parameters.no_load_delay_s);
    set(0x23, &mut parameters.full_power_dw);
    set(0x24, &mut parameters.no_load_power_dw);
    set(0x59, &mut parameters.max_charge_min);
    set(0x10, &mut parameters.current_limit_ma);
    set(0x11, &mut parameters.power_limit_dw);
    if let Some(threshold) = told.byte(0x25) {
        parameters.temp_threshold_c = threshold;
    }
}

pub(super) fn port(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}
