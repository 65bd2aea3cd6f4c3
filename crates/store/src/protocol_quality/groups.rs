//! What was counted of devices, added up by device, firmware, model or day.

use super::COUNTS;
use crate::db::{Columns, FromRow, row};
use crate::kpis::{Tally, add_all};
use crate::paging::{Listing, OF_DEVICE, Page, PageRequest};
use crate::{Conn, Result};
use domain::kpi::{Counts, Kpi};
use domain::org::Scope;
use domain::quality::{Evidence, Rule};
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use std::collections::BTreeMap;

/// Most groups of one answer.
const GROUPS_MAX: u32 = 50_000;

/// By what counts are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// By device.
    Device,
    /// By model and firmware; those of two protocols are two.
    Firmware,
    /// By model; those of two protocols are two.
    Model,
    /// By day.
    Day,
}

impl Grouping {
    const fn key(self) -> &'static str {
        match self {
            Self::Device => "device_id",
            Self::Firmware => "protocol, model, firmware",
            Self::Model => "protocol, model",
            Self::Day => "day",
        }
    }
}

/// Which devices and days are counted.
#[derive(Clone, Debug, Default)]
pub struct QualityFilter {
    /// From this day in Shanghai on, 2026-03-01.
    pub from: String,
    /// Until this day, included.
    pub to: String,
    /// This device only.
    pub device_id: Option<kernel::DeviceId>,
    /// This protocol only.
    pub protocol: Option<String>,
    /// This model only.
    pub model: Option<String>,
    /// This firmware only.
    pub firmware: Option<String>,
    /// At this station only.
    pub station_id: Option<i64>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// What is known of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The device, where there is one.
    pub phy_id: Option<PhyId>,
    /// The model; the last one of a device.
    pub model: String,
    /// The firmware; the last one of a device.
    pub firmware: String,
    /// What it speaks.
    pub protocol: String,
    /// The day, of groups by day.
    pub day: String,
    /// How many devices there are in it.
    pub devices: i64,
    /// Bytes received, decoded, unknown, malformed and noise.
    pub bytes: [i64; 5],
    /// What was counted.
    pub evidence: Evidence,
    /// The key figures that are made of what devices said.
    pub figures: Tally,
}

impl Found {
    /// Adds what is known of another group.
    pub fn add(&mut self, other: &Self) {
        self.devices += other.devices;
        for (sum, more) in self.bytes.iter_mut().zip(other.bytes) {
            *sum += more;
        }
        self.evidence.add(&other.evidence);
        add_all(&mut self.figures, &other.figures);
    }

    fn note(&mut self, kpi: Kpi, part: u64, whole: u64) {
        self.figures.insert(kpi.into(), Counts::of(part, whole));
    }
}

/// What tells a group from others; empty where it does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    device: i64,
    day: String,
    protocol: String,
    model: String,
    firmware: String,
}

fn key(row: &impl Columns, grouping: Grouping) -> sqlx::Result<Key> {
    let mut key = Key::default();
    match grouping {
        Grouping::Device => key.device = row.get("device_id")?,
        Grouping::Day => key.day = row.get("day")?,
        Grouping::Model | Grouping::Firmware => {
            key.protocol = row.get("protocol")?;
            key.model = row.get("model")?;
        }
    }
    if grouping == Grouping::Firmware {
        key.firmware = row.get("firmware")?;
    }
    Ok(key)
}

/// Reads the columns that a grouping has.
macro_rules! keyed {
    ($name:ident $grouping:expr, $inner:ident) => {
        struct $name(Key, $inner);

        impl FromRow for $name {
            fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
                Ok(Self(key(row, $grouping)?, $inner::from_row(row)?))
            }
        }
    };
}

struct Bytes {
    model: String,
    firmware: String,
    protocol: String,
    devices: i64,
    counts: [i64; COUNTS.len()],
}

impl FromRow for Bytes {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let mut counts = [0; COUNTS.len()];
        for (count, column) in counts.iter_mut().zip(COUNTS) {
            *count = row.get(column)?;
        }
        Ok(Self {
            model: row.get("last_model")?,
            firmware: row.get("last_firmware")?,
            protocol: row.get("last_protocol")?,
            devices: row.get("devices")?,
            counts,
        })
    }
}

row! {
    struct Ended {
        pub sessions: i64,
        pub acked: i64,
        pub reported: i64,
        pub compliant: i64,
        pub expected: i64,
        pub missing: i64,
        pub told: i64,
        pub completed: i64,
        pub stuck: i64,
    }
}

row! {
    struct BrokenSum {
        pub rule: Rule,
        pub count: i64,
    }
}

macro_rules! sums {
    ($keys:literal) => {
        concat!(
            $keys,
            // A day has ten letters: behind the last one stands what was said on it.
            ", substr(max(day || model), 11) as last_model, \
             substr(max(day || firmware), 11) as last_firmware, \
             substr(max(day || protocol), 11) as last_protocol, count(distinct device_id) as devices, \
             cast(sum(bytes_received) as bigint) as bytes_received, \
             cast(sum(bytes_decoded) as bigint) as bytes_decoded, \
             cast(sum(bytes_unknown) as bigint) as bytes_unknown, \
             cast(sum(bytes_malformed) as bigint) as bytes_malformed, \
             cast(sum(bytes_noise) as bigint) as bytes_noise, \
             cast(sum(frames) as bigint) as frames, \
             cast(sum(bad_frames) as bigint) as bad_frames, \
             cast(sum(heartbeats_expected) as bigint) as heartbeats_expected, \
             cast(sum(heartbeats_received) as bigint) as heartbeats_received, \
             cast(sum(reports_expected) as bigint) as reports_expected, \
             cast(sum(reports_received) as bigint) as reports_received, \
             cast(sum(statuses) as bigint) as statuses, \
             cast(sum(progresses) as bigint) as progresses, \
             cast(sum(ends) as bigint) as ends, \
             cast(sum(exceptions) as bigint) as exceptions"
        )
    };
}

/// Sums of charges that have ended. An end report is in time within a minute.
macro_rules! ended {
    ($keys:literal, $a_minute_later:literal) => {
        concat!(
            $keys,
            ", count(*) as sessions, \
             cast(sum(case when acked then 1 else 0 end) as bigint) as acked, \
             cast(sum(case when ended_by = 'end_report' and reported_at <= ",
            $a_minute_later,
            " then 1 else 0 end) as bigint) as reported, \
             cast(sum(case when compliant then 1 else 0 end) as bigint) as compliant, \
             cast(sum(expected) as bigint) as expected, \
             cast(sum(case when expected > received then expected - received else 0 end) \
             as bigint) as missing, \
             cast(sum(case when reported_at is not null then 1 else 0 end) as bigint) as told, \
             cast(sum(case when ended_by = 'end_report' then 1 else 0 end) as bigint) \
             as completed, \
             cast(sum(case when ended_by in ('stuck', 'offline', 'overdue') then 1 else 0 end) \
             as bigint) as stuck"
        )
    };
}

macro_rules! broken {
    ($keys:literal) => {
        concat!($keys, ", rule, cast(sum(count) as bigint) as count")
    };
}

/// Broken rules with what the device was known to speak that day: both are written together.
const BROKEN: &str = "(select v.day, v.device_id, v.firmware, d.model, d.protocol, v.rule, v.count, \
                      v.last_at, v.last_port_no, v.last_order_no, v.last_raw_hex \
                      from protocol_violations v join protocol_days d \
                      on d.device_id = v.device_id and d.day = v.day and d.firmware = v.firmware) \
                      as known";

fn narrowed<'a>(
    columns: &'static str,
    table: &'static str,
    filter: &'a QualityFilter,
) -> Listing<'a> {
    Listing::of(columns, table)
        .narrow("day >=", Some(&filter.from))
        .narrow("day <=", Some(&filter.to))
        .narrow("device_id =", filter.device_id.as_ref())
        .narrow("protocol =", filter.protocol.as_ref())
        .narrow("model =", filter.model.as_ref())
        .narrow("firmware =", filter.firmware.as_ref())
        .narrow_by(
            "device_id in (select s.id from devices s where s.station_id = {value})",
            filter.station_id.as_ref(),
        )
        .within(OF_DEVICE, &filter.scope)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Everything counted, by group, in the order of the groups' keys. Bytes of nobody stand under
/// device 0, which only those see who see everything.
pub async fn groups(
    conn: Conn<'_>,
    filter: &QualityFilter,
    grouping: Grouping,
) -> Result<Vec<Found>> {
    match grouping {
        Grouping::Device => by_device(conn, filter).await,
        Grouping::Firmware => by_firmware(conn, filter).await,
        Grouping::Model => by_model(conn, filter).await,
        Grouping::Day => days(conn, filter).await,
    }
}

macro_rules! grouped {
    ($name:ident, $grouping:expr, $keys:literal) => {
        async fn $name(mut conn: Conn<'_>, filter: &QualityFilter) -> Result<Vec<Found>> {
            keyed!(BytesOf $grouping, Bytes);
            keyed!(EndedOf $grouping, Ended);
            keyed!(BrokenOf $grouping, BrokenSum);
            let key = $grouping.key();
            let bytes: Vec<BytesOf> = narrowed(sums!($keys), "protocol_days", filter)
                .grouped(conn.again(), key, GROUPS_MAX)
                .await?;
            let sums = if conn.is_postgres() {
                ended!($keys, "ended_at + interval '60 seconds'")
            } else {
                ended!($keys, "ended_at + 60000")
            };
            let ended: Vec<EndedOf> = narrowed(sums, "session_quality", filter)
                .grouped(conn.again(), key, GROUPS_MAX)
                .await?;
            let rules = concat!($keys, ", rule");
            let broken: Vec<BrokenOf> = narrowed(broken!($keys), BROKEN, filter)
                .grouped(conn.again(), rules, GROUPS_MAX * 4)
                .await?;
            let mut all: BTreeMap<Key, Found> = BTreeMap::new();
            for BytesOf(key, row) in bytes {
                take_bytes(all.entry(key).or_default(), row);
            }
            for EndedOf(key, row) in ended {
                take_ended(all.entry(key).or_default(), &row);
            }
            for BrokenOf(key, row) in broken {
                let known = &mut all.entry(key).or_default().evidence.violations;
                *known.entry(row.rule).or_default() += count(row.count);
            }
            named(conn, all, $grouping).await
        }
    };
}

grouped!(by_device, Grouping::Device, "device_id");
grouped!(by_firmware, Grouping::Firmware, "protocol, model, firmware");
grouped!(by_model, Grouping::Model, "protocol, model");
grouped!(by_day, Grouping::Day, "day");

/// The same by day, the oldest first.
pub async fn days(conn: Conn<'_>, filter: &QualityFilter) -> Result<Vec<Found>> {
    by_day(conn, filter).await
}

fn take_bytes(found: &mut Found, row: Bytes) {
    found.model = row.model;
    found.firmware = row.firmware;
    found.protocol = row.protocol;
    found.devices = row.devices;
    let [
        received,
        decoded,
        unknown,
        malformed,
        noise,
        frames,
        bad_frames,
        due,
        came,
        expected,
        reports,
        statuses,
        progresses,
        ends,
        exceptions,
    ] = row.counts;
    found.bytes = [received, decoded, unknown, malformed, noise];
    let evidence = &mut found.evidence;
    evidence.frames = count(frames);
    evidence.bad_frames = count(bad_frames);
    evidence.heartbeats = Counts::of(count(came), count(due));
    evidence.reports = Counts::of(count(reports), count(expected));
    evidence.statuses = count(statuses);
    evidence.progresses = count(progresses);
    evidence.ends = count(ends);
    evidence.exceptions = count(exceptions);
    let (bad, due, came) = (count(bad_frames), count(due), count(came));
    found.note(Kpi::ProtocolError, bad, count(frames) + bad);
    found.note(Kpi::HeartbeatLoss, came, due);
}

fn take_ended(found: &mut Found, row: &Ended) {
    let evidence = &mut found.evidence;
    evidence.sessions = count(row.sessions);
    evidence.acked = count(row.acked);
    evidence.reported = count(row.reported);
    evidence.compliant = count(row.compliant);
    let ended = count(row.sessions);
    found.note(Kpi::ProtocolCompliance, count(row.compliant), ended);
    found.note(
        Kpi::StatusReportMissing,
        count(row.missing),
        count(row.expected),
    );
    found.note(Kpi::EndReport, count(row.told), ended);
    found.note(Kpi::OrderCompletion, count(row.completed), ended);
    found.note(Kpi::Stuck, count(row.stuck), ended);
}

row! {
    struct Name {
        pub id: i64,
        pub phy_id: Option<PhyId>,
    }
}

/// Gives the groups their keys back, and devices their ids on the wire.
async fn named(
    conn: Conn<'_>,
    all: BTreeMap<Key, Found>,
    grouping: Grouping,
) -> Result<Vec<Found>> {
    let names: BTreeMap<i64, PhyId> = if grouping == Grouping::Device {
        let names: Vec<Name> = conn.all("select id, phy_id from devices", &[]).await?;
        let known = names
            .into_iter()
            .filter_map(|name| Some((name.id, name.phy_id?)));
        known.collect()
    } else {
        BTreeMap::new()
    };
    let found = all.into_iter().map(|(key, mut found)| {
        match grouping {
            Grouping::Device => found.phy_id = names.get(&key.device).cloned(),
            Grouping::Day => found.day = key.day,
            Grouping::Model | Grouping::Firmware => {
                found.protocol = key.protocol;
                found.model = key.model;
                found.firmware = key.firmware;
            }
        }
        found
    });
    Ok(found.collect())
}

row! {
    /// The last example of a rule that was broken on a day.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Example {
        /// Its row, unique in a list.
        pub day: String,
        /// The device.
        pub phy_id: Option<PhyId>,
        /// What it spoke.
        pub protocol: String,
        /// What it is.
        pub model: String,
        /// What it ran.
        pub firmware: String,
        /// The rule.
        pub rule: Rule,
        /// How often on that day.
        pub count: i64,
        /// When it was last broken.
        pub last_at: Timestamp,
        /// At which port.
        pub last_port_no: Option<PortNo>,
        /// In which order.
        pub last_order_no: Option<OrderNo>,
        /// The frame, in hex, as far as it was kept.
        pub last_raw_hex: Option<String>,
    }
}

/// The last examples of broken rules, the newest first.
pub async fn examples(
    conn: Conn<'_>,
    filter: &QualityFilter,
    page: PageRequest,
) -> Result<Page<Example>> {
    let columns = "day, (select d.phy_id from devices d where d.id = device_id) as phy_id, \
                   protocol, model, firmware, rule, count, last_at, last_port_no, last_order_no, last_raw_hex";
    narrowed(columns, BROKEN, filter)
        .page(conn, "last_at desc, device_id, rule", page)
        .await
}
