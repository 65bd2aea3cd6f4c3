//! Energy of a charge over the half hours of the day, from its first report to its bill: the
//! worked numbers S1 to S3, and what holds for every row of reports.

use device::{Rate, TariffTable};
use domain::order::SlotEnergy;
use domain::pricing::time_of_use::{bill, by_kind};
use kernel::{Energy, Price, Timestamp};
use proptest::prelude::*;

/// A full half hour in Shanghai.
const BOUNDARY: Timestamp = Timestamp(1_729_389_600_000);

/// Reports as (seconds, 0.0001 kWh), the first boundary of half hours so many seconds after 0.
fn split(samples: &[(i64, i64)], boundary_s: i64) -> SlotEnergy {
    let at = |seconds: i64| Timestamp(BOUNDARY.0 + (seconds - boundary_s) * 1000);
    let mut energy = SlotEnergy::default();
    for pair in samples.windows(2) {
        let [(from, before), (to, after)] = pair else {
            panic!("two of them");
        };
        energy.add(at(*from), at(*to), Energy(after - before));
    }
    energy
}

/// What the half hours that were used hold, in their order.
fn pieces(energy: &SlotEnergy) -> Vec<i64> {
    let filled = energy.slots().iter().filter(|slot| slot.0 != 0);
    filled.map(|slot| slot.0).collect()
}

#[test]
fn s1_the_last_piece_takes_the_rest() {
    assert_eq!(pieces(&split(&[(0, 0), (30, 1234)], 20)), [823, 411]);
}

#[test]
fn s2_each_report_is_split_by_itself() {
    let first = split(&[(0, 0), (900, 75_000)], 600);
    assert_eq!(pieces(&first), [50_000, 25_000]);
    let both = split(&[(0, 0), (900, 75_000), (1800, 150_000)], 600);
    assert_eq!(pieces(&both), [50_000, 25_000 + 75_000]);
}

#[test]
fn s3_over_two_boundaries() {
    let energy = split(&[(0, 0), (3700, 50_000)], 500);
    assert_eq!(pieces(&energy), [6757, 24_324, 18_919]);
}

#[test]
fn half_hours_are_those_of_shanghai() {
    let energy = split(&[(0, 0), (60, 60)], 30);
    // 10:00 in Shanghai is 02:00 UTC.
    assert_eq!((energy.slots()[19].0, energy.slots()[20].0), (30, 30));
}

/// Five kinds, each with a price of its own.
fn table(slots: Vec<u8>) -> TariffTable {
    let rate = |electricity| Rate {
        electricity: Price(electricity),
        service: Price(40_000),
    };
    TariffTable {
        model: 1,
        rates: [123_456, 105_050, 71_828, 31_415, 20_001]
            .map(rate)
            .to_vec(),
        slots,
    }
}

/// Reports in the order of their times; energy rises, stands still or, with a meter that is
/// broken, falls.
fn reports() -> impl Strategy<Value = Vec<(i64, i64)>> {
    proptest::collection::vec((0_i64..20_000, -500_i64..20_000), 1..60).prop_map(|steps| {
        let (mut seconds, mut energy) = (0, 0);
        let mut reports = vec![(0, 0)];
        for (time, flow) in steps {
            seconds += time;
            energy += flow;
            reports.push((seconds, energy));
        }
        reports
    })
}

proptest! {
    #[test]
    fn no_energy_is_lost_or_invented(reports in reports(), boundary in 0_i64..1800) {
        let energy = split(&reports, boundary);
        let flowed: i64 = reports
            .windows(2)
            .map(|pair| (pair[1].1 - pair[0].1).max(0))
            .sum();
        prop_assert_eq!(energy.total(), Energy(flowed));
        prop_assert!(energy.slots().iter().all(|slot| slot.0 >= 0));
    }

    #[test]
    fn a_charge_that_goes_on_never_costs_less(
        reports in reports(),
        kinds in proptest::collection::vec(0_u8..5, 48),
    ) {
        let table = table(kinds);
        let mut before = kernel::Fen::ZERO;
        for until in 1..=reports.len() {
            let energy = split(&reports[..until], 0);
            let kinds = by_kind(&table, energy.slots());
            prop_assert_eq!(kinds.iter().map(|kind| kind.0).sum::<i64>(), energy.total().0);
            let sheet = bill(&table, &kinds);
            prop_assert!(sheet.total() >= before);
            before = sheet.total();
        }
    }

    #[test]
    fn more_reports_move_at_most_a_unit_each(cuts in proptest::collection::vec(1_i64..10_000, 0..20)) {
        // Ten thousand seconds of even power, one unit a second: however often it is reported.
        let mut times = cuts;
        times.extend([0, 10_000]);
        times.sort_unstable();
        times.dedup();
        let often: Vec<(i64, i64)> = times.iter().map(|second| (*second, *second)).collect();
        let whole = split(&[(0, 0), (10_000, 10_000)], 700);
        let pieces = split(&often, 700);
        for (one, other) in whole.slots().iter().zip(pieces.slots()) {
            prop_assert!((one.0 - other.0).abs() <= 1, "{one:?} {other:?}");
        }
    }
}
