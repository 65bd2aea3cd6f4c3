//! What a member has.

use super::guard::Caller;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::Filter;
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::Wallet;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::ledger::LineRow;
use utoipa::{IntoParams, ToSchema};

/// A member's money, fen.
#[expect(
    clippy::struct_field_names,
    reason = "the unit is part of the contract"
)]
#[derive(Serialize, ToSchema)]
pub(crate) struct WalletOut {
    /// Paid in, free.
    #[schema(example = 10_000)]
    cash_fen: i64,
    /// Given on top, free; never paid out.
    #[schema(example = 1000)]
    gift_fen: i64,
    /// Held by running charges.
    frozen_fen: i64,
    /// Owed from charges that cost more than was there; to be paid before the next one.
    owed_fen: i64,
}

impl From<Wallet> for WalletOut {
    fn from(wallet: Wallet) -> Self {
        Self {
            cash_fen: wallet.cash.0,
            gift_fen: wallet.gift.0,
            frozen_fen: wallet.frozen.0,
            owed_fen: wallet.owed.0,
        }
    }
}

/// A movement in a wallet.
#[derive(Serialize, ToSchema)]
pub(crate) struct WalletLine {
    /// When, Unix seconds.
    at: i64,
    /// What happened: `recharge`, `freeze`, `settle`, `release`, `refund_order` …
    #[schema(example = "recharge")]
    kind: String,
    /// The order, top-up … that it belongs to.
    biz_no: String,
    /// `cash`, `gift`, `frozen`, `frozen_gift`.
    #[schema(example = "cash")]
    purse: String,
    /// How much; less than nothing when it went out.
    amount_fen: i64,
    /// What that purse held afterwards.
    balance_fen: Option<i64>,
}

impl From<LineRow> for WalletLine {
    fn from(row: LineRow) -> Self {
        let purse = row.account.rsplit(':').next().unwrap_or_default();
        Self {
            at: row.posted_at.unix_seconds(),
            kind: row.event_type,
            biz_no: row.biz_no,
            purse: purse.to_owned(),
            amount_fen: if row.side == "C" {
                row.amount_fen.0
            } else {
                -row.amount_fen.0
            },
            balance_fen: row.balance_fen.map(|fen| fen.0),
        }
    }
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinesQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for LinesQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Shows the wallet.
#[utoipa::path(
    get,
    path = "/api/v1/member/wallet",
    tag = "member",
    operation_id = "member_wallet",
    responses((status = 200, description = "The wallet", body = Envelope<WalletOut>))
)]
pub(crate) async fn show(State(api): State<Api>, caller: Caller) -> Answer<WalletOut> {
    let wallet = api.app().wallet(caller.member.member_id()).await?;
    Ok(ok(wallet.into()))
}

/// Lists what happened in the wallet, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/wallet/lines",
    tag = "member",
    operation_id = "member_wallet_lines",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<WalletLine>>))
)]
pub(crate) async fn lines(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<WalletLine>> {
    let member = caller.member.member_id();
    let page = api
        .app()
        .wallet_lines(member, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, WalletLine::from)))
}

/// Pays what is owed out of what is in the wallet, as far as that reaches.
#[utoipa::path(
    post,
    path = "/api/v1/member/wallet/pay-debts",
    tag = "member",
    operation_id = "member_pay_debts",
    responses(
        (status = 200, description = "What is left", body = Envelope<WalletOut>),
        (status = 409, description = "`balance too low`: nothing is there", body = Refusal),
    )
)]
pub(crate) async fn pay_debts(State(api): State<Api>, caller: Caller) -> Answer<WalletOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let wallet = run_to_end(async move { app.pay_debts(member).await }).await?;
    Ok(ok(wallet.into()))
}
