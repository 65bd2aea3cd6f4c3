//! What an operator has decided about reductions as such.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::fault::FieldFault;
use domain::points::EarnRate;
use domain::promotion::{FundedBy, GiftInSplit, LevelPrice, PromotionRules, WalletOrder};
use kernel::BasisPoints;
use serde::{Deserialize, Deserializer, Serialize};
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

/// What an operator decides anew; what is none stays as it was decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromotionChange {
    /// About points and gifts.
    pub rules: RulesChange,
    /// What member levels take off the service fee: all levels together.
    #[serde(deserialize_with = "there")]
    pub levels: Option<Vec<LevelPrice>>,
}

/// What an operator decides anew about points and gifts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RulesChange {
    /// See [`PromotionRules::points_cap`].
    #[serde(deserialize_with = "there")]
    pub points_cap: Option<BasisPoints>,
    /// See [`PromotionRules::points_per_yuan`].
    #[serde(deserialize_with = "there")]
    pub points_per_yuan: Option<EarnRate>,
    /// See [`PromotionRules::points_funded_by`].
    #[serde(deserialize_with = "there")]
    pub points_funded_by: Option<FundedBy>,
    /// See [`PromotionRules::wallet_order`].
    #[serde(deserialize_with = "there")]
    pub wallet_order: Option<WalletOrder>,
    /// See [`PromotionRules::gift_in_split`].
    #[serde(deserialize_with = "there")]
    pub gift_in_split: Option<GiftInSplit>,
}

/// A value that may be absent, but is no null: there is nothing to take away.
pub(super) fn there<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl RulesChange {
    fn over(&self, old: PromotionRules) -> PromotionRules {
        PromotionRules {
            points_cap: self.points_cap.unwrap_or(old.points_cap),
            points_per_yuan: self.points_per_yuan.unwrap_or(old.points_per_yuan),
            points_funded_by: self.points_funded_by.unwrap_or(old.points_funded_by),
            wallet_order: self.wallet_order.unwrap_or(old.wallet_order),
            gift_in_split: self.gift_in_split.unwrap_or(old.gift_in_split),
        }
    }
}

impl From<&PromotionSettings> for PromotionChange {
    fn from(all: &PromotionSettings) -> Self {
        let rules = all.rules;
        Self {
            rules: RulesChange {
                points_cap: Some(rules.points_cap),
                points_per_yuan: Some(rules.points_per_yuan),
                points_funded_by: Some(rules.points_funded_by),
                wallet_order: Some(rules.wallet_order),
                gift_in_split: Some(rules.gift_in_split),
            },
            levels: Some(all.levels.clone()),
        }
    }
}

impl App {
    /// Decides about reductions; what the change does not name stays. Bills that stand do not
    /// change.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for the first value that cannot stand.
    pub async fn set_promotion_settings(
        &self,
        actor: &Actor,
        change: impl Into<PromotionChange>,
    ) -> Result<PromotionSettings, AppError> {
        let change = change.into();
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = understood(settings::lock(tx.conn(), KEY).await?);
        let new = PromotionSettings {
            rules: change.rules.over(before.rules),
            levels: change.levels.unwrap_or_else(|| before.levels.clone()),
        };
        new.check()?;
        let (before, after) = (json!(before), json!(new));
        settings::put(tx.conn(), KEY, &after, &actor.name, now).await?;
        let action = "marketing.points.edit";
        let object = format!("setting:{KEY}");
        self.audit_in(&mut tx, actor, action, &object, Some(before), Some(after))
            .await?;
        let stored = settings::list(tx.conn()).await?;
        tx.commit().await?;
        self.tune(&stored);
        Ok(new)
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
