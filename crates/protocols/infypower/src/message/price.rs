//! Price tables: 1101 to 1104.

use crate::codes::CommandResult;
use crate::value::decimal;
use serde_json::Value;
use wire::{Field, Reader, Tail, WireError, Writer};

/// Decimals of a price of the Infypower and Shenghong dialects, yuan.
const DECIMALS: u32 = 2;
/// Decimals of a price of the Lvneng dialect, yuan.
const LVNENG_DECIMALS: u32 = 4;

/// From when to when a price applies, hours and minutes. Unused slots are all zero; the end of
/// the day is 24:00, in Lvneng 00:00.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// Hour and minute.
    pub from: (u8, u8),
    /// Hour and minute.
    pub until: (u8, u8),
}

/// One slot with one price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceSlot {
    /// When.
    pub period: Period,
    /// 0.01 yuan per kWh.
    pub price: u32,
}

/// One slot of the Lvneng dialect, with two prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LvnengSlot {
    /// When.
    pub period: Period,
    /// Electricity, 0.0001 yuan per kWh.
    pub electricity: u32,
    /// Service, 0.0001 yuan per kWh.
    pub service: u32,
}

impl Period {
    fn texts(self) -> [Value; 2] {
        [self.from, self.until].map(|(hour, minute)| format!("{hour:02}:{minute:02}").into())
    }
}

impl Field for Period {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let [a, b, c, d] = reader.array(name)?;
        Ok(Self {
            from: (a, b),
            until: (c, d),
        })
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&[self.from.0, self.from.1, self.until.0, self.until.1]);
    }

    fn show(&self) -> Value {
        Value::from(self.texts().to_vec())
    }
}

impl Field for PriceSlot {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        Ok(Self {
            period: Period::get(reader, name)?,
            price: reader.u32(name)?,
        })
    }

    fn put(&self, writer: &mut Writer<'_>) {
        self.period.put(writer);
        writer.u32(self.price);
    }

    fn show(&self) -> Value {
        let [from, until] = self.period.texts();
        let price = decimal(u64::from(self.price), DECIMALS);
        Value::from(vec![from, until, price.into()])
    }
}

impl Field for LvnengSlot {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        Ok(Self {
            period: Period::get(reader, name)?,
            electricity: reader.u32(name)?,
            service: reader.u32(name)?,
        })
    }

    fn put(&self, writer: &mut Writer<'_>) {
        self.period.put(writer);
        writer.u32(self.electricity);
        writer.u32(self.service);
    }

    fn show(&self) -> Value {
        let [from, until] = self.period.texts();
        let [electricity, service] = [self.electricity, self.service]
            .map(|price| decimal(u64::from(price), LVNENG_DECIMALS).into());
        Value::from(vec![from, until, electricity, service])
    }
}

wire::message! {
    /// 1102 up and 1103 down: 12 slots, 6 in V2.0.
    pub struct Prices "price table" {
        /// start, end, price in yuan per kWh
        slots: Tail<PriceSlot>,
    }
}

wire::message! {
    /// 1102 up and 1103 down, Lvneng: 48 slots.
    pub struct LvnengPrices "price table (Lvneng)" {
        /// start, end, electricity and service price in yuan per kWh
        slots: Tail<LvnengSlot>,
    }
}

wire::message! {
    /// 1101 down.
    pub struct PricesAsk "price query" {
    }
}

wire::message! {
    /// 1104 up.
    pub struct PricesAnswer "price table answer" {
        /// 0 accepted, 1 refused
        result: CommandResult,
    }
}
