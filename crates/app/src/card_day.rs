//! What a card may do on one day, looked at where its order is written.

use crate::origin::Origin;
use crate::{App, AppError};
use domain::day::Day;
use domain::request::StartPlan;
use kernel::Fen;
use store::{Tx, cards, orders};

/// The card has done enough for today.
pub(crate) const OVER_DAY: &str = "the card has charged enough today";

impl App {
    /// What a charge of a card may cost, with what the card has left of the day; its row is
    /// locked, so that two charges do not count on the same rest. None where no card charges.
    ///
    /// # Errors
    /// [`AppError::Conflict`] with [`OVER_DAY`].
    pub(crate) async fn within_day_in(
        &self,
        tx: &mut Tx,
        origin: &Origin,
        plan: &StartPlan,
    ) -> Result<Option<Fen>, AppError> {
        let Some(card_no) = origin.card_no.as_deref() else {
            return Ok(None);
        };
        let Some(row) = cards::lock(tx.conn(), card_no).await? else {
            return Ok(None);
        };
        if row.card.daily_limit.is_none() && row.card.daily_times.is_none() {
            return Ok(None);
        }
        let since = Day::of(self.now()).begins();
        let day = orders::card_day(tx.conn(), card_no, since).await?;
        let allowed = day.allows(&row.card, plan.amount, self.money_rules().min_start);
        allowed.map(Some).map_err(|_| AppError::Conflict(OVER_DAY))
    }

    /// Whether a card that its device is about to start by itself has done enough for today.
    pub(crate) async fn over_day(
        &self,
        origin: &Origin,
        plan: &StartPlan,
    ) -> Result<bool, AppError> {
        if origin.card_no.is_none() {
            return Ok(false);
        }
        let mut tx = self.db.begin().await?;
        let looked = self.within_day_in(&mut tx, origin, plan).await;
        tx.rollback().await?;
        match looked {
            Ok(_) => Ok(false),
            Err(AppError::Conflict(OVER_DAY)) => Ok(true),
            Err(error) => Err(error),
        }
    }
}
