//! What this node knows of devices that other nodes hold: values that these tell once a second,
//! and the rows of the database where it matters that they are of now.

use crate::live::LiveDevice;
use crate::{App, AppError};
use bus::Word;
use device::PortState;
use kernel::{Current, OrderNo, PhyId, PortNo, Power, Timestamp, Voltage};
use serde::{Deserialize, Serialize};
use store::{alarms, devices, orders, ports};
use tracing::debug;

/// Devices of one word.
const DEVICES_MAX: usize = 1000;

/// What a node tells of a device that it holds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    device: PhyId,
    online_since: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    #[serde(default)]
    ports: Vec<ToldPort>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ToldPort {
    port: PortNo,
    state: PortState,
    #[serde(default)]
    raw: Option<u32>,
    #[serde(default)]
    fault_code: u32,
    #[serde(default)]
    power: Power,
    #[serde(default)]
    voltage: Option<Voltage>,
    #[serde(default)]
    current: Option<Current>,
    #[serde(default)]
    temperature_c: Option<i16>,
    #[serde(default)]
    soc: Option<u8>,
    #[serde(default)]
    plugged: Option<bool>,
    #[serde(default)]
    order: Option<OrderNo>,
}

impl Told {
    /// What is told of a device whose ports of these numbers have news.
    pub(crate) fn of(
        live: &LiveDevice,
        news: &[PortNo],
        on_port: impl Fn(PortNo) -> Option<OrderNo>,
    ) -> Self {
        let with_news = live.ports.iter().filter(|port| news.contains(&port.port));
        let ports = with_news.map(|port| ToldPort {
            port: port.port,
            state: port.memory.state,
            raw: port.raw,
            fault_code: port.memory.fault_code,
            power: port.power,
            voltage: port.voltage,
            current: port.current,
            temperature_c: port.temperature_c,
            soc: port.soc,
            plugged: port.memory.plugged,
            order: on_port(port.port),
        });
        Self {
            device: live.phy_id.clone(),
            online_since: live.online_since,
            last_seen: live.last_seen,
            ports: ports.collect(),
        }
    }
}

impl App {
    /// Tells the other nodes what has changed of devices that are held here.
    pub(crate) fn tell_values(&self, news: &[Told]) {
        let Some(line) = self.bus.line() else { return };
        for part in news.chunks(DEVICES_MAX) {
            match serde_json::to_value(part) {
                Ok(values) => line.tell(Word::Live { values }),
                Err(error) => debug!(%error, "values of devices could not be told"),
            }
        }
    }

    /// Takes in what another node tells of its devices.
    pub(super) fn take_values(&self, values: serde_json::Value) {
        let told: Vec<Told> = match serde_json::from_value(values) {
            Ok(told) => told,
            Err(error) => {
                debug!(%error, "values of another version of the program are passed over");
                return;
            }
        };
        for told in told {
            if self.sessions.find(&told.device).is_some() {
                continue;
            }
            let known = self.live.witness(&told.device, |live| {
                live.elsewhere?;
                live.online_since = told.online_since;
                live.last_seen = told.last_seen.max(live.last_seen);
                let seen = live.last_seen.unwrap_or(Timestamp(0));
                for port in &told.ports {
                    let known = live.port_mut(port.port);
                    known.memory.state = port.state;
                    known.memory.fault_code = port.fault_code;
                    known.memory.plugged = port.plugged;
                    known.raw = port.raw;
                    known.power = port.power;
                    known.voltage = port.voltage;
                    known.current = port.current;
                    known.temperature_c = port.temperature_c;
                    known.take_soc(port.soc, seen);
                }
                Some(())
            });
            if known.flatten().is_some() {
                for port in &told.ports {
                    self.orders.point(&told.device, port.port, port.order);
                }
            }
        }
    }

    /// Makes sure that what memory knows of a device is of now: for one that is held here it is;
    /// of any other the rows are read.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn freshen(&self, device: &PhyId) -> Result<(), AppError> {
        if self.cluster.is_none() || self.sessions.find(device).is_some() {
            return Ok(());
        }
        let mut view = self.db.view().await?;
        let Some(row) = devices::find_by_phy_id(view.conn(), device).await? else {
            return Ok(());
        };
        let port_rows = ports::list(view.conn(), row.id).await?;
        let open = alarms::list_open_of(view.conn(), &[row.id]).await?;
        let active = orders::list_active_of_device(view.conn(), row.id).await?;
        drop(view);
        self.know_anew(std::slice::from_ref(&row), &port_rows, &open);
        let held: Vec<(PortNo, OrderNo)> = active
            .iter()
            .map(|order| (order.port_no, order.order_no))
            .collect();
        self.orders.point_all(device, held);
        Ok(())
    }

    /// Reads everything anew that this node knows of devices: other nodes may have said anything
    /// meanwhile.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn know_all_anew(&self) -> Result<(), AppError> {
        if self.cluster.is_none() {
            return Ok(());
        }
        let mut view = self.db.view().await?;
        let rows = devices::all(view.conn()).await?;
        let port_rows = ports::all(view.conn()).await?;
        let open = alarms::list_open_of_devices(view.conn()).await?;
        let active = orders::list_active(view.conn()).await?;
        drop(view);
        // What is ours is known better here.
        let others = |device: &devices::Device| {
            let phy_id = device.phy_id.as_ref();
            phy_id.is_some_and(|phy_id| {
                self.holder_of(device).is_some() && self.sessions.find(phy_id).is_none()
            })
        };
        let rows: Vec<devices::Device> = rows.into_iter().filter(others).collect();
        let ids: std::collections::HashSet<_> = rows.iter().map(|row| row.id).collect();
        let port_rows: Vec<ports::Port> = port_rows
            .into_iter()
            .filter(|port| ids.contains(&port.device_id))
            .collect();
        let open: Vec<alarms::AlarmRow> = open
            .into_iter()
            .filter(|alarm| alarm.device_id.is_some_and(|id| ids.contains(&id)))
            .collect();
        self.know_anew(&rows, &port_rows, &open);
        for row in &rows {
            let Some(device) = &row.phy_id else { continue };
            let held = active.iter().filter(|order| order.device_id == row.id);
            let held = held.map(|order| (order.port_no, order.order_no)).collect();
            self.orders.point_all(device, held);
        }
        Ok(())
    }
}
