//! A refund as its member sees it: without who of the staff asked for it and decided.

use crate::view::seconds;
use serde::Serialize;
use store::refunds::RefundRow;
use utoipa::ToSchema;

/// A member's refund.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberRefundOut {
    /// Its number.
    #[schema(example = "RF2026010212000000000100")]
    refund_no: String,
    /// Out of which payment; none: into the wallet.
    payment_no: Option<String>,
    /// The order that it belongs to, or `wallet:` and the member.
    biz_no: String,
    /// How much, fen.
    amount_fen: i64,
    /// `auto_unused`, `fault`, `complaint`, `admin`, `wallet_withdraw`.
    kind: &'static str,
    /// `original`, `wallet`.
    route: &'static str,
    /// `requested`, `approved`, `rejected`, `processing`, `success`, `abnormal`, `failed`.
    #[schema(example = "success")]
    state: &'static str,
    /// When it was asked for, Unix seconds.
    created_at: i64,
    /// When it was over, Unix seconds.
    finished_at: Option<i64>,
}

impl From<RefundRow> for MemberRefundOut {
    fn from(row: RefundRow) -> Self {
        Self {
            refund_no: row.refund_no,
            payment_no: row.payment_no,
            biz_no: row.biz_no,
            amount_fen: row.amount.0,
            kind: row.kind.as_str(),
            route: row.route.as_str(),
            state: row.state.as_str(),
            created_at: row.created_at.unix_seconds(),
            finished_at: seconds(row.finished_at),
        }
    }
}
