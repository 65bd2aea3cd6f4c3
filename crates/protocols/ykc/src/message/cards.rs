//! Balance update and offline cards: 41 to 48.

use crate::codes::{
    BalanceResult, CardClearReason, CardCleared, CardExists, CardStoreFailure, Done,
};
use crate::value::{CardNo, Gun, PileCode};
use serde_json::Value;
use wire::{Counted, Field, Label, Reader, Sheet, Tail, WireError, Writer};

wire::message! {
    /// Change the money limit of a running session, 42 down.
    pub struct BalanceUpdate "balance update" {
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
        /// card that must be charging; zeros: no check
        physical_card: CardNo,
        /// the new whole limit of this session, fen
        balance: u32,
    }
}

wire::message! {
    /// Answer to it, 41 up.
    pub struct BalanceAnswer "balance update answer" {
        /// pile number
        pile_code: PileCode,
        /// card; some piles leave the field out
        physical_card: CardOrNone,
        /// 0 success
        result: BalanceResult,
    }
}

/// A card number that may be left out although something follows it: by the bytes that are left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CardOrNone(pub Option<CardNo>);

impl Field for CardOrNone {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        if reader.remaining() <= size_of::<CardNo>() {
            return Ok(Self(None));
        }
        CardNo::get(reader, name).map(|card| Self(Some(card)))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        if let Some(card) = &self.0 {
            card.put(writer);
        }
    }

    fn show(&self) -> Value {
        self.0.show()
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        self.0.describe(label, sheet);
    }
}

wire::message! {
    /// A card that may charge offline.
    pub struct OfflineCard "offline card" {
        /// number printed on the card
        logical_card: CardNo,
        /// number in its chip
        physical_card: CardNo,
    }
}

wire::message! {
    /// Store cards, 44 down.
    pub struct StoreCards "store offline cards" {
        /// pile number
        pile_code: PileCode,
        /// the cards
        [count] cards: Counted<OfflineCard, 4>,
    }
}

wire::message! {
    /// Answer to it, 43 up.
    pub struct CardsStored "offline cards stored" {
        /// pile number
        pile_code: PileCode,
        /// 1 success
        result: Done,
        /// why not
        fail_reason: CardStoreFailure,
    }
}

wire::message! {
    /// Cards by the numbers in their chips: clear them (46 down), or ask for them (48 down).
    pub struct CardList "list of offline cards" {
        /// pile number
        pile_code: PileCode,
        /// the cards
        [count] cards: Counted<CardNo, 4>,
    }
}

wire::message! {
    /// What became of one card.
    pub struct ClearedCard "cleared card" {
        /// card
        physical_card: CardNo,
        /// 1 cleared; this flag alone decides
        flag: CardCleared,
        /// reason; the document contradicts itself about it
        reason: CardClearReason,
    }
}

wire::message! {
    /// Answer to clearing, 45 up.
    pub struct CardsCleared "offline cards cleared" {
        /// pile number
        pile_code: PileCode,
        /// each card
        results: Tail<ClearedCard>,
    }
}

wire::message! {
    /// Whether the pile has one card.
    pub struct FoundCard "found card" {
        /// card
        physical_card: CardNo,
        /// 1 yes
        exists: CardExists,
    }
}

wire::message! {
    /// Answer to asking, 47 up.
    pub struct CardsFound "offline cards found" {
        /// pile number
        pile_code: PileCode,
        /// each card
        results: Tail<FoundCard>,
    }
}
