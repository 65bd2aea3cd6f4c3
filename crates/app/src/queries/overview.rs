use crate::{App, AppError};
use domain::order::OrderStatus;
use store::{deliveries, devices, orders};

/// What the process and its database hold at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Devices of ours.
    pub devices: i64,
    /// Devices with a session in this process.
    pub sessions: usize,
    /// Orders that have not begun.
    pub orders_pending: i64,
    /// Orders that run.
    pub orders_charging: i64,
    /// Orders kept in memory: active ones, and provisional ones in their hold.
    pub orders_in_memory: usize,
    /// Webhooks that wait for their first or next attempt.
    pub webhooks_pending: i64,
    /// Webhooks that were given up.
    pub webhooks_dead: i64,
}

impl App {
    /// What the process and its database hold at this moment.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn overview(&self) -> Result<Overview, AppError> {
        let mut view = self.db.view().await?;
        let (devices, _) = devices::count(view.conn(), self.now()).await?;
        let orders_pending = orders::count(view.conn(), OrderStatus::Pending).await?;
        let orders_charging = orders::count(view.conn(), OrderStatus::Charging).await?;
        let webhooks = deliveries::counts(view.conn()).await?;
        Ok(Overview {
            devices,
            sessions: self.sessions.len(),
            orders_pending,
            orders_charging,
            orders_in_memory: self.orders.len(),
            webhooks_pending: webhooks.pending,
            webhooks_dead: webhooks.dead,
        })
    }
}
