//! Balance, offline cards, work parameters, update, ground lock, QR code.

wire::codes! {
    /// Answer to a balance update (修改结果).
    pub enum BalanceResult: u8 {
        /// success
        Ok = 0,
        /// pile number wrong
        WrongPile = 1,
        /// card number wrong
        WrongCard = 2,
    }
}

wire::codes! {
    /// Why cards were not stored.
    pub enum CardStoreFailure: u8 {
        /// none
        None = 0,
        /// card number format error
        Format = 1,
        /// storage full
        Full = 2,
    }
}

wire::codes! {
    /// Whether an offline card was cleared (清除标记). This flag alone decides.
    pub enum CardCleared: u8 {
        /// failed
        No = 0,
        /// cleared
        Yes = 1,
    }
}

wire::codes! {
    /// Reason beside [`CardCleared`]. The document gives "cleared" two numbers, so it says
    /// nothing.
    pub enum CardClearReason: u8 {
        /// none, or cleared
        None = 0,
        /// card number format error
        Format = 1,
        /// cleared
        Cleared = 2,
    }
}

wire::codes! {
    /// Whether the pile holds an offline card.
    pub enum CardExists: u8 {
        /// no
        No = 0,
        /// yes
        Yes = 1,
    }
}

wire::codes! {
    /// Whether the pile may work (是否允许工作).
    pub enum WorkState: u8 {
        /// may work
        Allowed = 0,
        /// stop use, lock the pile
        Locked = 1,
    }
}

wire::codes! {
    /// When to carry out a reboot or an update (执行控制).
    pub enum Execution: u8 {
        /// now
        Now = 1,
        /// when idle
        WhenIdle = 2,
    }
}

wire::codes! {
    /// Kind of pile in the update command (桩型号). Not the numbers of the login frame.
    pub enum PileModel: u8 {
        /// DC
        Dc = 1,
        /// AC
        Ac = 2,
    }
}

wire::codes! {
    /// How an update ended (升级状态).
    pub enum UpgradeResult: u8 {
        /// success
        Ok = 0,
        /// pile number error
        WrongPile = 1,
        /// the program does not fit the model
        WrongModel = 2,
        /// download timeout
        Timeout = 3,
    }
}

wire::codes! {
    /// Position of the arm of a ground lock (车位锁状态).
    pub enum LockState: u8 {
        /// not in position
        Between = 0x00,
        /// raised
        Raised = 0x55,
        /// lowered
        Lowered = 0xFF,
    }
}

wire::codes! {
    /// Whether a vehicle stands there (车位状态).
    pub enum ParkingState: u8 {
        /// empty
        Empty = 0x00,
        /// vehicle parked
        Parked = 0xFF,
    }
}

wire::codes! {
    /// Alarm of a ground lock (报警状态).
    pub enum LockAlarm: u8 {
        /// none
        None = 0x00,
        /// the arm did not reach its position
        Stuck = 0x55,
        /// the arm was damaged while standing by
        Damaged = 0xFF,
    }
}

wire::codes! {
    /// Movement of a ground lock (升/降地锁).
    pub enum LockAction: u8 {
        /// raise
        Raise = 0x55,
        /// lower
        Lower = 0xFF,
    }
}

wire::codes! {
    /// What the pile appends to the QR prefix (二维码格式).
    pub enum QrFormat: u8 {
        /// pile number
        Pile = 0,
        /// pile number and gun number
        PileAndGun = 1,
    }
}
