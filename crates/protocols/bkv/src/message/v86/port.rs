//! Ports and cards of the v8.6 dialect: 0021, 0081, 0002.

use crate::codes::{CardResult, PortStatus};
use wire::Counted;

wire::message! {
    /// Table A: status heartbeat 0021 up, every 11 s; also the answer to 0081.
    pub struct Status "v8.6 status" {
        /// mains voltage, 0.1 V
        voltage_dv: u16,
        /// status of each port
        [port_count] port_states: Counted<PortStatus, 16>,
        /// signal strength, 0..31
        signal: u8,
        /// temperature, °C
        temp_c: i8,
    }
}

wire::message! {
    /// Answer to the status heartbeat, 0021 down.
    pub struct StatusAck "v8.6 status acknowledgement" {
        /// 0 done
        result: u8,
    }
}

wire::message! {
    /// Query, 0081 down.
    pub struct Query "v8.6 query" {
        /// port, 255 for all
        port: u8,
    }
}

wire::message! {
    /// Table B: card swiped, 0002 up.
    pub struct CardSwipe "v8.6 card swipe" {
        /// number printed on the card
        card_no: u32,
        /// port, 1-based
        port: u8,
        /// balance on the card, fen; 0 for account cards
        card_balance_fen: u32,
    }
}

wire::message! {
    /// Table B2: answer to a card, 0002 down.
    pub struct CardAnswer "v8.6 card answer" {
        /// number printed on the card
        card_no: u32,
        /// 0 ok, otherwise why not
        result: CardResult,
        /// balance for the display, fen
        balance_fen: u32,
    }
}
