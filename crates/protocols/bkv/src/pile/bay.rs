//! One hole of a networked or stand-alone socket: an outlet and the session in it, with the
//! device's own ways to end it (no load, full, limits).

use super::status_bits;
use ::pile::{Goal, Outlet, Reached};
use kernel::Timestamp;

/// Longest charge that the vendor's devices allow, minutes.
pub(super) const MINUTES_MAX: u16 = 900;

/// Mains voltage, 0.1 V.
pub(super) const VOLTAGE_DV: u16 = 2295;

/// Tiers of a power-tier session at most (guide V1.7).
pub(super) const TIERS_MAX: usize = 5;

/// What an operator can set for a socket (guide V1.7, parameter set).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) full_delay_s: u16,
    pub(super) no_load_delay_s: u16,
    pub(super) full_power_dw: u16,
    pub(super) no_load_power_dw: u16,
    pub(super) temp_threshold_c: u8,
    pub(super) power_limit_dw: u16,
    pub(super) current_limit_ma: u16,
    pub(super) max_charge_min: u16,
    pub(super) trickle_pct: u8,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            full_delay_s: 600,
            no_load_delay_s: 120,
            full_power_dw: 100,
            no_load_power_dw: 8,
            temp_threshold_c: 85,
            power_limit_dw: 25_000,
            current_limit_ma: 12_000,
            max_charge_min: MINUTES_MAX,
            trickle_pct: 0,
        }
    }
}

/// One price for a range of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tier {
    /// Highest power of the tier, 0.1 W.
    pub(super) power_dw: u16,
    /// What [`Tier::minutes`] cost, fen.
    pub(super) price_fen: u16,
    pub(super) minutes: u16,
}

/// A part of the day with its prices; it begins where the one before ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Minute of the day at which it ends.
    pub(super) end_minute: u16,
    /// Fen per kWh.
    pub(super) electricity_fen: u16,
    /// Fen per kWh or per hour.
    pub(super) service_fen: u16,
}

/// What the session was started for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    Time,
    Energy,
    /// The paid amount, fen, and its tiers.
    Tiers(u16, Vec<Tier>),
    /// Segments of the day; whether the service fee is counted by energy.
    Fees(Vec<Segment>, bool),
}

/// A card that began a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Card(pub(super) [u8; 6]);

#[derive(Clone, Debug)]
pub(super) struct Charge {
    pub(super) business: u16,
    pub(super) plan: Plan,
    pub(super) card: Option<Card>,
    goal: Goal,
    /// Milliseconds in each tier, or minutes-and-energy in each segment of the day.
    tier_ms: [u64; TIERS_MAX],
    segments: Vec<(u64, u64)>,
    counted: (u64, Timestamp),
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    NoLoad,
    Full,
    User,
    Limit,
    Command,
    /// Protection: status bits 4 temperature, 2 current, 1 power.
    Fault(u8),
}

impl Why {
    /// The status byte of the end report (BKV, docs/protocols/bkv.md, status byte).
    pub(super) fn status(self) -> u8 {
        match self {
            Self::NoLoad => 0x98,
            Self::Full | Self::User => 0xA0,
            Self::Limit | Self::Command => 0xB0,
            Self::Fault(bits) => 0x90 | (bits & 0x07),
        }
    }
}

/// The values of an end report, whatever its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) business: u16,
    pub(super) status: u8,
    pub(super) power_dw: u16,
    pub(super) current_ma: u16,
    pub(super) wh: u16,
    pub(super) minutes: u16,
    pub(super) seconds: u64,
    pub(super) peak_dw: u16,
    pub(super) at: Timestamp,
    pub(super) plan: Plan,
    pub(super) card: Option<Card>,
    pub(super) spent_fen: u16,
    pub(super) tier_minutes: Vec<u16>,
    /// Minutes and Wh in each segment of the day.
    pub(super) usage: Vec<(u16, u32)>,
    pub(super) electricity_fen: u16,
    pub(super) service_fen: u16,
}

#[derive(Clone, Debug)]
pub(super) struct Bay {
    pub(super) outlet: Outlet,
    pub(super) charge: Option<Charge>,
    /// Since when less is drawn than a vehicle would draw.
    light_since: Option<Timestamp>,
    /// Since when no more is drawn than a full battery does.
    full_since: Option<Timestamp>,
}

impl Ending {
    /// 1 time, 2 energy, 3 power tiers, 4 electricity and service fee.
    pub(super) fn billing_mode(&self) -> u8 {
        match self.plan {
            Plan::Time => 1,
            Plan::Energy => 2,
            Plan::Tiers(..) => 3,
            Plan::Fees(..) => 4,
        }
    }
}

impl Bay {
    pub(super) fn new(outlet: Outlet) -> Self {
        Self {
            outlet,
            charge: None,
            light_since: None,
            full_since: None,
        }
    }

    /// Status byte of a socket that is online.
    pub(super) fn status(&self, parameters: &Parameters) -> u8 {
        let mut status = 0x80 | (status_bits(self.outlet.faults) & 0x07);
        if self.charge.is_some() {
            status |= 0x10;
            if self.outlet.power_dw() < u32::from(parameters.no_load_power_dw) {
                status |= 0x08;
            }
        }
        status
    }

    pub(super) fn begin(
        &mut self,
        now: Timestamp,
        business: u16,
        plan: Plan,
        card: Option<Card>,
        goal: Goal,
    ) {
        let segments = match &plan {
            Plan::Fees(segments, _) => vec![(0, 0); segments.len()],
            Plan::Time | Plan::Energy | Plan::Tiers(..) => Vec::new(),
        };
        self.charge = Some(Charge {
            business,
            plan,
            card,
            goal,
            tier_ms: [0; TIERS_MAX],
            segments,
            counted: (0, now),
        });
        self.outlet.begin(now, None);
        self.light_since = None;
        self.full_since = None;
    }

    /// Brings all counters up to `now`; `minute` is the minute of the day.
    pub(super) fn count(&mut self, now: Timestamp, minute: u16) {
        let power = self.outlet.power_dw();
        self.outlet.count(now);
        let Some(charge) = self.charge.as_mut().filter(|_| self.outlet.is_closed()) else {
            return;
        };
        let passed = u64::try_from(now.0 - charge.counted.1.0).unwrap_or(0);
        let drawn = self.outlet.wh() - charge.counted.0;
        charge.counted = (self.outlet.wh(), now);
        match &charge.plan {
            Plan::Tiers(_, tiers) => charge.tier_ms[tier_of(tiers, power)] += passed,
            Plan::Fees(segments, _) => {
                let index = segments.iter().position(|part| minute <= part.end_minute);
                if let Some(used) = charge.segments.get_mut(index.unwrap_or(0)) {
                    used.0 += passed;
                    used.1 += drawn;
                }
            }
            Plan::Time | Plan::Energy => {}
        }
    }

    /// The first instant at which [`Bay::check`] may have something to say.
    pub(super) fn next(&self, parameters: &Parameters) -> Option<Timestamp> {
        let charge = self.charge.as_ref().filter(|_| self.outlet.is_closed())?;
        let after = |since: Option<Timestamp>, seconds: u16| {
            Some(Timestamp(since?.0 + i64::from(seconds) * 1000))
        };
        let limits = [
            self.outlet.next_change(&charge.goal),
            after(self.light_since, parameters.no_load_delay_s),
            after(self.full_since, parameters.full_delay_s),
            self.spent_at(charge),
        ];
        limits.into_iter().flatten().min()
    }

    /// Looks at the load; says why the session must end now, if it must. To be called after
    /// [`Bay::count`], and whenever plug, fault or power may have changed.
    pub(super) fn check(&mut self, now: Timestamp, parameters: &Parameters) -> Option<Why> {
        let charge = self.charge.as_ref().filter(|_| self.outlet.is_closed())?;
        let power = self.outlet.power_dw();
        let light = power < u32::from(parameters.no_load_power_dw);
        let full = !light && power < u32::from(parameters.full_power_dw);
        let (light_since, full_since) = (self.light_since, self.full_since);
        self.light_since = light.then(|| light_since.unwrap_or(now));
        self.full_since = full.then(|| full_since.unwrap_or(now));
        let lasted = |since: Option<Timestamp>, seconds: u16| {
            since.is_some_and(|since| now.0 - since.0 >= i64::from(seconds) * 1000)
        };
        if self.outlet.faults & 0x07 != 0 {
            Some(Why::Fault(status_bits(self.outlet.faults)))
        } else if power > u32::from(parameters.power_limit_dw) {
            Some(Why::Fault(1))
        } else if let Some(Reached::Time | Reached::Energy | Reached::Amount) =
            self.outlet.reached(&charge.goal)
        {
            Some(Why::Limit)
        } else if charge.left_fen_ms(power) == Some(0) {
            Some(Why::Limit)
        } else if lasted(self.light_since, parameters.no_load_delay_s) {
            Some(Why::NoLoad)
        } else if lasted(self.full_since, parameters.full_delay_s) {
            Some(Why::Full)
        } else {
            None
        }
    }

    /// The relay opens.
    pub(super) fn end(&mut self, now: Timestamp, why: Why, civil: Timestamp) -> Option<Ending> {
        let power = match why {
            Why::NoLoad => 0,
            _ => self.outlet.power_dw(),
        };
        self.outlet.open(now);
        let charge = self.charge.take()?;
        let (electricity_fen, service_fen) = charge.fees();
        Some(Ending {
            business: charge.business,
            status: why.status(),
            power_dw: narrow(u64::from(power)),
            current_ma: current_ma(power),
            wh: narrow(self.outlet.wh()),
            minutes: narrow(self.outlet.seconds() / 60),
            seconds: self.outlet.seconds(),
            peak_dw: narrow(u64::from(self.outlet.peak_dw())),
            at: civil,
            spent_fen: narrow(charge.spent_millifen() / 1000),
            tier_minutes: charge.tier_minutes(),
            usage: charge.usage(),
            electricity_fen,
            service_fen,
            card: charge.card,
            plan: charge.plan,
        })
    }

    fn spent_at(&self, charge: &Charge) -> Option<Timestamp> {
        let left = charge.left_fen_ms(self.outlet.power_dw())?;
        let left = i64::try_from(left.max(1)).ok()?;
        charge.counted.1.0.checked_add(left).map(Timestamp)
    }
}

impl Charge {
    fn spent_millifen(&self) -> u64 {
        let Plan::Tiers(_, tiers) = &self.plan else {
            return 0;
        };
        let each = tiers.iter().zip(self.tier_ms);
        each.map(|(tier, ms)| {
            ms * u64::from(tier.price_fen) / (u64::from(tier.minutes.max(1)) * 60)
        })
        .sum()
    }

    /// How long the rest of the paid amount lasts at this power, ms.
    fn left_fen_ms(&self, power_dw: u32) -> Option<u64> {
        let Plan::Tiers(amount, tiers) = &self.plan else {
            return None;
        };
        let tier = tiers.get(tier_of(tiers, power_dw))?;
        let left = (u64::from(*amount) * 1000).saturating_sub(self.spent_millifen());
        let price = u64::from(tier.price_fen);
        (price > 0).then(|| (left * u64::from(tier.minutes) * 60).div_ceil(price))
    }

    fn tier_minutes(&self) -> Vec<u16> {
        match &self.plan {
            Plan::Tiers(_, tiers) => {
                let used = self.tier_ms.iter().take(tiers.len());
                used.map(|ms| narrow(ms / 60_000)).collect()
            }
            Plan::Time | Plan::Energy | Plan::Fees(..) => Vec::new(),
        }
    }

    fn usage(&self) -> Vec<(u16, u32)> {
        let wide = |wh: u64| u32::try_from(wh).unwrap_or(u32::MAX);
        let used = self.segments.iter();
        used.map(|(ms, wh)| (narrow(ms / 60_000), wide(*wh)))
            .collect()
    }

    fn fees(&self) -> (u16, u16) {
        let Plan::Fees(segments, by_energy) = &self.plan else {
            return (0, 0);
        };
        let (mut electricity, mut service) = (0, 0);
        for (part, (ms, wh)) in segments.iter().zip(&self.segments) {
            electricity += wh * u64::from(part.electricity_fen);
            service += u64::from(part.service_fen) * if *by_energy { *wh } else { ms / 3600 };
        }
        (narrow(electricity / 1000), narrow(service / 1000))
    }
}

/// The tier whose upper bound covers the power; the last one for what is above all.
fn tier_of(tiers: &[Tier], power_dw: u32) -> usize {
    let covers = |tier: &Tier| power_dw <= u32::from(tier.power_dw);
    let last = tiers.len().clamp(1, TIERS_MAX) - 1;
    tiers.iter().position(covers).unwrap_or(last).min(last)
}

pub(super) fn current_ma(power_dw: u32) -> u16 {
    narrow(u64::from(power_dw) * 1000 / u64::from(VOLTAGE_DV))
}

/// Counters of two bytes stand still at their end.
pub(super) fn narrow(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Bay, Ending, Goal, Parameters, Plan, Segment, Tier, Why};
    use ::pile::Load;
    use ::pile::Outlet;
    use kernel::Timestamp;

    /// Runs a session to its own end.
    fn run(plan: Plan, goal: Goal, plugged: bool) -> (Why, Ending) {
        let parameters = Parameters::default();
        let mut bay = Bay::new(Outlet::new(Load::e_bike(), Timestamp(0)));
        if plugged {
            bay.outlet.plug(Timestamp(0));
        }
        bay.begin(Timestamp(0), 9, plan, None, goal);
        assert_eq!(bay.check(Timestamp(0), &parameters), None);
        for _ in 0..100 {
            let now = bay.next(&parameters).expect("something ends it");
            bay.count(now, 0);
            if let Some(why) = bay.check(now, &parameters) {
                return (why, bay.end(now, why, now).expect("it ran"));
            }
        }
        panic!("never ended");
    }

    fn minutes(minutes: u64) -> Goal {
        Goal {
            ms: Some(minutes * 60_000),
            ..Goal::default()
        }
    }

    #[test]
    fn a_timed_session_ends_with_b0() {
        let (why, ending) = run(Plan::Time, minutes(60), true);
        assert_eq!((why, ending.status), (Why::Limit, 0xB0));
        assert_eq!((ending.minutes, ending.wh), (60, 180));
    }

    #[test]
    fn without_a_vehicle_the_no_load_delay_ends_it() {
        let (why, ending) = run(Plan::Time, minutes(60), false);
        assert_eq!((why, ending.status, ending.minutes), (Why::NoLoad, 0x98, 2));
    }

    #[test]
    fn a_full_battery_is_charged_on_for_the_full_delay() {
        let (why, ending) = run(Plan::Time, minutes(900), true);
        assert_eq!((why, ending.status), (Why::Full, 0xA0));
        assert!(ending.wh >= 960, "{}", ending.wh);
    }

    #[test]
    fn tiers_spend_the_amount() {
        let tiers = vec![
            Tier {
                power_dw: 1000,
                price_fen: 10,
                minutes: 60,
            },
            Tier {
                power_dw: 2000,
                price_fen: 25,
                minutes: 60,
            },
        ];
        let (why, ending) = run(Plan::Tiers(100, tiers), minutes(900), true);
        assert_eq!((why, ending.spent_fen), (Why::Limit, 100));
        assert_eq!(ending.tier_minutes, [0, 240]);
    }

    #[test]
    fn fees_add_up() {
        let day = vec![Segment {
            end_minute: 23 * 60 + 59,
            electricity_fen: 50,
            service_fen: 30,
        }];
        let (_, ending) = run(Plan::Fees(day, true), minutes(120), true);
        assert_eq!(ending.usage, [(120, 360)]);
        assert_eq!((ending.electricity_fen, ending.service_fen), (18, 10));
    }
}
