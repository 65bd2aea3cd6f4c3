//! Ports for programs under test. They must stay the same over a restart, so the tests choose
//! them, below the range from which systems give ports to outgoing connections.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

const FIRST: u16 = 10_240;
const COUNT: u16 = 22_000;
/// Test processes that run at the same time begin far from each other.
const STRIDE: u32 = 700;

/// A loopback address that nothing listens on and no other test of this process gets.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    for _ in 0..COUNT {
        let start = std::process::id().wrapping_mul(STRIDE);
        let offset = start.wrapping_add(u32::from(NEXT.fetch_add(1, Ordering::Relaxed)));
        let port = FIRST + u16::try_from(offset % u32::from(COUNT)).expect("less than COUNT");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("this machine has no free port");
}
