//! Alarm bits, upload requests, versions, logins, and bodies of four zero bytes.

use crate::codes::{AlarmBits, UploadRequest};
use crate::value::{Ascii, Raw, Reserved};

wire::message! {
    /// 108 up.
    pub struct AlarmReport "alarm bits" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// one bit per alarm, lowest bit first
        alarm_bits: AlarmBits,
    }
}

wire::message! {
    /// Four zero bytes: 107, 109 (but in Lvneng) and 301 down; 1009 to 1012.
    pub struct Nothing "four zero bytes" {
        /// 0
        reserved: Reserved<4>,
    }
}

wire::message! {
    /// 10 up.
    pub struct UploadAsk "upload request" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// gun
        gun_no: u8,
        /// what is asked for
        start_addr: UploadRequest,
        /// number of values
        count: u8,
    }
}

wire::message! {
    /// 9 down.
    pub struct UploadAnswer "upload request answer" {
        /// 0
        reserved: Reserved<4>,
        /// gun
        gun_no: u8,
        /// 0 success, 1 not supported
        result: u32,
    }
}

wire::message! {
    /// 11 down, V5.3.
    pub struct VersionAsk "software version query" {
        /// 0
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// device type
        device_type: u16,
    }
}

wire::message! {
    /// 12 up, V5.3.
    pub struct VersionAnswer "software versions" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// device type
        device_type: u16,
        /// first version
        version_1: u16,
        /// second version
        version_2: u16,
        /// third version
        version_3: u16,
    }
}

wire::message! {
    /// 1202 up, in clear; the pile encrypts it with the key from 105.
    pub struct Login "encrypted login" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// password
        password: Ascii<16>,
        /// random number
        random: u32,
        /// key that the pile proposes
        aes_key: Raw<24>,
    }
}

wire::message! {
    /// 1201 down.
    pub struct LoginAnswer "encrypted login answer" {
        /// 0
        reserved: Reserved<4>,
        /// 0 none, 1 the pile's key, 2 the key in this frame, 3 no encryption
        aes_mode: u32,
        /// key
        aes_key: Raw<24>,
    }
}

wire::message! {
    /// 1401 down, V5.3: fetch firmware by FTP. Shown, never sent.
    pub struct FtpUpgrade "FTP upgrade" {
        /// 0
        reserved: Reserved<4>,
        /// version
        soft_ver: u16,
        /// server
        ftp_ip: Ascii<32>,
        /// user
        ftp_user: Ascii<16>,
        /// password
        ftp_password: Ascii<16>,
        /// path
        ftp_path: Ascii<64>,
        /// 1 when idle, 2 at once
        run_mode: u8,
        /// device type
        device_type: u8,
    }
}

wire::message! {
    /// 1406 down, V5.3: upload a log by FTP. Shown, never sent.
    pub struct FtpLog "FTP log upload" {
        /// 0
        reserved: Reserved<4>,
        /// 1 BMS, 2 system, 3 records, 4 all
        log_type: u8,
        /// server
        ftp_ip: Ascii<32>,
        /// user
        ftp_user: Ascii<16>,
        /// password
        ftp_password: Ascii<16>,
        /// path
        ftp_path: Ascii<64>,
        /// 1 when idle, 2 at once
        run_mode: u8,
    }
}
