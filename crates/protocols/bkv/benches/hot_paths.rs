//! The hot paths of the codec and of the link: what every frame of every device goes through.

use bkv::frame::{Expect, Scan, scan};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use device::{Admission, Item, Link, Output, Profile, Protocol as _};
use kernel::Timestamp;
use std::hint::black_box;
use std::time::Duration;

/// The commonest uplinks, from the vendor's guide and a capture (docs/protocols/bkv.md).
const FRAMES: [(&str, &str); 4] = [
    (
        "heartbeat",
        "fcfe002e0000000000000182200520004869383938363034363331313230373033313934313763562e\
         31723436001fcafcee",
    ),
    (
        "status of two ports",
        "fcfe0091100000000000018224121800038204010110170a010200000000000000000901038224121800\
         038265019403014a0104013effff0301071d0301961e28015b030108000301099004010a000904019508\
         f704010b000404010c002a04010d000004010e000028015b030108010301098004010a000004019508f7\
         04010b000104010c000104010d000004010e00005dfcee",
    ),
    (
        "end report",
        "fcfe0025001500000000018224121800038200110201ffff1d1e00b0000901940159000000018\
         6fcee",
    ),
    (
        "start answer",
        "fcfe00190015001c9c2b0186004459453005000507010200006826fcee",
    ),
];

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hex")
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, text) in FRAMES {
        let raw = bytes(text);
        group.throughput(Throughput::Elements(1));
        let Scan::Frame(frame) = scan(&raw, Expect::Up) else {
            panic!("{name} is no frame");
        };
        assert!(bkv::message::decode(&frame).is_ok(), "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| match scan(black_box(&raw), Expect::Up) {
                Scan::Frame(frame) => bkv::message::decode(&frame).is_ok(),
                _ => false,
            });
        });
    }
    group.finish();
}

/// A link whose device is known, and its output for reuse.
fn admitted(raw: &[u8]) -> (Box<dyn Link>, Output) {
    let mut link = bkv::Bkv.link();
    let mut out = Output::default();
    link.receive(raw, Timestamp(0), &mut out);
    let device = out.items.iter().find_map(|item| match item {
        Item::Identify(device) => Some(device.clone()),
        _ => None,
    });
    let device = device.expect("the first frame introduces its device");
    link.admit(
        &device,
        Admission::Known(Profile::default()),
        Timestamp(0),
        &mut out,
    );
    (link, Output::default())
}

fn link(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("link");
    let (_, text) = FRAMES[0];
    let raw = bytes(text);
    let (mut link, mut out) = admitted(&raw);
    let mut now = 0;
    group.throughput(Throughput::Elements(1));
    group.bench_function("heartbeat with its answer", |bencher| {
        bencher.iter(|| {
            now += 1000;
            link.receive(black_box(&raw), Timestamp(now), &mut out);
            out.wire.clear();
            out.items.clear();
        });
    });
    group.bench_function("a new connection's first heartbeat", |bencher| {
        bencher.iter_batched(
            || bkv::Bkv.link(),
            |mut link| {
                link.receive(black_box(&raw), Timestamp(0), &mut out);
                out.wire.clear();
                out.items.clear();
                link
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group! {
    name = hot_paths;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    targets = decode, link
}
criterion_main!(hot_paths);
