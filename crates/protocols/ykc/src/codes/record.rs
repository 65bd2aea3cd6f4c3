//! Transaction records.

use device::StartSource;

wire::codes! {
    /// Who started the transaction (交易标识).
    pub enum StartFlag: u8 {
        /// app
        App = 0x01,
        /// card
        Card = 0x02,
        /// offline card
        OfflineCard = 0x04,
        /// VIN
        Vin = 0x05,
    }
}

impl StartFlag {
    /// In neutral words.
    pub const fn source(self) -> StartSource {
        match self {
            Self::App => StartSource::Remote,
            Self::Card => StartSource::Card,
            Self::OfflineCard => StartSource::OfflineCard,
            Self::Vin => StartSource::Vin,
            Self::Unknown(_) => StartSource::Unknown,
        }
    }

    /// Whether the card field of the record is a card: app-started records carry other bytes.
    pub const fn has_card(self) -> bool {
        matches!(self, Self::Card | Self::OfflineCard)
    }
}

wire::codes! {
    /// Confirmation of a record (确认结果).
    pub enum RecordResult: u8 {
        /// uploaded
        Ok = 0,
        /// illegal bill
        Illegal = 1,
    }
}
