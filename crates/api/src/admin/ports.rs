use crate::Api;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::Filter;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use app::queries::{PORTS_PER_PAGE_MAX, PortFilter, PortLine};
use axum::extract::State;
use device::PortState;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which ports a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PortQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 1000, example = 20)]
    size: Option<u32>,
    /// At this station only.
    station_id: Option<i64>,
    /// Of this device only.
    phy_id: Option<String>,
    /// In this state only: `unknown`, `idle`, `plugged`, `reserved`, `starting`, `charging`,
    /// `suspended`, `finishing`, `fault`, `disabled`.
    state: Option<String>,
    /// With a fault only, or without one only.
    faulty: Option<bool>,
    /// Of devices that can be reached only, or that cannot.
    online: Option<bool>,
    /// The `version` of an answer: only ports that have changed since then, whatever `state` and
    /// `faulty` say, so that a page learns of those that no longer fit.
    since: Option<String>,
}

impl PageQuery for PortQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }

    fn size_max(&self) -> u32 {
        PORTS_PER_PAGE_MAX
    }
}

/// A port as it is now.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortLineOut {
    /// Its device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// Its number.
    #[schema(example = 1)]
    port_no: u16,
    /// What people call the device.
    device_name: Option<String>,
    /// What people call the port.
    name: Option<String>,
    /// Its number for partners.
    connector_id: Option<String>,
    /// What kind of outlet it is.
    r#type: Option<String>,
    /// What its device speaks.
    #[schema(example = "bkv")]
    protocol: &'static str,
    /// Whether its device can be reached.
    online: bool,
    /// `unknown`, `idle`, `plugged`, `reserved`, `starting`, `charging`, `suspended`,
    /// `finishing`, `fault`, `disabled`.
    #[schema(example = "charging")]
    state: &'static str,
    /// 0 without a fault; 4 short circuit, 8 over-current, 16 over-temperature.
    #[schema(example = 0)]
    fault_code: u32,
    /// Power now, W.
    #[schema(example = 1500.5)]
    power_w: f64,
    /// Voltage, V.
    voltage: Option<f64>,
    /// Current, A.
    current: Option<f64>,
    /// °C.
    temp: Option<i16>,
    /// State of charge of the vehicle, %.
    soc: Option<u8>,
    /// Minutes until the vehicle is full.
    remaining_min: Option<u16>,
    /// Whether a plug is in, where the device can tell.
    plugged: Option<bool>,
    /// Rated power, W.
    rated_power_w: Option<f64>,
    /// The order that holds it.
    #[schema(example = "THD1729407600001")]
    order_no: Option<String>,
    /// Its station.
    station_id: Option<i64>,
    /// The same, for people.
    station_name: Option<String>,
    /// When it was last heard of, Unix seconds.
    reported_at: Option<i64>,
}

impl From<PortLine> for PortLineOut {
    fn from(line: PortLine) -> Self {
        let (device_name, station_name) = line
            .device
            .map_or((None, None), |label| (label.name, label.station_name));
        let label = line.label;
        let (name, connector_id, kind) = label.map_or((None, None, None), |label| {
            (label.name, label.connector_id, label.kind)
        });
        Self {
            device_phy_id: line.phy_id.to_string(),
            port_no: line.port_no.0,
            device_name,
            name,
            connector_id,
            r#type: kind,
            protocol: line.protocol,
            online: line.online,
            state: line.state.as_str(),
            fault_code: line.fault_code,
            power_w: line.power.watts(),
            voltage: line.voltage.map(kernel::Voltage::volts),
            current: line.current.map(kernel::Current::amperes),
            temp: line.temperature_c,
            soc: line.soc,
            remaining_min: line.remaining_min,
            plugged: line.plugged,
            rated_power_w: (line.rated_power.0 != 0).then(|| line.rated_power.watts()),
            order_no: line.order_no.map(|order_no| order_no.to_string()),
            station_id: line.station_id,
            station_name,
            reported_at: seconds(line.reported_at),
        }
    }
}

/// A page of ports, and from where to follow them.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortsOut {
    /// The rows, by device and number.
    #[serde(flatten)]
    page: PageOut<PortLineOut>,
    /// What to give as `since` to learn what has changed from here on.
    #[schema(example = "192a9d0c600-1f")]
    version: String,
    /// Whether these are all ports, not only those that have changed: nothing was said of `since`,
    /// or it could not be followed, because the program has started anew or ports have gone.
    whole: bool,
}

/// Lists the ports of the fleet with their live values.
///
/// A page that shows them asks once for all, and then with `since` for what has changed, each time
/// the topic `ports` is told to have changed.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ports",
    tag = "administration",
    operation_id = "list_ports",
    extensions(("x-access" = json!("device.port.view")), ("x-scope" = json!("org"))),
    params(PortQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PortsOut>),
        (status = 404, description = "No such device or station", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<PortQuery>,
) -> Answer<PortsOut> {
    let state = query.state.as_deref().map(|text| {
        PortState::parse(text).ok_or_else(|| {
            let problem = "must be unknown, idle, plugged, reserved, starting, charging, \
                           suspended, finishing, fault or disabled";
            Failure::invalid("state", problem)
        })
    });
    let filter = PortFilter {
        station_id: query.station_id,
        phy_id: query.phy_id.as_deref().map(device_id).transpose()?,
        state: state.transpose()?,
        faulty: query.faulty,
        online: query.online,
        since: query.since.clone(),
        scope,
    };
    let request = query.page_request()?;
    let found = api.app().port_lines(&filter, request).await?;
    Ok(ok(PortsOut {
        page: PageOut::of(found.page, PortLineOut::from),
        version: found.version,
        whole: found.whole,
    }))
}
