//! One socket: an outlet, the charge in it, and the device's own ways to end it
//! (docs/protocols/ap3000.md, "To the device: charging" and "To the device: settings").

use super::frames::Ask;
use super::record::Record;
use super::settings::Settings;
use crate::codes::{ModifyAnswer, RateMode, SocketState, StopReason};
use ::pile::{Goal, Outlet, Reached};
use kernel::Timestamp;
use std::time::Duration;

/// Fast full detection watches so long (vendor document V8.6, float time 0xFFFF).
const FAST_DETECT: Duration = Duration::from_mins(5);
/// Energy of one step of the wire, Wh.
const STEP_WH: u64 = 10;

/// What a charge was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    mode: RateMode,
    value: u16,
    max_duration_s: u16,
    overload_dw: u16,
    long_charge: bool,
    extra_float_s: u16,
    ignore_pull_out: bool,
    full_stop: bool,
    full_power_w: u8,
    full_power_max_min: u8,
}

impl Terms {
    pub(super) fn of(ask: &Ask) -> Self {
        let mode = RateMode::from(ask.rate_mode);
        let always = matches!(mode, RateMode::Monthly | RateMode::PerUse);
        Self {
            mode,
            value: if always { 0 } else { ask.value },
            max_duration_s: ask.max_duration_s,
            overload_dw: ask.overload_dw,
            long_charge: ask.long_charge,
            extra_float_s: ask.extra_float_s,
            ignore_pull_out: ask.ignore_pull_out,
            full_stop: always || ask.value == 0 || ask.force_full_stop,
            full_power_w: ask.full_power_w,
            full_power_max_min: ask.full_power_max_min,
        }
    }

    /// What a card starts while the device is on its own: until full.
    pub(super) fn offline() -> Self {
        Self {
            mode: RateMode::Time,
            value: 0,
            max_duration_s: 0,
            overload_dw: 0,
            long_charge: false,
            extra_float_s: 0,
            ignore_pull_out: false,
            full_stop: true,
            full_power_w: 0,
            full_power_max_min: 0,
        }
    }

    fn longest_s(&self, settings: &Settings) -> u16 {
        match self.max_duration_s {
            0 => settings.get("max_duration_s"),
            told => told,
        }
    }

    /// The power that ends the charge, 0.1 W; 0 is none.
    pub(super) fn overload_dw(&self, settings: &Settings) -> u32 {
        u32::from(match self.overload_dw {
            0 => settings.get("overload_power_dw"),
            told => told,
        })
    }

    /// A preset time is kept whatever the longest time; all else is bounded by it.
    fn goal(&self, settings: &Settings) -> Goal {
        let seconds = match (self.mode, self.value) {
            (RateMode::Time, value) if value > 0 => value,
            _ => self.longest_s(settings),
        };
        let by_energy = self.mode == RateMode::Energy && self.value > 0;
        Goal {
            ms: Some(u64::from(seconds) * 1000),
            wh: by_energy.then(|| u64::from(self.value) * STEP_WH),
            ..Goal::default()
        }
    }

    fn by_time(&self) -> bool {
        self.mode == RateMode::Time && self.value > 0
    }
}

/// A charge that holds the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) order: [u8; 16],
    pub(super) start_type: u8,
    pub(super) card: [u8; 4],
    pub(super) terms: Terms,
    /// A cabinet waits for the plug; the relay has not closed yet.
    pub(super) waits: bool,
    /// Since when little is drawn.
    low_since: Option<Timestamp>,
    /// Since when the battery floats.
    floats_since: Option<Timestamp>,
    /// Highest power of the first minutes.
    second_max_dw: u32,
    /// Highest and lowest power of the interval, energy at its beginning, and when it began.
    interval: Interval,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Interval {
    from: Timestamp,
    max_dw: u32,
    min_dw: u32,
    wh: u64,
}

/// What a power heartbeat says of the interval behind it, 0.1 W.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Powers {
    pub(super) max_dw: u32,
    pub(super) min_dw: u32,
    pub(super) avg_dw: u32,
    pub(super) wh: u64,
}

/// One socket.
#[derive(Clone, Debug)]
pub(super) struct Socket {
    pub(super) outlet: Outlet,
    pub(super) charge: Option<Charge>,
    /// A fault that the heartbeats show.
    pub(super) fault: Option<SocketState>,
    pub(super) last: Option<Record>,
    /// A cabinet's settlement that waits for the place to be free, and since when.
    pub(super) held: Option<(Record, Timestamp)>,
    /// The card that was allowed here last.
    pub(super) card: Option<[u8; 4]>,
    /// A charge ended here and the plug is still in.
    finished: bool,
    pulled_at: Option<Timestamp>,
}

impl Socket {
    pub(super) fn new(outlet: Outlet) -> Self {
        Self {
            outlet,
            charge: None,
            fault: None,
            last: None,
            held: None,
            card: None,
            finished: false,
            pulled_at: None,
        }
    }

    /// As heartbeats show it.
    pub(super) fn state(&self) -> SocketState {
        match (&self.charge, self.fault) {
            (_, Some(fault)) => fault,
            (Some(charge), None) if charge.floats_since.is_some() => SocketState::Floating,
            (Some(charge), None) if !charge.waits => SocketState::Charging,
            _ if self.outlet.plugged && self.finished => SocketState::Full,
            _ if self.outlet.plugged => SocketState::Plugged,
            _ => SocketState::Idle,
        }
    }

    pub(super) fn plug(&mut self, now: Timestamp) {
        self.outlet.plug(now);
        self.pulled_at = None;
    }

    pub(super) fn unplug(&mut self, now: Timestamp) {
        self.outlet.unplug(now);
        self.finished = false;
        self.pulled_at = Some(now);
    }

    /// Takes a charge; the relay closes unless a cabinet waits for the plug.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        order: [u8; 16],
        start_type: u8,
        card: [u8; 4],
        terms: Terms,
    ) {
        self.finished = false;
        self.charge = Some(Charge {
            order,
            start_type,
            card,
            terms,
            waits: true,
            low_since: None,
            floats_since: None,
            second_max_dw: 0,
            interval: Interval {
                from: now,
                max_dw: 0,
                min_dw: u32::MAX,
                wh: 0,
            },
        });
    }

    /// The relay closes for the charge that holds the socket.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if let Some(charge) = &mut self.charge {
            charge.waits = false;
            charge.interval.from = now;
            self.outlet.begin(now, None);
            self.pulled_at = (!self.outlet.plugged).then_some(now);
        }
    }

    /// Mains power is back: the relay closes again for a charge that was interrupted.
    pub(super) fn resume(&mut self, now: Timestamp) {
        self.outlet.count(now);
        if self.charge.as_ref().is_some_and(|charge| !charge.waits) {
            self.outlet.resume(now);
            if !self.outlet.plugged {
                self.pulled_at = Some(now);
            }
        }
    }

    /// Counts up to `now` and notes the power.
    pub(super) fn count(&mut self, now: Timestamp, settings: &Settings) {
        self.outlet.count(now);
        let (power, seconds) = (self.outlet.power_dw(), self.outlet.seconds());
        let window = u64::from(settings.get("second_max_power_point_s"));
        let peak = self.outlet.peak_dw();
        if let Some(charge) = self.charge.as_mut().filter(|charge| !charge.waits) {
            charge.interval.max_dw = charge.interval.max_dw.max(power);
            charge.interval.min_dw = charge.interval.min_dw.min(power);
            if seconds <= window || charge.second_max_dw == 0 {
                charge.second_max_dw = peak;
            }
        }
    }

    /// The powers of the interval that ends now; the next one begins.
    pub(super) fn interval(&mut self, now: Timestamp) -> Powers {
        let wh = self.outlet.wh();
        let power = self.outlet.power_dw();
        let Some(charge) = &mut self.charge else {
            return Powers {
                max_dw: 0,
                min_dw: 0,
                avg_dw: 0,
                wh: 0,
            };
        };
        let part = charge.interval;
        charge.interval = Interval {
            from: now,
            max_dw: power,
            min_dw: power,
            wh,
        };
        let drawn = wh.saturating_sub(part.wh);
        let ms = now.since(part.from).as_millis();
        let avg = match u64::try_from(ms) {
            // A Wh in an hour is a watt, and ten tenths.
            Ok(ms) if ms > 0 => u32::try_from(drawn * 36_000_000 / ms).unwrap_or(u32::MAX),
            _ => power,
        };
        let (low, high) = (part.min_dw.min(power), part.max_dw.max(power));
        Powers {
            max_dw: high,
            min_dw: low,
            avg_dw: avg.clamp(low, high),
            wh: drawn,
        }
    }

    /// Why the charge must end now, if it must. To be called after [`Socket::count`], and
    /// whenever plug, fault or power may have changed.
    pub(super) fn check(&mut self, now: Timestamp, settings: &Settings) -> Option<StopReason> {
        let power = self.outlet.power_dw();
        let peak = self.outlet.peak_dw();
        let seconds = self.outlet.seconds();
        let charge = self.charge.as_mut().filter(|charge| !charge.waits)?;
        let terms = &charge.terms;
        let overload = terms.overload_dw(settings);
        if overload > 0 && power > overload {
            return Some(StopReason::Overload);
        }
        match self.outlet.reached(&terms.goal(settings)) {
            Some(Reached::Energy) => return Some(StopReason::PresetEnergy),
            Some(Reached::Time) if terms.by_time() => return Some(StopReason::PresetTime),
            Some(_) => return Some(StopReason::MaxTime),
            None => {}
        }
        let pulled = self.pulled_at.filter(|_| !terms.ignore_pull_out);
        if passed(now, pulled, seconds_of(settings, "pull_out_time_s")) {
            return Some(StopReason::PulledOut);
        }
        if seconds >= u64::from(settings.get("min_power_point_s"))
            && peak < u32::from(settings.get("min_power_dw"))
        {
            return Some(StopReason::LowPower);
        }
        if !terms.full_stop || terms.long_charge || self.pulled_at.is_some() {
            return None;
        }
        let low =
            u64::from(power) * 100 < u64::from(peak) * u64::from(settings.get("float_percent"));
        charge.low_since = low.then(|| charge.low_since.unwrap_or(now));
        if charge.floats_since.is_none()
            && passed(now, charge.low_since, detect(charge, seconds, settings))
        {
            charge.floats_since = Some(now);
        }
        let end = charge
            .floats_since
            .map(|since| since + charge.float(power, settings));
        end.is_some_and(|end| end <= now)
            .then_some(StopReason::Full)
    }

    /// The first instant at which [`Socket::check`] may have something to say.
    pub(super) fn next(&self, now: Timestamp, settings: &Settings) -> Option<Timestamp> {
        let charge = self.charge.as_ref().filter(|charge| !charge.waits)?;
        let seconds = self.outlet.seconds();
        let until = |point: u16| {
            let left = u64::from(point)
                .checked_sub(seconds)
                .filter(|left| *left > 0)?;
            Some(now + Duration::from_secs(left))
        };
        let float = charge.floats_since.map(|since| {
            let power = self.outlet.power_dw();
            since + charge.float(power, settings)
        });
        let low = charge.low_since.filter(|_| charge.floats_since.is_none());
        let pulled = self.pulled_at.filter(|_| !charge.terms.ignore_pull_out);
        let times = [
            self.outlet.next_change(&charge.terms.goal(settings)),
            pulled.map(|at| at + seconds_of(settings, "pull_out_time_s")),
            until(settings.get("min_power_point_s")),
            low.map(|since| since + detect(charge, seconds, settings)),
            low.and_then(|_| until(settings.get("float_second_point_s"))),
            float,
        ];
        times.into_iter().flatten().filter(|at| *at > now).min()
    }

    /// The relay opens; what is written down of the charge. A cabinet's charge that still waits
    /// for its plug ends without energy.
    pub(super) fn end(
        &mut self,
        now: Timestamp,
        port: u8,
        reason: StopReason,
        clock: u32,
    ) -> Option<Record> {
        self.outlet.open(now);
        let charge = self.charge.take()?;
        let run = !charge.waits;
        let meter = |value: u64| if run { narrow(value) } else { 0 };
        let record = Record {
            duration_s: meter(self.outlet.seconds()),
            max_power_dw: meter(u64::from(self.outlet.peak_dw())),
            centi_kwh: meter(self.outlet.centi_kwh()),
            port,
            start_type: charge.start_type,
            card: charge.card,
            reason: reason.into(),
            order: charge.order,
            second_max_dw: meter(u64::from(charge.second_max_dw)),
            clock,
            occupancy_min: 0,
        };
        self.finished = self.outlet.plugged;
        self.card = None;
        self.last = Some(record.clone());
        Some(record)
    }

    /// 0x8A: other limits for the charge that runs. The value counts from the start; one that
    /// has passed ends the charge at the next [`Socket::check`].
    pub(super) fn modify(&mut self, mode: u8, value: u16) -> ModifyAnswer {
        let Some(charge) = self.charge.as_mut().filter(|charge| !charge.waits) else {
            return ModifyAnswer::NotCharging;
        };
        let by_energy = match mode {
            0 | 1 => false,
            2 => true,
            _ => return ModifyAnswer::NoSuch,
        };
        let terms = &mut charge.terms;
        terms.mode = if by_energy {
            RateMode::Energy
        } else {
            RateMode::Time
        };
        terms.full_stop = mode != 0 || value == 0;
        terms.value = value;
        let current = if by_energy {
            self.outlet.centi_kwh()
        } else {
            self.outlet.seconds()
        };
        if value > 0 && u64::from(value) < current {
            ModifyAnswer::BelowCurrent
        } else {
            ModifyAnswer::Ok
        }
    }
}

impl Charge {
    /// How long it floats before it counts as full.
    fn float(&self, power_dw: u32, settings: &Settings) -> Duration {
        let terms = &self.terms;
        let plain = match terms.extra_float_s {
            u16::MAX => return Duration::ZERO,
            extra => seconds_of(settings, "float_time_s") + Duration::from_secs(extra.into()),
        };
        let bound = u32::from(terms.full_power_w) * 10;
        let prolongs = !matches!(terms.full_power_w, 0 | u8::MAX) && power_dw >= bound;
        match (prolongs, terms.full_power_max_min) {
            (false, _) => plain,
            (true, 0) => plain + Duration::from_hours(1),
            (true, minutes) => plain + Duration::from_mins(minutes.into()),
        }
    }
}

/// How long little must be drawn before the battery counts as floating.
fn detect(charge: &Charge, seconds: u64, settings: &Settings) -> Duration {
    if charge.terms.extra_float_s == u16::MAX {
        return FAST_DETECT;
    }
    let late = seconds >= u64::from(settings.get("float_second_point_s"));
    let name = if late {
        "float_second_detect_s"
    } else {
        "float_detect_s"
    };
    seconds_of(settings, name)
}

fn passed(now: Timestamp, since: Option<Timestamp>, time: Duration) -> bool {
    since.is_some_and(|since| now.since(since) >= time)
}

fn seconds_of(settings: &Settings, name: &str) -> Duration {
    Duration::from_secs(settings.get(name).into())
}

/// Counters of two bytes stand still at their end.
pub(super) fn narrow(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}
