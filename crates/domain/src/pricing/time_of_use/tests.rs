use super::{BillSheet, ByKind, Split, bill, by_kind, read_split};
use device::{EnergySplit, Rate, RateShare, TariffTable};
use kernel::{Energy, Fen, Price};
use proptest::prelude::*;

/// Prices of the worked examples: sharp 1.20, peak 1.00, flat 0.70, valley 0.30, each with 0.40
/// service.
fn t1() -> TariffTable {
    let rate = |electricity| Rate {
        electricity: Price(electricity),
        service: Price(40_000),
    };
    let mut slots = vec![3; 16];
    for (kind, count) in [
        (2, 4),
        (1, 4),
        (2, 4),
        (1, 2),
        (0, 4),
        (1, 4),
        (2, 6),
        (3, 4),
    ] {
        slots.extend(std::iter::repeat_n(kind, count));
    }
    TariffTable {
        model: 1,
        rates: vec![rate(120_000), rate(100_000), rate(70_000), rate(30_000)],
        slots,
    }
}

fn flat(electricity: i64, service: i64) -> TariffTable {
    TariffTable {
        model: 1,
        rates: vec![Rate {
            electricity: Price(electricity),
            service: Price(service),
        }],
        slots: vec![0; 48],
    }
}

fn kinds(energies: [i64; 5]) -> ByKind {
    energies.map(Energy)
}

fn sums(sheet: &BillSheet) -> (i64, i64, i64) {
    (sheet.elec_fen.0, sheet.service_fen.0, sheet.total().0)
}

fn m4(sheet: &BillSheet) -> Vec<(i64, i64)> {
    let lines = sheet.lines.iter();
    lines.map(|line| (line.elec_m4, line.service_m4)).collect()
}

fn fen(sheet: &BillSheet) -> Vec<(i64, i64)> {
    let lines = sheet.lines.iter();
    lines
        .map(|line| (line.elec_fen.0, line.service_fen.0))
        .collect()
}

#[test]
fn p1_three_periods() {
    assert!(t1().is_complete());
    let sheet = bill(&t1(), &kinds([0, 200_001, 54_321, 101_234, 0]));
    assert_eq!(
        m4(&sheet),
        [(200_001, 80_000), (38_025, 21_728), (30_370, 40_494)]
    );
    assert_eq!(sums(&sheet), (2684, 1422, 4106));
    assert_eq!(fen(&sheet), [(2000, 800), (380, 217), (304, 405)]);
}

#[test]
fn p2_over_a_slot_boundary() {
    let mut slots = vec![Energy::ZERO; 48];
    slots[19] = Energy(50_000);
    slots[20] = Energy(100_000);
    let energy = by_kind(&t1(), &slots);
    assert_eq!(energy, kinds([0, 100_000, 50_000, 0, 0]));
    let sheet = bill(&t1(), &energy);
    assert_eq!(m4(&sheet), [(100_000, 40_000), (35_000, 20_000)]);
    assert_eq!(sums(&sheet), (1350, 600, 1950));
}

#[test]
fn p3_to_p6_one_price() {
    for (table, energy, elec_m4, service_m4, expected) in [
        (
            flat(61_234, 35_678),
            333_333,
            204_113,
            118_927,
            (2041, 1189, 3230),
        ),
        (flat(150_000, 0), 52_300, 78_450, 0, (785, 0, 785)),
        (flat(52_345, 40_005), 10_033, 5252, 4014, (53, 40, 93)),
        (flat(100_000, 40_000), 1, 1, 0, (0, 0, 0)),
    ] {
        let sheet = bill(&table, &kinds([energy, 0, 0, 0, 0]));
        assert_eq!(m4(&sheet), [(elec_m4, service_m4)]);
        assert_eq!(sums(&sheet), expected);
    }
}

#[test]
fn p7_remainders_go_to_the_largest() {
    let rate = |electricity| Rate {
        electricity: Price(electricity),
        service: Price(40_000),
    };
    let table = TariffTable {
        model: 1,
        rates: [123_456, 105_050, 71_828, 31_415].map(rate).to_vec(),
        slots: vec![0; 48],
    };
    let sheet = bill(&table, &kinds([33_333, 33_333, 33_333, 33_333, 0]));
    let elec: Vec<i64> = sheet.lines.iter().map(|line| line.elec_m4).collect();
    assert_eq!(elec, [41_152, 35_016, 23_942, 10_472]);
    assert_eq!(sums(&sheet), (1106, 533, 1639));
    let elec: Vec<i64> = sheet.lines.iter().map(|line| line.elec_fen.0).collect();
    assert_eq!(elec, [412, 350, 239, 105]);
    let service: i64 = sheet.lines.iter().map(|line| line.service_fen.0).sum();
    assert_eq!(service, 533);
}

#[test]
fn a_records_split_is_believed_only_when_it_adds_up() {
    let share = |kind, energy| RateShare {
        kind,
        energy: Energy(energy),
        amount: None,
    };
    let read = |shares: Vec<RateShare>, total| {
        read_split(&t1(), &EnergySplit::ByRate(shares), Energy(total))
    };
    let good = read(vec![share(1, 200_000), share(2, 73_456)], 273_456);
    assert_eq!(good, Split::Good(kinds([0, 200_000, 73_456, 0, 0])));
    // Rounding of the device goes into the largest.
    let near = read(vec![share(1, 200_000), share(2, 73_456)], 273_459);
    assert_eq!(near, Split::Good(kinds([0, 200_003, 73_456, 0, 0])));
    assert_eq!(read(vec![share(1, 200_000)], 273_456), Split::Contradicts);
    assert_eq!(read(vec![share(1, 0), share(2, 0)], 273_456), Split::None);
    assert_eq!(read(vec![share(4, 10)], 10), Split::Unpriced);
    assert_eq!(read(vec![share(9, 10)], 10), Split::Unpriced);
    assert_eq!(
        read_split(&t1(), &EnergySplit::Whole, Energy(5)),
        Split::None
    );
    let mut slots = vec![Energy::ZERO; 48];
    slots[0] = Energy(10_000);
    slots[47] = Energy(5_000);
    let split = read_split(&t1(), &EnergySplit::BySlot(slots), Energy(15_050));
    assert_eq!(split, Split::Good(kinds([0, 0, 0, 15_050, 0])));
}

#[test]
fn a_device_with_four_kinds_cannot_tell_deep_valley_from_valley() {
    let mut table = t1();
    table.rates.push(Rate {
        electricity: Price(20_000),
        service: Price(40_000),
    });
    table.slots[..4].fill(4);
    let read = |energies: &[i64]| {
        let shares = (0..).zip(energies).map(|(kind, energy)| RateShare {
            kind,
            energy: Energy(*energy),
            amount: None,
        });
        let total = Energy(energies.iter().sum());
        read_split(&table, &EnergySplit::ByRate(shares.collect()), total)
    };
    assert_eq!(read(&[0, 5, 0, 20]), Split::None, "20 may be either");
    let good = Split::Good(kinds([0, 5, 7, 0, 0]));
    assert_eq!(read(&[0, 5, 7, 0]), good, "none of it was at night");
    let good = Split::Good(kinds([0, 5, 0, 12, 8]));
    assert_eq!(read(&[0, 5, 0, 12, 8]), good, "five are told apart");
    table.slots[..4].fill(3);
    let shares = vec![RateShare {
        kind: 3,
        energy: Energy(20),
        amount: None,
    }];
    let read = read_split(&table, &EnergySplit::ByRate(shares), Energy(20));
    assert_eq!(read, Split::Good(kinds([0, 0, 0, 20, 0])));
}

proptest! {
    #[test]
    fn lines_add_up_to_the_bill(energies in proptest::array::uniform5(0_i64..10_000_000)) {
        let sheet = bill(&t1(), &kinds(energies));
        let elec: i64 = sheet.lines.iter().map(|line| line.elec_fen.0).sum();
        let service: i64 = sheet.lines.iter().map(|line| line.service_fen.0).sum();
        prop_assert_eq!(Fen(elec), sheet.elec_fen);
        prop_assert_eq!(Fen(service), sheet.service_fen);
        // More energy never costs less.
        let more = bill(&t1(), &kinds(energies.map(|energy| energy + 10_000)));
        prop_assert!(more.total() >= sheet.total());
    }
}
