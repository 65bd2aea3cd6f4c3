//! What operators keep for the whole system: settings, dictionaries, notices, payment channels,
//! texts of short messages, keys, the list of permissions.

mod api_keys;
mod backups;
mod dict_entries;
mod dicts;
pub(crate) mod notices;
mod payment_channels;
mod permissions;
mod settings;
mod texts;

use crate::Api;
use crate::failure::Failure;
use crate::payload::Named;
use crate::routes::routes;
use crate::view::PageQuery;
use kernel::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

/// The year 9999 in Unix seconds.
const SECONDS_MAX: i64 = 253_402_300_799;

/// All its routes, still unguarded.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(settings::list))
        .routes(routes!(settings::change))
        .routes(routes!(settings::history))
        .routes(routes!(dicts::list, dicts::add))
        .routes(routes!(dicts::show, dicts::change, dicts::remove))
        .routes(routes!(dict_entries::add))
        .routes(routes!(dict_entries::change, dict_entries::remove))
        .routes(routes!(notices::list, notices::add))
        .routes(routes!(notices::show, notices::change, notices::remove))
        .routes(routes!(notices::for_staff))
        .routes(routes!(payment_channels::list))
        .routes(routes!(payment_channels::enable))
        .routes(routes!(payment_channels::test))
        .routes(routes!(texts::list))
        .routes(routes!(texts::change))
        .routes(routes!(texts::test))
        .routes(routes!(texts::log))
        .routes(routes!(api_keys::list, api_keys::add))
        .routes(routes!(api_keys::show, api_keys::change))
        .routes(routes!(api_keys::rotate))
        .routes(routes!(api_keys::enable))
        .routes(routes!(permissions::list))
        .routes(routes!(backups::list, backups::make))
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SystemQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for SystemQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// A name in a path: of a setting, a dictionary, a text.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Code(String);

impl Named for Code {
    const NAME: &'static str = "page";
}

/// Unix seconds as an instant.
pub(crate) fn instant(field: &str, seconds: i64) -> Result<Timestamp, Failure> {
    if (0..=SECONDS_MAX).contains(&seconds) {
        Ok(Timestamp::from_unix_seconds(seconds))
    } else {
        Err(Failure::invalid(field, "must be Unix seconds"))
    }
}
