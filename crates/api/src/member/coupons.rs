//! Coupons of a member, and those that may be taken.

use super::guard::Caller;
use super::wallet::LinesQuery;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Conflict, Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::CouponShelf;
use axum::extract::State;
use domain::promotion::{CouponKind, ValidRule};
use kernel::Fen;
use serde::{Deserialize, Serialize};
use store::coupon_grants::GrantRow;
use store::coupons::{CouponRow, NewCoupon};
use utoipa::{IntoParams, ToSchema};

/// A coupon's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct CouponId(i64);

impl Named for CouponId {
    const NAME: &'static str = "coupon";
}

/// What a coupon is worth and where it counts.
#[derive(Serialize, ToSchema)]
pub(crate) struct CouponTerms {
    /// Its name.
    #[schema(example = "满30减5")]
    name: String,
    /// `full_reduction`, `discount`, `service_free`, `kwh`, `cash`.
    #[schema(example = "full_reduction")]
    r#type: &'static str,
    /// What is taken off, fen.
    #[schema(example = 500)]
    value_fen: Option<i64>,
    /// What is taken off, 1/10000.
    off_bp: Option<i32>,
    /// Most that a share takes off, fen.
    max_fen: Option<i64>,
    /// Energy that is free of the service fee, kWh; none of `service_free`: all of it.
    kwh: Option<f64>,
    /// The bill must reach this, fen.
    #[schema(example = 3000)]
    threshold_fen: i64,
    /// The list price must reach this, fen.
    min_amount_fen: i64,
    /// At these stations; none: at all.
    stations: Option<Vec<i64>>,
    /// For charges that begin in these windows of the day; empty: at any time.
    windows: Vec<WindowOut>,
    /// For a first charge only.
    new_users_only: bool,
}

/// A window of the day.
#[derive(Serialize, ToSchema)]
pub(crate) struct WindowOut {
    /// Its first minute.
    #[schema(example = "22:00")]
    from: String,
    /// The minute after its last.
    #[schema(example = "06:00")]
    to: String,
}

impl From<&NewCoupon> for CouponTerms {
    fn from(says: &NewCoupon) -> Self {
        let fen = |fen: Fen| Some(fen.0);
        let (name, value_fen, off_bp, max_fen, kwh) = match says.kind {
            CouponKind::FullReduction { value } => ("full_reduction", fen(value), None, None, None),
            CouponKind::Cash { value } => ("cash", fen(value), None, None, None),
            CouponKind::Discount { off_bp, max } => {
                ("discount", None, Some(off_bp.0), max.and_then(fen), None)
            }
            CouponKind::ServiceFree { max } => {
                let kwh = max.map(kernel::Energy::kwh);
                ("service_free", None, None, None, kwh)
            }
            CouponKind::Kwh { energy } => ("kwh", None, None, None, Some(energy.kwh())),
        };
        let limits = &says.limits;
        let stations = limits.stations.as_ref();
        Self {
            name: says.name.clone(),
            r#type: name,
            value_fen,
            off_bp,
            max_fen,
            kwh,
            threshold_fen: says.threshold.0,
            min_amount_fen: limits.min_amount.0,
            stations: stations.map(|ids| ids.iter().map(|id| id.0).collect()),
            windows: limits
                .windows
                .iter()
                .map(|window| WindowOut {
                    from: window.from.to_string(),
                    to: window.to.to_string(),
                })
                .collect(),
            new_users_only: limits.new_users_only,
        }
    }
}

/// A member's coupon.
#[derive(Serialize, ToSchema)]
pub(crate) struct CouponOut {
    /// What a charge names as `coupon_id`.
    #[schema(example = 71)]
    id: i64,
    /// What it says.
    terms: CouponTerms,
    /// `unused`, `locked` by a running charge, `used`, `expired`.
    #[schema(example = "unused")]
    state: &'static str,
    /// The charge that holds or used it.
    order_no: Option<String>,
    /// It may be used from then on, Unix seconds.
    valid_from: i64,
    /// It may be used before then, Unix seconds.
    valid_until: i64,
}

impl From<GrantRow> for CouponOut {
    fn from(row: GrantRow) -> Self {
        Self {
            id: row.id,
            terms: CouponTerms::from(&row.says),
            state: row.grant.state.as_str(),
            order_no: row.grant.order.map(|order| order.to_string()),
            valid_from: row.grant.valid.from.unix_seconds(),
            valid_until: row.grant.valid.until.unix_seconds(),
        }
    }
}

/// A coupon that may be taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct CentreCouponOut {
    /// Its id in the centre.
    #[schema(example = 3)]
    id: i64,
    /// What it says.
    terms: CouponTerms,
    /// How many are left; none: as many as are wanted.
    stock: Option<i32>,
    /// How many one member gets.
    per_user: Option<i32>,
    /// Days that it is valid from the day on which it is taken.
    valid_days: Option<u16>,
    /// Valid until then, Unix seconds, whenever it is taken.
    valid_until: Option<i64>,
}

impl From<CouponRow> for CentreCouponOut {
    fn from(row: CouponRow) -> Self {
        let (valid_days, valid_until) = match row.says.valid {
            ValidRule::Days { days } => (Some(days), None),
            ValidRule::Fixed { until, .. } => (None, Some(until.unix_seconds())),
        };
        Self {
            id: row.id,
            terms: CouponTerms::from(&row.says),
            stock: row.says.stock,
            per_user: row.says.per_user,
            valid_days,
            valid_until,
        }
    }
}

/// Which coupons.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CouponsQuery {
    /// `available`, `used`, `expired`; `available` when absent.
    #[param(example = "available")]
    shelf: Option<String>,
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for CouponsQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists a member's coupons, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/coupons",
    tag = "member",
    operation_id = "member_coupons",
    params(CouponsQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CouponOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<CouponsQuery>,
) -> Answer<PageOut<CouponOut>> {
    let shelf = CouponShelf::parse(query.shelf.as_deref().unwrap_or("available"));
    let shelf =
        shelf.ok_or_else(|| Failure::invalid("shelf", "must be available, used or expired"))?;
    let member = caller.member.member_id();
    let page = query.page_request()?;
    let page = api.app().member_coupons(member, shelf, page).await?;
    Ok(ok(PageOut::of(page, CouponOut::from)))
}

/// Lists the coupons that may be taken, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/coupon-centre",
    tag = "member",
    operation_id = "member_coupon_centre",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CentreCouponOut>>))
)]
pub(crate) async fn centre(
    State(api): State<Api>,
    _: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<CentreCouponOut>> {
    let page = api.app().coupon_centre(query.page_request()?).await?;
    Ok(ok(PageOut::of(page, CentreCouponOut::from)))
}

/// Takes a coupon.
#[utoipa::path(
    post,
    path = "/api/v1/member/coupon-centre/{id}/claim",
    tag = "member",
    operation_id = "member_claim_coupon",
    params(("id" = i64, Path, description = "Its id in the centre", example = 3)),
    responses(
        (status = 200, description = "The coupon", body = Envelope<CouponOut>),
        (status = 404, description = "No such coupon to be taken", body = Refusal),
        (status = 409, description = "`no coupon is left`, `the member has had his coupons`, \
            `the coupon is for new members` …", body = Conflict),
    )
)]
pub(crate) async fn claim(
    State(api): State<Api>,
    caller: Caller,
    At(CouponId(coupon)): At<CouponId>,
) -> Answer<CouponOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let granted = run_to_end(async move { app.claim_coupon(member, coupon).await }).await?;
    Ok(ok(granted.into()))
}

/// A code is to be exchanged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "ABCD-EFGH-JKLM-NPQR"}))]
pub(crate) struct CodeBody {
    /// As it is printed; small letters, blanks and missing dashes do not matter.
    code: String,
}

/// Exchanges a code for its coupon. After five wrong ones nobody gets in for a while.
#[utoipa::path(
    post,
    path = "/api/v1/member/coupon-codes",
    tag = "member",
    operation_id = "member_redeem_code",
    request_body = CodeBody,
    responses(
        (status = 200, description = "The coupon", body = Envelope<CouponOut>),
        (status = 404, description = "No such code", body = Refusal),
        (status = 409, description = "It was used or is over, or the coupon is not for you",
            body = Conflict),
    )
)]
pub(crate) async fn redeem(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<CodeBody>,
) -> Answer<CouponOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let row = run_to_end(async move { app.redeem_code(member, &body.code).await }).await?;
    Ok(ok(row.into()))
}
