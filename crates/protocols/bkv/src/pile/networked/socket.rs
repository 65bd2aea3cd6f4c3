//! A radio socket with its two holes.

use super::frames::TEMPERATURE_C;
use crate::pile::bay::{Bay, Ending, Parameters};
use ::pile::Load;
use ::pile::Outlet;
use kernel::{PortNo, Timestamp};

/// Holes of a socket: A and B.
pub(super) const HOLES: usize = 2;

/// Where a hole is: index of the socket in the gateway, hole 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) socket: usize,
    pub(super) hole: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Hole {
    pub(super) bay: Bay,
    pub(super) last: Option<Ending>,
    /// A card was shown here: its number, and the business number proposed with it.
    pub(super) card: Option<([u8; 6], u16)>,
}

#[derive(Clone, Debug)]
pub(super) struct Socket {
    pub(super) mac: [u8; 6],
    /// Its number in the gateway's list.
    pub(super) number: Option<u8>,
    /// The gateway hears it.
    pub(super) online: bool,
    pub(super) fw_version: u16,
    pub(super) parameters: Parameters,
    pub(super) holes: Vec<Hole>,
    next_business: u16,
    /// 16 bytes of an old session, shown once by a stale gateway.
    pub(super) stale: Option<(usize, u16)>,
}

impl Socket {
    pub(super) fn new(
        mac: [u8; 6],
        number: Option<u8>,
        first_business: u16,
        loads: &[Load],
        now: Timestamp,
    ) -> Self {
        let hole = |load: &Load| Hole {
            bay: Bay::new(Outlet::new(*load, now)),
            last: None,
            card: None,
        };
        Self {
            mac,
            number,
            online: number.is_some(),
            fw_version: 0xFFFF,
            parameters: Parameters::default(),
            holes: loads.iter().map(hole).collect(),
            next_business: first_business.max(1),
            stale: None,
        }
    }

    /// The next business number: 1 to 65535, then 1 again.
    pub(super) fn business(&mut self) -> u16 {
        let business = self.next_business;
        self.next_business = business.checked_add(1).unwrap_or(1);
        business
    }

    /// A socket that lost its memory counts from the beginning.
    pub(super) fn forget_business(&mut self) {
        self.next_business = 1;
    }

    /// What its sensor shows, °C as the wire has it: the hotter of its holes where somebody heats
    /// one, else what it always shows.
    pub(super) fn temperature(&self) -> u8 {
        let heats = self.holes.iter().filter_map(|hole| hole.bay.outlet.heat);
        let [shown] = heats.max().map_or([TEMPERATURE_C], i8::to_be_bytes);
        shown
    }

    /// Status byte of a hole; 0 while the socket is not heard.
    pub(super) fn status(&self, hole: usize) -> u8 {
        let known = self.holes.get(hole).filter(|_| self.online);
        known.map_or(0, |hole| hole.bay.status(&self.parameters))
    }

    /// Number that the API gives to a hole.
    pub(super) fn port_no(&self, index: usize, hole: usize) -> PortNo {
        let number = self.number.map_or(index + 1, usize::from);
        let port = number.saturating_sub(1) * HOLES + hole + 1;
        PortNo(u16::try_from(port).unwrap_or(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::Socket;
    use ::pile::Load;
    use kernel::{PortNo, Timestamp};

    #[test]
    fn business_numbers_wrap_to_one() {
        let loads = [Load::e_bike(), Load::e_bike()];
        let mut socket = Socket::new([0; 6], Some(3), 65_534, &loads, Timestamp(0));
        let numbers: Vec<u16> = (0..4).map(|_| socket.business()).collect();
        assert_eq!(numbers, [65_534, 65_535, 1, 2]);
    }

    #[test]
    fn ports_are_counted_through_all_sockets() {
        let loads = [Load::e_bike(), Load::e_bike()];
        let socket = Socket::new([0; 6], Some(3), 1, &loads, Timestamp(0));
        assert_eq!(socket.port_no(0, 0), PortNo(5));
        assert_eq!(socket.port_no(0, 1), PortNo(6));
    }
}
