//! The money of plugs that were left in: J10, and what the staff gives back of it.

use super::By;
use crate::money::NewFee;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::commission::FeeType;
use domain::message::Message;
use domain::occupancy::{Occupancy, OccupancyEvent, OccupancyState, apply};
use domain::payer::Payer;
use kernel::{Fen, MemberId, Timestamp};
use store::occupancies::{self, OccupancyFilter};
use store::{Page, PageRequest, Tx, ledger, order_money};

/// Why nobody has to pay for the plug of a monthly card, or of a partner's user.
const NO_PURSE: &str = "its payer has no money here";
/// Longest reason, in characters.
const REASON_MAX: usize = 200;

impl App {
    /// Brings the money of an occupancy to where its new state wants it: it is charged when the
    /// plug comes out, and goes back when the staff wants less.
    pub(super) async fn move_fee_in(
        &self,
        tx: &mut Tx,
        before: &Occupancy,
        next: &mut Occupancy,
        actor: &str,
        at: Timestamp,
    ) -> Result<(), AppError> {
        if before.state.is_open() {
            if next.state == OccupancyState::ToPay {
                self.charge_occupancy_in(tx, next, at).await?;
            }
            return Ok(());
        }
        let less = before.due_at(at) - next.due_at(at);
        if less > Fen::ZERO {
            self.return_fee_in(tx, &next.occ_no, less, actor).await?;
        }
        if next.state == OccupancyState::ToPay && less > Fen::ZERO {
            let fee = store::fees::find(tx.conn(), &next.occ_no).await?;
            if fee.is_some_and(|fee| fee.owed == Fen::ZERO) {
                *next = apply(next, OccupancyEvent::Paid, at).next;
            }
        }
        Ok(())
    }

    async fn charge_occupancy_in(
        &self,
        tx: &mut Tx,
        next: &mut Occupancy,
        at: Timestamp,
    ) -> Result<(), AppError> {
        let Some(money) = order_money::find(tx.conn(), next.order_no).await? else {
            return Ok(());
        };
        let fee = NewFee {
            fee_no: &next.occ_no,
            kind: FeeType::Occupancy,
            payer: &money.payer,
            place: money.place,
            amount: next.fee.fen,
        };
        let owed = self.charge_fee_in(tx, &fee).await?;
        if let Some(owed) = owed {
            let told = Message::occupied(&next.occ_no, next.fee.fen, owed);
            self.tell_in(tx, money.payer.own_money_of(), &told).await?;
        }
        let event = match owed {
            Some(Fen::ZERO) => OccupancyEvent::Paid,
            Some(_) => return Ok(()),
            None => OccupancyEvent::Waived {
                reason: NO_PURSE.to_owned(),
            },
        };
        *next = apply(next, event, at).next;
        Ok(())
    }

    /// The charge went on after its plug had been paid for, and has ended again: what was charged
    /// goes back, and the wait begins anew.
    pub(super) async fn begin_fee_anew_in(
        &self,
        tx: &mut Tx,
        begun: &Occupancy,
    ) -> Result<(), AppError> {
        let fee = store::fees::find(tx.conn(), &begun.occ_no).await?;
        if let Some(fee) = fee {
            self.return_fee_in(tx, &begun.occ_no, fee.left(), "system")
                .await?;
        }
        Ok(())
    }

    /// A payer has paid what was owed: their occupancies are paid once nothing is left of it.
    pub(crate) async fn occupancies_paid_in(
        &self,
        tx: &mut Tx,
        payer: &Payer,
    ) -> Result<(), AppError> {
        let owed = ledger::lock(tx.conn(), &[payer.debt()]).await?;
        if owed.first().copied().unwrap_or_default() > Fen::ZERO {
            return Ok(());
        }
        occupancies::mark_paid(tx.conn(), payer, self.now()).await?;
        Ok(())
    }

    /// Nobody has to pay for an occupancy; what has been paid goes back.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a number, [`AppError::Conflict`] when it changes in
    /// this very moment.
    pub async fn waive_occupancy(
        &self,
        actor: &str,
        occ_no: &str,
        reason: &str,
    ) -> Result<Occupancy, AppError> {
        let _turn = self.occupied.turn.lock().await;
        let found = self.stored_occupancy(occ_no).await?;
        let reason = format!("{actor}: {reason}");
        let event = OccupancyEvent::Waived { reason };
        self.occupancy_happened(&found, event, self.now(), By::Name(actor))
            .await
    }

    /// Less is taken for an occupancy that is over; what has been paid beyond it goes back.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a number, [`AppError::Invalid`] for a fee that is not
    /// less than now or a reason that is none, [`AppError::Conflict`] while the plug is in, when
    /// nobody has to pay, or when it changes in this very moment.
    pub async fn reduce_occupancy(
        &self,
        actor: &Actor,
        occ_no: &str,
        fee: Fen,
        reason: &str,
    ) -> Result<Occupancy, AppError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_MAX {
            return Err(AppError::Invalid {
                field: "reason".to_owned(),
                problem: format!("must have 1 to {REASON_MAX} characters"),
            });
        }
        let _turn = self.occupied.turn.lock().await;
        let found = self.stored_occupancy(occ_no).await?;
        if !matches!(found.state, OccupancyState::ToPay | OccupancyState::Paid) {
            return Err(AppError::Conflict("nothing is taken for it"));
        }
        if fee <= Fen::ZERO || fee >= found.fee.fen {
            return Err(AppError::Invalid {
                field: "fee_fen".to_owned(),
                problem: format!("must be 1 to {}, or be waived", found.fee.fen.0 - 1),
            });
        }
        let event = OccupancyEvent::Reduced {
            fee,
            reason: format!("{}: {reason}", actor.name),
        };
        let by = By::Staff(actor, "order.occupancy.reduce");
        self.occupancy_happened(&found, event, self.now(), by).await
    }

    async fn stored_occupancy(&self, occ_no: &str) -> Result<Occupancy, AppError> {
        let mut view = self.db.view().await?;
        let found = occupancies::find(view.conn(), occ_no).await?;
        found.ok_or(AppError::NotFound("occupancy"))
    }

    /// A page of the occupancies after a member's charges, the latest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_occupancies(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<Occupancy>, AppError> {
        let filter = OccupancyFilter {
            member: Some(member),
            ..OccupancyFilter::default()
        };
        let mut view = self.db.view().await?;
        let page = occupancies::list(view.conn(), &filter, page).await?;
        Ok(page.map(|occupancy| self.as_of_now(occupancy)))
    }
}
