//! Entries of dictionaries.

use super::Code;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::{named, optional};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::dicts::{DictEntry, EntryDraft};
use utoipa::ToSchema;

/// An entry's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct EntryId(i64);

impl Named for EntryId {
    const NAME: &'static str = "entry";
}

/// An entry of a dictionary.
#[derive(Serialize, ToSchema)]
pub(crate) struct DictEntryOut {
    /// Its row.
    entry_id: i64,
    /// What programs use.
    #[schema(example = "cable")]
    value: String,
    /// What people read.
    #[schema(example = "线缆损坏")]
    label: String,
    /// Smaller ones come first.
    sort: i32,
    /// Whether it is offered.
    enabled: bool,
    /// Free text.
    remark: Option<String>,
}

impl From<DictEntry> for DictEntryOut {
    fn from(row: DictEntry) -> Self {
        Self {
            entry_id: row.id,
            value: row.value,
            label: row.label,
            sort: row.sort,
            enabled: row.enabled,
            remark: row.remark,
        }
    }
}

/// What is written about an entry.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": "cable", "label": "线缆损坏"}))]
pub(crate) struct DictEntryBody {
    /// What programs use: 1 to 64 characters; cannot be changed.
    value: String,
    /// What people read.
    label: String,
    /// Smaller ones come first; 0 when absent.
    sort: Option<i32>,
    /// Whether it is offered; true when absent.
    enabled: Option<bool>,
    /// Free text.
    remark: Option<String>,
}

impl DictEntryBody {
    fn read(self) -> Result<EntryDraft, Failure> {
        Ok(EntryDraft {
            value: named("value", &self.value, 64)?,
            label: named("label", &self.label, 64)?,
            sort: self.sort.unwrap_or_default(),
            enabled: self.enabled.unwrap_or(true),
            remark: optional("remark", self.remark, 200)?,
        })
    }
}

/// Adds an entry to a dictionary.
#[utoipa::path(
    post,
    path = "/api/v1/admin/dicts/{dict_code}/entries",
    tag = "console",
    operation_id = "create_dict_entry",
    extensions(("x-access" = json!("system.dict.create")), ("x-audit" = json!("own"))),
    params(("dict_code" = String, Path, description = "Its code", example = "fault_kind")),
    request_body = DictEntryBody,
    responses(
        (status = 200, description = "The entry", body = Envelope<DictEntryOut>),
        (status = 404, description = "No such dictionary", body = Refusal),
        (status = 409, description = "The dictionary has that value", body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Code(code)): At<Code>,
    Payload(body): Payload<DictEntryBody>,
) -> Answer<DictEntryOut> {
    let draft = body.read()?;
    let app = api.app().clone();
    let entry = run_to_end(async move { app.add_dict_entry(&actor, &code, &draft).await }).await?;
    Ok(ok(entry.into()))
}

/// Replaces an entry but for its value.
#[utoipa::path(
    put,
    path = "/api/v1/admin/dict-entries/{entry_id}",
    tag = "console",
    operation_id = "change_dict_entry",
    extensions(("x-access" = json!("system.dict.edit")), ("x-audit" = json!("own"))),
    params(("entry_id" = i64, Path, description = "The entry", example = 1)),
    request_body = DictEntryBody,
    responses(
        (status = 200, description = "The entry", body = Envelope<DictEntryOut>),
        (status = 404, description = "No such entry", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(EntryId(id)): At<EntryId>,
    Payload(body): Payload<DictEntryBody>,
) -> Answer<DictEntryOut> {
    let draft = body.read()?;
    let app = api.app().clone();
    let entry = run_to_end(async move { app.change_dict_entry(&actor, id, &draft).await }).await?;
    Ok(ok(entry.into()))
}

/// Takes an entry away.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/dict-entries/{entry_id}",
    tag = "console",
    operation_id = "remove_dict_entry",
    extensions(("x-access" = json!("system.dict.delete")), ("x-audit" = json!("own"))),
    params(("entry_id" = i64, Path, description = "The entry", example = 1)),
    responses(
        (status = 200, description = "What it was", body = Envelope<DictEntryOut>),
        (status = 404, description = "No such entry", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(EntryId(id)): At<EntryId>,
) -> Answer<DictEntryOut> {
    let app = api.app().clone();
    let entry = run_to_end(async move { app.remove_dict_entry(&actor, id).await }).await?;
    Ok(ok(entry.into()))
}
