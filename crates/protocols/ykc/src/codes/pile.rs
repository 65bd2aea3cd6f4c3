//! What a pile says of itself and of its guns.

wire::codes! {
    /// Kind of pile in the login frame (桩类型). Not the numbers of the update command.
    pub enum PileType: u8 {
        /// DC
        Dc = 0,
        /// AC
        Ac = 1,
    }
}

wire::codes! {
    /// Protocol version of the login frame, times ten. A hint only: a shipped pile SDK says 1.0
    /// and speaks 1.6.
    pub enum ProtocolVersion: u8 {
        /// V1.0
        V10 = 0x0A,
        /// V1.5
        V15 = 0x0F,
        /// V1.6
        V16 = 0x10,
        /// V1.7
        V17 = 0x11,
    }
}

wire::codes! {
    /// How the pile is connected (网络链接类型).
    pub enum NetworkKind: u8 {
        /// SIM card
        Sim = 0,
        /// LAN
        Lan = 1,
        /// WAN
        Wan = 2,
        /// other
        Other = 3,
    }
}

wire::codes! {
    /// Mobile operator (运营商).
    pub enum Operator: u8 {
        /// China Mobile
        Mobile = 0,
        /// China Telecom
        Telecom = 2,
        /// China Unicom
        Unicom = 3,
        /// other
        Other = 4,
    }
}

wire::codes! {
    /// Answer to a login.
    pub enum LoginResult: u8 {
        /// success
        Ok = 0,
        /// failure
        Refused = 1,
    }
}

wire::codes! {
    /// Gun state of a heartbeat (枪状态).
    pub enum GunHealth: u8 {
        /// normal
        Normal = 0,
        /// fault
        Fault = 1,
    }
}

wire::codes! {
    /// Whether the pile's billing model is the platform's.
    pub enum ModelCheck: u8 {
        /// same as the platform's
        Same = 0,
        /// different
        Different = 1,
    }
}

wire::codes! {
    /// Price of a half hour (费率号).
    pub enum PriceKind: u8 {
        /// sharp
        Sharp = 0,
        /// peak
        Peak = 1,
        /// flat
        Flat = 2,
        /// valley
        Valley = 3,
    }
}

wire::codes! {
    /// State of a gun in the real-time data (状态).
    pub enum GunState: u8 {
        /// offline
        Offline = 0,
        /// fault
        Fault = 1,
        /// idle
        Idle = 2,
        /// charging
        Charging = 3,
    }
}

wire::codes! {
    /// Whether the gun hangs in its holder (枪是否归位).
    pub enum GunHomed: u8 {
        /// no
        No = 0,
        /// yes
        Yes = 1,
        /// cannot tell
        Unsensed = 2,
    }
}

wire::codes! {
    /// Whether the gun is in a vehicle (是否插枪).
    pub enum GunPlugged: u8 {
        /// no
        No = 0,
        /// yes
        Yes = 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{NetworkKind, Operator, ProtocolVersion};

    #[test]
    fn what_the_document_leaves_out_is_kept() {
        assert_eq!(Operator::from(1), Operator::Unknown(1));
        assert_eq!(u8::from(NetworkKind::from(9)), 9);
        assert_eq!(ProtocolVersion::from(0x0F), ProtocolVersion::V15);
    }
}
