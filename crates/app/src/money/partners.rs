//! J19: platforms that settle with us by statement.

use super::post_receipt;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::ledger::postings;
use kernel::Fen;
use serde_json::json;
use store::ledger::{self, AccountRow};

/// Most that is paid at once.
const SUM_MAX: Fen = Fen(1_000_000_000);

impl App {
    /// What partners and we owe each other.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn partner_balances(&self) -> Result<Vec<AccountRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(ledger::balances_of_partners(view.conn()).await?)
    }

    /// A partner has paid its statement into our bank; a negative amount is what we paid to it.
    /// `key` names the deed: the same key again changes nothing. What it owes afterwards, below
    /// nothing, is returned.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a partner without an account, [`AppError::Invalid`] for a sum
    /// that is not 0.01 to 10,000,000 yuan, [`AppError::Conflict`] when the key stands for
    /// another sum.
    pub async fn partner_cleared(
        &self,
        actor: &Actor,
        operator: &str,
        amount: Fen,
        key: &str,
    ) -> Result<Fen, AppError> {
        if amount == Fen::ZERO || amount.0.unsigned_abs() > SUM_MAX.0.unsigned_abs() {
            return Err(AppError::Invalid {
                field: "amount_fen".to_owned(),
                problem: format!("must be 1 to {0}, or -{0} to -1", SUM_MAX.0),
            });
        }
        let code = format!("partner:{operator}");
        let known = self.partner_balances().await?;
        let before = known.iter().find(|row| row.code == code);
        let before = before.ok_or(AppError::NotFound("partner"))?.balance_fen;
        let mut journal = postings::partner_cleared(&format!("{operator}:{key}"), operator, amount);
        journal.memo = Some(key.to_owned());
        let mut tx = self.db.begin().await?;
        if !post_receipt(&mut tx, journal, &actor.name, self.now()).await? {
            return Ok(before);
        }
        let deed = json!({"amount_fen": amount, "key": key});
        let was = json!({"balance_fen": before});
        self.audit_in(
            &mut tx,
            actor,
            "partner.cleared",
            &code,
            Some(was),
            Some(deed),
        )
        .await?;
        tx.commit().await?;
        Ok(before + amount)
    }
}
