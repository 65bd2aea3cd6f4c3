//! The permission tree and the sidebar that follows from it.

use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::run_to_end::run_to_end;
use axum::extract::State;
use domain::permission::{Entry, sidebar};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A page in the sidebar.
#[derive(Serialize, ToSchema)]
pub(crate) struct PageEntryOut {
    /// Its id.
    #[schema(example = "order.charge")]
    id: String,
    /// What is shown.
    #[schema(example = "充电订单")]
    label: String,
    /// The same in English.
    label_en: String,
}

/// A menu in the sidebar.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryOut {
    /// Its id.
    #[schema(example = "order")]
    id: String,
    /// What is shown.
    #[schema(example = "订单管理")]
    label: String,
    /// The same in English.
    label_en: String,
    /// Its pages.
    children: Vec<PageEntryOut>,
}

impl From<Entry> for EntryOut {
    fn from(menu: Entry) -> Self {
        let page = |page: Entry| PageEntryOut {
            id: page.id,
            label: page.label,
            label_en: page.label_en,
        };
        Self {
            id: menu.id,
            label: menu.label,
            label_en: menu.label_en,
            children: menu.children.into_iter().map(page).collect(),
        }
    }
}

/// Both permission trees.
#[derive(Serialize, ToSchema)]
pub(crate) struct TreeOut {
    /// Version of the tree.
    version: i32,
    /// Functions.
    #[serde(rename = "accessPermission")]
    #[schema(value_type = Vec<Object>)]
    access: Value,
    /// Fields of the database.
    #[serde(rename = "datasetPermission")]
    #[schema(value_type = Vec<Object>)]
    dataset: Value,
}

impl From<domain::permission::Tree> for TreeOut {
    fn from(tree: domain::permission::Tree) -> Self {
        Self {
            version: tree.version,
            access: serde_json::to_value(tree.access).unwrap_or_default(),
            dataset: serde_json::to_value(tree.dataset).unwrap_or_default(),
        }
    }
}

/// Shows the menus and pages that one may see (`get_homepage_sidebar`).
#[utoipa::path(
    get,
    path = "/api/v1/admin/sidebar",
    tag = "console",
    operation_id = "get_homepage_sidebar",
    extensions(("x-access" = json!("session")), ("x-scope" = json!("any"))),
    responses((status = 200, description = "Menus", body = Envelope<Vec<EntryOut>>))
)]
pub(crate) async fn sidebar_of(Acting(actor): Acting) -> Answer<Vec<EntryOut>> {
    let entries = sidebar(&actor.tree());
    Ok(ok(entries.into_iter().map(EntryOut::from).collect()))
}

/// Shows the tree that a new role begins with: nothing is granted (`get_default_permission`).
#[utoipa::path(
    get,
    path = "/api/v1/admin/permissions/default",
    tag = "console",
    operation_id = "get_default_permission",
    extensions(("x-access" = json!("session")), ("x-scope" = json!("any"))),
    responses((status = 200, description = "The tree", body = Envelope<TreeOut>))
)]
pub(crate) async fn default(State(api): State<Api>) -> Answer<TreeOut> {
    Ok(ok(api.app().default_permission().into()))
}

/// How many roles were brought to the present tree.
#[derive(Serialize, ToSchema)]
pub(crate) struct Upgraded {
    /// Roles.
    roles: usize,
}

/// Brings all roles to the present tree; new permissions are granted to nobody. Also happens at
/// every start.
#[utoipa::path(
    post,
    path = "/api/v1/admin/permissions/upgrade",
    tag = "console",
    operation_id = "upgrade_roles",
    extensions(("x-access" = json!("system.permission.upgrade_roles"))),
    responses((status = 200, description = "Done", body = Envelope<Upgraded>))
)]
pub(crate) async fn upgrade(State(api): State<Api>) -> Answer<Upgraded> {
    let app = api.app().clone();
    let roles = run_to_end(async move { app.upgrade_roles().await }).await?;
    Ok(ok(Upgraded { roles }))
}
