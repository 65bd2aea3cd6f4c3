//! A finished charge on the wire: 202, 502, 222, 203 and 402.

use super::super::forms::RecordForm;
use super::super::paper::Paper;
use kernel::Timestamp;

/// Half hours of a day.
pub(crate) const SLOTS: usize = 48;

/// One finished charge as the pile remembers it. Energy in Wh, money in fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) ac: bool,
    pub(crate) gun_no: u8,
    pub(crate) card_no: String,
    pub(crate) order_no: String,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) seconds: u32,
    pub(crate) soc: (u8, u8),
    pub(crate) reason: u32,
    pub(crate) wh: u64,
    pub(crate) meter_start_wh: u64,
    pub(crate) meter_end_wh: u64,
    pub(crate) amount_fen: u32,
    pub(crate) service_fen: u32,
    pub(crate) card_balance_fen: u32,
    pub(crate) index: u32,
    pub(crate) strategy: u8,
    pub(crate) strategy_param: u32,
    pub(crate) vin: String,
    pub(crate) slots_wh: [u64; SLOTS],
    pub(crate) start_type: u8,
}

/// Which index and total a record shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) index: u32,
    pub(crate) total: u32,
}

/// The record in one of its forms.
pub(crate) fn record(form: RecordForm, code: &str, record: &Record, place: Place) -> Paper {
    match form {
        RecordForm::Narrow { length } => narrow(length, code, record, place),
        RecordForm::Wide => wide(code, record, place),
        RecordForm::Shenghong => shenghong(code, record, place),
        RecordForm::Lvneng => lvneng(code, record, place),
    }
}

fn head(body: Paper, record: &Record) -> Paper {
    body.byte(if record.ac { 2 } else { 1 })
        .byte(record.gun_no)
        .text(&record.card_no, 32)
        .time(record.started)
        .time(record.ended)
        .long(record.seconds)
        .byte(record.soc.0)
        .byte(record.soc.1)
        .long(record.reason)
}

fn vehicle(body: Paper, record: &Record) -> Paper {
    body.text(&record.vin, 17).zeros(8)
}

fn strategy(body: Paper, record: &Record) -> Paper {
    body.byte(record.strategy).long(record.strategy_param)
}

fn narrow_slots(body: Paper, record: &Record) -> Paper {
    let slots = record.slots_wh.iter();
    slots.fold(body, |body, wh| body.word_of(wh / 10))
}

fn wide_slots(body: Paper, record: &Record) -> Paper {
    let slots = record.slots_wh.iter();
    slots.fold(body, |body, wh| body.long_of(*wh))
}

/// Sums for four tariffs: everything in "flat", because the pile has no kinds.
fn sums(body: Paper, energy: u64) -> Paper {
    body.long(0).long(0).long_of(energy).long(0)
}

fn narrow(length: usize, code: &str, record: &Record, place: Place) -> Paper {
    let body = head(Paper::signed(code), record)
        .long_of(record.wh / 10)
        .long_of(record.meter_start_wh / 10)
        .long_of(record.meter_end_wh / 10)
        .long(record.amount_fen)
        .long(place.index)
        .long(record.card_balance_fen)
        .long(place.index)
        .long(place.total)
        .byte(0);
    let body = vehicle(strategy(body, record), record);
    let body = narrow_slots(body, record).byte(record.start_type);
    if length < 288 {
        return body;
    }
    let body = body.text(&record.order_no, 32);
    if length < 304 {
        return body;
    }
    sums(body, record.wh / 10)
}

/// 502 and 222 up to the order number.
fn wide_head(code: &str, record: &Record, place: Place) -> Paper {
    let body = head(Paper::signed(code), record)
        .long_of(record.wh)
        .long_of(record.meter_start_wh)
        .long_of(record.meter_end_wh)
        .long(record.amount_fen)
        .long(place.index)
        .long(record.card_balance_fen)
        .long(place.index)
        .long(place.total)
        .byte(0);
    let body = vehicle(strategy(body, record), record);
    wide_slots(body, record)
        .byte(record.start_type)
        .text(&record.order_no, 32)
}

fn wide(code: &str, record: &Record, place: Place) -> Paper {
    sums(wide_head(code, record, place), record.wh)
}

fn shenghong(code: &str, record: &Record, place: Place) -> Paper {
    wide_head(code, record, place)
        .long(record.service_fen)
        .byte(u8::try_from(record.wh % 10).unwrap_or_default())
        .zeros(2 + 34 + 6 + 2 + 1)
}

fn lvneng(code: &str, record: &Record, place: Place) -> Paper {
    let body = head(Paper::signed(code), record)
        .long_of(record.wh)
        .huge(record.meter_start_wh)
        .huge(record.meter_end_wh)
        .long(record.amount_fen)
        .long(place.index)
        .zeros(4 + 4 + 4 + 1 + 1 + 4);
    wide_slots(vehicle(body, record), record)
        .byte(record.start_type)
        .text(&record.order_no, 32)
        .long(record.service_fen)
}

/// 402: the indexes come first.
pub(crate) fn history(code: &str, record: &Record, place: Place) -> Paper {
    let body = Paper::signed(code).long(place.index).long(place.total);
    let body = head(body, record)
        .long_of(record.wh / 10)
        .long_of(record.meter_start_wh / 10)
        .long_of(record.meter_end_wh / 10)
        .long(record.amount_fen)
        .long(0)
        .long(record.card_balance_fen)
        .zeros(9);
    let body = vehicle(strategy(body, record), record);
    narrow_slots(body, record).byte(record.start_type)
}

#[cfg(test)]
mod tests {
    use super::{Place, Record, RecordForm, SLOTS, history, record};

    #[test]
    fn bodies_have_their_documented_lengths() {
        let done = Record {
            ac: false,
            gun_no: 1,
            card_no: String::new(),
            order_no: String::new(),
            started: None,
            ended: None,
            seconds: 0,
            soc: (0, 0),
            reason: 0,
            wh: 0,
            meter_start_wh: 0,
            meter_end_wh: 0,
            amount_fen: 0,
            service_fen: 0,
            card_balance_fen: 0,
            index: 1,
            strategy: 0,
            strategy_param: 0,
            vin: String::new(),
            slots_wh: [0; SLOTS],
            start_type: 0,
        };
        let place = Place { index: 1, total: 1 };
        for (form, length) in [
            (RecordForm::Narrow { length: 256 }, 256),
            (RecordForm::Narrow { length: 288 }, 288),
            (RecordForm::Narrow { length: 304 }, 304),
            (RecordForm::Wide, 400),
            (RecordForm::Shenghong, 434),
            (RecordForm::Lvneng, 396),
        ] {
            assert_eq!(record(form, "1", &done, place).into_body().len(), length);
        }
        assert_eq!(history("1", &done, place).into_body().len(), 264);
    }
}
