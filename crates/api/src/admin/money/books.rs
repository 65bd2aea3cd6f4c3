//! The books: lines of accounts with their sums, journals of an event, whether all of it is right.

use super::paged_query;
use crate::Api;
use crate::choice::one_of;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::payload::Filter;
use crate::view::{PageOut, PageQuery};
use axum::extract::State;
use domain::ledger::{Account, JournalKind};
use kernel::{Fen, Timestamp};
use serde::Serialize;
use store::ledger::{Finding, LineFilter, LineRow, Report, Sums};
use utoipa::ToSchema;

/// A movement of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct BookLineOut {
    /// Its journal.
    journal_id: i64,
    /// When, Unix seconds.
    at: i64,
    /// What happened: `recharge`, `settle`, `split` …
    #[schema(example = "settle")]
    event_type: String,
    /// The order, payment … that it belongs to.
    biz_no: String,
    /// Which account.
    #[schema(example = "member:12:cash")]
    account: String,
    /// What made it grow, fen.
    in_fen: i64,
    /// What made it shrink, fen.
    out_fen: i64,
    /// What it held afterwards, where it is kept in one row.
    balance_fen: Option<i64>,
    /// In words.
    memo: Option<String>,
}

impl From<LineRow> for BookLineOut {
    fn from(row: LineRow) -> Self {
        let grows = row
            .account
            .parse::<Account>()
            .is_ok_and(|account| account.kind().normal_side().as_str() == row.side);
        let (inward, outward) = if grows {
            (row.amount_fen, Fen::ZERO)
        } else {
            (Fen::ZERO, row.amount_fen)
        };
        Self {
            journal_id: row.journal_id,
            at: row.posted_at.unix_seconds(),
            event_type: row.event_type,
            biz_no: row.biz_no,
            account: row.account,
            in_fen: inward.0,
            out_fen: outward.0,
            balance_fen: row.balance_fen.map(|fen| fen.0),
            memo: row.memo,
        }
    }
}

/// What the lines of a filter come to.
#[expect(
    clippy::struct_field_names,
    reason = "the unit is part of the contract"
)]
#[derive(Serialize, ToSchema)]
pub(crate) struct SumsOut {
    /// What the accounts held before, fen.
    opening_fen: i64,
    /// What made them grow, fen.
    in_fen: i64,
    /// What made them shrink, fen.
    out_fen: i64,
    /// What they held afterwards, fen.
    closing_fen: i64,
}

impl From<Sums> for SumsOut {
    fn from(sums: Sums) -> Self {
        Self {
            opening_fen: sums.opening.0,
            in_fen: sums.grown.0,
            out_fen: sums.shrunk.0,
            closing_fen: sums.closing().0,
        }
    }
}

/// Whether the books are right.
#[derive(Serialize, ToSchema)]
pub(crate) struct BooksOut {
    /// Nothing was found.
    clean: bool,
    /// Journals looked at.
    journals: i64,
    /// Their lines.
    lines: i64,
    /// Accounts.
    accounts: i64,
    /// Rules looked after.
    rules: Vec<&'static str>,
    /// What breaks them.
    findings: Vec<FindingOut>,
}

/// Something that is not as it should be.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindingOut {
    /// The rule that it breaks.
    rule: String,
    /// What breaks it.
    object: String,
    /// What should be there, fen.
    expected_fen: i64,
    /// What is there, fen.
    found_fen: i64,
}

impl From<Finding> for FindingOut {
    fn from(finding: Finding) -> Self {
        Self {
            rule: finding.rule,
            object: finding.object,
            expected_fen: finding.expected.0,
            found_fen: finding.found.0,
        }
    }
}

impl From<Report> for BooksOut {
    fn from(report: Report) -> Self {
        Self {
            clean: report.is_clean(),
            journals: report.journals,
            lines: report.lines,
            accounts: report.accounts,
            rules: report.rules,
            findings: report.findings.into_iter().map(FindingOut::from).collect(),
        }
    }
}

paged_query! {
    /// Which lines a list shows.
    LinesQuery {
        /// Accounts: `asset`, `income`, `expense`, `member`, `merchant`, `agent`, or the beginning
        /// of an account's code, such as `member:12:`.
        of: String,
        /// Of one kind of event.
        event_type: String,
        /// Of one order, payment …
        biz_no: String,
        /// Of one journal.
        journal_id: i64,
        /// From then on, Unix seconds.
        from: i64,
        /// Before then, Unix seconds.
        to: i64,
    }
}

/// Refuses an event of which no journal is posted.
pub(super) fn event_kind(said: Option<&str>) -> Result<(), Failure> {
    one_of("event_type", said, &JournalKind::ALL, JournalKind::as_str).map(drop)
}

/// The accounts of a page of the console, by the beginnings of their codes.
fn filter(query: LinesQuery) -> Result<LineFilter, Failure> {
    let prefix = match query.of.as_deref() {
        None => None,
        Some("income") => Some("income:"),
        Some("expense") => Some("expense:"),
        Some("asset") => Some("asset:"),
        Some("member") => Some("member:"),
        Some("merchant") => Some("merchant:"),
        Some("agent") => Some("agent:"),
        Some(code) if code.contains(':') && code.len() <= 64 => Some(code),
        Some(_) => {
            let problem = "must be income, expense, asset, member, merchant, agent or the \
                           beginning of a code";
            return Err(Failure::invalid("of", problem));
        }
    };
    event_kind(query.event_type.as_deref())?;
    Ok(LineFilter {
        prefix: prefix.map(str::to_owned),
        account: None,
        event_type: query.event_type,
        biz_no: query.biz_no,
        journal: query.journal_id,
        from: query.from.map(Timestamp::from_unix_seconds),
        until: query.to.map(Timestamp::from_unix_seconds),
    })
}

/// Lists movements, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ledger/lines",
    tag = "administration",
    operation_id = "ledger_lines",
    extensions(("x-access" = json!("finance.platform.view"))),
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<BookLineOut>>))
)]
pub(crate) async fn lines(
    State(api): State<Api>,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<BookLineOut>> {
    let page = query.page_request()?;
    let page = api.app().ledger_lines(&filter(query)?, page).await?;
    Ok(ok(PageOut::of(page, BookLineOut::from)))
}

/// What the same movements come to.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ledger/sums",
    tag = "administration",
    operation_id = "ledger_sums",
    extensions(("x-access" = json!("finance.platform.view"))),
    params(LinesQuery),
    responses((status = 200, description = "The sums", body = Envelope<SumsOut>))
)]
pub(crate) async fn sums(
    State(api): State<Api>,
    Filter(query): Filter<LinesQuery>,
) -> Answer<SumsOut> {
    query.page_request()?;
    let sums = api.app().ledger_sums(&filter(query)?).await?;
    Ok(ok(sums.into()))
}

/// Checks the books: every rule over all journals. Takes seconds on large ones.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ledger/verify",
    tag = "administration",
    operation_id = "ledger_verify",
    extensions(("x-access" = json!("finance.reconcile.view"))),
    responses((status = 200, description = "The report", body = Envelope<BooksOut>))
)]
pub(crate) async fn verify(State(api): State<Api>) -> Answer<BooksOut> {
    Ok(ok(api.app().verify_books().await?.into()))
}
