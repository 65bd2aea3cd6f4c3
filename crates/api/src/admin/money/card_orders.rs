//! Charges that were started with cards (卡充电单).

use super::paged_query;
use crate::Api;
use crate::admin::marketing::between;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::payload::Filter;
use crate::staff::sorted;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::card::plain_number;
use domain::order::OrderStatus;
use serde::Serialize;
use store::card_orders::{CardOrder, CardOrderFilter, SORT};
use utoipa::ToSchema;

/// A charge that was started with a card.
#[derive(Serialize, ToSchema)]
pub(crate) struct CardOrderOut {
    /// Its number.
    #[schema(example = "CRD1729407600001")]
    order_no: String,
    /// The card.
    #[schema(example = "1000000001")]
    card_no: String,
    /// Who has it.
    holder: Option<String>,
    /// Where.
    station_id: Option<i64>,
    /// The same, for people.
    station: Option<String>,
    /// What was charged, kWh.
    #[schema(example = 5.23)]
    kwh: f64,
    /// What it cost at list price, fen.
    final_amount_fen: Option<i64>,
    /// What the payer bears of it, fen.
    payable_fen: i64,
    /// How it is paid: `card`, `wallet`, `company`, `monthly` …
    #[schema(example = "card")]
    pay_mode: Option<String>,
    /// What the payer had before the bill, held money included, fen; none: no bill yet, or nobody
    /// here pays.
    balance_before_fen: Option<i64>,
    /// What they had afterwards, fen.
    balance_after_fen: Option<i64>,
    /// `pending`, `charging`, `completed`, `cancelled`, `failed`.
    #[schema(example = "completed")]
    status: &'static str,
    /// When it was made, Unix seconds.
    created_at: i64,
    /// When it ended, Unix seconds.
    ended_at: Option<i64>,
}

impl From<CardOrder> for CardOrderOut {
    fn from(row: CardOrder) -> Self {
        Self {
            order_no: row.order_no.to_string(),
            card_no: row.card_no,
            holder: row.holder,
            station_id: row.station_id,
            station: row.station,
            kwh: row.energy_e4.kwh(),
            final_amount_fen: row.final_amount.map(|amount| amount.0),
            payable_fen: row.payable_fen.0,
            pay_mode: row.pay_mode,
            balance_before_fen: row.payer_before_fen.map(|had| had.0),
            balance_after_fen: row.payer_after_fen.map(|has| has.0),
            status: row.status.as_str(),
            created_at: row.created_at.unix_seconds(),
            ended_at: seconds(row.end_time),
        }
    }
}

paged_query! {
    /// Which charges a list shows.
    CardOrderQuery {
        /// With this card.
        card_no: String,
        /// At this station.
        station_id: i64,
        /// In this state.
        status: String,
        /// Made from then on, Unix seconds.
        from: i64,
        /// Made before then, Unix seconds.
        to: i64,
        /// `-created_at` (when absent), `created_at`, `-kwh`, `-final_amount_fen`.
        sort: String,
    }
}

/// Lists charges that were started with cards, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/card-orders",
    tag = "administration",
    operation_id = "list_card_orders",
    extensions(
        ("x-access" = json!("order.card.view")),
        ("x-dataset" = json!(["orders", "cards"])),
        ("x-scope" = json!("org")),
    ),
    params(CardOrderQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CardOrderOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<CardOrderQuery>,
) -> Answer<PageOut<CardOrderOut>> {
    let page = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), SORT)?;
    let status = query.status.as_deref().map(|text| {
        OrderStatus::parse(text).ok_or_else(|| Failure::invalid("status", "is not known"))
    });
    let (from, until) = between(query.from, query.to)?;
    let filter = CardOrderFilter {
        card_no: query.card_no.as_deref().map(plain_number),
        station: query.station_id,
        status: status.transpose()?,
        from,
        until,
        scope,
    };
    let page = api.app().list_card_orders(&filter, sort, page).await?;
    Ok(ok(PageOut::of(page, CardOrderOut::from)))
}
