//! J11: what those who earned give back, by what they hold of a bill or fee.

use crate::AppError;
use domain::allocation::largest_remainder;
use domain::ledger::postings::Share;
use domain::ledger::{Account, PartyPurse};
use kernel::{Fen, OrgId, Timestamp};
use store::{Tx, commission};

/// Each one's part of a sum that goes back, largest remainder. The platform first, the owner last:
/// who gets the odd fen does not depend on the fees.
///
/// # Errors
/// [`AppError::Conflict`] for more than they hold.
pub(crate) fn parts(
    shares: &[Share],
    given_back: &[Share],
    amount: Fen,
) -> Result<Vec<Share>, AppError> {
    let mut held = shares.to_vec();
    held.sort_by_key(|share| match share.account {
        Account::Agent(..) => 1,
        Account::Merchant(..) => 2,
        _ => 0,
    });
    for share in &mut held {
        let given: Fen = given_back
            .iter()
            .filter(|returned| returned.account == share.account)
            .map(|returned| returned.amount)
            .sum();
        share.amount = share.amount - given;
    }
    let weights: Vec<i64> = held.iter().map(|share| share.amount.0).collect();
    let parts =
        largest_remainder(amount.0, &weights).ok_or(AppError::Conflict("more than was earned"))?;
    Ok(held
        .iter()
        .zip(parts)
        .filter(|(_, part)| *part > 0)
        .map(|(share, part)| Share {
            account: share.account.clone(),
            amount: Fen(part),
        })
        .collect())
}

/// The accounts that the parts come out of: what a party may be paid already comes out of that,
/// what is not payable yet becomes less.
pub(crate) async fn payable_from(
    tx: &mut Tx,
    biz_no: &str,
    parts: &[Share],
    now: Timestamp,
) -> Result<Vec<Share>, AppError> {
    let mut taken = Vec::with_capacity(parts.len());
    for part in parts {
        let mut account = part.account.clone();
        if let Some(org) = account.org() {
            if commission::is_mature(tx.conn(), biz_no, org).await? {
                account = payable(account);
            }
            return_by_fee(tx, biz_no, org, part.amount, now).await?;
        }
        taken.push(Share {
            account,
            amount: part.amount,
        });
    }
    Ok(taken)
}

/// Writes down what a party gives back of each kind of fee, by what it has of it.
async fn return_by_fee(
    tx: &mut Tx,
    biz_no: &str,
    org: OrgId,
    amount: Fen,
    now: Timestamp,
) -> Result<(), AppError> {
    let earned = commission::earned(tx.conn(), biz_no, org).await?;
    let weights: Vec<i64> = earned.iter().map(|(_, sum)| sum.0).collect();
    let parts =
        largest_remainder(amount.0, &weights).ok_or(AppError::Conflict("more than was earned"))?;
    for ((fee_type, _), part) in earned.into_iter().zip(parts) {
        if part > 0 {
            commission::insert_return(tx.conn(), biz_no, org, fee_type, Fen(part), now).await?;
        }
    }
    Ok(())
}

/// Where a party's money is once it is payable.
fn payable(account: Account) -> Account {
    match account {
        Account::Merchant(org, _) => Account::Merchant(org, PartyPurse::Available),
        Account::Agent(org, _) => Account::Agent(org, PartyPurse::Available),
        other => other,
    }
}
