//! The short frames of a pile.

use super::super::forms::Forms;
use super::super::paper::Paper;
use super::down::PriceSlot;
use kernel::Timestamp;

/// What a sign-in tells.
pub(crate) struct SignIn<'a> {
    pub(crate) code: &'a str,
    pub(crate) software: u32,
    pub(crate) boots: u32,
    pub(crate) interval_min: u16,
    pub(crate) gun_count: u8,
    pub(crate) heartbeat_s: u8,
    pub(crate) heartbeat_misses: u8,
    pub(crate) records: u32,
    pub(crate) time: Option<Timestamp>,
    pub(crate) random: u32,
}

/// 106.
pub(crate) fn sign_in(forms: &Forms, told: &SignIn<'_>) -> Paper {
    let body = Paper::signed(told.code)
        .byte(0)
        .long(told.software)
        .word(0)
        .long(told.boots)
        .byte(2)
        .word(told.interval_min)
        .byte(0)
        .byte(told.gun_count)
        .byte(told.heartbeat_s)
        .byte(told.heartbeat_misses)
        .long(told.records)
        .time(told.time)
        .zeros(24);
    if forms.sign_in < 96 {
        return body;
    }
    let body = body.long(told.random).word(forms.version);
    match forms.sign_in {
        96 => body,
        100 => body.long(1),
        _ => body.long(1).byte(1).text("SX-0001", 32),
    }
}

/// 102.
pub(crate) fn heartbeat(forms: &Forms, code: &str, number: u16, plugged: &[bool]) -> Paper {
    let body = Paper::signed(code).word(number);
    if forms.heartbeat == 38 {
        return body;
    }
    let mut plugs = [0_u8; 16];
    // Lvneng leaves the sixteen bytes empty.
    if forms.sign_in == 133 {
        for (byte, plugged) in plugs.iter_mut().zip(plugged) {
            *byte = if *plugged { 2 } else { 0 };
        }
    }
    body.bytes(&plugs)
}

/// 8.
pub(crate) fn start_answer(forms: &Forms, code: &str, gun: u8, result: u32, order: &str) -> Paper {
    let body = Paper::signed(code).byte(gun).long(result);
    if forms.start_answer == 73 {
        body.text(order, 32)
    } else {
        body
    }
}

/// 6.
pub(crate) fn control_answer(code: &str, gun: u8, address: u32, count: u8, result: u8) -> Paper {
    Paper::signed(code)
        .byte(gun)
        .long(address)
        .byte(count)
        .byte(result)
}

/// 2.
pub(crate) fn numbers_answer(
    code: &str,
    set: bool,
    address: u32,
    values: &[u32],
    result: u8,
) -> Paper {
    let count = u8::try_from(values.len()).unwrap_or(u8::MAX);
    let body = Paper::signed(code)
        .byte(u8::from(set))
        .long(address)
        .byte(count)
        .byte(result);
    if set {
        return body;
    }
    values.iter().fold(body, |body, value| body.long(*value))
}

/// 4.
pub(crate) fn text_answer(code: &str, set: bool, address: u32, data: &[u8], result: u8) -> Paper {
    let body = Paper::signed(code)
        .byte(u8::from(set))
        .long(address)
        .byte(result);
    if set { body } else { body.bytes(data) }
}

/// 204.
pub(crate) fn card(forms: &Forms, code: &str, card: &str, balance_fen: u32) -> Paper {
    let body = Paper::signed(code).text(card, 32).long(balance_fen).byte(0);
    if forms.card == 153 {
        body.zeros(80)
    } else {
        body
    }
}

/// 206.
pub(crate) fn password(code: &str, card: &str, password: &str) -> Paper {
    Paper::signed(code).text(card, 32).text(password, 32)
}

/// 208.
pub(crate) fn vin(code: &str, gun: u8, vin: &str) -> Paper {
    Paper::signed(code).byte(gun).text(vin, 17).byte(0).long(0)
}

/// 108.
pub(crate) fn alarm_bits(code: &str, bits: &[u8; 32]) -> Paper {
    Paper::signed(code).bytes(bits)
}

/// 1102.
pub(crate) fn prices(forms: &Forms, slots: &[PriceSlot]) -> Paper {
    let unused = PriceSlot {
        from: 0,
        to: 0,
        price: 0,
    };
    let all = slots.iter().chain(std::iter::repeat(&unused));
    let clock = |body: Paper, minute: u16| {
        body.byte(u8::try_from(minute / 60).unwrap_or_default())
            .byte(u8::try_from(minute % 60).unwrap_or_default())
    };
    all.take(forms.price_slots)
        .fold(Paper::bare(), |body, slot| {
            let body = clock(clock(body, slot.from), slot.to);
            if forms.price_slots == 48 {
                body.long(slot.price).long(0)
            } else {
                body.long(slot.price / 100)
            }
        })
}

/// 1008.
pub(crate) fn piece_answer(forms: &Forms, number: u8, expected: bool, written: bool) -> Paper {
    if forms.piece_answer == 1 {
        return Paper::bare().byte(number);
    }
    Paper::bare()
        .byte(u8::from(!expected))
        .byte(u8::from(!written))
        .zeros(6)
}
