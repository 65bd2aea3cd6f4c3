//! Command bytes.

wire::codes! {
    /// The command byte of a frame. Host frames are told from device frames by it alone, because
    /// a host may share its physical id with one of its sockets.
    pub enum Cmd: u8 {
        /// host polls its bus (not for servers)
        HostPoll = 0x00,
        /// legacy heartbeat
        LegacyHeartbeat = 0x01,
        /// card swipe
        Card = 0x02,
        /// settlement
        Settlement = 0x03,
        /// order confirmation (devices before June 2019)
        OrderConfirm = 0x04,
        /// upgrade request
        UpgradeRequest = 0x05,
        /// power heartbeat
        Power = 0x06,
        /// over-temperature (only in the change log)
        OverTemperature = 0x07,
        /// test mode (not for servers)
        TestMode = 0x09,
        /// server address by cable (not for servers)
        CableAddress = 0x0A,
        /// host heartbeat
        HostHeartbeat = 0x11,
        /// host time request
        HostTime = 0x12,
        /// host upgrade request (old)
        HostUpgradeRequest = 0x15,
        /// host state
        HostState = 0x17,
        /// registration
        Registration = 0x20,
        /// heartbeat
        Heartbeat = 0x21,
        /// device time request
        DeviceTime = 0x22,
        /// time-of-use settlement (layout unpublished)
        TimeOfUseSettlement = 0x23,
        /// extended power heartbeat (layout unpublished)
        ExtendedPower = 0x26,
        /// reboot host
        RebootHost = 0x31,
        /// reboot modem
        RebootModem = 0x32,
        /// drop the stored upgrade of sub-devices
        DropUpgrade = 0x33,
        /// change server address
        SetServer = 0x34,
        /// lowest versions of the sub-devices
        SubDevices = 0x35,
        /// radio parameters
        RadioParameters = 0x3A,
        /// radio parameter request
        RadioRequest = 0x3B,
        /// cabinet heartbeat
        CabinetHeartbeat = 0x41,
        /// alarm
        Alarm = 0x42,
        /// full notice of a cabinet
        FullNotice = 0x43,
        /// port notice of a cabinet
        PortNotice = 0x44,
        /// cabinet stop with the door shut
        CabinetStop = 0x72,
        /// door (only in the change log)
        DoorUnpublished = 0x73,
        /// query state
        Query = 0x81,
        /// start or stop
        Charge = 0x82,
        /// parameters 1.1
        Parameters11 = 0x83,
        /// parameters 1.2
        Parameters12 = 0x84,
        /// limits
        Limits = 0x85,
        /// card keys
        CardKeys = 0x86,
        /// reboot
        Reboot = 0x87,
        /// erase memory
        Erase = 0x88,
        /// voice (unusable)
        Voice = 0x89,
        /// modify a running charge
        Modify = 0x8A,
        /// read EEPROM
        ReadEeprom = 0x8B,
        /// write EEPROM
        WriteEeprom = 0x8C,
        /// work mode
        WorkMode = 0x8D,
        /// QR address
        QrAddress = 0x8E,
        /// billing of the card-only mode
        CardBilling = 0x8F,
        /// query parameters 1.1
        QueryParameters11 = 0x90,
        /// query parameters 1.2
        QueryParameters12 = 0x91,
        /// query limits
        QueryLimits = 0x92,
        /// query card keys
        QueryCardKeys = 0x93,
        /// temporary QR code
        TemporaryQr = 0x95,
        /// locate by light and sound
        Locate = 0x96,
        /// mute
        Mute = 0x97,
        /// special functions
        Special = 0x98,
        /// upgrade of a socket device
        UpgradeDevice = 0xE0,
        /// upgrade of the power board
        UpgradePowerBoard = 0xE1,
        /// upgrade through the host
        UpgradeUnified = 0xE2,
        /// device downloads its upgrade itself
        SelfUpgrade = 0xE4,
        /// upgrade of an old device
        UpgradeOldDevice = 0xF8,
        /// upgrade of an old host
        UpgradeOldHost = 0xF9,
        /// upgrade of a host
        UpgradeHost = 0xFA,
    }
}

impl Cmd {
    /// Whether the frame speaks of the host and not of a socket device.
    pub const fn is_host(self) -> bool {
        matches!(
            self,
            Self::HostHeartbeat
                | Self::HostTime
                | Self::HostUpgradeRequest
                | Self::HostState
                | Self::RebootHost
                | Self::RebootModem
                | Self::DropUpgrade
                | Self::SetServer
                | Self::SubDevices
                | Self::RadioParameters
                | Self::RadioRequest
                | Self::UpgradeOldHost
                | Self::UpgradeHost
        )
    }

    /// Commands that must never reach a device: the bus poll, the test and cable commands, the
    /// removed 0x94, the voice command that no device can use and the two reserved numbers.
    pub const fn is_never_sent(self) -> bool {
        matches!(
            self,
            Self::HostPoll
                | Self::TestMode
                | Self::CableAddress
                | Self::Voice
                | Self::Unknown(0x94 | 0xFD | 0xFE)
        )
    }
}
