//! Hints for open pages: after something has changed, in memory or by a commit, the topics that
//! show it are rung on the [`bus::Bus`]. While no page is open each of these costs one atomic look;
//! none waits, and none allocates.

use crate::App;
use bus::Topic;
use domain::order::Order;
use kernel::{OrderNo, PhyId};

impl App {
    /// An order was made, moved on, settled or corrected.
    pub(crate) fn hint_order(&self, order: &Order) {
        if !self.bus.is_watched() {
            return;
        }
        self.bus.changed(&Topic::Order(order.order_no));
        for topic in [Topic::Orders, Topic::Ports, Topic::Stations, Topic::Screen] {
            self.bus.changed(&topic);
        }
        self.hint_device(&order.phy_id);
    }

    /// An order has newer meter values.
    pub(crate) fn hint_meter(&self, order_no: OrderNo) {
        if self.bus.is_watched() {
            self.bus.changed(&Topic::Order(order_no));
        }
    }

    /// A device gave a sign of life.
    pub(crate) fn hint_sign_of_life(&self, device: &PhyId) {
        if self.bus.is_watched() {
            self.bus.changed(&Topic::Device(device.clone()));
        }
    }

    /// A device told of its ports; `moved` if the state of one is another than before.
    pub(crate) fn hint_ports(&self, device: &PhyId, moved: bool) {
        if !self.bus.is_watched() {
            return;
        }
        self.bus.changed(&Topic::Ports);
        if moved {
            self.bus.changed(&Topic::Stations);
            self.bus.changed(&Topic::Screen);
        }
        self.hint_device(device);
    }

    /// A device came, went, or is something else than before.
    pub(crate) fn hint_presence(&self, device: &PhyId) {
        if !self.bus.is_watched() {
            return;
        }
        for topic in [
            Topic::Devices,
            Topic::Ports,
            Topic::Sessions,
            Topic::Stations,
            Topic::Screen,
        ] {
            self.bus.changed(&topic);
        }
        self.hint_device(device);
    }

    /// Alarms of a device, or of the platform, began, ended, or were handled.
    pub(crate) fn hint_alarms(&self, device: Option<&PhyId>) {
        if !self.bus.is_watched() {
            return;
        }
        self.bus.changed(&Topic::Alarms);
        self.bus.changed(&Topic::Screen);
        if let Some(device) = device {
            self.hint_device(device);
        }
    }

    /// A command for a device, of an order where it has one, is in another state.
    pub(crate) fn hint_command(&self, device: &PhyId, order: Option<OrderNo>) {
        if !self.bus.is_watched() {
            return;
        }
        self.bus.changed(&Topic::Commands);
        if let Some(order) = order {
            self.bus.changed(&Topic::Order(order));
        }
        self.bus.changed(&Topic::Device(device.clone()));
    }

    /// A topic without an id has changed.
    pub(crate) fn hint(&self, topic: &Topic) {
        self.bus.changed(topic);
    }

    /// The page of a device, and that of its station.
    fn hint_device(&self, device: &PhyId) {
        self.bus.changed(&Topic::Device(device.clone()));
        let station = self.live.read(device, |live| live.station_id);
        if let Some(Some(station)) = station {
            self.bus.changed(&Topic::Station(station));
        }
    }
}
