//! `interface_calls`: calls of the interfaces, counted by the hour.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::Timestamp;

/// Rows of a sum.
const TOTALS_MAX: i64 = 500;

row! {
    /// A row of `interface_calls`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CallCount {
        /// The hour's beginning.
        pub hour: Timestamp,
        /// `GET` …
        pub method: String,
        /// The route, with its parameters by name.
        pub route: String,
        /// Who called.
        pub caller: String,
        /// How often.
        pub calls: i64,
        /// Answers of 400 to 499.
        pub refused: i64,
        /// Answers from 500 on.
        pub failed: i64,
        /// Milliseconds of all together.
        pub total_ms: i64,
        /// Milliseconds of the longest.
        pub most_ms: i64,
    }
}

/// Adds counts to their hours.
pub async fn add(conn: Conn<'_>, counts: &[CallCount]) -> Result<u64> {
    static ADD: Batch<9> = Batch::new(
        "insert into interface_calls (hour, method, route, caller, calls, refused, failed, \
         total_ms, most_ms) select v.hour, v.method, v.route, v.caller, v.calls, v.refused, \
         v.failed, v.total_ms, v.most_ms from {rows} where true \
         on conflict (hour, method, route, caller) do update set \
         calls = interface_calls.calls + excluded.calls, \
         refused = interface_calls.refused + excluded.refused, \
         failed = interface_calls.failed + excluded.failed, \
         total_ms = interface_calls.total_ms + excluded.total_ms, \
         most_ms = case when excluded.most_ms > interface_calls.most_ms \
         then excluded.most_ms else interface_calls.most_ms end",
        [
            ("hour", Kind::Time),
            ("method", Kind::Text),
            ("route", Kind::Text),
            ("caller", Kind::Text),
            ("calls", Kind::Int),
            ("refused", Kind::Int),
            ("failed", Kind::Int),
            ("total_ms", Kind::Int),
            ("most_ms", Kind::Int),
        ],
    );
    let rows: Vec<_> = counts
        .iter()
        .map(|count| {
            [
                count.hour.cell(),
                count.method.cell(),
                count.route.cell(),
                count.caller.cell(),
                count.calls.cell(),
                count.refused.cell(),
                count.failed.cell(),
                count.total_ms.cell(),
                count.most_ms.cell(),
            ]
        })
        .collect();
    ADD.execute(conn, &rows).await
}

/// Which counts are shown.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// From this hour on only.
    pub from: Option<Timestamp>,
    /// Before this instant only.
    pub until: Option<Timestamp>,
    /// Of routes with this part only.
    pub route: Option<String>,
    /// Of this caller only.
    pub caller: Option<String>,
    /// With this method only.
    pub method: Option<String>,
}

/// A page of hours, the newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &CallFilter,
    page: PageRequest,
) -> Result<Page<CallCount>> {
    Listing::of(
        "hour, method, route, caller, calls, refused, failed, total_ms, most_ms",
        "interface_calls",
    )
    .narrow("hour >=", filter.from.as_ref())
    .narrow("hour <", filter.until.as_ref())
    .narrow("caller =", filter.caller.as_ref())
    .narrow("method =", filter.method.as_ref())
    .containing("route", filter.route.as_deref())
    .page(conn, "hour desc, calls desc, route, method, caller", page)
    .await
}

/// The sums of some hours by route and caller, the most called first.
pub async fn totals(conn: Conn<'_>, from: Timestamp, until: Timestamp) -> Result<Vec<CallCount>> {
    conn.all(
        "select min(hour) as hour, method, route, caller, cast(sum(calls) as bigint) as calls, \
         cast(sum(refused) as bigint) as refused, cast(sum(failed) as bigint) as failed, \
         cast(sum(total_ms) as bigint) as total_ms, max(most_ms) as most_ms \
         from interface_calls where hour >= $1 and hour < $2 group by method, route, caller \
         order by 5 desc, route, method, caller limit $3",
        args![from, until, TOTALS_MAX],
    )
    .await
}

/// Deletes hours from before an instant. Returns how many.
pub async fn purge(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute("delete from interface_calls where hour < $1", args![before])
        .await
}
