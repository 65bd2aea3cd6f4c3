//! Where simulated devices connect to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};

/// Time for a connection to be set up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A server address that simulated devices may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target(SocketAddr);

/// Why simulated devices may not connect there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetFault {
    /// Fleets must not be let loose on strangers by a slip of the keyboard.
    #[error("{0} is no loopback address; simulated devices go there only when told explicitly")]
    NotLoopback(SocketAddr),
    /// Not an address and a port.
    #[error("{0:?} is no address such as 127.0.0.1:7000")]
    NoAddress(String),
}

impl Target {
    /// A server on this machine.
    ///
    /// # Errors
    /// When the address is not a loopback address.
    pub fn loopback(address: SocketAddr) -> Result<Self, TargetFault> {
        if address.ip().is_loopback() {
            Ok(Self(address))
        } else {
            Err(TargetFault::NotLoopback(address))
        }
    }

    /// A server anywhere. For whoever has asked its operator.
    pub const fn anywhere(address: SocketAddr) -> Self {
        Self(address)
    }

    /// The address.
    pub const fn address(&self) -> SocketAddr {
        self.0
    }

    /// Connects, from `source` if one is given.
    pub(crate) async fn connect(&self, source: Option<Ipv4Addr>) -> std::io::Result<TcpStream> {
        let socket = match self.0 {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if let (Some(source), SocketAddr::V4(_)) = (source, self.0) {
            socket.bind(SocketAddr::new(IpAddr::V4(source), 0))?;
        }
        socket.set_nodelay(true)?;
        let connecting = socket.connect(self.0);
        tokio::time::timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))?
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, TargetFault};

    #[test]
    fn only_loopback_without_being_told() {
        let near = "127.0.0.3:7000".parse().expect("an address");
        let far = "192.0.2.1:7000".parse().expect("an address");
        assert_eq!(
            Target::loopback(near).map(|target| target.address()),
            Ok(near)
        );
        assert_eq!(Target::loopback(far), Err(TargetFault::NotLoopback(far)));
    }
}
