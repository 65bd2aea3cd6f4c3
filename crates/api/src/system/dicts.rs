//! Dictionaries (字典): lists of words that operators keep.

use super::dict_entries::DictEntryOut;
use super::{Code, SystemQuery};
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::{named, optional};
use crate::view::{PageOut, PageQuery};
use app::system::DictView;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::dicts::DictType;
use utoipa::ToSchema;

/// Longest name.
const NAME_MAX: usize = 64;
/// Longest remark.
const REMARK_MAX: usize = 200;

/// A dictionary in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct DictOut {
    /// Its code, unique.
    #[schema(example = "fault_kind")]
    code: String,
    /// Its name.
    #[schema(example = "故障类型")]
    name: String,
    /// Free text.
    remark: Option<String>,
    /// Who wrote it last.
    updated_by: String,
    /// When, Unix seconds.
    updated_at: i64,
}

impl From<DictType> for DictOut {
    fn from(row: DictType) -> Self {
        Self {
            code: row.code,
            name: row.name,
            remark: row.remark,
            updated_by: row.updated_by,
            updated_at: row.updated_at.unix_seconds(),
        }
    }
}

/// A dictionary with its entries.
#[derive(Serialize, ToSchema)]
pub(crate) struct DictDetailOut {
    /// The dictionary.
    dict: DictOut,
    /// Its entries in their order.
    entries: Vec<DictEntryOut>,
}

impl From<DictView> for DictDetailOut {
    fn from(view: DictView) -> Self {
        Self {
            dict: view.dict.into(),
            entries: view.entries.into_iter().map(DictEntryOut::from).collect(),
        }
    }
}

/// Lists dictionaries, by code.
#[utoipa::path(
    get,
    path = "/api/v1/admin/dicts",
    tag = "console",
    operation_id = "list_dicts",
    extensions(("x-access" = json!("system.dict.view"))),
    params(SystemQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<DictOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<DictOut>> {
    let page = api.app().list_dicts(query.page_request()?).await?;
    Ok(ok(PageOut::of(page, DictOut::from)))
}

/// A new dictionary.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "fault_kind", "name": "故障类型"}))]
pub(crate) struct DictBody {
    /// Its code: 1 to 32 small letters, digits, `_`.
    code: String,
    /// Its name.
    name: String,
    /// Free text.
    remark: Option<String>,
}

/// Makes a dictionary.
#[utoipa::path(
    post,
    path = "/api/v1/admin/dicts",
    tag = "console",
    operation_id = "create_dict",
    extensions(("x-access" = json!("system.dict.create")), ("x-audit" = json!("own"))),
    request_body = DictBody,
    responses(
        (status = 200, description = "The dictionary", body = Envelope<DictDetailOut>),
        (status = 409, description = "There is one of that code", body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<DictBody>,
) -> Answer<DictDetailOut> {
    let code = body.code;
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if code.is_empty() || code.len() > 32 || !code.bytes().all(legal) {
        return Err(Failure::invalid(
            "code",
            "must have 1 to 32 small letters, digits or _",
        ));
    }
    let name = named("name", &body.name, NAME_MAX)?;
    let remark = optional("remark", body.remark, REMARK_MAX)?;
    let app = api.app().clone();
    let view =
        run_to_end(async move { app.add_dict(&actor, &code, &name, remark.as_deref()).await })
            .await?;
    Ok(ok(view.into()))
}

/// Shows a dictionary with its entries.
#[utoipa::path(
    get,
    path = "/api/v1/admin/dicts/{dict_code}",
    tag = "console",
    operation_id = "show_dict",
    extensions(("x-access" = json!("system.dict.view"))),
    params(("dict_code" = String, Path, description = "Its code", example = "fault_kind")),
    responses(
        (status = 200, description = "The dictionary", body = Envelope<DictDetailOut>),
        (status = 404, description = "No such dictionary", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(Code(code)): At<Code>,
) -> Answer<DictDetailOut> {
    Ok(ok(api.app().dict(&code).await?.into()))
}

/// What is written about a dictionary.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "故障类型"}))]
pub(crate) struct DictNameBody {
    /// Its name.
    name: String,
    /// Free text.
    remark: Option<String>,
}

/// Renames a dictionary.
#[utoipa::path(
    put,
    path = "/api/v1/admin/dicts/{dict_code}",
    tag = "console",
    operation_id = "change_dict",
    extensions(("x-access" = json!("system.dict.edit")), ("x-audit" = json!("own"))),
    params(("dict_code" = String, Path, description = "Its code", example = "fault_kind")),
    request_body = DictNameBody,
    responses(
        (status = 200, description = "The dictionary", body = Envelope<DictDetailOut>),
        (status = 404, description = "No such dictionary", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Code(code)): At<Code>,
    Payload(body): Payload<DictNameBody>,
) -> Answer<DictDetailOut> {
    let name = named("name", &body.name, NAME_MAX)?;
    let remark = optional("remark", body.remark, REMARK_MAX)?;
    let app = api.app().clone();
    let view = run_to_end(async move {
        app.change_dict(&actor, &code, &name, remark.as_deref())
            .await
    })
    .await?;
    Ok(ok(view.into()))
}

/// Takes a dictionary away, with its entries.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/dicts/{dict_code}",
    tag = "console",
    operation_id = "remove_dict",
    extensions(("x-access" = json!("system.dict.delete")), ("x-audit" = json!("own"))),
    params(("dict_code" = String, Path, description = "Its code", example = "fault_kind")),
    responses(
        (status = 200, description = "What it was", body = Envelope<DictDetailOut>),
        (status = 404, description = "No such dictionary", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Code(code)): At<Code>,
) -> Answer<DictDetailOut> {
    let app = api.app().clone();
    let view = run_to_end(async move { app.remove_dict(&actor, &code).await }).await?;
    Ok(ok(view.into()))
}
