use crate::{App, AppError};
use bus::Doorbell;
use store::deliveries::{self, Delivery, PastAttempt};
use store::events::{self, Event, EventFilter};
use store::{Page, PageRequest};

impl App {
    /// A page of the events that third parties are told, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn events(
        &self,
        filter: &EventFilter,
        page: PageRequest,
    ) -> Result<Page<Event>, AppError> {
        let mut view = self.db.view().await?;
        Ok(events::list(view.conn(), filter, page).await?)
    }

    /// To whom an event goes, how far that is, and every attempt.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such event.
    pub async fn deliveries_of(
        &self,
        event_id: &str,
    ) -> Result<Vec<(Delivery, Vec<PastAttempt>)>, AppError> {
        let mut view = self.db.view().await?;
        if events::find(view.conn(), event_id).await?.is_none() {
            return Err(AppError::NotFound("event"));
        }
        let mut all = Vec::new();
        for delivery in deliveries::list_of_event(view.conn(), event_id).await? {
            let attempts = deliveries::list_attempts(view.conn(), delivery.id).await?;
            all.push((delivery, attempts));
        }
        Ok(all)
    }

    /// A page of the deliveries that were given up, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn dead_deliveries(&self, page: PageRequest) -> Result<Page<Delivery>, AppError> {
        let mut view = self.db.view().await?;
        Ok(deliveries::list_dead(view.conn(), page).await?)
    }

    /// Sends dead letters again: those given, or the oldest ones. Returns how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn replay_deliveries(&self, ids: Option<&[i64]>) -> Result<u64, AppError> {
        let now = self.now();
        let mut lease = self.db.direct().await?;
        let replayed = match ids {
            Some(ids) => deliveries::replay(lease.conn(), ids, now).await?,
            None => deliveries::replay_all(lease.conn(), now).await?,
        };
        drop(lease);
        if replayed > 0 {
            self.bus.ring(Doorbell::Outbox);
        }
        Ok(replayed)
    }
}
