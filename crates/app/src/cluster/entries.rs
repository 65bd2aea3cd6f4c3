//! The register in Redis: `session:{phy_id}` while a device is connected, `outbound:{phy_id}` for
//! what waits for it or has not been answered.

use crate::sessions::Connection;
use crate::{App, AppError, msg_id_of};
use bus::Entry;
use bus::cluster::Touched;
use device::Command;
use kernel::{CommandId, DeviceId, OrderNo, PhyId, Timestamp};
use serde_json::json;
use std::collections::HashSet;
use store::commands::{self, NewCommand};

/// Commands of one device that the register names.
const ITEMS_MAX: u16 = 500;

/// What an item of a queue says.
struct Item<'a> {
    id: CommandId,
    order_no: Option<OrderNo>,
    command: &'a Command,
    created_at: Timestamp,
    expire_at: Option<Timestamp>,
}

impl App {
    pub(super) fn enter_session(&self, device: &PhyId, connection: &Connection, epoch: i64) {
        let (Some(line), Some(cluster)) = (self.bus.line(), &self.cluster) else {
            return;
        };
        let seen = self.live.read(device, |live| live.last_seen).flatten();
        let record = json!({
            "conn_id": connection.id,
            "server_id": cluster.rules.node,
            "remote_addr": connection.peer.to_string(),
            "protocol": connection.protocol.name(),
            "last_seen": seen.unwrap_or(connection.since).unix_seconds(),
            "connected_at": connection.since.unix_seconds(),
            "epoch": epoch,
        });
        line.enter(Entry::Session {
            device: device.clone(),
            epoch,
            record: record.to_string(),
        });
    }

    pub(super) fn enter_session_ended(&self, device: &PhyId, epoch: i64) {
        if let Some(line) = self.bus.line() {
            line.enter(Entry::SessionEnded {
                device: device.clone(),
                epoch,
            });
        }
    }

    /// What is to be entered once a stored command is committed.
    pub(crate) fn queued_entry(&self, new: &NewCommand, id: CommandId) -> Option<Entry> {
        self.bus.line()?;
        let item = Item {
            id,
            order_no: new.order_no,
            command: &new.command,
            created_at: new.at,
            expire_at: new.expire_at,
        };
        Some(Entry::Queued {
            device: new.phy_id.clone(),
            item: self.item_text(&new.phy_id, &item, None),
        })
    }

    /// What is to be entered once the end of a command is committed.
    pub(crate) fn done_entry(&self, device: &PhyId, command: CommandId) -> Option<Entry> {
        self.bus.line()?;
        Some(Entry::Done {
            device: device.clone(),
            command,
        })
    }

    /// Changes the register, where there is one.
    pub(crate) fn enter(&self, entries: impl IntoIterator<Item = Entry>) {
        let Some(line) = self.bus.line() else { return };
        for entry in entries {
            line.enter(entry);
        }
    }

    fn item_text(&self, device: &PhyId, item: &Item<'_>, payload_hex: Option<&str>) -> String {
        let cmd = self.wire_command_of(device, item.command);
        json!({
            "id": item.id,
            "cmd": cmd.map(crate::command_text),
            "name": item.command.name(),
            "msg_id": msg_id_of(item.id),
            "order_no": item.order_no,
            "port_no": item.command.port(),
            "payload_hex": payload_hex,
            "priority": item.command.priority(),
            "created_at": item.created_at.unix_seconds(),
            "expire_at": item.expire_at.map(Timestamp::unix_seconds),
        })
        .to_string()
    }

    /// Writes the register anew: it may have lost anything, and of the `touched` devices it may
    /// hold what is not true any more.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn enter_all(&self, touched: Touched) -> Result<(), AppError> {
        let (Some(_), Some(cluster)) = (self.bus.line(), &self.cluster) else {
            return Ok(());
        };
        let held: Vec<(PhyId, i64)> = cluster
            .held
            .iter()
            .map(|entry| (entry.key().clone(), entry.epoch))
            .collect();
        for (device, epoch) in &held {
            if let Some(connection) = self.sessions.find(device) {
                self.enter_session(device, &connection, *epoch);
            }
        }
        let mut doubtful: HashSet<PhyId> = match touched {
            Touched::Devices(devices) => devices.into_iter().collect(),
            Touched::Any => {
                let mut all = HashSet::new();
                self.live.for_each(|live| {
                    all.insert(live.phy_id.clone());
                });
                all
            }
        };
        for device in &doubtful {
            if self.sessions.find(device).is_none() && self.held_elsewhere(device).is_none() {
                // Older than any epoch that begins now.
                let epoch = self.live.read(device, |live| live.epoch).unwrap_or(0);
                self.enter_session_ended(device, epoch);
            }
        }
        let mut view = self.db.view().await?;
        doubtful.extend(commands::devices_with_open(view.conn()).await?);
        drop(view);
        for device in doubtful {
            let id = self.live.read(&device, |live| live.id);
            if let Some(id) = id.filter(|_| self.looks_after(&device)) {
                self.enter_queue(&device, id).await?;
            }
        }
        Ok(())
    }

    async fn enter_queue(&self, device: &PhyId, id: DeviceId) -> Result<(), AppError> {
        let Some(line) = self.bus.line() else {
            return Ok(());
        };
        let mut view = self.db.view().await?;
        let open = commands::list_open(view.conn(), id, ITEMS_MAX).await?;
        drop(view);
        let items = open.iter().map(|row| {
            let item = Item {
                id: row.id,
                order_no: row.order_no,
                command: &row.payload,
                created_at: row.created_at,
                expire_at: row.expire_at,
            };
            self.item_text(device, &item, row.payload_hex.as_deref())
        });
        line.enter(Entry::Queue {
            device: device.clone(),
            items: items.collect(),
        });
        Ok(())
    }
}
