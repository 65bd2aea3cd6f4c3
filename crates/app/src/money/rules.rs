use domain::fault::FieldFault;
use domain::withdrawal::WithdrawalRules;
use kernel::{BasisPoints, Fen};

/// What an operator has configured about money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyRules {
    /// Least that a payer must have to start.
    pub min_start: Fen,
    /// Most that one order holds.
    pub max_freeze: Fen,
    /// Refunds up to here need nobody's word.
    pub refund_auto_limit: Fen,
    /// Commission becomes payable so many days of the Shanghai calendar after its bill is final.
    pub mature_days: u16,
    /// What payment channels keep by agreement; nothing: what their bills say is right.
    pub channel_fee: BasisPoints,
    /// Gift money ends so many days after the last of it came; 0: never.
    pub gift_days: u16,
    /// What agents and merchants take out.
    pub withdrawals: WithdrawalRules,
}

impl MoneyRules {
    /// Whether the numbers can stand together.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), FieldFault> {
        FieldFault::unless(
            self.min_start <= self.max_freeze,
            "min_start_fen",
            "must not exceed max_freeze_fen",
        )?;
        self.withdrawals
            .check()
            .map_err(|fault| fault.within("withdraw"))
    }
}

impl Default for MoneyRules {
    fn default() -> Self {
        Self {
            min_start: Fen(500),
            max_freeze: Fen(20_000),
            refund_auto_limit: domain::refund::AUTO_LIMIT,
            mature_days: domain::commission::MATURE_DAYS,
            channel_fee: BasisPoints::ZERO,
            gift_days: 0,
            withdrawals: WithdrawalRules::default(),
        }
    }
}
