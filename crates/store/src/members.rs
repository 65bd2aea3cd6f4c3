//! `members`: people who charge.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{MemberId, OrgId, Timestamp};

row! {
    /// A row of `members`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Member {
        /// Its row.
        pub id: i64,
        /// Eleven digits.
        pub phone: String,
        /// Argon2; none: by code only.
        pub password_hash: Option<String>,
        /// What they call themselves.
        pub nickname: Option<String>,
        /// Their name.
        pub real_name: Option<String>,
        /// Who they are in WeChat.
        pub wx_openid: Option<String>,
        /// Who they are in Alipay.
        pub ali_user_id: Option<String>,
        /// `normal`, `frozen`, `blacklisted`, `cancelled`.
        pub state: String,
        /// Their level.
        pub level: i16,
        /// The company that pays for them.
        pub company_id: Option<i64>,
        /// May charge without paying before.
        pub post_pay: bool,
        /// Points.
        pub points: i64,
        /// Since when they are here.
        pub registered_at: Timestamp,
        /// When they were last here.
        pub last_visit_at: Option<Timestamp>,
        /// A note of the staff.
        pub remark: Option<String>,
    }
}

impl Member {
    /// Who it is.
    pub const fn member_id(&self) -> MemberId {
        MemberId(self.id)
    }

    /// Whether they may log in and charge.
    pub fn is_active(&self) -> bool {
        self.state == "normal"
    }
}

macro_rules! columns {
    () => {
        "id, phone, password_hash, nickname, real_name, wx_openid, ali_user_id, state, level, \
         company_id, post_pay, points, registered_at, last_visit_at, \
         remark"
    };
}

/// Which members a list shows.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// This one only.
    pub id: Option<i64>,
    /// With this number.
    pub phone: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// Of this level.
    pub level: Option<i16>,
    /// Of this company.
    pub company: Option<i64>,
    /// Registered from then on.
    pub from: Option<Timestamp>,
    /// Registered before then.
    pub until: Option<Timestamp>,
    /// Of companies among these organisations only.
    pub scope: Scope,
}

/// What the staff may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// `normal`, `frozen`, `blacklisted`.
    pub state: Option<String>,
    /// Their level.
    pub level: Option<i16>,
    /// The company that pays for them; `Some(None)` takes them out of it.
    pub company: Option<Option<OrgId>>,
    /// May charge without paying before.
    pub post_pay: Option<bool>,
    /// A note.
    pub remark: Option<String>,
}

/// The member with that row.
pub async fn find(conn: Conn<'_>, id: MemberId) -> Result<Option<Member>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from members where id = $1 and deleted_at is null"
        ),
        args![id.0],
    )
    .await
}

/// The member with that number.
pub async fn find_by_phone(conn: Conn<'_>, phone: &str) -> Result<Option<Member>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from members where phone = $1 and deleted_at is null"
        ),
        args![phone],
    )
    .await
}

/// Registers somebody; the one with that number if there is one already.
pub async fn register(mut conn: Conn<'_>, phone: &str, now: Timestamp) -> Result<MemberId> {
    let made: Option<Scalar<i64>> = conn
        .again()
        .optional(
            "insert into members (phone, registered_at, last_visit_at, created_at, updated_at) \
             values ($1, $2, $2, $2, $2) \
             on conflict (phone) where deleted_at is null do update \
             set last_visit_at = excluded.last_visit_at returning id as value",
            args![phone, now],
        )
        .await?;
    let Scalar(id) = match made {
        Some(id) => id,
        None => {
            conn.one(
                "select id as value from members where phone = $1 and deleted_at is null",
                args![phone],
            )
            .await?
        }
    };
    Ok(MemberId(id))
}

/// Writes a password.
pub async fn set_password(
    conn: Conn<'_>,
    id: MemberId,
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update members set password_hash = $2, updated_at = $3 where id = $1",
            args![id.0, hash, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes what members say about themselves; what is none stays.
pub async fn set_profile(
    conn: Conn<'_>,
    id: MemberId,
    nickname: Option<&str>,
    wx_openid: Option<&str>,
    ali_user_id: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update members set nickname = coalesce($2, nickname), \
             wx_openid = coalesce($3, wx_openid), ali_user_id = coalesce($4, ali_user_id), \
             updated_at = $5 where id = $1",
            args![id.0, nickname, wx_openid, ali_user_id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes somebody's name.
pub async fn set_real_name(
    conn: Conn<'_>,
    id: MemberId,
    name: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update members set real_name = $2, updated_at = $3 where id = $1",
            args![id.0, name, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes what the staff decided.
pub async fn change(
    conn: Conn<'_>,
    id: MemberId,
    change: &MemberChange,
    now: Timestamp,
) -> Result<bool> {
    let company = change.company.flatten().map(|org| org.0);
    let changed = conn
        .execute(
            "update members set state = coalesce($2, state), level = coalesce($3, level), \
             company_id = case when $4 then $5 else company_id end, \
             post_pay = coalesce($6, post_pay), remark = coalesce($7, remark), updated_at = $8 \
             where id = $1 and deleted_at is null",
            args![
                id.0,
                change.state,
                change.level,
                change.company.is_some(),
                company,
                change.post_pay,
                change.remark,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// A page of members, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &MemberFilter,
    page: PageRequest,
) -> Result<Page<Member>> {
    Listing::of(columns!(), "members")
        .only("deleted_at is null", true)
        .within(
            "company_id in (select o.id from orgs o where o.path like {path})",
            &filter.scope,
        )
        .narrow("id =", filter.id.as_ref())
        .narrow("phone =", filter.phone.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("level =", filter.level.as_ref())
        .narrow("company_id =", filter.company.as_ref())
        .narrow("registered_at >=", filter.from.as_ref())
        .narrow("registered_at <", filter.until.as_ref())
        .page(conn, "id desc", page)
        .await
}
