use crate::db::{Columns, FromCell, from_json, row, text_column, unreadable};
use device::Profile;
use domain::device_status::DeviceStatus;
use domain::networks::Networks;
use kernel::{DeviceId, PhyId, RunId, Timestamp};

row! {
    /// A row of `devices`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Device {
        /// Row id.
        pub id: DeviceId,
        /// The id on the wire; none while an operator's entry waits for its device.
        pub phy_id: Option<PhyId>,
        /// The gateway in front of it, where it is not its own.
        pub gateway_id: Option<String>,
        /// Name of its protocol: `bkv`, `ap3000` …; none before the first contact.
        pub protocol: Option<String>,
        /// Dialect of that protocol.
        pub dialect: Option<String>,
        /// Model as the device writes it.
        pub device_model: Option<String>,
        /// Firmware as the device writes it.
        pub firmware_version: Option<String>,
        /// Where it is in its life.
        pub status: DeviceStatus,
        /// Name for people.
        pub name: Option<String>,
        /// SIM card number.
        pub iccid: Option<String>,
        /// Modem number.
        pub imei: Option<String>,
        /// Radio signal, in the protocol's own scale.
        pub rssi: Option<i16>,
        /// °C.
        pub temp: Option<i16>,
        /// Address of its last connection, or the one an operator expects it from.
        pub ip: Option<String>,
        /// Its last valid frame; at most some seconds behind.
        pub last_seen_at: Option<Timestamp>,
        /// Since when it has been online; none while offline.
        pub online_since: Option<Timestamp>,
        /// The station it belongs to.
        pub station_id: Option<i64>,
        /// Rated power of the whole device in W.
        pub rated_power_w: Option<i64>,
        /// Percent of the rated power that it may use, 30..=100.
        pub max_power_pct: Option<i16>,
        /// Number of ports.
        pub port_count: Option<u16>,
        /// Period of its heartbeat in seconds.
        pub heartbeat_interval_s: Option<i32>,
        /// Silence in seconds after which it is offline; none: as its protocol's profile says.
        pub offline_after_s: Option<i32>,
        /// Where it may connect from.
        pub allow_networks: Networks,
        /// An operator's note.
        pub remark: Option<String>,
        /// What its link learnt of it and an operator pinned.
        pub profile: Profile,
        /// The run of the program that holds its connection; none while it has no connection, and
        /// always where there is one node alone.
        pub session_run: Option<RunId>,
        /// How often a connection took it over.
        pub session_epoch: i64,
        /// When the row was made.
        pub created_at: Timestamp,
        /// When it last changed, leaving signs of life aside.
        pub updated_at: Timestamp,
    }
}

/// What an operator or an enrolment knows of a device at first.
#[derive(Clone, Debug, Default)]
pub struct NewDevice {
    /// The id on the wire. Without it the row waits for a device from `ip`.
    pub phy_id: Option<PhyId>,
    /// Name of its protocol.
    pub protocol: Option<String>,
    /// Address that it will come from, or came from.
    pub ip: Option<String>,
    /// Name for people.
    pub name: Option<String>,
    /// Model.
    pub device_model: Option<String>,
    /// Number of ports.
    pub port_count: Option<u16>,
    /// Rated power of the whole device in W.
    pub rated_power_w: Option<i64>,
    /// Silence in seconds after which it is offline.
    pub offline_after_s: Option<i32>,
    /// A note.
    pub remark: Option<String>,
    /// Pinned traits.
    pub profile: Profile,
}

/// What a device has told about itself. Absent fields leave the row as it is.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Name of its protocol.
    pub protocol: Option<String>,
    /// Dialect of it.
    pub dialect: Option<String>,
    /// Model.
    pub device_model: Option<String>,
    /// Firmware.
    pub firmware_version: Option<String>,
    /// SIM card number.
    pub iccid: Option<String>,
    /// Modem number.
    pub imei: Option<String>,
    /// Number of ports.
    pub port_count: Option<u16>,
    /// Address of its connection.
    pub ip: Option<String>,
    /// Period of its heartbeat in seconds.
    pub heartbeat_interval_s: Option<i32>,
    /// The gateway in front of it.
    pub gateway_id: Option<String>,
}

text_column!(DeviceStatus);

impl FromCell for Profile {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        from_json(row, column)
    }
}

impl FromCell for Networks {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        let texts: Option<Vec<String>> = from_json(row, column)?;
        texts
            .map(|texts| {
                Self::parse(&texts).map_err(|problem| unreadable(column, problem.to_string()))
            })
            .transpose()
    }
}
