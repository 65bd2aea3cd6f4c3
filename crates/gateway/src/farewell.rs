//! Why a connection ends, and how that is logged. Every line names the devices that it carried.

use device::CloseReason;
use kernel::PhyId;
use std::io;
use std::net::SocketAddr;
use tracing::{debug, info, warn};

/// Devices of one connection that its log lines name.
const NAMED_MAX: usize = 8;

/// Why a connection ends.
pub(crate) enum End {
    /// The peer closed it, or it broke.
    Read(io::Error),
    /// The peer does not take what we write.
    Write(io::Error),
    /// The link gave it up.
    Link(CloseReason),
    /// The peer sends too much.
    Flood,
    /// It gave the id of a device that may not connect from there.
    Impostor,
    /// A newer connection carries its device.
    Replaced,
    /// The platform wants it.
    Asked,
    /// The program ends.
    Shutdown,
}

/// The devices that a connection has named, for its log lines.
#[derive(Default)]
pub(crate) struct Names(Option<String>, usize);

impl Names {
    /// Adds a device; one that is there already, or one too many, changes nothing.
    pub(crate) fn add(&mut self, device: &PhyId) {
        let known = self.0.get_or_insert_default();
        if self.1 == NAMED_MAX || known.split(',').any(|name| name == device.as_str()) {
            return;
        }
        if !known.is_empty() {
            known.push(',');
        }
        known.push_str(device.as_str());
        self.1 += 1;
    }

    /// As logs print them; none before a device has named itself.
    pub(crate) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// Says why a connection ends.
pub(crate) fn log(peer: SocketAddr, names: &Names, end: &End) {
    let device = names.text();
    match end {
        End::Read(error) => read_error(peer, names, error),
        End::Write(error) => warn!(remote_addr = %peer, device, %error, "TCP write error"),
        End::Link(CloseReason::Silent) => {
            read_error(peer, names, &io::ErrorKind::TimedOut.into());
        }
        End::Link(reason) => warn!(remote_addr = %peer, device, ?reason, "link gave up"),
        End::Flood => warn!(remote_addr = %peer, device, "peer floods"),
        End::Impostor => info!(remote_addr = %peer, device, "closing: not where the device may be"),
        End::Replaced => {
            info!(remote_addr = %peer, device, "connection replaced by a newer one");
        }
        End::Asked | End::Shutdown => debug!(remote_addr = %peer, device, "closing"),
    }
}

/// The peer left (`EOF`), fell silent (`read timeout`), or the network broke.
pub(crate) fn read_error(peer: SocketAddr, names: &Names, error: &io::Error) {
    let text = match error.kind() {
        io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        io::ErrorKind::TimedOut => "read timeout".to_owned(),
        _ => error.to_string(),
    };
    info!(remote_addr = %peer, device = names.text(), error = text, "TCP read error");
}

/// The last line of every connection.
pub(crate) fn closing(peer: SocketAddr, names: &Names) {
    info!(remote_addr = %peer, device = names.text(), "connection will close");
}

#[cfg(test)]
mod tests {
    use super::{NAMED_MAX, Names};
    use kernel::PhyId;

    #[test]
    fn a_connection_names_its_devices_once_and_not_without_end() {
        let mut names = Names::default();
        assert_eq!(names.text(), None);
        let device =
            |number: usize| -> PhyId { format!("{number:014}").parse().expect("a legal id") };
        for number in [1, 2, 1] {
            names.add(&device(number));
        }
        assert_eq!(names.text(), Some("00000000000001,00000000000002"));
        for number in 0..100 {
            names.add(&device(number));
        }
        let count = names.text().expect("some").split(',').count();
        assert_eq!(count, NAMED_MAX);
    }
}
