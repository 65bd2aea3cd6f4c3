//! Status of one gun: 104, 504 and 109.

use super::super::forms::StatusForm;
use super::super::paper::Paper;
use kernel::Timestamp;

/// What a gun shows. Energy in Wh, money in fen, times of the pile's own clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) gun_count: u8,
    pub(crate) gun_no: u8,
    pub(crate) ac: bool,
    pub(crate) work_state: u8,
    pub(crate) soc: u8,
    pub(crate) alarm: u32,
    pub(crate) car_link: u8,
    pub(crate) fee_fen: u32,
    pub(crate) service_fen: u32,
    pub(crate) clock: Option<Timestamp>,
    pub(crate) voltage_dv: u16,
    pub(crate) current_da: u16,
    pub(crate) demand_dv: u16,
    pub(crate) demand_da: u16,
    pub(crate) constant_current: bool,
    pub(crate) phases_dv: [u16; 3],
    pub(crate) phases_da: [u16; 3],
    pub(crate) remain_min: u16,
    pub(crate) seconds: u32,
    pub(crate) wh: u64,
    pub(crate) meter_start_wh: u64,
    pub(crate) meter_now_wh: u64,
    pub(crate) start_type: u8,
    pub(crate) strategy: u8,
    pub(crate) strategy_param: u32,
    pub(crate) card_no: String,
    pub(crate) order_no: String,
    pub(crate) started: Option<Timestamp>,
    pub(crate) card_balance_fen: u32,
    /// In the unit of the pile, 0.1 kW unless it errs.
    pub(crate) power: u32,
    pub(crate) outlet_c: i16,
    pub(crate) ambient_c: i16,
    pub(crate) gun_c: i16,
    pub(crate) vin: String,
    pub(crate) door_open: bool,
}

/// 104, 504 or 109.
pub(crate) fn status(form: StatusForm, code: &str, shown: &Shown) -> Paper {
    match form {
        StatusForm::Narrow { length, .. } => narrow(length, code, shown),
        StatusForm::Lvneng => lvneng(code, shown),
    }
}

fn head(code: &str, shown: &Shown) -> Paper {
    Paper::signed(code)
        .byte(shown.gun_count)
        .byte(shown.gun_no)
        .byte(if shown.ac { 2 } else { 1 })
        .byte(shown.work_state)
        .byte(shown.soc)
        .long(shown.alarm)
        .byte(shown.car_link)
        .long(shown.fee_fen)
}

fn electrical(body: Paper, shown: &Shown) -> Paper {
    let body = body
        .word(shown.voltage_dv)
        .word(shown.current_da)
        .word(shown.demand_dv)
        .word(shown.demand_da)
        .byte(if shown.constant_current { 2 } else { 1 });
    let phases = shown.phases_dv.iter().chain(&shown.phases_da);
    phases
        .fold(body, |body, phase| body.word(*phase))
        .word(shown.remain_min)
        .long(shown.seconds)
}

fn temperatures(body: Paper, shown: &Shown) -> Paper {
    body.celsius(shown.outlet_c)
        .celsius(shown.ambient_c)
        .celsius(shown.gun_c)
}

fn narrow(length: usize, code: &str, shown: &Shown) -> Paper {
    let body = electrical(head(code, shown).zeros(8), shown)
        .long_of(shown.wh / 10)
        .long_of(shown.meter_start_wh / 10)
        .long_of(shown.meter_now_wh / 10)
        .byte(shown.start_type)
        .byte(shown.strategy)
        .long(shown.strategy_param)
        .byte(0)
        .text(&shown.card_no, 32)
        .byte(0)
        .time(shown.started)
        .long(shown.card_balance_fen)
        .long(0)
        .long(shown.power)
        .zeros(8)
        .long(u32::from(shown.car_link));
    if length < 172 {
        return body;
    }
    let body = temperatures(body, shown);
    if length < 223 {
        return body;
    }
    let body = body
        .text(&shown.vin, 18)
        .byte(u8::from(shown.door_open))
        .text(&shown.order_no, 32);
    if length < 246 {
        return body;
    }
    body.long(shown.fee_fen.saturating_sub(shown.service_fen))
        .long(shown.service_fen)
        .byte(u8::from(shown.car_link == 0))
        .byte(0)
        .byte(u8::try_from(shown.wh % 10).unwrap_or_default())
        .long_of(shown.meter_now_wh / 10)
        .zeros(8)
}

fn lvneng(code: &str, shown: &Shown) -> Paper {
    // The platform's order number, else the card.
    let name = if shown.start_type == 1 {
        &shown.order_no
    } else {
        &shown.card_no
    };
    let body = electrical(head(code, shown).time(shown.clock), shown)
        .long_of(shown.wh)
        .huge(shown.meter_start_wh)
        .huge(shown.meter_now_wh)
        .byte(shown.start_type)
        .zeros(6)
        .text(name, 32)
        .zeros(9)
        .long(shown.fee_fen.saturating_sub(shown.service_fen))
        .long(shown.service_fen)
        .long(shown.power)
        .zeros(12);
    temperatures(body, shown).text(&shown.vin, 18).byte(0)
}

#[cfg(test)]
mod tests {
    use super::{Shown, StatusForm, status};

    #[test]
    fn bodies_have_their_documented_lengths() {
        let shown = Shown::default();
        for length in [169, 172, 223, 246] {
            let form = StatusForm::Narrow {
                command: 104,
                length,
            };
            assert_eq!(status(form, "1", &shown).into_body().len(), length);
        }
        let lvneng = status(StatusForm::Lvneng, "1", &shown);
        assert_eq!(lvneng.into_body().len(), 199);
    }
}
