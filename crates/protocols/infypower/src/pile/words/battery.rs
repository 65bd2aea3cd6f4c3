//! What the vehicle's battery management says: 302 of V5.3, and the raw messages of older piles.

use super::super::paper::Paper;

/// The vehicle as the pile hears it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Battery {
    pub(crate) gun_no: u8,
    pub(crate) work_state: u8,
    pub(crate) car_link: u8,
    pub(crate) vin: String,
    pub(crate) capacity_dah: u32,
    pub(crate) rated_dv: u32,
    pub(crate) max_dv: u32,
    pub(crate) max_da: u32,
    pub(crate) energy_dkwh: u32,
    pub(crate) soc_start_dpct: u16,
    pub(crate) soc_dpct: u16,
    pub(crate) demand_dv: u32,
    pub(crate) demand_da: u32,
    pub(crate) constant_current: bool,
    pub(crate) voltage_dv: u32,
    pub(crate) current_da: u32,
    pub(crate) cell_cv: u32,
    pub(crate) remain_min: u32,
    pub(crate) hottest_c: i16,
    pub(crate) coldest_c: i16,
    pub(crate) full: bool,
}

/// 302 of V5.3.
pub(crate) fn structured(code: &str, number: u16, battery: &Battery) -> Paper {
    let charging = battery.work_state == 2;
    let body = Paper::bare()
        .zeros(4)
        .word(number)
        .byte(battery.gun_no)
        .text(code, 32)
        .byte(battery.work_state)
        .byte(battery.car_link)
        // BRM
        .bytes(&[0, 1, 1])
        .byte(3)
        .long(battery.capacity_dah)
        .long(battery.rated_dv)
        .text("CATL", 4)
        .long(1)
        .word(2023)
        .byte(6)
        .byte(15)
        .long(212)
        .byte(1)
        .byte(0)
        .text(&battery.vin, 17)
        .zeros(8)
        // BCP
        .long(365)
        .long(battery.max_da)
        .long(battery.energy_dkwh)
        .long(battery.max_dv)
        .celsius(55)
        .word(battery.soc_start_dpct)
        .long(battery.rated_dv)
        // BRO
        .byte(0xAA)
        // BCL
        .long(battery.demand_dv)
        .long(battery.demand_da)
        .byte(if battery.constant_current { 2 } else { 1 })
        // BCS
        .long(battery.voltage_dv)
        .long(battery.current_da)
        .long(battery.cell_cv)
        .byte(1)
        .word(battery.soc_dpct)
        .long(battery.remain_min)
        // BSM
        .byte(7)
        .celsius(battery.hottest_c)
        .byte(3)
        .celsius(battery.coldest_c)
        .byte(9)
        .zeros(6)
        .byte(u8::from(charging))
        // BST
        .byte(u8::from(battery.full))
        .zeros(13);
    // BSD comes when the charge is over.
    let body = if charging {
        body.zeros(12)
    } else {
        body.word(battery.soc_dpct)
            .long(battery.cell_cv.saturating_sub(2))
            .long(battery.cell_cv)
            .celsius(battery.coldest_c)
            .celsius(battery.hottest_c)
    };
    // BEM
    body.zeros(8)
}

/// 302 of older piles: BRM 64, VBI 64, BCP 16, BRO 8, BCL 8, BCS 16, BSM 8, BST 8, BSD 8, BEM 8.
pub(crate) fn raw(battery: &Battery) -> Paper {
    let narrow = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
    Paper::bare()
        .zeros(4)
        .bytes(&[0, 1, 1, 3])
        .word(narrow(battery.capacity_dah))
        .word(narrow(battery.rated_dv))
        .text("CATL", 4)
        .zeros(52)
        .text(&battery.vin, 64)
        .word(365)
        .word(narrow(battery.max_da))
        .word(narrow(battery.energy_dkwh))
        .word(narrow(battery.max_dv))
        .celsius(55)
        .word(battery.soc_start_dpct)
        .word(narrow(battery.rated_dv))
        .zeros(3)
        .byte(0xAA)
        .zeros(7)
        .word(narrow(battery.demand_dv))
        .word(narrow(battery.demand_da))
        .byte(if battery.constant_current { 2 } else { 1 })
        .zeros(3)
        .word(narrow(battery.voltage_dv))
        .word(narrow(battery.current_da))
        .word(narrow(battery.cell_cv))
        .byte(u8::try_from(battery.soc_dpct / 10).unwrap_or(100))
        .word(narrow(battery.remain_min))
        .zeros(7)
        .byte(7)
        .celsius(battery.hottest_c)
        .byte(3)
        .celsius(battery.coldest_c)
        .zeros(4)
        .zeros(24)
}

#[cfg(test)]
mod tests {
    use super::{Battery, raw, structured};

    #[test]
    fn bodies_have_their_documented_lengths() {
        let battery = Battery::default();
        assert_eq!(structured("1", 0, &battery).into_body().len(), 194);
        assert_eq!(raw(&battery).into_body().len(), 4 + 208);
    }
}
