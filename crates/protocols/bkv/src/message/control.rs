//! Starts and stops: subs 07 and 17, and their acknowledgement.

use crate::codes::{ControlMode, Outcome, Switch};
use wire::Counted;

wire::message! {
    /// Start or stop by time or energy, 0015/07 down. A stop carries mode 1 and zeros.
    pub struct Control "control" {
        /// socket number
        socket_no: u8,
        /// port, 0 left, 1 right
        port: u8,
        /// 1 start, 0 stop
        switch: Switch,
        /// 1 by time, 0 by energy
        mode: ControlMode,
        /// minutes, 1..900
        duration_min: u16,
        /// energy, Wh
        energy_wh: u16,
    }
}

wire::message! {
    /// Answer to 07 and 17. The result comes first; 07 to a stop may carry business number 0.
    pub struct ControlAck "control acknowledgement" {
        /// 1 done, 0 failed
        result: Outcome,
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// business number, given by the device
        business_no: u16,
    }
}

wire::message! {
    /// Up to this power a price buys so many minutes.
    pub struct Tier "power tier" {
        /// upper bound of the power, 0.1 W
        power_0_1w: u16,
        /// price, cent
        price_cent: u16,
        /// minutes that the price buys
        minutes: u16,
    }
}

/// The tiers of a start, at most five in practice.
pub type Tiers = Counted<Tier, 5>;

wire::message! {
    /// Start with power tiers (分档功率), sub 17 down, in outer 0005 and in some gateways 0015.
    pub struct TierStart "tier start" {
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// 1 start, 0 stop
        switch: Switch,
        /// amount paid, cent
        amount_cent: u16,
        /// tiers with rising power
        [level_count] levels: Tiers,
    }
}

wire::message! {
    /// Asks for the status of a socket: 1D down; legacy parameter query: 13 down.
    pub struct SocketOnly "socket query" {
        /// socket number
        socket_no: u8,
    }
}
