//! Charging curves: what was measured while a charge ran, packed so that a point costs about ten
//! bytes.
//!
//! A chunk holds consecutive points. Each point is a mask that says which values it has, and for
//! every value it has the difference to the last one of its kind, zigzag and in groups of seven
//! bits. Values that stay as they are cost one byte, values that are not there none.

use kernel::{Current, Energy, Power, Timestamp, Voltage};

/// Points of one chunk at most.
pub const CHUNK_POINTS_MAX: usize = 512;

/// Values of a point beside its time, duration and energy.
const OPTIONAL: usize = 12;

/// One point of a curve. Absent values were not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurvePoint {
    /// When, by the server's clock, to the second.
    pub at: Timestamp,
    /// Seconds charged.
    pub duration_s: i64,
    /// Energy so far.
    pub energy: Energy,
    /// Power.
    pub power: Option<Power>,
    /// Voltage at the port.
    pub voltage: Option<Voltage>,
    /// Current at the port.
    pub current: Option<Current>,
    /// °C at the port or gun.
    pub temperature_c: Option<i16>,
    /// State of charge, %.
    pub soc: Option<u8>,
    /// Hottest cell of the battery, °C.
    pub battery_max_c: Option<i16>,
    /// Coldest cell of the battery, °C.
    pub battery_min_c: Option<i16>,
    /// Voltage that the vehicle asks for.
    pub demand_voltage: Option<Voltage>,
    /// Current that the vehicle asks for.
    pub demand_current: Option<Current>,
    /// Highest cell voltage, mV.
    pub max_cell_mv: Option<u32>,
    /// Minutes until full, as the vehicle estimates.
    pub remaining_min: Option<u16>,
    /// What the device itself computed so far, fen.
    pub device_fen: Option<i64>,
}

/// Why a chunk cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the curve is damaged at byte {0}")]
pub struct Damaged(pub usize);

impl CurvePoint {
    fn values(&self) -> [Option<i64>; OPTIONAL] {
        [
            self.power.map(|v| v.0),
            self.voltage.map(|v| v.0),
            self.current.map(|v| v.0),
            self.temperature_c.map(i64::from),
            self.soc.map(i64::from),
            self.battery_max_c.map(i64::from),
            self.battery_min_c.map(i64::from),
            self.demand_voltage.map(|v| v.0),
            self.demand_current.map(|v| v.0),
            self.max_cell_mv.map(i64::from),
            self.remaining_min.map(i64::from),
            self.device_fen,
        ]
    }

    fn of(fixed: [i64; 3], values: [Option<i64>; OPTIONAL]) -> Self {
        let [at, duration_s, energy] = fixed;
        let [
            power,
            voltage,
            current,
            temperature,
            soc,
            battery_max,
            battery_min,
            demand_voltage,
            demand_current,
            max_cell,
            remaining,
            device_fen,
        ] = values;
        let small = |value: Option<i64>| value.and_then(|v| i16::try_from(v).ok());
        Self {
            at: Timestamp::from_unix_seconds(at),
            duration_s,
            energy: Energy(energy),
            power: power.map(Power),
            voltage: voltage.map(Voltage),
            current: current.map(Current),
            temperature_c: small(temperature),
            soc: soc.and_then(|v| u8::try_from(v).ok()),
            battery_max_c: small(battery_max),
            battery_min_c: small(battery_min),
            demand_voltage: demand_voltage.map(Voltage),
            demand_current: demand_current.map(Current),
            max_cell_mv: max_cell.and_then(|v| u32::try_from(v).ok()),
            remaining_min: remaining.and_then(|v| u16::try_from(v).ok()),
            device_fen,
        }
    }
}

/// Packs points in their order. Times lose what is below a second.
pub fn pack(points: &[CurvePoint]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(points.len() * 12);
    let mut fixed = [0_i64; 3];
    let mut last = [0_i64; OPTIONAL];
    for point in points {
        let values = point.values();
        let mut mask = 0_u64;
        for (bit, value) in values.iter().enumerate() {
            mask |= u64::from(value.is_some()) << bit;
        }
        put(&mut bytes, mask);
        let now = [point.at.unix_seconds(), point.duration_s, point.energy.0];
        for (last, now) in fixed.iter_mut().zip(now) {
            put(&mut bytes, zigzag(now.wrapping_sub(*last)));
            *last = now;
        }
        for (last, value) in last.iter_mut().zip(values) {
            if let Some(now) = value {
                put(&mut bytes, zigzag(now.wrapping_sub(*last)));
                *last = now;
            }
        }
    }
    bytes
}

/// Unpacks a chunk.
///
/// # Errors
/// [`Damaged`] when the bytes are no chunk.
pub fn unpack(bytes: &[u8]) -> Result<Vec<CurvePoint>, Damaged> {
    let mut points = Vec::new();
    let mut at = 0;
    let mut fixed = [0_i64; 3];
    let mut last = [0_i64; OPTIONAL];
    while at < bytes.len() {
        let mask = take(bytes, &mut at)?;
        if mask >> OPTIONAL != 0 || points.len() == CHUNK_POINTS_MAX {
            return Err(Damaged(at));
        }
        for value in &mut fixed {
            *value = value.wrapping_add(unzigzag(take(bytes, &mut at)?));
        }
        let mut values = [None; OPTIONAL];
        for (bit, (value, last)) in values.iter_mut().zip(&mut last).enumerate() {
            if mask >> bit & 1 == 1 {
                *last = last.wrapping_add(unzigzag(take(bytes, &mut at)?));
                *value = Some(*last);
            }
        }
        if fixed[0].checked_mul(1000).is_none() {
            return Err(Damaged(at));
        }
        points.push(CurvePoint::of(fixed, values));
    }
    Ok(points)
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(low_seven(value) | 0x80);
        value >>= 7;
    }
    bytes.push(low_seven(value));
}

const fn low_seven(value: u64) -> u8 {
    (value & 0x7F) as u8
}

fn take(bytes: &[u8], at: &mut usize) -> Result<u64, Damaged> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at).ok_or(Damaged(*at))?;
        *at += 1;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Damaged(*at))
}

/// Small numbers of either sign become small numbers.
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::{CurvePoint, pack, unpack};
    use kernel::{Current, Energy, Power, Timestamp, Voltage};
    use proptest::prelude::*;

    fn session() -> Vec<CurvePoint> {
        (0..240_i64)
            .map(|n| CurvePoint {
                at: Timestamp::from_unix_seconds(1_790_000_000 + n * 15),
                duration_s: n * 15,
                energy: Energy(n * 2500),
                power: Some(Power(600_000 - n * 37)),
                voltage: Some(Voltage(3800 + n % 5)),
                current: Some(Current(157_900 - n * 11)),
                soc: Some(u8::try_from(20 + n / 4).unwrap_or(100)),
                battery_max_c: Some(31),
                battery_min_c: Some(28),
                demand_voltage: Some(Voltage(4100)),
                demand_current: Some(Current(200_000)),
                ..CurvePoint::default()
            })
            .collect()
    }

    #[test]
    fn an_hour_of_a_fast_charge_is_small() {
        let points = session();
        let packed = pack(&points);
        assert_eq!(unpack(&packed).as_deref(), Ok(points.as_slice()));
        assert!(packed.len() < points.len() * 18, "{} bytes", packed.len());
    }

    #[test]
    fn damage_is_told_and_harms_nothing() {
        let packed = pack(&session());
        assert!(unpack(&packed[..packed.len() - 1]).is_err());
        assert!(unpack(&[0xFF; 40]).is_err());
        assert_eq!(unpack(&[]), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn any_point_survives(
            at in -1_000_000_000_000_i64..1_000_000_000_000,
            energy in any::<i64>(),
            power in proptest::option::of(any::<i64>()),
            soc in proptest::option::of(any::<u8>()),
            cold in proptest::option::of(any::<i16>()),
        ) {
            let point = CurvePoint {
                at: Timestamp::from_unix_seconds(at),
                energy: Energy(energy),
                power: power.map(Power),
                soc,
                battery_min_c: cold,
                ..CurvePoint::default()
            };
            let points = [point, CurvePoint::default(), point];
            prop_assert_eq!(unpack(&pack(&points)), Ok(points.to_vec()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(unpack(&bytes));
        }
    }
}
