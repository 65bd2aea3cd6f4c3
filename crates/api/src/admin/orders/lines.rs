//! Orders as the staff sees them: with who charged, where, who paid how, and who earns by it.

use crate::Api;
use crate::admin::marketing::between;
use crate::admin::paged_query;
use crate::choice::one_of;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter};
use crate::staff::{area, sorted};
use crate::third::device_id;
use crate::view::{OrderOut, PageOut, PageQuery};
use app::OrderLine;
use axum::extract::State;
use domain::card::plain_number;
use domain::order::{NumberPart, OrderSource, OrderStatus, PayStatus};
use kernel::{MemberId, OrderNo, OrgId, PortNo, Timestamp};
use serde::Serialize;
use store::order_facts::PayeeShare;
use store::orders::{OrderFilter, SORT};
use utoipa::ToSchema;

/// What somebody earns by an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderShareOut {
    /// Who.
    #[schema(example = 7)]
    org_id: i64,
    /// The same, for people.
    org: Option<String>,
    /// As what: `platform`, `merchant`, `agent`.
    #[schema(example = "merchant")]
    payee_type: String,
    /// How much, fen.
    #[schema(example = 2105)]
    commission_fen: i64,
}

impl From<PayeeShare> for OrderShareOut {
    fn from(share: PayeeShare) -> Self {
        Self {
            org_id: share.payee_org_id,
            org: share.payee,
            payee_type: share.payee_type,
            commission_fen: share.amount_fen.0,
        }
    }
}

/// An order as the staff sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderLineOut {
    /// The order.
    #[serde(flatten)]
    order: OrderOut,
    /// The member who charged.
    member_id: Option<i64>,
    /// Their number.
    #[schema(example = "13800138000")]
    member_phone: Option<String>,
    /// Where.
    station_id: Option<i64>,
    /// The same, for people.
    station: Option<String>,
    /// Whose place it is.
    owner_org_id: Option<i64>,
    /// The same, for people.
    owner: Option<String>,
    /// How it is paid: `wallet`, `postpay`, `card`, `company`, `prepay`, `monthly`, `partner`;
    /// none: a third party bills it.
    #[schema(example = "wallet")]
    pay_mode: Option<String>,
    /// Where its money is: `frozen`, `released`, `owed`, `paid`.
    #[schema(example = "paid")]
    pay_status: Option<&'static str>,
    /// The company that pays.
    company_id: Option<i64>,
    /// The same, for people.
    company: Option<String>,
    /// What promotions, the coupon and points took off the bill, fen.
    #[schema(example = 947)]
    discount_fen: i64,
    /// What was to be paid, fen.
    #[schema(example = 2632)]
    payable_fen: i64,
    /// Of it out of what was paid in, fen.
    #[schema(example = 2000)]
    paid_cash_fen: i64,
    /// Of it out of gifts, fen.
    #[schema(example = 632)]
    paid_gift_fen: i64,
    /// Given back after the bill, fen.
    #[schema(example = 0)]
    refunded_fen: i64,
    /// Who looked at it, where it is something to look at.
    #[schema(example = "anna")]
    handled_by: Option<String>,
    /// When they did, Unix seconds.
    handled_at: Option<i64>,
    /// What came of it.
    handled_note: Option<String>,
    /// Who earns by it, of those whom the caller sees.
    splits: Vec<OrderShareOut>,
}

impl From<OrderLine> for OrderLineOut {
    fn from(line: OrderLine) -> Self {
        let facts = line.facts.as_ref();
        let fen = |of: fn(&store::order_facts::OrderFacts) -> kernel::Fen| {
            facts.map_or(0, |row| of(row).0)
        };
        Self {
            member_id: facts.and_then(|row| row.member_id),
            member_phone: facts.and_then(|row| row.member_phone.clone()),
            station_id: facts.and_then(|row| row.station_id),
            station: facts.and_then(|row| row.station.clone()),
            owner_org_id: facts.and_then(|row| row.owner_org_id),
            owner: facts.and_then(|row| row.owner.clone()),
            pay_mode: facts.and_then(|row| row.pay_mode.clone()),
            pay_status: facts.and_then(|row| row.pay_status).map(PayStatus::as_str),
            company_id: facts.and_then(|row| row.company_id),
            company: facts.and_then(|row| row.company.clone()),
            discount_fen: fen(|row| row.discount_fen),
            payable_fen: fen(|row| row.payable_fen),
            paid_cash_fen: fen(|row| row.paid_cash_fen),
            paid_gift_fen: fen(|row| row.paid_gift_fen),
            refunded_fen: fen(|row| row.refunded_fen),
            handled_by: facts.and_then(|row| row.handled_by.clone()),
            handled_at: facts
                .and_then(|row| row.handled_at)
                .map(Timestamp::unix_seconds),
            handled_note: facts.and_then(|row| row.handled_note.clone()),
            splits: line.payees.into_iter().map(OrderShareOut::from).collect(),
            order: line.order.into(),
        }
    }
}

paged_query! {
    /// Which orders a list shows.
    OrderLineQuery {
        /// With such a number: its beginning, or its end, of at least six characters.
        order_no: String,
        /// In this state only: `pending`, `charging`, `completed`, `cancelled`, `failed`.
        status: String,
        /// Of this device only.
        phy_id: String,
        /// Of this port number only.
        port_no: u16,
        /// Of this member only.
        member_id: i64,
        /// Of the member with this number only.
        phone: String,
        /// At this station only.
        station_id: i64,
        /// In this area (six digits), and in those of which it consists, only.
        area_code: String,
        /// At places of this organisation, or of those below it, only.
        owner_org_id: i64,
        /// Started that way only: `third`, `app`, `card`, `interconnect`, `vin`, `offline`, `test`.
        source: String,
        /// With its money there only: `frozen`, `released`, `owed`, `paid`.
        pay_status: String,
        /// Marked, or not marked, as something to look at.
        abnormal: bool,
        /// Looked at by somebody, or not yet.
        handled: bool,
        /// Billed by what was last heard of it, or for good.
        provisional: bool,
        /// Started with this card only, by its printed number.
        card_no: String,
        /// Made from then on, Unix seconds.
        from: i64,
        /// Made before then, Unix seconds.
        to: i64,
        /// `-created_at` (when absent), `created_at`; and `-final_amount`, `final_amount`,
        /// `-total_kwh`, `total_kwh`, `-duration_sec`, `duration_sec`, which sort the newest
        /// 10,000 orders of the list.
        sort: String,
    }
}

impl OrderLineQuery {
    fn filter(&self) -> Result<OrderFilter, Failure> {
        let number = self.order_no.as_deref().map(|text| {
            let problem = "must be the beginning of a number, or its end, of at least 6 characters";
            NumberPart::parse(text).ok_or_else(|| Failure::invalid("order_no", problem))
        });
        let (created_from, created_until) = between(self.from, self.to)?;
        Ok(OrderFilter {
            number: number.transpose()?,
            status: one_of(
                "status",
                self.status.as_deref(),
                &OrderStatus::ALL,
                OrderStatus::as_str,
            )?,
            phy_id: self.phy_id.as_deref().map(device_id).transpose()?,
            port_no: self.port_no.map(PortNo),
            member: self.member_id.map(MemberId),
            phone: self.phone.clone(),
            station: self.station_id,
            area: area(self.area_code.clone())?,
            owner: self.owner_org_id.map(OrgId),
            source: one_of(
                "source",
                self.source.as_deref(),
                &OrderSource::ALL,
                OrderSource::as_str,
            )?,
            pay_status: one_of(
                "pay_status",
                self.pay_status.as_deref(),
                PayStatus::ALL,
                PayStatus::as_str,
            )?,
            abnormal: self.abnormal,
            handled: self.handled,
            provisional: self.provisional,
            card_no: self.card_no.as_deref().map(plain_number),
            created_from,
            created_until,
            ..OrderFilter::default()
        })
    }
}

/// Lists orders, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/orders",
    tag = "administration",
    operation_id = "list_orders",
    extensions(
        ("x-access" = json!("order.charge.view")),
        ("x-dataset" = json!("orders")),
        ("x-scope" = json!("org")),
    ),
    params(OrderLineQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<OrderLineOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<OrderLineQuery>,
) -> Answer<PageOut<OrderLineOut>> {
    let page = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), SORT)?;
    let filter = OrderFilter {
        scope,
        ..query.filter()?
    };
    let page = api.app().list_order_lines(&filter, sort, page).await?;
    Ok(ok(PageOut::of(page, OrderLineOut::from)))
}

/// Shows an order.
#[utoipa::path(
    get,
    path = "/api/v1/admin/orders/{order_no}",
    tag = "administration",
    operation_id = "show_order",
    extensions(("x-access" = json!("order.charge.view")), ("x-dataset" = json!("orders"))),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    responses(
        (status = 200, description = "The order", body = Envelope<OrderLineOut>),
        (status = 404, description = "No such order", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Seen(scope): Seen,
    At(order_no): At<OrderNo>,
) -> Answer<OrderLineOut> {
    Ok(ok(api.app().order_line(order_no, &scope).await?.into()))
}
