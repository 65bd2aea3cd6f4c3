use kernel::Fen;
use std::time::Duration;

/// What an operator has configured about money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyRules {
    /// Least that a payer must have to start.
    pub min_start: Fen,
    /// Most that one order holds.
    pub max_freeze: Fen,
    /// Refunds up to here need nobody's word.
    pub refund_auto_limit: Fen,
    /// Commission becomes payable so long after the bill is final.
    pub mature_after: Duration,
    /// Least sum of a withdrawal.
    pub withdraw_min: Fen,
    /// Withdrawals of one party a day.
    pub withdraw_per_day: u32,
    /// Fee of a withdrawal, 1/10000.
    pub withdraw_fee_bp: i32,
    /// Withdrawals up to here need one reviewer, larger ones two.
    pub withdraw_auto_limit: Fen,
}

impl Default for MoneyRules {
    fn default() -> Self {
        Self {
            min_start: Fen(500),
            max_freeze: Fen(20_000),
            refund_auto_limit: Fen(20_000),
            mature_after: Duration::from_hours(24),
            withdraw_min: Fen(1000),
            withdraw_per_day: 3,
            withdraw_fee_bp: 60,
            withdraw_auto_limit: Fen::ZERO,
        }
    }
}
