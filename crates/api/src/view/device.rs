use super::{OrderOut, seconds};
use app::queries::{DeviceLine, DeviceSummary, DeviceView, PortTally, PortView};
use kernel::PhyId;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A device and its ports.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceOut {
    /// The id on the wire.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// Whether it can be reached now.
    online: bool,
    /// Where it is in its life: `registered`, `active`, `disabled`, `maintenance`, `retired`.
    #[schema(example = "active")]
    status: &'static str,
    /// Its last valid frame, Unix seconds.
    #[schema(example = 1_729_407_600)]
    last_seen_at: Option<i64>,
    /// Its firmware.
    #[schema(example = "2.1.0")]
    firmware: Option<String>,
    /// Its model.
    model: Option<String>,
    /// What it speaks.
    #[schema(example = "bkv")]
    protocol: Option<String>,
    /// Its ports, by number.
    ports: Vec<PortOut>,
    /// Its pending and charging orders.
    active_orders: Vec<OrderOut>,
}

impl From<DeviceView> for DeviceOut {
    fn from(device: DeviceView) -> Self {
        Self {
            device_phy_id: device
                .row
                .phy_id
                .as_ref()
                .map(PhyId::to_string)
                .unwrap_or_default(),
            online: device.online,
            status: device.row.status.as_str(),
            last_seen_at: seconds(device.last_seen_at),
            firmware: device.row.firmware_version,
            model: device.row.device_model,
            protocol: device.row.protocol,
            ports: device.ports.into_iter().map(PortOut::from).collect(),
            active_orders: device
                .active_orders
                .into_iter()
                .map(OrderOut::from)
                .collect(),
        }
    }
}

/// A port as it is now.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortOut {
    /// Its number.
    #[schema(example = 1)]
    port_no: u16,
    /// 0 idle, 1 charging, 2 fault.
    #[schema(example = 1)]
    status: i16,
    /// `unknown`, `idle`, `plugged`, `reserved`, `starting`, `charging`, `suspended`,
    /// `finishing`, `fault`, `disabled`.
    #[schema(example = "charging")]
    state: &'static str,
    /// Power now, W.
    #[schema(example = 1500.5)]
    power_w: f64,
    /// 0 without a fault; 4 short circuit, 8 over-current, 16 over-temperature.
    #[schema(example = 0)]
    fault_code: u32,
    /// The order that holds it.
    #[schema(example = "THD1729407600001")]
    order_no: Option<String>,
    /// Voltage, V.
    voltage: Option<f64>,
    /// Current, A.
    current: Option<f64>,
    /// °C.
    temp: Option<i16>,
    /// Whether a plug is in, where the device can tell.
    plugged: Option<bool>,
}

impl From<PortView> for PortOut {
    fn from(port: PortView) -> Self {
        Self {
            port_no: port.port_no.0,
            status: port.state.status_code(),
            state: port.state.as_str(),
            power_w: port.power.watts(),
            fault_code: port.fault_code,
            order_no: port.order_no.map(|order_no| order_no.to_string()),
            voltage: port.voltage.map(kernel::Voltage::volts),
            current: port.current.map(kernel::Current::amperes),
            temp: port.temperature_c,
            plugged: port.plugged,
        }
    }
}

/// A device in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceSummaryOut {
    /// The id on the wire; none while an entry made with an address only waits for its device.
    #[schema(example = "82210225000520")]
    device_phy_id: Option<String>,
    /// Whether it can be reached now.
    online: bool,
    /// Where it is in its life.
    #[schema(example = "active")]
    status: &'static str,
    /// Its last valid frame, Unix seconds.
    #[schema(example = 1_729_407_600)]
    last_seen_at: Option<i64>,
    /// Its firmware.
    firmware: Option<String>,
    /// Its model.
    model: Option<String>,
    /// What it speaks.
    #[schema(example = "bkv")]
    protocol: Option<String>,
    /// Number of ports.
    #[schema(example = 2)]
    port_count: Option<u16>,
    /// Name for people.
    name: Option<String>,
}

impl From<DeviceSummary> for DeviceSummaryOut {
    fn from(device: DeviceSummary) -> Self {
        let row = device.row;
        Self {
            device_phy_id: row.phy_id.as_ref().map(PhyId::to_string),
            online: device.online,
            status: row.status.as_str(),
            last_seen_at: seconds(device.last_seen_at),
            firmware: row.firmware_version,
            model: row.device_model,
            protocol: row.protocol,
            port_count: row.port_count,
            name: row.name,
        }
    }
}

/// What ports are doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortTallyOut {
    /// All of them.
    #[schema(example = 2)]
    total: u32,
    /// Nothing is plugged in, as far as is known, and nothing is wrong.
    #[schema(example = 1)]
    idle: u32,
    /// Energy flows, or is about to, or pauses.
    #[schema(example = 1)]
    charging: u32,
    /// A plug is in, or the port is kept for somebody.
    #[schema(example = 0)]
    occupied: u32,
    /// Something is wrong, or an operator took it out of use.
    #[schema(example = 0)]
    fault: u32,
    /// Their device cannot be reached.
    #[schema(example = 0)]
    offline: u32,
}

impl From<PortTally> for PortTallyOut {
    fn from(tally: PortTally) -> Self {
        Self {
            total: tally.total,
            idle: tally.idle,
            charging: tally.charging,
            occupied: tally.occupied,
            fault: tally.fault,
            offline: tally.offline,
        }
    }
}

/// A device in the list of the console.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceLineOut {
    /// What every list shows of it.
    #[serde(flatten)]
    device: DeviceSummaryOut,
    /// Its row.
    #[schema(example = 1)]
    device_id: i64,
    /// Its station.
    station_id: Option<i64>,
    /// The same, for people.
    station_name: Option<String>,
    /// Radio signal, in the protocol's own scale.
    rssi: Option<i16>,
    /// Address of its last connection, or the one it is expected from.
    ip: Option<String>,
    /// What its ports are doing.
    ports: PortTallyOut,
    /// The number of the prices that it said it holds.
    tariff_model_no: Option<String>,
    /// Whether it holds the prices that it should; none where nothing is known of them.
    tariff_synced: Option<bool>,
    /// When it was created, Unix seconds.
    created_at: i64,
}

impl From<DeviceLine> for DeviceLineOut {
    fn from(line: DeviceLine) -> Self {
        let (label, row) = (line.label, &line.summary.row);
        let held = label
            .as_ref()
            .and_then(|label| label.tariff_model_no.clone());
        let synced = label.as_ref().map(|label| label.tariff_synced);
        Self {
            device_id: row.id.0,
            station_id: row.station_id,
            station_name: label.and_then(|label| label.station_name),
            rssi: line.signal,
            ip: row.ip.clone(),
            ports: line.ports.into(),
            tariff_synced: synced.filter(|_| held.is_some()),
            tariff_model_no: held,
            created_at: row.created_at.unix_seconds(),
            device: line.summary.into(),
        }
    }
}

/// A device with everything that is known of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminDeviceOut {
    /// What third parties see of it.
    #[serde(flatten)]
    device: DeviceOut,
    /// Its row.
    #[schema(example = 1)]
    device_id: i64,
    /// Name for people.
    name: Option<String>,
    /// A note.
    remark: Option<String>,
    /// Address of its last connection.
    ip: Option<String>,
    /// The other end of its connection.
    peer: Option<String>,
    /// Since when it has been online without a gap, Unix seconds.
    online_since: Option<i64>,
    /// SIM card number.
    iccid: Option<String>,
    /// Modem number.
    imei: Option<String>,
    /// Radio signal, in the protocol's own scale.
    rssi: Option<i16>,
    /// °C.
    temp: Option<i16>,
    /// Rated power of the whole device, W.
    rated_power_w: Option<i64>,
    /// Number of ports.
    port_count: Option<u16>,
    /// An operator's own figure for when it counts as offline, seconds.
    offline_after_s: Option<i32>,
    /// Networks that it may connect from; none: from anywhere.
    #[schema(example = json!(["203.0.113.0/24"]))]
    allow_networks: Vec<String>,
    /// The station that it belongs to.
    station_id: Option<i64>,
    /// Traits that its link learnt.
    learnt: BTreeMap<String, String>,
    /// Traits that an operator pinned; they win.
    pinned: BTreeMap<String, String>,
    /// When it was created, Unix seconds.
    created_at: i64,
}

impl From<DeviceView> for AdminDeviceOut {
    fn from(view: DeviceView) -> Self {
        let row = view.row.clone();
        Self {
            device_id: row.id.0,
            name: row.name,
            remark: row.remark,
            ip: row.ip,
            peer: view.peer.map(|peer| peer.to_string()),
            online_since: seconds(row.online_since).filter(|_| view.online),
            iccid: row.iccid,
            imei: row.imei,
            rssi: row.rssi,
            temp: row.temp,
            rated_power_w: row.rated_power_w,
            port_count: row.port_count,
            offline_after_s: row.offline_after_s,
            allow_networks: row.allow_networks.texts(),
            station_id: row.station_id,
            learnt: row.profile.learnt.into(),
            pinned: row.profile.pinned.into(),
            created_at: row.created_at.unix_seconds(),
            device: view.into(),
        }
    }
}
