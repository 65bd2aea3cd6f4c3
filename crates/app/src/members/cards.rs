//! Cards that members hold: bound by what only their holder knows, lost, found again.

use crate::{App, AppError};
use domain::card::{Card, CardAccount, CardStatus, chip_key, md5_of, plain_number};
use domain::ledger::{Account, MemberPurse, Purse};
use kernel::{Fen, MemberId};
use store::cards::{self, CardRow};
use store::ledger;
use store::members::Member;
use tracing::info;

/// A card, and what shows that its holder has it.
#[derive(Clone)]
pub struct CardProof {
    /// The number printed on it.
    pub card_no: String,
    /// What its holder types at devices.
    pub password: Option<String>,
    /// The number in its chip, hexadecimal.
    pub chip_no: Option<String>,
}

/// A member's card and what can be charged with it.
#[derive(Clone, Debug)]
pub struct MemberCard {
    /// The card.
    pub row: CardRow,
    /// What it holds, or the wallet that pays for it; none where no money is behind it.
    pub balance: Option<Fen>,
}

/// The same for everything that does not fit: nobody learns which cards there are.
const DOES_NOT_FIT: AppError = AppError::Conflict("card and verification do not fit");
const NO_CARD: AppError = AppError::NotFound("card");

impl App {
    /// Binds a card that holds its own money, or is paid by the month. It fits when the card's
    /// telephone is the member's, or its password or the number in its chip is given.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it does not fit, or is somebody else's; [`AppError::Locked`]
    /// after too many failures.
    pub async fn bind_own_card(
        &self,
        member: &Member,
        proof: &CardProof,
    ) -> Result<MemberCard, AppError> {
        let number = plain_number(&proof.card_no);
        let tries = format!("card:{number}");
        self.count_try(&tries, None).await?;
        let mut tx = self.db.begin().await?;
        let row = cards::lock(tx.conn(), &number).await?;
        let row = row.filter(|row| fits(row, member, proof));
        let row = row.ok_or(DOES_NOT_FIT)?;
        let id = member.member_id();
        match (row.card.member(), &row.card.account) {
            (Some(known), _) if known == id => {}
            (None, CardAccount::Stored | CardAccount::Monthly) => {
                cards::set_holder(tx.conn(), &number, Some(id), self.now()).await?;
            }
            _ => {
                return Err(AppError::Conflict("the card is somebody else's"));
            }
        }
        store::login_attempts::clear(tx.conn(), &tries).await?;
        tx.commit().await?;
        info!(card = number, member = %id, "card bound");
        self.own_card(id, &number).await
    }

    /// Gives a card up that the member bound.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is not theirs, [`AppError::Conflict`] for one that their
    /// wallet pays for: the staff gave it, and takes it back.
    pub async fn unbind_own_card(&self, member: MemberId, card_no: &str) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let row = self.own_card_in(&mut tx, member, card_no).await?;
        if row.card.holder != Some(member) {
            return Err(AppError::Conflict("only the operator can take it back"));
        }
        self.take_card_in(&mut tx, &row).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reports a card lost: no device serves it from then on; or found again.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is not theirs, [`AppError::Conflict`] when it is blocked or
    /// not in use.
    pub async fn lose_own_card(
        &self,
        member: MemberId,
        card_no: &str,
        lost: bool,
    ) -> Result<MemberCard, AppError> {
        let mut tx = self.db.begin().await?;
        let row = self.own_card_in(&mut tx, member, card_no).await?;
        let (from, to) = if lost {
            (CardStatus::Active, CardStatus::Lost)
        } else {
            (CardStatus::Lost, CardStatus::Active)
        };
        if row.card.status != from && row.card.status != to {
            return Err(AppError::Conflict("not possible in the present state"));
        }
        self.move_card_in(&mut tx, &row, to).await?;
        tx.commit().await?;
        info!(card = row.card.card_no, %member, lost, "card reported by its holder");
        self.own_card(member, &row.card.card_no).await
    }

    async fn own_card_in(
        &self,
        tx: &mut store::Tx,
        member: MemberId,
        card_no: &str,
    ) -> Result<CardRow, AppError> {
        let row = cards::lock(tx.conn(), &plain_number(card_no)).await?;
        row.filter(|row| row.card.member() == Some(member))
            .ok_or(NO_CARD)
    }

    async fn own_card(&self, member: MemberId, card_no: &str) -> Result<MemberCard, AppError> {
        let cards = self.own_cards(member).await?;
        let mut cards = cards.into_iter();
        let found = cards.find(|card| card.row.card.card_no == card_no);
        found.ok_or(NO_CARD)
    }

    /// A member's cards and what they hold.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn own_cards(&self, member: MemberId) -> Result<Vec<MemberCard>, AppError> {
        let mut view = self.db.view().await?;
        let rows = cards::of_member(view.conn(), member).await?;
        let mut own = Vec::with_capacity(rows.len());
        for row in rows {
            let balance = match purse_of(&row.card) {
                Some(account) => Some(ledger::balance(view.conn(), &account).await?),
                None => None,
            };
            own.push(MemberCard { row, balance });
        }
        Ok(own)
    }
}

/// Whose money a card's charges cost; none where nobody's here.
fn purse_of(card: &Card) -> Option<Account> {
    match &card.account {
        CardAccount::Stored => Some(Account::Card(card.card_no.clone(), Purse::Cash)),
        CardAccount::Member(member) => Some(Account::Member(*member, MemberPurse::Cash)),
        CardAccount::Listed | CardAccount::Company(_) | CardAccount::Monthly => None,
    }
}

fn fits(row: &CardRow, member: &Member, proof: &CardProof) -> bool {
    let card = &row.card;
    if card.status == CardStatus::Cancelled {
        return false;
    }
    let phone = row
        .phone
        .as_deref()
        .is_some_and(|phone| phone == member.phone);
    let typed = proof.password.as_deref().map(md5_of);
    let password = typed.is_some() && typed == card.password_md5;
    let given = proof.chip_no.as_deref().and_then(chip_key);
    let chip = given.is_some() && given == card.physical_no.as_deref().and_then(chip_key);
    phone || password || chip
}
