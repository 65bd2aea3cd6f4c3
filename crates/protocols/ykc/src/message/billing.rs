//! Billing model: 05 to 0A, 57, 58.

use crate::codes;
use crate::value::{Ident, PileCode, Slots};

/// Number of a billing model (计费模型编号), four digits; 0000 for "none yet".
pub type ModelCode = Ident<2>;

wire::message! {
    /// The pile tells which model it holds, 05 up.
    pub struct ModelCheck "billing-model check" {
        /// pile number
        pile_code: PileCode,
        /// number of the model that the pile holds
        model_code: ModelCode,
    }
}

wire::message! {
    /// Whether that model is the platform's, 06 down.
    pub struct ModelCheckAnswer "billing-model check answer" {
        /// pile number
        pile_code: PileCode,
        /// the number that was checked
        model_code: ModelCode,
        /// 0 the same, 1 different
        result: codes::ModelCheck,
    }
}

wire::message! {
    /// The pile asks for the model, 09 up.
    pub struct ModelRequest "billing-model request" {
        /// pile number
        pile_code: PileCode,
    }
}

wire::message! {
    /// A billing model: the answer to 09 (0A down), and pushed (58 down).
    pub struct BillingModel "billing model" {
        /// pile number
        pile_code: PileCode,
        /// number of the model
        model_code: ModelCode,
        /// electricity, 1e-5 CNY/kWh
        sharp_energy_price: u32,
        /// service fee, 1e-5 CNY/kWh
        sharp_service_price: u32,
        /// electricity, 1e-5 CNY/kWh
        peak_energy_price: u32,
        /// service fee, 1e-5 CNY/kWh
        peak_service_price: u32,
        /// electricity, 1e-5 CNY/kWh
        flat_energy_price: u32,
        /// service fee, 1e-5 CNY/kWh
        flat_service_price: u32,
        /// electricity, 1e-5 CNY/kWh
        valley_energy_price: u32,
        /// service fee, 1e-5 CNY/kWh
        valley_service_price: u32,
        /// loss ratio, percent
        loss_ratio: u8,
        /// price of each half hour: 0 sharp, 1 peak, 2 flat, 3 valley
        slots: Slots,
    }
}
