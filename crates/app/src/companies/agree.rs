//! Whether a company pays for a charge that is about to begin.

use crate::{App, AppError};
use domain::day::Day;
use domain::payer::Payer;
use kernel::{DeviceId, Fen};
use store::{Tx, companies, order_money, orgs};

impl App {
    /// What a charge may cost as far as a company's contract goes: `wanted`, or what is left of
    /// its member's day. Other payers have no contract.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the company's account is disabled, when it does not pay at that
    /// station, or when the member has used the day up.
    pub(crate) async fn company_agrees(
        &self,
        tx: &mut Tx,
        payer: &Payer,
        device_id: DeviceId,
        wanted: Fen,
    ) -> Result<Fen, AppError> {
        let Payer::Company { org, member } = payer else {
            return Ok(wanted);
        };
        let row = orgs::find(tx.conn(), org.0).await?;
        let active = match row {
            Some(row) => orgs::is_active(tx.conn(), &row.path).await?,
            None => false,
        };
        if !active {
            return Err(AppError::Conflict("the company's account is disabled"));
        }
        // Locked, so that two starts do not count on the same day.
        let Some(contract) = companies::lock(tx.conn(), *org).await? else {
            return Ok(wanted);
        };
        let only: Vec<i64> = serde_json::from_value(contract.stations).unwrap_or_default();
        if !only.is_empty() {
            let place = order_money::place_of(tx.conn(), device_id).await?;
            if !place.station.is_some_and(|station| only.contains(&station)) {
                return Err(AppError::Conflict(
                    "the company does not pay at this station",
                ));
            }
        }
        let (Some(most), Some(member)) = (contract.member_daily_fen, *member) else {
            return Ok(wanted);
        };
        let midnight = Day::of(self.now()).begins();
        let used = order_money::used_since(tx.conn(), *org, member, midnight).await?;
        let left = (most - used).max(Fen::ZERO);
        if left < self.money_rules().min_start.min(most) {
            return Err(AppError::Conflict(
                "the company's limit for the day is used up",
            ));
        }
        Ok(if wanted > Fen::ZERO {
            wanted.min(left)
        } else {
            left
        })
    }
}
