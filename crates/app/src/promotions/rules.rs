//! What an operator has decided about reductions as such.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::fault::FieldFault;
use domain::promotion::{LevelPrice, PromotionRules};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::settings;
use tracing::warn;

/// The row of `sys_config`.
const KEY: &str = "promotions";
/// Most levels that have a price.
const LEVELS_MAX: usize = 20;

/// What an operator has decided about reductions, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromotionSettings {
    /// About points and gifts.
    pub rules: PromotionRules,
    /// What member levels take off the service fee.
    pub levels: Vec<LevelPrice>,
}

impl PromotionSettings {
    /// What is stored among all settings.
    pub(crate) fn among(stored: &[settings::Setting]) -> Self {
        let row = stored.iter().find(|row| row.key == KEY);
        understood(row.map(|row| row.value.clone()))
    }

    fn check(&self) -> Result<(), FieldFault> {
        self.rules.check().map_err(|fault| fault.within("rules"))?;
        if self.levels.len() > LEVELS_MAX {
            return Err(FieldFault::at(
                "levels",
                format!("must be at most {LEVELS_MAX}"),
            ));
        }
        for (place, level) in self.levels.iter().enumerate() {
            if !level.off_bp.is_share() {
                let field = format!("levels[{place}].off_bp");
                return Err(FieldFault::at(field, "must be 0 to 10000"));
            }
        }
        Ok(())
    }
}

impl App {
    /// Decides about reductions. Bills that stand do not change.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for the first value that cannot stand.
    pub async fn set_promotion_settings(
        &self,
        actor: &Actor,
        new: &PromotionSettings,
    ) -> Result<(), AppError> {
        new.check()?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = json!(understood(settings::get(tx.conn(), KEY).await?));
        let after = json!(new);
        settings::put(tx.conn(), KEY, &after, &actor.name, now).await?;
        let action = "marketing.points.edit";
        let object = format!("setting:{KEY}");
        self.audit_in(&mut tx, actor, action, &object, Some(before), Some(after))
            .await?;
        let stored = settings::list(tx.conn()).await?;
        tx.commit().await?;
        self.tune(&stored);
        Ok(())
    }
}

/// What is stored; the defaults where nothing is, or nothing that can be understood.
fn understood(stored: Option<Value>) -> PromotionSettings {
    let Some(value) = stored else {
        return PromotionSettings::default();
    };
    serde_json::from_value(value).unwrap_or_else(|error| {
        warn!(%error, "the settings of promotions cannot be read");
        PromotionSettings::default()
    })
}
