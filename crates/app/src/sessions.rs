//! Which connection carries which device: *device id → connection*, never the other way round,
//! because one connection may carry many devices.

use crate::inbox::Inbox;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use device::{Dispatch, Profile, Protocol};
use kernel::{CommandId, PhyId, Timestamp};
use std::net::SocketAddr;
use std::sync::Arc;

/// What the platform sends to a connection.
#[derive(Debug)]
pub enum Downlink {
    /// A command for one of its devices.
    Command(Box<Dispatch>),
    /// Take a command back if it has not been written.
    Withdraw(CommandId),
    /// A device's profile was changed by an operator.
    Reprofile(PhyId, Box<Profile>),
    /// A stranger has become one of ours: ask who it is once more.
    Identify(PhyId),
    /// A device is now carried by a newer connection; one left without devices closes.
    Unbind(PhyId),
    /// Close: the device was retired or an operator asked for it.
    Close,
}

/// One connection.
#[derive(Clone)]
pub struct Connection {
    /// Unique in this process; grows, so a larger one is newer.
    pub id: u64,
    /// The other end.
    pub peer: SocketAddr,
    /// What it speaks.
    pub protocol: Arc<dyn Protocol>,
    /// Its inbox.
    pub inbox: Inbox,
    /// When it was accepted.
    pub since: Timestamp,
}

impl Connection {
    /// Tells it something that it must hear. One that is stuck hears it when it goes on; its own
    /// timeouts bound that. One that has gone needs to hear nothing.
    pub(crate) fn tell(&self, word: Downlink) {
        self.inbox.leave(word);
    }
}

/// All sessions of this process.
#[derive(Default)]
pub struct Sessions {
    by_device: DashMap<PhyId, Arc<Connection>>,
}

impl Sessions {
    /// Binds a device to a connection. Returns the connection that carried it before, if that
    /// was another one; it is to be told to let go of the device.
    pub fn bind(&self, device: &PhyId, connection: &Arc<Connection>) -> Option<Arc<Connection>> {
        let older = self.by_device.insert(device.clone(), connection.clone())?;
        (older.id != connection.id).then_some(older)
    }

    /// Removes a device's session if `connection_id` still holds it.
    pub fn unbind(&self, device: &PhyId, connection_id: u64) -> bool {
        match self.by_device.entry(device.clone()) {
            Entry::Occupied(entry) if entry.get().id == connection_id => {
                entry.remove();
                true
            }
            _ => false,
        }
    }

    /// The connection that carries a device now.
    pub fn find(&self, device: &PhyId) -> Option<Arc<Connection>> {
        self.by_device
            .get(device)
            .map(|connection| connection.clone())
    }

    /// How many devices have a session.
    pub fn len(&self) -> usize {
        self.by_device.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.by_device.is_empty()
    }

    /// All devices with a session.
    pub fn devices(&self) -> Vec<PhyId> {
        self.by_device
            .iter()
            .map(|entry| entry.key().clone())
            .collect()
    }
}
