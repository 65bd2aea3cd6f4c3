//! The console's own operations: logging in, accounts, roles, organisations, stations, the audit
//! log, operations that wait for a second person.

mod admins;
mod audit;
mod look_as;
pub(crate) mod operations;
mod orgs;
mod permissions;
mod roles;
mod session;
mod station_grants;
mod stations;

pub(crate) use operations::OperationOut;
pub(crate) use orgs::company_mode;
pub(crate) use stations::area;

use crate::Api;
use crate::failure::Failure;
use crate::payload::Named;
use crate::routes::routes;
use serde::Deserialize;
use store::Sort;
use utoipa_axum::router::OpenApiRouter;

/// All its routes, still unguarded.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(session::log_in, session::show, session::log_out))
        .routes(routes!(session::refresh))
        .routes(routes!(session::change_password))
        .routes(routes!(session::offer_factor, session::set_factor))
        .routes(routes!(permissions::sidebar_of))
        .routes(routes!(permissions::default))
        .routes(routes!(permissions::upgrade))
        .routes(routes!(admins::list, admins::create))
        .routes(routes!(admins::show, admins::change))
        .routes(routes!(admins::enable))
        .routes(routes!(admins::reset_password))
        .routes(routes!(admins::unlock))
        .routes(routes!(admins::make_super))
        .routes(routes!(admins::sessions, admins::kick_all))
        .routes(routes!(admins::kick))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::show, roles::change, roles::remove))
        .routes(routes!(roles::copy))
        .merge(orgs::agents::routes())
        .routes(routes!(look_as::begin))
        .merge(orgs::merchants::routes())
        .merge(orgs::companies::routes())
        .routes(routes!(stations::list, stations::create))
        .routes(routes!(stations::show, stations::change))
        .routes(routes!(stations::bind))
        .routes(routes!(station_grants::show, station_grants::replace))
        .routes(routes!(audit::list))
        .routes(routes!(operations::list))
        .routes(routes!(operations::decide))
}

/// The order of a list, if it has one of that name.
pub(crate) fn sorted(sort: Option<&str>, known: Sort) -> Result<Option<&str>, Failure> {
    match sort {
        Some(name) if !known.knows(name) => Err(Failure::invalid(
            "sort",
            &format!("must be one of {}", known.names()),
        )),
        sort => Ok(sort),
    }
}

/// A text of 1 to `max` characters.
pub(crate) fn named(field: &str, said: &str, max: usize) -> Result<String, Failure> {
    let text = said.trim();
    if text.is_empty() || text.chars().count() > max {
        let problem = format!("must have 1 to {max} characters");
        return Err(Failure::invalid(field, &problem));
    }
    Ok(text.to_owned())
}

/// A number of a mobile telephone, if there is one.
pub(crate) fn mobile(phone: Option<String>) -> Result<Option<String>, Failure> {
    if let Some(phone) = &phone {
        app::check_phone(phone)?;
    }
    Ok(phone)
}

/// A text of at most `max` characters; an empty one counts as none.
pub(crate) fn optional(
    field: &str,
    said: Option<String>,
    max: usize,
) -> Result<Option<String>, Failure> {
    match said {
        Some(text) if text.chars().count() > max => Err(Failure::invalid(
            field,
            &format!("must have at most {max} characters"),
        )),
        said => Ok(said.filter(|text| !text.trim().is_empty())),
    }
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident $what:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Deserialize)]
        pub(crate) struct $name(pub(crate) i64);

        impl Named for $name {
            const NAME: &'static str = $what;
        }
    )*};
}

ids! {
    /// An account.
    AdminId "account";
    /// A role.
    RoleId "role";
    /// An organisation.
    OrgId "organisation";
    /// A station.
    StationId "station";
    /// An operation that waits.
    OperationId "operation";
}

/// A session of an account: both ids.
#[derive(Clone, Copy, Deserialize)]
pub(crate) struct SessionOf(pub(crate) i64, pub(crate) i64);

impl Named for SessionOf {
    const NAME: &'static str = "session";
}
