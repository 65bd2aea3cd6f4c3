//! Whoever gives the id of a device from where the device may not connect from: he is not believed,
//! and a session that the device has goes on.

use crate::App;
use crate::sessions::{Connection, Downlink};
use domain::alarm::{Alarm, AlarmCode};
use domain::networks::Networks;
use kernel::PhyId;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

/// What the communication log says of it.
const WHY: &str = "network not allowed";

/// Impostors of a device are told of so often; all are counted. They could otherwise use up what
/// the device itself may write.
const TOLD_EVERY: Duration = Duration::from_mins(1);

impl App {
    /// Whether a known device may not speak on this connection, because of where it comes from.
    /// Then the connection is to be closed, without [`App::attach`]. To be asked after
    /// [`App::first_contact`].
    pub fn is_impostor(self: &Arc<Self>, connection: &Connection, device: &PhyId) -> bool {
        let ip = connection.peer.ip();
        let now = self.now();
        let impostor = self.live.witness(device, |live| {
            if live.allow_networks.admit(ip) {
                return None;
            }
            let last = live.impostor_told_at;
            let is_due = last.is_none_or(|last| now.since(last) >= TOLD_EVERY);
            if is_due {
                live.impostor_told_at = Some(now);
            }
            Some(is_due)
        });
        let Some(is_due) = impostor.flatten() else {
            return false;
        };
        metrics::counter!("openpile_impostors_total").increment(1);
        if is_due {
            warn!(%device, remote_addr = %connection.peer, "the device may not connect from there");
            self.comm_log()
                .noise(connection.peer, Some(device), WHY, Box::default());
            self.alarm_of_impostor(device.clone(), ip);
        }
        true
    }

    /// Closes the session of a device that may not connect any more from where it is.
    pub(crate) fn close_if_elsewhere(&self, device: &PhyId, networks: &Networks) {
        if let Some(session) = self.sessions.find(device)
            && !networks.admit(session.peer.ip())
        {
            info!(%device, remote_addr = %session.peer, "the device may not connect from there now");
            session.tell(Downlink::Close);
        }
    }

    /// Beside the connection, whose end waits for nothing.
    fn alarm_of_impostor(self: &Arc<Self>, device: PhyId, ip: IpAddr) {
        let app = self.clone();
        self.chores.spawn(async move {
            let message = format!("{ip} gave its id and may not connect");
            let alarm = Alarm::of_device(AlarmCode::DeviceImpostor, message);
            if let Err(error) = app.change_alarms(&device, &[alarm], &[]).await {
                warn!(%device, %error, "an impostor could not be told of");
            }
        });
    }
}
