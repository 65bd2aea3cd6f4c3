//! BKV 1004: charging ended in service-fee mode.

use crate::attributes::{Bytes, attributes};
use crate::clock::BcdTime;
use crate::codes::{ChargeMode, Outcome, StatusByte};

attributes! {
    /// End report with fees, 1004 up.
    pub struct FeeEnd {
        /// controller temperature, °C
        0x07/1 temp_c: u8,
        /// socket number
        0x4A/1 socket_no: u8,
        /// port
        0x08/1 port: u8,
        /// status at the moment of ending
        0x09/1 status: StatusByte,
        /// business number
        0x0A/2 business_no: u16,
        /// power, 0.1 W
        0x0B/2 power_0_1w: u32,
        /// current, mA
        0x0C/2 current_ma: u32,
        /// energy, Wh
        0x0D/2 energy_wh: u32,
        /// charged time, minutes
        0x0E/2 duration_min: u32,
        /// end of charging
        0x2E/7 end_time: BcdTime,
        /// reason code, no public table
        0x2F/1 end_reason: u8,
        /// billing mode
        0x12/1 charge_mode: ChargeMode,
        /// electricity fee, cent
        0x85/2 electricity_fee_cent: u32,
        /// service fee, cent
        0x86/2 service_fee_cent: u32,
        /// number of fee segments
        0x89/1 fee_segment_count: u8,
        /// minutes and Wh per segment, see [`SegmentUsage`](super::SegmentUsage)
        0x84/0 segment_usage: Bytes,
    }
}

attributes! {
    /// Answer to 1004, once the report is stored.
    pub struct FeeEndAck {
        /// 1 stored
        0x0F/1 ack: Outcome,
        /// socket number
        0x4A/1 socket_no: u8,
        /// port
        0x08/1 port: u8,
    }
}
