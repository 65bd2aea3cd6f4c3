//! Questions about the present state of a port: worthless a moment later, so they are never
//! stored. They travel as commands with made-up, negative ids.

use crate::App;
use crate::cluster::Reach;
use crate::sessions::Downlink;
use bus::Word;
use device::{Command, Dispatch};
use kernel::{CommandId, PhyId, PortNo};
use std::sync::atomic::Ordering;
use tracing::debug;

/// Whether an id was made up for a question.
pub(crate) const fn is_question(id: CommandId) -> bool {
    id.0 < 0
}

impl App {
    /// Asks a device about a port, if it is connected. The answer comes as a status report.
    pub(crate) fn ask_port(&self, device: &PhyId, port: PortNo) {
        let Some(connection) = self.sessions.find(device) else {
            if let (Some(line), Reach::Elsewhere) = (self.bus.line(), self.reach_of(device)) {
                line.tell(Word::Ask {
                    device: device.clone(),
                    port,
                });
            }
            return;
        };
        let command = Command::QueryPort { port: Some(port) };
        let checked = self
            .live
            .read(device, |live| live.protocol.check(&live.profile, &command));
        if !matches!(checked, Some(Ok(()))) {
            return;
        }
        let number = self.last_question.fetch_sub(1, Ordering::Relaxed) - 1;
        let dispatch = Dispatch {
            id: CommandId(number),
            device: device.clone(),
            command,
            // The link chooses.
            msg_id: 0,
            attempted: false,
            image: None,
        };
        let word = Downlink::Command(Box::new(dispatch));
        if !connection.inbox.offer(word) {
            debug!(%device, port_no = port.0, "port not asked: its connection is busy");
        }
    }
}
