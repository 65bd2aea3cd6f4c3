//! What a bill by the time of the day costs: six hours with a report every ten seconds.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use device::{Rate, TariffTable};
use domain::order::SlotEnergy;
use domain::pricing::time_of_use::{bill, by_kind};
use kernel::{Energy, Price, Timestamp};
use std::hint::black_box;

/// 2024-10-20 20:00 in Shanghai; six hours go over midnight and three changes of prices.
const START: Timestamp = Timestamp::from_unix_seconds(1_729_425_600);

/// Six hours.
const SAMPLES: usize = 2160;

fn tariff() -> TariffTable {
    let rate = |electricity| Rate {
        electricity: Price(electricity),
        service: Price(40_000),
    };
    TariffTable {
        model: 1,
        rates: [120_000, 100_000, 70_000, 30_000, 20_000]
            .map(rate)
            .to_vec(),
        slots: (0..48_u8).map(|slot| slot / 2 % 5).collect(),
    }
}

/// Power between 20 and 60 kW, as a battery takes it.
fn samples() -> Vec<(Timestamp, Energy)> {
    let mut energy = 0;
    let mut samples = vec![(START, Energy::ZERO)];
    for step in 1..=SAMPLES {
        let step = i64::try_from(step).expect("small");
        energy += 1667 - step * 1111 / 2160;
        samples.push((Timestamp(START.0 + step * 10_000), Energy(energy)));
    }
    samples
}

fn bills(criterion: &mut Criterion) {
    let (table, samples) = (tariff(), samples());
    assert!(table.is_complete());
    let split = |samples: &[(Timestamp, Energy)]| {
        let mut slots = SlotEnergy::default();
        for pair in samples.windows(2) {
            if let [(from, before), (to, after)] = pair {
                slots.add(*from, *to, Energy(after.0 - before.0));
            }
        }
        slots
    };
    let slots = split(&samples);
    let whole = samples.last().expect("there are some").1;
    assert_eq!(slots.total(), whole, "nothing is lost");

    let mut group = criterion.benchmark_group("time_of_use");
    group.throughput(Throughput::Elements(1));
    group.bench_function("six_hours_of_samples_to_bill", |bencher| {
        bencher.iter(|| {
            let slots = split(black_box(&samples));
            bill(&table, &by_kind(&table, slots.slots()))
        });
    });
    // What a running charge pays per report: its half hours are kept up to date.
    group.bench_function("estimate_of_a_running_charge", |bencher| {
        bencher.iter(|| bill(&table, &by_kind(&table, black_box(slots.slots()))));
    });
    group.finish();
}

criterion_group!(benches, bills);
criterion_main!(benches);
