//! Settings that operators change while the program runs (系统基本管理).

use super::{Code, SystemQuery};
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::system::SettingView;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::settings::SettingChange;
use utoipa::{IntoParams, ToSchema};

/// A setting.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingOut {
    /// Its name.
    #[schema(example = "site.name")]
    key: &'static str,
    /// `site`, `agreement`, `money`, `withdraw`, `kpi`.
    #[schema(example = "site")]
    group: &'static str,
    /// What it is called.
    label: &'static str,
    /// `text`, `url`, `phone`, `fen`, `count`, `basis_points`.
    #[schema(example = "text")]
    kind: &'static str,
    /// Smallest number that it may be.
    minimum: Option<i64>,
    /// Largest number that it may be.
    maximum: Option<i64>,
    /// What is in force.
    value: Value,
    /// What is in force when nobody changes it.
    default: Value,
    /// Who changed it last.
    updated_by: Option<String>,
    /// When, Unix seconds.
    updated_at: Option<i64>,
}

impl From<SettingView> for SettingOut {
    fn from(view: SettingView) -> Self {
        let range = view.setting.kind.range();
        Self {
            key: view.setting.key,
            group: view.setting.group,
            label: view.setting.label,
            kind: view.setting.kind.name(),
            minimum: range.map(|(least, _)| least),
            maximum: range.map(|(_, most)| most),
            value: view.value,
            default: view.default,
            updated_at: view
                .changed
                .as_ref()
                .map(|row| row.updated_at.unix_seconds()),
            updated_by: view.changed.map(|row| row.updated_by),
        }
    }
}

/// Which settings are shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SettingQuery {
    /// Of this group only: `site`, `agreement`, `money`, `withdraw`, `kpi`.
    group: Option<String>,
}

/// Shows all settings with their values in force.
#[utoipa::path(
    get,
    path = "/api/v1/admin/settings",
    tag = "console",
    operation_id = "list_settings",
    extensions(("x-access" = json!("system.config.view"))),
    params(SettingQuery),
    responses((status = 200, description = "Settings", body = Envelope<Vec<SettingOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<SettingQuery>,
) -> Answer<Vec<SettingOut>> {
    let known = [
        "site",
        "agreement",
        "money",
        "withdraw",
        "kpi",
        "fire",
        "screen",
    ];
    if let Some(group) = &query.group
        && !known.contains(&group.as_str())
    {
        return Err(Failure::invalid(
            "group",
            "must be site, agreement, money, withdraw or kpi",
        ));
    }
    let views = api.app().system_settings().await?;
    let views = views.into_iter().filter(|view| {
        query
            .group
            .as_deref()
            .is_none_or(|g| g == view.setting.group)
    });
    Ok(ok(views.map(SettingOut::from).collect()))
}

/// A value for a setting.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": "某某充电"}))]
pub(crate) struct SettingBody {
    /// The value; null takes the default back.
    #[serde(deserialize_with = "present")]
    value: Value,
}

/// Null is a value here, and nothing at all is none.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    Value::deserialize(from)
}

/// Changes a setting. It is in force at once.
#[utoipa::path(
    put,
    path = "/api/v1/admin/settings/{key}",
    tag = "console",
    operation_id = "change_setting",
    extensions(("x-access" = json!("system.config.edit")), ("x-audit" = json!("own"))),
    params(("key" = String, Path, description = "Its name", example = "site.name")),
    request_body = SettingBody,
    responses(
        (status = 200, description = "The setting", body = Envelope<SettingOut>),
        (status = 404, description = "No such setting", body = Refusal),
        (status = 422, description = "It contradicts another setting", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Code(key)): At<Code>,
    Payload(body): Payload<SettingBody>,
) -> Answer<SettingOut> {
    let value = Some(body.value).filter(|value| !value.is_null());
    let app = api.app().clone();
    let view = run_to_end(async move { app.change_setting(&actor, &key, value).await }).await?;
    Ok(ok(view.into()))
}

/// A change of a setting.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingChangeOut {
    /// Its row.
    id: i64,
    /// What it was; null for the default.
    before: Option<Value>,
    /// What it became; null for the default.
    after: Option<Value>,
    /// Who changed it.
    changed_by: String,
    /// When, Unix seconds.
    changed_at: i64,
}

impl From<SettingChange> for SettingChangeOut {
    fn from(row: SettingChange) -> Self {
        Self {
            id: row.id,
            before: row.before,
            after: row.after,
            changed_by: row.changed_by,
            changed_at: row.changed_at.unix_seconds(),
        }
    }
}

/// Lists the changes of a setting, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/settings/{key}/history",
    tag = "console",
    operation_id = "setting_history",
    extensions(("x-access" = json!("system.config.history"))),
    params(
        ("key" = String, Path, description = "Its name", example = "site.name"),
        SystemQuery
    ),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<SettingChangeOut>>),
        (status = 404, description = "No such setting", body = Refusal),
    )
)]
pub(crate) async fn history(
    State(api): State<Api>,
    At(Code(key)): At<Code>,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<SettingChangeOut>> {
    let page = api
        .app()
        .setting_history(&key, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, SettingChangeOut::from)))
}
