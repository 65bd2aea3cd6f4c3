//! F10: the commonest uplink, from bytes to its type, on one core.

use super::figure::{FigureId, Row, Verdict};
use super::frames::Gateway;
use super::numbers::{float, grouped, median, rate};
use bkv::frame::{Expect, Scan, scan};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long each loop runs.
const ROUND: Duration = Duration::from_millis(300);
/// Rounds of each kind.
const ROUNDS: usize = 5;
/// Frames between two looks at the clock.
const BATCH: u64 = 10_000;

const TARGET: f64 = 2e6;

/// Measures decoding beside the mere checksum of the same bytes.
pub fn measure() -> Vec<Row> {
    let frame = Gateway::numbered(1).heartbeat();
    let (mut decoded, mut summed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        summed.push(per_second(|| {
            let bytes = black_box(frame.as_slice());
            black_box(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
        }));
        decoded.push(per_second(|| {
            if let Scan::Frame(found) = scan(black_box(&frame), Expect::Up) {
                black_box(bkv::message::decode(&found).is_ok());
            }
        }));
    }
    let (decoded, summed) = (median(&decoded), median(&summed));
    vec![Row {
        figure: FigureId::F10,
        conditions: format!("BKV heartbeat, {} bytes", frame.len()),
        measured: format!("{}/s ({:.0} ns)", grouped(decoded), 1e9 / decoded.max(1.0)),
        beside: format!(
            "its checksum alone: {}/s ({:.0} ns)",
            grouped(summed),
            1e9 / summed.max(1.0)
        ),
        result: format!("{:.1} million/s", decoded / 1e6),
        target: "≥ 2 million/s",
        verdict: Verdict::of(decoded >= TARGET),
    }]
}

fn per_second(mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    let mut done = 0_u64;
    while began.elapsed() < ROUND {
        for _ in 0..BATCH {
            work();
        }
        done += BATCH;
    }
    debug_assert!(float(done) > 0.0);
    rate(done, began.elapsed())
}
