//! J10: fees beside a charge are held, paid or owed, shared, and given back.

use super::payees::with_payees;
use super::{BALANCE_TOO_LOW, UNPAID_DEBT, all_to_owner, give_back, lock_payer, post};
use crate::{App, AppError};
use domain::commission::{FeeType, Owner, matures_at, split_fee};
use domain::ledger::postings::{self, FeeDue};
use domain::ledger::{Account, MemberPurse};
use domain::payer::Payer;
use domain::settlement::{self, Place};
use kernel::{Fen, MemberId};
use store::fees::{self, Fee, FeeState};
use store::{Tx, commission, ledger};
use tracing::info;

/// What a fee is for, and who pays it.
pub(crate) struct NewFee<'a> {
    /// The number of the occupancy or reservation.
    pub(crate) fee_no: &'a str,
    pub(crate) kind: FeeType,
    pub(crate) payer: &'a Payer,
    pub(crate) place: Place,
    pub(crate) amount: Fen,
}

impl NewFee<'_> {
    fn blank(&self) -> Fee {
        Fee {
            fee_no: self.fee_no.to_owned(),
            kind: self.kind,
            payer: self.payer.clone(),
            place: self.place.clone(),
            state: FeeState::Held,
            round: 0,
            held: Fen::ZERO,
            paid: Fen::ZERO,
            owed: Fen::ZERO,
            returned: Fen::ZERO,
            shares: Vec::new(),
            given_back: Vec::new(),
        }
    }
}

impl App {
    /// Charges a fee: what its payer has free pays it, the rest is owed. How much is owed; none
    /// where nobody here pays. What was charged under the same number before goes back first.
    pub(crate) async fn charge_fee_in(
        &self,
        tx: &mut Tx,
        new: &NewFee<'_>,
    ) -> Result<Option<Fen>, AppError> {
        let Some(purse) = new.payer.purse() else {
            return Ok(None);
        };
        let known = fees::lock(tx.conn(), new.fee_no).await?;
        let mut fee = known.unwrap_or_else(|| new.blank());
        if fee.state == FeeState::Charged && fee.left() > Fen::ZERO {
            let all = fee.left();
            self.return_of(tx, &mut fee, all, "system").await?;
        }
        let debt = new.payer.debt();
        let held = ledger::lock(tx.conn(), &[purse.clone(), debt.clone()]).await?;
        let paid = new.amount.min(held[0].max(Fen::ZERO));
        let due = FeeDue {
            fee_no: new.fee_no,
            round: fee.round + 1,
            kind: new.kind,
            purse,
            paid,
            debt,
            owed: new.amount - paid,
        };
        self.post_fee(tx, &mut fee, &due).await?;
        Ok(Some(due.owed))
    }

    /// Posts a fee that is due, and shares it.
    async fn post_fee(&self, tx: &mut Tx, fee: &mut Fee, due: &FeeDue<'_>) -> Result<(), AppError> {
        let now = self.now();
        let amount = due.paid + due.owed;
        let rule = commission::rule_for(tx.conn(), &fee.place, now).await?;
        let rule = rule.unwrap_or_else(all_to_owner);
        let owner = fee.place.owner.map_or(Owner::Platform, Owner::Org);
        let entries = split_fee(
            fee.kind,
            amount,
            rule.of(fee.kind),
            owner,
            &fee.place.agents,
        );
        let earning = with_payees(tx, &fee.place, &rule).await?;
        let shares = settlement::shares(&entries, &earning);
        post(tx, &postings::fee(due, &shares), "system", now).await?;
        let mature_at = Some(matures_at(now, self.money_rules().mature_days));
        let (no, round) = (due.fee_no, due.round);
        commission::insert_entries(tx.conn(), no, round, &entries, &earning, mature_at, now)
            .await?;
        fee.state = FeeState::Charged;
        fee.round = round;
        fee.held = Fen::ZERO;
        fee.paid = due.paid;
        fee.owed = due.owed;
        fee.returned = Fen::ZERO;
        fee.shares = shares;
        fee.given_back = Vec::new();
        fees::put(tx.conn(), fee, now).await?;
        info!(
            fee_no = no,
            paid = due.paid.0,
            owed = due.owed.0,
            "fee charged"
        );
        Ok(())
    }

    /// Gives part of a fee back. How much went back; nothing where nobody here had paid.
    pub(crate) async fn return_fee_in(
        &self,
        tx: &mut Tx,
        fee_no: &str,
        amount: Fen,
        actor: &str,
    ) -> Result<Fen, AppError> {
        let Some(mut fee) = fees::lock(tx.conn(), fee_no).await? else {
            return Ok(Fen::ZERO);
        };
        let amount = amount.min(fee.left());
        if fee.state != FeeState::Charged || amount <= Fen::ZERO {
            return Ok(Fen::ZERO);
        }
        self.return_of(tx, &mut fee, amount, actor).await?;
        Ok(amount)
    }

    async fn return_of(
        &self,
        tx: &mut Tx,
        fee: &mut Fee,
        amount: Fen,
        actor: &str,
    ) -> Result<(), AppError> {
        let Some(purse) = fee.payer.purse() else {
            return Ok(());
        };
        let now = self.now();
        let debt = fee.payer.debt();
        let balances = ledger::lock(tx.conn(), &[purse.clone(), debt.clone()]).await?;
        // A debt may have been paid since: that part is money again.
        let forgiven = amount.min(fee.owed).min(balances[1].max(Fen::ZERO));
        let parts = give_back::parts(&fee.shares, &fee.given_back, amount)?;
        let taken = give_back::payable_from(tx, &fee.fee_no, &parts, now).await?;
        fee.round += 1;
        let (debt, purse) = ((debt, forgiven), (purse, amount - forgiven));
        let journal = postings::fee_returned(&fee.fee_no, fee.round, &taken, debt, purse);
        post(tx, &[journal], actor, now).await?;
        fee.owed = fee.owed - forgiven;
        fee.returned = fee.returned + amount;
        fee.given_back.extend(parts);
        fees::put(tx.conn(), fee, now).await?;
        info!(
            fee_no = fee.fee_no,
            amount = amount.0,
            actor,
            "fee given back"
        );
        Ok(())
    }

    /// Holds a member's cash for a fee that may become due.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when less is there, or something is owed.
    pub(crate) async fn hold_fee_in(
        &self,
        tx: &mut Tx,
        member: MemberId,
        new: &NewFee<'_>,
    ) -> Result<(), AppError> {
        let (free, owed) = lock_payer(tx, new.payer).await?;
        if owed > Fen::ZERO {
            return Err(AppError::Conflict(UNPAID_DEBT));
        }
        if free.cash < new.amount {
            return Err(AppError::Conflict(BALANCE_TOO_LOW));
        }
        let now = self.now();
        let held = postings::hold_fee(new.fee_no, member, new.amount);
        post(tx, &[held], "system", now).await?;
        let mut kept = new.blank();
        kept.held = new.amount;
        fees::put(tx.conn(), &kept, now).await?;
        Ok(())
    }

    /// What was held is due, and shared.
    pub(crate) async fn keep_held_fee_in(&self, tx: &mut Tx, fee_no: &str) -> Result<(), AppError> {
        let Some((mut fee, member)) = held(tx, fee_no).await? else {
            return Ok(());
        };
        let due = FeeDue {
            fee_no,
            round: fee.round + 1,
            kind: fee.kind,
            purse: Account::Member(member, MemberPurse::Frozen),
            paid: fee.held,
            debt: fee.payer.debt(),
            owed: Fen::ZERO,
        };
        self.post_fee(tx, &mut fee, &due).await
    }

    /// What was held is free again.
    pub(crate) async fn release_held_fee_in(
        &self,
        tx: &mut Tx,
        fee_no: &str,
    ) -> Result<(), AppError> {
        let Some((mut fee, member)) = held(tx, fee_no).await? else {
            return Ok(());
        };
        let now = self.now();
        let released = postings::release_fee(fee_no, member, fee.held);
        post(tx, &[released], "system", now).await?;
        fee.held = Fen::ZERO;
        fee.state = FeeState::Released;
        fees::put(tx.conn(), &fee, now).await?;
        Ok(())
    }
}

/// A fee that is held, and the member whose money it is.
async fn held(tx: &mut Tx, fee_no: &str) -> Result<Option<(Fee, MemberId)>, AppError> {
    let fee = fees::lock(tx.conn(), fee_no).await?;
    let fee = fee.filter(|fee| fee.state == FeeState::Held);
    Ok(fee.and_then(|fee| {
        let member = fee.payer.member()?;
        Some((fee, member))
    }))
}
