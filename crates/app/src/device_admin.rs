//! Operators create, adopt, change and retire devices.

use crate::sessions::Downlink;
use crate::{App, AppError};
use bus::Word;
use domain::device_status::DeviceStatus;
use domain::networks::Networks;
use kernel::{DeviceId, PhyId, PortNo, Power, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use store::devices::{self, AdminChange};
use store::status_history::{self, StatusChange};
use store::{Tx, constraint, ports};
use tracing::info;

/// The trait that names a device's dialect.
const DIALECT: &str = "dialect";

/// A device as an operator announces it. Either its id or the address that it will come from
/// is needed; the rest is filled in on first contact.
#[derive(Clone, Debug, Default)]
pub struct NewDevice {
    /// Its id on the wire.
    pub phy_id: Option<PhyId>,
    /// Where it will come from.
    pub ip: Option<IpAddr>,
    /// What it speaks; unknown until it connects.
    pub protocol: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Name for people.
    pub name: Option<String>,
    /// A note.
    pub remark: Option<String>,
    /// Number of ports.
    pub port_count: Option<u16>,
    /// Rated power of the whole device in W.
    pub rated_power_w: Option<i64>,
    /// Dialect of its protocol, pinned.
    pub dialect: Option<String>,
}

/// What an operator changes. Absent fields stay.
#[derive(Clone, Debug, Default)]
pub struct DeviceChange {
    /// Where it is in its life.
    pub status: Option<DeviceStatus>,
    /// Traits to pin, or to unpin with `None`.
    pub pinned: BTreeMap<String, Option<String>>,
    /// Rated power of the whole device in W; zero: unknown.
    pub rated_power_w: Option<i64>,
    /// Silence in seconds after which it counts as offline; `Some(None)`: as its profile says.
    pub offline_after_s: Option<Option<u32>>,
    /// Where it may connect from; an empty list: from anywhere.
    pub allow_networks: Option<Networks>,
    /// The station that it belongs to; `Some(None)`: to none.
    pub station_id: Option<Option<i64>>,
    /// Name for people.
    pub name: Option<String>,
    /// A note.
    pub remark: Option<String>,
}

impl App {
    /// Announces a device.
    ///
    /// # Errors
    /// [`AppError::Invalid`] without id and address, or for an unknown protocol;
    /// [`AppError::Conflict`] when the id is taken.
    pub async fn create_device(&self, actor: &str, new: NewDevice) -> Result<DeviceId, AppError> {
        if new.phy_id.is_none() && new.ip.is_none() {
            return Err(invalid("phy_id", "or ip is required"));
        }
        if let Some(name) = &new.protocol
            && self.protocols.find(name).is_none()
        {
            return Err(invalid("protocol", "is not known"));
        }
        let count = new.port_count.unwrap_or(0);
        if count > crate::live::PORTS_MAX {
            return Err(invalid("port_count", "must be at most 512"));
        }
        let now = self.now();
        let row = devices::NewDevice {
            phy_id: new.phy_id.clone(),
            protocol: new.protocol.clone(),
            ip: new.ip.map(|ip| ip.to_string()),
            name: new.name,
            device_model: new.model,
            port_count: new.port_count,
            rated_power_w: new.rated_power_w,
            offline_after_s: None,
            remark: new.remark,
            profile: device::Profile {
                pinned: new
                    .dialect
                    .map(|text| (DIALECT.to_owned(), text))
                    .into_iter()
                    .collect(),
                ..device::Profile::default()
            },
        };
        let mut tx = self.db.begin().await?;
        let id = match devices::insert(tx.conn(), &row, now).await {
            Err(error) if error.violates(constraint::DEVICE_PHY_ID) => {
                tx.rollback().await?;
                return Err(AppError::Conflict("device exists"));
            }
            inserted => inserted?,
        };
        let numbers: Vec<PortNo> = (1..=count)
            .map(PortNo)
            .filter(|port| *port != PortNo::AUTOMATIC)
            .collect();
        ports::ensure(tx.conn(), id, &numbers, now).await?;
        tx.commit().await?;
        info!(device = new.phy_id.as_ref().map(PhyId::as_str), ip = ?new.ip, actor,
            "device created");
        if let Some(phy_id) = &new.phy_id {
            self.ensure_live(phy_id).await?;
            self.tell_device(phy_id);
        }
        self.ask_strangers(new.phy_id.as_ref(), new.ip);
        Ok(id)
    }

    /// Makes a stranger one of ours; its connection, if it still has one, takes it up at once.
    /// A device that is ours already stays as it is.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when the database is away.
    pub async fn adopt_device(&self, actor: &str, phy_id: &PhyId) -> Result<DeviceId, AppError> {
        if self.ensure_live(phy_id).await?
            && let Some(id) = self.live.read(phy_id, |live| live.id)
        {
            return Ok(id);
        }
        let stranger = self
            .strangers
            .get(phy_id)
            .map(|connection| connection.clone());
        let new = NewDevice {
            phy_id: Some(phy_id.clone()),
            protocol: stranger
                .as_ref()
                .map(|held| held.protocol.name().to_owned()),
            ip: stranger.as_ref().map(|held| held.peer.ip()),
            ..NewDevice::default()
        };
        self.create_device(actor, new).await
    }

    /// Tells connections that carry these strangers to ask who they are once more.
    fn ask_strangers(&self, phy_id: Option<&PhyId>, ip: Option<IpAddr>) {
        let meant: Vec<(PhyId, Arc<crate::Connection>)> = match phy_id {
            Some(phy_id) => self
                .strangers
                .get(phy_id)
                .map(|held| (phy_id.clone(), held.clone()))
                .into_iter()
                .collect(),
            None => self
                .strangers
                .iter()
                .filter(|held| Some(held.peer.ip()) == ip)
                .map(|held| (held.key().clone(), held.value().clone()))
                .take(1)
                .collect(),
        };
        for (device, connection) in meant {
            connection.tell(Downlink::Identify(device));
        }
    }

    /// Changes a device. Retired, it is disconnected and forgotten; its history stays.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::Conflict`] when it is to retire with active orders.
    pub async fn change_device(
        &self,
        actor: &str,
        phy_id: &PhyId,
        change: DeviceChange,
    ) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let row = devices::find_by_phy_id(tx.conn(), phy_id).await?;
        let row = row.ok_or(AppError::NotFound("device"))?;
        let now = self.now();
        if let Some(status) = change.status.filter(|status| *status != row.status) {
            let busy = !self.orders.of_device(phy_id).is_empty();
            if status == DeviceStatus::Retired && busy {
                return Err(AppError::Conflict("device has active orders"));
            }
            self.move_on(&mut tx, row.id, phy_id, (row.status, status), actor, now)
                .await?;
        }
        let mut profile = row.profile.clone();
        for (key, value) in &change.pinned {
            match value {
                Some(value) => profile.pinned.insert(key.as_str(), value.as_str()),
                None => profile.pinned.remove(key),
            }
        }
        if profile != row.profile {
            devices::set_profile(tx.conn(), row.id, &profile, now).await?;
        }
        if let Some(seconds) = change.offline_after_s {
            let seconds = seconds.map(|seconds| i32::try_from(seconds).unwrap_or(i32::MAX));
            devices::set_offline_after(tx.conn(), row.id, seconds, now).await?;
        }
        if let Some(networks) = &change.allow_networks {
            devices::set_networks(tx.conn(), row.id, networks, now).await?;
        }
        if let Some(station) = change.station_id {
            devices::set_station(tx.conn(), row.id, station, now).await?;
        }
        let by_hand = AdminChange {
            name: change.name.clone(),
            remark: change.remark.clone(),
            rated_power_w: change.rated_power_w,
        };
        devices::change_by_hand(tx.conn(), row.id, &by_hand, now).await?;
        tx.commit().await?;
        info!(device = %phy_id, actor, status = change.status.map(DeviceStatus::as_str),
            "device changed");
        self.take_change(phy_id, &change, profile);
        self.tell_device(phy_id);
        Ok(())
    }

    /// Tells the other nodes that the row of a device was made or changed.
    fn tell_device(&self, phy_id: &PhyId) {
        if let Some(line) = self.bus.line() {
            line.tell(Word::Device {
                device: phy_id.clone(),
            });
        }
    }

    /// The row of a device was made or changed at another node.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn device_was_changed(&self, phy_id: &PhyId) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let row = devices::find_by_phy_id(view.conn(), phy_id).await?;
        drop(view);
        let Some(row) = row else { return Ok(()) };
        if row.status == DeviceStatus::Retired {
            let change = DeviceChange {
                status: Some(DeviceStatus::Retired),
                ..DeviceChange::default()
            };
            self.take_change(phy_id, &change, row.profile);
            return Ok(());
        }
        if !self.ensure_live(phy_id).await? {
            return Ok(());
        }
        let before = self.live.witness(phy_id, |live| {
            let before = live.profile.clone();
            live.take_row(&row, &self.settings);
            before
        });
        if let Some(session) = self.sessions.find(phy_id)
            && before.is_some_and(|before| before != row.profile)
        {
            session.tell(Downlink::Reprofile(phy_id.clone(), Box::new(row.profile)));
        }
        self.close_if_elsewhere(phy_id, &row.allow_networks);
        self.ask_strangers(Some(phy_id), None);
        Ok(())
    }

    async fn move_on(
        &self,
        tx: &mut Tx,
        id: DeviceId,
        phy_id: &PhyId,
        (from, to): (DeviceStatus, DeviceStatus),
        actor: &str,
        now: Timestamp,
    ) -> Result<(), AppError> {
        devices::set_status(tx.conn(), id, to, now).await?;
        let row = StatusChange {
            object_type: status_history::DEVICE.to_owned(),
            object_id: phy_id.to_string(),
            from_state: Some(from.as_str().to_owned()),
            to_state: to.as_str().to_owned(),
            cause: "operator".to_owned(),
            actor: actor.to_owned(),
            reason: None,
            at: now,
        };
        status_history::insert(tx.conn(), &[row]).await?;
        Ok(())
    }

    fn take_change(&self, phy_id: &PhyId, change: &DeviceChange, profile: device::Profile) {
        let session = self.sessions.find(phy_id);
        if change.status == Some(DeviceStatus::Retired) {
            self.live.remove(phy_id);
            if let Some(session) = session {
                session.tell(Downlink::Close);
            }
            return;
        }
        self.live.change(phy_id, |live| {
            if let Some(status) = change.status {
                live.lifecycle = status;
            }
            if let Some(watts) = change.rated_power_w {
                live.rated_power = Power::from_watts(watts);
            }
            if let Some(seconds) = change.offline_after_s {
                let own = seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
                live.offline_after_override = own.or(self.settings.offline_after);
            }
            if let Some(networks) = &change.allow_networks {
                live.allow_networks = networks.clone();
            }
            if let Some(station) = change.station_id {
                live.station_id = station;
            }
            live.set_profile(profile.clone());
        });
        if let Some(networks) = &change.allow_networks {
            self.close_if_elsewhere(phy_id, networks);
        }
        if let Some(session) = session
            && !change.pinned.is_empty()
        {
            let word = Downlink::Reprofile(phy_id.clone(), Box::new(profile));
            session.tell(word);
        }
    }
}

fn invalid(field: &str, problem: &str) -> AppError {
    AppError::Invalid {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }
}
