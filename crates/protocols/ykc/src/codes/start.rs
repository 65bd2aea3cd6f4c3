//! Starting and stopping.

use device::CardRefusal;

wire::codes! {
    /// Result of a command; the convention of most answers.
    pub enum Done: u8 {
        /// failed
        Failed = 0,
        /// success
        Ok = 1,
    }
}

wire::codes! {
    /// How a user wants to start at the pile (启动方式).
    pub enum StartMode: u8 {
        /// card
        Card = 1,
        /// account
        Account = 2,
        /// VIN
        Vin = 3,
    }
}

wire::codes! {
    /// Whether a password was asked for (是否需要密码).
    pub enum NeedPassword: u8 {
        /// no
        No = 0,
        /// yes
        Yes = 1,
    }
}

wire::codes! {
    /// Whether a card or vehicle may charge (鉴权成功标志).
    pub enum Authorised: u8 {
        /// refused
        No = 0,
        /// authorised
        Yes = 1,
    }
}

wire::codes! {
    /// Why the platform refuses a card or a vehicle: 0x32 and 0xA2.
    pub enum StartRefusal: u8 {
        /// none
        None = 0x00,
        /// account does not exist
        NoAccount = 0x01,
        /// account frozen
        Frozen = 0x02,
        /// balance not enough
        BalanceTooLow = 0x03,
        /// the card has an unsettled record
        CardUnsettled = 0x04,
        /// pile disabled
        PileDisabled = 0x05,
        /// the account is not allowed on this pile
        NotAllowedHere = 0x06,
        /// wrong password
        PasswordWrong = 0x07,
        /// station capacity not enough
        StationFull = 0x08,
        /// VIN unknown
        VinUnknown = 0x09,
        /// the pile has an unsettled record
        PileUnsettled = 0x0A,
        /// the pile does not serve cards
        NoCards = 0x0B,
    }
}

impl From<CardRefusal> for StartRefusal {
    /// The word that comes nearest: the pile shows it to the user.
    fn from(refusal: CardRefusal) -> Self {
        match refusal {
            CardRefusal::Unknown => Self::NoAccount,
            CardRefusal::Blocked | CardRefusal::Expired => Self::Frozen,
            CardRefusal::BalanceTooLow | CardRefusal::DailyLimit => Self::BalanceTooLow,
            CardRefusal::Unsettled | CardRefusal::InUse => Self::CardUnsettled,
            CardRefusal::DeviceDisabled => Self::PileDisabled,
            CardRefusal::NotAllowedHere => Self::NotAllowedHere,
            CardRefusal::PasswordWrong => Self::PasswordWrong,
            CardRefusal::VehicleUnknown => Self::VinUnknown,
            // An order holds the gun: the pile has an unsettled record.
            CardRefusal::PortUnavailable => Self::PileUnsettled,
            CardRefusal::NotServed => Self::NoCards,
        }
    }
}

wire::codes! {
    /// Why the pile refuses a remote start: 0x33 and 0xA3.
    pub enum StartFailure: u8 {
        /// none
        None = 0x00,
        /// pile number does not match
        WrongPile = 0x01,
        /// gun already charging
        Charging = 0x02,
        /// device fault
        Fault = 0x03,
        /// device offline
        Offline = 0x04,
        /// gun not plugged in
        NotPlugged = 0x05,
        /// billing model error
        Model = 0x06,
    }
}

impl StartFailure {
    /// Whether a second answer may still say yes: the pile waits a minute for the plug.
    pub const fn may_be_taken_back(self) -> bool {
        matches!(self, Self::NotPlugged)
    }
}

wire::codes! {
    /// Why the pile refuses a remote stop: 0x35.
    pub enum StopFailure: u8 {
        /// none
        None = 0x00,
        /// pile number does not match
        WrongPile = 0x01,
        /// gun is not charging
        NotCharging = 0x02,
        /// other
        Other = 0x03,
    }
}

wire::codes! {
    /// Part of a gun in parallel charging (主辅枪标记).
    pub enum GunRole: u8 {
        /// main gun
        Main = 0,
        /// auxiliary gun
        Auxiliary = 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{StartFailure, StartRefusal};
    use device::CardRefusal;

    #[test]
    fn every_refusal_has_a_word_of_the_document() {
        for refusal in [
            CardRefusal::Unknown,
            CardRefusal::Blocked,
            CardRefusal::BalanceTooLow,
            CardRefusal::PortUnavailable,
            CardRefusal::NotServed,
            CardRefusal::PasswordWrong,
            CardRefusal::VehicleUnknown,
            CardRefusal::Unsettled,
            CardRefusal::NotAllowedHere,
            CardRefusal::DeviceDisabled,
            CardRefusal::Expired,
            CardRefusal::InUse,
            CardRefusal::DailyLimit,
        ] {
            let word = StartRefusal::from(refusal);
            assert!((1..=0x0B).contains(&u8::from(word)), "{refusal:?}");
        }
    }

    #[test]
    fn only_a_missing_plug_can_be_mended() {
        assert!(StartFailure::from(5).may_be_taken_back());
        assert!(!StartFailure::from(2).may_be_taken_back());
        assert!(!StartFailure::from(0x77).may_be_taken_back());
    }
}
