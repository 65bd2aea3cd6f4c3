//! How the platform answers cards and passwords: the response code of 203 and 205.

use device::CardRefusal;

wire::codes! {
    /// Response code of 203 and 205, docs/protocols/infypower.md §9.8.
    pub enum CardResponse: u32 {
        /// valid account
        Valid = 0,
        /// invalid account
        Invalid = 1,
        /// insufficient balance
        BalanceTooLow = 2,
        /// black card, make it normal
        MakeNormal = 3,
        /// normal card, make it black
        MakeBlack = 4,
        /// illegal card number
        IllegalNumber = 5,
        /// card reported lost
        Lost = 6,
        /// card cancelled
        Cancelled = 7,
        /// wrong password
        WrongPassword = 8,
        /// this card is already charging
        InUse = 9,
        /// platform forbids charging
        Forbidden = 10,
    }
}

impl From<CardRefusal> for CardResponse {
    fn from(refusal: CardRefusal) -> Self {
        match refusal {
            CardRefusal::Unknown | CardRefusal::VehicleUnknown => Self::Invalid,
            CardRefusal::Blocked => Self::Lost,
            CardRefusal::BalanceTooLow | CardRefusal::DailyLimit => Self::BalanceTooLow,
            CardRefusal::PasswordWrong => Self::WrongPassword,
            CardRefusal::Expired => Self::Cancelled,
            CardRefusal::InUse => Self::InUse,
            CardRefusal::PortUnavailable
            | CardRefusal::NotServed
            | CardRefusal::Unsettled
            | CardRefusal::NotAllowedHere
            | CardRefusal::DeviceDisabled => Self::Forbidden,
        }
    }
}
