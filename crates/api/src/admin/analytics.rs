//! Analytics (数据分析): tables by the hour, day, week or month, and what stands beside them. Each is a
//! list: it can be exported as it is shown.

mod finance;
mod members;
mod operation;
mod orders;
mod quality;

use crate::Api;
use crate::choice::one_of;
use crate::failure::Failure;
use crate::view::{PageOut, PageQuery};
use app::{Granularity, KpiQuery, Slice, StepQuery};
use domain::org::Scope;
use kernel::Timestamp;
use store::Page;
use utoipa_axum::router::OpenApiRouter;

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .merge(orders::routes())
        .merge(members::routes())
        .merge(finance::routes())
        .merge(operation::routes())
        .merge(quality::routes())
}

/// Makes the query of a table, with filters of its own.
macro_rules! analytics_query {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// Which page, 1 for the first.
            #[param(minimum = 1, example = 1)]
            page: Option<u32>,
            /// Rows per page; all that there are, up to 500, when absent.
            #[param(minimum = 1, maximum = 500, example = 100)]
            size: Option<u32>,
            /// Of this organisation only, with all below it.
            org_id: Option<i64>,
            /// In this area only: `510000` a province, `510100` a city, `510104` a district.
            area_code: Option<String>,
            /// Of this station only.
            station_id: Option<i64>,
            /// From the hour, day, week or month of this instant on, Unix seconds; when absent 24
            /// hours, 30 days, 12 weeks or 12 months back.
            from: Option<i64>,
            /// Until the end of that of this instant, which itself no longer counts, Unix seconds;
            /// now when absent.
            to: Option<i64>,
            /// `hour` (kept for 92 days), `day`, `week` (from Monday on), `month`; `day` when absent.
            granularity: Option<String>,
            $($(#[$field_doc])* $field: Option<$type>,)*
        }

        impl $crate::view::PageQuery for $name {
            fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
                (self.page, self.size.or(Some(store::PAGE_SIZE_MAX)))
            }
        }

        impl $name {
            fn steps(&self, scope: domain::org::Scope) -> Result<app::StepQuery, $crate::failure::Failure> {
                super::step_query(
                    scope,
                    (self.org_id, self.area_code.clone(), self.station_id),
                    (self.from, self.to),
                    self.granularity.as_deref(),
                )
            }
        }
    };
}
use analytics_query;

fn step_query(
    scope: Scope,
    (org, area, station): (Option<i64>, Option<String>, Option<i64>),
    (from, to): (Option<i64>, Option<i64>),
    granularity: Option<&str>,
) -> Result<StepQuery, Failure> {
    let all = &Granularity::ALL;
    let granularity = one_of("granularity", granularity, all, Granularity::as_str)?;
    let of = KpiQuery {
        station,
        org,
        scope,
    };
    Ok(StepQuery {
        slice: Slice { of, area },
        granularity: granularity.unwrap_or(Granularity::Day),
        from: from.map(Timestamp::from_unix_seconds),
        to: to.map(Timestamp::from_unix_seconds),
    })
}

/// A page of rows that are all there.
pub(super) fn paged<T>(rows: Vec<T>, query: &impl PageQuery) -> Result<PageOut<T>, Failure> {
    let request = query.page_request()?;
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let skipped = (request.page as usize - 1).saturating_mul(request.size as usize);
    let rows = rows.into_iter().skip(skipped).take(request.size as usize);
    let page = Page {
        items: rows.collect(),
        total,
        page: request.page,
        size: request.size,
    };
    Ok(PageOut::of(page, |row| row))
}

/// One number by another; none by nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "sums stand beside it, to the last digit"
)]
fn quotient(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
