//! Which connection carries which device: *device id → connection*, never the other way round,
//! because one connection may carry many devices.

use crate::inbox::Inbox;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use device::{Direction, Dispatch, Profile, Protocol};
use kernel::{CommandId, PhyId, Timestamp};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// What has gone over it.
    pub traffic: Arc<Traffic>,
}

/// What has gone over a connection: counted by its task, read by whoever looks.
#[derive(Debug, Default)]
pub struct Traffic {
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    frames_in: AtomicU64,
    frames_out: AtomicU64,
}

/// The counts of a [`Traffic`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrafficFigures {
    /// Bytes from the device.
    pub bytes_in: u64,
    /// Bytes to the device.
    pub bytes_out: u64,
    /// Well-formed frames from the device.
    pub frames_in: u64,
    /// Frames to the device.
    pub frames_out: u64,
}

impl Traffic {
    /// Bytes came from the device.
    pub fn received(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes went to the device.
    pub fn sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// A frame went by.
    pub fn frame(&self, direction: Direction) {
        let frames = match direction {
            Direction::Up => &self.frames_in,
            Direction::Down => &self.frames_out,
        };
        frames.fetch_add(1, Ordering::Relaxed);
    }

    /// What they are now.
    pub fn figures(&self) -> TrafficFigures {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        TrafficFigures {
            bytes_in: read(&self.bytes_in),
            bytes_out: read(&self.bytes_out),
            frames_in: read(&self.frames_in),
            frames_out: read(&self.frames_out),
        }
    }
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
