//! `firmware`, the library of images, and `firmware_campaigns`, their way to devices.

use crate::db::{Batch, Columns, FromRow, Kind, Scalar, ToCell, args, from_json, parsed, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::campaign::{CampaignState, Rollout, UpdateState};
use kernel::{CommandId, DeviceId, PhyId, Timestamp};

/// Where devices fetch an image.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FtpAddress {
    /// Server.
    pub host: std::net::Ipv4Addr,
    /// Port.
    pub port: u16,
    /// File with its path.
    pub path: String,
    /// Who logs in.
    #[serde(default)]
    pub user: Option<String>,
    /// With which password.
    #[serde(default)]
    pub password: Option<String>,
}

/// A row of `firmware`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firmware {
    /// Its row.
    pub id: i64,
    /// What describes it.
    pub entry: FirmwareEntry,
    /// When it was handed in.
    pub created_at: Timestamp,
}

/// What describes an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareEntry {
    /// Protocol of the devices that take it.
    pub family: String,
    /// Their model; none for all of the family.
    pub device_model: Option<String>,
    /// Its version.
    pub version: String,
    /// `main`, `socket` or `radio`.
    pub target: String,
    /// Name of the file.
    pub file_name: String,
    /// Length in bytes, when it is kept here.
    pub size: Option<i64>,
    /// Digest in hex, when it is kept here.
    pub sha256: Option<String>,
    /// Where devices fetch it, when it is not pushed.
    pub ftp: Option<FtpAddress>,
    /// Free text.
    pub notes: Option<String>,
    /// Who handed it in.
    pub uploaded_by: String,
}

macro_rules! firmware_columns {
    () => {
        "id, family, device_model, version, target, file_name, size_bytes, sha256, ftp, notes, \
         uploaded_by, created_at"
    };
}

impl FromRow for Firmware {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            entry: FirmwareEntry {
                family: row.get("family")?,
                device_model: row.get("device_model")?,
                version: row.get("version")?,
                target: row.get("target")?,
                file_name: row.get("file_name")?,
                size: row.get("size_bytes")?,
                sha256: row.get("sha256")?,
                ftp: from_json(row, "ftp")?,
                notes: row.get("notes")?,
                uploaded_by: row.get("uploaded_by")?,
            },
            created_at: row.get("created_at")?,
        })
    }
}

/// Adds an image, or the address of one.
pub async fn insert(
    mut conn: Conn<'_>,
    entry: &FirmwareEntry,
    image: Option<&[u8]>,
    now: Timestamp,
) -> Result<i64> {
    let ftp = entry.ftp.as_ref().map(|ftp| serde_json::json!(ftp));
    let Scalar(id) = conn
        .again()
        .one(
            "insert into firmware (family, device_model, version, target, file_name, size_bytes, \
             sha256, ftp, notes, uploaded_by, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id as value",
            args![
                entry.family,
                entry.device_model,
                entry.version,
                entry.target,
                entry.file_name,
                entry.size,
                entry.sha256,
                ftp,
                entry.notes,
                entry.uploaded_by,
                now
            ],
        )
        .await?;
    if let Some(image) = image {
        conn.execute(
            "insert into firmware_images (firmware_id, image) values ($1, $2)",
            args![id, *image],
        )
        .await?;
    }
    Ok(id)
}

/// One entry of the library.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Firmware>> {
    conn.optional(
        concat!(
            "select ",
            firmware_columns!(),
            " from firmware where id = $1 and deleted_at is null"
        ),
        args![id],
    )
    .await
}

/// The bytes of an image; also of one that was taken off the list, for updates under
/// way.
pub async fn image(conn: Conn<'_>, id: i64) -> Result<Option<Vec<u8>>> {
    let found: Option<Scalar<Vec<u8>>> = conn
        .optional(
            "select image as value from firmware_images where firmware_id = $1",
            args![id],
        )
        .await?;
    Ok(found.map(|Scalar(image)| image))
}

/// A page of the library, newest first.
pub async fn list(
    conn: Conn<'_>,
    family: Option<&str>,
    page: PageRequest,
) -> Result<Page<Firmware>> {
    Listing::of(firmware_columns!(), "firmware")
        .only("deleted_at is null", true)
        .narrow("family =", family.as_ref())
        .page(conn, "id desc", page)
        .await
}

/// Takes an entry off the list. False when there is none.
pub async fn remove(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update firmware set deleted_at = $2 where id = $1 and deleted_at is null",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// A row of `firmware_campaigns`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its row.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it brings.
    pub firmware_id: i64,
    /// Its state.
    pub state: CampaignState,
    /// Its rules.
    pub rollout: Rollout,
    /// Why it paused by itself.
    pub pause_reason: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

macro_rules! campaign_columns {
    () => {
        "id, name, firmware_id, state, first_wave, wave, failures_max_pct, pause_reason, \
         created_by, created_at, ended_at"
    };
}

impl FromRow for Campaign {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let failures: i16 = row.get("failures_max_pct")?;
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            firmware_id: row.get("firmware_id")?,
            state: parsed(row, "state", CampaignState::parse)?.unwrap_or(CampaignState::Paused),
            rollout: Rollout {
                first_wave: row.get("first_wave")?,
                wave: row.get("wave")?,
                failures_max_pct: u8::try_from(failures).unwrap_or(0),
            },
            pause_reason: row.get("pause_reason")?,
            created_by: row.get("created_by")?,
            created_at: row.get("created_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

/// Adds a campaign with its devices in the order of their turn.
pub async fn insert_campaign(
    mut conn: Conn<'_>,
    campaign: &Campaign,
    devices: &[CampaignDevice],
) -> Result<i64> {
    let rollout = &campaign.rollout;
    let Scalar(id) = conn
        .again()
        .one(
            "insert into firmware_campaigns (name, firmware_id, state, first_wave, wave, \
             failures_max_pct, created_by, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning id as value",
            args![
                campaign.name,
                campaign.firmware_id,
                campaign.state.as_str(),
                rollout.first_wave,
                rollout.wave,
                i16::from(rollout.failures_max_pct),
                campaign.created_by,
                campaign.created_at
            ],
        )
        .await?;
    put_devices(conn, id, devices).await?;
    Ok(id)
}

/// One campaign.
pub async fn find_campaign(conn: Conn<'_>, id: i64) -> Result<Option<Campaign>> {
    conn.optional(
        concat!(
            "select ",
            campaign_columns!(),
            " from firmware_campaigns where id = $1"
        ),
        args![id],
    )
    .await
}

/// A page of campaigns, newest first.
pub async fn list_campaigns(conn: Conn<'_>, page: PageRequest) -> Result<Page<Campaign>> {
    Listing::of(campaign_columns!(), "firmware_campaigns")
        .page(conn, "id desc", page)
        .await
}

/// The campaigns whose devices are looked after: running ones, and paused ones that may have
/// devices under way.
pub async fn list_active_campaigns(conn: Conn<'_>) -> Result<Vec<Campaign>> {
    conn.all(
        concat!(
            "select ",
            campaign_columns!(),
            " from firmware_campaigns where state in ('running', 'paused') order by id"
        ),
        &[],
    )
    .await
}

/// Moves a campaign from one state into another. False when it was not there any more.
pub async fn move_campaign(
    conn: Conn<'_>,
    id: i64,
    from: CampaignState,
    to: CampaignState,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let over = matches!(to, CampaignState::Done | CampaignState::Aborted);
    let ended = over.then_some(now);
    let changed = conn
        .execute(
            "update firmware_campaigns set state = $3, pause_reason = $4, updated_at = $5, \
             ended_at = $6 where id = $1 and state = $2",
            args![id, from.as_str(), to.as_str(), reason, now, ended],
        )
        .await?;
    Ok(changed == 1)
}

row! {
    /// A row of `firmware_campaign_devices` as it is stored.
    struct StoredDevice {
        pub device_id: DeviceId,
        pub phy_id: PhyId,
        pub wave: u32,
        pub state: String,
        pub from_version: Option<String>,
        pub to_version: Option<String>,
        pub command_id: Option<CommandId>,
        pub error: Option<String>,
        pub since: Timestamp,
    }
}

/// A device of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignDevice {
    /// The device.
    pub device_id: DeviceId,
    /// Its id on the wire.
    pub phy_id: PhyId,
    /// Its wave, 0 first.
    pub wave: u32,
    /// How far it is.
    pub state: UpdateState,
    /// What it had.
    pub from_version: Option<String>,
    /// What it reported after the update.
    pub to_version: Option<String>,
    /// Its command.
    pub command_id: Option<CommandId>,
    /// Why it failed.
    pub error: Option<String>,
    /// Since when it is in its state.
    pub since: Timestamp,
}

impl From<StoredDevice> for CampaignDevice {
    fn from(row: StoredDevice) -> Self {
        Self {
            device_id: row.device_id,
            phy_id: row.phy_id,
            wave: row.wave,
            state: UpdateState::parse(&row.state).unwrap_or(UpdateState::Failed),
            from_version: row.from_version,
            to_version: row.to_version,
            command_id: row.command_id,
            error: row.error,
            since: row.since,
        }
    }
}

/// Writes devices of a campaign, replacing what was known of them.
pub async fn put_devices(conn: Conn<'_>, campaign: i64, devices: &[CampaignDevice]) -> Result<u64> {
    static PUT: Batch<10> = Batch::new(
        "insert into firmware_campaign_devices (campaign_id, device_id, phy_id, wave, state, \
         from_version, to_version, command_id, error, since) \
         select v.campaign_id, v.device_id, v.phy_id, v.wave, v.state, v.from_version, \
         v.to_version, v.command_id, v.error, v.since from {rows} where true \
         on conflict (campaign_id, device_id) do update set state = excluded.state, \
         from_version = excluded.from_version, to_version = excluded.to_version, \
         command_id = excluded.command_id, error = excluded.error, since = excluded.since",
        [
            ("campaign_id", Kind::Int),
            ("device_id", Kind::Int),
            ("phy_id", Kind::Text),
            ("wave", Kind::Int),
            ("state", Kind::Text),
            ("from_version", Kind::Text),
            ("to_version", Kind::Text),
            ("command_id", Kind::Int),
            ("error", Kind::Text),
            ("since", Kind::Time),
        ],
    );
    let rows: Vec<_> = devices
        .iter()
        .map(|device| {
            [
                crate::db::Cell::Int(campaign),
                device.device_id.cell(),
                device.phy_id.cell(),
                device.wave.cell(),
                device.state.as_str().cell(),
                device.from_version.cell(),
                device.to_version.cell(),
                device.command_id.cell(),
                device.error.cell(),
                device.since.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await
}

/// All devices of a campaign, in the order of their turn.
pub async fn list_devices(conn: Conn<'_>, campaign: i64) -> Result<Vec<CampaignDevice>> {
    let rows: Vec<StoredDevice> = conn
        .all(
            "select device_id, phy_id, wave, state, from_version, to_version, command_id, error, \
             since from firmware_campaign_devices where campaign_id = $1 order by wave, device_id",
            args![campaign],
        )
        .await?;
    Ok(rows.into_iter().map(CampaignDevice::from).collect())
}
