use crate::Api;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::payload::Filter;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery};
use app::queries::FrameView;
use axum::extract::State;
use kernel::{PhyId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::net::IpAddr;
use store::comm_logs::CommLogFilter;
use utoipa::{IntoParams, ToSchema};

/// Which lines a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// Of this kind only: `register`, `heartbeat`, `start`, `record`, `status`, `noise` …
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Of this device only.
    phy_id: Option<String>,
    /// Of the device of this order only, from a minute before the order until ten minutes
    /// after it.
    order_no: Option<String>,
    /// From or to this address only.
    #[param(value_type = Option<String>)]
    ip: Option<IpAddr>,
    /// `up` (from the device) or `down` only.
    direction: Option<String>,
    /// At or after this instant only, Unix seconds.
    from: Option<i64>,
    /// Before this instant only, Unix seconds.
    to: Option<i64>,
    /// With the fields of each frame one by one, with their bytes.
    fields: Option<bool>,
}

impl PageQuery for LogQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

impl LogQuery {
    fn filter(&self) -> Result<CommLogFilter, Failure> {
        if self
            .direction
            .as_deref()
            .is_some_and(|text| !matches!(text, "up" | "down"))
        {
            return Err(Failure::invalid("direction", "must be up or down"));
        }
        Ok(CommLogFilter {
            kind: self.kind.clone(),
            phy_id: self.phy_id.as_deref().map(device_id).transpose()?,
            ip: self.ip.map(|ip| ip.to_string()),
            direction: self.direction.clone(),
            from: self.from.map(|at| instant("from", at)).transpose()?,
            until: self.to.map(|at| instant("to", at)).transpose()?,
            ..CommLogFilter::default()
        })
    }
}

impl LogQuery {
    /// The filter, narrowed to the life of an order if one is named.
    async fn filter_for(&self, api: &Api) -> Result<CommLogFilter, Failure> {
        let mut filter = self.filter()?;
        if let Some(text) = &self.order_no {
            let order_no = text
                .parse()
                .map_err(|_| Failure::invalid("order_no", "must be an order number"))?;
            let (device, from, until) = api.app().order_stretch(order_no).await?;
            filter.phy_id = Some(device);
            filter.from = Some(filter.from.map_or(from, |given| given.max(from)));
            filter.until = Some(filter.until.map_or(until, |given| given.min(until)));
        }
        Ok(filter)
    }
}

/// Unix seconds of a query, within what a database can hold.
fn instant(field: &str, seconds: i64) -> Result<Timestamp, Failure> {
    /// The year 9999.
    const LATEST: i64 = 253_402_300_799;
    if (0..=LATEST).contains(&seconds) {
        Ok(Timestamp::from_unix_seconds(seconds))
    } else {
        Err(Failure::invalid(field, "must be Unix seconds"))
    }
}

/// A line of the communication log.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogLineOut {
    /// Its id, as text: it has more digits than a browser counts exactly. Grows with time.
    #[schema(example = "1847329105238016001")]
    id: String,
    /// When, Unix milliseconds.
    #[schema(example = 1_729_407_600_123_i64)]
    at_ms: i64,
    /// Address of the peer.
    #[schema(example = "203.0.113.7")]
    ip: String,
    /// The device; none for a stranger that named none.
    device_phy_id: Option<String>,
    /// `up` (from the device) or `down`.
    #[schema(example = "up")]
    direction: String,
    /// `register`, `heartbeat`, `start`, `record`, `status`, `noise` …
    #[schema(example = "record")]
    r#type: String,
    /// The wire command.
    #[schema(example = "0x0003")]
    cmd: Option<String>,
    /// The message id, where the frame has one.
    msg_id: Option<i64>,
    /// The bytes, hexadecimal.
    #[schema(example = "FCFE0018…")]
    raw_hex: String,
    /// The fields of the frame, where the bytes are one.
    decoded: Option<Value>,
    /// The same one by one in the order of the wire, where they were asked for and can be told:
    /// `offset`, `length`, `hex`, `name`, `value`, `meaning`, `about`.
    fields: Option<Value>,
    /// What became of it, or why it is noise.
    result: Option<String>,
}

impl From<FrameView> for LogLineOut {
    fn from(view: FrameView) -> Self {
        let FrameView {
            line,
            decoded,
            fields,
        } = view;
        Self {
            id: line.id.to_string(),
            at_ms: line.at.0,
            ip: line.ip,
            device_phy_id: line.phy_id.as_ref().map(PhyId::to_string),
            direction: line.direction,
            r#type: line.kind,
            cmd: line.cmd,
            msg_id: line.msg_id,
            raw_hex: line.raw_hex,
            decoded,
            fields,
            result: line.result,
        }
    }
}

/// Shows the communication log (通讯日志), newest first, its frames decoded.
#[utoipa::path(
    get,
    path = "/api/v1/admin/comm-logs",
    tag = "administration",
    operation_id = "comm_logs",
    extensions(
        ("x-access" = json!("ops.commlog.view")),
        ("x-dataset" = json!("comm_logs")),
        ("x-scope" = json!("org")),
    ),
    params(LogQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<LogLineOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<LogQuery>,
) -> Answer<PageOut<LogLineOut>> {
    let filter = CommLogFilter {
        scope,
        ..query.filter_for(&api).await?
    };
    let page = api
        .app()
        .comm_log_lines(&filter, query.fields == Some(true), query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, LogLineOut::from)))
}

/// Shows the noise of strangers, newest first: who they are is for an operator to find out.
#[utoipa::path(
    get,
    path = "/api/v1/admin/noise",
    tag = "administration",
    operation_id = "noise",
    extensions(("x-access" = json!("ops.commlog.view")), ("x-dataset" = json!("comm_logs"))),
    params(LogQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<LogLineOut>>))
)]
pub(crate) async fn noise(
    State(api): State<Api>,
    Filter(query): Filter<LogQuery>,
) -> Answer<PageOut<LogLineOut>> {
    let filter = CommLogFilter {
        kind: Some("noise".to_owned()),
        ..query.filter_for(&api).await?
    };
    let page = api
        .app()
        .comm_log_lines(&filter, query.fields == Some(true), query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, LogLineOut::from)))
}
