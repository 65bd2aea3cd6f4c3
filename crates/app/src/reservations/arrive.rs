//! Somebody starts a charge at a port that is kept: for whom it is kept, the others wait.

use super::PORT_RESERVED;
use crate::{App, AppError};
use device::Command;
use domain::payer::Payer;
use domain::reservation::ReservationEvent;
use kernel::{DeviceId, MemberId, OrderNo, PortNo};
use store::Tx;
use store::reservations::{self, ReservationRow};
use tracing::{info, warn};

impl App {
    /// The reservation that a start may use; none where the port is kept for nobody. One whose
    /// time is over is over now.
    ///
    /// # Errors
    /// [`AppError::Conflict`] with [`PORT_RESERVED`] when it is kept for another.
    pub(crate) async fn reservation_for_in(
        &self,
        tx: &mut Tx,
        (device, port): (DeviceId, PortNo),
        payer: Option<&Payer>,
    ) -> Result<Option<ReservationRow>, AppError> {
        let kept = reservations::lock_port(tx.conn(), device, port).await?;
        let Some(mut row) = kept else {
            return Ok(None);
        };
        let at = self.now();
        if at >= row.says.end {
            self.step_reservation_in(tx, &mut row, ReservationEvent::Look { at })
                .await?;
            return Ok(Some(row));
        }
        let member = payer.and_then(Payer::member);
        if member != Some(row.says.member) {
            return Err(AppError::Conflict(PORT_RESERVED));
        }
        Ok(Some(row))
    }

    /// The member has come: the reservation is used by the order, its fee earned.
    pub(crate) async fn use_reservation_in(
        &self,
        tx: &mut Tx,
        row: &mut ReservationRow,
        order_no: OrderNo,
    ) -> Result<bool, AppError> {
        if row.says.state != domain::reservation::ReservationState::Reserved {
            return Ok(false);
        }
        row.order_no = Some(order_no);
        let here = ReservationEvent::Arrive {
            member: row.says.member,
            at: self.now(),
        };
        self.step_reservation_in(tx, row, here).await
    }

    /// A device began a charge by itself at a port that is kept: its member has come, or somebody
    /// has taken it; then the fee is free again.
    pub(crate) async fn overrun_reservation_in(
        &self,
        tx: &mut Tx,
        (device, port): (DeviceId, PortNo),
        member: Option<MemberId>,
        order_no: OrderNo,
    ) -> Result<Option<ReservationRow>, AppError> {
        let kept = reservations::lock_port(tx.conn(), device, port).await?;
        let Some(mut row) = kept else {
            return Ok(None);
        };
        let at = self.now();
        row.order_no = Some(order_no);
        let event = if member == Some(row.says.member) && at < row.says.end {
            let member = row.says.member;
            ReservationEvent::Arrive { member, at }
        } else {
            row.order_no = None;
            row.note = Some("somebody else charges there".to_owned());
            ReservationEvent::Cancel
        };
        self.step_reservation_in(tx, &mut row, event).await?;
        Ok(Some(row))
    }

    /// What follows once the transaction of a start has committed.
    pub(crate) async fn reservation_gone(&self, row: &ReservationRow, opens: bool) {
        let place = (row.phy_id.clone(), row.port_no);
        self.reserved.0.remove(&place);
        info!(device = %row.phy_id, port_no = row.port_no.0, reservation_no = row.reservation_no,
            state = row.says.state.as_str(), "reservation over");
        if !opens {
            return;
        }
        let command = Command::MoveGroundLock {
            port: row.port_no,
            raise: false,
        };
        let actor = format!("member:{}", row.says.member);
        match self.send_command(&actor, &row.phy_id, command, None).await {
            // Most ports have no such lock.
            Ok(_) | Err(AppError::NotSupported(_)) => {}
            Err(error) => warn!(device = %row.phy_id, %error, "the ground lock was not lowered"),
        }
    }
}
