//! What hangs on the cable: how much it draws, and what the meter counts.

use kernel::Timestamp;

/// Units of [`Meter`] in one Wh: per mille of (Wh per hour × milliseconds).
const UNITS_PER_WH: u64 = 3_600_000 * 1000;

/// What a full battery still draws: 2 % of full power, but no more than 5 W.
const TRICKLE: u64 = 20;
const TRICKLE_MAX_DW: u64 = 50;

/// Share of full power (per mille) once a battery is fuller than the first number (per mille).
const TAPER: [(u64, u64); 6] = [
    (900, 800),
    (920, 600),
    (940, 400),
    (960, 250),
    (980, 120),
    (1000, TRICKLE),
];

/// A vehicle, or another load, on one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Power that it draws in bulk charging, 0.1 W.
    pub power_dw: u32,
    /// Highest power of a session, 0.1 W; seen as soon as it draws at all.
    pub peak_dw: u32,
    /// Energy that the meter counts in an hour of bulk charging, Wh. Real meters agree with
    /// `power_dw`; the curve of the acceptance plan does not (1500 W, but 5.23 kWh an hour).
    pub wh_per_hour: u32,
    /// Energy that fits into the battery, Wh. From 90 % on the power falls in steps; at 100 % a
    /// trickle of 2 %, at most 5 W, remains. `None`: it never gets full.
    pub capacity_wh: Option<u32>,
}

impl Load {
    /// The curve of the acceptance plan, port by port: 5.23 kWh in an hour, peak 1800 W; power
    /// 1500, 1500, 1400 and 1550 W on ports 1 to 4, whose sum stays below a rating of 6000 W.
    pub fn acceptance(port_index: usize) -> Self {
        const POWERS_DW: [u32; 4] = [15_000, 15_000, 14_000, 15_500];
        Self {
            power_dw: POWERS_DW[port_index % POWERS_DW.len()],
            peak_dw: 18_000,
            wh_per_hour: 5230,
            capacity_wh: Some(10_000),
        }
    }

    /// The load of this name, one of [`LOADS`].
    pub fn named(name: &str) -> Option<Self> {
        let found = LOADS.iter().find(|(known, _)| *known == name);
        found.map(|(_, load)| *load)
    }

    /// An e-bike with a 48 V 20 Ah battery: 180 W, full after 960 Wh.
    pub const fn e_bike() -> Self {
        Self {
            power_dw: 1800,
            peak_dw: 2100,
            wh_per_hour: 180,
            capacity_wh: Some(960),
        }
    }

    /// A battery of this capacity that is charged with this power, 0.1 W.
    const fn lasting(power_dw: u32, capacity_wh: u32) -> Self {
        Self {
            power_dw,
            peak_dw: power_dw,
            wh_per_hour: power_dw / 10,
            capacity_wh: Some(capacity_wh),
        }
    }

    /// Something that is no battery, 0.1 W.
    const fn endless(power_dw: u32) -> Self {
        Self {
            capacity_wh: None,
            ..Self::lasting(power_dw, 0)
        }
    }
}

/// Loads by name, for [`Action::Vehicle`](crate::Action::Vehicle): an e-bike, an electric moped
/// with 72 V 32 Ah, a heater that belongs on no charging socket, and a phone that draws less
/// than sockets take for a vehicle.
pub const LOADS: [(&str, Load); 4] = [
    ("e_bike", Load::e_bike()),
    ("moped", Load::lasting(6_000, 2_300)),
    ("heater", Load::endless(26_000)),
    ("phone", Load::endless(5)),
];

/// Counts the energy of one plugged load and of the session in progress, exactly, in integers.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// Units drawn by this session.
    session: u64,
    /// Units in the battery since it was plugged in.
    battery: u64,
    /// Counted up to here.
    counted_to: Timestamp,
    /// Energy of the session up to the last interval report, in units.
    marked: u64,
    drew: bool,
}

/// What limits the power of a session to less than the load would like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PowerCap(
    /// 0.1 W; `None`: unlimited.
    pub Option<u32>,
);

impl Meter {
    /// A meter at zero.
    pub const fn new(now: Timestamp) -> Self {
        Self {
            session: 0,
            battery: 0,
            counted_to: now,
            marked: 0,
            drew: false,
        }
    }

    /// A new session on the same battery.
    pub fn begin(&mut self, now: Timestamp) {
        *self = Self {
            battery: self.battery,
            ..Self::new(now)
        };
    }

    /// Another battery, or the same one discharged.
    pub fn replug(&mut self) {
        self.battery = 0;
    }

    /// Time without current.
    pub fn pause(&mut self, now: Timestamp) {
        self.counted_to = now;
    }

    /// Time with current. Power is constant between the steps of the taper, so whole steps are
    /// counted at once.
    pub fn advance(&mut self, now: Timestamp, load: &Load, cap: PowerCap) {
        self.drew |= now > self.counted_to;
        for _ in 0..=TAPER.len() {
            let left_ms = u64::try_from(now.0 - self.counted_to.0).unwrap_or(0);
            if left_ms == 0 {
                return;
            }
            let per_ms = self.per_ms(load, cap);
            let step_ms = match self.units_to_step(load) {
                Some(units) => left_ms.min(units.div_ceil(per_ms.max(1)).max(1)),
                None => left_ms,
            };
            self.session += per_ms * step_ms;
            self.battery += per_ms * step_ms;
            let step = i64::try_from(step_ms).unwrap_or(i64::MAX);
            self.counted_to = Timestamp(self.counted_to.0.saturating_add(step));
        }
    }

    /// Milliseconds of bulk charging until the session has drawn `wh`, or the next step of the
    /// taper if that comes first. `None` when it never will.
    pub fn ms_until(&self, wh: u64, load: &Load, cap: PowerCap) -> Option<u64> {
        let wanted = (wh * UNITS_PER_WH).saturating_sub(self.session);
        let units = self
            .units_to_step(load)
            .map_or(wanted, |step| step.min(wanted));
        let per_ms = self.per_ms(load, cap);
        (per_ms > 0).then(|| units.div_ceil(per_ms))
    }

    /// Milliseconds until the power changes by itself.
    pub fn ms_until_step(&self, load: &Load, cap: PowerCap) -> Option<u64> {
        let per_ms = self.per_ms(load, cap);
        let units = self.units_to_step(load)?;
        (per_ms > 0).then(|| units.div_ceil(per_ms))
    }

    /// Power at this moment, 0.1 W.
    pub fn power_dw(&self, load: &Load, cap: PowerCap) -> u32 {
        let wanted = u64::from(load.power_dw) * self.share(load) / 1000;
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        cap.0.map_or(wanted, |cap| cap.min(wanted))
    }

    /// Highest power of the session, 0.1 W.
    pub fn peak_dw(&self, load: &Load, cap: PowerCap) -> u32 {
        match cap.0 {
            _ if !self.drew => 0,
            Some(cap) => cap.min(load.peak_dw),
            None => load.peak_dw,
        }
    }

    /// Energy of the session, Wh, rounded down as electricity meters do.
    pub fn wh(&self) -> u64 {
        self.session / UNITS_PER_WH
    }

    /// Energy of the session, 0.01 kWh, rounded to the nearest.
    pub fn centi_kwh(&self) -> u64 {
        centi_kwh(self.session)
    }

    /// Energy since the last call, 0.01 kWh; the parts add up to [`Self::centi_kwh`].
    pub fn segment_centi_kwh(&mut self) -> u64 {
        let segment = centi_kwh(self.session) - centi_kwh(self.marked);
        self.marked = self.session;
        segment
    }

    /// The battery takes no more.
    pub fn is_full(&self, load: &Load) -> bool {
        load.capacity_wh
            .is_some_and(|capacity| self.battery >= u64::from(capacity) * UNITS_PER_WH)
    }

    fn share(&self, load: &Load) -> u64 {
        let Some(capacity) = load.capacity_wh else {
            return 1000;
        };
        let capacity = u64::from(capacity.max(1)) * UNITS_PER_WH;
        let reached = |fill: u64| self.battery >= capacity / 1000 * fill;
        let step = TAPER.iter().rev().find(|(fill, _)| reached(*fill));
        match step.map_or(1000, |(_, share)| *share) {
            TRICKLE => TRICKLE.min(TRICKLE_MAX_DW * 1000 / u64::from(load.power_dw.max(1))),
            share => share,
        }
    }

    fn units_to_step(&self, load: &Load) -> Option<u64> {
        let capacity = u64::from(load.capacity_wh?.max(1)) * UNITS_PER_WH;
        let fills = TAPER.iter().map(|(fill, _)| capacity / 1000 * fill);
        fills
            .map(|fill| fill.saturating_sub(self.battery))
            .find(|left| *left > 0)
    }

    fn per_ms(&self, load: &Load, cap: PowerCap) -> u64 {
        let free = u64::from(load.wh_per_hour) * self.share(load);
        match cap.0 {
            Some(cap) if load.power_dw > 0 => {
                let capped = u64::from(load.wh_per_hour) * 1000 * u64::from(cap);
                free.min(capped / u64::from(load.power_dw))
            }
            _ => free,
        }
    }
}

fn centi_kwh(units: u64) -> u64 {
    (units + UNITS_PER_WH * 5) / (UNITS_PER_WH * 10)
}

#[cfg(test)]
mod tests {
    use super::{Load, Meter, PowerCap};
    use kernel::Timestamp;

    const FREE: PowerCap = PowerCap(None);

    #[test]
    fn the_acceptance_curve_is_the_rounded_line_to_523() {
        let load = Load::acceptance(0);
        let mut meter = Meter::new(Timestamp(0));
        for second in 1..=3600_i64 {
            meter.advance(Timestamp(second * 1000), &load, FREE);
            let expected = u64::try_from((523 * second * 2 + 3600) / 7200).expect("positive");
            assert_eq!(meter.centi_kwh(), expected, "after {second} s");
        }
        assert_eq!(meter.centi_kwh(), 523);
        assert_eq!(meter.power_dw(&load, FREE), 15_000);
        assert_eq!(meter.peak_dw(&load, FREE), 18_000);
    }

    #[test]
    fn energy_does_not_depend_on_how_often_one_looks() {
        let load = Load::e_bike();
        let mut once = Meter::new(Timestamp(0));
        let mut often = Meter::new(Timestamp(0));
        let end = 8 * 3600 * 1000;
        once.advance(Timestamp(end), &load, FREE);
        for minute in 1..=480 {
            often.advance(Timestamp(minute * 60_000), &load, FREE);
        }
        assert_eq!(once.wh(), often.wh());
        assert!(once.is_full(&load));
        assert_eq!(once.power_dw(&load, FREE), 36);
    }

    #[test]
    fn a_battery_gets_full_and_draws_less_and_less() {
        let load = Load::e_bike();
        let mut meter = Meter::new(Timestamp(0));
        let mut powers = vec![meter.power_dw(&load, FREE)];
        let mut now = 0;
        while let Some(ms) = meter.ms_until_step(&load, FREE) {
            now += i64::try_from(ms).expect("short");
            meter.advance(Timestamp(now), &load, FREE);
            powers.push(meter.power_dw(&load, FREE));
        }
        assert_eq!(powers, [1800, 1440, 1080, 720, 450, 216, 36]);
        assert_eq!(meter.wh(), 960);
    }

    #[test]
    fn a_cap_stretches_the_charge() {
        let load = Load::acceptance(0);
        let cap = PowerCap(Some(7_500));
        let mut meter = Meter::new(Timestamp(0));
        meter.advance(Timestamp(3_600_000), &load, cap);
        assert_eq!(meter.power_dw(&load, cap), 7_500);
        assert_eq!(meter.wh(), 2615);
        assert_eq!(meter.ms_until(5230, &load, cap), Some(3_600_000));
    }

    #[test]
    fn segments_add_up() {
        let load = Load::acceptance(0);
        let mut meter = Meter::new(Timestamp(0));
        let mut sum = 0;
        for step in 1..=300 {
            meter.advance(Timestamp(step * 11_000), &load, FREE);
            sum += meter.segment_centi_kwh();
        }
        assert_eq!(sum, meter.centi_kwh());
    }
}
