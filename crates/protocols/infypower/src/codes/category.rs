//! What the reasons of a charge's end come down to.

use device::EndReason;

/// Declares stop reasons: name, number, category, meaning.
macro_rules! stop_reasons {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident {
            $($variant:ident = $code:literal, $category:ident, $text:literal;)+
        }
    ) => {
        wire::codes! {
            $(#[doc = $about])*
            pub enum $name: u32 {
                $(#[doc = $text] $variant = $code,)+
            }
        }

        impl $name {
            const fn listed_category(self) -> Option<$crate::codes::EndCategory> {
                match self {
                    $(Self::$variant => Some($crate::codes::EndCategory::$category),)+
                    Self::Unknown(_) => None,
                }
            }
        }
    };
}
pub(super) use stop_reasons;

/// A stop reason of one of the two tables.
pub trait Ended {
    /// What it comes down to.
    fn category(self) -> EndCategory;

    /// The reason as every protocol names it.
    fn end_reason(self) -> EndReason;

    /// In words; codes that no table lists with their number.
    fn words(self) -> String;
}

/// Kind of end, docs/protocols/infypower.md §9.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndCategory {
    /// Finished, or not reported.
    Normal,
    /// The battery is full.
    Full,
    /// Time, energy or amount of the order reached.
    Limit,
    /// The card was held to the reader again.
    UserCard,
    /// Stopped at the pile.
    UserLocal,
    /// Stopped by the platform.
    Platform,
    /// Money used up.
    Balance,
    /// The gun was pulled.
    Unplugged,
    /// Emergency stop pressed.
    EmergencyStop,
    /// The vehicle ended it.
    Vehicle,
    /// The vehicle was not heard any more.
    BmsLink,
    /// A fault of the pile.
    PileFault,
    /// A fault of its meter.
    Meter,
    /// Supply failed.
    PowerLost,
    /// The pile lost the platform.
    LinkLost,
    /// Charging never began.
    StartFailed,
    /// The vehicle was not the one that was allowed.
    Authorisation,
    /// Maintenance.
    Upgrade,
    /// Known, but says nothing; or unknown.
    Other,
}

impl EndCategory {
    /// The reason as every protocol names it.
    pub const fn end_reason(self) -> EndReason {
        match self {
            Self::Normal | Self::Limit | Self::Unplugged => EndReason::Normal,
            Self::Full => EndReason::Full,
            Self::UserCard | Self::UserLocal => EndReason::UserStop,
            Self::Platform | Self::Upgrade => EndReason::RemoteStop,
            Self::Balance => EndReason::InsufficientBalance,
            Self::EmergencyStop => EndReason::EmergencyStop,
            Self::Vehicle | Self::BmsLink => EndReason::BmsStop,
            Self::PileFault | Self::Meter | Self::StartFailed => EndReason::DeviceFault,
            Self::PowerLost => EndReason::PowerOff,
            Self::LinkLost => EndReason::Timeout,
            Self::Authorisation | Self::Other => EndReason::Unknown,
        }
    }

    /// Its name in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Full => "full",
            Self::Limit => "limit",
            Self::UserCard => "user_card",
            Self::UserLocal => "user_local",
            Self::Platform => "platform",
            Self::Balance => "balance",
            Self::Unplugged => "unplugged",
            Self::EmergencyStop => "estop",
            Self::Vehicle => "vehicle",
            Self::BmsLink => "bms_comm",
            Self::PileFault => "pile_fault",
            Self::Meter => "meter",
            Self::PowerLost => "power_lost",
            Self::LinkLost => "comm_lost",
            Self::StartFailed => "start_failed",
            Self::Authorisation => "auth",
            Self::Upgrade => "upgrade",
            Self::Other => "other",
        }
    }
}
