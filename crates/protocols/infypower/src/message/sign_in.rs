//! Sign-in and heartbeat: 106, 105, 102, 101.

use crate::clock::BcdTime;
use crate::codes::{RunMode, UploadMode};
use crate::value::{Ascii, Dotted, Later, Raw, Reserved};

wire::message! {
    /// 106 up. 90 bytes in V2.0, 96 from V2.6 on, 100 in Lvneng, 133 in V5.3.
    pub struct SignIn "sign-in" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// sign-in flag, meaning not public, normally 0
        flag: u8,
        /// pile software version
        software_version_raw: Dotted,
        /// project type (项目类型)
        project_type: u16,
        /// number of restarts
        boot_count: u32,
        /// how it reports
        upload_mode: UploadMode,
        /// period of the repeated sign-in, minutes
        signin_interval_min: u16,
        /// what program runs
        run_mode: RunMode,
        /// number of guns (充电枪个数); 0 is taken as 1
        gun_count: u8,
        /// heartbeat period, seconds; 0 is taken as 20
        heartbeat_period_s: u8,
        /// unanswered heartbeats before the pile reconnects; 0 is taken as 3
        heartbeat_timeout_count: u8,
        /// number of records
        record_count: u32,
        /// clock of the pile
        pile_time: BcdTime,
        /// V2.0: last charging time
        reserved_a: Reserved<8>,
        /// V2.0: last boot time
        reserved_b: Reserved<8>,
        /// V2.0: login password
        reserved_c: Reserved<8>,
        /// from V2.6 on
        v26: Later<SignIn26>,
    }
}

wire::message! {
    /// What V2.6 added to a sign-in.
    pub struct SignIn26 "sign-in, V2.6 part" {
        /// random number of the pile, echoed in the answer
        random: u32,
        /// protocol version × 10 (26 = V2.6, 30 = V3.0, 34 = V3.4)
        protocol_version: u16,
        /// from Lvneng 3.4 on
        v34: Later<SignIn34>,
    }
}

wire::message! {
    /// What Lvneng 3.4 added to a sign-in.
    pub struct SignIn34 "sign-in, V3.4 part" {
        /// version of the card white list
        whitelist_version: u32,
        /// from V5.3 on
        v53: Later<SignIn53>,
    }
}

wire::message! {
    /// What V5.3 added to a sign-in.
    pub struct SignIn53 "sign-in, V5.3 part" {
        /// device type code (not public)
        device_type: u8,
        /// asset number (资产编码)
        asset_no: Ascii<32>,
    }
}

wire::message! {
    /// 105 down. 4 bytes for V2.0, 9 for Lvneng, 142 for V2.6 to V3.0, 152 for V5.3.
    pub struct SignInAnswer "sign-in answer" {
        /// 0
        reserved: Reserved<4>,
        /// longer forms
        random: Later<SignInRandom>,
    }
}

wire::message! {
    /// From the 9-byte form on.
    pub struct SignInRandom "sign-in answer, random" {
        /// random number of the pile, echoed
        random: u32,
        /// 1: the pile must log in with 1202 before anything else
        login_verify: u8,
        /// longer forms
        keys: Later<SignInKeys>,
    }
}

wire::message! {
    /// From the 142-byte form on.
    pub struct SignInKeys "sign-in answer, keys" {
        /// 1: bodies after this frame are AES encrypted
        encryption_flag: u8,
        /// RSA-1024 modulus for command 1202, zero when unused
        rsa_modulus: Reserved<128>,
        /// RSA public exponent, 0 when unused
        rsa_exponent: u32,
        /// V5.3
        service: Later<SignInService>,
    }
}

wire::message! {
    /// The 152-byte form.
    pub struct SignInService "sign-in answer, V5.3 part" {
        /// 0 in service, 0x55 suspended
        service_flag: u8,
        /// clock of the platform: V5.3 piles set theirs by it
        platform_time: BcdTime,
        /// 1: send records with 222 instead of 202
        use_222: u8,
    }
}

wire::message! {
    /// 102 up. 38 bytes; 54 in Lvneng and V5.3.
    pub struct Heartbeat "heartbeat" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// heartbeat counter, wraps
        heartbeat_seq: u16,
        /// longer form
        plugs: Later<HeartbeatPlugs>,
    }
}

wire::message! {
    /// The 54-byte form.
    pub struct HeartbeatPlugs "heartbeat, plugs" {
        /// V5.3: plug state of each gun; reserved in Lvneng
        gun_plug_bits: Raw<16>,
    }
}

wire::message! {
    /// 101 down.
    pub struct HeartbeatAnswer "heartbeat answer" {
        /// 0
        reserved: Reserved<4>,
        /// the counter, echoed
        heartbeat_seq: u16,
    }
}

impl SignIn {
    /// The protocol version × 10; V2.0 piles do not say theirs.
    pub fn protocol_version(&self) -> Option<u16> {
        self.v26.get().map(|fields| fields.protocol_version)
    }

    /// The number to echo.
    pub fn random(&self) -> u32 {
        self.v26.get().map_or(0, |fields| fields.random)
    }
}
