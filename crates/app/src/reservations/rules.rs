//! What an operator has decided about reservations.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::reservation::ReservationRules;
use serde_json::{Value, json};
use store::settings;
use tracing::warn;

/// The row of `sys_config`.
const KEY: &str = "reservations";

impl App {
    /// What has been decided about reservations.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn reservation_rules(&self) -> Result<ReservationRules, AppError> {
        let mut view = self.db.view().await?;
        Ok(understood(settings::get(view.conn(), KEY).await?))
    }

    /// Decides about reservations. Those that stand do not change.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for the first value that cannot stand.
    pub async fn set_reservation_rules(
        &self,
        actor: &Actor,
        new: &ReservationRules,
    ) -> Result<(), AppError> {
        new.check()?;
        let mut tx = self.db.begin().await?;
        let before = json!(understood(settings::get(tx.conn(), KEY).await?));
        let after = json!(new);
        settings::put(tx.conn(), KEY, &after, &actor.name, self.now()).await?;
        let object = format!("setting:{KEY}");
        let action = "system.config.edit";
        self.audit_in(&mut tx, actor, action, &object, Some(before), Some(after))
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What is stored; the defaults where nothing is, or nothing that can be understood.
fn understood(stored: Option<Value>) -> ReservationRules {
    let Some(value) = stored else {
        return ReservationRules::default();
    };
    serde_json::from_value(value).unwrap_or_else(|error| {
        warn!(%error, "the rules of reservations cannot be read");
        ReservationRules::default()
    })
}
