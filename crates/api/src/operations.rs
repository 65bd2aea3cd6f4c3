//! What machines ask: is it alive, is it ready, what does it count.

use crate::Api;
use crate::envelope::{self, Answer, Envelope, ok};
use app::ModuleState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// A database that does not answer within this time is not ready.
const PING_TIME_MAX: Duration = Duration::from_secs(2);

/// The content type of Prometheus' text format.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The program lives.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// Version of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Tells that the program lives. Asks nothing else.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operations",
    operation_id = "healthz",
    responses((status = 200, description = "It lives", body = Envelope<Health>))
)]
pub(crate) async fn healthz() -> Answer<Health> {
    Ok(ok(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// What the program needs in order to serve.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadinessOut {
    /// The database answers and can write.
    database: bool,
    /// Devices can connect.
    listeners: bool,
    /// How the modules of each tier are doing, the worst of them: `ok`, `off`, `resting`,
    /// `failing`.
    #[schema(example = json!({"L0": "ok", "L1": "ok", "L2": "resting", "L3": "ok"}))]
    tiers: BTreeMap<&'static str, &'static str>,
}

fn tiers(modules: &[ModuleState]) -> BTreeMap<&'static str, &'static str> {
    let grade = |word| {
        ["ok", "off", "resting", "failing"]
            .iter()
            .position(|known| *known == word)
    };
    let mut tiers = BTreeMap::new();
    for state in modules {
        let word = tiers.entry(state.module.tier().as_str()).or_insert("ok");
        if grade(state.word()) > grade(*word) {
            *word = state.word();
        }
    }
    tiers
}

/// Tells whether devices and callers should be sent here.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    operation_id = "readyz",
    responses(
        (status = 200, description = "Ready", body = Envelope<ReadinessOut>),
        (status = 503, description = "Not ready, or shutting down", body = Envelope<ReadinessOut>),
    )
)]
pub(crate) async fn readyz(State(api): State<Api>) -> Response {
    let ping = timeout(PING_TIME_MAX, api.app().db().ping()).await;
    let state = ReadinessOut {
        database: matches!(ping, Ok(Ok(()))),
        listeners: api.readiness().get(),
        tiers: tiers(&api.app().modules()),
    };
    if state.database && state.listeners {
        ok(state).into_response()
    } else {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        envelope::json(status, &Envelope::new(status.as_u16(), "not ready", state))
    }
}

/// Shows all counters in Prometheus' text format.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    operation_id = "metrics",
    responses((status = 200, description = "All counters", body = String,
        content_type = "text/plain"))
)]
pub(crate) async fn metrics(State(api): State<Api>) -> Response {
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], api.metrics().render()).into_response()
}
