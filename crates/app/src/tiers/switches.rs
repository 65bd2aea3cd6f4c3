//! Which modules an operator has switched off, and how all of them are doing.

use super::Record;
use crate::staff::Actor;
use crate::system::semantic;
use crate::{App, AppError};
use domain::breaker::BreakerState;
use domain::tier::{Module, Switch};
use kernel::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::settings::{self, Setting};
use tracing::warn;

/// What operators decided; everything else holds its default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Switches(BTreeMap<Module, Decided>);

#[derive(Clone, Debug)]
struct Decided {
    switch: Switch,
    by: String,
    at: Timestamp,
}

impl Switches {
    /// Those among all stored settings. What makes no sense is left out.
    pub(crate) fn among(stored: &[Setting]) -> Self {
        let mut decided = BTreeMap::new();
        for module in Module::ALL {
            let key = module.setting();
            let Some(row) = stored.iter().find(|row| row.key == key) else {
                continue;
            };
            match row.value.as_str().and_then(Switch::parse) {
                Some(switch) if module.tier().may_rest() => {
                    let (by, at) = (row.updated_by.clone(), row.updated_at);
                    decided.insert(*module, Decided { switch, by, at });
                }
                _ => warn!(key, "a stored switch is left out"),
            }
        }
        Self(decided)
    }

    /// The one of a module.
    pub(crate) fn of(&self, module: Module) -> Switch {
        let decided = self.0.get(&module);
        decided.map_or(module.default_switch(), |decided| decided.switch)
    }
}

/// How a module is doing.
#[derive(Clone, Debug)]
pub struct ModuleState {
    /// Which.
    pub module: Module,
    /// What is wanted of it.
    pub switch: Switch,
    /// Who wants it so, and since when; none: it is the default.
    pub decided: Option<(String, Timestamp)>,
    /// Whether it runs now.
    pub runs: bool,
    /// Since when trouble keeps it from running.
    pub trouble_since: Option<Timestamp>,
    /// Its work.
    pub works: Vec<WorkState>,
}

impl ModuleState {
    /// Since when some of its work fails.
    pub fn failing_since(&self) -> Option<Timestamp> {
        self.works
            .iter()
            .filter_map(|work| work.failing_since)
            .min()
    }

    /// `ok`, `failing`, `off` by an operator, `resting` because of trouble.
    pub fn word(&self) -> &'static str {
        match (self.runs, self.switch) {
            (false, Switch::Off) => "off",
            (false, _) => "resting",
            (true, _) if self.failing_since().is_some() => "failing",
            (true, _) => "ok",
        }
    }
}

/// How a kind of work of a module is doing.
#[derive(Clone, Debug)]
pub struct WorkState {
    /// Its name.
    pub name: &'static str,
    /// When it last succeeded.
    pub ok_at: Option<Timestamp>,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// Why; empty when it does not.
    pub error: String,
    /// Its breaker, where the module may rest.
    pub breaker: Option<BreakerState>,
}

impl WorkState {
    fn of(name: &'static str, record: &Record, now: Timestamp) -> Self {
        Self {
            name,
            ok_at: record.ok_at,
            failing_since: record.failing_since,
            error: record.error.clone(),
            breaker: record.breaker_state(now),
        }
    }
}

impl App {
    /// All modules, the most important first.
    pub fn modules(&self) -> Vec<ModuleState> {
        let now = self.now();
        let tuned = self.tuned.load();
        let records = self.tiers.records();
        let trouble = *self.tiers.trouble.lock();
        let state = |module: &Module| {
            let runs = !self.rests(*module);
            let switch = tuned.switches.of(*module);
            let decided = tuned.switches.0.get(module);
            let by_trouble = !runs && switch == Switch::Auto;
            ModuleState {
                module: *module,
                switch,
                decided: decided.map(|decided| (decided.by.clone(), decided.at)),
                runs,
                trouble_since: trouble.since().filter(|_| by_trouble),
                works: records
                    .iter()
                    .filter(|(_, record)| record.module == *module)
                    .map(|(name, record)| WorkState::of(name, record, now))
                    .collect(),
            }
        };
        let mut modules: Vec<ModuleState> = Module::ALL.iter().map(state).collect();
        modules.sort_by_key(|state| state.module.tier());
        modules
    }

    /// Switches a module on, off, or leaves it to the program; at once on this node, within a
    /// minute on others. None: back to its default.
    ///
    /// # Errors
    /// [`AppError::Semantic`] for a module that charging needs, [`AppError::Unavailable`].
    pub async fn switch_module(
        &self,
        actor: &Actor,
        module: Module,
        switch: Option<Switch>,
    ) -> Result<ModuleState, AppError> {
        if !module.tier().may_rest() {
            let problem = format!("{} is {}", module.as_str(), module.tier().as_str());
            return Err(semantic(
                "switch",
                &format!("cannot be changed: {problem}, which is never switched off"),
            ));
        }
        let key = module.setting();
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = settings::lock(tx.conn(), &key).await?;
        let after = switch.map(|switch| Value::from(switch.as_str()));
        match &after {
            Some(value) => settings::put(tx.conn(), &key, value, &actor.name, now).await?,
            None => settings::remove(tx.conn(), &key).await?,
        }
        let change = (before.as_ref(), after.as_ref());
        settings::remember(tx.conn(), &key, change, &actor.name, now).await?;
        let default = Value::from(module.default_switch().as_str());
        let shown = |value: Option<&Value>| Some(json!({"switch": value.unwrap_or(&default)}));
        let object = format!("module:{}", module.as_str());
        let (old, new) = (shown(before.as_ref()), shown(after.as_ref()));
        self.audit_in(&mut tx, actor, "ops.degrade.edit", &object, old, new)
            .await?;
        let stored = settings::list(tx.conn()).await?;
        tx.commit().await?;
        self.tune(&stored);
        warn!(
            module = module.as_str(),
            switch = self.tuned.load().switches.of(module).as_str(),
            by = actor.name,
            "a module was switched"
        );
        let found = self
            .modules()
            .into_iter()
            .find(|state| state.module == module);
        found.ok_or(AppError::NotFound("module"))
    }
}
