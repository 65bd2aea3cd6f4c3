//! Work parameters, time, ground lock, reboot, update, QR code: 51 to 63, 91 to 94, F0, F1.

use crate::clock::Cp56Time;
use crate::codes::{
    Done, Execution, LockAction, LockAlarm, LockState, ParkingState, PileModel, QrFormat,
    UpgradeResult, WorkState,
};
use crate::value::{Ident, PileCode, Prefix};
use wire::Text;

wire::message! {
    /// Answer of the pile as a whole: 51, 57, 91, F1 up.
    pub struct PileAnswer "answer" {
        /// pile number
        pile_code: PileCode,
        /// 1 success
        result: Done,
    }
}

wire::message! {
    /// Work parameters, 52 down.
    pub struct Work "work parameters" {
        /// pile number
        pile_code: PileCode,
        /// 0 may work, 1 locked
        work_state: WorkState,
        /// highest output power, 30 to 100 %
        max_power_percent: u8,
    }
}

wire::message! {
    /// Time: set by the platform (56 down), and as the pile has it afterwards (55 up).
    pub struct Clock "time" {
        /// pile number
        pile_code: PileCode,
        /// Beijing time
        time: Cp56Time,
    }
}

wire::message! {
    /// Data of a ground lock, 61 up.
    pub struct LockData "ground-lock data" {
        /// pile number
        pile_code: PileCode,
        /// gun, binary
        gun_no: u8,
        /// position of the arm
        lock_state: LockState,
        /// whether a vehicle stands there
        parking_state: ParkingState,
        /// battery of the lock, %
        lock_battery: u8,
        /// alarm
        alarm: LockAlarm,
        /// reserved
        reserved: Ident<4>,
    }
}

wire::message! {
    /// Move a ground lock, 62 down.
    pub struct LockCommand "ground-lock command" {
        /// pile number
        pile_code: PileCode,
        /// gun, binary
        gun_no: u8,
        /// raise or lower
        action: LockAction,
        /// reserved
        reserved: Ident<4>,
    }
}

wire::message! {
    /// Answer to it, 63 up.
    pub struct LockAnswer "ground-lock answer" {
        /// pile number
        pile_code: PileCode,
        /// gun, binary
        gun_no: u8,
        /// 1 accepted
        result: Done,
        /// reserved
        reserved: Ident<4>,
    }
}

wire::message! {
    /// Reboot, 92 down.
    pub struct Reboot "reboot" {
        /// pile number
        pile_code: PileCode,
        /// now or when idle
        mode: Execution,
    }
}

wire::message! {
    /// Update by FTP, 94 down.
    pub struct Update "update" {
        /// pile number
        pile_code: PileCode,
        /// 1 DC, 2 AC
        pile_model: PileModel,
        /// rated power, kW
        pile_power: u16,
        /// FTP host
        server_address: Text<16>,
        /// FTP port
        server_port: u16,
        /// user
        username: Text<16>,
        /// password
        password: Text<16>,
        /// file with its path
        file_path: Text<32>,
        /// now or when idle
        mode: Execution,
        /// time for the download, minutes
        timeout_minutes: u8,
    }
}

wire::message! {
    /// How an update ended, 93 up, after the attempt.
    pub struct UpdateAnswer "update answer" {
        /// pile number
        pile_code: PileCode,
        /// 0 success
        result: UpgradeResult,
    }
}

wire::message! {
    /// Prefix of the QR code, F0 down.
    pub struct QrPrefix "QR-code prefix" {
        /// pile number
        pile_code: PileCode,
        /// what the pile appends
        format: QrFormat,
        /// the prefix
        [prefix_len] prefix: Prefix,
    }
}
