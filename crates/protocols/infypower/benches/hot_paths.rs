//! The hot paths of the codec and of the link: what every frame of every pile goes through.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use device::{Admission, Direction, Item, Link, Output, Profile, Protocol as _};
use infypower::frame::{Frame, Scan, scan};
use infypower::layout::Dialect;
use infypower::message::decode;
use kernel::Timestamp;
use std::hint::black_box;
use std::time::Duration;

/// The commonest uplinks, by their names in the vector file.
const FRAMES: [&str; 5] = [
    "infy30_102_heartbeat",
    "infy30_104_charging_232",
    "lv34_109_status_idle",
    "infy30_202_record_297",
    "infy30_106_signin",
];

const VECTORS: &str = include_str!("../../../../testdata/protocols/infypower.jsonl");

/// The bytes and the dialect of a vector.
fn vector(name: &str) -> (Vec<u8>, Dialect) {
    let mut lines = VECTORS
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("one object per line"));
    let found = lines.find(|vector| vector["name"] == name);
    let found = found.expect("the vector is there");
    let bytes = hex::decode(found["hex"].as_str().expect("hex")).expect("hex digits");
    let dialect = Dialect::parse(found["dialect"].as_str().expect("a name"));
    (bytes, dialect.expect("one of the three"))
}

fn found(raw: &[u8]) -> Frame<'_> {
    match scan(raw) {
        Scan::Frame(frame) => frame,
        other => panic!("no frame: {other:?}"),
    }
}

fn decoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for name in FRAMES {
        let (raw, dialect) = vector(name);
        group.throughput(Throughput::Elements(1));
        assert!(decode(&found(&raw), Direction::Up, dialect, None).is_ok());
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let frame = found(black_box(&raw));
                decode(&frame, Direction::Up, dialect, None).is_ok()
            });
        });
    }
    group.finish();
}

/// A link whose pile has signed in, and its output for reuse.
fn signed_in() -> (Box<dyn Link>, Output) {
    let (raw, _) = vector("infy30_106_signin");
    let mut link = infypower::Infypower.link();
    let mut out = Output::default();
    link.receive(&raw, Timestamp(0), &mut out);
    let device = out.items.iter().find_map(|item| match item {
        Item::Identify(device) => Some(device.clone()),
        _ => None,
    });
    let device = device.expect("a sign-in introduces its pile");
    let known = Admission::Known(Profile::default());
    link.admit(&device, known, Timestamp(0), &mut out);
    (link, Output::default())
}

fn linking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("link");
    group.throughput(Throughput::Elements(1));
    for (name, vector_name) in [
        ("heartbeat with its answer", "infy30_102_heartbeat"),
        (
            "status of a charge with its answer",
            "infy30_104_charging_232",
        ),
    ] {
        let (raw, _) = vector(vector_name);
        let (mut link, mut out) = signed_in();
        let mut now = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                now += 1000;
                link.receive(black_box(&raw), Timestamp(now), &mut out);
                out.wire.clear();
                out.items.clear();
            });
        });
    }
    let (raw, _) = vector("infy30_106_signin");
    let mut out = Output::default();
    group.bench_function("a new connection's first sign-in", |bencher| {
        bencher.iter_batched(
            || infypower::Infypower.link(),
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
    targets = decoding, linking
}
criterion_main!(hot_paths);
