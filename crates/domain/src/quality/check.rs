//! Checks of single messages.

use device::{ChargeKey, Duty, EndReport, PortReport, PortState};
use kernel::{Energy, Power};

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
    duties.iter().any(|duty| match duty {
        Duty::Voltage => {
            report.voltage.is_none() && meter.is_none_or(|meter| meter.voltage.is_none())
        }
        Duty::Current => {
            report.current.is_none() && meter.is_none_or(|meter| meter.current.is_none())
        }
        Duty::Power => report.power.is_none() && meter.is_none_or(|meter| meter.power.is_none()),
        Duty::Charge => {
            let named = report.charge.as_ref();
            let named = named.or_else(|| meter.map(|meter| &meter.charge));
            matches!(named, None | Some(ChargeKey::Port | ChargeKey::Session(0)))
        }
        Duty::PeriodicStatus | Duty::EndReport | Duty::ExceptionReport => false,
    })
}

/// Whether an end report lacks its time: what was delivered took some.
pub fn is_incomplete_end(report: &EndReport) -> bool {
    report.duration_s == 0 && report.energy > Energy::ZERO
}

/// Whether a power is beyond 1.2 times what the device is rated for; no rating is kept by all.
pub fn is_over_rated(power: Power, rated: Power) -> bool {
    rated > Power::ZERO && i128::from(power.0) * 10 > i128::from(rated.0) * 12
}

/// How late a device's messages are, by its own clock. Clocks are off: what counts is how much
/// later a message came than the promptest of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    promptest_ms: Option<i64>,
    newest_ms: Option<i64>,
}

impl Lateness {
    /// Takes a message in that was written at `said` by the device's clock and came at `at`, both
    /// in milliseconds. Whether it came late, and whether it is much older than one before.
    pub fn take(&mut self, said: i64, at: i64) -> (bool, bool) {
        let took = at.saturating_sub(said);
        let promptest = self.promptest_ms.map_or(took, |known| known.min(took));
        self.promptest_ms = Some(promptest);
        let newest = self.newest_ms.map_or(said, |known| known.max(said));
        let stale = newest.saturating_sub(said) > OLDER_MAX_MS;
        // A clock that was set back is right from now on.
        self.newest_ms = Some(if stale { said } else { newest });
        (took.saturating_sub(promptest) > TOLD_WITHIN_MS, stale)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lateness, is_incomplete_end, is_incomplete_status, is_over_rated};
    use device::{ChargeKey, Duty, EndReason, EndReport, PortReport, PortState};
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
}
