//! The parameters that can be set and read: 0x83 (parameters 1.1), 0x84 (parameters 1.2) and
//! 0x85 (limits). Each is written as one whole block; 0x90, 0x91 and 0x92 read the blocks.

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its field name.
    pub name: &'static str,
    /// The command that sets the block: 0x83, 0x84 or 0x85.
    pub set: u8,
    /// Place in the block.
    pub offset: usize,
    /// 1 or 2 bytes.
    pub width: usize,
    /// Unit, for people.
    pub unit: &'static str,
    /// What the device leaves the factory with; none where no document says.
    pub default: Option<u16>,
    /// Smallest value that is sent.
    pub min: u16,
    /// Largest value that is sent.
    pub max: u16,
    /// What it does, for people.
    pub title: &'static str,
}

impl Parameter {
    /// The command that reads the block.
    pub const fn query(&self) -> u8 {
        self.set + 0x0D
    }

    /// Whether the platform sends this value. The device's own limits may be narrower.
    pub fn allows(&self, value: i64) -> bool {
        (i64::from(self.min)..=i64::from(self.max)).contains(&value)
    }
}

/// What a row of the table says beyond its place.
type Rest = (&'static str, Option<u16>, (u16, u16), &'static str);

const fn row(name: &'static str, set: u8, place: (usize, usize), rest: Rest) -> Parameter {
    let (unit, default, (min, max), title) = rest;
    Parameter {
        name,
        set,
        offset: place.0,
        width: place.1,
        unit,
        default,
        min,
        max,
        title,
    }
}

const ALL: (u16, u16) = (0, u16::MAX);
const BYTE: (u16, u16) = (0, 255);
/// 3500 W, what high-power devices can do (vendor document V8.6, limits).
const POWER: (u16, u16) = (0, 35_000);
/// A heartbeat below half a minute floods, one above half an hour looks like a dead device.
const BEAT: (u16, u16) = (30, 1_800);
/// Thresholds that neither trip in summer nor let plastic melt.
const HEAT: (u16, u16) = (40, 120);

/// All of them, in the order of the wire.
pub const PARAMETERS: [Parameter; 24] = [
    row(
        "pull_out_power_dw",
        0x83,
        (0, 2),
        (
            "0.1 W",
            Some(3),
            POWER,
            "below it the plug counts as pulled",
        ),
    ),
    row(
        "pull_out_time_s",
        0x83,
        (2, 2),
        ("s", Some(10), ALL, "for so long"),
    ),
    row(
        "float_percent",
        0x83,
        (4, 1),
        (
            "%",
            Some(20),
            (1, 100),
            "share of the charging power below which floating begins",
        ),
    ),
    row(
        "float_detect_s",
        0x83,
        (5, 2),
        ("s", Some(1_800), ALL, "for so long before it counts"),
    ),
    row(
        "float_time_s",
        0x83,
        (7, 2),
        (
            "s",
            Some(3_600),
            ALL,
            "floating lasts so long, then the charge is full",
        ),
    ),
    row(
        "heartbeat_interval_s",
        0x83,
        (9, 2),
        ("s", Some(180), BEAT, "from heartbeat to heartbeat"),
    ),
    row(
        "dyn_overload_power_dw",
        0x84,
        (0, 2),
        ("0.1 W", Some(800), POWER, "dynamic overload: rise above it"),
    ),
    row(
        "dyn_overload_detect_s",
        0x84,
        (2, 2),
        ("s", Some(30), ALL, "dynamic overload: for so long"),
    ),
    row(
        "dyn_overload_start_s",
        0x84,
        (4, 2),
        (
            "s",
            Some(1_800),
            ALL,
            "dynamic overload: watched from here on",
        ),
    ),
    row(
        "pull_out_disturb_power_dw",
        0x84,
        (6, 1),
        (
            "0.1 W",
            Some(10),
            BYTE,
            "pulled plug under disturbance: below it",
        ),
    ),
    row(
        "pull_out_disturb_time_s",
        0x84,
        (7, 2),
        (
            "s",
            Some(300),
            ALL,
            "pulled plug under disturbance: for so long",
        ),
    ),
    row(
        "float_second_point_s",
        0x84,
        (9, 2),
        (
            "s",
            Some(10_800),
            ALL,
            "from here on the second detection time holds",
        ),
    ),
    row(
        "float_second_detect_s",
        0x84,
        (11, 2),
        ("s", Some(300), ALL, "second detection time of floating"),
    ),
    row(
        "min_power_dw",
        0x84,
        (13, 2),
        ("0.1 W", Some(300), POWER, "cut when the peak stays below"),
    ),
    row(
        "min_power_point_s",
        0x84,
        (15, 2),
        ("s", Some(1_800), ALL, "until here"),
    ),
    row(
        "second_max_power_point_s",
        0x84,
        (17, 2),
        (
            "s",
            Some(300),
            ALL,
            "window of the second maximum in settlements",
        ),
    ),
    row(
        "env_alarm_temp_c",
        0x84,
        (19, 1),
        ("°C", Some(80), HEAT, "ambient temperature that alarms"),
    ),
    row(
        "port_alarm_temp_c",
        0x84,
        (20, 1),
        ("°C", Some(80), HEAT, "socket temperature that alarms"),
    ),
    row(
        "pull_out_optocoupler",
        0x84,
        (21, 1),
        (
            "",
            Some(0),
            (0, 1),
            "0 plugs are noticed by the optocoupler",
        ),
    ),
    row(
        "qr_light",
        0x84,
        (22, 1),
        ("", Some(1), (0, 1), "0 the QR code is lit"),
    ),
    row(
        "max_duration_s",
        0x85,
        (0, 2),
        (
            "s",
            Some(36_000),
            (60, u16::MAX),
            "longest charge until full or by an offline card",
        ),
    ),
    row(
        "overload_power_dw",
        0x85,
        (2, 2),
        ("0.1 W", None, (1, POWER.1), "power that ends a charge"),
    ),
    row(
        "over_voltage_dv",
        0x85,
        (4, 2),
        (
            "0.1 V",
            Some(2_700),
            (2_300, 3_000),
            "supply voltage that ends a charge, since August 2024",
        ),
    ),
    row(
        "under_voltage_dv",
        0x85,
        (6, 2),
        (
            "0.1 V",
            Some(1_000),
            (500, 2_100),
            "supply voltage that ends a charge, since August 2024",
        ),
    ),
];

/// The parameter of that name.
pub fn parameter(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.name == name)
}

/// The parameters of one block, by the command that sets it.
pub fn parameters_of(set: u8) -> impl Iterator<Item = &'static Parameter> {
    PARAMETERS.iter().filter(move |row| row.set == set)
}
