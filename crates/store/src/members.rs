//! `members`: people who charge.

use crate::db::{Columns, FromRow, Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{Energy, Fen, MemberId, OrgId, Timestamp};

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
    /// Here since then.
    pub seen_from: Option<Timestamp>,
    /// Of companies among these organisations only.
    pub scope: Scope,
}

/// A member with what they have and have charged, of sums that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberLine {
    /// The member.
    pub member: Member,
    /// The company that pays for them.
    pub company: Option<String>,
    /// Paid in, free.
    pub cash: Fen,
    /// Given, free.
    pub gift: Fen,
    /// Charges that were billed.
    pub orders: i64,
    /// What they charged.
    pub energy: Energy,
}

impl FromRow for MemberLine {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            member: Member::from_row(row)?,
            company: row.get("company")?,
            cash: row.get("cash_fen")?,
            gift: row.get("gift_fen")?,
            orders: row.get("orders")?,
            energy: row.get("energy_e4")?,
        })
    }
}

/// The orders of the list. A name is that of the field that it sorts by.
pub const SORT: Sort = Sort(&[
    ("-registered_at", "m.id desc"),
    ("registered_at", "m.id"),
    ("-last_visit_at", "m.last_visit_at desc, m.id desc"),
    ("-points", "m.points desc, m.id desc"),
    ("-cash_fen", "cash_fen desc, m.id desc"),
    ("-gift_fen", "gift_fen desc, m.id desc"),
    ("-orders", "orders desc, m.id desc"),
    ("-kwh", "energy_e4 desc, m.id desc"),
]);

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

/// A company pays for a member from now on. False when one does already.
pub async fn join(conn: Conn<'_>, id: MemberId, company: OrgId, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update members set company_id = $2, updated_at = $3 \
             where id = $1 and company_id is null and deleted_at is null",
            args![id.0, company.0, now],
        )
        .await?;
    Ok(changed == 1)
}

const LINE_COLUMNS: &str = "m.id, m.phone, m.password_hash, m.nickname, m.real_name, \
     m.wx_openid, m.ali_user_id, m.state, m.level, m.company_id, m.post_pay, m.points, \
     m.registered_at, m.last_visit_at, m.remark, o.name as company, \
     coalesce(c.balance_fen, 0) as cash_fen, coalesce(g.balance_fen, 0) as gift_fen, \
     coalesce(s.orders, 0) as orders, coalesce(s.energy_e4, 0) as energy_e4";
/// A member's accounts are kept in one row each.
const LINE_TABLES: &str = "members m left join orgs o on o.id = m.company_id \
     left join member_sums s on s.member_id = m.id \
     left join ledger_accounts c on c.code = 'member:' || m.id || ':cash' and c.stripe = 0 \
     left join ledger_accounts g on g.code = 'member:' || m.id || ':gift' and g.stripe = 0";

/// A page of members, newest first unless another order is asked for.
pub async fn list(
    conn: Conn<'_>,
    filter: &MemberFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<MemberLine>> {
    Listing::of(LINE_COLUMNS, LINE_TABLES)
        .only("m.deleted_at is null", true)
        .within("o.path like {path}", &filter.scope)
        .narrow("m.id =", filter.id.as_ref())
        .narrow("m.phone =", filter.phone.as_ref())
        .narrow("m.state =", filter.state.as_ref())
        .narrow("m.level =", filter.level.as_ref())
        .narrow("m.company_id =", filter.company.as_ref())
        .narrow("m.registered_at >=", filter.from.as_ref())
        .narrow("m.registered_at <", filter.until.as_ref())
        .narrow("m.last_visit_at >=", filter.seen_from.as_ref())
        .page(conn, SORT.clause(sort).unwrap_or("m.id desc"), page)
        .await
}

/// How many members there are, however many.
pub async fn count(conn: Conn<'_>, scope: &Scope) -> Result<i64> {
    let Scalar(count) = Listing::of(
        "count(*) as value",
        "members m left join orgs o on o.id = m.company_id",
    )
    .only("m.deleted_at is null", true)
    .within("o.path like {path}", scope)
    .one(conn)
    .await?;
    Ok(count)
}

/// How many members registered in a time, also those who are gone.
pub async fn registered(conn: Conn<'_>, from: Timestamp, to: Timestamp) -> Result<u64> {
    let Scalar(count): Scalar<i64> = conn
        .one(
            "select count(*) as value from members where registered_at >= $1 \
             and registered_at < $2",
            args![from, to],
        )
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A member with what they have.
pub async fn line(conn: Conn<'_>, id: MemberId) -> Result<Option<MemberLine>> {
    let page = PageRequest { page: 1, size: 1 };
    let found: Page<MemberLine> = Listing::of(LINE_COLUMNS, LINE_TABLES)
        .only("m.deleted_at is null", true)
        .narrow("m.id =", Some(&id.0))
        .page(conn, "m.id", page)
        .await?;
    Ok(found.items.into_iter().next())
}
