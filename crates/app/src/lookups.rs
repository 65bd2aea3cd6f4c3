//! Who devices are that come by the thousand, as after the loss of a node.

use crate::live_port::LivePort;
use crate::{App, AppError};
use kernel::{DeviceId, PhyId};
use std::collections::{HashMap, HashSet};
use store::{devices, ports};

/// Devices that are read together.
const LOOKED_UP_AT_ONCE: usize = 500;

/// Devices that have to be read from the database before it is known who they are.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    /// Those that nobody has read yet. One stays here until it is: whoever gives up in between,
    /// or finds the database away, leaves it to the next one.
    wanted: parking_lot::Mutex<HashSet<PhyId>>,
    /// Whose turn it is to read.
    turn: tokio::sync::Mutex<()>,
}

impl App {
    /// [`App::ensure_live`] for one of many: after the loss of a node thousands come at once that
    /// this one has not in memory. Those that wait for their turn are read together.
    pub(crate) async fn look_up(&self, phy_id: &PhyId) -> Result<bool, AppError> {
        if let Some(ours) = self.is_live(phy_id) {
            return Ok(ours);
        }
        self.lookups.wanted.lock().insert(phy_id.clone());
        let _turn = self.lookups.turn.lock().await;
        let batch: Vec<PhyId> = {
            let wanted = self.lookups.wanted.lock();
            if !wanted.contains(phy_id) {
                // Whoever had a turn before has read it.
                return Ok(self.is_live(phy_id).unwrap_or(false));
            }
            let others = wanted.iter().filter(|other| *other != phy_id);
            let all = std::iter::once(phy_id).chain(others);
            all.take(LOOKED_UP_AT_ONCE).cloned().collect()
        };
        let mut view = self.db.view().await?;
        let rows = devices::all_by_phy_id(view.conn(), &batch).await?;
        let ids: Vec<DeviceId> = rows.iter().map(|row| row.id).collect();
        let port_rows = if ids.is_empty() {
            Vec::new()
        } else {
            ports::all_of(view.conn(), &ids).await?
        };
        drop(view);
        let mut by_device: HashMap<DeviceId, Vec<LivePort>> = HashMap::new();
        for row in &port_rows {
            let ports = by_device.entry(row.device_id).or_default();
            ports.push(LivePort::from_row(row));
        }
        for row in &rows {
            if let Some(phy_id) = &row.phy_id {
                let ports = by_device.remove(&row.id).unwrap_or_default();
                self.enliven(phy_id, row, ports);
            }
        }
        let mut wanted = self.lookups.wanted.lock();
        for looked_up in &batch {
            wanted.remove(looked_up);
        }
        Ok(self.is_live(phy_id).unwrap_or(false))
    }
}
