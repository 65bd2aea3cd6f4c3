//! J9: what was earned becomes payable.

use super::post;
use crate::{App, AppError};
use domain::ledger::{Account, PartyPurse, postings};
use kernel::OrgId;
use store::commission;
use tracing::info;

/// Shares of one transaction.
const SHARES_MAX: u32 = 500;

impl App {
    /// Makes everything payable whose time has come; how many parties got something.
    ///
    /// # Errors
    /// When the database is away; what was not written comes again.
    pub async fn mature(&self) -> Result<usize, AppError> {
        let mut parties = 0;
        loop {
            let now = self.now();
            let mut tx = self.db.begin().await?;
            let due = commission::mature(tx.conn(), now, SHARES_MAX).await?;
            if due.is_empty() {
                tx.rollback().await?;
                return Ok(parties);
            }
            let mut journals = Vec::with_capacity(due.len());
            for party in &due {
                let org = OrgId(party.payee_org_id);
                let agent = party.payee_type == "agent";
                let account = move |purse: PartyPurse| {
                    if agent {
                        Account::Agent(org, purse)
                    } else {
                        Account::Merchant(org, purse)
                    }
                };
                let batch = format!("{}", party.last_id);
                journals.push(postings::mature(&account, party.amount_fen, &batch));
            }
            post(&mut tx, &journals, "system", now).await?;
            tx.commit().await?;
            parties += due.len();
            info!(parties = due.len(), "commission became payable");
        }
    }
}
