//! The list of cards that may charge.

use crate::payers::{check_company, check_member, owner};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::card::{CardAccount, CardStatus};
use domain::ledger::{Account, Purse};
use domain::org::Scope;
use kernel::Fen;
use store::cards::{self, CardEntry, CardLine, CardRow};
use store::{Page, PageRequest, StoreError, Tx, constraint, ledger};
use tracing::info;

const NO_CARD: AppError = AppError::NotFound("card");

impl App {
    /// Adds a card. It is the company's that pays for it, else that of whoever enters it.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when its number or its chip is taken, or a card of that number still
    /// has money; [`AppError::Invalid`] for a payer that the actor may not name.
    pub async fn add_card(&self, actor: &Actor, entry: CardEntry) -> Result<CardRow, AppError> {
        let number = &entry.card.card_no;
        let mut tx = self.db.begin().await?;
        let company = check_account(&mut tx, actor, &entry.card.account).await?;
        let added = cards::insert(tx.conn(), &entry, self.now()).await;
        added.map_err(taken)?;
        // Of a card that was there before.
        holds_nothing(&mut tx, number).await?;
        let owner = owner(actor, company);
        cards::set_owner(tx.conn(), number, owner.as_deref()).await?;
        let row = cards::find(tx.conn(), number).await?;
        tx.commit().await?;
        info!(card = number, actor = actor.name, "card added");
        row.ok_or(NO_CARD)
    }

    /// Replaces what is written about a card.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card, [`AppError::Conflict`] when it cannot go into
    /// that state, its chip is another card's, or it still has money that its new kind could not
    /// hold; [`AppError::Invalid`] for a payer that the actor may not name.
    pub async fn change_card(&self, actor: &Actor, entry: CardEntry) -> Result<CardRow, AppError> {
        let number = &entry.card.card_no;
        let mut tx = self.db.begin().await?;
        let known = cards::lock(tx.conn(), number).await?.ok_or(NO_CARD)?;
        may_become(known.card.status, entry.card.status)?;
        let (was, is) = (&known.card.account, &entry.card.account);
        if was != is {
            let company = check_account(&mut tx, actor, is).await?;
            if *was == CardAccount::Stored || *is == CardAccount::Stored {
                holds_nothing(&mut tx, number).await?;
            }
            if company.is_some() || matches!(was, CardAccount::Company(_)) {
                let owner = owner(actor, company);
                cards::set_owner(tx.conn(), number, owner.as_deref()).await?;
            }
        }
        let changed = cards::update(tx.conn(), &entry, self.now()).await;
        changed.map_err(taken)?;
        let row = cards::find(tx.conn(), number).await?;
        tx.commit().await?;
        let status = entry.card.status.as_str();
        info!(card = number, actor = actor.name, status, "card changed");
        row.ok_or(NO_CARD)
    }

    /// Takes a card off the list. A charge that it started goes on.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card, [`AppError::Conflict`] while it has money, or
    /// owes some.
    pub async fn remove_card(&self, actor: &Actor, card_no: &str) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        cards::lock(tx.conn(), card_no).await?.ok_or(NO_CARD)?;
        holds_nothing(&mut tx, card_no).await?;
        cards::remove(tx.conn(), card_no, self.now()).await?;
        tx.commit().await?;
        info!(card = card_no, actor = actor.name, "card removed");
        Ok(())
    }

    /// A card.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card.
    pub async fn card(&self, card_no: &str) -> Result<CardRow, AppError> {
        let mut view = self.db.view().await?;
        cards::find(view.conn(), card_no).await?.ok_or(NO_CARD)
    }

    /// A page of cards, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_cards(
        &self,
        scope: &Scope,
        status: Option<CardStatus>,
        card_no: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<CardLine>, AppError> {
        let mut view = self.db.view().await?;
        Ok(cards::list(view.conn(), scope, status, card_no, page).await?)
    }
}

/// Whether somebody may have that account pay; the path of a company that is to.
async fn check_account(
    tx: &mut Tx,
    actor: &Actor,
    account: &CardAccount,
) -> Result<Option<String>, AppError> {
    match account {
        CardAccount::Member(member) => {
            check_member(tx, actor, Some(*member)).await?;
            Ok(None)
        }
        CardAccount::Company(company) => check_company(tx, actor, Some(*company)).await,
        CardAccount::Listed | CardAccount::Stored | CardAccount::Monthly => Ok(None),
    }
}

/// Refuses while there is money under a card's number, held or free, or a debt: it would be lost,
/// or be somebody else's who gets the number.
async fn holds_nothing(tx: &mut Tx, card_no: &str) -> Result<(), AppError> {
    let accounts = [
        Account::Card(card_no.to_owned(), Purse::Cash),
        Account::Card(card_no.to_owned(), Purse::Frozen),
        Account::ReceivableCard(card_no.to_owned()),
    ];
    let held = ledger::lock(tx.conn(), &accounts).await?;
    if held.iter().all(|fen| *fen == Fen::ZERO) {
        Ok(())
    } else {
        Err(AppError::Conflict("the card still has money or a debt"))
    }
}

fn taken(error: StoreError) -> AppError {
    if error.violates(constraint::ONE_CARD_PER_NUMBER) {
        AppError::Conflict("card exists")
    } else if error.violates(constraint::ONE_CARD_PER_CHIP) {
        AppError::Conflict("another card has that chip")
    } else {
        error.into()
    }
}

pub(crate) fn may_become(from: CardStatus, to: CardStatus) -> Result<(), AppError> {
    if from == to || from.may_become(to) {
        Ok(())
    } else {
        Err(AppError::Conflict("not possible in the present state"))
    }
}
