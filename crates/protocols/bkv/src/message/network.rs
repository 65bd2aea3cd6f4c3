//! Outer 0005, subs 08, 09, 0A: which sockets belong to a gateway (组网).

use crate::codes::Outcome;
use wire::{Digits, Tail};

wire::message! {
    /// Refresh the socket list (刷新列表), 08 down: replaces the gateway's list.
    pub struct NodeList "refresh list" {
        /// radio channel, 1..15
        channel: u8,
        /// the sockets
        nodes: Tail<Node>,
    }
}

wire::message! {
    /// One socket: an entry of the list, and the whole of 09 (add) and 0A (delete) down.
    pub struct Node "socket entry" {
        /// socket number, 1..250
        socket_no: u8,
        /// MAC printed on the socket
        mac: Digits<6>,
    }
}

wire::message! {
    /// Answer to 08, 09, 0A.
    pub struct ResultOnly "result" {
        /// 1 done, 0 failed
        result: Outcome,
    }
}
