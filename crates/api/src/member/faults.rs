//! Fault reports of a member.

use super::guard::Caller;
use super::wallet::LinesQuery;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use app::{FaultWords, Words};
use axum::extract::State;
use kernel::PhyId;
use serde::{Deserialize, Serialize};
use store::fault_reports::{FaultReport, LogEntry};
use utoipa::ToSchema;

/// A report, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct FaultId(i64);

impl Named for FaultId {
    const NAME: &'static str = "fault report";
}

/// Something is broken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"device": "82210225000520", "port_no": 1, "type": "plug",
    "text": "拔不出来", "images": ["https://example.com/a.jpg"]}))]
pub(crate) struct FaultBody {
    /// The device.
    device: String,
    /// Its port, where it is one of them.
    #[schema(minimum = 1, maximum = 500)]
    port_no: Option<i32>,
    /// `danger`, `cannot_start`, `cannot_stop`, `plug`, `screen`, `damage`, `other`.
    r#type: String,
    /// 1 to 500 characters.
    text: String,
    /// Addresses of at most nine pictures.
    #[serde(default)]
    images: Vec<String>,
}

/// A report.
#[derive(Serialize, ToSchema)]
pub(crate) struct FaultOut {
    /// Its id.
    #[schema(example = 8)]
    id: i64,
    /// The device.
    #[schema(example = "82210225000520")]
    device: String,
    /// Its port.
    port_no: Option<i32>,
    /// What is broken.
    #[schema(example = "plug")]
    r#type: String,
    /// In the member's own words.
    text: String,
    /// Addresses of pictures.
    images: Vec<String>,
    /// `new`, `assigned`, `doing`, `done`, `verified`, `reopened`.
    #[schema(example = "new")]
    state: &'static str,
    /// What the operator answered.
    reply: Option<String>,
    /// When, Unix seconds.
    replied_at: Option<i64>,
    /// How it went on.
    progress: Vec<ProgressOut>,
    /// When it was reported, Unix seconds.
    created_at: i64,
}

/// A step of what was done; who did it is not told.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProgressOut {
    /// When, Unix seconds.
    at: i64,
    /// `assign`, `begin`, `finish`, `verify`, `reopen`, `reply`, `object`, `close`.
    #[schema(example = "assign")]
    step: String,
}

impl From<LogEntry> for ProgressOut {
    fn from(entry: LogEntry) -> Self {
        Self {
            at: kernel::Timestamp(entry.at).unix_seconds(),
            step: entry.did,
        }
    }
}

impl From<FaultReport> for FaultOut {
    fn from(report: FaultReport) -> Self {
        Self {
            id: report.id,
            device: report.says.phy_id.to_string(),
            port_no: report.says.port_no,
            r#type: report.says.kind,
            text: report.says.text,
            images: report.says.images,
            state: report.state.as_str(),
            reply: report.reply,
            replied_at: seconds(report.replied_at),
            progress: report.log.into_iter().map(ProgressOut::from).collect(),
            created_at: report.created_at.unix_seconds(),
        }
    }
}

/// Reports a fault.
#[utoipa::path(
    post,
    path = "/api/v1/member/faults",
    tag = "member",
    operation_id = "member_report_fault",
    request_body = FaultBody,
    responses(
        (status = 200, description = "The report", body = Envelope<FaultOut>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn report(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<FaultBody>,
) -> Answer<FaultOut> {
    let device: PhyId = body
        .device
        .parse()
        .map_err(|_| Failure::invalid("device", "is no id of a device"))?;
    let said = FaultWords {
        device,
        port: body.port_no,
        kind: body.r#type,
        words: Words {
            text: body.text,
            images: body.images,
        },
    };
    let app = api.app().clone();
    let member = caller.member.member_id();
    let report = run_to_end(async move { app.report_fault(member, said).await }).await?;
    Ok(ok(report.into()))
}

/// Lists a member's fault reports, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/faults",
    tag = "member",
    operation_id = "member_faults",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<FaultOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<FaultOut>> {
    let member = caller.member.member_id();
    let page = query.page_request()?;
    let page = api.app().member_faults(member, page).await?;
    Ok(ok(PageOut::of(page, FaultOut::from)))
}

/// Shows a fault report and how it goes on.
#[utoipa::path(
    get,
    path = "/api/v1/member/faults/{id}",
    tag = "member",
    operation_id = "member_fault",
    params(("id" = i64, Path, description = "Its id", example = 8)),
    responses(
        (status = 200, description = "The report", body = Envelope<FaultOut>),
        (status = 404, description = "No such report of yours", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    At(FaultId(id)): At<FaultId>,
) -> Answer<FaultOut> {
    let member = caller.member.member_id();
    let report = api.app().member_fault(member, id).await?;
    Ok(ok(report.into()))
}
