//! Settings and maintenance, and the answers to them.

use super::field::{HexTail, Reserved, UpperHex};
use crate::codes::{ChargingBy, Done, LimitAnswer, QrScreen, SpecialFunction, WorkModeAnswer};
use wire::Text;

wire::message! {
    /// Answer of one byte to most settings.
    pub struct Answer "answer" {
        /// whether it was done
        answer: Done,
    }
}

wire::message! {
    /// 0x83 down, and the answer to 0x90.
    pub struct Parameters11 "parameters 1.1" {
        /// below it the plug counts as pulled, 0.1 W
        pull_out_power_dw: u16,
        /// for so long, s
        pull_out_time_s: u16,
        /// share of the power below which floating begins, %
        float_percent: u8,
        /// for so long, s
        float_detect_s: u16,
        /// floating lasts so long, s
        float_time_s: u16,
        /// from heartbeat to heartbeat, s
        heartbeat_interval_s: u16,
    }
}

wire::message! {
    /// 0x84 down, and the answer to 0x91.
    pub struct Parameters12 "parameters 1.2" {
        /// dynamic overload: rise, 0.1 W
        dyn_overload_power_dw: u16,
        /// dynamic overload: for so long, s
        dyn_overload_detect_s: u16,
        /// dynamic overload: from here on, s
        dyn_overload_start_s: u16,
        /// pulled plug under disturbance: below it, 0.1 W
        pull_out_disturb_power_dw: u8,
        /// pulled plug under disturbance: for so long, s
        pull_out_disturb_time_s: u16,
        /// from here on the second detection time holds, s
        float_second_point_s: u16,
        /// second detection time of floating, s
        float_second_detect_s: u16,
        /// cut when the peak stays below, 0.1 W
        min_power_dw: u16,
        /// until here, s
        min_power_point_s: u16,
        /// window of the second maximum, s
        second_max_power_point_s: u16,
        /// ambient temperature that alarms, °C
        env_alarm_temp_c: u8,
        /// socket temperature that alarms, °C
        port_alarm_temp_c: u8,
        /// 0 the optocoupler notices plugs
        pull_out_optocoupler: u8,
        /// 0 the QR code is lit
        qr_light: u8,
    }
}

wire::message! {
    /// 0x85 down, and the answer to 0x92.
    pub struct Limits "limits" {
        /// longest charge, s
        max_duration_s: u16,
        /// power that ends a charge, 0.1 W
        overload_power_dw: u16,
        /// voltage that ends a charge, 0.1 V
        over_voltage_dv: Option<u16>,
        /// voltage that ends a charge, 0.1 V
        under_voltage_dv: Option<u16>,
    }
}

wire::message! {
    /// Answer to 0x85.
    pub struct LimitReply "limits answer" {
        /// whether it was done
        answer: LimitAnswer,
    }
}

wire::message! {
    /// 0x86 down, and the answer to 0x93. Other keys make all cards unreadable.
    pub struct CardKeys "card keys" {
        /// sector
        sector: u8,
        /// key of our cards
        user_key_hex: UpperHex<6>,
        /// key of new cards
        new_key_hex: UpperHex<6>,
    }
}

wire::message! {
    /// 0x8B down.
    pub struct Eeprom "EEPROM read" {
        /// first byte
        address: u16,
        /// number of bytes, at most 32
        length: u8,
    }
}

wire::message! {
    /// Answer to 0x8B.
    pub struct EepromRead "EEPROM content" {
        /// whether it was done
        answer: Done,
        /// what stands there
        data_hex: HexTail,
    }
}

wire::message! {
    /// 0x8C down. Never sent by us.
    pub struct EepromData "EEPROM write" {
        /// first byte
        address: u16,
        /// number of bytes, at most 32
        length: u8,
        /// what to write
        data_hex: HexTail,
    }
}

wire::message! {
    /// 0x8D down.
    pub struct WorkMode "work mode" {
        /// who decides over charges
        work_mode: ChargingBy,
    }
}

wire::message! {
    /// Answer to 0x8D.
    pub struct WorkModeReply "work mode answer" {
        /// whether it was done
        answer: WorkModeAnswer,
    }
}

wire::message! {
    /// 0x8E down.
    pub struct QrAddress "QR address" {
        /// what the main screen shows
        main_screen: QrScreen,
        /// zeros
        reserved_hex: Reserved<3>,
        /// at most 71 characters
        qr_text: Text<72>,
    }
}

wire::message! {
    /// 0x8F down: how the device charges for cards on its own.
    pub struct CardBilling "card billing" {
        /// 0 time, 1 per use, 3 energy, 4 fixed, 5 home, 6 free
        tc_mode: u8,
    }
}

wire::message! {
    /// 0x95 down, devices with a screen.
    pub struct TemporaryQr "temporary QR code" {
        /// what it says
        qr_text: Text<200>,
    }
}

wire::message! {
    /// 0x96 down: light and sound.
    pub struct Locate "locate" {
        /// for so long
        locate_s: u8,
    }
}

wire::message! {
    /// 0x97 down.
    pub struct Mute "mute" {
        /// 1 silent
        mute: u8,
    }
}

wire::message! {
    /// 0x98 down.
    pub struct Special "special function" {
        /// what to do
        function: SpecialFunction,
        /// socket from 0
        port: u8,
    }
}
