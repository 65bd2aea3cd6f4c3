//! Coupons: what they say, and how many there are.

use super::activities::funded_by;
use super::{TemplateRow, instant};
use crate::Api;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::member::CouponTerms;
use crate::payload::{At, Filter, Payload, given};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::pricing::day_time::DayWindow;
use domain::promotion::{Alloc, CouponKind, CouponLimits, ValidRule};
use kernel::{Fen, StationId};
use serde::{Deserialize, Serialize};
use store::coupons::{CouponChange, CouponFilter, CouponRow, NewCoupon, StockChange};
use utoipa::ToSchema;

/// When a coupon may be used: so many days from its grant, or between two instants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouponValidBody {
    /// So many Shanghai days, the day of the grant included.
    #[schema(minimum = 1, maximum = 3660)]
    days: Option<u16>,
    /// Its first instant, Unix seconds.
    from: Option<i64>,
    /// The instant after its last, Unix seconds.
    until: Option<i64>,
}

impl CouponValidBody {
    fn read(&self) -> Result<ValidRule, Failure> {
        match (self.days, self.from, self.until) {
            (Some(days), None, None) => Ok(ValidRule::Days { days }),
            (None, Some(from), Some(until)) => Ok(ValidRule::Fixed {
                from: instant("valid.from", from)?,
                until: instant("valid.until", until)?,
            }),
            _ => Err(Failure::invalid("valid", "must be days, or from and until")),
        }
    }
}

/// What a coupon says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "满30减5", "kind": {"type": "full_reduction", "value": 500},
    "threshold_fen": 3000, "funded_by": "platform", "valid": {"days": 30}, "stock": 1000,
    "per_user": 1, "claimable": true}))]
pub(crate) struct NewCouponBody {
    /// 1 to 60 characters.
    name: String,
    /// What it is worth: `{"type":"full_reduction","value":500}` and `{"type":"cash","value":500}`
    /// in fen, `{"type":"discount","off_bp":1000,"max":500}`, `{"type":"service_free","max":50000}`
    /// and `{"type":"kwh","energy":50000}` in 0.0001 kWh.
    #[schema(value_type = Object)]
    kind: CouponKind,
    /// The bill must reach this, fen.
    #[serde(default)]
    threshold_fen: i64,
    /// What it is taken from: `service_first` (when absent), `proportional`.
    alloc: Option<String>,
    /// Who bears it: `platform`, `merchant`.
    funded_by: String,
    /// At these stations; none: at all, which is the platform's to say.
    stations: Option<Vec<i64>>,
    /// For charges that begin in these windows of the day, `{"from":"22:00","to":"06:00"}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    windows: Vec<DayWindow>,
    /// The list price must reach this, fen.
    #[serde(default)]
    min_amount_fen: i64,
    /// For a first charge only.
    #[serde(default)]
    new_users_only: bool,
    /// When it may be used.
    valid: CouponValidBody,
    /// How many there are; none: as many as are wanted.
    #[schema(minimum = 1)]
    stock: Option<i32>,
    /// How many one member gets.
    #[schema(minimum = 1)]
    per_user: Option<i32>,
    /// Members may take it themselves.
    #[serde(default)]
    claimable: bool,
}

impl NewCouponBody {
    fn read(self) -> Result<NewCoupon, Failure> {
        let alloc = match self.alloc.as_deref() {
            None => Alloc::ServiceFirst,
            Some(text) => Alloc::parse(text).ok_or_else(|| {
                Failure::invalid("alloc", "must be service_first or proportional")
            })?,
        };
        Ok(NewCoupon {
            name: self.name,
            kind: self.kind,
            threshold: Fen(self.threshold_fen),
            alloc,
            funded_by: funded_by(&self.funded_by)?,
            limits: CouponLimits {
                stations: self
                    .stations
                    .map(|ids| ids.into_iter().map(StationId).collect()),
                windows: self.windows,
                min_amount: Fen(self.min_amount_fen),
                new_users_only: self.new_users_only,
            },
            valid: self.valid.read()?,
            stock: self.stock,
            per_user: self.per_user,
            claimable: self.claimable,
        })
    }
}

/// What may still be changed; what is left out stays.
#[expect(
    clippy::option_option,
    reason = "absent, null and a number are three things here"
)]
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "满30减5", "add_stock": 500, "claimable": false}))]
pub(crate) struct CouponChangeBody {
    /// 1 to 60 characters.
    name: Option<String>,
    /// How many are left from now on; null: as many as are wanted.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0)]
    stock: Option<Option<i32>>,
    /// So many more, or, below zero, fewer: what members take meanwhile stays taken. Instead of
    /// `stock`.
    add_stock: Option<i32>,
    /// How many one member gets; null: as many as are there.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 1)]
    per_user: Option<Option<i32>>,
    /// Members may take it themselves.
    claimable: Option<bool>,
}

impl CouponChangeBody {
    fn read(self) -> Result<CouponChange, Failure> {
        let stock = match (self.stock, self.add_stock) {
            (Some(_), Some(_)) => {
                return Err(Failure::invalid("add_stock", "must stand without stock"));
            }
            (None, None) => None,
            (None, Some(by)) => Some(StockChange::By(by)),
            (Some(Some(left)), None) => Some(StockChange::Left(left)),
            (Some(None), None) => Some(StockChange::Unlimited),
        };
        Ok(CouponChange {
            name: self.name,
            stock,
            per_user: self.per_user,
            claimable: self.claimable,
        })
    }
}

/// A coupon.
#[derive(Serialize, ToSchema)]
pub(crate) struct TemplateOut {
    /// Its row.
    #[schema(example = 3)]
    coupon_id: i64,
    /// What it says.
    terms: CouponTerms,
    /// What it is taken from: `service_first`, `proportional`.
    #[schema(example = "service_first")]
    alloc: &'static str,
    /// `platform`, `merchant`.
    #[schema(example = "platform")]
    funded_by: &'static str,
    /// Days that it is valid from the day of its grant.
    valid_days: Option<u16>,
    /// Its first instant, Unix seconds.
    valid_from: Option<i64>,
    /// The instant after its last, Unix seconds.
    valid_until: Option<i64>,
    /// How many are left; none: as many as are wanted.
    stock: Option<i32>,
    /// How many one member gets.
    per_user: Option<i32>,
    /// Members may take it themselves.
    claimable: bool,
    /// How many members have.
    granted: i64,
    /// How many paid for a charge.
    used: i64,
    /// Who made it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
    /// Since when it is granted no more, Unix seconds.
    disabled_at: Option<i64>,
}

impl From<CouponRow> for TemplateOut {
    fn from(row: CouponRow) -> Self {
        let (days, from, until) = match row.says.valid {
            ValidRule::Days { days } => (Some(days), None, None),
            ValidRule::Fixed { from, until } => {
                (None, Some(from.unix_seconds()), Some(until.unix_seconds()))
            }
        };
        Self {
            coupon_id: row.id,
            terms: CouponTerms::from(&row.says),
            alloc: row.says.alloc.as_str(),
            funded_by: row.says.funded_by.as_str(),
            valid_days: days,
            valid_from: from,
            valid_until: until,
            stock: row.says.stock,
            per_user: row.says.per_user,
            claimable: row.says.claimable,
            granted: row.granted,
            used: row.used,
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
            disabled_at: seconds(row.ended_at),
        }
    }
}

paged_query! {
    /// Which coupons a list shows.
    TemplateQuery {
        /// Only those that are still granted.
        open: bool,
        /// Only those that members may, or may not, take themselves.
        claimable: bool,
    }
}

/// Lists coupons, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/coupons",
    tag = "administration",
    operation_id = "list_coupons",
    extensions(("x-access" = json!("marketing.coupon.view")), ("x-scope" = json!("org"))),
    params(TemplateQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<TemplateOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<TemplateQuery>,
) -> Answer<PageOut<TemplateOut>> {
    let page = query.page_request()?;
    let filter = CouponFilter {
        open: query.open.unwrap_or(false),
        claimable_at: None,
        claimable: query.claimable,
    };
    let page = api.app().list_coupons(&actor, filter, page).await?;
    Ok(ok(PageOut::of(page, TemplateOut::from)))
}

/// What the body calls a value of a coupon.
fn body_field(field: &str) -> &str {
    match field {
        "threshold" => "threshold_fen",
        "limits.min_amount" => "min_amount_fen",
        other => other.strip_prefix("limits.").unwrap_or(other),
    }
}

/// Makes a coupon. What it says never changes; who gets one keeps that.
#[utoipa::path(
    post,
    path = "/api/v1/admin/coupons",
    tag = "administration",
    operation_id = "create_coupon",
    extensions(
        ("x-access" = json!("marketing.coupon.create")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
    ),
    request_body = NewCouponBody,
    responses(
        (status = 200, description = "The coupon", body = Envelope<TemplateOut>),
        (status = 422, description = "Stations or costs that are not yours", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<NewCouponBody>,
) -> Answer<TemplateOut> {
    let new = body.read()?;
    let app = api.app().clone();
    let work = async move {
        let made = app.create_coupon(&actor, &new).await;
        made.map_err(|fault| fault.at(body_field))
    };
    Ok(ok(run_to_end(work).await?.into()))
}

/// Shows a coupon.
#[utoipa::path(
    get,
    path = "/api/v1/admin/coupons/{coupon_id}",
    tag = "administration",
    operation_id = "show_coupon",
    extensions(("x-access" = json!("marketing.coupon.view"))),
    params(("coupon_id" = i64, Path, description = "Its row", example = 3)),
    responses((status = 200, description = "The coupon", body = Envelope<TemplateOut>))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(TemplateRow(id)): At<TemplateRow>,
) -> Answer<TemplateOut> {
    Ok(ok(api.app().coupon(&actor, id).await?.into()))
}

/// Changes how many there are and who may take them.
#[utoipa::path(
    put,
    path = "/api/v1/admin/coupons/{coupon_id}",
    tag = "administration",
    operation_id = "change_coupon",
    extensions(("x-access" = json!("marketing.coupon.edit")), ("x-audit" = json!("own"))),
    params(("coupon_id" = i64, Path, description = "Its row", example = 3)),
    request_body = CouponChangeBody,
    responses(
        (status = 200, description = "The coupon", body = Envelope<TemplateOut>),
        (status = 409, description = "It is granted no more, or so many are not left",
            body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(TemplateRow(id)): At<TemplateRow>,
    Payload(body): Payload<CouponChangeBody>,
) -> Answer<TemplateOut> {
    let to = body.read()?;
    let app = api.app().clone();
    let made = run_to_end(async move { app.change_coupon(&actor, id, &to).await }).await?;
    Ok(ok(made.into()))
}

/// Grants no more of a coupon; what members have stays theirs.
#[utoipa::path(
    post,
    path = "/api/v1/admin/coupons/{coupon_id}/disable",
    tag = "administration",
    operation_id = "disable_coupon",
    extensions(("x-access" = json!("marketing.coupon.disable")), ("x-audit" = json!("own"))),
    params(("coupon_id" = i64, Path, description = "Its row", example = 3)),
    responses(
        (status = 200, description = "The coupon", body = Envelope<TemplateOut>),
        (status = 409, description = "It was before", body = Refusal),
    )
)]
pub(crate) async fn disable(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(TemplateRow(id)): At<TemplateRow>,
) -> Answer<TemplateOut> {
    let app = api.app().clone();
    let made = run_to_end(async move { app.end_coupon(&actor, id).await }).await?;
    Ok(ok(made.into()))
}
