//! `protocol_days` and `protocol_violations`: what came from devices, and which rules it broke.

mod groups;

pub use groups::{Example, Found, Grouping, QualityFilter, days, examples, groups};

use crate::db::{Batch, Kind, ToCell, text_column};
use crate::{Conn, Result};
use domain::quality::Rule;
use kernel::{DeviceId, OrderNo, PortNo, Timestamp};

text_column!(Rule);

/// What came from a device since it was last written down. Device 0: bytes of nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenOfDevice {
    /// The day in Shanghai, 2026-03-01.
    pub day: String,
    /// The device.
    pub device_id: DeviceId,
    /// What it ran.
    pub firmware: String,
    /// What it is.
    pub model: String,
    /// What it spoke.
    pub protocol: String,
    /// The counts, in the order of [`COUNTS`].
    pub counts: [i64; COUNTS.len()],
}

/// The names of the counts.
pub const COUNTS: [&str; 15] = [
    "bytes_received",
    "bytes_decoded",
    "bytes_unknown",
    "bytes_malformed",
    "bytes_noise",
    "frames",
    "bad_frames",
    "heartbeats_expected",
    "heartbeats_received",
    "reports_expected",
    "reports_received",
    "statuses",
    "progresses",
    "ends",
    "exceptions",
];

/// Adds what came from devices.
pub async fn add(conn: Conn<'_>, seen: &[SeenOfDevice]) -> Result<u64> {
    static ADD: Batch<20> = Batch::new(
        "insert into protocol_days (day, device_id, firmware, model, protocol, bytes_received, \
         bytes_decoded, bytes_unknown, bytes_malformed, bytes_noise, frames, bad_frames, \
         heartbeats_expected, heartbeats_received, reports_expected, reports_received, statuses, \
         progresses, ends, exceptions) \
         select v.day, v.device_id, v.firmware, v.model, v.protocol, v.bytes_received, \
         v.bytes_decoded, v.bytes_unknown, v.bytes_malformed, v.bytes_noise, v.frames, \
         v.bad_frames, v.heartbeats_expected, v.heartbeats_received, v.reports_expected, \
         v.reports_received, v.statuses, v.progresses, v.ends, v.exceptions \
         from {rows} where true on conflict (device_id, day, firmware) do update set \
         model = excluded.model, protocol = excluded.protocol, \
         bytes_received = protocol_days.bytes_received + excluded.bytes_received, \
         bytes_decoded = protocol_days.bytes_decoded + excluded.bytes_decoded, \
         bytes_unknown = protocol_days.bytes_unknown + excluded.bytes_unknown, \
         bytes_malformed = protocol_days.bytes_malformed + excluded.bytes_malformed, \
         bytes_noise = protocol_days.bytes_noise + excluded.bytes_noise, \
         frames = protocol_days.frames + excluded.frames, \
         bad_frames = protocol_days.bad_frames + excluded.bad_frames, \
         heartbeats_expected = protocol_days.heartbeats_expected + excluded.heartbeats_expected, \
         heartbeats_received = protocol_days.heartbeats_received + excluded.heartbeats_received, \
         reports_expected = protocol_days.reports_expected + excluded.reports_expected, \
         reports_received = protocol_days.reports_received + excluded.reports_received, \
         statuses = protocol_days.statuses + excluded.statuses, \
         progresses = protocol_days.progresses + excluded.progresses, \
         ends = protocol_days.ends + excluded.ends, \
         exceptions = protocol_days.exceptions + excluded.exceptions",
        [
            ("day", Kind::Text),
            ("device_id", Kind::Int),
            ("firmware", Kind::Text),
            ("model", Kind::Text),
            ("protocol", Kind::Text),
            (COUNTS[0], Kind::Int),
            (COUNTS[1], Kind::Int),
            (COUNTS[2], Kind::Int),
            (COUNTS[3], Kind::Int),
            (COUNTS[4], Kind::Int),
            (COUNTS[5], Kind::Int),
            (COUNTS[6], Kind::Int),
            (COUNTS[7], Kind::Int),
            (COUNTS[8], Kind::Int),
            (COUNTS[9], Kind::Int),
            (COUNTS[10], Kind::Int),
            (COUNTS[11], Kind::Int),
            (COUNTS[12], Kind::Int),
            (COUNTS[13], Kind::Int),
            (COUNTS[14], Kind::Int),
        ],
    );
    let rows: Vec<_> = seen
        .iter()
        .map(|seen| {
            let counts = &seen.counts;
            [
                seen.day.cell(),
                seen.device_id.cell(),
                seen.firmware.cell(),
                seen.model.cell(),
                seen.protocol.cell(),
                counts[0].cell(),
                counts[1].cell(),
                counts[2].cell(),
                counts[3].cell(),
                counts[4].cell(),
                counts[5].cell(),
                counts[6].cell(),
                counts[7].cell(),
                counts[8].cell(),
                counts[9].cell(),
                counts[10].cell(),
                counts[11].cell(),
                counts[12].cell(),
                counts[13].cell(),
                counts[14].cell(),
            ]
        })
        .collect();
    ADD.execute(conn, &rows).await
}

/// A rule that a device broke, with the last example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The day in Shanghai.
    pub day: String,
    /// The device.
    pub device_id: DeviceId,
    /// What it ran.
    pub firmware: String,
    /// What it is.
    pub model: String,
    /// The rule.
    pub rule: Rule,
    /// How often since it was last written down.
    pub count: i64,
    /// When it was last broken.
    pub at: Timestamp,
    /// At which port.
    pub port: Option<PortNo>,
    /// In which order.
    pub order: Option<OrderNo>,
    /// The frame, in hex, as far as it was kept.
    pub raw_hex: Option<String>,
}

/// Adds rules that were broken.
pub async fn add_broken(conn: Conn<'_>, broken: &[Broken]) -> Result<u64> {
    static ADD: Batch<10> = Batch::new(
        "insert into protocol_violations (day, device_id, firmware, model, rule, count, last_at, \
         last_port_no, last_order_no, last_raw_hex) \
         select v.day, v.device_id, v.firmware, v.model, v.rule, v.count, v.last_at, v.last_port_no, \
         v.last_order_no, v.last_raw_hex from {rows} where true \
         on conflict (device_id, day, firmware, rule) do update set \
         model = excluded.model, \
         count = protocol_violations.count + excluded.count, last_at = excluded.last_at, \
         last_port_no = excluded.last_port_no, last_order_no = excluded.last_order_no, \
         last_raw_hex = coalesce(excluded.last_raw_hex, protocol_violations.last_raw_hex)",
        [
            ("day", Kind::Text),
            ("device_id", Kind::Int),
            ("firmware", Kind::Text),
            ("model", Kind::Text),
            ("rule", Kind::Text),
            ("count", Kind::Int),
            ("last_at", Kind::Time),
            ("last_port_no", Kind::Int),
            ("last_order_no", Kind::Text),
            ("last_raw_hex", Kind::Text),
        ],
    );
    let rows: Vec<_> = broken
        .iter()
        .map(|broken| {
            [
                broken.day.cell(),
                broken.device_id.cell(),
                broken.firmware.cell(),
                broken.model.cell(),
                broken.rule.cell(),
                broken.count.cell(),
                broken.at.cell(),
                broken.port.cell(),
                broken.order.cell(),
                broken.raw_hex.cell(),
            ]
        })
        .collect();
    ADD.execute(conn, &rows).await
}
