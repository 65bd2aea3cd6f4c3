//! Bounds that operators change while the program runs.

use super::{Bounds, Kpi, Millionths, Unit};
use std::collections::BTreeMap;

/// What the settings of all figures begin with.
const PREFIX: &str = "kpi.";

/// The part of a bound that a setting is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// What is wanted; the least of a band.
    Target,
    /// Where a warning begins; the most of a band.
    Warning,
    /// Where it is critical.
    Critical,
}

/// The bounds in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thresholds(BTreeMap<Kpi, Bounds>);

impl Thresholds {
    /// The bounds of a figure.
    pub fn of(&self, kpi: Kpi) -> Bounds {
        let own = self.0.get(&kpi).copied();
        own.unwrap_or_else(|| kpi.definition().bounds)
    }

    /// Takes the number of a setting over; others than those of figures are left alone.
    pub fn set(&mut self, key: &str, number: i64) {
        let Some((kpi, side)) = parts(key) else {
            return;
        };
        let value = value_of(kpi, number);
        let bounds = match (self.of(kpi), side) {
            (Bounds::Above { critical, .. }, Side::Target) => Bounds::Above {
                target: value,
                critical,
            },
            (Bounds::Above { target, .. }, Side::Critical) => Bounds::Above {
                target,
                critical: Some(value),
            },
            (Bounds::Below { critical, .. }, Side::Target) => Bounds::Below {
                target: value,
                critical,
            },
            (Bounds::Below { target, .. }, Side::Critical) => Bounds::Below {
                target,
                critical: Some(value),
            },
            (Bounds::Nothing { critical, .. }, Side::Warning) => Bounds::Nothing {
                warning: value,
                critical,
            },
            (Bounds::Nothing { warning, .. }, Side::Critical) => Bounds::Nothing {
                warning,
                critical: value,
            },
            (Bounds::Band { to, .. }, Side::Target) => Bounds::Band { from: value, to },
            (Bounds::Band { from, .. }, Side::Warning) => Bounds::Band { from, to: value },
            (other, _) => other,
        };
        self.0.insert(kpi, bounds);
    }
}

/// What a setting of a figure is when nobody has changed it; none for other settings.
pub fn threshold_default(key: &str) -> Option<i64> {
    let (kpi, side) = parts(key)?;
    let bounds = kpi.definition().bounds;
    let value = match side {
        Side::Target => bounds.target(),
        Side::Warning => bounds.warning(),
        Side::Critical => bounds.critical(),
    };
    value.map(|value| number_of(kpi, value))
}

/// Shares are set in ten-thousandths, everything else in whole units.
const fn value_of(kpi: Kpi, number: i64) -> Millionths {
    match kpi.definition().unit {
        Unit::Share => Millionths::basis_points(number),
        Unit::Minutes | Unit::Milliseconds => Millionths::units(number),
    }
}

const fn number_of(kpi: Kpi, value: Millionths) -> i64 {
    match kpi.definition().unit {
        Unit::Share => value.0 / 100,
        Unit::Minutes | Unit::Milliseconds => value.0 / 1_000_000,
    }
}

fn parts(key: &str) -> Option<(Kpi, Side)> {
    let (name, side) = key.strip_prefix(PREFIX)?.split_once('.')?;
    let side = match side {
        "target" => Side::Target,
        "warning" => Side::Warning,
        "critical" => Side::Critical,
        _ => return None,
    };
    Some((Kpi::parse(name)?, side))
}

#[cfg(test)]
mod tests {
    use super::{Thresholds, threshold_default};
    use crate::kpi::{Bounds, Kpi, Millionths};
    use crate::setting::SETTINGS;

    #[test]
    fn every_setting_of_a_figure_moves_its_bounds() {
        let keys = SETTINGS.iter().map(|setting| setting.key);
        let mut count = 0;
        for key in keys.filter(|key| key.starts_with("kpi.")) {
            let usual = threshold_default(key).unwrap_or_else(|| panic!("{key}"));
            let mut own = Thresholds::default();
            own.set(key, usual);
            let name = key.split('.').nth(1).expect("a name");
            let kpi = Kpi::parse(name).expect("a figure");
            assert_eq!(own.of(kpi), kpi.definition().bounds, "{key}");
            own.set(key, usual + 1);
            assert_ne!(own.of(kpi), kpi.definition().bounds, "{key}");
            count += 1;
        }
        assert!(count > 20, "{count}");
    }

    #[test]
    fn what_operators_set_is_in_force() {
        let mut own = Thresholds::default();
        own.set("kpi.charge_success_rate.target", 9950);
        own.set("kpi.charge_success_rate.critical", 9000);
        own.set("kpi.avg_charge_minutes.warning", 300);
        own.set("kpi.nothing.target", 1);
        own.set("money.min_start_fen", 1);
        assert_eq!(
            own.of(Kpi::ChargeSuccess),
            Bounds::Above {
                target: Millionths::basis_points(9950),
                critical: Some(Millionths::basis_points(9000)),
            }
        );
        assert_eq!(
            own.of(Kpi::AverageDuration),
            Bounds::Band {
                from: Millionths::units(30),
                to: Millionths::units(300),
            }
        );
        assert_eq!(own.of(Kpi::Stuck), Kpi::Stuck.definition().bounds);
        assert_eq!(threshold_default("kpi.stuck_rate.target"), Some(0));
        assert_eq!(threshold_default("kpi.stuck_rate.warning"), Some(100));
        assert_eq!(threshold_default("kpi.command_success_rate.target"), None);
    }
}
