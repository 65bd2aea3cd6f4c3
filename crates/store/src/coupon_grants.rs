//! `coupon_grants`: coupons in members' hands.

use crate::coupons::{self, NewCoupon};
use crate::db::{Columns, FromRow, Scalar, args};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::coupon_grant::{Grant, GrantState};
use domain::org::Scope;
use domain::promotion::Validity;
use kernel::{MemberId, OrderNo, Timestamp};

crate::db::text_column! { GrantState }

/// A row of `coupon_grants`, with what its coupon says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// Its row.
    pub id: i64,
    /// Its coupon.
    pub coupon_id: i64,
    /// Whose it is.
    pub member_id: i64,
    /// Where it is in its life.
    pub grant: Grant,
    /// What its coupon says.
    pub says: NewCoupon,
    /// `claim`, or who of the staff granted it.
    pub granted_by: String,
    /// When.
    pub created_at: Timestamp,
}

impl FromRow for GrantRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            coupon_id: row.get("coupon_id")?,
            member_id: row.get("member_id")?,
            grant: Grant {
                state: row.get("state")?,
                order: row.get("order_no")?,
                valid: Validity {
                    from: row.get("valid_from")?,
                    until: row.get("valid_until")?,
                },
            },
            says: coupons::says(row)?,
            granted_by: row.get("granted_by")?,
            created_at: row.get("created_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "g.id, g.coupon_id, g.member_id, g.state, g.order_no, g.valid_from, g.valid_until, \
         g.granted_by, g.created_at, c.name, c.kind, c.threshold_fen, c.alloc, c.funded_by, \
         c.limits, c.valid, c.stock, c.per_user, c.claimable"
    };
}

macro_rules! tables {
    () => {
        "coupon_grants g join coupons c on c.id = g.coupon_id"
    };
}

/// Gives a member a coupon that was taken out of the stock; its id.
pub async fn insert(
    conn: Conn<'_>,
    coupon: i64,
    member: MemberId,
    valid: Validity,
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into coupon_grants (coupon_id, member_id, valid_from, valid_until, \
             granted_by, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6) \
             returning id as value",
            args![coupon, member.0, valid.from, valid.until, by, now],
        )
        .await?;
    Ok(id)
}

/// How many of a coupon a member has had, but for those that were taken back.
pub async fn count_of(conn: Conn<'_>, coupon: i64, member: MemberId) -> Result<u32> {
    let Scalar(count) = conn
        .one(
            "select count(*) as value from coupon_grants \
             where member_id = $2 and coupon_id = $1 and state <> 'revoked'",
            args![coupon, member.0],
        )
        .await?;
    Ok(count)
}

/// A granted coupon.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<GrantRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from ",
            tables!(),
            " where g.id = $1"
        ),
        args![id],
    )
    .await
}

/// A granted coupon, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<GrantRow>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from ",
            tables!(),
            " where g.id = $1"
        ),
        concat!(
            "select ",
            columns!(),
            " from ",
            tables!(),
            " where g.id = $1 for update of g"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Writes where a granted coupon is in its life.
pub async fn set_state(
    conn: Conn<'_>,
    id: i64,
    state: GrantState,
    order: Option<OrderNo>,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "update coupon_grants set state = $2, order_no = $3, updated_at = $4 where id = $1",
        args![id, state, order, now],
    )
    .await?;
    Ok(())
}

/// Whose time is over and whom no order holds; at most `limit` at once. How many.
pub async fn expire(conn: Conn<'_>, now: Timestamp, limit: u32) -> Result<u64> {
    conn.execute(
        "update coupon_grants set state = 'expired', updated_at = $1 where id in \
         (select id from coupon_grants where state = 'unused' and valid_until <= $1 \
         order by valid_until limit $2) and state = 'unused'",
        args![now, limit],
    )
    .await
}

/// Which granted coupons a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrantFilter {
    /// Of this member.
    pub member: Option<MemberId>,
    /// Of this coupon.
    pub coupon: Option<i64>,
    /// In this state.
    pub state: Option<GrantState>,
    /// Those that a member may still use, or whose charge runs, at that instant.
    pub usable_at: Option<Timestamp>,
    /// Those that expired before that instant, whether the night has come or not.
    pub expired_at: Option<Timestamp>,
    /// Given from then on.
    pub from: Option<Timestamp>,
    /// Given before then.
    pub until: Option<Timestamp>,
}

/// A page of the granted coupons of some organisations, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    filter: GrantFilter,
    page: PageRequest,
) -> Result<Page<GrantRow>> {
    let member = filter.member.map(|id| id.0);
    Listing::of(columns!(), tables!())
        .within("c.org_path like {path}", scope)
        .narrow("g.member_id =", member.as_ref())
        .narrow("g.coupon_id =", filter.coupon.as_ref())
        .narrow("g.state =", filter.state.as_ref())
        .only(
            "g.state in ('unused', 'locked')",
            filter.usable_at.is_some(),
        )
        .narrow("g.valid_until >", filter.usable_at.as_ref())
        .only(
            "g.state in ('unused', 'expired')",
            filter.expired_at.is_some(),
        )
        .narrow("g.valid_until <=", filter.expired_at.as_ref())
        .narrow("g.created_at >=", filter.from.as_ref())
        .narrow("g.created_at <", filter.until.as_ref())
        .page(conn, "g.id desc", page)
        .await
}

/// Who is meant when a coupon is given to many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crowd {
    /// Of this level.
    pub level: Option<i16>,
    /// Of this company.
    pub company: Option<i64>,
    /// Registered from then on.
    pub registered_from: Option<Timestamp>,
    /// Registered before then.
    pub registered_until: Option<Timestamp>,
    /// Not here since then.
    pub away_since: Option<Timestamp>,
    /// Customers of these organisations only.
    pub scope: Scope,
}

/// Members who charged where somebody may see it, or whose company they may see.
const CUSTOMERS: &str = "(exists (select 1 from orders o where o.member_id = m.id \
     and (o.org_path like {path} or o.operator_path like {path})) \
     or exists (select 1 from orgs c where c.id = m.company_id and c.path like {path}))";

/// Ends with a comparison, as conditions of lists do.
const NOT_THOSE_WITH: &str = "not exists (select 1 from coupon_grants g \
     where g.member_id = m.id and g.state <> 'revoked' and g.coupon_id = wanted.id) \
     and wanted.id =";

/// The next members of a crowd after a row who have none of a coupon, in the order of their rows;
/// at most `limit`.
pub async fn without(
    conn: Conn<'_>,
    coupon: i64,
    crowd: &Crowd,
    after: i64,
    limit: u32,
) -> Result<Vec<MemberId>> {
    let request = PageRequest {
        page: 1,
        size: limit,
    };
    let found: Page<Scalar<i64>> =
        Listing::of("m.id as value", "members m cross join coupons wanted")
            .narrow("m.id >", Some(&after))
            .only("m.deleted_at is null and m.state = 'normal'", true)
            .within(CUSTOMERS, &crowd.scope)
            .narrow("m.level =", crowd.level.as_ref())
            .narrow("m.company_id =", crowd.company.as_ref())
            .narrow("m.registered_at >=", crowd.registered_from.as_ref())
            .narrow("m.registered_at <", crowd.registered_until.as_ref())
            .narrow(
                "coalesce(m.last_visit_at, m.registered_at) <",
                crowd.away_since.as_ref(),
            )
            .narrow(NOT_THOSE_WITH, Some(&coupon))
            .page(conn, "m.id", request)
            .await?;
    Ok(found
        .items
        .into_iter()
        .map(|Scalar(id)| MemberId(id))
        .collect())
}

/// Which of some members are no customers of an organisation; the first of them.
pub async fn stranger(
    mut conn: Conn<'_>,
    members: &[MemberId],
    scope: &Scope,
) -> Result<Option<MemberId>> {
    if scope.path().is_none() {
        return Ok(None);
    }
    for member in members {
        let known: Page<Scalar<i64>> = Listing::of("m.id as value", "members m")
            .narrow("m.id =", Some(&member.0))
            .within(CUSTOMERS, scope)
            .page(conn.again(), "m.id", PageRequest { page: 1, size: 1 })
            .await?;
        if known.items.is_empty() {
            return Ok(Some(*member));
        }
    }
    Ok(None)
}
