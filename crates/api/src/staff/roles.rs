//! Roles: what those who have them may do and see.

use super::{RoleId, named, optional, sorted};
use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, LongPayload, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::permissions::TreeOut;
use crate::view::{PageOut, PageQuery};
use app::staff::RoleDraft;
use axum::extract::State;
use domain::data_scope::DataScope;
use domain::permission::Tree;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use store::roles::{self, Role, RoleFilter, RoleLine};
use utoipa::{IntoParams, ToSchema};

/// Leaves of one role; the tree has fewer.
const LEAVES_MAX: usize = 2000;

/// A role in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoleSummaryOut {
    /// Its id.
    role_id: i64,
    /// Whose it is.
    org_id: i64,
    /// Short name, unique within the organisation.
    #[schema(example = "clerk")]
    code: String,
    /// Its name.
    #[schema(example = "客服")]
    name: String,
    /// Which permission tree it was made from.
    tree_version: i32,
    /// How many leaves it grants.
    granted_count: usize,
    /// How many accounts have it.
    members: i64,
    /// Free text.
    remark: Option<String>,
    /// When it last changed, Unix seconds.
    updated_at: i64,
}

impl From<RoleLine> for RoleSummaryOut {
    fn from(RoleLine { role: row, members }: RoleLine) -> Self {
        Self {
            role_id: row.id,
            org_id: row.org_id,
            code: row.code,
            name: row.name,
            tree_version: row.tree.version,
            granted_count: row.tree.checked_keys().len(),
            members,
            remark: row.remark,
            updated_at: row.updated_at.unix_seconds(),
        }
    }
}

/// A role.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoleOut {
    /// Its id.
    role_id: i64,
    /// Whose it is.
    org_id: i64,
    /// Short name, unique within the organisation.
    #[schema(example = "clerk")]
    code: String,
    /// Its name.
    #[schema(example = "客服")]
    name: String,
    /// The leaves that it grants: what a tree component is fed with.
    granted: Vec<String>,
    /// Both trees with their toggles.
    permission_tree: TreeOut,
    /// Areas and stations that it is limited to; none: it holds everywhere.
    #[schema(value_type = Option<Object>)]
    data_scope: Option<Value>,
    /// Free text.
    remark: Option<String>,
    /// When it last changed, Unix seconds.
    updated_at: i64,
}

impl From<Role> for RoleOut {
    fn from(row: Role) -> Self {
        Self {
            role_id: row.id,
            org_id: row.org_id,
            code: row.code,
            name: row.name,
            granted: row.tree.checked_keys().into_iter().collect(),
            permission_tree: row.tree.into(),
            data_scope: limited(row.data_scope),
            remark: row.remark,
            updated_at: row.updated_at.unix_seconds(),
        }
    }
}

/// What a role is limited to; none where it holds everywhere.
fn limited(stored: Value) -> Option<Value> {
    (!DataScope::stored(&stored).is_everywhere()).then_some(stored)
}

/// Areas and stations that a role is limited to, at least one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataScopeBody {
    /// Codes of areas, six digits; what lies in an area belongs to it.
    #[schema(example = json!(["510100"]))]
    areas: Option<BTreeSet<String>>,
    /// Ids of stations.
    stations: Option<BTreeSet<i64>>,
}

impl From<DataScopeBody> for DataScope {
    fn from(body: DataScopeBody) -> Self {
        Self {
            areas: body.areas.unwrap_or_default(),
            stations: body.stations.unwrap_or_default(),
        }
    }
}

/// What is written about a role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "clerk", "name": "客服", "granted": ["order.charge.view"]}))]
pub(crate) struct RoleBody {
    /// Whose it is; one's own organisation when absent. Cannot be changed.
    org_id: Option<i64>,
    /// Short name: 1 to 32 letters, digits, `_`, `-`.
    code: String,
    /// Its name.
    name: String,
    /// The leaves that it grants; only those that one has.
    granted: Option<Vec<String>>,
    /// The same as both trees with their toggles, instead of `granted`.
    #[schema(value_type = Option<Object>)]
    permission_tree: Option<Value>,
    /// Areas and stations that it is limited to; all of the organisation when absent.
    data_scope: Option<DataScopeBody>,
    /// Free text.
    remark: Option<String>,
}

impl RoleBody {
    fn read(self) -> Result<RoleDraft, Failure> {
        let granted: BTreeSet<String> = match (self.granted, self.permission_tree) {
            (Some(leaves), None) => leaves.into_iter().collect(),
            (None, Some(tree)) => {
                let tree: Tree = serde_json::from_value(tree)
                    .map_err(|problem| Failure::invalid("permission_tree", &problem.to_string()))?;
                tree.normalized().checked_keys()
            }
            _ => {
                return Err(Failure::invalid(
                    "granted",
                    "or permission_tree is required, one of them",
                ));
            }
        };
        if granted.len() > LEAVES_MAX {
            return Err(Failure::invalid("granted", "has too many leaves"));
        }
        let data_scope = self.data_scope.map(DataScope::from);
        // A role whose last place is taken away must not hold everywhere all at once.
        if data_scope.as_ref().is_some_and(DataScope::is_everywhere) {
            let problem = "must name an area or a station; without it a role holds everywhere";
            return Err(Failure::invalid("data_scope", problem));
        }
        Ok(RoleDraft {
            code: code(&self.code)?,
            name: named("name", &self.name, 50)?,
            granted,
            data_scope: data_scope.unwrap_or_default(),
            remark: optional("remark", self.remark, 200)?,
        })
    }
}

fn code(said: &str) -> Result<String, Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if (1..=32).contains(&said.len()) && said.bytes().all(plain) {
        Ok(said.to_owned())
    } else {
        let problem = "must be 1 to 32 letters, digits, `_` or `-`";
        Err(Failure::invalid("code", problem))
    }
}

/// Which roles a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RoleQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `name`, `created_at`, `-name`, `-created_at`, `-updated_at`.
    sort: Option<String>,
    /// Of this organisation only.
    org_id: Option<i64>,
    /// With this in its name only.
    name: Option<String>,
}

impl PageQuery for RoleQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists roles.
#[utoipa::path(
    get,
    path = "/api/v1/admin/roles",
    tag = "console",
    operation_id = "list_roles",
    extensions(("x-access" = json!("system.role.view")), ("x-scope" = json!("org"))),
    params(RoleQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<RoleSummaryOut>>),
        (status = 404, description = "No such organisation", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<RoleQuery>,
) -> Answer<PageOut<RoleSummaryOut>> {
    let request = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), roles::SORT)?;
    let filter = RoleFilter {
        org_id: query.org_id,
        name: query.name.clone(),
        scope,
    };
    let page = api.app().list_roles(&filter, sort, request).await?;
    Ok(ok(PageOut::of(page, RoleSummaryOut::from)))
}

/// Makes a role.
#[utoipa::path(
    post,
    path = "/api/v1/admin/roles",
    tag = "console",
    operation_id = "create_role",
    extensions(
        ("x-access" = json!("system.role.create")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
    ),
    request_body = RoleBody,
    responses(
        (status = 200, description = "The role", body = Envelope<RoleOut>),
        (status = 404, description = "No such organisation", body = Refusal),
        (status = 409, description = "`role code exists`", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Acting(actor): Acting,
    LongPayload(body): LongPayload<RoleBody>,
) -> Answer<RoleOut> {
    let org = body.org_id.unwrap_or(actor.org_id);
    let draft = body.read()?;
    let app = api.app().clone();
    let role = run_to_end(async move { app.create_role(&actor, org, draft).await }).await?;
    Ok(ok(role.into()))
}

/// Shows a role.
#[utoipa::path(
    get,
    path = "/api/v1/admin/roles/{role_id}",
    tag = "console",
    operation_id = "show_role",
    extensions(("x-access" = json!("system.role.view"))),
    params(("role_id" = i64, Path, description = "The role", example = 1)),
    responses(
        (status = 200, description = "The role", body = Envelope<RoleOut>),
        (status = 404, description = "No such role", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(id): At<RoleId>) -> Answer<RoleOut> {
    Ok(ok(api.app().role(id.0).await?.into()))
}

/// Replaces what is written about a role. It holds at once.
#[utoipa::path(
    put,
    path = "/api/v1/admin/roles/{role_id}",
    tag = "console",
    operation_id = "change_role",
    extensions(("x-access" = json!("system.role.edit")), ("x-audit" = json!("own"))),
    params(("role_id" = i64, Path, description = "The role", example = 1)),
    request_body = RoleBody,
    responses(
        (status = 200, description = "The role", body = Envelope<RoleOut>),
        (status = 404, description = "No such role", body = Refusal),
        (status = 409, description = "`role code exists`", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<RoleId>,
    LongPayload(body): LongPayload<RoleBody>,
) -> Answer<RoleOut> {
    let draft = body.read()?;
    let app = api.app().clone();
    let role = run_to_end(async move { app.change_role(&actor, id.0, draft).await }).await?;
    Ok(ok(role.into()))
}

/// Takes a role away.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/roles/{role_id}",
    tag = "console",
    operation_id = "remove_role",
    extensions(("x-access" = json!("system.role.delete")), ("x-audit" = json!("own"))),
    params(("role_id" = i64, Path, description = "The role", example = 1)),
    responses(
        (status = 200, description = "Gone", body = Envelope<RoleOut>),
        (status = 404, description = "No such role", body = Refusal),
        (status = 409, description = "Somebody has it", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<RoleId>,
) -> Answer<RoleOut> {
    let app = api.app().clone();
    let role = run_to_end(async move { app.remove_role(&actor, id.0).await }).await?;
    Ok(ok(role.into()))
}

/// What a copy is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "clerk-2", "name": "客服二"}))]
pub(crate) struct CopyBody {
    /// Whose it is; one's own organisation when absent.
    org_id: Option<i64>,
    /// Short name.
    code: String,
    /// Its name.
    name: String,
}

/// Makes a role like another.
#[utoipa::path(
    post,
    path = "/api/v1/admin/roles/{role_id}/copy",
    tag = "console",
    operation_id = "copy_role",
    extensions(("x-access" = json!("system.role.copy")), ("x-audit" = json!("own"))),
    params(("role_id" = i64, Path, description = "The role", example = 1)),
    request_body = CopyBody,
    responses(
        (status = 200, description = "The new role", body = Envelope<RoleOut>),
        (status = 404, description = "No such role or organisation", body = Refusal),
        (status = 409, description = "`role code exists`", body = Refusal),
    )
)]
pub(crate) async fn copy(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<RoleId>,
    Payload(body): Payload<CopyBody>,
) -> Answer<RoleOut> {
    let org = body.org_id.unwrap_or(actor.org_id);
    let (code, name) = (code(&body.code)?, named("name", &body.name, 50)?);
    let app = api.app().clone();
    let role =
        run_to_end(async move { app.copy_role(&actor, id.0, org, code, name).await }).await?;
    Ok(ok(role.into()))
}
