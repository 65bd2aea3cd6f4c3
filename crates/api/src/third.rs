//! The third-party API: start, stop, look, set parameters.

mod charge;
mod commands;
mod definitions;
mod devices;
mod orders;
mod params;
mod stop;

pub(crate) use devices::device_status;
pub(crate) use orders::device_id;
pub(crate) use params::{ParamBody, ParamsBody};

use crate::Api;
use crate::routes::routes;
use utoipa_axum::router::OpenApiRouter;

/// All its routes, still unguarded.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(charge::charge))
        .routes(routes!(stop::stop))
        .routes(routes!(devices::device))
        .routes(routes!(devices::devices))
        .routes(routes!(orders::order))
        .routes(routes!(orders::orders))
        .routes(routes!(orders::samples))
        .routes(routes!(params::params))
        .routes(routes!(commands::command))
        .routes(routes!(definitions::definitions))
}
