//! Who does not come loses the port.

use crate::{App, AppError};
use domain::reservation::{ReservationEvent, ReservationState};
use store::reservations;
use tracing::info;

/// Reservations of one look.
const RESERVATIONS_MAX: u32 = 100;

impl App {
    /// Ends the reservations whose time is over; how many.
    ///
    /// # Errors
    /// When the database is away; the next look finds the same.
    pub async fn expire_reservations(&self) -> Result<usize, AppError> {
        let at = self.now();
        let mut view = self.db.view().await?;
        let due = reservations::due(view.conn(), at, RESERVATIONS_MAX).await?;
        drop(view);
        let mut ended = 0;
        for row in due {
            let mut tx = self.db.begin().await?;
            let row = self
                .lock_reservation_in(&mut tx, &row.reservation_no)
                .await?;
            let reserved = ReservationState::Reserved;
            let Some(mut row) = row.filter(|row| row.says.state == reserved) else {
                tx.rollback().await?;
                continue;
            };
            self.step_reservation_in(&mut tx, &mut row, ReservationEvent::Look { at })
                .await?;
            tx.commit().await?;
            self.forget_reservation(&row);
            ended += 1;
            info!(device = %row.phy_id, port_no = row.port_no.0, member = %row.says.member,
                reservation_no = row.reservation_no, "nobody came");
        }
        Ok(ended)
    }

    /// Brings the ports that are kept back into memory after a restart.
    pub(crate) async fn restore_reservations(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        for row in reservations::list_open(view.conn()).await? {
            self.keep_port(&row);
        }
        Ok(())
    }
}
