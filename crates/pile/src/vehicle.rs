//! Electric vehicles: who they are and what their batteries would like.

mod battery;

pub use battery::{Battery, UNITS_PER_STEP};

/// Where the vehicle takes its energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inlet {
    /// Its own charger turns the alternating current into what the battery takes: constant power,
    /// and a short taper in the last three percent.
    Ac,
    /// The pile feeds the battery: constant power, and from 80 % on less and less.
    Dc,
}

/// One vehicle and its battery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Vehicle identification number, 17 characters.
    pub vin: String,
    /// Where it is plugged.
    pub inlet: Inlet,
    /// Energy that the battery holds, Wh.
    pub capacity_wh: u32,
    /// State of charge when it is plugged in, percent, 0 to 100.
    pub soc: u8,
    /// What it takes in bulk, W. The pile gives less where it can do less.
    pub power_w: u32,
    /// Voltage of the empty battery, 0.1 V; rises with the state of charge by a fifth.
    pub voltage_dv: u16,
    /// Cells in a row: the pack's voltage is that of a cell times so many.
    pub cells: u16,
    /// Whether the battery management offers the number for plug-and-charge.
    pub plug_and_charge: bool,
}

/// Names of all vehicles of [`Vehicle::named`].
pub const VEHICLES: [&str; 9] = [
    "sedan_60kwh",
    "suv_100kwh",
    "van_50kwh",
    "bus_250kwh",
    "truck_350kwh",
    "hybrid_18kwh",
    "ac_7kw",
    "ac_11kw",
    "ac_22kw",
];

impl Vehicle {
    /// A vehicle by its name, one of [`VEHICLES`]; `None` for any other. The names of alternating
    /// current tell the power of the charger on board: one phase with 32 A, three phases with
    /// 16 A or 32 A.
    pub fn named(name: &str) -> Option<Self> {
        let vehicle = match name {
            "sedan_60kwh" => Self::car(),
            "suv_100kwh" => Self::dc("LGXC76C45N0000231", 100, 150, (3_600, 120)).at(20),
            "van_50kwh" => Self::dc("LJ11RBBG6P0000388", 50, 60, (3_200, 104)).at(35),
            "bus_250kwh" => Self::dc("LZYTBGBW0P1000042", 250, 150, (5_000, 168)).at(40),
            "truck_350kwh" => Self::dc("LZZ5BXSK7PA000519", 350, 240, (5_600, 192)).at(25),
            "hybrid_18kwh" => Self::ac("LC0CE4DC2N0000760", 18, 3_300).at(15),
            "ac_7kw" => Self::ac("LSVAA4182E2000017", 60, 7_000),
            "ac_11kw" => Self::ac("LRWYGCFS3P0000064", 75, 11_000),
            "ac_22kw" => Self::ac("VF1AG000668000095", 52, 22_000),
            _ => return None,
        };
        Some(vehicle)
    }

    /// `sedan_60kwh`: a car with 60 kWh at 30 %, which takes up to 90 kW.
    pub fn car() -> Self {
        Self::dc("LNBSC13K0PZ000117", 60, 90, (3_400, 108))
    }

    fn dc(vin: &str, kwh: u32, kilowatts: u32, (voltage_dv, cells): (u16, u16)) -> Self {
        Self {
            vin: vin.to_owned(),
            inlet: Inlet::Dc,
            capacity_wh: kwh * 1_000,
            soc: 30,
            power_w: kilowatts * 1_000,
            voltage_dv,
            cells,
            plug_and_charge: false,
        }
    }

    fn ac(vin: &str, kwh: u32, power_w: u32) -> Self {
        Self {
            inlet: Inlet::Ac,
            power_w,
            ..Self::dc(vin, kwh, 0, (3_400, 108))
        }
    }

    /// The same, so full when it is plugged in, percent; more than 100 is 100.
    #[must_use]
    pub fn at(mut self, soc: u8) -> Self {
        self.soc = soc.min(100);
        self
    }

    /// The same with another number that offers itself for plug-and-charge.
    #[must_use]
    pub fn offering(mut self, vin: &str) -> Self {
        vin.clone_into(&mut self.vin);
        self.plug_and_charge = true;
        self
    }

    /// Highest voltage of the full battery while it charges, 0.1 V.
    pub fn highest_dv(&self) -> u64 {
        u64::from(self.voltage_dv) * 12 / 10
    }
}

#[cfg(test)]
mod tests {
    use super::{VEHICLES, Vehicle};

    #[test]
    fn every_name_is_a_vehicle_with_a_number_of_its_own() {
        let mut numbers: Vec<String> = VEHICLES
            .iter()
            .map(|name| Vehicle::named(name).expect("a known name").vin)
            .collect();
        assert!(numbers.iter().all(|vin| vin.len() == 17));
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), VEHICLES.len());
        assert_eq!(Vehicle::named("spaceship"), None);
    }
}
