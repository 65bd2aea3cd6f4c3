//! Login and heartbeat: 01 to 04.

use crate::codes::{GunHealth, LoginResult, NetworkKind, Operator, PileType, ProtocolVersion};
use crate::value::{Gun, Ident, PileCode};
use wire::Text;

wire::message! {
    /// Login, 01 up.
    pub struct Login "login" {
        /// pile number
        pile_code: PileCode,
        /// 0 DC, 1 AC
        pile_type: PileType,
        /// number of guns
        gun_count: u8,
        /// version times ten; a hint only
        protocol_version: ProtocolVersion,
        /// firmware version
        firmware_version: Text<8>,
        /// how the pile is connected
        network_type: NetworkKind,
        /// SIM card number
        sim: Ident<10>,
        /// mobile operator
        operator: Operator,
    }
}

wire::message! {
    /// Login answer, 02 down.
    pub struct LoginAnswer "login answer" {
        /// pile number
        pile_code: PileCode,
        /// 0 success
        result: LoginResult,
    }
}

wire::message! {
    /// Heartbeat of one gun, 03 up.
    pub struct Heartbeat "heartbeat" {
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
        /// 0 normal, 1 fault
        gun_status: GunHealth,
    }
}

wire::message! {
    /// Heartbeat answer, 04 down.
    pub struct HeartbeatAnswer "heartbeat answer" {
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
        /// always 0
        reply: u8,
    }
}
