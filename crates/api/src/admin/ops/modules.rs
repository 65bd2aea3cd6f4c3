//! Modules of the program (服务分级): how each is doing, and switching those off that can be spared.

use crate::Api;
use crate::choice::one_of;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::seconds;
use app::{ModuleState, WorkState};
use axum::extract::State;
use domain::breaker::BreakerState;
use domain::tier::{Module, Switch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A module's name, in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct ModuleName(String);

impl Named for ModuleName {
    const NAME: &'static str = "module";
}

/// How a kind of work of a module is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkOut {
    /// Its name.
    #[schema(example = "invoices")]
    work: &'static str,
    /// When it last succeeded, Unix seconds.
    ok_at: Option<i64>,
    /// Since when it fails, Unix seconds.
    failing_since: Option<i64>,
    /// Why it failed last; empty when it did not.
    error: String,
    /// `closed`: it is done; `open`: it failed ten times and is left alone for a minute;
    /// `half_open`: it is tried once. Absent where the module may not rest.
    breaker: Option<&'static str>,
}

impl From<&WorkState> for WorkOut {
    fn from(work: &WorkState) -> Self {
        Self {
            work: work.name,
            ok_at: seconds(work.ok_at),
            failing_since: seconds(work.failing_since),
            error: work.error.clone(),
            breaker: work.breaker.map(BreakerState::as_str),
        }
    }
}

/// A module.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModuleOut {
    /// Its name.
    #[schema(example = "invoices")]
    module: &'static str,
    /// In Chinese.
    #[schema(example = "发票")]
    name_zh: &'static str,
    /// In English.
    #[schema(example = "Invoices")]
    name_en: &'static str,
    /// `L0` and `L1` are needed by charging and never rest; `L2` is caught up with, `L3` is dropped.
    #[schema(example = "L2")]
    tier: &'static str,
    /// `ok`, `failing`, `off` by an operator, `resting` because of trouble.
    #[schema(example = "ok")]
    state: &'static str,
    /// `on`, `off`, or `auto`: it rests while the database or a queue is in trouble.
    #[schema(example = "auto")]
    switch: &'static str,
    /// What the switch is when nobody decides.
    #[schema(example = "auto")]
    default_switch: &'static str,
    /// Who set the switch; none: nobody did.
    switched_by: Option<String>,
    /// When, Unix seconds.
    switched_at: Option<i64>,
    /// Since when trouble keeps it from running, Unix seconds.
    trouble_since: Option<i64>,
    /// Since when some of its work fails, Unix seconds.
    failing_since: Option<i64>,
    /// Its work.
    works: Vec<WorkOut>,
}

impl From<ModuleState> for ModuleOut {
    fn from(state: ModuleState) -> Self {
        let module = state.module;
        let (name_zh, name_en) = module.names();
        let (switched_by, switched_at) = state.decided.clone().unzip();
        Self {
            module: module.as_str(),
            name_zh,
            name_en,
            tier: module.tier().as_str(),
            state: state.word(),
            switch: state.switch.as_str(),
            default_switch: module.default_switch().as_str(),
            switched_by,
            switched_at: seconds(switched_at),
            trouble_since: seconds(state.trouble_since),
            failing_since: seconds(state.failing_since()),
            works: state.works.iter().map(WorkOut::from).collect(),
        }
    }
}

/// Lists all modules of the program, those that charging needs first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/modules",
    tag = "administration",
    operation_id = "list_modules",
    extensions(("x-access" = json!("ops.degrade.view"))),
    responses((status = 200, description = "All of them", body = Envelope<Vec<ModuleOut>>))
)]
pub(crate) async fn list(State(api): State<Api>) -> Answer<Vec<ModuleOut>> {
    let modules = api.app().modules();
    Ok(ok(modules.into_iter().map(ModuleOut::from).collect()))
}

/// What is wanted of a module.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwitchIn {
    /// `on`, `off`, `auto`; none takes it back to its default.
    #[schema(example = "off")]
    switch: Option<String>,
}

/// Switches a module on, off, or leaves it to the program; at once on this node, within a minute on
/// others.
#[utoipa::path(
    put,
    path = "/api/v1/admin/ops/modules/{module}",
    tag = "administration",
    operation_id = "switch_module",
    extensions(("x-access" = json!("ops.degrade.edit")), ("x-audit" = json!("own"))),
    params(("module" = String, Path, description = "The module", example = "invoices")),
    request_body = SwitchIn,
    responses(
        (status = 200, description = "How it is now", body = Envelope<ModuleOut>),
        (status = 404, description = "No such module", body = Refusal),
        (status = 422, description = "Charging needs it", body = Refusal),
    )
)]
pub(crate) async fn switch(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ModuleName(name)): At<ModuleName>,
    Payload(wish): Payload<SwitchIn>,
) -> Answer<ModuleOut> {
    let module = Module::parse(&name).ok_or(Failure::not_found("module"))?;
    let switch = one_of(
        "switch",
        wish.switch.as_deref(),
        Switch::ALL,
        Switch::as_str,
    )?;
    let app = api.app().clone();
    let state = run_to_end(async move { app.switch_module(&actor, module, switch).await }).await?;
    Ok(ok(state.into()))
}
