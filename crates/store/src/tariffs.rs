//! `tariffs`, their versions, where they apply, and what became of them on devices.

use crate::db::{Columns, FromRow, Scalar, args, from_json, parsed, row, text_column};
use crate::paging::{Listing, Page, PageRequest, Whose};
use crate::{Conn, Result};
use device::{Rate, TariffTable};
use domain::order::TariffSnapshot;
use domain::tariff::{VersionState, model_number};
use kernel::{DeviceId, PhyId, PortNo, Timestamp};

text_column!(VersionState);

row! {
    /// A row of `tariffs`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Tariff {
        /// Its row.
        pub id: i64,
        /// Its name.
        pub name: String,
        /// Who made it.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
        /// The number of its newest version.
        pub version: Option<i32>,
        /// What has become of that.
        pub state: Option<VersionState>,
        /// From when on that is in force.
        pub effective_at: Option<Timestamp>,
    }
}

/// With what is known of its newest version.
macro_rules! tariff_columns {
    () => {
        "id, name, created_by, created_at, \
         (select v.version from tariff_versions v where v.tariff_id = tariffs.id \
         order by v.version desc limit 1) as version, \
         (select v.state from tariff_versions v where v.tariff_id = tariffs.id \
         order by v.version desc limit 1) as state, \
         (select v.effective_at from tariff_versions v where v.tariff_id = tariffs.id \
         order by v.version desc limit 1) as effective_at"
    };
}

/// A row of `tariff_versions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TariffVersion {
    /// Its row.
    pub id: i64,
    /// The tariff.
    pub tariff_id: i64,
    /// 1 for the first.
    pub version: i32,
    /// Its state.
    pub state: VersionState,
    /// From when on it is in force.
    pub effective_at: Timestamp,
    /// Its prices, under the number by which devices know them.
    pub table: TariffTable,
    /// Who wrote it.
    pub written_by: String,
    /// When it was last written.
    pub written_at: Timestamp,
    /// Who approved or rejected it.
    pub reviewed_by: Option<String>,
    /// When.
    pub reviewed_at: Option<Timestamp>,
    /// What they said.
    pub review_note: Option<String>,
}

macro_rules! version_columns {
    () => {
        "v.id, v.tariff_id, v.version, v.state, v.effective_at, v.model_no, v.rates, v.slots, \
         v.written_by, v.written_at, v.reviewed_by, v.reviewed_at, v.review_note"
    };
}

impl FromRow for TariffVersion {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let model: i32 = row.get("model_no")?;
        Ok(Self {
            id: row.get("id")?,
            tariff_id: row.get("tariff_id")?,
            version: row.get("version")?,
            state: parsed(row, "state", VersionState::parse)?.unwrap_or(VersionState::Rejected),
            effective_at: row.get("effective_at")?,
            table: TariffTable {
                model: u16::try_from(model).unwrap_or(0),
                rates: from_json::<Vec<Rate>>(row, "rates")?.unwrap_or_default(),
                slots: from_json::<Vec<u8>>(row, "slots")?.unwrap_or_default(),
            },
            written_by: row.get("written_by")?,
            written_at: row.get("written_at")?,
            reviewed_by: row.get("reviewed_by")?,
            reviewed_at: row.get("reviewed_at")?,
            review_note: row.get("review_note")?,
        })
    }
}

/// Adds a tariff, still without prices.
pub async fn insert(conn: Conn<'_>, name: &str, by: &str, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into tariffs (name, created_by, created_at, updated_at) \
             values ($1, $2, $3, $3) returning id as value",
            args![name, by, now],
        )
        .await?;
    Ok(id)
}

/// One tariff.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Tariff>> {
    conn.optional(
        concat!(
            "select ",
            tariff_columns!(),
            " from tariffs where id = $1 and deleted_at is null"
        ),
        args![id],
    )
    .await
}

/// What is bound to places is seen by those whose places they are.
const BOUND: Whose = Whose::bound(
    "id in (select b.tariff_id from tariff_bindings b left join devices d on d.id = b.device_id \
     left join stations s on s.id = b.station_id \
     where d.org_path like {path} or d.operator_path like {path} \
     or s.org_path like {path} or s.operator_path like {path})",
    "id in (select b.tariff_id from tariff_bindings b left join devices d on d.id = b.device_id \
     where coalesce(b.station_id, d.station_id) in ({stations}))",
);

/// A page of tariffs, newest first.
pub async fn list(
    conn: Conn<'_>,
    seen: &domain::org::Scope,
    page: PageRequest,
) -> Result<Page<Tariff>> {
    Listing::of(tariff_columns!(), "tariffs")
        .only("deleted_at is null", true)
        .within(BOUND, seen)
        .page(conn, "id desc", page)
        .await
}

/// Adds the next version of a tariff, a draft. Its number among devices follows from its row.
pub async fn insert_version(
    mut conn: Conn<'_>,
    tariff: i64,
    prices: (&[Rate], &[u8]),
    effective_at: Timestamp,
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let (rates, slots) = (serde_json::json!(prices.0), serde_json::json!(prices.1));
    let Scalar::<i64>(id) = conn
        .again()
        .one(
            "insert into tariff_versions (tariff_id, version, state, effective_at, model_no, \
             rates, slots, written_by, written_at) \
             select $1, coalesce(max(version), 0) + 1, 'draft', $2, 0, $3, $4, $5, $6 \
             from tariff_versions where tariff_id = $1 returning id as value",
            args![tariff, effective_at, rates, slots, by, now],
        )
        .await?;
    conn.execute(
        "update tariff_versions set model_no = $2 where id = $1",
        args![id, model_number(id)],
    )
    .await?;
    Ok(id)
}

/// Rewrites the prices of a version that is still open. False when it is not.
pub async fn rewrite_version(
    conn: Conn<'_>,
    id: i64,
    prices: (&[Rate], &[u8]),
    effective_at: Timestamp,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let (rates, slots) = (serde_json::json!(prices.0), serde_json::json!(prices.1));
    let changed = conn
        .execute(
            "update tariff_versions set rates = $2, slots = $3, effective_at = $4, \
             written_by = $5, written_at = $6, state = 'draft' \
             where id = $1 and state in ('draft', 'rejected')",
            args![id, rates, slots, effective_at, by, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Moves a version from one state into another. False when it was not there any more.
pub async fn move_version(
    conn: Conn<'_>,
    id: i64,
    (from, to): (VersionState, VersionState),
    review: Option<(&str, Option<&str>)>,
    now: Timestamp,
) -> Result<bool> {
    let (by, note) = review.map_or((None, None), |(by, note)| (Some(by), note));
    let at = by.map(|_| now);
    let changed = conn
        .execute(
            "update tariff_versions set state = $3, reviewed_by = coalesce($4, reviewed_by), \
             reviewed_at = coalesce($5, reviewed_at), review_note = coalesce($6, review_note) \
             where id = $1 and state = $2",
            args![id, from.as_str(), to.as_str(), by, at, note],
        )
        .await?;
    Ok(changed == 1)
}

/// One version of a tariff.
pub async fn find_version(
    conn: Conn<'_>,
    tariff: i64,
    version: i32,
) -> Result<Option<TariffVersion>> {
    conn.optional(
        concat!(
            "select ",
            version_columns!(),
            " from tariff_versions v where v.tariff_id = $1 and v.version = $2"
        ),
        args![tariff, version],
    )
    .await
}

/// All versions of a tariff, newest first.
pub async fn list_versions(conn: Conn<'_>, tariff: i64) -> Result<Vec<TariffVersion>> {
    conn.all(
        concat!(
            "select ",
            version_columns!(),
            " from tariff_versions v where v.tariff_id = $1 order by v.version desc"
        ),
        args![tariff],
    )
    .await
}

/// Where a tariff applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// At all devices of a station.
    Station(i64),
    /// At all ports of a device.
    Device(DeviceId),
    /// At one port.
    Port(DeviceId, PortNo),
}

impl Scope {
    pub(crate) const fn parts(
        self,
    ) -> (&'static str, Option<i64>, Option<DeviceId>, Option<PortNo>) {
        match self {
            Self::Station(station) => ("station", Some(station), None, None),
            Self::Device(device) => ("device", None, Some(device), None),
            Self::Port(device, port) => ("port", None, Some(device), Some(port)),
        }
    }
}

/// Lets a tariff apply somewhere, in the place of what applied there.
pub async fn bind(
    mut conn: Conn<'_>,
    tariff: i64,
    scope: Scope,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    unbind(conn.again(), scope).await?;
    let (name, station, device, port) = scope.parts();
    conn.execute(
        "insert into tariff_bindings (tariff_id, scope, station_id, device_id, port_no, bound_by, \
         bound_at) values ($1, $2, $3, $4, $5, $6, $7)",
        args![tariff, name, station, device, port, by, now],
    )
    .await?;
    Ok(())
}

/// The tariff that applies exactly there; none when none does.
pub async fn bound(conn: Conn<'_>, scope: Scope) -> Result<Option<i64>> {
    let (name, station, device, port) = scope.parts();
    let found: Option<Scalar<i64>> = conn
        .optional(
            "select tariff_id as value from tariff_bindings where scope = $1 \
             and coalesce(station_id, 0) = coalesce($2, 0) \
             and coalesce(device_id, 0) = coalesce($3, 0) \
             and coalesce(port_no, 0) = coalesce($4, 0)",
            args![name, station, device, port],
        )
        .await?;
    Ok(found.map(|Scalar(id)| id))
}

/// Lets no tariff apply there any more. False when none did.
pub async fn unbind(conn: Conn<'_>, scope: Scope) -> Result<bool> {
    let (name, station, device, port) = scope.parts();
    let gone = conn
        .execute(
            "delete from tariff_bindings where scope = $1 \
             and coalesce(station_id, 0) = coalesce($2, 0) \
             and coalesce(device_id, 0) = coalesce($3, 0) \
             and coalesce(port_no, 0) = coalesce($4, 0)",
            args![name, station, device, port],
        )
        .await?;
    Ok(gone > 0)
}

row! {
    /// A row of `tariff_bindings`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Binding {
        /// `station`, `device` or `port`.
        pub scope: String,
        /// The station.
        pub station_id: Option<i64>,
        /// The device.
        pub device_id: Option<DeviceId>,
        /// Its id on the wire.
        pub phy_id: Option<PhyId>,
        /// The port.
        pub port_no: Option<PortNo>,
    }
}

/// Where a tariff applies.
pub async fn list_bindings(conn: Conn<'_>, tariff: i64) -> Result<Vec<Binding>> {
    conn.all(
        "select b.scope, b.station_id, b.device_id, d.phy_id, b.port_no \
         from tariff_bindings b left join devices d on d.id = b.device_id \
         where b.tariff_id = $1 order by b.id",
        args![tariff],
    )
    .await
}

/// A version in force, with the name of its tariff.
struct InForce(TariffSnapshot);

impl FromRow for InForce {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let version = TariffVersion::from_row(row)?;
        Ok(Self(TariffSnapshot {
            tariff_id: version.tariff_id,
            version: version.version,
            name: row.get("name")?,
            table: version.table,
        }))
    }
}

/// The prices in force at a port at an instant: the port's own before the device's before the
/// station's. Without a port, the device's before the station's: what the device itself holds.
pub async fn in_force(
    conn: Conn<'_>,
    device: DeviceId,
    port: Option<PortNo>,
    at: Timestamp,
) -> Result<Option<TariffSnapshot>> {
    let found: Option<InForce> = conn
        .optional(
            concat!(
                "select ",
                version_columns!(),
                ", t.name from tariff_bindings b \
                 join devices d on d.id = $1 \
                 join tariffs t on t.id = b.tariff_id and t.deleted_at is null \
                 join tariff_versions v on v.tariff_id = t.id and v.state = 'approved' \
                 and v.effective_at <= $3 \
                 where (b.scope = 'port' and b.device_id = $1 and b.port_no = $2) \
                 or (b.scope = 'device' and b.device_id = $1) \
                 or (b.scope = 'station' and b.station_id = d.station_id) \
                 order by case b.scope when 'port' then 0 when 'device' then 1 else 2 end, \
                 v.effective_at desc, v.version desc limit 1"
            ),
            args![device, port, at],
        )
        .await?;
    Ok(found.map(|InForce(snapshot)| snapshot))
}

row! {
    /// The prices that a device should hold.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Wanted {
        /// The device.
        pub device_id: DeviceId,
        /// The number of its prices.
        pub model_no: u16,
    }
}

/// The numbers of the prices that devices should hold at an instant, for all devices that have
/// any.
pub async fn all_in_force(conn: Conn<'_>, at: Timestamp) -> Result<Vec<Wanted>> {
    conn.all(
        "select device_id, model_no from ( \
         select d.id as device_id, v.model_no, row_number() over ( \
         partition by d.id order by case b.scope when 'device' then 0 else 1 end, \
         v.effective_at desc, v.version desc) as place \
         from devices d \
         join tariff_bindings b on (b.scope = 'device' and b.device_id = d.id) \
         or (b.scope = 'station' and b.station_id = d.station_id) \
         join tariffs t on t.id = b.tariff_id and t.deleted_at is null \
         join tariff_versions v on v.tariff_id = t.id and v.state = 'approved' \
         and v.effective_at <= $1) as ranked where place = 1",
        args![at],
    )
    .await
}

row! {
    /// A row of `tariff_push_log`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PushNote {
        /// The device.
        pub device_id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// The number of the prices.
        pub model_no: u16,
        /// `asked`, `same`, `pushed`, `accepted`, `refused`, `lapsed`.
        pub result: String,
        /// In words, where there is more to say.
        pub detail: Option<String>,
        /// When.
        pub at: Timestamp,
    }
}

/// Notes what became of prices on their way.
pub async fn note_push(conn: Conn<'_>, note: &PushNote) -> Result<()> {
    conn.execute(
        "insert into tariff_push_log (device_id, phy_id, model_no, result, detail, at) \
         values ($1, $2, $3, $4, $5, $6)",
        args![
            note.device_id,
            note.phy_id,
            note.model_no,
            note.result,
            note.detail,
            note.at
        ],
    )
    .await?;
    Ok(())
}

/// What became of prices on their way to a device, newest first.
pub async fn list_pushes(
    conn: Conn<'_>,
    device: DeviceId,
    page: PageRequest,
) -> Result<Page<PushNote>> {
    Listing::of(
        "device_id, phy_id, model_no, result, detail, at",
        "tariff_push_log",
    )
    .narrow("device_id =", Some(&device))
    .page(conn, "id desc", page)
    .await
}

/// Remembers which prices a device holds.
pub async fn set_held(
    conn: Conn<'_>,
    device: DeviceId,
    model: Option<u16>,
    synced: bool,
    now: Timestamp,
) -> Result<()> {
    let model = model.map(|model| format!("{model:04}"));
    conn.execute(
        "update devices set tariff_model_no = $2, tariff_synced = $3, updated_at = $4 \
         where id = $1",
        args![device, model, synced, now],
    )
    .await?;
    Ok(())
}
