use crate::live_port::LivePort;
use crate::{App, AppError};
use device::PortState;
use domain::order::Order;
use kernel::{Current, OrderNo, PhyId, PortNo, Power, Timestamp, Voltage};
use std::net::SocketAddr;
use store::devices::{self, Device};
use store::{Page, PageRequest};
use store::{device_params, gateway_sockets, orders, ports};

pub use store::devices::DeviceFilter;

/// A device in a list.
#[derive(Clone, Debug)]
pub struct DeviceSummary {
    /// Its row.
    pub row: Device,
    /// Whether it can be reached now.
    pub online: bool,
    /// Its last valid frame.
    pub last_seen_at: Option<Timestamp>,
}

/// A device with everything that hangs on it.
#[derive(Clone, Debug)]
pub struct DeviceView {
    /// Its row.
    pub row: Device,
    /// Whether it can be reached now.
    pub online: bool,
    /// Its last valid frame.
    pub last_seen_at: Option<Timestamp>,
    /// The other end of its connection.
    pub peer: Option<SocketAddr>,
    /// Its ports, by number.
    pub ports: Vec<PortView>,
    /// Its pending and charging orders, by port.
    pub active_orders: Vec<Order>,
}

/// A port as it is now.
#[derive(Clone, Debug)]
pub struct PortView {
    /// Its number.
    pub port_no: PortNo,
    /// What it is doing.
    pub state: PortState,
    /// The published fault code; 0 without a fault.
    pub fault_code: u32,
    /// Power now.
    pub power: Power,
    /// Supply voltage, where known.
    pub voltage: Option<Voltage>,
    /// Current, where known.
    pub current: Option<Current>,
    /// °C, where known.
    pub temperature_c: Option<i16>,
    /// Whether a plug is in, where the device can tell.
    pub plugged: Option<bool>,
    /// The order that holds it.
    pub order_no: Option<OrderNo>,
}

/// Whether a device lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Whether it can be reached now.
    pub online: bool,
    /// Its last valid frame.
    pub last_seen_at: Option<Timestamp>,
}

impl App {
    /// Whether a device lives, without asking the database where memory knows.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device that is not ours.
    pub async fn heartbeat(&self, phy_id: &PhyId) -> Result<Heartbeat, AppError> {
        if let Some(last_seen_at) = self.live.read(phy_id, |live| live.last_seen) {
            return Ok(Heartbeat {
                online: self.is_online(phy_id),
                last_seen_at,
            });
        }
        let row = self.device_row(phy_id).await?;
        Ok(Heartbeat {
            online: false,
            last_seen_at: row.last_seen_at,
        })
    }

    /// A device with its ports and active orders.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device that is not ours.
    pub async fn device(&self, phy_id: &PhyId) -> Result<DeviceView, AppError> {
        self.freshen(phy_id).await?;
        let mut view = self.db.view().await?;
        let row = devices::find_by_phy_id(view.conn(), phy_id).await?;
        let row = row.ok_or(AppError::NotFound("device"))?;
        let stored = ports::list(view.conn(), row.id).await?;
        let mut active_orders = orders::list_active_of_device(view.conn(), row.id).await?;
        drop(view);
        for order in &mut active_orders {
            self.overlay(order);
        }
        let rows = stored.iter().map(|port| PortView {
            port_no: port.port_no,
            state: port.state,
            fault_code: port.fault_code,
            power: port.power_w.unwrap_or_default(),
            voltage: port.voltage,
            current: port.current,
            temperature_c: port.temp,
            plugged: port.plugged,
            order_no: port.current_order_no,
        });
        let live = self.live.read(phy_id, |live| {
            let ports: Vec<_> = live
                .ports
                .iter()
                .map(|port| self.live_port(phy_id, port))
                .collect();
            (ports, live.last_seen)
        });
        let (ports, seen) = match live {
            Some((ports, seen)) => (ports, seen),
            None => (rows.collect(), None),
        };
        Ok(DeviceView {
            online: self.is_online(phy_id),
            last_seen_at: seen.max(row.last_seen_at),
            peer: self.sessions.find(phy_id).map(|connection| connection.peer),
            ports,
            active_orders,
            row,
        })
    }

    fn live_port(&self, phy_id: &PhyId, port: &LivePort) -> PortView {
        PortView {
            port_no: port.port,
            state: port.memory.state,
            fault_code: port.memory.fault_code,
            power: port.power,
            voltage: port.voltage,
            current: port.current,
            temperature_c: port.temperature_c,
            plugged: port.memory.plugged,
            order_no: self.orders.on_port(phy_id, port.port),
        }
    }

    /// A page of devices.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn devices(
        &self,
        filter: &DeviceFilter,
        page: PageRequest,
    ) -> Result<Page<DeviceSummary>, AppError> {
        let mut view = self.db.view().await?;
        let rows = devices::list(view.conn(), filter, None, page).await?;
        Ok(rows.map(|row| self.summary(row)))
    }

    /// One device as in a list.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device that is not ours.
    pub async fn device_summary(&self, phy_id: &PhyId) -> Result<DeviceSummary, AppError> {
        Ok(self.summary(self.device_row(phy_id).await?))
    }

    pub(super) fn summary(&self, row: Device) -> DeviceSummary {
        let Some(phy_id) = &row.phy_id else {
            return DeviceSummary {
                row,
                online: false,
                last_seen_at: None,
            };
        };
        let seen = self.live.read(phy_id, |live| live.last_seen).flatten();
        DeviceSummary {
            online: self.is_online(phy_id),
            last_seen_at: seen.max(row.last_seen_at),
            row,
        }
    }

    async fn device_row(&self, phy_id: &PhyId) -> Result<Device, AppError> {
        let mut view = self.db.view().await?;
        let row = devices::find_by_phy_id(view.conn(), phy_id).await?;
        row.ok_or(AppError::NotFound("device"))
    }

    /// The sockets behind a gateway.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device that is not ours.
    pub async fn sockets(
        &self,
        phy_id: &PhyId,
    ) -> Result<Vec<gateway_sockets::GatewaySocket>, AppError> {
        let row = self.device_row(phy_id).await?;
        let mut view = self.db.view().await?;
        Ok(gateway_sockets::list(view.conn(), row.id).await?)
    }

    /// The parameters of a device as last set or reported.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device that is not ours.
    pub async fn device_params(
        &self,
        phy_id: &PhyId,
    ) -> Result<Vec<device_params::DeviceParam>, AppError> {
        let row = self.device_row(phy_id).await?;
        let mut view = self.db.view().await?;
        Ok(device_params::list(view.conn(), row.id).await?)
    }
}
