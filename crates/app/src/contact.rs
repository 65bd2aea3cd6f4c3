//! Who a device id belongs to: one of ours, a device that was announced by its address, a
//! newcomer, or a stranger.

use crate::live::LiveDevice;
use crate::live_port::LivePort;
use crate::sessions::Connection;
use crate::{App, AppError};
use device::{Admission, FrameNote, Protocol};
use domain::device_status::DeviceStatus;
use kernel::PhyId;
use std::sync::Arc;
use std::time::Duration;
use store::devices::{self, Device, NewDevice};
use store::{constraint, ports};
use tracing::{info, warn};

/// Pause before a lookup is tried again while the database is away.
const RETRY: Duration = Duration::from_secs(1);

/// Strangers that are remembered for adoption at the same time.
const STRANGERS_MAX: usize = 10_000;

impl App {
    /// Says who a device id is. Waits for the database as long as it takes: the link holds the
    /// device's frames back meanwhile, and the device repeats what matters.
    ///
    /// Follow it up with [`App::attach`] when the device is known.
    pub async fn first_contact(&self, connection: &Arc<Connection>, phy_id: &PhyId) -> Admission {
        loop {
            match self.recognise(connection, phy_id).await {
                Ok(true) => {
                    let profile = self.live.read(phy_id, |device| device.profile.clone());
                    return Admission::Known(profile.unwrap_or_default());
                }
                Ok(false) => {
                    warn!(device = %phy_id, remote_addr = %connection.peer, "unknown device");
                    metrics::counter!("openpile_strangers_total").increment(1);
                    if self.strangers.len() < STRANGERS_MAX {
                        self.strangers.insert(phy_id.clone(), connection.clone());
                    }
                    return Admission::Stranger;
                }
                Err(error) => {
                    warn!(device = %phy_id, %error, "device lookup failed, trying again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// Whether the device is ours; it is in the live table then.
    async fn recognise(&self, connection: &Connection, phy_id: &PhyId) -> Result<bool, AppError> {
        if self.look_up(phy_id).await? {
            return Ok(true);
        }
        let (protocol, ip) = (connection.protocol.name(), connection.peer.ip().to_string());
        let mut view = self.db.view().await?;
        if devices::find_by_phy_id(view.conn(), phy_id)
            .await?
            .is_some()
        {
            drop(view);
            // Retired, or it has become ours this moment.
            return self.ensure_live(phy_id).await;
        }
        let announced = devices::find_awaiting_contact(view.conn(), &ip).await?;
        drop(view);
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let ours = match announced {
            Some(row) => devices::identify(tx.conn(), row.id, phy_id, protocol, now).await,
            None if self.settings.auto_enrol => {
                let new = NewDevice {
                    phy_id: Some(phy_id.clone()),
                    protocol: Some(protocol.to_owned()),
                    ip: Some(ip.clone()),
                    ..NewDevice::default()
                };
                devices::insert(tx.conn(), &new, now).await.map(|_| true)
            }
            None => return Ok(false),
        };
        match ours {
            Ok(true) => tx.commit().await?,
            // Another connection was faster; the second look finds what it did.
            Ok(false) => tx.rollback().await?,
            Err(error) if error.violates(constraint::DEVICE_PHY_ID) => tx.rollback().await?,
            Err(error) => return Err(error.into()),
        }
        info!(device = %phy_id, ip, protocol, "device enrolled on first contact");
        self.ensure_live(phy_id).await
    }

    /// Whether the device is in the live table and not retired; none where it is not there.
    pub(crate) fn is_live(&self, phy_id: &PhyId) -> Option<bool> {
        let status = self.live.read(phy_id, |device| device.lifecycle);
        status.map(|status| status != DeviceStatus::Retired)
    }

    /// Brings a device into the live table. False when it is not ours, or retired.
    pub(crate) async fn ensure_live(&self, phy_id: &PhyId) -> Result<bool, AppError> {
        if let Some(ours) = self.is_live(phy_id) {
            return Ok(ours);
        }
        let mut view = self.db.view().await?;
        let Some(row) = devices::find_by_phy_id(view.conn(), phy_id).await? else {
            return Ok(false);
        };
        let rows = ports::list(view.conn(), row.id).await?;
        drop(view);
        Ok(self.enliven(phy_id, &row, rows.iter().map(LivePort::from_row).collect()))
    }

    /// Adds a row to the live table. False when the device is retired, or when it speaks a
    /// protocol that this program does not.
    pub(crate) fn enliven(&self, phy_id: &PhyId, row: &Device, ports: Vec<LivePort>) -> bool {
        let Some(protocol) = self.protocol_of(row) else {
            return false;
        };
        if row.status == DeviceStatus::Retired {
            return false;
        }
        let settings = &self.settings;
        let device = LiveDevice::from_row(phy_id.clone(), row, protocol, ports, settings);
        self.live.insert_new(device);
        true
    }

    fn protocol_of(&self, row: &Device) -> Option<Arc<dyn Protocol>> {
        // A device that was created by hand and has never connected has no protocol yet.
        match row.protocol.as_deref() {
            Some(name) => self.protocols.find(name).cloned(),
            None => self.protocols.iter().next().cloned(),
        }
    }

    /// Every well-formed frame passes here: for the communication log, and as a sign of life.
    pub fn frame_seen(self: &Arc<Self>, connection: &Arc<Connection>, note: FrameNote) {
        if note.direction == device::Direction::Up {
            let now = self.now();
            let held = self.sessions.find(&note.device);
            if held.is_some_and(|held| held.id == connection.id) {
                let returned = self.live.change(&note.device, |device| {
                    device.last_seen = Some(now);
                    !device.is_online() && !device.arriving
                });
                if returned == Some(true) {
                    self.returned(&note.device);
                }
            }
        }
        if self.is_logged(&note) {
            self.comm_log.frame(connection.peer, note);
        }
    }

    /// Whether a frame goes into the communication log. What devices say all the time is thinned
    /// out there, unless an operator wants to see everything of this device.
    fn is_logged(&self, note: &FrameNote) -> bool {
        let Some((place, gap)) = thinned(note) else {
            return true;
        };
        let now = self.now();
        let wanted = self.live.change(&note.device, |live| {
            match live.profile.get(COMM_LOG_TRAIT) {
                Some("full") => return true,
                Some("normal") => {}
                _ if self.settings.comm_log_full => return true,
                _ => {}
            }
            let last = &mut live.logged[place];
            let due = last.is_none_or(|last| now >= last + gap);
            if due {
                *last = Some(now);
            }
            due
        });
        let wanted = wanted.unwrap_or(true);
        if !wanted {
            metrics::counter!("openpile_comm_log_thinned_total").increment(1);
        }
        wanted
    }
}

/// The trait by which an operator chooses how much of a device is logged: `full` or `normal`.
const COMM_LOG_TRAIT: &str = "comm_log";

/// Kinds of frames that are thinned out, per device and direction.
pub(crate) const THINNED_KINDS: usize = 6;

/// Where the last one of that kind is remembered, and how far apart two are logged.
fn thinned(note: &FrameNote) -> Option<(usize, Duration)> {
    let (kind, gap) = match note.kind {
        "heartbeat" => (0, Duration::from_mins(10)),
        "status" => (1, Duration::from_secs(30)),
        "bms" => (2, Duration::from_secs(30)),
        _ => return None,
    };
    let place = match note.direction {
        device::Direction::Up => kind,
        device::Direction::Down => kind + THINNED_KINDS / 2,
    };
    Some((place, gap))
}
