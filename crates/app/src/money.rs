//! Charges that cost somebody here money: what they hold, how their bills are paid, who earns.
//! Everything happens in the transaction of the order's own change.

mod books;
mod cards;
mod count;
mod extend;
mod fees;
mod gifts;
pub(crate) mod give_back;
mod hold;
mod mature;
mod partners;
mod party_ledgers;
mod payees;
mod receipts;
mod rules;
mod settle;
mod statements;
mod take_back;
mod write_off;

pub(crate) use fees::NewFee;
pub(crate) use hold::{BALANCE_TOO_LOW, Funds, Hold, Strictness, UNPAID_DEBT};
pub use party_ledgers::{LedgerTotal, TotalsFilter};
pub(crate) use receipts::{is_the_same, post_receipt};
pub use rules::MoneyRules;

use crate::AppError;
use domain::alarm::AlarmCode;
use domain::commission::{CommissionRule, FeeRule};
use domain::ledger::{Account, Journal};
use domain::payer::{Money, Payer, Sums};
use kernel::{BasisPoints, Fen, Timestamp};
use serde_json::Value;
use store::Tx;
use store::alarms::{self, NewAlarm};
use store::ledger::{self, Posted};
use tracing::error;

/// Posts journals; a fault of ours when an account does not hold enough, because decisions are
/// made on locked accounts.
pub(crate) async fn post(
    tx: &mut Tx,
    journals: &[Journal],
    actor: &str,
    now: Timestamp,
) -> Result<(), AppError> {
    match ledger::post(tx.conn(), journals, actor, now).await? {
        Posted::Done { .. } => Ok(()),
        Posted::Short { account, balance } => Err(AppError::Internal(format!(
            "account {account} would hold {balance}"
        ))),
    }
}

/// What a payer has free, locked until the transaction ends, and what they owe.
pub(crate) async fn lock_payer(tx: &mut Tx, payer: &Payer) -> Result<(Sums, Fen), AppError> {
    if let Payer::Partner { .. } = payer {
        // What a partner and we owe each other decides nothing.
        return Ok((Sums::NOTHING, Fen::ZERO));
    }
    let pockets = payer.pockets();
    let mut accounts: Vec<Account> = pockets.iter().map(|pocket| pocket.free.clone()).collect();
    accounts.push(payer.debt());
    let mut balances = ledger::lock(tx.conn(), &accounts).await?;
    let owed = balances.pop().unwrap_or_default();
    let mut free = Sums::NOTHING;
    for (pocket, balance) in pockets.iter().zip(balances) {
        match pocket.money {
            Money::Cash => free.cash = balance.max(Fen::ZERO),
            Money::Gift => free.gift = balance.max(Fen::ZERO),
        }
    }
    Ok((free, owed))
}

/// Without a rule the owner gets everything.
pub(crate) fn all_to_owner() -> CommissionRule {
    let all = || FeeRule::all_to_owner(BasisPoints::ZERO);
    CommissionRule {
        elec: all(),
        service: all(),
        reserve: all(),
        occupancy: all(),
    }
}

/// Raises an alarm about an order, a payment, a refund: somebody has to look.
pub(crate) async fn raise(
    tx: &mut Tx,
    code: AlarmCode,
    (object_type, object_id): (&str, &str),
    details: Value,
    now: Timestamp,
) -> Result<(), AppError> {
    error!(
        object_type,
        object_id,
        code = code.as_str(),
        "something is wrong with money"
    );
    let alarm = NewAlarm {
        code: code.as_str().to_owned(),
        level: code.level().letter().to_owned(),
        object_type: object_type.to_owned(),
        object_id: object_id.to_owned(),
        device_id: None,
        port_no: None,
        order_no: None,
        message: code.title().to_owned(),
        details,
        at: now,
    };
    alarms::raise(tx.conn(), &alarm).await?;
    Ok(())
}
