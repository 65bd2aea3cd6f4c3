use super::{invalid, semantic};
use crate::promotions::PromotionSettings;
use crate::staff::Actor;
use crate::tiers::Switches;
use crate::{App, AppError, MoneyRules};
use domain::fire::FireLimits;
use domain::kpi::{Thresholds, threshold_default};
use domain::setting::{self, CO2, CO2_G_PER_KWH, SETTINGS, Setting};
use kernel::{BasisPoints, Fen};
use serde_json::{Value, json};
use std::sync::Arc;
use store::settings::{self, SettingChange};
use store::{Page, PageRequest};
use tracing::warn;

const NO_SETTING: AppError = AppError::NotFound("setting");

/// A setting with its value in force.
#[derive(Clone, Debug)]
pub struct SettingView {
    /// Which.
    pub setting: &'static Setting,
    /// What is in force.
    pub value: Value,
    /// What the configuration file says, or the program.
    pub default: Value,
    /// Who changed it and when, if somebody did.
    pub changed: Option<settings::Setting>,
}

/// What is in force now: the configuration's with what operators changed.
#[derive(Clone, Debug)]
pub(crate) struct Tuned {
    pub(crate) money: MoneyRules,
    pub(crate) promotions: PromotionSettings,
    pub(crate) kpis: Thresholds,
    pub(crate) fire: FireLimits,
    pub(crate) switches: Switches,
    /// Carbon dioxide that a kWh saves, g.
    pub(crate) co2_g_per_kwh: i64,
}

impl Tuned {
    /// Nothing changed yet.
    pub(crate) fn new(configured: &MoneyRules) -> Self {
        Self::of(configured, &[])
    }

    fn of(configured: &MoneyRules, stored: &[settings::Setting]) -> Self {
        Self {
            money: tuned(configured, stored),
            promotions: PromotionSettings::among(stored),
            kpis: thresholds(stored),
            fire: fire_limits(stored),
            switches: Switches::among(stored),
            co2_g_per_kwh: co2(stored),
        }
    }
}

impl App {
    /// All settings with their values in force.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn system_settings(&self) -> Result<Vec<SettingView>, AppError> {
        let mut view = self.db.view().await?;
        let stored = settings::list(view.conn()).await?;
        let views = SETTINGS.iter().map(|setting| {
            let default = default_of(&self.settings.money, setting);
            let changed = stored.iter().find(|row| row.key == setting.key).cloned();
            let value = changed.as_ref().map(|row| row.value.clone());
            SettingView {
                setting,
                value: value.unwrap_or_else(|| default.clone()),
                default,
                changed,
            }
        });
        Ok(views.collect())
    }

    /// Changes a setting, or takes it back to its default. It is in force at once; bills and
    /// orders that stand keep what was in force when they were made.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a setting, [`AppError::Invalid`] for a value that it
    /// cannot have, [`AppError::Semantic`] for one that contradicts another setting.
    pub async fn change_setting(
        &self,
        actor: &Actor,
        key: &str,
        value: Option<Value>,
    ) -> Result<SettingView, AppError> {
        let setting = setting::find(key).ok_or(NO_SETTING)?;
        if let Some(problem) = value.as_ref().and_then(|value| setting.problem(value)) {
            return Err(invalid("value", problem));
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = settings::get(tx.conn(), key).await?;
        match &value {
            Some(value) => settings::put(tx.conn(), key, value, &actor.name, now).await?,
            None => settings::remove(tx.conn(), key).await?,
        }
        let stored = settings::list(tx.conn()).await?;
        let money = tuned(&self.settings.money, &stored);
        check_fire(&stored)?;
        money
            .check()
            .map_err(|fault| semantic("value", &format!("does not fit: {fault}")))?;
        let change = (before.as_ref(), value.as_ref());
        settings::remember(tx.conn(), key, change, &actor.name, now).await?;
        let default = default_of(&self.settings.money, setting);
        let shown = |value: Option<&Value>| Some(json!({"value": value.unwrap_or(&default)}));
        let object = format!("setting:{key}");
        let (old, new) = (shown(before.as_ref()), shown(value.as_ref()));
        self.audit_in(&mut tx, actor, "system.config.edit", &object, old, new)
            .await?;
        tx.commit().await?;
        self.tune(&stored);
        let changed = stored.into_iter().find(|row| row.key == key);
        Ok(SettingView {
            setting,
            value: value.unwrap_or_else(|| default.clone()),
            default,
            changed,
        })
    }

    /// A page of the changes of a setting, newest first.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a setting.
    pub async fn setting_history(
        &self,
        key: &str,
        page: PageRequest,
    ) -> Result<Page<SettingChange>, AppError> {
        setting::find(key).ok_or(NO_SETTING)?;
        let mut view = self.db.view().await?;
        Ok(settings::history(view.conn(), key, page).await?)
    }

    /// Reads what operators changed, at the start and every minute: another node may have
    /// changed it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn load_tuned(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let stored = settings::list(view.conn()).await?;
        self.tune(&stored);
        Ok(())
    }

    /// Reads everything that operators decided and that is kept in memory. What cannot be read
    /// stays as it was.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn load_decisions(&self) -> Result<(), AppError> {
        self.load_tuned().await?;
        self.load_alarm_rules().await?;
        self.take_blocks().await
    }

    /// What is stored is in force.
    pub(crate) fn tune(&self, stored: &[settings::Setting]) {
        let tuned = Tuned::of(&self.settings.money, stored);
        self.tuned.store(Arc::new(tuned));
        self.decide_who_rests();
    }

    /// The numbers of money in force.
    pub(crate) fn money_rules(&self) -> MoneyRules {
        self.tuned.load().money
    }

    /// Most that one order holds.
    pub fn max_freeze(&self) -> Fen {
        self.money_rules().max_freeze
    }

    /// What has been decided about reductions.
    pub fn promotion_settings(&self) -> PromotionSettings {
        self.tuned.load().promotions.clone()
    }
}

/// Thresholds that cannot stand together are refused when they are set.
fn check_fire(stored: &[settings::Setting]) -> Result<(), AppError> {
    let mut limits = FireLimits::default();
    for row in stored {
        if let Some(number) = row.value.as_i64().and_then(|n| i32::try_from(n).ok()) {
            limits.set(&row.key, number);
        }
    }
    limits
        .check()
        .map_err(|fault| semantic("value", &format!("does not fit: {fault}")))
}

fn default_of(money: &MoneyRules, setting: &Setting) -> Value {
    let withdrawals = &money.withdrawals;
    match setting.key {
        "money.min_start_fen" => json!(money.min_start.0),
        "money.max_freeze_fen" => json!(money.max_freeze.0),
        "money.refund_auto_limit_fen" => json!(money.refund_auto_limit.0),
        "money.commission_mature_days" => json!(money.mature_days),
        "money.withdraw.min_fen" => json!(withdrawals.min.0),
        "money.withdraw.max_per_day" => json!(withdrawals.max_per_day),
        "money.withdraw.fee_bp" => json!(withdrawals.fee_bp.0),
        "money.withdraw.auto_limit_fen" => json!(withdrawals.auto_limit.0),
        "money.withdraw.second_reviewer_fen" => json!(withdrawals.second_reviewer_above.0),
        CO2 => json!(CO2_G_PER_KWH),
        key => match (threshold_default(key), FireLimits::default().get(key)) {
            (Some(number), _) => json!(number),
            (None, Some(limit)) => json!(limit),
            (None, None) => json!(""),
        },
    }
}

fn co2(stored: &[settings::Setting]) -> i64 {
    let row = stored.iter().find(|row| row.key == CO2);
    let said = row.and_then(|row| row.value.as_i64());
    said.unwrap_or(CO2_G_PER_KWH)
}

/// The bounds of key figures that are stored; what makes no sense is left out.
fn thresholds(stored: &[settings::Setting]) -> Thresholds {
    let mut own = Thresholds::default();
    for row in stored {
        let known = setting::find(&row.key);
        if known.is_some_and(|setting| setting.problem(&row.value).is_none())
            && let Some(number) = row.value.as_i64()
        {
            own.set(&row.key, number);
        }
    }
    own
}

/// The thresholds of fire safety with those that are stored; those that cannot stand together are
/// left out.
fn fire_limits(stored: &[settings::Setting]) -> FireLimits {
    let mut limits = FireLimits::default();
    for row in stored {
        let number = row.value.as_i64().and_then(|n| i32::try_from(n).ok());
        if let Some(number) = number {
            let before = limits;
            limits.set(&row.key, number);
            if limits.check().is_err() {
                limits = before;
            }
        }
    }
    limits
}

/// The configuration's numbers with those that are stored. What is stored and makes no sense is
/// left out.
fn tuned(configured: &MoneyRules, stored: &[settings::Setting]) -> MoneyRules {
    let mut money = *configured;
    for row in stored {
        let Some(setting) = setting::find(&row.key) else {
            continue;
        };
        if let Some(problem) = setting.problem(&row.value) {
            warn!(key = row.key, problem, "a stored setting is left out");
            continue;
        }
        let Some(number) = row.value.as_i64() else {
            continue;
        };
        let withdrawals = &mut money.withdrawals;
        match setting.key {
            "money.min_start_fen" => money.min_start = Fen(number),
            "money.max_freeze_fen" => money.max_freeze = Fen(number),
            "money.refund_auto_limit_fen" => money.refund_auto_limit = Fen(number),
            "money.commission_mature_days" => {
                money.mature_days = u16::try_from(number).unwrap_or(money.mature_days);
            }
            "money.withdraw.min_fen" => withdrawals.min = Fen(number),
            "money.withdraw.max_per_day" => {
                withdrawals.max_per_day = u32::try_from(number).unwrap_or(withdrawals.max_per_day);
            }
            "money.withdraw.fee_bp" => {
                withdrawals.fee_bp = i32::try_from(number).map_or(withdrawals.fee_bp, BasisPoints);
            }
            "money.withdraw.auto_limit_fen" => withdrawals.auto_limit = Fen(number),
            "money.withdraw.second_reviewer_fen" => {
                withdrawals.second_reviewer_above = Fen(number);
            }
            _ => {}
        }
    }
    money
}
