//! The hot paths of the codec and of the link: what every frame of every pile goes through.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use device::{Admission, Item, Link, Output, Profile, Protocol as _};
use kernel::Timestamp;
use std::hint::black_box;
use std::time::Duration;
use ykc::frame::{Scan, scan};

/// The test vectors, of which the commonest uplinks are taken (docs/protocols/ykc.md §18).
const VECTORS: &str = include_str!("../../../../testdata/protocols/ykc.jsonl");

/// The login, and then what comes all the time.
const FRAMES: [(&str, &str); 4] = [
    ("heartbeat", "syn-03-gun2-fault"),
    ("real-time data", "syn-13-charging"),
    ("battery demand", "lambda-23-demand"),
    ("record", "syn-3B-vin"),
];

fn bytes(name: &str) -> Vec<u8> {
    let named = |line: &&str| line.contains(&format!("\"name\": \"{name}\""));
    let line = VECTORS.lines().find(named).expect("a vector of that name");
    let hex_at = line.find("\"hex\": \"").expect("its bytes") + 8;
    let digits = line[hex_at..].split('"').next().expect("its digits");
    hex::decode(digits).expect("hex")
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, vector) in FRAMES {
        let raw = bytes(vector);
        group.throughput(Throughput::Elements(1));
        let Scan::Frame(frame) = scan(&raw) else {
            panic!("{name} is no frame");
        };
        assert!(ykc::message::decode(&frame).is_ok(), "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| match scan(black_box(&raw)) {
                Scan::Frame(frame) => ykc::message::decode(&frame).is_ok(),
                _ => false,
            });
        });
    }
    group.finish();
}

/// A link whose pile has logged in, and its output for reuse.
fn admitted(code: &str) -> (Box<dyn Link>, Output) {
    let login = ykc::message::Message::from(ykc::message::Body::Login(ykc::message::Login {
        pile_code: code.parse().expect("digits"),
        pile_type: ykc::codes::PileType::Dc,
        gun_count: 2,
        protocol_version: ykc::codes::ProtocolVersion::V16,
        firmware_version: wire::Text::padded("V4.1.50").expect("short"),
        network_type: ykc::codes::NetworkKind::Lan,
        sim: ykc::value::Ident::default(),
        operator: ykc::codes::Operator::Mobile,
    }));
    let mut raw = Vec::new();
    login
        .seal([0, 0], ykc::frame::CrcOrder::LowHigh, &mut raw)
        .expect("short");
    let mut link = ykc::Ykc.link();
    let mut out = Output::default();
    link.receive(&raw, Timestamp(0), &mut out);
    let device = out.items.iter().find_map(|item| match item {
        Item::Identify(device) => Some(device.clone()),
        _ => None,
    });
    let device = device.expect("the login introduces its pile");
    let known = Admission::Known(Profile::default());
    link.admit(&device, known, Timestamp(0), &mut out);
    (link, Output::default())
}

fn link(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("link");
    group.throughput(Throughput::Elements(1));
    for (name, vector) in [
        ("heartbeat with its answer", FRAMES[0].1),
        ("real-time data", FRAMES[1].1),
    ] {
        let raw = bytes(vector);
        let (mut link, mut out) = admitted("32010600019236");
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
