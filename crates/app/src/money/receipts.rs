//! Money at a counter or in the bank, written down under the number of its receipt.

use crate::AppError;
use domain::ledger::{Journal, Side};
use kernel::Timestamp;
use store::Tx;
use store::ledger::{self, Debit, Posted};

/// Posts what a receipt says; false when it has been posted before.
///
/// # Errors
/// [`AppError::Conflict`] when the receipt's number stands for another sum.
pub(crate) async fn post_receipt(
    tx: &mut Tx,
    journal: Journal,
    actor: &str,
    now: Timestamp,
) -> Result<bool, AppError> {
    let journal = [journal];
    match ledger::post(tx.conn(), &journal, actor, now).await? {
        Posted::Done { journals: 0 } => {
            is_the_same(tx, &journal[0]).await?;
            Ok(false)
        }
        Posted::Done { .. } => Ok(true),
        Posted::Short { account, balance } => Err(AppError::Internal(format!(
            "account {account} would hold {balance}"
        ))),
    }
}

/// Refuses a receipt whose number was posted with another sum. What was credited may differ: debts
/// are paid first.
pub(crate) async fn is_the_same(tx: &mut Tx, journal: &Journal) -> Result<(), AppError> {
    let known = ledger::debits_of(tx.conn(), &journal.key).await?;
    let debits = journal.lines.iter().filter(|line| line.side == Side::Debit);
    let asked = debits.map(|line| Debit {
        account: line.account.to_string(),
        amount_fen: line.amount,
    });
    if asked.eq(known) {
        Ok(())
    } else {
        Err(AppError::Conflict("the key stands for another sum"))
    }
}
