//! Thresholds of stations that have their own.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::fire::FireLimits;
use kernel::Timestamp;
use serde_json::json;
use store::{fire_limits, stations};

const NO_STATION: AppError = AppError::NotFound("station");

/// The thresholds in force at a station.
#[derive(Clone, Debug)]
pub struct StationFireLimits {
    /// The station.
    pub station_id: i64,
    /// What is in force.
    pub limits: FireLimits,
    /// Who gave it thresholds of its own and when, if somebody did.
    pub own: Option<(String, Timestamp)>,
}

impl App {
    /// The thresholds in force at a station.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station.
    pub async fn station_fire_limits(
        &self,
        station_id: i64,
    ) -> Result<StationFireLimits, AppError> {
        let mut view = self.db.view().await?;
        let known = stations::find(view.conn(), station_id).await?;
        known.ok_or(NO_STATION)?;
        let row = fire_limits::find(view.conn(), station_id).await?;
        let limits = row
            .as_ref()
            .and_then(|row| serde_json::from_value(row.limits.clone()).ok());
        Ok(StationFireLimits {
            station_id,
            limits: limits.unwrap_or_else(|| self.tuned.load().fire),
            own: row.map(|row| (row.updated_by, row.updated_at)),
        })
    }

    /// Gives a station thresholds of its own, or takes them away. They are in force at once.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station, [`AppError::Semantic`] for thresholds that
    /// cannot stand.
    pub async fn set_station_fire_limits(
        &self,
        actor: &Actor,
        station_id: i64,
        limits: Option<FireLimits>,
    ) -> Result<StationFireLimits, AppError> {
        if let Some(limits) = &limits {
            limits.check().map_err(|fault| AppError::Semantic {
                field: fault.field.to_owned(),
                problem: fault.problem,
            })?;
        }
        let mut tx = self.db.begin().await?;
        let known = stations::find(tx.conn(), station_id).await?;
        known.ok_or(NO_STATION)?;
        let before = fire_limits::find(tx.conn(), station_id).await?;
        match &limits {
            Some(limits) => {
                let (limits, now) = (json!(limits), self.now());
                fire_limits::put(tx.conn(), station_id, &limits, &actor.name, now).await?;
            }
            None => {
                fire_limits::remove(tx.conn(), station_id).await?;
            }
        }
        let object = format!("station:{station_id}");
        // Without its own those of the system apply.
        let usual = self.tuned.load().fire;
        let old = Some(before.map_or_else(|| json!(usual), |row| row.limits));
        let new = Some(json!(limits.unwrap_or(usual)));
        self.audit_in(&mut tx, actor, "power.fire_limits", &object, old, new)
            .await?;
        tx.commit().await?;
        self.load_fire_limits().await?;
        self.station_fire_limits(station_id).await
    }
}
