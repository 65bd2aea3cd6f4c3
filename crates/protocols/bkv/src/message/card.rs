//! Cards: subs 0B, 0F and 1A (BKV, docs/protocols/bkv.md §6.7, §6.8).

use super::Tier;
use crate::codes::{ChargeMode, Outcome, StatusByte, Switch};
use serde_json::Value;
use std::fmt;
use wire::{Counted, Digits, Field, Reader, WireError, Writer};

/// Number of a card as it stands on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CardNo(pub Digits<6>);

impl CardNo {
    /// The number usually printed on the card: the last four bytes read little-endian.
    pub const fn printed(self) -> u32 {
        let [_, _, a, b, c, d] = self.0.0;
        u32::from_le_bytes([a, b, c, d])
    }
}

impl fmt::Display for CardNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Field for CardNo {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        Field::get(reader, name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        self.0.put(writer);
    }

    fn show(&self) -> Value {
        self.0.show()
    }

    fn meaning(&self) -> Option<String> {
        Some(format!("printed as {:010}", self.printed()))
    }
}

wire::message! {
    /// Card swiped (刷卡), 0B up. The device proposes the business number.
    pub struct CardSwipe "card swipe" {
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// business number proposed by the device
        business_no: u16,
        /// status
        status: StatusByte,
        /// card number
        card_no: CardNo,
        /// data of offline cards, zero
        offline_params: Digits<20>,
    }
}

wire::message! {
    /// Start for the card, 0B down; a refusal has switch 0, mode 1 and zeros.
    pub struct CardStart "card start" {
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// business number of the swipe
        business_no: u16,
        /// 1 start, 0 refused
        switch: Switch,
        /// 1 by time, 2 by energy, 3 power tiers
        mode: ChargeMode,
        /// minutes; 0 with tiers
        duration_min: u16,
        /// energy, Wh; 0 with tiers
        energy_wh: u16,
        /// amount and tiers, for power tiers only
        tiers: Option<CardTierPlan>,
    }
}

wire::message! {
    /// Amount and tiers of a card start.
    pub struct CardTierPlan "card tiers" {
        /// amount, cent
        amount_cent: u16,
        /// tiers with rising power
        [level_count] levels: Counted<Tier, 1>,
    }
}

wire::message! {
    /// The device took or refused the start for the card, 0F up. Not acknowledged.
    pub struct CardStartAck "card start answer" {
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// 1 done, 0 failed
        result: Outcome,
    }
}

wire::message! {
    /// The device asks for the balance of a card, 1A up.
    pub struct BalanceAsk "balance request" {
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// card number
        card_no: CardNo,
    }
}

wire::message! {
    /// The balance that the device speaks or shows, 1A down.
    pub struct BalanceReply "balance reply" {
        /// socket number
        socket_no: u8,
        /// port
        port: u8,
        /// card number
        card_no: CardNo,
        /// balance, cent
        balance_cent: u32,
    }
}

#[cfg(test)]
mod tests {
    use super::CardNo;
    use wire::Digits;

    #[test]
    fn the_printed_number_is_little_endian() {
        let card = CardNo(Digits([0, 0, 0x00, 0x29, 0x83, 0x52]));
        assert_eq!(card.printed(), 1_384_327_424);
        assert_eq!(card.to_string(), "000000298352");
    }
}
