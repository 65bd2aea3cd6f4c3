//! Between the units of the wire and those of the platform.

use super::outbox::{Job, Key};
use super::task::Task;
use crate::message::{Body, ReadRealtime, RemoteStart, SessionHead};
use crate::value::{CardNo, Gun, PileCode, TransactionNo};
use device::ChargePlan;
use kernel::{Current, Energy, Fen, PortNo, Power, Timestamp, Voltage, div_half_up};
use std::time::Duration;

/// Money limit of a charge that has none, fen: far more than any charge costs, and far less than
/// what a pile could misread as negative.
pub(crate) const NO_LIMIT: u32 = 9_999_999;
/// An answer to most commands may take so long.
pub(super) const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// Voltages above are no measurement, 0.1 V.
const VOLTAGE_MAX: u16 = 15_000;
/// Currents above are no measurement, 0.1 A.
const CURRENT_MAX: u16 = 10_000;
/// Characters of a vehicle identification number.
const VIN_LENGTH: usize = 17;

/// A job with one frame that is written once.
pub(super) fn job(key: Key, body: Body, task: Task) -> Job {
    Job {
        id: None,
        priority: 2,
        key,
        body,
        wait: ANSWER_WAIT,
        tries: 1,
        attempts: 0,
        when_idle: false,
        task,
    }
}

/// The gun of a port that has been checked.
pub(super) fn gun(number: u8) -> Gun {
    Gun::of(number).unwrap_or(Gun(number))
}

/// The gun number of a port; none beyond 32.
pub(crate) fn gun_of(port: PortNo) -> Option<u8> {
    let number = u8::try_from(port.0).ok()?;
    (1..=super::pile::GUN_MAX)
        .contains(&number)
        .then_some(number)
}

pub(super) fn read_realtime(pile_code: PileCode, gun_no: u8) -> Body {
    Body::ReadRealtime(ReadRealtime {
        pile_code,
        gun_no: gun(gun_no),
    })
}

/// A start, from the plan of its order.
pub(super) fn remote_start(
    pile_code: PileCode,
    gun_no: u8,
    serial: TransactionNo,
    plan: &ChargePlan,
) -> RemoteStart {
    RemoteStart {
        head: SessionHead {
            transaction_no: serial,
            pile_code,
            gun_no: gun(gun_no),
        },
        logical_card: logical_card(plan.card_no.as_deref()),
        physical_card: physical_card(plan.physical_card.as_deref()),
        balance: limit(plan.amount),
    }
}

/// The transaction number of an order.
pub(crate) fn serial(text: Option<&str>) -> Option<TransactionNo> {
    text?
        .parse()
        .ok()
        .filter(|serial: &TransactionNo| !serial.is_zero())
}

/// The money that a charge may cost; an order without a limit has a very high one.
pub(super) fn limit(amount: Fen) -> u32 {
    match u32::try_from(amount.0) {
        Ok(0) | Err(_) => NO_LIMIT,
        Ok(fen) => fen.min(NO_LIMIT),
    }
}

/// Every gun keeps only its own limit: what a card may spend is shared by the guns of a parallel
/// charge.
pub(super) const fn share(limit: u32, parallel: bool) -> u32 {
    if parallel { limit / 2 } else { limit }
}

/// What a display shows of a balance.
pub(super) fn balance(fen: Fen) -> u32 {
    u32::try_from(fen.0.max(0)).unwrap_or(u32::MAX)
}

/// A printed card number in the field: its digits, the last 16 of them.
pub(super) fn logical_card(card_no: Option<&str>) -> CardNo {
    let digits: String = card_no
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let last = digits.len().saturating_sub(2 * size_of::<CardNo>());
    CardNo::padded(digits.get(last..).unwrap_or_default()).unwrap_or_default()
}

/// The number in a card's chip; zeros for none.
pub(super) fn physical_card(hex: Option<&str>) -> CardNo {
    hex.and_then(CardNo::padded).unwrap_or_default()
}

/// 0.0001 kWh is the unit of both.
pub(super) fn energy(raw: u32) -> Energy {
    Energy(i64::from(raw))
}

/// From 0.0001 yuan, rounded half up.
pub(super) fn fen(raw: u32) -> Fen {
    Fen(i64::try_from(div_half_up(i128::from(raw), 100)).unwrap_or(i64::MAX))
}

pub(super) fn voltage(raw: u16) -> Option<Voltage> {
    (raw <= VOLTAGE_MAX).then(|| Voltage(i64::from(raw)))
}

pub(super) fn current(raw: u16) -> Option<Current> {
    (raw <= CURRENT_MAX).then(|| Current(i64::from(raw) * 100))
}

/// 0.1 V × 0.001 A is 0.0001 W.
pub(super) fn power(voltage: Voltage, current: Current) -> Power {
    let product = i128::from(voltage.0) * i128::from(current.0);
    Power(i64::try_from(div_half_up(product, 1000)).unwrap_or(i64::MAX))
}

/// A current of GB/T 27930 in 0.1 A, without its sign: the standard counts charging as negative,
/// piles do either.
pub(super) const fn bms_current_raw(raw: u16) -> u16 {
    raw.abs_diff(4000)
}

pub(super) fn bms_current(raw: u16) -> Option<Current> {
    current(bms_current_raw(raw))
}

/// °C; raw 0 is no value, and neither is what no pile survives.
pub(super) fn temperature(raw: u8) -> Option<i16> {
    let celsius = i16::from(raw) - 50;
    (raw != 0 && celsius <= 200).then_some(celsius)
}

pub(super) const fn soc(raw: u8) -> Option<u8> {
    if raw <= 100 { Some(raw) } else { None }
}

/// A vehicle identification number, if it is one.
pub(super) fn vin(text: &str) -> Option<String> {
    let text = text.trim();
    let sound = text.len() == VIN_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte != b'0');
    sound.then(|| text.to_ascii_uppercase())
}

/// Seconds between two instants; none when they are not in order.
pub(super) fn seconds_between(begin: Timestamp, end: Timestamp) -> Option<u32> {
    u32::try_from(end.unix_seconds() - begin.unix_seconds()).ok()
}

#[cfg(test)]
mod tests {
    use super::{NO_LIMIT, bms_current, limit, logical_card, power, share, temperature, vin};
    use kernel::{Current, Fen, Power, Voltage};

    #[test]
    fn units_convert() {
        assert_eq!(power(Voltage(3940), Current(74_200)), Power(292_348));
        assert_eq!(bms_current(3250), Some(Current(75_000)));
        assert_eq!(bms_current(5960), Some(Current(196_000)));
        assert_eq!(temperature(84), Some(34));
        assert_eq!(temperature(0), None);
    }

    #[test]
    fn money_limits() {
        assert_eq!(limit(Fen(2000)), 2000);
        assert_eq!(limit(Fen::ZERO), NO_LIMIT);
        assert_eq!(limit(Fen(i64::MAX)), NO_LIMIT);
        assert_eq!(share(2001, true), 1000);
    }

    #[test]
    fn identifiers() {
        assert_eq!(
            logical_card(Some("1000000573")).to_string(),
            "0000001000000573"
        );
        assert_eq!(
            logical_card(Some("123456789012345678")).to_string(),
            "3456789012345678"
        );
        assert_eq!(
            vin("LGAG4PY5336000001").as_deref(),
            Some("LGAG4PY5336000001")
        );
        assert_eq!(vin("LGAG4PY53"), None);
        assert_eq!(vin("00000000000000000"), None);
    }
}
