//! Marketing at the console: activities, coupons and who has them, codes, rules of points and
//! check-ins, banners.

pub(super) mod activities;
pub(super) mod banners;
pub(super) mod codes;
pub(super) mod coupons;
pub(super) mod grants;
pub(super) mod rules;

use crate::Api;
use crate::failure::Failure;
use crate::payload::Named;
use crate::routes::routes;
use kernel::Timestamp;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

/// The end of the year 9999, Unix seconds.
const LAST_SECOND: i64 = 253_402_300_799;

/// All its routes, still unguarded.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(activities::list, activities::create))
        .routes(routes!(activities::show, activities::change))
        .routes(routes!(activities::publish))
        .routes(routes!(activities::close))
        .routes(routes!(coupons::list, coupons::create))
        .routes(routes!(coupons::show, coupons::change))
        .routes(routes!(coupons::disable))
        .routes(routes!(codes::make))
        .routes(routes!(codes::list))
        .routes(routes!(codes::take_out))
        .routes(routes!(codes::end))
        .routes(routes!(grants::list, grants::give))
        .routes(routes!(grants::give_to_crowd))
        .routes(routes!(grants::revoke))
        .routes(routes!(rules::points, rules::set_points))
        .routes(routes!(rules::check_in, rules::set_check_in))
        .routes(routes!(banners::list, banners::add))
        .routes(routes!(banners::change, banners::remove))
}

/// An instant of a body or a query.
pub(super) fn instant(field: &str, seconds: i64) -> Result<Timestamp, Failure> {
    if (0..=LAST_SECOND).contains(&seconds) {
        Ok(Timestamp::from_unix_seconds(seconds))
    } else {
        Err(Failure::invalid(field, "must be Unix seconds"))
    }
}

/// The two instants by which lists are narrowed.
pub(super) fn between(
    from: Option<i64>,
    to: Option<i64>,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Failure> {
    let from = from.map(|at| instant("from", at)).transpose()?;
    let to = to.map(|at| instant("to", at)).transpose()?;
    Ok((from, to))
}

macro_rules! row_ids {
    ($($(#[$meta:meta])* $name:ident $what:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) i64);

        impl Named for $name {
            const NAME: &'static str = $what;
        }
    )*};
}

row_ids! {
    /// An activity.
    ActivityRow "activity";
    /// A banner.
    BannerRow "banner";
    /// A batch of codes.
    CodeBatchRow "batch of codes";
    /// A coupon's template.
    TemplateRow "coupon";
    /// A coupon in a member's hand.
    GrantId "coupon";
}
