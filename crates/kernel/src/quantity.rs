use crate::div_half_up;
use serde::{Deserialize, Serialize};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
        }
    };
}

quantity! {
    /// Electrical energy in 0.0001 kWh.
    Energy
}
quantity! {
    /// Electrical power in 0.1 W.
    Power
}
quantity! {
    /// Voltage in 0.1 V.
    Voltage
}
quantity! {
    /// Current in 0.001 A.
    Current
}
quantity! {
    /// Unit price in 0.00001 yuan per kWh: 1.20 yuan/kWh is 120 000.
    Price
}

impl Energy {
    /// From watt-hours, the unit of the networked BKV dialect.
    pub const fn from_wh(wh: i64) -> Self {
        Self(wh * 10)
    }

    /// From 0.01 kWh, the unit of BKV v8.6, AP3000 and of `orders.total_kwh`.
    pub const fn from_centi_kwh(centi_kwh: i64) -> Self {
        Self(centi_kwh * 100)
    }

    /// In 0.01 kWh, rounded half up: the literal column `orders.total_kwh`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a hundredth of an i64 fits an i64"
    )]
    pub const fn centi_kwh(self) -> i64 {
        div_half_up(self.0 as i128, 100) as i64
    }

    /// In kWh, for JSON only; bills are computed from the integer.
    #[expect(
        clippy::cast_precision_loss,
        reason = "shown with four decimals at most"
    )]
    pub fn kwh(self) -> f64 {
        self.0 as f64 / 10_000.0
    }
}

macro_rules! shown_in {
    ($($name:ident . $unit:ident = raw / $scale:literal, $doc:literal;)*) => {$(
        impl $name {
            #[doc = $doc]
            #[expect(clippy::cast_precision_loss, reason = "shown, never computed with")]
            pub fn $unit(self) -> f64 {
                self.0 as f64 / $scale
            }
        }
    )*};
}

shown_in! {
    Power.watts = raw / 10.0, "In W, for JSON and database columns that hold watts.";
    Voltage.volts = raw / 10.0, "In V, for JSON.";
    Current.amperes = raw / 1000.0, "In A, for JSON.";
}

impl Power {
    /// From whole watts.
    pub const fn from_watts(watts: i64) -> Self {
        Self(watts * 10)
    }

    /// The current that flows at `voltage`; nothing when the voltage is unknown (zero).
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded by the power itself times 1000"
    )]
    pub fn current_at(self, voltage: Voltage) -> Option<Current> {
        if voltage.0 <= 0 {
            return None;
        }
        let milliamperes = div_half_up(i128::from(self.0) * 1000, i128::from(voltage.0));
        Some(Current(milliamperes as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::{Energy, Power, Voltage};

    #[test]
    fn units_of_the_wire_convert() {
        assert_eq!(Energy::from_wh(5230), Energy(52_300));
        assert_eq!(Energy::from_centi_kwh(523).centi_kwh(), 523);
        assert_eq!(Energy(150).centi_kwh(), 2, "1.5 hundredths round up");
    }

    #[test]
    fn current_follows_from_power_and_voltage() {
        let current = Power(15_005)
            .current_at(Voltage(2205))
            .expect("voltage is known");
        assert_eq!(current.0, 6805);
        assert_eq!(Power(15_005).current_at(Voltage(0)), None);
    }
}
