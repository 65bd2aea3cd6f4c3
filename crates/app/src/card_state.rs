//! What the staff does about a card: whose it is, lost, found, blocked.

use crate::payers::may_name_member;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::card::{CardAccount, CardStatus};
use kernel::MemberId;
use serde_json::{Value, json};
use store::Tx;
use store::cards::{self, CardEntry, CardRow};

const NO_CARD: AppError = AppError::NotFound("card");

impl App {
    /// Gives a card to a member: its money stays its own; a card that cost nobody anything is
    /// paid for by the member's wallet from then on.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card, or such a member whom the actor may name,
    /// [`AppError::Conflict`] when it is somebody's, or a company's.
    pub async fn bind_card(
        &self,
        actor: &Actor,
        card_no: &str,
        member: MemberId,
    ) -> Result<CardRow, AppError> {
        let mut tx = self.db.begin().await?;
        let row = cards::lock(tx.conn(), card_no).await?.ok_or(NO_CARD)?;
        if !may_name_member(&mut tx, actor, member).await? {
            return Err(AppError::NotFound("member"));
        }
        match (row.card.member(), &row.card.account) {
            (Some(known), _) if known == member => return Ok(row),
            (Some(_), _) | (None, CardAccount::Company(_)) => {
                return Err(AppError::Conflict("the card is somebody else's"));
            }
            (None, CardAccount::Listed | CardAccount::Member(_)) => {
                let mut entry = entry_of(&row);
                entry.card.account = CardAccount::Member(member);
                cards::update(tx.conn(), &entry, self.now()).await?;
            }
            (None, CardAccount::Stored | CardAccount::Monthly) => {
                cards::set_holder(tx.conn(), card_no, Some(member), self.now()).await?;
            }
        }
        self.card_changed(tx, actor, "user.card.bind", &row).await
    }

    /// Takes a card from its member. One that the member's wallet paid for is out of use then.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card, [`AppError::Conflict`] when it is nobody's.
    pub async fn unbind_card(&self, actor: &Actor, card_no: &str) -> Result<CardRow, AppError> {
        let mut tx = self.db.begin().await?;
        let row = cards::lock(tx.conn(), card_no).await?.ok_or(NO_CARD)?;
        if row.card.member().is_none() {
            return Err(AppError::Conflict("the card is no member's"));
        }
        self.take_card_in(&mut tx, &row).await?;
        self.card_changed(tx, actor, "user.card.unbind", &row).await
    }

    /// Moves a card to another state: lost, found again, blocked.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card, [`AppError::Conflict`] when it cannot go there.
    pub async fn move_card(
        &self,
        actor: &Actor,
        card_no: &str,
        to: CardStatus,
        action: &'static str,
    ) -> Result<CardRow, AppError> {
        let mut tx = self.db.begin().await?;
        let row = cards::lock(tx.conn(), card_no).await?.ok_or(NO_CARD)?;
        self.move_card_in(&mut tx, &row, to).await?;
        self.card_changed(tx, actor, action, &row).await
    }

    pub(crate) async fn move_card_in(
        &self,
        tx: &mut Tx,
        row: &CardRow,
        to: CardStatus,
    ) -> Result<(), AppError> {
        if row.card.status != to && !row.card.status.may_become(to) {
            return Err(AppError::Conflict("not possible in the present state"));
        }
        let mut entry = entry_of(row);
        entry.card.status = to;
        cards::update(tx.conn(), &entry, self.now()).await?;
        Ok(())
    }

    /// Nobody holds the card any more; nobody's wallet pays for it.
    pub(crate) async fn take_card_in(&self, tx: &mut Tx, row: &CardRow) -> Result<(), AppError> {
        let now = self.now();
        let mut entry = entry_of(row);
        if matches!(entry.card.account, CardAccount::Member(_)) {
            // Without a payer it would charge for nothing.
            entry.card.account = CardAccount::Listed;
            if entry.card.status != CardStatus::Cancelled {
                entry.card.status = CardStatus::Inactive;
            }
            cards::update(tx.conn(), &entry, now).await?;
        }
        cards::set_holder(tx.conn(), &row.card.card_no, None, now).await?;
        Ok(())
    }

    async fn card_changed(
        &self,
        mut tx: Tx,
        actor: &Actor,
        action: &str,
        before: &CardRow,
    ) -> Result<CardRow, AppError> {
        let number = &before.card.card_no;
        let after = cards::find(tx.conn(), number).await?.ok_or(NO_CARD)?;
        let object = format!("card:{number}");
        let (old, new) = (Some(seen(before)), Some(seen(&after)));
        self.audit_in(&mut tx, actor, action, &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }
}

fn entry_of(row: &CardRow) -> CardEntry {
    CardEntry {
        card: row.card.clone(),
        holder: row.holder.clone(),
        phone: row.phone.clone(),
        remark: row.remark.clone(),
    }
}

fn seen(row: &CardRow) -> Value {
    json!({"status": row.card.status.as_str(), "kind": row.card.account.kind(),
        "member_id": row.card.member()})
}
