//! What a member has.

use crate::money::post;
use crate::{App, AppError};
use domain::document_no::DocumentKind;
use domain::ledger::{Account, MemberPurse, postings};
use domain::payer::Payer;
use kernel::{Fen, MemberId};
use store::ledger::{self, LineFilter, LineRow};
use store::{Page, PageRequest, Tx, document_numbers};

/// A member's money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wallet {
    /// Paid in, free.
    pub cash: Fen,
    /// Given, free.
    pub gift: Fen,
    /// Held by running orders, of both kinds.
    pub frozen: Fen,
    /// Owed.
    pub owed: Fen,
}

impl App {
    /// What a member has.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn wallet(&self, member: MemberId) -> Result<Wallet, AppError> {
        let mut view = self.db.view().await?;
        let rows = ledger::balances_of(view.conn(), member).await?;
        let of = |account: Account| {
            let code = account.to_string();
            let row = rows.iter().find(|row| row.code == code);
            row.map_or(Fen::ZERO, |row| row.balance_fen)
        };
        let pocket = |purse| of(Account::Member(member, purse));
        Ok(Wallet {
            cash: pocket(MemberPurse::Cash),
            gift: pocket(MemberPurse::Gift),
            frozen: pocket(MemberPurse::Frozen) + pocket(MemberPurse::FrozenGift),
            owed: of(Account::ReceivableMember(member)),
        })
    }

    /// A page of what happened in a member's wallet, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn wallet_lines(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<LineRow>, AppError> {
        let filter = LineFilter {
            prefix: Some(format!("member:{member}:")),
            ..LineFilter::default()
        };
        let mut view = self.db.view().await?;
        Ok(ledger::lines(view.conn(), &filter, page).await?)
    }

    /// Pays what a member owes out of what has come into the wallet; `key` names the occasion.
    pub(crate) async fn pay_debts_in(
        &self,
        tx: &mut Tx,
        member: MemberId,
        key: &str,
    ) -> Result<(), AppError> {
        let wallet = Account::Member(member, MemberPurse::Cash);
        let debt = Account::ReceivableMember(member);
        let held = ledger::lock(tx.conn(), &[wallet, debt]).await?;
        let (cash, owed) = (held[0], held[1]);
        let paid = cash.min(owed).max(Fen::ZERO);
        post(
            tx,
            &[postings::debt_paid(member, key, paid)],
            "system",
            self.now(),
        )
        .await?;
        self.occupancies_paid_in(tx, &Payer::Wallet { member })
            .await
    }

    /// A member pays what they owe out of what is in the wallet now. What they have then.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when something is owed and nothing is there.
    pub async fn pay_debts(&self, member: MemberId) -> Result<Wallet, AppError> {
        let mut tx = self.db.begin().await?;
        let cash = Account::Member(member, MemberPurse::Cash);
        let held = ledger::lock(tx.conn(), &[cash, Account::ReceivableMember(member)]).await?;
        let (cash, owed) = (held[0], held[1]);
        if owed > Fen::ZERO && cash <= Fen::ZERO {
            return Err(AppError::Conflict(crate::money::BALANCE_TOO_LOW));
        }
        if owed > Fen::ZERO {
            let paid = document_numbers::next(tx.conn(), DocumentKind::Payment, self.now());
            let key = paid.await?.to_string();
            self.pay_debts_in(&mut tx, member, &key).await?;
        }
        tx.commit().await?;
        self.wallet(member).await
    }
}
