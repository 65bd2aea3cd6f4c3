//! The bill of a long charge whose price depends on the time of the day.

use super::alone::per_second;
use super::figure::{FigureId, Row, Verdict};
use super::numbers::grouped;
use anyhow::{Result, ensure};
use device::{Rate, TariffTable};
use domain::order::SlotEnergy;
use domain::pricing::time_of_use::{bill, by_kind};
use kernel::{Energy, Price, Timestamp};
use std::hint::black_box;

/// 2024-10-20 20:00 in Shanghai; six hours go over midnight and three changes of prices.
const START: Timestamp = Timestamp::from_unix_seconds(1_729_425_600);
/// Six hours, a report every ten seconds.
const SAMPLES: u16 = 2160;
/// Between two reports, ms.
const GAP_MS: i64 = 10_000;
/// Bills between two looks at the clock.
const BATCH: u64 = 100;

const TARGET_US: f64 = 100.0;

/// Measures a bill from its samples, beside the mere sum of the same samples.
///
/// # Errors
/// When the bill is wrong.
pub fn measure() -> Result<Vec<Row>> {
    let (table, samples) = (tariff(), samples());
    let Some((_, whole)) = samples.last() else {
        return Ok(Vec::new());
    };
    ensure!(split(&samples).total() == *whole, "energy has been lost");
    let (bills, sums) = per_second(
        BATCH,
        || {
            let slots = split(black_box(&samples));
            black_box(bill(&table, &by_kind(&table, slots.slots())));
        },
        || {
            let pieces = black_box(&samples).windows(2);
            let energy: i64 = pieces.map(|pair| pair[1].1.0 - pair[0].1.0).sum();
            black_box(energy);
        },
    );
    let (each, sum) = (1e6 / bills.max(1.0), 1e6 / sums.max(1.0));
    Ok(vec![Row {
        figure: FigureId::Bill,
        conditions: format!(
            "six hours, a sample every 10 s ({} samples), five prices in 48 half hours",
            grouped(f64::from(SAMPLES))
        ),
        measured: format!("{each:.1} µs from the samples to the bill"),
        beside: format!("the sum of the samples alone: {sum:.1} µs"),
        result: format!("{each:.1} µs"),
        target: "< 100 µs",
        verdict: Verdict::of(each < TARGET_US),
    }])
}

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

/// Readings of a meter while the power falls from 60 to 20 kW, as a battery takes it.
fn samples() -> Vec<(Timestamp, Energy)> {
    let mut energy = 0;
    let mut samples = vec![(START, Energy::ZERO)];
    for step in 1..=i64::from(SAMPLES) {
        energy += 1667 - step * 1111 / i64::from(SAMPLES);
        samples.push((Timestamp(START.0 + step * GAP_MS), Energy(energy)));
    }
    samples
}

/// The energy in each half hour of the day.
fn split(samples: &[(Timestamp, Energy)]) -> SlotEnergy {
    let mut slots = SlotEnergy::default();
    for pair in samples.windows(2) {
        if let [(from, before), (to, after)] = pair {
            slots.add(*from, *to, Energy(after.0 - before.0));
        }
    }
    slots
}
