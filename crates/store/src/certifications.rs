//! `certifications`: what was tried on which device, and which firmware may be called certified.

use crate::db::{Columns, FromCell};
use crate::db::{Scalar, args, from_json, row, text_column};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result, StoreError};
use domain::certification::{
    CertificationPlan, CertificationState, CheckCode, CheckMemory, CheckState, Wanted,
};
use kernel::{DeviceId, PhyId, Timestamp};
use serde_json::Value;

text_column!(CertificationState);
text_column!(CheckCode);
text_column!(CheckState);
text_column!(Wanted);

impl FromCell for CertificationPlan {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        from_json(row, column)
    }
}

impl FromCell for CheckMemory {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        from_json(row, column)
    }
}

row! {
    /// A row of `certifications`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Certification {
        /// Row id.
        pub id: i64,
        /// The device.
        pub device_id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// What it speaks.
        pub protocol: Option<String>,
        /// Its model when it began.
        pub device_model: Option<String>,
        /// Its firmware when it began.
        pub firmware_version: Option<String>,
        /// How much is asked for.
        pub plan: CertificationPlan,
        /// How far it is.
        pub state: CertificationState,
        /// Whether all checks passed; none before its end.
        pub passed: Option<bool>,
        /// 0 to 100; none before its end.
        pub score: Option<i16>,
        /// Why it was cancelled.
        pub note: Option<String>,
        /// Who began it.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
        /// When it ended.
        pub ended_at: Option<Timestamp>,
    }
}

row! {
    /// A row of `certification_checks`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct CertificationCheck {
        /// Its place.
        pub position: i16,
        /// Which check.
        pub code: CheckCode,
        /// How far it is.
        pub state: CheckState,
        /// What somebody at the device is asked to do.
        pub wanted: Option<Wanted>,
        /// Why it failed.
        pub reason: Option<String>,
        /// Numbers and evidence.
        pub figures: Value,
        /// What it has seen so far.
        pub memory: Option<CheckMemory>,
        /// When it began.
        pub started_at: Option<Timestamp>,
        /// When it ended.
        pub ended_at: Option<Timestamp>,
    }
}

row! {
    /// A row of `certified_models`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CertifiedModel {
        /// The model.
        pub device_model: String,
        /// Its firmware.
        pub firmware_version: String,
        /// Whether it may be called certified.
        pub certified: bool,
        /// By which certification.
        pub certification_id: i64,
        /// Who said so.
        pub changed_by: String,
        /// When.
        pub changed_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, device_id, phy_id, protocol, device_model, firmware_version, plan, state, passed, \
         score, note, created_by, created_at, ended_at"
    };
}

macro_rules! model_columns {
    () => {
        "device_model, firmware_version, certified, certification_id, changed_by, changed_at"
    };
}

/// Which certifications a list shows.
#[derive(Clone, Debug, Default)]
pub struct CertificationFilter {
    /// In this state only.
    pub state: Option<CertificationState>,
    /// Of this device only.
    pub phy_id: Option<PhyId>,
    /// Of this model only.
    pub device_model: Option<String>,
}

fn json<T: serde::Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| StoreError::Other(Box::new(error)))
}

/// Adds a certification with all its checks, none begun; its id. A device has one at a time.
pub async fn insert(mut conn: Conn<'_>, new: &Certification) -> Result<i64> {
    let plan = json(&new.plan)?;
    let Scalar::<i64>(id) = conn
        .again()
        .one(
            "insert into certifications (device_id, phy_id, protocol, device_model, \
             firmware_version, plan, state, created_by, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id as value",
            args![
                new.device_id,
                new.phy_id,
                new.protocol,
                new.device_model,
                new.firmware_version,
                plan,
                new.state.as_str(),
                new.created_by,
                new.created_at
            ],
        )
        .await?;
    for (position, code) in (1_i64..).zip(CheckCode::ALL) {
        conn.again()
            .execute(
                "insert into certification_checks (certification_id, position, code, state) \
                 values ($1, $2, $3, $4)",
                args![id, position, code.as_str(), CheckState::Pending.as_str()],
            )
            .await?;
    }
    Ok(id)
}

/// One certification.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Certification>> {
    conn.optional(
        concat!("select ", columns!(), " from certifications where id = $1"),
        args![id],
    )
    .await
}

/// Those under way, oldest first.
pub async fn running(conn: Conn<'_>) -> Result<Vec<Certification>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from certifications where state = 'running' order by id"
        ),
        &[],
    )
    .await
}

/// A page, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &CertificationFilter,
    page: PageRequest,
) -> Result<Page<Certification>> {
    let state = filter.state.map(CertificationState::as_str);
    Listing::of(columns!(), "certifications")
        .narrow("state =", state.as_ref())
        .narrow("phy_id =", filter.phy_id.as_ref())
        .narrow("device_model =", filter.device_model.as_ref())
        .page(conn, "id desc", page)
        .await
}

/// The checks of a certification, in their order.
pub async fn checks(conn: Conn<'_>, id: i64) -> Result<Vec<CertificationCheck>> {
    conn.all(
        "select position, code, state, wanted, reason, figures, memory, started_at, ended_at \
         from certification_checks where certification_id = $1 order by position",
        args![id],
    )
    .await
}

/// Writes a check as it is now.
pub async fn put_check(conn: Conn<'_>, id: i64, check: &CertificationCheck) -> Result<()> {
    let memory = check.memory.as_ref().map(json).transpose()?;
    conn.execute(
        "update certification_checks set state = $3, wanted = $4, reason = $5, figures = $6, \
         memory = $7, started_at = $8, ended_at = $9 \
         where certification_id = $1 and position = $2",
        args![
            id,
            check.position,
            check.state.as_str(),
            check.wanted.map(Wanted::as_str),
            check.reason,
            check.figures,
            memory,
            check.started_at,
            check.ended_at
        ],
    )
    .await?;
    Ok(())
}

/// Ends a certification. False when it is over.
pub async fn end(
    conn: Conn<'_>,
    id: i64,
    state: CertificationState,
    outcome: Option<(bool, i16)>,
    note: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let (passed, score) = outcome.unzip();
    let changed = conn
        .execute(
            "update certifications set state = $2, passed = $3, score = $4, note = $5, \
             ended_at = $6 where id = $1 and state = 'running'",
            args![id, state.as_str(), passed, score, note, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The newest certification of a model with a firmware that passed.
pub async fn newest_passed(
    conn: Conn<'_>,
    model: &str,
    firmware: &str,
) -> Result<Option<Certification>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from certifications where device_model = $1 and firmware_version = $2 \
             and state = 'done' and passed = $3 order by id desc limit 1"
        ),
        args![model, firmware, true],
    )
    .await
}

/// Says whether a model with a firmware may be called certified.
pub async fn put_model(conn: Conn<'_>, model: &CertifiedModel) -> Result<()> {
    conn.execute(
        "insert into certified_models (device_model, firmware_version, certified, \
         certification_id, changed_by, changed_at) values ($1, $2, $3, $4, $5, $6) \
         on conflict (device_model, firmware_version) do update set \
         certified = excluded.certified, certification_id = excluded.certification_id, \
         changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        args![
            model.device_model,
            model.firmware_version,
            model.certified,
            model.certification_id,
            model.changed_by,
            model.changed_at
        ],
    )
    .await?;
    Ok(())
}

/// What was said of a model with a firmware.
pub async fn find_model(
    conn: Conn<'_>,
    model: &str,
    firmware: &str,
) -> Result<Option<CertifiedModel>> {
    conn.optional(
        concat!(
            "select ",
            model_columns!(),
            " from certified_models where device_model = $1 and firmware_version = $2"
        ),
        args![model, firmware],
    )
    .await
}

/// A page of what was said, by model.
pub async fn list_models(conn: Conn<'_>, page: PageRequest) -> Result<Page<CertifiedModel>> {
    Listing::of(model_columns!(), "certified_models")
        .page(conn, "device_model, firmware_version", page)
        .await
}

/// Frames that a device sent since an instant, and how many of its lines were no frame.
pub async fn frames_since(
    conn: Conn<'_>,
    phy_id: &PhyId,
    from: Timestamp,
    until: Timestamp,
) -> Result<(u64, u64)> {
    row! {
        struct Counts {
            pub lines: i64,
            pub bad: i64,
        }
    }
    let counts: Counts = conn
        .one(
            "select count(*) as lines, \
             cast(coalesce(sum(case when type = 'noise' then 1 else 0 end), 0) as bigint) as bad \
             from comm_logs where phy_id = $1 and direction = 'up' and at >= $2 and at < $3",
            args![phy_id, from, until],
        )
        .await?;
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok((count(counts.lines), count(counts.bad)))
}
