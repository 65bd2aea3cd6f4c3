//! `coupon_code_batches` and `coupon_codes`: codes that members exchange for coupons (兑换码).

use crate::db::{Batch, Kind, Scalar, ToCell, args, row};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::Timestamp;

/// Codes of one coupon, made together.
#[derive(Clone, Debug)]
pub struct NewCodeBatch<'a> {
    /// The coupon.
    pub coupon: i64,
    /// How many.
    pub codes: i32,
    /// Nobody exchanges one from then on.
    pub expires_at: Timestamp,
    /// For whom they are.
    pub note: Option<&'a str>,
    /// Of the coupon.
    pub org_path: &'a str,
}

row! {
    /// A row of `coupon_code_batches`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CodeBatch {
        /// Its row.
        pub id: i64,
        /// The coupon.
        pub coupon_id: i64,
        /// How many there are.
        pub codes: i32,
        /// How many were exchanged.
        pub redeemed: i32,
        /// Nobody exchanges one from then on.
        pub expires_at: Timestamp,
        /// For whom they are.
        pub note: Option<String>,
        /// Of the coupon.
        pub org_path: String,
        /// Who made them.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
        /// Who took them out.
        pub exported_by: Option<String>,
        /// When.
        pub exported_at: Option<Timestamp>,
        /// Since when none is exchanged any more.
        pub ended_at: Option<Timestamp>,
    }
}

row! {
    /// A code that is being exchanged.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KnownCode {
        /// Its row.
        pub id: i64,
        /// Its batch.
        pub batch_id: i64,
        /// When it was exchanged.
        pub redeemed_at: Option<Timestamp>,
    }
}

macro_rules! columns {
    () => {
        "id, coupon_id, codes, redeemed, expires_at, note, org_path, created_by, created_at, \
         exported_by, exported_at, ended_at"
    };
}

/// Adds a batch without its codes; its id.
pub async fn insert_batch(
    conn: Conn<'_>,
    new: &NewCodeBatch<'_>,
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into coupon_code_batches (coupon_id, codes, expires_at, note, org_path, \
             created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7) returning id as value",
            args![
                new.coupon,
                new.codes,
                new.expires_at,
                new.note,
                new.org_path,
                by,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Adds codes to a batch: digest and text of each.
pub async fn insert_codes(conn: Conn<'_>, batch: i64, codes: &[(String, String)]) -> Result<()> {
    static INSERT: Batch<3> = Batch::new(
        "insert into coupon_codes (batch_id, code_hash, code) \
         select v.batch_id, v.code_hash, v.code from {rows}",
        [
            ("batch_id", Kind::Int),
            ("code_hash", Kind::Text),
            ("code", Kind::Text),
        ],
    );
    let rows: Vec<_> = codes
        .iter()
        .map(|(hash, code)| [batch.cell(), hash.cell(), code.cell()])
        .collect();
    INSERT.execute(conn, &rows).await?;
    Ok(())
}

/// The batch with that row, locked until the transaction ends.
pub async fn lock_batch(conn: Conn<'_>, id: i64) -> Result<Option<CodeBatch>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from coupon_code_batches where id = $1"
        ),
        concat!(
            "select ",
            columns!(),
            " from coupon_code_batches where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Hands the codes of a batch out and forgets them, in the order in which they were made.
pub async fn take_out(
    mut conn: Conn<'_>,
    batch: i64,
    by: &str,
    now: Timestamp,
) -> Result<Vec<String>> {
    let codes: Vec<Scalar<String>> = conn
        .again()
        .all(
            "select code as value from coupon_codes \
             where batch_id = $1 and code is not null order by id",
            args![batch],
        )
        .await?;
    conn.again()
        .execute(
            "update coupon_codes set code = null where batch_id = $1",
            args![batch],
        )
        .await?;
    conn.execute(
        "update coupon_code_batches set exported_by = $2, exported_at = $3 where id = $1",
        args![batch, by, now],
    )
    .await?;
    Ok(codes.into_iter().map(|Scalar(code)| code).collect())
}

/// None of the batch is exchanged any more.
pub async fn end(conn: Conn<'_>, batch: i64, now: Timestamp) -> Result<()> {
    conn.execute(
        "update coupon_code_batches set ended_at = $2 where id = $1",
        args![batch, now],
    )
    .await?;
    Ok(())
}

/// The code with that digest. Not locked: its batch is, by whoever exchanges one.
pub async fn find_code(conn: Conn<'_>, hash: &str) -> Result<Option<KnownCode>> {
    conn.optional(
        "select id, batch_id, redeemed_at from coupon_codes where code_hash = $1",
        args![hash],
    )
    .await
}

/// Uses a code up. False when somebody did before.
pub async fn redeem(
    mut conn: Conn<'_>,
    code: &KnownCode,
    grant: i64,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .again()
        .execute(
            "update coupon_codes set grant_id = $2, redeemed_at = $3, code = null \
             where id = $1 and redeemed_at is null",
            args![code.id, grant, now],
        )
        .await?;
    conn.execute(
        "update coupon_code_batches set redeemed = redeemed + 1 where id = $1",
        args![code.batch_id],
    )
    .await?;
    Ok(changed == 1)
}

/// A page of batches, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    coupon: Option<i64>,
    page: PageRequest,
) -> Result<Page<CodeBatch>> {
    Listing::of(columns!(), "coupon_code_batches")
        .within(OWNED, scope)
        .narrow("coupon_id =", coupon.as_ref())
        .page(conn, "id desc", page)
        .await
}
