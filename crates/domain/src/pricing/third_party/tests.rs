use super::{Usage, bill, energy_for};
use crate::order::{PriceTerms, ServiceFeeMode};
use crate::pricing::Bill;
use device::ChargeMode;
use kernel::{Energy, Fen, Permille};
use proptest::prelude::*;

fn terms(price: Option<i64>, fee: i32, mode: ServiceFeeMode) -> PriceTerms {
    PriceTerms {
        price_per_kwh: price,
        service_fee: Some(Permille(fee)),
        service_fee_mode: mode,
        tariff: None,
        plan: None,
    }
}

/// One hour paid with `amount`, used for `duration_s` and `centi_kwh`.
fn timed(terms: &PriceTerms, amount: i64, planned: i64, duration_s: i64, centi_kwh: i64) -> Bill {
    bill(&Usage {
        terms,
        mode: ChargeMode::Time,
        amount: Fen(amount),
        planned_duration_s: Some(planned),
        planned_energy: None,
        duration_s,
        energy: Energy::from_centi_kwh(centi_kwh),
    })
}

#[test]
fn worked_numbers_with_a_price() {
    use ServiceFeeMode::{FenPerKwhOnTop, Informational, PermilleOnTop};
    //  id     mode             amount energy   total elec service refund
    for (id, mode, amount, energy, expected) in [
        ("TP1", Informational, 1000, 523, (785, 785, 0, 215)),
        ("TP2", PermilleOnTop, 1000, 523, (863, 785, 78, 137)),
        ("TP3", FenPerKwhOnTop, 1000, 523, (837, 785, 52, 163)),
        ("TP5", Informational, 500, 2, (3, 3, 0, 497)),
        ("capped", Informational, 500, 523, (500, 500, 0, 0)),
        ("capped fee", PermilleOnTop, 800, 523, (800, 785, 15, 0)),
        ("no limit", Informational, 0, 523, (785, 785, 0, 0)),
    ] {
        let found = timed(&terms(Some(150), 100, mode), amount, 3600, 3600, energy);
        let found = (found.total.0, found.elec.0, found.service.0, found.refund.0);
        assert_eq!(found, expected, "{id}");
    }
}

#[test]
fn worked_numbers_without_a_price() {
    let free = terms(None, 0, ServiceFeeMode::Informational);
    for (id, amount, planned, used, total, refund) in [
        ("TP4", 1000, 3600, 1200, 333, 667),
        ("TP6", 500, 300, 60, 100, 400),
        ("longer than paid", 500, 300, 400, 500, 0),
        ("nothing used", 500, 300, 0, 0, 500),
    ] {
        let found = timed(&free, amount, planned, used, 0);
        assert_eq!((found.total.0, found.refund.0), (total, refund), "{id}");
    }
    let by = |mode, planned: Option<i64>, duration_s, centi_kwh| {
        bill(&Usage {
            terms: &free,
            mode,
            amount: Fen(900),
            planned_duration_s: None,
            planned_energy: planned.map(Energy::from_centi_kwh),
            duration_s,
            energy: Energy::from_centi_kwh(centi_kwh),
        })
        .total
    };
    assert_eq!(by(ChargeMode::Energy, Some(300), 10, 100), Fen(300));
    assert_eq!(by(ChargeMode::Full, None, 10, 100), Fen(900));
    assert_eq!(by(ChargeMode::Power, None, 1, 0), Fen(900));
    assert_eq!(by(ChargeMode::Full, None, 0, 0), Fen(0));
}

#[test]
fn tp7_an_amount_buys_energy() {
    assert_eq!(energy_for(Fen(750), 150), Some(Energy::from_centi_kwh(500)));
    assert_eq!(energy_for(Fen(100), 150), Some(Energy::from_centi_kwh(66)));
    assert_eq!(energy_for(Fen(0), 150), None);
    assert_eq!(energy_for(Fen(750), 0), None);
}

proptest! {
    #[test]
    fn bills_stay_inside_the_amount_and_add_up(
        price in proptest::option::of(any::<i64>()),
        fee in any::<i32>(),
        fee_mode in 0..3,
        mode in 1_i16..=4,
        amount in 0..=i64::MAX,
        planned in proptest::option::of(any::<i64>()),
        duration_s in any::<i64>(),
        energy in any::<i64>(),
    ) {
        let fee_mode = [
            ServiceFeeMode::Informational,
            ServiceFeeMode::PermilleOnTop,
            ServiceFeeMode::FenPerKwhOnTop,
        ][usize::try_from(fee_mode).expect("0..3")];
        let terms = terms(price, fee, fee_mode);
        let found = bill(&Usage {
            terms: &terms,
            mode: ChargeMode::from_code(mode).expect("1..=4"),
            amount: Fen(amount),
            planned_duration_s: planned,
            planned_energy: planned.map(Energy),
            duration_s,
            energy: Energy(energy),
        });
        prop_assert!(found.total.0 >= 0 && found.elec.0 >= 0 && found.service.0 >= 0);
        prop_assert!(found.refund.0 >= 0);
        prop_assert_eq!(found.elec + found.service, found.total);
        if amount > 0 {
            prop_assert_eq!(i128::from(found.total.0) + i128::from(found.refund.0),
                i128::from(amount));
        }
    }
}
