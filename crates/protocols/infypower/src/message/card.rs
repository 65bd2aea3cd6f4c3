//! Cards, passwords and vehicles that ask to charge: 204, 203, 206, 205, 208, 207.

use crate::codes::{CardResponse, Strategy};
use crate::value::{Ascii, Cents16, Cents32, Later, Reserved};

wire::message! {
    /// 204 up. 73 bytes, 153 with password and sector.
    pub struct CardAsk "card authentication" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// card number
        card_no: Ascii<32>,
        /// balance stored on the card, yuan
        card_balance_yuan: Cents32,
        /// mark on the card, 0 normal, 1 black
        black_flag: u8,
        /// longer form
        password: Later<CardAskPassword>,
    }
}

wire::message! {
    /// The 153-byte form.
    pub struct CardAskPassword "card authentication, password" {
        /// password typed by the user
        card_password: Ascii<32>,
        /// card sector data
        sector_random: Reserved<48>,
    }
}

wire::message! {
    /// 203 down (everywhere but in Lvneng, where 203 is a record). 20 bytes; older piles read
    /// the first 12.
    pub struct CardAnswer "card answer" {
        /// 0
        reserved: Reserved<4>,
        /// verdict
        response_code: CardResponse,
        /// account balance, yuan
        balance_yuan: Cents32,
        /// longer form
        prices: Later<CardAnswerPrices>,
    }
}

wire::message! {
    /// The 20-byte form.
    pub struct CardAnswerPrices "card answer, prices" {
        /// electricity price, yuan per kWh
        elec_price_yuan: Cents16,
        /// service price, yuan per kWh
        service_price_yuan: Cents16,
        /// 1: ask for the password (then 206)
        password_check: u8,
        /// 1: compare the VIN
        vin_check: u8,
        /// 1: compare the plate
        plate_check: u8,
        /// 1: show that the balance is low
        balance_hint: u8,
    }
}

wire::message! {
    /// 206 up.
    pub struct PasswordAsk "password authentication" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// card number
        card_no: Ascii<32>,
        /// password typed by the user
        card_password: Ascii<32>,
    }
}

wire::message! {
    /// 205 down.
    pub struct PasswordAnswer "password answer" {
        /// 0
        reserved: Reserved<4>,
        /// verdict
        response_code: CardResponse,
        /// account balance, yuan
        balance_yuan: Cents32,
    }
}

wire::message! {
    /// 208 up, V5.3.
    pub struct VinAsk "VIN plug-and-charge" {
        /// old user id and command serial, ignored
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// gun
        gun_no: u8,
        /// vehicle identification number
        vin: Ascii<17>,
        /// what ends it
        strategy: Strategy,
        /// seconds, 0.01 yuan or 0.01 kWh
        strategy_param: u32,
    }
}

wire::message! {
    /// 207 down, V5.3; carries the pile code although it is a downlink.
    pub struct VinAnswer "VIN answer" {
        /// 0
        reserved: Reserved<4>,
        /// pile code (充电桩编码)
        pile_code: Ascii<32>,
        /// gun
        gun_no: u8,
        /// vehicle identification number
        vin: Ascii<17>,
        /// account bound to the VIN
        vin_account: Ascii<32>,
        /// order number (充电流水号)
        order_no: Ascii<32>,
        /// 0 accepted, other refused
        result: u8,
        /// reason code (not public)
        reason: u8,
        /// account balance, yuan
        balance_yuan: Cents32,
        /// digits for stopping on the screen
        stop_password: Ascii<6>,
    }
}
