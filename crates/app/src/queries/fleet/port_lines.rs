use super::port_versions::PortVersion;
use crate::live_port::LivePort;
use crate::{App, AppError, LiveDevice};
use device::PortState;
use domain::org::Scope;
use kernel::{Current, DeviceId, OrderNo, PhyId, PortNo, Power, Timestamp, Voltage};
use std::collections::{BTreeSet, HashMap};
use store::device_labels::{self, DeviceLabel, PortLabel};
use store::{Page, PageRequest};

/// Most ports of one page: more than other lists show, because a page of live ports follows them.
pub const PORTS_PER_PAGE_MAX: u32 = 1000;

/// Which ports a list shows.
#[derive(Clone, Debug, Default)]
pub struct PortFilter {
    /// Of this station only.
    pub station_id: Option<i64>,
    /// Of this device only.
    pub phy_id: Option<PhyId>,
    /// In this state only.
    pub state: Option<PortState>,
    /// With a fault only, or without one only.
    pub faulty: Option<bool>,
    /// Of devices that can be reached only, or that cannot.
    pub online: Option<bool>,
    /// Changed since that version only, as far as that can be told.
    pub since: Option<String>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// A port as it is now.
#[derive(Clone, Debug)]
pub struct PortLine {
    /// Its device.
    pub phy_id: PhyId,
    /// Its number.
    pub port_no: PortNo,
    /// The device's row.
    pub device_id: DeviceId,
    /// What the device speaks.
    pub protocol: &'static str,
    /// Whether the device can be reached.
    pub online: bool,
    /// What it is doing.
    pub state: PortState,
    /// The published fault code; 0 without a fault.
    pub fault_code: u32,
    /// Power now.
    pub power: Power,
    /// Voltage, where known.
    pub voltage: Option<Voltage>,
    /// Current, where known.
    pub current: Option<Current>,
    /// °C, where known.
    pub temperature_c: Option<i16>,
    /// State of charge of the vehicle, %, where known.
    pub soc: Option<u8>,
    /// Minutes until the vehicle is full, where known.
    pub remaining_min: Option<u16>,
    /// Whether a plug is in, where the device can tell.
    pub plugged: Option<bool>,
    /// What it is rated for; zero when unknown.
    pub rated_power: Power,
    /// The order that holds it.
    pub order_no: Option<OrderNo>,
    /// Its station.
    pub station_id: Option<i64>,
    /// When it was last heard of.
    pub reported_at: Option<Timestamp>,
    /// What people call its device, and where that stands.
    pub device: Option<DeviceLabel>,
    /// What people call it.
    pub label: Option<PortLabel>,
}

/// A page of ports, and from where to follow them.
#[derive(Clone, Debug)]
pub struct PortPage {
    /// The ports, by device and number.
    pub page: Page<PortLine>,
    /// What to give as `since` to learn what has changed from here on.
    pub version: String,
    /// Whether all ports were looked at: nothing was said of `since`, or it could not be
    /// followed.
    pub whole: bool,
}

impl App {
    /// A page of ports as they are now.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a version that is none; when the database is away.
    pub async fn port_lines(
        &self,
        filter: &PortFilter,
        request: PageRequest,
    ) -> Result<PortPage, AppError> {
        let since = filter.since.as_deref().map(|text| {
            PortVersion::parse(text).ok_or_else(|| AppError::Invalid {
                field: "since".to_owned(),
                problem: "must be the version of an answer".to_owned(),
            })
        });
        let since = since.transpose()?;
        let mut view = self.db.view().await?;
        let seen = device_labels::seen(view.conn(), &filter.scope).await?;
        let (version, changed) = self.look_at_ports(since);
        let mut found = Vec::new();
        self.live.for_each(|live| {
            let shown = seen.as_ref().is_none_or(|seen| seen.contains(&live.id))
                && filter.admits_device(live);
            let news = changed.as_ref().map(|changed| changed.get(&live.phy_id));
            if !shown || news == Some(None) {
                return;
            }
            let news = news.flatten();
            let ports = live.ports.iter();
            let ports = ports.filter(|port| {
                news.is_none_or(|news| news.contains(&port.port)) && filter.admits_port(port)
            });
            found.extend(ports.map(|port| (live.phy_id.clone(), port.port)));
        });
        found.sort_unstable();
        let size = request.size.clamp(1, PORTS_PER_PAGE_MAX);
        let skip = u64::from(request.page.max(1) - 1) * u64::from(size);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let places = found.into_iter().skip(skip).take(size as usize);
        let mut items: Vec<PortLine> = places
            .filter_map(|(device, port)| self.port_line(&device, port))
            .collect();
        let devices: BTreeSet<DeviceId> = items.iter().map(|line| line.device_id).collect();
        let devices: Vec<DeviceId> = devices.into_iter().collect();
        if !devices.is_empty() {
            let labels = device_labels::of_devices(view.conn(), &devices).await?;
            let labels: HashMap<_, _> = labels.into_iter().map(|l| (l.device_id, l)).collect();
            let ports = device_labels::of_ports(view.conn(), &devices).await?;
            let mut ports: HashMap<_, _> = ports
                .into_iter()
                .map(|label| ((label.device_id, label.port_no), label))
                .collect();
            for line in &mut items {
                line.device = labels.get(&line.device_id).cloned();
                line.label = ports.remove(&(line.device_id, line.port_no));
            }
        }
        Ok(PortPage {
            page: Page {
                items,
                total,
                page: request.page.max(1),
                size,
            },
            version: version.text(),
            whole: changed.is_none(),
        })
    }

    fn port_line(&self, phy_id: &PhyId, port_no: PortNo) -> Option<PortLine> {
        let order_no = self.orders.on_port(phy_id, port_no);
        self.live.read(phy_id, |live| {
            let port = live.port(port_no)?;
            Some(PortLine {
                phy_id: live.phy_id.clone(),
                port_no,
                device_id: live.id,
                protocol: live.protocol.name(),
                online: live.is_online(),
                state: port.memory.state,
                fault_code: port.memory.fault_code,
                power: port.power,
                voltage: port.voltage,
                current: port.current,
                temperature_c: port.temperature_c,
                soc: port.soc,
                remaining_min: port.remaining_min,
                plugged: port.memory.plugged,
                rated_power: port.rated_power,
                order_no,
                station_id: live.station_id,
                reported_at: port.reported_at,
                device: None,
                label: None,
            })
        })?
    }
}

impl PortFilter {
    fn admits_device(&self, live: &LiveDevice) -> bool {
        let agrees = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        agrees(self.online, live.is_online())
            && (self.station_id.is_none() || self.station_id == live.station_id)
            && self.phy_id.as_ref().is_none_or(|id| *id == live.phy_id)
    }

    /// While changes are followed a port that no longer fits is told as well: whoever shows it
    /// must learn that.
    fn admits_port(&self, port: &LivePort) -> bool {
        if self.since.is_some() {
            return true;
        }
        let memory = &port.memory;
        let is_faulty = memory.fault_code != 0 || memory.state == PortState::Fault;
        self.state.is_none_or(|state| state == memory.state)
            && self.faulty.is_none_or(|wanted| wanted == is_faulty)
    }
}
