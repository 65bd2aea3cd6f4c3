//! Between the queue and a device's connection.

use crate::db::{Batch, Kind, Scalar, ToCell, args};
use crate::{Conn, Result};
use kernel::{CommandId, DeviceId, PhyId, RunId, Timestamp};

/// Devices that [`devices_with_open`] returns at most.
const DEVICES_MAX: i64 = 100_000;

/// Marks commands as given to their device's connection, in one statement; each time after the
/// first counts as a retry. Returns how many had not ended and, for a `run` of a cluster, belong
/// to devices whose connection it holds.
pub async fn hand_over(
    conn: Conn<'_>,
    run: Option<RunId>,
    ids: &[CommandId],
    now: Timestamp,
) -> Result<u64> {
    static HAND_OVER: Batch<3> = Batch::new(
        "update commands set state = 'sent', \
         retries = case when sent_at is null then retries else retries + 1 end, \
         sent_at = v.at, updated_at = v.at from {rows} \
         where commands.id = v.id and commands.state in ('queued', 'sent') \
         and (v.run_id is null or exists (select 1 from devices d \
         where d.id = commands.device_id and d.session_run = v.run_id))",
        [("id", Kind::Int), ("at", Kind::Time), ("run_id", Kind::Int)],
    );
    let rows: Vec<_> = ids
        .iter()
        .map(|id| [id.cell(), now.cell(), run.cell()])
        .collect();
    HAND_OVER.execute(conn, &rows).await
}

/// The devices for which anything is waiting or unanswered.
pub async fn devices_with_open(conn: Conn<'_>) -> Result<Vec<PhyId>> {
    let devices: Vec<Scalar<PhyId>> = conn
        .all(
            "select distinct phy_id as value from commands where state in ('queued', 'sent') \
             limit $1",
            args![DEVICES_MAX],
        )
        .await?;
    Ok(devices.into_iter().map(|Scalar(device)| device).collect())
}

/// Those of some devices for which anything is waiting or unanswered.
pub async fn with_open(conn: Conn<'_>, devices: &[DeviceId]) -> Result<Vec<PhyId>> {
    static WITH_OPEN: Batch<1> = Batch::new(
        "select distinct phy_id as value from commands where state in ('queued', 'sent') \
         and device_id in (select v.id from {rows})",
        [("id", Kind::Int)],
    );
    let rows: Vec<_> = devices.iter().map(|id| [id.cell()]).collect();
    let found: Vec<Scalar<PhyId>> = WITH_OPEN.all(conn, &rows).await?;
    Ok(found.into_iter().map(|Scalar(device)| device).collect())
}

/// Puts one written command back in the queue: its connection was lost under it.
pub async fn requeue(conn: Conn<'_>, id: CommandId, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update commands set state = 'queued', updated_at = $2 \
             where id = $1 and state = 'sent'",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Puts all written but unanswered commands back in the queue, of one device or, after a
/// restart, of all. Returns how many.
pub async fn requeue_sent(conn: Conn<'_>, device: Option<DeviceId>, now: Timestamp) -> Result<u64> {
    let sql = if device.is_some() {
        "update commands set state = 'queued', updated_at = $2 \
         where state in ('queued', 'sent') and state = 'sent' and device_id = $1"
    } else {
        "update commands set state = 'queued', updated_at = $2 where state in ('queued', 'sent') and state = 'sent' and $1 is null"
    };
    conn.execute(sql, args![device, now]).await
}
