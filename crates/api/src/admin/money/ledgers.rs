//! Ledgers of agents, merchants and members, each with permissions of its own.

use super::paged_query;
use crate::Api;
use crate::envelope::{Answer, ok};
use crate::failure::Failure;
use crate::view::PageOut;
use app::TotalsFilter;
use kernel::Fen;
use serde::Serialize;
use store::ledger::{HeldLine, Ledgers, PartyFilter};
use utoipa::ToSchema;

/// A line of an agent's or merchant's ledger.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartyLineOut {
    /// When, Unix seconds.
    at: i64,
    /// Whose.
    #[schema(example = 2)]
    org_id: i64,
    /// The name of that.
    party: String,
    /// What happened: `split`, `refund_order`, `withdraw_paid` …
    #[schema(example = "split")]
    event_type: String,
    /// The order, withdrawal … that it belongs to.
    biz_no: String,
    /// `pending`, `available`, `frozen`.
    #[schema(example = "pending")]
    purse: String,
    /// What the share was reckoned from, fen.
    base_fen: Option<i64>,
    /// The share's rate, 1/10000; over several fees what it comes to.
    ratio_bp: Option<i64>,
    /// What came in, fen.
    in_fen: i64,
    /// What went out, fen.
    out_fen: i64,
    /// What was held before, fen.
    before_fen: i64,
    /// What was held afterwards, fen.
    after_fen: i64,
    /// In words.
    memo: Option<String>,
}

impl From<HeldLine> for PartyLineOut {
    fn from(HeldLine { line, after }: HeldLine) -> Self {
        let ratio = match (line.rate_low_bp, line.rate_high_bp, line.base_fen) {
            (Some(low), Some(high), _) if low == high => Some(i64::from(low)),
            (Some(_), Some(_), Some(base)) if base > Fen::ZERO => {
                let share = i128::from(line.change_fen.0) * 10_000;
                i64::try_from((share + i128::from(base.0) / 2) / i128::from(base.0)).ok()
            }
            _ => None,
        };
        Self {
            at: line.posted_at.unix_seconds(),
            org_id: line.owner_id,
            party: line.owner.unwrap_or_default(),
            event_type: line.event_type,
            biz_no: line.biz_no,
            purse: purse_of(&line.account),
            base_fen: line.base_fen.map(|fen| fen.0),
            ratio_bp: ratio,
            in_fen: line.change_fen.max(Fen::ZERO).0,
            out_fen: (-line.change_fen).max(Fen::ZERO).0,
            before_fen: (after - line.change_fen).0,
            after_fen: after.0,
            memo: line.memo,
        }
    }
}

/// A line of a member's ledger.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberMovementOut {
    /// When, Unix seconds.
    at: i64,
    /// Whose.
    #[schema(example = 12)]
    member_id: i64,
    /// Their number.
    phone: String,
    /// `recharge`, `gift`, `freeze`, `consume`, `release`, `refund`, `withdraw`, `adjust`,
    /// `debt`, `expiry`, `correction`, `other`.
    #[serde(rename = "type")]
    #[schema(example = "recharge")]
    kind: &'static str,
    /// The order, payment … that it belongs to.
    biz_no: String,
    /// `cash`, `gift`, `frozen`, `frozen_gift`.
    #[schema(example = "cash")]
    purse: String,
    /// What came of paid-in money, fen; less than nothing: went.
    cash_fen: i64,
    /// The same of given money, fen.
    gift_fen: i64,
    /// What was held afterwards, fen.
    balance_fen: i64,
    /// In words.
    memo: Option<String>,
}

impl From<HeldLine> for MemberMovementOut {
    fn from(HeldLine { line, after }: HeldLine) -> Self {
        let purse = purse_of(&line.account);
        let gift = matches!(purse.as_str(), "gift" | "frozen_gift");
        let (cash, gift_fen) = if gift {
            (Fen::ZERO, line.change_fen)
        } else {
            (line.change_fen, Fen::ZERO)
        };
        Self {
            at: line.posted_at.unix_seconds(),
            member_id: line.owner_id,
            phone: line.owner.unwrap_or_default(),
            kind: kind_of(&line.event_type, gift),
            biz_no: line.biz_no,
            purse,
            cash_fen: cash.0,
            gift_fen: gift_fen.0,
            balance_fen: after.0,
            memo: line.memo,
        }
    }
}

fn purse_of(account: &str) -> String {
    account.rsplit(':').next().unwrap_or_default().to_owned()
}

/// The word of a member's ledger for a kind of journal.
fn kind_of(event_type: &str, gift: bool) -> &'static str {
    match event_type {
        "recharge" if gift => "gift",
        "recharge" => "recharge",
        "freeze" => "freeze",
        "settle" => "consume",
        "release" => "release",
        "refund_order" => "refund",
        "wallet_withdraw" | "refund_failed" => "withdraw",
        "adjustment" => "adjust",
        "debt_paid" => "debt",
        "gift_expired" => "expiry",
        "reversal" => "correction",
        _ => "other",
    }
}

/// What was held before, came in, went out and is held.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotalOut {
    /// Whose: an organisation's or a member's row.
    #[schema(example = 2)]
    owner_id: i64,
    /// Its name; a member's number is `phone`.
    party: Option<String>,
    /// A member's number.
    phone: Option<String>,
    /// What was held before, fen.
    opening_fen: i64,
    /// What came in, fen.
    in_fen: i64,
    /// What went out, fen.
    out_fen: i64,
    /// In less out, fen.
    change_fen: i64,
    /// What was held afterwards, fen.
    closing_fen: i64,
}

paged_query! {
    /// Which lines of parties a list shows.
    PartyLinesQuery {
        /// Of this organisation.
        org_id: i64,
        /// `pending`, `available`, `frozen`; all together, without what only moves between them,
        /// when absent.
        purse: String,
        /// Of one kind of event.
        event_type: String,
        /// Of one order, withdrawal …
        biz_no: String,
        /// From then on, Unix seconds.
        from: i64,
        /// Before then, Unix seconds.
        to: i64,
    }
}

paged_query! {
    /// Which lines of members a list shows.
    MemberLinesQuery {
        /// Of this member.
        member_id: i64,
        /// `cash`, `gift`, `frozen`, `frozen_gift`; all together, without what running charges
        /// hold and free, when absent.
        purse: String,
        /// Of one kind of event.
        event_type: String,
        /// Of one order, payment …
        biz_no: String,
        /// From then on, Unix seconds.
        from: i64,
        /// Before then, Unix seconds.
        to: i64,
    }
}

paged_query! {
    /// Which totals of parties a list shows.
    PartyTotalsQuery {
        /// Of this organisation.
        org_id: i64,
        /// `pending`, `available`, `frozen`; all together when absent.
        purse: String,
        /// From then on, Unix seconds.
        from: i64,
        /// Before then, Unix seconds.
        to: i64,
    }
}

paged_query! {
    /// Which totals of members a list shows.
    MemberTotalsQuery {
        /// Of this member.
        member_id: i64,
        /// `cash`, `gift`, `frozen`, `frozen_gift`; all together when absent.
        purse: String,
        /// From then on, Unix seconds.
        from: i64,
        /// Before then, Unix seconds.
        to: i64,
    }
}

fn purse(ledgers: Ledgers, said: Option<&str>) -> Result<Option<&'static str>, Failure> {
    let Some(said) = said else {
        return Ok(None);
    };
    let mut known = ledgers.purses().iter();
    let found = known.find(|purse| **purse == said).copied();
    found.map(Some).ok_or_else(|| {
        let all = ledgers.purses().join(", ");
        Failure::invalid("purse", &format!("must be one of {all}"))
    })
}

async fn lines<T>(
    api: &Api,
    ledgers: Ledgers,
    filter: PartyFilter,
    page: store::PageRequest,
) -> Answer<PageOut<T>>
where
    T: From<HeldLine> + Serialize,
{
    let page = api.app().party_ledger(ledgers, &filter, page).await?;
    Ok(ok(PageOut::of(page, T::from)))
}

async fn totals(
    api: &Api,
    ledgers: Ledgers,
    filter: TotalsFilter,
    page: store::PageRequest,
) -> Answer<PageOut<TotalOut>> {
    let page = api.app().party_totals(ledgers, &filter, page).await?;
    let members = ledgers == Ledgers::Members;
    Ok(ok(PageOut::of(page, |total| TotalOut {
        owner_id: total.owner_id,
        party: (!members).then(|| total.owner.clone()),
        phone: members.then_some(total.owner),
        opening_fen: total.sums.opening.0,
        in_fen: total.sums.grown.0,
        out_fen: total.sums.shrunk.0,
        change_fen: (total.sums.grown - total.sums.shrunk).0,
        closing_fen: total.sums.closing().0,
    })))
}

/// The two lists of one kind of ledger.
macro_rules! ledgers {
    (
        $module:ident, $ledgers:ident, $line:ident, $query:ident, $totals:ident, $owner:ident,
        $view:literal, $dataset:literal, $scope:literal,
        $lines_path:literal $lines_id:literal, $totals_path:literal $totals_id:literal
    ) => {
        pub(in crate::admin) mod $module {
            use super::super::books::event_kind;
            use super::{$line, $query, $totals, Ledgers, PartyFilter, TotalOut, purse};
            use crate::Api;
            use crate::console::Seen;
            use crate::envelope::{Answer, Envelope};
            use crate::payload::Filter;
            use crate::view::{PageOut, PageQuery};
            use app::TotalsFilter;
            use axum::extract::State;
            use kernel::Timestamp;
            use utoipa_axum::router::OpenApiRouter;
            use crate::routes::routes;

            /// Its routes.
            pub(in crate::admin) fn routes() -> OpenApiRouter<Api> {
                OpenApiRouter::default()
                    .routes(routes!(lines))
                    .routes(routes!(totals))
            }

            /// Lists lines with what was held after each of them, newest first.
            #[utoipa::path(
                get,
                path = $lines_path,
                tag = "console",
                operation_id = $lines_id,
                extensions(
                    ("x-access" = json!($view)),
                    ("x-dataset" = json!($dataset)),
                    ("x-scope" = json!($scope)),
                ),
                params($query),
                responses(
                    (status = 200, description = "A page", body = Envelope<PageOut<$line>>),
                )
            )]
            pub(crate) async fn lines(
                State(api): State<Api>,
                Seen(scope): Seen,
                Filter(query): Filter<$query>,
            ) -> Answer<PageOut<$line>> {
                let page = query.page_request()?;
                event_kind(query.event_type.as_deref())?;
                let filter = PartyFilter {
                    owner: query.$owner,
                    purse: purse(Ledgers::$ledgers, query.purse.as_deref())?,
                    event_type: query.event_type,
                    biz_no: query.biz_no,
                    from: query.from.map(Timestamp::from_unix_seconds),
                    until: query.to.map(Timestamp::from_unix_seconds),
                    scope,
                };
                super::lines(&api, Ledgers::$ledgers, filter, page).await
            }

            /// Lists what was held before, came in, went out and is held.
            #[utoipa::path(
                get,
                path = $totals_path,
                tag = "console",
                operation_id = $totals_id,
                extensions(
                    ("x-access" = json!($view)),
                    ("x-dataset" = json!($dataset)),
                    ("x-scope" = json!($scope)),
                ),
                params($totals),
                responses(
                    (status = 200, description = "A page", body = Envelope<PageOut<TotalOut>>),
                )
            )]
            pub(crate) async fn totals(
                State(api): State<Api>,
                Seen(scope): Seen,
                Filter(query): Filter<$totals>,
            ) -> Answer<PageOut<TotalOut>> {
                let page = query.page_request()?;
                let filter = TotalsFilter {
                    owner: query.$owner,
                    purse: purse(Ledgers::$ledgers, query.purse.as_deref())?,
                    from: query.from.map(Timestamp::from_unix_seconds),
                    until: query.to.map(Timestamp::from_unix_seconds),
                    scope,
                };
                super::totals(&api, Ledgers::$ledgers, filter, page).await
            }
        }
    };
}

ledgers!(
    agents, Agents, PartyLineOut, PartyLinesQuery, PartyTotalsQuery, org_id,
    "finance.agent.view", "agents", "org",
    "/api/v1/admin/agent-ledger" "list_agent_ledger",
    "/api/v1/admin/agent-ledger/totals" "list_agent_totals"
);
ledgers!(
    merchants, Merchants, PartyLineOut, PartyLinesQuery, PartyTotalsQuery, org_id,
    "finance.merchant.view", "merchants", "org",
    "/api/v1/admin/merchant-ledger" "list_merchant_ledger",
    "/api/v1/admin/merchant-ledger/totals" "list_merchant_totals"
);
ledgers!(
    members, Members, MemberMovementOut, MemberLinesQuery, MemberTotalsQuery, member_id,
    "finance.member.view", "members", "platform",
    "/api/v1/admin/member-ledger" "list_member_ledger",
    "/api/v1/admin/member-ledger/totals" "list_member_totals"
);
