//! `coupons`: what coupons say, and how many there are.

use crate::activities::json;
use crate::db::{Columns, FromRow, Scalar, args, from_json};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use domain::promotion::{Alloc, Coupon, CouponKind, CouponLimits, FundedBy, ValidRule, Validity};
use kernel::{Fen, Timestamp};

crate::db::text_column! { Alloc }

/// What a coupon says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCoupon {
    /// Its name.
    pub name: String,
    /// What it is worth.
    pub kind: CouponKind,
    /// Electricity and service together, after price promotions, must reach this.
    pub threshold: Fen,
    /// What it is taken from.
    pub alloc: Alloc,
    /// Who bears it.
    pub funded_by: FundedBy,
    /// Its limits.
    pub limits: CouponLimits,
    /// When it may be used.
    pub valid: ValidRule,
    /// How many there are; none: as many as are wanted.
    pub stock: Option<i32>,
    /// How many one member gets.
    pub per_user: Option<i32>,
    /// Members may take it themselves.
    pub claimable: bool,
}

impl NewCoupon {
    /// One of them in a member's hand.
    pub fn granted(&self, grant_id: i64, valid: Validity) -> Coupon {
        Coupon {
            grant_id,
            kind: self.kind,
            threshold: self.threshold,
            alloc: self.alloc,
            funded_by: self.funded_by,
            limits: self.limits.clone(),
            valid,
        }
    }
}

/// A row of `coupons`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponRow {
    /// Its row.
    pub id: i64,
    /// What it says; of its stock what is left.
    pub says: NewCoupon,
    /// How many members got.
    pub granted: i64,
    /// How many paid for a charge.
    pub used: i64,
    /// Whose it is.
    pub org_path: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Since when it is granted no more.
    pub ended_at: Option<Timestamp>,
}

impl FromRow for CouponRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            says: says(row)?,
            granted: row.get("granted")?,
            used: row.get("used")?,
            org_path: row.get("org_path")?,
            created_by: row.get("created_by")?,
            created_at: row.get("created_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

/// What a row with the columns of a coupon says.
pub(crate) fn says(row: &impl Columns) -> sqlx::Result<NewCoupon> {
    let missing = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
    Ok(NewCoupon {
        name: row.get("name")?,
        kind: from_json(row, "kind")?.ok_or_else(|| missing("kind"))?,
        threshold: row.get("threshold_fen")?,
        alloc: row.get("alloc")?,
        funded_by: row.get("funded_by")?,
        limits: from_json(row, "limits")?.unwrap_or_default(),
        valid: from_json(row, "valid")?.ok_or_else(|| missing("valid"))?,
        stock: row.get("stock")?,
        per_user: row.get("per_user")?,
        claimable: row.get("claimable")?,
    })
}

macro_rules! columns {
    () => {
        "id, name, kind, threshold_fen, alloc, funded_by, limits, valid, stock, per_user, \
         claimable, granted, used, org_path, created_by, created_at, ended_at"
    };
}

/// The end of the calendar where a coupon's life begins when it is taken.
fn claim_until(valid: ValidRule) -> Timestamp {
    match valid {
        ValidRule::Fixed { until, .. } => until,
        ValidRule::Days { .. } => {
            Timestamp::from_shanghai([9999, 12, 31, 0, 0, 0]).unwrap_or(Timestamp(i64::MAX))
        }
    }
}

/// Adds a template; its id.
pub async fn insert(
    conn: Conn<'_>,
    new: &NewCoupon,
    org_path: &str,
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into coupons (name, kind, threshold_fen, alloc, funded_by, limits, valid, \
             stock, per_user, claimable, claim_until, org_path, created_by, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
             returning id as value",
            args![
                new.name,
                json(&new.kind)?,
                new.threshold,
                new.alloc,
                new.funded_by,
                json(&new.limits)?,
                json(&new.valid)?,
                new.stock,
                new.per_user,
                new.claimable,
                claim_until(new.valid),
                org_path,
                by,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// The template with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<CouponRow>> {
    conn.optional(
        concat!("select ", columns!(), " from coupons where id = $1"),
        args![id],
    )
    .await
}

/// Grants no more of them; what members have stays theirs. False when there is none, or it was
/// ended.
pub async fn end(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update coupons set ended_at = $2 where id = $1 and ended_at is null",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes one out of the stock, in the statement that looks whether there is one; the row is
/// locked until the transaction ends. None when none is left, or it was ended.
pub async fn take_one(conn: Conn<'_>, id: i64) -> Result<Option<CouponRow>> {
    conn.optional(
        concat!(
            "update coupons set stock = stock - 1, granted = granted + 1 \
             where id = $1 and ended_at is null and (stock is null or stock > 0) returning ",
            columns!()
        ),
        args![id],
    )
    .await
}

/// What may still be changed of a template: nothing that a coupon in somebody's hand says but its
/// name. What is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CouponChange {
    /// Its name.
    pub name: Option<String>,
    /// How many there are from now on.
    pub stock: Option<StockChange>,
    /// How many one member gets; `Some(None)`: as many as are there.
    pub per_user: Option<Option<i32>>,
    /// Members may take it themselves.
    pub claimable: Option<bool>,
}

/// What becomes of a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    /// So many are left from now on.
    Left(i32),
    /// So many more, or fewer, than are left then: what was taken in between stays taken.
    By(i32),
    /// As many as are wanted.
    Unlimited,
}

/// The template with that row, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<CouponRow>> {
    let sql = conn.choose(
        concat!("select ", columns!(), " from coupons where id = $1"),
        concat!(
            "select ",
            columns!(),
            " from coupons where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Changes a template that is still granted. The stock is counted in the statement itself.
pub async fn change(conn: Conn<'_>, id: i64, to: &CouponChange) -> Result<bool> {
    let (fixed, left, by) = match to.stock {
        None => (false, None, 0),
        Some(StockChange::Left(left)) => (true, Some(left), 0),
        Some(StockChange::By(by)) => (false, None, by),
        Some(StockChange::Unlimited) => (true, None, 0),
    };
    let changed = conn
        .execute(
            "update coupons set name = coalesce($2, name), \
             stock = case when $3 then $4 else stock + $5 end, \
             per_user = case when $6 then $7 else per_user end, \
             claimable = coalesce($8, claimable) \
             where id = $1 and ended_at is null",
            args![
                id,
                to.name,
                fixed,
                left,
                by,
                to.per_user.is_some(),
                to.per_user.flatten(),
                to.claimable
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes some out of the stock, or, below zero, puts them back. False when there are not so many,
/// or it was ended; what comes back comes back anyway.
pub async fn take_stock(conn: Conn<'_>, id: i64, count: i32) -> Result<bool> {
    let changed = conn
        .execute(
            "update coupons set stock = stock - $2 where id = $1 \
             and ($2 < 0 or (ended_at is null and (stock is null or stock >= $2)))",
            args![id, count],
        )
        .await?;
    Ok(changed == 1)
}

/// Counts one as granted that was taken out of the stock before; the row is locked until the
/// transaction ends. None when it was ended.
pub async fn count_grant(conn: Conn<'_>, id: i64) -> Result<Option<CouponRow>> {
    conn.optional(
        concat!(
            "update coupons set granted = granted + 1 \
             where id = $1 and ended_at is null returning ",
            columns!()
        ),
        args![id],
    )
    .await
}

/// Puts one back that a member had and did not use.
pub async fn put_back(conn: Conn<'_>, id: i64) -> Result<()> {
    conn.execute(
        "update coupons set stock = stock + 1, granted = granted - 1 where id = $1",
        args![id],
    )
    .await?;
    Ok(())
}

/// Counts one as used, or, with -1, as not used after all.
pub async fn count_use(conn: Conn<'_>, id: i64, by: i64) -> Result<()> {
    conn.execute(
        "update coupons set used = used + $2 where id = $1",
        args![id, by],
    )
    .await?;
    Ok(())
}

/// Which templates a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct CouponFilter {
    /// Only those that are still granted.
    pub open: bool,
    /// Only those that members may take themselves at that instant: neither all taken nor over.
    pub claimable_at: Option<Timestamp>,
    /// Only those that members may, or may not, take themselves.
    pub claimable: Option<bool>,
}

/// A page of templates, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    filter: CouponFilter,
    page: PageRequest,
) -> Result<Page<CouponRow>> {
    let claimable = filter.claimable_at.as_ref();
    Listing::of(columns!(), "coupons")
        .within(OWNED, scope)
        .only("ended_at is null", filter.open || claimable.is_some())
        .only("(stock is null or stock > 0)", claimable.is_some())
        .narrow("claimable =", claimable.map(|_| &true))
        .narrow("claimable =", filter.claimable.as_ref())
        .narrow("claim_until >", claimable)
        .page(conn, "id desc", page)
        .await
}
