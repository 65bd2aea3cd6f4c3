//! End reports and their answers: subs 02, 18, 0C (BKV, docs/protocols/bkv.md §6.6, §6.7).

use super::CardNo;
use crate::clock::BinaryTime;
use crate::codes::{ChargeMode, Outcome, StatusByte};
use wire::{Counted, Hex16};

wire::message! {
    /// Charging ended, time or energy mode, 02 up; the first part of 18 and 0C.
    pub struct End "end report" {
        /// socket number
        socket_no: u8,
        /// socket firmware
        fw_version: Hex16,
        /// controller temperature, °C
        temp_c: u8,
        /// radio signal of the socket
        rssi: u8,
        /// port
        port: u8,
        /// status at the moment of ending
        status: StatusByte,
        /// business number
        business_no: u16,
        /// power, 0.1 W
        power_0_1w: u16,
        /// current, mA
        current_ma: u16,
        /// energy, Wh
        energy_wh: u16,
        /// charged time, minutes
        duration_min: u16,
    }
}

/// Minutes charged in each tier.
pub type TierMinutes = Counted<u16, 5>;

wire::message! {
    /// Charging ended, power tiers, 18 up.
    pub struct TierEnd "tier end report" {
        /// the report of 02
        end: End,
        /// end of charging
        end_time: BinaryTime,
        /// reason code, no public table
        end_reason: u8,
        /// amount spent, cent
        amount_cent: u16,
        /// highest power of the session, 0.1 W
        settle_power_0_1w: u16,
        /// minutes charged in each tier
        [level_count] level_minutes: TierMinutes,
    }
}

wire::message! {
    /// Charging ended, card session, 0C up.
    pub struct CardEnd "card end report" {
        /// the report of 02
        end: End,
        /// card number
        card_no: CardNo,
        /// 0 online card
        card_type: u8,
        /// 1 time, 2 energy, 3 power tiers
        billing_mode: ChargeMode,
        /// amount spent, cent; 0 unless by tiers
        amount_cent: u16,
        /// highest power of the session, 0.1 W; 0 unless by tiers
        settle_power_0_1w: u16,
        /// minutes charged in each tier
        [level_count] level_minutes: TierMinutes,
    }
}

wire::message! {
    /// Answer to an end report or a spontaneous 1C: subs 02, 0C, 18, 1C down.
    pub struct EndAck "report acknowledgement" {
        /// socket number
        socket_no: u8,
        /// 1 stored
        result: Outcome,
    }
}
