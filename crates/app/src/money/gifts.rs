//! J14: gift money that nobody used in time ends.

use super::post;
use crate::{App, AppError};
use domain::day::Day;
use domain::ledger::{Account, MemberPurse, postings};
use kernel::{Fen, MemberId};
use store::{gifts, ledger};
use tracing::info;

/// Members of one look.
const AT_ONCE: u32 = 500;

impl App {
    /// Ends the free gift money of members to whom none was given for so many days as is
    /// configured; of how many. What running charges hold ends when it comes back unused.
    ///
    /// # Errors
    /// When the database is away; what was not done is done next time.
    pub async fn expire_gifts(&self) -> Result<usize, AppError> {
        let days = i64::from(self.money_rules().gift_days);
        if days == 0 {
            return Ok(0);
        }
        let today = Day::of(self.now());
        // Whole days: what was given on a day ends when so many further days are over.
        let since = today.before(days).begins();
        let (mut ended, mut last) = (0, MemberId(0));
        loop {
            let mut view = self.db.view().await?;
            let due = gifts::older_than(view.conn(), since, last, AT_ONCE).await?;
            drop(view);
            let Some(next) = due.last() else { break };
            last = MemberId(next.member_id);
            for row in &due {
                let member = MemberId(row.member_id);
                let mut tx = self.db.begin().await?;
                let pocket = Account::Member(member, MemberPurse::Gift);
                let held = ledger::lock(tx.conn(), &[pocket]).await?;
                let amount = held.first().copied().unwrap_or_default();
                // Something may have been given since it was looked for.
                if amount <= Fen::ZERO || gifts::came_since(tx.conn(), member, since).await? {
                    tx.rollback().await?;
                    continue;
                }
                let key = format!("{member}:{today}");
                let journal = postings::gift_expired(member, &key, amount);
                post(&mut tx, &[journal], "system", self.now()).await?;
                tx.commit().await?;
                ended += 1;
            }
        }
        if ended > 0 {
            info!(members = ended, "gift money ended");
        }
        Ok(ended)
    }
}
