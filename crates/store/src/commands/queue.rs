use super::{NewCommand, QueuedCommand};
use crate::db::{Scalar, args, row};
use crate::paging::{Listing, OF_DEVICE, Page, PageRequest};
use crate::{Conn, Result, StoreError};
use device::Command;
use domain::command::CommandState;
use domain::org::Scope;
use kernel::{CommandId, DeviceId, OrderNo, PhyId, RunId, Timestamp, TraceId};
use serde_json::Value;

/// Commands of an order that [`list_of_order`] returns at most.
const OF_ORDER_MAX: i64 = 500;

macro_rules! columns {
    () => {
        "id, device_id, phy_id, port_no, order_no, cmd, payload, wire_cmd, payload_hex, msg_id, \
         priority, state, retries, created_at, expire_at, sent_at, acked_at, result, last_error"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select ", columns!(), " from commands where ", $rest)
    };
}

/// What was written to a device's socket.
#[derive(Clone, Debug)]
pub struct Written {
    /// Wire command.
    pub wire_cmd: u16,
    /// Message id.
    pub msg_id: u32,
    /// The frame, where it is at hand.
    pub frame: Option<Box<[u8]>>,
    /// 1 for the first time.
    pub attempt: u16,
}

row! {
    /// A command that was given up.
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeadLetter {
        /// Row id.
        pub id: i64,
        /// The command.
        pub command_id: CommandId,
        /// The device.
        pub device_id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// The order that it belonged to.
        pub order_no: Option<OrderNo>,
        /// Its name.
        pub cmd: String,
        /// The command itself.
        pub payload: Command,
        /// The frame as last written.
        pub payload_hex: Option<String>,
        /// Its priority.
        pub priority: i16,
        /// How often it was written again after the first time.
        pub retries: i16,
        /// Why it was given up.
        pub last_error: Option<String>,
        /// When it was given up.
        pub failed_at: Timestamp,
    }
}

/// Queues a command.
pub async fn enqueue(conn: Conn<'_>, new: &NewCommand) -> Result<CommandId> {
    insert(conn, new, CommandState::Queued, None).await
}

/// Stores a command that is handed to its device's connection as soon as the transaction has
/// committed: nobody else takes it from the queue meanwhile. None where a `run` of a cluster does
/// not hold that connection any more.
pub async fn enqueue_sent(
    mut conn: Conn<'_>,
    run: Option<RunId>,
    new: &NewCommand,
) -> Result<Option<CommandId>> {
    if let Some(run) = run {
        // Shared, so that the device cannot move before the command is there to be found.
        let sql = conn.choose(
            "select 1 as value from devices where id = $1 and session_run = $2",
            "select 1 as value from devices where id = $1 and session_run = $2 for key share",
        );
        let held: Option<Scalar<i64>> = conn
            .again()
            .optional(sql, args![new.device_id, run])
            .await?;
        if held.is_none() {
            return Ok(None);
        }
    }
    insert(conn, new, CommandState::Sent, Some(new.at))
        .await
        .map(Some)
}

async fn insert(
    conn: Conn<'_>,
    new: &NewCommand,
    state: CommandState,
    sent_at: Option<Timestamp>,
) -> Result<CommandId> {
    let payload =
        serde_json::to_value(&new.command).map_err(|error| StoreError::Other(Box::new(error)))?;
    let Scalar(id) = conn
        .one(
            "insert into commands (device_id, phy_id, port_no, order_no, cmd, payload, priority, \
             state, sent_at, expire_at, created_at, updated_at, trace_id) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, \
             coalesce((select o.trace_id from orders o where o.order_no = $4), $12)) \
             returning id as value",
            args![
                new.device_id,
                new.phy_id,
                new.command.port(),
                new.order_no,
                new.command.name(),
                payload,
                new.command.priority(),
                state,
                sent_at,
                new.expire_at,
                new.at,
                new.trace
            ],
        )
        .await?;
    Ok(id)
}

/// The command of that row.
pub async fn find(conn: Conn<'_>, id: CommandId) -> Result<Option<QueuedCommand>> {
    conn.optional(select!("id = $1"), args![id]).await
}

/// What may be written to a device now, the most urgent first.
pub async fn deliverable(
    conn: Conn<'_>,
    device: DeviceId,
    now: Timestamp,
    limit: u16,
) -> Result<Vec<QueuedCommand>> {
    conn.all(
        select!(
            "device_id = $1 and state = 'queued' and (expire_at is null or expire_at > $2) \
             order by priority, id limit $3"
        ),
        args![device, now, limit],
    )
    .await
}

/// The visible queue of a device: waiting and written but unanswered, the most urgent first.
pub async fn list_open(conn: Conn<'_>, device: DeviceId, limit: u16) -> Result<Vec<QueuedCommand>> {
    conn.all(
        select!("device_id = $1 and state in ('queued', 'sent') order by priority, id limit $2"),
        args![device, limit],
    )
    .await
}

/// Length of the visible queue of a device.
pub async fn queue_length(conn: Conn<'_>, device: DeviceId) -> Result<i64> {
    let Scalar(length) = conn
        .one(
            "select count(*) as value from commands \
             where device_id = $1 and state in ('queued', 'sent')",
            args![device],
        )
        .await?;
    Ok(length)
}

/// The commands of a device that were created in a stretch of time, oldest first.
pub async fn of_device_between(
    conn: Conn<'_>,
    device: DeviceId,
    from: Timestamp,
    until: Timestamp,
    limit: u16,
) -> Result<Vec<QueuedCommand>> {
    conn.all(
        select!("device_id = $1 and created_at >= $2 and created_at < $3 order by id limit $4"),
        args![device, from, until, i64::from(limit)],
    )
    .await
}

/// The commands of an order, oldest first.
pub async fn list_of_order(conn: Conn<'_>, order_no: OrderNo) -> Result<Vec<QueuedCommand>> {
    conn.all(
        select!("order_no = $1 order by id limit $2"),
        args![order_no, OF_ORDER_MAX],
    )
    .await
}

/// A command has been handed to the socket. False when it has ended meanwhile.
pub async fn mark_sent(
    conn: Conn<'_>,
    id: CommandId,
    written: &Written,
    at: Timestamp,
) -> Result<bool> {
    let retries = i16::try_from(written.attempt.saturating_sub(1)).unwrap_or(i16::MAX);
    let changed = conn
        .execute(
            "update commands set state = 'sent', wire_cmd = $2, msg_id = $3, \
             payload_hex = coalesce($4, payload_hex), retries = $5, sent_at = $6, updated_at = $6 \
             where id = $1 and state in ('queued', 'sent')",
            args![
                id,
                written.wire_cmd,
                written.msg_id,
                written.frame.as_ref().map(hex::encode_upper),
                retries,
                at
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// A command has ended in `state`. False when it had ended before: the first end counts.
pub async fn finish(
    conn: Conn<'_>,
    id: CommandId,
    state: CommandState,
    result: Option<&Value>,
    error: Option<&str>,
    at: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update commands set state = $2, result = $3, last_error = $4, acked_at = $5, \
             updated_at = $5 where id = $1 and state in ('queued', 'sent')",
            args![id, state, result, error, at],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives a command up: it ends as `dead` and a dead letter is kept. False when it had ended
/// before. Belongs in a transaction.
pub async fn bury(mut conn: Conn<'_>, id: CommandId, error: &str, at: Timestamp) -> Result<bool> {
    if !finish(conn.again(), id, CommandState::Dead, None, Some(error), at).await? {
        return Ok(false);
    }
    conn.execute(
        "insert into outbound_dead_letters (command_id, device_id, phy_id, order_no, cmd, \
         payload, payload_hex, priority, retries, last_error, failed_at) \
         select id, device_id, phy_id, order_no, cmd, payload, payload_hex, priority, retries, \
         last_error, acked_at from commands where id = $1",
        args![id],
    )
    .await?;
    Ok(true)
}

/// Takes back the commands of an order that have not been written. Returns which.
pub async fn cancel_of_order(
    conn: Conn<'_>,
    order_no: OrderNo,
    now: Timestamp,
) -> Result<Vec<CommandId>> {
    let cancelled: Vec<Scalar<CommandId>> = conn
        .all(
            "update commands set state = 'cancelled', acked_at = $2, updated_at = $2 \
             where order_no = $1 and state = 'queued' returning id as value",
            args![order_no, now],
        )
        .await?;
    Ok(cancelled.into_iter().map(|Scalar(id)| id).collect())
}

/// Commands that waited too long, the oldest deadline first. They are ended with [`expire`]
/// in the transaction that does what follows from it.
pub async fn list_expired(
    conn: Conn<'_>,
    now: Timestamp,
    limit: u16,
) -> Result<Vec<QueuedCommand>> {
    conn.all(
        select!("state = 'queued' and expire_at <= $1 order by expire_at, id limit $2"),
        args![now, limit],
    )
    .await
}

/// Ends a waiting command as `expired`. False when it has been written or ended meanwhile.
pub async fn expire(conn: Conn<'_>, id: CommandId, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update commands set state = 'expired', acked_at = $2, updated_at = $2 \
             where id = $1 and state = 'queued'",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The next message id towards a device, 1 ..= 2³² − 1, then 1 again. Counts also over restarts,
/// so that a device never takes a new command for the repeat of an old one.
pub async fn next_msg_id(conn: Conn<'_>, device: DeviceId) -> Result<u32> {
    let Scalar(id) = conn
        .one(
            "insert into msg_sequences (device_id, last) values ($1, 1) \
             on conflict (device_id) do update set last = case \
             when msg_sequences.last >= $2 then 1 else msg_sequences.last + 1 end \
             returning last as value",
            args![device, u32::MAX],
        )
        .await?;
    Ok(id)
}

/// Which commands a list shows.
#[derive(Clone, Debug, Default)]
pub struct CommandFilter {
    /// To this device only.
    pub phy_id: Option<PhyId>,
    /// Of this order only.
    pub order_no: Option<OrderNo>,
    /// In this state only.
    pub state: Option<CommandState>,
    /// Of this name only.
    pub cmd: Option<String>,
    /// Of this flow only.
    pub trace: Option<TraceId>,
    /// To devices of these organisations only.
    pub scope: Scope,
}

/// A page of commands, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &CommandFilter,
    page: PageRequest,
) -> Result<Page<QueuedCommand>> {
    Listing::of(columns!(), "commands")
        .within(OF_DEVICE, &filter.scope)
        .narrow("phy_id =", filter.phy_id.as_ref())
        .narrow("order_no =", filter.order_no.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("cmd =", filter.cmd.as_ref())
        .narrow("trace_id =", filter.trace.as_ref())
        .page(conn, "id desc", page)
        .await
}

/// To which device the first command of a flow went, and when.
pub async fn first_of_trace(conn: Conn<'_>, trace: TraceId) -> Result<Option<(PhyId, Timestamp)>> {
    let found: Option<Sent> = conn
        .optional(
            "select phy_id, created_at from commands where trace_id = $1 order by id limit 1",
            args![trace],
        )
        .await?;
    Ok(found.map(|sent| (sent.phy_id, sent.created_at)))
}

row! {
    struct Sent {
        pub phy_id: PhyId,
        pub created_at: Timestamp,
    }
}

/// A page of the commands that were given up, newest first.
pub async fn list_dead(
    conn: Conn<'_>,
    scope: &Scope,
    phy_id: Option<&PhyId>,
    page: PageRequest,
) -> Result<Page<DeadLetter>> {
    Listing::of(
        "id, command_id, device_id, phy_id, order_no, cmd, payload, payload_hex, priority, \
         retries, last_error, failed_at",
        "outbound_dead_letters",
    )
    .within(OF_DEVICE, scope)
    .narrow("phy_id =", phy_id)
    .page(conn, "id desc", page)
    .await
}

/// The dead letter of a command.
pub async fn find_dead(conn: Conn<'_>, command: CommandId) -> Result<Option<DeadLetter>> {
    conn.optional(
        "select id, command_id, device_id, phy_id, order_no, cmd, payload, payload_hex, priority, \
         retries, last_error, failed_at from outbound_dead_letters where command_id = $1 \
         order by id desc limit 1",
        args![command],
    )
    .await
}

/// Takes the dead letter of a command away. False when there is none.
pub async fn take_dead(conn: Conn<'_>, command: CommandId) -> Result<bool> {
    let taken = conn
        .execute(
            "delete from outbound_dead_letters where command_id = $1",
            args![command],
        )
        .await?;
    Ok(taken > 0)
}

/// Deletes commands that ended before `before`, at most `limit` of them. Returns how many.
pub async fn purge(conn: Conn<'_>, before: Timestamp, limit: u16) -> Result<u64> {
    let sql = conn.choose(
        "delete from commands where id in (select id from commands \
         where state not in ('queued', 'sent') and updated_at < $1 order by id limit $2)",
        "delete from commands_rest where id in (select id from commands_rest \
         where state not in ('queued', 'sent') and updated_at < $1 order by id limit $2)",
    );
    conn.execute(sql, args![before, limit]).await
}
