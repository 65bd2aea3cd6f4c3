//! Real-time data: 12, 13.

use crate::codes::{FaultBits, GunHomed, GunPlugged, GunState};
use crate::value::{Gun, Ident, PileCode, TransactionNo};

wire::message! {
    /// Read the data of one gun, 12 down.
    pub struct ReadRealtime "read real-time data" {
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
    }
}

wire::message! {
    /// Data of one gun, 13 up.
    pub struct Realtime "real-time data" {
        /// transaction; zeros without a session
        transaction_no: TransactionNo,
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
        /// what the gun is doing
        state: GunState,
        /// whether the gun hangs in its holder
        gun_homed: GunHomed,
        /// whether the gun is in a vehicle
        gun_plugged: GunPlugged,
        /// output voltage, 0.1 V
        output_voltage: u16,
        /// output current, 0.1 A
        output_current: u16,
        /// temperature of the gun line, °C + 50; 0 is no value
        gun_line_temp: u8,
        /// code of the gun line
        gun_line_code: Ident<8>,
        /// state of charge, %
        soc: u8,
        /// highest battery temperature, °C + 50; 0 is no value
        battery_max_temp: u8,
        /// charged so far, minutes
        charged_minutes: u16,
        /// remaining time, minutes
        remaining_minutes: u16,
        /// energy so far, 1e-4 kWh
        energy: u32,
        /// loss-adjusted energy, 1e-4 kWh; may be left 0
        loss_energy: u32,
        /// amount so far, 1e-4 CNY
        amount: u32,
        /// hardware faults
        fault_bits: FaultBits,
    }
}
