//! `consistency_findings`, `consistency_runs`, `sweep_requests`, and the looks at orders and ports
//! that need the database.

use crate::db::{Batch, Kind, Scalar, ToCell, args, row};
use crate::paging::{Listing, OF_DEVICE, Page, PageRequest, Whose};
use crate::{Conn, Result};
use domain::consistency::{Issue, Severity};
use domain::org::Scope;
use kernel::{DeviceId, OrderNo, PhyId, Timestamp};

crate::db::text_column! { Issue Severity }

row! {
    /// Something that does not hang together, as the database shows it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Found {
        /// What.
        pub issue_type: Issue,
        /// Which order, port, device or account.
        pub object_id: String,
        /// The order.
        pub order_no: Option<String>,
        /// The device.
        pub device_id: Option<i64>,
        /// Its id on the wire.
        pub phy_id: Option<String>,
        /// The port.
        pub port_no: Option<i32>,
        /// In words.
        pub details: String,
    }
}

/// The two checks over what is stored, for a look from outside of the running program. Orders and
/// ports that changed after `settled` are left out: the program writes ports a little later than
/// orders. At most `limit` of each.
pub async fn check_stored(
    mut conn: Conn<'_>,
    settled: Timestamp,
    limit: u16,
) -> Result<Vec<Found>> {
    let limit = i32::from(limit);
    let mut found: Vec<Found> = conn
        .again()
        .all(
            "select 'order_port_mismatch' as issue_type, o.order_no as object_id, o.order_no, \
             o.device_id, d.phy_id, cast(o.port_no as integer) as port_no, \
             'Order ' || o.order_no || ' status=' || o.status || ' but port status=' || p.state \
             as details from orders o \
             join ports p on p.device_id = o.device_id and p.port_no = o.port_no \
             left join devices d on d.id = o.device_id \
             where o.status = 'charging' and p.status <> 1 \
             and o.updated_at < $1 and p.updated_at < $1 order by o.id limit $2",
            args![settled, limit],
        )
        .await?;
    found.extend(
        conn.again()
            .all::<Found>(
                "select 'orphaned_charging_order' as issue_type, o.order_no as object_id, \
                 o.order_no, o.device_id, d.phy_id, cast(o.port_no as integer) as port_no, \
                 'Order ' || o.order_no || ' is charging but no active port found' as details \
                 from orders o left join devices d on d.id = o.device_id \
                 where o.status = 'charging' and o.updated_at < $1 and not exists \
                 (select 1 from ports p where p.device_id = o.device_id \
                 and p.port_no = o.port_no and (p.status = 1 or p.updated_at >= $1)) \
                 order by o.id limit $2",
                args![settled, limit],
            )
            .await?,
    );
    found.extend(duplicates(conn).await?);
    Ok(found)
}

/// Ports with several active orders. An index forbids them; this looks whether it is there.
pub async fn duplicates(conn: Conn<'_>) -> Result<Vec<Found>> {
    conn.all(
        "select 'duplicate_active_orders' as issue_type, \
         d.phy_id || '/' || cast(o.port_no as text) as object_id, \
         cast(null as text) as order_no, o.device_id, d.phy_id, \
         cast(o.port_no as integer) as port_no, \
         cast(count(*) as text) || ' active orders on one port' as details \
         from orders o join devices d on d.id = o.device_id \
         where o.status in ('pending', 'charging') group by o.device_id, d.phy_id, o.port_no \
         having count(*) > 1 limit 100",
        &[],
    )
    .await
}

/// All active orders, with their devices.
pub async fn active_orders(conn: Conn<'_>) -> Result<Vec<(OrderNo, PhyId)>> {
    row! {
        struct Active {
            pub order_no: OrderNo,
            pub phy_id: PhyId,
        }
    }
    let orders: Vec<Active> = conn
        .all(
            "select order_no, phy_id from orders where status in ('pending', 'charging')",
            &[],
        )
        .await?;
    let orders = orders.into_iter();
    Ok(orders.map(|order| (order.order_no, order.phy_id)).collect())
}

/// Charging orders without a sign of life since an instant, of which the program has not taken
/// care.
pub async fn silent_orders(
    conn: Conn<'_>,
    silent_since: Timestamp,
    limit: u16,
) -> Result<Vec<Found>> {
    conn.all(
        "select 'orphaned_charging_order' as issue_type, o.order_no as object_id, o.order_no, \
         o.device_id, d.phy_id, cast(o.port_no as integer) as port_no, \
         'Order ' || o.order_no || ' has shown no sign of life for too long' as details \
         from orders o left join devices d on d.id = o.device_id where o.status = 'charging' \
         and coalesce(o.start_time, o.created_at) < $1 \
         and coalesce(o.last_progress_at, o.created_at) < $1 \
         and coalesce(o.acked_at, o.created_at) < $1 order by o.id limit $2",
        args![silent_since, i32::from(limit)],
    )
    .await
}

row! {
    /// A row of `consistency_findings`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FindingRow {
        /// Its row.
        pub id: i64,
        /// What does not hang together.
        pub issue_type: Issue,
        /// Which order, port, device or account.
        pub object_id: String,
        /// The order.
        pub order_no: Option<String>,
        /// The device.
        pub device_id: Option<DeviceId>,
        /// Its id on the wire.
        pub phy_id: Option<String>,
        /// The port.
        pub port_no: Option<i32>,
        /// In words.
        pub details: String,
        /// How grave it has become.
        pub severity: Severity,
        /// When it was seen first.
        pub first_seen: Timestamp,
        /// When it was seen last.
        pub last_seen: Timestamp,
        /// In how many looks.
        pub seen: i32,
        /// What was done about it.
        pub action: Option<String>,
        /// When it was gone.
        pub resolved_at: Option<Timestamp>,
    }
}

macro_rules! columns {
    () => {
        "id, issue_type, object_id, order_no, device_id, phy_id, port_no, details, severity, \
         first_seen, last_seen, seen, action, resolved_at"
    };
}

/// All that is open.
pub async fn open(conn: Conn<'_>) -> Result<Vec<FindingRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from consistency_findings where resolved_at is null"
        ),
        &[],
    )
    .await
}

/// The finding with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<FindingRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from consistency_findings where id = $1"
        ),
        args![id],
    )
    .await
}

/// Writes what a look found: new ones, and known ones once more.
pub async fn put(conn: Conn<'_>, found: &[(Found, Severity)], now: Timestamp) -> Result<()> {
    static PUT: Batch<9> = Batch::new(
        "insert into consistency_findings (issue_type, object_id, order_no, device_id, phy_id, \
         port_no, details, severity, first_seen, last_seen) \
         select v.issue_type, v.object_id, v.order_no, v.device_id, v.phy_id, v.port_no, \
         v.details, v.severity, v.at, v.at from {rows} where true \
         on conflict (issue_type, object_id) where resolved_at is null do update set \
         last_seen = excluded.last_seen, seen = consistency_findings.seen + 1, \
         details = excluded.details, severity = excluded.severity",
        [
            ("issue_type", Kind::Text),
            ("object_id", Kind::Text),
            ("order_no", Kind::Text),
            ("device_id", Kind::Int),
            ("phy_id", Kind::Text),
            ("port_no", Kind::Int),
            ("details", Kind::Text),
            ("severity", Kind::Text),
            ("at", Kind::Time),
        ],
    );
    let rows: Vec<_> = found
        .iter()
        .map(|(found, severity)| {
            [
                found.issue_type.cell(),
                found.object_id.cell(),
                found.order_no.cell(),
                found.device_id.cell(),
                found.phy_id.cell(),
                found.port_no.cell(),
                found.details.cell(),
                severity.cell(),
                now.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await?;
    Ok(())
}

/// Writes what was done about a finding.
pub async fn note_action(conn: Conn<'_>, ids: &[i64], action: &str) -> Result<()> {
    static NOTE: Batch<2> = Batch::new(
        "update consistency_findings set action = v.action from {rows} \
         where consistency_findings.id = v.id",
        [("id", Kind::Int), ("action", Kind::Text)],
    );
    let rows: Vec<_> = ids.iter().map(|id| [id.cell(), action.cell()]).collect();
    NOTE.execute(conn, &rows).await?;
    Ok(())
}

/// Ends findings that a look has not found any more, and says what ended them.
pub async fn resolve(conn: Conn<'_>, ended: &[(i64, &str)], now: Timestamp) -> Result<()> {
    static RESOLVE: Batch<3> = Batch::new(
        "update consistency_findings set resolved_at = v.at, \
         action = coalesce(consistency_findings.action || ', ', '') || v.action from {rows} \
         where consistency_findings.id = v.id",
        [
            ("id", Kind::Int),
            ("action", Kind::Text),
            ("at", Kind::Time),
        ],
    );
    let rows: Vec<_> = ended
        .iter()
        .map(|(id, action)| [id.cell(), action.cell(), now.cell()])
        .collect();
    RESOLVE.execute(conn, &rows).await?;
    Ok(())
}

/// Which findings a list shows.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Those that are not over only.
    pub open: bool,
    /// Of this kind only.
    pub issue: Option<Issue>,
    /// As grave as this.
    pub severity: Option<Severity>,
    /// Of this order only.
    pub order_no: Option<String>,
    /// Of this device only.
    pub phy_id: Option<String>,
}

/// A page of findings, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    filter: &FindingFilter,
    page: PageRequest,
) -> Result<Page<FindingRow>> {
    let whose: Whose = OF_DEVICE;
    Listing::of(columns!(), "consistency_findings")
        .within(whose, scope)
        .only("resolved_at is null", filter.open)
        .narrow("issue_type =", filter.issue.as_ref())
        .narrow("severity =", filter.severity.as_ref())
        .narrow("order_no =", filter.order_no.as_ref())
        .narrow("phy_id =", filter.phy_id.as_ref())
        .page(conn, "id desc", page)
        .await
}

row! {
    /// A row of `consistency_runs`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RunRow {
        /// `schedule`, `api`.
        pub source: String,
        /// When.
        pub at: Timestamp,
        /// Charging orders that were looked at.
        pub checked: i64,
        /// Those that did not agree with their port.
        pub inconsistent: i64,
        /// Everything that was found.
        pub findings: i64,
        /// How long it took.
        pub took_ms: i64,
    }
}

/// Writes down a look.
pub async fn add_run(conn: Conn<'_>, run: &RunRow) -> Result<()> {
    conn.execute(
        "insert into consistency_runs (source, at, checked, inconsistent, findings, took_ms) \
         values ($1, $2, $3, $4, $5, $6)",
        args![
            run.source,
            run.at,
            run.checked,
            run.inconsistent,
            run.findings,
            run.took_ms
        ],
    )
    .await?;
    Ok(())
}

/// A page of looks, newest first.
pub async fn runs(conn: Conn<'_>, page: PageRequest) -> Result<Page<RunRow>> {
    Listing::of(
        "source, at, checked, inconsistent, findings, took_ms",
        "consistency_runs",
    )
    .page(conn, "id desc", page)
    .await
}

/// Forgets old looks and findings that are over.
pub async fn purge(mut conn: Conn<'_>, before: Timestamp, limit: u16) -> Result<()> {
    let limit = i32::from(limit);
    conn.again()
        .execute(
            "delete from consistency_runs where id in (select id from consistency_runs \
             where at < $1 order by at limit $2)",
            args![before, limit],
        )
        .await?;
    conn.execute(
        "delete from consistency_findings where id in (select id from consistency_findings \
         where last_seen < $1 and resolved_at is not null order by last_seen limit $2)",
        args![before, limit],
    )
    .await?;
    Ok(())
}

/// Takes the orders that somebody outside of the program wants looked at.
pub async fn take_requests(conn: Conn<'_>) -> Result<Vec<OrderNo>> {
    let taken: Vec<Scalar<OrderNo>> = conn
        .all(
            "delete from sweep_requests where order_no in \
             (select order_no from sweep_requests order by requested_at limit 1000) \
             returning order_no as value",
            &[],
        )
        .await?;
    Ok(taken.into_iter().map(|number| number.0).collect())
}
