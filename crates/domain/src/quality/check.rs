//! Checks of single messages.

use device::{ChargeKey, Duty, EndReport, PortReport, PortState, Progress};
use kernel::{Current, Energy, Power, Voltage};

/// A change must be told within so many milliseconds, an exception too.
const TOLD_WITHIN_MS: i64 = 30_000;
/// A message may be so much older than the one before, milliseconds.
const OLDER_MAX_MS: i64 = 3_600_000;

/// Whether a status of a running charge lacks what its protocol obliges it to tell.
pub fn is_incomplete_status(report: &PortReport, duties: &[Duty]) -> bool {
    let runs = matches!(report.state, PortState::Charging | PortState::Suspended);
    if !runs || !report.reachable {
        return false;
    }
    let meter = report.meter.as_ref();
    let owes_meter = duties.contains(&Duty::PeriodicMeter);
    if owes_meter && meter.is_none() {
        return false;
    }
    let charge = report.charge.as_ref();
    let told = Told {
        voltage: report.voltage.or_else(|| meter?.voltage),
        current: report.current.or_else(|| meter?.current),
        power: report.power.or_else(|| meter?.power),
        charge: charge.or_else(|| Some(&meter?.charge)),
    };
    told.lacks_any(duties)
}

/// Whether meter values lack what a protocol obliges devices to tell that report with them; others
/// owe nothing here.
pub fn is_incomplete_meter(progress: &Progress, duties: &[Duty]) -> bool {
    let told = Told {
        voltage: progress.voltage,
        current: progress.current,
        power: progress.power,
        charge: Some(&progress.charge),
    };
    duties.contains(&Duty::PeriodicMeter) && told.lacks_any(duties)
}

/// The fields that a duty may be about, as far as they were there.
#[derive(Clone, Copy)]
struct Told<'a> {
    voltage: Option<Voltage>,
    current: Option<Current>,
    power: Option<Power>,
    charge: Option<&'a ChargeKey>,
}

impl Told<'_> {
    fn lacks_any(self, duties: &[Duty]) -> bool {
        duties.iter().any(|duty| match duty {
            Duty::Voltage => self.voltage.is_none(),
            Duty::Current => self.current.is_none(),
            Duty::Power => self.power.is_none(),
            Duty::Charge => !self.charge.is_some_and(is_name),
            Duty::PeriodicStatus
            | Duty::PeriodicMeter
            | Duty::EndReport
            | Duty::ExceptionReport
            | Duty::PortCount => false,
        })
    }
}

const fn is_name(charge: &ChargeKey) -> bool {
    !matches!(charge, ChargeKey::Port | ChargeKey::Session(0))
}

/// Whether an end report lacks its time: what was delivered took some.
pub fn is_incomplete_end(report: &EndReport) -> bool {
    report.duration_s == 0 && report.energy > Energy::ZERO
}

/// Whether a power is beyond 1.2 times what the device is rated for; no rating is kept by all.
pub fn is_over_rated(power: Power, rated: Power) -> bool {
    rated > Power::ZERO && i128::from(power.0) * 10 > i128::from(rated.0) * 12
}

/// How long the promptest message is compared with, at least and at most twice: clocks drift and
/// are set right, and what was prompt by the clock of last week proves nothing.
const PROMPT_FOR_MS: i64 = 3_600_000;

/// How late a device's messages are, by its own clock. Clocks are off: what counts is how much
/// later a message came than the promptest of the last hour or two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    // All in milliseconds. How long the promptest message took, since when that is measured, and
    // how long the promptest of the time before took.
    promptest: Option<i64>,
    since: i64,
    promptest_before: Option<i64>,
    newest: Option<i64>,
}

impl Lateness {
    /// Takes a message in that was written at `said` by the device's clock and came at `at`, both
    /// in milliseconds. Whether it came late, and whether it is much older than one before.
    pub fn take(&mut self, said: i64, at: i64) -> (bool, bool) {
        let took = at.saturating_sub(said);
        let measured = at.saturating_sub(self.since);
        if self.promptest.is_some() && measured >= PROMPT_FOR_MS {
            let just_before = measured < 2 * PROMPT_FOR_MS;
            self.promptest_before = self.promptest.take().filter(|_| just_before);
        }
        if self.promptest.is_none() {
            self.since = at;
        }
        let least = |known: Option<i64>| known.map_or(took, |known| known.min(took));
        self.promptest = Some(least(self.promptest));
        let promptest = least(self.promptest).min(least(self.promptest_before));
        let newest = self.newest.map_or(said, |known| known.max(said));
        let stale = newest.saturating_sub(said) > OLDER_MAX_MS;
        // A clock that was set back is right from now on.
        self.newest = Some(if stale { said } else { newest });
        (took.saturating_sub(promptest) > TOLD_WITHIN_MS, stale)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Lateness, is_incomplete_end, is_incomplete_meter, is_incomplete_status, is_over_rated,
    };
    use device::{ChargeKey, Duty, EndReason, EndReport, PortReport, PortState, Progress};
    use kernel::{Current, Energy, PortNo, Power, Voltage};

    fn report() -> PortReport {
        PortReport {
            port: PortNo(1),
            state: PortState::Charging,
            raw: 0,
            faults: Vec::new(),
            reachable: true,
            plugged: None,
            charge: Some(ChargeKey::Session(7)),
            meter: None,
            voltage: Some(Voltage(2200)),
            current: Some(Current(1000)),
            power: Some(Power(2200)),
            temperature_c: None,
        }
    }

    #[test]
    fn a_status_has_what_its_protocol_wants() {
        let all = [Duty::Voltage, Duty::Current, Duty::Power, Duty::Charge];
        assert!(!is_incomplete_status(&report(), &all));
        for broken in [
            PortReport {
                voltage: None,
                ..report()
            },
            PortReport {
                current: None,
                ..report()
            },
            PortReport {
                power: None,
                ..report()
            },
            PortReport {
                charge: Some(ChargeKey::Session(0)),
                ..report()
            },
            PortReport {
                charge: None,
                ..report()
            },
        ] {
            assert!(is_incomplete_status(&broken, &all), "{broken:?}");
            assert!(!is_incomplete_status(&broken, &[Duty::EndReport]));
            let idle = PortReport {
                state: PortState::Idle,
                ..broken
            };
            assert!(!is_incomplete_status(&idle, &all));
        }
    }

    /// Where meter values are what is owed, a status without them is another report.
    #[test]
    fn meter_values_have_what_their_protocol_wants() {
        const OWED: [Duty; 3] = [Duty::PeriodicMeter, Duty::Power, Duty::Charge];
        let bare = PortReport {
            charge: None,
            power: None,
            ..report()
        };
        assert!(!is_incomplete_status(&bare, &OWED));
        assert!(is_incomplete_status(&bare, &OWED[1..]));
        let good = Progress {
            charge: ChargeKey::Serial("a".to_owned()),
            port: PortNo(1),
            duration_s: 60,
            energy: Energy::ZERO,
            power: Some(Power(1)),
            peak_power: None,
            voltage: None,
            current: None,
            temperature_c: None,
            soc: None,
            remaining_min: None,
            device_amount: None,
        };
        assert!(!is_incomplete_meter(&good, &OWED), "no voltage is owed");
        let all = [Duty::PeriodicMeter, Duty::Voltage];
        assert!(is_incomplete_meter(&good, &all));
        for broken in [
            Progress {
                power: None,
                ..good.clone()
            },
            Progress {
                charge: ChargeKey::Port,
                ..good
            },
        ] {
            assert!(is_incomplete_meter(&broken, &OWED), "{broken:?}");
            assert!(!is_incomplete_meter(&broken, &OWED[1..]), "{broken:?}");
            let metered = PortReport {
                meter: Some(broken),
                ..bare.clone()
            };
            assert!(is_incomplete_status(&metered, &OWED), "{metered:?}");
        }
    }

    #[test]
    fn ends_and_powers() {
        let end = EndReport {
            charge: ChargeKey::Port,
            port: PortNo(1),
            duration_s: 0,
            energy: Energy::ZERO,
            device_amount: None,
            reason: EndReason::Normal,
            reason_raw: 0,
            peak_power: None,
            tier_minutes: Vec::new(),
            card_no: None,
            ended_at: None,
            details: None,
        };
        assert!(!is_incomplete_end(&end));
        let paid = EndReport {
            energy: Energy(1),
            ..end.clone()
        };
        assert!(is_incomplete_end(&paid));
        assert!(!is_incomplete_end(&EndReport {
            duration_s: 1,
            ..paid
        }));
        assert!(!is_over_rated(Power(12_000), Power(10_000)));
        assert!(is_over_rated(Power(12_001), Power(10_000)));
        assert!(!is_over_rated(Power(12_001), Power::ZERO));
    }

    #[test]
    fn lateness_is_against_the_devices_own_clock() {
        let mut clock = Lateness::default();
        // Eight hours behind, and prompt.
        assert_eq!(clock.take(0, 28_800_000), (false, false));
        assert_eq!(clock.take(60_000, 28_890_000), (false, false), "30 s late");
        assert_eq!(
            clock.take(61_000, 28_891_001),
            (true, false),
            "30.001 s late"
        );
        assert_eq!(clock.take(3_600_000, 32_400_000), (false, false));
        assert_eq!(clock.take(0, 32_400_000), (true, false), "an hour old");
        assert_eq!(clock.take(-1, 32_400_000), (true, true));
    }

    /// A clock that ran ahead and was set right: what is prompt is prompt again within two hours.
    #[test]
    fn a_clock_that_was_set_right_is_believed_again() {
        const MINUTE: i64 = 60_000;
        let mut clock = Lateness::default();
        for minute in 0..90 {
            let at = minute * MINUTE;
            assert_eq!(clock.take(at + 40_000, at), (false, false));
        }
        let late = (90..300).filter(|minute| clock.take(minute * MINUTE, minute * MINUTE).0);
        let late: Vec<i64> = late.collect();
        assert_eq!(late.first(), Some(&90));
        assert!(late.last() <= Some(&(90 + 120)), "{late:?}");
        assert_eq!(clock.take(299 * MINUTE, 300 * MINUTE), (true, false));
    }
}
