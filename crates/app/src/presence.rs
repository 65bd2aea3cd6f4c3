//! Who is online. A device is while it has a session and is not silent for longer than its
//! profile allows; its orders only carry a mark meanwhile.

use crate::quality::What;
use crate::sessions::{Connection, Downlink};
use crate::{App, AppError};
use domain::alarm::{Alarm, AlarmCode};
use domain::order::{Connectivity, OrderEvent};
use domain::webhook;
use kernel::{PhyId, Timestamp};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::commands;
use tracing::{info, warn};

/// First pause while the database is away; doubled up to [`RETRY_MAX`].
const RETRY_FIRST: Duration = Duration::from_millis(200);
/// Longest pause between two tries.
const RETRY_MAX: Duration = Duration::from_secs(5);
/// Tries before the sweep is left to find out.
const TRIES_MAX: usize = 20;

impl App {
    /// A connection now carries a device: facts of the device are taken from it, and commands
    /// are handed to it. [`App::arrived`] does the rest.
    pub fn attach(&self, connection: &Arc<Connection>, device: &PhyId) {
        self.strangers.remove(device);
        let older = self.sessions.bind(device, connection);
        let ip = connection.peer.ip();
        let moved = self.live.change(device, |live| {
            live.elsewhere = None;
            let from = live.begin_session(&connection.protocol, ip);
            let now = self.now();
            live.last_seen = Some(now);
            live.note_arrival(now);
            from
        });
        if let Some(older) = older {
            self.forget_flights(&older, device);
            older.tell(Downlink::Unbind(device.clone()));
            metrics::counter!("openpile_sessions_replaced_total").increment(1);
            info!(%device, from = %older.peer, to = %connection.peer, "device reconnected");
        }
        if let Some(from) = moved.flatten().filter(|from| *from != ip) {
            info!(%device, %from, to = %ip, "device address changed");
        }
        metrics::gauge!("openpile_sessions_active").set(count(self.sessions.len()));
        self.hint_presence(device);
    }

    /// A device has begun a session: its orders go on, what waits for it is delivered.
    pub async fn arrived(&self, connection: &Arc<Connection>, device: &PhyId) {
        let held = self.sessions.find(device);
        if held.is_some_and(|held| held.id == connection.id) {
            self.retry(device, || async move {
                self.hold(connection, device).await?;
                self.came_online(device).await
            })
            .await;
        }
    }

    /// A silent device speaks again on its old session.
    pub(crate) fn returned(self: &Arc<Self>, device: &PhyId) {
        let (app, device) = (self.clone(), device.clone());
        self.chores.spawn(async move {
            app.retry(&device, || app.came_online(&device)).await;
        });
    }

    async fn came_online(&self, device: &PhyId) -> Result<(), AppError> {
        let now = self.now();
        let was_away = self.live.change(device, |live| {
            let away = !live.is_online();
            live.arriving = false;
            live.online_since.get_or_insert(now);
            live.offline_since = None;
            (away, live.has_condition(AlarmCode::DeviceOffline, None))
        });
        let Some((was_away, alarmed)) = was_away else {
            return Ok(());
        };
        self.hint_presence(device);
        if was_away {
            info!(%device, "device online");
            self.later(webhook::connectivity(device, true, now));
        }
        for order_no in self.orders.of_device(device) {
            self.happened(order_no, OrderEvent::DeviceOnline).await?;
        }
        if alarmed {
            let over = Alarm::of_device(AlarmCode::DeviceOffline, "device is back");
            self.change_alarms(device, &[], &[over]).await?;
        }
        self.deliver_queued_here(device);
        Ok(())
    }

    /// A connection has let go of a device. Its orders are marked beside the connection's end.
    pub fn left(self: &Arc<Self>, device: &PhyId, connection: &Arc<Connection>) {
        if !self.sessions.unbind(device, connection.id) {
            return;
        }
        metrics::gauge!("openpile_sessions_active").set(count(self.sessions.len()));
        let now = self.now();
        let (app, device, connection) = (self.clone(), device.clone(), connection.clone());
        if self.cluster.is_some() {
            self.chores.spawn(async move {
                app.retry(&device, || app.left_cluster_wide(&device, &connection, now))
                    .await;
            });
            return;
        }
        let since = self.go_offline(&device, now);
        self.chores.spawn(async move {
            let carried = app.forget_flights(&connection, &device);
            app.retry(&device, || app.gone(&device, since, carried))
                .await;
        });
    }

    /// The same among several nodes: the device may be at another by now, which only the database
    /// knows. While that is away the device counts as gone here.
    async fn left_cluster_wide(
        &self,
        device: &PhyId,
        connection: &Arc<Connection>,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let carried = self.forget_flights(connection, device);
        let gone = self.let_go(device, connection.id).await;
        if matches!(gone, Ok(false)) || self.sessions.find(device).is_some() {
            return Ok(());
        }
        let since = self.go_offline(device, now);
        gone?;
        self.gone(device, since, carried).await
    }

    /// Forgets which commands a connection had for a device. Whether there were any.
    pub(crate) fn forget_flights(&self, connection: &Connection, device: &PhyId) -> bool {
        let mut any = false;
        self.in_flight.retain(|_, flight| {
            let theirs = flight.connection == connection.id && flight.device == *device;
            any |= theirs;
            !theirs
        });
        any
    }

    /// A connection that carried strangers has ended.
    pub fn stranger_left(&self, device: &PhyId, connection: &Arc<Connection>) {
        self.strangers
            .remove_if(device, |_, held| held.id == connection.id);
    }

    /// Marks a device as offline in memory. Returns since when it is.
    pub(crate) fn go_offline(&self, device: &PhyId, now: Timestamp) -> Timestamp {
        let (was_online, since) = self
            .live
            .change(device, |live| {
                let was_online = live.online_since.take().is_some();
                // Heartbeats that were due and never came.
                let period = live.rhythm.heartbeat.as_secs().max(1);
                let silent = live.heartbeat_at.take().map(|heard| now.since(heard));
                let missed = silent.map_or(0, |silent| silent.as_secs() / period);
                metrics::counter!("openpile_heartbeats_expected_total").increment(missed);
                live.witness.count(What::HeartbeatsExpected, missed);
                let since = *live.offline_since.get_or_insert(now);
                for port in &mut live.ports {
                    port.asked = 0;
                }
                (was_online, since)
            })
            .unwrap_or((false, now));
        self.hint_presence(device);
        if was_online {
            info!(%device, "device offline");
            self.later(webhook::connectivity(device, false, now));
        }
        since
    }

    /// Marks the orders of a device that has gone, and puts its unanswered commands back if its
    /// connection `carried` any. A storm of ended connections costs the database nothing else.
    pub(crate) async fn gone(
        &self,
        device: &PhyId,
        since: Timestamp,
        carried: bool,
    ) -> Result<(), AppError> {
        for order_no in self.orders.of_device(device) {
            if self.is_online(device) {
                return Ok(());
            }
            self.happened(order_no, OrderEvent::DeviceOffline { since })
                .await?;
        }
        let device_id = self.live.read(device, |live| live.id);
        if let Some(device_id) = device_id
            && carried
            && self.sessions.find(device).is_none()
        {
            let mut direct = self.db.direct().await?;
            commands::requeue_sent(direct.conn(), Some(device_id), self.now()).await?;
        }
        Ok(())
    }

    /// Whether a device can be reached now.
    pub fn is_online(&self, device: &PhyId) -> bool {
        self.live.read(device, crate::LiveDevice::is_online) == Some(true)
    }

    /// Whether a device can be reached, and if not, since when.
    pub(crate) fn connectivity(&self, device: &PhyId) -> Connectivity {
        let now = self.now();
        let away = self.live.read(device, |live| {
            (!live.is_online()).then(|| live.offline_since.unwrap_or(now))
        });
        match away {
            Some(None) => Connectivity::Online,
            Some(Some(since)) => Connectivity::Offline { since },
            None => Connectivity::Offline { since: now },
        }
    }

    /// Tries until the database has it, or leaves it to the sweep.
    async fn retry<F>(&self, device: &PhyId, mut work: impl FnMut() -> F)
    where
        F: Future<Output = Result<(), AppError>>,
    {
        let mut pause = RETRY_FIRST;
        for _ in 0..TRIES_MAX {
            match work().await {
                Ok(()) => return,
                Err(AppError::Unavailable) => tokio::time::sleep(pause).await,
                Err(error) => {
                    warn!(%device, %error, "coming or going of a device not recorded");
                    return;
                }
            }
            pause = (pause * 2).min(RETRY_MAX);
        }
    }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
