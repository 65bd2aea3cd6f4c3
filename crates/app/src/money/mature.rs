//! J9: what was earned becomes payable.

use super::post;
use crate::{App, AppError};
use domain::ledger::{Account, PartyPurse, postings};
use kernel::OrgId;
use std::sync::Arc;
use std::time::Duration;
use store::commission;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often it is looked for.
const EVERY: Duration = Duration::from_mins(1);
/// Shares of one transaction.
const SHARES_MAX: u32 = 500;

impl App {
    pub(crate) async fn mature_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {
                    if let Err(error) = self.mature().await {
                        warn!(%error, "commission not made payable");
                    }
                }
            }
        }
    }

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
