//! Upgrades.

wire::codes! {
    /// Answer to a piece of firmware. Old devices and hosts (0xF8, 0xF9) know 0 and 1 only.
    pub enum UpgradeAnswer: u8 {
        /// ok
        Ok = 0,
        /// packet error
        PacketError = 1,
        /// sum of the whole firmware wrong
        WrongSum = 2,
        /// wrong device type
        WrongType = 3,
        /// check packet missing
        NoCheckPacket = 4,
        /// authentication packet: wrong type
        NotAuthentic = 5,
    }
}

/// What follows from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// Send the next piece.
    Next,
    /// Send the piece again that the device names.
    Again,
    /// Begin anew, with a check packet at the end.
    WithCheck,
    /// Give up.
    Abort,
}

impl UpgradeAnswer {
    /// What follows. Undocumented answers end an upgrade.
    pub const fn reaction(self) -> Reaction {
        match self {
            Self::Ok => Reaction::Next,
            Self::PacketError => Reaction::Again,
            Self::NoCheckPacket => Reaction::WithCheck,
            _ => Reaction::Abort,
        }
    }
}
