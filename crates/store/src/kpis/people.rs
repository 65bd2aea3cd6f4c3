//! Members who charged: the same person counts once, wherever they charge within an organisation.

use super::{Of, read};
use crate::db::{args, row};
use crate::{Conn, Result};
use domain::kpi::{Business, Counts, Figure};
use kernel::Timestamp;

row! {
    struct Row {
        pub object_id: i64,
        pub active: i64,
        pub came_before: i64,
    }
}

macro_rules! people {
    ($object:literal, $from:literal) => {
        concat!(
            "select ",
            $object,
            " as object_id, count(distinct o.member_id) as active, \
             count(distinct case when m.registered_at < $3 then o.member_id end) as came_before \
             from orders o join members m on m.id = o.member_id ",
            $from,
            " where o.end_time >= $1 and o.end_time < $2 and o.status = 'completed' group by ",
            $object
        )
    };
}

/// The members who charged in a time, and those of them who had come before `day`, for each
/// station and for each organisation.
pub async fn people(
    mut conn: Conn<'_>,
    from: Timestamp,
    to: Timestamp,
    day: Timestamp,
) -> Result<Vec<(Of, i64, Figure, Counts)>> {
    let at_stations = people!("coalesce(o.station_id, 0)", "");
    let in_orgs = people!(
        "g.id",
        "join orgs g on coalesce(o.org_path, '/1/') like g.path || '%' \
         or o.operator_path like g.path || '%'"
    );
    let mut all = Vec::new();
    for (of, sql) in [(Of::Station, at_stations), (Of::Org, in_orgs)] {
        let rows: Vec<Row> = conn.again().all(sql, args![from, to, day]).await?;
        for row in rows {
            for (figure, count) in [
                (Business::MembersActive, row.active),
                (Business::MembersReturning, row.came_before),
            ] {
                let counts = Counts::of(read(count), 0);
                all.push((of, row.object_id, Figure::from(figure), counts));
            }
        }
    }
    Ok(all)
}
