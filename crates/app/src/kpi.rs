//! Key figures: counted by the hour, shown, and watched.
//!
//! Once a minute what memory has counted is added to the database, and the last hour is counted
//! anew out of it: that is what is shown as the present and what alarms are made of. Every few
//! minutes hours and days are written; an hour is counted again as long as its facts may change.

mod alerts;
mod detection;
mod people;
mod present;
mod reading;
mod roll;
mod series;
mod today;

pub use reading::{CurveStep, KpiQuery, KpiTable, Period, Point};
pub use series::{Granularity, Slice, Step, StepQuery};

pub(crate) use alerts::Alerts;
pub(crate) use present::Present;
pub(crate) use roll::month_of;
pub(crate) use series::{Cut, weekday};
pub(crate) use today::{Fresh, Today, without_live};

use crate::cluster::Duty;
use crate::{App, AppError};

impl App {
    /// Writes what memory has counted since the last look: the program ends.
    pub(crate) async fn write_seen(&self) -> Result<(), AppError> {
        self.gather();
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
        if !self.holds(Duty::KEY_FIGURES) {
            return Ok(());
        }
        if self.run().is_some() {
            // Another node may have judged until now.
            self.restore_alerts().await?;
        }
        self.judge_kpis().await
    }

    /// Writes hours, days and months up to now, and what was counted of devices.
    ///
    /// # Errors
    /// When the database is away; it is done next time.
    pub async fn write_kpis(&self) -> Result<(), AppError> {
        self.write_devices().await?;
        if self.holds(Duty::KEY_FIGURES) {
            self.roll_up().await?;
        }
        Ok(())
    }

    /// What was known before the program ended: open alarms of figures.
    pub(crate) async fn restore_kpis(&self) -> Result<(), AppError> {
        self.restore_alerts().await
    }
}
