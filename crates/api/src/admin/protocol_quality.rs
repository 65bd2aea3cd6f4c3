//! How well devices keep to their protocols (协议质量): scores, what they are made of, examples.

mod views;

use crate::Api;
use crate::choice::{among, one_of};
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter};
use crate::third::device_id;
use crate::view::{PageOut, PageQuery};
use app::QualityQuery;
use axum::extract::State;
use domain::day::Day;
use domain::org::Scope;
use domain::quality::Evidence;
use kernel::PhyId;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use store::protocol_quality::{Found, Grouping};
use store::{Page, PageRequest};
use utoipa::{IntoParams, ToSchema};
use views::{ProtocolQualityOut, QualityDayOut, QualityExampleOut};

/// What lists can be sorted by.
const SORTS: [&str; 6] = [
    "score",
    "-score",
    "violations",
    "-violations",
    "bad_frames",
    "-bad_frames",
];

/// What is shown together.
const GROUPS: [Grouping; 3] = [Grouping::Device, Grouping::Firmware, Grouping::Model];

const fn name_of(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::Device => "device",
        Grouping::Firmware => "firmware",
        Grouping::Model => "model",
        Grouping::Day => "day",
    }
}

/// Which devices, and how they are shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProtocolQualityQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `device`, `firmware` or `model`; `device` when absent.
    group: Option<String>,
    /// `score` (the worst first), `violations`, `bad_frames`, each also with `-` before it.
    sort: Option<String>,
    /// Of this protocol only, for example `bkv`.
    protocol: Option<String>,
    /// Of this model only; empty for those that have named none.
    model: Option<String>,
    /// Of this firmware only.
    firmware: Option<String>,
    /// At this station only.
    station_id: Option<i64>,
    /// From this day on, for example `2026-03-01`; six days before the last when absent.
    from: Option<String>,
    /// Until this day, included; today when absent. At most 92 days.
    to: Option<String>,
}

impl PageQuery for ProtocolQualityQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

fn day(field: &str, said: Option<&str>) -> Result<Option<Day>, Failure> {
    let Some(said) = said else {
        return Ok(None);
    };
    let day = Day::parse(said);
    day.map(Some)
        .ok_or_else(|| Failure::invalid(field, "must be a day like 2026-03-01"))
}

/// Lists devices, firmwares or models by how well they keep to their protocols, with the key figures
/// that are made of what devices say.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/protocol-quality",
    tag = "administration",
    operation_id = "list_protocol_quality",
    extensions(("x-access" = json!("analytics.quality.view")), ("x-scope" = json!("org"))),
    params(ProtocolQualityQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<ProtocolQualityOut>>),
        (status = 404, description = "No such station", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<ProtocolQualityQuery>,
) -> Answer<PageOut<ProtocolQualityOut>> {
    let request = query.page_request()?;
    let grouping = one_of("group", query.group.as_deref(), &GROUPS, name_of)?;
    let sort = among("sort", query.sort.as_deref(), &SORTS)?.unwrap_or("score");
    let asked = QualityQuery {
        from: day("from", query.from.as_deref())?,
        to: day("to", query.to.as_deref())?,
        device: None,
        protocol: query.protocol.clone(),
        model: query.model.clone(),
        firmware: query.firmware.clone(),
        station: query.station_id,
        scope,
    };
    let grouping = grouping.unwrap_or(Grouping::Device);
    let mut found = api.app().protocol_quality(&asked, grouping).await?;
    found.sort_by(|a, b| compare(sort, &a.evidence, &b.evidence));
    Ok(ok(PageOut::of(paged(&found, request), |found| {
        ProtocolQualityOut::of(found, api.app())
    })))
}

/// A page of groups that are all there.
fn paged(found: &[Found], request: PageRequest) -> Page<&Found> {
    let skipped = (request.page as usize - 1).saturating_mul(request.size as usize);
    let rows = found.iter().skip(skipped).take(request.size as usize);
    Page {
        items: rows.collect(),
        total: i64::try_from(found.len()).unwrap_or(i64::MAX),
        page: request.page,
        size: request.size,
    }
}

/// Those without a score stand at the end, whichever way the list goes.
fn compare(sort: &str, a: &Evidence, b: &Evidence) -> Ordering {
    let by = sort.trim_start_matches('-');
    let turned = |order: Ordering| {
        if sort.starts_with('-') {
            order.reverse()
        } else {
            order
        }
    };
    match by {
        "violations" => turned(a.violations().cmp(&b.violations())),
        "bad_frames" => turned(a.bad_frames.cmp(&b.bad_frames)),
        _ => match (a.score(), b.score()) {
            (Some(a), Some(b)) => turned(a.cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
    }
}

/// Whose days or examples.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QualityDaysQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// Of this device only.
    phy_id: Option<String>,
    /// Of this protocol only, for example `bkv`.
    protocol: Option<String>,
    /// Of this model only; empty for those that have named none.
    model: Option<String>,
    /// Of this firmware only.
    firmware: Option<String>,
    /// At this station only.
    station_id: Option<i64>,
    /// From this day on, for example `2026-03-01`; six days before the last when absent.
    from: Option<String>,
    /// Until this day, included; today when absent. At most 92 days.
    to: Option<String>,
}

impl PageQuery for QualityDaysQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

impl QualityDaysQuery {
    fn asked(&self, scope: Scope) -> Result<QualityQuery, Failure> {
        Ok(QualityQuery {
            from: day("from", self.from.as_deref())?,
            to: day("to", self.to.as_deref())?,
            device: self.phy_id.as_deref().map(device_id).transpose()?,
            protocol: self.protocol.clone(),
            model: self.model.clone(),
            firmware: self.firmware.clone(),
            station: self.station_id,
            scope,
        })
    }
}

/// Lists the quality of protocols by day, the oldest first: how a device, a firmware or a model
/// has been.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/protocol-quality/days",
    tag = "administration",
    operation_id = "list_protocol_quality_days",
    extensions(("x-access" = json!("analytics.quality.view")), ("x-scope" = json!("org"))),
    params(QualityDaysQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<QualityDayOut>>),
        (status = 404, description = "No such device or station", body = Refusal),
    )
)]
pub(crate) async fn days(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<QualityDaysQuery>,
) -> Answer<PageOut<QualityDayOut>> {
    let request = query.page_request()?;
    let asked = query.asked(scope)?;
    let found = api.app().protocol_quality(&asked, Grouping::Day).await?;
    Ok(ok(PageOut::of(paged(&found, request), |found| {
        QualityDayOut::of(found, api.app())
    })))
}

/// Lists the last examples of broken rules, one for each device, rule and day; the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/protocol-quality/examples",
    tag = "administration",
    operation_id = "list_protocol_quality_examples",
    extensions(("x-access" = json!("analytics.quality.view")), ("x-scope" = json!("org"))),
    params(QualityDaysQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<QualityExampleOut>>),
        (status = 404, description = "No such device or station", body = Refusal),
    )
)]
pub(crate) async fn examples(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<QualityDaysQuery>,
) -> Answer<PageOut<QualityExampleOut>> {
    let request = query.page_request()?;
    let asked = query.asked(scope)?;
    let page = api.app().protocol_quality_examples(&asked, request).await?;
    Ok(ok(PageOut::of(page, QualityExampleOut::from)))
}

/// Which days of a device.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeviceQualityQuery {
    /// From this day on, for example `2026-03-01`; six days before the last when absent.
    from: Option<String>,
    /// Until this day, included; today when absent. At most 92 days.
    to: Option<String>,
}

/// Everything about how a device keeps to its protocol.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceQualityOut {
    /// All days together.
    sum: ProtocolQualityOut,
    /// What its protocol obliges it to tell: `periodic_status` or `periodic_meter`, with it
    /// `voltage`, `current`, `power`, `charge`; `end_report`, `exception_report`, `port_count`.
    duties: Vec<&'static str>,
    /// The last examples of broken rules, the newest first.
    examples: Vec<QualityExampleOut>,
    /// By day, the oldest first.
    days: Vec<QualityDayOut>,
}

/// Shows what the score of a device is made of, with its duties, examples and days.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/protocol-quality/devices/{phy_id}",
    tag = "administration",
    operation_id = "show_protocol_quality",
    extensions(("x-access" = json!("analytics.quality.view"))),
    params(
        ("phy_id" = String, Path, description = "The device", example = "82210225000520"),
        DeviceQualityQuery
    ),
    responses(
        (status = 200, description = "Everything", body = Envelope<DeviceQualityOut>),
        (status = 404, description = "No such device, or nothing of it", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(device): At<PhyId>,
    Filter(query): Filter<DeviceQualityQuery>,
) -> Answer<DeviceQualityOut> {
    let asked = QualityQuery {
        from: day("from", query.from.as_deref())?,
        to: day("to", query.to.as_deref())?,
        device: Some(device),
        ..QualityQuery::default()
    };
    let detail = api.app().protocol_quality_detail(&asked).await?;
    let examples = detail.examples.into_iter().map(QualityExampleOut::from);
    Ok(ok(DeviceQualityOut {
        sum: ProtocolQualityOut::of(&detail.sum, api.app()),
        duties: detail.duties.iter().map(|duty| duty.as_str()).collect(),
        examples: examples.collect(),
        days: detail
            .days
            .iter()
            .map(|day| QualityDayOut::of(day, api.app()))
            .collect(),
    }))
}
