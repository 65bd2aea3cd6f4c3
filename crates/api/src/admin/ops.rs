//! Operations (运维): whether everything hangs together, whether the program is well, which modules
//! run, which firmware may charge, what was certified.

mod certifications;
mod consistency;
mod decode;
mod firmware_blocks;
pub(crate) mod health;
mod modules;
mod nodes;
mod sessions;
mod stuck;

pub use certifications::report::certification_json;

use crate::Api;
use crate::routes::routes;
use utoipa_axum::router::OpenApiRouter;

/// All its routes, still unguarded.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(consistency::check, consistency::run))
        .routes(routes!(consistency::runs))
        .routes(routes!(consistency::findings))
        .routes(routes!(consistency::fix))
        .routes(routes!(modules::list))
        .routes(routes!(modules::switch))
        .routes(routes!(health::report))
        .routes(routes!(nodes::list))
        .routes(routes!(health::page))
        .routes(routes!(decode::decode))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::kick))
        .routes(routes!(stuck::list))
        .routes(routes!(stuck::fix))
        .routes(routes!(firmware_blocks::list, firmware_blocks::add))
        .routes(routes!(firmware_blocks::preview))
        .routes(routes!(firmware_blocks::show))
        .routes(routes!(firmware_blocks::lift))
        .routes(routes!(certifications::list, certifications::begin))
        .routes(routes!(certifications::show))
        .routes(routes!(certifications::cancel))
        .routes(routes!(certifications::report::report))
        .routes(routes!(certifications::report::html))
        .routes(routes!(certifications::models, certifications::certify))
}
