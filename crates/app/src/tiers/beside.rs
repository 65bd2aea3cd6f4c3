//! What modules of lower importance write into a transaction of a charge: their failure is undone
//! alone, and the charge goes on without them.

use super::Work;
use crate::{App, AppError};
use domain::tier::{CALL_MAX, Module};
use store::Tx;
use tracing::error;

/// The word to the member in the inbox.
pub(crate) const MESSAGE: Work = Work {
    module: Module::Notices,
    name: "messages_to_members",
};
/// The session's part in key figures and in the score of its device.
pub(crate) const SESSION: Work = Work {
    module: Module::Analytics,
    name: "quality_of_sessions",
};
/// The wait for the plug to be pulled.
pub(crate) const WAIT: Work = Work {
    module: Module::Occupancy,
    name: "waits_for_plugs",
};

/// What promotions, a coupon, points take off a bill. It is never left out: it is money.
pub(crate) const REDUCTION: Work = Work {
    module: Module::Ledger,
    name: "reductions_of_bills",
};
/// What a paid bill earns.
pub(crate) const REWARD: Work = Work {
    module: Module::Ledger,
    name: "rewards_of_bills",
};

impl App {
    /// Does work within a transaction that goes on without it: when it fails, what it wrote is
    /// undone and its default comes back.
    ///
    /// Work of a module that may rest is left out while it rests, or has failed ten times in a row,
    /// and gets at most [`CALL_MAX`] of a server's time for each statement. Other work waits for
    /// the database as the transaction itself does.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when the transaction has to be tried again.
    pub(crate) async fn beside<T, F>(&self, tx: &mut Tx, work: Work, job: F) -> Result<T, AppError>
    where
        T: Default,
        F: AsyncFnOnce(&mut Tx) -> Result<T, AppError>,
    {
        let now = self.now();
        if !self.tiers.allows(work, now) {
            metrics::counter!("openpile_left_out_total", "work" => work.name).increment(1);
            return Ok(T::default());
        }
        let may_rest = work.module.tier().may_rest();
        tx.mark(may_rest.then_some(CALL_MAX)).await?;
        // Whoever waits for the database would carry all of its state along.
        match Box::pin(job(tx)).await {
            Ok(done) => {
                tx.keep().await?;
                self.tiers.note(work, None, now);
                Ok(done)
            }
            Err(AppError::Unavailable) if !may_rest => Err(AppError::Unavailable),
            Err(failure) => {
                // A connection that was lost says so here.
                tx.undo().await?;
                metrics::counter!("openpile_left_out_total", "work" => work.name).increment(1);
                if self.tiers.note(work, Some(&failure), now) {
                    error!(module = work.module.as_str(), work = work.name, %failure,
                        "a charge goes on without what belongs to it");
                }
                Ok(T::default())
            }
        }
    }
}
