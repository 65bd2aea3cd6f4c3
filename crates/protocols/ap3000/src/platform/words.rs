//! Between the numbers of the wire and the words of the platform.

use crate::codes::{ChargeCmd, Cmd};
use crate::frame::Frame;
use crate::message::{Body, Message, OrderKey, UpperHex};
use device::ChargeKey;
use kernel::{OrderNo, PortNo, Timestamp};
use std::borrow::Cow;

/// Temperatures are sent with this added, so that they are not negative.
const TEMPERATURE_OFFSET: i16 = 65;
/// Sockets of the largest device.
pub(crate) const PORT_MAX: u16 = 16;

/// A socket as everything but the wire counts it: from 1.
pub(super) fn port_no(wire: u8) -> PortNo {
    PortNo(u16::from(wire) + 1)
}

/// A socket as the wire counts it: from 0.
pub(crate) fn wire_port(port: PortNo) -> Option<u8> {
    let fits = (1..=PORT_MAX).contains(&port.0);
    u8::try_from(port.0).ok().filter(|_| fits)?.checked_sub(1)
}

/// The platform's name of a charge: our order number, else the 16 bytes as text or in hex.
pub(super) fn charge_key(order: &OrderKey) -> ChargeKey {
    let number: Option<OrderNo> = order.ascii().and_then(|text| text.parse().ok());
    match number {
        Some(number) => ChargeKey::Order(number),
        None => ChargeKey::Serial(order.to_string()),
    }
}

/// The 16 bytes of an order: its number, or what the device called it.
pub(crate) fn order_key(order: OrderNo, serial: Option<&str>) -> Option<OrderKey> {
    let Some(serial) = serial else {
        return Some(OrderKey(*order.as_bytes()));
    };
    let mut key = [0; 16];
    match serial.len() {
        16 if serial.is_ascii() => key.copy_from_slice(serial.as_bytes()),
        32 => hex::decode_to_slice(serial, &mut key).ok()?,
        _ => return None,
    }
    Some(OrderKey(key))
}

/// °C; none without a sensor.
pub(super) fn celsius(raw: u8) -> Option<i16> {
    (raw != 0).then(|| i16::from(raw) - TEMPERATURE_OFFSET)
}

/// A device's clock; none when it was never set.
pub(super) fn device_time(seconds: u32) -> Option<Timestamp> {
    (seconds != 0).then(|| Timestamp::from_unix_seconds(i64::from(seconds)))
}

/// The number printed on a card: its chip number read as one big-endian number.
pub(super) fn printed(card: UpperHex<4>) -> String {
    format!("{:010}", u32::from_be_bytes(card.0))
}

/// A firmware version for people: 640 is 6.40.
pub(super) fn version(number: u16) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

/// The number of a firmware version, as devices write it.
pub(crate) fn version_number(text: &str) -> Option<u16> {
    let text = text.trim().trim_start_matches(['V', 'v']);
    match text.split_once('.') {
        None => text.parse().ok(),
        Some((major, minor)) if minor.len() == 2 => {
            let (major, minor): (u16, u16) = (major.parse().ok()?, minor.parse().ok()?);
            major.checked_mul(100)?.checked_add(minor)
        }
        Some(_) => None,
    }
}

/// Kinds in the communication log.
pub(super) fn kind_of(cmd: Cmd, message: Option<&Message>) -> &'static str {
    match cmd {
        Cmd::LegacyHeartbeat | Cmd::Heartbeat | Cmd::HostHeartbeat => "heartbeat",
        Cmd::Registration | Cmd::SubDevices => "register",
        Cmd::DeviceTime | Cmd::HostTime => "time",
        Cmd::Card => "card",
        Cmd::Settlement => "record",
        Cmd::OrderConfirm => "start",
        Cmd::Charge => match message.map(|message| &message.body) {
            Some(Body::Charge(charge)) if charge.charge_cmd == ChargeCmd::Stop => "stop",
            _ => "start",
        },
        Cmd::CabinetStop => "stop",
        Cmd::Power | Cmd::HostState | Cmd::CabinetHeartbeat | Cmd::FullNotice | Cmd::Query => {
            "status"
        }
        Cmd::Alarm | Cmd::PortNotice => "alarm",
        Cmd::Parameters11
        | Cmd::Parameters12
        | Cmd::Limits
        | Cmd::CardKeys
        | Cmd::QueryParameters11
        | Cmd::QueryParameters12
        | Cmd::QueryLimits
        | Cmd::QueryCardKeys
        | Cmd::RadioRequest
        | Cmd::RadioParameters => "params",
        Cmd::UpgradeRequest
        | Cmd::HostUpgradeRequest
        | Cmd::UpgradeDevice
        | Cmd::UpgradePowerBoard
        | Cmd::UpgradeUnified
        | Cmd::SelfUpgrade
        | Cmd::UpgradeOldDevice
        | Cmd::UpgradeOldHost
        | Cmd::UpgradeHost => "firmware",
        Cmd::Modify
        | Cmd::Reboot
        | Cmd::Erase
        | Cmd::Voice
        | Cmd::ReadEeprom
        | Cmd::WriteEeprom
        | Cmd::WorkMode
        | Cmd::QrAddress
        | Cmd::CardBilling
        | Cmd::TemporaryQr
        | Cmd::Locate
        | Cmd::Mute
        | Cmd::Special
        | Cmd::RebootHost
        | Cmd::RebootModem
        | Cmd::DropUpgrade
        | Cmd::SetServer => "control",
        _ => "unknown",
    }
}

/// A frame as logs may hold it: card keys blanked, the sum made right again.
pub(crate) fn loggable<'a>(frame: &Frame<'a>) -> Cow<'a, [u8]> {
    let names_keys = matches!(Cmd::from(frame.cmd), Cmd::CardKeys | Cmd::QueryCardKeys);
    if !names_keys || frame.data.len() < 2 {
        return Cow::Borrowed(frame.raw);
    }
    let mut masked = Vec::with_capacity(frame.raw.len());
    let (sector, keys) = frame.data.split_at(1);
    let sealed = crate::frame::seal(frame.id, frame.msg_id, frame.cmd, &mut masked, |out| {
        out.extend_from_slice(sector);
        out.extend(std::iter::repeat_n(0, keys.len()));
    });
    if sealed.is_err() {
        masked.clear();
    }
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::{celsius, charge_key, loggable, order_key, version, version_number, wire_port};
    use crate::message::OrderKey;
    use device::ChargeKey;
    use kernel::PortNo;

    #[test]
    fn orders_have_one_name_each_way() {
        let number = "THD1729407600001".parse().expect("an order number");
        let key = order_key(number, None).expect("16 bytes");
        assert_eq!(charge_key(&key), ChargeKey::Order(number));
        let foreign = OrderKey(*b"CHARGE_04A26CF3_");
        let device_made = OrderKey([0x20; 16].map(|byte| byte ^ 0x85));
        for key in [foreign, device_made] {
            let ChargeKey::Serial(text) = charge_key(&key) else {
                panic!("no number of ours");
            };
            assert_eq!(order_key(number, Some(&text)), Some(key));
        }
        assert_eq!(order_key(number, Some("short")), None);
    }

    #[test]
    fn sockets_versions_and_temperatures_convert() {
        assert_eq!(wire_port(PortNo(1)), Some(0));
        assert_eq!(wire_port(PortNo(16)), Some(15));
        assert_eq!(wire_port(PortNo(0)), None);
        assert_eq!(wire_port(PortNo(17)), None);
        assert_eq!(wire_port(PortNo::AUTOMATIC), None);
        assert_eq!(version(640), "6.40");
        assert_eq!(version_number("V6.41"), Some(641));
        assert_eq!(version_number("641"), Some(641));
        assert_eq!(version_number("6.4"), None);
        assert_eq!(
            (celsius(0), celsius(65), celsius(0x5D)),
            (None, Some(0), Some(28))
        );
    }

    #[test]
    fn keys_are_kept_out_of_logs() {
        let raw = hex::decode("444E5916003B37AB0402008600159185191880FFFFFFFFFFFF800A");
        let raw = raw.expect("hex");
        let frame = crate::frame::parse(&raw).expect("a frame");
        let masked = loggable(&frame).into_owned();
        let shown = crate::frame::parse(&masked).expect("still a frame");
        assert_eq!(shown.data, [0; 13]);
    }
}
