//! Transaction records: 3B with four or five periods, 3D, 40.

use super::SessionHead;
use crate::clock::Cp56Time;
use crate::codes::{RecordResult, StartFlag, StopReason};
use crate::value::{CardNo, Ident, TransactionNo, U40};
use wire::{ByteOrder, Field, HexBytes, Label, Message, Sheet, WireError, Writer};

wire::message! {
    /// The beginning of every record.
    pub struct RecordHead "record" {
        /// session
        head: SessionHead,
        /// when the charge began
        start_time: Cp56Time,
        /// when it ended
        end_time: Cp56Time,
    }
}

wire::message! {
    /// The energy meter, only in records of V1.7.
    pub struct MeterData "meter of a record" {
        /// number of the meter
        meter_no: Ident<6>,
        /// encrypted reading
        meter_cipher: Ident<34>,
        /// protocol version of the meter
        meter_protocol_version: u16,
        /// how the reading is encrypted
        meter_cipher_method: u8,
    }
}

wire::message! {
    /// Price, energy and amount of the four kinds of half hours.
    pub struct Periods "periods of a record" {
        /// electricity and service fee, 1e-5 CNY/kWh
        sharp_unit_price: u32,
        /// metered, 1e-4 kWh
        sharp_energy: u32,
        /// loss-adjusted, 1e-4 kWh
        sharp_loss_energy: u32,
        /// amount, 1e-4 CNY
        sharp_amount: u32,
        /// electricity and service fee, 1e-5 CNY/kWh
        peak_unit_price: u32,
        /// metered, 1e-4 kWh
        peak_energy: u32,
        /// loss-adjusted, 1e-4 kWh
        peak_loss_energy: u32,
        /// amount, 1e-4 CNY
        peak_amount: u32,
        /// electricity and service fee, 1e-5 CNY/kWh
        flat_unit_price: u32,
        /// metered, 1e-4 kWh
        flat_energy: u32,
        /// loss-adjusted, 1e-4 kWh
        flat_loss_energy: u32,
        /// amount, 1e-4 CNY
        flat_amount: u32,
        /// electricity and service fee, 1e-5 CNY/kWh
        valley_unit_price: u32,
        /// metered, 1e-4 kWh
        valley_energy: u32,
        /// loss-adjusted, 1e-4 kWh
        valley_loss_energy: u32,
        /// amount, 1e-4 CNY
        valley_amount: u32,
    }
}

wire::message! {
    /// The fifth kind, deep valley (深谷), where a pile knows it.
    pub struct DeepValley "deep valley of a record" {
        /// electricity and service fee, 1e-5 CNY/kWh
        deep_valley_unit_price: u32,
        /// metered, 1e-4 kWh
        deep_valley_energy: u32,
        /// loss-adjusted, 1e-4 kWh
        deep_valley_loss_energy: u32,
        /// amount, 1e-4 CNY
        deep_valley_amount: u32,
    }
}

wire::message! {
    /// The end of every record.
    pub struct RecordTotals "totals of a record" {
        /// meter reading at the start, 1e-4 kWh
        meter_start: U40,
        /// meter reading at the end, 1e-4 kWh
        meter_end: U40,
        /// total energy, 1e-4 kWh
        total_energy: u32,
        /// total loss-adjusted energy, 1e-4 kWh
        total_loss_energy: u32,
        /// electricity and service fee, 1e-4 CNY
        total_amount: u32,
        /// vehicle identification number, reading order
        vin: Text17,
        /// who started it
        start_flag: StartFlag,
        /// time of the transaction
        transaction_time: Cp56Time,
        /// why it ended
        stop_reason: StopReason,
        /// number in the chip of the card
        physical_card: CardNo,
    }
}

type Text17 = wire::Text<17>;

/// One price kind of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// Electricity and service fee, 1e-5 CNY/kWh.
    pub unit_price: u32,
    /// Metered, 1e-4 kWh.
    pub energy: u32,
    /// Loss-adjusted, 1e-4 kWh; some piles leave it 0.
    pub loss_energy: u32,
    /// Amount, 1e-4 CNY.
    pub amount: u32,
}

/// A record in any of its three forms, told apart by the length of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Session and times.
    pub head: RecordHead,
    /// Only in 3D.
    pub meter: Option<MeterData>,
    /// Sharp, peak, flat, valley.
    pub periods: Periods,
    /// Only in 3B with five periods.
    pub deep_valley: Option<DeepValley>,
    /// The rest.
    pub totals: RecordTotals,
}

/// A record of a length that no document knows: what it says of money is not guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddRecord {
    /// Sent as 3D.
    pub v17: bool,
    /// Session.
    pub head: SessionHead,
    /// The rest.
    pub rest: HexBytes,
}

impl Record {
    /// Body of 3B with four periods.
    pub const FOUR: usize = 158;
    /// Body of 3B with five periods.
    pub const FIVE: usize = 174;
    /// Body of 3D.
    pub const V17: usize = 201;

    pub(super) const TITLE: &'static str = "transaction record";

    /// Reads a body, whose length must be one of the three.
    pub(super) fn read(body: &[u8]) -> Result<Self, WireError> {
        const ORDER: ByteOrder = ByteOrder::Little;
        let (head, rest) = RecordHead::decode(body, ORDER)?;
        let (meter, rest) = if body.len() == Self::V17 {
            let (meter, rest) = MeterData::decode(rest, ORDER)?;
            (Some(meter), rest)
        } else {
            (None, rest)
        };
        let (periods, rest) = Periods::decode(rest, ORDER)?;
        let (deep_valley, rest) = if body.len() == Self::FIVE {
            let (deep, rest) = DeepValley::decode(rest, ORDER)?;
            (Some(deep), rest)
        } else {
            (None, rest)
        };
        let (totals, _) = RecordTotals::decode(rest, ORDER)?;
        Ok(Self {
            head,
            meter,
            periods,
            deep_valley,
            totals,
        })
    }

    pub(super) fn put(&self, writer: &mut Writer<'_>) {
        self.head.put(writer);
        if let Some(meter) = &self.meter {
            meter.put(writer);
        }
        self.periods.put(writer);
        if let Some(deep) = &self.deep_valley {
            deep.put(writer);
        }
        self.totals.put(writer);
    }

    pub(super) fn describe(&self, sheet: &mut Sheet) {
        let label = Label::new("", "");
        self.head.describe(label, sheet);
        if let Some(meter) = &self.meter {
            meter.describe(label, sheet);
        }
        self.periods.describe(label, sheet);
        if let Some(deep) = &self.deep_valley {
            deep.describe(label, sheet);
        }
        self.totals.describe(label, sheet);
    }

    /// The kinds in their order: sharp, peak, flat, valley, and deep valley where there is one.
    pub fn periods(&self) -> Vec<Period> {
        let Periods {
            sharp_unit_price,
            sharp_energy,
            sharp_loss_energy,
            sharp_amount,
            peak_unit_price,
            peak_energy,
            peak_loss_energy,
            peak_amount,
            flat_unit_price,
            flat_energy,
            flat_loss_energy,
            flat_amount,
            valley_unit_price,
            valley_energy,
            valley_loss_energy,
            valley_amount,
        } = self.periods;
        let period = |[unit_price, energy, loss_energy, amount]: [u32; 4]| Period {
            unit_price,
            energy,
            loss_energy,
            amount,
        };
        let deep = self.deep_valley.as_ref().map(|deep| {
            [
                deep.deep_valley_unit_price,
                deep.deep_valley_energy,
                deep.deep_valley_loss_energy,
                deep.deep_valley_amount,
            ]
        });
        [
            [
                sharp_unit_price,
                sharp_energy,
                sharp_loss_energy,
                sharp_amount,
            ],
            [peak_unit_price, peak_energy, peak_loss_energy, peak_amount],
            [flat_unit_price, flat_energy, flat_loss_energy, flat_amount],
            [
                valley_unit_price,
                valley_energy,
                valley_loss_energy,
                valley_amount,
            ],
        ]
        .into_iter()
        .chain(deep)
        .map(period)
        .collect()
    }
}

impl Periods {
    /// From sharp, peak, flat and valley.
    pub const fn of(kinds: [Period; 4]) -> Self {
        let [sharp, peak, flat, valley] = kinds;
        Self {
            sharp_unit_price: sharp.unit_price,
            sharp_energy: sharp.energy,
            sharp_loss_energy: sharp.loss_energy,
            sharp_amount: sharp.amount,
            peak_unit_price: peak.unit_price,
            peak_energy: peak.energy,
            peak_loss_energy: peak.loss_energy,
            peak_amount: peak.amount,
            flat_unit_price: flat.unit_price,
            flat_energy: flat.energy,
            flat_loss_energy: flat.loss_energy,
            flat_amount: flat.amount,
            valley_unit_price: valley.unit_price,
            valley_energy: valley.energy,
            valley_loss_energy: valley.loss_energy,
            valley_amount: valley.amount,
        }
    }
}

impl DeepValley {
    /// From a period.
    pub const fn of(deep: Period) -> Self {
        Self {
            deep_valley_unit_price: deep.unit_price,
            deep_valley_energy: deep.energy,
            deep_valley_loss_energy: deep.loss_energy,
            deep_valley_amount: deep.amount,
        }
    }
}

impl OddRecord {
    /// Bytes without which nobody can tell whose record it is.
    pub const MIN: usize = 24;

    pub(super) const TITLE: &'static str = "transaction record of unknown length";

    pub(super) fn read(body: &[u8], v17: bool) -> Result<Self, WireError> {
        let (head, rest) = SessionHead::decode(body, ByteOrder::Little)?;
        Ok(Self {
            v17,
            head,
            rest: HexBytes(rest.to_vec()),
        })
    }

    pub(super) fn put(&self, writer: &mut Writer<'_>) {
        self.head.put(writer);
        self.rest.put(writer);
    }

    pub(super) fn describe(&self, sheet: &mut Sheet) {
        self.head.describe(Label::new("", ""), sheet);
        let label = Label::new("rest_hex", "body of an unknown form");
        self.rest.describe(label, sheet);
    }
}

wire::message! {
    /// A record has arrived, 40 down.
    pub struct RecordConfirmation "record confirmation" {
        /// transaction
        transaction_no: TransactionNo,
        /// 0 uploaded, 1 illegal bill
        result: RecordResult,
    }
}
