//! `station_grants`: stations that an organisation sees although somebody else has them.

use crate::db::{Scalar, args, row};
use crate::{Conn, Result};
use kernel::Timestamp;
use std::collections::BTreeSet;

row! {
    /// A row of `station_grants`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StationGrant {
        /// Who sees the station.
        pub org_id: i64,
        /// What they are called.
        pub org_name: String,
        /// Who granted it.
        pub granted_by: String,
        /// When.
        pub granted_at: Timestamp,
    }
}

/// The stations that an organisation was shown.
pub async fn to_org(conn: Conn<'_>, org_id: i64) -> Result<BTreeSet<i64>> {
    let found: Vec<Scalar<i64>> = conn
        .all(
            "select station_id as value from station_grants where org_id = $1",
            args![org_id],
        )
        .await?;
    Ok(found.into_iter().map(|Scalar(id)| id).collect())
}

/// Who was shown a station.
pub async fn of_station(conn: Conn<'_>, station_id: i64) -> Result<Vec<StationGrant>> {
    conn.all(
        "select g.org_id, o.name as org_name, g.granted_by, g.granted_at from station_grants g \
         join orgs o on o.id = g.org_id where g.station_id = $1 order by g.org_id",
        args![station_id],
    )
    .await
}

/// Shows a station to exactly those organisations.
pub async fn replace(
    mut conn: Conn<'_>,
    station_id: i64,
    org_ids: &BTreeSet<i64>,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    let before = of_station(conn.again(), station_id).await?;
    for gone in before.iter().filter(|row| !org_ids.contains(&row.org_id)) {
        conn.again()
            .execute(
                "delete from station_grants where station_id = $1 and org_id = $2",
                args![station_id, gone.org_id],
            )
            .await?;
    }
    for org_id in org_ids {
        conn.again()
            .execute(
                "insert into station_grants (station_id, org_id, granted_by, granted_at) \
                 values ($1, $2, $3, $4) on conflict (station_id, org_id) do nothing",
                args![station_id, *org_id, by, now],
            )
            .await?;
    }
    Ok(())
}
