//! Withdrawals of agents and merchants: what their pages show and take.

mod accounts;
mod pages;

pub(in crate::admin) use accounts::{agent_accounts, merchant_accounts};
pub(in crate::admin) use pages::{agents, merchants};

use super::paged_query;
use crate::Api;
use crate::envelope::{Answer, ok};
use crate::failure::Failure;
use crate::payload::Named;
use crate::staff::sorted;
use crate::view::{PageOut, PageQuery, seconds};
use domain::org::{OrgType, Scope};
use domain::withdrawal::{WithdrawalMethod, WithdrawalState};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use store::withdrawals::{self, WithdrawalFilter, WithdrawalRow};
use utoipa::{IntoParams, ToSchema};

/// A withdrawal.
#[derive(Serialize, ToSchema)]
pub(crate) struct WithdrawalOut {
    /// Its number.
    #[schema(example = "WD2026010212000000000100")]
    withdraw_no: String,
    /// Whose money.
    #[schema(example = 2)]
    org_id: i64,
    /// The name of that.
    payee: String,
    /// How much, fee and tax included, fen.
    #[schema(example = 20000)]
    amount_fen: i64,
    /// The platform's fee, fen.
    #[schema(example = 120)]
    fee_fen: i64,
    /// Tax that is kept back, fen.
    tax_fen: i64,
    /// What the payee gets, fen.
    #[schema(example = 19880)]
    net_fen: i64,
    /// `bank`, `wechat_transfer`, `alipay_transfer`, `mock_transfer`.
    #[schema(example = "bank")]
    method: &'static str,
    /// The name that the account is in.
    holder: String,
    /// Its bank.
    bank: Option<String>,
    /// Account number, openid, user id.
    account_no: String,
    /// `submitted`, `cancelled`, `rejected`, `approved`, `paying`, `wait_confirm`, `success`,
    /// `failed`.
    #[schema(example = "submitted")]
    state: &'static str,
    /// Who asked.
    applied_by: String,
    /// When, Unix seconds.
    applied_at: i64,
    /// The first of two who have to grant it.
    first_audit_by: Option<String>,
    /// Who decided.
    audited_by: Option<String>,
    /// When, Unix seconds.
    audited_at: Option<i64>,
    /// Who had it paid.
    paid_by: Option<String>,
    /// What the payee's app confirms the transfer with.
    package_info: Option<String>,
    /// Until when the payee has time to confirm, Unix seconds.
    confirm_until: Option<i64>,
    /// The channel's number.
    channel_no: Option<String>,
    /// The number of the bank's voucher.
    voucher_no: Option<String>,
    /// Why it came to nothing.
    fail_reason: Option<String>,
    /// When it was over, Unix seconds.
    finished_at: Option<i64>,
}

impl From<WithdrawalRow> for WithdrawalOut {
    fn from(row: WithdrawalRow) -> Self {
        let until = row
            .waits_since
            .filter(|_| row.state == WithdrawalState::WaitConfirm)
            .map(|since| since + domain::withdrawal::CONFIRM_TIME);
        Self {
            withdraw_no: row.withdraw_no,
            org_id: row.org_id,
            payee: row.org_name,
            amount_fen: row.amount_fen.0,
            fee_fen: row.fee_fen.0,
            tax_fen: row.tax_fen.0,
            net_fen: row.net_fen.0,
            method: row.method.as_str(),
            holder: row.holder,
            bank: row.bank,
            account_no: row.account_no,
            state: row.state.as_str(),
            applied_by: row.applied_by,
            applied_at: row.created_at.unix_seconds(),
            first_audit_by: row.first_audit_by.map(name_of),
            audited_by: row.audited_by,
            audited_at: seconds(row.audited_at),
            paid_by: row.paid_by,
            package_info: row.package_info,
            confirm_until: seconds(until),
            channel_no: row.channel_no,
            voucher_no: row.voucher_no,
            fail_reason: row.fail_reason,
            finished_at: seconds(row.finished_at),
        }
    }
}

/// The name in `7:anna`, where the number tells accounts of one name apart.
fn name_of(identity: String) -> String {
    match identity.split_once(':') {
        Some((id, name)) if id.bytes().all(|byte| byte.is_ascii_digit()) => name.to_owned(),
        _ => identity,
    }
}

/// A line of the file that the bank pays by.
#[derive(Serialize, ToSchema)]
pub(crate) struct BankOrderOut {
    /// The withdrawal.
    withdraw_no: String,
    /// The name that the account is in.
    holder: String,
    /// Its bank.
    bank: Option<String>,
    /// Its number.
    account_no: String,
    /// What is to be paid, yuan.
    #[schema(example = "198.80")]
    amount_yuan: String,
    /// The same, fen.
    amount_fen: i64,
    /// What for.
    remark: &'static str,
}

impl From<WithdrawalRow> for BankOrderOut {
    fn from(row: WithdrawalRow) -> Self {
        Self {
            withdraw_no: row.withdraw_no,
            holder: row.holder,
            bank: row.bank,
            account_no: row.account_no,
            amount_yuan: row.net_fen.yuan(),
            amount_fen: row.net_fen.0,
            remark: "收益提现",
        }
    }
}

/// A withdrawal is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 20000, "settlement_account_id": 1}))]
pub(crate) struct WithdrawalBody {
    /// How much, fee and tax included, fen.
    #[schema(minimum = 1)]
    amount_fen: i64,
    /// To which account of one's own.
    settlement_account_id: i64,
}

/// Why a withdrawal is not granted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the account is in another name"}))]
pub(crate) struct RejectionBody {
    /// Why.
    #[schema(max_length = 200)]
    reason: String,
}

/// The bank has paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"voucher_no": "20260102-000123"}))]
pub(crate) struct WithdrawalVoucherBody {
    /// The number of its voucher.
    #[schema(max_length = 64)]
    voucher_no: String,
}

/// A withdrawal's number in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct WithdrawNo(String);

impl Named for WithdrawNo {
    const NAME: &'static str = "withdrawal";
}

/// Which withdrawals a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WithdrawalQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `-created_at`, `created_at`, `amount_fen`, `-amount_fen`.
    sort: Option<String>,
    /// Of this organisation.
    org_id: Option<i64>,
    /// In this state.
    state: Option<String>,
    /// Paid this way.
    method: Option<String>,
    /// With this number.
    withdraw_no: Option<String>,
    /// Asked for from then on, Unix seconds.
    from: Option<i64>,
    /// Asked for before then, Unix seconds.
    to: Option<i64>,
}

impl PageQuery for WithdrawalQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

paged_query! {
    /// Which lines the bank's file has.
    BankFileQuery {
        /// Of this organisation.
        org_id: i64,
    }
}

async fn page(
    api: &Api,
    kind: OrgType,
    scope: Scope,
    query: WithdrawalQuery,
) -> Answer<PageOut<WithdrawalOut>> {
    let request = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), withdrawals::SORT)?;
    let unknown = |field| move || Failure::invalid(field, "is not known");
    let state = query.state.as_deref();
    let state = state.map(|text| WithdrawalState::parse(text).ok_or_else(unknown("state")));
    let method = query.method.as_deref();
    let method = method.map(|text| WithdrawalMethod::parse(text).ok_or_else(unknown("method")));
    let filter = WithdrawalFilter {
        org_type: Some(kind),
        org_id: query.org_id,
        state: state.transpose()?,
        method: method.transpose()?,
        withdraw_no: query.withdraw_no,
        from: query.from.map(Timestamp::from_unix_seconds),
        until: query.to.map(Timestamp::from_unix_seconds),
        scope,
    };
    let page = api.app().list_withdrawals(&filter, sort, request).await?;
    Ok(ok(PageOut::of(page, WithdrawalOut::from)))
}

async fn bank_file(
    api: &Api,
    kind: OrgType,
    query: BankFileQuery,
) -> Answer<PageOut<BankOrderOut>> {
    let request = query.page_request()?;
    let filter = WithdrawalFilter {
        org_type: Some(kind),
        org_id: query.org_id,
        state: Some(WithdrawalState::Approved),
        method: Some(WithdrawalMethod::Bank),
        ..WithdrawalFilter::default()
    };
    let page = api
        .app()
        .list_withdrawals(&filter, Some("created_at"), request);
    Ok(ok(PageOut::of(page.await?, BankOrderOut::from)))
}
