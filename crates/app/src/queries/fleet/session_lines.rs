use crate::sessions::{Downlink, TrafficFigures};
use crate::{App, AppError};
use domain::org::Scope;
use kernel::{DeviceId, PhyId, Timestamp};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use store::device_labels::{self, DeviceLabel};
use store::{PAGE_SIZE_MAX, Page, PageRequest};
use tracing::info;

/// Which sessions a list shows.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// Of this device only.
    pub phy_id: Option<PhyId>,
    /// Of devices at this station only.
    pub station_id: Option<i64>,
    /// Of this protocol only.
    pub protocol: Option<String>,
    /// From this address only.
    pub ip: Option<IpAddr>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// A device with a connection.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// The device.
    pub phy_id: PhyId,
    /// Its row.
    pub device_id: DeviceId,
    /// Where it stands.
    pub station_id: Option<i64>,
    /// What the connection speaks.
    pub protocol: &'static str,
    /// Which connection, in this run of the program. Several devices may share one.
    pub connection: u64,
    /// The other end.
    pub peer: SocketAddr,
    /// When the connection was accepted.
    pub since: Timestamp,
    /// The last valid frame of the device.
    pub last_seen: Option<Timestamp>,
    /// What has gone over the connection.
    pub traffic: TrafficFigures,
    /// Commands that wait for the device or for its answer.
    pub commands: i64,
    /// What people call it.
    pub label: Option<DeviceLabel>,
}

impl App {
    /// A page of the sessions of this node, by device.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn session_lines(
        &self,
        filter: &SessionFilter,
        request: PageRequest,
    ) -> Result<Page<SessionLine>, AppError> {
        let mut view = self.db.view().await?;
        let seen = device_labels::seen(view.conn(), &filter.scope).await?;
        let mut lines: Vec<SessionLine> = Vec::new();
        for phy_id in self.sessions.devices() {
            let Some(line) = self.session_line(phy_id) else {
                continue;
            };
            let shown = seen
                .as_ref()
                .is_none_or(|seen| seen.contains(&line.device_id));
            if shown && filter.admits(&line) {
                lines.push(line);
            }
        }
        lines.sort_unstable_by(|one, other| one.phy_id.cmp(&other.phy_id));
        let size = request.size.clamp(1, PAGE_SIZE_MAX);
        let skip = u64::from(request.page.max(1) - 1) * u64::from(size);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let total = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let mut items: Vec<_> = lines.into_iter().skip(skip).take(size as usize).collect();
        let devices: Vec<DeviceId> = items.iter().map(|line| line.device_id).collect();
        let labels = device_labels::of_devices(view.conn(), &devices).await?;
        let mut labels: HashMap<_, _> = labels.into_iter().map(|l| (l.device_id, l)).collect();
        let open = device_labels::open_commands(view.conn(), &devices).await?;
        let open: HashMap<_, _> = open.iter().map(|row| (row.device_id, row.open)).collect();
        for line in &mut items {
            line.label = labels.remove(&line.device_id);
            line.commands = open.get(&line.device_id).copied().unwrap_or(0);
        }
        Ok(Page {
            items,
            total,
            page: request.page.max(1),
            size,
        })
    }

    fn session_line(&self, phy_id: PhyId) -> Option<SessionLine> {
        let connection = self.sessions.find(&phy_id)?;
        let known = |live: &crate::LiveDevice| (live.id, live.station_id, live.last_seen);
        let (device_id, station_id, last_seen) = self.live.read(&phy_id, known)?;
        Some(SessionLine {
            phy_id,
            device_id,
            station_id,
            protocol: connection.protocol.name(),
            connection: connection.id,
            peer: connection.peer,
            since: connection.since,
            last_seen,
            traffic: connection.traffic.figures(),
            commands: 0,
            label: None,
        })
    }

    /// Closes the connection that carries a device; with it go the sessions of other devices that
    /// share it. They may come back. Which connection that was.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device without a session on this node.
    pub fn kick_session(&self, actor: &str, phy_id: &PhyId) -> Result<u64, AppError> {
        let connection = self.sessions.find(phy_id);
        let connection = connection.ok_or(AppError::NotFound("session"))?;
        info!(device = %phy_id, remote_addr = %connection.peer, actor, "session closed by hand");
        connection.tell(Downlink::Close);
        Ok(connection.id)
    }
}

impl SessionFilter {
    fn admits(&self, line: &SessionLine) -> bool {
        let canonical = line.peer.ip().to_canonical();
        self.phy_id.as_ref().is_none_or(|id| *id == line.phy_id)
            && (self.station_id.is_none() || self.station_id == line.station_id)
            && self
                .protocol
                .as_deref()
                .is_none_or(|name| name == line.protocol)
            && self.ip.is_none_or(|ip| ip.to_canonical() == canonical)
    }
}
