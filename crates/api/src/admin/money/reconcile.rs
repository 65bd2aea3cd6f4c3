//! Channels' statements beside our books: days, differences, payouts to the bank.

use super::paged_query;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use app::ChannelPayout;
use axum::extract::State;
use channels::payment::ChannelName;
use domain::day::Day;
use domain::reconcile::Flaw;
use kernel::Fen;
use serde::{Deserialize, Serialize};
use store::reconciliations::{DayFilter, DifferenceFilter, DifferenceRow, ReconciliationRow};
use utoipa::ToSchema;

/// A day of a channel: what its statement says, and what the books say.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReconciliationOut {
    /// `wechat`, `alipay`, `mock`.
    #[schema(example = "wechat")]
    channel: String,
    /// By the Shanghai calendar.
    #[schema(example = "2026-03-01")]
    day: String,
    /// `clean`, `differs`, `resolved`.
    #[schema(example = "clean")]
    state: String,
    /// Lines of the statement.
    their_count: i64,
    /// What came in by the statement, fen.
    their_in_fen: i64,
    /// What went out by the statement, fen.
    their_out_fen: i64,
    /// Its fees, or the agreed ones where it names none, fen.
    their_fee_fen: i64,
    /// Movements in the books.
    our_count: i64,
    /// What came in by the books, fen.
    our_in_fen: i64,
    /// What went out by the books, fen.
    our_out_fen: i64,
    /// Fees in the books, fen.
    our_fee_fen: i64,
    /// By how much the statement is above the books, fen.
    diff_fen: i64,
    /// How often the day was compared.
    runs: i32,
    /// Who had it compared last.
    run_by: String,
    /// When, Unix seconds.
    run_at: i64,
}

impl From<ReconciliationRow> for ReconciliationOut {
    fn from(row: ReconciliationRow) -> Self {
        let gap = row.gap();
        Self {
            channel: row.channel,
            day: row.day,
            state: row.state,
            their_count: row.their_count,
            their_in_fen: row.their_in_fen.0,
            their_out_fen: row.their_out_fen.0,
            their_fee_fen: row.fee_fen.0,
            our_count: row.our_count,
            our_in_fen: row.our_in_fen.0,
            our_out_fen: row.our_out_fen.0,
            our_fee_fen: row.our_fee_fen.0,
            diff_fen: gap.0,
            runs: row.runs,
            run_by: row.run_by,
            run_at: row.run_at.unix_seconds(),
        }
    }
}

/// Something in which statement and books differ, or differed.
#[derive(Serialize, ToSchema)]
pub(crate) struct DifferenceOut {
    /// Its row.
    #[schema(example = 1)]
    id: i64,
    /// `wechat`, `alipay`, `mock`.
    channel: String,
    /// Of which day.
    day: String,
    /// `not_booked`, `missing_here`, `missing_there`, `amount_differs`, `fee_differs`,
    /// `sum_differs`.
    #[schema(example = "missing_here")]
    flaw: String,
    /// `payment`, `refund`.
    kind: String,
    /// Our number of it; empty where it is about the whole day.
    document_no: String,
    /// The channel's number of it.
    channel_no: Option<String>,
    /// What the statement says, fen.
    their_fen: i64,
    /// What the books say, fen.
    our_fen: i64,
    /// `open`, `repaired`, `resolved`, `gone`.
    #[schema(example = "open")]
    state: String,
    /// What became of it, in words.
    note: Option<String>,
    /// Who resolved it.
    decided_by: Option<String>,
    /// When, Unix seconds.
    decided_at: Option<i64>,
    /// When it was found, Unix seconds.
    created_at: i64,
}

impl From<DifferenceRow> for DifferenceOut {
    fn from(row: DifferenceRow) -> Self {
        Self {
            id: row.id,
            channel: row.channel,
            day: row.day,
            flaw: row.flaw.as_str().to_owned(),
            kind: row.kind.as_str().to_owned(),
            document_no: row.document_no,
            channel_no: row.channel_no,
            their_fen: row.their_fen.0,
            our_fen: row.our_fen.0,
            state: row.state,
            note: row.note,
            decided_by: row.decided_by,
            decided_at: seconds(row.decided_at),
            created_at: row.created_at.unix_seconds(),
        }
    }
}

paged_query! {
    /// Which days a list shows.
    ReconciliationQuery {
        /// Of this channel.
        channel: String,
        /// `clean`, `differs`, `resolved`.
        state: String,
        /// From this day on, as in `2026-03-01`.
        from: String,
        /// Up to this day, included.
        to: String,
    }
}

paged_query! {
    /// Which differences a list shows.
    DifferenceQuery {
        /// Of this channel.
        channel: String,
        /// Of this day, as in `2026-03-01`.
        day: String,
        /// `open`, `repaired`, `resolved`, `gone`.
        state: String,
        /// Of this kind.
        flaw: String,
        /// About this number of ours.
        document_no: String,
    }
}

/// A channel's name and a day in a path.
#[derive(Deserialize)]
pub(crate) struct DayOf(String, String);

impl Named for DayOf {
    const NAME: &'static str = "reconciliation";
}

/// A difference's row in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct DifferenceId(i64);

impl Named for DifferenceId {
    const NAME: &'static str = "difference";
}

/// Which day is to be compared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "wechat", "day": "2026-03-01"}))]
pub(crate) struct RerunBody {
    /// `wechat`, `alipay`, `mock`.
    channel: String,
    /// By the Shanghai calendar; it must be over.
    day: String,
}

/// What somebody found out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "the bank took it back on the second"}))]
pub(crate) struct ResolveBody {
    /// In words.
    #[schema(max_length = 200)]
    note: String,
}

/// A payout of a channel to the bank.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "wechat", "amount_fen": 400_000, "reference": "20260302-1"}))]
pub(crate) struct PayoutBody {
    /// `wechat`, `alipay`, `mock`.
    channel: String,
    /// How much arrived, fen.
    #[schema(minimum = 1)]
    amount_fen: i64,
    /// The bank's or the channel's number of it: the same one again changes nothing.
    #[schema(max_length = 64)]
    reference: String,
}

/// What is where after a payout.
#[derive(Serialize, ToSchema)]
pub(crate) struct PayoutOut {
    /// What the channel holds for us, fen.
    channel_fen: i64,
    /// What the bank account holds, fen.
    bank_fen: i64,
}

fn channel(name: &str) -> Result<ChannelName, Failure> {
    let known = ChannelName::from_name(name);
    known.ok_or_else(|| Failure::invalid("channel", "must be wechat, alipay or mock"))
}

fn day(field: &str, text: &str) -> Result<Day, Failure> {
    Day::parse(text).ok_or_else(|| Failure::invalid(field, "must be a day, as in 2026-03-01"))
}

fn one_of(field: &str, value: Option<&String>, known: &[&str]) -> Result<(), Failure> {
    match value {
        Some(value) if !known.contains(&value.as_str()) => {
            let problem = format!("must be one of {}", known.join(", "));
            Err(Failure::invalid(field, &problem))
        }
        _ => Ok(()),
    }
}

/// Lists days that were compared, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/reconciliations",
    tag = "administration",
    operation_id = "list_reconciliations",
    extensions(("x-access" = json!("finance.reconcile.view"))),
    params(ReconciliationQuery),
    responses((status = 200, description = "A page",
        body = Envelope<PageOut<ReconciliationOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<ReconciliationQuery>,
) -> Answer<PageOut<ReconciliationOut>> {
    let page = query.page_request()?;
    let states = ["clean", "differs", "resolved"];
    one_of("state", query.state.as_ref(), &states)?;
    for (field, value) in [("from", &query.from), ("to", &query.to)] {
        value.as_deref().map(|text| day(field, text)).transpose()?;
    }
    let filter = DayFilter {
        channel: query.channel,
        state: query.state,
        from: query.from,
        to: query.to,
    };
    let page = api.app().list_reconciliations(&filter, page).await?;
    Ok(ok(PageOut::of(page, ReconciliationOut::from)))
}

/// Shows a day of a channel.
#[utoipa::path(
    get,
    path = "/api/v1/admin/reconciliations/{channel}/{day}",
    tag = "administration",
    operation_id = "show_reconciliation",
    extensions(("x-access" = json!("finance.reconcile.view"))),
    params(
        ("channel" = String, Path, description = "The channel", example = "wechat"),
        ("day" = String, Path, description = "The day", example = "2026-03-01"),
    ),
    responses(
        (status = 200, description = "The day", body = Envelope<ReconciliationOut>),
        (status = 404, description = "It was not compared", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(DayOf(channel, day)): At<DayOf>,
) -> Answer<ReconciliationOut> {
    Ok(ok(api.app().reconciliation(&channel, &day).await?.into()))
}

/// Compares a day with the channel's bill, now: what is certain is repaired, the rest written down.
#[utoipa::path(
    post,
    path = "/api/v1/admin/reconciliations",
    tag = "administration",
    operation_id = "run_reconciliation",
    extensions(("x-access" = json!("finance.reconcile.rerun")), ("x-audit" = json!("own"))),
    request_body = RerunBody,
    responses(
        (status = 200, description = "The day", body = Envelope<ReconciliationOut>),
        (status = 404, description = "No such channel", body = Refusal),
        (status = 409, description = "The day is not over, or its bill cannot be had",
            body = Refusal),
    )
)]
pub(crate) async fn run(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<RerunBody>,
) -> Answer<ReconciliationOut> {
    let (channel, day) = (channel(&body.channel)?, day("day", &body.day)?);
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.rerun_reconciliation(&actor, channel, day).await }).await?;
    Ok(ok(row.into()))
}

/// Lists differences, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/reconciliation-differences",
    tag = "administration",
    operation_id = "list_reconciliation_differences",
    extensions(("x-access" = json!("finance.reconcile.view"))),
    params(DifferenceQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<DifferenceOut>>))
)]
pub(crate) async fn differences(
    State(api): State<Api>,
    Filter(query): Filter<DifferenceQuery>,
) -> Answer<PageOut<DifferenceOut>> {
    let page = query.page_request()?;
    let states = ["open", "repaired", "resolved", "gone"];
    one_of("state", query.state.as_ref(), &states)?;
    let flaw = query
        .flaw
        .as_deref()
        .map(|text| Flaw::parse(text).ok_or_else(|| Failure::invalid("flaw", "is not known")));
    let filter = DifferenceFilter {
        channel: query.channel,
        day: query.day,
        state: query.state,
        flaw: flaw.transpose()?,
        document_no: query.document_no,
    };
    let page = api.app().list_differences(&filter, page).await?;
    Ok(ok(PageOut::of(page, DifferenceOut::from)))
}

/// Says what a difference is. With the last one of a day the day is accepted as it is.
#[utoipa::path(
    post,
    path = "/api/v1/admin/reconciliation-differences/{difference_id}/resolve",
    tag = "administration",
    operation_id = "resolve_reconciliation_difference",
    extensions(("x-access" = json!("finance.reconcile.resolve")), ("x-audit" = json!("own"))),
    params(("difference_id" = i64, Path, description = "Its row", example = 1)),
    request_body = ResolveBody,
    responses(
        (status = 200, description = "The difference", body = Envelope<DifferenceOut>),
        (status = 404, description = "No such difference", body = Refusal),
        (status = 409, description = "It is not open", body = Refusal),
    )
)]
pub(crate) async fn resolve(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(DifferenceId(id)): At<DifferenceId>,
    Payload(body): Payload<ResolveBody>,
) -> Answer<DifferenceOut> {
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.resolve_difference(&actor, id, &body.note).await }).await?;
    Ok(ok(row.into()))
}

/// Writes down that a channel has paid out to the bank.
#[utoipa::path(
    post,
    path = "/api/v1/admin/channel-payouts",
    tag = "administration",
    operation_id = "write_channel_payout",
    extensions(("x-access" = json!("finance.reconcile.resolve")), ("x-audit" = json!("own"))),
    request_body = PayoutBody,
    responses(
        (status = 200, description = "What is where now", body = Envelope<PayoutOut>),
        (status = 404, description = "No such channel", body = Refusal),
        (status = 409, description = "The channel holds less, or the reference stands for \
            another sum", body = Refusal),
    )
)]
pub(crate) async fn payout(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<PayoutBody>,
) -> Answer<PayoutOut> {
    let payout = ChannelPayout {
        channel: channel(&body.channel)?,
        amount: Fen(body.amount_fen),
        reference: body.reference,
    };
    let app = api.app().clone();
    let (channel, bank) =
        run_to_end(async move { app.channel_payout(&actor, &payout).await }).await?;
    Ok(ok(PayoutOut {
        channel_fen: channel.0,
        bank_fen: bank.0,
    }))
}
