//! J17: money at the counter for stored-value cards.

use super::{is_the_same, post_receipt};
use crate::{App, AppError};
use domain::card::CardAccount;
use domain::ledger::{Account, Purse, postings};
use domain::payer::Payer;
use kernel::Fen;
use store::{Tx, cards, ledger};
use tracing::info;

/// Most that is paid in or out at once.
const SUM_MAX: Fen = Fen(10_000_000);

impl App {
    /// Cash at the counter for a stored-value card. `key` names the deed: the same key again
    /// changes nothing. Returns the balance afterwards.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card, [`AppError::Conflict`] when it holds no money
    /// of its own, or the key stands for another sum, [`AppError::Invalid`] for a sum that is not 0.01 to 100,000 yuan.
    pub async fn recharge_card(
        &self,
        actor: &str,
        card_no: &str,
        amount: Fen,
        key: &str,
    ) -> Result<Fen, AppError> {
        let (mut tx, account) = self.stored_card(card_no, amount).await?;
        let debt = Account::ReceivableCard(card_no.to_owned());
        let owed = ledger::lock(tx.conn(), &[debt]).await?;
        let owed = owed.first().copied().unwrap_or_default();
        let paid = postings::card_recharge(key, card_no, amount, owed);
        if !post_receipt(&mut tx, paid, actor, self.now()).await? {
            return Ok(ledger::balance(tx.conn(), &account).await?);
        }
        let payer = Payer::Card {
            card_no: card_no.to_owned(),
            member: None,
        };
        self.occupancies_paid_in(&mut tx, &payer).await?;
        let balance = ledger::balance(tx.conn(), &account).await?;
        tx.commit().await?;
        info!(card = card_no, actor, amount = amount.0, "card recharged");
        Ok(balance)
    }

    /// The counter pays money of a stored-value card back; see [`App::recharge_card`].
    ///
    /// # Errors
    /// The same, and [`AppError::Conflict`] when the card holds less.
    pub async fn refund_card(
        &self,
        actor: &str,
        card_no: &str,
        amount: Fen,
        key: &str,
    ) -> Result<Fen, AppError> {
        let (mut tx, account) = self.stored_card(card_no, amount).await?;
        let held = ledger::lock(tx.conn(), std::slice::from_ref(&account)).await?;
        let paid = postings::card_refund(key, card_no, amount);
        if ledger::is_posted(tx.conn(), &paid.key).await? {
            is_the_same(&mut tx, &paid).await?;
        } else {
            if held.first().is_none_or(|held| *held < amount) {
                return Err(AppError::Conflict(super::BALANCE_TOO_LOW));
            }
            post_receipt(&mut tx, paid, actor, self.now()).await?;
        }
        let balance = ledger::balance(tx.conn(), &account).await?;
        tx.commit().await?;
        info!(card = card_no, actor, amount = amount.0, "card paid back");
        Ok(balance)
    }

    /// What a stored-value card holds, free.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn card_balance(&self, card_no: &str) -> Result<Fen, AppError> {
        let mut view = self.db.view().await?;
        let account = Account::Card(card_no.to_owned(), Purse::Cash);
        Ok(ledger::balance(view.conn(), &account).await?)
    }

    async fn stored_card(&self, card_no: &str, amount: Fen) -> Result<(Tx, Account), AppError> {
        if amount <= Fen::ZERO || amount > SUM_MAX {
            return Err(AppError::Invalid {
                field: "amount_fen".to_owned(),
                problem: format!("must be 1 to {}", SUM_MAX.0),
            });
        }
        let mut tx = self.db.begin().await?;
        let row = cards::lock(tx.conn(), card_no).await?;
        let card = row.ok_or(AppError::NotFound("card"))?.card;
        if card.account != CardAccount::Stored {
            return Err(AppError::Conflict("card holds no money of its own"));
        }
        Ok((tx, Account::Card(card.card_no, Purse::Cash)))
    }
}
