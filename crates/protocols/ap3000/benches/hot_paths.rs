//! The hot paths of the codec and of the link: what every frame of every device goes through.

use ap3000::Ap3000;
use ap3000::frame::{Scan, scan};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use device::{Admission, Direction, Item, Link, Output, Profile, Protocol as _};
use kernel::Timestamp;
use std::hint::black_box;
use std::time::Duration;

/// The commonest uplinks (docs/protocols/ap3000.md); the heartbeats and the registration are
/// captures.
const FRAMES: [(&str, &str); 5] = [
    (
        "heartbeat of two sockets",
        "444e591000f36ca20407002112090200020060a703",
    ),
    (
        "heartbeat of sixteen sockets",
        "444e591e00415dc6065003219b08100001010200030500000900000d00000100581504",
    ),
    (
        "power heartbeat",
        "444e5932003b37ab040a00060101100e300001e803b0042003e8032019090118000013003038010203040501\
         00e8039808c7015500da08",
    ),
    (
        "settlement",
        "444e5928003b37ab04010003100ee803300001010000000001201909011800001300303801020304 05e8034405",
    ),
    ("registration", "444e590f00cd28a2040108208002021e31069703"),
];

fn bytes(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    hex::decode(digits).expect("hex")
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, text) in FRAMES {
        let raw = bytes(text);
        group.throughput(Throughput::Elements(1));
        let Scan::Frame(frame) = scan(&raw) else {
            panic!("{name} is no frame");
        };
        assert!(
            ap3000::message::decode(&frame, Direction::Up).is_ok(),
            "{name}"
        );
        group.bench_function(name, |bencher| {
            bencher.iter(|| match scan(black_box(&raw)) {
                Scan::Frame(frame) => ap3000::message::decode(&frame, Direction::Up).is_ok(),
                _ => false,
            });
        });
    }
    group.finish();
}

/// A link whose device is known, and its output for reuse.
fn admitted(raw: &[u8]) -> (Box<dyn Link>, Output) {
    let mut link = Ap3000.link();
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
            || Ap3000.link(),
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
