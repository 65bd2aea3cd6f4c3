//! Cards.

use super::field::{SecondCard, UpperHex};
use crate::codes::{AccountState, CardType, RateMode};

wire::message! {
    /// 0x02 up: a card was held to the reader.
    pub struct CardSwipe "card swipe" {
        /// bytes of the chip number
        card_id_hex: UpperHex<4>,
        /// kind of card
        card_type: CardType,
        /// socket from 0, 255 asks for the balance only
        port: u8,
        /// money on a balance card, fen
        card_balance: u16,
        /// Unix seconds of the device's clock
        timestamp: Option<u32>,
        /// second card number
        card2: SecondCard,
    }
}

wire::message! {
    /// 0x02 down: the device speaks it. It starts nothing.
    pub struct CardReply "card reply" {
        /// bytes of the chip number
        card_id_hex: UpperHex<4>,
        /// what the device says
        account_state: AccountState,
        /// how to read the next field
        rate_mode: RateMode,
        /// fen, or Unix seconds with monthly plans
        balance_or_expiry: u32,
        /// as asked
        port: u8,
    }
}
