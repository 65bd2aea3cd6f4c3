//! Key figures: counted by the hour, shown, and watched.
//!
//! Once a minute what memory has counted is added to the database, and the last hour is counted
//! anew out of it: that is what is shown as the present and what alarms are made of. Every few
//! minutes hours and days are written; an hour is counted again as long as its facts may change.

mod alerts;
mod detection;
mod present;
mod reading;
mod roll;

pub use reading::{CurveStep, KpiQuery, KpiTable, Period, Point};

pub(crate) use alerts::Alerts;
pub(crate) use present::Present;

use crate::{App, AppError};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often the figures are looked at.
const LOOK: Duration = Duration::from_mins(1);
/// Looks from one writing of hours to the next.
const LOOKS_PER_ROLL: u32 = 5;

impl App {
    pub(crate) async fn kpis_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    // What has been counted since the last look.
                    self.gather();
                    if let Err(error) = Box::pin(self.write_seen()).await {
                        warn!(%error, "what was counted of devices is lost");
                    }
                    return;
                }
                _ = tick.tick() => {
                    if let Err(error) = Box::pin(self.look_at_kpis()).await {
                        warn!(%error, "key figures not counted, trying again");
                    }
                    if looks.is_multiple_of(LOOKS_PER_ROLL) {
                        let written = Box::pin(self.write_kpis()).await;
                        if let Err(error) = written {
                            warn!(%error, "key figures not written, trying again");
                        }
                    }
                    looks = looks.wrapping_add(1);
                }
            }
        }
    }

    async fn write_seen(&self) -> Result<(), AppError> {
        self.write_slots().await?;
        self.write_devices().await
    }

    /// Takes the look of a minute: what memory has counted is written down, the last hour is
    /// counted anew, alarms follow it.
    ///
    /// # Errors
    /// When the database is away; nothing that was counted is lost.
    pub async fn look_at_kpis(&self) -> Result<(), AppError> {
        self.gather();
        self.write_slots().await?;
        self.count_present().await?;
        self.judge_kpis().await
    }

    /// Writes hours, days and months up to now, and what was counted of devices.
    ///
    /// # Errors
    /// When the database is away; it is done next time.
    pub async fn write_kpis(&self) -> Result<(), AppError> {
        self.write_devices().await?;
        self.roll_up().await
    }

    /// What was known before the program ended: open alarms of figures.
    pub(crate) async fn restore_kpis(&self) -> Result<(), AppError> {
        self.restore_alerts().await
    }
}
