use crate::cluster::Cluster;
use crate::sessions::{Connection, Downlink, TrafficFigures};
use crate::{App, AppError, LiveDevice};
use bus::Word;
use domain::org::Scope;
use kernel::{DeviceId, PhyId, RunId, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use store::cluster::runs::Run;
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
    /// The node that holds the connection; none where the program runs alone.
    pub node: Option<String>,
    /// The other end's address.
    pub ip: Option<IpAddr>,
    /// What only the node with the connection knows of it.
    pub held: Option<HeldHere>,
    /// When the connection was accepted; at another node, since when the device is online.
    pub since: Option<Timestamp>,
    /// The last valid frame of the device.
    pub last_seen: Option<Timestamp>,
    /// Commands that wait for the device or for its answer.
    pub commands: i64,
    /// What people call it.
    pub label: Option<DeviceLabel>,
}

/// A connection of this node.
#[derive(Clone, Copy, Debug)]
pub struct HeldHere {
    /// Which, in this run of the program. Several devices may share one.
    pub connection: u64,
    /// The other end's port.
    pub remote_port: u16,
    /// What has gone over it.
    pub traffic: TrafficFigures,
}

impl App {
    /// A page of the sessions of all nodes, by device.
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
        let names: HashMap<RunId, String> = self.names_of_nodes();
        self.live.for_each(|live| {
            let Some(line) = self.session_line(live, &names) else {
                return;
            };
            let shown = seen
                .as_ref()
                .is_none_or(|seen| seen.contains(&line.device_id));
            if shown && filter.admits(&line) {
                lines.push(line);
            }
        });
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

    fn names_of_nodes(&self) -> HashMap<RunId, String> {
        let living = self.cluster.as_ref().map(Cluster::living);
        let named = |run: &Run| (run.id, run.node.clone());
        living
            .iter()
            .flat_map(|runs| runs.iter().map(named))
            .collect()
    }

    fn session_line(
        &self,
        live: &LiveDevice,
        names: &HashMap<RunId, String>,
    ) -> Option<SessionLine> {
        let connection = self.sessions.find(&live.phy_id);
        let holder = match &connection {
            Some(_) => self.run(),
            None => Some(live.elsewhere?),
        };
        let held = connection.as_deref().map(HeldHere::of);
        let (protocol, ip, since) = match &connection {
            Some(held) => (held.protocol.name(), Some(held.peer.ip()), Some(held.since)),
            None => (live.protocol.name(), live.ip, live.online_since),
        };
        Some(SessionLine {
            phy_id: live.phy_id.clone(),
            device_id: live.id,
            station_id: live.station_id,
            protocol,
            node: holder.and_then(|run| names.get(&run).cloned()),
            ip: ip.map(|ip| ip.to_canonical()),
            held,
            since,
            last_seen: live.last_seen,
            commands: 0,
            label: None,
        })
    }

    /// Closes the connection that carries a device; with it go the sessions of other devices that
    /// share it. They may come back. Which connection that was; none at another node, which is
    /// asked to close it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device without a session.
    pub fn kick_session(&self, actor: &str, phy_id: &PhyId) -> Result<Option<u64>, AppError> {
        if let Some(closed) = self.kick_here(phy_id) {
            info!(device = %phy_id, actor, "session closed by hand");
            return Ok(Some(closed));
        }
        match (self.held_elsewhere(phy_id), self.bus.line()) {
            (Some(run), Some(line)) => {
                info!(device = %phy_id, %run, actor, "session at another node closed by hand");
                line.tell(Word::Kick {
                    device: phy_id.clone(),
                });
                Ok(None)
            }
            _ => Err(AppError::NotFound("session")),
        }
    }

    /// Closes the connection of this node that carries a device. Which it was.
    pub(crate) fn kick_here(&self, phy_id: &PhyId) -> Option<u64> {
        let connection = self.sessions.find(phy_id)?;
        connection.tell(Downlink::Close);
        Some(connection.id)
    }
}

impl HeldHere {
    fn of(connection: &Connection) -> Self {
        Self {
            connection: connection.id,
            remote_port: connection.peer.port(),
            traffic: connection.traffic.figures(),
        }
    }
}

impl SessionFilter {
    fn admits(&self, line: &SessionLine) -> bool {
        self.phy_id.as_ref().is_none_or(|id| *id == line.phy_id)
            && (self.station_id.is_none() || self.station_id == line.station_id)
            && self
                .protocol
                .as_deref()
                .is_none_or(|name| name == line.protocol)
            && self.ip.is_none_or(|ip| Some(ip.to_canonical()) == line.ip)
    }
}
