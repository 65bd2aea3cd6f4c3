//! Cards.

use device::CardRefusal;

wire::codes! {
    /// What kind of card was held to the reader.
    pub enum CardType: u8 {
        /// old card: its sector opens with our key
        Old = 0,
        /// new card with the factory key
        New = 1,
        /// card that holds its balance (obsolete)
        Balance = 2,
        /// only the chip number is readable
        UidOnly = 3,
        /// social security card, its number is in the second field
        SocialSecurity = 4,
    }
}

wire::codes! {
    /// Answer to a swipe; the device speaks it.
    pub enum AccountState: u8 {
        /// normal
        Normal = 0x00,
        /// card not registered
        NotRegistered = 0x01,
        /// bind the card: the device rewrites its key
        Bind = 0x02,
        /// unbind the card
        Unbind = 0x03,
        /// monthly user: charging already
        ChargingAlready = 0x04,
        /// monthly user: number of uses exceeded
        UsesExceeded = 0x05,
        /// balance too low
        BalanceTooLow = 0x06,
        /// monthly card expired
        Expired = 0x07,
        /// socket fault
        SocketFault = 0x08,
        /// clear the balance on the card and re-key it
        ClearAndRekey = 0x09,
        /// monthly user: time exceeded
        TimeExceeded = 0x0A,
        /// card of another operator
        WrongOperator = 0x0B,
        /// device not registered
        DeviceNotRegistered = 0x0C,
        /// please buy a monthly plan
        BuyMonthly = 0x0D,
        /// other area, balance too low
        OtherAreaBalanceLow = 0x0E,
        /// monthly-only device
        MonthlyOnly = 0x0F,
        /// monthly-only device of another area
        MonthlyOnlyOtherArea = 0x10,
        /// device for temporary use
        TemporaryUse = 0x11,
        /// device for temporary use of another area
        TemporaryUseOtherArea = 0x12,
    }
}

impl AccountState {
    /// The nearest words that the device can speak. It knows no blocked card, no password and
    /// no unsettled bill: those sound like an unknown card or too little money.
    pub const fn of_refusal(refusal: CardRefusal) -> Self {
        match refusal {
            CardRefusal::Unknown
            | CardRefusal::Blocked
            | CardRefusal::PasswordWrong
            | CardRefusal::VehicleUnknown => Self::NotRegistered,
            CardRefusal::BalanceTooLow | CardRefusal::Unsettled | CardRefusal::DailyLimit => {
                Self::BalanceTooLow
            }
            CardRefusal::PortUnavailable => Self::SocketFault,
            CardRefusal::NotServed | CardRefusal::DeviceDisabled => Self::DeviceNotRegistered,
            CardRefusal::NotAllowedHere => Self::WrongOperator,
            CardRefusal::Expired => Self::Expired,
            CardRefusal::InUse => Self::ChargingAlready,
        }
    }

    /// States that make the device write to the card; never sent, because cards here are used
    /// online only and a rewritten key cannot be taken back.
    pub const fn rewrites_card(self) -> bool {
        matches!(self, Self::Bind | Self::Unbind | Self::ClearAndRekey)
    }
}
