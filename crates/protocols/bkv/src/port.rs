//! Port numbers: 1-based for people and the API, socket and hole on the wire.

use crate::traits::{self, Dialect};
use device::Profile;
use kernel::PortNo;

/// The hole that means "the whole socket" in event reports.
pub(crate) const WHOLE_SOCKET: u8 = 0x7F;
/// Sockets of one gateway.
pub(crate) const SOCKET_MAX: u8 = 250;
/// Ports of a v8.6 gateway that the API can name.
pub(crate) const V86_PORT_MAX: u16 = 16;

/// A hole of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outlet {
    /// 1..=250, or 0 for single devices.
    pub(crate) socket: u8,
    /// 0 is A, 1 is B.
    pub(crate) hole: u8,
}

/// The API's number of a hole: socket 1 has 1 and 2, socket 2 has 3 and 4. `None` for a hole
/// that does not exist; such a report is kept raw.
pub(crate) fn number(outlet: Outlet, single_device: bool) -> Option<PortNo> {
    let socket = match outlet.socket {
        0 if single_device => 1,
        1..=SOCKET_MAX => u16::from(outlet.socket),
        _ => return None,
    };
    (outlet.hole <= 1).then(|| PortNo((socket - 1) * 2 + u16::from(outlet.hole) + 1))
}

/// The hole of an API number.
pub(crate) fn outlet(port: PortNo, single_device: bool) -> Option<Outlet> {
    let index = port.0.checked_sub(1)?;
    let socket = u8::try_from(index / 2 + 1)
        .ok()
        .filter(|socket| *socket <= SOCKET_MAX)?;
    let hole = u8::from(index % 2 == 1);
    let socket = if single_device && socket == 1 {
        0
    } else {
        socket
    };
    Some(Outlet { socket, hole })
}

/// The number of a hole of a gateway with that profile; v8.6 gateways have no sockets.
pub(crate) fn number_of_hole(profile: &Profile, socket: u8, hole: u8) -> Option<PortNo> {
    match Dialect::of(profile) {
        Dialect::Networked => {
            let single = traits::is_on(profile, traits::SINGLE_DEVICE);
            number(Outlet { socket, hole }, single)
        }
        Dialect::V86 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Outlet, number, outlet};
    use kernel::PortNo;

    #[test]
    fn numbers_follow_sockets_and_holes() {
        for (port, socket, hole) in [
            (1, 1, 0),
            (2, 1, 1),
            (3, 2, 0),
            (500, 250, 1),
            (255, 128, 0),
        ] {
            assert_eq!(number(Outlet { socket, hole }, false), Some(PortNo(port)));
            assert_eq!(outlet(PortNo(port), false), Some(Outlet { socket, hole }));
        }
    }

    #[test]
    fn impossible_holes_have_no_number() {
        assert_eq!(number(Outlet { socket: 0, hole: 0 }, false), None);
        assert_eq!(number(Outlet { socket: 1, hole: 2 }, false), None);
        assert_eq!(
            number(
                Outlet {
                    socket: 251,
                    hole: 0
                },
                false
            ),
            None
        );
        assert_eq!(outlet(PortNo(0), false), None);
        assert_eq!(outlet(PortNo(501), false), None);
    }

    #[test]
    fn a_single_device_has_socket_zero() {
        assert_eq!(number(Outlet { socket: 0, hole: 1 }, true), Some(PortNo(2)));
        assert_eq!(outlet(PortNo(2), true), Some(Outlet { socket: 0, hole: 1 }));
    }
}
