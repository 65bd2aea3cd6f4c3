//! Starting, stopping and changing charges.

wire::codes! {
    /// How time and money are read. Monthly and per-use charges always stop when full.
    pub enum RateMode: u8 {
        /// by time
        Time = 0,
        /// monthly plan
        Monthly = 1,
        /// by energy
        Energy = 2,
        /// per use
        PerUse = 3,
    }
}

wire::codes! {
    /// What 0x82 asks for.
    pub enum ChargeCmd: u8 {
        /// stop
        Stop = 0,
        /// start
        Start = 1,
    }
}

wire::codes! {
    /// The short-circuit test before the relay closes.
    pub enum ShortCheck: u8 {
        /// skipped
        Skipped = 0,
        /// skipped
        SkippedToo = 1,
        /// done
        Done = 2,
    }
}

wire::codes! {
    /// Who started a charge.
    pub enum StartType: u8 {
        /// a card while the device was offline
        OfflineCard = 0,
        /// the server, also after an online card
        Online = 1,
        /// a verification code
        Code = 3,
    }
}

/// Whether a device did what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Executed {
    /// Yes.
    Yes,
    /// No.
    No,
    /// It may have: ask, and wait for its reports.
    Unclear,
}

wire::codes! {
    /// Answer to 0x82.
    pub enum StartAnswer: u8 {
        /// ok
        Ok = 0x00,
        /// no charger plugged in
        NoCharger = 0x01,
        /// the socket is in that state already
        SameState = 0x02,
        /// socket fault, executed all the same
        SocketFault = 0x03,
        /// no such socket
        NoSuchSocket = 0x04,
        /// several sockets are waiting
        SeveralWaiting = 0x05,
        /// total power of the device exceeded
        PowerExceeded = 0x06,
        /// memory damaged
        MemoryDamaged = 0x07,
        /// precheck: relay or fuse
        PrecheckRelay = 0x08,
        /// precheck: relay stuck, executed all the same
        PrecheckStuck = 0x09,
        /// precheck: load short-circuited
        PrecheckShort = 0x0A,
        /// smoke alarm
        Smoke = 0x0B,
        /// over-voltage
        OverVoltage = 0x0C,
        /// under-voltage
        UnderVoltage = 0x0D,
        /// no response: the host did not reach the device
        NoResponse = 0x0E,
    }
}

impl StartAnswer {
    /// Whether a start was carried out. The codes of which no document says so count as no; a
    /// power heartbeat that names the order corrects that.
    pub const fn executed(self) -> Executed {
        match self {
            Self::Ok | Self::SocketFault | Self::PrecheckStuck => Executed::Yes,
            Self::SameState | Self::NoResponse | Self::Unknown(_) => Executed::Unclear,
            _ => Executed::No,
        }
    }

    /// Whether people have to look at the device.
    pub const fn is_alarming(self) -> bool {
        matches!(
            self,
            Self::SocketFault
                | Self::MemoryDamaged
                | Self::PrecheckRelay
                | Self::PrecheckStuck
                | Self::Smoke
                | Self::Unknown(_)
        )
    }

    /// The fault that the answer names.
    pub fn fault(self) -> Option<device::Fault> {
        use device::Fault;
        match self {
            Self::PrecheckRelay | Self::PrecheckStuck => Some(Fault::Relay),
            Self::PrecheckShort => Some(Fault::ShortCircuit),
            Self::Smoke => Some(Fault::Smoke),
            Self::OverVoltage => Some(Fault::OverVoltage),
            Self::UnderVoltage => Some(Fault::UnderVoltage),
            Self::SocketFault | Self::MemoryDamaged | Self::Unknown(_) => {
                let code = u32::from(u8::from(self));
                Some(Fault::Unknown(super::UNNAMED + 768 + code))
            }
            _ => None,
        }
    }
}

wire::codes! {
    /// What 0x8A turns a running charge into.
    pub enum ModifyMode: u8 {
        /// timed, does not stop when full
        Timed = 0,
        /// timed, stops when full
        TimedUntilFull = 1,
        /// energy, stops when full
        EnergyUntilFull = 2,
    }
}

wire::codes! {
    /// Answer to 0x8A.
    pub enum ModifyAnswer: u8 {
        /// ok
        Ok = 0,
        /// the socket does not charge
        NotCharging = 1,
        /// the value is below what has passed
        BelowCurrent = 2,
        /// no such mode or socket
        NoSuch = 3,
    }
}
