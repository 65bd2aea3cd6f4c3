//! `devices.session_run` and `session_epoch`: which run holds the connection of a device. A claim
//! counts the epoch up, so that whoever held the device before can tell that it has moved.

use crate::db::{Batch, Cell, Kind, Scalar, ToCell, args, row};
use crate::{Conn, Result};
use kernel::{DeviceId, PhyId, RunId};

row! {
    /// A device that was claimed.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Claim {
        /// The device.
        pub id: DeviceId,
        /// The epoch that begins with the claim.
        pub session_epoch: i64,
        /// The run that held it before, if any did.
        pub before: Option<RunId>,
    }
}

row! {
    /// A session: one that has ended, or one of many.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Session {
        /// The device.
        pub id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// Its epoch.
        pub session_epoch: i64,
    }
}

/// Makes a run the holder of devices. A device that does not exist any more is left out.
pub async fn claim(conn: Conn<'_>, run: RunId, devices: &[DeviceId]) -> Result<Vec<Claim>> {
    // Locked in the order of their rows, as the flush of live values does.
    static POSTGRES: Batch<2> = Batch::new(
        "with old as (select d.id, d.session_run, v.run_id from devices d \
         join {rows} on d.id = v.id order by d.id for update of d) \
         update devices set session_run = old.run_id, session_epoch = devices.session_epoch + 1 \
         from old where devices.id = old.id \
         returning devices.id as id, devices.session_epoch as session_epoch, \
         old.session_run as before",
        CLAIM_COLUMNS,
    );
    // Who held it before is lost here, where nobody else can have.
    static SQLITE: Batch<2> = Batch::new(
        "update devices set session_run = v.run_id, session_epoch = devices.session_epoch + 1 \
         from {rows} where devices.id = v.id \
         returning id, session_epoch, cast(null as integer) as before",
        CLAIM_COLUMNS,
    );
    let rows: Vec<_> = devices.iter().map(|id| [id.cell(), run.cell()]).collect();
    let claim = if conn.is_postgres() {
        &POSTGRES
    } else {
        &SQLITE
    };
    claim.all(conn, &rows).await
}

const CLAIM_COLUMNS: [(&str, Kind); 2] = [("id", Kind::Int), ("run_id", Kind::Int)];

/// Ends sessions of a run whose epochs are still the newest. Returns which: the others have been
/// taken over, and their devices are not away.
pub async fn release(
    conn: Conn<'_>,
    run: RunId,
    sessions: &[(DeviceId, i64)],
) -> Result<Vec<Session>> {
    static RELEASE: Batch<3> = Batch::new(
        "update devices set session_run = null from {rows} where devices.id = v.id \
         and devices.session_epoch = v.epoch and devices.session_run = v.run_id \
         returning devices.id as id, devices.phy_id as phy_id, \
         devices.session_epoch as session_epoch",
        [
            ("id", Kind::Int),
            ("epoch", Kind::Int),
            ("run_id", Kind::Int),
        ],
    );
    let mut sessions = sessions.to_vec();
    sessions.sort_unstable();
    let rows: Vec<_> = sessions
        .iter()
        .map(|(id, epoch)| [id.cell(), Cell::Int(*epoch), run.cell()])
        .collect();
    RELEASE.all(conn, &rows).await
}

/// Ends the sessions of a run that has ended, at most `limit` of them.
pub async fn release_of_run(conn: Conn<'_>, run: RunId, limit: u16) -> Result<Vec<Session>> {
    let sql = conn.choose(
        "update devices set session_run = null where id in (select id from devices \
         where session_run = $1 order by id limit $2) returning id, phy_id, session_epoch",
        "update devices set session_run = null where id in (select id from devices \
         where session_run = $1 order by id limit $2 for update) \
         returning id, phy_id, session_epoch",
    );
    conn.all(sql, args![run, limit]).await
}

/// All runs that hold a device.
pub async fn holders(conn: Conn<'_>) -> Result<Vec<RunId>> {
    // One step through the index for each holder, not one for each device.
    let found: Vec<Scalar<RunId>> = conn
        .all(
            "with recursive holders (run) as ( \
             select min(session_run) from devices where session_run is not null \
             union all select (select min(d.session_run) from devices d \
             where d.session_run is not null and d.session_run > holders.run) \
             from holders where holders.run is not null) \
             select run as value from holders where run is not null",
            &[],
        )
        .await?;
    Ok(found.into_iter().map(|Scalar(run)| run).collect())
}

/// The sessions of a run as the database knows them.
pub async fn of_run(conn: Conn<'_>, run: RunId) -> Result<Vec<Session>> {
    conn.all(
        "select id, phy_id, session_epoch from devices where session_run = $1 order by id",
        args![run],
    )
    .await
}
